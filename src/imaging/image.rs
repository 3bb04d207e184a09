//! What the Image Pixel module says, checked, and where each frame's bytes are (PS3.3 C.7.6.3, PS3.5 §8 and Annex A.4).

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use super::decode::cells::FRAME_BYTES_MAX;
use super::decode::native::{self, NativeLayout};
use super::decode::{Decoded, FrameTable, decode_codestream};
use super::frame::{Frame, FrameIndex};
use crate::dicom::{DataSet, DicomFile, Element, ScanOptions, Tag, Value, tags};

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

/// What a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleKind {
    /// Pixel Data (7FE0,0010).
    Integer,
    /// Float Pixel Data (7FE0,0008).
    Float,
    /// Double Float Pixel Data (7FE0,0009).
    Double,
}

fn attribute(words: impl Into<String>) -> DecodeError {
    DecodeError::Attributes(words.into())
}

/// The element that holds the pixels and what it holds; `None` when there is none, or nothing in it.
fn pixel_element(data_set: &DataSet) -> Option<(&Element, SampleKind)> {
    let found = [
        (tags::PIXEL_DATA, SampleKind::Integer),
        (tags::FLOAT_PIXEL_DATA, SampleKind::Float),
        (tags::DOUBLE_FLOAT_PIXEL_DATA, SampleKind::Double),
    ]
    .into_iter()
    .find_map(|(tag, kind)| data_set.element(tag).map(|element| (element, kind)))?;
    let empty = match &found.0.value {
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::Long(length) => *length == 0,
        Value::Fragments(fragments) => fragments.places.is_empty(),
        Value::Sequence(items) => items.is_empty(),
    };
    (!empty).then_some(found)
}

impl PhotometricInterpretation {
    /// Finds the term (0028,0004), retired ones included.
    pub fn from_term(term: &str) -> Self {
        match term.trim() {
            "MONOCHROME1" => Self::Monochrome1,
            "MONOCHROME2" => Self::Monochrome2,
            "PALETTE COLOR" => Self::PaletteColor,
            "RGB" => Self::Rgb,
            "YBR_FULL" => Self::YbrFull,
            "YBR_FULL_422" => Self::YbrFull422,
            "YBR_PARTIAL_422" | "YBR_PARTIAL_420" => Self::YbrPartial,
            "YBR_ICT" => Self::YbrIct,
            "YBR_RCT" => Self::YbrRct,
            _ => Self::Other,
        }
    }

    /// How many samples a pixel must have; `None` where the term does not say.
    fn samples_per_pixel(self) -> Option<u16> {
        match self {
            Self::Monochrome1 | Self::Monochrome2 | Self::PaletteColor => Some(1),
            Self::Rgb
            | Self::YbrFull
            | Self::YbrFull422
            | Self::YbrPartial
            | Self::YbrIct
            | Self::YbrRct => Some(3),
            Self::Other => None,
        }
    }
}

impl PixelDescription {
    /// Reads and checks the module; `Err(NoPixelData)` when the object holds none.
    pub fn read(data_set: &DataSet) -> Result<Self, DecodeError> {
        let (_, kind) = pixel_element(data_set).ok_or(DecodeError::NoPixelData)?;
        let number = |tag: Tag, name: &str| {
            let value = data_set
                .int(tag)
                .ok_or_else(|| attribute(format!("{name} {tag} is missing")))?;
            u16::try_from(value).map_err(|_| attribute(format!("{name} {tag} is {value}")))
        };
        let photometric_term = data_set
            .text(tags::PHOTOMETRIC_INTERPRETATION)
            .ok_or_else(|| attribute("Photometric Interpretation (0028,0004) is missing"))?;
        let bits_allocated = number(tags::BITS_ALLOCATED, "Bits Allocated")?;
        let (bits_stored, high_bit, signed) = match kind {
            SampleKind::Integer => {
                let bits_stored = number(tags::BITS_STORED, "Bits Stored")?;
                let high_bit = match data_set.int(tags::HIGH_BIT) {
                    Some(_) => number(tags::HIGH_BIT, "High Bit")?,
                    None => bits_stored.saturating_sub(1),
                };
                let signed = data_set.int(tags::PIXEL_REPRESENTATION) == Some(1);
                (bits_stored, high_bit, signed)
            }
            // Float pixel data has neither (PS3.3 C.7.6.24).
            _ => (bits_allocated, bits_allocated.saturating_sub(1), true),
        };
        let description = Self {
            rows: u32::from(number(tags::ROWS, "Rows")?),
            columns: u32::from(number(tags::COLUMNS, "Columns")?),
            samples_per_pixel: number(tags::SAMPLES_PER_PIXEL, "Samples per Pixel")?,
            photometric: PhotometricInterpretation::from_term(&photometric_term),
            planar: data_set.int(tags::PLANAR_CONFIGURATION) == Some(1),
            bits_allocated,
            bits_stored,
            high_bit,
            signed,
            frames: number_of_frames(data_set)?,
        };
        description.check(&photometric_term, kind)?;
        Ok(description)
    }

    fn check(&self, photometric_term: &str, kind: SampleKind) -> Result<(), DecodeError> {
        if self.rows == 0 || self.columns == 0 {
            return Err(attribute(format!(
                "an image of {} Rows (0028,0010) and {} Columns (0028,0011)",
                self.rows, self.columns
            )));
        }
        let samples = self.samples_per_pixel;
        if !matches!(samples, 1 | 3 | 4) {
            return Err(attribute(format!(
                "Samples per Pixel (0028,0002) is {samples}"
            )));
        }
        let wanted = self.photometric.samples_per_pixel();
        if wanted.is_some_and(|wanted| wanted != samples) {
            return Err(attribute(format!(
                "Samples per Pixel (0028,0002) is {samples}, against {photometric_term}"
            )));
        }
        let allocated = self.bits_allocated;
        let allowed = match kind {
            SampleKind::Integer => matches!(allocated, 1 | 8 | 12 | 16 | 32),
            SampleKind::Float => allocated == 32,
            SampleKind::Double => allocated == 64,
        };
        if !allowed || (allocated < 8 && samples != 1) {
            return Err(attribute(format!(
                "Bits Allocated (0028,0100) of {allocated} cannot be decoded"
            )));
        }
        let stored = self.bits_stored;
        if !(1..=allocated).contains(&stored) {
            return Err(attribute(format!(
                "Bits Stored (0028,0101) is {stored}, Bits Allocated (0028,0100) {allocated}"
            )));
        }
        if !(stored - 1..allocated).contains(&self.high_bit) {
            return Err(attribute(format!(
                "High Bit (0028,0102) is {}, Bits Stored (0028,0101) {stored}, Bits Allocated (0028,0100) {allocated}",
                self.high_bit
            )));
        }
        self.frame_samples().map(|_| ())
    }

    /// How many samples a frame has; an error when it is larger than we ever decode.
    pub fn frame_samples(&self) -> Result<usize, DecodeError> {
        let count =
            u64::from(self.rows) * u64::from(self.columns) * u64::from(self.samples_per_pixel);
        let bytes = count * u64::from(self.bits_allocated.div_ceil(8));
        if bytes > FRAME_BYTES_MAX {
            return Err(attribute(format!("a frame of {bytes} bytes is too large")));
        }
        usize::try_from(count).map_err(|_| attribute("a frame too large for this machine"))
    }
}

fn number_of_frames(data_set: &DataSet) -> Result<u32, DecodeError> {
    let Some(text) = data_set.text(tags::NUMBER_OF_FRAMES) else {
        return Ok(1);
    };
    match data_set.int(tags::NUMBER_OF_FRAMES) {
        // Zero is written for single frames by some.
        Some(0) => Some(1),
        Some(frames) if frames > 0 => u32::try_from(frames).ok(),
        _ => None,
    }
    .ok_or_else(|| attribute(format!("Number of Frames (0028,0008) is {text:?}")))
}

/// An object with pixel data, ready to decode any frame. Holds the header, not the pixels.
#[derive(Debug)]
pub struct Image {
    /// The scanned object.
    pub file: DicomFile,
    /// Its checked pixel module.
    pub pixels: PixelDescription,
    place: Place,
    /// Whether bits outside the stored ones hold overlays (PS3.3 C.9.2, retired use).
    embedded_overlays: bool,
}

/// Where the frames are and how they are written.
#[derive(Debug)]
enum Place {
    Native(NativeLayout),
    Encapsulated {
        places: Vec<(u64, u32)>,
        frames: Vec<(Range<usize>, Option<u64>)>,
    },
}

impl Image {
    /// Opens an object and finds its frames.
    pub fn open(path: &Path) -> Result<Self, DecodeError> {
        let file = DicomFile::open(path, &ScanOptions::DISPLAY).map_err(|error| {
            let cause = error.source().map(|cause| format!(": {cause}"));
            DecodeError::Unreadable(format!("{error}{}", cause.unwrap_or_default()))
        })?;
        Self::from_file(file)
    }

    /// Takes an object that was scanned before and finds its frames.
    pub fn from_file(file: DicomFile) -> Result<Self, DecodeError> {
        let pixels = PixelDescription::read(&file.data_set)?;
        let (element, kind) = pixel_element(&file.data_set).ok_or(DecodeError::NoPixelData)?;
        let place = match FrameTable::read(&file, element, pixels.frames)? {
            FrameTable::Native { .. } if file.syntax.is_encapsulated() => {
                return Err(attribute(format!(
                    "pixel data is not encapsulated, against {}",
                    file.syntax.name
                )));
            }
            FrameTable::Native { offset, length } => Place::Native(NativeLayout::read(
                &file,
                element.vr,
                (offset, length),
                &pixels,
                kind,
            )),
            FrameTable::Encapsulated(frames) => Place::Encapsulated {
                places: match &element.value {
                    Value::Fragments(fragments) => fragments.places.clone(),
                    _ => Vec::new(),
                },
                frames,
            },
        };
        let embedded_overlays = has_embedded_overlays(&file.data_set);
        Ok(Self {
            file,
            pixels,
            place,
            embedded_overlays,
        })
    }

    /// Decodes one frame. Never panics on foreign bytes; memory is bounded by the attributes.
    pub fn decode(&self, frame: FrameIndex) -> Result<Frame, DecodeError> {
        let decoded = self.decode_with_notes(frame)?;
        for note in &decoded.notes {
            tracing::debug!(frame = frame.0, "{note}");
        }
        Ok(decoded.frame)
    }

    /// Decodes one frame and tells what was odd about its codestream.
    pub fn decode_with_notes(&self, frame: FrameIndex) -> Result<Decoded, DecodeError> {
        if frame.0 >= self.pixels.frames {
            return Err(DecodeError::NoSuchFrame {
                wanted: u64::from(frame.0) + 1,
                frames: self.pixels.frames,
            });
        }
        match &self.place {
            Place::Native(layout) => {
                let keep_cells = self.embedded_overlays;
                native::decode(&self.file, layout, &self.pixels, frame, keep_cells).map(|frame| {
                    Decoded {
                        frame,
                        notes: Vec::new(),
                    }
                })
            }
            Place::Encapsulated { places, frames } => {
                let (range, length) = &frames[frame.0 as usize];
                let mut codestream = self.read_fragments(&places[range.clone()])?;
                if let Some(length) = length.and_then(|length| usize::try_from(length).ok()) {
                    codestream.truncate(length);
                }
                decode_codestream(self.file.syntax, &codestream, &self.pixels)
            }
        }
    }

    /// Whether overlays lie in unused bits of the pixels (PS3.3 C.9.2, retired use).
    pub fn has_embedded_overlays(&self) -> bool {
        self.embedded_overlays
    }

    /// Joins the fragments of one frame.
    fn read_fragments(&self, places: &[(u64, u32)]) -> Result<Vec<u8>, DecodeError> {
        let source = self.file.source();
        let total: u64 = places.iter().map(|place| u64::from(place.1)).sum();
        if total > source.size() {
            return Err(DecodeError::Unreadable("fragments pass the end".to_owned()));
        }
        let mut bytes = vec![0; usize::try_from(total).map_err(|_| DecodeError::NoPixelData)?];
        let mut rest = bytes.as_mut_slice();
        for (offset, length) in places {
            let (fragment, after) = rest.split_at_mut(*length as usize);
            source
                .read_exact_at(fragment, *offset)
                .map_err(|error| DecodeError::Unreadable(error.to_string()))?;
            rest = after;
        }
        Ok(bytes)
    }
}

/// Overlay groups 6000 to 601E without data of their own live in the cells.
fn has_embedded_overlays(data_set: &DataSet) -> bool {
    (0x6000..=0x601E_u16).step_by(2).any(|group| {
        data_set.element(Tag(group, 0x0102)).is_some()
            && data_set.element(Tag(group, 0x3000)).is_none()
    })
}
