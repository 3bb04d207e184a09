//! State of the import sheet (ST7): what to take in, how, and what came of it.

use std::path::PathBuf;

use crate::engine::{Event, Job, JobId, Outcome};

/// What the user does in the import sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportAction {
    /// Opens the sheet.
    Open,
    /// Closes it; what is listed is forgotten.
    Close,
    /// Types in the path field.
    EditPath(String),
    /// Lists files and folders.
    Add(Vec<PathBuf>),
    /// Takes one off the list.
    Remove(usize),
    /// Leaves the files where they are instead of copying them.
    SetLink(bool),
    /// Starts.
    Start,
    /// Closes the sheet of results.
    CloseResult,
}

/// What came of an import.
#[derive(Debug, Clone)]
pub struct ImportResult {
    /// The job.
    pub job: JobId,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The sheet.
#[derive(Debug, Clone, Default)]
pub struct ImportState {
    /// Whether it is shown.
    pub open: bool,
    /// The path field.
    pub path: String,
    /// Files and folders listed.
    pub paths: Vec<PathBuf>,
    /// The import that runs.
    pub running: Option<JobId>,
    /// The results not yet closed.
    pub result: Option<ImportResult>,
}

impl ImportState {
    /// Applies an action; `Some` is the job to start. Whether to link is a preference, set by the workspace.
    pub fn act(&mut self, action: ImportAction, link: bool) -> Option<Job> {
        match action {
            ImportAction::Open => self.open = true,
            ImportAction::Close => {
                self.open = false;
                self.path.clear();
                self.paths.clear();
            }
            ImportAction::EditPath(path) => self.path = path,
            ImportAction::Add(paths) => self.add(paths),
            ImportAction::Remove(index) => {
                if index < self.paths.len() {
                    self.paths.remove(index);
                }
            }
            ImportAction::SetLink(_) => {}
            ImportAction::Start => return self.start(link),
            ImportAction::CloseResult => self.result = None,
        }
        None
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) {
        if let Event::JobFinished(id, outcome) = event
            && self.running == Some(*id)
        {
            self.running = None;
            self.result = Some(ImportResult {
                job: *id,
                outcome: outcome.clone(),
            });
        }
    }

    /// Whether there is something to start.
    pub fn ready(&self) -> bool {
        !self.paths.is_empty() || !self.path.trim().is_empty()
    }

    fn add(&mut self, paths: Vec<PathBuf>) {
        for path in paths {
            if !self.paths.contains(&path) {
                self.paths.push(path);
            }
        }
    }

    fn start(&mut self, link: bool) -> Option<Job> {
        let typed = self.path.trim().to_owned();
        if !typed.is_empty() {
            self.add(vec![PathBuf::from(typed)]);
        }
        if self.paths.is_empty() {
            return None;
        }
        self.open = false;
        self.path.clear();
        Some(Job::Import {
            paths: std::mem::take(&mut self.paths),
            link,
        })
    }
}
