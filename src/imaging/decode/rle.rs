//! RLE Lossless (PS3.5 Annex G): a header of segment offsets, then one PackBits stream per byte plane, most significant first.

use super::cells::Cells;
use crate::imaging::image::{DecodeError, PixelDescription};

const HEADER_BYTES: usize = 64;
const SEGMENTS_MAX: usize = 15;
/// Two coded bytes give at most this many.
const RUN_MAX: usize = 128;

fn broken(reason: String) -> DecodeError {
    DecodeError::Codestream {
        codec: "RLE",
        reason,
    }
}

/// The segments of a frame, checked against the attributes.
#[derive(Debug)]
pub struct Segments<'a> {
    segments: Vec<&'a [u8]>,
    bytes_per_sample: usize,
    plane_bytes: usize,
}

impl<'a> Segments<'a> {
    /// Reads the header; nothing is allocated for pixels yet.
    pub fn read(frame: &'a [u8], pixels: &PixelDescription) -> Result<Self, DecodeError> {
        let header = frame
            .first_chunk::<HEADER_BYTES>()
            .ok_or_else(|| broken(format!("{} bytes hold no header", frame.len())))?;
        let word = |index: usize| {
            let at = index * 4;
            let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
            u32::from_le_bytes(bytes) as usize
        };
        let bytes_per_sample = usize::from(pixels.bits_allocated.div_ceil(8));
        let expected = bytes_per_sample * usize::from(pixels.samples_per_pixel);
        let count = word(0);
        if count != expected || count > SEGMENTS_MAX {
            return Err(broken(format!(
                "{count} segments, the attributes ask for {expected}"
            )));
        }
        let pixel_count = pixels.frame_samples()? / usize::from(pixels.samples_per_pixel);
        let plane_bytes = match pixels.bits_allocated {
            1 => pixel_count.div_ceil(8),
            _ => pixel_count,
        };
        let mut segments = Vec::with_capacity(count);
        for index in 1..=count {
            let end = if index == count {
                frame.len()
            } else {
                word(index + 1)
            };
            let segment = frame
                .get(word(index).max(HEADER_BYTES)..end)
                .ok_or_else(|| broken(format!("segment {index} lies outside the frame")))?;
            if segment.len().saturating_mul(RUN_MAX / 2) < plane_bytes {
                return Err(broken(format!(
                    "segment {index} of {} bytes cannot hold {plane_bytes}",
                    segment.len()
                )));
            }
            segments.push(segment);
        }
        Ok(Self {
            segments,
            bytes_per_sample,
            plane_bytes,
        })
    }

    /// Fills the cells.
    pub fn decode(&self, cells: Cells<'_>) -> Result<(), DecodeError> {
        match cells {
            Cells::Eight(cells) if self.plane_bytes < cells.len() && self.segments.len() == 1 => {
                self.decode_bits(cells)
            }
            Cells::Eight(cells) if self.segments.len() == 1 => self.unpack(0, cells),
            Cells::Eight(cells) => self.decode_wide(cells, |cell, byte| *cell = byte),
            Cells::Sixteen(cells) if self.segments.len() == 2 => self.decode_sixteen(cells),
            Cells::Sixteen(cells) => {
                self.decode_wide(cells, |cell, byte| *cell = *cell << 8 | u16::from(byte))
            }
            Cells::ThirtyTwo(cells) => {
                self.decode_wide(cells, |cell, byte| *cell = *cell << 8 | u32::from(byte))
            }
        }
    }

    fn unpack(&self, index: usize, plane: &mut [u8]) -> Result<(), DecodeError> {
        let filled = unpack_bits(self.segments[index], plane);
        if filled == plane.len() {
            Ok(())
        } else {
            Err(broken(format!(
                "segment {} ends early: {filled} of {} bytes",
                index + 1,
                plane.len()
            )))
        }
    }

    fn decode_bits(&self, cells: &mut [u8]) -> Result<(), DecodeError> {
        let mut packed = vec![0; self.plane_bytes];
        self.unpack(0, &mut packed)?;
        for (index, cell) in cells.iter_mut().enumerate() {
            *cell = packed[index / 8] >> (index % 8) & 1;
        }
        Ok(())
    }

    /// One sample of 16 bits a pixel, the usual case.
    fn decode_sixteen(&self, cells: &mut [u16]) -> Result<(), DecodeError> {
        let mut planes = vec![0; self.plane_bytes * 2];
        let (high, low) = planes.split_at_mut(self.plane_bytes);
        self.unpack(0, high)?;
        self.unpack(1, low)?;
        for ((cell, high), low) in cells.iter_mut().zip(high.iter()).zip(low.iter()) {
            *cell = u16::from_be_bytes([*high, *low]);
        }
        Ok(())
    }

    fn decode_wide<T>(
        &self,
        cells: &mut [T],
        push_byte: impl Fn(&mut T, u8),
    ) -> Result<(), DecodeError> {
        let samples_per_pixel = self.segments.len() / self.bytes_per_sample;
        let mut plane = vec![0; self.plane_bytes];
        for index in 0..self.segments.len() {
            self.unpack(index, &mut plane)?;
            let sample = index / self.bytes_per_sample;
            for (cell, byte) in cells[sample..]
                .iter_mut()
                .step_by(samples_per_pixel)
                .zip(&plane)
            {
                push_byte(cell, *byte);
            }
        }
        Ok(())
    }
}

/// Short runs are copied in blocks of this many bytes when there is room: a call to `memset` costs more than the bytes.
const BLOCK: usize = 16;

/// Expands PackBits (PS3.5 §G.3.1) until `plane` is full or the segment ends; returns how many bytes were filled.
fn unpack_bits(segment: &[u8], plane: &mut [u8]) -> usize {
    let mut input = 0;
    let mut output = 0;
    while output < plane.len() {
        let Some(control) = segment.get(input).copied() else {
            break;
        };
        input += 1;
        match control {
            0..=127 => {
                let wanted = usize::from(control) + 1;
                let source = &segment[input..];
                let target = &mut plane[output..];
                let length = wanted.min(target.len()).min(source.len());
                if length <= BLOCK && target.len() >= BLOCK && source.len() >= BLOCK {
                    target[..BLOCK].copy_from_slice(&source[..BLOCK]);
                } else {
                    target[..length].copy_from_slice(&source[..length]);
                }
                input += length;
                output += length;
                if length < wanted {
                    break;
                }
            }
            // No operation.
            128 => {}
            129..=255 => {
                let Some(value) = segment.get(input).copied() else {
                    break;
                };
                input += 1;
                let target = &mut plane[output..];
                let length = (257 - usize::from(control)).min(target.len());
                if length <= BLOCK && target.len() >= BLOCK {
                    target[..BLOCK].fill(value);
                } else {
                    target[..length].fill(value);
                }
                output += length;
            }
        }
    }
    output
}
