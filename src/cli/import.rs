//! `dgscope import`: files, folders, ZIP archives and DICOMDIRs into the store.

use std::process::ExitCode;

use super::{Globals, session};
use crate::engine::{Failure, Job};

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
    let job = Job::Import {
        paths: args.paths.clone(),
        link: args.link,
    };
    session::run_job(globals, job)
}
