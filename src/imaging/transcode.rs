//! Writes an object in a native encoding for peers that take no other: from native to native re-encoded, from compressed
//! decompressed frame by frame, never compressed (statement 3.1.2.4, PS3.5 §8, A.4).
//!
//! The instance stays the same: its UID and all its attributes, but for those of the Image Pixel module that describe the
//! encoding. What was compressed with loss says so afterwards too (PS3.3 C.7.6.1.1.5).

use std::io::{self, Write};

use super::decode::decode_codestream;
use super::image::{DecodeError, Image, PixelDescription};
use super::{Frame, FrameIndex, PhotometricInterpretation};
use crate::dicom::encode::{Encoder, swap};
use crate::dicom::transfer_syntax::PixelCodec;
use crate::dicom::{
    Builder, DataSet, DicomFile, Element, Encoding, Fragments, Tag, TransferSyntax, VR, Value, tags,
};

/// Why an object cannot be written in another encoding.
#[derive(Debug, thiserror::Error)]
pub enum TranscodeError {
    /// A frame or the description of the pixels is wrong.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Decompressing would lose something.
    #[error("{0}")]
    Loses(&'static str),
}

/// Only about encapsulated pixel data (PS3.5 §A.4).
const ONLY_ENCAPSULATED: [Tag; 3] = [
    tags::EXTENDED_OFFSET_TABLE,
    tags::EXTENDED_OFFSET_TABLE_LENGTHS,
    tags::ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH,
];

/// Writes the data set of `file` in a native encoding. What can be found out before the first byte, is.
pub fn write(file: DicomFile, target: Encoding, out: &mut dyn Write) -> Result<(), TranscodeError> {
    let pixel_data = file.data_set.element(tags::PIXEL_DATA);
    match pixel_data.map(|element| &element.value) {
        Some(Value::Fragments(fragments)) if !fragments.places.is_empty() => {
            Decompression::prepare(file)?.write(target, out)
        }
        _ => write_native(&file, target, out),
    }
}

fn write_native(
    file: &DicomFile,
    target: Encoding,
    out: &mut dyn Write,
) -> Result<(), TranscodeError> {
    let set = &file.data_set;
    let mut encoder = Encoder::new(target, &**file.source(), out);
    for element in &set.elements {
        if element.tag == tags::PIXEL_DATA {
            write_native_pixels(&mut encoder, element, set)?;
        } else {
            encoder.element(&without_compression(element, file)?, set.encoding)?;
        }
    }
    Ok(())
}

/// Native pixel data. Without a VR it counts as words (PS3.5 §A.1); for one byte a sample bytes are meant, in any order.
fn write_native_pixels(
    encoder: &mut Encoder<'_>,
    element: &Element,
    set: &DataSet,
) -> Result<(), TranscodeError> {
    let mut element = element.clone();
    let bits_allocated = set.int(tags::BITS_ALLOCATED).unwrap_or(0);
    if matches!(&element.value, Value::Fragments(_)) {
        element.value = Value::Bytes(Box::default());
    }
    if bits_allocated == 8 && set.encoding == Encoding::ImplicitLittle {
        element.vr = VR::OB;
    }
    // A sample of four bytes changes its order as a whole, though VR OW alone would swap its halves only.
    let width = match (element.vr, bits_allocated) {
        (VR::OW, 32) => Some(4),
        _ => None,
    };
    encoder.element_of_width(&element, set.encoding, width)?;
    Ok(())
}

/// A compressed object, its first frame decoded: most of what can be wrong has shown itself.
struct Decompression {
    image: Image,
    first: Frame,
    /// The description of the native pixels, in place of the stored one.
    changed: DataSet,
}

impl Decompression {
    fn prepare(file: DicomFile) -> Result<Self, TranscodeError> {
        let image = Image::from_file(file)?;
        if image.has_embedded_overlays() {
            return Err(TranscodeError::Loses(
                "overlays lie in the unused bits of compressed pixels",
            ));
        }
        let first = image.decode(FrameIndex(0))?;
        let changed = describe_native(&image, &first);
        Ok(Self {
            image,
            first,
            changed,
        })
    }

    fn write(self, target: Encoding, out: &mut dyn Write) -> Result<(), TranscodeError> {
        let file = &self.image.file;
        let encoding = file.data_set.encoding;
        let mut elements: Vec<(Element, Encoding)> = Vec::new();
        for element in &file.data_set.elements {
            let replaced = self.changed.element(element.tag).is_some();
            if !replaced && !ONLY_ENCAPSULATED.contains(&element.tag) {
                elements.push((without_compression(element, file)?, encoding));
            }
        }
        let ours = self.changed.elements.iter().cloned();
        elements.extend(ours.map(|element| (element, self.changed.encoding)));
        elements.sort_by_key(|(element, _)| element.tag);
        let mut encoder = Encoder::new(target, &**file.source(), out);
        for (element, from) in &elements {
            if element.tag == tags::PIXEL_DATA {
                self.write_pixels(&mut encoder, target)?;
            } else {
                encoder.element(element, *from)?;
            }
        }
        Ok(())
    }

    fn write_pixels(
        &self,
        encoder: &mut Encoder<'_>,
        target: Encoding,
    ) -> Result<(), TranscodeError> {
        let pixels = &self.image.pixels;
        let width = cell_bytes(pixels);
        let frame_bytes = pixels.frame_samples()? as u64 * width as u64;
        let total = frame_bytes * u64::from(pixels.frames);
        let vr = if width == 1 { VR::OB } else { VR::OW };
        encoder.header(tags::PIXEL_DATA, vr, total.next_multiple_of(2))?;
        let mut bytes = Vec::new();
        for number in 0..pixels.frames {
            bytes.clear();
            let decoded;
            let frame = match number {
                0 => &self.first,
                _ => {
                    decoded = self.image.decode(FrameIndex(number))?;
                    &decoded
                }
            };
            append(frame, width, &mut bytes);
            if bytes.len() as u64 != frame_bytes {
                return Err(io::Error::other("a frame of another size").into());
            }
            if target == Encoding::ExplicitBig {
                swap(&mut bytes, width);
            }
            encoder.raw(&bytes)?;
        }
        if !total.is_multiple_of(2) {
            encoder.raw(&[0])?;
        }
        Ok(())
    }
}

/// Bytes of a decoded sample.
fn cell_bytes(pixels: &PixelDescription) -> usize {
    usize::from(pixels.bits_allocated.div_ceil(8).next_power_of_two())
}

fn append(frame: &Frame, width: usize, bytes: &mut Vec<u8>) {
    bytes.reserve(frame.samples.len() * width);
    frame.samples.append_little_endian(bytes);
}

/// The attributes that describe native pixels instead of compressed ones.
fn describe_native(image: &Image, first: &Frame) -> DataSet {
    let pixels = &image.pixels;
    let set = &image.file.data_set;
    let allocated = u16::try_from(cell_bytes(pixels) * 8).unwrap_or(pixels.bits_allocated);
    // Decoded samples are right-aligned in their cells.
    let mut changed = Builder::new()
        .ints(tags::BITS_ALLOCATED, &[allocated.into()])
        .ints(tags::BITS_STORED, &[pixels.bits_stored.into()])
        .ints(tags::HIGH_BIT, &[i64::from(pixels.bits_stored) - 1]);
    if pixels.samples_per_pixel > 1 {
        changed = changed.ints(tags::PLANAR_CONFIGURATION, &[0]);
    }
    let term = match first.photometric {
        PhotometricInterpretation::Rgb => Some("RGB"),
        PhotometricInterpretation::YbrFull => Some("YBR_FULL"),
        _ => None,
    };
    if let Some(term) = term {
        changed = changed.text(tags::PHOTOMETRIC_INTERPRETATION, term);
    }
    if image.file.syntax.lossy {
        changed = remember_loss(changed, image, set);
    }
    changed.to_data_set()
}

/// What the transfer syntax told and the data set has to tell from now on.
fn remember_loss(mut changed: Builder, image: &Image, set: &DataSet) -> Builder {
    let syntax = image.file.syntax;
    let stated = set.text(tags::LOSSY_IMAGE_COMPRESSION);
    // These two can be reversible under a syntax that may be lossy: what the object says about itself counts.
    let perhaps_reversible = matches!(syntax.codec, PixelCodec::Jpeg2000 | PixelCodec::JpegXl);
    if stated.as_deref() == Some("01") || (stated.is_some() && perhaps_reversible) {
        return changed;
    }
    changed = changed.text(tags::LOSSY_IMAGE_COMPRESSION, "01");
    if set.text(tags::LOSSY_IMAGE_COMPRESSION_RATIO).is_none()
        && let Some(ratio) = compression_ratio(image)
    {
        changed = changed.text(tags::LOSSY_IMAGE_COMPRESSION_RATIO, &ratio);
    }
    if set.text(tags::LOSSY_IMAGE_COMPRESSION_METHOD).is_none()
        && let Some(method) = compression_method(syntax)
    {
        changed = changed.text(tags::LOSSY_IMAGE_COMPRESSION_METHOD, method);
    }
    changed
}

fn compression_ratio(image: &Image) -> Option<String> {
    let Value::Fragments(fragments) = &image.file.data_set.element(tags::PIXEL_DATA)?.value else {
        return None;
    };
    let compressed: u64 = fragments
        .places
        .iter()
        .map(|(_, length)| u64::from(*length))
        .sum();
    let samples = image.pixels.frame_samples().ok()? as u64;
    let bits = samples * u64::from(image.pixels.bits_stored) * u64::from(image.pixels.frames);
    (compressed > 0).then(|| format!("{:.3}", bits as f64 / 8.0 / compressed as f64))
}

/// Defined terms of PS3.3 C.7.6.1.1.5.1.
fn compression_method(syntax: &TransferSyntax) -> Option<&'static str> {
    match syntax.codec {
        PixelCodec::JpegBaseline | PixelCodec::JpegExtended => Some("ISO_10918_1"),
        PixelCodec::JpegLs => Some("ISO_14495_1"),
        PixelCodec::Jpeg2000 => Some("ISO_15444_1"),
        PixelCodec::JpegXl => Some("ISO_18181_1"),
        _ => None,
    }
}

/// An element in whose sequences no icon is compressed any more.
fn without_compression(element: &Element, file: &DicomFile) -> Result<Element, TranscodeError> {
    let Value::Sequence(items) = &element.value else {
        return Ok(element.clone());
    };
    let items = items
        .iter()
        .map(|item| {
            let mut item = item.clone();
            for element in &mut item.elements {
                *element = without_compression(element, file)?;
            }
            decompress_icon(&mut item, file)?;
            Ok(item)
        })
        .collect::<Result<_, TranscodeError>>()?;
    Ok(Element {
        value: Value::Sequence(items),
        ..element.clone()
    })
}

/// Icons are compressed like the image that they belong to.
fn decompress_icon(item: &mut DataSet, file: &DicomFile) -> Result<(), TranscodeError> {
    let Some(Value::Fragments(fragments)) = item.element(tags::PIXEL_DATA).map(|e| &e.value) else {
        return Ok(());
    };
    let codestream = joined(fragments, file)?;
    let pixels = PixelDescription::read(item)?;
    let frame = decode_codestream(file.syntax, &codestream, &pixels)?.frame;
    let width = cell_bytes(&pixels);
    let mut bytes = Vec::new();
    append(&frame, width, &mut bytes);
    let big = item.encoding == Encoding::ExplicitBig;
    if big {
        swap(&mut bytes, width);
    }
    for element in &mut item.elements {
        let half = |value: u16| {
            let bytes = if big {
                value.to_be_bytes()
            } else {
                value.to_le_bytes()
            };
            Value::Bytes(bytes.into())
        };
        match element.tag {
            tags::PIXEL_DATA => {
                element.vr = if width == 1 { VR::OB } else { VR::OW };
                element.value = Value::Bytes(std::mem::take(&mut bytes).into());
            }
            tags::PHOTOMETRIC_INTERPRETATION
                if frame.photometric == PhotometricInterpretation::Rgb =>
            {
                element.value = Value::Bytes(b"RGB".as_slice().into());
            }
            tags::PLANAR_CONFIGURATION => element.value = half(0),
            tags::HIGH_BIT => element.value = half(pixels.bits_stored - 1),
            _ => {}
        }
    }
    Ok(())
}

fn joined(fragments: &Fragments, file: &DicomFile) -> Result<Vec<u8>, TranscodeError> {
    let mut codestream = Vec::new();
    for (offset, length) in &fragments.places {
        // Lengths were checked against the source when it was scanned.
        let start = codestream.len();
        codestream.resize(start + *length as usize, 0);
        file.source()
            .read_exact_at(&mut codestream[start..], *offset)?;
    }
    Ok(codestream)
}
