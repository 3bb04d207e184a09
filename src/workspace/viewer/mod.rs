//! State of the Viewer screen: open studies, layout, viewports, view changes and their history (workstation.md 4).
//!
//! Pure: actions, events and the time come in, commands for the engine go out. One tab holds one patient (F1). What a person
//! arranged can be undone; where a cell stands in its stack cannot, and every step of a scroll is presented before the next (F12).

pub mod action;
pub mod arrangement;
pub mod bindings;
mod changes;
pub mod cine;
pub mod cursor;
mod drag;
pub mod drawing;
pub mod hanging;
pub mod history;
pub mod presentation;
pub mod saving;
pub mod state;
pub mod tab;
mod window_choice;
pub mod window_level;
mod wishes;

pub use action::{Drag, DragTool, Tool, ViewCommand, ViewerAction};
pub use arrangement::{Arrangement, Cell, Layout, StackId, View, WindowChoice, WindowOrigin};
pub use cursor::Cursor;
pub use drawing::{DrawAction, Pending, ShutterKind};
pub use presentation::{StateOfImage, StatePick};
pub use saving::{Placement, SaveAction, SaveArea, SaveProblem, SaveScope, SaveSheet};
pub use state::{FrameState, ViewerState};
pub use tab::{Patient, Tab};
