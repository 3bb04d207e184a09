//! What the corner texts and safety flags need from an object (workstation.md 4.3, F3, F6).

use crate::dicom::DicomFile;

/// Texts and facts of one object for its corner texts, decoded and ready to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Technique {}

impl Technique {
    /// Reads them.
    pub fn read(file: &DicomFile) -> Self {
        let _ = file;
        Self::default()
    }
}
