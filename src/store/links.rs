//! Linked files (`import --link`): not ours, so what we know of them lives in the station database, and a changed one is reported.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use rusqlite::Connection;

use super::certificate;
use super::equivalence::data_set_offset;
use super::error::{ImportError, IngestError};
use super::header::Header;
use super::import::open_dicom;
use super::index::{Candidate, Place};
use super::recovery::index_error;
use super::store::io_error;
use super::{Store, StoreError, decisions};

/// Size and time by which a change is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes of the file.
    pub bytes: u64,
    /// Modification time, nanoseconds since 1970.
    pub modified_ns: i64,
}

/// The stamp of a file as it is now.
pub fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    let since = metadata
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(Stamp {
        bytes: metadata.len(),
        modified_ns: i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
    })
}

/// A row of `linked_file`.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its number.
    pub id: i64,
    /// Absolute path.
    pub path: String,
    /// As it was at import.
    pub stamp: Stamp,
    /// When it was imported, milliseconds since 1970.
    pub received_ms: i64,
}

/// Remembers linked files, durably, and numbers them.
pub fn insert(store: &Store, links: Vec<Link>) -> Result<Vec<Link>, StoreError> {
    store.inner.station.write(move |connection| {
        let mut insert = connection.prepare_cached(
            "INSERT INTO linked_file (path, bytes, modified_ns, received_ms) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut numbered = links;
        for link in &mut numbered {
            let stamp = link.stamp;
            insert.execute(rusqlite::params![
                link.path,
                stamp.bytes,
                stamp.modified_ns,
                link.received_ms
            ])?;
            link.id = connection.last_insert_rowid();
        }
        Ok(numbered)
    })
}

/// Forgets linked files.
pub fn remove(store: &Store, ids: Vec<i64>) -> Result<(), StoreError> {
    store.inner.station.write(move |connection| {
        let mut delete = connection.prepare_cached("DELETE FROM linked_file WHERE id = ?1")?;
        for id in ids {
            delete.execute([id])?;
            decisions::forget_link(connection, id)?;
        }
        Ok(())
    })
}

/// Reads what the index keeps of a linked file; one that changed since its import is refused.
pub fn candidate(link: &Link) -> Result<Candidate, ImportError> {
    let path = Path::new(&link.path);
    let now = stamp(path).map_err(ImportError::Unreadable)?;
    if now != link.stamp {
        return Err(ImportError::Refused(IngestError::Mismatch(
            "the linked file changed since its import".into(),
        )));
    }
    let file = open_dicom(path)?;
    Ok(Candidate {
        place: Place::Link {
            id: link.id,
            path: link.path.clone(),
            modified_ns: link.stamp.modified_ns,
        },
        bytes: link.stamp.bytes,
        digest: None,
        transfer_syntax_uid: file.syntax.uid,
        source_ae: String::new(),
        received_ms: link.received_ms,
        header: Header::read(&file.data_set, file.syntax)?,
    })
}

/// All linked files.
pub fn all(store: &Store) -> Result<Vec<Link>, StoreError> {
    store.read_station(|connection| {
        let mut statement = connection.prepare(
            "SELECT id, path, bytes, modified_ns, received_ms FROM linked_file ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Link {
                id: row.get(0)?,
                path: row.get(1)?,
                stamp: Stamp {
                    bytes: row.get(2)?,
                    modified_ns: row.get(3)?,
                },
                received_ms: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// Indexes linked files that the index lost; returns how many.
pub fn restore(store: &Store) -> Result<u64, StoreError> {
    let remembered: u64 = store.read_station(|connection| {
        Ok(connection.query_row("SELECT count(*) FROM linked_file", [], |row| row.get(0))?)
    })?;
    if remembered == 0 {
        return Ok(0);
    }
    let indexed = store.read_index(indexed_links)?;
    if indexed.len() as u64 == remembered {
        return Ok(0);
    }
    let mut restored = 0;
    for link in all(store)? {
        if !indexed.contains(&link.id) {
            restored += u64::from(restore_one(store, &link)?);
        }
    }
    Ok(restored)
}

/// Numbers of the linked files that the index knows.
pub fn indexed_links(connection: &Connection) -> Result<BTreeSet<i64>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT link FROM instance WHERE link IS NOT NULL
         UNION SELECT link FROM conflict WHERE link IS NOT NULL",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn restore_one(store: &Store, link: &Link) -> Result<bool, StoreError> {
    let candidate = match candidate(link) {
        Ok(candidate) => candidate,
        Err(error) => {
            tracing::warn!("a linked file is not available: {error}");
            return Ok(false);
        }
    };
    let settled = store
        .settle(candidate)
        .map_err(index_error(Path::new(&link.path)))?;
    if !settled.kept {
        remove(store, vec![link.id])?;
    }
    Ok(settled.kept)
}

impl Store {
    /// Reads linked files that were never read whole and notes their digests; returns how many. For a background job.
    pub fn digest_linked_files(
        &self,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StoreError> {
        let waiting: Vec<(i64, Place, u64)> = self.read_index(|connection| {
            let mut statement = connection.prepare(
                "SELECT id, folder, file, link, link_path, link_modified_ns, bytes FROM instance
                 WHERE link IS NOT NULL AND digest IS NULL",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((row.get(0)?, Place::from_row(row, 1)?, row.get(6)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let mut done = 0;
        for (id, place, bytes) in waiting {
            if !progress(done) {
                break;
            }
            if place.is_unchanged(&self.inner.data_dir, bytes) {
                self.note_digest(id, &place)?;
                done += 1;
            }
        }
        Ok(done)
    }

    fn note_digest(&self, id: i64, place: &Place) -> Result<(), StoreError> {
        let path = place.path(&self.inner.data_dir);
        let offset = data_set_offset(place, &path).map_err(index_error(&path))?;
        let digest = certificate::digest_from(&path, offset).map_err(io_error(&path))?;
        self.inner.index.write(move |connection| {
            connection
                .prepare_cached("UPDATE instance SET digest = ?2 WHERE id = ?1")?
                .execute(rusqlite::params![id, digest])?;
            Ok(())
        })
    }
}

impl Place {
    /// Whether the file is there as it was indexed: ours by its size, a linked one by size and time.
    pub fn is_unchanged(&self, data_dir: &Path, bytes: u64) -> bool {
        let Ok(now) = stamp(&self.path(data_dir)) else {
            return false;
        };
        let same_time = match self {
            Self::Object(_) => true,
            Self::Link { modified_ns, .. } => now.modified_ns == *modified_ns,
        };
        same_time && now.bytes == bytes
    }
}
