//! What goes on film: series thinned out to a page, picked images, and what the viewer shows, as it shows it.

use std::path::PathBuf;
use std::sync::Arc;

use super::action::{Pick, ViewOnScreen};
use super::draft::CELLS_MAX;
use super::state::FilmState;
use crate::dicom::{SeriesInstanceUid, StudyInstanceUid};
use crate::engine::{Command, SeriesContents, StudyContents};
use crate::imaging::film::{CellLook, FilmCell, Layout};
use crate::imaging::presentation_state::Subject;
use crate::imaging::stack::{self, StackImage};
use crate::imaging::{StoredState, VoiChoice};
use crate::workspace::viewer::{Patient, Tab};

/// Images that a film starts with.
const IMAGES_AT_FIRST: usize = 20;

/// What the viewer shows at the moment, ready for film.
#[derive(Debug, Clone, PartialEq)]
pub struct Views {
    patient: Patient,
    study: StudyInstanceUid,
    series: SeriesInstanceUid,
    cells: Vec<FilmCell>,
}

impl Views {
    /// The viewports of a tab that show something; `None` when none does.
    pub fn of(tab: &Tab, shown: &[ViewOnScreen]) -> Option<Self> {
        let mut cells = Vec::new();
        let mut first = None;
        for view in shown {
            let stack = tab.arrangement.cells.get(view.cell);
            let stack = stack.and_then(|cell| cell.stack.as_ref());
            if let (Some(cell), Some(stack)) = (cell_of(tab, view), stack) {
                first = first.or_else(|| tab.series(stack));
                cells.push(cell);
            }
        }
        let (study, series) = first?;
        Some(Self {
            patient: Patient::of(&study.row),
            study: study.row.study_instance_uid.clone(),
            series: series.row.series_instance_uid.clone(),
            cells,
        })
    }
}

/// A viewport as a cell of the film.
fn cell_of(tab: &Tab, view: &ViewOnScreen) -> Option<FilmCell> {
    let image = tab.image(view.cell)?;
    let pixels = image.instance.pixels.as_ref().ok()?;
    let adjustments = tab.adjustments(view.cell);
    let window = match &adjustments.voi {
        VoiChoice::AsSent => None,
        voi => image.instance.display.window(pixels, image.frame, voi),
    };
    let state = tab.state(view.cell);
    let parts = tab.state_parts(view.cell);
    let counts = parts.grayscale || parts.shutter || parts.annotations || parts.area;
    let stored = state.chosen.filter(|stored| counts && stored.state.is_ok());
    Some(FilmCell {
        sop_instance_uid: Some(image.instance.sop_instance_uid.to_string()),
        frame: image.frame.0,
        state: stored.map(|stored| stored.path.clone()),
        look: CellLook {
            window: window.map(|window| (window.center, window.width)),
            invert: adjustments.invert,
            rotation: adjustments.rotation % 4,
            flip: adjustments.flip,
            zoom: view.zoom,
            pan: view.pan,
        },
        ..FilmCell::of_file(&image.instance.path)
    })
}

impl FilmState {
    /// Puts what the viewer shows on film: one viewport stands for its series, which is thinned out to a page and looks as it does
    /// there; several are taken as they are. On a film of the same patient they are added.
    pub fn show(&mut self, views: Views, whole_series: bool) -> Vec<Command> {
        let same = self
            .study
            .as_ref()
            .is_some_and(|contents| Patient::of(&contents.study) == views.patient);
        let cells = match views.cells.first() {
            Some(model) if whole_series => {
                self.model = Some((views.series.clone(), model.clone()));
                Vec::new()
            }
            _ => views.cells,
        };
        if same && !whole_series && !self.draft.is_empty() {
            self.remember();
            self.put(cells);
            return Vec::new();
        }
        self.views = cells;
        self.open(views.study, Some(views.series))
    }

    /// The film as it starts: what the viewer showed, or the series that shows most, thinned out to a page.
    pub(super) fn fill(
        &mut self,
        contents: Arc<StudyContents>,
        series: Option<&SeriesInstanceUid>,
    ) {
        let candidates = contents.series.iter().filter(|candidate| match series {
            Some(wanted) => candidate.series.series_instance_uid == *wanted,
            None => !is_localizer(candidate),
        });
        let best = candidates.max_by_key(|candidate| images(candidate).len());
        let best = best.or_else(|| contents.series.first());
        let uid = best.map(|series| series.series.series_instance_uid.clone());
        let count = best.map_or(0, |series| images(series).len());
        self.study = Some(Arc::clone(&contents));
        (self.page, self.chosen) = (0, 0);
        let views = std::mem::take(&mut self.views);
        if views.is_empty() {
            self.draft.layout = layout_for(count.min(IMAGES_AT_FIRST));
            if let Some(uid) = uid {
                let every = count.div_ceil(IMAGES_AT_FIRST).max(1);
                self.add(&uid, Pick::every(every));
            }
        } else {
            self.draft.layout = layout_for(views.len());
            self.put(views);
        }
        self.model = None;
    }

    /// Adds images of a series: as the viewer shows the series where it came from there, else each with its newest state.
    pub(super) fn add(&mut self, series: &SeriesInstanceUid, pick: Pick) {
        let Some(contents) = self.study.clone() else {
            return;
        };
        let found = contents
            .series
            .iter()
            .find(|s| s.series.series_instance_uid == *series);
        let images = found.map(images).unwrap_or_default();
        let model = self.model.as_ref().filter(|(uid, _)| uid == series);
        let model = model.map(|(_, cell)| cell.clone());
        let numbered = (1..).zip(images.iter());
        let cells: Vec<FilmCell> = numbered
            .filter(|(number, _)| (pick.first..=pick.last).contains(number))
            .map(|(_, image)| image)
            .step_by(pick.every.max(1))
            .map(|image| {
                let mut cell = film_cell(image);
                match &model {
                    Some(model) => {
                        cell.look = model.look;
                        let wanted =
                            |stored: &&Arc<StoredState>| Some(&stored.path) == model.state.as_ref();
                        let states = contents.states.iter().filter(wanted);
                        cell.state = usable(states, image);
                    }
                    None => cell.state = usable(contents.states.iter(), image),
                }
                cell
            })
            .collect();
        self.put(cells);
    }

    fn put(&mut self, cells: Vec<FilmCell>) {
        let room = CELLS_MAX.saturating_sub(self.draft.cells.len());
        self.draft
            .cells
            .extend(cells.into_iter().take(room).map(Some));
    }

    /// The states that the chosen cell can be shown with, newest first.
    pub fn states_of_chosen(&self) -> Vec<Arc<StoredState>> {
        let place = self.page * self.draft.per_page() + self.chosen;
        let Some((contents, image)) = self.study.as_ref().zip(self.image(place)) else {
            return Vec::new();
        };
        let states = contents.states.iter().filter(|s| applies(s, &image));
        states.cloned().collect()
    }

    /// The image of a cell over all pages.
    pub(super) fn image(&self, place: usize) -> Option<StackImage> {
        let cell = self.draft.cell(place)?;
        let uid = cell.sop_instance_uid.as_deref()?;
        let series = self.study.iter().flat_map(|contents| &contents.series);
        let instance = series
            .flat_map(|series| &series.instances)
            .find(|instance| instance.sop_instance_uid.as_str() == uid)?;
        Some(StackImage {
            instance: Arc::clone(instance),
            frame: crate::imaging::FrameIndex(cell.frame),
        })
    }

    /// Parts of its cell's width and height that an image takes when it fits.
    pub(super) fn fitted(&self, place: usize) -> (f64, f64) {
        let page = self.shown();
        let cells = page.sheet.cells(&page.layout);
        let rectangle = cells.get(place % self.draft.per_page());
        let image = self.image(place);
        let pixels = image.as_ref().and_then(|i| i.instance.pixels.as_ref().ok());
        let (Some(image), Some(pixels), Some(rectangle)) = (&image, pixels, rectangle) else {
            return (1.0, 1.0);
        };
        let turned = self
            .draft
            .cell(place)
            .is_some_and(|c| c.look.rotation % 2 == 1);
        let aspect = image.instance.display.frame(image.frame).aspect;
        let (across, down) = (f64::from(pixels.columns), f64::from(pixels.rows) * aspect);
        let (across, down) = if turned {
            (down, across)
        } else {
            (across, down)
        };
        let (width, height) = (f64::from(rectangle.width), f64::from(rectangle.height));
        let scale = (width / across).min(height / down);
        (across * scale / width, down * scale / height)
    }
}

fn film_cell(image: &StackImage) -> FilmCell {
    FilmCell {
        sop_instance_uid: Some(image.instance.sop_instance_uid.to_string()),
        frame: image.frame.0,
        ..FilmCell::of_file(&image.instance.path)
    }
}

/// File of the first of these states that can be used for an image.
fn usable<'a>(
    mut states: impl Iterator<Item = &'a Arc<StoredState>>,
    image: &StackImage,
) -> Option<PathBuf> {
    states.find(|s| applies(s, image)).map(|s| s.path.clone())
}

fn applies(stored: &StoredState, image: &StackImage) -> bool {
    let instance = &image.instance;
    let (Ok(state), Ok(pixels)) = (&stored.state, &instance.pixels) else {
        return false;
    };
    let subject = Subject {
        sop_instance_uid: instance.sop_instance_uid.as_str(),
        attributes: &instance.display,
        pixels,
        frame: image.frame,
    };
    state.check(&subject).is_ok()
}

/// The images of a series in display order.
pub(super) fn images(series: &SeriesContents) -> Vec<StackImage> {
    let stacks = stack::split(&series.instances);
    stacks
        .into_iter()
        .filter(|stack| !stack.document)
        .flat_map(|stack| stack.images)
        .collect()
}

fn is_localizer(series: &SeriesContents) -> bool {
    series
        .instances
        .iter()
        .any(|instance| instance.technique.sequence.localizer)
}

/// The smallest usual layout that holds so many images.
fn layout_for(images: usize) -> Layout {
    let usual = [(1, 1), (1, 2), (2, 2), (2, 3), (3, 4), (4, 5)];
    let holds = |(columns, rows): &(u32, u32)| (columns * rows) as usize >= images;
    let (columns, rows) = usual.into_iter().find(holds).unwrap_or((4, 5));
    Layout::Standard(columns, rows)
}
