//! The modules every phantom has: patient, study, series, equipment, SOP common (PS3.3 C.7.1 to C.7.5, C.12.1).

use crate::dicom::tags;

use super::Builder;

/// Who and when, shared by all objects of one phantom study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Patient's Name.
    pub name: &'static str,
    /// Patient ID.
    pub id: &'static str,
    /// Birth date.
    pub birth_date: &'static str,
    /// Sex.
    pub sex: &'static str,
    /// Study Date.
    pub study_date: &'static str,
    /// Study Time.
    pub study_time: &'static str,
    /// Study Description.
    pub study_description: &'static str,
    /// Accession Number.
    pub accession_number: &'static str,
    /// Number that makes this study's UIDs.
    pub study: u32,
}

/// Root of all phantom UIDs: the product's root, arc 9 for synthetic objects.
const ROOT: &str = "1.2.826.0.1.3680043.2.406.9";

impl Patient {
    /// UID of the study.
    pub fn study_uid(&self) -> String {
        format!("{ROOT}.{}", self.study)
    }

    /// UID of a series, counted from 1.
    pub fn series_uid(&self, series: u32) -> String {
        format!("{ROOT}.{}.{series}", self.study)
    }

    /// UID of an object, counted from 1 in its series.
    pub fn instance_uid(&self, series: u32, instance: u32) -> String {
        format!("{ROOT}.{}.{series}.{instance}", self.study)
    }

    /// Frame of Reference UID shared by the series of this study.
    pub fn frame_of_reference_uid(&self) -> String {
        format!("{ROOT}.{}.0.1", self.study)
    }

    /// An object with all common modules filled in.
    pub fn object(
        &self,
        sop_class: &str,
        modality: &str,
        series: u32,
        description: &str,
        instance: u32,
    ) -> Builder {
        Builder::new()
            .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 100")
            .text(tags::SOP_CLASS_UID, sop_class)
            .text(tags::SOP_INSTANCE_UID, &self.instance_uid(series, instance))
            .text(tags::STUDY_DATE, self.study_date)
            .text(tags::SERIES_DATE, self.study_date)
            .text(tags::CONTENT_DATE, self.study_date)
            .text(tags::STUDY_TIME, self.study_time)
            .text(tags::CONTENT_TIME, self.study_time)
            .text(tags::ACCESSION_NUMBER, self.accession_number)
            .text(tags::MODALITY, modality)
            .text(tags::MANUFACTURER, "dgscope")
            .text(tags::INSTITUTION_NAME, "PHANTOM LABORATORY")
            .text(tags::REFERRING_PHYSICIAN_NAME, "PHANTOM^REFERRER")
            .text(tags::STUDY_DESCRIPTION, self.study_description)
            .text(tags::SERIES_DESCRIPTION, description)
            .text(tags::MANUFACTURER_MODEL_NAME, "phantom")
            .text(tags::PATIENT_NAME, self.name)
            .text(tags::PATIENT_ID, self.id)
            .text(tags::PATIENT_BIRTH_DATE, self.birth_date)
            .text(tags::PATIENT_SEX, self.sex)
            .text(tags::STUDY_INSTANCE_UID, &self.study_uid())
            .text(tags::SERIES_INSTANCE_UID, &self.series_uid(series))
            .text(tags::STUDY_ID, &self.study.to_string())
            .ints(tags::SERIES_NUMBER, &[i64::from(series)])
            .ints(tags::INSTANCE_NUMBER, &[i64::from(instance)])
    }
}

/// Adds the Image Pixel module of a 16-bit grayscale picture (PS3.3 C.7.6.3).
pub fn with_gray_pixels(
    object: Builder,
    rows: u32,
    columns: u32,
    bits_stored: u16,
    pixels: Vec<u16>,
) -> Builder {
    object
        .ints(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .ints(tags::ROWS, &[i64::from(rows)])
        .ints(tags::COLUMNS, &[i64::from(columns)])
        .ints(tags::BITS_ALLOCATED, &[16])
        .ints(tags::BITS_STORED, &[i64::from(bits_stored)])
        .ints(tags::HIGH_BIT, &[i64::from(bits_stored) - 1])
        .ints(tags::PIXEL_REPRESENTATION, &[0])
        .words(tags::PIXEL_DATA, crate::dicom::VR::OW, pixels)
}
