//! Cells of a frame and how they become stored values (presentation.md section 3, PS3.5 §8.1.1).
//!
//! A cell is an unsigned integer of Bits Allocated; the stored value is the field of Bits Stored bits below High Bit, sign-extended
//! when Pixel Representation is 1. Codecs write cells, `StoredField::settle` makes values of them in place.

use crate::imaging::image::{DecodeError, PixelDescription};
use crate::imaging::{Frame, PhotometricInterpretation, Samples};

/// Largest frame that is decoded, in bytes.
pub const FRAME_BYTES_MAX: u64 = 2 << 30;

/// A frame's samples seen as unsigned cells, to be filled by a codec.
#[derive(Debug)]
pub enum Cells<'a> {
    /// Bits Allocated 1 or 8.
    Eight(&'a mut [u8]),
    /// Bits Allocated 12 or 16.
    Sixteen(&'a mut [u16]),
    /// Bits Allocated 32.
    ThirtyTwo(&'a mut [u32]),
}

/// Where the stored value lies in its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredField {
    /// Bits below the field.
    pub shift: u32,
    /// Width of the field, 1 to 32 bits.
    pub bits: u32,
    /// Whether its top bit is a sign.
    pub signed: bool,
}

impl StoredField {
    /// The field that the Image Pixel module describes.
    pub fn of_native(pixels: &PixelDescription) -> Self {
        Self {
            shift: u32::from(pixels.high_bit + 1 - pixels.bits_stored),
            bits: u32::from(pixels.bits_stored),
            signed: pixels.signed,
        }
    }

    /// The field in what a codec of `precision` bits gave: right-aligned, unless the cell was compressed as a whole.
    pub fn of_codestream(pixels: &PixelDescription, precision: u16) -> Self {
        let native = Self::of_native(pixels);
        let whole_cell = precision > pixels.high_bit;
        Self {
            shift: if whole_cell { native.shift } else { 0 },
            ..native
        }
    }

    /// Replaces each cell by its stored value, in two's complement where signed.
    pub fn settle(self, cells: Cells<'_>) {
        match cells {
            Cells::Eight(cells) => self.settle_eight(cells),
            Cells::Sixteen(cells) => self.settle_sixteen(cells),
            Cells::ThirtyTwo(cells) => self.settle_thirty_two(cells),
        }
    }

    fn settle_eight(self, cells: &mut [u8]) {
        if self.bits >= 8 {
            return;
        }
        let (left, right) = (8 - self.bits - self.shift, 8 - self.bits);
        for cell in cells {
            let top = *cell << left;
            *cell = if self.signed {
                (top.cast_signed() >> right).cast_unsigned()
            } else {
                top >> right
            };
        }
    }

    fn settle_sixteen(self, cells: &mut [u16]) {
        if self.bits >= 16 {
            return;
        }
        let (left, right) = (16 - self.bits - self.shift, 16 - self.bits);
        if self.signed {
            for cell in cells {
                *cell = ((*cell << left).cast_signed() >> right).cast_unsigned();
            }
        } else {
            for cell in cells {
                *cell = (*cell << left) >> right;
            }
        }
    }

    fn settle_thirty_two(self, cells: &mut [u32]) {
        if self.bits >= 32 {
            return;
        }
        let (left, right) = (32 - self.bits - self.shift, 32 - self.bits);
        for cell in cells {
            let top = *cell << left;
            *cell = if self.signed {
                (top.cast_signed() >> right).cast_unsigned()
            } else {
                top >> right
            };
        }
    }
}

impl Samples {
    /// Zeroes of the type that Bits Allocated and Pixel Representation ask for; `None` for widths without a type.
    pub fn zeroed(bits_allocated: u16, signed: bool, count: usize) -> Option<Self> {
        Some(match (bits_allocated, signed) {
            (1 | 8, false) => Self::U8(vec![0; count]),
            (1 | 8, true) => Self::I8(vec![0; count]),
            (12 | 16, false) => Self::U16(vec![0; count]),
            (12 | 16, true) => Self::I16(vec![0; count]),
            (32, false) => Self::U32(vec![0; count]),
            (32, true) => Self::I32(vec![0; count]),
            _ => return None,
        })
    }

    /// The integer samples as cells; `None` for float samples.
    pub fn cells(&mut self) -> Option<Cells<'_>> {
        Some(match self {
            Self::U8(values) => Cells::Eight(values),
            Self::I8(values) => Cells::Eight(bytemuck::cast_slice_mut(values)),
            Self::U16(values) => Cells::Sixteen(values),
            Self::I16(values) => Cells::Sixteen(bytemuck::cast_slice_mut(values)),
            Self::U32(values) => Cells::ThirtyTwo(values),
            Self::I32(values) => Cells::ThirtyTwo(bytemuck::cast_slice_mut(values)),
            Self::F32(_) | Self::F64(_) => return None,
        })
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(values) => values.len(),
            Self::I8(values) => values.len(),
            Self::U16(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the samples as little-endian bytes in their own width.
    pub fn append_little_endian(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::U8(values) => bytes.extend_from_slice(values),
            Self::I8(values) => bytes.extend_from_slice(bytemuck::cast_slice(values)),
            Self::U16(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::I16(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::U32(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::I32(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::F32(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Self::F64(values) => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
        }
    }
}

/// Cells of a frame, taken after the size check, to be filled by a codec and settled.
pub fn frame_cells(pixels: &PixelDescription) -> Result<Samples, DecodeError> {
    let count = pixels.frame_samples()?;
    Samples::zeroed(pixels.bits_allocated, pixels.signed, count).ok_or_else(|| {
        DecodeError::Attributes(format!(
            "Bits Allocated (0028,0100) of {} cannot be decoded",
            pixels.bits_allocated
        ))
    })
}

/// Joins settled samples and the module to a frame.
pub fn frame_of(
    pixels: &PixelDescription,
    photometric: PhotometricInterpretation,
    samples: Samples,
    cells: Option<Vec<u16>>,
) -> Frame {
    Frame {
        rows: pixels.rows,
        columns: pixels.columns,
        samples_per_pixel: pixels.samples_per_pixel,
        bits_stored: pixels.bits_stored,
        photometric,
        samples,
        cells,
    }
}

/// Brings planes that follow each other to colour-by-pixel order.
pub fn interleave_planes<T: Copy + Default>(planes: &[T], samples_per_pixel: usize) -> Vec<T> {
    let mut pixels = vec![T::default(); planes.len()];
    let plane_length = planes.len() / samples_per_pixel.max(1);
    if plane_length == 0 {
        return pixels;
    }
    for (sample, plane) in planes.chunks_exact(plane_length).enumerate() {
        for (pixel, value) in pixels.chunks_exact_mut(samples_per_pixel).zip(plane) {
            pixel[sample] = *value;
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_follow_the_table_of_the_design() {
        // presentation.md section 3: cell, alloc / stored / high / signed, value.
        let rows = [
            (0xF3A5_u16, 12, 11, false, 933_i32),
            (0x0BA5, 12, 11, true, -1115),
            (0x3A5F, 12, 15, false, 933),
            (0x2BFF, 10, 9, true, -1),
        ];
        for (cell, bits, high, signed, value) in rows {
            let mut cells = [cell];
            let field = StoredField {
                shift: high + 1 - bits,
                bits,
                signed,
            };
            field.settle(Cells::Sixteen(&mut cells));
            let found = if signed {
                i32::from(cells[0].cast_signed())
            } else {
                i32::from(cells[0])
            };
            assert_eq!(found, value, "{cell:04X}");
        }
        let mut eight = [0x80_u8, 0xF5];
        let field = StoredField {
            shift: 4,
            bits: 4,
            signed: true,
        };
        field.settle(Cells::Eight(&mut eight));
        assert_eq!(eight.map(u8::cast_signed), [-8, -1]);
        let mut thirty_two = [0xABCD_EF01_u32];
        let field = StoredField {
            shift: 8,
            bits: 20,
            signed: false,
        };
        field.settle(Cells::ThirtyTwo(&mut thirty_two));
        assert_eq!(thirty_two, [0xBCDEF]);
    }

    #[test]
    fn planes_become_pixels() {
        assert_eq!(
            interleave_planes(&[1, 2, 3, 4, 5, 6], 3),
            [1, 3, 5, 2, 4, 6]
        );
        assert!(interleave_planes::<u8>(&[], 3).is_empty());
    }
}
