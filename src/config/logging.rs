//! Logging: a daily file in the data directory for the long-running programs, stderr when `--log` asks for it.
//!
//! No line holds patient data: UIDs, AE titles and counts are enough.

use std::path::PathBuf;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use super::ConfigError;

/// How many daily log files are kept.
const LOG_FILES_MAX: usize = 14;

/// Where log lines go besides the stderr that `--log` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogDestination {
    /// Nowhere: a short command.
    Stderr,
    /// `log/dgscope.DATE.log` in the data directory.
    DailyFile(PathBuf),
}

/// Writes what is buffered when dropped: keep it until the program ends.
#[derive(Debug)]
pub struct LoggingGuard {
    _file: Option<tracing_appender::non_blocking::WorkerGuard>,
}

/// Starts logging; `level` is the text of `--log`. Without level and file nothing is set up at all.
pub fn start_logging(
    level: Option<&str>,
    destination: &LogDestination,
) -> Result<LoggingGuard, ConfigError> {
    let stderr = level
        .map(|level| {
            EnvFilter::try_new(level)
                .map(|filter| {
                    fmt::layer()
                        .with_writer(std::io::stderr)
                        .with_filter(filter)
                })
                .map_err(|_| ConfigError::LogFilter(level.to_owned()))
        })
        .transpose()?;
    let (file, guard) = match destination {
        LogDestination::Stderr => (None, None),
        LogDestination::DailyFile(data_directory) => {
            // Made first: the appender complains on stderr about a folder that is not there.
            let folder = data_directory.join("log");
            std::fs::create_dir_all(&folder)
                .map_err(|error| ConfigError::LogFile(error.to_string()))?;
            let appender = tracing_appender::rolling::Builder::new()
                .rotation(tracing_appender::rolling::Rotation::DAILY)
                .filename_prefix("dgscope")
                .filename_suffix("log")
                .max_log_files(LOG_FILES_MAX)
                .build(folder)
                .map_err(|error| ConfigError::LogFile(error.to_string()))?;
            let (writer, guard) = tracing_appender::non_blocking(appender);
            let layer = fmt::layer()
                .with_writer(writer)
                .with_ansi(false)
                .with_filter(EnvFilter::new("warn,dgscope=info"));
            (Some(layer), Some(guard))
        }
    };
    if stderr.is_some() || file.is_some() {
        // A second call (tests in one process) keeps the first subscriber: that is no failure.
        let _ = tracing_subscriber::registry()
            .with(stderr)
            .with(file)
            .try_init();
    }
    Ok(LoggingGuard { _file: guard })
}
