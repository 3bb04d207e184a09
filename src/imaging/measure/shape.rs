//! Shapes as a person draws them: kinds, points, handles, and the paths they make on a canvas.

use crate::imaging::raster::curve;

/// A place in an image or on a canvas.
type Place = (f64, f64);

/// What a shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShapeKind {
    /// The distance of two points.
    Length,
    /// The angle at the second of three points.
    Angle,
    /// The angle between two lines of two points each (Cobb).
    Cobb,
    /// The ellipse in the rectangle of two corners.
    Ellipse,
    /// The rectangle of two corners.
    Rectangle,
    /// A region of straight edges.
    Polygon,
    /// A region drawn freely.
    Freehand,
    /// One pixel.
    Point,
    /// From its tail to its head.
    Arrow,
    /// Straight segments.
    Polyline,
    /// A smooth line through every point.
    Curve,
    /// Centre and a point on the circumference; round on the screen.
    Circle,
    /// A text at a point, or in the rectangle of two corners.
    Text,
}

impl ShapeKind {
    /// All, as the tools stand in their row.
    pub const ALL: [Self; 13] = [
        Self::Length,
        Self::Angle,
        Self::Cobb,
        Self::Ellipse,
        Self::Rectangle,
        Self::Polygon,
        Self::Freehand,
        Self::Point,
        Self::Arrow,
        Self::Polyline,
        Self::Curve,
        Self::Circle,
        Self::Text,
    ];

    /// How many points make it whole; `None` for those that end when their author says so.
    pub fn points(self) -> Option<usize> {
        match self {
            Self::Point => Some(1),
            Self::Length
            | Self::Ellipse
            | Self::Rectangle
            | Self::Arrow
            | Self::Circle
            | Self::Text => Some(2),
            Self::Angle => Some(3),
            Self::Cobb => Some(4),
            Self::Polygon | Self::Freehand | Self::Polyline | Self::Curve => None,
        }
    }

    /// Points without which an open-ended shape is nothing.
    pub fn points_min(self) -> usize {
        match self {
            Self::Polygon | Self::Freehand => 3,
            Self::Polyline | Self::Curve => 2,
            Self::Text => 1,
            other => other.points().unwrap_or(1),
        }
    }

    /// Whether the pixels inside are looked at.
    pub fn is_region(self) -> bool {
        matches!(
            self,
            Self::Ellipse | Self::Rectangle | Self::Polygon | Self::Freehand | Self::Circle
        )
    }

    /// Whether two points are opposite corners.
    pub fn has_corners(self) -> bool {
        matches!(self, Self::Ellipse | Self::Rectangle)
    }
}

/// A shape on an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What it is.
    pub kind: ShapeKind,
    /// Its points in image coordinates.
    pub points: Vec<Place>,
    /// What a text says; empty for all others.
    pub text: String,
}

/// Segments on a canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Their ends.
    pub places: Vec<Place>,
    /// Whether the inside belongs to it.
    pub filled: bool,
}

/// Canvas pixels of the head of an arrow.
const HEAD: f64 = 12.0;
/// Part of an arrow that its head takes at most.
const HEAD_PART: f64 = 0.6;
/// Coordinates are kept in parts of a pixel that single precision holds exactly, so that a state keeps them too.
const PARTS: f64 = 256.0;

/// A place as it is kept.
pub(super) fn kept((x, y): Place) -> Place {
    let kept = |at: f64| (at.clamp(-30_000.0, 60_000.0) * PARTS).round() / PARTS;
    (kept(x), kept(y))
}

impl Shape {
    /// A shape that begins at a point.
    pub fn begin(kind: ShapeKind, at: Place) -> Self {
        Self {
            kind,
            points: vec![kept(at)],
            text: String::new(),
        }
    }

    /// Whether it has all the points it needs.
    pub fn is_whole(&self) -> bool {
        let count = self.points.len();
        match self.kind.points() {
            Some(_) if self.kind == ShapeKind::Text => count >= 1,
            Some(wanted) => count == wanted,
            None => count >= self.kind.points_min(),
        }
    }

    /// Adds a point.
    pub fn push(&mut self, at: Place) {
        self.points.push(kept(at));
    }

    /// Moves the last point.
    pub fn set_last(&mut self, at: Place) {
        if let Some(last) = self.points.last_mut() {
            *last = kept(at);
        }
    }

    /// Moves all of it.
    pub fn shift(&mut self, (x, y): Place) {
        for point in &mut self.points {
            *point = kept((point.0 + x, point.1 + y));
        }
    }

    /// Where it can be taken hold of: its points, all four corners of what has corners; nothing on a line drawn freely.
    pub fn handles(&self) -> Vec<Place> {
        match (self.kind, &self.points[..]) {
            (ShapeKind::Freehand, _) => Vec::new(),
            (kind, [a, b]) if kind.has_corners() => vec![*a, (b.0, a.1), *b, (a.0, b.1)],
            (_, points) => points.to_vec(),
        }
    }

    /// Moves a handle.
    pub fn move_handle(&mut self, handle: usize, at: Place) {
        let at = kept(at);
        if self.kind.has_corners() && self.points.len() == 2 {
            let (column, row) = match handle {
                0 => (0, 0),
                1 => (1, 0),
                2 => (1, 1),
                _ => (0, 1),
            };
            self.points[column].0 = at.0;
            self.points[row].1 = at.1;
        } else if let Some(point) = self.points.get_mut(handle) {
            *point = at;
        }
    }

    /// What it looks like on a canvas to which `map` leads.
    pub fn paths(&self, map: impl Fn(Place) -> Place) -> Vec<Path> {
        let line = |places: Vec<Place>| Path {
            places,
            filled: false,
        };
        let places: Vec<Place> = self.points.iter().map(|point| map(*point)).collect();
        match (self.kind, &places[..]) {
            (ShapeKind::Cobb, [a, b, c, d]) => vec![line(vec![*a, *b]), line(vec![*c, *d])],
            (ShapeKind::Cobb, [a, b, ..]) => vec![line(vec![*a, *b])],
            (ShapeKind::Ellipse, [a, b]) => {
                let centre = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
                let across = ((b.0 - a.0) / 2.0, 0.0);
                let down = (0.0, (b.1 - a.1) / 2.0);
                vec![line(curve::ellipse(centre, across, down))]
            }
            (ShapeKind::Circle, [centre, rim]) => {
                let radius = (rim.0 - centre.0).hypot(rim.1 - centre.1);
                vec![line(curve::ellipse(*centre, (radius, 0.0), (0.0, radius)))]
            }
            (ShapeKind::Rectangle, [a, b]) => {
                vec![line(vec![*a, (b.0, a.1), *b, (a.0, b.1), *a])]
            }
            (ShapeKind::Polygon | ShapeKind::Freehand, [first, _, _, ..]) => {
                vec![line([&places[..], &[*first]].concat())]
            }
            (ShapeKind::Curve, [_, _, ..]) => vec![line(curve::smooth(&places, false))],
            (ShapeKind::Arrow, [tail, head]) => arrow(*tail, *head),
            (ShapeKind::Text, [_, _]) => Vec::new(),
            _ => vec![line(places)],
        }
    }
}

/// Shaft and head of an arrow.
fn arrow(tail: Place, head: Place) -> Vec<Path> {
    let way = (head.0 - tail.0, head.1 - tail.1);
    let length = way.0.hypot(way.1);
    if length == 0.0 {
        return Vec::new();
    }
    let size = HEAD.min(length * HEAD_PART);
    let unit = (way.0 / length, way.1 / length);
    let foot = (head.0 - unit.0 * size, head.1 - unit.1 * size);
    let side = (-unit.1 * size * 0.35, unit.0 * size * 0.35);
    let wings = [
        (foot.0 + side.0, foot.1 + side.1),
        (foot.0 - side.0, foot.1 - side.1),
    ];
    vec![
        Path {
            places: vec![tail, foot],
            filled: false,
        },
        Path {
            places: vec![head, wings[0], wings[1], head],
            filled: true,
        },
    ]
}

impl Path {
    /// How far a place is from it.
    pub fn distance(&self, at: Place) -> f64 {
        let segments = self.places.windows(2);
        let near = segments.map(|ends| distance_to_segment(at, ends[0], ends[1]));
        let ends = self.places.iter().map(|p| (p.0 - at.0).hypot(p.1 - at.1));
        near.chain(ends).fold(f64::INFINITY, f64::min)
    }
}

fn distance_to_segment(at: Place, from: Place, to: Place) -> f64 {
    let way = (to.0 - from.0, to.1 - from.1);
    let square = way.0 * way.0 + way.1 * way.1;
    let along = if square == 0.0 {
        0.0
    } else {
        (((at.0 - from.0) * way.0 + (at.1 - from.1) * way.1) / square).clamp(0.0, 1.0)
    };
    let nearest = (from.0 + along * way.0, from.1 + along * way.1);
    (at.0 - nearest.0).hypot(at.1 - nearest.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_move_without_the_opposite_one() {
        let mut shape = Shape::begin(ShapeKind::Rectangle, (2.0, 3.0));
        shape.push((8.0, 9.0));
        assert_eq!(shape.handles().len(), 4);
        shape.move_handle(1, (10.0, 1.0));
        assert_eq!(
            shape.handles(),
            [(2.0, 1.0), (10.0, 1.0), (10.0, 9.0), (2.0, 9.0)]
        );
    }

    #[test]
    fn places_are_kept_as_single_precision_holds_them() {
        let mut shape = Shape::begin(ShapeKind::Point, (1.0 / 3.0, 4095.123_456));
        shape.shift((1.0 / 7.0, 0.0));
        for (x, y) in shape.points {
            assert_eq!((f64::from(x as f32), f64::from(y as f32)), (x, y));
        }
    }

    #[test]
    fn a_path_is_as_far_as_its_nearest_segment() {
        let mut shape = Shape::begin(ShapeKind::Length, (0.0, 0.0));
        shape.push((10.0, 0.0));
        let paths = shape.paths(|at| at);
        assert_eq!(paths[0].distance((5.0, 3.0)), 3.0);
        assert_eq!(paths[0].distance((13.0, 4.0)), 5.0);
    }
}
