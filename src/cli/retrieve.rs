//! `dgscope retrieve`: objects from a peer into our store.

use std::process::ExitCode;

use super::session::{self, Session};
use super::{Globals, keys, output};
use crate::dicom::AeTitle;
use crate::engine::{
    Destination, Event, Failure, FailureKind, Job, Level, PeerAddress, SubOperations,
};

/// Arguments of `retrieve`.
#[derive(Debug, clap::Args)]
pub struct RetrieveArgs {
    /// Name of a configured peer, or AET@HOST:PORT
    #[arg(value_parser = super::keys::peer_address)]
    pub peer: PeerAddress,
    /// study, series or image
    #[arg(long, default_value = "study", value_parser = super::keys::level)]
    pub level: Level,
    /// What, by unique keys
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub keys: Vec<String>,
    /// By C-GET, for a peer that does not know us [default: as its entry says]
    #[arg(long)]
    pub get: bool,
    /// Calling AE title for this call
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub calling: Option<AeTitle>,
}

/// Runs the command.
pub fn run(args: &RetrieveArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Retrieve {
        peer: args.peer.clone(),
        calling: args.calling.clone(),
        level: args.level,
        keys: read_keys("retrieve", &args.keys)?,
        to: if args.get {
            Destination::UsByGet
        } else {
            Destination::Us
        },
    };
    let session = if args.get {
        Session::start(globals)?
    } else {
        Session::start_receiving(globals)?
    };
    run_job(globals, &session, job)
}

/// Reads the keys of a retrieval.
pub fn read_keys(command: &str, words: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let keys = words.iter().map(|word| keys::key_value(word));
    keys.collect::<Result<_, _>>()
        .map_err(|reason| Failure::new(FailureKind::Input, format!("{command}: {reason}")))
}

/// Runs a retrieval; its counters go to stderr as they change.
pub fn run_job(globals: &Globals, session: &Session, job: Job) -> Result<ExitCode, Failure> {
    let mut last = SubOperations::default();
    let outcome = session.run_watched(job, |event| match event {
        Event::SubOperations(_, counters) if *counters != last => {
            last = *counters;
            output::say(&counters.to_string());
        }
        Event::CallerRefused {
            calling,
            host,
            reason,
            ..
        } => output::say(&format!("refused {calling} from {host}: {reason}")),
        _ => {}
    })?;
    session::report(globals, &outcome)
}
