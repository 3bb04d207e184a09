//! Shapes as annotations of a presentation state (presentation.md section 15): graphics in pixels of the image, words beside
//! them.

use super::labels::{Label, place_labels};
use super::shape::{Shape, ShapeKind, kept};
use crate::imaging::annotation::{
    Anchor, Annotation, AnnotationUnits, BoundingBox, Graphic, GraphicType, Justification,
    TextObject,
};
use crate::imaging::display_plan::View;
use crate::imaging::raster::text::Block;

/// Letters of words beside a shape, in canvas pixels, as a text without a box is drawn.
const LETTERS: f64 = 14.0;
/// How far such a text lies right of and below its anchor.
const ANCHOR_OFFSET: f64 = 4.0;

impl Shape {
    /// The annotations of shapes with their words, as they lie in a view.
    pub fn annotations(shapes: &[(&Self, Vec<String>)], view: &View) -> Vec<Annotation> {
        let labels: Vec<Label> = shapes
            .iter()
            .map(|(shape, lines)| Label {
                shape: shape.bounds(|(x, y)| view.image_to_canvas(x, y)),
                size: Block::new(lines).extent(LETTERS),
            })
            .collect();
        // words outside the displayed area would be cut off
        let places = place_labels(&labels, view.visible_rectangle());
        let mut annotations = Vec::new();
        for ((shape, lines), place) in shapes.iter().zip(places) {
            annotations.extend(shape.graphics(view).into_iter().map(Annotation::Graphic));
            annotations.extend(shape.words(lines, place, view).map(Annotation::Text));
        }
        annotations
    }

    /// Left, upper, right and lower edge on a canvas.
    pub fn bounds(&self, map: impl Fn((f64, f64)) -> (f64, f64)) -> [f64; 4] {
        let paths = self.paths(&map);
        let drawn = paths.into_iter().flat_map(|path| path.places);
        let points = self.points.iter().map(|point| map(*point));
        let empty = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        drawn.chain(points).fold(empty, |[l, t, r, b], (x, y)| {
            [l.min(x), t.min(y), r.max(x), b.max(y)]
        })
    }

    fn graphics(&self, view: &View) -> Vec<Graphic> {
        let graphic = |kind, points: Vec<(f64, f64)>, filled| Graphic {
            kind,
            units: AnnotationUnits::Pixel,
            points,
            filled,
        };
        let line = |points| graphic(GraphicType::Polyline, points, false);
        match (self.kind, &self.points[..]) {
            (ShapeKind::Point, [at]) => vec![graphic(GraphicType::Point, vec![*at], false)],
            (ShapeKind::Cobb, [a, b, c, d]) => vec![line(vec![*a, *b]), line(vec![*c, *d])],
            (ShapeKind::Ellipse, [a, b]) => {
                let (x, y) = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
                let across = [(a.0, y), (b.0, y)];
                let down = [(x, a.1), (x, b.1)];
                // the major axis comes first
                let aspect = view.scale_down() / view.scale_across();
                let wide = (b.0 - a.0).abs() >= (b.1 - a.1).abs() * aspect;
                let axes = if wide { [across, down] } else { [down, across] };
                let points = axes.concat().into_iter().map(kept).collect();
                vec![graphic(GraphicType::Ellipse, points, false)]
            }
            (ShapeKind::Circle, [centre, rim]) => {
                vec![graphic(GraphicType::Circle, vec![*centre, *rim], false)]
            }
            (ShapeKind::Curve, points) => {
                vec![graphic(GraphicType::Interpolated, points.to_vec(), false)]
            }
            (ShapeKind::Rectangle, [a, b]) => {
                vec![line(vec![*a, (b.0, a.1), *b, (a.0, b.1), *a])]
            }
            (ShapeKind::Polygon | ShapeKind::Freehand, [first, _, _, ..]) => {
                vec![line([&self.points[..], &[*first]].concat())]
            }
            (ShapeKind::Arrow, _) => {
                let paths = self.paths(|(x, y)| view.image_to_canvas(x, y));
                let back = |(x, y)| kept(view.canvas_to_image_anywhere(x, y));
                let paths = paths.into_iter().map(|path| {
                    let points = path.places.into_iter().map(back).collect();
                    graphic(GraphicType::Polyline, points, path.filled)
                });
                paths.collect()
            }
            (ShapeKind::Text, _) => Vec::new(),
            (_, points) => vec![line(points.to_vec())],
        }
    }

    /// The words of a shape: a text in its box or at its point, those of a measurement where they were placed.
    fn words(&self, lines: &[String], place: (f64, f64), view: &View) -> Option<TextObject> {
        let text = if self.kind == ShapeKind::Text {
            self.text.clone()
        } else {
            lines.join("\n")
        };
        if text.trim().is_empty() {
            return None;
        }
        if let (ShapeKind::Text, [a, b]) = (self.kind, &self.points[..]) {
            return Some(TextObject {
                text,
                bounding_box: Some(BoundingBox {
                    units: AnnotationUnits::Pixel,
                    top_left: *a,
                    bottom_right: *b,
                    justification: Justification::Left,
                }),
                anchor: None,
            });
        }
        let point = match (self.kind, &self.points[..]) {
            (ShapeKind::Text, [at]) => *at,
            _ => {
                let (x, y) = (place.0 - ANCHOR_OFFSET, place.1 - ANCHOR_OFFSET);
                kept(view.canvas_to_image_anywhere(x, y))
            }
        };
        Some(TextObject {
            text,
            bounding_box: None,
            anchor: Some(Anchor {
                units: AnnotationUnits::Pixel,
                point,
                visible: false,
            }),
        })
    }
}
