//! The station database cannot be made anew from the object files, so a damaged or lost one is brought back from its newest
//! sound daily copy: never silently, and never under the hands of a running server.
//!
//! What is lost is what happened since the copy: settings, peers, decisions, audit lines. Tombstones in the copy do no harm,
//! for numbers of files are not given out twice.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::StoreError;
use super::backup::{self, missing_is_fine};
use super::files::sync_folder;
use super::recovery::is_destroyed;
use super::schema::Database;
use super::store::{OpenOptions, io_error};

/// Locked while one process restores.
const LOCK_FILE: &str = "station.restore";

/// Opens the station database, restored if need be; then says in words what happened.
pub fn open_station(
    data_dir: &Path,
    options: OpenOptions,
) -> Result<(Connection, Option<String>), StoreError> {
    let damage = match open_if_sound(data_dir) {
        Ok(Some(connection)) => return Ok((connection, None)),
        Ok(None) if backup::copies_of(data_dir).is_empty() => {
            return Ok((Database::Station.open(data_dir)?, None)); // a new store
        }
        Ok(None) => None,
        Err(error) if is_destroyed(&error) => Some(error),
        Err(error) => return Err(error),
    };
    if !options.server && super::holder(data_dir).is_some() {
        // The server writes into the file that we would replace.
        return Err(damage.unwrap_or(StoreError::Closed));
    }
    restore(data_dir, damage)
}

/// Nothing when there is no such file; an error when it is damaged.
fn open_if_sound(data_dir: &Path) -> Result<Option<Connection>, StoreError> {
    let path = data_dir.join(Database::Station.file_name());
    // An empty file is no database yet: that of a store whose first start was cut off, or of a disk that lost it.
    if fs::metadata(&path).map_or(0, |metadata| metadata.len()) == 0 {
        return Ok(None);
    }
    let connection = Database::Station.open(data_dir)?;
    check(&connection)?;
    Ok(Some(connection))
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Err(rusqlite::Error::SqliteFailure(code, Some(verdict)).into())
    }
}

fn restore(
    data_dir: &Path,
    damage: Option<StoreError>,
) -> Result<(Connection, Option<String>), StoreError> {
    let lock_path = data_dir.join(LOCK_FILE);
    let lock = File::create(&lock_path).map_err(io_error(&lock_path))?;
    lock.lock().map_err(io_error(&lock_path))?;
    // Another process may have been first.
    if let Ok(Some(connection)) = open_if_sound(data_dir) {
        return Ok((connection, None));
    }
    let copies = backup::copies_of(data_dir);
    let Some(copy) = copies.iter().rev().find(|copy| is_sound(copy)) else {
        // A person must decide: starting with nothing would forget who may send and what was deleted.
        let none = StoreError::Input("the station database is lost and no copy is sound".into());
        return Err(damage.unwrap_or(none));
    };
    put_aside(data_dir)?;
    put_back(data_dir, copy)?;
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    let what = if damage.is_some() {
        "was damaged"
    } else {
        "was missing"
    };
    let notice = format!(
        "the station database {what} and was restored from {name}: check settings and peers, changes made since are lost"
    );
    tracing::error!("{notice}");
    Ok((Database::Station.open(data_dir)?, Some(notice)))
}

/// Whether a copy can be used; it is only read.
fn is_sound(copy: &Path) -> bool {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let checked = Connection::open_with_flags(copy, flags)
        .map_err(StoreError::from)
        .and_then(|connection| check(&connection));
    checked.is_ok()
}

/// Keeps the damaged files for whoever wants to look at them.
fn put_aside(data_dir: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{}{suffix}", Database::Station.file_name());
        let path = data_dir.join(&name);
        fs::rename(&path, data_dir.join(format!("{name}.damaged")))
            .or_else(missing_is_fine)
            .map_err(io_error(&path))?;
    }
    Ok(())
}

fn put_back(data_dir: &Path, copy: &Path) -> Result<(), StoreError> {
    let path: PathBuf = data_dir.join(Database::Station.file_name());
    let partial = path.with_extension("sqlite.partial");
    fs::copy(copy, &partial).map_err(io_error(&partial))?;
    File::options()
        .write(true)
        .open(&partial)
        .and_then(|file| file.sync_all())
        .map_err(io_error(&partial))?;
    fs::rename(&partial, &path).map_err(io_error(&path))?;
    sync_folder(data_dir).map_err(io_error(data_dir))
}
