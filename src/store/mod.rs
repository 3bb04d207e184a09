//! Keeps objects byte for byte on disk and indexes them; keeps peers, settings and audit (layer 2).
//!
//! Nothing is acknowledged before it is durable: an object file certifies itself (length and digest in its meta group), one
//! `fdatasync` stands between the last byte and the reply, and the index can always be rebuilt from the files.

pub mod error;
pub mod ingest;
pub mod peers;
pub mod rows;
pub mod settings;
pub mod store;

pub use error::{IngestError, StoreError};
pub use ingest::{Incoming, Ingested, ObjectDescription};
pub use peers::{Access, Peer};
pub use rows::{InstanceRow, Page, SeriesRow, StudyRow};
pub use settings::Settings;
pub use store::Store;
