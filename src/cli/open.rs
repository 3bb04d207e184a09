//! `dgscope open`: the window on a study; also what starts the window for `demo` and for no command at all.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Globals;
use crate::app;
use crate::dicom::StudyInstanceUid;
use crate::engine::Failure;

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
    /// A study in the viewer, its picture saved, then the end.
    Screenshot(Option<StudyInstanceUid>, PathBuf),
}

/// Runs the command.
pub fn run(args: &OpenArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = args;
    window(globals, Target::Studies)
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
