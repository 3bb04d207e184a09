//! Modality LUT: stored values to values with a meaning (PS3.3 C.11.1; presentation.md section 4).

use super::LookupTable;
use crate::dicom::{DataSet, DicomFile, tags};

/// The first stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Modality {
    /// Output is the stored value.
    #[default]
    Identity,
    /// `m = v * slope + intercept`.
    Rescale {
        /// Rescale Slope (0028,1053), never 0.
        slope: f64,
        /// Rescale Intercept (0028,1052).
        intercept: f64,
    },
    /// A Modality LUT Sequence.
    Table(LookupTable),
}

impl Modality {
    /// Reads the module from `item`; a broken table falls back to the rescale, with a warning.
    pub fn read(
        item: &DataSet,
        file: &DicomFile,
        skip_table: bool,
        stored_minimum: f64,
        warnings: &mut Vec<String>,
    ) -> Self {
        let table = item
            .items(tags::MODALITY_LUT_SEQUENCE)
            .first()
            .filter(|_| !skip_table);
        if let Some(table) = table {
            match LookupTable::read(table, file, stored_minimum < 0.0, warnings) {
                Ok(table) => return Self::Table(table),
                Err(why) => warnings.push(format!("Modality LUT (0028,3000) ignored: {why}")),
            }
        }
        let (slope, intercept) = (
            item.float(tags::RESCALE_SLOPE),
            item.float(tags::RESCALE_INTERCEPT),
        );
        match (slope, intercept) {
            (None, None) => Self::Identity,
            (Some(0.0), _) => {
                warnings.push("Rescale Slope (0028,1053) is 0: rescale ignored".into());
                Self::Identity
            }
            (slope, intercept) => Self::Rescale {
                slope: slope.unwrap_or(1.0),
                intercept: intercept.unwrap_or(0.0),
            },
        }
    }

    /// The range of its output for a range of stored values, smaller end first.
    pub fn output_range(&self, (low, high): (f64, f64)) -> (f64, f64) {
        match self {
            Self::Identity => (low, high),
            Self::Rescale { slope, intercept } => {
                let (a, b) = (low * slope + intercept, high * slope + intercept);
                (a.min(b), a.max(b))
            }
            Self::Table(table) => (0.0, table.maximum()),
        }
    }
}
