//! `dgscope export`: objects out of the store into files.

use std::process::ExitCode;

use super::{Globals, session};
use crate::engine::{ExportFormat, Failure, Job};

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Directory to write into
    #[arg(value_name = "DIR")]
    pub directory: std::path::PathBuf,
    /// Query keys that say what
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = super::keys::key_value)]
    pub keys: Vec<(String, String)>,
    /// dicom: byte for byte as received; png: one picture a frame, as displayed
    #[arg(long, value_enum, default_value_t = Format::Dicom)]
    pub format: Format,
}

/// Formats of exported files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Byte for byte as received.
    Dicom,
    /// One PNG a frame.
    Png,
}

/// Runs the command.
pub fn run(args: &ExportArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Export {
        directory: args.directory.clone(),
        keys: args.keys.clone(),
        format: match args.format {
            Format::Dicom => ExportFormat::Dicom,
            Format::Png => ExportFormat::Png,
        },
    };
    session::run_job(globals, job)
}
