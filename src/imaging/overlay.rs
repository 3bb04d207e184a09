//! Overlay planes as an object holds them (PS3.3 C.9.2, C.9.3; presentation.md section 10).

use std::sync::Arc;

use super::frame::FrameIndex;
use crate::dicom::{DataSet, DicomFile, Encoding, Tag, VR};

/// Where the bits of a plane are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverlayBits {
    /// Packed, row after row without padding, least significant bit of each byte first.
    Own(Arc<[u8]>),
    /// In this bit of every pixel cell (retired).
    Embedded(u16),
}

/// One overlay plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayPlane {
    /// 6000 to 601E.
    pub group: u16,
    /// Type R: only the outline is painted.
    pub is_region: bool,
    /// Row and column of its first pixel in the image, from 1.
    pub origin: (i64, i64),
    /// Overlay Rows (60xx,0010).
    pub rows: u32,
    /// Overlay Columns (60xx,0011).
    pub columns: u32,
    /// First image frame it belongs to (from 1) and how many; `None`: to all frames.
    pub frames: Option<(u32, u32)>,
    /// Overlay Label or Overlay Description, for people.
    pub label: String,
    /// Its bits.
    pub bits: OverlayBits,
}

/// Bits of all frames of one plane; more is refused.
const BITS_MAX: u64 = 1 << 31;

impl OverlayPlane {
    /// Reads every plane of an object; broken ones are left out with a warning.
    pub fn read_all(
        file: &DicomFile,
        image: (u32, u32),
        warnings: &mut Vec<String>,
    ) -> Vec<Arc<Self>> {
        let data_set = &file.data_set;
        let mut planes = Vec::new();
        for group in (0x6000..=0x601E).step_by(2) {
            let present = data_set.elements.iter().any(|e| e.tag.group() == group);
            if !present {
                continue;
            }
            match Self::read(data_set, file, group, image) {
                Ok(plane) => planes.push(Arc::new(plane)),
                Err(why) => warnings.push(format!("overlay {group:04X} ignored: {why}")),
            }
        }
        planes
    }

    /// Reads one plane of `data_set`.
    ///
    /// # Errors
    /// In words: attributes missing, fewer bits than rows and columns need.
    pub fn read(
        data_set: &DataSet,
        file: &DicomFile,
        group: u16,
        image: (u32, u32),
    ) -> Result<Self, String> {
        let tag = |element| Tag(group, element);
        let size = |element| {
            data_set
                .int(tag(element))
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| *n > 0)
        };
        let frames = data_set
            .int(tag(0x0015))
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n > 0);
        let first = data_set
            .int(tag(0x0051))
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1);
        let position = data_set.int(tag(0x0102)).unwrap_or(0);
        let mut plane = Self {
            group,
            is_region: data_set.text(tag(0x0040)).as_deref() == Some("R"),
            origin: match data_set.ints(tag(0x0050))[..] {
                [row, column] => (row, column),
                _ => (1, 1),
            },
            rows: size(0x0010).unwrap_or(image.0),
            columns: size(0x0011).unwrap_or(image.1),
            frames: frames.map(|count| (first, count)),
            label: data_set
                .text(tag(0x1500))
                .or_else(|| data_set.text(tag(0x0022)))
                .unwrap_or_default(),
            bits: OverlayBits::Embedded(0),
        };
        let Some(element) = data_set.element(tag(0x3000)) else {
            return match u16::try_from(position) {
                Ok(bit @ 1..=15) => {
                    (plane.origin, plane.rows, plane.columns) = ((1, 1), image.0, image.1);
                    plane.bits = OverlayBits::Embedded(bit);
                    Ok(plane)
                }
                _ => Err("no Overlay Data (60xx,3000)".into()),
            };
        };
        let needed =
            u64::from(plane.rows) * u64::from(plane.columns) * u64::from(frames.unwrap_or(1));
        if needed > BITS_MAX {
            return Err(format!("{needed} bits are too many"));
        }
        let mut bytes = file
            .value_bytes(element)
            .map_err(|error| error.to_string())?
            .into_owned();
        if (bytes.len() as u64) * 8 < needed {
            return Err(format!(
                "Overlay Data holds {} bits of {needed}",
                bytes.len() as u64 * 8
            ));
        }
        if data_set.encoding == Encoding::ExplicitBig && element.vr == VR::OW {
            bytes
                .as_chunks_mut::<2>()
                .0
                .iter_mut()
                .for_each(|pair| pair.reverse());
        }
        plane.bits = OverlayBits::Own(bytes.into());
        Ok(plane)
    }

    /// Which of its own frames (from 0) belongs to an image frame; `None` when none does.
    pub fn frame_for(&self, frame: FrameIndex) -> Option<u32> {
        match self.frames {
            None => Some(0),
            Some((first, count)) => (frame.0 + 1).checked_sub(first).filter(|own| *own < count),
        }
    }
}
