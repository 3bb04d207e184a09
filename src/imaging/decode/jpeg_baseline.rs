//! JPEG of 8 bits, sequential (ISO 10918-1 process 1 and 2), by zune-jpeg: components as coded, subsampled ones brought to full size.

use std::borrow::Cow;

use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::cells::Cells;
use super::jpeg_dct;
use super::jpeg_markers::{JpegHeader, marker, next_segment};
use crate::imaging::image::DecodeError;

fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG",
        reason: reason.into(),
    }
}

/// Decodes into `cells`; the header was compared with the attributes before.
pub fn decode(data: &[u8], header: &JpegHeader, cells: Cells<'_>) -> Result<(), DecodeError> {
    let Cells::Eight(cells) = cells else {
        // Eight bits in wider cells are too rare for a second way through zune.
        return jpeg_dct::decode(data, header, cells);
    };
    let data = without_adobe(data)?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(header.columns))
        .set_max_height(usize::from(header.rows));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&data[..]), options);
    let failed = |error: zune_jpeg::errors::DecodeErrors| broken(error.to_string());
    decoder.decode_headers().map_err(failed)?;
    let as_coded = decoder
        .input_colorspace()
        .ok_or_else(|| broken("the colour space is unknown"))?;
    decoder.set_options(options.jpeg_set_out_colorspace(as_coded));
    if decoder.output_buffer_size() != Some(cells.len()) {
        return Err(broken("the frame is not as large as the attributes say"));
    }
    decoder.decode_into(cells).map_err(failed)
}

/// The codestream without its Adobe segments: zune takes a transform of 0 for four components and refuses short segments, and what
/// they say about colour was read already.
fn without_adobe(data: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    let mut kept: Option<Vec<u8>> = None;
    let mut position = 0;
    while let Some(segment) = next_segment(data, position)? {
        if segment.marker == marker::SOS || segment.marker == marker::EOI {
            break;
        }
        if segment.marker == marker::APP14 {
            // Four bytes of marker and length precede the payload.
            let start = segment.end - segment.payload.len() - 4;
            match &mut kept {
                None => kept = Some(data[..start].to_vec()),
                Some(kept) => kept.extend_from_slice(&data[position..start]),
            }
        } else if let Some(kept) = &mut kept {
            kept.extend_from_slice(&data[position..segment.end]);
        }
        position = segment.end;
    }
    Ok(match kept {
        None => Cow::Borrowed(data),
        Some(mut kept) => {
            kept.extend_from_slice(&data[position..]);
            Cow::Owned(kept)
        }
    })
}
