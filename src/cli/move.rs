//! `dgscope move`: C-MOVE from a peer to any AE title that it knows.

use std::process::ExitCode;

use super::session::Session;
use super::{Globals, retrieve};
use crate::dicom::AeTitle;
use crate::engine::{Destination, Failure, Job, Level, PeerAddress};

/// Arguments of `move`.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// Name of a configured peer, or AET@HOST:PORT
    #[arg(value_parser = super::keys::peer_address)]
    pub peer: PeerAddress,
    /// Where to: a title that the peer knows
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub to: AeTitle,
    /// study, series or image
    #[arg(long, default_value = "study", value_parser = super::keys::level)]
    pub level: Level,
    /// What, by unique keys
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub keys: Vec<String>,
    /// Calling AE title for this call
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub calling: Option<AeTitle>,
}

/// Runs the command.
pub fn run(args: &MoveArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Retrieve {
        peer: args.peer.clone(),
        calling: args.calling.clone(),
        level: args.level,
        keys: retrieve::read_keys("move", &args.keys)?,
        to: Destination::Title(args.to.clone()),
    };
    retrieve::run_job(globals, &Session::start(globals)?, job)
}
