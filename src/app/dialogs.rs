//! File dialogs of the system, each on its own thread: a portal that never answers costs a thread, not the window.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, bounded};

use crate::workspace::import::ImportAction;
use crate::workspace::setting_fields::MEASUREMENTS;
use crate::workspace::settings::SettingsAction;
use crate::workspace::{Action, Browse, FileAction, FilmAction, Workspace};

/// What a person picked, and the text of the file where that is what is wanted.
type Answer = (Vec<PathBuf>, Option<String>);

/// Bytes read of a text file.
const TEXT_MAX: u64 = 65_536;

/// The dialog that is open, if any.
#[derive(Default)]
pub struct Dialogs {
    open: Option<(Browse, Receiver<Answer>)>,
}

impl Dialogs {
    /// Opens a dialog; a second one of the same purpose while it is open is not opened.
    pub fn open(&mut self, purpose: Browse) {
        if self.open.as_ref().is_some_and(|(open, _)| *open == purpose) {
            return;
        }
        let (sender, receiver) = bounded(1);
        std::thread::spawn(move || {
            // A window that no longer waits drops the receiver; then nobody wants the answer.
            let paths = pick(purpose);
            let file = paths.first().filter(|_| purpose == Browse::Measurements);
            let text = file.map(|path| read_text(path));
            let _ = sender.send((paths, text));
        });
        self.open = Some((purpose, receiver));
    }

    /// Whether an answer is still awaited.
    pub fn waiting(&self) -> bool {
        self.open.is_some()
    }

    /// What the dialog brought, as actions.
    pub fn answers(&mut self, workspace: &Workspace) -> Vec<Action> {
        let Some((purpose, receiver)) = &self.open else {
            return Vec::new();
        };
        let Ok((paths, text)) = receiver.try_recv() else {
            return Vec::new();
        };
        let purpose = *purpose;
        self.open = None;
        match (purpose, &workspace.export, paths.first()) {
            (_, _, None) => Vec::new(),
            (Browse::ExportFolder, Some(sheet), Some(folder)) => {
                let directory = folder.display().to_string();
                vec![Action::Files(FileAction::EditExport(
                    directory,
                    sheet.format,
                ))]
            }
            (Browse::ExportFolder, None, _) => Vec::new(),
            (Browse::Measurements, ..) => {
                let edit = |text| Action::Settings(SettingsAction::Edit(MEASUREMENTS, text));
                text.map(edit).into_iter().collect()
            }
            (Browse::FilmFile, _, Some(path)) => {
                vec![Action::Film(FilmAction::Export(path.clone()))]
            }
            (Browse::ImportFiles | Browse::ImportFolder, ..) => {
                vec![Action::Import(ImportAction::Add(paths))]
            }
        }
    }
}

/// The first part of a text file, or why it cannot be read: the field it goes to shows either.
fn read_text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(TEXT_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("# {error}"),
    }
}

/// The one place that asks the system for paths. Blocks until the person answered.
fn pick(purpose: Browse) -> Vec<PathBuf> {
    let dialog = rfd::FileDialog::new();
    match purpose {
        Browse::ImportFiles => dialog.pick_files().unwrap_or_default(),
        Browse::ImportFolder => dialog.pick_folders().unwrap_or_default(),
        Browse::Measurements => dialog.pick_file().into_iter().collect(),
        Browse::FilmFile => dialog
            .set_file_name("film.pdf")
            .save_file()
            .into_iter()
            .collect(),
        Browse::ExportFolder => dialog.pick_folder().into_iter().collect(),
    }
}
