//! Room on the disk: asked of the system now and then, and always when it becomes short (A700 before the disk is full).

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::writer::locked;
use super::{FreeSpace, IngestError};

/// How long an answer of the system holds.
const ANSWER_AGE_MAX: Duration = Duration::from_millis(200);
/// With less than this above the minimum, every write asks the system.
const AMPLE_BYTES: u64 = 1 << 30;

/// What the disk had when it was asked, less what we wrote since.
#[derive(Debug)]
struct Answer {
    asked: Instant,
    free: u64,
}

/// Watches the disk of one store.
#[derive(Debug, Default)]
pub struct Room {
    last: Mutex<Option<Answer>>,
}

impl Room {
    /// Fails unless `minimum` bytes stay free when `bytes` are written in `directory`.
    pub fn check(&self, directory: &Path, minimum: u64, bytes: u64) -> Result<(), IngestError> {
        let needed = minimum.saturating_add(bytes);
        let mut last = locked(&self.last);
        if let Some(answer) = last.as_mut()
            && answer.asked.elapsed() < ANSWER_AGE_MAX
            && answer.free >= needed.saturating_add(AMPLE_BYTES)
        {
            answer.free -= bytes;
            return Ok(());
        }
        let free = free_space(directory)?.free;
        *last = Some(Answer {
            asked: Instant::now(),
            free: free.saturating_sub(bytes),
        });
        drop(last);
        if free < minimum {
            return Err(IngestError::StoreFull(format!(
                "{} MB are free, {} MB must stay free",
                free / 1_000_000,
                minimum / 1_000_000
            )));
        }
        Ok(())
    }
}

/// Room on the disk of `directory`.
pub fn free_space(directory: &Path) -> std::io::Result<FreeSpace> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(directory)?;
        Ok(FreeSpace {
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
            total: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }
    #[cfg(not(unix))]
    {
        // Without a system call in our dependencies the disk cannot be asked here; a full one is still noticed when writing.
        let _ = directory;
        Ok(FreeSpace {
            free: u64::MAX,
            total: u64::MAX,
        })
    }
}
