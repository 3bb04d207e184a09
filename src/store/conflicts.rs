//! Objects in quarantine: other data under a known UID (D000), or a patient that disagrees with the study (F2).

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::certificate::{self, Condition};
use super::index::{self, Candidate, Place, Verdict};
use super::links::{self, Link, Stamp};
use super::recovery;
use super::{IngestError, Store, StoreError};

pub use super::index::ConflictKind;

/// One object in quarantine.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRow {
    /// Its number in the index; with the UID below it names the row.
    pub id: i64,
    /// What disagrees.
    pub kind: ConflictKind,
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
    /// Objects in quarantine about which nobody decided yet, oldest first.
    pub fn conflicts(&self) -> Result<Vec<ConflictRow>, StoreError> {
        self.read_index(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT study_instance_uid, sop_instance_uid, patient_name, patient_id, source_ae,
                     received_ms, reason, id, kind FROM conflict WHERE settled = 0
                 ORDER BY received_ms, id",
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
                    id: row.get(7)?,
                    kind: ConflictKind::from_number(row.get(8)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// A quarantined object about which something is to be decided.
pub(super) struct Waiting {
    /// Its number.
    pub id: i64,
    /// Where it lies.
    pub place: Place,
    bytes: u64,
    received_ms: i64,
    /// The studies it counts for.
    pub studies: [String; 2],
}

impl Store {
    /// The files of a conflict: the first object, or the first of the study it disagrees with, and the newcomer.
    pub fn conflict_files(
        &self,
        conflict: &ConflictRow,
    ) -> Result<Option<(PathBuf, PathBuf)>, StoreError> {
        let data_dir = &self.inner.data_dir;
        self.read_index(|connection| {
            let Some(newcomer) = waiting(connection, conflict)? else {
                return Ok(None);
            };
            let first = connection
                .prepare_cached(
                    "SELECT folder, file, link, link_path, link_modified_ns FROM instance
                     JOIN series ON series.id = instance.series JOIN study ON study.id = series.study
                     WHERE CASE ?1 WHEN ?2 THEN instance.sop_instance_uid = ?3
                         ELSE study.study_instance_uid = ?4 END
                     ORDER BY instance.id LIMIT 1",
                )?
                .query_row(
                    rusqlite::params![
                        conflict.kind as i64,
                        ConflictKind::Data as i64,
                        conflict.sop_instance_uid,
                        newcomer.studies[1],
                    ],
                    |row| Place::from_row(row, 0),
                )
                .optional()?;
            Ok(first.map(|first| (first.path(data_dir), newcomer.place.path(data_dir))))
        })
    }

    /// After something of these studies went: what disagreed only with that is no conflict any more.
    pub(super) fn reconsider_conflicts(&self, studies: Vec<String>) -> Result<(), StoreError> {
        let waiting = self.read_index(|connection| {
            let mut waiting = Vec::new();
            for study in &studies {
                waiting.extend(released(connection, study)?);
            }
            Ok(waiting)
        })?;
        self.readmit(waiting)
    }

    /// Takes conflicts in again, as if they had only come now.
    pub(super) fn readmit(&self, waiting: Vec<Waiting>) -> Result<(), StoreError> {
        let decisions = self.inner.decisions();
        for conflict in waiting {
            let candidate = match self.reread(&conflict) {
                Ok(mut candidate) => {
                    decisions.apply(&mut candidate.header);
                    candidate
                }
                Err(error) => {
                    tracing::warn!("a quarantined object cannot be read: {error}");
                    continue; // it stays in quarantine
                }
            };
            let _turn = self.turn_to_decide()?;
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

    pub(super) fn reread(&self, conflict: &Waiting) -> Result<Candidate, IngestError> {
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
    select(
        connection,
        "against_study_instance_uid = ?1 AND CASE kind
             WHEN ?2 THEN NOT EXISTS (SELECT 1 FROM instance
                 WHERE instance.sop_instance_uid = conflict.sop_instance_uid)
             ELSE NOT EXISTS (SELECT 1 FROM study WHERE study.study_instance_uid = ?1) END",
        &[&study, &(ConflictKind::Data as i64)],
    )
}

/// Undecided conflicts of patients in a study, in the order of their files.
pub(super) fn claiming(connection: &Connection, study: &str) -> Result<Vec<Waiting>, StoreError> {
    select(
        connection,
        "study_instance_uid = ?1 AND kind = ?2 AND settled = 0",
        &[&study, &(ConflictKind::Patient as i64)],
    )
}

/// What a row of the list stands for, if it is still there.
pub(super) fn waiting(
    connection: &Connection,
    row: &ConflictRow,
) -> Result<Option<Waiting>, StoreError> {
    let clause = "id = ?1 AND sop_instance_uid = ?2";
    Ok(select(connection, clause, &[&row.id, &row.sop_instance_uid])?.pop())
}

fn select(
    connection: &Connection,
    clause: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Waiting>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, folder, file, link, link_path, link_modified_ns, bytes, received_ms,
             study_instance_uid, against_study_instance_uid
         FROM conflict WHERE {clause} ORDER BY folder, file, link"
    ))?;
    let rows = statement.query_map(values, |row| {
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
