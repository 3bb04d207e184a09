//! `dgscope doctor`: the health of the store, and the conformance tables.

use std::process::ExitCode;

use super::{Globals, session};
use crate::engine::{Failure, Job};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Mend what is wrong, or rebuild the index from the files
    #[arg(long)]
    pub repair: bool,
    /// Read every byte again
    #[arg(long)]
    pub digests: bool,
    /// Compare GPU and CPU pictures
    #[arg(long)]
    pub self_test: bool,
    /// Print the conformance tables
    #[arg(long)]
    pub conformance: bool,
}

/// Runs the command.
pub fn run(args: &DoctorArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Check {
        repair: args.repair,
        digests: args.digests,
    };
    session::run_job(globals, job)
}
