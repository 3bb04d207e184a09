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
        let filled = Unpacker::new(self.segments[index]).fill(plane);
        self.require(index, filled, plane.len())
    }

    fn require(&self, index: usize, filled: usize, wanted: usize) -> Result<(), DecodeError> {
        if filled == wanted {
            Ok(())
        } else {
            Err(broken(format!(
                "segment {} ends early: {} bytes of {} are missing",
                index + 1,
                wanted - filled,
                self.plane_bytes
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

    /// One sample of 16 bits a pixel, the usual case; in pieces, so that the planes stay in the processor's cache.
    fn decode_sixteen(&self, cells: &mut [u16]) -> Result<(), DecodeError> {
        let mut unpackers = [0, 1].map(|index| Unpacker::new(self.segments[index]));
        let mut planes = [[0_u8; PIECE]; 2];
        for piece in cells.chunks_mut(PIECE) {
            for (index, (unpacker, plane)) in unpackers.iter_mut().zip(&mut planes).enumerate() {
                let filled = unpacker.fill(&mut plane[..piece.len()]);
                self.require(index, filled, piece.len())?;
            }
            for ((cell, high), low) in piece.iter_mut().zip(&planes[0]).zip(&planes[1]) {
                *cell = u16::from_be_bytes([*high, *low]);
            }
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

/// Samples that are put together at a time.
const PIECE: usize = 8192;

/// Expands PackBits (PS3.5 §G.3.1), in as many pieces as wanted.
struct Unpacker<'a> {
    rest: &'a [u8],
    /// Bytes of the current run still to give.
    pending: usize,
    /// What a replicate run repeats; a literal run has none.
    repeated: Option<u8>,
}

impl<'a> Unpacker<'a> {
    fn new(segment: &'a [u8]) -> Self {
        Self {
            rest: segment,
            pending: 0,
            repeated: None,
        }
    }

    /// Fills `plane` unless the segment ends before; returns how many bytes were filled.
    fn fill(&mut self, plane: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < plane.len() {
            if self.pending == 0 && !self.next_run() {
                break;
            }
            let target = &mut plane[filled..];
            let mut length = self.pending.min(target.len());
            if let Some(value) = self.repeated {
                if length <= BLOCK && target.len() >= BLOCK {
                    target[..BLOCK].fill(value);
                } else {
                    target[..length].fill(value);
                }
            } else {
                length = length.min(self.rest.len());
                if length == 0 {
                    break;
                }
                if length <= BLOCK && target.len() >= BLOCK && self.rest.len() >= BLOCK {
                    target[..BLOCK].copy_from_slice(&self.rest[..BLOCK]);
                } else {
                    target[..length].copy_from_slice(&self.rest[..length]);
                }
                self.rest = &self.rest[length..];
            }
            self.pending -= length;
            filled += length;
        }
        filled
    }

    /// Reads the next control byte that says something; `false` at the end of the segment.
    fn next_run(&mut self) -> bool {
        loop {
            match self.rest {
                // No operation.
                [128, rest @ ..] => self.rest = rest,
                [control @ 0..=127, rest @ ..] => {
                    self.rest = rest;
                    self.pending = usize::from(*control) + 1;
                    self.repeated = None;
                    return true;
                }
                [control, value, rest @ ..] => {
                    self.rest = rest;
                    self.pending = 257 - usize::from(*control);
                    self.repeated = Some(*value);
                    return true;
                }
                _ => return false,
            }
        }
    }
}
