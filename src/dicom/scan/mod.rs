//! The bounded pre-flight reader: walks foreign bytes before any library sees them (PS3.5 §7, PS3.10 §7).
//!
//! Invariant: what a scan allocates is bounded by [`ScanOptions`], never by a length or count that the bytes claim. Long values
//! stay in the source and are stepped over, so the header of a 2 GiB object costs a few small reads. The result is a plain
//! [`DataSet`](super::DataSet); a file around it is the matter of `dicom/file.rs`.

mod fragments;
mod inflate;
mod options;
mod sniff;
mod source;
mod walker;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use options::{ScanError, ScanOptions, Truncation};
pub use source::ReadAt;

pub(super) use inflate::inflate;
pub(super) use sniff::{encoding_of, looks_like_data_set};
pub(super) use walker::{Scanned, scan_meta_group, scan_range};

use super::charset::CharacterSet;
use super::transfer_syntax::{PixelCodec, TransferSyntax};
use super::{DataSet, Encoding};

/// Scans a data set without file meta information: the bytes `start..end` of a source, written in `syntax`.
///
/// The encoding is taken from the syntax unless the first element is plainly written otherwise. Offsets in the result count
/// from the start of the source, in a deflated data set from the start of the inflated bytes.
pub fn scan_data_set(
    source: &dyn ReadAt,
    start: u64,
    end: u64,
    syntax: &'static TransferSyntax,
    options: &ScanOptions,
) -> Result<DataSet, ScanError> {
    if syntax.codec == PixelCodec::Deflated {
        let inflated = inflate(source, start, end, options)?;
        let size = inflated.bytes.len() as u64;
        return Ok(
            scan_bytes_as(&inflated.bytes, 0, size, Encoding::ExplicitLittle, options)?.data_set,
        );
    }
    Ok(scan_bytes_as(source, start, end, syntax.encoding, options)?.data_set)
}

fn scan_bytes_as(
    source: &dyn ReadAt,
    start: u64,
    end: u64,
    claimed: Encoding,
    options: &ScanOptions,
) -> Result<Scanned, ScanError> {
    let encoding = encoding_of(source, start, end, claimed)?;
    scan_range(
        source,
        start,
        end,
        encoding,
        CharacterSet::default(),
        options,
    )
}
