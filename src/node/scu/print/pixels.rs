//! The data set of an image box, its pixels streamed so that they lie in memory once (PS3.3 C.13.5).

use crate::dicom::{Builder, Encoding, VR, tags};
use crate::imaging::film::{BoxPicture, FilmSamples};

/// What an image box is set to.
pub(super) struct BoxContent<'a> {
    before: Vec<u8>,
    picture: &'a BoxPicture,
    after: Vec<u8>,
}

/// Bytes of the pixels as DICOM wants them.
fn pixel_bytes(samples: &FilmSamples) -> usize {
    match samples {
        FilmSamples::Gray8(data) | FilmSamples::Rgb(data) => data.len(),
        FilmSamples::Gray12(data) => data.len() * 2,
    }
}

impl<'a> BoxContent<'a> {
    /// Sets the image box at `position`, from 1.
    pub(super) fn new(position: usize, picture: &'a BoxPicture, encoding: Encoding) -> Self {
        let image = image_module(picture).data_set(encoding);
        let bytes = pixel_bytes(&picture.picture.samples);
        let padding = bytes % 2;
        let explicit = encoding == Encoding::ExplicitLittle;
        let vr = match picture.picture.samples {
            FilmSamples::Gray12(_) => VR::OW,
            _ => VR::OB,
        };
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
        let header = |group: u16, element: u16, vr: VR, bytes: usize| {
            let mut header = group.to_le_bytes().to_vec();
            header.extend(element.to_le_bytes());
            if explicit {
                header.extend(vr.to_bytes());
                header.extend([0, 0]);
            }
            header.extend(length(bytes));
            header
        };
        let pixels = header(0x7FE0, 0x0010, vr, bytes + padding);
        let item = image.len() + pixels.len() + bytes + padding;
        let sequence = match picture.picture.samples {
            FilmSamples::Rgb(_) => tags::BASIC_COLOR_IMAGE_SEQUENCE,
            _ => tags::BASIC_GRAYSCALE_IMAGE_SEQUENCE,
        };
        let mut before = box_module(position, picture).data_set(encoding);
        before.extend(header(
            sequence.group(),
            sequence.element(),
            VR::SQ,
            item + 8,
        ));
        before.extend([0xFE, 0xFF, 0x00, 0xE0]);
        before.extend(length(item));
        before.extend(image);
        before.extend(pixels);
        Self {
            before,
            picture,
            after: vec![0; padding],
        }
    }

    /// The data set in parts of at most `size` bytes, which is even.
    pub(super) fn chunks(self, size: usize) -> impl Iterator<Item = Vec<u8>> + 'a {
        let samples = &self.picture.picture.samples;
        let total = pixel_bytes(samples);
        let starts = (0..total).step_by(size);
        let pixels = starts.map(move |start| part(samples, start, size.min(total - start)));
        let after = Some(self.after).filter(|after| !after.is_empty());
        std::iter::once(self.before).chain(pixels).chain(after)
    }
}

/// Bytes of the pixels from `start`: gray little endian, colours plane after plane.
fn part(samples: &FilmSamples, start: usize, length: usize) -> Vec<u8> {
    match samples {
        FilmSamples::Gray8(data) => data[start..start + length].to_vec(),
        FilmSamples::Gray12(data) => data[start / 2..(start + length) / 2]
            .iter()
            .flat_map(|level| level.to_le_bytes())
            .collect(),
        FilmSamples::Rgb(data) => {
            let plane = data.len() / 3;
            (start..start + length)
                .map(|at| data[at % plane * 3 + at / plane])
                .collect()
        }
    }
}

fn box_module(position: usize, picture: &BoxPicture) -> Builder {
    let builder = Builder::new()
        .ints(tags::IMAGE_BOX_POSITION, &[position as i64])
        .text(tags::POLARITY, "NORMAL");
    match picture.width_mm {
        None => builder,
        Some(width) => builder
            .text(tags::REQUESTED_IMAGE_SIZE, &format!("{width:.3}"))
            .text(tags::REQUESTED_DECIMATE_CROP_BEHAVIOR, "CROP"),
    }
}

/// Attributes of the preformatted image besides its pixels.
fn image_module(picture: &BoxPicture) -> Builder {
    let (samples, photometric, allocated, stored) = match picture.picture.samples {
        FilmSamples::Gray8(_) => (1, "MONOCHROME2", 8, 8),
        FilmSamples::Gray12(_) => (1, "MONOCHROME2", 16, 12),
        FilmSamples::Rgb(_) => (3, "RGB", 8, 8),
    };
    let mut builder = Builder::new().ints(tags::SAMPLES_PER_PIXEL, &[samples]);
    if samples == 3 {
        builder = builder.ints(tags::PLANAR_CONFIGURATION, &[1]);
    }
    builder
        .text(tags::PHOTOMETRIC_INTERPRETATION, photometric)
        .ints(tags::ROWS, &[i64::from(picture.picture.height)])
        .ints(tags::COLUMNS, &[i64::from(picture.picture.width)])
        .text(tags::PIXEL_ASPECT_RATIO, "1\\1")
        .ints(tags::BITS_ALLOCATED, &[allocated])
        .ints(tags::BITS_STORED, &[stored])
        .ints(tags::HIGH_BIT, &[stored - 1])
        .ints(tags::PIXEL_REPRESENTATION, &[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{ScanOptions, TransferSyntax, scan_data_set};
    use crate::imaging::film::FilmPicture;

    fn read_back(samples: FilmSamples, encoding: Encoding) -> crate::dicom::DataSet {
        let picture = BoxPicture {
            picture: FilmPicture {
                width: 3,
                height: 1,
                samples,
            },
            width_mm: Some(12.5),
            warnings: Vec::new(),
        };
        let content = BoxContent::new(2, &picture, encoding);
        let bytes: Vec<u8> = content.chunks(2).flatten().collect();
        let syntax = TransferSyntax::native(encoding);
        let end = bytes.len() as u64;
        scan_data_set(&bytes, 0, end, syntax, &ScanOptions::DISPLAY).expect("our own data set")
    }

    #[test]
    fn an_image_box_is_read_back_in_both_encodings() {
        for encoding in [Encoding::ExplicitLittle, Encoding::ImplicitLittle] {
            let set = read_back(FilmSamples::Gray12(vec![1, 4095, 7]), encoding);
            assert_eq!(set.int(tags::IMAGE_BOX_POSITION), Some(2));
            assert_eq!(set.float(tags::REQUESTED_IMAGE_SIZE), Some(12.5));
            let [image] = set.items(tags::BASIC_GRAYSCALE_IMAGE_SEQUENCE) else {
                panic!("one image")
            };
            assert_eq!(image.int(tags::BITS_STORED), Some(12));
            assert!(image.element(tags::PIXEL_DATA).is_some());
            let set = read_back(FilmSamples::Rgb(vec![1, 2, 3, 4, 5, 6, 7, 8, 9]), encoding);
            let [image] = set.items(tags::BASIC_COLOR_IMAGE_SEQUENCE) else {
                panic!("one image")
            };
            assert_eq!(image.int(tags::PLANAR_CONFIGURATION), Some(1));
        }
        let rgb = FilmSamples::Rgb(vec![1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(part(&rgb, 0, 9), [1, 4, 7, 2, 5, 8, 3, 6, 9]);
    }
}
