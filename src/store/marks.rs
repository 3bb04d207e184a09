//! What people did with a study: pinned it, opened it. Kept in the station database, copied into the index for the list.

use super::{Store, StoreError, audit};
use crate::dicom::StudyInstanceUid;

impl Store {
    /// Protects a study from deletion, or not; false when there is no such study. Audited.
    pub fn pin(&self, study: &StudyInstanceUid, pinned: bool) -> Result<bool, StoreError> {
        if self.study(study)?.is_none() {
            return Ok(false);
        }
        let uid = study.as_str().to_owned();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT INTO study_state (study_instance_uid, pinned) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET pinned = ?2",
                rusqlite::params![uid, pinned],
            )?;
            let what = if pinned { "pinned" } else { "no longer pinned" };
            audit::write(connection, "pin", &format!("study {uid} {what}"))
        })?;
        self.copy_mark(study)?;
        Ok(true)
    }

    /// Remembers that a study was opened in the window.
    pub fn mark_opened(&self, study: &StudyInstanceUid) -> Result<(), StoreError> {
        if self.study(study)?.is_none_or(|row| row.opened) {
            return Ok(());
        }
        let uid = study.as_str().to_owned();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT INTO study_state (study_instance_uid, opened) VALUES (?1, 1)
                 ON CONFLICT DO UPDATE SET opened = 1",
                [uid],
            )?;
            Ok(())
        })?;
        self.copy_mark(study)
    }

    fn copy_mark(&self, study: &StudyInstanceUid) -> Result<(), StoreError> {
        let uid = study.as_str();
        let marks = marks(self)?.into_iter().filter(|mark| mark.0 == uid);
        write(self, marks.collect())
    }
}

/// A study and whether it is pinned and opened.
type Mark = (String, bool, bool);

fn marks(store: &Store) -> Result<Vec<Mark>, StoreError> {
    store.read_station(|connection| {
        let mut statement =
            connection.prepare("SELECT study_instance_uid, pinned, opened FROM study_state")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

fn write(store: &Store, marks: Vec<Mark>) -> Result<(), StoreError> {
    store.inner.index.write(move |connection| {
        let mut update = connection.prepare_cached(
            "UPDATE study SET pinned = ?2, opened = ?3 WHERE study_instance_uid = ?1",
        )?;
        for mark in &marks {
            update.execute(rusqlite::params![mark.0, mark.1, mark.2])?;
        }
        Ok(())
    })
}

/// Copies all marks into an index that was rebuilt.
pub fn restore(store: &Store) -> Result<(), StoreError> {
    write(store, marks(store)?)
}

/// Forgets the marks of studies that are gone.
pub fn forget(store: &Store, studies: Vec<String>) -> Result<(), StoreError> {
    store.inner.station.write(move |connection| {
        let mut delete =
            connection.prepare_cached("DELETE FROM study_state WHERE study_instance_uid = ?1")?;
        for study in studies {
            delete.execute([study])?;
        }
        Ok(())
    })
}
