//! `dgscope echo`: C-ECHO to a peer.

use std::process::ExitCode;

use super::{Globals, session};
use crate::engine::{Failure, Job, PeerAddress};

/// Arguments of `echo`.
#[derive(Debug, clap::Args)]
pub struct EchoArgs {
    /// Name of a configured peer, or AET@HOST:PORT
    #[arg(value_parser = super::keys::peer_address)]
    pub peer: PeerAddress,
    /// Calling AE title for this call
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub calling: Option<crate::dicom::AeTitle>,
}

/// Runs the command.
pub fn run(args: &EchoArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Echo {
        peer: args.peer.clone(),
        calling: args.calling.clone(),
    };
    session::run_job(globals, job)
}
