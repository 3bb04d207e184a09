//! Everything the user can do, by area.

use super::{StudiesAction, ViewerAction};

/// The screens of the left rail (SH1), as far as they exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// The local store.
    #[default]
    Studies,
    /// Images.
    Viewer,
    /// Jobs and associations.
    Activity,
    /// This station, peers, access list, storage.
    Settings,
}

/// Something the user did.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Rail, dialogs, theme.
    Shell(ShellAction),
    /// Study list.
    Studies(StudiesAction),
    /// Viewer.
    Viewer(ViewerAction),
}

/// What concerns the window as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum ShellAction {
    /// Switches to a screen.
    Show(Screen),
    /// Opens or closes the list of bindings (F1).
    ToggleHelp,
}
