//! `dgscope serve`: the node without a window.

use std::process::ExitCode;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `serve`. Options count for this run, else the settings do.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on [default: setting station.bind]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<std::net::IpAddr>,
    /// Port to listen on, 0 for a free one [default: setting station.port]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Our AE title [default: setting station.ae-title]
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub ae_title: Option<crate::dicom::AeTitle>,
    /// Let calling AE titles in that are not on the access list
    #[arg(long)]
    pub accept_unknown: bool,
}

/// Runs the command.
pub fn run(args: &ServeArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "serve: not built in"))
}
