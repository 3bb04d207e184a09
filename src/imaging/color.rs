//! Colour frames to 8-bit RGB: YBR, palettes, ICC profiles (PS3.3 C.7.6.3.1.2, C.7.9, C.11.15).
//!
//! Only what is shown goes through here; stored values stay as they are. Wider samples are scaled from their Bits Stored.

use std::sync::Arc;

use super::icc::IccProfile;
use super::{Frame, PhotometricInterpretation, Samples};
use crate::dicom::transfer_syntax::Encoding;
use crate::dicom::{DicomFile, Tag, tags};

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

/// The attributes of one colour of a palette.
struct ColorTable {
    name: &'static str,
    descriptor: Tag,
    data: Tag,
    segmented: Tag,
}

const COLOR_TABLES: [ColorTable; 3] = [
    ColorTable {
        name: "Red",
        descriptor: tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        data: tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        segmented: tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    },
    ColorTable {
        name: "Green",
        descriptor: tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        data: tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        segmented: tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    },
    ColorTable {
        name: "Blue",
        descriptor: tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        data: tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        segmented: tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    },
];

/// Number of entries, first mapped value, bits of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Descriptor {
    entries: usize,
    first: i32,
    bits: u16,
}

impl Palette {
    /// Reads the Palette Color Lookup Table module; `None` when the object has none, words when it is broken.
    pub fn read(file: &DicomFile) -> Result<Option<Self>, String> {
        if COLOR_TABLES
            .iter()
            .all(|table| file.data_set.element(table.descriptor).is_none())
        {
            return Ok(None);
        }
        let mut first = None;
        let mut columns = Vec::with_capacity(3);
        for table in &COLOR_TABLES {
            let (descriptor, values) = read_table(file, table)
                .map_err(|reason| format!("{} palette: {reason}", table.name))?;
            if *first.get_or_insert(descriptor.first) != descriptor.first {
                return Err("the palettes start at different values".to_owned());
            }
            columns.push((descriptor, values));
        }
        // Some writers say 16 bits and mean 8.
        let narrow = columns
            .iter()
            .all(|(_, values)| values.iter().all(|value| *value <= 0xFF));
        let length = columns.iter().map(|c| c.1.len()).min().unwrap_or(0);
        let mut entries = vec![[0; 3]; length];
        for (color, (descriptor, values)) in columns.iter().enumerate() {
            let shift = if descriptor.bits > 8 && !narrow { 8 } else { 0 };
            for (entry, value) in entries.iter_mut().zip(values) {
                entry[color] = (value >> shift) as u8;
            }
        }
        Ok(Some(Self {
            first: first.unwrap_or(0),
            entries,
        }))
    }

    /// The colour of a pixel value.
    pub fn color(&self, value: i32) -> [u8; 3] {
        let index = i64::from(value) - i64::from(self.first);
        let last = self.entries.len().saturating_sub(1);
        let index = usize::try_from(index).unwrap_or(0).min(last);
        self.entries.get(index).copied().unwrap_or([0; 3])
    }
}

fn read_table(file: &DicomFile, table: &ColorTable) -> Result<(Descriptor, Vec<u16>), String> {
    let numbers = file.data_set.ints(table.descriptor);
    let [entries, first, bits] = numbers[..] else {
        return Err("its descriptor is not three numbers".to_owned());
    };
    // US or SS: what was written as the other comes out wrapped.
    let signed = file.data_set.int(tags::PIXEL_REPRESENTATION) == Some(1);
    let entries = (entries & 0xFFFF) as u16;
    let first = (first & 0xFFFF) as u16;
    let descriptor = Descriptor {
        entries: if entries == 0 {
            0x1_0000
        } else {
            usize::from(entries)
        },
        first: if signed {
            i32::from(first.cast_signed())
        } else {
            i32::from(first)
        },
        bits: match bits {
            8 => 8,
            9..=16 => 16,
            other => return Err(format!("{other} bits an entry")),
        },
    };
    let big_endian = file.data_set.encoding == Encoding::ExplicitBig;
    let words = |tag: Tag| {
        let element = file.data_set.element(tag)?;
        let bytes = file.value_bytes(element).ok()?;
        Some(words(&bytes, big_endian))
    };
    let values = if let Some(data) = words(table.data).filter(|data| !data.is_empty()) {
        unpack_entries(&data, descriptor)?
    } else if let Some(data) = words(table.segmented) {
        expand_segments(&data, descriptor.entries)?
    } else {
        return Err("its data is missing".to_owned());
    };
    Ok((descriptor, values))
}

fn words(bytes: &[u8], big_endian: bool) -> Vec<u16> {
    let word = |pair: &[u8]| match (pair, big_endian) {
        ([a, b], true) => u16::from_be_bytes([*a, *b]),
        ([a, b], false) => u16::from_le_bytes([*a, *b]),
        _ => u16::from(pair[0]),
    };
    bytes.chunks(2).map(word).collect()
}

/// Entries of 8 bits may lie two in a word, the first in the lower byte, or one in each.
fn unpack_entries(data: &[u16], descriptor: Descriptor) -> Result<Vec<u16>, String> {
    let Descriptor { entries, bits, .. } = descriptor;
    if data.len() >= entries {
        return Ok(data[..entries].to_vec());
    }
    if bits == 8 && data.len() * 2 >= entries {
        let bytes = data.iter().flat_map(|word| [word & 0xFF, word >> 8]);
        return Ok(bytes.take(entries).collect());
    }
    Err(format!("{} words for {entries} entries", data.len()))
}

/// Segmented data (PS3.3 C.7.9.2): discrete, linear and indirect segments.
fn expand_segments(data: &[u16], entries: usize) -> Result<Vec<u16>, String> {
    let mut values = Vec::with_capacity(entries);
    let mut at = 0;
    while at < data.len() && values.len() < entries {
        at = expand_segment(data, at, entries, &mut values, true)?;
    }
    if values.len() < entries {
        return Err(format!(
            "segments of {} for {entries} entries",
            values.len()
        ));
    }
    values.truncate(entries);
    Ok(values)
}

/// Expands the segment at `at`; returns where the next one is.
fn expand_segment(
    data: &[u16],
    at: usize,
    entries: usize,
    values: &mut Vec<u16>,
    indirect_allowed: bool,
) -> Result<usize, String> {
    let cut = || "a segment is cut off".to_owned();
    let word = |index: usize| data.get(index).copied().ok_or_else(cut);
    let length = usize::from(word(at + 1)?);
    match word(at)? {
        0 => {
            let run = data.get(at + 2..at + 2 + length).ok_or_else(cut)?;
            values.extend_from_slice(run);
            Ok(at + 2 + length)
        }
        1 => {
            let start = f64::from(*values.last().ok_or("a linear segment comes first")?);
            let end = f64::from(word(at + 2)?);
            for step in 1..=length {
                let value = start + (end - start) * step as f64 / length as f64;
                values.push(value.round() as u16);
            }
            Ok(at + 3)
        }
        2 if indirect_allowed => {
            let offset = usize::from(word(at + 2)?) | usize::from(word(at + 3)?) << 16;
            let mut source = offset;
            for _ in 0..length {
                if values.len() >= entries {
                    break;
                }
                source = expand_segment(data, source, entries, values, false)?;
            }
            Ok(at + 4)
        }
        other => Err(format!("a segment of type {other}")),
    }
}

/// What the colours of an object mean besides its Photometric Interpretation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Colors {
    /// Its colour table.
    pub palette: Option<Arc<Palette>>,
    /// Its ICC profile.
    pub profile: Option<Arc<IccProfile>>,
}

/// Turns a decoded colour frame into 8-bit RGB for display: sRGB, where a profile says what its colours are. A gray frame gets
/// equal parts.
pub fn to_rgb8(frame: &Frame, colors: &Colors) -> RgbImage {
    let pixel_count = frame.rows as usize * frame.columns as usize;
    let palette = colors.palette.as_deref();
    let palette = palette.filter(|_| frame.photometric == PhotometricInterpretation::PaletteColor);
    let mut data = match palette {
        Some(palette) => palette_colors(frame, palette),
        None => {
            let bytes = eight_bits(frame);
            match (frame.photometric, frame.samples_per_pixel) {
                (PhotometricInterpretation::YbrFull | PhotometricInterpretation::YbrFull422, 3) => {
                    by_pixel(&bytes, full_range)
                }
                (PhotometricInterpretation::YbrPartial, 3) => by_pixel(&bytes, partial_range),
                (_, 3) => bytes,
                (PhotometricInterpretation::Monochrome1, 1) => {
                    bytes.iter().flat_map(|value| [255 - value; 3]).collect()
                }
                (_, 1) => bytes.iter().flat_map(|value| [*value; 3]).collect(),
                (_, samples) => bytes
                    .chunks_exact(usize::from(samples.max(1)))
                    .flat_map(|pixel| [0, 1, 2].map(|i| pixel.get(i).copied().unwrap_or(0)))
                    .collect(),
            }
        }
    };
    data.resize(pixel_count * 3, 0);
    if let Some(profile) = &colors.profile {
        profile.convert(&mut data);
    }
    RgbImage {
        width: frame.columns,
        height: frame.rows,
        data,
    }
}

fn palette_colors(frame: &Frame, palette: &Palette) -> Vec<u8> {
    fn look_up<T: Copy + Into<i64>>(values: &[T], palette: &Palette) -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| {
                let value: i64 = (*value).into();
                palette.color(value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
            })
            .collect()
    }
    match &frame.samples {
        Samples::U8(values) => look_up(values, palette),
        Samples::I8(values) => look_up(values, palette),
        Samples::U16(values) => look_up(values, palette),
        Samples::I16(values) => look_up(values, palette),
        Samples::U32(values) => look_up(values, palette),
        Samples::I32(values) => look_up(values, palette),
        Samples::F32(_) | Samples::F64(_) => Vec::new(),
    }
}

/// Scales samples from Bits Stored to 8 bits; signed ones from their own range.
fn eight_bits(frame: &Frame) -> Vec<u8> {
    let bits = u32::from(frame.bits_stored).clamp(1, 32);
    let largest = (1_u64 << bits) - 1;
    let offset = 1_i64 << (bits - 1);
    let scaled = |value: u64| ((value.min(largest) * 255 + largest / 2) / largest) as u8;
    let shifted = |value: i64| scaled(u64::try_from(value + offset).unwrap_or(0));
    match &frame.samples {
        Samples::U8(values) if bits == 8 => values.clone(),
        Samples::U8(values) => values.iter().map(|v| scaled(u64::from(*v))).collect(),
        Samples::U16(values) => values.iter().map(|v| scaled(u64::from(*v))).collect(),
        Samples::U32(values) => values.iter().map(|v| scaled(u64::from(*v))).collect(),
        Samples::I8(values) => values.iter().map(|v| shifted(i64::from(*v))).collect(),
        Samples::I16(values) => values.iter().map(|v| shifted(i64::from(*v))).collect(),
        Samples::I32(values) => values.iter().map(|v| shifted(i64::from(*v))).collect(),
        Samples::F32(_) | Samples::F64(_) => Vec::new(),
    }
}

fn by_pixel(bytes: &[u8], convert: impl Fn(i32, i32, i32) -> [i32; 3]) -> Vec<u8> {
    bytes
        .chunks_exact(3)
        .flat_map(|pixel| {
            let [y, cb, cr] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
            convert(y, cb - 128, cr - 128).map(|value| value.clamp(0, 255) as u8)
        })
        .collect()
}

/// Parts of 65536 of a factor of the YBR equations.
const fn fixed(factor: f64) -> i32 {
    (factor * 65536.0 + 0.5) as i32
}

const HALF: i32 = 1 << 15;

/// The inverse of YBR_FULL.
fn full_range(y: i32, cb: i32, cr: i32) -> [i32; 3] {
    [
        y + ((fixed(1.402) * cr + HALF) >> 16),
        y + ((HALF - fixed(0.344_136) * cb - fixed(0.714_136) * cr) >> 16),
        y + ((fixed(1.772) * cb + HALF) >> 16),
    ]
}

/// The inverse of YBR_PARTIAL_422: luminance from 16 to 235, chrominance from 16 to 240.
fn partial_range(y: i32, cb: i32, cr: i32) -> [i32; 3] {
    let luminance = fixed(1.164_384) * (y - 16) + HALF;
    [
        (luminance + fixed(1.596_027) * cr) >> 16,
        (luminance - fixed(0.391_762) * cb - fixed(0.812_968) * cr) >> 16,
        (luminance + fixed(2.017_232) * cb) >> 16,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(photometric: PhotometricInterpretation, samples: Samples, bits: u16) -> Frame {
        let samples_per_pixel = match photometric {
            PhotometricInterpretation::PaletteColor => 1,
            _ => 3,
        };
        Frame {
            rows: 1,
            columns: (samples.len() / usize::from(samples_per_pixel)) as u32,
            samples_per_pixel,
            bits_stored: bits,
            photometric,
            samples,
            cells: None,
        }
    }

    #[test]
    fn ybr_full_gives_the_colours_of_the_standard() {
        let samples = Samples::U8(vec![76, 85, 255, 149, 43, 21, 128, 128, 128, 255, 128, 128]);
        let image = to_rgb8(
            &frame(PhotometricInterpretation::YbrFull, samples, 8),
            &Colors::default(),
        );
        assert_eq!(
            image.data,
            [254, 0, 0, 0, 255, 0, 128, 128, 128, 255, 255, 255]
        );
    }

    #[test]
    fn ybr_partial_stretches_black_and_white() {
        let samples = Samples::U8(vec![16, 128, 128, 235, 128, 128]);
        let image = to_rgb8(
            &frame(PhotometricInterpretation::YbrPartial, samples, 8),
            &Colors::default(),
        );
        assert_eq!(image.data, [0, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn wide_samples_scale_from_bits_stored() {
        let samples = Samples::U16(vec![4095, 0, 2048]);
        let image = to_rgb8(
            &frame(PhotometricInterpretation::Rgb, samples, 12),
            &Colors::default(),
        );
        assert_eq!(image.data, [255, 0, 128]);
    }

    #[test]
    fn values_outside_a_palette_get_its_ends() {
        let palette = Palette {
            first: 10,
            entries: vec![[1, 2, 3], [4, 5, 6]],
        };
        let samples = Samples::U8(vec![0, 10, 11, 200]);
        let image = to_rgb8(
            &frame(PhotometricInterpretation::PaletteColor, samples, 8),
            &Colors {
                palette: Some(Arc::new(palette)),
                profile: None,
            },
        );
        assert_eq!(image.data, [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    }

    #[test]
    fn segments_expand() {
        // Discrete 0 10, linear to 20 in 2, then both again indirectly.
        let data = [0, 2, 0, 10, 1, 2, 20, 2, 2, 0, 0];
        assert_eq!(
            expand_segments(&data, 8),
            Ok(vec![0, 10, 15, 20, 0, 10, 15, 20])
        );
        assert!(expand_segments(&data, 9).is_err());
        assert!(
            expand_segments(&[1, 2, 20], 2).is_err(),
            "nothing to start from"
        );
        assert!(expand_segments(&[2, 1, 0, 0], 2).is_err(), "a loop");
        assert!(expand_segments(&[0, 9, 1], 2).is_err(), "cut off");
    }

    #[test]
    fn eight_bit_entries_may_be_packed() {
        let descriptor = Descriptor {
            entries: 3,
            first: 0,
            bits: 8,
        };
        assert_eq!(
            unpack_entries(&[0x0201, 0x0003], descriptor),
            Ok(vec![1, 2, 3])
        );
        assert_eq!(unpack_entries(&[1, 2, 3], descriptor), Ok(vec![1, 2, 3]));
        assert!(unpack_entries(&[1], descriptor).is_err());
    }
}
