//! The sheet that saves what a cell shows as a presentation state (P6), from its first letter to the state that is shown instead.

use std::sync::Arc;

use super::drawing::{Drawings, shape_lines};
use super::presentation::StatePick;
use super::tab::OpenStudy;
use super::{FrameState, Tab, ViewerState};
use crate::dicom::{SeriesInstanceUid, SopInstanceUid};
use crate::engine::command::StateOrder;
use crate::engine::{JobId, Outcome};
use crate::imaging::measure::Shape;
use crate::imaging::presentation_state::Subject;
use crate::imaging::presentation_state::create::{
    AreaChoice, ContentLabel, CreateError, ImageIdentity, InvalidLabel, ViewedFrame, gather,
};
use crate::imaging::stack::StackImage;
use crate::imaging::{DisplayPlan, FrameIndex, FrameKey, VoiChoice, Zoom};

/// Characters of Content Description (LO) and of Content Creator's Name (PN) (PS3.5 §6.2).
const CHARACTERS_MAX: usize = 64;

/// Where a cell's picture really is: the user interface tells it whenever it changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Width and height in pixels.
    pub canvas: (u32, u32),
    /// Size of the image as shown.
    pub zoom: Zoom,
    /// Its shift as shown.
    pub pan: (f64, f64),
    /// Size of a canvas pixel, where the monitor was measured.
    pub pitch_mm: Option<f64>,
}

/// Which images a state is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SaveScope {
    /// The frame that is shown.
    Frame,
    /// All frames of the image.
    #[default]
    Image,
    /// All images of the stack.
    Series,
}

/// What of the images a state shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SaveArea {
    /// What is visible now.
    #[default]
    Visible,
    /// The whole image.
    Whole,
    /// As large as now.
    Magnified,
    /// As large as in the patient.
    TrueSize,
}

/// What goes into the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveParts {
    /// Window, polarity; without it the image's own.
    pub grays: bool,
    /// Rotation and flip.
    pub turns: bool,
    /// Shutters, drawn or not.
    pub shutter: bool,
    /// Overlays, and what the state shown now has drawn.
    pub earlier: bool,
    /// Measurements and annotations drawn by hand.
    pub drawings: bool,
}

/// What the user does with the sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum SaveAction {
    /// Changes what it says.
    Edit(Box<SaveSheet>),
    /// Closes it without saving.
    Close,
    /// Saves.
    Store,
}

/// Why a sheet cannot be saved as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum SaveProblem {
    /// The label is no code string.
    Label(InvalidLabel),
    /// The description is too long or holds what it may not.
    Description,
    /// The creator's name is too long or holds what it may not.
    Creator,
    /// The image is not on the screen yet.
    NotShown,
    /// Values of a drawn region are not known yet.
    NotLoaded,
    /// The view cannot be said by one state.
    View(CreateError),
    /// The store did not take it, in words.
    Store(String),
}

/// The sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveSheet {
    /// The cell it is about.
    pub cell: usize,
    /// Content Label.
    pub label: String,
    /// Content Description.
    pub description: String,
    /// Content Creator's Name.
    pub creator: String,
    /// Which images.
    pub scope: SaveScope,
    /// Which part of them.
    pub area: SaveArea,
    /// What of the view.
    pub parts: SaveParts,
    /// Why it was not saved.
    pub problem: Option<SaveProblem>,
    /// Whether it is being saved.
    pub running: bool,
}

/// What was given to the store: once the state is here it is shown, and what it holds is let go.
#[derive(Debug, Clone)]
pub(super) struct Saving {
    job: Option<JobId>,
    state: Option<SopInstanceUid>,
    cell: usize,
    series: SeriesInstanceUid,
    images: Vec<SopInstanceUid>,
    drawings: Vec<(FrameKey, Drawings)>,
    parts: SaveParts,
    before: StatePick,
}

impl SaveSheet {
    /// A sheet for a cell.
    fn of(tab: &Tab, cell: usize, creator: &str) -> Option<Self> {
        let image = tab.image(cell)?;
        let drawn = !tab.drawings(&image.key()).is_empty();
        Some(Self {
            cell,
            label: if drawn { "MEASUREMENTS" } else { "VIEW" }.to_owned(),
            description: String::new(),
            creator: creator.to_owned(),
            scope: SaveScope::default(),
            area: SaveArea::default(),
            parts: SaveParts {
                grays: true,
                turns: true,
                shutter: true,
                earlier: true,
                drawings: true,
            },
            problem: None,
            running: false,
        })
    }

    /// What is wrong with its words.
    pub fn problem_of_words(&self) -> Option<SaveProblem> {
        let is_text = |text: &str, also: &[char]| {
            let allowed = |c: char| !c.is_control() && c != '\\' && !also.contains(&c);
            text.trim().chars().count() <= CHARACTERS_MAX && text.chars().all(allowed)
        };
        if let Err(error) = ContentLabel::try_from(self.label.as_str()) {
            return Some(SaveProblem::Label(error));
        }
        if !is_text(&self.description, &[]) {
            return Some(SaveProblem::Description);
        }
        (!is_text(&self.creator, &['='])).then_some(SaveProblem::Creator)
    }

    fn area_choice(&self) -> AreaChoice {
        match self.area {
            SaveArea::Visible | SaveArea::Whole => AreaChoice::Fitted,
            SaveArea::Magnified => AreaChoice::Magnified,
            SaveArea::TrueSize => AreaChoice::TrueSize,
        }
    }
}

/// A frame of the scope, with the image that stands for it in its stack.
struct ScopedFrame<'a> {
    image: &'a StackImage,
    frame: FrameIndex,
    drawings: Option<&'a Drawings>,
}

impl Tab {
    /// The frames that a sheet is about.
    fn scoped(&self, sheet: &SaveSheet) -> Vec<ScopedFrame<'_>> {
        let (Some(shown), Some(stack)) = (self.image(sheet.cell), self.stack_of(sheet.cell)) else {
            return Vec::new();
        };
        let scoped = |image, frame| {
            let image: &StackImage = image;
            let key = FrameKey {
                instance: image.instance.sop_instance_uid.clone(),
                frame,
            };
            let drawings = self.arrangement.drawings.get(&key);
            ScopedFrame {
                image,
                frame,
                drawings: drawings.filter(|d| sheet.parts.drawings && !d.is_empty()),
            }
        };
        match sheet.scope {
            SaveScope::Frame => vec![scoped(shown, shown.frame)],
            SaveScope::Image => {
                let pixels = shown.instance.pixels.as_ref();
                let frames = pixels.map_or(1, |pixels| pixels.frames);
                let frames = (0..frames).map(FrameIndex);
                frames.map(|frame| scoped(shown, frame)).collect()
            }
            SaveScope::Series => {
                let images = stack.images.iter();
                images.map(|image| scoped(image, image.frame)).collect()
            }
        }
    }
}

impl ViewerState {
    /// Opens the sheet for the active cell.
    pub(super) fn open_save_sheet(&mut self) {
        let Some(tab) = self.tab() else { return };
        let sheet = SaveSheet::of(tab, tab.arrangement.active, &self.creator);
        let picture = sheet.as_ref().and_then(|sheet| tab.image(sheet.cell));
        if picture.is_some_and(|image| image.instance.pixels.is_ok()) {
            self.save_sheet = sheet;
        }
    }

    pub(super) fn save(&mut self, action: SaveAction) {
        match action {
            SaveAction::Edit(sheet) => {
                if self.save_sheet.as_ref().is_some_and(|open| !open.running) {
                    self.save_sheet = Some(SaveSheet {
                        problem: None,
                        ..*sheet
                    });
                }
            }
            SaveAction::Close => self.save_sheet = None,
            // The workspace asks for the order and starts the job.
            SaveAction::Store => {}
        }
    }

    /// What the store shall keep, when the sheet is ready; else the sheet says why not.
    pub fn save_order(&mut self) -> Option<StateOrder> {
        let mut sheet = self.save_sheet.clone().filter(|sheet| !sheet.running)?;
        let made = match sheet.problem_of_words() {
            Some(problem) => Err(problem),
            None => self.order(&sheet),
        };
        let (order, problem) = match made {
            Ok((order, saving)) => {
                self.saving = Some(saving);
                (Some(order), None)
            }
            Err(problem) => (None, Some(problem)),
        };
        sheet.running = order.is_some();
        sheet.problem = problem;
        self.creator.clone_from(&sheet.creator);
        self.save_sheet = Some(sheet);
        order
    }

    /// The job that keeps it.
    pub fn saving_in(&mut self, job: JobId) {
        if let Some(saving) = &mut self.saving {
            saving.job = Some(job);
        }
    }

    fn order(&self, sheet: &SaveSheet) -> Result<(StateOrder, Saving), SaveProblem> {
        let not_shown = SaveProblem::NotShown;
        let tab = self.tab().ok_or_else(|| not_shown.clone())?;
        let placement = self
            .placements
            .get(&sheet.cell)
            .ok_or_else(|| not_shown.clone())?;
        let series = tab.series_of(sheet.cell).ok_or_else(|| not_shown.clone())?;
        let frames = tab.scoped(sheet);
        let first = frames.first().ok_or(not_shown)?.image;
        let views: Vec<ViewedFrame<'_>> = frames
            .iter()
            .map(|scoped| self.viewed(tab, sheet, placement, scoped, series))
            .collect::<Result<_, _>>()?;
        let state = gather(&views, sheet.area_choice()).map_err(SaveProblem::View)?;
        let label = ContentLabel::try_from(sheet.label.as_str()).map_err(SaveProblem::Label)?;
        let order = StateOrder {
            state,
            label,
            description: sheet.description.trim().to_owned(),
            creator: sheet.creator.trim().to_owned(),
            value_type: tab.value_type(sheet.cell, first),
            image: first.instance.sop_instance_uid.clone(),
        };
        let chosen = tab.state_of(first, series).chosen;
        let none = || match sheet.scope {
            SaveScope::Series => StatePick::NoneForSeries,
            _ => StatePick::NoneForImage(first.instance.sop_instance_uid.clone()),
        };
        let before = chosen.map_or_else(none, |state| {
            StatePick::State(state.sop_instance_uid.clone())
        });
        let drawings = frames.iter().filter_map(|scoped| {
            let key = FrameKey {
                instance: scoped.image.instance.sop_instance_uid.clone(),
                frame: scoped.frame,
            };
            Some((key, Arc::clone(scoped.drawings?)))
        });
        let images = frames
            .iter()
            .map(|s| s.image.instance.sop_instance_uid.clone());
        let saving = Saving {
            job: None,
            state: None,
            cell: sheet.cell,
            series: series.clone(),
            images: images.collect(),
            drawings: drawings.collect(),
            parts: sheet.parts,
            before,
        };
        Ok((order, saving))
    }

    /// A frame as the cell would show it, less what the sheet leaves out.
    fn viewed<'a>(
        &self,
        tab: &'a Tab,
        sheet: &SaveSheet,
        placement: &Placement,
        scoped: &ScopedFrame<'a>,
        series: &SeriesInstanceUid,
    ) -> Result<ViewedFrame<'a>, SaveProblem> {
        let instance = &scoped.image.instance;
        let pixels = instance
            .pixels
            .as_ref()
            .map_err(|_| SaveProblem::NotShown)?;
        let subject = Subject {
            sop_instance_uid: instance.sop_instance_uid.as_str(),
            attributes: &instance.display,
            pixels,
            frame: scoped.frame,
        };
        let plan = planned(tab, sheet, placement, scoped.image, &subject, series);
        let drawn = self.drawn(tab, sheet.cell, scoped, &plan)?;
        let spacing = instance.geometry.plane(scoped.frame).spacing;
        Ok(ViewedFrame {
            identity: ImageIdentity {
                class_uid: instance.sop_class_uid.clone(),
                instance_uid: instance.sop_instance_uid.to_string(),
                series_uid: series.to_string(),
                frames: pixels.frames,
            },
            frame: scoped.frame,
            own_planes: &instance.display.overlays,
            spacing_mm: spacing.map(|spacing| (spacing.row_mm, spacing.column_mm)),
            drawn,
            plan,
        })
    }

    /// What was drawn on a frame, with the words it has on the screen.
    fn drawn(
        &self,
        tab: &Tab,
        cell: usize,
        scoped: &ScopedFrame<'_>,
        plan: &DisplayPlan,
    ) -> Result<Vec<crate::imaging::annotation::Annotation>, SaveProblem> {
        let Some(drawings) = scoped.drawings else {
            return Ok(Vec::new());
        };
        let key = FrameKey {
            instance: scoped.image.instance.sop_instance_uid.clone(),
            frame: scoped.frame,
        };
        let frame = match self.frames.get(&key) {
            Some(FrameState::Ready(frame)) => &**frame,
            _ => return Err(SaveProblem::NotLoaded),
        };
        let unit = tab.unit_of(cell, scoped.image);
        let told: Vec<(&Shape, Vec<String>)> = drawings
            .iter()
            .map(|shape| {
                let instance = &scoped.image.instance;
                let place = (&**instance, scoped.frame);
                (shape, shape_lines(shape, place, plan, &unit, Some(frame)))
            })
            .collect();
        Ok(Shape::annotations(&told, &plan.view))
    }

    /// Takes note of how the job ended.
    pub(super) fn saved(&mut self, job: JobId, outcome: &Outcome) {
        let Some(saving) = self.saving.as_mut().filter(|s| s.job == Some(job)) else {
            return;
        };
        match &outcome.result {
            Ok(()) => {
                let uid = outcome.json["sop_instance_uid"].as_str();
                saving.state = uid.and_then(|uid| SopInstanceUid::parse(uid).ok());
                self.save_sheet = None;
                self.adopt();
            }
            Err(failure) => {
                self.saving = None;
                if let Some(sheet) = &mut self.save_sheet {
                    sheet.running = false;
                    sheet.problem = Some(SaveProblem::Store(failure.message.clone()));
                }
            }
        }
    }

    /// Shows the saved state once it is here: what it holds no longer lies on top of it. One undo step goes back.
    pub(super) fn adopt(&mut self) {
        let uid = self.saving.as_ref().and_then(|saving| saving.state.clone());
        let Some(uid) = uid else { return };
        let holds = |study: &OpenStudy| study.states.iter().any(|s| s.sop_instance_uid == uid);
        let mut tabs = self.tabs.iter_mut();
        let Some(tab) = tabs.find(|tab| tab.studies.iter().any(holds)) else {
            // The state comes with the next reading of its study.
            return;
        };
        let Some(saving) = self.saving.take() else {
            return;
        };
        tab.adopt(&saving, uid);
        self.drawing.selected = None;
    }
}

impl Tab {
    fn adopt(&mut self, saving: &Saving, state: SopInstanceUid) {
        let mut before = self.arrangement.clone();
        let picks = before.states.entry(saving.series.clone()).or_default();
        picks.pick(Some(saving.before.clone()));
        let scope = self.shutter_scope(saving.cell);
        let now = &mut self.arrangement;
        let picks = now.states.entry(saving.series.clone()).or_default();
        picks.pick(Some(StatePick::State(state)));
        for (key, drawings) in &saving.drawings {
            self.saved_drawings
                .insert(key.clone(), Arc::clone(drawings));
            if now.drawings.get(key) == Some(drawings) {
                now.drawings.remove(key);
            }
        }
        now.let_go(saving.cell, &saving.series, &saving.images, &saving.parts);
        if let Some(scope) = scope.filter(|_| saving.parts.shutter) {
            now.shutters.remove(&scope);
        }
        // States before the save would show the new state by themselves: undo ends here.
        self.history = super::history::History::default();
        self.history.remember(before);
    }
}

/// How the cell shows a frame, less what the sheet leaves out.
fn planned(
    tab: &Tab,
    sheet: &SaveSheet,
    placement: &Placement,
    image: &StackImage,
    subject: &Subject<'_>,
    series: &SeriesInstanceUid,
) -> DisplayPlan {
    let mut adjustments = tab.adjustments_of(sheet.cell, image);
    let mut parts = tab.state_parts(sheet.cell);
    (adjustments.zoom, adjustments.pan) = (placement.zoom, placement.pan);
    if sheet.area == SaveArea::Whole {
        (adjustments.zoom, adjustments.pan) = (Zoom::Fit, (0.0, 0.0));
        parts.area = false;
    }
    if !sheet.parts.grays {
        (adjustments.voi, adjustments.invert) = (VoiChoice::AsSent, false);
        parts.grayscale = false;
    }
    if !sheet.parts.turns {
        (adjustments.rotation, adjustments.flip) = (0, false);
        parts.transformation = false;
    }
    if !sheet.parts.shutter {
        (adjustments.shutter, adjustments.drawn_shutter) = (false, None);
    }
    adjustments.overlays &= sheet.parts.earlier;
    let (canvas, pitch) = (placement.canvas, placement.pitch_mm);
    let state = tab.state_of(image, series).usable();
    let presented = state.and_then(|state| {
        state
            .plan_for_viewport(subject, parts, &adjustments, canvas, pitch)
            .ok()
    });
    presented.map_or_else(
        || {
            let (attributes, pixels) = (subject.attributes, subject.pixels);
            DisplayPlan::for_viewport(attributes, pixels, subject.frame, &adjustments, canvas)
        },
        |presented| presented.plan,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(label: &str, description: &str, creator: &str) -> SaveSheet {
        SaveSheet {
            cell: 0,
            label: label.to_owned(),
            description: description.to_owned(),
            creator: creator.to_owned(),
            scope: SaveScope::Image,
            area: SaveArea::Visible,
            parts: SaveParts {
                grays: true,
                turns: true,
                shutter: true,
                earlier: true,
                drawings: true,
            },
            problem: None,
            running: false,
        }
    }

    #[test]
    fn words_that_their_elements_cannot_hold_are_refused() {
        let problem = |l: &str, d: &str, c: &str| sheet(l, d, c).problem_of_words();
        assert_eq!(problem("LIVER", "Foie, étude", "READER^ÉMILE"), None);
        let empty = Some(SaveProblem::Label(InvalidLabel::Empty));
        assert_eq!(problem(" ", "", ""), empty);
        assert_eq!(problem("A", "a\\b", ""), Some(SaveProblem::Description));
        let long = "x".repeat(65);
        assert_eq!(problem("A", &long, ""), Some(SaveProblem::Description));
        assert_eq!(problem("A", "", "A=B"), Some(SaveProblem::Creator));
    }
}
