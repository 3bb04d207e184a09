//! What a printer can do, as people told us or the wizard found: the profile of a peer with the role print.

use serde::{Deserialize, Serialize};

use crate::imaging::film::{FilmSize, Layout, Orientation, Sheet, sheet};
use crate::node::FilmOptions;

/// The profile of a printer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PrinterProfile {
    /// Film sizes it has, the usual one first.
    pub sizes: Vec<FilmSize>,
    /// Layouts it takes; others are composed by us into one image.
    pub layouts: Vec<Layout>,
    /// Dots per inch.
    pub resolution_dpi: f64,
    /// Rim that it cannot print on, in mm.
    pub margin_mm: f64,
    /// Medium Types, the usual one first.
    pub media: Vec<String>,
    /// Film Destinations, the usual one first.
    pub destinations: Vec<String>,
    /// Takes 12 bits.
    pub twelve_bits: bool,
    /// Prints colours.
    pub color: bool,
    /// May be given a Presentation LUT.
    pub presentation_lut: bool,
    /// Honours Requested Image Size.
    pub image_size: bool,
    /// What every film box is given.
    pub film: FilmOptions,
}

impl Default for PrinterProfile {
    fn default() -> Self {
        let standard = [
            (1, 1),
            (1, 2),
            (2, 2),
            (2, 3),
            (3, 4),
            (4, 5),
            (4, 6),
            (5, 6),
        ];
        Self {
            sizes: vec![FilmSize::default()],
            layouts: standard.map(|(c, r)| Layout::Standard(c, r)).to_vec(),
            resolution_dpi: sheet::RESOLUTION_DPI,
            margin_mm: 0.0,
            media: Vec::new(),
            destinations: Vec::new(),
            twelve_bits: false,
            color: false,
            presentation_lut: true,
            image_size: true,
            film: FilmOptions::default(),
        }
    }
}

impl PrinterProfile {
    /// Reads what the store kept; what cannot be read is as for a printer that told nothing.
    pub fn of_json(json: &str) -> Self {
        match serde_json::from_str::<Self>(json) {
            Ok(profile)
                if profile
                    .sheet(&FilmSize::default(), Orientation::Portrait)
                    .is_possible() =>
            {
                profile
            }
            Ok(_) | Err(_) => {
                tracing::warn!("a printer profile cannot be used, the defaults count");
                Self::default()
            }
        }
    }

    /// Takes what the printer was found to take; the usual size stays the first where the printer has it.
    pub fn learn(&mut self, answer: &serde_json::Value) {
        let terms = |key: &str| -> Vec<&str> {
            let list = answer.get(key).and_then(|list| list.as_array());
            list.into_iter()
                .flatten()
                .filter_map(|t| t.as_str())
                .collect()
        };
        let mut sizes: Vec<FilmSize> = terms("sizes")
            .into_iter()
            .filter_map(|term| FilmSize::parse(term).ok())
            .collect();
        if let Some(usual) = self.sizes.first() {
            sizes.sort_by_key(|size| size != usual);
        }
        let layouts: Vec<Layout> = terms("layouts")
            .into_iter()
            .filter_map(|term| Layout::parse(term).ok())
            .collect();
        if !sizes.is_empty() {
            self.sizes = sizes;
        }
        if !layouts.is_empty() {
            self.layouts = layouts;
        }
        if let Some(twelve_bits) = answer.get("twelve_bits").and_then(|found| found.as_bool()) {
            self.twelve_bits = twelve_bits;
        }
    }

    /// A sheet in this printer.
    pub fn sheet(&self, size: &FilmSize, orientation: Orientation) -> Sheet {
        Sheet {
            size: size.clone(),
            orientation,
            resolution_dpi: self.resolution_dpi,
            margin_mm: self.margin_mm,
        }
    }
}
