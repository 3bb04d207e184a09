//! JPEG marker segments (ISO 10918-1 Annex B, ISO 14495-1 Annex C): what the codestream says of itself before any entropy data.

use crate::imaging::PhotometricInterpretation;
use crate::imaging::image::{DecodeError, PixelDescription};

/// Start of frame, for the four processes we decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JpegProcess {
    /// Baseline or extended sequential, Huffman (SOF0, SOF1).
    Sequential,
    /// Progressive, Huffman (SOF2); retired in DICOM, still found.
    Progressive,
    /// Lossless, Huffman (SOF3).
    Lossless,
    /// JPEG-LS (SOF55).
    Ls,
}

impl JpegProcess {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "JPEG",
            Self::Progressive => "JPEG Progressive",
            Self::Lossless => "JPEG Lossless",
            Self::Ls => "JPEG-LS",
        }
    }
}

/// One component of the frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Identifier that scans refer to.
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub horizontal: u8,
    /// Vertical sampling factor, 1 to 4.
    pub vertical: u8,
    /// Quantisation table.
    pub quantisation: u8,
}

/// The frame header and what marker segments before it say about colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JpegHeader {
    /// Which process.
    pub process: JpegProcess,
    /// Sample precision in bits.
    pub precision: u16,
    /// Lines.
    pub rows: u16,
    /// Samples per line.
    pub columns: u16,
    /// The components, 1 to 4.
    pub components: Vec<Component>,
    /// Transform flag of the Adobe segment (APP14).
    pub adobe_transform: Option<u8>,
    /// Where the frame header ends in the codestream.
    pub end: usize,
}

/// One marker segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Second byte of the marker.
    pub marker: u8,
    /// What follows its length.
    pub payload: &'a [u8],
    /// Where the next marker or the entropy data begins.
    pub end: usize,
}

/// Marker codes that are named here.
pub mod marker {
    /// Define Huffman tables.
    pub const DHT: u8 = 0xC4;
    /// End of image.
    pub const EOI: u8 = 0xD9;
    /// Start of scan.
    pub const SOS: u8 = 0xDA;
    /// Define quantisation tables.
    pub const DQT: u8 = 0xDB;
    /// Define restart interval.
    pub const DRI: u8 = 0xDD;
    /// Adobe.
    pub const APP14: u8 = 0xEE;
}

fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG",
        reason: reason.into(),
    }
}

/// The next marker segment at or after `position`; `None` at the end of the data.
pub fn next_segment(data: &[u8], position: usize) -> Result<Option<Segment<'_>>, DecodeError> {
    let mut at = position;
    loop {
        let Some(pair) = data.get(at..at + 2) else {
            return Ok(None);
        };
        match pair[1] {
            _ if pair[0] != 0xFF => at += 1,
            0xFF => at += 1,
            // Stuffed bytes, TEM, restart markers and SOI stand alone and say nothing here.
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            marker::EOI => {
                return Ok(Some(Segment {
                    marker: marker::EOI,
                    payload: &[],
                    end: at + 2,
                }));
            }
            code => {
                let length = match data.get(at + 2..at + 4) {
                    Some(bytes) => usize::from(u16::from_be_bytes([bytes[0], bytes[1]])),
                    None => return Ok(None),
                };
                let end = at + 2 + length;
                let payload = data
                    .get(at + 4..end)
                    .ok_or_else(|| broken(format!("marker segment FF{code:02X} is cut off")))?;
                return Ok(Some(Segment {
                    marker: code,
                    payload,
                    end,
                }));
            }
        }
    }
}

impl JpegHeader {
    /// Walks to the frame header.
    pub fn read(data: &[u8]) -> Result<Self, DecodeError> {
        let mut position = 0;
        let mut adobe_transform = None;
        while let Some(segment) = next_segment(data, position)? {
            position = segment.end;
            match segment.marker {
                marker::APP14 if segment.payload.starts_with(b"Adobe") => {
                    adobe_transform = segment.payload.get(11).copied();
                }
                marker::SOS | marker::EOI => break,
                marker::DHT | 0xC8 | 0xCC => {}
                0xC0..=0xCF | 0xF7 => return Self::frame_header(segment, adobe_transform),
                _ => {}
            }
        }
        Err(broken("there is no frame header"))
    }

    fn frame_header(
        segment: Segment<'_>,
        adobe_transform: Option<u8>,
    ) -> Result<Self, DecodeError> {
        let process = match segment.marker {
            0xC0 | 0xC1 => JpegProcess::Sequential,
            0xC2 => JpegProcess::Progressive,
            0xC3 => JpegProcess::Lossless,
            0xF7 => JpegProcess::Ls,
            other => {
                return Err(broken(format!(
                    "hierarchical or arithmetic coding (FF{other:02X}) is not supported"
                )));
            }
        };
        let [precision, r0, r1, c0, c1, count, rest @ ..] = segment.payload else {
            return Err(broken("the frame header is cut off"));
        };
        let components: Vec<Component> = rest
            .chunks_exact(3)
            .map(|bytes| Component {
                id: bytes[0],
                horizontal: bytes[1] >> 4,
                vertical: bytes[1] & 15,
                quantisation: bytes[2],
            })
            .collect();
        if components.len() != usize::from(*count) || !(1..=4).contains(count) {
            return Err(broken(format!("a frame header of {count} components")));
        }
        let sampled = components
            .iter()
            .all(|c| (1..=4).contains(&c.horizontal) && (1..=4).contains(&c.vertical));
        if !sampled {
            return Err(broken("sampling factors outside 1 to 4"));
        }
        Ok(Self {
            process,
            precision: u16::from(*precision),
            rows: u16::from_be_bytes([*r0, *r1]),
            columns: u16::from_be_bytes([*c0, *c1]),
            components,
            adobe_transform,
            end: segment.end,
        })
    }

    /// Requires what the Image Pixel module says.
    pub fn agree(&self, pixels: &PixelDescription) -> Result<(), DecodeError> {
        let codec = self.process.name();
        let differs = |what: &str, found: u32, wanted: u32| DecodeError::Codestream {
            codec,
            reason: format!("the codestream has {found} {what}, the attributes say {wanted}"),
        };
        if u32::from(self.rows) != pixels.rows {
            return Err(differs("rows", u32::from(self.rows), pixels.rows));
        }
        if u32::from(self.columns) != pixels.columns {
            return Err(differs("columns", u32::from(self.columns), pixels.columns));
        }
        let samples = u32::from(pixels.samples_per_pixel);
        if self.components.len() as u32 != samples {
            return Err(differs("samples", self.components.len() as u32, samples));
        }
        let precisions = match self.process {
            JpegProcess::Sequential | JpegProcess::Progressive => 8..=12,
            JpegProcess::Lossless | JpegProcess::Ls => 2..=16,
        };
        let allocated = pixels.bits_allocated;
        if !precisions.contains(&self.precision) || self.precision > allocated || allocated > 16 {
            return Err(differs(
                "bits a sample",
                u32::from(self.precision),
                u32::from(allocated),
            ));
        }
        Ok(())
    }

    /// Refuses data too short to hold the frame at all, before memory is taken for it.
    pub fn plausible(&self, bytes: usize, pixels: &PixelDescription) -> Result<(), DecodeError> {
        // A lossless sample takes a bit at least, a block of 64 at least two; progressive runs of blocks share fewer.
        let samples_per_byte_max = match self.process {
            JpegProcess::Lossless => 8,
            JpegProcess::Sequential => 256 * 4,
            _ => 1 << 20,
        };
        if pixels.frame_samples()? / samples_per_byte_max > bytes {
            return Err(DecodeError::Codestream {
                codec: self.process.name(),
                reason: format!("{bytes} bytes cannot hold the frame"),
            });
        }
        Ok(())
    }

    /// Whether some component has fewer samples than others.
    pub fn subsampled(&self) -> bool {
        let first = self.components[0];
        self.components
            .iter()
            .any(|c| (c.horizontal, c.vertical) != (first.horizontal, first.vertical))
    }

    /// Largest sampling factors, across and down.
    pub fn sampling_max(&self) -> (usize, usize) {
        let of = |factor: fn(&Component) -> u8| {
            let largest = self.components.iter().map(factor).max();
            usize::from(largest.unwrap_or(1))
        };
        (of(|c| c.horizontal), of(|c| c.vertical))
    }

    /// What the samples mean: the Adobe segment, else component ids `RGB`, else subsampled chrominance, else the attribute.
    pub fn photometric(&self, pixels: &PixelDescription) -> PhotometricInterpretation {
        use PhotometricInterpretation as P;
        if self.components.len() != 3 {
            return pixels.photometric;
        }
        let ids: Vec<u8> = self.components.iter().map(|c| c.id).collect();
        match self.adobe_transform {
            Some(0) => P::Rgb,
            Some(_) => P::YbrFull,
            None if ids == *b"RGB" => P::Rgb,
            None if self.subsampled() => P::YbrFull,
            None => match pixels.photometric {
                P::YbrFull422 | P::YbrPartial | P::YbrIct | P::YbrRct => P::YbrFull,
                other => other,
            },
        }
    }
}

/// Entropy-coded data of one scan without its stuffing, cut at the restart markers.
#[derive(Debug)]
pub struct EntropyData {
    bytes: Vec<u8>,
    ranges: Vec<std::ops::Range<usize>>,
    /// Where the marker after the scan begins.
    pub end: usize,
}

/// Zero bytes after each interval, so that a reader may look ahead.
pub const PADDING: usize = 8;

impl EntropyData {
    /// Takes the scan that starts at `position`.
    pub fn read(data: &[u8], position: usize) -> Self {
        let mut bytes = Vec::with_capacity(data.len() - position + 2 * PADDING);
        let mut ranges = Vec::new();
        let mut start = 0;
        let mut at = position;
        loop {
            at = copy_plain(data, at, &mut bytes);
            let next = data.get(at + 1).copied();
            match next {
                Some(0x00) => {
                    bytes.push(0xFF);
                    at += 2;
                }
                Some(0xFF) => at += 1,
                Some(0xD0..=0xD7) => {
                    ranges.push(start..bytes.len());
                    bytes.extend_from_slice(&[0; PADDING]);
                    start = bytes.len();
                    at += 2;
                }
                _ => break,
            }
        }
        ranges.push(start..bytes.len());
        bytes.extend_from_slice(&[0; PADDING]);
        Self {
            bytes,
            ranges,
            end: at,
        }
    }

    /// A restart interval with its padding, and its length without.
    pub fn interval(&self, index: usize) -> Option<(&[u8], usize)> {
        let range = self.ranges.get(index)?;
        Some((&self.bytes[range.start..range.end + PADDING], range.len()))
    }
}

/// Copies until a byte FF or the end of the data; returns where it stopped.
fn copy_plain(data: &[u8], from: usize, bytes: &mut Vec<u8>) -> usize {
    let mut at = from;
    while let Some(chunk) = data.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let inverted = !u64::from_le_bytes(*chunk);
        // A zero byte of the inverted word is an FF.
        let hit = inverted.wrapping_sub(0x0101_0101_0101_0101) & !inverted & 0x8080_8080_8080_8080;
        if hit != 0 {
            break;
        }
        bytes.extend_from_slice(chunk);
        at += 8;
    }
    while let Some(byte) = data.get(at).filter(|byte| **byte != 0xFF) {
        bytes.push(*byte);
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_goes_and_restart_markers_cut() {
        let mut data = vec![1, 2, 0xFF, 0x00, 3, 0xFF, 0xD0, 4];
        data.extend_from_slice(&[9; 20]);
        data.extend_from_slice(&[0xFF, 0xFF, 0xD9]);
        let entropy = EntropyData::read(&data, 0);
        assert_eq!(
            entropy.interval(0).map(|i| &i.0[..i.1]),
            Some(&[1, 2, 0xFF, 3][..])
        );
        assert_eq!(entropy.interval(1).map(|i| i.1), Some(21));
        assert!(entropy.interval(2).is_none());
        assert_eq!(data[entropy.end..], [0xFF, 0xD9]);
        assert_eq!(EntropyData::read(&[0xFF], 0).end, 0);
    }

    #[test]
    fn a_segment_that_passes_the_end_is_refused() {
        assert!(next_segment(&[0xFF, 0xDB, 0, 40, 1], 0).is_err());
        assert_eq!(next_segment(&[0xFF, 0xD8], 0), Ok(None));
        assert!(JpegHeader::read(&[0xFF, 0xD8, 0xFF, 0xC3, 0, 4, 8, 0]).is_err());
    }
}
