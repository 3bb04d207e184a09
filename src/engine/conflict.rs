//! The two sides of a conflict (F2), read from their files when somebody looks at it.

use std::path::Path;

use super::event::ConflictComparison;
use super::{Failure, FailureKind};
use crate::dicom::difference::differences;
use crate::dicom::{DicomFile, ScanOptions, Tag, tags};
use crate::store::{ConflictKind, ConflictRow, Store};

/// What identifies patient and study, beside group 0010: other images of one study differ in the rest by right.
const STUDY_ATTRIBUTES: &[Tag] = &[
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::ACCESSION_NUMBER,
    tags::MODALITY,
    tags::INSTITUTION_NAME,
    tags::REFERRING_PHYSICIAN_NAME,
    tags::STATION_NAME,
    tags::STUDY_DESCRIPTION,
    tags::SERIES_DESCRIPTION,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::STUDY_ID,
];

/// Reads both files and tells where they disagree.
pub(super) fn compare(store: &Store, row: &ConflictRow) -> Result<ConflictComparison, Failure> {
    let gone = || Failure::new(FailureKind::Input, "this conflict is gone");
    let (first, second) = store.conflict_files(row)?.ok_or_else(gone)?;
    let (first, second) = (read(&first)?, read(&second)?);
    let counts = |tag: Tag| match row.kind {
        ConflictKind::Patient => tag.group() == 0x0010 || STUDY_ATTRIBUTES.contains(&tag),
        // Pixels are compared when the object comes; here their sizes would only look like an answer.
        ConflictKind::Data => tag.group() != 0x7FE0 && tag.element() != 0,
    };
    Ok(ConflictComparison {
        row: row.clone(),
        differences: differences(&first.data_set, &second.data_set, counts),
    })
}

fn read(path: &Path) -> Result<DicomFile, Failure> {
    DicomFile::open(path, &ScanOptions::INDEX)
        .map_err(|error| Failure::new(FailureKind::Peer, format!("conflict: {error}")))
}
