//! `dgscope send`: C-STORE to a peer.

use std::process::ExitCode;

use super::Globals;
use super::keys::{self, Words};
use super::session::{self, Session};
use crate::engine::{Failure, FailureKind, Job, PeerAddress, SendSource};

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
    /// Then ask for storage commitment and wait for the report
    #[arg(long)]
    pub commit: bool,
}

/// Runs the command.
pub fn run(args: &SendArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Send {
        peer: args.peer.clone(),
        what: read_words(&args.what)?,
        calling: args.calling.clone(),
        commit: args.commit,
    };
    if !args.commit {
        return session::run_job(globals, job);
    }
    let outcome = Session::start_listening(globals)?.run(job)?;
    session::report(globals, &outcome)
}

/// What exists is a path, whatever its name; the rest must be keys.
fn read_words(words: &[String]) -> Result<SendSource, Failure> {
    match keys::paths_or_keys(words) {
        Ok(Words::Paths(paths)) => Ok(SendSource::Paths(paths)),
        Ok(Words::Keys(keys)) => Ok(SendSource::Keys(keys)),
        Err(reason) => Err(Failure::new(FailureKind::Input, format!("send: {reason}"))),
    }
}
