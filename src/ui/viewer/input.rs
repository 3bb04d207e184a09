//! Keyboard, mouse and wheel to viewer actions, by the one bindings table.

use egui::{
    Event, Id, Key as EguiKey, Modifiers, MouseWheelUnit, PointerButton, Pos2, Response, Ui,
};

use crate::workspace::viewer::bindings::{self, Button, Deed, Held, Input, Key, Wheel};
use crate::workspace::viewer::{Drag, Tab, ViewCommand, ViewerAction};

/// Points of a smooth wheel for one notch.
const POINTS_PER_NOTCH: f32 = 40.0;
/// Zoom of one notch.
const ZOOM_PER_NOTCH: f64 = 1.15;
/// Gain of a drag with Shift, and with Alt.
const COARSE: f64 = 4.0;
const FINE: f64 = 0.25;

/// The id of a viewport's widget.
pub fn viewport_id(cell: usize) -> Id {
    Id::unique(("viewport", cell))
}

fn left_grid_id() -> Id {
    Id::unique("viewer-left-grid")
}

fn origin_id() -> Id {
    Id::unique("viewer-drag-origin")
}

/// Where the keyboard focus is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Focus {
    Nowhere,
    Viewport,
    Control,
}

fn focus(ui: &Ui, tab: &Tab) -> Focus {
    match ui.memory(|memory| memory.focused()) {
        None => Focus::Nowhere,
        Some(id) if (0..tab.cursors.len()).any(|cell| viewport_id(cell) == id) => Focus::Viewport,
        Some(_) => Focus::Control,
    }
}

/// Keys of the viewer while no control or text field wants them.
pub fn keyboard(ui: &Ui, tab: &Tab, out: &mut Vec<ViewerAction>) {
    let focus = focus(ui, tab);
    if ui.ctx().text_edit_focused() {
        return;
    }
    let events = ui.input(|input| input.events.clone());
    let mut left = false;
    for event in &events {
        let Event::Key {
            key,
            physical_key,
            pressed: true,
            modifiers,
            ..
        } = event
        else {
            continue;
        };
        let Some(key) = named(*key, *physical_key) else {
            continue;
        };
        // A focused button keeps the keys that press it or move on from it.
        let of_controls = matches!(key, Key::Space | Key::Tab | Key::Enter);
        if of_controls && focus == Focus::Control || key == Key::Tab && focus == Focus::Nowhere {
            continue;
        }
        match bindings::find(Input::Key(held(*modifiers), key)) {
            Some(Deed::Do(command)) => out.push(ViewerAction::Command(command)),
            Some(Deed::LeaveGrid) => left = true,
            _ => {}
        }
    }
    follow_focus(ui, tab, focus, left, out);
}

/// The focus goes with the active cell; it enters the grid by itself unless somebody left it.
fn follow_focus(ui: &Ui, tab: &Tab, focus: Focus, left: bool, out: &[ViewerAction]) {
    let active = viewport_id(tab.arrangement.active);
    let was_left = ui.data(|data| data.get_temp::<bool>(left_grid_id()).unwrap_or(false));
    if left {
        ui.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
        ui.data_mut(|data| data.insert_temp(left_grid_id(), true));
        return;
    }
    let moved = out.iter().any(|action| {
        use ViewCommand::{NextCell, PreviousCell};
        matches!(action, ViewerAction::Command(NextCell | PreviousCell))
    });
    let wanted = match focus {
        Focus::Nowhere => !was_left,
        Focus::Viewport => !moved,
        Focus::Control => false,
    };
    if wanted {
        ui.memory_mut(|memory| memory.request_focus(active));
    }
}

/// Marks that the person is back in the grid.
pub fn entered_grid(ui: &Ui) {
    ui.data_mut(|data| data.insert_temp(left_grid_id(), false));
}

/// Digits count by their place, so that layouts with shifted digits work; everything else by its face.
fn named(key: EguiKey, physical: Option<EguiKey>) -> Option<Key> {
    let digit = |key: EguiKey| {
        let mut name = key.name().chars();
        let face = name.next().filter(char::is_ascii_digit)?;
        name.next().is_none().then_some(Key::Face(face))
    };
    if let Some(digit) = digit(key).or_else(|| physical.and_then(digit)) {
        return Some(digit);
    }
    Some(match key {
        EguiKey::ArrowUp => Key::Up,
        EguiKey::ArrowDown => Key::Down,
        EguiKey::ArrowLeft => Key::Left,
        EguiKey::ArrowRight => Key::Right,
        EguiKey::Home => Key::Home,
        EguiKey::End => Key::End,
        EguiKey::PageUp => Key::PageUp,
        EguiKey::PageDown => Key::PageDown,
        EguiKey::Space => Key::Space,
        EguiKey::Tab => Key::Tab,
        EguiKey::F6 => Key::F6,
        EguiKey::Enter => Key::Enter,
        EguiKey::Delete | EguiKey::Backspace => Key::Delete,
        EguiKey::Escape => Key::Escape,
        EguiKey::OpenBracket => Key::Face('['),
        EguiKey::CloseBracket => Key::Face(']'),
        letter => {
            let mut name = letter.name().chars();
            let face = name.next()?;
            if name.next().is_some() || !face.is_ascii_uppercase() {
                return None;
            }
            Key::Face(face)
        }
    })
}

fn held(modifiers: Modifiers) -> Held {
    Held {
        ctrl: modifiers.command || modifiers.ctrl,
        shift: modifiers.shift,
    }
}

/// Whether the magnifier's key is down.
pub fn magnifier_held(ui: &Ui) -> bool {
    bindings::find(Input::Hold('M')) == Some(Deed::Magnify)
        && ui.input(|input| input.key_down(EguiKey::M) && input.modifiers.is_none())
        && !ui.ctx().text_edit_focused()
}

/// Where the image lies in its viewport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placing {
    /// Canvas pixels per image pixel.
    pub scale: f64,
    /// Canvas pixels from the middle.
    pub pan: (f64, f64),
}

impl Default for Placing {
    fn default() -> Self {
        Self {
            scale: 1.0,
            pan: (0.0, 0.0),
        }
    }
}

/// Mouse and wheel over a viewport; the left button is another's while something is `drawing` with it.
pub fn pointer(
    ui: &Ui,
    response: &Response,
    cell: usize,
    shown: Placing,
    drawing: bool,
    out: &mut Vec<ViewerAction>,
) {
    if response.clicked() || response.drag_started() || response.secondary_clicked() {
        entered_grid(ui);
        response.request_focus();
        out.push(ViewerAction::Activate(cell));
    }
    if response.double_clicked()
        && !drawing
        && let Some(Deed::Do(command)) = bindings::find(Input::DoubleClick)
    {
        out.push(ViewerAction::Command(command));
    }
    let by_left = drawing
        && ui.input(|input| input.pointer.primary_down() || input.pointer.primary_released());
    let panning = ui.input(|input| input.modifiers.command || input.modifiers.ctrl);
    if !by_left || panning {
        drag(ui, response, cell, shown, out);
    }
    if response.contains_pointer() {
        wheel(ui, response, cell, shown, out);
    }
}

fn drag(ui: &Ui, response: &Response, cell: usize, shown: Placing, out: &mut Vec<ViewerAction>) {
    let modifiers = ui.input(|input| input.modifiers);
    if response.drag_started() {
        let pressed = [
            (PointerButton::Primary, Button::Left),
            (PointerButton::Middle, Button::Middle),
            (PointerButton::Secondary, Button::Right),
        ]
        .into_iter()
        .find(|(button, _)| response.drag_started_by(*button));
        // Shift is a matter of gain while dragging.
        let held = Held {
            shift: false,
            ..held(modifiers)
        };
        // egui forgets the origin in the frame of the release; the last movement would be lost.
        let origin = ui.input(|input| input.pointer.press_origin());
        ui.data_mut(|data| data.insert_temp(origin_id(), origin));
        if let Some((_, button)) = pressed
            && let Some(Deed::Drag(tool)) = bindings::find(Input::Drag(held, button))
        {
            out.push(ViewerAction::Drag(Drag::Start {
                cell,
                tool,
                scale: shown.scale,
                pan: shown.pan,
            }));
        }
    }
    let stopped = response.drag_stopped();
    if response.dragged() || stopped {
        let origin = ui.data(|data| data.get_temp::<Option<Pos2>>(origin_id()));
        let (now, moved) = ui.input(|input| {
            let pointer = &input.pointer;
            (pointer.latest_pos(), pointer.delta() != egui::Vec2::ZERO)
        });
        if let (Some(Some(origin)), Some(now), true) =
            (origin, now, moved || response.drag_started() || stopped)
        {
            let way = now - origin;
            let gain = match (modifiers.shift, modifiers.alt) {
                (true, _) => COARSE,
                (false, true) => FINE,
                (false, false) => 1.0,
            };
            out.push(ViewerAction::Drag(Drag::Move {
                right: f64::from(way.x),
                down: f64::from(way.y),
                pixels_per_point: f64::from(ui.pixels_per_point()),
                gain,
            }));
        }
    }
    if stopped {
        out.push(ViewerAction::Drag(Drag::End));
    }
}

fn wheel(ui: &Ui, response: &Response, cell: usize, shown: Placing, out: &mut Vec<ViewerAction>) {
    let rest_id = Id::unique("viewer-wheel-rest");
    let events = ui.input(|input| input.events.clone());
    for event in &events {
        let Event::MouseWheel {
            unit,
            delta,
            modifiers,
            ..
        } = event
        else {
            continue;
        };
        // Some systems turn Shift and wheel into sideways movement.
        let delta = if delta.y == 0.0 { delta.x } else { delta.y };
        let notches = match unit {
            MouseWheelUnit::Point => delta / POINTS_PER_NOTCH,
            MouseWheelUnit::Line | MouseWheelUnit::Page => delta,
        };
        let Some(Deed::Wheel(deed)) = bindings::find(Input::Wheel(held(*modifiers))) else {
            continue;
        };
        match deed {
            Wheel::Images(images) => {
                let rest = ui.data(|data| data.get_temp::<f32>(rest_id).unwrap_or(0.0));
                let whole = (rest - notches).trunc();
                ui.data_mut(|data| data.insert_temp(rest_id, rest - notches - whole));
                if whole != 0.0 {
                    out.push(ViewerAction::Scroll(cell, whole as i32 * images));
                }
            }
            Wheel::Zoom => {
                let at = response.hover_pos().unwrap_or(response.rect.center());
                let from_centre = (at - response.rect.center()) * ui.pixels_per_point();
                out.push(ViewerAction::ZoomAt {
                    cell,
                    factor: ZOOM_PER_NOTCH.powf(f64::from(notches)),
                    scale: shown.scale,
                    pan: shown.pan,
                    point: (f64::from(from_centre.x), f64::from(from_centre.y)),
                });
            }
        }
    }
}
