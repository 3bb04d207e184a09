//! Annotations: layers with graphics and text, painted at the resolution of the canvas (PS3.3 C.10.5; presentation.md sections 10
//! to 12). The shaders show the sheet made here; there is no second way to draw a line.

use super::curve;
use super::overlay;
use super::sheet::{Place, Sheet};
use super::text::{Block, Direction};
use crate::imaging::annotation::{
    Annotation, AnnotationUnits, BoundingBox, Graphic, GraphicType, Justification, TextObject,
};
use crate::imaging::display_plan::DisplayPlan;
use crate::imaging::frame::Frame;
use crate::imaging::view::View;

/// Radius of a point.
const POINT_RADIUS: f64 = 2.0;
/// Letters of a text without a box, in pixels.
const ANCHORED_SIZE: f64 = 14.0;
/// How far such a text lies right of and below its anchor.
const ANCHOR_OFFSET: f64 = 4.0;

/// Whether a plan has anything that must be painted at the resolution of the canvas.
pub fn is_annotated(plan: &DisplayPlan) -> bool {
    plan.layers
        .iter()
        .any(|layer| !layer.annotations.is_empty())
}

/// All layers of an annotated plan, overlay planes included, as one sheet over the canvas; `None` without annotations, when the
/// map of [`overlay::paint_map`] tells everything.
pub fn paint(plan: &DisplayPlan, frame: &Frame) -> Option<Sheet> {
    if !is_annotated(plan) || (frame.rows, frame.columns) != plan.image {
        return None;
    }
    let view = &plan.view;
    let mut sheet = Sheet::new(view.canvas, view.origin, view.size);
    let axes = view.axes(plan.image);
    for layer in &plan.layers {
        if let Some(map) = overlay::layer_map(plan, layer, frame) {
            overlay::paint_places(&axes, |canvas, place| {
                if map[place] >= 0.0 {
                    sheet.values[canvas] = map[place];
                }
            });
        }
        let value = layer.value as f32;
        for annotation in &layer.annotations {
            match annotation {
                Annotation::Graphic(graphic) => paint_graphic(&mut sheet, view, graphic, value),
                Annotation::Text(object) => paint_text(&mut sheet, view, object, value),
            }
        }
    }
    Some(sheet)
}

/// Where a point lies on the canvas.
fn place(view: &View, units: AnnotationUnits, (x, y): (f64, f64)) -> Place {
    match units {
        AnnotationUnits::Pixel => view.image_to_canvas(x, y),
        AnnotationUnits::Display => (
            view.origin.0 as f64 + x * view.size.0 as f64,
            view.origin.1 as f64 + y * view.size.1 as f64,
        ),
    }
}

fn paint_graphic(sheet: &mut Sheet, view: &View, graphic: &Graphic, value: f32) {
    let places = graphic.points.iter();
    let places: Vec<Place> = places
        .map(|point| place(view, graphic.units, *point))
        .collect();
    let path = match (graphic.kind, &places[..]) {
        (GraphicType::Point, [centre, ..]) => {
            sheet.disc(*centre, POINT_RADIUS, value);
            return;
        }
        (GraphicType::Circle, [centre, rim, ..]) => {
            let radius = (rim.0 - centre.0).hypot(rim.1 - centre.1);
            curve::ellipse(*centre, (radius, 0.0), (0.0, radius))
        }
        (GraphicType::Ellipse, [a, b, c, d, ..]) => {
            let centre = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            let half = |from: &Place, to: &Place| ((to.0 - from.0) / 2.0, (to.1 - from.1) / 2.0);
            curve::ellipse(centre, half(a, b), half(c, d))
        }
        (GraphicType::Interpolated, [_, _, ..]) => curve::smooth(&places, graphic.is_closed()),
        _ => places,
    };
    if graphic.filled && graphic.is_closed() {
        sheet.fill(&path, value);
    }
    sheet.stroke(&path, value);
}

fn paint_text(sheet: &mut Sheet, view: &View, object: &TextObject, value: f32) {
    let anchor = object
        .anchor
        .map(|anchor| place(view, anchor.units, anchor.point));
    let anchor_shows = anchor.is_some_and(|anchor| sheet.shows(anchor, anchor));
    let block = Block::new(&object.lines());
    let Some(bounding_box) = object.bounding_box else {
        if let Some(anchor) = anchor.filter(|_| anchor_shows) {
            let start = (anchor.0 + ANCHOR_OFFSET, anchor.1 + ANCHOR_OFFSET);
            let direction = Direction::between(start, start);
            let length = block.extent(ANCHORED_SIZE).0;
            block.paint(
                sheet,
                &direction,
                (length, Justification::Left),
                ANCHORED_SIZE,
                value,
            );
        }
        return;
    };
    let (first, last) = corners(view, &bounding_box);
    if !anchor_shows && !sheet.shows(first, last) {
        return;
    }
    let direction = Direction::between(first, last);
    let (wide, high) = ((last.0 - first.0).abs(), (last.1 - first.1).abs());
    let (length, depth) = if direction.is_level() {
        (wide, high)
    } else {
        (high, wide)
    };
    let size = block.size_for(length, depth);
    block.paint(
        sheet,
        &direction,
        (length, bounding_box.justification),
        size,
        value,
    );
    let visible = object.anchor.is_some_and(|anchor| anchor.visible);
    if let Some(anchor) = anchor.filter(|_| visible) {
        let nearest = (
            anchor.0.clamp(first.0.min(last.0), first.0.max(last.0)),
            anchor.1.clamp(first.1.min(last.1), first.1.max(last.1)),
        );
        sheet.stroke(&[anchor, nearest], value);
    }
}

fn corners(view: &View, bounding_box: &BoundingBox) -> (Place, Place) {
    (
        place(view, bounding_box.units, bounding_box.top_left),
        place(view, bounding_box.units, bounding_box.bottom_right),
    )
}
