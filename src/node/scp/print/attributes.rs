//! What films, image boxes and their pixels must look like (PS3.3 C.13); what does not is refused with the element that is wrong.

use crate::dicom::sop_class::print;
use crate::dicom::status::Status;
use crate::dicom::{DataSet, Encoding, ReadAt, Tag, Value, tags};
use crate::imaging::film::{FilmPicture, FilmSamples, FilmSize, Layout, Orientation};

/// Samples of one image at most: a sheet of 14 x 17 inches at 600 dpi.
const SAMPLES_MAX: u64 = 128 << 20;

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: Status,
    pub(super) offending: Option<Tag>,
    pub(super) comment: &'static str,
}

/// 0120: an attribute of type 1 is not there.
pub(super) fn missing(tag: Tag) -> Refused {
    Refused {
        status: Status(0x0120),
        offending: Some(tag),
        comment: "missing attribute",
    }
}

/// 0106: a value that cannot be.
pub(super) fn invalid(tag: Tag, comment: &'static str) -> Refused {
    Refused {
        status: Status(0x0106),
        offending: Some(tag),
        comment,
    }
}

/// Any other reason.
pub(super) fn refused(status: Status, comment: &'static str) -> Refused {
    Refused {
        status,
        offending: None,
        comment,
    }
}

/// The sheet of a film box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FilmSheet {
    pub(super) layout: Layout,
    pub(super) orientation: Orientation,
    pub(super) size: FilmSize,
    pub(super) min_density: Option<i64>,
    pub(super) max_density: Option<i64>,
}

/// Checks the attributes of a film box; `session` is the one it must belong to.
pub(super) fn film_box(set: &DataSet, session: &str) -> Result<FilmSheet, Refused> {
    let format = set
        .text(tags::IMAGE_DISPLAY_FORMAT)
        .ok_or_else(|| missing(tags::IMAGE_DISPLAY_FORMAT))?;
    let layout = Layout::parse(&format)
        .map_err(|_| invalid(tags::IMAGE_DISPLAY_FORMAT, "no such image display format"))?;
    let orientation = match set.text(tags::FILM_ORIENTATION) {
        None => Orientation::Portrait,
        Some(term) => Orientation::parse(&term)
            .map_err(|_| invalid(tags::FILM_ORIENTATION, "PORTRAIT or LANDSCAPE"))?,
    };
    let size = match set.text(tags::FILM_SIZE_ID) {
        None => FilmSize::default(),
        Some(term) => FilmSize::parse(&term)
            .map_err(|_| invalid(tags::FILM_SIZE_ID, "no film of this size"))?,
    };
    let sequence = tags::REFERENCED_FILM_SESSION_SEQUENCE;
    let reference = set
        .items(sequence)
        .first()
        .ok_or_else(|| missing(sequence))?;
    let text = |tag| reference.text(tag).unwrap_or_default();
    if text(tags::REFERENCED_SOP_CLASS_UID) != print::FILM_SESSION
        || text(tags::REFERENCED_SOP_INSTANCE_UID) != session
    {
        return Err(invalid(
            sequence,
            "not the film session of this association",
        ));
    }
    let term = |tag, terms: &[&str]| match set.text(tag) {
        Some(term) if !terms.contains(&term.as_str()) => Err(invalid(tag, "no defined term")),
        _ => Ok(()),
    };
    term(tags::TRIM, &["YES", "NO"])?;
    term(
        tags::MAGNIFICATION_TYPE,
        &["REPLICATE", "BILINEAR", "CUBIC", "NONE"],
    )?;
    Ok(FilmSheet {
        layout,
        orientation,
        size,
        min_density: set.int(tags::MIN_DENSITY),
        max_density: set.int(tags::MAX_DENSITY),
    })
}

/// An image as it was set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BoxImage {
    /// As sent.
    pub(super) picture: FilmPicture,
    /// Small values are bright.
    pub(super) inverted: bool,
    /// Requested Image Size.
    pub(super) width_mm: Option<f64>,
    /// Requested Decimate/Crop Behavior.
    pub(super) crop: bool,
}

/// Checks what an image box is set to and takes its pixels out of `source`; `None` erases the box (PS3.4 H.4.3.1.2.1).
pub(super) fn image_box(
    set: &DataSet,
    source: &dyn ReadAt,
    position: usize,
    color: bool,
    encoding: Encoding,
) -> Result<Option<BoxImage>, Refused> {
    let told = set
        .int(tags::IMAGE_BOX_POSITION)
        .ok_or_else(|| missing(tags::IMAGE_BOX_POSITION))?;
    if usize::try_from(told) != Ok(position) {
        let comment = "not the position of this image box";
        return Err(invalid(tags::IMAGE_BOX_POSITION, comment));
    }
    let sequence = if color {
        tags::BASIC_COLOR_IMAGE_SEQUENCE
    } else {
        tags::BASIC_GRAYSCALE_IMAGE_SEQUENCE
    };
    if set.element(sequence).is_none() {
        return Err(missing(sequence));
    }
    let Some(image) = set.items(sequence).first() else {
        return Ok(None);
    };
    let reverse = match set.text(tags::POLARITY).as_deref() {
        None | Some("NORMAL") => false,
        Some("REVERSE") => true,
        Some(_) => return Err(invalid(tags::POLARITY, "NORMAL or REVERSE")),
    };
    let width_mm = set.float(tags::REQUESTED_IMAGE_SIZE);
    if set.element(tags::REQUESTED_IMAGE_SIZE).is_some() && !width_mm.is_some_and(|w| w > 0.0) {
        return Err(invalid(tags::REQUESTED_IMAGE_SIZE, "no width in mm"));
    }
    let crop = match set.text(tags::REQUESTED_DECIMATE_CROP_BEHAVIOR).as_deref() {
        None | Some("DECIMATE" | "FAIL") => false,
        Some("CROP") => true,
        Some(_) => {
            let tag = tags::REQUESTED_DECIMATE_CROP_BEHAVIOR;
            return Err(invalid(tag, "DECIMATE, CROP or FAIL"));
        }
    };
    let monochrome1 =
        image.text(tags::PHOTOMETRIC_INTERPRETATION).as_deref() == Some("MONOCHROME1");
    Ok(Some(BoxImage {
        picture: picture(image, source, color, encoding)?,
        inverted: reverse != monochrome1,
        width_mm,
        crop,
    }))
}

/// The pixels of a preformatted image (PS3.3 C.13.5.1).
fn picture(
    image: &DataSet,
    source: &dyn ReadAt,
    color: bool,
    encoding: Encoding,
) -> Result<FilmPicture, Refused> {
    let number = |tag| image.int(tag).ok_or_else(|| missing(tag));
    let expect = |tag, wanted: &[i64]| {
        let found = number(tag)?;
        if wanted.contains(&found) {
            Ok(found)
        } else {
            Err(invalid(tag, "not allowed in an image box"))
        }
    };
    let photometric = image
        .text(tags::PHOTOMETRIC_INTERPRETATION)
        .ok_or_else(|| missing(tags::PHOTOMETRIC_INTERPRETATION))?;
    let interpretations: &[&str] = if color {
        &["RGB"]
    } else {
        &["MONOCHROME1", "MONOCHROME2"]
    };
    if !interpretations.contains(&photometric.as_str()) {
        let tag = tags::PHOTOMETRIC_INTERPRETATION;
        return Err(invalid(tag, "not allowed in an image box"));
    }
    let channels = expect(tags::SAMPLES_PER_PIXEL, if color { &[3] } else { &[1] })?;
    if color {
        expect(tags::PLANAR_CONFIGURATION, &[1])?;
    }
    let stored = expect(tags::BITS_STORED, if color { &[8] } else { &[8, 12] })?;
    let allocated = if stored == 12 { 16 } else { 8 };
    expect(tags::BITS_ALLOCATED, &[allocated])?;
    expect(tags::HIGH_BIT, &[stored - 1])?;
    expect(tags::PIXEL_REPRESENTATION, &[0])?;
    let side = |tag| {
        let side = u32::try_from(number(tag)?).ok().filter(|side| *side > 0);
        side.ok_or_else(|| invalid(tag, "an empty image"))
    };
    let (width, height) = (side(tags::COLUMNS)?, side(tags::ROWS)?);
    let samples = u64::from(width) * u64::from(height) * channels.unsigned_abs();
    if samples > SAMPLES_MAX {
        return Err(refused(Status(0xC605), "the image is too large"));
    }
    let bytes = pixel_bytes(image, source)?;
    let wanted = samples * allocated.unsigned_abs() / 8;
    if (bytes.len() as u64) != wanted + wanted % 2 {
        let comment = "more or fewer pixels than rows and columns say";
        return Err(invalid(tags::PIXEL_DATA, comment));
    }
    let samples = usize::try_from(samples).unwrap_or(0);
    Ok(FilmPicture {
        width,
        height,
        samples: match (color, stored) {
            (true, _) => FilmSamples::Rgb(interleaved(&bytes[..samples])),
            (false, 12) => FilmSamples::Gray12(levels(&bytes, encoding)?),
            (false, _) => FilmSamples::Gray8(bytes[..samples].to_vec()),
        },
    })
}

fn pixel_bytes(image: &DataSet, source: &dyn ReadAt) -> Result<Vec<u8>, Refused> {
    let element = image
        .element(tags::PIXEL_DATA)
        .ok_or_else(|| missing(tags::PIXEL_DATA))?;
    match &element.value {
        Value::Bytes(bytes) => Ok(bytes.to_vec()),
        Value::Long(length) => {
            let mut bytes = vec![0; usize::try_from(*length).unwrap_or(0)];
            let read = source.read_exact_at(&mut bytes, element.offset);
            read.map_err(|_| invalid(tags::PIXEL_DATA, "the pixels cannot be read"))?;
            Ok(bytes)
        }
        _ => Err(invalid(tags::PIXEL_DATA, "not native pixels")),
    }
}

fn levels(bytes: &[u8], encoding: Encoding) -> Result<Vec<u16>, Refused> {
    let words = bytes.as_chunks::<2>().0.iter();
    let levels: Vec<u16> = match encoding {
        Encoding::ExplicitBig => words.map(|word| u16::from_be_bytes(*word)).collect(),
        _ => words.map(|word| u16::from_le_bytes(*word)).collect(),
    };
    if levels.iter().any(|level| *level > 4095) {
        return Err(invalid(tags::PIXEL_DATA, "levels beyond 12 bits"));
    }
    Ok(levels)
}

/// Plane after plane becomes pixel after pixel.
fn interleaved(bytes: &[u8]) -> Vec<u8> {
    let plane = bytes.len() / 3;
    (0..plane)
        .flat_map(|at| [bytes[at], bytes[plane + at], bytes[2 * plane + at]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Builder, ScanOptions, TransferSyntax, scan_data_set};

    fn set_of(builder: &Builder) -> (DataSet, Vec<u8>) {
        let bytes = builder.data_set(Encoding::ExplicitLittle);
        let syntax = TransferSyntax::native(Encoding::ExplicitLittle);
        let end = bytes.len() as u64;
        let set = scan_data_set(&bytes, 0, end, syntax, &ScanOptions::DISPLAY);
        (set.expect("a data set"), bytes)
    }

    fn image() -> Builder {
        Builder::new()
            .ints(tags::SAMPLES_PER_PIXEL, &[1])
            .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .ints(tags::ROWS, &[1])
            .ints(tags::COLUMNS, &[2])
            .ints(tags::BITS_ALLOCATED, &[16])
            .ints(tags::BITS_STORED, &[12])
            .ints(tags::HIGH_BIT, &[11])
            .ints(tags::PIXEL_REPRESENTATION, &[0])
            .words(tags::PIXEL_DATA, crate::dicom::VR::OW, vec![7, 4095])
    }

    fn check(image: Builder) -> Result<Option<BoxImage>, Refused> {
        let builder = Builder::new()
            .ints(tags::IMAGE_BOX_POSITION, &[1])
            .sequence(tags::BASIC_GRAYSCALE_IMAGE_SEQUENCE, vec![image]);
        let (set, bytes) = set_of(&builder);
        image_box(&set, &bytes, 1, false, Encoding::ExplicitLittle)
    }

    #[test]
    fn an_image_that_fits_its_attributes_is_taken_and_nothing_else_is() {
        let taken = check(image()).expect("taken").expect("an image");
        assert_eq!(taken.picture.samples, FilmSamples::Gray12(vec![7, 4095]));
        let offending = |image: Builder| check(image).expect_err("refused").offending;
        let short = image().words(tags::PIXEL_DATA, crate::dicom::VR::OW, vec![7]);
        assert_eq!(offending(short), Some(tags::PIXEL_DATA));
        let deep = image().words(tags::PIXEL_DATA, crate::dicom::VR::OW, vec![7, 4096]);
        assert_eq!(offending(deep), Some(tags::PIXEL_DATA));
        let high = image().ints(tags::HIGH_BIT, &[15]);
        assert_eq!(offending(high), Some(tags::HIGH_BIT));
        let none = image().without(tags::ROWS);
        assert_eq!(offending(none), Some(tags::ROWS));
        let huge = image()
            .ints(tags::ROWS, &[65535])
            .ints(tags::COLUMNS, &[65535]);
        assert_eq!(check(huge).expect_err("refused").status, Status(0xC605));
    }

    #[test]
    fn a_film_box_belongs_to_its_session() {
        let reference = |uid: &str| {
            Builder::new()
                .text(tags::REFERENCED_SOP_CLASS_UID, print::FILM_SESSION)
                .text(tags::REFERENCED_SOP_INSTANCE_UID, uid)
        };
        let builder = Builder::new()
            .text(tags::IMAGE_DISPLAY_FORMAT, "STANDARD\\2,3")
            .sequence(
                tags::REFERENCED_FILM_SESSION_SEQUENCE,
                vec![reference("1.2")],
            );
        let (set, _) = set_of(&builder);
        let sheet = film_box(&set, "1.2").expect("a film box");
        assert_eq!(sheet.layout, Layout::Standard(2, 3));
        assert!(film_box(&set, "1.3").is_err());
        let lone = builder.without(tags::REFERENCED_FILM_SESSION_SEQUENCE);
        let refused = film_box(&set_of(&lone).0, "1.2").expect_err("refused");
        assert_eq!(refused, missing(tags::REFERENCED_FILM_SESSION_SEQUENCE));
    }
}
