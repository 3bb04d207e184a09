//! One server per store: `serve` and the window hold `lock`, whose text says who they are.

use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;

use super::StoreError;

/// Name of the lock file in the data directory.
const LOCK_FILE: &str = "lock";

/// Held as long as this process is the server of a store; dropping it lets others in.
#[derive(Debug)]
pub struct ServerLock {
    file: File,
}

impl ServerLock {
    /// Replaces the text that tells others who holds the lock.
    pub fn describe(&mut self, text: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

/// Takes the server lock of `data_dir`; `text` names pid, address and AE title. [`StoreError::Locked`] carries the holder's text.
pub fn lock(data_dir: &Path, text: &str) -> Result<ServerLock, StoreError> {
    let path = data_dir.join(LOCK_FILE);
    let failed = |source| StoreError::Io {
        path: path.clone(),
        source,
    };
    fs::create_dir_all(data_dir).map_err(failed)?;
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::Locked(
                holder(data_dir).unwrap_or_else(|| "another process".into()),
            ));
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let mut lock = ServerLock { file };
    lock.describe(text).map_err(failed)?;
    Ok(lock)
}

/// What the holder of the server lock says about itself; `None` when nobody holds it or it says nothing.
pub fn holder(data_dir: &Path) -> Option<String> {
    let path = data_dir.join(LOCK_FILE);
    let file = File::open(&path).ok()?;
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    let text = fs::read_to_string(&path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_told_who_the_first_one_is() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(holder(directory.path()), None);
        let first = lock(directory.path(), "pid 7, DGSCOPE").expect("free");
        match lock(directory.path(), "pid 8") {
            Err(StoreError::Locked(text)) => assert_eq!(text, "pid 7, DGSCOPE"),
            other => panic!("not refused: {other:?}"),
        }
        assert_eq!(holder(directory.path()), Some("pid 7, DGSCOPE".into()));
        drop(first);
        lock(directory.path(), "pid 8").expect("free again");
    }
}
