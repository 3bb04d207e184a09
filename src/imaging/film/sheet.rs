//! Sheets of film and how they are divided into image boxes (PS3.3 C.13.3: Film Size ID, Film Orientation, Image Display Format).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Resolution of a printer that told none, in dots per inch.
pub const RESOLUTION_DPI: f64 = 300.0;
/// Resolutions that are believed.
const RESOLUTION_RANGE_DPI: std::ops::RangeInclusive<f64> = 20.0..=1200.0;
/// Sides of a sheet that are believed, in mm.
const SIDE_RANGE_MM: std::ops::RangeInclusive<f64> = 20.0..=1000.0;
/// Images along one side of a sheet at most.
pub const IMAGES_ALONG_MAX: u32 = 20;
/// Millimetres of an inch.
pub const INCH_MM: f64 = 25.4;

/// A term that is no film size, layout or orientation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {term:?} is not understood")]
pub struct InvalidTerm {
    what: &'static str,
    term: String,
}

fn invalid(what: &'static str, term: &str) -> InvalidTerm {
    InvalidTerm {
        what,
        term: term.chars().take(40).collect(),
    }
}

/// Film Size ID (2010,0050): `14INX17IN`, `24CMX30CM`, `A4`; width and height of the sheet in portrait orientation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilmSize {
    term: String,
    width_mm: f64,
    height_mm: f64,
}

impl FilmSize {
    /// The film size that everybody has.
    pub const COMMON: &'static str = "14INX17IN";

    /// Reads a defined term or one of the same form.
    ///
    /// # Errors
    /// The term names no size of a film.
    pub fn parse(term: &str) -> Result<Self, InvalidTerm> {
        let name = term.trim().to_ascii_uppercase();
        let sides = match name.as_str() {
            "A4" => Some((210.0, 297.0)),
            "A3" => Some((297.0, 420.0)),
            other => other
                .split_once('X')
                .and_then(|(width, height)| Some((side_mm(width)?, side_mm(height)?))),
        };
        let known = |side: &f64| SIDE_RANGE_MM.contains(side);
        match sides {
            Some((a, b)) if known(&a) && known(&b) => Ok(Self {
                term: name,
                width_mm: a.min(b),
                height_mm: a.max(b),
            }),
            _ => Err(invalid("film size", term)),
        }
    }

    /// The DICOM term.
    pub fn term(&self) -> &str {
        &self.term
    }
}

impl Default for FilmSize {
    fn default() -> Self {
        Self {
            term: Self::COMMON.to_owned(),
            width_mm: 14.0 * INCH_MM,
            height_mm: 17.0 * INCH_MM,
        }
    }
}

impl TryFrom<String> for FilmSize {
    type Error = InvalidTerm;
    fn try_from(term: String) -> Result<Self, InvalidTerm> {
        Self::parse(&term)
    }
}

impl From<FilmSize> for String {
    fn from(size: FilmSize) -> Self {
        size.term
    }
}

fn side_mm(text: &str) -> Option<f64> {
    let (number, unit_mm) = match text.strip_suffix("IN") {
        Some(number) => (number, INCH_MM),
        None => (text.strip_suffix("CM")?, 10.0),
    };
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let number: f64 = number.replacen('_', ".", 1).parse().ok()?;
    plain.then_some(number * unit_mm)
}

/// Film Orientation (2010,0040).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Orientation {
    /// Taller than wide.
    #[default]
    Portrait,
    /// Wider than tall.
    Landscape,
}

impl Orientation {
    /// The DICOM term.
    pub fn term(self) -> &'static str {
        match self {
            Self::Portrait => "PORTRAIT",
            Self::Landscape => "LANDSCAPE",
        }
    }

    /// Reads the term in any case.
    ///
    /// # Errors
    /// It is another word.
    pub fn parse(term: &str) -> Result<Self, InvalidTerm> {
        match term.trim().to_ascii_uppercase().as_str() {
            "PORTRAIT" => Ok(Self::Portrait),
            "LANDSCAPE" => Ok(Self::Landscape),
            _ => Err(invalid("orientation", term)),
        }
    }
}

/// Image Display Format (2010,0010).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Layout {
    /// Equal cells: columns, rows.
    Standard(u32, u32),
    /// Rows, each with its number of images.
    Rows(Vec<u32>),
    /// Columns, each with its number of images.
    Columns(Vec<u32>),
}

impl Layout {
    /// Reads `CxR`, `STANDARD\C,R`, `ROW\2,3` or `COL\2,3`.
    ///
    /// # Errors
    /// It is none of them, or divides the sheet too finely.
    pub fn parse(text: &str) -> Result<Self, InvalidTerm> {
        let term = text.trim().to_ascii_uppercase();
        let numbers = |list: &str, separator: char| -> Option<Vec<u32>> {
            let numbers: Result<Vec<u32>, _> = list.split(separator).map(str::parse).collect();
            let possible = |n: &u32| (1..=IMAGES_ALONG_MAX).contains(n);
            let numbers = numbers.ok()?;
            let few = u32::try_from(numbers.len()).is_ok_and(|n| possible(&n));
            (few && numbers.iter().all(possible)).then_some(numbers)
        };
        let read = || match term.split_once('\\') {
            None => match numbers(&term, 'X')?[..] {
                [columns, rows] => Some(Self::Standard(columns, rows)),
                _ => None,
            },
            Some(("STANDARD", list)) => match numbers(list, ',')?[..] {
                [columns, rows] => Some(Self::Standard(columns, rows)),
                _ => None,
            },
            Some(("ROW", list)) => Some(Self::Rows(numbers(list, ',')?)),
            Some(("COL", list)) => Some(Self::Columns(numbers(list, ',')?)),
            Some(_) => None,
        };
        read().ok_or_else(|| invalid("layout", text))
    }

    /// How many images it holds.
    pub fn count(&self) -> usize {
        match self {
            Self::Standard(columns, rows) => (columns * rows) as usize,
            Self::Rows(list) | Self::Columns(list) => list.iter().sum::<u32>() as usize,
        }
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::Standard(1, 1)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: &[u32]| {
            list.iter()
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(",")
        };
        match self {
            Self::Standard(columns, rows) => write!(f, "STANDARD\\{columns},{rows}"),
            Self::Rows(rows) => write!(f, "ROW\\{}", list(rows)),
            Self::Columns(columns) => write!(f, "COL\\{}", list(columns)),
        }
    }
}

impl TryFrom<String> for Layout {
    type Error = InvalidTerm;
    fn try_from(text: String) -> Result<Self, InvalidTerm> {
        Self::parse(&text)
    }
}

impl From<Layout> for String {
    fn from(layout: Layout) -> Self {
        layout.to_string()
    }
}

/// Where an image box lies on the sheet, in printer pixels from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRectangle {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A sheet in a printer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its size.
    pub size: FilmSize,
    /// Which way it lies.
    pub orientation: Orientation,
    /// Dots per inch.
    pub resolution_dpi: f64,
    /// Rim that the printer cannot print on, in mm.
    pub margin_mm: f64,
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            size: FilmSize::default(),
            orientation: Orientation::Portrait,
            resolution_dpi: RESOLUTION_DPI,
            margin_mm: 0.0,
        }
    }
}

impl Sheet {
    /// Whether its numbers can be those of a printer.
    pub fn is_possible(&self) -> bool {
        RESOLUTION_RANGE_DPI.contains(&self.resolution_dpi)
            && (0.0..=self.size.width_mm / 4.0).contains(&self.margin_mm)
    }

    /// Side of a printer pixel in mm.
    pub fn pitch_mm(&self) -> f64 {
        INCH_MM / self.resolution_dpi
    }

    /// A length on the film in printer pixels.
    pub fn pixels(&self, mm: f64) -> u32 {
        // Sheets are at most a metre wide; the cast clamps.
        let pixels = (mm / self.pitch_mm()).round() as u32;
        pixels
    }

    /// Width and height of the printable area in printer pixels, as it lies.
    pub fn extent(&self) -> (u32, u32) {
        let inner = |side_mm: f64| self.pixels(side_mm - 2.0 * self.margin_mm).max(1);
        let (short, long) = (inner(self.size.width_mm), inner(self.size.height_mm));
        match self.orientation {
            Orientation::Portrait => (short, long),
            Orientation::Landscape => (long, short),
        }
    }

    /// The image boxes of a layout, in the order of their Image Box Position (PS3.3 C.13.5).
    pub fn cells(&self, layout: &Layout) -> Vec<CellRectangle> {
        let (width, height) = self.extent();
        // Cells of a division are equally large; what does not divide evenly lies between them.
        let part = |whole: u32, parts: u32, index: u32| {
            let start = u64::from(whole) * u64::from(index) / u64::from(parts);
            (
                u32::try_from(start).unwrap_or(whole),
                (whole / parts).max(1),
            )
        };
        let mut cells = Vec::with_capacity(layout.count());
        let mut put = |(x, width): (u32, u32), (y, height): (u32, u32)| {
            cells.push(CellRectangle {
                x,
                y,
                width,
                height,
            });
        };
        match layout {
            Layout::Standard(columns, rows) => {
                for row in 0..*rows {
                    for column in 0..*columns {
                        put(part(width, *columns, column), part(height, *rows, row));
                    }
                }
            }
            Layout::Rows(counts) => {
                let rows = u32::try_from(counts.len()).unwrap_or(1);
                for (row, columns) in (0..rows).zip(counts) {
                    for column in 0..*columns {
                        put(part(width, *columns, column), part(height, rows, row));
                    }
                }
            }
            Layout::Columns(counts) => {
                let columns = u32::try_from(counts.len()).unwrap_or(1);
                for (column, rows) in (0..columns).zip(counts) {
                    for row in 0..*rows {
                        put(part(width, columns, column), part(height, *rows, row));
                    }
                }
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn film_sizes_are_what_their_terms_say() {
        let size = |term: &str| FilmSize::parse(term).map(|s| (s.width_mm, s.height_mm));
        assert_eq!(size("14INX17IN"), Ok((14.0 * INCH_MM, 17.0 * INCH_MM)));
        assert_eq!(size("8_5inx11in"), Ok((8.5 * INCH_MM, 11.0 * INCH_MM)));
        assert_eq!(size("24CMX30CM"), Ok((240.0, 300.0)));
        assert_eq!(size("a3"), Ok((297.0, 420.0)));
        for nonsense in [
            "",
            "X",
            "14IN",
            "14INX17",
            "0INX17IN",
            "9999INX17IN",
            "-1INX2IN",
        ] {
            assert!(size(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn layouts_are_read_and_written_in_dicom_terms() {
        let layout = |text: &str| Layout::parse(text).map(|l| l.to_string());
        assert_eq!(layout("4x5").as_deref(), Ok("STANDARD\\4,5"));
        assert_eq!(layout("row\\2,3").as_deref(), Ok("ROW\\2,3"));
        assert_eq!(layout("COL\\1,2").as_deref(), Ok("COL\\1,2"));
        for nonsense in ["", "0x1", "1x", "99x99", "STANDARD\\1", "SLIDE", "ROW\\"] {
            assert!(Layout::parse(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_landscape_sheet_is_wider_than_tall_and_its_cells_fill_it() {
        let mut sheet = Sheet::default();
        assert_eq!(sheet.extent(), (4200, 5100));
        let cells = sheet.cells(&Layout::Standard(4, 5));
        assert_eq!(cells.len(), 20);
        assert_eq!((cells[0].width, cells[0].height), (1050, 1020));
        assert_eq!((cells[5].x, cells[5].y), (1050, 1020));
        sheet.orientation = Orientation::Landscape;
        assert_eq!(sheet.extent(), (5100, 4200));
        let rows = sheet.cells(&Layout::Rows(vec![1, 2]));
        assert_eq!((rows[0].width, rows[1].width), (5100, 2550));
        assert_eq!((rows[2].x, rows[2].y), (2550, 2100));
        let columns = sheet.cells(&Layout::Columns(vec![1, 2]));
        assert_eq!((columns[0].height, columns[2].y), (4200, 2100));
    }
}
