//! Who changed what in this store: settings, peers, deletions, decisions.

use std::time::SystemTime;

use rusqlite::Connection;

use super::store::milliseconds;
use super::{Store, StoreError};

/// One line of the audit trail; no patient data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What was done: `settings`, `peer`, `access`, `delete`, `conflict`, `pin`, `repair`.
    pub action: String,
    /// Details in words.
    pub details: String,
}

impl Store {
    /// Writes one line of the audit trail.
    pub fn audit(&self, action: &str, details: &str) -> Result<(), StoreError> {
        let (action, details) = (action.to_owned(), details.to_owned());
        self.inner
            .station
            .write(move |connection| write(connection, &action, &details))
    }

    /// The newest lines of the audit trail, newest first.
    pub fn audit_trail(&self, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT at_ms, action, details FROM audit ORDER BY id DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([limit], |row| {
                Ok(AuditRow {
                    at_ms: row.get(0)?,
                    action: row.get(1)?,
                    details: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Writes a line in the transaction of what it tells about.
pub(super) fn write(
    connection: &Connection,
    action: &str,
    details: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO audit (at_ms, action, details) VALUES (?1, ?2, ?3)")?
        .execute(rusqlite::params![
            milliseconds(SystemTime::now()),
            action,
            details
        ])?;
    Ok(())
}
