//! A [`NewState`] as an object (PS3.3 A.33.1.3): patient and study copied from an image, a series of ours, one module after the
//! other.

use super::{ContentLabel, CreateError, NewState, items};
use crate::dicom::{Builder, DataSet, Encoding, Tag, VR, tags, uids};
use crate::imaging::grayscale::{Modality, Presentation};
use crate::imaging::overlay::{OverlayBits, OverlayPlane};
use crate::imaging::shutter::ShutterShape;

/// What an object says besides its view.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// Content Label (0070,0080).
    pub label: ContentLabel,
    /// Content Description (0070,0081), may be empty.
    pub description: String,
    /// Content Creator's Name (0070,0084), may be empty.
    pub creator: String,
    /// Presentation Creation Date (0070,0082), `YYYYMMDD`.
    pub date: String,
    /// Presentation Creation Time (0070,0083), `HHMMSS.FFFFFF`.
    pub time: String,
    /// SOP Instance UID of the new object.
    pub sop_instance_uid: String,
    /// Its series.
    pub series_instance_uid: String,
    /// Series Number (0020,0011).
    pub series_number: i64,
    /// Instance Number (0020,0013).
    pub instance_number: i64,
    /// Rescale Type (0028,1054), Modality LUT Type (0028,3004): what modality values are.
    pub value_type: String,
}

/// Patient, study and patient study modules (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2) as far as images have them; those that may not be
/// missing come first.
const OF_IMAGE: [Tag; 21] = [
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::STUDY_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::REFERRING_PHYSICIAN_NAME,
    tags::STUDY_ID,
    tags::ACCESSION_NUMBER,
    tags::ISSUER_OF_PATIENT_ID,
    tags::TYPE_OF_PATIENT_ID,
    tags::PATIENT_BIRTH_TIME,
    tags::OTHER_PATIENT_NAMES,
    tags::PATIENT_IDENTITY_REMOVED,
    tags::DEIDENTIFICATION_METHOD,
    tags::STUDY_DESCRIPTION,
    tags::PATIENT_AGE,
    tags::PATIENT_SIZE,
    tags::PATIENT_WEIGHT,
    tags::TIMEZONE_OFFSET_FROM_UTC,
];
/// How many of them are of type 1 or 2.
const NEEDED: usize = 10;

/// The data set of the object, as Explicit VR Little Endian; `image` is one of the images.
///
/// # Errors
/// A value does not fit into its element.
pub fn write(state: &NewState, heading: &Heading, image: &DataSet) -> Result<Vec<u8>, CreateError> {
    let written = common(Builder::new(), heading);
    let written = copy(written, image);
    let written = identification(written, heading)
        .items(tags::REFERENCED_SERIES_SEQUENCE, items::series(state));
    let written = grays(written, state, heading);
    let written = shutter(written, state);
    let written = state
        .planes
        .iter()
        .fold(written, |written, plane| overlay(written, plane));
    let written = state
        .activations
        .iter()
        .fold(written, |written, activation| {
            written.text(Tag(activation.group, 0x1001), &activation.layer)
        });
    let written = written
        .items(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, items::areas(state))
        .ints(tags::IMAGE_ROTATION, &[i64::from(state.rotation) * 90])
        .text(
            tags::IMAGE_HORIZONTAL_FLIP,
            if state.flip { "Y" } else { "N" },
        )
        .items(tags::GRAPHIC_LAYER_SEQUENCE, items::layers(&state.layers))
        .items(tags::GRAPHIC_ANNOTATION_SEQUENCE, items::annotations(state));
    written.check_lengths()?;
    Ok(written.data_set(Encoding::ExplicitLittle))
}

/// General Series, Presentation Series, General Equipment, SOP Common (PS3.3 C.7.3.1, C.11.9, C.7.5.1, C.12.1).
fn common(written: Builder, heading: &Heading) -> Builder {
    written
        .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
        .text(
            tags::SOP_CLASS_UID,
            uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE,
        )
        .text(tags::SOP_INSTANCE_UID, &heading.sop_instance_uid)
        .text(tags::INSTANCE_CREATION_DATE, &heading.date)
        .text(tags::INSTANCE_CREATION_TIME, &heading.time)
        .text(tags::MODALITY, "PR")
        .text(tags::SERIES_INSTANCE_UID, &heading.series_instance_uid)
        .ints(tags::SERIES_NUMBER, &[heading.series_number])
        .text(tags::SERIES_DESCRIPTION, "Presentation states")
        .text(tags::MANUFACTURER, "dgscope")
        .text(tags::MANUFACTURER_MODEL_NAME, "dgscope")
        .text(tags::SOFTWARE_VERSIONS, env!("CARGO_PKG_VERSION"))
}

/// What belongs to patient and study, in UTF-8 whatever the image's character set.
fn copy(mut written: Builder, image: &DataSet) -> Builder {
    for (at, tag) in OF_IMAGE.into_iter().enumerate() {
        let value = image.texts(tag).join("\\");
        if at < NEEDED || !value.is_empty() {
            written = written.text(tag, &value);
        }
    }
    written
}

/// Presentation State Identification (PS3.3 C.11.10).
fn identification(written: Builder, heading: &Heading) -> Builder {
    written
        .ints(tags::INSTANCE_NUMBER, &[heading.instance_number])
        .text(tags::CONTENT_LABEL, heading.label.as_str())
        .text(tags::CONTENT_DESCRIPTION, &heading.description)
        .text(tags::PRESENTATION_CREATION_DATE, &heading.date)
        .text(tags::PRESENTATION_CREATION_TIME, &heading.time)
        .text(tags::CONTENT_CREATOR_NAME, &heading.creator)
}

/// Modality LUT, Softcopy VOI LUT and Softcopy Presentation LUT modules (PS3.3 C.11.1, C.11.8, C.11.6).
fn grays(written: Builder, state: &NewState, heading: &Heading) -> Builder {
    let written = match &state.modality {
        Modality::Identity => written,
        Modality::Rescale { slope, intercept } => written
            .floats(tags::RESCALE_INTERCEPT, &[*intercept])
            .floats(tags::RESCALE_SLOPE, &[*slope])
            .text(tags::RESCALE_TYPE, &heading.value_type),
        Modality::Table(table) => {
            let item = items::table(table).text(tags::MODALITY_LUT_TYPE, &heading.value_type);
            written.sequence(tags::MODALITY_LUT_SEQUENCE, vec![item])
        }
    };
    let written = written.items(tags::SOFTCOPY_VOILUT_SEQUENCE, items::voi(state));
    match &state.presentation {
        Presentation::Identity => written.text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY"),
        Presentation::Inverse => written.text(tags::PRESENTATION_LUT_SHAPE, "INVERSE"),
        Presentation::Table(table) | Presentation::InverseTable(table) => {
            written.sequence(tags::PRESENTATION_LUT_SEQUENCE, vec![items::table(table)])
        }
    }
}

/// Display Shutter, Bitmap Display Shutter and Presentation State Shutter modules (PS3.3 C.7.6.11, C.7.6.15, C.11.12).
fn shutter(mut written: Builder, state: &NewState) -> Builder {
    let Some(shutter) = &state.shutter else {
        return written;
    };
    let whole = |number: f64| number as i64;
    let mut shapes = Vec::new();
    for shape in &shutter.shapes {
        shapes.push(match shape {
            ShutterShape::Rectangular {
                left,
                right,
                upper,
                lower,
            } => {
                written = written
                    .ints(tags::SHUTTER_LEFT_VERTICAL_EDGE, &[whole(*left)])
                    .ints(tags::SHUTTER_RIGHT_VERTICAL_EDGE, &[whole(*right)])
                    .ints(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, &[whole(*upper)])
                    .ints(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, &[whole(*lower)]);
                "RECTANGULAR"
            }
            ShutterShape::Circular {
                row,
                column,
                radius,
            } => {
                let center = [whole(*row), whole(*column)];
                written = written
                    .ints(tags::CENTER_OF_CIRCULAR_SHUTTER, &center)
                    .ints(tags::RADIUS_OF_CIRCULAR_SHUTTER, &[whole(*radius)]);
                "CIRCULAR"
            }
            ShutterShape::Polygonal(vertices) => {
                let numbers = vertices.iter().flat_map(|(r, c)| [whole(*r), whole(*c)]);
                let numbers: Vec<i64> = numbers.collect();
                written = written.ints(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER, &numbers);
                "POLYGONAL"
            }
            ShutterShape::Bitmap(_) => {
                let group = state.shutter_group.map(i64::from);
                written = written.ints(tags::SHUTTER_OVERLAY_GROUP, group.as_slice());
                "BITMAP"
            }
        });
    }
    let value = (shutter.value.clamp(0.0, 1.0) * 65535.0).round();
    written
        .text(tags::SHUTTER_SHAPE, &shapes.join("\\"))
        .ints(tags::SHUTTER_PRESENTATION_VALUE, &[whole(value)])
}

/// Overlay Plane module (PS3.3 C.9.2), of one plane.
fn overlay(written: Builder, plane: &OverlayPlane) -> Builder {
    let OverlayBits::Own(bits) = &plane.bits else {
        return written;
    };
    let tag = |element| Tag(plane.group, element);
    let mut written = written
        .raw(tag(0x0010), VR::US, words(&[plane.rows]))
        .raw(tag(0x0011), VR::US, words(&[plane.columns]))
        .raw(
            tag(0x0040),
            VR::CS,
            if plane.is_region { b"R" } else { b"G" }.to_vec(),
        )
        .raw(
            tag(0x0050),
            VR::SS,
            signed(&[plane.origin.0, plane.origin.1]),
        )
        .raw(tag(0x0100), VR::US, words(&[1]))
        .raw(tag(0x0102), VR::US, words(&[0]))
        .raw(tag(0x3000), VR::OW, bits.to_vec());
    if let Some((first, count)) = plane.frames {
        written = written
            .raw(tag(0x0015), VR::IS, count.to_string().into_bytes())
            .raw(tag(0x0051), VR::US, words(&[first]));
    }
    if !plane.label.is_empty() {
        let label: String = plane.label.chars().take(64).collect();
        written = written.raw(tag(0x1500), VR::LO, label.into_bytes());
    }
    written
}

fn words(numbers: &[u32]) -> Vec<u8> {
    let bytes = numbers.iter().flat_map(|n| (*n as u16).to_le_bytes());
    bytes.collect()
}

fn signed(numbers: &[i64]) -> Vec<u8> {
    let bytes = numbers.iter().flat_map(|n| (*n as i16).to_le_bytes());
    bytes.collect()
}
