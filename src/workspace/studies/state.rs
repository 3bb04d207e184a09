//! The state machine of the Studies screen.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::filter::{Filter, Period};
use super::rows::{PAGE, RowId, RowRef, Rows};
use crate::dicom::StudyInstanceUid;
use crate::engine::event::{ConflictComparison, ConflictRow};
use crate::engine::{
    Command, Event, Page, Resolution, StudyQuery, StudyRow, StudySort, WantedThumbnail,
};

/// How long typing must rest before the store is asked.
const TYPING_PAUSE: Duration = Duration::from_millis(80);
/// An arriving study is marked as such until it was silent for this long (ST5).
const SILENCE_MS: i64 = 10_000;
/// Thumbnails asked for at once.
const THUMBNAILS_MAX: usize = 48;

/// What the user does in the study list.
#[derive(Debug, Clone, PartialEq)]
pub enum StudiesAction {
    /// Types in the search box.
    Search(String),
    /// Takes all filters away.
    ClearFilter,
    /// Picks dates.
    SetPeriod(Period),
    /// Types the dates of a range: from, to.
    SetDates(String, String),
    /// Adds or removes a modality.
    ToggleModality(String),
    /// Only this source, or all when empty.
    SetSource(String),
    /// Only studies with conflicts, or all.
    ToggleConflictsOnly,
    /// Orders by a column; again: the other way round.
    Sort(StudySort),
    /// Tells which rows of the table are visible.
    Look(Range<u64>),
    /// Chooses a row.
    Choose(RowId, Select),
    /// Moves the choice.
    Move(Motion),
    /// Expands or collapses a row.
    Expand(RowId, bool),
    /// Opens a study in the viewer.
    Open(StudyInstanceUid),
    /// Switches between the list and the conflicts.
    Show(StudiesView),
    /// Looks at a conflict.
    ChooseConflict(Box<ConflictRow>),
    /// Ends a conflict.
    Resolve(Box<ConflictRow>, Resolution),
}

/// How a row is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// It alone.
    Only,
    /// In addition, or no longer.
    Toggle,
    /// Everything from the last chosen one to it.
    Through,
}

/// How the choice moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// By so many rows, up if negative.
    By(i64),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// What the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StudiesView {
    /// The study list.
    #[default]
    List,
    /// Objects in quarantine (F2).
    Conflicts,
}

/// What the study list shows.
#[derive(Debug, Clone)]
pub struct StudiesState {
    /// What it is narrowed to.
    pub filter: Filter,
    /// What it is ordered by.
    pub sort: StudySort,
    /// The other way round.
    pub descending: bool,
    /// The rows at hand.
    pub rows: Rows,
    /// The row that the keyboard moves.
    pub cursor: Option<RowId>,
    /// Studies chosen, for what is done to several.
    pub chosen: BTreeSet<StudyInstanceUid>,
    /// List or conflicts.
    pub view: StudiesView,
    /// Objects in quarantine.
    pub conflicts: Arc<Vec<ConflictRow>>,
    /// The one looked at.
    pub conflict: Option<ConflictRow>,
    /// Its two sides, once they were read.
    pub comparison: Option<Arc<ConflictComparison>>,
    /// Sources seen, for the filter.
    pub sources: BTreeSet<String>,
    /// Whether any answer came yet.
    pub loaded: bool,
    /// Place of a row that must become visible, and a number that changes with each such wish.
    pub reveal: (u64, u64),
    visible: Range<u64>,
    asked: Option<StudyQuery>,
    shown: Option<StudyQuery>,
    waiting: BTreeSet<u64>,
    stale: bool,
    typing_rests_at: Option<Duration>,
    move_to: Option<u64>,
    today: Date,
    wall_ms: i64,
    now: Duration,
}

impl Default for StudiesState {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            sort: StudySort::StudyDate,
            descending: true,
            rows: Rows::default(),
            cursor: None,
            chosen: BTreeSet::new(),
            view: StudiesView::List,
            conflicts: Arc::default(),
            conflict: None,
            comparison: None,
            sources: BTreeSet::new(),
            loaded: false,
            reveal: (0, 0),
            visible: 0..0,
            asked: None,
            shown: None,
            waiting: BTreeSet::new(),
            stale: false,
            typing_rests_at: None,
            move_to: None,
            today: Date::constant(2000, 1, 1),
            wall_ms: 0,
            now: Duration::ZERO,
        }
    }
}

impl StudiesState {
    /// Applies an action.
    pub fn act(&mut self, action: StudiesAction) -> Vec<Command> {
        match action {
            StudiesAction::Search(text) => {
                self.filter.search = text;
                self.typing_rests_at = Some(self.now + TYPING_PAUSE);
                Vec::new()
            }
            StudiesAction::ClearFilter => self.refilter(|filter| *filter = Filter::default()),
            StudiesAction::SetPeriod(period) => self.refilter(|filter| filter.period = period),
            StudiesAction::SetDates(from, to) => self.refilter(|filter| {
                filter.from = from;
                filter.to = to;
            }),
            StudiesAction::ToggleModality(modality) => self.refilter(|filter| {
                let before = filter.modalities.len();
                filter.modalities.retain(|known| *known != modality);
                if filter.modalities.len() == before {
                    filter.modalities.push(modality);
                }
            }),
            StudiesAction::SetSource(source) => self.refilter(|filter| filter.source = source),
            StudiesAction::ToggleConflictsOnly => {
                self.refilter(|filter| filter.conflicts_only = !filter.conflicts_only)
            }
            StudiesAction::Sort(sort) => self.order_by(sort),
            StudiesAction::Look(rows) => {
                self.visible = rows;
                self.want_pages()
            }
            StudiesAction::Choose(id, select) => self.choose(id, select),
            StudiesAction::Move(motion) => self.move_cursor(motion),
            StudiesAction::Expand(id, expanded) => self.expand(&id, expanded),
            // The viewer opens it.
            StudiesAction::Open(_) => Vec::new(),
            StudiesAction::Show(view) => {
                self.view = view;
                vec![Command::ListConflicts]
            }
            StudiesAction::ChooseConflict(row) => {
                self.conflict = Some((*row).clone());
                vec![Command::CompareConflict(row)]
            }
            StudiesAction::Resolve(row, resolution) => {
                vec![Command::ResolveConflict(row, resolution)]
            }
        }
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        match event {
            Event::Studies(query, page) => self.take_page(query, page),
            Event::StudiesChanged => self.refresh(),
            Event::Series(study, series) => {
                self.rows.put_series(study.clone(), Arc::clone(series));
                self.want_thumbnails()
            }
            Event::Instances(series, rows) => {
                self.rows.put_instances(series.clone(), Arc::clone(rows));
                Vec::new()
            }
            Event::Conflicts(conflicts) => {
                self.conflicts = Arc::clone(conflicts);
                self.conflict.take_if(|row| !conflicts.contains(row));
                Vec::new()
            }
            Event::ConflictCompared(comparison) => {
                self.comparison = Some(Arc::clone(comparison));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Duration, wall_ms: i64, today: Date) -> Vec<Command> {
        self.now = now;
        self.wall_ms = wall_ms;
        let new_day = self.today != today && self.filter.period != Period::Any;
        self.today = today;
        if self.typing_rests_at.is_some_and(|at| now >= at) || new_day {
            self.typing_rests_at = None;
            return self.ask_anew();
        }
        Vec::new()
    }

    /// When `tick` next has something to do, if it knows.
    pub fn next_tick(&self) -> Option<Duration> {
        let receiving = self.rows.studies().any(|(_, row)| self.is_receiving(row));
        let marker = receiving.then(|| self.now + Duration::from_secs(1));
        match (self.typing_rests_at, marker) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Whether objects of a study arrived within the last ten seconds (ST5).
    pub fn is_receiving(&self, row: &StudyRow) -> bool {
        !row.source_ae.is_empty() && (0..SILENCE_MS).contains(&(self.wall_ms - row.received_ms))
    }

    /// The rows of the table that are on the screen.
    pub fn visible(&self) -> &Range<u64> {
        &self.visible
    }

    /// The two sides of the conflict looked at, when they are at hand.
    pub fn compared(&self) -> Option<&ConflictComparison> {
        let comparison = self.comparison.as_deref()?;
        (self.conflict.as_ref() == Some(&comparison.row)).then_some(comparison)
    }

    /// The study that the panel with thumbnails shows.
    pub fn current_study(&self) -> Option<&StudyRow> {
        self.cursor
            .as_ref()
            .and_then(|id| self.rows.study(id.study()))
    }

    /// Studies chosen that are at hand.
    pub fn chosen_rows(&self) -> Vec<&StudyRow> {
        self.rows
            .studies()
            .map(|(_, row)| row)
            .filter(|row| self.chosen.contains(&row.study_instance_uid))
            .collect()
    }

    /// Whether the store holds nothing at all, as far as known.
    pub fn store_is_empty(&self) -> bool {
        self.loaded && self.rows.is_empty() && self.filter.is_neutral()
    }

    /// The first questions to the engine.
    pub fn begin(&mut self) -> Vec<Command> {
        let mut commands = self.ask_anew();
        commands.push(Command::ListConflicts);
        commands
    }

    fn refilter(&mut self, change: impl FnOnce(&mut Filter)) -> Vec<Command> {
        change(&mut self.filter);
        self.ask_anew()
    }

    fn order_by(&mut self, sort: StudySort) -> Vec<Command> {
        if self.sort == sort {
            self.descending = !self.descending;
        } else {
            self.sort = sort;
            // Newest, most and largest first; names and numbers from A.
            self.descending = matches!(
                sort,
                StudySort::StudyDate
                    | StudySort::Received
                    | StudySort::InstanceCount
                    | StudySort::SeriesCount
                    | StudySort::Bytes
            );
        }
        self.ask_anew()
    }

    /// Asks for the first page of what the filter says now; the old rows stay until it came.
    fn ask_anew(&mut self) -> Vec<Command> {
        self.typing_rests_at = None;
        let query = self.filter.query(self.sort, self.descending, self.today);
        self.asked = Some(query.clone());
        self.waiting = BTreeSet::from([0]);
        self.stale = false;
        vec![page_command(&query, 0)]
    }

    fn take_page(&mut self, query: &StudyQuery, page: &Arc<Page<StudyRow>>) -> Vec<Command> {
        let base = StudyQuery {
            offset: 0,
            limit: 0,
            ..query.clone()
        };
        if self.asked.as_ref() != Some(&base) {
            return Vec::new();
        }
        self.loaded = true;
        let fresh = self.shown.as_ref() != Some(&base);
        self.shown = Some(base);
        self.waiting.remove(&(page.offset / PAGE));
        self.rows.put_page(Arc::clone(page), fresh);
        for row in &page.rows {
            if !row.source_ae.is_empty() && !self.sources.contains(&row.source_ae) {
                self.sources.insert(row.source_ae.clone());
            }
        }
        if fresh {
            self.reveal = (0, self.reveal.1 + 1);
        }
        let mut commands = Vec::new();
        if let Some(place) = self.move_to {
            commands.extend(self.move_to_place(place));
        }
        if self.stale && self.waiting.is_empty() {
            commands.extend(self.refresh());
        }
        commands.extend(self.want_pages());
        commands
    }

    fn refresh(&mut self) -> Vec<Command> {
        if !self.waiting.is_empty() {
            self.stale = true;
            return Vec::new();
        }
        self.stale = false;
        let Some(query) = self.asked.clone() else {
            return Vec::new();
        };
        let visible = self.visible_pages();
        self.rows.keep_pages(&visible);
        self.waiting.clone_from(&visible);
        let mut commands: Vec<_> = visible
            .iter()
            .map(|page| page_command(&query, *page))
            .collect();
        let mut studies: BTreeSet<_> = self.rows.expanded_studies().cloned().collect();
        studies.extend(self.cursor.as_ref().map(|id| id.study().clone()));
        commands.extend(studies.into_iter().map(Command::ListSeries));
        commands.extend(
            self.rows
                .expanded_series()
                .cloned()
                .map(Command::ListInstances),
        );
        commands.push(Command::ListConflicts);
        commands
    }

    fn visible_pages(&self) -> BTreeSet<u64> {
        let first = self.rows.study_index(self.visible.start) / PAGE;
        let last = self.rows.study_index(self.visible.end.max(1) - 1) / PAGE;
        (first..=last).collect()
    }

    /// Asks for visible pages and their neighbours that are not at hand; forgets those far away.
    fn want_pages(&mut self) -> Vec<Command> {
        let (Some(query), true) = (self.asked.clone(), self.loaded) else {
            return Vec::new();
        };
        if self.shown.as_ref() != Some(&query) || self.rows.total == 0 {
            return Vec::new();
        }
        let last_page = (self.rows.total - 1) / PAGE;
        let near: BTreeSet<u64> = self
            .visible_pages()
            .into_iter()
            .flat_map(|page| page.saturating_sub(1)..=page + 1)
            .filter(|page| *page <= last_page)
            .collect();
        let mut commands = Vec::new();
        for page in &near {
            if !self.rows.has_page(*page) && self.waiting.insert(*page) {
                commands.push(page_command(&query, *page));
            }
        }
        if !commands.is_empty() {
            let kept = near
                .iter()
                .flat_map(|page| page.saturating_sub(3)..=page + 3)
                .collect();
            self.rows.keep_pages(&kept);
        }
        commands
    }

    fn choose(&mut self, id: RowId, select: Select) -> Vec<Command> {
        let study = id.study().clone();
        match select {
            Select::Only => self.chosen = BTreeSet::from([study]),
            Select::Toggle => {
                if !self.chosen.remove(&study) {
                    self.chosen.insert(study);
                }
            }
            Select::Through => self.choose_through(&id),
        }
        self.set_cursor(id)
    }

    fn choose_through(&mut self, id: &RowId) {
        let from = self
            .cursor
            .as_ref()
            .and_then(|cursor| self.rows.place(cursor));
        let (Some(from), Some(to)) = (from, self.rows.place(id)) else {
            self.chosen.insert(id.study().clone());
            return;
        };
        for place in from.min(to)..=from.max(to) {
            if let RowRef::Study(row) = self.rows.row(place) {
                self.chosen.insert(row.study_instance_uid.clone());
            }
        }
    }

    fn set_cursor(&mut self, id: RowId) -> Vec<Command> {
        let new_study = self.cursor.as_ref().map(RowId::study) != Some(id.study());
        let study = id.study().clone();
        self.cursor = Some(id);
        self.move_to = None;
        let mut commands = self.want_thumbnails();
        if new_study {
            commands.push(Command::ListSeries(study));
        }
        commands
    }

    fn move_cursor(&mut self, motion: Motion) -> Vec<Command> {
        let rows = self.rows.len();
        if rows == 0 {
            return Vec::new();
        }
        let at = self.cursor.as_ref().and_then(|id| self.rows.place(id));
        let place = match (motion, at) {
            (Motion::First, _) | (Motion::By(_), None) => 0,
            (Motion::Last, _) => rows - 1,
            (Motion::By(step), Some(at)) => at.saturating_add_signed(step).min(rows - 1),
        };
        self.move_to_place(place)
    }

    fn move_to_place(&mut self, place: u64) -> Vec<Command> {
        self.reveal = (place, self.reveal.1 + 1);
        if let Some(id) = self.rows.row(place).id() {
            self.choose(id, Select::Only)
        } else {
            self.move_to = Some(place);
            Vec::new()
        }
    }

    fn expand(&mut self, id: &RowId, expanded: bool) -> Vec<Command> {
        match id {
            RowId::Study(study) => {
                self.rows.expand_study(study, expanded);
                match expanded {
                    true => vec![Command::ListSeries(study.clone())],
                    false => Vec::new(),
                }
            }
            RowId::Series(_, series) => {
                self.rows.expand_series(series, expanded);
                match expanded {
                    true => vec![Command::ListInstances(series.clone())],
                    false => Vec::new(),
                }
            }
            RowId::Instance(..) => Vec::new(),
        }
    }

    fn want_thumbnails(&self) -> Vec<Command> {
        let study = self.cursor.as_ref().map(RowId::study);
        let series = study.and_then(|study| self.rows.series(study));
        let wanted: Vec<WantedThumbnail> = series
            .into_iter()
            .flat_map(|list| list.iter())
            .take(THUMBNAILS_MAX)
            .map(|row| WantedThumbnail {
                series: row.series_instance_uid.clone(),
                objects: row.instance_count,
            })
            .collect();
        vec![Command::WantThumbnails(wanted)]
    }
}

fn page_command(query: &StudyQuery, page: u64) -> Command {
    Command::ListStudies(StudyQuery {
        offset: page * PAGE,
        limit: PAGE,
        ..query.clone()
    })
}
