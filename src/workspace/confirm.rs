//! Questions asked before something that cannot be undone, and what they stand for.

use std::path::PathBuf;

use super::studies::{RowId, StudiesState};
use crate::engine::command::ExportFormat;
use crate::engine::{Command, ConflictRow, Job, Resolution, StudyRow};

/// Objects of the store, by what they are and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Query keys that name them.
    pub keys: Vec<(String, String)>,
    /// Studies touched.
    pub studies: u64,
    /// Images in all.
    pub images: u64,
    /// Studies among them that are pinned.
    pub pinned: u64,
}

impl Target {
    /// What is chosen in the study list: the series or instance of the cursor, else the studies.
    pub fn chosen(studies: &StudiesState) -> Option<Self> {
        match &studies.cursor {
            Some(RowId::Series(study, series)) => {
                let row = studies.rows.study(study)?;
                let rows = studies.rows.series(study)?;
                let images = rows
                    .iter()
                    .find(|row| row.series_instance_uid == *series)?
                    .instance_count;
                let keys = [
                    ("StudyInstanceUID", study.to_string()),
                    ("SeriesInstanceUID", series.to_string()),
                ];
                Some(Self::part(row, &keys, images))
            }
            Some(RowId::Instance(study, series, instance)) => {
                let row = studies.rows.study(study)?;
                let keys = [
                    ("StudyInstanceUID", study.to_string()),
                    ("SeriesInstanceUID", series.to_string()),
                    ("SOPInstanceUID", instance.to_string()),
                ];
                Some(Self::part(row, &keys, 1))
            }
            _ => Self::of_studies(&studies.chosen_rows()),
        }
    }

    fn of_studies(rows: &[&StudyRow]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let uids: Vec<&str> = rows
            .iter()
            .map(|row| row.study_instance_uid.as_str())
            .collect();
        Some(Self {
            keys: vec![("StudyInstanceUID".to_owned(), uids.join("\\"))],
            studies: rows.len() as u64,
            images: rows.iter().map(|row| row.instance_count).sum(),
            pinned: rows.iter().filter(|row| row.pinned).count() as u64,
        })
    }

    fn part(row: &StudyRow, keys: &[(&str, String)], images: u64) -> Self {
        Self {
            keys: keys
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
            studies: 1,
            images,
            pinned: u64::from(row.pinned),
        }
    }
}

/// The question on the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Delete these?
    Delete(Target),
    /// Delete this object in quarantine?
    DeleteNewcomer(Box<ConflictRow>),
    /// Close this tab of the viewer and lose what was drawn?
    CloseTab(usize),
    /// Close the window and lose what was drawn?
    CloseWindow,
}

impl Question {
    /// What a yes does.
    pub fn agreed(self) -> Agreed {
        match self {
            Self::Delete(target) => Agreed::Job(Job::Delete { keys: target.keys }),
            Self::DeleteNewcomer(row) => {
                Agreed::Command(Command::ResolveConflict(row, Resolution::DeleteNewcomer))
            }
            Self::CloseTab(index) => Agreed::CloseTab(index),
            Self::CloseWindow => Agreed::CloseWindow,
        }
    }
}

/// What follows from a yes.
#[derive(Debug)]
pub enum Agreed {
    /// A job to start under a new name.
    Job(Job),
    /// A command.
    Command(Command),
    /// A tab of the viewer goes.
    CloseTab(usize),
    /// The window goes.
    CloseWindow,
}

/// The send sheet (ST6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendSheet {
    /// What goes out.
    pub target: Target,
    /// Name of the peer; empty while there is none.
    pub peer: String,
    /// Whether to ask for storage commitment afterwards.
    pub commit: bool,
}

impl SendSheet {
    /// The command, once a peer is chosen.
    pub fn command(&self) -> Option<Command> {
        (!self.peer.is_empty()).then(|| Command::QueueSend {
            peer: self.peer.clone(),
            keys: self.target.keys.clone(),
            commit: self.commit,
        })
    }
}

/// The export sheet (ST8, as far as it exists).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSheet {
    /// What goes out.
    pub target: Target,
    /// The directory as typed or picked.
    pub directory: String,
    /// The file format.
    pub format: ExportFormat,
}

impl ExportSheet {
    /// The job, once a directory is named.
    pub fn job(&self) -> Option<Job> {
        let directory = self.directory.trim();
        (!directory.is_empty()).then(|| Job::Export {
            directory: PathBuf::from(directory),
            keys: self.target.keys.clone(),
            format: self.format,
        })
    }
}
