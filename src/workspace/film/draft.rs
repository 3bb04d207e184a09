//! The job as it is composed: cells in order, sheets by layout. A plain value, so that undo is a copy.

use std::path::PathBuf;

use super::action::{CellChange, CellTool, FilmOption, Reach};
use crate::engine::{PrintOrder, PrinterProfile, SessionOptions};
use crate::imaging::film::{
    CellLook, FilmCell, FilmDepth, FilmPage, FilmSize, Layout, Orientation,
};

/// Cells that a film may have in all.
pub const CELLS_MAX: usize = 2_000;
/// Times as large as fits, at most and at least.
const ZOOM: std::ops::RangeInclusive<f64> = 0.1..=20.0;

/// What will be printed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilmDraft {
    /// Cells over all pages.
    pub cells: Vec<Option<FilmCell>>,
    /// Images on a sheet.
    pub layout: Layout,
    /// Size of the sheets.
    pub size: FilmSize,
    /// Which way they lie.
    pub orientation: Orientation,
    /// Number of copies.
    pub copies: u32,
    /// Medium Type.
    pub medium: String,
    /// Film Destination.
    pub destination: String,
    /// Print Priority.
    pub priority: String,
    /// Bits.
    pub depth: FilmDepth,
    /// A colour film.
    pub color: bool,
    /// With a page header.
    pub header: bool,
}

impl FilmDraft {
    /// Images on a page.
    pub fn per_page(&self) -> usize {
        self.layout.count().max(1)
    }

    /// Pages, at least one.
    pub fn pages(&self) -> usize {
        self.cells.len().div_ceil(self.per_page()).max(1)
    }

    /// Whether any cell shows something.
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(Option::is_none)
    }

    /// Takes empty places off the end.
    fn trim(&mut self) {
        while self.cells.last().is_some_and(Option::is_none) {
            self.cells.pop();
        }
    }

    /// The cell at a place over all pages.
    pub fn cell(&self, place: usize) -> Option<&FilmCell> {
        self.cells.get(place)?.as_ref()
    }

    /// Makes the job fit a printer.
    pub fn suit(&mut self, profile: &PrinterProfile) {
        if let Some(size) = profile.sizes.first()
            && !profile.sizes.contains(&self.size)
        {
            self.size = size.clone();
        }
        if !profile.media.contains(&self.medium) {
            self.medium = profile.media.first().cloned().unwrap_or_default();
        }
        if !profile.destinations.contains(&self.destination) {
            self.destination = profile.destinations.first().cloned().unwrap_or_default();
        }
        self.depth = if profile.twelve_bits && !self.color {
            FilmDepth::Twelve
        } else {
            FilmDepth::Eight
        };
        self.color &= profile.color;
    }

    /// Applies a choice about the whole job.
    pub fn set(&mut self, option: FilmOption) {
        match option {
            FilmOption::Printer(_) => {}
            FilmOption::Layout(layout) => self.layout = layout,
            FilmOption::Size(size) => self.size = size,
            FilmOption::Orientation(orientation) => self.orientation = orientation,
            FilmOption::Copies(copies) => self.copies = copies.clamp(1, 99),
            FilmOption::Medium(medium) => self.medium = medium,
            FilmOption::Destination(destination) => self.destination = destination,
            FilmOption::Priority(priority) => self.priority = priority,
            FilmOption::Depth(depth) => {
                self.depth = depth;
                self.color &= depth == FilmDepth::Eight;
            }
            FilmOption::Color(color) => {
                self.color = color;
                if color {
                    self.depth = FilmDepth::Eight;
                }
            }
            FilmOption::Header(header) => self.header = header,
        }
    }

    /// Exchanges two places.
    pub fn swap(&mut self, a: usize, b: usize) {
        let last = a.max(b);
        if last >= CELLS_MAX {
            return;
        }
        if self.cells.len() <= last {
            self.cells.resize(last + 1, None);
        }
        self.cells.swap(a, b);
        self.trim();
    }

    /// Changes the cell at a place.
    pub fn change(&mut self, place: usize, change: CellChange) {
        match change {
            CellChange::Delete => {
                if place < self.cells.len() {
                    self.cells.remove(place);
                    self.trim();
                }
                return;
            }
            CellChange::Insert => {
                if place < self.cells.len() && self.cells.len() < CELLS_MAX {
                    self.cells.insert(place, None);
                }
                return;
            }
            _ => {}
        }
        let Some(Some(cell)) = self.cells.get_mut(place) else {
            return;
        };
        match change {
            CellChange::Rotate => cell.look.rotation = (cell.look.rotation + 1) % 4,
            CellChange::Flip => cell.look.flip = !cell.look.flip,
            CellChange::Invert => cell.look.invert = !cell.look.invert,
            CellChange::TrueSize => cell.true_size = !cell.true_size,
            CellChange::Ruler => cell.ruler = !cell.ruler,
            CellChange::Reset => {
                cell.look = CellLook::default();
                cell.true_size = false;
                cell.ruler = false;
            }
            CellChange::Delete | CellChange::Insert => {}
        }
    }

    /// A drag by parts of the cell; `window` is the one to start from, where the cell has none of its own, `fitted` the parts of
    /// the cell that its image takes when it fits.
    pub fn drag(
        &mut self,
        place: usize,
        tool: CellTool,
        (across, down): (f64, f64),
        window: (f64, f64),
        fitted: (f64, f64),
    ) {
        let Some(Some(cell)) = self.cells.get_mut(place) else {
            return;
        };
        match tool {
            CellTool::Window => {
                let (center, width) = cell.look.window.unwrap_or(window);
                // A whole cell across doubles the width; up is brighter, as in the viewer.
                let gain = width.max(1.0) * 2.0;
                cell.look.window = Some((center + down * gain, (width + across * gain).max(1.0)));
            }
            CellTool::Zoom => {
                let zoom = cell.look.zoom * 4_f64.powf(-down);
                cell.look.zoom = zoom.clamp(*ZOOM.start(), *ZOOM.end());
            }
            CellTool::Pan => {
                let parts = |moved: f64, fitted: f64| moved / (fitted * cell.look.zoom).max(1e-3);
                let (right, lower) = (parts(across, fitted.0), parts(down, fitted.1));
                cell.look.pan.0 = (cell.look.pan.0 + right).clamp(-20.0, 20.0);
                cell.look.pan.1 = (cell.look.pan.1 + lower).clamp(-20.0, 20.0);
            }
            CellTool::Move => {}
        }
    }

    /// Gives the look of a cell to its row, its page or all.
    pub fn apply(&mut self, place: usize, reach: Reach) {
        let Some(model) = self.cell(place).cloned() else {
            return;
        };
        let per_page = self.per_page();
        let page = place / per_page;
        let columns = match &self.layout {
            Layout::Standard(columns, _) => (*columns as usize).max(1),
            Layout::Rows(_) | Layout::Columns(_) => 1,
        };
        let row = place % per_page / columns;
        for (index, cell) in self.cells.iter_mut().enumerate() {
            let same_page = index / per_page == page;
            let reached = match reach {
                Reach::Row => same_page && index % per_page / columns == row,
                Reach::Page => same_page,
                Reach::All => true,
            };
            if let (true, Some(cell)) = (reached, cell) {
                cell.look = model.look;
                cell.true_size = model.true_size;
                cell.ruler = model.ruler;
            }
        }
    }

    /// Shows the cell at a place with a presentation state, or with none.
    pub fn show_with(&mut self, place: usize, state: Option<PathBuf>) {
        if let Some(Some(cell)) = self.cells.get_mut(place) {
            cell.state = state;
        }
    }

    /// The test film of a printer.
    pub fn test_film(profile: &PrinterProfile) -> PrintOrder {
        let size = profile.sizes.first().cloned().unwrap_or_default();
        let page = FilmPage {
            sheet: profile.sheet(&size, Orientation::Portrait),
            depth: if profile.twelve_bits {
                FilmDepth::Twelve
            } else {
                FilmDepth::Eight
            },
            image_size: profile.image_size,
            test_film: true,
            ..FilmPage::default()
        };
        PrintOrder {
            film: profile.film.clone(),
            presentation_lut: profile.presentation_lut,
            pages: vec![page],
            ask_on_warning: true,
            ..PrintOrder::default()
        }
    }

    /// A page as it is printed.
    pub fn page(&self, number: usize, profile: &PrinterProfile, header: &[String]) -> FilmPage {
        let per_page = self.per_page();
        let first = number * per_page;
        let last = (first + per_page).min(self.cells.len());
        let cells = self.cells.get(first..last).unwrap_or_default().to_vec();
        let mut parts = header.to_vec();
        if self.header {
            parts.push(format!("{}/{}", number + 1, self.pages()));
        }
        FilmPage {
            sheet: profile.sheet(&self.size, self.orientation),
            layout: self.layout.clone(),
            cells,
            depth: self.depth,
            color: self.color,
            header: if self.header { parts } else { Vec::new() },
            image_size: profile.image_size,
            one_image: !profile.layouts.contains(&self.layout),
            test_film: false,
        }
    }

    /// The whole job.
    pub fn order(&self, profile: &PrinterProfile, header: &[String]) -> PrintOrder {
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        PrintOrder {
            session: SessionOptions {
                copies: self.copies,
                priority: text(&self.priority),
                medium: text(&self.medium),
                destination: text(&self.destination),
                label: None,
            },
            film: profile.film.clone(),
            presentation_lut: profile.presentation_lut,
            pages: (0..self.pages())
                .map(|number| self.page(number, profile, header))
                .filter(|page| !page.is_blank())
                .collect(),
            ask_on_warning: true,
            ..PrintOrder::default()
        }
    }
}
