//! Native pixel data: any Bits Allocated of 1, 8, 12, 16, 32, float and double, either byte order, planar or not, 4:2:2
//! (PS3.5 §8, PS3.3 C.7.6.3). Only the bytes of the wanted frame are read.

use super::cells::{Cells, StoredField, frame_of, interleave_planes};
use crate::dicom::transfer_syntax::Encoding;
use crate::dicom::{DicomFile, VR};
use crate::imaging::image::{DecodeError, PixelDescription, SampleKind};
use crate::imaging::{Frame, FrameIndex, PhotometricInterpretation, Samples};

/// How a native pixel data element is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeLayout {
    /// First byte in the source.
    pub offset: u64,
    /// How many bytes there are.
    pub length: u64,
    /// Whether multi-byte cells are big endian.
    pub big_endian: bool,
    /// Whether cells narrower than 16 bits lie swapped in big endian words (VR OW).
    pub swapped_words: bool,
    /// Integer, float or double cells.
    pub kind: SampleKind,
    /// Chrominance is written once for two pixels.
    pub subsampled: bool,
}

impl NativeLayout {
    /// Decides how the element is written.
    pub fn read(
        file: &DicomFile,
        vr: VR,
        (offset, length): (u64, u64),
        pixels: &PixelDescription,
        kind: SampleKind,
    ) -> Self {
        let big_endian = file.data_set.encoding == Encoding::ExplicitBig;
        // Some writers label full data 4:2:2; the length tells.
        let full_bits = u64::from(pixels.rows)
            * u64::from(pixels.columns)
            * 3
            * u64::from(pixels.bits_allocated)
            * u64::from(pixels.frames);
        let subsampled = pixels.samples_per_pixel == 3
            && matches!(
                pixels.photometric,
                PhotometricInterpretation::YbrFull422 | PhotometricInterpretation::YbrPartial
            )
            && length < full_bits / 8;
        Self {
            offset,
            length,
            big_endian,
            swapped_words: big_endian && vr == VR::OW && pixels.bits_allocated < 16,
            kind,
            subsampled,
        }
    }
}

/// Decodes one native frame. `keep_cells` keeps the cells as stored, for overlays embedded in them.
pub fn decode(
    file: &DicomFile,
    layout: &NativeLayout,
    pixels: &PixelDescription,
    frame: FrameIndex,
    keep_cells: bool,
) -> Result<Frame, DecodeError> {
    let count = stored_count(layout, pixels)?;
    let mut samples = match layout.kind {
        SampleKind::Integer => Samples::zeroed(pixels.bits_allocated, pixels.signed, 0),
        SampleKind::Float => Some(Samples::F32(Vec::new())),
        SampleKind::Double => Some(Samples::F64(Vec::new())),
    }
    .ok_or_else(|| {
        DecodeError::Attributes(format!(
            "Bits Allocated (0028,0100) of {} cannot be decoded",
            pixels.bits_allocated
        ))
    })?;
    let source = FrameSource::new(file, layout, pixels, frame, count)?;
    source.fill(&mut samples, count)?;
    let mut kept = None;
    if let Some(cells) = samples.cells() {
        kept = if keep_cells { copied(&cells) } else { None };
        StoredField::of_native(pixels).settle(cells);
    }
    let samples = in_pixel_order(samples, layout, pixels);
    Ok(frame_of(pixels, decoded_photometric(pixels), samples, kept))
}

/// What the samples mean once 4:2:2 is brought to 4:4:4.
fn decoded_photometric(pixels: &PixelDescription) -> PhotometricInterpretation {
    match pixels.photometric {
        PhotometricInterpretation::YbrFull422 => PhotometricInterpretation::YbrFull,
        other => other,
    }
}

fn stored_count(layout: &NativeLayout, pixels: &PixelDescription) -> Result<usize, DecodeError> {
    let count = pixels.frame_samples()?;
    if !layout.subsampled {
        return Ok(count);
    }
    if !pixels.columns.is_multiple_of(2) {
        return Err(DecodeError::Attributes(
            "4:2:2 pixel data with an odd number of Columns (0028,0011)".to_owned(),
        ));
    }
    Ok(count / 3 * 2)
}

fn copied(cells: &Cells<'_>) -> Option<Vec<u16>> {
    match cells {
        Cells::Eight(cells) => Some(cells.iter().map(|c| u16::from(*c)).collect()),
        Cells::Sixteen(cells) => Some(cells.to_vec()),
        Cells::ThirtyTwo(_) => None,
    }
}

/// The bits of one frame in the source.
struct FrameSource<'a> {
    file: &'a DicomFile,
    layout: &'a NativeLayout,
    bits_allocated: u16,
    first_bit: u64,
}

impl<'a> FrameSource<'a> {
    fn new(
        file: &'a DicomFile,
        layout: &'a NativeLayout,
        pixels: &PixelDescription,
        frame: FrameIndex,
        count: usize,
    ) -> Result<Self, DecodeError> {
        let frame_bits = count as u64 * u64::from(pixels.bits_allocated);
        let first_bit = frame_bits * u64::from(frame.0);
        let needed = (first_bit + frame_bits).div_ceil(8);
        if needed > layout.length {
            return Err(DecodeError::Attributes(format!(
                "pixel data ends early: frame {} needs {needed} bytes, there are {}",
                u64::from(frame.0) + 1,
                layout.length
            )));
        }
        Ok(Self {
            file,
            layout,
            bits_allocated: pixels.bits_allocated,
            first_bit,
        })
    }

    /// Takes memory, now that the bytes are known to exist, and reads into it.
    fn fill(&self, samples: &mut Samples, count: usize) -> Result<(), DecodeError> {
        match samples {
            Samples::U8(values) => {
                *values = vec![0; count];
                self.read_eight(values)
            }
            Samples::I8(values) => {
                *values = vec![0; count];
                self.read_eight(bytemuck::cast_slice_mut(values))
            }
            Samples::U16(values) => {
                *values = vec![0; count];
                self.read_sixteen(values)
            }
            Samples::I16(values) => {
                *values = vec![0; count];
                self.read_sixteen(bytemuck::cast_slice_mut(values))
            }
            Samples::U32(values) => {
                *values = vec![0; count];
                self.read_thirty_two(values)
            }
            Samples::I32(values) => {
                *values = vec![0; count];
                self.read_thirty_two(bytemuck::cast_slice_mut(values))
            }
            Samples::F32(values) => {
                *values = vec![0.0; count];
                self.read_thirty_two(bytemuck::cast_slice_mut(values))
            }
            Samples::F64(values) => {
                *values = vec![0.0; count];
                self.read_sixty_four(bytemuck::cast_slice_mut(values))
            }
        }
    }

    fn read_eight(&self, cells: &mut [u8]) -> Result<(), DecodeError> {
        if self.bits_allocated == 1 {
            let (bytes, skipped) = self.read_packed(cells.len())?;
            for (index, cell) in cells.iter_mut().enumerate() {
                let bit = index + skipped;
                *cell = bytes[bit / 8] >> (bit % 8) & 1;
            }
            return Ok(());
        }
        self.read_bytes(cells, self.first_bit / 8)
    }

    fn read_sixteen(&self, cells: &mut [u16]) -> Result<(), DecodeError> {
        if self.bits_allocated == 12 {
            let (bytes, skipped) = self.read_packed(cells.len() * 12)?;
            for (index, cell) in cells.iter_mut().enumerate() {
                let bit = index * 12 + skipped;
                let low = u16::from(bytes[bit / 8]);
                let high = u16::from(bytes[bit / 8 + 1]);
                *cell = (low | high << 8) >> (bit % 8) & 0xFFF;
            }
            return Ok(());
        }
        self.read_bytes(bytemuck::cast_slice_mut(cells), self.first_bit / 8)?;
        for cell in cells {
            *cell = if self.layout.big_endian {
                u16::from_be(*cell)
            } else {
                u16::from_le(*cell)
            };
        }
        Ok(())
    }

    fn read_thirty_two(&self, cells: &mut [u32]) -> Result<(), DecodeError> {
        self.read_bytes(bytemuck::cast_slice_mut(cells), self.first_bit / 8)?;
        for cell in cells {
            *cell = if self.layout.big_endian {
                u32::from_be(*cell)
            } else {
                u32::from_le(*cell)
            };
        }
        Ok(())
    }

    fn read_sixty_four(&self, cells: &mut [u64]) -> Result<(), DecodeError> {
        self.read_bytes(bytemuck::cast_slice_mut(cells), self.first_bit / 8)?;
        for cell in cells {
            *cell = if self.layout.big_endian {
                u64::from_be(*cell)
            } else {
                u64::from_le(*cell)
            };
        }
        Ok(())
    }

    /// The bytes that hold `bits` bits of this frame, and how many bits of the first belong to the frame before.
    fn read_packed(&self, bits: usize) -> Result<(Vec<u8>, usize), DecodeError> {
        let skipped = usize::try_from(self.first_bit % 8).expect("less than 8");
        let mut bytes = vec![0; (skipped + bits).div_ceil(8)];
        self.read_bytes(&mut bytes, self.first_bit / 8)?;
        Ok((bytes, skipped))
    }

    fn read_bytes(&self, bytes: &mut [u8], start: u64) -> Result<(), DecodeError> {
        let read = |buffer: &mut [u8], at: u64| {
            self.file
                .source()
                .read_exact_at(buffer, self.layout.offset + at)
                .map_err(|error| DecodeError::Unreadable(error.to_string()))
        };
        if !self.layout.swapped_words {
            return read(bytes, start);
        }
        // A frame may start and end in the middle of a word.
        let end = start + bytes.len() as u64;
        let first = start & !1;
        let last = ((end + 1) & !1).min(self.layout.length);
        let mut words = vec![0; usize::try_from(last - first).expect("about the frame's size")];
        read(&mut words, first)?;
        for word in words.chunks_exact_mut(2) {
            word.swap(0, 1);
        }
        let from = usize::try_from(start - first).expect("0 or 1");
        bytes.copy_from_slice(&words[from..from + bytes.len()]);
        Ok(())
    }
}

/// Brings planes and 4:2:2 to colour by pixel.
fn in_pixel_order(samples: Samples, layout: &NativeLayout, pixels: &PixelDescription) -> Samples {
    let samples_per_pixel = usize::from(pixels.samples_per_pixel);
    if layout.subsampled {
        return match samples {
            Samples::U8(v) => Samples::U8(expand_422(&v)),
            Samples::I8(v) => Samples::I8(expand_422(&v)),
            Samples::U16(v) => Samples::U16(expand_422(&v)),
            Samples::I16(v) => Samples::I16(expand_422(&v)),
            Samples::U32(v) => Samples::U32(expand_422(&v)),
            Samples::I32(v) => Samples::I32(expand_422(&v)),
            float => float,
        };
    }
    if !pixels.planar || samples_per_pixel == 1 {
        return samples;
    }
    match samples {
        Samples::U8(v) => Samples::U8(interleave_planes(&v, samples_per_pixel)),
        Samples::I8(v) => Samples::I8(interleave_planes(&v, samples_per_pixel)),
        Samples::U16(v) => Samples::U16(interleave_planes(&v, samples_per_pixel)),
        Samples::I16(v) => Samples::I16(interleave_planes(&v, samples_per_pixel)),
        Samples::U32(v) => Samples::U32(interleave_planes(&v, samples_per_pixel)),
        Samples::I32(v) => Samples::I32(interleave_planes(&v, samples_per_pixel)),
        float => float,
    }
}

/// Y1 Y2 Cb Cr to Y1 Cb Cr, Y2 Cb Cr (PS3.3 C.7.6.3.1.2).
fn expand_422<T: Copy>(values: &[T]) -> Vec<T> {
    values
        .chunks_exact(4)
        .flat_map(|four| [four[0], four[2], four[3], four[1], four[2], four[3]])
        .collect()
}
