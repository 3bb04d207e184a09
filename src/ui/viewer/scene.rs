//! Everything about one cell that drawing needs, gathered once per frame.

use std::sync::Arc;

use super::markers;
use crate::imaging::presentation_state::StateParts;
use crate::imaging::stack::{Stack, StackImage};
use crate::imaging::technique::Unit;
use crate::imaging::{Adjustments, DisplayFunction, DisplayPlan, Frame, FrameKey, Zoom};
use crate::workspace::Workspace;
use crate::workspace::viewer::tab::{OpenSeries, OpenStudy};
use crate::workspace::viewer::{Cursor, FrameState, StateOfImage, Tab};

/// One cell with its image.
pub struct Scene<'a> {
    /// The tab it belongs to.
    pub tab: &'a Tab,
    /// Which cell.
    pub cell: usize,
    /// The study of its stack.
    pub study: &'a OpenStudy,
    /// The series of its stack.
    pub series: &'a OpenSeries,
    /// Its stack.
    pub stack: &'a Arc<Stack>,
    /// Where it stands.
    pub cursor: &'a Cursor,
    /// The position of `image` in the stack.
    pub position: usize,
    /// The image painted: the one it stands at, or the one before while that is loading.
    pub image: &'a StackImage,
    /// What the engine calls it.
    pub key: FrameKey,
    /// Its pixels, or why there are none; `None` while nothing of the stack is there yet.
    pub frame: Option<&'a FrameState>,
    /// Whether the image it stands at is still awaited.
    pub loading: bool,
    /// What the user adjusted.
    pub adjustments: Adjustments,
    /// The presentation states of the image.
    pub states: StateOfImage<'a>,
    /// What of the state counts.
    pub parts: StateParts,
    /// Rotation and flip as shown: the state's, then the user's.
    pub turns: (u8, bool),
    /// Why the last command did nothing, by key.
    pub refusal: Option<&'static str>,
    /// Size of a screen pixel, where the monitor was measured.
    pub pitch_mm: Option<f64>,
    /// Objects that the series should have, by the node it was retrieved from (F11).
    pub promised: Option<u64>,
    /// The last stage of a calibrated display.
    pub display: Option<&'a Arc<DisplayFunction>>,
}

impl<'a> Scene<'a> {
    /// The scene of a cell; `None` when the cell is empty.
    pub fn of(workspace: &'a Workspace, tab: &'a Tab, cell: usize) -> Option<Self> {
        let viewer = &workspace.viewer;
        let id = tab.arrangement.cells.get(cell)?.stack.as_ref()?;
        let (study, series) = tab.series(id)?;
        let stack = series.stacks.get(id.index)?;
        let cursor = tab.cursors.get(cell)?;
        let wanted = stack.images.get(cursor.position)?;
        let arrived = viewer.frame(&wanted.key());
        let before = cursor.last_shown.as_ref().and_then(|key| {
            let position = stack.images.iter().position(|i| i.key() == *key)?;
            viewer.frame(key).map(|frame| (position, frame))
        });
        let (position, frame) = match (arrived, before) {
            (Some(frame), _) => (cursor.position, Some(frame)),
            (None, Some((position, frame))) => (position, Some(frame)),
            (None, None) => (cursor.position, None),
        };
        let image = &stack.images[position];
        let adjustments = tab.adjustments(cell);
        let states = tab.state_of(image, &id.series);
        let parts = tab.state_parts(cell);
        let own_turns = (adjustments.rotation, adjustments.flip);
        let turning = states.usable().filter(|state| {
            let about = state.applies_to(image.instance.sop_instance_uid.as_str(), image.frame);
            about && parts.transformation && !image.instance.display.is_color
        });
        Some(Self {
            tab,
            cell,
            study,
            series,
            stack,
            cursor,
            position,
            image,
            key: image.key(),
            frame,
            loading: arrived.is_none(),
            turns: turning.map_or(own_turns, |state| state.turned(own_turns)),
            adjustments,
            states,
            parts,
            refusal: viewer.refusal.map(|(key, _)| key),
            pitch_mm: workspace.settings.pixel_pitch_mm(),
            promised: workspace.query.promised(id.series.as_str()),
            display: workspace.display.function(),
        })
    }

    /// The decoded frame.
    pub fn pixels(&self) -> Option<&'a Arc<Frame>> {
        match self.frame {
            Some(FrameState::Ready(frame)) => Some(frame),
            Some(FrameState::Failed(_)) | None => None,
        }
    }

    /// The adjustments as shown: an unmoved mammogram touches the inner edge of its cell with its chest wall (4.4), unless a
    /// presentation state says what is shown of it.
    pub fn shown_adjustments(&self, canvas: (u32, u32)) -> Adjustments {
        let mut adjustments = self.adjustments.clone();
        let instance = &self.image.instance;
        let unmoved = adjustments.zoom == Zoom::Fit && adjustments.pan == (0.0, 0.0);
        let placed_by_state = self.states.usable().is_some() && self.parts.area;
        if !unmoved || placed_by_state || !is_mammogram(self.image) {
            return adjustments;
        }
        if let Some(zoom) = self.common_zoom(canvas) {
            adjustments.zoom = zoom;
        }
        if let Some(letters) = markers::side_letters(self)
            && let Ok(pixels) = &instance.pixels
        {
            let turned = Adjustments {
                rotation: self.turns.0,
                flip: self.turns.1,
                ..adjustments.clone()
            };
            let (display, frame) = (&instance.display, self.image.frame);
            let plan = DisplayPlan::for_viewport(display, pixels, frame, &turned, canvas);
            let room = (f64::from(canvas.0) - plan.view.size.0 as f64) / 2.0;
            if letters.right.starts_with('P') {
                adjustments.pan.0 = room;
            } else if letters.left.starts_with('P') {
                adjustments.pan.0 = -room;
            }
        }
        adjustments
    }

    /// The zoom at which a millimetre takes as many pixels as in every other fitted mammogram of the grid (4.4): that of the
    /// largest breast. `None` when this one is the largest, or its millimetres are unknown.
    fn common_zoom(&self, canvas: (u32, u32)) -> Option<Zoom> {
        let own = pixels_per_mm(self.image, self.turns.0, canvas)?;
        let others = self.tab.arrangement.visible().filter_map(|cell| {
            let adjustments = self.tab.adjustments(cell);
            let image = self.tab.image(cell)?;
            let counts = is_mammogram(image) && adjustments.zoom == Zoom::Fit;
            let scale = pixels_per_mm(image, adjustments.rotation, canvas);
            scale.filter(|_| counts)
        });
        let common = others.fold(own, f64::min);
        let spacing = self.image.plane().spacing?;
        // A zoom counts along the finer side of a pixel, so that no image pixel is lost at 1.
        let finer = spacing.column_mm.min(spacing.row_mm);
        (common < own).then_some(Zoom::Scale(common * finer))
    }

    /// Whether what was drawn is shown.
    pub fn shows_drawings(&self) -> bool {
        let cell = self.tab.arrangement.cells.get(self.cell);
        cell.is_some_and(|cell| cell.view.drawings)
    }

    /// The unit of the values shown: a state can give others than the image has (F6).
    pub fn unit(&self) -> Unit {
        self.tab.unit_of(self.cell, self.image)
    }
}

fn is_mammogram(image: &StackImage) -> bool {
    image.instance.technique.modality == "MG"
}

/// Canvas pixels for a millimetre when the image is fitted.
fn pixels_per_mm(image: &StackImage, rotation: u8, (width, height): (u32, u32)) -> Option<f64> {
    let spacing = image.plane().spacing?;
    let pixels = image.instance.pixels.as_ref().ok()?;
    let across = f64::from(pixels.columns) * spacing.column_mm;
    let down = f64::from(pixels.rows) * spacing.row_mm;
    let (across, down) = match rotation % 2 {
        0 => (across, down),
        _ => (down, across),
    };
    Some((f64::from(width) / across).min(f64::from(height) / down))
}
