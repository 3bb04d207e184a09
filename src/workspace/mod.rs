//! What the user is looking at (layer 5): a pure state machine. Actions and events in, commands out; no clock, no IO.

pub mod action;
pub mod studies;
pub mod viewer;
pub mod workspace;

pub use action::{Action, Screen, ShellAction};
pub use studies::{StudiesAction, StudiesState};
pub use viewer::{ViewerAction, ViewerState};
pub use workspace::Workspace;
