//! `doctor`: the index against the files, and the way back.

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;

use super::certificate::{self, Condition, Digest};
use super::equivalence::data_set_offset;
use super::files::{self, FileNumber, Folder};
use super::index::{self, Place};
use super::recovery::{self, Recovered, index_error};
use super::store::io_error;
use super::{Store, StoreError, links, marks};

/// What a check does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckOptions {
    /// Mend what can be mended.
    pub repair: bool,
    /// Read every byte again and compare digests.
    pub digests: bool,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// Objects in the index, quarantined ones included.
    pub objects: u64,
    /// Objects whose file is missing or of another size.
    pub missing: u64,
    /// Objects whose bytes are not those received.
    pub damaged: u64,
    /// Certified files that the index did not know.
    pub unindexed: u64,
    /// Files that were never certified, left by a broken transfer.
    pub leftover: u64,
    /// Files in the object folders that are not ours; never touched.
    pub foreign: u64,
    /// Linked files that changed or went since their import.
    pub changed_links: u64,
    /// Findings that were mended.
    pub mended: u64,
    /// The findings in words, at most [`CheckReport::PROBLEMS_MAX`].
    pub problems: Vec<String>,
}

impl CheckReport {
    /// How many findings are told in words.
    pub const PROBLEMS_MAX: usize = 1000;

    /// Whether nothing is wrong, or all that was wrong is mended. Foreign files are no fault.
    pub fn is_clean(&self) -> bool {
        let found =
            self.missing + self.damaged + self.unindexed + self.leftover + self.changed_links;
        found == self.mended
    }
}

/// How many objects are looked at between two reports of progress.
const PROGRESS_EVERY: u64 = 64;

/// One object as the index knows it.
struct Known {
    table: &'static str,
    id: i64,
    uid: String,
    place: Place,
    bytes: u64,
    digest: Option<Digest>,
}

/// What is wrong with an indexed object.
pub(super) enum Fault {
    Missing,
    Damaged,
}

impl CheckReport {
    fn tell(&mut self, problem: String) {
        if self.problems.len() < Self::PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}

impl Store {
    /// Checks index against files. `progress` gets objects done and in all; returning false ends the check early.
    pub fn check(
        &self,
        options: CheckOptions,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        if self.index_is_sound()? {
            let known = self.read_index(all_known)?;
            report.objects = known.len() as u64;
            for (done, object) in (0_u64..).zip(&known) {
                if done % PROGRESS_EVERY == 0 && !progress(done, report.objects) {
                    return Ok(report);
                }
                self.check_object(object, options, &mut report)?;
            }
        } else if options.repair {
            report.tell("the index is damaged; it was rebuilt from the files".into());
            report.objects = self.rebuild(progress)?;
        } else {
            // Told as objects that the index does not know, for it cannot be trusted to know any.
            report.unindexed += 1;
            report.tell("the index is damaged; --repair rebuilds it from the files".into());
            return Ok(report);
        }
        self.check_folders(options, &mut report)?;
        self.check_links(options, &mut report)?;
        if report.mended > 0 {
            let details = format!("{} findings mended", report.mended);
            self.audit("repair", &details)?;
        }
        progress(report.objects, report.objects);
        Ok(report)
    }

    fn index_is_sound(&self) -> Result<bool, StoreError> {
        let verdict = self.read_index(|connection| {
            Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?)
        });
        Ok(verdict.is_ok_and(|text| text == "ok"))
    }

    fn check_object(
        &self,
        object: &Known,
        options: CheckOptions,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let Known {
            place,
            bytes,
            digest,
            ..
        } = object;
        let data_dir = &self.inner.data_dir;
        let Some(fault) = fault_of(data_dir, place, *bytes, *digest, options.digests) else {
            return Ok(());
        };
        let is_link = matches!(object.place, Place::Link { .. });
        let uid = &object.uid;
        let (count, words) = match fault {
            _ if is_link => (&mut report.changed_links, "linked file changed or gone"),
            Fault::Missing => (&mut report.missing, "file missing or of another size"),
            Fault::Damaged => (&mut report.damaged, "bytes are not those received"),
        };
        *count += 1;
        // A damaged file stays listed: it may be all there is of the object. One that is gone cannot be shown any more.
        let can_be_mended = options.repair && matches!(fault, Fault::Missing);
        let mended = if can_be_mended {
            self.drop_row(object)?;
            report.mended += 1;
            "; taken out of the index"
        } else {
            ""
        };
        report.tell(format!("{words}{mended}: {uid}"));
        Ok(())
    }

    fn drop_row(&self, object: &Known) -> Result<(), StoreError> {
        let (table, id) = (object.table, object.id);
        self.inner.index.write(move |connection| {
            if table == "conflict" {
                connection.execute("DELETE FROM conflict WHERE id = ?1", [id])?;
                return recount_conflicts(connection);
            }
            let study: i64 = connection.query_row(
                "SELECT series.study FROM instance JOIN series ON series.id = instance.series WHERE instance.id = ?1",
                [id],
                |row| row.get(0),
            )?;
            connection.execute("DELETE FROM instance WHERE id = ?1", [id])?;
            index::recount(connection, study)?;
            Ok(())
        })?;
        match &object.place {
            Place::Link { id, .. } => links::remove(self, vec![*id]),
            Place::Object(_) => Ok(()),
        }
    }

    /// Files that have no row, folder by folder. Folders that another process writes are left alone.
    fn check_folders(
        &self,
        options: CheckOptions,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let data_dir = &self.inner.data_dir;
        let in_use = self.inner.slots.folders();
        for folder in files::folders(data_dir).map_err(io_error(data_dir))? {
            let path = files::folder_path(data_dir, folder);
            report.foreign += files::list(data_dir, folder)
                .map_err(io_error(&path))?
                .foreign
                .len() as u64;
            if in_use.contains(&folder) {
                continue; // ours: recovered at start, objects may be in flight
            }
            let claimed = Folder::claim(data_dir, folder).map_err(io_error(&path))?;
            if claimed.is_none() {
                continue;
            }
            for file in self.files_without_row(folder)? {
                self.check_file(FileNumber { folder, file }, options, report)?;
            }
        }
        Ok(())
    }

    fn check_file(
        &self,
        number: FileNumber,
        options: CheckOptions,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let path = number.path(&self.inner.data_dir);
        let name = format!("{:06}/{:04}", number.folder, number.file);
        let condition = File::open(&path).and_then(|file| certificate::inspect(&file));
        let (count, words) = match condition.map_err(io_error(&path))? {
            Condition::Foreign => {
                report.foreign += 1;
                return Ok(());
            }
            Condition::Certified { .. } => (&mut report.unindexed, "object without a row"),
            Condition::Uncertified => (&mut report.leftover, "unfinished file"),
            Condition::Damaged => (&mut report.leftover, "broken file without a row"),
        };
        *count += 1;
        let mut words = words.to_owned();
        if options.repair {
            words += match self.recover_file(number)? {
                Recovered::Indexed => ", indexed",
                Recovered::Freed => ", removed",
                Recovered::SetAside => ", set aside",
                Recovered::Foreign => ", left alone",
            };
            report.mended += 1;
        }
        report.tell(format!("{words}: {name}"));
        Ok(())
    }

    /// Linked files that the index lost.
    fn check_links(
        &self,
        options: CheckOptions,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let indexed = self.read_index(links::indexed_links)?;
        let remembered = links::all(self)?;
        let lost = remembered
            .iter()
            .filter(|link| !indexed.contains(&link.id))
            .count() as u64;
        if lost > 0 {
            report.unindexed += lost;
            report.tell(format!("{lost} linked files without a row"));
            if options.repair {
                report.mended += links::restore(self)?;
            }
        }
        Ok(())
    }

    /// Makes the whole index anew from the files; returns how many objects it holds then.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<u64, StoreError> {
        self.index_received()?;
        self.inner.index.write(|connection| {
            connection.execute_batch(
                "DELETE FROM settled_folder; DELETE FROM conflict; DELETE FROM study;",
            )?;
            Ok(())
        })?;
        let data_dir = &self.inner.data_dir;
        let folders = files::folders(data_dir).map_err(io_error(data_dir))?;
        let in_use = self.inner.slots.folders();
        let mut objects = 0;
        for (done, folder) in folders.iter().enumerate() {
            if !progress(done as u64, folders.len() as u64) {
                break; // what is missing is indexed at the next start: no folder above is settled
            }
            if in_use.contains(folder) {
                objects += self.index_certified(*folder)?;
            } else {
                objects += self.recover_folder(*folder)?;
            }
        }
        objects += links::restore(self)?;
        marks::restore(self)?;
        self.restore_kept_first()?;
        Ok(objects)
    }

    /// Indexes what is certified in a folder where this process may be writing: nothing there is freed.
    fn index_certified(&self, folder: u32) -> Result<u64, StoreError> {
        let mut objects = 0;
        for file in self.files_without_row(folder)? {
            let number = FileNumber { folder, file };
            let path = number.path(&self.inner.data_dir);
            let condition = File::open(&path).and_then(|file| certificate::inspect(&file));
            if let Condition::Certified {
                certificate,
                data_set_offset,
            } = condition.map_err(io_error(&path))?
            {
                let candidate = recovery::candidate(number, &path, certificate, data_set_offset)
                    .map_err(index_error(&path))?;
                let settled = self.settle(candidate).map_err(index_error(&path))?;
                objects += u64::from(settled.kept);
            }
        }
        Ok(objects)
    }
}

fn recount_conflicts(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "UPDATE study SET conflict_count = (SELECT count(*) FROM conflict
             WHERE conflict.study_instance_uid = study.study_instance_uid
                OR against_study_instance_uid = study.study_instance_uid)
         WHERE conflict_count > 0",
    )?;
    Ok(())
}

/// What is wrong with the file of an object; with `digests` every byte is read again.
pub(super) fn fault_of(
    data_dir: &Path,
    place: &Place,
    bytes: u64,
    digest: Option<Digest>,
    digests: bool,
) -> Option<Fault> {
    if !place.is_unchanged(data_dir, bytes) {
        return Some(Fault::Missing);
    }
    let path = place.path(data_dir);
    if let Place::Object(_) = place {
        let condition = File::open(&path).and_then(|file| certificate::inspect(&file));
        match (condition, digest) {
            (Ok(Condition::Certified { certificate, .. }), Some(digest))
                if certificate.digest == digest => {}
            _ => return Some(Fault::Damaged),
        }
    }
    let expected = digest.filter(|_| digests)?;
    let found = data_set_offset(place, &path)
        .ok()
        .and_then(|offset| certificate::digest_from(&path, offset).ok());
    (found != Some(expected)).then_some(Fault::Damaged)
}

fn all_known(connection: &Connection) -> Result<Vec<Known>, StoreError> {
    let mut known = Vec::new();
    for table in ["instance", "conflict"] {
        let mut statement = connection.prepare(&format!(
            "SELECT id, sop_instance_uid, folder, file, link, link_path, link_modified_ns, bytes, digest
             FROM {table} ORDER BY folder, file, link"
        ))?;
        let rows = statement.query_map([], |row| {
            Ok(Known {
                table,
                id: row.get(0)?,
                uid: row.get(1)?,
                place: Place::from_row(row, 2)?,
                bytes: row.get(7)?,
                digest: row.get(8)?,
            })
        })?;
        known.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(known)
}
