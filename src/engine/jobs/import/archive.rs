//! ZIP archives, unpacked file by file into the data directory, with limits against bombs.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::Item;
use crate::engine::job::JobContext;

/// Folder of the data directory for files being unpacked.
const UNPACKING: &str = "unpacking";
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

/// Unpacks an archive and gives each file to `offer`, until that returns false; what was refused comes back with its reason.
pub(super) fn unpack(
    path: &Path,
    context: &JobContext,
    offer: &mut dyn FnMut(Item) -> bool,
) -> Result<Vec<(String, String)>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let packed = file.metadata().map_err(|error| error.to_string())?.len();
    let mut archive = ZipArchive::new(file).map_err(|error| format!("ZIP archive: {error}"))?;
    if archive.len() > ENTRIES_MAX {
        return Err(format!("ZIP archive: more than {ENTRIES_MAX} files"));
    }
    let mut left = RATIO_FREE_BYTES.saturating_add(packed.saturating_mul(RATIO_MAX));
    let folder = new_folder(context)?;
    let mut refused = Vec::new();
    for index in 0..archive.len() {
        let target = folder.join(format!("{index:06}"));
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

/// Makes a private folder for unpacked files; each worker removes the files it took in.
fn new_folder(context: &JobContext) -> Result<PathBuf, String> {
    let number = uuid::Uuid::new_v4().simple().to_string();
    let path = context.data_dir.join(UNPACKING).join(number);
    fs::create_dir_all(&path).map_err(|error| format!("cannot unpack: {error}"))?;
    Ok(path)
}

/// Removes the folders of unpacked files that are empty by now; those of another import are not.
pub(super) fn remove_empty_folders(data_dir: &Path) {
    let unpacking = data_dir.join(UNPACKING);
    for entry in fs::read_dir(&unpacking).into_iter().flatten().flatten() {
        let _ = fs::remove_dir(entry.path());
    }
    let _ = fs::remove_dir(unpacking);
}
