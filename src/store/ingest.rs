//! The one way into the store, shared by network and import.

use super::error::IngestError;
use crate::dicom::{AeTitle, SopClassUid, SopInstanceUid, TransferSyntax};

/// What the sender said about the object that follows.
#[derive(Debug, Clone)]
pub struct ObjectDescription {
    /// Affected SOP Class UID of the command.
    pub sop_class_uid: SopClassUid,
    /// Affected SOP Instance UID of the command.
    pub sop_instance_uid: SopInstanceUid,
    /// Transfer syntax of the presentation context.
    pub transfer_syntax: &'static TransferSyntax,
    /// Calling AE title; `None` for imports.
    pub source: Option<AeTitle>,
}

/// How an object was taken in. Each is a success (0000) unless the note says B007.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// New, durable, indexed.
    Stored {
        /// Kept although a module its class requires is missing: B007, in words.
        warning: Option<String>,
    },
    /// The same bytes were here already.
    Duplicate,
    /// The same object in another lossless encoding was here already; the first is kept.
    Equivalent,
    /// Kept aside: its patient disagrees with its study or series (F2).
    PatientConflict {
        /// Which attributes disagree; no values.
        reason: String,
    },
}

/// An object file being written. Dropped without [`Incoming::commit`], its slot is freed and nothing of it is ever visible.
#[derive(Debug)]
pub struct Incoming {}

impl Incoming {
    /// Appends data set bytes. Blocking; call from a blocking thread.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        let _ = bytes;
        Ok(())
    }

    /// Certifies, checks, syncs and indexes the object; returns only when it is durable and visible. Blocking.
    pub fn commit(self) -> Result<Ingested, IngestError> {
        Err(IngestError::Conflict)
    }
}
