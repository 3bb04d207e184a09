//! What the user is looking at (layer 5): a pure state machine. Actions and events in, commands out; no clock, no IO.

pub mod action;
pub mod activity;
pub mod bindings;
pub mod columns;
pub mod confirm;
pub mod display;
pub mod film;
pub mod graphics;
pub mod import;
pub mod notices;
pub mod preferences;
pub mod query;
pub mod setting_fields;
pub mod settings;
pub mod studies;
pub mod viewer;
pub mod workspace;

pub use action::{Action, Browse, FileAction, Screen, ShellAction};
pub use display::{DisplayAction, DisplayState, DisplayStatus};
pub use film::{FilmAction, FilmState};
pub use graphics::Graphics;
pub use preferences::{Appearance, Language, Preferences};
pub use query::{QueryAction, QueryState};
pub use studies::{StudiesAction, StudiesState};
pub use viewer::{ViewerAction, ViewerState};
pub use workspace::{Clock, Workspace};
