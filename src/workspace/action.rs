//! Everything the user can do, by area.

use std::path::PathBuf;

use super::activity::ActivityAction;
use super::columns::ColumnChoice;
use super::display::DisplayAction;
use super::graphics::Graphics;
use super::import::ImportAction;
use super::preferences::{Appearance, Language};
use super::settings::SettingsAction;
use super::{FilmAction, QueryAction, StudiesAction, ViewerAction};
use crate::dicom::StudyInstanceUid;
use crate::engine::ConflictRow;
use crate::engine::command::ExportFormat;

/// The screens of the left rail (SH1), as far as they exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// The local store.
    #[default]
    Studies,
    /// Other stations' and archives' stores.
    Query,
    /// Images.
    Viewer,
    /// Films.
    Film,
    /// Jobs and associations.
    Activity,
    /// This station, peers, access list, storage.
    Settings,
}

impl Screen {
    /// The rail from top to bottom; Ctrl+1 is the first.
    pub const ALL: [Self; 6] = [
        Self::Studies,
        Self::Query,
        Self::Viewer,
        Self::Film,
        Self::Activity,
        Self::Settings,
    ];

    /// Key of its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Studies => "screen.studies",
            Self::Query => "screen.query",
            Self::Viewer => "screen.viewer",
            Self::Film => "screen.film",
            Self::Activity => "screen.activity",
            Self::Settings => "screen.settings",
        }
    }
}

/// Something the user did.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Rail, dialogs, theme.
    Shell(ShellAction),
    /// Study list.
    Studies(StudiesAction),
    /// Query and retrieve.
    Query(QueryAction),
    /// What is done to studies, series and instances of the list.
    Files(FileAction),
    /// Import sheet.
    Import(ImportAction),
    /// Viewer.
    Viewer(ViewerAction),
    /// Films.
    Film(FilmAction),
    /// Jobs.
    Activity(ActivityAction),
    /// Settings, peers, access list.
    Settings(SettingsAction),
    /// Test patterns and the size of the display.
    Display(DisplayAction),
}

/// What concerns the window as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum ShellAction {
    /// Switches to a screen.
    Show(Screen),
    /// Opens or closes the list of bindings (F1).
    ToggleHelp,
    /// Files or folders were dropped on the window.
    Drop(Vec<PathBuf>),
    /// Takes a notice away.
    Dismiss(u64),
    /// Dark or light.
    SetAppearance(Appearance),
    /// Language of all texts.
    SetLanguage(Language),
    /// Text size in percent.
    SetTextPercent(u16),
    /// Columns of the study list.
    SetColumns(Vec<ColumnChoice>),
    /// Opens or closes the panel with thumbnails.
    TogglePreview,
    /// Starts or stops the node, and remembers it for the next start.
    Receive(bool),
    /// Asks for a file dialog; the program's shell answers with `ImportAction::Add` or a directory.
    Browse(Browse),
    /// The graphics card was tested, or lost.
    Graphics(Graphics),
    /// Closes the window, unless something would be lost.
    Close,
    /// Says yes to the question on the screen.
    Confirm,
    /// Says no to it.
    Decline,
}

/// What a file dialog is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browse {
    /// Files to import.
    ImportFiles,
    /// A folder to import.
    ImportFolder,
    /// A folder to export into.
    ExportFolder,
    /// A file for films.
    FilmFile,
    /// A text file with what a photometer measured.
    Measurements,
}

/// What is done to what is chosen in the study list.
#[derive(Debug, Clone, PartialEq)]
pub enum FileAction {
    /// Asks whether to delete it.
    AskDelete,
    /// Asks whether to delete an object in quarantine.
    AskDeleteNewcomer(Box<ConflictRow>),
    /// Protects a study from deletion, or not.
    Pin(StudyInstanceUid, bool),
    /// Opens the export sheet.
    OpenExport,
    /// Types the directory, picks the format.
    EditExport(String, ExportFormat),
    /// Closes the export sheet.
    CloseExport,
    /// Starts the export.
    StartExport,
    /// Opens the send sheet.
    OpenSend,
    /// Picks the peer, and whether to ask for storage commitment.
    EditSend(String, bool),
    /// Closes the send sheet.
    CloseSend,
    /// Puts what is chosen into the send queue.
    StartSend,
}
