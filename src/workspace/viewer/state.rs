//! The viewer's state and the only places where it changes: `act`, `observe` and `tick`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::action::{Drag, DragTool, Tool, ViewCommand, ViewerAction};
use super::cine::{Cine, DEFAULT_RATE};
use super::window_level::{self, Pressed};
use super::wishes::wishes;
use super::{Arrangement, Patient, Tab, WindowChoice, WindowOrigin};
use crate::dicom::StudyInstanceUid;
use crate::engine::{Command, Event, StudyContents, WantedThumbnail};
use crate::imaging::stack::StackImage;
use crate::imaging::{Frame, FrameKey, Interpolation, VoiChoice, Window, Zoom, grayscale};

/// Scales that a zoom can reach, canvas pixels per image pixel.
const SCALE: std::ops::RangeInclusive<f64> = 0.02..=64.0;
/// Points of a zoom drag that double the scale.
const POINTS_PER_DOUBLE: f64 = 128.0;
/// Points of a scroll drag for one image.
const POINTS_PER_IMAGE: f64 = 6.0;
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

/// A drag that is under way.
#[derive(Debug, Clone)]
struct Dragging {
    cell: usize,
    tool: Tool,
    before: Arrangement,
    pressed: Option<Pressed>,
    scale: f64,
    pan: (f64, f64),
    scrolled: i32,
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
    /// Slices that were on the screen (T2).
    pub slices_presented: u64,
    /// Studies asked for and not yet here.
    pub opening: Vec<StudyInstanceUid>,
    frames: HashMap<FrameKey, FrameState>,
    dragging: Option<Dragging>,
    wished: Vec<FrameKey>,
    thumbnails: Vec<WantedThumbnail>,
    tabs_opened: usize,
    now: Duration,
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
        cines.map(Cine::next_at).min()
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
            ViewerAction::Command(command) => self.command(command),
            other => self.act_on_cell(other),
        }
        commands.extend(self.wanted());
        commands
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        match event {
            Event::StudyOpened(contents) => self.study_opened(contents),
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
            (Some(index), _) => self.tabs[index] = Tab::open(contents, self.tabs[index].color),
            (None, _) if asked.is_none() => {}
            (None, Some(index)) => {
                self.tabs[index].add(contents);
                self.active_tab = index;
            }
            (None, None) => {
                let color = self.tabs_opened % PATIENT_COLORS;
                self.tabs_opened += 1;
                self.tabs.push(Tab::open(contents, color));
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
    fn change(&mut self, change: impl FnOnce(&mut Tab)) {
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
            return;
        }
        let tabs = self.tabs.len();
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        let cell = tab.arrangement.active;
        match command {
            ViewCommand::ToggleCornerText => self.minimal_text = !self.minimal_text,
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

    fn choose_window(&mut self, cell: usize, command: ViewCommand) {
        let Some(tab) = self.tab() else {
            return;
        };
        let (Some(scope), Some(image)) = (tab.window_scope(cell), tab.image(cell)) else {
            return;
        };
        let choice = match command {
            ViewCommand::WindowAsSent => None,
            ViewCommand::AutoWindow => match self.frames.get(&image.key()) {
                Some(FrameState::Ready(frame)) => {
                    let display = &image.instance.display;
                    let window = grayscale::auto_window(frame, display, image.frame);
                    Some(WindowChoice {
                        voi: VoiChoice::Window(window),
                        origin: WindowOrigin::Auto,
                    })
                }
                _ => return,
            },
            ViewCommand::Preset(key) => {
                let presets = window_level::presets(&image.instance.technique.modality);
                let Some(preset) = presets.iter().find(|preset| preset.key == key) else {
                    return;
                };
                Some(WindowChoice {
                    voi: VoiChoice::Window(Window {
                        center: preset.center,
                        width: preset.width,
                    }),
                    origin: WindowOrigin::Preset(preset.name),
                })
            }
            _ => next_window(image, tab.window(cell)),
        };
        self.change(|tab| {
            match choice {
                Some(choice) => tab.arrangement.windows.insert(scope, choice),
                None => tab.arrangement.windows.remove(&scope),
            };
        });
    }

    fn drag(&mut self, drag: Drag) {
        match drag {
            Drag::Start {
                cell,
                tool,
                scale,
                pan,
            } => self.start_drag(cell, tool, scale, pan),
            Drag::Move {
                right,
                down,
                pixels_per_point,
                gain,
            } => self.move_drag(right, down, pixels_per_point, gain),
            Drag::End => {
                if let Some(dragging) = self.dragging.take()
                    && let Some(tab) = self.tabs.get_mut(self.active_tab)
                    && tab.arrangement != dragging.before
                {
                    tab.history.remember(dragging.before);
                }
            }
        }
    }

    fn start_drag(&mut self, cell: usize, tool: DragTool, scale: f64, pan: (f64, f64)) {
        let tool = match tool {
            DragTool::Active => self.tool,
            DragTool::Pan => Tool::Pan,
            DragTool::Zoom => Tool::Zoom,
        };
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        if !tab.arrangement.visible().contains(&cell) {
            return;
        }
        tab.arrangement.active = cell;
        let before = tab.arrangement.clone();
        let tab = &self.tabs[self.active_tab];
        let pressed = (tool == Tool::Window)
            .then(|| self.pressed_window(tab, cell))
            .flatten();
        self.dragging = Some(Dragging {
            cell,
            tool,
            before,
            pressed,
            scale,
            pan,
            scrolled: 0,
        });
    }

    /// The window shown at a press; `None` for colour images and where nothing is shown.
    fn pressed_window(&self, tab: &Tab, cell: usize) -> Option<Pressed> {
        let image = tab.image(cell)?;
        let instance = &image.instance;
        let pixels = instance.pixels.as_ref().ok()?;
        let voi = tab.window(cell).map(|choice| choice.voi.clone());
        let display = &instance.display;
        if display.is_color {
            return None;
        }
        let (low, high) = grayscale::value_range(display, pixels, image.frame);
        // A VOI LUT has no width to drag: the drag starts from a window over all values (P5).
        let window = display
            .window(pixels, image.frame, &voi.unwrap_or_default())
            .unwrap_or(Window {
                center: (low + high) / 2.0,
                width: (high - low).max(1.0),
            });
        let values = f64::from(u32::MAX.min(1_u32 << pixels.bits_stored.min(31)));
        Some(Pressed {
            window,
            range: high - low,
            step: (high - low) / (values - 1.0).max(1.0),
            upper_only: instance.technique.modality == "PT",
        })
    }

    fn move_drag(&mut self, right: f64, down: f64, pixels_per_point: f64, gain: f64) {
        let (Some(dragging), Some(tab)) = (&mut self.dragging, self.tabs.get_mut(self.active_tab))
        else {
            return;
        };
        let cell = dragging.cell;
        if cell >= tab.arrangement.cells.len() {
            return;
        }
        match dragging.tool {
            Tool::Window => {
                if let (Some(pressed), Some(scope)) = (&dragging.pressed, tab.window_scope(cell)) {
                    let window = window_level::dragged(pressed, right, down, gain);
                    let choice = WindowChoice {
                        voi: VoiChoice::Window(window),
                        origin: WindowOrigin::Manual,
                    };
                    tab.arrangement.windows.insert(scope, choice);
                }
            }
            Tool::Pan => {
                let view = &mut tab.arrangement.cells[cell].view;
                view.pan.0 = dragging.pan.0 + right * pixels_per_point;
                view.pan.1 = dragging.pan.1 + down * pixels_per_point;
            }
            Tool::Zoom => {
                let scale = clamped(dragging.scale * 2_f64.powf(-down / POINTS_PER_DOUBLE));
                let view = &mut tab.arrangement.cells[cell].view;
                let grown = scale / dragging.scale;
                view.zoom = Zoom::Scale(scale);
                view.pan = (dragging.pan.0 * grown, dragging.pan.1 * grown);
            }
            Tool::Scroll => {
                let steps = (down / POINTS_PER_IMAGE) as i32;
                let more = steps - dragging.scrolled;
                dragging.scrolled = steps;
                scroll(tab, cell, more);
            }
            Tool::Probe => {}
        }
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

fn clamped(scale: f64) -> f64 {
    scale.clamp(*SCALE.start(), *SCALE.end())
}

fn scroll(tab: &mut Tab, cell: usize, steps: i32) {
    let length = tab.stack_of(cell).map_or(0, |stack| stack.images.len());
    if let Some(cursor) = tab.cursors.get_mut(cell) {
        cursor.cine = None;
        cursor.scroll(steps, length);
    }
}

fn jump(tab: &mut Tab, cell: usize, position: usize) {
    let length = tab.stack_of(cell).map_or(0, |stack| stack.images.len());
    if let Some(cursor) = tab.cursors.get_mut(cell)
        && length > 0
    {
        cursor.cine = None;
        cursor.jump(position.min(length - 1));
    }
}

fn next_cell(tab: &mut Tab, command: ViewCommand) {
    if tab.arrangement.one_up {
        return;
    }
    let count = tab.arrangement.layout.cells();
    let step = if command == ViewCommand::NextCell {
        1
    } else {
        count - 1
    };
    tab.arrangement.active = (tab.arrangement.active + step) % count;
}

fn change_view(tab: &mut Tab, command: ViewCommand) {
    let active = tab.arrangement.active;
    if command == ViewCommand::ToggleOneUp {
        tab.arrangement.one_up = !tab.arrangement.one_up && tab.arrangement.layout.cells() > 1;
        return;
    }
    if command == ViewCommand::Reset
        && let Some(scope) = tab.window_scope(active)
    {
        tab.arrangement.windows.remove(&scope);
    }
    let view = &mut tab.arrangement.cells[active].view;
    match command {
        ViewCommand::FlipHorizontally => view.flip_horizontally(),
        ViewCommand::FlipVertically => view.flip_vertically(),
        ViewCommand::RotateLeft => view.rotate(false),
        ViewCommand::RotateRight => view.rotate(true),
        ViewCommand::Invert => view.invert = !view.invert,
        ViewCommand::ToggleOverlays => view.overlays = !view.overlays,
        ViewCommand::Fit => (view.zoom, view.pan) = (Zoom::Fit, (0.0, 0.0)),
        ViewCommand::OneToOne => (view.zoom, view.pan) = (Zoom::Scale(1.0), (0.0, 0.0)),
        ViewCommand::NextInterpolation => {
            view.interpolation = match view.interpolation {
                Interpolation::Nearest => Interpolation::Bilinear,
                Interpolation::Bilinear => Interpolation::Cubic,
                Interpolation::Cubic => Interpolation::Nearest,
            };
        }
        ViewCommand::Reset => *view = super::View::default(),
        _ => {}
    }
}

/// The window or VOI LUT after the one in use, of those the object brings; after the last as sent again.
fn next_window(image: &StackImage, now: Option<&WindowChoice>) -> Option<WindowChoice> {
    let choices = image.instance.display.voi_choices(image.frame);
    // The first is what "as sent" means.
    let at = now
        .and_then(|now| choices.iter().position(|choice| *choice == now.voi))
        .unwrap_or(0);
    choices.get(at + 1).map(|voi| WindowChoice {
        voi: voi.clone(),
        origin: WindowOrigin::AsSent,
    })
}
