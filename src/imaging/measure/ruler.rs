//! What a distance on an image is worth (F7; PS3.3 10.7).

use std::fmt;

use crate::imaging::frame::FrameIndex;
use crate::imaging::geometry::{Geometry, SpacingOrigin};
use crate::imaging::ultrasound::PhysicalUnit;

/// The unit of a length, with where its calibration comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LengthUnit {
    /// Millimetres of this origin.
    Millimetres(SpacingOrigin),
    /// The unit of an ultrasound region that is no length in space.
    Region(PhysicalUnit),
    /// Widths of a pixel: no calibration is known.
    Pixels,
}

impl fmt::Display for LengthUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Millimetres(origin) => origin.fmt(f),
            Self::Region(unit) => f.write_str(unit.symbol()),
            Self::Pixels => f.write_str("px"),
        }
    }
}

impl LengthUnit {
    /// The unit of areas: its square.
    pub fn squared(&self) -> String {
        let unit = self.to_string();
        match unit.split_once(' ') {
            Some((unit, origin)) => format!("{unit}² {origin}"),
            None => format!("{unit}²"),
        }
    }
}

/// What one column and one row are worth at some place of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ruler {
    /// Of one column.
    pub column: f64,
    /// Of one row.
    pub row: f64,
    /// Unit along rows and along columns; different ones have no length between them.
    pub units: (LengthUnit, LengthUnit),
}

impl Ruler {
    /// The ruler for a measurement at `points`: a calibration of the user's, else the ultrasound region that holds all points,
    /// else the spacing of the image, else pixels. `calibrated_mm` is the width of a column.
    pub fn at(
        geometry: &Geometry,
        frame: FrameIndex,
        aspect: f64,
        calibrated_mm: Option<f64>,
        points: &[(f64, f64)],
    ) -> Self {
        if let Some(column) = calibrated_mm {
            let unit = LengthUnit::Millimetres(SpacingOrigin::Manual);
            return Self::square(column, column * aspect, unit);
        }
        if !geometry.regions.is_empty() {
            let regions = geometry.regions.iter();
            let around = regions.filter(|region| points.iter().all(|p| region.contains(*p)));
            let region = around.min_by(|a, b| a.pixels().total_cmp(&b.pixels()));
            return match region {
                Some(region) => Self {
                    column: region.deltas.0,
                    row: region.deltas.1,
                    units: (region_unit(region.units.0), region_unit(region.units.1)),
                },
                None => Self::square(1.0, aspect, LengthUnit::Pixels),
            };
        }
        match geometry.plane(frame).spacing {
            Some(spacing) => Self::square(
                spacing.column_mm,
                spacing.row_mm,
                LengthUnit::Millimetres(spacing.origin),
            ),
            None => Self::square(1.0, aspect, LengthUnit::Pixels),
        }
    }

    fn square(column: f64, row: f64, unit: LengthUnit) -> Self {
        Self {
            column,
            row,
            units: (unit, unit),
        }
    }

    /// The unit, where both directions have the same.
    pub fn unit(&self) -> Option<LengthUnit> {
        (self.units.0 == self.units.1).then_some(self.units.0)
    }

    /// A way along both directions, in their units.
    pub fn way(&self, from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
        ((to.0 - from.0) * self.column, (to.1 - from.1) * self.row)
    }

    /// The distance of two points, in `unit()`.
    pub fn distance(&self, from: (f64, f64), to: (f64, f64)) -> f64 {
        let (x, y) = self.way(from, to);
        x.hypot(y)
    }

    /// The angle between two ways, 0 to 180 degrees; `None` where one of them has no length.
    pub fn angle(&self, a: (f64, f64), b: (f64, f64)) -> Option<f64> {
        let (a, b) = (
            (a.0 * self.column, a.1 * self.row),
            (b.0 * self.column, b.1 * self.row),
        );
        if a == (0.0, 0.0) || b == (0.0, 0.0) {
            return None;
        }
        // exact for right angles and for narrow ones, unlike the arc cosine
        let (cross, dot) = (a.0 * b.1 - a.1 * b.0, a.0 * b.0 + a.1 * b.1);
        Some(cross.abs().atan2(dot).to_degrees())
    }

    /// The area of a polygon, in the square of `unit()`.
    pub fn polygon_area(&self, points: &[(f64, f64)]) -> f64 {
        let next = points.iter().cycle().skip(1);
        let doubled: f64 = points
            .iter()
            .zip(next)
            .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
            .sum();
        doubled.abs() / 2.0 * self.column * self.row
    }
}

fn region_unit(unit: PhysicalUnit) -> LengthUnit {
    match unit {
        PhysicalUnit::Millimetre => LengthUnit::Millimetres(SpacingOrigin::UltrasoundRegion),
        other => LengthUnit::Region(other),
    }
}
