//! Whether two files hold the same pixels: the question that the store cannot answer itself.

use std::path::Path;

use crate::imaging::{DecodeError, FrameIndex, Image};

/// Decodes both and compares every sample; false when either cannot be decoded.
pub(super) fn pixels_equal(one: &Path, other: &Path) -> bool {
    compare(one, other).unwrap_or(false)
}

fn compare(one: &Path, other: &Path) -> Result<bool, DecodeError> {
    let (one, other) = (Image::open(one)?, Image::open(other)?);
    if one.pixels.frames != other.pixels.frames {
        return Ok(false);
    }
    for frame in (0..one.pixels.frames).map(FrameIndex) {
        let (a, b) = (one.decode(frame)?, other.decode(frame)?);
        let same = (a.rows, a.columns, a.samples_per_pixel, a.photometric)
            == (b.rows, b.columns, b.samples_per_pixel, b.photometric)
            && a.samples == b.samples;
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}
