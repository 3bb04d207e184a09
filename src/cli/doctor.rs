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
    /// Print the conformance tables
    #[arg(long, conflicts_with_all = ["repair", "digests"])]
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

/// The statement of this station: its serial number is part of who it says it is.
fn print_conformance(globals: &Globals) -> Result<ExitCode, Failure> {
    let session = Session::start(globals)?;
    let serial = session.ask(Command::ReadSettings, |event| match event {
        Event::Settings(settings) => Some(settings.station_serial),
        _ => None,
    })?;
    let statement = conformance::statement(serial);
    if globals.json {
        output::json(&serde_json::json!({ "statement": statement }));
    } else {
        output::line(statement.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
