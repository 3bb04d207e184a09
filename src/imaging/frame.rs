//! One decoded frame: stored values, before any lookup table or colour conversion (presentation.md section 3).

use crate::dicom::SopInstanceUid;

/// A frame's place in its object, from 0. DICOM's Frame Numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FrameIndex(pub u32);

/// One frame of one stored object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameKey {
    /// Which object.
    pub instance: SopInstanceUid,
    /// Which of its frames.
    pub frame: FrameIndex,
}

/// Samples in row-major order, samples of one pixel together, masked to Bits Stored and sign-extended.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Unsigned, Bits Allocated 1 or 8.
    U8(Vec<u8>),
    /// Signed, Bits Allocated 8.
    I8(Vec<i8>),
    /// Unsigned, Bits Allocated 12 or 16.
    U16(Vec<u16>),
    /// Signed, Bits Allocated 12 or 16.
    I16(Vec<i16>),
    /// Unsigned, Bits Allocated 32.
    U32(Vec<u32>),
    /// Signed, Bits Allocated 32.
    I32(Vec<i32>),
    /// Float Pixel Data.
    F32(Vec<f32>),
    /// Double Float Pixel Data.
    F64(Vec<f64>),
}

/// A decoded frame. `samples` holds exactly `rows * columns * samples_per_pixel` values.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Height in pixels.
    pub rows: u32,
    /// Width in pixels.
    pub columns: u32,
    /// 1 or 3 (4 for retired ARGB and CMYK).
    pub samples_per_pixel: u16,
    /// Significant bits of a sample, the range colours are scaled from; 32 or 64 for float samples.
    pub bits_stored: u16,
    /// What the samples mean, after decoding: JPEG components stay as coded, JPEG 2000 component transforms are undone.
    pub photometric: super::PhotometricInterpretation,
    /// The values.
    pub samples: Samples,
    /// The undecoded cells of a native frame whose bits above High Bit hold retired embedded overlays; else `None`.
    pub cells: Option<Vec<u16>>,
}

impl Samples {
    /// One sample as a number; exact for all but 64-bit values.
    ///
    /// # Panics
    /// When `at` is not below `len()`, as slices do.
    pub fn value(&self, at: usize) -> f64 {
        match self {
            Self::U8(values) => f64::from(values[at]),
            Self::I8(values) => f64::from(values[at]),
            Self::U16(values) => f64::from(values[at]),
            Self::I16(values) => f64::from(values[at]),
            Self::U32(values) => f64::from(values[at]),
            Self::I32(values) => f64::from(values[at]),
            Self::F32(values) => f64::from(values[at]),
            Self::F64(values) => values[at],
        }
    }
}
