//! Keeps objects byte for byte on disk and indexes them; keeps peers, settings and audit (layer 2).
//!
//! Nothing is acknowledged before it is durable: an object file certifies itself (length and digest in its meta group), one
//! `fdatasync` stands between the last byte and the reply, and the index can always be rebuilt from the files.

pub mod audit;
mod backup;
mod certificate;
pub mod check;
mod clean_up;
pub mod commitment;
pub mod conflicts;
pub mod decisions;
pub mod delete;
mod equivalence;
pub mod error;
mod files;
pub mod filter;
mod fold;
mod header;
pub mod import;
mod inbox;
mod index;
pub mod ingest;
mod insertion;
mod links;
pub mod lock;
mod marks;
mod matching;
mod patient;
pub mod peers;
pub mod print_queue;
pub mod query;
mod query_keys;
mod recovery;
mod restoring;
mod room;
pub mod rows;
mod schema;
pub mod send_queue;
pub mod settings;
pub mod store;
pub mod studies;
mod turn;
mod writer;

pub use audit::AuditRow;
pub use check::{CheckOptions, CheckReport};
pub use conflicts::{ConflictKind, ConflictRow};
pub use decisions::Resolution;
pub use delete::DeleteReport;
pub use error::{ImportError, IngestError, StoreError};
pub use filter::{StudyFilter, StudySort};
pub use ingest::{Incoming, Ingested, ObjectDescription};
pub use lock::{ServerLock, holder, lock};
pub use patient::disagreement;
pub use peers::{Access, PEER_CHARACTER_SET, Peer};
pub use print_queue::{PrintJobRow, PrintPageRow};
pub use query::QueryRow;
pub use rows::{InstanceRow, Page, SeriesRow, StudyRow};
pub use send_queue::{SendCounts, SendJobRow, SendNote, SendObjectRow, SendResult, SendState};
pub use settings::{DisplayCalibration, Settings};
pub use store::{FreeSpace, OpenOptions, Store};
