//! `dgscope open`: the window on a study; also what starts the window for `demo` and for no command at all.

use std::path::PathBuf;
use std::process::ExitCode;

use super::keys::{self, Words};
use super::session::Session;
use super::{Globals, output};
use crate::app::{self, Request, hand_over};
use crate::dicom::query::Level;
use crate::dicom::{StudyInstanceUid, tags};
use crate::engine::{self, Command, Event, Failure, FailureKind, Job};

/// Arguments of `open`.
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// Files or folders (imported first), or query keys (KEY=VALUE)
    #[arg(required = true, value_name = "PATH|KEY=VALUE")]
    pub what: Vec<String>,
}

/// What the window shows first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The study list.
    Studies,
    /// A study in the viewer.
    Study(StudyInstanceUid),
    /// A study in the viewer or the list; its picture saved, then the end.
    Screenshot(Option<StudyInstanceUid>, PathBuf),
}

/// Runs the command.
pub fn run(args: &OpenArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let words = keys::paths_or_keys(&args.what).map_err(|reason| input(&reason))?;
    let study = match words {
        Words::Paths(paths) => import(globals, paths)?,
        Words::Keys(keys) => match exact_study(&keys) {
            // No question to the store: the window asks soon enough.
            Some(study) => study,
            None => find(globals, keys)?,
        },
    };
    window(globals, Target::Study(study))
}

/// Opens the window and returns when it was closed; a window that is already on this store takes it over at once.
pub fn window(globals: &Globals, target: Target) -> Result<ExitCode, Failure> {
    let (open, screenshot) = match target {
        Target::Studies => (None, None),
        Target::Study(study) => (Some(study), None),
        Target::Screenshot(study, path) => (study, Some(path)),
    };
    let data_dir = globals.data_directory()?;
    let served = || engine::is_served(&data_dir);
    if screenshot.is_none() && hand_over(&data_dir, &Request::new(open.as_ref()), served) {
        output::say("the window that is open shows it");
        return Ok(ExitCode::SUCCESS);
    }
    app::run(app::Options {
        data_dir,
        open,
        screenshot,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn exact_study(keys: &[(String, String)]) -> Option<StudyInstanceUid> {
    match keys {
        [(key, uid)] if key == "StudyInstanceUID" => StudyInstanceUid::parse(uid).ok(),
        _ => None,
    }
}

fn import(globals: &Globals, paths: Vec<PathBuf>) -> Result<StudyInstanceUid, Failure> {
    let outcome = Session::start(globals)?.run(Job::Import { paths, link: false })?;
    for detail in &outcome.details {
        output::say(detail);
    }
    outcome.result?;
    outcome
        .json
        .get("first_study")
        .and_then(|study| StudyInstanceUid::parse(study.as_str()?).ok())
        .ok_or_else(|| {
            let message = format!("open: no study to show: {}", outcome.message);
            Failure::new(FailureKind::Peer, message)
        })
}

fn find(globals: &Globals, keys: Vec<(String, String)>) -> Result<StudyInstanceUid, Failure> {
    let query = Command::QueryStore {
        level: Level::Image,
        keys,
        limit: 1,
    };
    let rows = Session::start(globals)?.ask(query, |event| match event {
        Event::StoreMatches(rows) => Some(rows),
        _ => None,
    })?;
    rows.first()
        .and_then(|row| StudyInstanceUid::parse(row.text(tags::STUDY_INSTANCE_UID)).ok())
        .ok_or_else(|| input("no such study"))
}

fn input(reason: &str) -> Failure {
    Failure::new(FailureKind::Input, format!("open: {reason}"))
}
