//! State of the Viewer screen: open studies, layout, viewports, view changes and their history.

use std::time::Duration;

use crate::engine::{Command, Event};

/// What the user does in the viewer.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewerAction {
    /// Undoes the last view change.
    Undo,
}

/// What the viewer shows.
#[derive(Debug, Clone, Default)]
pub struct ViewerState {}

impl ViewerState {
    /// Applies an action.
    pub fn act(&mut self, action: ViewerAction) -> Vec<Command> {
        let _ = action;
        Vec::new()
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        let _ = event;
        Vec::new()
    }

    /// Lets time pass (cine); `now` counts from the program's start.
    pub fn tick(&mut self, now: Duration) -> Vec<Command> {
        let _ = now;
        Vec::new()
    }
}
