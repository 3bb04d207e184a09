//! VOI LUT: the values of interest spread over the gray scale (PS3.3 C.11.2; presentation.md section 5).

use super::LookupTable;
use crate::dicom::{DataSet, DicomFile, tags};

/// Window Center and Window Width (0028,1050), (0028,1051), in modality values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Center.
    pub center: f64,
    /// Width.
    pub width: f64,
}

/// VOI LUT Function (0028,1056).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VoiFunction {
    /// Counts integers: its span is `width - 1`.
    #[default]
    Linear,
    /// The span is the width.
    LinearExact,
    /// A logistic curve.
    Sigmoid,
}

/// The second stage; its output is 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Voi {
    /// The whole input range, linearly.
    Identity {
        /// Darkest input.
        low: f64,
        /// Brightest input.
        high: f64,
    },
    /// A window.
    Window {
        /// Its numbers; the width is at least 1 for LINEAR and above 0 for the others.
        window: Window,
        /// Its curve.
        function: VoiFunction,
    },
    /// A VOI LUT Sequence item.
    Table(LookupTable),
}

impl Voi {
    /// A window made legal: `None` when its width is not positive or a number is not finite (presentation.md section 5).
    pub fn windowed(window: Window, function: VoiFunction) -> Option<Self> {
        if !(window.width > 0.0 && window.width.is_finite() && window.center.is_finite()) {
            return None;
        }
        let function = match function {
            VoiFunction::Linear if window.width < 1.0 => VoiFunction::LinearExact,
            function => function,
        };
        Some(Self::Window { window, function })
    }

    /// Its numbers; the whole input range as a window, nothing for a table.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::Window { window, .. } => Some(*window),
            Self::Identity { low, high } => Some(Window {
                center: (low + high) / 2.0 + 0.5,
                width: high - low + 1.0,
            }),
            Self::Table(_) => None,
        }
    }
}

/// A window pair of an object, with what its author called it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedWindow {
    /// Its numbers.
    pub window: Window,
    /// Its curve.
    pub function: VoiFunction,
    /// Window Center & Width Explanation (0028,1055), often empty.
    pub explanation: String,
}

/// Reads all window pairs of an item; unusable ones are left out with a warning.
pub fn read_windows(item: &DataSet, warnings: &mut Vec<String>) -> Vec<NamedWindow> {
    let centers = item.floats(tags::WINDOW_CENTER);
    let widths = item.floats(tags::WINDOW_WIDTH);
    let explanations = item.texts(tags::WINDOW_CENTER_WIDTH_EXPLANATION);
    let function = read_function(item, warnings);
    let mut windows = Vec::new();
    for (index, (center, width)) in centers.iter().zip(&widths).enumerate() {
        let window = Window {
            center: *center,
            width: *width,
        };
        if Voi::windowed(window, function).is_none() {
            warnings.push(format!(
                "Window Width (0028,1051) is {width}: window ignored"
            ));
            continue;
        }
        if function == VoiFunction::Linear && *width < 1.0 {
            warnings.push(format!(
                "Window Width (0028,1051) is {width}: taken as LINEAR_EXACT"
            ));
        }
        let explanation = explanations.get(index).cloned().unwrap_or_default();
        windows.push(NamedWindow {
            window,
            function,
            explanation,
        });
    }
    windows
}

fn read_function(item: &DataSet, warnings: &mut Vec<String>) -> VoiFunction {
    match item.text(tags::VOILUT_FUNCTION).as_deref() {
        None | Some("LINEAR") => VoiFunction::Linear,
        Some("LINEAR_EXACT") => VoiFunction::LinearExact,
        Some("SIGMOID") => VoiFunction::Sigmoid,
        Some(other) => {
            warnings.push(format!(
                "VOI LUT Function (0028,1056) {other:?} is unknown: LINEAR"
            ));
            VoiFunction::Linear
        }
    }
}

/// Reads all VOI LUTs of an item; broken ones are left out with a warning.
pub fn read_tables(
    item: &DataSet,
    file: &DicomFile,
    input_minimum: f64,
    warnings: &mut Vec<String>,
) -> Vec<LookupTable> {
    let mut tables = Vec::new();
    for item in item.items(tags::VOILUT_SEQUENCE) {
        match LookupTable::read(item, file, input_minimum < 0.0, warnings) {
            Ok(table) => tables.push(table),
            Err(why) => warnings.push(format!("VOI LUT (0028,3010) ignored: {why}")),
        }
    }
    tables
}
