//! `dgscope doctor`: the health of the store, and the conformance tables.

use std::process::ExitCode;

use super::session::{self, Session};
use super::{Globals, output};
use crate::dicom::conformance;
use crate::engine::{Command, Event, Failure, FailureKind, Job};
use crate::render::{Offscreen, RenderError, self_test};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Mend what is wrong, or rebuild the index from the files
    #[arg(long)]
    pub repair: bool,
    /// Read every byte again
    #[arg(long)]
    pub digests: bool,
    /// Compare pictures of the graphics card with those of the processor
    #[arg(long)]
    pub self_test: bool,
    /// Print the conformance tables
    #[arg(long, conflicts_with_all = ["repair", "digests", "self_test"])]
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
    let mut outcome = Session::start(globals)?.run(job)?;
    if args.self_test {
        let tested = test_card(Offscreen::new());
        outcome.json["graphics"] = tested.json;
        outcome.message = format!("{}\n{}", outcome.message, tested.words);
        if tested.is_wrong {
            outcome.details.push(tested.words.clone());
            outcome.result = outcome
                .result
                .and(Err(Failure::new(FailureKind::Peer, tested.words)));
        }
    }
    session::report(globals, &outcome)
}

/// What the self-test found.
struct Tested {
    words: String,
    json: serde_json::Value,
    is_wrong: bool,
}

/// A machine without a card is as it should be: the processor draws everything then.
fn test_card(offscreen: Result<Offscreen, RenderError>) -> Tested {
    let mut offscreen = match offscreen {
        Ok(offscreen) => offscreen,
        Err(error) => {
            let words = format!("graphics: {error}; the processor draws the images");
            return Tested {
                json: serde_json::json!({ "adapter": null, "pictures": 0, "problem": null }),
                words,
                is_wrong: false,
            };
        }
    };
    let adapter = offscreen.adapter().to_owned();
    let (pictures, problem) = match self_test::run(&mut offscreen) {
        Ok(pictures) => (pictures, None),
        Err(error) => (0, Some(error.to_string())),
    };
    let words = match &problem {
        None => format!("graphics: {adapter}: {pictures} pictures equal the processor's"),
        Some(problem) => format!("graphics: {adapter}: {problem}"),
    };
    Tested {
        json: serde_json::json!({ "adapter": adapter, "pictures": pictures, "problem": problem }),
        words,
        is_wrong: problem.is_some(),
    }
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
