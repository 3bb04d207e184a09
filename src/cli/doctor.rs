//! `dgscope doctor`: the health of the store, and the conformance tables.

use std::process::ExitCode;

use super::session::{self, Session};
use super::{Globals, output};
use crate::dicom::conformance;
use crate::engine::{Command, Event, Failure, Job};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Mend what is wrong, or rebuild the index from the files
    #[arg(long)]
    pub repair: bool,
    /// Read every byte again
    #[arg(long)]
    pub digests: bool,
    /// Compare GPU and CPU pictures
    #[arg(long)]
    pub self_test: bool,
    /// Print the conformance tables
    #[arg(long)]
    pub conformance: bool,
}

/// Runs the command.
pub fn run(args: &DoctorArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    if args.conformance {
        return print_conformance(globals);
    }
    let job = Job::Check {
        repair: args.repair,
        digests: args.digests,
    };
    session::run_job(globals, job)
}

/// Prints the conformance tables, with the serial number that this store's station has.
fn print_conformance(globals: &Globals) -> Result<ExitCode, Failure> {
    let session = Session::start(globals)?;
    let pairs = session.ask(Command::ListSettings, |event| match event {
        Event::SettingPairs(pairs) => Some(pairs),
        _ => None,
    })?;
    let serial = pairs.iter().find(|(key, _)| key == "station.serial");
    let serial = serial
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(1);
    output::line(conformance::statement(serial).trim_end());
    Ok(ExitCode::SUCCESS)
}
