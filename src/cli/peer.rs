//! `dgscope peer`: the AE table and the access list.

use std::process::ExitCode;

use super::Globals;
use crate::dicom::AeTitle;
use crate::engine::{Failure, FailureKind};

/// Arguments of `peer`.
#[derive(Debug, clap::Args)]
pub struct PeerArgs {
    /// What to do
    #[command(subcommand)]
    pub action: PeerAction,
}

/// What `peer` does.
#[derive(Debug, clap::Subcommand)]
pub enum PeerAction {
    /// Add or replace a peer
    Add {
        /// The name people use
        name: String,
        /// Its AE title
        #[arg(value_parser = super::keys::ae_title)]
        ae_title: AeTitle,
        /// Host name or address
        host: String,
        /// Port
        #[arg(value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
        /// What it is for: any of store, query, print
        #[arg(long, value_delimiter = ',', default_value = "store")]
        roles: Vec<String>,
        /// Let its AE title call us too
        #[arg(long)]
        allow: bool,
    },
    /// Let a calling AE title in
    Allow {
        /// The calling AE title
        #[arg(value_parser = super::keys::ae_title)]
        ae_title: AeTitle,
        /// Only from this host
        #[arg(long, value_name = "H")]
        host: Option<String>,
    },
    /// Take a calling AE title off the access list
    Deny {
        /// The calling AE title
        #[arg(value_parser = super::keys::ae_title)]
        ae_title: AeTitle,
    },
    /// Remove a peer
    Remove {
        /// Its name
        name: String,
    },
    /// List peers and access list
    List,
}

/// Runs the command.
pub fn run(args: &PeerArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "peer: not built in"))
}
