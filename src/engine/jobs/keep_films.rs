//! Printed films become objects of the local store: a Hardcopy image for each image box, a Stored Print for each film (PS3.3 A.19 to
//! A.21, retired, and in the statement's storage tables). The pixels are rendered again, exactly as they were printed, one at a time.

use std::fmt::Display;

use crate::dicom::sop_class::print;
use crate::dicom::{
    Builder, DataSet, DicomFile, Encoding, ScanOptions, SopClassUid, SopInstanceUid, Tag,
    TransferSyntax, Uid, VR, identity, tags,
};
use crate::imaging::film::{BoxPicture, FilmPage, FilmSamples};
use crate::node::{PageState, PrintOrder, PrintReport};
use crate::store::{ObjectDescription, Store};

/// Samples written to the store at once.
const CHUNK: usize = 64 * 1024;

/// Who printed on what.
pub(super) struct Origin<'a> {
    /// Our title.
    pub(super) calling: &'a str,
    /// The printer's title.
    pub(super) called: &'a str,
}

/// The series that the films of a job go into.
struct Series {
    study: String,
    hardcopy: String,
    films: String,
    patient_id: String,
    /// Patient and study, as the first image has them.
    common: Builder,
    date: String,
    time: String,
}

/// What a film refers to.
struct Kept {
    position: usize,
    box_uid: String,
    uid: String,
    width_mm: Option<f64>,
}

/// Keeps every page that was printed; how many, or why not.
pub(super) fn run(
    store: &Store,
    order: &PrintOrder,
    report: &PrintReport,
    origin: &Origin<'_>,
) -> Result<usize, String> {
    let printed = |index: usize| {
        let page = report.pages.get(index);
        page.is_some_and(|page| page.state == PageState::Printed) && !order.skip.contains(&index)
    };
    let pages: Vec<(usize, &FilmPage)> = order
        .pages
        .iter()
        .enumerate()
        .filter(|(index, _)| printed(*index))
        .collect();
    let Some((_, cell)) = pages.first().and_then(|(_, page)| page.filled().next()) else {
        return Ok(0);
    };
    let file = DicomFile::open(&cell.path, &ScanOptions::DISPLAY).map_err(|e| e.to_string())?;
    let series = series_of(&file.data_set);
    let annotated = report.annotated;
    let mut number = 0;
    for (index, page) in &pages {
        let mut kept = Vec::new();
        for place in page.boxes() {
            let picture = page
                .picture(place, !annotated)
                .map_err(|error| error.to_string())?;
            let Some(picture) = picture else { continue };
            number += 1;
            let uid = Uid::generate().to_string();
            write_hardcopy(store, &series, &picture, &uid, number)?;
            kept.push(Kept {
                position: place + 1,
                box_uid: Uid::generate().to_string(),
                uid,
                width_mm: picture.width_mm,
            });
        }
        let film = stored_print(&series, order, page, report, origin, &kept, index + 1);
        put(store, print::STORED_PRINT, &film, |_| Ok(()))?;
    }
    Ok(pages.len())
}

fn series_of(set: &DataSet) -> Series {
    let now = jiff::Zoned::now();
    let text = |tag| set.text(tag).unwrap_or_default();
    let study = text(tags::STUDY_INSTANCE_UID);
    let study = if study.is_empty() {
        Uid::generate().to_string()
    } else {
        study
    };
    let copied = [
        tags::STUDY_DATE,
        tags::STUDY_TIME,
        tags::ACCESSION_NUMBER,
        tags::REFERRING_PHYSICIAN_NAME,
        tags::STUDY_DESCRIPTION,
        tags::PATIENT_NAME,
        tags::PATIENT_ID,
        tags::PATIENT_BIRTH_DATE,
        tags::PATIENT_SEX,
        tags::STUDY_ID,
    ];
    let common = copied
        .into_iter()
        .fold(Builder::new(), |builder, tag| builder.text(tag, &text(tag)));
    Series {
        common: common
            .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
            .text(tags::STUDY_INSTANCE_UID, &study),
        study,
        hardcopy: Uid::generate().to_string(),
        films: Uid::generate().to_string(),
        patient_id: text(tags::PATIENT_ID),
        date: now.strftime("%Y%m%d").to_string(),
        time: now.strftime("%H%M%S").to_string(),
    }
}

impl Series {
    fn object(
        &self,
        class: &str,
        uid: &str,
        series: &str,
        modality: &str,
        number: usize,
    ) -> Builder {
        self.common
            .clone()
            .text(tags::INSTANCE_CREATION_DATE, &self.date)
            .text(tags::INSTANCE_CREATION_TIME, &self.time)
            .text(tags::SOP_CLASS_UID, class)
            .text(tags::SOP_INSTANCE_UID, uid)
            .text(tags::MODALITY, modality)
            .text(tags::MANUFACTURER, "")
            .text(tags::SERIES_INSTANCE_UID, series)
            .text(tags::SERIES_NUMBER, "")
            .ints(tags::INSTANCE_NUMBER, &[number as i64])
    }
}

/// Hardcopy Equipment: Device Manufacturer and Device Software Version, retired with their class.
const HARDCOPY_DEVICE_MANUFACTURER: Tag = Tag(0x0018, 0x1017);
const HARDCOPY_DEVICE_SOFTWARE_VERSION: Tag = Tag(0x0018, 0x101A);

/// The sequences of a Stored Print (PS3.3 C.13.8), retired with it.
const PRINT_MANAGEMENT_CAPABILITIES_SEQUENCE: Tag = Tag(0x2130, 0x0010);
const PRINTER_CHARACTERISTICS_SEQUENCE: Tag = Tag(0x2130, 0x0015);
const FILM_BOX_CONTENT_SEQUENCE: Tag = Tag(0x2130, 0x0030);
const IMAGE_BOX_CONTENT_SEQUENCE: Tag = Tag(0x2130, 0x0040);
/// Retrieve AE Title: where the hardcopy images are.
const RETRIEVE_AE_TITLE: Tag = Tag(0x0008, 0x0054);
/// Illumination and Reflected Ambient Light that P-Values are meant for, in cd/m2 (PS3.3 C.13.3).
const ILLUMINATION: (Tag, u16) = (Tag(0x2010, 0x015E), 2000);
const REFLECTED_AMBIENT_LIGHT: (Tag, u16) = (Tag(0x2010, 0x0160), 10);
const PRESENTATION_LUT_CONTENT_SEQUENCE: Tag = Tag(0x2130, 0x0080);

fn write_hardcopy(
    store: &Store,
    series: &Series,
    picture: &BoxPicture,
    uid: &str,
    number: usize,
) -> Result<(), String> {
    let samples = &picture.picture.samples;
    let (class, channels, photometric, allocated, stored) = match samples {
        FilmSamples::Gray8(_) => (print::HARDCOPY_GRAYSCALE, 1, "MONOCHROME2", 8, 8),
        FilmSamples::Gray12(_) => (print::HARDCOPY_GRAYSCALE, 1, "MONOCHROME2", 16, 12),
        FilmSamples::Rgb(_) => (print::HARDCOPY_COLOR, 3, "RGB", 8, 8),
    };
    let software = identity::implementation_version_name();
    let mut object = series
        .object(class, uid, &series.hardcopy, "HC", number)
        .text(tags::IMAGE_TYPE, "DERIVED\\SECONDARY")
        .text(tags::DERIVATION_DESCRIPTION, "Hardcopy")
        .raw(HARDCOPY_DEVICE_MANUFACTURER, VR::LO, b"dgscope".to_vec())
        .raw(
            HARDCOPY_DEVICE_SOFTWARE_VERSION,
            VR::LO,
            software.into_bytes(),
        )
        .text(tags::PATIENT_ORIENTATION, "")
        .ints(tags::SAMPLES_PER_PIXEL, &[channels])
        .text(tags::PHOTOMETRIC_INTERPRETATION, photometric)
        .ints(tags::ROWS, &[i64::from(picture.picture.height)])
        .ints(tags::COLUMNS, &[i64::from(picture.picture.width)])
        .text(tags::PIXEL_ASPECT_RATIO, "1\\1")
        .ints(tags::BITS_ALLOCATED, &[allocated])
        .ints(tags::BITS_STORED, &[stored])
        .ints(tags::HIGH_BIT, &[stored - 1])
        .ints(tags::PIXEL_REPRESENTATION, &[0]);
    if channels == 3 {
        object = object.ints(tags::PLANAR_CONFIGURATION, &[0]);
    } else {
        // P-Values as sent to the printer: shown as they are.
        object = object.text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY");
    }
    // Presentation LUT Shape (2050,0020) lies before Pixel Data (7FE0,0010): the pixels come last.
    put(store, class, &object, |write| write_pixels(samples, write))
}

/// Streams the pixel data element, so that it is not held twice.
fn write_pixels(
    samples: &FilmSamples,
    write: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let (vr, bytes) = match samples {
        FilmSamples::Gray8(data) | FilmSamples::Rgb(data) => (b"OB", data.len()),
        FilmSamples::Gray12(data) => (b"OW", data.len() * 2),
    };
    let padding = bytes % 2;
    let length = u32::try_from(bytes + padding).map_err(|_| "an image beyond 4 GiB".to_owned())?;
    let mut header = vec![0xE0, 0x7F, 0x10, 0x00];
    header.extend_from_slice(vr);
    header.extend_from_slice(&[0, 0]);
    header.extend_from_slice(&length.to_le_bytes());
    write(&header)?;
    match samples {
        FilmSamples::Gray8(data) | FilmSamples::Rgb(data) => write(data)?,
        FilmSamples::Gray12(data) => {
            for levels in data.chunks(CHUNK) {
                let bytes: Vec<u8> = levels
                    .iter()
                    .flat_map(|level| level.to_le_bytes())
                    .collect();
                write(&bytes)?;
            }
        }
    }
    write(&vec![0; padding])
}

fn class_item(class: &str) -> Builder {
    Builder::new().text(tags::REFERENCED_SOP_CLASS_UID, class)
}

/// The Stored Print of one film: what it was printed with, and its hardcopy images (PS3.3 C.13.8, retired).
fn stored_print(
    series: &Series,
    order: &PrintOrder,
    page: &FilmPage,
    report: &PrintReport,
    origin: &Origin<'_>,
    kept: &[Kept],
    number: usize,
) -> Builder {
    let (box_class, image_class) = if page.color {
        (print::COLOR_BOX, print::HARDCOPY_COLOR)
    } else {
        (print::GRAYSCALE_BOX, print::HARDCOPY_GRAYSCALE)
    };
    let mut capabilities: Vec<Builder> =
        [print::FILM_SESSION, print::FILM_BOX, box_class, image_class]
            .map(class_item)
            .to_vec();
    if report.presentation_lut.is_some() {
        capabilities.push(class_item(print::PRESENTATION_LUT));
    }
    let printer = Builder::new()
        .text(tags::ORIGINATOR, origin.calling)
        .text(tags::DESTINATION_AE, origin.called)
        .text(tags::PRINTER_NAME, origin.called);
    let boxes = kept
        .iter()
        .map(|kept| image_box(series, image_class, origin.calling, kept))
        .collect();
    let uid = Uid::generate().to_string();
    let film = series
        .object(
            print::STORED_PRINT,
            &uid,
            &series.films,
            "STORED_PRINT",
            number,
        )
        .sequence(PRINT_MANAGEMENT_CAPABILITIES_SEQUENCE, capabilities)
        .sequence(PRINTER_CHARACTERISTICS_SEQUENCE, vec![printer])
        .sequence(
            FILM_BOX_CONTENT_SEQUENCE,
            vec![film_box(order, page, report.presentation_lut.as_deref())],
        )
        .sequence(IMAGE_BOX_CONTENT_SEQUENCE, boxes);
    match &report.presentation_lut {
        None => film,
        Some(lut) => {
            let content = Builder::new()
                .text(tags::SOP_INSTANCE_UID, lut)
                .text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY");
            film.sequence(PRESENTATION_LUT_CONTENT_SEQUENCE, vec![content])
        }
    }
}

fn film_box(order: &PrintOrder, page: &FilmPage, lut: Option<&str>) -> Builder {
    let options = &order.film;
    let mut builder = Builder::new()
        .text(
            tags::IMAGE_DISPLAY_FORMAT,
            &page.printed_layout().to_string(),
        )
        .text(tags::FILM_ORIENTATION, page.sheet.orientation.term())
        .text(tags::FILM_SIZE_ID, page.sheet.size.term());
    for (tag, value) in [
        (tags::MAGNIFICATION_TYPE, &options.magnification),
        (tags::SMOOTHING_TYPE, &options.smoothing),
        (tags::BORDER_DENSITY, &options.border_density),
        (tags::EMPTY_IMAGE_DENSITY, &options.empty_density),
    ] {
        if let Some(value) = value {
            builder = builder.text(tag, value);
        }
    }
    for (tag, value) in [
        (tags::MIN_DENSITY, options.min_density),
        (tags::MAX_DENSITY, options.max_density),
    ] {
        if let Some(value) = value {
            builder = builder.ints(tag, &[i64::from(value)]);
        }
    }
    match lut {
        None => builder,
        Some(lut) => [ILLUMINATION, REFLECTED_AMBIENT_LIGHT]
            .into_iter()
            .fold(builder, |builder, (tag, light)| {
                builder.raw(tag, VR::US, light.to_le_bytes().to_vec())
            })
            .sequence(
                tags::REFERENCED_PRESENTATION_LUT_SEQUENCE,
                vec![Builder::new().text(tags::REFERENCED_SOP_INSTANCE_UID, lut)],
            ),
    }
}

fn image_box(series: &Series, image_class: &str, own_title: &str, kept: &Kept) -> Builder {
    let image = class_item(image_class)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, &kept.uid)
        .raw(RETRIEVE_AE_TITLE, VR::AE, own_title.as_bytes().to_vec())
        .text(tags::PATIENT_ID, &series.patient_id)
        .text(tags::STUDY_INSTANCE_UID, &series.study)
        .text(tags::SERIES_INSTANCE_UID, &series.hardcopy);
    let builder = Builder::new()
        .text(tags::SOP_INSTANCE_UID, &kept.box_uid)
        .sequence(tags::REFERENCED_IMAGE_SEQUENCE, vec![image])
        .ints(tags::IMAGE_BOX_POSITION, &[kept.position as i64])
        .text(tags::POLARITY, "NORMAL");
    match kept.width_mm {
        None => builder,
        Some(width) => builder
            .text(tags::REQUESTED_IMAGE_SIZE, &format!("{width:.3}"))
            .text(tags::REQUESTED_DECIMATE_CROP_BEHAVIOR, "CROP"),
    }
}

/// Takes an object into the store; `more` writes what follows its builder.
fn put(
    store: &Store,
    class: &str,
    object: &Builder,
    more: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), String>) -> Result<(), String>,
) -> Result<(), String> {
    let words = |error: &dyn Display| error.to_string();
    let bytes = object.data_set(Encoding::ExplicitLittle);
    let uid = object.file_meta(TransferSyntax::native(Encoding::ExplicitLittle));
    let description = ObjectDescription {
        sop_class_uid: SopClassUid::parse(class).map_err(|e| words(&e))?,
        sop_instance_uid: SopInstanceUid::parse(&uid.media_storage_sop_instance_uid)
            .map_err(|e| words(&e))?,
        transfer_syntax: TransferSyntax::native(Encoding::ExplicitLittle),
        source: None,
    };
    let mut incoming = store.begin(&description).map_err(|e| words(&e))?;
    incoming.write(&bytes).map_err(|e| words(&e))?;
    more(&mut |bytes| incoming.write(bytes).map_err(|e| words(&e)))?;
    incoming.commit().map_err(|e| words(&e))?;
    Ok(())
}
