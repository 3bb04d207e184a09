//! One frame's codestream to a frame: which codec, what its header must say, what its samples mean.
//!
//! The codestream is believed about its own process; the attributes are believed about sizes. Deviations that archives are full of
//! and that cannot change a value are tolerated and noted, all others are errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cells::{StoredField, frame_cells, frame_of};
use super::jpeg_markers::{JpegHeader, JpegProcess};
use super::{jpeg_baseline, jpeg_dct, jpeg_lossless, jpeg_ls, jpeg_xl, packaged, rle};
use crate::dicom::TransferSyntax;
use crate::dicom::transfer_syntax::PixelCodec;
use crate::imaging::image::{DecodeError, PixelDescription};
use crate::imaging::{Frame, PhotometricInterpretation};

/// A frame and what was odd about its codestream, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The frame.
    pub frame: Frame,
    /// Tolerated deviations.
    pub notes: Vec<String>,
}

/// What a codec found out while it filled the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// Sample precision of the codestream, in bits.
    pub precision: u16,
    /// What the samples mean.
    pub photometric: PhotometricInterpretation,
}

/// Decodes one frame's codestream. Never panics, whatever the bytes are.
pub fn decode_codestream(
    syntax: &TransferSyntax,
    codestream: &[u8],
    pixels: &PixelDescription,
) -> Result<Decoded, DecodeError> {
    let decode = || decode_unguarded(syntax, codestream, pixels);
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(DecodeError::Codestream {
            codec: syntax.name,
            reason: "the decoder gave up on broken data".to_owned(),
        })
    })
}

fn decode_unguarded(
    syntax: &TransferSyntax,
    codestream: &[u8],
    pixels: &PixelDescription,
) -> Result<Decoded, DecodeError> {
    match syntax.codec {
        PixelCodec::Rle => decode_rle(codestream, pixels),
        PixelCodec::JpegXl => decode_packaged(jpeg_xl::CODEC, pixels, |samples, _| {
            jpeg_xl::decode(syntax, codestream, pixels, samples)
        }),
        _ => match codestream {
            [0xFF, 0xD8, 0xFF, ..] => decode_jpeg(syntax, codestream, pixels),
            [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 12, b'j', b'P', ..] => {
                decode_packaged(packaged::JPEG_2000, pixels, |samples, notes| {
                    packaged::decode_jpeg_2000(codestream, pixels, samples, notes)
                })
            }
            _ if syntax.codec == PixelCodec::Other => {
                Err(DecodeError::UnsupportedSyntax(syntax.name))
            }
            _ => Err(DecodeError::Codestream {
                codec: syntax.name,
                reason: "the data does not start like a codestream".to_owned(),
            }),
        },
    }
}

fn decode_rle(codestream: &[u8], pixels: &PixelDescription) -> Result<Decoded, DecodeError> {
    let segments = rle::Segments::read(codestream, pixels)?;
    let mut samples = frame_cells(pixels)?;
    if let Some(cells) = samples.cells() {
        segments.decode(cells)?;
    }
    if let Some(cells) = samples.cells() {
        StoredField::of_native(pixels).settle(cells);
    }
    let photometric = match pixels.photometric {
        PhotometricInterpretation::YbrFull422 => PhotometricInterpretation::YbrFull,
        other => other,
    };
    Ok(Decoded {
        frame: frame_of(pixels, photometric, samples, None),
        notes: Vec::new(),
    })
}

fn decode_packaged(
    codec: &'static str,
    pixels: &PixelDescription,
    fill: impl FnOnce(&mut crate::imaging::Samples, &mut Vec<String>) -> Result<Filled, DecodeError>,
) -> Result<Decoded, DecodeError> {
    let mut notes = Vec::new();
    let mut samples = frame_cells(pixels)?;
    let filled = fill(&mut samples, &mut notes)?;
    note_precision(codec, filled.precision, pixels, &mut notes);
    if let Some(cells) = samples.cells() {
        StoredField::of_codestream(pixels, filled.precision).settle(cells);
    }
    Ok(Decoded {
        frame: frame_of(pixels, filled.photometric, samples, None),
        notes,
    })
}

fn note_precision(
    codec: &'static str,
    precision: u16,
    pixels: &PixelDescription,
    notes: &mut Vec<String>,
) {
    if precision != pixels.bits_stored {
        notes.push(format!(
            "{codec} codestream of {precision} bits, Bits Stored (0028,0101) is {}",
            pixels.bits_stored
        ));
    }
}

fn decode_jpeg(
    syntax: &TransferSyntax,
    codestream: &[u8],
    pixels: &PixelDescription,
) -> Result<Decoded, DecodeError> {
    let header = JpegHeader::read(codestream)?;
    header.agree(pixels)?;
    let codec = header.process.name();
    let photometric = header.photometric(pixels);
    let filled = Filled {
        precision: header.precision,
        photometric,
    };
    header.plausible(codestream.len(), pixels)?;
    decode_packaged(codec, pixels, |samples, _| {
        let Some(cells) = samples.cells() else {
            return Err(DecodeError::UnsupportedSyntax(syntax.name));
        };
        match header.process {
            JpegProcess::Lossless => jpeg_lossless::decode(codestream, &header, cells)?,
            JpegProcess::Ls => jpeg_ls::decode(codestream, &header, cells)?,
            JpegProcess::Sequential if header.precision == 8 => {
                jpeg_baseline::decode(codestream, &header, cells)?;
            }
            _ => jpeg_dct::decode(codestream, &header, cells)?,
        }
        Ok(filled)
    })
}
