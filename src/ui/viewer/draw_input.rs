//! The left button on drawings: draws with a drawing tool, takes hold of what was drawn with any.

use egui::{CursorIcon, Id, PointerButton, Pos2, Rect, Response, Ui};

use super::drawings::{self, Drawn, Hit};
use crate::imaging::display_plan::View;
use crate::imaging::measure::ShapeKind;
use crate::workspace::viewer::drawing::{DrawAction, DrawingState, Pending};
use crate::workspace::viewer::{Tool, ViewerAction};

/// Points around the first vertex that close a polygon.
const CLOSING_REACH: f64 = 8.0;

/// What the pointer meets in a cell.
pub struct Target<'a> {
    /// Which cell.
    pub cell: usize,
    /// Where it lies.
    pub place: Rect,
    /// How its image lies on it.
    pub view: &'a View,
    /// The active tool.
    pub tool: Tool,
    /// What is being drawn.
    pub state: &'a DrawingState,
    /// What is drawn there.
    pub drawn: &'a [Drawn<'a>],
}

impl Target<'_> {
    fn canvas(&self, ui: &Ui, at: Pos2) -> (f64, f64) {
        let pixels = (at - self.place.min) * ui.pixels_per_point();
        (f64::from(pixels.x), f64::from(pixels.y))
    }

    fn image(&self, ui: &Ui, at: Pos2) -> (f64, f64) {
        let (x, y) = self.canvas(ui, at);
        self.view.canvas_to_image_anywhere(x, y)
    }

    fn hit(&self, ui: &Ui, at: Pos2) -> Option<Hit> {
        let canvas = self.canvas(ui, at);
        drawings::hit(self.drawn, self.view, canvas, ui.pixels_per_point())
    }

    fn pending(&self) -> Option<&Pending> {
        self.state.pending_in(self.cell)
    }

    fn is_text(&self, hit: Hit) -> bool {
        let mut drawn = self.drawn.iter();
        drawn.any(|d| d.index == Some(hit.index) && d.shape.kind == ShapeKind::Text)
    }
}

fn pressed_id() -> Id {
    Id::unique("viewer-drawing-pressed")
}

/// Takes what the left button does to drawings; true when that leaves nothing for the active tool.
pub fn pointer(ui: &Ui, response: &Response, target: &Target, out: &mut Vec<ViewerAction>) -> bool {
    let mut draw = |action| out.push(ViewerAction::Draw(action));
    let drawing = target.tool.draws().is_some();
    let hovered = response.hover_pos();
    let hit = hovered.and_then(|at| target.hit(ui, at));
    if let Some(at) = hovered {
        point_ui(ui, target, hit, drawing);
        let moved = ui.input(|input| input.pointer.delta() != egui::Vec2::ZERO);
        let follows = target.pending().is_some() && moved && !response.dragged();
        if follows {
            draw(DrawAction::Hover(target.image(ui, at)));
        }
    }
    if drag(ui, response, target, drawing, &mut draw) {
        return true;
    }
    click(ui, response, target, drawing, &mut draw)
}

/// The pointer says what a press would do.
fn point_ui(ui: &Ui, target: &Target, hit: Option<Hit>, drawing: bool) {
    let icon = match hit {
        _ if target.pending().is_some() => CursorIcon::Crosshair,
        Some(Hit {
            handle: Some(_), ..
        }) => CursorIcon::Move,
        Some(_) => CursorIcon::Grab,
        None if drawing => CursorIcon::Crosshair,
        None => return,
    };
    ui.ctx().set_cursor_icon(icon);
}

fn drag(
    ui: &Ui,
    response: &Response,
    target: &Target,
    drawing: bool,
    draw: &mut impl FnMut(DrawAction),
) -> bool {
    let by_left = response.drag_started_by(PointerButton::Primary);
    let panning = ui.input(|input| input.modifiers.command || input.modifiers.ctrl);
    if by_left && !panning {
        let origin = ui.input(|input| input.pointer.press_origin());
        let at = origin.unwrap_or(response.rect.center());
        let place = target.image(ui, at);
        let taken = match target.hit(ui, at).filter(|_| target.pending().is_none()) {
            Some(Hit { index, handle }) => {
                let cell = target.cell;
                draw(DrawAction::Grab {
                    cell,
                    index,
                    handle,
                    at: place,
                });
                true
            }
            None if drawing => {
                draw(DrawAction::Press(target.cell, place));
                true
            }
            None => false,
        };
        ui.data_mut(|data| data.insert_temp(pressed_id(), taken.then_some(target.cell)));
    }
    let pressed = ui.data(|data| data.get_temp::<Option<usize>>(pressed_id()).flatten());
    let mine = pressed == Some(target.cell) && (response.dragged() || response.drag_stopped());
    if !mine {
        return false;
    }
    if let Some(at) = ui.input(|input| input.pointer.latest_pos()) {
        let place = target.image(ui, at);
        draw(DrawAction::Drag(place));
        if response.drag_stopped() {
            draw(DrawAction::Release(place));
            ui.data_mut(|data| data.insert_temp::<Option<usize>>(pressed_id(), None));
        }
    }
    true
}

fn click(
    ui: &Ui,
    response: &Response,
    target: &Target,
    drawing: bool,
    draw: &mut impl FnMut(DrawAction),
) -> bool {
    let Some(at) = response.interact_pointer_pos() else {
        return drawing;
    };
    let hit = target.hit(ui, at);
    if response.double_clicked() {
        let text = hit.filter(|hit| target.is_text(*hit));
        match (target.pending(), text) {
            (Some(_), _) => draw(DrawAction::Finish),
            (None, Some(hit)) => draw(DrawAction::Retype(target.cell, hit.index)),
            (None, None) => return drawing,
        }
        return true;
    }
    if !response.clicked() {
        return drawing;
    }
    let place = target.image(ui, at);
    match (target.pending(), hit) {
        (Some(pending), _) if closes(pending, target, target.canvas(ui, at)) => {
            draw(DrawAction::Finish);
        }
        (Some(_), _) => draw(DrawAction::Place(target.cell, place)),
        (None, Some(hit)) => draw(DrawAction::Select(target.cell, Some(hit.index))),
        (None, None) if drawing => draw(DrawAction::Place(target.cell, place)),
        (None, None) => {
            if target.state.selected.is_some() {
                draw(DrawAction::Select(target.cell, None));
            }
            return false;
        }
    }
    true
}

/// Whether a click at the first vertex ends a polygon.
fn closes(pending: &Pending, target: &Target, at: (f64, f64)) -> bool {
    let [first, _, _, _, ..] = &pending.shape.points[..] else {
        return false;
    };
    let (x, y) = target.view.image_to_canvas(first.0, first.1);
    pending.shape.kind == ShapeKind::Polygon && (x - at.0).hypot(y - at.1) <= CLOSING_REACH
}
