//! JPEG XL (ISO 18181-1): the image header read here, the rest by jxl-oxide through dicom-pixeldata.
//!
//! The package gives samples stretched to 8 or 16 bits, so the codestream's bit depth is needed to bring them back.

use dicom_dictionary_std::uids;

use super::codestream::Filled;
use super::packaged::{store_samples, unpack};
use crate::dicom::TransferSyntax;
use crate::dicom::transfer_syntax::PixelCodec;
use crate::imaging::image::{DecodeError, PixelDescription};
use crate::imaging::{PhotometricInterpretation, Samples};

/// Name in messages.
pub const CODEC: &str = "JPEG XL";

fn broken(reason: impl Into<String>) -> DecodeError {
    DecodeError::Codestream {
        codec: CODEC,
        reason: reason.into(),
    }
}

/// Decodes into `samples`.
pub fn decode(
    syntax: &TransferSyntax,
    codestream: &[u8],
    pixels: &PixelDescription,
    samples: &mut Samples,
) -> Result<Filled, DecodeError> {
    let header = Header::read(bare(codestream)?)
        .ok_or_else(|| broken("the header is cut off or not one of a plain still image"))?;
    if (header.columns, header.rows) != (u64::from(pixels.columns), u64::from(pixels.rows)) {
        return Err(broken(format!(
            "the codestream has {} rows and {} columns, the attributes say {} and {}",
            header.rows, header.columns, pixels.rows, pixels.columns
        )));
    }
    if header.bits > pixels.bits_allocated || !matches!(pixels.bits_allocated, 8 | 16) {
        return Err(broken(format!(
            "{} bits a sample in Bits Allocated (0028,0100) of {}",
            header.bits, pixels.bits_allocated
        )));
    }
    let data = unpack(CODEC, uids::JPEGXL, pixels, codestream.to_vec())?;
    let bytes_per_sample = usize::from(pixels.bits_allocated / 8);
    store_samples(CODEC, &data, bytes_per_sample, samples)?;
    shrink(samples, pixels.bits_allocated, header.bits);
    Ok(Filled {
        precision: header.bits,
        photometric: photometric(syntax, pixels),
    })
}

/// Lossless channels are as they were; a lossy codestream is rendered to RGB.
fn photometric(syntax: &TransferSyntax, pixels: &PixelDescription) -> PhotometricInterpretation {
    if pixels.samples_per_pixel == 3 && syntax.lossy && syntax.codec == PixelCodec::JpegXl {
        PhotometricInterpretation::Rgb
    } else {
        pixels.photometric
    }
}

/// Undoes the stretch from `bits` to the full width of the cell.
fn shrink(samples: &mut Samples, bits_allocated: u16, bits: u16) {
    use super::cells::Cells;
    if bits == bits_allocated {
        return;
    }
    let (largest, full) = ((1_u32 << bits) - 1, (1_u32 << bits_allocated) - 1);
    let back = |value: u32| (value * largest + full / 2) / full;
    match samples.cells() {
        Some(Cells::Eight(cells)) => {
            for cell in cells {
                *cell = back(u32::from(*cell)) as u8;
            }
        }
        Some(Cells::Sixteen(cells)) => {
            for cell in cells {
                *cell = back(u32::from(*cell)) as u16;
            }
        }
        _ => {}
    }
}

/// The codestream itself, out of its container if it has one.
fn bare(data: &[u8]) -> Result<&[u8], DecodeError> {
    if data.starts_with(&[0xFF, 0x0A]) {
        return Ok(data);
    }
    let mut rest = data;
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let length = if length == 0 { rest.len() } else { length };
        let content = rest.get(8..length).unwrap_or(&[]);
        match &head[4..] {
            b"jxlc" => return Ok(content),
            b"jxlp" => return content.get(4..).ok_or_else(|| broken("a box is cut off")),
            _ => {}
        }
        rest = rest
            .get(length.max(8)..)
            .ok_or_else(|| broken("a box is cut off"))?;
    }
    Err(broken("there is no codestream"))
}

/// Size and depth, from SizeHeader and ImageMetadata.
struct Header {
    columns: u64,
    rows: u64,
    bits: u16,
}

impl Header {
    fn read(data: &[u8]) -> Option<Self> {
        let mut bits = Bits {
            data: data.strip_prefix(&[0xFF, 0x0A])?,
            position: 0,
        };
        let (columns, rows) = bits.size()?;
        let all_default = bits.take(1)? == 1;
        if all_default {
            return Some(Self {
                columns,
                rows,
                bits: 8,
            });
        }
        let extra_fields = bits.take(1)? == 1;
        if extra_fields {
            bits.take(3)?;
            if bits.take(1)? == 1 {
                bits.size()?;
            }
            let preview_or_animation = bits.take(1)? == 1 || bits.take(1)? == 1;
            if preview_or_animation {
                return None;
            }
        }
        let float = bits.take(1)? == 1;
        let depth = match bits.take(2)? {
            0 => 8,
            1 => 10,
            2 => 12,
            _ => 1 + bits.take(6)?,
        };
        (!float).then_some(Self {
            columns,
            rows,
            bits: u16::try_from(depth).ok()?,
        })
    }
}

/// Bits from the least significant up.
struct Bits<'a> {
    data: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u64> {
        let mut value = 0;
        for index in 0..count {
            let bit = self.data.get(self.position / 8)? >> (self.position % 8) & 1;
            value |= u64::from(bit) << index;
            self.position += 1;
        }
        Some(value)
    }

    fn side(&mut self, small: bool) -> Option<u64> {
        if small {
            return Some((1 + self.take(5)?) * 8);
        }
        let width = [9, 13, 18, 30][usize::try_from(self.take(2)?).ok()?];
        Some(1 + self.take(width)?)
    }

    /// Columns and rows.
    fn size(&mut self) -> Option<(u64, u64)> {
        let small = self.take(1)? == 1;
        let rows = self.side(small)?;
        let (over, under) = match self.take(3)? {
            0 => return Some((self.side(small)?, rows)),
            1 => (1, 1),
            2 => (12, 10),
            3 => (4, 3),
            4 => (3, 2),
            5 => (16, 9),
            6 => (5, 4),
            _ => (2, 1),
        };
        Some((rows * over / under, rows))
    }
}
