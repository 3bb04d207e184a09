//! What can be done on the Film screen.

use std::path::PathBuf;

use crate::dicom::{SeriesInstanceUid, StudyInstanceUid};
use crate::engine::{PrintDecision, PrinterProfile};
use crate::imaging::film::{FilmDepth, FilmSize, Layout, Orientation};

/// What a drag over a cell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CellTool {
    /// Window width across, level up.
    #[default]
    Window,
    /// Larger and smaller.
    Zoom,
    /// Moves the image.
    Pan,
    /// Exchanges two cells.
    Move,
}

/// Which images of a series go on film, counted from 1 in display order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// The first.
    pub first: usize,
    /// The last; further than there are counts as the last there is.
    pub last: usize,
    /// One of so many.
    pub every: usize,
}

impl Pick {
    /// One of so many of all.
    pub fn every(every: usize) -> Self {
        Self {
            first: 1,
            last: usize::MAX,
            every,
        }
    }
}

/// How a viewport of the viewer shows its image at this moment; places are parts of the image as it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewOnScreen {
    /// Which viewport.
    pub cell: usize,
    /// Times as large as fits.
    pub zoom: f64,
    /// Shift from the middle.
    pub pan: (f64, f64),
}

/// How far a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The row of the chosen cell.
    Row,
    /// Its page.
    Page,
    /// Every page.
    All,
}

/// A change of the chosen cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CellChange {
    /// A quarter turn clockwise.
    Rotate,
    /// Left and right exchanged.
    Flip,
    /// Black and white exchanged.
    Invert,
    /// As large as in the patient, or fitted.
    TrueSize,
    /// With a ruler, or without.
    Ruler,
    /// As the object says.
    Reset,
    /// Out of the film; later cells move up.
    Delete,
    /// An empty place before it.
    Insert,
}

/// A choice about the whole job.
#[derive(Debug, Clone, PartialEq)]
pub enum FilmOption {
    /// Name of the printer.
    Printer(String),
    /// Images on a sheet.
    Layout(Layout),
    /// Size of the sheet.
    Size(FilmSize),
    /// Which way it lies.
    Orientation(Orientation),
    /// Number of copies.
    Copies(u32),
    /// Medium Type; empty for the printer's own.
    Medium(String),
    /// Film Destination; empty for the printer's own.
    Destination(String),
    /// Print Priority; empty for the printer's own.
    Priority(String),
    /// Bits.
    Depth(FilmDepth),
    /// A colour film.
    Color(bool),
    /// With a page header.
    Header(bool),
}

/// What the user does on the Film screen.
#[derive(Debug, Clone, PartialEq)]
pub enum FilmAction {
    /// Puts a study on film (Ctrl+P); with a series, only that.
    Study(StudyInstanceUid, Option<SeriesInstanceUid>),
    /// Begins anew with the study that was refused because it is another patient's.
    StartAnew,
    /// Keeps the film as it is.
    KeepFilm,
    /// Adds images of a series of the study.
    Add(SeriesInstanceUid, Pick),
    /// Adds what the viewer shows, as it shows it.
    Views(Vec<ViewOnScreen>),
    /// Shows the chosen cell with this presentation state, or with none.
    State(Option<PathBuf>),
    /// Prints the test film of a printer.
    TestFilm(String),
    /// Empties the film.
    Clear,
    /// Shows a page.
    Page(usize),
    /// Chooses a cell of the shown page, from 0.
    Choose(usize),
    /// What drags do.
    Tool(CellTool),
    /// Drags over a cell of the shown page by parts of its width and height; the first of a drag begins an undo step.
    Drag(usize, (f64, f64), bool),
    /// Exchanges two cells of the shown page.
    Swap(usize, usize),
    /// Changes the chosen cell.
    Change(CellChange),
    /// Gives the look of the chosen cell to others.
    Apply(Reach),
    /// Changes the job.
    Set(FilmOption),
    /// One step back.
    Undo,
    /// One step forth.
    Redo,
    /// Shows the page in the printer's own pixels, or whole.
    ActualPixels(bool),
    /// Puts the job into the queue.
    Print,
    /// Prints although something is missing.
    PrintAnyway,
    /// Asks the printer how it is and what it takes.
    AskPrinter,
    /// Writes the film into a file.
    Export(PathBuf),
    /// Prints on paper through the system's spooler.
    Paper,
    /// Decides about a job of the queue.
    Decide(i64, PrintDecision),
    /// Changes what a printer can do.
    Profile(String, Box<PrinterProfile>),
    /// Starts or stops the virtual printer.
    Virtual(bool),
    /// How large the page is on the screen, in pixels.
    Screen(u32, u32),
}
