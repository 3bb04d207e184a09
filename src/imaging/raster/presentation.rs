//! Presentation stage (PS3.3 C.11.6). Twin: shaders/presentation.wgsl.

use crate::imaging::grayscale::{LookupTable, Presentation};

/// The P-Value of a VOI output.
pub fn p_value(presentation: &Presentation, voi_output: f64) -> f64 {
    match presentation {
        Presentation::Identity => voi_output,
        Presentation::Inverse => 1.0 - voi_output,
        Presentation::Table(table) => tabled(table, voi_output),
        Presentation::InverseTable(table) => 1.0 - tabled(table, voi_output),
    }
}

/// The whole output range of the VOI stage maps to the whole table.
fn tabled(table: &LookupTable, voi_output: f64) -> f64 {
    let last = table.entries.len() - 1;
    // 0 to 65535.
    let place = (voi_output * last as f64 + 0.5).floor() as usize;
    f64::from(table.entries[place.min(last)]) / table.maximum()
}
