//! State of the Film screen (workstation.md section 6): what is on the pages, what a cell shows, which printer takes it, the queue.
//!
//! A cell is a `FilmCell`, the very thing that is rendered for the printer: what the screen shows is what is printed.

mod action;
mod draft;
mod sources;
mod state;
#[cfg(test)]
mod tests;

pub use action::{CellChange, CellTool, FilmAction, FilmOption, Pick, Reach, ViewOnScreen};
pub use draft::FilmDraft;
pub use sources::Views;
pub use state::{FilmState, FilmWarning, SheetPicture};
