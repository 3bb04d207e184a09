//! What an unclean end left, put in order at the next start (architecture 4.1).
//!
//! Deletions that have their tombstone are finished, those without are taken back. Object files of unsettled folders without a
//! row are indexed when length and digest verify, else freed: their sender never heard success. Folders that another process
//! holds are left alone. With a fresh index no folder is settled, so the same code rebuilds it from the files.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::backup::missing_is_fine;
use super::certificate::{self, Condition};
use super::error::IngestError;
use super::files::{self, FILES_PER_FOLDER_MAX, FileNumber, Folder};
use super::header::Header;
use super::index::{Candidate, Place};
use super::ingest::scan_error;
use super::schema::Database;
use super::store::io_error;
use super::{Store, StoreError, links, marks};
use crate::dicom::{DicomFile, ScanOptions, TransferSyntax};

/// What a certified file without a row became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recovered {
    /// It is in the index or in quarantine now.
    Indexed,
    /// It was never acknowledged, or its like is here already: unlinked.
    Freed,
    /// It does not verify; renamed, so that nobody takes it for an object, but not destroyed.
    SetAside,
    /// Not ours.
    Foreign,
}

/// Opens the index; one that is no database any more is put aside and made anew from the files.
pub fn open_index(data_dir: &Path) -> Result<Connection, StoreError> {
    match Database::Index.open(data_dir) {
        Err(error) if is_destroyed(&error) => {
            tracing::warn!("the index is damaged and is rebuilt from the files: {error}");
            let name = Database::Index.file_name();
            for suffix in ["", "-wal", "-shm"] {
                let path = data_dir.join(format!("{name}{suffix}"));
                let aside = data_dir.join(format!("{name}{suffix}.damaged"));
                fs::rename(&path, aside)
                    .or_else(missing_is_fine)
                    .map_err(io_error(&path))?;
            }
            Database::Index.open(data_dir)
        }
        other => other,
    }
}

/// Whether a database cannot be read any more.
pub fn is_destroyed(error: &StoreError) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error {
        StoreError::Database(error) => {
            matches!(
                error.sqlite_error_code(),
                Some(DatabaseCorrupt | NotADatabase)
            )
        }
        _ => false,
    }
}

impl Store {
    /// Brings index and files in agreement after whatever happened.
    pub(super) fn recover(&self) -> Result<(), StoreError> {
        self.finish_deletions()?;
        let data_dir = &self.inner.data_dir;
        let settled: Vec<u32> = self.read_index(settled_folders)?;
        let mut indexed = 0;
        for number in files::folders(data_dir).map_err(io_error(data_dir))? {
            if settled.binary_search(&number).is_err() {
                indexed += self.recover_folder(number)?;
            }
        }
        self.take_back_deletions()?;
        indexed += links::restore(self)?;
        if indexed > 0 {
            tracing::info!("recovery indexed {indexed} objects");
            marks::restore(self)?;
            self.restore_kept_first()?;
        }
        Ok(())
    }

    /// Recovers a folder unless another process holds it; returns how many objects were indexed.
    pub(super) fn recover_folder(&self, number: u32) -> Result<u64, StoreError> {
        let data_dir = &self.inner.data_dir;
        let path = files::folder_path(data_dir, number);
        let Some(folder) = Folder::claim(data_dir, number).map_err(io_error(&path))? else {
            return Ok(0);
        };
        let mut indexed = 0;
        for file in self.files_without_row(number)? {
            let recovered = self.recover_file(FileNumber {
                folder: number,
                file,
            })?;
            indexed += u64::from(recovered == Recovered::Indexed);
        }
        let highest = folder.highest(data_dir).map_err(io_error(&path))?;
        if highest >= FILES_PER_FOLDER_MAX {
            self.settle_folder(&folder)?;
        } else {
            self.inner.slots.add_roomy(folder);
        }
        Ok(indexed)
    }

    /// Numbers of the object files in a folder that neither index nor quarantine knows.
    pub(super) fn files_without_row(&self, folder: u32) -> Result<Vec<u32>, StoreError> {
        let data_dir = &self.inner.data_dir;
        let listing = files::list(data_dir, folder)
            .map_err(io_error(&files::folder_path(data_dir, folder)))?;
        let known: Vec<u32> = self.read_index(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT file FROM instance WHERE folder = ?1
                 UNION SELECT file FROM conflict WHERE folder = ?1 ORDER BY file",
            )?;
            let rows = statement.query_map([folder], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let unknown = listing.files.into_iter();
        Ok(unknown
            .filter(|file| known.binary_search(file).is_err())
            .collect())
    }

    /// Decides about one file without a row, in a folder that this process holds.
    pub(super) fn recover_file(&self, number: FileNumber) -> Result<Recovered, StoreError> {
        let path = number.path(&self.inner.data_dir);
        let condition = File::open(&path)
            .and_then(|file| certificate::inspect(&file))
            .map_err(io_error(&path))?;
        let (certificate, data_set_offset) = match condition {
            Condition::Foreign => return Ok(Recovered::Foreign),
            Condition::Uncertified => {
                fs::remove_file(&path).map_err(io_error(&path))?;
                return Ok(Recovered::Freed);
            }
            Condition::Damaged => return set_aside(&path),
            Condition::Certified {
                certificate,
                data_set_offset,
            } => (certificate, data_set_offset),
        };
        let digest = certificate::digest_from(&path, data_set_offset).map_err(io_error(&path))?;
        if digest != certificate.digest {
            return set_aside(&path);
        }
        let candidate = match candidate(number, &path, certificate, data_set_offset) {
            Ok(candidate) => candidate,
            Err(IngestError::Io(source)) => return Err(io_error(&path)(source)),
            // An older program took it in; the file is whole, so it stays.
            Err(error) => {
                tracing::warn!("an object file cannot be indexed: {error}");
                return Ok(Recovered::Foreign);
            }
        };
        let settled = self.settle(candidate).map_err(index_error(&path))?;
        if settled.kept {
            return Ok(Recovered::Indexed);
        }
        fs::remove_file(&path).map_err(io_error(&path))?;
        Ok(Recovered::Freed)
    }

    /// Rows that a deletion took out without having a tombstone yet come back.
    fn take_back_deletions(&self) -> Result<(), StoreError> {
        let condemned: Vec<FileNumber> = self.read_index(|connection| {
            let mut statement = connection.prepare("SELECT folder, file FROM condemned")?;
            let rows = statement.query_map([], |row| {
                Ok(FileNumber {
                    folder: row.get(0)?,
                    file: row.get(1)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        for number in condemned {
            if number.path(&self.inner.data_dir).exists() {
                self.recover_file(number)?;
            }
            self.inner.index.write(move |connection| {
                connection.execute(
                    "DELETE FROM condemned WHERE folder = ?1 AND file = ?2",
                    [number.folder, number.file],
                )?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

fn settled_folders(connection: &Connection) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare("SELECT folder FROM settled_folder ORDER BY folder")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn set_aside(path: &Path) -> Result<Recovered, StoreError> {
    tracing::warn!("an object file does not verify and is set aside");
    let aside = path.with_extension("dcm.damaged");
    fs::rename(path, aside).map_err(io_error(path))?;
    Ok(Recovered::SetAside)
}

/// Reads back what the index keeps of a certified file.
pub(super) fn candidate(
    number: FileNumber,
    path: &Path,
    certificate: certificate::Certificate,
    data_set_offset: u64,
) -> Result<Candidate, IngestError> {
    let source = Arc::new(File::open(path)?);
    let file = DicomFile::read(source, &ScanOptions::INDEX).map_err(scan_error)?;
    // What the sender declared counts, as it did when the object came.
    let syntax = TransferSyntax::find(&file.meta.transfer_syntax_uid).unwrap_or(file.syntax);
    Ok(Candidate {
        place: Place::Object(number),
        bytes: data_set_offset + certificate.bytes,
        digest: Some(certificate.digest),
        transfer_syntax_uid: syntax.uid,
        source_ae: file.meta.source_ae_title.clone(),
        received_ms: certificate.received_ms,
        header: Header::read(&file.data_set, syntax)?,
    })
}

/// A failure to index as a failure of the store.
pub(super) fn index_error(path: &Path) -> impl FnOnce(IngestError) -> StoreError {
    let path = path.to_owned();
    move |error| match error {
        IngestError::Index(error) => *error,
        IngestError::Io(source) => StoreError::Io { path, source },
        other => StoreError::Io {
            path,
            source: std::io::Error::other(other),
        },
    }
}
