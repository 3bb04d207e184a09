//! Items of the sequences of a state: references, areas, layers, graphics and texts.

use super::{NewArea, NewLayer, NewSize, NewState, PixelShape, ViewedImage};
use crate::dicom::{Builder, VR, tags};
use crate::imaging::annotation::{
    Annotation, AnnotationUnits, Graphic, GraphicType, Justification, TextObject,
};
use crate::imaging::grayscale::{LookupTable, Voi, VoiFunction};
use crate::imaging::presentation_state::{AnnotationItem, ImageReference, Scoped};

/// Items of Referenced Series Sequence (0008,1115): the images by series, in their order.
pub(super) fn series(state: &NewState) -> Vec<Builder> {
    let mut series: Vec<(&str, Vec<Builder>)> = Vec::new();
    for image in &state.images {
        let uid = image.identity.series_uid.as_str();
        let item = reference(image, image.frames.as_deref());
        match series.iter_mut().find(|(known, _)| *known == uid) {
            Some((_, items)) => items.push(item),
            None => series.push((uid, vec![item])),
        }
    }
    series
        .into_iter()
        .map(|(uid, images)| {
            Builder::new()
                .text(tags::SERIES_INSTANCE_UID, uid)
                .items(tags::REFERENCED_IMAGE_SEQUENCE, images)
        })
        .collect()
}

fn reference(image: &ViewedImage, frames: Option<&[i64]>) -> Builder {
    let item = Builder::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, &image.identity.class_uid)
        .text(
            tags::REFERENCED_SOP_INSTANCE_UID,
            &image.identity.instance_uid,
        );
    match frames {
        Some(frames) => item.ints(tags::REFERENCED_FRAME_NUMBER, frames),
        None => item,
    }
}

/// An item that is about some of the images.
fn scoped(state: &NewState, references: &[ImageReference]) -> Builder {
    let references = references.iter().filter_map(|wanted| {
        let mut images = state.images.iter();
        let image = images.find(|i| i.identity.instance_uid == wanted.sop_instance_uid)?;
        Some(reference(image, wanted.frames.as_deref()))
    });
    Builder::new().items(tags::REFERENCED_IMAGE_SEQUENCE, references.collect())
}

/// A lookup table item (PS3.3 C.11.1.1.1); its data are words, whatever they were.
pub(super) fn table(table: &LookupTable) -> Builder {
    // 65536 entries are written as 0, and a negative first input as its word
    let words = [
        (table.entries.len() & 0xFFFF) as u16,
        (table.first & 0xFFFF) as u16,
        table.bits as u16,
    ];
    let vr = if table.first < 0 { VR::SS } else { VR::US };
    let item = Builder::new()
        .words(tags::LUT_DESCRIPTOR, vr, words.to_vec())
        .words(tags::LUT_DATA, VR::OW, table.entries.to_vec());
    let explanation: String = table.explanation.chars().take(64).collect();
    if explanation.is_empty() {
        return item;
    }
    item.text(tags::LUT_EXPLANATION, &explanation)
}

/// Items of Softcopy VOI LUT Sequence (0028,3110).
pub(super) fn voi(state: &NewState) -> Vec<Builder> {
    let items = state.voi.iter().map(|part| {
        let item = scoped(state, &part.references);
        match &part.part {
            Voi::Identity { .. } => item,
            Voi::Table(voi) => item.sequence(tags::VOILUT_SEQUENCE, vec![table(voi)]),
            Voi::Window { window, function } => {
                let item = item
                    .floats(tags::WINDOW_CENTER, &[window.center])
                    .floats(tags::WINDOW_WIDTH, &[window.width]);
                match function {
                    VoiFunction::Linear => item,
                    VoiFunction::LinearExact => item.text(tags::VOILUT_FUNCTION, "LINEAR_EXACT"),
                    VoiFunction::Sigmoid => item.text(tags::VOILUT_FUNCTION, "SIGMOID"),
                }
            }
        }
    });
    items.collect()
}

/// Items of Displayed Area Selection Sequence (0070,005A).
pub(super) fn areas(state: &NewState) -> Vec<Builder> {
    let items = state.areas.iter().map(|part| {
        let (first, last) = corners(&part.part, state.rotation, state.flip);
        let item = scoped(state, &part.references)
            .ints(
                tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER,
                &[first.0, first.1],
            )
            .ints(
                tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER,
                &[last.0, last.1],
            );
        let item = match part.part.size {
            NewSize::ScaleToFit => item.text(tags::PRESENTATION_SIZE_MODE, "SCALE TO FIT"),
            NewSize::TrueSize => item.text(tags::PRESENTATION_SIZE_MODE, "TRUE SIZE"),
            NewSize::Magnify(ratio) => item.text(tags::PRESENTATION_SIZE_MODE, "MAGNIFY").floats(
                tags::PRESENTATION_PIXEL_MAGNIFICATION_RATIO,
                &[f64::from(ratio)],
            ),
        };
        match part.part.shape {
            PixelShape::Spacing(vertical, horizontal) => {
                item.floats(tags::PRESENTATION_PIXEL_SPACING, &[vertical, horizontal])
            }
            PixelShape::Ratio(vertical, horizontal) => item.ints(
                tags::PRESENTATION_PIXEL_ASPECT_RATIO,
                &[vertical, horizontal],
            ),
        }
    });
    items.collect()
}

/// Column and row of the pixels that end up top left and bottom right, after rotation and flip.
fn corners(area: &NewArea, rotation: u8, flip: bool) -> ((i64, i64), (i64, i64)) {
    let area = &area.area;
    let (x0, y0) = (area.x + 1, area.y + 1);
    let (x1, y1) = (area.x + area.width, area.y + area.height);
    // clockwise from the corner that the rotation brings to the top left
    let clockwise = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
    let shown = |corner: usize| clockwise[(corner + 4 - usize::from(rotation % 4)) % 4];
    if flip {
        (shown(1), shown(3))
    } else {
        (shown(0), shown(2))
    }
}

/// Items of Graphic Layer Sequence (0070,0060).
pub(super) fn layers(layers: &[NewLayer]) -> Vec<Builder> {
    let items = layers.iter().zip(1..).map(|(layer, order)| {
        let item = Builder::new()
            .text(tags::GRAPHIC_LAYER, &layer.name)
            .ints(tags::GRAPHIC_LAYER_ORDER, &[order])
            .ints(
                tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE,
                &[i64::from(layer.gray)],
            )
            .text(tags::GRAPHIC_LAYER_DESCRIPTION, layer.description);
        match layer.cie_lab {
            Some(lab) => item.ints(
                tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_CIE_LAB_VALUE,
                &lab.map(i64::from),
            ),
            None => item,
        }
    });
    items.collect()
}

/// Items of Graphic Annotation Sequence (0070,0001).
pub(super) fn annotations(state: &NewState) -> Vec<Builder> {
    let items = state.annotations.iter().map(|part| annotation(state, part));
    items.collect()
}

fn annotation(state: &NewState, part: &Scoped<AnnotationItem>) -> Builder {
    let (mut graphics, mut texts) = (Vec::new(), Vec::new());
    for annotation in &part.part.annotations {
        match annotation {
            Annotation::Graphic(shape) => graphics.push(graphic(shape)),
            Annotation::Text(object) => texts.push(text(object)),
        }
    }
    scoped(state, &part.references)
        .text(tags::GRAPHIC_LAYER, &part.part.layer)
        .items(tags::GRAPHIC_OBJECT_SEQUENCE, graphics)
        .items(tags::TEXT_OBJECT_SEQUENCE, texts)
}

fn graphic(graphic: &Graphic) -> Builder {
    let points: Vec<f64> = graphic.points.iter().flat_map(|(x, y)| [*x, *y]).collect();
    let item = Builder::new()
        .text(tags::GRAPHIC_ANNOTATION_UNITS, units(graphic.units))
        .ints(tags::GRAPHIC_DIMENSIONS, &[2])
        .ints(
            tags::NUMBER_OF_GRAPHIC_POINTS,
            &[graphic.points.len() as i64],
        )
        .floats(tags::GRAPHIC_DATA, &points)
        .text(tags::GRAPHIC_TYPE, term(graphic.kind));
    if !graphic.is_closed() {
        return item;
    }
    item.text(tags::GRAPHIC_FILLED, if graphic.filled { "Y" } else { "N" })
}

fn text(object: &TextObject) -> Builder {
    let lines = object.lines().join("\r\n");
    let mut item = Builder::new().text(tags::UNFORMATTED_TEXT_VALUE, &lines);
    if let Some(place) = &object.bounding_box {
        let (first, last) = (place.top_left, place.bottom_right);
        let justification = match place.justification {
            Justification::Left => "LEFT",
            Justification::Center => "CENTER",
            Justification::Right => "RIGHT",
        };
        item = item
            .text(tags::BOUNDING_BOX_ANNOTATION_UNITS, units(place.units))
            .floats(tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER, &[first.0, first.1])
            .floats(
                tags::BOUNDING_BOX_BOTTOM_RIGHT_HAND_CORNER,
                &[last.0, last.1],
            )
            .text(
                tags::BOUNDING_BOX_TEXT_HORIZONTAL_JUSTIFICATION,
                justification,
            );
    }
    if let Some(anchor) = &object.anchor {
        let visible = if anchor.visible { "Y" } else { "N" };
        item = item
            .text(tags::ANCHOR_POINT_ANNOTATION_UNITS, units(anchor.units))
            .floats(tags::ANCHOR_POINT, &[anchor.point.0, anchor.point.1])
            .text(tags::ANCHOR_POINT_VISIBILITY, visible);
    }
    item
}

fn units(units: AnnotationUnits) -> &'static str {
    match units {
        AnnotationUnits::Pixel => "PIXEL",
        AnnotationUnits::Display => "DISPLAY",
    }
}

fn term(kind: GraphicType) -> &'static str {
    match kind {
        GraphicType::Point => "POINT",
        GraphicType::Polyline => "POLYLINE",
        GraphicType::Interpolated => "INTERPOLATED",
        GraphicType::Circle => "CIRCLE",
        GraphicType::Ellipse => "ELLIPSE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::display_plan::Area;

    #[test]
    fn corners_are_named_as_they_lie_on_the_display() {
        let area = NewArea {
            area: Area {
                x: 0,
                y: 0,
                width: 3,
                height: 2,
            },
            size: NewSize::ScaleToFit,
            shape: PixelShape::Ratio(1, 1),
        };
        let of = |rotation, flip| corners(&area, rotation, flip);
        assert_eq!(of(0, false), ((1, 1), (3, 2)));
        assert_eq!(of(1, false), ((1, 2), (3, 1)));
        assert_eq!(of(2, false), ((3, 2), (1, 1)));
        assert_eq!(of(3, false), ((3, 1), (1, 2)));
        assert_eq!(of(0, true), ((3, 1), (1, 2)));
        assert_eq!(of(1, true), ((1, 1), (3, 2)));
    }
}
