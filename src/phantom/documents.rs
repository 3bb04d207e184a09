//! Objects without pixels that belong to the CT phantom: a report, a key object selection and a presentation state.

use crate::dicom::{tags, uids};

use super::Builder;
use super::patient::Patient;

/// A coded concept (PS3.3 8.8).
fn code(value: &str, scheme: &str, meaning: &str) -> Builder {
    Builder::new()
        .text(tags::CODE_VALUE, value)
        .text(tags::CODING_SCHEME_DESIGNATOR, scheme)
        .text(tags::CODE_MEANING, meaning)
}

/// A reference to one object.
fn reference(sop_class: &str, sop_instance: &str) -> Builder {
    Builder::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, sop_class)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, sop_instance)
}

/// The evidence sequence that SR and KO objects carry: study, series, objects (PS3.3 C.17.2).
fn evidence(patient: &Patient, series: u32, instances: &[u32]) -> Builder {
    let objects = instances
        .iter()
        .map(|instance| {
            reference(
                uids::CT_IMAGE_STORAGE,
                &patient.instance_uid(series, *instance),
            )
        })
        .collect();
    let series = Builder::new()
        .text(tags::SERIES_INSTANCE_UID, &patient.series_uid(series))
        .sequence(tags::REFERENCED_SOP_SEQUENCE, objects);
    Builder::new()
        .text(tags::STUDY_INSTANCE_UID, &patient.study_uid())
        .sequence(tags::REFERENCED_SERIES_SEQUENCE, vec![series])
}

/// A Basic Text SR about the CT (PS3.3 A.35.1).
pub fn report(patient: &Patient, series: u32, ct_series: u32) -> Builder {
    let text = |name: Builder, words: &str| {
        Builder::new()
            .text(tags::RELATIONSHIP_TYPE, "CONTAINS")
            .text(tags::VALUE_TYPE, "TEXT")
            .sequence(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![name])
            .text(tags::TEXT_VALUE, words)
    };
    patient
        .object(uids::BASIC_TEXT_SR_STORAGE, "SR", series, "REPORT", 1)
        .text(tags::COMPLETION_FLAG, "COMPLETE")
        .text(tags::VERIFICATION_FLAG, "UNVERIFIED")
        .sequence(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, Vec::new())
        .sequence(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, Vec::new())
        .sequence(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, vec![evidence(patient, ct_series, &[1])])
        .text(tags::VALUE_TYPE, "CONTAINER")
        .text(tags::CONTINUITY_OF_CONTENT, "SEPARATE")
        .sequence(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![code("18748-4", "LN", "Diagnostic Imaging Report")])
        .sequence(
            tags::CONTENT_SEQUENCE,
            vec![
                text(code("121070", "DCM", "Findings"), "A synthetic trunk. One nodule of 14 mm in the right lung, one cyst of 22 mm in the liver, both put there on purpose."),
                text(code("121076", "DCM", "Conclusions"), "Nothing here belongs to a person."),
            ],
        )
}

/// A Key Object Selection Document that marks some slices (PS3.3 A.35.4).
pub fn key_objects(patient: &Patient, series: u32, ct_series: u32, instances: &[u32]) -> Builder {
    let items = instances
        .iter()
        .map(|instance| {
            Builder::new()
                .text(tags::RELATIONSHIP_TYPE, "CONTAINS")
                .text(tags::VALUE_TYPE, "IMAGE")
                .sequence(
                    tags::REFERENCED_SOP_SEQUENCE,
                    vec![reference(
                        uids::CT_IMAGE_STORAGE,
                        &patient.instance_uid(ct_series, *instance),
                    )],
                )
        })
        .collect();
    patient
        .object(
            uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE,
            "KO",
            series,
            "KEY IMAGES",
            1,
        )
        .sequence(
            tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE,
            Vec::new(),
        )
        .sequence(
            tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
            vec![evidence(patient, ct_series, instances)],
        )
        .text(tags::VALUE_TYPE, "CONTAINER")
        .text(tags::CONTINUITY_OF_CONTENT, "SEPARATE")
        .sequence(
            tags::CONCEPT_NAME_CODE_SEQUENCE,
            vec![code("113000", "DCM", "Of Interest")],
        )
        .sequence(tags::CONTENT_SEQUENCE, items)
}

/// A Grayscale Softcopy Presentation State for some CT slices: lung window, a circle and a word (PS3.3 A.33.1).
pub fn presentation_state(
    patient: &Patient,
    series: u32,
    ct_series: u32,
    instances: &[u32],
) -> Builder {
    let images: Vec<Builder> = instances
        .iter()
        .map(|instance| {
            reference(
                uids::CT_IMAGE_STORAGE,
                &patient.instance_uid(ct_series, *instance),
            )
        })
        .collect();
    let referenced_series = Builder::new()
        .text(tags::SERIES_INSTANCE_UID, &patient.series_uid(ct_series))
        .sequence(tags::REFERENCED_IMAGE_SEQUENCE, images);
    let area = Builder::new()
        .ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, &[1, 1])
        .ints(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER, &[512, 512])
        .text(tags::PRESENTATION_SIZE_MODE, "SCALE TO FIT")
        .floats(tags::PRESENTATION_PIXEL_SPACING, &[0.78125, 0.78125]);
    let window = Builder::new()
        .floats(tags::WINDOW_CENTER, &[-600.0])
        .floats(tags::WINDOW_WIDTH, &[1500.0]);
    let circle = Builder::new()
        .text(tags::GRAPHIC_ANNOTATION_UNITS, "PIXEL")
        .ints(tags::GRAPHIC_DIMENSIONS, &[2])
        .ints(tags::NUMBER_OF_GRAPHIC_POINTS, &[2])
        .floats(tags::GRAPHIC_DATA, &[130.0, 294.0, 150.0, 294.0])
        .text(tags::GRAPHIC_TYPE, "CIRCLE")
        .text(tags::GRAPHIC_FILLED, "N");
    let annotation = Builder::new()
        .text(tags::GRAPHIC_LAYER, "MARKS")
        .sequence(tags::GRAPHIC_OBJECT_SEQUENCE, vec![circle]);
    let layer = Builder::new()
        .text(tags::GRAPHIC_LAYER, "MARKS")
        .ints(tags::GRAPHIC_LAYER_ORDER, &[1]);
    patient
        .object(
            uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE,
            "PR",
            series,
            "LUNG",
            1,
        )
        .text(tags::CONTENT_LABEL, "LUNG")
        .text(
            tags::CONTENT_DESCRIPTION,
            "Lung window with the nodule marked",
        )
        .text(tags::PRESENTATION_CREATION_DATE, patient.study_date)
        .text(tags::PRESENTATION_CREATION_TIME, patient.study_time)
        .text(tags::CONTENT_CREATOR_NAME, "PHANTOM^AUTHOR")
        .sequence(tags::REFERENCED_SERIES_SEQUENCE, vec![referenced_series])
        .floats(tags::RESCALE_INTERCEPT, &[-1024.0])
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .text(tags::RESCALE_TYPE, "HU")
        .sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![window])
        .sequence(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area])
        .sequence(tags::GRAPHIC_LAYER_SEQUENCE, vec![layer])
        .sequence(tags::GRAPHIC_ANNOTATION_SEQUENCE, vec![annotation])
        .text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY")
}
