//! `dgscope import`: files, folders, ZIP archives and DICOMDIRs into the store.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Files, folders, ZIP archives, DICOMDIRs
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<std::path::PathBuf>,
    /// Leave the files where they are and remember them
    #[arg(long)]
    pub link: bool,
}

/// Runs the command.
pub fn run(args: &ImportArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "import: not built in"))
}
