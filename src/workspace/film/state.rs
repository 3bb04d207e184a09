//! The Film screen's state machine.

use std::sync::Arc;

use super::action::{CellTool, FilmAction, FilmOption};
use super::draft::FilmDraft;
use crate::dicom::{AeTitle, SeriesInstanceUid, StudyInstanceUid};
use crate::engine::{
    Command, Event, Job, JobId, Peer, PeerAddress, PrintJobRow, PrintNews, PrinterOptions,
    PrinterProfile, PrinterRow, StudyContents, StudyRow, VirtualPrinter,
};
use crate::imaging::film::{FilmCell, FilmPage, FilmPicture};
use crate::imaging::{FrameIndex, VoiChoice};
use crate::workspace::viewer::Patient;

/// Pixels of the drawn page for each pixel of the screen along a side.
const PREVIEW_FINENESS: f64 = 2.0;
/// Undo steps.
const UNDO_MAX: usize = 100;
/// Silence after which a study counts as whole, in milliseconds (ST5).
const ARRIVING_MS: i64 = 10_000;
/// Name of the virtual printer among the peers.
const VIRTUAL_PRINTER: &str = "Virtual printer";
/// Folder of its films in the store's directory.
const VIRTUAL_FOLDER: &str = "films";

/// Why a job did not go out, as the key of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilmWarning {
    /// Another patient is on the film.
    OtherPatient,
    /// Objects of the study are still arriving.
    Arriving,
    /// Fewer objects are here than the node promised that they were retrieved from (F11).
    Incomplete,
    /// There is no printer.
    NoPrinter,
    /// Nothing is on the film.
    Nothing,
    /// The page that is shown cannot be printed as asked.
    Impossible,
}

/// A page as the renderer drew it.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetPicture {
    /// Which drawing it is; larger is newer.
    pub token: u64,
    /// The sheet, or why it cannot be drawn.
    pub sheet: Result<Arc<FilmPicture>, String>,
}

/// State of the Film screen.
#[derive(Debug, Clone, Default)]
pub struct FilmState {
    /// The study on the film.
    pub study: Option<Arc<StudyContents>>,
    /// Whether objects of it are missing that a node promised.
    pub incomplete: bool,
    /// What is composed.
    pub draft: FilmDraft,
    /// Printers that can be chosen.
    pub printers: Arc<Vec<PrinterRow>>,
    /// Name of the chosen one.
    pub printer: String,
    /// What the printer said of itself, in words.
    pub printer_words: String,
    /// The queue.
    pub jobs: Arc<Vec<PrintJobRow>>,
    /// The virtual printer.
    pub virtual_printer: VirtualPrinter,
    /// Page shown, from 0.
    pub page: usize,
    /// Cell chosen on it, from 0.
    pub chosen: usize,
    /// What drags do.
    pub tool: CellTool,
    /// Whether the page is shown in the printer's own pixels.
    pub actual_pixels: bool,
    /// What a person has to decide or know.
    pub warning: Option<FilmWarning>,
    /// The page as drawn last.
    pub picture: Option<SheetPicture>,
    /// Jobs put into the queue since the window opened.
    pub queued: u64,
    screen: (u32, u32),
    asked: Option<(JobId, String)>,
    /// What the viewer showed, to be put on film with the study that is waited for.
    pub(super) views: Vec<FilmCell>,
    /// How the viewer showed the series that is waited for.
    pub(super) model: Option<(SeriesInstanceUid, FilmCell)>,
    waiting: Option<(StudyInstanceUid, Option<SeriesInstanceUid>)>,
    refused: Option<Arc<StudyContents>>,
    undo: Vec<FilmDraft>,
    redo: Vec<FilmDraft>,
    drawn: Option<FilmPage>,
    token: u64,
}

impl FilmState {
    /// The first questions.
    pub fn begin(&mut self) -> Vec<Command> {
        self.draft.copies = 1;
        self.draft.header = true;
        vec![Command::ListPrinters, Command::ListPrintJobs]
    }

    /// What the chosen printer can do.
    pub fn profile(&self) -> PrinterProfile {
        self.chosen_printer()
            .map_or_else(PrinterProfile::default, |row| row.profile.clone())
    }

    /// The chosen printer.
    pub fn chosen_printer(&self) -> Option<&PrinterRow> {
        self.printers
            .iter()
            .find(|row| row.peer.name == self.printer)
    }

    /// The page that is shown, as it will be printed.
    pub fn shown(&self) -> FilmPage {
        self.draft.page(self.page, &self.profile(), &self.header())
    }

    /// Place of a cell of the shown page over all pages.
    fn place(&self, cell: usize) -> usize {
        self.page * self.draft.per_page() + cell
    }

    /// Whether one can go back, and forth.
    pub fn history(&self) -> (bool, bool) {
        (!self.undo.is_empty(), !self.redo.is_empty())
    }

    /// The parts of the page header but the page itself.
    fn header(&self) -> Vec<String> {
        let Some(study) = self.study.as_ref().map(|contents| &contents.study) else {
            return Vec::new();
        };
        let instance = self.study.as_ref().and_then(|contents| {
            contents
                .series
                .iter()
                .find_map(|series| series.instances.first())
        });
        let mut parts = instance.map_or_else(
            || vec![study.patient_name.clone(), study.patient_id.clone()],
            |instance| instance.technique.patient.clone(),
        );
        parts.extend(
            instance
                .map(|i| i.technique.study.clone())
                .unwrap_or_default(),
        );
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// Applies an action; `next` names a job that may be started.
    pub fn act(&mut self, action: FilmAction, next: JobId, wall_ms: i64) -> Vec<Command> {
        let mut commands = match action {
            FilmAction::Study(study, series) => self.open(study, series),
            FilmAction::StartAnew => {
                if let Some(contents) = self.refused.take() {
                    self.warning = None;
                    self.remember();
                    self.draft.cells.clear();
                    let series = self.waiting.take().and_then(|(_, series)| series);
                    self.fill(contents, series.as_ref());
                }
                Vec::new()
            }
            FilmAction::KeepFilm => {
                self.refused = None;
                self.warning = None;
                Vec::new()
            }
            FilmAction::Print | FilmAction::PrintAnyway => {
                self.print(action == FilmAction::PrintAnyway, wall_ms)
            }
            FilmAction::AskPrinter => {
                let Some(row) = self.chosen_printer() else {
                    self.warning = Some(FilmWarning::NoPrinter);
                    return Vec::new();
                };
                let printer = PeerAddress::Named(row.peer.name.clone());
                self.asked = Some((next, row.peer.name.clone()));
                self.printer_words = String::new();
                vec![Command::Start(next, Job::AskPrinter { printer })]
            }
            FilmAction::Export(path) => {
                let order = Arc::new(self.draft.order(&self.profile(), &self.header()));
                vec![Command::Start(next, Job::ExportFilms { order, path })]
            }
            FilmAction::Paper => {
                let order = Arc::new(self.draft.order(&self.profile(), &self.header()));
                vec![Command::Start(next, Job::PaperFilms { order })]
            }
            FilmAction::TestFilm(printer) => self.test_film(printer),
            FilmAction::Decide(job, decision) => vec![Command::DecidePrint(job, decision)],
            FilmAction::Profile(name, profile) => {
                vec![Command::SavePrinterProfile(name, profile)]
            }
            FilmAction::Virtual(on) => vec![virtual_printer(on)],
            other => {
                self.compose(other);
                Vec::new()
            }
        };
        commands.extend(self.draw());
        commands
    }

    /// Actions that only change what is composed and shown.
    fn compose(&mut self, action: FilmAction) {
        match action {
            FilmAction::Add(series, pick) => {
                self.remember();
                self.add(&series, pick);
            }
            FilmAction::State(state) => {
                self.remember();
                let place = self.place(self.chosen);
                self.draft.show_with(place, state);
            }
            FilmAction::Clear => {
                self.remember();
                self.draft.cells.clear();
            }
            FilmAction::Page(page) => (self.page, self.chosen) = (page, 0),
            FilmAction::Choose(cell) => self.chosen = cell,
            FilmAction::Tool(tool) => self.tool = tool,
            FilmAction::Drag(cell, moved, first) => {
                if first {
                    self.remember();
                }
                self.chosen = cell;
                let place = self.place(cell);
                let window = self.window_of(place);
                let fitted = self.fitted(place);
                self.draft.drag(place, self.tool, moved, window, fitted);
            }
            FilmAction::Swap(a, b) => {
                self.remember();
                let (a, b) = (self.place(a), self.place(b));
                self.draft.swap(a, b);
            }
            FilmAction::Change(change) => {
                self.remember();
                let place = self.place(self.chosen);
                self.draft.change(place, change);
            }
            FilmAction::Apply(reach) => {
                self.remember();
                let place = self.place(self.chosen);
                self.draft.apply(place, reach);
            }
            FilmAction::Set(option) => self.set(option),
            FilmAction::Undo => {
                if let Some(before) = self.undo.pop() {
                    self.redo.push(std::mem::replace(&mut self.draft, before));
                }
            }
            FilmAction::Redo => {
                if let Some(after) = self.redo.pop() {
                    self.undo.push(std::mem::replace(&mut self.draft, after));
                }
            }
            FilmAction::ActualPixels(on) => self.actual_pixels = on,
            FilmAction::Screen(width, height) => self.screen = (width, height),
            _ => {}
        }
        self.page = self.page.min(self.draft.pages() - 1);
        self.chosen = self.chosen.min(self.draft.per_page() - 1);
    }

    fn set(&mut self, option: FilmOption) {
        self.remember();
        if let FilmOption::Printer(name) = &option {
            self.printer = name.clone();
            self.printer_words = String::new();
            let profile = self.profile();
            self.draft.suit(&profile);
        }
        // The chosen image stays in sight when pages are divided anew.
        let place = self.place(self.chosen);
        self.draft.set(option);
        self.page = place / self.draft.per_page();
        self.chosen = place % self.draft.per_page();
    }

    pub(super) fn remember(&mut self) {
        if self.undo.last() != Some(&self.draft) {
            self.undo.push(self.draft.clone());
        }
        if self.undo.len() > UNDO_MAX {
            self.undo.remove(0);
        }
        self.redo.clear();
    }

    /// The window that a cell shows without one of its own.
    fn window_of(&self, place: usize) -> (f64, f64) {
        let cell = self.draft.cell(place);
        let found = cell.and_then(|cell| {
            let uid = cell.sop_instance_uid.as_deref()?;
            let instance = self
                .study
                .iter()
                .flat_map(|contents| &contents.series)
                .flat_map(|series| &series.instances)
                .find(|instance| instance.sop_instance_uid.as_str() == uid)?;
            let pixels = instance.pixels.as_ref().ok()?;
            let index = FrameIndex(cell.frame);
            instance.display.window(pixels, index, &VoiChoice::AsSent)
        });
        found.map_or((128.0, 256.0), |window| (window.center, window.width))
    }

    pub(super) fn open(
        &mut self,
        study: StudyInstanceUid,
        series: Option<SeriesInstanceUid>,
    ) -> Vec<Command> {
        self.warning = None;
        self.waiting = Some((study.clone(), series));
        vec![
            Command::OpenStudy(study),
            Command::ListPrinters,
            Command::ListPrintJobs,
        ]
    }

    /// A study that was asked for is here.
    fn opened(&mut self, contents: &Arc<StudyContents>) {
        let Some((wanted, series)) = self.waiting.clone() else {
            self.refresh(contents);
            return;
        };
        if contents.study.study_instance_uid != wanted {
            return;
        }
        let other = |known: &StudyRow| Patient::of(known) != Patient::of(&contents.study);
        let mixed = self.study.as_ref().is_some_and(|known| other(&known.study));
        if mixed && !self.draft.is_empty() {
            self.refused = Some(Arc::clone(contents));
            self.warning = Some(FilmWarning::OtherPatient);
            return;
        }
        self.waiting = None;
        self.remember();
        self.draft.cells.clear();
        self.fill(Arc::clone(contents), series.as_ref());
    }

    /// The study on the film in its newer state.
    fn refresh(&mut self, contents: &Arc<StudyContents>) {
        let uid = &contents.study.study_instance_uid;
        if self
            .study
            .as_ref()
            .is_some_and(|known| known.study.study_instance_uid == *uid)
        {
            self.study = Some(Arc::clone(contents));
        }
    }

    /// The test film of a printer goes into its queue.
    fn test_film(&mut self, printer: String) -> Vec<Command> {
        let row = self.printers.iter().find(|row| row.peer.name == printer);
        let profile = row.map_or_else(PrinterProfile::default, |row| row.profile.clone());
        self.queued += 1;
        vec![Command::QueuePrint {
            printer,
            order: Arc::new(FilmDraft::test_film(&profile)),
        }]
    }

    fn print(&mut self, anyway: bool, wall_ms: i64) -> Vec<Command> {
        self.warning = None;
        let order = self.draft.order(&self.profile(), &self.header());
        let arriving = self
            .study
            .as_ref()
            .is_some_and(|contents| wall_ms - contents.study.received_ms < ARRIVING_MS);
        if order.pages.is_empty() {
            self.warning = Some(FilmWarning::Nothing);
        } else if self.chosen_printer().is_none() {
            self.warning = Some(FilmWarning::NoPrinter);
        } else if self.cannot_be_drawn() {
            self.warning = Some(FilmWarning::Impossible);
        } else if arriving && !anyway {
            self.warning = Some(FilmWarning::Arriving);
        } else if self.incomplete && !anyway {
            self.warning = Some(FilmWarning::Incomplete);
        } else {
            self.queued += 1;
            return vec![Command::QueuePrint {
                printer: self.printer.clone(),
                order: Arc::new(order),
            }];
        }
        Vec::new()
    }

    /// Whether the renderer refused the page as it is now.
    fn cannot_be_drawn(&self) -> bool {
        let picture = self.picture.as_ref();
        picture.is_some_and(|picture| picture.token == self.token && picture.sheet.is_err())
    }

    /// Asks for the shown page anew when it is another one.
    fn draw(&mut self) -> Option<Command> {
        if self.screen.0 == 0 || self.draft.is_empty() {
            return None;
        }
        let mut page = self.shown();
        let (width, height) = page.sheet.extent();
        if !self.actual_pixels {
            // Drawn a little finer than it is seen, so that small text stays legible; everything on the page is in millimetres.
            let fit = (f64::from(self.screen.0) / f64::from(width))
                .min(f64::from(self.screen.1) / f64::from(height));
            let fine = (fit * PREVIEW_FINENESS).min(1.0);
            page.sheet.resolution_dpi = (page.sheet.resolution_dpi * fine).max(20.0);
        }
        if self.drawn.as_ref() == Some(&page) {
            return None;
        }
        self.drawn = Some(page.clone());
        self.token += 1;
        Some(Command::DrawFilm(self.token, Box::new(page)))
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::StudyOpened(contents) => self.opened(contents),
            Event::Print(PrintNews::Printers(printers)) => {
                self.printers = Arc::clone(printers);
                if self.chosen_printer().is_none() {
                    let first = self.printers.first().map(|row| row.peer.name.clone());
                    self.printer = first.unwrap_or_default();
                }
                let profile = self.profile();
                self.draft.suit(&profile);
            }
            Event::Print(PrintNews::Jobs(jobs)) => self.jobs = Arc::clone(jobs),
            Event::Print(PrintNews::State(words)) => self.printer_words = words.clone(),
            Event::Print(PrintNews::Virtual(state)) => {
                self.virtual_printer = state.clone();
                commands.extend(peer_of(state));
            }
            Event::Print(PrintNews::Sheet(token, sheet)) => {
                let newer = self
                    .picture
                    .as_ref()
                    .is_none_or(|known| known.token < *token);
                if newer {
                    self.picture = Some(SheetPicture {
                        token: *token,
                        sheet: sheet.clone(),
                    });
                }
            }
            Event::Print(PrintNews::FilmKept(_)) => {}
            Event::Peers(..) => commands.push(Command::ListPrinters),
            Event::JobFinished(id, outcome) => {
                if let Some((_, printer)) = self.asked.take_if(|(asked, _)| asked == id) {
                    commands.extend(self.learn(&printer, &outcome.json));
                    if let Err(failure) = &outcome.result {
                        self.printer_words = failure.message.clone();
                    }
                }
            }
            _ => {}
        }
        commands.extend(self.draw());
        commands
    }

    /// What a printer that was asked accepts becomes its profile (C13).
    fn learn(&self, printer: &str, json: &serde_json::Value) -> Option<Command> {
        let row = self.printers.iter().find(|row| row.peer.name == printer)?;
        let accepted = json.get("accepted")?.as_array()?;
        if accepted.is_empty() {
            return None;
        }
        let takes = |what: &str| {
            accepted
                .iter()
                .any(|name| name.as_str().is_some_and(|name| name.contains(what)))
        };
        let mut profile = PrinterProfile {
            color: takes("Color"),
            presentation_lut: takes("Presentation LUT"),
            ..row.profile.clone()
        };
        profile.learn(json);
        Some(Command::SavePrinterProfile(
            row.peer.name.clone(),
            Box::new(profile),
        ))
    }
}

fn virtual_printer(on: bool) -> Command {
    let options = || Box::new(PrinterOptions::new(VIRTUAL_FOLDER.into()));
    Command::ServePrinter(on.then(options))
}

/// The virtual printer among the peers, at the port that it listens on now.
fn peer_of(state: &VirtualPrinter) -> Option<Command> {
    let VirtualPrinter::Listening { address, ae_title } = state else {
        return None;
    };
    let ae_title = AeTitle::try_from(ae_title.as_str()).ok()?;
    let host = address.ip().to_string();
    let peer = Peer::new(VIRTUAL_PRINTER, ae_title, &host, address.port(), &["print"]);
    Some(Command::SavePeer(peer))
}
