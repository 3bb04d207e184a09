//! View changes by name, and steps through a stack.

use super::Tab;
use super::action::ViewCommand;
use crate::imaging::{Interpolation, Zoom};

/// Scales that a zoom can reach, canvas pixels per image pixel.
const SCALE: std::ops::RangeInclusive<f64> = 0.02..=64.0;

/// A scale that a zoom can reach.
pub(super) fn clamped(scale: f64) -> f64 {
    scale.clamp(*SCALE.start(), *SCALE.end())
}

/// Steps a cell through its stack; each step is presented.
pub(super) fn scroll(tab: &mut Tab, cell: usize, steps: i32) {
    let length = tab.stack_of(cell).map_or(0, |stack| stack.images.len());
    if let Some(cursor) = tab.cursors.get_mut(cell) {
        cursor.cine = None;
        cursor.scroll(steps, length);
    }
}

/// Puts a cell at a position of its stack.
pub(super) fn jump(tab: &mut Tab, cell: usize, position: usize) {
    let length = tab.stack_of(cell).map_or(0, |stack| stack.images.len());
    if let Some(cursor) = tab.cursors.get_mut(cell)
        && length > 0
    {
        cursor.cine = None;
        cursor.jump(position.min(length - 1));
    }
}

/// Makes the next or previous cell the active one.
pub(super) fn next_cell(tab: &mut Tab, command: ViewCommand) {
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

/// Changes how the active cell views its stack.
pub(super) fn change_view(tab: &mut Tab, command: ViewCommand) {
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
    if command == ViewCommand::Reset
        && let Some(scope) = tab.shutter_scope(active)
    {
        tab.arrangement.shutters.remove(&scope);
    }
    match command {
        ViewCommand::ToggleState => return tab.toggle_state(active),
        ViewCommand::ExchangeStates => return tab.exchange_states(active),
        _ => {}
    }
    let view = &mut tab.arrangement.cells[active].view;
    match command {
        ViewCommand::FlipHorizontally => view.flip_horizontally(),
        ViewCommand::FlipVertically => view.flip_vertically(),
        ViewCommand::RotateLeft => view.rotate(false),
        ViewCommand::RotateRight => view.rotate(true),
        ViewCommand::Invert => view.invert = !view.invert,
        ViewCommand::ToggleOverlays => view.overlays = !view.overlays,
        ViewCommand::ToggleAnnotations => {
            let shown = view.drawings || view.parts.annotations;
            (view.drawings, view.parts.annotations) = (!shown, !shown);
        }
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
