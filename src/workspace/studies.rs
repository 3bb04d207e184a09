//! State of the Studies screen.

use crate::dicom::StudyInstanceUid;
use crate::engine::{Command, Event};

/// What the user does in the study list.
#[derive(Debug, Clone, PartialEq)]
pub enum StudiesAction {
    /// Types in the search box.
    Search(String),
    /// Opens a study in the viewer.
    Open(StudyInstanceUid),
}

/// What the study list shows.
#[derive(Debug, Clone, Default)]
pub struct StudiesState {}

impl StudiesState {
    /// Applies an action.
    pub fn act(&mut self, action: StudiesAction) -> Vec<Command> {
        let _ = action;
        Vec::new()
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        let _ = event;
        Vec::new()
    }
}
