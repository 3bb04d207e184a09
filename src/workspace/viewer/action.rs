//! What the user does in the viewer.

use super::StatePick;
use super::arrangement::{Layout, StackId};
use super::drawing::{DrawAction, ShutterKind};
use super::saving::{Placement, SaveAction};
use crate::dicom::StudyInstanceUid;
use crate::imaging::FrameKey;
use crate::imaging::measure::ShapeKind;
use crate::imaging::presentation_state::StateParts;
use crate::imaging::stack::SortOrder;

/// What the left mouse button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tool {
    /// Window width and level.
    #[default]
    Window,
    /// Zoom.
    Zoom,
    /// Pan.
    Pan,
    /// Scroll through the stack.
    Scroll,
    /// Pixel probe.
    Probe,
    /// Measures or annotates.
    Draw(ShapeKind),
    /// Draws a shutter.
    Shutter(ShutterKind),
}

/// What a drag changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DragTool {
    /// Whatever the active tool is.
    Active,
    /// Pan.
    Pan,
    /// Zoom, up is in.
    Zoom,
}

/// A change that needs no more than its name; the bindings table and the tool row give these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewCommand {
    /// Window from the pixels, 1 to 99 %.
    AutoWindow,
    /// Window as the object or its presentation state says.
    WindowAsSent,
    /// The object's next window or VOI LUT.
    NextWindow,
    /// A preset of the modality by its key, 2 to 9.
    Preset(u8),
    /// Picks the tool of the left button.
    SetTool(Tool),
    /// Left becomes right.
    FlipHorizontally,
    /// Top becomes bottom.
    FlipVertically,
    /// Black becomes white.
    Invert,
    /// A quarter turn counter-clockwise.
    RotateLeft,
    /// A quarter turn clockwise.
    RotateRight,
    /// The whole image in the cell.
    Fit,
    /// One image pixel on one screen pixel.
    OneToOne,
    /// Nearest, linear, cubic.
    NextInterpolation,
    /// Starts or stops cine.
    ToggleCine,
    /// Loop or back and forth.
    ToggleBounce,
    /// 60xx overlays on or off.
    ToggleOverlays,
    /// Full corner text or the least.
    ToggleCornerText,
    /// The active cell alone, and back.
    ToggleOneUp,
    /// Steps through the stack, negative is back.
    Step(i32),
    /// First image.
    First,
    /// Last image.
    Last,
    /// The series before.
    PreviousSeries,
    /// The series after.
    NextSeries,
    /// The newest presentation state, or none.
    ToggleState,
    /// What was shown before the last pick of a state, and back.
    ExchangeStates,
    /// The menu of states.
    ToggleStateMenu,
    /// The panel of a state's parts.
    ToggleStatePanel,
    /// The row of drawing tools.
    ToggleDrawingTools,
    /// The list of what was drawn on the image.
    ToggleDrawingPanel,
    /// Measurements and annotations on or off.
    ToggleAnnotations,
    /// The next shape of the image.
    SelectNextDrawing,
    /// Ends a shape of any number of points.
    FinishDrawing,
    /// Takes the selected shape away.
    DeleteDrawing,
    /// Takes all shapes of the image away.
    DeleteAllDrawings,
    /// Takes the drawn shutter away.
    RemoveShutter,
    /// The sheet that saves the view as a presentation state.
    SaveState,
    /// Lets the shape go that is being drawn, else the selection, else the tool.
    CancelTool,
    /// The cell before.
    PreviousCell,
    /// The cell after.
    NextCell,
    /// The tab after.
    NextTab,
    /// The view as it was opened.
    Reset,
    /// Undoes the last view change.
    Undo,
    /// Does it again.
    Redo,
}

/// A drag in a cell: one undo step from press to release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drag {
    /// The button went down.
    Start {
        /// In which cell.
        cell: usize,
        /// What it changes.
        tool: DragTool,
        /// Scale shown, canvas pixels per image pixel.
        scale: f64,
        /// Pan shown, canvas pixels.
        pan: (f64, f64),
    },
    /// The pointer moved.
    Move {
        /// Points to the right since the press.
        right: f64,
        /// Points down since the press.
        down: f64,
        /// Canvas pixels per point.
        pixels_per_point: f64,
        /// Shift 4, Alt 0.25, else 1.
        gain: f64,
    },
    /// The button went up.
    End,
}

/// What the user does in the viewer.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewerAction {
    /// Opens a study: in the tab of its patient, or in a new one.
    Open(StudyInstanceUid),
    /// Shows another tab.
    SelectTab(usize),
    /// Closes a tab.
    CloseTab(usize),
    /// Leads to the objects in quarantine; the workspace does it.
    ShowConflicts,
    /// Makes a cell the active one.
    Activate(usize),
    /// Changes the grid.
    SetLayout(Layout),
    /// Puts a stack into a cell.
    Show(usize, StackId),
    /// Scrolls a cell by images; every step is presented.
    Scroll(usize, i32),
    /// Jumps a cell to an image.
    Jump(usize, usize),
    /// Orders the stack of a cell.
    Sort(usize, SortOrder),
    /// Zooms a cell by a factor around a point.
    ZoomAt {
        /// Which cell.
        cell: usize,
        /// Times the scale shown.
        factor: f64,
        /// Scale shown.
        scale: f64,
        /// Pan shown.
        pan: (f64, f64),
        /// The point, in canvas pixels from the centre of the canvas.
        point: (f64, f64),
    },
    /// A drag.
    Drag(Drag),
    /// Where a cell's picture is now.
    Placed(usize, Placement),
    /// The sheet that saves a view.
    Save(SaveAction),
    /// What the pointer does to drawings.
    Draw(DrawAction),
    /// Wanted cine rate of a cell, in images a second.
    SetCineRate(usize, f64),
    /// Shows a cell's images with another state; `None` for the newest.
    PickState(usize, Option<StatePick>),
    /// What of its state counts in a cell.
    SetParts(usize, StateParts),
    /// A window chosen on one image holds for its whole stack, or not.
    KeepWindow(usize, bool),
    /// Anything with a name, on the active cell.
    Command(ViewCommand),
    /// What the last frame really showed: cell and image.
    Presented(Vec<(usize, FrameKey)>),
}
