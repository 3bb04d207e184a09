//! `dgscope export`: objects out of the store into files.

use std::process::ExitCode;

use super::{Globals, session};
use crate::engine::{ExportFormat, Failure, FailureKind, Job};

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Directory to write into
    #[arg(value_name = "DIR")]
    pub directory: std::path::PathBuf,
    /// Query keys that say what
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = super::keys::key_value)]
    pub keys: Vec<(String, String)>,
    /// Write a DICOMDIR too, and name the files as it needs them
    #[arg(long)]
    pub dicomdir: bool,
    /// dicom: byte for byte as received; png, jpeg: one picture a frame, as displayed
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
    /// One JPEG a frame.
    Jpeg,
}

/// Runs the command.
pub fn run(args: &ExportArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let format = match (args.format, args.dicomdir) {
        (Format::Dicom, false) => ExportFormat::Dicom,
        (Format::Dicom, true) => ExportFormat::FileSet,
        (Format::Png, false) => ExportFormat::Png,
        (Format::Jpeg, false) => ExportFormat::Jpeg,
        (Format::Png | Format::Jpeg, true) => {
            let message = "export: a DICOMDIR lists DICOM objects, not pictures";
            return Err(Failure::new(FailureKind::Input, message));
        }
    };
    let job = Job::Export {
        directory: args.directory.clone(),
        keys: args.keys.clone(),
        format,
    };
    session::run_job(globals, job)
}
