//! Modality stage (PS3.3 C.11.1). Twin: shaders/modality.wgsl.

use crate::imaging::grayscale::{LookupTable, Modality};

/// The modality value of a stored value.
pub fn value(modality: &Modality, stored: f64) -> f64 {
    match modality {
        Modality::Identity => stored,
        Modality::Rescale { slope, intercept } => stored * slope + intercept,
        Modality::Table(table) => f64::from(entry(table, stored)),
    }
}

/// The entry for an input: rounded half up, clamped to the table (presentation.md section 4).
pub fn entry(table: &LookupTable, input: f64) -> u16 {
    let last = table.entries.len() - 1;
    let place = (input + 0.5).floor() - f64::from(table.first);
    // A cast to usize clamps at 0.
    table.entries[(place as usize).min(last)]
}
