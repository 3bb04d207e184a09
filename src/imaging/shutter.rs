//! Display shutters as an object states them (PS3.3 C.7.6.11, C.7.6.15; presentation.md section 8).

use std::sync::Arc;

use super::overlay::OverlayPlane;
use crate::dicom::{DataSet, tags};

/// One shape. Rows and columns count from 1 at the top left pixel of the untransformed image.
#[derive(Debug, Clone, PartialEq)]
pub enum ShutterShape {
    /// The named edges are visible.
    Rectangular {
        /// Shutter Left Vertical Edge (0018,1602).
        left: f64,
        /// Shutter Right Vertical Edge (0018,1604).
        right: f64,
        /// Shutter Upper Horizontal Edge (0018,1606).
        upper: f64,
        /// Shutter Lower Horizontal Edge (0018,1608).
        lower: f64,
    },
    /// A circle on the screen; its radius counts columns.
    Circular {
        /// Row of Center of Circular Shutter (0018,1610).
        row: f64,
        /// Column of it.
        column: f64,
        /// Radius of Circular Shutter (0018,1612).
        radius: f64,
    },
    /// Row and column of each vertex (0018,1620); closed from last to first.
    Polygonal(Vec<(f64, f64)>),
    /// Set bits are occluded.
    Bitmap(Arc<OverlayPlane>),
}

/// All shapes of one object; a pixel is visible when every shape shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shutter {
    /// At least one.
    pub shapes: Vec<ShutterShape>,
    /// P-Value of what is occluded, from Shutter Presentation Value (0018,1622).
    pub value: f64,
}

impl Shutter {
    /// Reads the Display Shutter module of `item`; broken shapes are left out with a warning, `None` when none is left.
    pub fn read(item: &DataSet, warnings: &mut Vec<String>) -> Option<Self> {
        Self::read_with_bitmap(item, None, warnings)
    }

    /// The same for a presentation state, whose shutter may be an overlay plane of its own (PS3.3 C.7.6.15).
    pub fn read_with_bitmap(
        item: &DataSet,
        bitmap: Option<&Arc<OverlayPlane>>,
        warnings: &mut Vec<String>,
    ) -> Option<Self> {
        let mut shapes = Vec::new();
        for name in item.texts(tags::SHUTTER_SHAPE) {
            let shape = match name.as_str() {
                "RECTANGULAR" => rectangular(item),
                "CIRCULAR" => circular(item),
                "POLYGONAL" => polygonal(item),
                "BITMAP" => bitmap.cloned().map(ShutterShape::Bitmap),
                "" => continue,
                _ => None,
            };
            match shape {
                Some(shape) => shapes.push(shape),
                None => warnings.push(format!(
                    "Shutter Shape (0018,1600) {name} ignored: its attributes are missing or wrong"
                )),
            }
        }
        let value = item.int(tags::SHUTTER_PRESENTATION_VALUE).unwrap_or(0);
        let value = (value.clamp(0, 65535) as f64) / 65535.0;
        (!shapes.is_empty()).then_some(Self { shapes, value })
    }
}

fn rectangular(item: &DataSet) -> Option<ShutterShape> {
    Some(ShutterShape::Rectangular {
        left: item.float(tags::SHUTTER_LEFT_VERTICAL_EDGE)?,
        right: item.float(tags::SHUTTER_RIGHT_VERTICAL_EDGE)?,
        upper: item.float(tags::SHUTTER_UPPER_HORIZONTAL_EDGE)?,
        lower: item.float(tags::SHUTTER_LOWER_HORIZONTAL_EDGE)?,
    })
}

fn circular(item: &DataSet) -> Option<ShutterShape> {
    let [row, column] = item.floats(tags::CENTER_OF_CIRCULAR_SHUTTER)[..] else {
        return None;
    };
    Some(ShutterShape::Circular {
        row,
        column,
        radius: item.float(tags::RADIUS_OF_CIRCULAR_SHUTTER)?,
    })
}

fn polygonal(item: &DataSet) -> Option<ShutterShape> {
    let numbers = item.floats(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER);
    let vertices: Vec<(f64, f64)> = numbers
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[row, column]| (*row, *column))
        .collect();
    (vertices.len() >= 3).then_some(ShutterShape::Polygonal(vertices))
}
