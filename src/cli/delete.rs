//! `dgscope delete`: studies, series or instances out of the store.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `delete`.
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    /// Query keys that say what goes
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = super::keys::key_value)]
    pub keys: Vec<(String, String)>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs the command.
pub fn run(args: &DeleteArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "delete: not built in"))
}
