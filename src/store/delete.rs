//! Deletion: rows aside, a synced tombstone, rows gone, files gone, tombstone gone.
//!
//! Killed before the tombstone, nothing was deleted: the next start takes the rows back. Killed after it, the next start finishes.
//! Tombstones name files, not UIDs, so an object that arrives in the middle is new and stays.

use std::collections::BTreeSet;
use std::fs;

use rusqlite::{Connection, params_from_iter};

use super::backup::missing_is_fine;
use super::conflicts::Waiting;
use super::files::{self, FileNumber};
use super::index::{self, Place};
use super::query::{Selection, select};
use super::store::io_error;
use super::{Store, StoreError, audit, decisions, links, marks};
use crate::dicom::query::Level;

/// What a deletion removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeleteReport {
    /// Studies that are gone completely.
    pub studies: u64,
    /// Series that are gone completely.
    pub series: u64,
    /// Instances.
    pub instances: u64,
    /// Matching studies left alone because they are pinned.
    pub pinned: u64,
}

/// What the first step took out of the index.
#[derive(Debug, Default)]
struct Removed {
    report: DeleteReport,
    files: Vec<FileNumber>,
    links: Vec<i64>,
    /// Studies that lost something, and whether nothing of them is left.
    studies: Vec<(String, bool)>,
}

impl Store {
    /// Deletes what matches `keys` on `level`; without keys it is refused. Pinned studies stay.
    pub fn delete(
        &self,
        level: Level,
        keys: &[(String, String)],
    ) -> Result<DeleteReport, StoreError> {
        if keys
            .iter()
            .all(|(_, value)| value.trim_matches(['*', ' ']).is_empty())
        {
            return Err(StoreError::Input("say what to delete".into()));
        }
        let selection = select(level, keys)?;
        let removed = {
            // What was acknowledged before, by any process, is meant as well.
            let _turn = self.turn_to_decide()?;
            self.inner
                .index
                .write(move |c| take_out(c, level, &selection))?
        };
        if removed.report.instances == 0 {
            return Ok(removed.report);
        }
        let report = removed.report;
        let details = format!(
            "{} instances, {} series, {} studies",
            report.instances, report.series, report.studies
        );
        self.entomb(removed.files, "delete", details)?;
        links::remove(self, removed.links)?;
        let gone = removed.studies.iter().filter(|(_, is_gone)| *is_gone);
        marks::forget(self, gone.map(|(uid, _)| uid.clone()).collect())?;
        self.reconsider_conflicts(removed.studies.into_iter().map(|(uid, _)| uid).collect())?;
        Ok(removed.report)
    }

    /// Deletes an object in quarantine.
    pub(super) fn delete_quarantined(
        &self,
        waiting: Waiting,
        details: String,
    ) -> Result<(), StoreError> {
        let removed = self.inner.index.write(move |connection| {
            let mut removed = Removed::default();
            connection.execute("DELETE FROM conflict WHERE id = ?1", [waiting.id])?;
            condemn(connection, waiting.place, &mut removed)?;
            for study in &waiting.studies {
                index::count_conflicts(connection, study)?;
            }
            Ok(removed)
        })?;
        self.entomb(removed.files, "conflict", details)?;
        links::remove(self, removed.links)
    }

    /// Writes tombstones together with the audit line, durably, then removes the files.
    fn entomb(
        &self,
        files: Vec<FileNumber>,
        action: &'static str,
        details: String,
    ) -> Result<(), StoreError> {
        let numbers = files.clone();
        self.inner.station.write(move |connection| {
            let mut insert = connection
                .prepare_cached("INSERT OR IGNORE INTO tombstone (folder, file) VALUES (?1, ?2)")?;
            for number in &numbers {
                insert.execute([number.folder, number.file])?;
            }
            audit::write(connection, action, &details)
        })?;
        self.bury(files)
    }

    /// Finishes deletions that have their tombstone.
    pub(super) fn finish_deletions(&self) -> Result<(), StoreError> {
        let files: Vec<FileNumber> = self.read_station(|connection| {
            let mut statement = connection.prepare("SELECT folder, file FROM tombstone")?;
            let rows = statement.query_map([], |row| {
                Ok(FileNumber {
                    folder: row.get(0)?,
                    file: row.get(1)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        if files.is_empty() {
            Ok(())
        } else {
            self.bury(files)
        }
    }

    /// Removes rows and files that have a tombstone, then the tombstone.
    fn bury(&self, numbers: Vec<FileNumber>) -> Result<(), StoreError> {
        let rows = numbers.clone();
        self.inner
            .index
            .write(move |connection| forget_files(connection, &rows))?;
        let data_dir = &self.inner.data_dir;
        let mut folders = BTreeSet::new();
        for number in &numbers {
            let path = number.path(data_dir);
            fs::remove_file(&path)
                .or_else(missing_is_fine)
                .map_err(io_error(&path))?;
            folders.insert(number.folder);
        }
        for folder in folders {
            let path = files::folder_path(data_dir, folder);
            files::sync_folder(&path)
                .or_else(missing_is_fine)
                .map_err(io_error(&path))?;
        }
        self.inner.station.write(move |connection| {
            let mut delete = connection
                .prepare_cached("DELETE FROM tombstone WHERE folder = ?1 AND file = ?2")?;
            for number in &numbers {
                delete.execute([number.folder, number.file])?;
                decisions::forget_file(connection, number.folder, number.file)?;
            }
            Ok(())
        })
    }
}

/// Takes the rows of what matches out of the index and notes their files as condemned.
fn take_out(
    connection: &Connection,
    level: Level,
    selection: &Selection,
) -> Result<Removed, StoreError> {
    let mut removed = Removed::default();
    let table = match level {
        Level::Study => "study",
        Level::Series => "series",
        Level::Image => "instance",
    };
    removed.report.pinned = connection
        .prepare(&format!(
            "SELECT count(DISTINCT study.id) {} AND pinned",
            selection.clause
        ))?
        .query_row(params_from_iter(&selection.values), |row| row.get(0))?;
    let matching = format!("SELECT {table}.id {} AND NOT pinned", selection.clause);
    let mut statement = connection.prepare(&format!(
        "SELECT instance.id, series.study, folder, file, link, link_path, link_modified_ns
         FROM instance JOIN series ON series.id = instance.series JOIN study ON study.id = series.study
         WHERE {table}.id IN ({matching})"
    ))?;
    let rows = statement.query_map(params_from_iter(&selection.values), |row| {
        Ok((row.get(0)?, row.get(1)?, Place::from_row(row, 2)?))
    })?;
    let doomed: Vec<(i64, i64, Place)> = rows.collect::<Result<_, _>>()?;
    let mut studies = BTreeSet::new();
    for (id, study, place) in doomed {
        connection
            .prepare_cached("DELETE FROM instance WHERE id = ?1")?
            .execute([id])?;
        condemn(connection, place, &mut removed)?;
        removed.report.instances += 1;
        studies.insert(study);
    }
    for study in studies {
        recount(connection, study, level, &mut removed)?;
    }
    Ok(removed)
}

fn condemn(connection: &Connection, place: Place, removed: &mut Removed) -> Result<(), StoreError> {
    match place {
        Place::Object(number) => {
            connection
                .prepare_cached("INSERT OR IGNORE INTO condemned (folder, file) VALUES (?1, ?2)")?
                .execute([number.folder, number.file])?;
            removed.files.push(number);
        }
        Place::Link { id, .. } => removed.links.push(id),
    }
    Ok(())
}

/// Brings a study up to date. Who deletes a whole study also means the rejected newcomers under its UIDs.
fn recount(
    connection: &Connection,
    study: i64,
    level: Level,
    removed: &mut Removed,
) -> Result<(), StoreError> {
    let uid: String = connection
        .prepare_cached("SELECT study_instance_uid FROM study WHERE id = ?1")?
        .query_row([study], |row| row.get(0))?;
    let (series, studies) = index::recount(connection, study)?;
    removed.report.series += series;
    removed.report.studies += studies;
    if studies > 0 && level == Level::Study {
        let mut statement = connection.prepare_cached(
            "DELETE FROM conflict WHERE kind = ?1 AND against_study_instance_uid = ?2
             RETURNING folder, file, link, link_path, link_modified_ns",
        )?;
        let rows = statement.query_map(
            rusqlite::params![index::ConflictKind::Data as i64, uid],
            |row| Place::from_row(row, 0),
        )?;
        for place in rows.collect::<Result<Vec<_>, _>>()? {
            condemn(connection, place, removed)?;
        }
    }
    removed.studies.push((uid, studies > 0));
    Ok(())
}

/// Removes whatever rows still name these files.
fn forget_files(connection: &Connection, numbers: &[FileNumber]) -> Result<(), StoreError> {
    let mut studies = BTreeSet::new();
    for number in numbers {
        let key = [number.folder, number.file];
        let mut statement = connection.prepare_cached(
            "DELETE FROM instance WHERE folder = ?1 AND file = ?2
             RETURNING (SELECT study FROM series WHERE series.id = instance.series)",
        )?;
        let rows = statement.query_map(key, |row| row.get::<_, i64>(0))?;
        studies.extend(rows.collect::<Result<Vec<_>, _>>()?);
        connection
            .prepare_cached("DELETE FROM conflict WHERE folder = ?1 AND file = ?2")?
            .execute(key)?;
        connection
            .prepare_cached("DELETE FROM condemned WHERE folder = ?1 AND file = ?2")?
            .execute(key)?;
    }
    for study in studies {
        index::recount(connection, study)?;
    }
    Ok(())
}
