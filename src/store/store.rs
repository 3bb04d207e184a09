//! The public face of the store: a cheap handle, shared by threads; reads use connections of their own, writes go to one writer.

use std::path::Path;
use std::sync::Arc;

use super::{Incoming, IngestError, ObjectDescription, StoreError};

/// Whether two files hold the same pixels; the store knows no decoders, so its opener brings one.
pub type PixelsEqual = fn(&Path, &Path) -> bool;

/// How to open a store.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenOptions {
    /// Decides whether an object in another lossless encoding is the one that is here already; without it, it is a conflict.
    pub equivalent: Option<PixelsEqual>,
}

/// Room on the disk of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSpace {
    /// Bytes we may still write.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

/// A handle to one open store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens or creates the store in `data_dir`, migrates, recovers after an unclean end.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(data_dir, OpenOptions::default())
    }

    /// [`Store::open`] with choices.
    pub fn open_with(data_dir: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        let _ = (data_dir, options);
        Ok(Self {
            inner: Arc::new(()),
        })
    }

    /// Starts an object; fails at once when space is short.
    pub fn begin(&self, object: &ObjectDescription) -> Result<Incoming, IngestError> {
        let _ = (object, &self.inner);
        Err(IngestError::Conflict)
    }

    /// Room on the disk.
    pub fn free_space(&self) -> Result<FreeSpace, StoreError> {
        Err(StoreError::Closed)
    }

    /// A number that changes when another process wrote to the index; our own writes leave it.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Err(StoreError::Closed)
    }

    /// Waits for what is being written, tidies the databases and closes them; calls after it get [`StoreError::Closed`].
    pub fn close(&self) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
}
