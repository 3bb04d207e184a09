//! `dgscope pixels`: the decoded stored values of a file.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `pixels`.
#[derive(Debug, clap::Args)]
pub struct PixelsArgs {
    /// The DICOM file
    pub file: std::path::PathBuf,
    /// Frame, from 1; all of them without
    #[arg(long, value_name = "N")]
    pub frame: Option<u32>,
    /// Where to write the values
    #[arg(short, long, value_name = "OUT")]
    pub output: std::path::PathBuf,
}

/// Runs the command.
pub fn run(args: &PixelsArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "pixels: not built in"))
}
