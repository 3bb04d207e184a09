//! Why the store could not do something.

use std::io;
use std::path::PathBuf;

/// Why an object was not kept. `node/scp/storage.rs` turns each case into a Table 29 status.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Free space is below the minimum, or the disk is full: A700.
    #[error("no room left in the object store: {0}")]
    StoreFull(String),
    /// The bytes do not parse into elements: C005.
    #[error("the data set cannot be parsed: {0}")]
    Unparseable(String),
    /// The data set is of another class or instance than the command said, or lacks a UID: A900.
    #[error("{0}")]
    Mismatch(String),
    /// Different data under a known SOP Instance UID, quarantined: D000 or 0111.
    #[error(
        "another object is stored under this SOP Instance UID; the newcomer is kept aside as a conflict"
    )]
    Conflict,
    /// Our own failure: C000.
    #[error("cannot write the object")]
    Io(#[from] io::Error),
    /// Our own failure in the index: C000.
    #[error("cannot index the object")]
    Index(#[source] Box<StoreError>),
}

impl From<StoreError> for IngestError {
    fn from(error: StoreError) -> Self {
        Self::Index(Box::new(error))
    }
}

/// Why the store cannot be opened or asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A transaction shared with others could not be committed.
    #[error("database: {0}")]
    Commit(String),
    /// The database could not be brought up to date.
    #[error("database: {0}")]
    Migration(String),
    /// The database was written by a newer program.
    #[error("{what} is of version {found}, this program knows {known}: use the newer program")]
    Newer {
        /// Which database.
        what: &'static str,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Another process owns this store.
    #[error("the store is in use by {0}")]
    Locked(String),
    /// Reading or writing files failed.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A query key, setting or value is wrong.
    #[error("{0}")]
    Input(String),
    /// The writer thread is gone (shutdown).
    #[error("the store is closed")]
    Closed,
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not DICOM at all, or a DICOMDIR: counted, no failure.
    #[error("not a DICOM object")]
    NotDicom,
    /// DICOM, but not kept; as if it had come by network.
    #[error(transparent)]
    Refused(#[from] IngestError),
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Unreadable(#[source] io::Error),
}
