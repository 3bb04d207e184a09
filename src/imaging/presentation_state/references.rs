//! Which images and frames a state and its parts are about (PS3.3 C.11.11, 10.3; presentation.md section 7).

use crate::dicom::{DataSet, tags};
use crate::imaging::FrameIndex;

/// An image, or some of its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    /// Referenced SOP Instance UID (0008,1155).
    pub sop_instance_uid: String,
    /// Referenced Frame Number (0008,1160), from 1; `None` for all frames.
    pub frames: Option<Vec<i64>>,
}

/// How closely a reference names a frame; more is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closeness {
    /// All images.
    Everything,
    /// The image.
    Image,
    /// The frame.
    Frame,
}

impl ImageReference {
    /// Reads a Referenced Image Sequence (0008,1140); what is malformed names nothing.
    pub(super) fn read_all(item: &DataSet) -> Vec<Self> {
        item.items(tags::REFERENCED_IMAGE_SEQUENCE)
            .iter()
            .map(|reference| Self {
                sop_instance_uid: reference
                    .text(tags::REFERENCED_SOP_INSTANCE_UID)
                    .unwrap_or_default(),
                frames: match reference.try_ints(tags::REFERENCED_FRAME_NUMBER) {
                    Ok(numbers) if numbers.is_empty() => None,
                    numbers => Some(numbers.unwrap_or_default()),
                },
            })
            .collect()
    }

    /// How closely it names a frame; `None` when it does not.
    pub(super) fn closeness(&self, image: &str, frame: FrameIndex) -> Option<Closeness> {
        if image.is_empty() || self.sop_instance_uid != image {
            return None;
        }
        match &self.frames {
            None => Some(Closeness::Image),
            Some(frames) => frames
                .contains(&(i64::from(frame.0) + 1))
                .then_some(Closeness::Frame),
        }
    }
}

/// A part of a state and what it is about; without references everything the state is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoped<T> {
    /// The images.
    pub references: Vec<ImageReference>,
    /// The part.
    pub part: T,
}

impl<T> Scoped<T> {
    /// How closely it is about a frame; `None` when it is about others.
    pub(super) fn closeness(&self, image: &str, frame: FrameIndex) -> Option<Closeness> {
        if self.references.is_empty() {
            return Some(Closeness::Everything);
        }
        self.references
            .iter()
            .filter_map(|reference| reference.closeness(image, frame))
            .max()
    }
}

/// The part that is most closely about a frame; among equals the first.
pub(super) fn closest<'a, T>(
    parts: &'a [Scoped<T>],
    image: &str,
    frame: FrameIndex,
) -> Option<&'a T> {
    let close = parts.iter().rev();
    close
        .filter_map(|scoped| Some((scoped.closeness(image, frame)?, &scoped.part)))
        .max_by_key(|(closeness, _)| *closeness)
        .map(|(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoped(frames: Option<Option<&[i64]>>, part: char) -> Scoped<char> {
        let reference = |frames: Option<&[i64]>| ImageReference {
            sop_instance_uid: "1.2".into(),
            frames: frames.map(<[i64]>::to_vec),
        };
        Scoped {
            references: frames.map(reference).into_iter().collect(),
            part,
        }
    }

    #[test]
    fn the_closest_reference_counts_and_the_first_of_equals() {
        let parts = [
            scoped(None, 'e'),
            scoped(Some(None), 'i'),
            scoped(Some(None), 'j'),
            scoped(Some(Some(&[2, 3])), 'f'),
        ];
        let of = |image, frame| closest(&parts, image, FrameIndex(frame)).copied();
        assert_eq!(of("1.2", 0), Some('i'));
        assert_eq!(of("1.2", 2), Some('f'));
        assert_eq!(of("1.3", 2), Some('e'));
        assert_eq!(closest(&parts[1..], "1.3", FrameIndex(0)), None);
    }
}
