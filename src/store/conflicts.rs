//! Objects in quarantine: other data under a known UID (D000), or a patient that disagrees with the study (F2).

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;

use super::certificate::{self, Condition};
use super::index::{self, Candidate, ConflictKind, Place, Verdict};
use super::links::{self, Link, Stamp};
use super::recovery;
use super::{IngestError, Store, StoreError};

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
        self.read_index(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT study_instance_uid, sop_instance_uid, patient_name, patient_id, source_ae,
                     received_ms, reason FROM conflict ORDER BY received_ms, id",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(ConflictRow {
                    study_instance_uid: row.get(0)?,
                    sop_instance_uid: row.get(1)?,
                    patient_name: row.get(2)?,
                    patient_id: row.get(3)?,
                    source_ae: row.get(4)?,
                    received_ms: row.get(5)?,
                    reason: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// A quarantined object whose reason may be gone.
struct Waiting {
    id: i64,
    place: Place,
    bytes: u64,
    received_ms: i64,
    /// The studies it counts for.
    studies: [String; 2],
}

impl Store {
    /// After something of these studies went: what disagreed only with that is no conflict any more.
    pub(super) fn reconsider_conflicts(&self, studies: Vec<String>) -> Result<(), StoreError> {
        let waiting = self.read_index(|connection| {
            let mut waiting = Vec::new();
            for study in &studies {
                waiting.extend(released(connection, study)?);
            }
            Ok(waiting)
        })?;
        for conflict in waiting {
            let candidate = match self.reread(&conflict) {
                Ok(candidate) => candidate,
                Err(error) => {
                    tracing::warn!("a quarantined object cannot be read: {error}");
                    continue; // it stays in quarantine
                }
            };
            self.inner.index.write(move |connection| {
                connection.execute("DELETE FROM conflict WHERE id = ?1", [conflict.id])?;
                if let Verdict::Differs(existing) = index::admit(connection, &candidate)? {
                    index::quarantine(connection, &candidate, &existing)?;
                }
                for study in &conflict.studies {
                    index::count_conflicts(connection, study)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn reread(&self, conflict: &Waiting) -> Result<Candidate, IngestError> {
        match &conflict.place {
            Place::Object(number) => {
                let path = number.path(&self.inner.data_dir);
                certified(&path, |certificate, offset| {
                    recovery::candidate(*number, &path, certificate, offset)
                })
            }
            Place::Link {
                id,
                path,
                modified_ns,
            } => {
                let link = Link {
                    id: *id,
                    path: path.clone(),
                    stamp: Stamp {
                        bytes: conflict.bytes,
                        modified_ns: *modified_ns,
                    },
                    received_ms: conflict.received_ms,
                };
                links::candidate(&link).map_err(|error| IngestError::Unparseable(error.to_string()))
            }
        }
    }
}

fn certified<T>(
    path: &Path,
    read: impl FnOnce(certificate::Certificate, u64) -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    match certificate::inspect(&File::open(path)?)? {
        Condition::Certified {
            certificate,
            data_set_offset,
        } => read(certificate, data_set_offset),
        _ => Err(IngestError::Unparseable("its certificate is broken".into())),
    }
}

/// Conflicts with a study that have lost their counterpart, in the order of their files.
fn released(connection: &Connection, study: &str) -> Result<Vec<Waiting>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, folder, file, link, link_path, link_modified_ns, bytes, received_ms,
             study_instance_uid, against_study_instance_uid
         FROM conflict WHERE against_study_instance_uid = ?1 AND CASE kind
             WHEN ?2 THEN NOT EXISTS (SELECT 1 FROM instance
                 WHERE instance.sop_instance_uid = conflict.sop_instance_uid)
             ELSE NOT EXISTS (SELECT 1 FROM study WHERE study.study_instance_uid = ?1) END
         ORDER BY folder, file, link",
    )?;
    let rows = statement.query_map(rusqlite::params![study, ConflictKind::Data as i64], |row| {
        Ok(Waiting {
            id: row.get(0)?,
            place: Place::from_row(row, 1)?,
            bytes: row.get(6)?,
            received_ms: row.get(7)?,
            studies: [row.get(8)?, row.get(9)?],
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
