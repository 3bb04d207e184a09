//! `dgscope open`: the window on a study; also what starts the window for `demo` and for no command at all.

use std::path::PathBuf;
use std::process::ExitCode;

use super::session::Session;
use super::{Globals, keys};
use crate::app;
use crate::dicom::{StudyInstanceUid, tags};
use crate::engine::{Command, Event, Failure, FailureKind, Job, QueryLevel};

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
    let study = match read_words(&args.what)? {
        Words::Paths(paths) => import(globals, paths)?,
        Words::Keys(keys) => match exact_study(&keys) {
            // No question to the store: the window asks soon enough.
            Some(study) => study,
            None => find(globals, keys)?,
        },
    };
    window(globals, Target::Study(study))
}

/// Opens the window and returns when it was closed.
pub fn window(globals: &Globals, target: Target) -> Result<ExitCode, Failure> {
    let (open, screenshot) = match target {
        Target::Studies => (None, None),
        Target::Study(study) => (Some(study), None),
        Target::Screenshot(study, path) => (study, Some(path)),
    };
    app::run(app::Options {
        data_dir: globals.data_directory()?,
        open,
        screenshot,
    })?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, PartialEq, Eq)]
enum Words {
    Paths(Vec<PathBuf>),
    Keys(Vec<(String, String)>),
}

/// What exists is a path, whatever its name; the rest must be keys.
fn read_words(words: &[String]) -> Result<Words, Failure> {
    let paths: Vec<PathBuf> = words.iter().map(PathBuf::from).collect();
    let existing = paths.iter().filter(|path| path.exists()).count();
    if existing == paths.len() {
        return Ok(Words::Paths(paths));
    }
    let pairs: Result<Vec<_>, String> = words
        .iter()
        .map(|word| {
            keys::key_value(word).map_err(|_| format!("neither a file nor KEY=VALUE: {word}"))
        })
        .collect();
    match pairs {
        Ok(pairs) if existing == 0 => Ok(Words::Keys(pairs)),
        Ok(_) => Err(input("either paths or keys, not both")),
        Err(reason) => Err(input(&reason)),
    }
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
        super::output::say(detail);
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
        level: QueryLevel::Instance,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exists_is_a_path_and_the_rest_are_keys() {
        let words = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            read_words(&words)
        };
        assert!(matches!(words(&["."]), Ok(Words::Paths(_))));
        assert!(matches!(words(&["PatientID=1"]), Ok(Words::Keys(_))));
        assert!(words(&["no-such-file"]).is_err());
        assert!(words(&[".", "PatientID=1"]).is_err());
    }
}
