//! The window program (layer 7): eframe glue, wake-ups, the frame loop.
//!
//! Engine and window start side by side; each frame drains the engine's events into the workspace, sends its commands, draws it, and
//! applies what the user did. Nothing here decides anything.

mod card_test;
mod dialogs;
mod fallback_font;
mod handover;
mod program;
mod remembered;
mod screenshot;

pub use handover::{Request, hand_over};
pub use program::{Options, run};
