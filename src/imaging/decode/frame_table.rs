//! Where the bytes of each frame lie: native pixel data by arithmetic, encapsulated by offset tables (PS3.5 §A.4).
//!
//! Tables are believed only where they point at fragments that exist; else the fragments speak for themselves.

use std::ops::Range;

use crate::dicom::dataset::Fragments;
use crate::dicom::{DicomFile, Element, Value, tags};
use crate::imaging::image::DecodeError;

/// Where the frames are.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameTable {
    /// One run of bytes, frames one after the other.
    Native {
        /// First byte in the source.
        offset: u64,
        /// How many bytes there are.
        length: u64,
    },
    /// For each frame the fragments it consists of, and its length where the Extended Offset Table tells it.
    Encapsulated(Vec<(Range<usize>, Option<u64>)>),
}

impl FrameTable {
    /// Finds the frames of a pixel data element.
    pub fn read(file: &DicomFile, element: &Element, frames: u32) -> Result<Self, DecodeError> {
        match &element.value {
            Value::Bytes(bytes) => Ok(Self::Native {
                offset: element.offset,
                length: bytes.len() as u64,
            }),
            Value::Long(length) => Ok(Self::Native {
                offset: element.offset,
                length: *length,
            }),
            Value::Fragments(fragments) => encapsulated(file, fragments, frames),
            Value::Sequence(_) => Err(DecodeError::Attributes(
                "Pixel Data (7FE0,0010) is a sequence".to_owned(),
            )),
        }
    }
}

fn encapsulated(
    file: &DicomFile,
    fragments: &Fragments,
    frames: u32,
) -> Result<FrameTable, DecodeError> {
    let count = fragments.places.len();
    let frames = frames as usize;
    if count == 0 {
        return Err(DecodeError::NoPixelData);
    }
    if let Some(table) = by_extended_offsets(file, fragments, frames) {
        return Ok(FrameTable::Encapsulated(table));
    }
    let basic: Vec<u64> = fragments
        .basic_offset_table
        .iter()
        .map(|offset| u64::from(*offset))
        .collect();
    let ranges = by_offsets(fragments, &basic, frames)
        .or_else(|| (frames == 1).then(|| std::iter::once(0..count).collect()))
        .or_else(|| (frames == count).then(|| (0..count).map(|i| i..i + 1).collect()))
        .or_else(|| by_codestream_starts(file, fragments, frames));
    match ranges {
        Some(ranges) => Ok(FrameTable::Encapsulated(
            ranges.into_iter().map(|range| (range, None)).collect(),
        )),
        None => Err(DecodeError::Attributes(format!(
            "{frames} frames cannot be told apart in {count} fragments without an offset table"
        ))),
    }
}

/// Extended Offset Table (7FE0,0001) with its lengths (7FE0,0002).
fn by_extended_offsets(
    file: &DicomFile,
    fragments: &Fragments,
    frames: usize,
) -> Option<Vec<(Range<usize>, Option<u64>)>> {
    let read = |tag| {
        let element = file.data_set.element(tag)?;
        let bytes = file.value_bytes(element).ok()?;
        let words = bytes.chunks_exact(8);
        Some(
            words
                .map(|word| u64::from_le_bytes(word.try_into().expect("chunks of exactly 8 bytes")))
                .collect::<Vec<u64>>(),
        )
    };
    let ranges = by_offsets(fragments, &read(tags::EXTENDED_OFFSET_TABLE)?, frames)?;
    let lengths = read(tags::EXTENDED_OFFSET_TABLE_LENGTHS).filter(|l| l.len() == frames);
    Some(
        ranges
            .into_iter()
            .enumerate()
            .map(|(frame, range)| (range, lengths.as_ref().map(|l| l[frame])))
            .collect(),
    )
}

/// Offsets count from the item tag of the first fragment and must each hit an item tag, rising.
fn by_offsets(fragments: &Fragments, offsets: &[u64], frames: usize) -> Option<Vec<Range<usize>>> {
    if offsets.len() != frames || offsets.first() != Some(&0) {
        return None;
    }
    let base = fragments.places.first()?.0;
    let mut firsts = Vec::with_capacity(frames + 1);
    for offset in offsets {
        let place = base.checked_add(*offset)?;
        firsts.push(
            fragments
                .places
                .binary_search_by_key(&place, |p| p.0)
                .ok()?,
        );
    }
    firsts.push(fragments.places.len());
    let rising = firsts.windows(2).all(|pair| pair[0] < pair[1]);
    rising.then(|| firsts.windows(2).map(|pair| pair[0]..pair[1]).collect())
}

/// A fragment that starts like a codestream starts a frame: JPEG and JPEG-LS SOI, JPEG 2000 SOC or JP2 box, JPEG XL.
fn by_codestream_starts(
    file: &DicomFile,
    fragments: &Fragments,
    frames: usize,
) -> Option<Vec<Range<usize>>> {
    let mut firsts = Vec::new();
    for (index, (offset, length)) in fragments.places.iter().enumerate() {
        let mut start = [0_u8; 4];
        if *length >= 4 && file.source().read_exact_at(&mut start, *offset).is_err() {
            return None;
        }
        if matches!(
            start,
            [0xFF, 0xD8, 0xFF, _] | [0xFF, 0x4F, 0xFF, 0x51] | [0xFF, 0x0A, ..] | [0, 0, 0, 12]
        ) {
            firsts.push(index);
        }
    }
    if firsts.len() != frames || firsts.first() != Some(&0) {
        return None;
    }
    firsts.push(fragments.places.len());
    Some(firsts.windows(2).map(|pair| pair[0]..pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragments(lengths: &[u32]) -> Fragments {
        let mut offset = 1000;
        let mut places = Vec::new();
        for length in lengths {
            places.push((offset, *length));
            offset += u64::from(*length) + 8;
        }
        Fragments {
            basic_offset_table: Vec::new(),
            places,
        }
    }

    #[test]
    fn offsets_must_hit_fragments() {
        let fragments = fragments(&[10, 20, 30]);
        assert_eq!(
            by_offsets(&fragments, &[0, 46], 2),
            Some(vec![0..2, 2..3]),
            "10 + 8 + 20 + 8 is the third item"
        );
        assert_eq!(by_offsets(&fragments, &[0, 45], 2), None);
        assert_eq!(by_offsets(&fragments, &[0, 0], 2), None, "not rising");
        assert_eq!(by_offsets(&fragments, &[18, 46], 2), None, "not from 0");
        assert_eq!(by_offsets(&fragments, &[0], 2), None, "too few");
        assert_eq!(by_offsets(&fragments, &[0, u64::MAX], 2), None);
    }
}
