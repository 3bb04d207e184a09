//! The whole state of the window; the only places it changes are `act`, `observe` and `tick`.

use std::time::Duration;

use super::{Action, Screen, ShellAction, StudiesAction, StudiesState, ViewerState};
use crate::engine::{Command, Event};

/// What the user is looking at.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The screen shown.
    pub screen: Screen,
    /// Whether the list of bindings is shown.
    pub help: bool,
    /// Studies screen.
    pub studies: StudiesState,
    /// Viewer screen.
    pub viewer: ViewerState,
}

impl Workspace {
    /// Applies what the user did.
    pub fn act(&mut self, action: Action) -> Vec<Command> {
        match action {
            Action::Shell(ShellAction::Show(screen)) => {
                self.screen = screen;
                Vec::new()
            }
            Action::Shell(ShellAction::ToggleHelp) => {
                self.help = !self.help;
                Vec::new()
            }
            Action::Studies(action) => {
                if matches!(action, StudiesAction::Open(_)) {
                    self.screen = Screen::Viewer;
                }
                self.studies.act(action)
            }
            Action::Viewer(action) => self.viewer.act(action),
        }
    }

    /// Takes note of what the engine said.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        let mut commands = self.studies.observe(event);
        commands.extend(self.viewer.observe(event));
        commands
    }

    /// Lets time pass; `now` counts from the program's start.
    pub fn tick(&mut self, now: Duration) -> Vec<Command> {
        self.viewer.tick(now)
    }
}
