//! A daily copy of `station.sqlite`, the database that cannot be rebuilt.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::StoreError;
use super::schema::Database;
use super::store::{Inner, io_error};

/// Folder below the data directory.
const BACKUP_FOLDER: &str = "backup";
/// A copy is due when the newest one is older.
const COPY_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// Copies kept.
const COPIES_KEPT: usize = 7;

/// Makes a copy in the background of the caller's work, if one is due. A failure is told in the log: the store itself is sound.
pub fn copy_when_due(inner: &Arc<Inner>) {
    let folder = inner.data_dir.join(BACKUP_FOLDER);
    let newest = copies(&folder).last().and_then(|path| age(path));
    if newest.is_some_and(|age| age < COPY_EVERY) {
        return;
    }
    let shared = Arc::clone(inner);
    let copying = move || {
        if let Err(error) = copy(&shared, &folder) {
            tracing::warn!("copying the station database: {error}");
        }
    };
    let thread = std::thread::Builder::new()
        .name("store-backup".into())
        .spawn(copying);
    if let Err(error) = thread {
        tracing::warn!("copying the station database: {error}");
    }
}

fn age(path: &Path) -> Option<Duration> {
    let modified = fs::metadata(path).and_then(|m| m.modified()).ok()?;
    SystemTime::now().duration_since(modified).ok()
}

/// Copies of the station database of a store, oldest first.
pub fn copies_of(data_dir: &Path) -> Vec<PathBuf> {
    copies(&data_dir.join(BACKUP_FOLDER))
}

/// Copies so far, oldest first: their names carry the date.
fn copies(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut copies: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "sqlite"))
        .collect();
    copies.sort();
    copies
}

fn copy(inner: &Inner, folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(io_error(folder))?;
    let name = format!(
        "station-{}.sqlite",
        jiff::Timestamp::now().strftime("%Y%m%d")
    );
    let (finished, partial) = (folder.join(&name), folder.join(format!("{name}.partial")));
    fs::remove_file(&partial)
        .or_else(missing_is_fine)
        .map_err(io_error(&partial))?;
    let reader = Database::Station.open_reader(&inner.data_dir)?;
    reader.execute("VACUUM INTO ?1", [partial.to_string_lossy()])?;
    fs::rename(&partial, &finished).map_err(io_error(&finished))?;
    let copies = copies(folder);
    for old in copies.iter().rev().skip(COPIES_KEPT) {
        fs::remove_file(old)
            .or_else(missing_is_fine)
            .map_err(io_error(old))?;
    }
    Ok(())
}

/// Removing what is not there is no failure.
pub fn missing_is_fine(error: std::io::Error) -> std::io::Result<()> {
    match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
