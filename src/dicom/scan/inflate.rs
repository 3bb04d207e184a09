//! Deflated data sets (PS3.5 §A.5) into memory, with a limit that a bomb cannot pass.

use std::ops::Range;

use flate2::{Decompress, FlushDecompress, Status};

use super::{ReadAt, ScanError, ScanOptions};

/// An inflated data set never becomes longer than this, in bytes.
const INFLATED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Up to here any ratio is fine, in bytes: blank images deflate a thousand times.
const INFLATED_BYTES_FREE: u64 = 256 * 1024 * 1024;
/// Beyond, so many times the deflated length.
const INFLATED_RATIO_MAX: u64 = 100;

/// Read at a time, in bytes.
const INPUT_BYTES: usize = 64 * 1024;

/// The inflated bytes of a data set.
pub(crate) struct Inflated {
    pub(crate) bytes: Vec<u8>,
    /// Whether the stream ended too early or broke; `bytes` is what came before.
    pub(crate) broken: bool,
}

/// Inflates the bytes `start..end` of a source.
pub(crate) fn inflate(
    source: &dyn ReadAt,
    start: u64,
    end: u64,
    options: &ScanOptions,
) -> Result<Inflated, ScanError> {
    let end = end.min(source.size());
    let deflated = end.saturating_sub(start);
    let limit = deflated
        .saturating_mul(INFLATED_RATIO_MAX)
        .clamp(INFLATED_BYTES_FREE, INFLATED_BYTES_MAX);
    let mut inflated = inflate_range(source, start..end, Decompress::new(false), limit)?;
    // Some writers put a zlib header in front; read as a raw stream it breaks at once.
    if inflated.broken && inflated.bytes.is_empty() {
        inflated = inflate_range(source, start..end, Decompress::new(true), limit)?;
    }
    if inflated.broken && (options.strict || inflated.bytes.is_empty()) {
        let reason = "the deflated data set is broken";
        return Err(ScanError::Malformed {
            offset: start,
            reason,
        });
    }
    Ok(inflated)
}

fn inflate_range(
    source: &dyn ReadAt,
    range: Range<u64>,
    mut stream: Decompress,
    limit: u64,
) -> Result<Inflated, ScanError> {
    let mut bytes = Vec::new();
    let mut input = vec![0; INPUT_BYTES];
    let mut position = range.start;
    loop {
        let left = range.end - position;
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(INPUT_BYTES);
        source.read_exact_at(&mut input[..count], position)?;
        if bytes.len() == bytes.capacity() {
            // Grows with what was really inflated, never by what is claimed.
            bytes.reserve(bytes.len().max(INPUT_BYTES));
        }
        let (consumed, produced) = (stream.total_in(), stream.total_out());
        let flush = if count as u64 == left {
            FlushDecompress::Finish
        } else {
            FlushDecompress::None
        };
        let status = stream.decompress_vec(&input[..count], &mut bytes, flush);
        position += stream.total_in() - consumed;
        if bytes.len() as u64 > limit {
            return Err(ScanError::TooMuch {
                what: "inflated bytes",
                limit,
            });
        }
        let stuck = stream.total_in() == consumed && stream.total_out() == produced;
        match status {
            Ok(Status::StreamEnd) => {
                return Ok(Inflated {
                    bytes,
                    broken: false,
                });
            }
            Ok(_) if !stuck => {}
            Ok(_) | Err(_) => {
                return Ok(Inflated {
                    bytes,
                    broken: true,
                });
            }
        }
    }
}
