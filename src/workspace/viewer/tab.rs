//! One tab: one patient, the opened studies, what was arranged, and where its cells stand (F1, SH2).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::arrangement::WindowScope;
use super::drawing::Drawings;
use super::history::History;
use super::presentation::TabStates;
use super::window_level::is_per_image;
use super::{Arrangement, Cursor, StackId, WindowChoice, hanging};
use crate::engine::{SeriesRow, StudyContents, StudyRow};
use crate::imaging::stack::{self, SortOrder, Stack, StackImage};
use crate::imaging::{Adjustments, FrameKey, StoredState};

/// Who is shown; two studies belong to one tab only if all of it agrees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Patient ID.
    pub id: String,
    /// Patient's Name, case and trailing separators folded.
    pub name: String,
    /// Patient's Birth Date.
    pub birth_date: String,
}

impl Patient {
    /// The patient of a study.
    pub fn of(study: &StudyRow) -> Self {
        let name = study.patient_name.to_lowercase();
        Self {
            id: study.patient_id.clone(),
            name: name.trim_end_matches(['^', ' ', '=']).to_owned(),
            birth_date: study.patient_birth_date.clone(),
        }
    }
}

/// A series with its stacks.
#[derive(Debug, Clone)]
pub struct OpenSeries {
    /// The series as in the list.
    pub row: SeriesRow,
    /// Its stacks.
    pub stacks: Vec<Arc<Stack>>,
    /// Objects whose file could not be read: SOP Instance UID and reason.
    pub unreadable: Vec<(String, String)>,
}

/// An open study.
#[derive(Debug, Clone)]
pub struct OpenStudy {
    /// The study as in the list.
    pub row: StudyRow,
    /// Its series in display order.
    pub series: Vec<OpenSeries>,
    /// Presentation states about its images.
    pub states: Vec<Arc<StoredState>>,
}

impl OpenStudy {
    fn of(contents: &StudyContents) -> Self {
        let series = contents.series.iter().map(|series| OpenSeries {
            row: series.series.clone(),
            stacks: stack::split(&series.instances)
                .into_iter()
                .map(Arc::new)
                .collect(),
            unreadable: series.unreadable.clone(),
        });
        Self {
            row: contents.study.clone(),
            series: series.collect(),
            states: contents.states.clone(),
        }
    }

    /// All stacks with their names, in display order.
    pub fn stacks(&self) -> impl Iterator<Item = (StackId, &OpenSeries, &Arc<Stack>)> {
        self.series.iter().flat_map(|series| {
            series.stacks.iter().enumerate().map(move |(index, stack)| {
                let id = StackId {
                    series: series.row.series_instance_uid.clone(),
                    index,
                };
                (id, series, stack)
            })
        })
    }
}

/// One patient on the screen.
#[derive(Debug, Clone, Default)]
pub struct Tab {
    /// Whose.
    pub patient: Patient,
    /// Which of the patient colours.
    pub color: usize,
    /// The opened studies, the latest first.
    pub studies: Vec<OpenStudy>,
    /// What was arranged.
    pub arrangement: Arrangement,
    /// Where each cell stands; as many as there are cells.
    pub cursors: Vec<Cursor>,
    /// Images that were on the screen (V7).
    pub displayed: HashSet<FrameKey>,
    /// Presentation states about its images.
    pub states: TabStates,
    /// What was drawn and is in a presentation state of the store.
    pub(super) saved_drawings: BTreeMap<FrameKey, Drawings>,
    /// The time, from the program's start.
    pub(super) now: Duration,
    pub(super) history: History,
}

impl Tab {
    /// A tab for a first study, hung by its rule.
    pub fn open(contents: &StudyContents, color: usize, now: Duration) -> Self {
        let mut tab = Self {
            patient: Patient::of(&contents.study),
            color,
            now,
            ..Self::default()
        };
        tab.add(contents);
        tab
    }

    /// A study of the same patient, or its newer state. A new one is hung; what was arranged before can be undone.
    pub fn add(&mut self, contents: &StudyContents) {
        let opened = OpenStudy::of(contents);
        let uid = &opened.row.study_instance_uid;
        let known = self
            .studies
            .iter()
            .position(|study| study.row.study_instance_uid == *uid);
        match known {
            Some(index) => {
                self.studies[index] = opened;
                self.renew_states(Some(self.now));
                self.apply_orders();
                if !self.history.can_undo() {
                    self.hang(index);
                }
            }
            None => {
                if !self.studies.is_empty() {
                    self.history.remember(self.arrangement.clone());
                }
                self.studies.insert(0, opened);
                self.renew_states(None);
                self.hang(0);
            }
        }
        self.reconcile();
    }

    fn hang(&mut self, study: usize) {
        let hung = hanging::hang(&self.studies[study]);
        self.arrangement.layout = hung.layout;
        self.arrangement.cells = hung.cells;
        self.arrangement.one_up = false;
        let last = self.arrangement.layout.cells() - 1;
        self.arrangement.active = self.arrangement.active.min(last);
    }

    /// The study a stack belongs to, with its series.
    pub fn series(&self, id: &StackId) -> Option<(&OpenStudy, &OpenSeries)> {
        self.studies.iter().find_map(|study| {
            let of_id = |s: &&OpenSeries| s.row.series_instance_uid == id.series;
            study
                .series
                .iter()
                .find(of_id)
                .map(|series| (study, series))
        })
    }

    /// A stack by its name.
    pub fn stack(&self, id: &StackId) -> Option<&Arc<Stack>> {
        self.series(id)?.1.stacks.get(id.index)
    }

    /// The stack of a cell.
    pub fn stack_of(&self, cell: usize) -> Option<&Arc<Stack>> {
        self.stack(self.arrangement.cells.get(cell)?.stack.as_ref()?)
    }

    /// The image a cell stands at.
    pub fn image(&self, cell: usize) -> Option<&StackImage> {
        let position = self.cursors.get(cell)?.position;
        self.stack_of(cell)?.images.get(position)
    }

    /// All stacks of all studies in display order.
    pub fn stack_ids(&self) -> Vec<StackId> {
        let ids = self.studies.iter().flat_map(OpenStudy::stacks);
        ids.map(|(id, ..)| id).collect()
    }

    /// What the window of an image in a cell applies to.
    pub fn window_scope(&self, cell: usize) -> Option<WindowScope> {
        self.window_scope_of(cell, self.image(cell)?)
    }

    /// The same of any image of its stack.
    fn window_scope_of(&self, cell: usize, image: &StackImage) -> Option<WindowScope> {
        let id = self.arrangement.cells.get(cell)?.stack.clone()?;
        if self.arrangement.keep_window {
            return Some(WindowScope::Stack(id));
        }
        if is_per_image(&image.instance.technique.modality) {
            let uid = image.instance.sop_instance_uid.clone();
            return Some(WindowScope::Image(uid));
        }
        let state = self.state_of(image, &id.series).chosen;
        let state = state.filter(|_| self.state_parts(cell).grayscale);
        Some(match state {
            Some(state) => WindowScope::State(id, state.sop_instance_uid.clone()),
            None => WindowScope::Stack(id),
        })
    }

    /// Makes a window hold for the whole stack, or for as little as usual; what the cell shows stays as it is.
    pub(super) fn set_keep_window(&mut self, cell: usize, keep: bool) {
        let chosen = self.window(cell).cloned();
        self.arrangement.keep_window = keep;
        if let (Some(chosen), Some(scope)) = (chosen, self.window_scope(cell)) {
            self.arrangement.windows.insert(scope, chosen);
        }
    }

    /// The window chosen for what a cell shows; `None` when as sent.
    pub fn window(&self, cell: usize) -> Option<&WindowChoice> {
        self.arrangement.windows.get(&self.window_scope(cell)?)
    }

    /// Everything the user adjusted, as the display plan takes it.
    pub fn adjustments(&self, cell: usize) -> Adjustments {
        match self.image(cell) {
            Some(image) => self.adjustments_of(cell, image),
            None => Adjustments::default(),
        }
    }

    /// The same for any image of its stack.
    pub(super) fn adjustments_of(&self, cell: usize, image: &StackImage) -> Adjustments {
        let view = self
            .arrangement
            .cells
            .get(cell)
            .map(|cell| cell.view)
            .unwrap_or_default();
        let window = self.window_scope_of(cell, image);
        let window = window.and_then(|scope| self.arrangement.windows.get(&scope));
        let voi = window.map(|choice| choice.voi.clone());
        Adjustments {
            voi: voi.unwrap_or_default(),
            invert: view.invert,
            rotation: view.rotation,
            flip: view.flip,
            zoom: view.zoom,
            pan: view.pan,
            interpolation: view.interpolation,
            overlays: view.overlays,
            drawn_shutter: self.shutter_on(cell, image).cloned(),
            ..Adjustments::default()
        }
    }

    /// Reorders a stack; its cells stay at the image they show.
    pub(super) fn sort(&mut self, id: &StackId, order: SortOrder) {
        let held = self.held_images();
        for study in &mut self.studies {
            for series in &mut study.series {
                if series.row.series_instance_uid == id.series
                    && let Some(stack) = series.stacks.get_mut(id.index)
                    && stack.order != order
                {
                    Arc::make_mut(stack).sort(order);
                }
            }
        }
        self.return_to(&held);
    }

    /// Brings every stack into the order that the arrangement says.
    pub(super) fn apply_orders(&mut self) {
        let orders = self.arrangement.orders.clone();
        for id in self.stack_ids() {
            let order = orders.get(&id).copied().unwrap_or_default();
            if self.stack(&id).is_some_and(|stack| stack.order != order) {
                self.sort(&id, order);
            }
        }
    }

    fn held_images(&self) -> Vec<Option<FrameKey>> {
        let cells = 0..self.cursors.len();
        cells
            .map(|cell| self.image(cell).map(StackImage::key))
            .collect()
    }

    fn return_to(&mut self, held: &[Option<FrameKey>]) {
        for (cell, key) in held.iter().enumerate() {
            let (Some(key), Some(stack)) = (key, self.stack_of(cell)) else {
                continue;
            };
            let found = stack.images.iter().position(|image| image.key() == *key);
            if let Some(position) = found
                && position != self.cursors[cell].position
            {
                self.cursors[cell].pending.clear();
                self.cursors[cell].position = position;
            }
        }
    }

    /// Makes cursors fit the cells: a cell with another stack starts anew, one whose stack shrank moves inside it.
    pub(super) fn reconcile(&mut self) {
        let count = self.arrangement.cells.len();
        self.cursors.resize(count, Cursor::default());
        for index in 0..count {
            let cell = &self.arrangement.cells[index];
            let stack = cell.stack.as_ref().and_then(|id| self.stack(id));
            let length = stack.map_or(0, |stack| stack.images.len());
            let cursor = &self.cursors[index];
            let out_of_place =
                cursor.position >= length || cursor.pending.iter().any(|p| *p >= length);
            if cursor.stack != cell.stack || (out_of_place && length > 0) {
                let start = cell
                    .start
                    .unwrap_or_else(|| stack.map_or(0, |stack| hanging::start(stack)));
                let position = start.min(length.saturating_sub(1));
                self.cursors[index] = Cursor::at(cell.stack.clone(), position);
            }
        }
    }

    /// Whether a view change can be undone.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether an undone view change can come back.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }
}
