//! Codecs that come with dicom-pixeldata: JPEG 2000 and HTJ2K by OpenJPEG, JPEG XL by jxl-oxide.
//!
//! They trust their input, so each codestream's own header is compared with the attributes first; what they get is an object made for
//! one frame, never the foreign object itself.

use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, PrimitiveValue};
use dicom_dictionary_std::uids;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;

use super::cells::Cells;
use super::codestream::Filled;
use crate::dicom::{VR, tags};
use crate::imaging::image::{DecodeError, PixelDescription};
use crate::imaging::{PhotometricInterpretation, Samples};

/// Name in messages.
pub const JPEG_2000: &str = "JPEG 2000";

fn broken(codec: &'static str, reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec,
        reason: reason.into(),
    }
}

/// Has dicom-pixeldata decode one codestream of a transfer syntax that its registry knows.
pub fn unpack(
    codec: &'static str,
    transfer_syntax_uid: &str,
    pixels: &PixelDescription,
    codestream: Vec<u8>,
) -> Result<Vec<u8>, DecodeError> {
    let failed = |error: &dyn std::error::Error| {
        let cause = std::iter::successors(Some(error), |e| e.source()).last();
        broken(codec, cause.map_or_else(String::new, ToString::to_string))
    };
    let short = |tag, value: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(value));
    let text = |tag, vr, value: &str| DataElement::new(tag, vr, PrimitiveValue::from(value));
    let side = |length: u32| u16::try_from(length).expect("Rows and Columns were checked");
    let photometric = match pixels.samples_per_pixel {
        1 => "MONOCHROME2",
        _ => "RGB",
    };
    let mut object = InMemDicomObject::from_element_iter([
        short(tags::SAMPLES_PER_PIXEL, pixels.samples_per_pixel),
        text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric),
        short(tags::PLANAR_CONFIGURATION, 0),
        text(tags::NUMBER_OF_FRAMES, VR::IS, "1"),
        short(tags::ROWS, side(pixels.rows)),
        short(tags::COLUMNS, side(pixels.columns)),
        short(tags::BITS_ALLOCATED, pixels.bits_allocated),
        short(tags::BITS_STORED, pixels.bits_stored),
        short(tags::HIGH_BIT, pixels.high_bit),
        short(tags::PIXEL_REPRESENTATION, u16::from(pixels.signed)),
    ]);
    object.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OB,
        PixelFragmentSequence::new_fragments(vec![codestream]),
    ));
    let object = object
        .with_meta(
            FileMetaTableBuilder::new()
                .transfer_syntax(transfer_syntax_uid)
                .media_storage_sop_class_uid(uids::SECONDARY_CAPTURE_IMAGE_STORAGE),
        )
        .map_err(|error| failed(&error))?;
    let decoded = object.decode_pixel_data().map_err(|error| failed(&error))?;
    Ok(decoded.data().to_vec())
}

/// Copies what a codec gave, `bytes_per_sample` bytes little endian each, into the cells.
pub fn store_samples(
    codec: &'static str,
    data: &[u8],
    bytes_per_sample: usize,
    samples: &mut Samples,
) -> Result<(), DecodeError> {
    let wanted = samples.len() * bytes_per_sample;
    if data.len() != wanted {
        let reason = format!("decoded to {} bytes instead of {wanted}", data.len());
        return Err(broken(codec, reason));
    }
    match (samples.cells(), bytes_per_sample) {
        (Some(Cells::Eight(cells)), 1) => cells.copy_from_slice(data),
        (Some(Cells::Sixteen(cells)), 1) => {
            for (cell, byte) in cells.iter_mut().zip(data) {
                *cell = u16::from(*byte);
            }
        }
        (Some(Cells::Sixteen(cells)), 2) => {
            for (cell, bytes) in cells.iter_mut().zip(data.chunks_exact(2)) {
                *cell = u16::from_le_bytes([bytes[0], bytes[1]]);
            }
        }
        _ => return Err(broken(codec, "more than 16 bits a sample")),
    }
    Ok(())
}

/// dicom-transfer-syntax-registry refuses frames of 16 MiB and more that compress better than this; black mammograms do.
const REGISTRY_RATIO_MAX: usize = 64;

/// Decodes JPEG 2000 or HTJ2K.
pub fn decode_jpeg_2000(
    codestream: &[u8],
    pixels: &PixelDescription,
    samples: &mut Samples,
    notes: &mut Vec<String>,
) -> Result<Filled, DecodeError> {
    let header = Jpeg2000Header::read(codestream)?;
    header.agree(pixels)?;
    if header.signed != pixels.signed {
        notes.push("Pixel Representation (0028,0103) is not the JPEG 2000 codestream's".to_owned());
    }
    let bytes_per_sample = usize::from(pixels.bits_allocated / 8);
    let frame_bytes = samples.len() * bytes_per_sample;
    let mut bytes = codestream.to_vec();
    // Nothing after the end of the codestream is read, but it counts for the registry's ratio.
    bytes.resize(bytes.len().max(frame_bytes / REGISTRY_RATIO_MAX + 1), 0);
    let data = unpack(JPEG_2000, uids::JPEG2000, pixels, bytes)?;
    store_samples(JPEG_2000, &data, bytes_per_sample, samples)?;
    Ok(Filled {
        precision: header.precision,
        photometric: header.photometric(pixels),
    })
}

/// What the main header of a JPEG 2000 codestream says (ISO 15444-1 A.5.1, A.6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Jpeg2000Header {
    rows: u32,
    columns: u32,
    components: u16,
    precision: u16,
    signed: bool,
    component_transform: bool,
}

impl Jpeg2000Header {
    fn read(data: &[u8]) -> Result<Self, DecodeError> {
        let start = data
            .windows(4)
            .position(|window| window == [0xFF, 0x4F, 0xFF, 0x51])
            .ok_or_else(|| broken(JPEG_2000, "there is no codestream"))?;
        let data = &data[start + 4..];
        let cut = || broken(JPEG_2000, "the header is cut off");
        let size = data.get(..38).ok_or_else(cut)?;
        let long =
            |at: usize| u32::from_be_bytes([size[at], size[at + 1], size[at + 2], size[at + 3]]);
        let components = u16::from_be_bytes([size[36], size[37]]);
        let details = data
            .get(38..38 + 3 * usize::from(components))
            .filter(|_| (1..=4).contains(&components))
            .ok_or_else(cut)?;
        let first = details[0];
        let equal = details
            .chunks_exact(3)
            .all(|component| component == [first, 1, 1]);
        if !equal {
            return Err(broken(JPEG_2000, "components differ in size or depth"));
        }
        if long(20) == 0 || long(24) == 0 {
            return Err(broken(JPEG_2000, "tiles without size"));
        }
        Ok(Self {
            columns: long(4).saturating_sub(long(12)),
            rows: long(8).saturating_sub(long(16)),
            components,
            precision: u16::from(first & 0x7F) + 1,
            signed: first & 0x80 != 0,
            component_transform: coding_transform(data).ok_or_else(cut)?,
        })
    }

    fn agree(&self, pixels: &PixelDescription) -> Result<(), DecodeError> {
        let pairs = [
            ("rows", self.rows, pixels.rows),
            ("columns", self.columns, pixels.columns),
            (
                "samples",
                u32::from(self.components),
                u32::from(pixels.samples_per_pixel),
            ),
        ];
        for (what, found, wanted) in pairs {
            if found != wanted {
                let reason =
                    format!("the codestream has {found} {what}, the attributes say {wanted}");
                return Err(broken(JPEG_2000, reason));
            }
        }
        let fits = self.precision <= pixels.bits_allocated && pixels.bits_allocated <= 16;
        if !fits || !pixels.bits_allocated.is_multiple_of(8) {
            let reason = format!(
                "{} bits a sample in Bits Allocated (0028,0100) of {}",
                self.precision, pixels.bits_allocated
            );
            return Err(broken(JPEG_2000, reason));
        }
        Ok(())
    }

    /// The decoder undoes component transforms, so what had one is RGB.
    fn photometric(&self, pixels: &PixelDescription) -> PhotometricInterpretation {
        use PhotometricInterpretation as P;
        match pixels.photometric {
            _ if self.component_transform && self.components >= 3 => P::Rgb,
            P::YbrIct | P::YbrRct => P::Rgb,
            P::YbrFull422 => P::YbrFull,
            other => other,
        }
    }
}

/// Multiple component transformation of the COD segment; `data` starts behind the SIZ marker.
fn coding_transform(data: &[u8]) -> Option<bool> {
    let mut at = 0;
    loop {
        let length = usize::from(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?]));
        at += length.max(2);
        let marker = [*data.get(at)?, *data.get(at + 1)?];
        if marker[0] != 0xFF || marker == [0xFF, 0x90] {
            return None;
        }
        at += 2;
        if marker == [0xFF, 0x52] {
            return data.get(at + 6).map(|transform| *transform == 1);
        }
    }
}
