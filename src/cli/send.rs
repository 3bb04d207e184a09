//! `dgscope send`: C-STORE to a peer.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind, PeerAddress};

/// Arguments of `send`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// Name of a configured peer, or AET@HOST:PORT
    #[arg(value_parser = super::keys::peer_address)]
    pub peer: PeerAddress,
    /// Files, folders, or query keys of the store (KEY=VALUE)
    #[arg(required = true, value_name = "FILE|DIR|KEY=VALUE")]
    pub what: Vec<String>,
    /// Calling AE title for this call
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub calling: Option<crate::dicom::AeTitle>,
}

/// Runs the command.
pub fn run(args: &SendArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "send: not built in"))
}
