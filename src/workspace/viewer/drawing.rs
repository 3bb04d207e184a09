//! Drawing on images (V10, P6): shapes of their frame and shutters, begun, moved, selected, deleted.
//!
//! What is finished belongs to the arrangement: it survives scrolling and other layouts, and undo covers it. What is being drawn
//! belongs to nobody yet; Escape, another tool or another image lets it go.

use std::sync::Arc;

use super::action::Tool;
use super::arrangement::WindowScope;
use super::window_level::is_per_image;
use super::{Arrangement, Tab, ViewerState};
use crate::imaging::annotation::TextObject;
use crate::imaging::measure::{Ruler, Shape, ShapeKind, measure};
use crate::imaging::shutter::{Shutter, ShutterShape};
use crate::imaging::stack::StackImage;
use crate::imaging::technique::Unit;
use crate::imaging::{DisplayPlan, Frame, FrameIndex, FrameKey, InstanceContents};

/// A place in an image: column and row, 0.0\0.0 is the corner of the first pixel.
pub type Place = (f64, f64);
/// The shapes of one frame, in the order they were drawn.
pub type Drawings = Arc<Vec<Shape>>;

/// Points of one line at most: Graphic Data has 16 bits for its length.
const POINTS_MAX: usize = 4000;
/// Shapes of one frame at most.
const SHAPES_MAX: usize = 500;
/// Image pixels between two points of a line drawn freely.
const FREEHAND_STEP: f64 = 0.5;

/// A shutter's shape, as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShutterKind {
    /// Two corners.
    Rectangular,
    /// Centre and a point on the edge.
    Circular,
    /// Vertices.
    Polygonal,
}

impl ShutterKind {
    /// All, as the tools stand in their row.
    pub const ALL: [Self; 3] = [Self::Rectangular, Self::Circular, Self::Polygonal];

    fn drawn_as(self) -> ShapeKind {
        match self {
            Self::Rectangular => ShapeKind::Rectangle,
            Self::Circular => ShapeKind::Circle,
            Self::Polygonal => ShapeKind::Polygon,
        }
    }
}

impl Tool {
    /// What it draws; `None` for tools that draw nothing.
    pub fn draws(self) -> Option<ShapeKind> {
        match self {
            Self::Draw(kind) => Some(kind),
            Self::Shutter(kind) => Some(kind.drawn_as()),
            Self::Window | Self::Zoom | Self::Pan | Self::Scroll | Self::Probe => None,
        }
    }
}

/// What the pointer or a text field does to drawings.
#[derive(Debug, Clone, PartialEq)]
pub enum DrawAction {
    /// A click: begins a shape or fixes its next point.
    Place(usize, Place),
    /// The pointer moves without a button.
    Hover(Place),
    /// The button went down in a cell, on nothing drawn.
    Press(usize, Place),
    /// It went down on a shape of a cell, on one of its handles or on its line.
    Grab {
        /// Which cell.
        cell: usize,
        /// Which shape of its image.
        index: usize,
        /// Which handle; all of the shape moves without one.
        handle: Option<usize>,
        /// Where.
        at: Place,
    },
    /// The pointer moves with the button down.
    Drag(Place),
    /// The button went up.
    Release(Place),
    /// Makes a shape of a cell's image the selected one.
    Select(usize, Option<usize>),
    /// Opens a text again.
    Retype(usize, usize),
    /// What the text field says.
    Type(String),
    /// Ends a shape where it is.
    Finish,
}

/// A shape that is being drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// In which cell.
    pub cell: usize,
    /// On which frame.
    pub key: FrameKey,
    /// By which tool.
    pub tool: Tool,
    /// As far as it is; its last point follows the pointer.
    pub shape: Shape,
    /// Whether its text is being typed.
    pub typing: bool,
    /// The text that is typed anew.
    retypes: Option<usize>,
    /// Whether the button that began it is still down.
    pressed: bool,
}

/// A shape that is being moved.
#[derive(Debug, Clone)]
struct Held {
    cell: usize,
    key: FrameKey,
    index: usize,
    handle: Option<usize>,
    from: Place,
    origin: Shape,
    before: Arrangement,
}

/// What is being drawn, moved and selected.
#[derive(Debug, Clone, Default)]
pub struct DrawingState {
    /// The shape being drawn.
    pub pending: Option<Pending>,
    /// The selected shape: its frame and its number there.
    pub selected: Option<(FrameKey, usize)>,
    held: Option<Held>,
}

impl DrawingState {
    /// Whether a shape of a cell is being moved.
    pub fn is_holding(&self, cell: usize) -> bool {
        self.held.as_ref().is_some_and(|held| held.cell == cell)
    }

    /// What is being drawn in a cell.
    pub fn pending_in(&self, cell: usize) -> Option<&Pending> {
        self.pending.as_ref().filter(|pending| pending.cell == cell)
    }
}

impl Tab {
    /// The shapes of a frame.
    pub fn drawings(&self, key: &FrameKey) -> &[Shape] {
        let drawings = self.arrangement.drawings.get(key);
        drawings.map_or(&[], |drawings| drawings)
    }

    /// What a shutter drawn in a cell holds for: its stack, or the image where images of a series differ.
    pub(super) fn shutter_scope(&self, cell: usize) -> Option<WindowScope> {
        self.shutter_scope_of(cell, self.image(cell)?)
    }

    fn shutter_scope_of(&self, cell: usize, image: &StackImage) -> Option<WindowScope> {
        if is_per_image(&image.instance.technique.modality) {
            let uid = image.instance.sop_instance_uid.clone();
            return Some(WindowScope::Image(uid));
        }
        let stack = self.arrangement.cells.get(cell)?.stack.clone()?;
        Some(WindowScope::Stack(stack))
    }

    /// The shutter somebody drew for what a cell shows.
    pub fn drawn_shutter(&self, cell: usize) -> Option<&Arc<Shutter>> {
        self.shutter_on(cell, self.image(cell)?)
    }

    /// The same for any image of its stack.
    pub(super) fn shutter_on(&self, cell: usize, image: &StackImage) -> Option<&Arc<Shutter>> {
        let scope = self.shutter_scope_of(cell, image)?;
        self.arrangement.shutters.get(&scope)
    }

    /// Whether something was drawn that no presentation state holds.
    pub fn has_unsaved_drawings(&self) -> bool {
        let mut drawn = self.arrangement.drawings.iter();
        let unsaved = drawn.any(|(key, shapes)| {
            let saved = self.saved_drawings.get(key);
            !shapes.is_empty() && saved != Some(shapes)
        });
        unsaved || !self.arrangement.shutters.is_empty()
    }

    /// A cell's image, when shapes can be drawn on it.
    fn canvas_of(&self, cell: usize) -> Option<FrameKey> {
        let image = self.image(cell)?;
        let visible = self.arrangement.visible().contains(&cell);
        (visible && image.instance.pixels.is_ok()).then(|| image.key())
    }

    fn shapes_mut(&mut self, key: &FrameKey) -> &mut Vec<Shape> {
        let drawings = self.arrangement.drawings.entry(key.clone());
        Arc::make_mut(drawings.or_default())
    }
}

impl ViewerState {
    /// Does what the pointer did to drawings.
    pub(super) fn draw(&mut self, action: DrawAction) {
        match action {
            DrawAction::Place(cell, at) => self.place(cell, at),
            DrawAction::Hover(at) => {
                if let Some(pending) = self.drawing.pending.as_mut().filter(|p| !p.typing) {
                    pending.shape.set_last(at);
                }
            }
            DrawAction::Press(cell, at) => {
                self.finish_text();
                if self.drawing.pending.is_none() {
                    self.begin(cell, at, true);
                }
            }
            DrawAction::Grab {
                cell,
                index,
                handle,
                at,
            } => self.grab(cell, (index, handle), at),
            DrawAction::Drag(at) => self.drag_drawing(at),
            DrawAction::Release(at) => self.release(at),
            DrawAction::Select(cell, index) => {
                let key = self.tab().and_then(|tab| tab.canvas_of(cell));
                self.drawing.selected = key.zip(index);
            }
            DrawAction::Retype(cell, index) => self.retype(cell, index),
            DrawAction::Type(text) => {
                if let Some(pending) = self.drawing.pending.as_mut().filter(|p| p.typing) {
                    pending.shape.text = text;
                }
            }
            DrawAction::Finish => self.finish(),
        }
    }

    /// Fixes the next point, or begins a shape.
    fn place(&mut self, cell: usize, at: Place) {
        self.finish_text();
        match self.drawing.pending.take() {
            None => self.begin(cell, at, false),
            Some(mut pending) if pending.cell == cell => {
                pending.shape.set_last(at);
                self.go_on(pending);
            }
            // A click in another cell lets it go.
            Some(_) => {}
        }
    }

    fn begin(&mut self, cell: usize, at: Place, pressed: bool) {
        let tool = self.tool;
        let key = self.tab().and_then(|tab| tab.canvas_of(cell));
        let (Some(kind), Some(key)) = (tool.draws(), key) else {
            return;
        };
        if kind == ShapeKind::Freehand && !pressed {
            return;
        }
        let mut pending = Pending {
            cell,
            key,
            tool,
            shape: Shape::begin(kind, at),
            typing: false,
            retypes: None,
            pressed,
        };
        self.drawing.selected = None;
        match kind {
            ShapeKind::Point if !pressed => return self.commit(pending),
            ShapeKind::Point | ShapeKind::Freehand => {}
            ShapeKind::Text if !pressed => pending.typing = true,
            _ => pending.shape.push(at),
        }
        self.drawing.pending = Some(pending);
    }

    /// After a point was fixed: the shape is whole, or its next point follows the pointer.
    fn go_on(&mut self, mut pending: Pending) {
        let count = pending.shape.points.len();
        if pending.shape.kind.points() == Some(count) || count >= POINTS_MAX {
            return self.commit(pending);
        }
        if let Some(last) = pending.shape.points.last().copied() {
            pending.shape.push(last);
        }
        self.drawing.pending = Some(pending);
    }

    fn drag_drawing(&mut self, at: Place) {
        if self.drawing.held.is_some() {
            return self.move_held(at);
        }
        let Some(pending) = self.drawing.pending.as_mut().filter(|p| !p.typing) else {
            return;
        };
        let free = pending.shape.kind == ShapeKind::Freehand;
        if !free {
            return pending.shape.set_last(at);
        }
        let points = &pending.shape.points;
        let far = points
            .last()
            .is_none_or(|last| (last.0 - at.0).hypot(last.1 - at.1) >= FREEHAND_STEP);
        if pending.pressed && far && points.len() < POINTS_MAX {
            pending.shape.push(at);
        }
    }

    fn release(&mut self, at: Place) {
        if let Some(held) = self.drawing.held.take() {
            if let Some(tab) = self.tabs.get_mut(self.active_tab)
                && tab.arrangement != held.before
            {
                tab.history.remember(held.before);
            }
            return;
        }
        let Some(mut pending) = self.drawing.pending.take() else {
            return;
        };
        if !pending.pressed {
            // A click that slipped.
            let cell = pending.cell;
            self.drawing.pending = Some(pending);
            return self.place(cell, at);
        }
        pending.pressed = false;
        match pending.shape.kind {
            ShapeKind::Freehand => self.commit(pending),
            ShapeKind::Text => {
                pending.shape.set_last(at);
                if is_flat(&pending.shape.points) {
                    pending.shape.points.truncate(1);
                }
                pending.typing = true;
                self.drawing.pending = Some(pending);
            }
            _ => {
                pending.shape.set_last(at);
                self.go_on(pending);
            }
        }
    }

    /// Ends an open-ended shape without the point that follows the pointer, and a text with what was typed.
    fn finish(&mut self) {
        let Some(mut pending) = self.drawing.pending.take() else {
            return;
        };
        if !pending.typing && pending.shape.kind.points().is_none() {
            pending.shape.points.pop();
        }
        self.commit(pending);
    }

    /// A press beside the text field ends its text.
    fn finish_text(&mut self) {
        if self.drawing.pending.as_ref().is_some_and(|p| p.typing) {
            self.finish();
        }
    }

    /// Keeps a shape that is whole.
    fn commit(&mut self, pending: Pending) {
        let shape = pending.shape;
        let blank = shape.kind == ShapeKind::Text && shape.text.trim().is_empty();
        let points = &shape.points;
        let nothing = points.len() > 1 && points.iter().all(|point| *point == points[0]);
        if !shape.is_whole() || blank || nothing {
            return;
        }
        let key = pending.key;
        match pending.tool {
            Tool::Shutter(kind) => self.commit_shutter(pending.cell, kind, &shape),
            _ => {
                let mut at = None;
                self.change(|tab| {
                    let shapes = tab.shapes_mut(&key);
                    match pending.retypes {
                        Some(index) if index < shapes.len() => {
                            shapes[index] = shape;
                            at = Some(index);
                        }
                        _ if shapes.len() < SHAPES_MAX => {
                            shapes.push(shape);
                            at = Some(shapes.len() - 1);
                        }
                        _ => {}
                    }
                });
                self.drawing.selected = at.map(|at| (key, at));
                if at.is_none() {
                    self.refuse("viewer.draw.too-many");
                }
            }
        }
    }

    fn commit_shutter(&mut self, cell: usize, kind: ShutterKind, shape: &Shape) {
        let aspect = self.tab().and_then(|tab| {
            let image = tab.image(cell)?;
            Some(image.instance.display.frame(image.frame).aspect)
        });
        let Some(drawn) = shutter_shape(kind, &shape.points, aspect.unwrap_or(1.0)) else {
            return;
        };
        self.change(|tab| {
            let Some(scope) = tab.shutter_scope(cell) else {
                return;
            };
            let known = tab.arrangement.shutters.get(&scope);
            let mut shapes = known.map_or_else(Vec::new, |shutter| shutter.shapes.clone());
            // one shape of each kind; a pixel is visible when all of them show it
            let same = |known: &ShutterShape| {
                std::mem::discriminant(known) == std::mem::discriminant(&drawn)
            };
            shapes.retain(|known| !same(known));
            shapes.push(drawn);
            let shutter = Shutter { shapes, value: 0.0 };
            tab.arrangement.shutters.insert(scope, Arc::new(shutter));
        });
    }

    fn grab(&mut self, cell: usize, (index, handle): (usize, Option<usize>), at: Place) {
        self.finish_text();
        self.drawing.pending = None;
        let Some(tab) = self.tab() else { return };
        let Some(key) = tab.canvas_of(cell) else {
            return;
        };
        let Some(origin) = tab.drawings(&key).get(index).cloned() else {
            return;
        };
        let before = tab.arrangement.clone();
        self.drawing.selected = Some((key.clone(), index));
        self.drawing.held = Some(Held {
            cell,
            key,
            index,
            handle,
            from: at,
            origin,
            before,
        });
    }

    fn move_held(&mut self, at: Place) {
        let (Some(held), Some(tab)) = (&self.drawing.held, self.tabs.get_mut(self.active_tab))
        else {
            return;
        };
        let mut moved = held.origin.clone();
        match held.handle {
            Some(handle) => moved.move_handle(handle, at),
            None => moved.shift((at.0 - held.from.0, at.1 - held.from.1)),
        }
        if let Some(shape) = tab.shapes_mut(&held.key).get_mut(held.index) {
            *shape = moved;
        }
    }

    fn retype(&mut self, cell: usize, index: usize) {
        let Some(tab) = self.tab() else { return };
        let Some(key) = tab.canvas_of(cell) else {
            return;
        };
        let shape = tab.drawings(&key).get(index).cloned();
        if let Some(shape) = shape.filter(|shape| shape.kind == ShapeKind::Text) {
            self.drawing.pending = Some(Pending {
                cell,
                key,
                tool: Tool::Draw(ShapeKind::Text),
                shape,
                typing: true,
                retypes: Some(index),
                pressed: false,
            });
        }
    }

    /// Takes the selected shape away.
    pub(super) fn delete_selected(&mut self) {
        let Some((key, index)) = self.drawing.selected.take() else {
            return;
        };
        self.change(|tab| {
            let shapes = tab.shapes_mut(&key);
            if index < shapes.len() {
                shapes.remove(index);
            }
            if shapes.is_empty() {
                tab.arrangement.drawings.remove(&key);
            }
        });
    }

    /// Takes all shapes of the active cell's image away.
    pub(super) fn delete_all_drawings(&mut self) {
        self.drawing.selected = None;
        self.change(|tab| {
            if let Some(key) = tab.image(tab.arrangement.active).map(StackImage::key) {
                tab.arrangement.drawings.remove(&key);
            }
        });
    }

    /// Takes the drawn shutter of the active cell away.
    pub(super) fn remove_shutter(&mut self) {
        self.change(|tab| {
            if let Some(scope) = tab.shutter_scope(tab.arrangement.active) {
                tab.arrangement.shutters.remove(&scope);
            }
        });
    }

    /// What Escape does: lets the shape go that is being drawn, else the selection, else the tool.
    pub(super) fn cancel_drawing(&mut self) {
        if let Some(held) = self.drawing.held.take() {
            if let Some(tab) = self.tabs.get_mut(self.active_tab) {
                tab.arrangement = held.before;
            }
        } else if self.drawing.pending.take().is_none()
            && self.drawing.selected.take().is_none()
            && self.tool.draws().is_some()
        {
            self.tool = Tool::default();
        }
    }

    /// Selects the next shape of the active cell's image.
    pub(super) fn select_next(&mut self) {
        let Some(tab) = self.tab() else { return };
        let Some(key) = tab.canvas_of(tab.arrangement.active) else {
            return;
        };
        let count = tab.drawings(&key).len();
        let next = match &self.drawing.selected {
            Some((known, index)) if *known == key => (index + 1) % count.max(1),
            _ => 0,
        };
        self.drawing.selected = (next < count).then_some((key, next));
    }

    /// Lets go what no longer has its image or its shape.
    pub(super) fn settle_drawing(&mut self) {
        let tab = self.tabs.get(self.active_tab);
        let shown = |cell| tab.and_then(|tab: &Tab| tab.canvas_of(cell));
        let drawing = &mut self.drawing;
        if let Some(pending) = &drawing.pending
            && shown(pending.cell).as_ref() != Some(&pending.key)
        {
            drawing.pending = None;
        }
        if let Some(held) = &drawing.held
            && shown(held.cell).as_ref() != Some(&held.key)
        {
            drawing.held = None;
        }
        if let Some((key, index)) = &drawing.selected {
            let there = tab.is_some_and(|tab| *index < tab.drawings(key).len());
            if !there {
                drawing.selected = None;
            }
        }
    }
}

/// The words of a shape: its values with their units (F6, F7), or what a text says. `frame` is absent while its pixels are not
/// there; then nothing is said of values.
pub fn shape_lines(
    shape: &Shape,
    (instance, index): (&InstanceContents, FrameIndex),
    plan: &DisplayPlan,
    unit: &Unit,
    frame: Option<&Frame>,
) -> Vec<String> {
    if shape.kind == ShapeKind::Text {
        let object = TextObject {
            text: shape.text.clone(),
            bounding_box: None,
            anchor: None,
        };
        return object.lines();
    }
    let mut display = instance.display.frame(index).clone();
    if let Some(chain) = plan.chain() {
        display.modality = chain.modality.clone();
    }
    display.aspect = plan.aspect;
    let ruler = Ruler::at(&instance.geometry, index, plan.aspect, None, &shape.points);
    measure(shape, &ruler, frame, &display, unit).lines()
}

/// Whether a box has no height or no width worth a letter.
fn is_flat(points: &[Place]) -> bool {
    match points {
        [a, b] => (a.0 - b.0).abs() < 1.0 || (a.1 - b.1).abs() < 1.0,
        _ => true,
    }
}

/// The shutter that was drawn, in the whole rows and columns that shutters count, from 1 (PS3.3 C.7.6.11).
fn shutter_shape(kind: ShutterKind, points: &[Place], aspect: f64) -> Option<ShutterShape> {
    // the pixel whose area holds the place
    let number = |at: f64| at.floor() + 1.0;
    Some(match (kind, points) {
        (ShutterKind::Rectangular, [a, b]) => ShutterShape::Rectangular {
            left: number(a.0.min(b.0)),
            right: a.0.max(b.0).ceil(),
            upper: number(a.1.min(b.1)),
            lower: a.1.max(b.1).ceil(),
        },
        (ShutterKind::Circular, [centre, rim]) => {
            let radius = (rim.0 - centre.0).hypot((rim.1 - centre.1) * aspect);
            ShutterShape::Circular {
                row: number(centre.1),
                column: number(centre.0),
                radius: radius.round().max(1.0),
            }
        }
        (ShutterKind::Polygonal, [_, _, _, ..]) => {
            let vertices = points.iter().map(|(x, y)| (number(*y), number(*x)));
            ShutterShape::Polygonal(vertices.collect())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shutters_count_whole_pixels_from_one() {
        let shape = shutter_shape(ShutterKind::Rectangular, &[(7.9, 9.0), (2.5, 0.0)], 1.0);
        let rectangle = ShutterShape::Rectangular {
            left: 3.0,
            right: 8.0,
            upper: 1.0,
            lower: 9.0,
        };
        assert_eq!(shape, Some(rectangle));
        let shape = shutter_shape(ShutterKind::Circular, &[(4.5, 4.5), (4.5, 6.5)], 2.0);
        let circle = ShutterShape::Circular {
            row: 5.0,
            column: 5.0,
            radius: 4.0,
        };
        assert_eq!(shape, Some(circle));
        let two = [(1.0, 1.0), (2.0, 2.0)];
        assert_eq!(shutter_shape(ShutterKind::Polygonal, &two, 1.0), None);
    }
}
