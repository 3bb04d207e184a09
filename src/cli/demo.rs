//! `dgscope demo`: the window on the demonstration studies.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Save a picture of the window and end
    #[arg(long, value_name = "OUT.png")]
    pub screenshot: Option<std::path::PathBuf>,
}

/// Runs the command.
pub fn run(args: &DemoArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "demo: not built in"))
}
