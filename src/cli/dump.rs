//! `dgscope dump`: the data set of a file as text or JSON.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `dump`.
#[derive(Debug, clap::Args)]
pub struct DumpArgs {
    /// The DICOM file
    pub file: std::path::PathBuf,
    /// Only these attributes, by DICOM keyword
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
}

/// Runs the command.
pub fn run(args: &DumpArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "dump: not built in"))
}
