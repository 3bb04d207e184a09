//! `dgscope delete`: studies, series or instances out of the store.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use super::session::{self, Session};
use super::{Globals, output};
use crate::dicom::query::Level;
use crate::engine::{Command, Event, Failure, FailureKind, Job};

/// Arguments of `delete`.
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    /// Query keys that say what goes
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = super::keys::key_value)]
    pub keys: Vec<(String, String)>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs the command.
pub fn run(args: &DeleteArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let session = Session::start(globals)?;
    if !args.yes && !is_wanted(&session, &args.keys)? {
        output::say("nothing was deleted");
        return Ok(ExitCode::SUCCESS);
    }
    let job = Job::Delete {
        keys: args.keys.clone(),
    };
    session::report(globals, &session.run(job)?)
}

/// Asks the person at the terminal.
fn is_wanted(session: &Session, keys: &[(String, String)]) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = "delete: nobody to ask on standard input: give --yes";
        return Err(Failure::new(FailureKind::Input, message));
    }
    let query = Command::QueryStore {
        level: Level::Image,
        keys: keys.to_vec(),
        limit: u64::MAX,
    };
    let count = session.ask(query, |event| match event {
        Event::StoreMatches(rows) => Some(rows.len()),
        _ => None,
    })?;
    if count == 0 {
        return Ok(false);
    }
    output::say_in_place(&format!("delete {count} instances for good? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
