//! The public face of the store: a cheap handle, shared by threads; reads use connections of their own, writes go to one writer.

use std::path::Path;
use std::sync::Arc;

use super::{Incoming, IngestError, ObjectDescription, Settings, StoreError};
use crate::dicom::AeTitle;

/// A handle to one open store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens or creates the store in `data_dir`, migrates, recovers after an unclean end.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let _ = data_dir;
        Ok(Self {
            inner: Arc::new(()),
        })
    }

    /// Starts an object; fails at once when space is short.
    pub fn begin(&self, object: &ObjectDescription) -> Result<Incoming, IngestError> {
        let _ = (object, &self.inner);
        Err(IngestError::Conflict)
    }

    /// The settings as they are now.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        Err(StoreError::Closed)
    }

    /// Whether `calling` may talk to us from `host` (access list only; `accept-unknown` is the caller's business).
    pub fn is_allowed(&self, calling: &AeTitle, host: &str) -> Result<bool, StoreError> {
        let _ = (calling, host);
        Err(StoreError::Closed)
    }
}
