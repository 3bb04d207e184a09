//! What a person arranged: grid, what is in its cells, how it is viewed. All of this can be undone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::drawing::Drawings;
use super::presentation::StatePicks;
use super::saving::SaveParts;
use crate::dicom::{SeriesInstanceUid, SopInstanceUid};
use crate::imaging::presentation_state::StateParts;
use crate::imaging::shutter::Shutter;
use crate::imaging::stack::SortOrder;
use crate::imaging::{FrameKey, Interpolation, VoiChoice, Zoom};

/// A stack of an open study: the n-th of its series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId {
    /// The series.
    pub series: SeriesInstanceUid,
    /// Which of its stacks.
    pub index: usize,
}

/// A grid of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Cells above each other, 1 to 4.
    pub rows: usize,
    /// Cells beside each other, 1 to 4.
    pub columns: usize,
}

impl Layout {
    /// Rows and columns at most.
    pub const SIDE_MAX: usize = 4;
    /// One cell.
    pub const SINGLE: Self = Self {
        rows: 1,
        columns: 1,
    };

    /// A grid, held within the limits.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self {
            rows: rows.clamp(1, Self::SIDE_MAX),
            columns: columns.clamp(1, Self::SIDE_MAX),
        }
    }

    /// How many cells it has.
    pub fn cells(self) -> usize {
        self.rows * self.columns
    }
}

/// How a cell views its images, window apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Fit or a scale.
    pub zoom: Zoom,
    /// Canvas pixels by which the image is moved.
    pub pan: (f64, f64),
    /// Quarter turns clockwise, before the flip.
    pub rotation: u8,
    /// Left-right flip.
    pub flip: bool,
    /// Inverted grays.
    pub invert: bool,
    /// Between pixels.
    pub interpolation: Interpolation,
    /// 60xx overlays.
    pub overlays: bool,
    /// What was drawn.
    pub drawings: bool,
    /// What of a presentation state counts (P3).
    pub parts: StateParts,
}

impl Default for View {
    fn default() -> Self {
        Self {
            zoom: Zoom::Fit,
            pan: (0.0, 0.0),
            rotation: 0,
            flip: false,
            invert: false,
            interpolation: Interpolation::Bilinear,
            overlays: true,
            drawings: true,
            parts: StateParts::ALL,
        }
    }
}

impl View {
    /// Left becomes right as seen.
    pub fn flip_horizontally(&mut self) {
        self.flip = !self.flip;
        self.pan.0 = -self.pan.0;
    }

    /// Top becomes bottom as seen: a half turn and a flip.
    pub fn flip_vertically(&mut self) {
        self.rotation = (self.rotation + 2) % 4;
        self.flip = !self.flip;
        self.pan.1 = -self.pan.1;
    }

    /// A quarter turn as seen; the rotation comes before the flip, so a flipped image turns the other way inside.
    pub fn rotate(&mut self, clockwise: bool) {
        let turn = if clockwise != self.flip { 1 } else { 3 };
        self.rotation = (self.rotation + turn) % 4;
        let (x, y) = self.pan;
        self.pan = if clockwise { (-y, x) } else { (y, -x) };
    }
}

/// Where a window comes from; shown beside its numbers (4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WindowOrigin {
    /// As the object says.
    #[default]
    AsSent,
    /// From the pixels.
    Auto,
    /// A preset of the modality: key of its name.
    Preset(&'static str),
    /// Dragged.
    Manual,
    /// Dragged where a VOI LUT was: it counts no longer (P5).
    ManualForLut,
}

/// A window somebody chose.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowChoice {
    /// What to apply.
    pub voi: VoiChoice,
    /// Where it comes from.
    pub origin: WindowOrigin,
}

/// What a window applies to: the stack, or one image where images of a series differ in exposure (4.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowScope {
    /// All images of a stack.
    Stack(StackId),
    /// One image.
    Image(SopInstanceUid),
    /// All images of a stack that a presentation state is shown with.
    State(StackId, SopInstanceUid),
}

/// One place of the grid.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What is in it.
    pub stack: Option<StackId>,
    /// Where its stack starts; the middle when `None`.
    pub start: Option<usize>,
    /// How it is viewed.
    pub view: View,
}

impl Cell {
    /// A cell that shows a stack from its usual start.
    pub fn of(stack: StackId) -> Self {
        Self {
            stack: Some(stack),
            ..Self::default()
        }
    }
}

/// Everything arranged in a tab.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrangement {
    /// The grid.
    pub layout: Layout,
    /// The active cell alone.
    pub one_up: bool,
    /// The cell that keys work on.
    pub active: usize,
    /// At least as many as the grid has places; those beyond wait for a larger grid.
    pub cells: Vec<Cell>,
    /// Windows that differ from what was sent.
    pub windows: BTreeMap<WindowScope, WindowChoice>,
    /// Orders that differ from the default.
    pub orders: BTreeMap<StackId, SortOrder>,
    /// Presentation states that somebody picked.
    pub states: BTreeMap<SeriesInstanceUid, StatePicks>,
    /// A window chosen on one image holds for its whole stack, whatever states its images have (P3).
    pub keep_window: bool,
    /// What was drawn, by frame.
    pub drawings: BTreeMap<FrameKey, Drawings>,
    /// Shutters that were drawn, by what they hold for.
    pub shutters: BTreeMap<WindowScope, Arc<Shutter>>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self {
            layout: Layout::SINGLE,
            one_up: false,
            active: 0,
            cells: vec![Cell::default()],
            windows: BTreeMap::new(),
            orders: BTreeMap::new(),
            states: BTreeMap::new(),
            keep_window: false,
            drawings: BTreeMap::new(),
            shutters: BTreeMap::new(),
        }
    }
}

impl Arrangement {
    /// Changes the grid; stacks that lose their place come back with a larger one.
    pub fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
        self.one_up = false;
        if self.cells.len() < layout.cells() {
            self.cells.resize(layout.cells(), Cell::default());
        }
        self.active = self.active.min(layout.cells() - 1);
    }

    /// Lets go what a saved state of some images of a cell holds now.
    pub(super) fn let_go(
        &mut self,
        cell: usize,
        series: &SeriesInstanceUid,
        images: &[SopInstanceUid],
        parts: &SaveParts,
    ) {
        let shown = self.cells.get_mut(cell);
        let shown = shown.filter(|cell| cell.stack.as_ref().is_some_and(|s| s.series == *series));
        if let Some(cell) = shown {
            let view = &mut cell.view;
            (view.zoom, view.pan, view.parts) = (Zoom::Fit, (0.0, 0.0), StateParts::ALL);
            view.invert &= !parts.grays;
            if parts.turns {
                (view.rotation, view.flip) = (0, false);
            }
        }
        if parts.grays {
            self.windows.retain(|scope, _| match scope {
                WindowScope::Image(image) => !images.contains(image),
                // it would lie on top of the new state
                WindowScope::Stack(stack) => !(self.keep_window && stack.series == *series),
                WindowScope::State(..) => true,
            });
        }
    }

    /// The cells on the screen, in reading order.
    pub fn visible(&self) -> std::ops::Range<usize> {
        if self.one_up {
            self.active..self.active + 1
        } else {
            0..self.layout.cells()
        }
    }

    /// Rows and columns on the screen.
    pub fn shown_layout(&self) -> Layout {
        if self.one_up {
            Layout::SINGLE
        } else {
            self.layout
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_turns_or_two_flips_change_nothing() {
        for flipped in [false, true] {
            let start = View {
                flip: flipped,
                pan: (3.0, 4.0),
                ..View::default()
            };
            let mut view = start;
            for _ in 0..4 {
                view.rotate(true);
            }
            assert_eq!(view, start);
            view.rotate(true);
            view.rotate(false);
            view.flip_vertically();
            view.flip_vertically();
            view.flip_horizontally();
            view.flip_horizontally();
            assert_eq!(view, start);
        }
    }

    #[test]
    fn both_flips_are_a_half_turn() {
        let mut flipped = View::default();
        flipped.flip_horizontally();
        flipped.flip_vertically();
        let mut turned = View::default();
        turned.rotate(true);
        turned.rotate(true);
        assert_eq!(flipped, turned);
    }

    #[test]
    fn a_flipped_image_turns_the_way_it_is_seen() {
        let mut view = View::default();
        view.flip_horizontally();
        view.rotate(true);
        assert_eq!((view.rotation, view.flip), (3, true));
    }

    #[test]
    fn a_smaller_grid_keeps_the_active_cell_inside() {
        let mut arrangement = Arrangement::default();
        arrangement.set_layout(Layout::new(2, 3));
        arrangement.active = 5;
        arrangement.set_layout(Layout::new(1, 2));
        assert_eq!(arrangement.active, 1);
        assert_eq!(arrangement.cells.len(), 6);
        assert_eq!(Layout::new(9, 0), Layout::new(4, 1));
    }
}
