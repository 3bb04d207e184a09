//! The data sets of film sessions, film boxes, annotations and the Presentation LUT (PS3.3 C.13).

use super::order::{FilmOptions, SessionOptions};
use crate::dicom::sop_class::print;
use crate::dicom::{Builder, Tag, tags};
use crate::imaging::film::FilmPage;

/// Characters of a LO value.
const TEXT_MAX: usize = 64;

fn put(builder: Builder, tag: Tag, value: Option<&str>) -> Builder {
    match value.filter(|value| !value.is_empty()) {
        Some(value) => builder.text(tag, value),
        None => builder,
    }
}

/// N-CREATE of a film session.
pub(super) fn session(options: &SessionOptions) -> Builder {
    let builder = Builder::new().ints(tags::NUMBER_OF_COPIES, &[i64::from(options.copies)]);
    let builder = put(builder, tags::PRINT_PRIORITY, options.priority.as_deref());
    let builder = put(builder, tags::MEDIUM_TYPE, options.medium.as_deref());
    let builder = put(
        builder,
        tags::FILM_DESTINATION,
        options.destination.as_deref(),
    );
    put(builder, tags::FILM_SESSION_LABEL, options.label.as_deref())
}

/// A reference to an instance.
fn reference(class: &str, instance: &str) -> Builder {
    Builder::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, class)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, instance)
}

/// N-CREATE of a film box in its session.
pub(super) fn film_box(
    page: &FilmPage,
    options: &FilmOptions,
    session: &str,
    lut: Option<&str>,
    annotated: bool,
) -> Builder {
    let builder = Builder::new()
        .text(
            tags::IMAGE_DISPLAY_FORMAT,
            &page.printed_layout().to_string(),
        )
        .text(tags::FILM_ORIENTATION, page.sheet.orientation.term())
        .text(tags::FILM_SIZE_ID, page.sheet.size.term())
        .sequence(
            tags::REFERENCED_FILM_SESSION_SEQUENCE,
            vec![reference(print::FILM_SESSION, session)],
        );
    let builder = put(
        builder,
        tags::MAGNIFICATION_TYPE,
        options.magnification.as_deref(),
    );
    let builder = put(builder, tags::SMOOTHING_TYPE, options.smoothing.as_deref());
    let builder = put(
        builder,
        tags::BORDER_DENSITY,
        options.border_density.as_deref(),
    );
    let builder = put(
        builder,
        tags::EMPTY_IMAGE_DENSITY,
        options.empty_density.as_deref(),
    );
    let trim = options.trim.map(|trim| if trim { "YES" } else { "NO" });
    let mut builder = put(builder, tags::TRIM, trim);
    for (tag, density) in [
        (tags::MIN_DENSITY, options.min_density),
        (tags::MAX_DENSITY, options.max_density),
    ] {
        if let Some(density) = density {
            builder = builder.ints(tag, &[i64::from(density)]);
        }
    }
    if annotated {
        let format = options.annotation_format.as_deref();
        builder = put(builder, tags::ANNOTATION_DISPLAY_FORMAT_ID, format);
    }
    match lut {
        None => builder,
        Some(lut) => builder.sequence(
            tags::REFERENCED_PRESENTATION_LUT_SEQUENCE,
            vec![reference(print::PRESENTATION_LUT, lut)],
        ),
    }
}

/// N-CREATE of the Presentation LUT: what is sent are P-Values already.
pub(super) fn presentation_lut() -> Builder {
    Builder::new().text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY")
}

/// N-SET of the annotation box at `position`, from 1.
pub(super) fn annotation(position: usize, text: &str) -> Builder {
    let text: String = text.chars().filter(|c| *c != '\\').take(TEXT_MAX).collect();
    let builder = Builder::new().ints(tags::ANNOTATION_POSITION, &[position as i64]);
    if text.is_ascii() {
        builder.text(tags::TEXT_STRING, &text)
    } else {
        builder
            .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
            .text(tags::TEXT_STRING, &text)
    }
}

/// The parts of the page header spread evenly over so many boxes.
pub(super) fn annotation_texts(parts: &[String], boxes: usize) -> Vec<String> {
    if boxes == 0 {
        return Vec::new();
    }
    let together = parts.len().div_ceil(boxes).max(1);
    parts
        .chunks(together)
        .map(|parts| parts.join("  "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_parts_find_room_in_the_boxes_there_are() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(annotation_texts(&parts, 2), ["a  b", "c"]);
        assert_eq!(annotation_texts(&parts, 6), ["a", "b", "c"]);
        assert!(annotation_texts(&parts, 0).is_empty());
    }
}
