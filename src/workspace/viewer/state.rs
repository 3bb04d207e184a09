//! The viewer's state and the only places where it changes: `act`, `observe` and `tick`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::action::{Tool, ViewCommand, ViewerAction};
use super::changes::{change_view, clamped, jump, next_cell, scroll};
use super::cine::{Cine, DEFAULT_RATE};
use super::drag::Dragging;
use super::drawing::DrawingState;
use super::saving::{Placement, SaveSheet, Saving};
use super::wishes::wishes;
use super::{DrawAction, Patient, Tab};
use crate::dicom::StudyInstanceUid;
use crate::engine::{Command, Event, StudyContents, WantedThumbnail};
use crate::imaging::stack::StackImage;
use crate::imaging::{Frame, FrameKey, Zoom};

/// Colours that tell patients apart (SH2).
pub const PATIENT_COLORS: usize = 6;

/// What became of a wanted frame.
#[derive(Debug, Clone)]
pub enum FrameState {
    /// Decoded.
    Ready(Arc<Frame>),
    /// Cannot be had, in words.
    Failed(Arc<str>),
}

/// What the viewer shows.
#[derive(Debug, Clone, Default)]
pub struct ViewerState {
    /// One tab a patient.
    pub tabs: Vec<Tab>,
    /// The tab shown.
    pub active_tab: usize,
    /// What the left button does.
    pub tool: Tool,
    /// Only patient, flags and window instead of the full corner text.
    pub minimal_text: bool,
    /// Whether the menu of states lies over the active cell.
    pub state_menu: bool,
    /// Whether the panel of a state's parts stands beside the grid.
    pub state_panel: bool,
    /// Whether the row of drawing tools is shown.
    pub drawing_tools: bool,
    /// Whether the list of drawings stands beside the grid.
    pub drawing_panel: bool,
    /// What is being drawn and what is selected.
    pub drawing: DrawingState,
    /// The sheet that saves a view, while it is open.
    pub save_sheet: Option<SaveSheet>,
    /// Whom new presentation states name as their creator.
    pub creator: String,
    /// Where the cells' pictures are.
    pub placements: BTreeMap<usize, Placement>,
    pub(super) saving: Option<Saving>,
    /// Why the last command did nothing, by key, and until when that is said.
    pub refusal: Option<(&'static str, Duration)>,
    /// Slices that were on the screen (T2).
    pub slices_presented: u64,
    /// Studies asked for and not yet here.
    pub opening: Vec<StudyInstanceUid>,
    pub(super) frames: HashMap<FrameKey, FrameState>,
    pub(super) dragging: Option<Dragging>,
    wished: Vec<FrameKey>,
    thumbnails: Vec<WantedThumbnail>,
    tabs_opened: usize,
    pub(super) now: Duration,
}

impl ViewerState {
    /// The tab on the screen.
    pub fn tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active_tab)
    }

    /// What became of a frame.
    pub fn frame(&self, key: &FrameKey) -> Option<&FrameState> {
        self.frames.get(key)
    }

    /// Steps that could not be presented, of all cells (T2).
    pub fn slices_skipped(&self) -> u64 {
        let cursors = self.tabs.iter().flat_map(|tab| &tab.cursors);
        cursors.map(|cursor| cursor.skipped).sum()
    }

    /// Whether a tab, or any tab, holds drawings that no presentation state holds.
    pub fn has_unsaved_drawings(&self, tab: Option<usize>) -> bool {
        let tabs = self.tabs.iter().enumerate();
        let mut meant = tabs.filter(|(index, _)| tab.is_none_or(|tab| tab == *index));
        meant.any(|(_, tab)| tab.has_unsaved_drawings())
    }

    /// Whether the screen must be painted again at once.
    pub fn is_moving(&self) -> bool {
        self.tab().is_some_and(|tab| {
            let mut visible = tab.arrangement.visible();
            visible.any(|cell| {
                let ready = |image: &StackImage| self.frames.contains_key(&image.key());
                tab.cursors[cell].is_moving() && tab.image(cell).is_some_and(ready)
            })
        })
    }

    /// When `tick` next has something to do, from the program's start.
    pub fn next_tick(&self) -> Option<Duration> {
        let tab = self.tab()?;
        let cines = tab.cursors.iter().filter_map(|c| c.cine.as_ref());
        let refusal = self.refusal.map(|(_, until)| until);
        cines
            .map(Cine::next_at)
            .chain(tab.states.next_tick(self.now))
            .chain(refusal)
            .min()
    }

    /// Applies an action.
    pub fn act(&mut self, action: ViewerAction) -> Vec<Command> {
        let mut commands = Vec::new();
        match action {
            ViewerAction::Open(study) => commands.push(self.open(study)),
            ViewerAction::SelectTab(index) if index < self.tabs.len() => self.active_tab = index,
            ViewerAction::SelectTab(_) | ViewerAction::ShowConflicts => {}
            ViewerAction::CloseTab(index) => commands.extend(self.close(index)),
            ViewerAction::Presented(shown) => self.presented(&shown),
            ViewerAction::Drag(drag) => self.drag(drag),
            ViewerAction::Draw(action) => self.draw(action),
            ViewerAction::Save(action) => self.save(action),
            ViewerAction::Placed(cell, placement) => {
                self.placements.insert(cell, placement);
            }
            ViewerAction::Command(command) => self.command(command),
            other => self.act_on_cell(other),
        }
        self.settle_drawing();
        commands.extend(self.wanted());
        commands
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        match event {
            Event::StudyOpened(contents) => {
                self.study_opened(contents);
                self.adopt();
            }
            Event::JobFinished(job, outcome) => self.saved(*job, outcome),
            Event::FrameReady(key, frame) => {
                let state = FrameState::Ready(Arc::clone(frame));
                self.frames.insert(key.clone(), state);
            }
            Event::FrameFailed(key, reason) => {
                let state = FrameState::Failed(reason.as_str().into());
                self.frames.insert(key.clone(), state);
            }
            Event::FramesEvicted(keys) => {
                for key in keys {
                    self.frames.remove(key);
                }
            }
            _ => return Vec::new(),
        }
        self.wanted()
    }

    /// Lets time pass (cine); `now` counts from the program's start.
    pub fn tick(&mut self, now: Duration) -> Vec<Command> {
        self.now = now;
        self.refusal = self.refusal.filter(|(_, until)| now < *until);
        for tab in &mut self.tabs {
            tab.now = now;
        }
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return Vec::new();
        };
        let mut moved = false;
        for cell in 0..tab.cursors.len() {
            let length = tab.stack_of(cell).map_or(0, |stack| stack.images.len());
            let cursor = &mut tab.cursors[cell];
            // The image before must have been seen.
            if cursor.is_moving() {
                continue;
            }
            let from = cursor.position;
            if let Some(cine) = &mut cursor.cine
                && let Some(next) = cine.step(from, length, now)
            {
                cursor.enqueue(next);
                moved = true;
            }
        }
        if moved { self.wanted() } else { Vec::new() }
    }

    fn open(&mut self, study: StudyInstanceUid) -> Command {
        let known = self.tabs.iter().position(|tab| {
            let mut studies = tab.studies.iter();
            studies.any(|open| open.row.study_instance_uid == study)
        });
        if let Some(index) = known {
            self.active_tab = index;
        } else if !self.opening.contains(&study) {
            self.opening.push(study.clone());
        }
        Command::OpenStudy(study)
    }

    fn close(&mut self, index: usize) -> Vec<Command> {
        if index >= self.tabs.len() {
            return Vec::new();
        }
        let tab = self.tabs.remove(index);
        if self.active_tab > index || self.active_tab == self.tabs.len() {
            self.active_tab = self.active_tab.saturating_sub(1);
        }
        self.dragging = None;
        let studies = tab.studies.iter();
        let keys = studies.clone().flat_map(|study| study.stacks());
        for (_, _, stack) in keys {
            for image in &stack.images {
                self.frames.remove(&image.key());
            }
        }
        studies
            .map(|study| Command::CloseStudy(study.row.study_instance_uid.clone()))
            .collect()
    }

    /// Another patient gets another tab (F1).
    fn study_opened(&mut self, contents: &StudyContents) {
        let uid = &contents.study.study_instance_uid;
        let asked = self.opening.iter().position(|study| study == uid);
        if let Some(index) = asked {
            self.opening.remove(index);
        }
        let patient = Patient::of(&contents.study);
        let holds = |tab: &Tab| {
            let mut studies = tab.studies.iter();
            studies.any(|study| study.row.study_instance_uid == *uid)
        };
        let holder = self.tabs.iter().position(holds);
        let of_patient = self.tabs.iter().position(|tab| tab.patient == patient);
        match (holder, of_patient) {
            // Who a study belongs to can be corrected; then its tab follows.
            (Some(index), _) if self.tabs[index].patient == patient => {
                self.tabs[index].add(contents);
            }
            (Some(index), _) => {
                let old = std::mem::take(&mut self.tabs[index]);
                let mut tab = Tab::open(contents, old.color, self.now);
                // What was drawn is on the images, whoever they belong to.
                tab.arrangement.drawings = old.arrangement.drawings;
                tab.saved_drawings = old.saved_drawings;
                self.tabs[index] = tab;
            }
            (None, _) if asked.is_none() => {}
            (None, Some(index)) => {
                self.tabs[index].add(contents);
                self.active_tab = index;
            }
            (None, None) => {
                let color = self.tabs_opened % PATIENT_COLORS;
                self.tabs_opened += 1;
                self.tabs.push(Tab::open(contents, color, self.now));
                self.active_tab = self.tabs.len() - 1;
            }
        }
    }

    fn presented(&mut self, shown: &[(usize, FrameKey)]) {
        let now = self.now;
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        for (cell, key) in shown {
            if tab.image(*cell).map(StackImage::key).as_ref() != Some(key) {
                continue;
            }
            let cursor = &mut tab.cursors[*cell];
            if cursor.painted() {
                self.slices_presented += 1;
                if let Some(cine) = &mut cursor.cine {
                    cine.shown(now);
                }
                cursor.last_shown = Some(key.clone());
                tab.displayed.insert(key.clone());
            }
        }
    }

    fn act_on_cell(&mut self, action: ViewerAction) {
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        match action {
            ViewerAction::Activate(cell) if tab.arrangement.visible().contains(&cell) => {
                tab.arrangement.active = cell;
            }
            ViewerAction::SetLayout(layout) => {
                self.change(|tab| tab.arrangement.set_layout(layout));
            }
            ViewerAction::Show(cell, stack) if tab.stack(&stack).is_some() => {
                self.change(|tab| {
                    if let Some(place) = tab.arrangement.cells.get_mut(cell) {
                        *place = super::Cell::of(stack);
                        tab.arrangement.active = cell;
                    }
                });
            }
            ViewerAction::Scroll(cell, steps) => scroll(tab, cell, steps),
            ViewerAction::Jump(cell, position) => jump(tab, cell, position),
            ViewerAction::Sort(cell, order) => {
                if let Some(id) = tab
                    .arrangement
                    .cells
                    .get(cell)
                    .and_then(|c| c.stack.clone())
                {
                    self.change(|tab| {
                        tab.arrangement.orders.insert(id, order);
                        tab.apply_orders();
                    });
                }
            }
            ViewerAction::ZoomAt {
                cell,
                factor,
                scale,
                pan,
                point,
            } => self.change(|tab| {
                if let Some(place) = tab.arrangement.cells.get_mut(cell) {
                    let zoomed = clamped(scale * factor);
                    let moved = |at: f64, pan: f64| at - (at - pan) * zoomed / scale;
                    let (x, y) = pan;
                    place.view.pan = (moved(point.0, x), moved(point.1, y));
                    place.view.zoom = Zoom::Scale(zoomed);
                }
            }),
            ViewerAction::PickState(cell, pick) => {
                self.state_menu = false;
                self.change(|tab| tab.pick_state(cell, pick));
            }
            ViewerAction::SetParts(cell, parts) => self.change(|tab| {
                if let Some(cell) = tab.arrangement.cells.get_mut(cell) {
                    cell.view.parts = parts;
                }
            }),
            ViewerAction::KeepWindow(cell, keep) => {
                self.change(|tab| tab.set_keep_window(cell, keep));
            }
            ViewerAction::SetCineRate(cell, rate) => {
                let now = self.now;
                if let Some(cursor) = tab.cursors.get_mut(cell)
                    && let Some(cine) = &cursor.cine
                {
                    cursor.cine = Some(Cine::start(rate, cine.bounce, now));
                }
            }
            _ => {}
        }
    }

    /// One undoable change of the tab on the screen; nothing is remembered when nothing changed.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Tab)) {
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        let before = tab.arrangement.clone();
        change(tab);
        tab.reconcile();
        if tab.arrangement != before {
            tab.history.remember(before);
        }
    }

    fn command(&mut self, command: ViewCommand) {
        if let ViewCommand::SetTool(tool) = command {
            self.tool = tool;
            self.drawing.pending = None;
            self.drawing_tools |= tool.draws().is_some();
            return;
        }
        match command {
            ViewCommand::FinishDrawing => return self.draw(DrawAction::Finish),
            ViewCommand::DeleteDrawing => return self.delete_selected(),
            ViewCommand::DeleteAllDrawings => return self.delete_all_drawings(),
            ViewCommand::RemoveShutter => return self.remove_shutter(),
            ViewCommand::SaveState => return self.open_save_sheet(),
            ViewCommand::SelectNextDrawing => return self.select_next(),
            // its own Escape closes the menu
            ViewCommand::CancelTool if self.state_menu => return,
            ViewCommand::CancelTool => return self.cancel_drawing(),
            _ => {}
        }
        let tabs = self.tabs.len();
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        let cell = tab.arrangement.active;
        match command {
            ViewCommand::ToggleCornerText => self.minimal_text = !self.minimal_text,
            ViewCommand::ToggleStateMenu => self.state_menu = !self.state_menu,
            ViewCommand::ToggleStatePanel => self.state_panel = !self.state_panel,
            ViewCommand::ToggleDrawingTools => self.drawing_tools = !self.drawing_tools,
            ViewCommand::ToggleDrawingPanel => self.drawing_panel = !self.drawing_panel,
            ViewCommand::NextTab => self.active_tab = (self.active_tab + 1) % tabs,
            ViewCommand::Step(steps) => scroll(tab, cell, steps),
            ViewCommand::First => jump(tab, cell, 0),
            ViewCommand::Last => jump(tab, cell, usize::MAX),
            ViewCommand::PreviousCell | ViewCommand::NextCell => next_cell(tab, command),
            ViewCommand::PreviousSeries => self.show_neighbour(-1),
            ViewCommand::NextSeries => self.show_neighbour(1),
            ViewCommand::ToggleCine => self.toggle_cine(cell),
            ViewCommand::ToggleBounce => {
                if let Some(cine) = &mut tab.cursors[cell].cine {
                    cine.bounce = !cine.bounce;
                }
            }
            ViewCommand::Undo | ViewCommand::Redo => {
                let back = command == ViewCommand::Undo;
                let now = tab.arrangement.clone();
                let other = if back {
                    tab.history.undo(&now)
                } else {
                    tab.history.redo(&now)
                };
                if let Some(arrangement) = other {
                    tab.arrangement = arrangement;
                    tab.apply_orders();
                    tab.reconcile();
                }
            }
            ViewCommand::AutoWindow
            | ViewCommand::WindowAsSent
            | ViewCommand::NextWindow
            | ViewCommand::Preset(_) => self.choose_window(cell, command),
            _ => self.change(|tab| change_view(tab, command)),
        }
    }

    fn toggle_cine(&mut self, cell: usize) {
        let now = self.now;
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        let wanted = tab
            .image(cell)
            .and_then(|image| image.instance.technique.frame_rate);
        let several = tab.stack_of(cell).is_some_and(|s| s.images.len() > 1);
        let cursor = &mut tab.cursors[cell];
        cursor.cine = match cursor.cine {
            None if several => Some(Cine::start(wanted.unwrap_or(DEFAULT_RATE), false, now)),
            _ => None,
        };
    }

    /// The stack before or after the one in the active cell.
    fn show_neighbour(&mut self, step: i64) {
        self.change(|tab| {
            let ids = tab.stack_ids();
            let cell = &mut tab.arrangement.cells[tab.arrangement.active];
            let shown = cell.stack.as_ref();
            let at = shown.and_then(|shown| ids.iter().position(|id| id == shown));
            let next = at.map_or(0, |at| at as i64 + step);
            if let Some(id) = usize::try_from(next).ok().and_then(|next| ids.get(next)) {
                *cell = super::Cell::of(id.clone());
            }
        });
    }

    /// What the engine must be told: only what changed since it was last told.
    fn wanted(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        let list = self.tab().map(wishes).unwrap_or_default();
        if list != self.wished {
            self.wished.clone_from(&list);
            commands.push(Command::WantFrames(list));
        }
        let thumbnails: Vec<WantedThumbnail> = self.tab().map_or_else(Vec::new, |tab| {
            let series = tab.studies.iter().flat_map(|study| &study.series);
            let wanted = series.map(|series| WantedThumbnail {
                series: series.row.series_instance_uid.clone(),
                objects: series.row.instance_count,
            });
            wanted.collect()
        });
        if thumbnails != self.thumbnails {
            self.thumbnails.clone_from(&thumbnails);
            commands.push(Command::WantThumbnails(thumbnails));
        }
        commands
    }
}
