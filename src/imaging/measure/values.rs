//! What a shape is worth: lengths, angles, areas and pixel values, each with its unit (F6, F7).

use std::fmt;

use super::region::{Outline, statistics};
use super::shape::{Shape, ShapeKind};
use super::{LengthUnit, Ruler};
use crate::imaging::Frame;
use crate::imaging::display_attributes::FrameDisplay;
use crate::imaging::technique::{Unit, short};

/// What a number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A distance.
    Length,
    /// A way along rows only, where rows and columns count different things.
    Across,
    /// A way along columns only.
    Down,
    /// An angle.
    Angle,
    /// An area.
    Area,
    /// Pixels that count.
    Pixels,
    /// Mean of their values.
    Mean,
    /// Their standard deviation.
    Deviation,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// The value of one pixel.
    Value,
    /// Its stored value.
    Stored,
}

impl Quantity {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Across => "across",
            Self::Down => "down",
            Self::Angle => "angle",
            Self::Area => "area",
            Self::Pixels => "pixels",
            Self::Mean => "mean",
            Self::Deviation => "SD",
            Self::Minimum => "min",
            Self::Maximum => "max",
            Self::Value => "value",
            Self::Stored => "stored",
        }
    }
}

/// One number of a measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What it says.
    pub quantity: Quantity,
    /// The number.
    pub value: f64,
    /// Its unit with its origin; empty for counts.
    pub unit: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            quantity,
            value,
            unit,
        } = self;
        match quantity {
            Quantity::Length => write!(f, "{value:.1} {unit}"),
            Quantity::Angle => write!(f, "{value:.1}{unit}"),
            Quantity::Value => write!(f, "{} {unit}", short(*value, 2)),
            Quantity::Pixels => write!(f, "{} {value:.0}", quantity.name()),
            Quantity::Across | Quantity::Down => {
                write!(f, "{} {value:.2} {unit}", quantity.name())
            }
            Quantity::Minimum | Quantity::Maximum | Quantity::Stored => {
                write!(f, "{} {}", quantity.name(), short(*value, 2))
            }
            Quantity::Deviation => write!(f, "{} {value:.1}", quantity.name()),
            Quantity::Area | Quantity::Mean => {
                write!(f, "{} {value:.1} {unit}", quantity.name())
            }
        }
    }
}

/// Everything a shape is worth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Its numbers, the main one first.
    pub findings: Vec<Finding>,
}

impl Measured {
    /// The lines of its label.
    pub fn lines(&self) -> Vec<String> {
        let told = |finding: &&Finding| finding.quantity != Quantity::Pixels;
        let mut lines: Vec<String> = Vec::new();
        for finding in self.findings.iter().filter(told) {
            let second = matches!(
                finding.quantity,
                Quantity::Deviation | Quantity::Maximum | Quantity::Stored
            );
            match lines.last_mut() {
                Some(line) if second => *line = format!("{line}  {finding}"),
                _ => lines.push(finding.to_string()),
            }
        }
        lines
    }
}

/// Measures a shape. `frame` is absent while its pixels are not there; then nothing is said of values.
pub fn measure(
    shape: &Shape,
    ruler: &Ruler,
    frame: Option<&Frame>,
    display: &FrameDisplay,
    unit: &Unit,
) -> Measured {
    let mut findings = Vec::new();
    let mut find = |quantity, value, unit: String| {
        findings.push(Finding {
            quantity,
            value,
            unit,
        });
    };
    match (shape.kind, &shape.points[..]) {
        (ShapeKind::Length, [a, b]) => distance(ruler, *a, *b, &mut find),
        (ShapeKind::Angle, [a, b, c]) => {
            angle(ruler, (*b, *a), (*b, *c), &mut find);
        }
        (ShapeKind::Cobb, [a, b, c, d]) => {
            // lines have no direction: the smaller of both angles
            if let (Some(angle), true) = (between(ruler, (*a, *b), (*c, *d)), is_even(ruler)) {
                find(Quantity::Angle, angle.min(180.0 - angle), "°".to_owned());
            }
        }
        (ShapeKind::Polyline | ShapeKind::Curve, points) if shape.is_whole() => {
            if let (ShapeKind::Polyline, Some(unit)) = (shape.kind, ruler.unit()) {
                let ways = points
                    .windows(2)
                    .map(|ends| ruler.distance(ends[0], ends[1]));
                find(Quantity::Length, ways.sum(), unit.to_string());
            }
        }
        (ShapeKind::Point, [at]) => point(*at, frame, display, unit, &mut find),
        _ => {}
    }
    if let Some(outline) = shape.outline(display.aspect) {
        region(&outline, ruler, frame, display, unit, &mut find);
    }
    Measured { findings }
}

impl Shape {
    /// The edge of a region.
    pub fn outline(&self, aspect: f64) -> Option<Outline> {
        match (self.kind, &self.points[..]) {
            (ShapeKind::Ellipse, [a, b]) => Some(Outline::Ellipse {
                centre: ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0),
                radii: ((b.0 - a.0).abs() / 2.0, (b.1 - a.1).abs() / 2.0),
            }),
            (ShapeKind::Circle, [centre, rim]) => {
                let radius = (rim.0 - centre.0).hypot((rim.1 - centre.1) * aspect);
                Some(Outline::Ellipse {
                    centre: *centre,
                    radii: (radius, radius / aspect),
                })
            }
            (ShapeKind::Rectangle, [a, b]) => {
                Some(Outline::Polygon(vec![*a, (b.0, a.1), *b, (a.0, b.1)]))
            }
            (ShapeKind::Polygon | ShapeKind::Freehand, [_, _, _, ..]) => {
                Some(Outline::Polygon(self.points.clone()))
            }
            _ => None,
        }
    }
}

fn distance(
    ruler: &Ruler,
    a: (f64, f64),
    b: (f64, f64),
    find: &mut impl FnMut(Quantity, f64, String),
) {
    if let Some(unit) = ruler.unit() {
        find(Quantity::Length, ruler.distance(a, b), unit.to_string());
    } else {
        let (across, down) = ruler.way(a, b);
        find(Quantity::Across, across.abs(), ruler.units.0.to_string());
        find(Quantity::Down, down.abs(), ruler.units.1.to_string());
    }
}

/// Both directions count space: only then is an angle an angle.
fn is_even(ruler: &Ruler) -> bool {
    matches!(
        ruler.unit(),
        Some(LengthUnit::Millimetres(_) | LengthUnit::Pixels)
    )
}

type Line = ((f64, f64), (f64, f64));

fn between(ruler: &Ruler, a: Line, b: Line) -> Option<f64> {
    let way = |(from, to): Line| (to.0 - from.0, to.1 - from.1);
    ruler.angle(way(a), way(b))
}

fn angle(ruler: &Ruler, a: Line, b: Line, find: &mut impl FnMut(Quantity, f64, String)) {
    if let (Some(angle), true) = (between(ruler, a, b), is_even(ruler)) {
        find(Quantity::Angle, angle, "°".to_owned());
    }
}

fn point(
    at: (f64, f64),
    frame: Option<&Frame>,
    display: &FrameDisplay,
    unit: &Unit,
    find: &mut impl FnMut(Quantity, f64, String),
) {
    let Some(frame) = frame.filter(|frame| frame.samples_per_pixel == 1) else {
        return;
    };
    let inside = (0.0..f64::from(frame.columns)).contains(&at.0)
        && (0.0..f64::from(frame.rows)).contains(&at.1);
    if !inside {
        return;
    }
    let place = at.1 as usize * frame.columns as usize + at.0 as usize;
    let stored = frame.samples.value(place);
    let value = crate::imaging::raster::modality::value(&display.modality, stored);
    find(Quantity::Value, value, unit.to_string());
    find(Quantity::Stored, stored, String::new());
}

fn region(
    outline: &Outline,
    ruler: &Ruler,
    frame: Option<&Frame>,
    display: &FrameDisplay,
    unit: &Unit,
    find: &mut impl FnMut(Quantity, f64, String),
) {
    if let Some(length) = ruler.unit() {
        let area = match outline {
            Outline::Ellipse { radii, .. } => {
                std::f64::consts::PI * radii.0 * radii.1 * ruler.column * ruler.row
            }
            Outline::Polygon(points) => ruler.polygon_area(points),
        };
        find(Quantity::Area, area, length.squared());
    }
    let found = frame.and_then(|f| statistics(f, &display.modality, display.padding, outline));
    if let Some(found) = found {
        let unit = unit.to_string();
        find(Quantity::Mean, found.mean, unit.clone());
        find(Quantity::Deviation, found.deviation, unit.clone());
        find(Quantity::Minimum, found.minimum, unit.clone());
        find(Quantity::Maximum, found.maximum, unit);
        find(Quantity::Pixels, found.count as f64, String::new());
    }
}

#[cfg(test)]
mod tests;
