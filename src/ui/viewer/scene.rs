//! Everything about one cell that drawing needs, gathered once per frame.

use std::sync::Arc;

use super::markers;
use crate::imaging::stack::{Stack, StackImage};
use crate::imaging::{Adjustments, DisplayPlan, Frame, FrameKey, Zoom};
use crate::workspace::Workspace;
use crate::workspace::viewer::tab::{OpenSeries, OpenStudy};
use crate::workspace::viewer::{Cursor, FrameState, Tab};

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
            adjustments: tab.adjustments(cell),
        })
    }

    /// The decoded frame.
    pub fn pixels(&self) -> Option<&'a Arc<Frame>> {
        match self.frame {
            Some(FrameState::Ready(frame)) => Some(frame),
            Some(FrameState::Failed(_)) | None => None,
        }
    }

    /// The adjustments as shown: an unmoved mammogram touches the inner edge of its cell with its chest wall (4.4).
    pub fn shown_adjustments(&self, canvas: (u32, u32)) -> Adjustments {
        let mut adjustments = self.adjustments.clone();
        let unmoved = adjustments.zoom == Zoom::Fit && adjustments.pan == (0.0, 0.0);
        let mammogram = self.image.instance.technique.modality == "MG";
        if unmoved
            && mammogram
            && let Some(letters) = markers::side_letters(self)
            && let Some(plan) = self.plan(&adjustments, canvas)
        {
            let room = (f64::from(canvas.0) - plan.view.size.0 as f64) / 2.0;
            if letters.right.starts_with('P') {
                adjustments.pan.0 = room;
            } else if letters.left.starts_with('P') {
                adjustments.pan.0 = -room;
            }
        }
        adjustments
    }

    /// How the image must look on a canvas of so many pixels.
    pub fn plan(&self, adjustments: &Adjustments, canvas: (u32, u32)) -> Option<DisplayPlan> {
        let instance = &self.image.instance;
        let pixels = instance.pixels.as_ref().ok()?;
        let display = &instance.display;
        Some(DisplayPlan::for_viewport(
            display,
            pixels,
            self.image.frame,
            adjustments,
            canvas,
        ))
    }
}
