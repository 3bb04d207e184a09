//! The three stages in the order of PS3.4 N.2, with the padding that passes by them.

use super::{Modality, Presentation, Voi};
use crate::imaging::raster;

/// From a stored value to a P-Value.
#[derive(Debug, Clone, PartialEq)]
pub struct GrayChain {
    /// Stored values in this closed interval are padding: black whatever the tables say (presentation.md section 3).
    pub padding: Option<(i64, i64)>,
    /// First stage.
    pub modality: Modality,
    /// Second stage.
    pub voi: Voi,
    /// Third stage.
    pub presentation: Presentation,
}

impl GrayChain {
    /// The modality value of a stored value.
    pub fn modality_value(&self, stored: f64) -> f64 {
        raster::modality::value(&self.modality, stored)
    }

    /// The P-Value of a stored value, 0 to 1.
    pub fn p_value(&self, stored: f64) -> f64 {
        if self.is_padding(stored) {
            return 0.0;
        }
        let value = raster::modality::value(&self.modality, stored);
        raster::presentation::p_value(&self.presentation, raster::voi::output(&self.voi, value))
    }

    /// Whether a stored value is padding.
    pub fn is_padding(&self, stored: f64) -> bool {
        self.padding
            .is_some_and(|(low, high)| (low as f64..=high as f64).contains(&stored))
    }
}
