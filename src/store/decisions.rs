//! What people decided about objects in quarantine (F2). It lives in the station database, is written with its audit line before
//! anything follows from it, and an index made anew from the files follows it again.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::conflicts::{self, ConflictRow};
use super::header::{Header, Patient};
use super::index::{self, ConflictKind, Place};
use super::patient::{Agreement, agreement};
use super::{Store, StoreError, audit};
use crate::dicom::uid::Uid;

/// How a conflict ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The first object counts; the newcomer stays aside and is asked about no more.
    KeepFirst,
    /// The newcomer, and whatever else claims its study for its patient, becomes a study of its own.
    OwnStudy,
    /// The newcomer is deleted.
    DeleteNewcomer,
}

impl Resolution {
    /// In words, for the audit trail.
    fn words(self) -> &'static str {
        match self {
            Self::KeepFirst => "kept the first",
            Self::OwnStudy => "made the newcomer a study of its own",
            Self::DeleteNewcomer => "deleted the newcomer",
        }
    }
}

/// Objects that claim `study` and show `patient` are a study of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnStudy {
    study: String,
    patient: Patient,
}

/// All such decisions of a store.
#[derive(Debug, Clone, Default)]
pub(super) struct Decisions {
    own_studies: Vec<OwnStudy>,
}

impl Decisions {
    /// Reads them.
    pub fn read(station: &Connection) -> Result<Self, StoreError> {
        let mut statement = station.prepare(
            "SELECT study_instance_uid, patient_name, patient_id, patient_birth_date FROM own_study",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(OwnStudy {
                study: row.get(0)?,
                patient: Patient {
                    name: row.get(1)?,
                    id: row.get(2)?,
                    birth_date: row.get(3)?,
                    sex: String::new(),
                },
            })
        })?;
        let own_studies = rows.collect::<Result<_, _>>()?;
        Ok(Self { own_studies })
    }

    /// Brings an object to the study of its own if somebody decided so. Only the index follows: the file keeps what was received.
    pub fn apply(&self, header: &mut Header) {
        let claimed = header.study_instance_uid.as_str();
        let decided = self.own_studies.iter().find(|own| {
            own.study == claimed && agreement(&own.patient, &header.patient) == Agreement::Agrees
        });
        if let Some(own) = decided {
            let patient = &own.patient;
            let study = Uid::derive(&[claimed, &patient.name, &patient.id, &patient.birth_date]);
            let series = Uid::derive(&[study.as_str(), header.series_instance_uid.as_str()]);
            header.study_instance_uid = study.into();
            header.series_instance_uid = series.into();
        }
    }
}

impl Store {
    /// Ends a conflict, audited; false when it is not there any more.
    pub fn resolve_conflict(
        &self,
        conflict: &ConflictRow,
        resolution: Resolution,
    ) -> Result<bool, StoreError> {
        let Some(waiting) = self.read_index(|c| conflicts::waiting(c, conflict))? else {
            return Ok(false);
        };
        if resolution == Resolution::OwnStudy && conflict.kind != ConflictKind::Patient {
            let reason = "two objects cannot share a SOP Instance UID: keep the first, or delete";
            return Err(StoreError::Input(reason.into()));
        }
        let details = format!(
            "object {} in study {}: {}",
            conflict.sop_instance_uid,
            conflict.study_instance_uid,
            resolution.words()
        );
        match resolution {
            Resolution::KeepFirst => self.keep_first(waiting, details)?,
            Resolution::OwnStudy => self.make_own_study(&waiting, conflict, details)?,
            Resolution::DeleteNewcomer => self.delete_quarantined(waiting, details)?,
        }
        Ok(true)
    }

    fn keep_first(&self, waiting: conflicts::Waiting, details: String) -> Result<(), StoreError> {
        let place = waiting.place.clone();
        self.inner.station.write(move |connection| {
            let (folder, file, link) = match &place {
                Place::Object(number) => (Some(number.folder), Some(number.file), None),
                Place::Link { id, .. } => (None, None, Some(*id)),
            };
            connection.execute(
                "INSERT OR IGNORE INTO kept_first (folder, file, link) VALUES (?1, ?2, ?3)",
                params![folder, file, link],
            )?;
            audit::write(connection, "conflict", &details)
        })?;
        self.inner.index.write(move |connection| {
            connection.execute(
                "UPDATE conflict SET settled = 1 WHERE id = ?1",
                [waiting.id],
            )?;
            for study in &waiting.studies {
                index::count_conflicts(connection, study)?;
            }
            Ok(())
        })
    }

    fn make_own_study(
        &self,
        waiting: &conflicts::Waiting,
        conflict: &ConflictRow,
        details: String,
    ) -> Result<(), StoreError> {
        let patient = match self.reread(waiting) {
            Ok(candidate) => candidate.header.patient,
            Err(error) => return Err(StoreError::Input(error.to_string())),
        };
        let study = conflict.study_instance_uid.clone();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT OR IGNORE INTO own_study VALUES (?1, ?2, ?3, ?4)",
                params![study, patient.name, patient.id, patient.birth_date],
            )?;
            audit::write(connection, "conflict", &details)
        })?;
        self.refresh_decisions()?;
        let study = &conflict.study_instance_uid;
        let claiming = self.read_index(|c| conflicts::claiming(c, study))?;
        self.readmit(claiming)
    }

    /// Reads the decisions again.
    pub(super) fn refresh_decisions(&self) -> Result<(), StoreError> {
        let decisions = self.read_station(Decisions::read)?;
        self.inner.set_decisions(Arc::new(decisions));
        Ok(())
    }

    /// Marks the conflicts of an index made anew about which somebody decided.
    pub(super) fn restore_kept_first(&self) -> Result<(), StoreError> {
        type Kept = (Option<u32>, Option<u32>, Option<i64>);
        let kept: Vec<Kept> = self.read_station(|connection| {
            let mut statement = connection.prepare("SELECT folder, file, link FROM kept_first")?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        if kept.is_empty() {
            return Ok(());
        }
        self.inner.index.write(move |connection| {
            let mut update = connection.prepare_cached(
                "UPDATE conflict SET settled = 1
                 WHERE (folder = ?1 AND file = ?2) OR link = ?3
                 RETURNING study_instance_uid, against_study_instance_uid",
            )?;
            for (folder, file, link) in &kept {
                let rows = update.query_map(params![folder, file, link], |row| {
                    Ok([row.get::<_, String>(0)?, row.get(1)?])
                })?;
                for studies in rows.collect::<Result<Vec<_>, _>>()? {
                    for study in &studies {
                        index::count_conflicts(connection, study)?;
                    }
                }
            }
            Ok(())
        })
    }
}

/// Forgets decisions about a file of ours that goes.
pub(super) fn forget_file(station: &Connection, folder: u32, file: u32) -> Result<(), StoreError> {
    station
        .prepare_cached("DELETE FROM kept_first WHERE folder = ?1 AND file = ?2")?
        .execute([folder, file])?;
    Ok(())
}

/// Forgets decisions about a linked file that goes.
pub(super) fn forget_link(station: &Connection, link: i64) -> Result<(), StoreError> {
    station
        .prepare_cached("DELETE FROM kept_first WHERE link = ?1")?
        .execute([link])?;
    Ok(())
}
