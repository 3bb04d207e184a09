//! `dgscope send`: C-STORE to a peer.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::keys::key_value;
use super::{Globals, session};
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
}

/// Runs the command.
pub fn run(args: &SendArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let job = Job::Send {
        peer: args.peer.clone(),
        what: source(&args.what)?,
        calling: args.calling.clone(),
    };
    session::run_job(globals, job)
}

/// What exists is a path, even with an equals sign in it; else `KEY=VALUE` is a key.
fn source(what: &[String]) -> Result<SendSource, Failure> {
    let is_key = |text: &&String| !Path::new(text.as_str()).exists() && text.contains('=');
    let (keys, paths): (Vec<&String>, Vec<&String>) = what.iter().partition(is_key);
    if keys.is_empty() {
        return Ok(SendSource::Paths(paths.iter().map(PathBuf::from).collect()));
    }
    if let Some(path) = paths.first() {
        let message = format!("send: either files or keys of the store, not both: {path}");
        return Err(Failure::new(FailureKind::Input, message));
    }
    let keys: Result<_, String> = keys.iter().map(|key| key_value(key)).collect();
    let input = |error| Failure::new(FailureKind::Input, format!("send: {error}"));
    Ok(SendSource::Keys(keys.map_err(input)?))
}
