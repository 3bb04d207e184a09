//! A page of a film job: a sheet, its layout, and what its cells show.

use serde::{Deserialize, Serialize};

use super::cell::{CellCanvas, FilmCell, FilmError, OpenCell};
use super::ink::Pen;
use super::picture::{FilmDepth, FilmPicture};
use super::sheet::{CellRectangle, Layout, Sheet};
use super::test_film;

/// One sheet of film as it shall be.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FilmPage {
    /// The sheet.
    pub sheet: Sheet,
    /// How it is divided.
    pub layout: Layout,
    /// What the cells show, in the order of Image Box Position; positions left over stay empty.
    pub cells: Vec<Option<FilmCell>>,
    /// Bits of a gray film.
    pub depth: FilmDepth,
    /// A colour film.
    pub color: bool,
    /// Parts of the page header; none without one.
    pub header: Vec<String>,
    /// The printer honours Requested Image Size (2020,0030).
    pub image_size: bool,
    /// The printer does not know the layout: the sheet is drawn by us and goes out as one image.
    #[serde(default)]
    pub one_image: bool,
    /// The test film of the printer instead of images.
    #[serde(default)]
    pub test_film: bool,
}

/// What a printer gets for one image box.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxPicture {
    /// The pixels.
    pub picture: FilmPicture,
    /// Requested Image Size (2020,0030): width of the picture on the film, where it is fixed.
    pub width_mm: Option<f64>,
    /// What is not as asked, in words.
    pub warnings: Vec<String>,
}

impl FilmPage {
    /// Cells that show something, by their place from 0.
    pub fn filled(&self) -> impl Iterator<Item = (usize, &FilmCell)> {
        let cells = self.cells.iter().enumerate();
        cells.filter_map(|(index, cell)| Some((index, cell.as_ref()?)))
    }

    /// Whether nothing would be printed.
    pub fn is_blank(&self) -> bool {
        self.boxes().is_empty()
    }

    /// Image boxes that get a picture, by their place from 0.
    pub fn boxes(&self) -> Vec<usize> {
        let filled: Vec<usize> = self.filled().map(|(index, _)| index).collect();
        if self.test_film || (self.one_image && !filled.is_empty()) {
            vec![0]
        } else {
            filled
        }
    }

    /// The layout that the printer is asked for.
    pub fn printed_layout(&self) -> Layout {
        if self.test_film || self.one_image {
            Layout::default()
        } else {
            self.layout.clone()
        }
    }

    fn pen(&self) -> Pen {
        Pen {
            pixels_per_mm: 1.0 / self.sheet.pitch_mm(),
        }
    }

    /// The cell in whose row the header is burned: the first that shows something.
    fn header_row(&self, cells: &[CellRectangle]) -> Option<(usize, u32)> {
        let (first, _) = self.filled().next()?;
        Some((first, cells.get(first)?.y))
    }

    fn canvas(&self, rectangle: &CellRectangle, strip: u32) -> CellCanvas {
        CellCanvas {
            size: (
                rectangle.width,
                rectangle.height.saturating_sub(strip).max(1),
            ),
            pitch_mm: self.sheet.pitch_mm(),
            depth: self.depth,
            color: self.color,
            alone: self.image_size && strip == 0 && !self.one_image,
        }
    }

    /// Lines of the header and the height of its strip, for the cells of the row that carries it.
    fn strip(&self, cells: &[CellRectangle], index: usize, burn: bool) -> (Vec<String>, u32) {
        let none = (Vec::new(), 0);
        let (true, false, Some((first, y))) =
            (burn, self.header.is_empty(), self.header_row(cells))
        else {
            return none;
        };
        let Some(rectangle) = cells.get(index).filter(|cell| cell.y == y) else {
            return none;
        };
        let lines = self.pen().wrapped(&self.header, cells[first].width);
        let strip = self
            .pen()
            .strip_pixels(lines.len())
            .min(rectangle.height / 2);
        (if index == first { lines } else { Vec::new() }, strip)
    }

    /// Reads every file of the page once: whether each cell can be printed as asked.
    ///
    /// # Errors
    /// The first cell that cannot, with its file.
    pub fn check(&self, burn_header: bool) -> Result<(), FilmError> {
        let cells = self.sheet.cells(&self.layout);
        for (index, cell) in self.filled() {
            let mut open = OpenCell::open(cell)?;
            if let Some(rectangle) = cells.get(index) {
                let (_, strip) = self.strip(&cells, index, burn_header);
                open.check(&self.canvas(rectangle, strip))?;
            }
            open.check_pixels()?;
        }
        Ok(())
    }

    /// Renders one image box; `None` when it is empty. `burn_header` draws the page header above the images of the first row, for
    /// printers without annotation boxes.
    ///
    /// # Errors
    /// The image cannot be had any more.
    pub fn picture(
        &self,
        index: usize,
        burn_header: bool,
    ) -> Result<Option<BoxPicture>, FilmError> {
        if !self.test_film && !self.one_image {
            return self.cell_picture(index, burn_header);
        }
        if !self.boxes().contains(&index) {
            return Ok(None);
        }
        let (picture, mut warnings) = self.sheet_picture(burn_header)?;
        if self.one_image {
            warnings.push(format!(
                "the printer does not list the layout {}: the sheet is sent as one image",
                self.layout
            ));
        }
        let fixed = self.image_size && self.filled().any(|(_, cell)| cell.true_size);
        let width_mm = f64::from(picture.width) * self.sheet.pitch_mm();
        Ok(Some(BoxPicture {
            picture,
            width_mm: Some(width_mm).filter(|_| fixed || (self.test_film && self.image_size)),
            warnings,
        }))
    }

    fn cell_picture(
        &self,
        index: usize,
        burn_header: bool,
    ) -> Result<Option<BoxPicture>, FilmError> {
        let cells = self.sheet.cells(&self.layout);
        let cell = self.cells.get(index).and_then(Option::as_ref);
        let (Some(cell), Some(rectangle)) = (cell, cells.get(index)) else {
            return Ok(None);
        };
        let (lines, strip) = self.strip(&cells, index, burn_header);
        let mut open = OpenCell::open(cell)?;
        let made = open.picture(&self.canvas(rectangle, strip))?;
        let mut warnings = std::mem::take(&mut open.warnings);
        if open.is_color() && !self.color {
            warnings.push("a colour image is printed gray".to_owned());
        }
        let mut picture = made.picture;
        if strip > 0 {
            let (width, height) = (rectangle.width, rectangle.height);
            let mut whole = FilmPicture::black(width, height, self.depth, self.color);
            whole.paste(&picture, 0, strip);
            if !lines.is_empty() {
                self.pen().header(&mut whole, &lines);
            }
            picture = whole;
        }
        let name = cell.path.display();
        Ok(Some(BoxPicture {
            picture,
            width_mm: made.width_mm,
            warnings: warnings.iter().map(|w| format!("{name}: {w}")).collect(),
        }))
    }

    /// The whole sheet, each box to the pixel in its cell, as deep as the page.
    ///
    /// # Errors
    /// An image cannot be had.
    pub fn compose(&self) -> Result<(FilmPicture, Vec<String>), FilmError> {
        self.sheet_picture(true)
    }

    fn sheet_picture(&self, burn_header: bool) -> Result<(FilmPicture, Vec<String>), FilmError> {
        if self.test_film {
            return Ok((test_film::draw(self), Vec::new()));
        }
        let (width, height) = self.sheet.extent();
        let mut page = FilmPicture::black(width, height, self.depth, self.color);
        let mut warnings = Vec::new();
        for (index, rectangle) in self.sheet.cells(&self.layout).iter().enumerate() {
            if let Some(made) = self.cell_picture(index, burn_header)? {
                // A true-size image that comes alone lies in the middle of its box.
                let spare = |cell: u32, picture: u32| cell.saturating_sub(picture) / 2;
                let x = rectangle.x + spare(rectangle.width, made.picture.width);
                let y = rectangle.y + spare(rectangle.height, made.picture.height);
                page.paste(&made.picture, x, y);
                warnings.extend(made.warnings);
            }
        }
        Ok((page, warnings))
    }
}
