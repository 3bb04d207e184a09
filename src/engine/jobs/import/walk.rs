//! Regular files under a path, in the order of their names. Links to folders are not followed, so there are no circles.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders in folders; deeper ones are an error.
const DEPTH_MAX: usize = 128;

/// Gives every regular file under `path`, or `path` itself, to `offer`, until that returns false.
///
/// A folder that cannot be read is skipped with a log line; only an unreadable `path` is an error.
pub(in crate::engine) fn files(
    path: &Path,
    offer: &mut dyn FnMut(PathBuf) -> bool,
) -> io::Result<()> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        folder(path, 0, offer).map(|_| ())
    } else if kind.is_file() {
        offer(path.to_owned());
        Ok(())
    } else {
        Err(io::Error::other("neither a file nor a folder"))
    }
}

fn folder(path: &Path, depth: usize, offer: &mut dyn FnMut(PathBuf) -> bool) -> io::Result<bool> {
    if depth > DEPTH_MAX {
        return Err(io::Error::other("folders are nested too deeply"));
    }
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(path)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        let path = entry.path();
        let go_on = if kind.is_dir() {
            folder(&path, depth + 1, offer).unwrap_or_else(|error| {
                tracing::warn!("a folder is left out: {error}: {}", path.display());
                true
            })
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            offer(path)
        } else {
            true
        };
        if !go_on {
            return Ok(false);
        }
    }
    Ok(true)
}
