//! `dgscope settings`: the settings of this store.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `settings`.
#[derive(Debug, clap::Args)]
pub struct SettingsArgs {
    /// Settings to show (KEY) or change (KEY=VALUE); all are listed without
    #[arg(value_name = "KEY[=VALUE]")]
    pub words: Vec<String>,
}

/// Runs the command.
pub fn run(args: &SettingsArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "settings: not built in"))
}
