//! The bounded pre-flight reader: walks foreign bytes before any library sees them, with limits on depth, lengths and counts.

use std::io;

/// A source of bytes that can be read anywhere.
pub trait ReadAt: Send + Sync + std::fmt::Debug {
    /// How many bytes there are.
    fn size(&self) -> u64;
    /// Fills `buffer` from `offset`; an error of kind `UnexpectedEof` when it would pass the end.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// Limits and choices of one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    /// Values longer than this stay in the source, in bytes.
    pub inline_bytes_max: u32,
    /// Nesting of sequences.
    pub depth_max: u16,
    /// Elements in all, items counted too.
    pub elements_max: u32,
}

impl ScanOptions {
    /// For indexing: short values only.
    pub const INDEX: Self = Self {
        inline_bytes_max: 16 * 1024,
        depth_max: 64,
        elements_max: 1_000_000,
    };
    /// For display: lookup tables are held too.
    pub const DISPLAY: Self = Self {
        inline_bytes_max: 256 * 1024,
        depth_max: 64,
        elements_max: 1_000_000,
    };
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
