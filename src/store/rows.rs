//! What the index tells about studies, series and instances.

use std::path::PathBuf;

use crate::dicom::{SeriesInstanceUid, SopInstanceUid, StudyInstanceUid};

/// A window into a sorted, filtered list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page<T> {
    /// How many rows match in all.
    pub total: u64,
    /// Index of the first row of `rows`.
    pub offset: u64,
    /// The rows.
    pub rows: Vec<T>,
}

/// One study in the list (ST1). Dates and times as DICOM writes them (`20061102`, `101500.0`), names with carets.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyRow {
    /// Study Instance UID.
    pub study_instance_uid: StudyInstanceUid,
    /// Patient's Name, all groups, decoded.
    pub patient_name: String,
    /// Patient ID.
    pub patient_id: String,
    /// Patient's Birth Date.
    pub patient_birth_date: String,
    /// Patient's Sex.
    pub patient_sex: String,
    /// Study Date.
    pub study_date: String,
    /// Study Time.
    pub study_time: String,
    /// Study ID.
    pub study_id: String,
    /// Accession Number.
    pub accession_number: String,
    /// Study Description.
    pub study_description: String,
    /// Referring Physician's Name.
    pub referring_physician_name: String,
    /// Modalities in Study, sorted.
    pub modalities: Vec<String>,
    /// How many series.
    pub series_count: u64,
    /// How many instances.
    pub instance_count: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// AE title of the last sender, or empty for imports.
    pub source_ae: String,
    /// When the last object arrived, milliseconds since 1970.
    pub received_ms: i64,
    /// Objects of this study in quarantine (F2, D000).
    pub conflict_count: u64,
    /// Whether it was opened in the window.
    pub opened: bool,
    /// Whether it is protected from deletion.
    pub pinned: bool,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// Series Instance UID.
    pub series_instance_uid: SeriesInstanceUid,
    /// Study Instance UID.
    pub study_instance_uid: StudyInstanceUid,
    /// Modality.
    pub modality: String,
    /// Series Number.
    pub series_number: Option<i64>,
    /// Series Description.
    pub series_description: String,
    /// Body Part Examined.
    pub body_part_examined: String,
    /// Performed Procedure Step Start Date.
    pub performed_procedure_step_start_date: String,
    /// Performed Procedure Step Start Time.
    pub performed_procedure_step_start_time: String,
    /// How many instances.
    pub instance_count: u64,
    /// Whether any instance was compressed with loss.
    pub lossy: bool,
}

/// One instance.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceRow {
    /// SOP Instance UID.
    pub sop_instance_uid: SopInstanceUid,
    /// Series Instance UID.
    pub series_instance_uid: SeriesInstanceUid,
    /// Study Instance UID.
    pub study_instance_uid: StudyInstanceUid,
    /// SOP Class UID as text.
    pub sop_class_uid: String,
    /// Transfer Syntax UID as text.
    pub transfer_syntax_uid: String,
    /// Instance Number.
    pub instance_number: Option<i64>,
    /// Number of Frames, 1 for single images, 0 without pixels.
    pub frames: u32,
    /// Absolute path of its file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
    /// A linked file that is gone or not as it was imported: never to be shown as the old one.
    pub changed: bool,
}
