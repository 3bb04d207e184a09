//! Who changed what in this store: settings, peers, deletions, decisions.

use super::{Store, StoreError};

/// One line of the audit trail; no patient data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What was done: `settings`, `peer`, `access`, `delete`, `pin`, `repair`.
    pub action: String,
    /// Details in words.
    pub details: String,
}

impl Store {
    /// Writes one line of the audit trail.
    pub fn audit(&self, action: &str, details: &str) -> Result<(), StoreError> {
        let _ = (action, details);
        Err(StoreError::Closed)
    }

    /// The newest lines of the audit trail, newest first.
    pub fn audit_trail(&self, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
        let _ = limit;
        Err(StoreError::Closed)
    }
}
