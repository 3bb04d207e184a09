//! Reads graphics and texts of a state (PS3.3 C.10.5); a broken one is left out alone, with a warning (presentation.md section 11).

use super::references::{ImageReference, Scoped};
use super::{AnnotationItem, StateWarning};
use crate::dicom::{DataSet, DicomFile, Element, Tag, Value, tags};
use crate::imaging::annotation::{
    Anchor, Annotation, AnnotationUnits, BoundingBox, Graphic, GraphicType, Justification,
    TextObject,
};

/// Points of all graphics of a state; further graphics are left out. The limits bound the time to draw a state made to take long.
const POINTS_MAX: usize = 65_536;
/// Characters of all its texts; one holds at most 1024 (PS3.5 §6.2, ST).
const CHARACTERS_MAX: usize = 65_536;
/// Texts and graphics of a state; further ones are left out.
const ANNOTATIONS_MAX: usize = 4096;

/// Reads all items of the Graphic Annotation Sequence (0070,0001).
pub(super) fn read_all(
    file: &DicomFile,
    warnings: &mut Vec<StateWarning>,
) -> Vec<Scoped<AnnotationItem>> {
    let mut reader = Reader {
        file,
        warnings,
        points_left: POINTS_MAX,
        characters_left: CHARACTERS_MAX,
        annotations_left: ANNOTATIONS_MAX,
    };
    let items = file.data_set.items(tags::GRAPHIC_ANNOTATION_SEQUENCE);
    items.iter().map(|item| reader.item(item)).collect()
}

struct Reader<'a> {
    file: &'a DicomFile,
    warnings: &'a mut Vec<StateWarning>,
    points_left: usize,
    characters_left: usize,
    annotations_left: usize,
}

/// Why one object is left out.
type Refusal = (Tag, String);

fn refusal<T>(tag: Tag, reason: impl Into<String>) -> Result<T, Refusal> {
    Err((tag, reason.into()))
}

impl Reader<'_> {
    fn item(&mut self, item: &DataSet) -> Scoped<AnnotationItem> {
        let mut annotations = Vec::new();
        for object in item.items(tags::GRAPHIC_OBJECT_SEQUENCE) {
            let graphic = self.graphic(object).map(Annotation::Graphic);
            annotations.extend(self.kept(graphic, "graphic"));
        }
        for object in item.items(tags::TEXT_OBJECT_SEQUENCE) {
            let text = self.text(object).map(Annotation::Text);
            annotations.extend(self.kept(text, "text"));
        }
        if !item.items(tags::COMPOUND_GRAPHIC_SEQUENCE).is_empty() {
            self.warnings.push(StateWarning {
                tag: tags::COMPOUND_GRAPHIC_SEQUENCE,
                reason: "compound graphics are shown by the simple ones beside them".into(),
            });
        }
        Scoped {
            references: ImageReference::read_all(item),
            part: AnnotationItem {
                layer: item.text(tags::GRAPHIC_LAYER).unwrap_or_default(),
                annotations,
            },
        }
    }

    fn kept(&mut self, read: Result<Annotation, Refusal>, what: &str) -> Option<Annotation> {
        let read = read.and_then(|annotation| match self.annotations_left.checked_sub(1) {
            Some(left) => {
                self.annotations_left = left;
                Ok(annotation)
            }
            None => refusal(
                tags::GRAPHIC_ANNOTATION_SEQUENCE,
                format!("more than {ANNOTATIONS_MAX} objects"),
            ),
        });
        match read {
            Ok(annotation) => Some(annotation),
            Err((tag, reason)) => {
                let reason = format!("{what} left out: {reason}");
                self.warnings.push(StateWarning { tag, reason });
                None
            }
        }
    }

    fn graphic(&mut self, object: &DataSet) -> Result<Graphic, Refusal> {
        let term = object.text(tags::GRAPHIC_TYPE).unwrap_or_default();
        let Some(kind) = GraphicType::from_term(&term) else {
            return refusal(tags::GRAPHIC_TYPE, format!("unknown type {term:?}"));
        };
        let Some(units) = units(object, tags::GRAPHIC_ANNOTATION_UNITS)? else {
            return refusal(tags::GRAPHIC_ANNOTATION_UNITS, "no units");
        };
        match object.int(tags::GRAPHIC_DIMENSIONS) {
            None | Some(2) => {}
            Some(dimensions) => {
                return refusal(tags::GRAPHIC_DIMENSIONS, format!("{dimensions} dimensions"));
            }
        }
        let numbers = self.numbers(object, tags::GRAPHIC_DATA);
        let given = numbers.len() / 2;
        let declared = object.int(tags::NUMBER_OF_GRAPHIC_POINTS);
        let count = declared.map_or(given, |n| usize::try_from(n).unwrap_or(0).min(given));
        if !kind.takes(count) {
            return refusal(
                tags::NUMBER_OF_GRAPHIC_POINTS,
                format!("{term} of {count} points"),
            );
        }
        if count > self.points_left {
            return refusal(tags::GRAPHIC_DATA, format!("more than {POINTS_MAX} points"));
        }
        self.points_left -= count;
        let pairs = numbers.as_chunks::<2>().0.iter().take(count);
        Ok(Graphic {
            kind,
            units,
            points: pairs.map(|[column, row]| (*column, *row)).collect(),
            filled: object.text(tags::GRAPHIC_FILLED).as_deref() == Some("Y"),
        })
    }

    fn text(&mut self, object: &DataSet) -> Result<TextObject, Refusal> {
        let text = object
            .text(tags::UNFORMATTED_TEXT_VALUE)
            .unwrap_or_default();
        if text.trim().is_empty() {
            return refusal(tags::UNFORMATTED_TEXT_VALUE, "no text");
        }
        let (bounding_box, anchor) = (bounding_box(object)?, anchor(object)?);
        if bounding_box.is_none() && anchor.is_none() {
            return refusal(
                tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER,
                "neither a box nor an anchor, with their units",
            );
        }
        let Some(left) = self.characters_left.checked_sub(text.chars().count()) else {
            let reason = format!("more than {CHARACTERS_MAX} characters");
            return refusal(tags::UNFORMATTED_TEXT_VALUE, reason);
        };
        self.characters_left = left;
        Ok(TextObject {
            text,
            bounding_box,
            anchor,
        })
    }

    /// Finite numbers, wherever they are held; none when malformed.
    fn numbers(&self, object: &DataSet, tag: Tag) -> Vec<f64> {
        let Some(
            element @ Element {
                value: Value::Long(_),
                ..
            },
        ) = object.element(tag)
        else {
            return object.floats(tag);
        };
        let Ok(bytes) = self.file.value_bytes(element) else {
            return Vec::new();
        };
        let held = Element {
            value: Value::Bytes(bytes.into()),
            ..element.clone()
        };
        DataSet::new(object.encoding, object.character_set.clone(), vec![held]).floats(tag)
    }
}

/// Units of coordinates; `None` when absent.
fn units(object: &DataSet, tag: Tag) -> Result<Option<AnnotationUnits>, Refusal> {
    match object.text(tag).as_deref() {
        None => Ok(None),
        Some("PIXEL") => Ok(Some(AnnotationUnits::Pixel)),
        Some("DISPLAY") => Ok(Some(AnnotationUnits::Display)),
        Some(other) => refusal(tag, format!("unknown units {other:?}")),
    }
}

fn pair(object: &DataSet, tag: Tag) -> Option<(f64, f64)> {
    match object.floats(tag)[..] {
        [column, row] => Some((column, row)),
        _ => None,
    }
}

fn bounding_box(object: &DataSet) -> Result<Option<BoundingBox>, Refusal> {
    let justification_tag = tags::BOUNDING_BOX_TEXT_HORIZONTAL_JUSTIFICATION;
    let parts = (
        units(object, tags::BOUNDING_BOX_ANNOTATION_UNITS)?,
        pair(object, tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER),
        pair(object, tags::BOUNDING_BOX_BOTTOM_RIGHT_HAND_CORNER),
    );
    let (Some(units), Some(top_left), Some(bottom_right)) = parts else {
        return Ok(None);
    };
    Ok(Some(BoundingBox {
        units,
        top_left,
        bottom_right,
        justification: match object.text(justification_tag).as_deref() {
            Some("CENTER") => Justification::Center,
            Some("RIGHT") => Justification::Right,
            _ => Justification::Left,
        },
    }))
}

fn anchor(object: &DataSet) -> Result<Option<Anchor>, Refusal> {
    let units = units(object, tags::ANCHOR_POINT_ANNOTATION_UNITS)?;
    let point = pair(object, tags::ANCHOR_POINT);
    let visible = object.text(tags::ANCHOR_POINT_VISIBILITY).as_deref() == Some("Y");
    Ok(units.zip(point).map(|(units, point)| Anchor {
        units,
        point,
        visible,
    }))
}
