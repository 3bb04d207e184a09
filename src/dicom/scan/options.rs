//! Limits, outcomes and errors of a scan.

use std::io;

use crate::dicom::Tag;

/// Limits and choices of one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    /// Values longer than this stay in the source, in bytes.
    pub inline_bytes_max: u32,
    /// Values held in all; when they are used up, further values of more than 64 bytes stay in the source.
    pub inline_bytes_total_max: u64,
    /// Nesting of sequences.
    pub depth_max: u16,
    /// Elements in all; items and fragments are counted too.
    pub elements_max: u32,
    /// Whether truncated data and trailing bytes are errors instead of notes.
    pub strict: bool,
}

impl ScanOptions {
    /// For indexing and storing: short values only, and nothing that is not whole.
    pub const INDEX: Self = Self {
        inline_bytes_max: 16 * 1024,
        inline_bytes_total_max: 64 * 1024 * 1024,
        depth_max: 64,
        elements_max: 1_000_000,
        strict: true,
    };
    /// For display: lookup tables are held too, and what a truncated file still has is shown.
    pub const DISPLAY: Self = Self {
        inline_bytes_max: 256 * 1024,
        inline_bytes_total_max: 128 * 1024 * 1024,
        depth_max: 64,
        elements_max: 1_000_000,
        strict: false,
    };
}

/// Where data ended too early; everything before is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// The element that was cut, when its tag was still there.
    pub tag: Option<Tag>,
    /// First byte of what was cut.
    pub offset: u64,
    /// How many bytes its length promises beyond the end.
    pub missing_bytes: u64,
}

/// Why bytes are no data set that we would hand to anyone.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Reading failed.
    #[error("cannot read")]
    Io(#[from] io::Error),
    /// Neither Part 10 nor a bare data set.
    #[error("not DICOM")]
    NotDicom,
    /// Part 10 with a transfer syntax nobody knows.
    #[error("unknown transfer syntax {0}")]
    UnknownTransferSyntax(String),
    /// The elements do not add up.
    #[error("malformed at byte {offset}: {reason}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What.
        reason: &'static str,
    },
    /// A limit of [`ScanOptions`] was passed.
    #[error("exceeds the limit of {limit}: {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}
