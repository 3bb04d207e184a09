//! Where the store lies: the command line, else the environment, else the platform's data directory.

use std::path::{Path, PathBuf};

/// Environment variable that names the store's directory.
pub const DATA_DIRECTORY_VARIABLE: &str = "DGSCOPE_DATA_DIR";

/// Why the program cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The platform tells no home.
    #[error("no home directory: give --data-dir or set DGSCOPE_DATA_DIR")]
    NoHome,
    /// A relative path could not be made absolute.
    #[error("data directory: {0}")]
    Directory(#[source] std::io::Error),
    /// `--log` cannot be read.
    #[error("not a log level or filter: {0}")]
    LogFilter(String),
    /// The log file cannot be written.
    #[error("log file: {0}")]
    LogFile(String),
}

/// The store's directory as an absolute path; `given` is what the command line says.
pub fn data_directory(given: Option<&Path>) -> Result<PathBuf, ConfigError> {
    let from_environment = std::env::var_os(DATA_DIRECTORY_VARIABLE).filter(|v| !v.is_empty());
    let chosen = match (given, from_environment) {
        (Some(path), _) => path.to_owned(),
        (None, Some(path)) => path.into(),
        (None, None) => directories::ProjectDirs::from("", "", "dgscope")
            .ok_or(ConfigError::NoHome)?
            .data_dir()
            .to_owned(),
    };
    std::path::absolute(chosen).map_err(ConfigError::Directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_decides_and_the_path_becomes_absolute() {
        let path = data_directory(Some(Path::new("store"))).expect("an absolute path");
        assert!(path.is_absolute() && path.ends_with("store"));
    }
}
