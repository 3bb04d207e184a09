//! ZIP archives, unpacked file by file into the data directory, with limits against bombs.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::Item;

/// Folder of the data directory for files being unpacked.
const UNPACKING: &str = "unpacking";
/// Ending of the lock beside each folder.
const LOCK_EXTENSION: &str = "lock";
/// Files in one archive at most.
const ENTRIES_MAX: usize = 200_000;
/// Bytes of one unpacked file at most (a value length of DICOM is 32 bits).
const ENTRY_BYTES_MAX: u64 = 4 << 30;
/// How much larger than the archive its contents may be...
const RATIO_MAX: u64 = 200;
/// ...beyond this many bytes, which any archive may hold: a blank image packs a thousandfold.
const RATIO_FREE_BYTES: u64 = 1 << 30;

/// Whether a file is a ZIP archive, by its first bytes.
pub(super) fn is_archive(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    // An archive without entries starts with its end record.
    read.is_ok() && (start == *b"PK\x03\x04" || start == *b"PK\x05\x06")
}

/// A private folder for unpacked files, removed when dropped. A lock beside it tells others that it is in use.
#[derive(Debug)]
pub(super) struct Unpacked {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Held until the folder is gone.
    _lock: File,
}

impl Unpacked {
    /// Makes a folder in the data directory.
    pub(super) fn new(data_dir: &Path) -> io::Result<Self> {
        let unpacking = data_dir.join(UNPACKING);
        fs::create_dir_all(&unpacking)?;
        let number = uuid::Uuid::new_v4().simple().to_string();
        let folder = unpacking.join(&number);
        // The lock is there before the folder and goes after it: a folder without one is nobody's.
        let lock_path = lock_of(&folder);
        let lock = File::create_new(&lock_path)?;
        lock.try_lock()?;
        fs::create_dir(&folder)?;
        Ok(Self {
            folder,
            lock_path,
            _lock: lock,
        })
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        remove(&self.folder, &self.lock_path);
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension(LOCK_EXTENSION)
}

fn remove(folder: &Path, lock: &Path) {
    let removed = fs::remove_dir_all(folder).and_then(|()| fs::remove_file(lock));
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("unpacked files stay: {error}: {}", folder.display());
    }
}

/// Removes what imports left behind that were cut off; the folders of those at work are locked.
pub(in crate::engine) fn remove_unpacked(data_dir: &Path) {
    let unpacking = data_dir.join(UNPACKING);
    for entry in fs::read_dir(&unpacking).into_iter().flatten().flatten() {
        let folder = entry.path();
        if !folder.is_dir() {
            continue; // a lock, alone or with its folder
        }
        let lock_path = lock_of(&folder);
        let in_use = File::open(&lock_path).is_ok_and(|lock| lock.try_lock().is_err());
        if !in_use {
            tracing::info!("removing what an import left: {}", folder.display());
            remove(&folder, &lock_path);
        }
    }
    // Only when nothing is in it any more.
    let _ = fs::remove_dir(unpacking);
}

/// Unpacks an archive into `unpacked` and gives each file to `offer`, until that returns false; what was refused comes back
/// with its reason.
pub(super) fn unpack(
    path: &Path,
    unpacked: &Unpacked,
    offer: &mut dyn FnMut(Item) -> bool,
) -> Result<Vec<(String, String)>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let packed = file.metadata().map_err(|error| error.to_string())?.len();
    let mut archive = ZipArchive::new(file).map_err(|error| format!("ZIP archive: {error}"))?;
    if archive.len() > ENTRIES_MAX {
        return Err(format!("ZIP archive: more than {ENTRIES_MAX} files"));
    }
    let mut left = RATIO_FREE_BYTES.saturating_add(packed.saturating_mul(RATIO_MAX));
    let mut refused = Vec::new();
    for index in 0..archive.len() {
        let target = unpacked.folder.join(format!("{index:06}"));
        match unpack_entry(&mut archive, index, &target, &mut left) {
            Ok(None) => {}
            Ok(Some(name)) => {
                let item = Item {
                    path: target,
                    name: format!("{}: {name}", path.display()),
                    temporary: true,
                };
                if !offer(item) {
                    break;
                }
            }
            Err(EntryError::Entry(name, reason)) => {
                let _ = fs::remove_file(&target);
                refused.push((name, reason));
            }
            Err(EntryError::Archive(reason)) => {
                let _ = fs::remove_file(&target);
                return Err(format!("ZIP archive: {reason}"));
            }
        }
    }
    Ok(refused)
}

enum EntryError {
    /// This file only: its name and the reason.
    Entry(String, String),
    /// The whole archive.
    Archive(String),
}

/// Writes one entry to `target`; its name, or nothing for a folder or a DICOMDIR.
fn unpack_entry(
    archive: &mut ZipArchive<File>,
    index: usize,
    target: &Path,
    left: &mut u64,
) -> Result<Option<String>, EntryError> {
    let mut entry = archive
        .by_index(index)
        .map_err(|error| EntryError::Entry(format!("entry {index}"), error.to_string()))?;
    let name: String = entry.name().chars().take(300).collect();
    if entry.is_dir() || super::dicomdir::is_named_so(Path::new(&name)) {
        return Ok(None);
    }
    let mut file = File::create_new(target)
        .map_err(|error| EntryError::Archive(format!("cannot unpack: {error}")))?;
    // The sizes an archive claims are not believed: what comes out is counted.
    let limit = ENTRY_BYTES_MAX.min(*left);
    let written = io::copy(&mut entry.by_ref().take(limit + 1), &mut file)
        .map_err(|error| EntryError::Entry(name.clone(), error.to_string()))?;
    if written > *left {
        let reason = format!("unpacks to more than {RATIO_MAX} times its size");
        return Err(EntryError::Archive(reason));
    }
    if written > ENTRY_BYTES_MAX {
        return Err(EntryError::Entry(name, "larger than 4 GiB".to_owned()));
    }
    *left -= written;
    Ok(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_go_and_folders_in_use_stay() {
        let data_dir = tempfile::tempdir().expect("a temporary directory");
        let unpacking = data_dir.path().join(UNPACKING);
        let in_use = Unpacked::new(data_dir.path()).expect("a folder");
        for name in ["killed", "older"] {
            fs::create_dir(unpacking.join(name)).expect("a folder");
            fs::write(unpacking.join(name).join("000000"), "a patient").expect("written");
        }
        fs::write(unpacking.join("killed.lock"), "").expect("written");
        remove_unpacked(data_dir.path());
        assert!(in_use.folder.is_dir());
        assert!(!unpacking.join("killed").exists() && !unpacking.join("killed.lock").exists());
        assert!(!unpacking.join("older").exists());
        drop(in_use);
        remove_unpacked(data_dir.path());
        assert!(!unpacking.exists());
    }
}
