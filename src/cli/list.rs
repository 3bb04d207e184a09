//! `dgscope list`: what the store holds.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// studies (default), series or instances, then query keys
    #[arg(value_name = "studies|series|instances|KEY=VALUE")]
    pub words: Vec<String>,
    /// How many rows at most
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

/// Runs the command.
pub fn run(args: &ListArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "list: not built in"))
}
