//! The one table of the viewer's bindings (4.2): it drives key and mouse handling and the list of F1.

use std::fmt;

use super::action::{DragTool, Tool, ViewCommand};
use super::drawing::ShutterKind;
use crate::imaging::measure::ShapeKind;

/// A key, as the table needs it; layouts that move letters move the bindings with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A letter, digit or sign on the key's face.
    Face(char),
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Space bar.
    Space,
    /// F6.
    F6,
    /// Enter.
    Enter,
    /// Delete.
    Delete,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
}

/// Keys held with another or with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Held {
    /// Ctrl, or Command.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
}

/// Mouse buttons that drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Button {
    /// Left.
    Left,
    /// Middle, or the wheel pressed.
    Middle,
    /// Right.
    Right,
}

/// What the user does with keyboard or mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// A key.
    Key(Held, Key),
    /// A drag with a button.
    Drag(Held, Button),
    /// The wheel.
    Wheel(Held),
    /// A double click.
    DoubleClick,
    /// A right click that moved less than four pixels.
    RightClick,
    /// A key held down.
    Hold(char),
}

/// What the wheel does, per notch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wheel {
    /// Images, forwards when turned towards the user.
    Images(i32),
    /// Zooms at the pointer.
    Zoom,
}

/// What an input means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A command on the active cell.
    Do(ViewCommand),
    /// A drag.
    Drag(DragTool),
    /// The wheel.
    Wheel(Wheel),
    /// The context menu.
    Menu,
    /// The magnifier under the pointer.
    Magnify,
    /// Leaves the grid for the controls around it.
    LeaveGrid,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewerBinding {
    /// What is done with keyboard or mouse.
    pub input: Input,
    /// What it means.
    pub deed: Deed,
    /// Key of its help line.
    pub help: &'static str,
}

const NONE: Held = Held {
    ctrl: false,
    shift: false,
};
const CTRL: Held = Held {
    ctrl: true,
    shift: false,
};
const SHIFT: Held = Held {
    ctrl: false,
    shift: true,
};

const fn key(held: Held, key: Key, command: ViewCommand, help: &'static str) -> ViewerBinding {
    ViewerBinding {
        input: Input::Key(held, key),
        deed: Deed::Do(command),
        help,
    }
}

const fn face(face: char, command: ViewCommand, help: &'static str) -> ViewerBinding {
    key(NONE, Key::Face(face), command, help)
}

const fn other(input: Input, deed: Deed, help: &'static str) -> ViewerBinding {
    ViewerBinding { input, deed, help }
}

/// Images of a fast step.
const MANY: i32 = 10;

/// The profile *Classic*.
pub const BINDINGS: &[ViewerBinding] = &[
    other(
        Input::Drag(NONE, Button::Left),
        Deed::Drag(DragTool::Active),
        "viewer.do.active-tool",
    ),
    other(
        Input::Drag(NONE, Button::Middle),
        Deed::Drag(DragTool::Pan),
        "viewer.do.pan",
    ),
    other(
        Input::Drag(CTRL, Button::Left),
        Deed::Drag(DragTool::Pan),
        "viewer.do.pan",
    ),
    other(
        Input::Drag(NONE, Button::Right),
        Deed::Drag(DragTool::Zoom),
        "viewer.do.zoom",
    ),
    other(Input::RightClick, Deed::Menu, "viewer.do.menu"),
    other(
        Input::DoubleClick,
        Deed::Do(ViewCommand::ToggleOneUp),
        "viewer.do.one-up",
    ),
    face('X', ViewCommand::ToggleOneUp, "viewer.do.one-up"),
    other(
        Input::Wheel(NONE),
        Deed::Wheel(Wheel::Images(1)),
        "viewer.do.page",
    ),
    other(
        Input::Wheel(CTRL),
        Deed::Wheel(Wheel::Zoom),
        "viewer.do.zoom-pointer",
    ),
    other(
        Input::Wheel(SHIFT),
        Deed::Wheel(Wheel::Images(MANY)),
        "viewer.do.page-many",
    ),
    key(
        NONE,
        Key::Up,
        ViewCommand::Step(-1),
        "viewer.do.previous-image",
    ),
    key(
        NONE,
        Key::Down,
        ViewCommand::Step(1),
        "viewer.do.next-image",
    ),
    key(
        NONE,
        Key::PageUp,
        ViewCommand::Step(-MANY),
        "viewer.do.back-many",
    ),
    key(
        NONE,
        Key::PageDown,
        ViewCommand::Step(MANY),
        "viewer.do.forward-many",
    ),
    key(NONE, Key::Home, ViewCommand::First, "viewer.do.first"),
    key(NONE, Key::End, ViewCommand::Last, "viewer.do.last"),
    key(
        NONE,
        Key::Left,
        ViewCommand::PreviousSeries,
        "viewer.do.previous-series",
    ),
    key(
        NONE,
        Key::Right,
        ViewCommand::NextSeries,
        "viewer.do.next-series",
    ),
    key(CTRL, Key::Tab, ViewCommand::NextTab, "viewer.do.next-tab"),
    key(NONE, Key::Tab, ViewCommand::NextCell, "viewer.do.next-cell"),
    key(
        SHIFT,
        Key::Tab,
        ViewCommand::PreviousCell,
        "viewer.do.previous-cell",
    ),
    other(
        Input::Key(NONE, Key::F6),
        Deed::LeaveGrid,
        "viewer.do.leave-grid",
    ),
    face('0', ViewCommand::AutoWindow, "viewer.do.auto-window"),
    face('1', ViewCommand::WindowAsSent, "viewer.do.as-sent"),
    key(
        SHIFT,
        Key::Face('1'),
        ViewCommand::NextWindow,
        "viewer.do.next-window",
    ),
    face('2', ViewCommand::Preset(2), "viewer.do.preset"),
    face('3', ViewCommand::Preset(3), "viewer.do.preset"),
    face('4', ViewCommand::Preset(4), "viewer.do.preset"),
    face('5', ViewCommand::Preset(5), "viewer.do.preset"),
    face('6', ViewCommand::Preset(6), "viewer.do.preset"),
    face('7', ViewCommand::Preset(7), "viewer.do.preset"),
    face('8', ViewCommand::Preset(8), "viewer.do.preset"),
    face('9', ViewCommand::Preset(9), "viewer.do.preset"),
    face(
        'W',
        ViewCommand::SetTool(Tool::Window),
        "viewer.tool.window",
    ),
    face('Z', ViewCommand::SetTool(Tool::Zoom), "viewer.tool.zoom"),
    face('T', ViewCommand::SetTool(Tool::Pan), "viewer.tool.pan"),
    face(
        'S',
        ViewCommand::SetTool(Tool::Scroll),
        "viewer.tool.scroll",
    ),
    face('P', ViewCommand::SetTool(Tool::Probe), "viewer.tool.probe"),
    face('G', ViewCommand::ToggleState, "viewer.do.state"),
    key(
        SHIFT,
        Key::Face('G'),
        ViewCommand::ToggleStateMenu,
        "viewer.do.state-menu",
    ),
    face(
        'B',
        ViewCommand::ExchangeStates,
        "viewer.do.exchange-states",
    ),
    key(
        SHIFT,
        Key::Face('P'),
        ViewCommand::ToggleStatePanel,
        "viewer.do.state-panel",
    ),
    face(
        'H',
        ViewCommand::FlipHorizontally,
        "viewer.do.flip-horizontally",
    ),
    face(
        'V',
        ViewCommand::FlipVertically,
        "viewer.do.flip-vertically",
    ),
    face('I', ViewCommand::Invert, "viewer.do.invert"),
    face('[', ViewCommand::RotateLeft, "viewer.do.rotate-left"),
    face(']', ViewCommand::RotateRight, "viewer.do.rotate-right"),
    face('F', ViewCommand::Fit, "viewer.do.fit"),
    key(
        CTRL,
        Key::Face('0'),
        ViewCommand::OneToOne,
        "viewer.do.one-to-one",
    ),
    face(
        'J',
        ViewCommand::NextInterpolation,
        "viewer.do.interpolation",
    ),
    other(Input::Hold('M'), Deed::Magnify, "viewer.do.magnify"),
    face('C', ViewCommand::ToggleCine, "viewer.do.cine"),
    key(
        SHIFT,
        Key::Face('C'),
        ViewCommand::ToggleBounce,
        "viewer.do.bounce",
    ),
    face('O', ViewCommand::ToggleOverlays, "viewer.do.overlays"),
    key(
        NONE,
        Key::Space,
        ViewCommand::ToggleCornerText,
        "viewer.do.corner-text",
    ),
    face(
        'L',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Length)),
        "viewer.draw.length",
    ),
    face(
        'A',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Angle)),
        "viewer.draw.angle",
    ),
    key(
        SHIFT,
        Key::Face('A'),
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Cobb)),
        "viewer.draw.cobb",
    ),
    face(
        'E',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Ellipse)),
        "viewer.draw.ellipse",
    ),
    key(
        SHIFT,
        Key::Face('E'),
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Circle)),
        "viewer.draw.circle",
    ),
    face(
        'R',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Rectangle)),
        "viewer.draw.rectangle",
    ),
    face(
        'Y',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Polygon)),
        "viewer.draw.polygon",
    ),
    key(
        SHIFT,
        Key::Face('Y'),
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Freehand)),
        "viewer.draw.freehand",
    ),
    face(
        'Q',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Point)),
        "viewer.draw.point",
    ),
    face(
        'D',
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Arrow)),
        "viewer.draw.arrow",
    ),
    key(
        SHIFT,
        Key::Face('L'),
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Polyline)),
        "viewer.draw.polyline",
    ),
    key(
        SHIFT,
        Key::Face('D'),
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Curve)),
        "viewer.draw.curve",
    ),
    key(
        SHIFT,
        Key::Face('T'),
        ViewCommand::SetTool(Tool::Draw(ShapeKind::Text)),
        "viewer.draw.text",
    ),
    key(
        SHIFT,
        Key::Face('S'),
        ViewCommand::SetTool(Tool::Shutter(ShutterKind::Rectangular)),
        "viewer.draw.shutter-rectangular",
    ),
    key(
        SHIFT,
        Key::Face('O'),
        ViewCommand::SetTool(Tool::Shutter(ShutterKind::Circular)),
        "viewer.draw.shutter-circular",
    ),
    key(
        SHIFT,
        Key::Face('V'),
        ViewCommand::SetTool(Tool::Shutter(ShutterKind::Polygonal)),
        "viewer.draw.shutter-polygonal",
    ),
    key(
        SHIFT,
        Key::Face('X'),
        ViewCommand::RemoveShutter,
        "viewer.draw.remove-shutter",
    ),
    key(
        SHIFT,
        Key::Face('M'),
        ViewCommand::ToggleDrawingTools,
        "viewer.draw.tools",
    ),
    key(
        SHIFT,
        Key::Face('N'),
        ViewCommand::ToggleDrawingPanel,
        "viewer.draw.panel",
    ),
    key(
        CTRL,
        Key::Face('S'),
        ViewCommand::SaveState,
        "viewer.save.title",
    ),
    face('N', ViewCommand::ToggleAnnotations, "viewer.draw.show"),
    face(
        'U',
        ViewCommand::SelectNextDrawing,
        "viewer.draw.select-next",
    ),
    key(
        NONE,
        Key::Enter,
        ViewCommand::FinishDrawing,
        "viewer.draw.finish",
    ),
    key(
        NONE,
        Key::Delete,
        ViewCommand::DeleteDrawing,
        "viewer.draw.delete",
    ),
    key(
        SHIFT,
        Key::Delete,
        ViewCommand::DeleteAllDrawings,
        "viewer.draw.delete-all",
    ),
    key(
        NONE,
        Key::Escape,
        ViewCommand::CancelTool,
        "viewer.draw.cancel",
    ),
    key(SHIFT, Key::Face('R'), ViewCommand::Reset, "viewer.do.reset"),
    key(CTRL, Key::Face('Z'), ViewCommand::Undo, "viewer.do.undo"),
    key(CTRL, Key::Face('Y'), ViewCommand::Redo, "viewer.do.redo"),
];

/// What an input means, if anything.
pub fn find(input: Input) -> Option<Deed> {
    let row = BINDINGS.iter().find(|row| row.input == input);
    row.map(|row| row.deed)
}

/// The input that does something, as people name it; for tooltips and menus.
pub fn shortcut(command: ViewCommand) -> Option<String> {
    let row = BINDINGS.iter().rfind(|row| row.deed == Deed::Do(command));
    row.map(|row| row.input.to_string())
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl+")?;
        }
        if self.shift {
            f.write_str("Shift+")?;
        }
        Ok(())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Face(face) => write!(f, "{face}"),
            Self::Up => f.write_str("↑"),
            Self::Down => f.write_str("↓"),
            Self::Left => f.write_str("←"),
            Self::Right => f.write_str("→"),
            Self::Home => f.write_str("Home"),
            Self::End => f.write_str("End"),
            Self::PageUp => f.write_str("PgUp"),
            Self::PageDown => f.write_str("PgDn"),
            Self::Space => f.write_str("Space"),
            Self::F6 => f.write_str("F6"),
            Self::Enter => f.write_str("Enter"),
            Self::Delete => f.write_str("Del"),
            Self::Escape => f.write_str("Esc"),
            Self::Tab => f.write_str("Tab"),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(held, key) => write!(f, "{held}{key}"),
            Self::Drag(held, Button::Left) => write!(f, "{held}left drag"),
            Self::Drag(held, Button::Middle) => write!(f, "{held}middle drag"),
            Self::Drag(held, Button::Right) => write!(f, "{held}right drag"),
            Self::Wheel(held) => write!(f, "{held}wheel"),
            Self::DoubleClick => f.write_str("double-click"),
            Self::RightClick => f.write_str("right click"),
            Self::Hold(face) => write!(f, "{face} (hold)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_means_one_thing() {
        for (index, row) in BINDINGS.iter().enumerate() {
            let again = BINDINGS[index + 1..].iter().any(|r| r.input == row.input);
            assert!(!again, "{} is bound twice", row.input);
        }
    }

    #[test]
    fn inputs_read_as_people_say_them() {
        assert_eq!(shortcut(ViewCommand::Undo).as_deref(), Some("Ctrl+Z"));
        assert_eq!(shortcut(ViewCommand::ToggleOneUp).as_deref(), Some("X"));
        assert_eq!(Input::Wheel(SHIFT).to_string(), "Shift+wheel");
        assert_eq!(find(Input::Key(CTRL, Key::Face('Q'))), None);
    }
}
