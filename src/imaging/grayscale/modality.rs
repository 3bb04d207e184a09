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

    /// The smallest and largest output that stored values from `low` to `high` really give.
    pub fn reached(&self, (low, high): (f64, f64)) -> (f64, f64) {
        let Self::Table(table) = self else {
            return self.output_range((low, high));
        };
        let last = table.entries.len() - 1;
        // a cast of a negative number saturates at the first entry
        let place = |value: f64| ((value + 0.5).floor() - f64::from(table.first)) as usize;
        let entries = &table.entries[place(low).min(last)..=place(high).min(last)];
        let smallest = entries.iter().min().copied().unwrap_or_default();
        let largest = entries.iter().max().copied().unwrap_or_default();
        (f64::from(smallest), f64::from(largest))
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
