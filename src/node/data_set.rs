//! Data sets of messages, as opposed to objects: small, so they are held whole, written and read in the context's transfer syntax.

use super::association::{Association, Ended};
use crate::dicom::{DataSet, ScanOptions, encode, scan_data_set};

/// Largest data set of a message that is read, in bytes: 10,000 references take about 2 MiB.
pub const DATA_SET_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a data set cannot be used; the message was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableDataSet {
    /// Longer than this many bytes.
    #[error("a data set of more than {} MiB", .0 >> 20)]
    TooLong(usize),
    /// It cannot be parsed.
    #[error("a data set that cannot be parsed: {0}")]
    Malformed(String),
}

/// Sends a data set after its command.
pub async fn send(
    association: &mut Association,
    context_id: u8,
    set: &DataSet,
) -> Result<(), Ended> {
    let syntax = association.contexts().get(&context_id).map(|c| c.syntax);
    let encoded = syntax.map(|syntax| encode::encode(set, syntax.encoding));
    match encoded {
        Some(Ok(bytes)) => association.send_data(context_id, &bytes, true).await,
        _ => Err(association
            .abort("a data set of ours cannot be written")
            .await),
    }
}

/// Receives the data set that follows a command.
pub async fn receive(
    association: &mut Association,
    context_id: u8,
) -> Result<Result<DataSet, UnusableDataSet>, Ended> {
    let (bytes_max, options) = (DATA_SET_BYTES_MAX, &ScanOptions::INDEX);
    let received = receive_within(association, context_id, bytes_max, options).await?;
    Ok(received.map(|(set, _)| set))
}

/// The same within limits of the caller's own; also tells how many bytes it took.
pub async fn receive_within(
    association: &mut Association,
    context_id: u8,
    bytes_max: usize,
    options: &ScanOptions,
) -> Result<Result<(DataSet, usize), UnusableDataSet>, Ended> {
    let Some(bytes) = association.read_data_set(context_id, bytes_max).await? else {
        return Ok(Err(UnusableDataSet::TooLong(bytes_max)));
    };
    let syntax = association.contexts().get(&context_id).map(|c| c.syntax);
    let Some(syntax) = syntax else {
        return Err(association.violate("data on an unknown context").await);
    };
    let end = bytes.len() as u64;
    let scanned = scan_data_set(&bytes, 0, end, syntax, options);
    Ok(scanned
        .map(|set| (set, bytes.len()))
        .map_err(|error| UnusableDataSet::Malformed(error.to_string())))
}
