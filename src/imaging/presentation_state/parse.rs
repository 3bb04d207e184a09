//! Reads a state from its object (PS3.3 A.33.1.3; presentation.md sections 2, 8, 10, 13).
//!
//! Only what makes every gray or the whole state doubtful is refused; any other broken part is left out with a warning.

use std::collections::HashSet;
use std::sync::Arc;

use super::annotations;
use super::references::{ImageReference, Scoped};
use super::{
    Activation, DisplayedArea, GraphicLayer, PresentationState, SizeMode, StateError, StateVoi,
    StateWarning,
};
use crate::dicom::{DataSet, DicomFile, Tag, tags, uids};
use crate::imaging::grayscale::voi::read_windows;
use crate::imaging::grayscale::{LookupTable, Modality, Presentation};
use crate::imaging::overlay::{OverlayBits, OverlayPlane};
use crate::imaging::shutter::Shutter;

impl PresentationState {
    /// Reads a state.
    ///
    /// # Errors
    /// The object is of another class, or a lookup table has no descriptor or no entries.
    pub fn read(file: &DicomFile) -> Result<Self, StateError> {
        let data_set = &file.data_set;
        let text = |tag| data_set.text(tag).unwrap_or_default();
        let class = text(tags::SOP_CLASS_UID);
        if class != uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE {
            return Err(StateError::WrongClass(class));
        }
        let mut reader = Reader {
            file,
            data_set,
            warnings: Vec::new(),
        };
        reader.note_what_is_not_shown();
        let (overlays, replaced_groups) = reader.overlays();
        let shutter = reader.shutter(&overlays);
        let (rotation, flip) = reader.transformation();
        let annotations = annotations::read_all(file, &mut reader.warnings);
        let activations = reader.activations();
        let used = annotations.iter().map(|item| item.part.layer.as_str());
        let used = used.chain(
            activations
                .iter()
                .map(|activation| activation.layer.as_str()),
        );
        Ok(Self {
            sop_instance_uid: text(tags::SOP_INSTANCE_UID),
            label: text(tags::CONTENT_LABEL),
            description: text(tags::CONTENT_DESCRIPTION),
            creator: data_set
                .person_name(tags::CONTENT_CREATOR_NAME)
                .map(|name| name.alphabetic)
                .unwrap_or_default(),
            created: text(tags::PRESENTATION_CREATION_DATE)
                + &text(tags::PRESENTATION_CREATION_TIME),
            references: data_set
                .items(tags::REFERENCED_SERIES_SEQUENCE)
                .iter()
                .flat_map(ImageReference::read_all)
                .collect(),
            modality: reader.modality()?,
            modality_type: modality_type(data_set),
            voi: reader.voi()?,
            presentation: reader.presentation()?,
            shutter,
            overlays,
            replaced_groups,
            areas: reader.areas(),
            rotation,
            flip,
            layers: reader.layers(used),
            activations,
            annotations,
            warnings: reader.warnings,
        })
    }
}

struct Reader<'a> {
    file: &'a DicomFile,
    data_set: &'a DataSet,
    warnings: Vec<StateWarning>,
}

impl Reader<'_> {
    fn warn(&mut self, tag: Tag, reason: impl Into<String>) {
        self.warnings.push(StateWarning {
            tag,
            reason: reason.into(),
        });
    }

    /// Runs a reader that warns in words, and puts a tag to them.
    fn noting<T>(&mut self, tag: Tag, read: impl FnOnce(&mut Vec<String>) -> T) -> T {
        let mut words = Vec::new();
        let value = read(&mut words);
        for reason in words {
            self.warn(tag, reason);
        }
        value
    }

    /// What the class allows and is never shown.
    fn note_what_is_not_shown(&mut self) {
        if let Some(cut) = self.file.truncated {
            let tag = cut.tag.unwrap_or(tags::SOP_INSTANCE_UID);
            self.warn(tag, "the object breaks off here: later parts are missing");
        }
        if !self
            .data_set
            .items(tags::MASK_SUBTRACTION_SEQUENCE)
            .is_empty()
        {
            let reason = "mask subtraction is not supported: the frame is shown without it";
            self.warn(tags::MASK_SUBTRACTION_SEQUENCE, reason);
        }
        let curve = self.data_set.elements.iter().find(|element| {
            element.tag.group() & 0xFF00 == 0x5000 && element.tag.element() == 0x1001
        });
        if let Some(curve) = curve {
            self.warn(curve.tag, "retired curves are not shown");
        }
    }

    fn table(&mut self, sequence: Tag, item: &DataSet) -> Result<LookupTable, StateError> {
        let file = self.file;
        self.noting(sequence, |words| {
            LookupTable::read(item, file, false, words)
        })
        .map_err(|reason| StateError::LookupTable {
            tag: sequence,
            reason,
        })
    }

    fn modality(&mut self) -> Result<Modality, StateError> {
        let data_set = self.data_set;
        if let Some(item) = data_set.items(tags::MODALITY_LUT_SEQUENCE).first() {
            let table = self.table(tags::MODALITY_LUT_SEQUENCE, item)?;
            return Ok(Modality::Table(table));
        }
        let slope = data_set.element(tags::RESCALE_SLOPE).is_some();
        let intercept = data_set.element(tags::RESCALE_INTERCEPT).is_some();
        if slope != intercept {
            self.warn(
                tags::RESCALE_SLOPE,
                "slope or intercept is missing: 1 and 0",
            );
        }
        if (slope || intercept) && data_set.text(tags::RESCALE_TYPE).is_none() {
            self.warn(tags::RESCALE_TYPE, "missing: the unit is unknown");
        }
        let file = self.file;
        Ok(self.noting(tags::RESCALE_SLOPE, |words| {
            Modality::read(data_set, file, true, 0.0, words)
        }))
    }

    fn voi(&mut self) -> Result<Vec<Scoped<StateVoi>>, StateError> {
        let sequence = tags::SOFTCOPY_VOILUT_SEQUENCE;
        let mut parts = Vec::new();
        for item in self.data_set.items(sequence) {
            let table = item.items(tags::VOILUT_SEQUENCE).first();
            let part = match table {
                Some(table) => StateVoi::Table(self.table(tags::VOILUT_SEQUENCE, table)?),
                None => {
                    let windows =
                        self.noting(tags::WINDOW_WIDTH, |words| read_windows(item, words));
                    match windows.into_iter().next() {
                        Some(window) => StateVoi::Window(window),
                        None => {
                            self.warn(sequence, "neither table nor window: the whole range");
                            StateVoi::Unusable
                        }
                    }
                }
            };
            parts.push(Scoped {
                references: ImageReference::read_all(item),
                part,
            });
        }
        Ok(parts)
    }

    fn presentation(&mut self) -> Result<Presentation, StateError> {
        let sequence = tags::PRESENTATION_LUT_SEQUENCE;
        if let Some(item) = self.data_set.items(sequence).first() {
            let table = self.table(sequence, item)?;
            if table.first != 0 {
                self.warn(sequence, format!("first input {}: taken as 0", table.first));
            }
            return Ok(Presentation::Table(table));
        }
        let tag = tags::PRESENTATION_LUT_SHAPE;
        Ok(match self.data_set.text(tag).as_deref() {
            Some("IDENTITY") => Presentation::Identity,
            Some("INVERSE") => Presentation::Inverse,
            shape => {
                let shape = shape.unwrap_or("none").to_owned();
                self.warn(tag, format!("{shape}: IDENTITY"));
                Presentation::Identity
            }
        })
    }

    /// Planes of the state's own, and the groups it holds, usable or not.
    fn overlays(&mut self) -> (Vec<Arc<OverlayPlane>>, Vec<u16>) {
        let (data_set, file) = (self.data_set, self.file);
        let (mut planes, mut groups) = (Vec::new(), Vec::new());
        for group in (0x6000..=0x601E).step_by(2) {
            // an activation alone is about the image's plane
            let held = data_set.elements.iter().any(|element| {
                element.tag.group() == group && element.tag != Tag(group, OVERLAY_ACTIVATION_LAYER)
            });
            if !held {
                continue;
            }
            groups.push(group);
            match OverlayPlane::read(data_set, file, group, (0, 0)) {
                Ok(plane) if plane.rows == 0 || plane.columns == 0 => {
                    self.warn(Tag(group, 0x0010), "overlay left out: its size is missing");
                }
                Ok(plane) if matches!(plane.bits, OverlayBits::Embedded(_)) => {
                    self.warn(
                        Tag(group, 0x0102),
                        "overlay left out: a state has no pixels",
                    );
                }
                Ok(plane) => planes.push(Arc::new(plane)),
                Err(reason) => {
                    self.warn(Tag(group, 0x3000), format!("overlay left out: {reason}"));
                }
            }
        }
        (planes, groups)
    }

    fn shutter(&mut self, planes: &[Arc<OverlayPlane>]) -> Option<Arc<Shutter>> {
        let data_set = self.data_set;
        let group = data_set.int(tags::SHUTTER_OVERLAY_GROUP);
        let bitmap = planes
            .iter()
            .find(|plane| group == Some(i64::from(plane.group)));
        let shutter = self.noting(tags::SHUTTER_SHAPE, |words| {
            Shutter::read_with_bitmap(data_set, bitmap, words)
        })?;
        if data_set.int(tags::SHUTTER_PRESENTATION_VALUE).is_none() {
            self.warn(tags::SHUTTER_PRESENTATION_VALUE, "missing: black");
        }
        Some(Arc::new(shutter))
    }

    /// The planes to show; never that of the bitmap shutter.
    fn activations(&mut self) -> Vec<Activation> {
        let shutter_group = self.data_set.int(tags::SHUTTER_OVERLAY_GROUP);
        (0x6000..=0x601E)
            .step_by(2)
            .filter(|group| shutter_group != Some(i64::from(*group)))
            .filter_map(|group| {
                let layer = self.data_set.text(Tag(group, OVERLAY_ACTIVATION_LAYER))?;
                Some(Activation { group, layer })
            })
            .collect()
    }

    fn transformation(&mut self) -> (u8, bool) {
        let rotation = match self.data_set.int(tags::IMAGE_ROTATION) {
            None | Some(0) => 0,
            Some(90) => 1,
            Some(180) => 2,
            Some(270) => 3,
            Some(other) => {
                let reason = format!("{other} degrees ignored: no quarter turn");
                self.warn(tags::IMAGE_ROTATION, reason);
                0
            }
        };
        let flip = match self.data_set.text(tags::IMAGE_HORIZONTAL_FLIP).as_deref() {
            None | Some("N") => false,
            Some("Y") => true,
            Some(other) => {
                let reason = format!("{other:?} ignored: neither Y nor N");
                self.warn(tags::IMAGE_HORIZONTAL_FLIP, reason);
                false
            }
        };
        (rotation, flip)
    }

    fn areas(&mut self) -> Vec<Scoped<DisplayedArea>> {
        let mut areas = Vec::new();
        for item in self.data_set.items(tags::DISPLAYED_AREA_SELECTION_SEQUENCE) {
            let corner = |tag| match item.ints(tag)[..] {
                [column, row] => Some((within(column), within(row))),
                _ => None,
            };
            let corners = corner(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER)
                .zip(corner(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER));
            let Some((first, last)) = corners else {
                let tag = tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER;
                self.warn(tag, "area left out: a corner is missing");
                continue;
            };
            let spacing = positive_pair(item, tags::PRESENTATION_PIXEL_SPACING);
            areas.push(Scoped {
                references: ImageReference::read_all(item),
                part: DisplayedArea {
                    first,
                    last,
                    size_mode: self.size_mode(item, spacing),
                    aspect: self.aspect(item, spacing),
                },
            });
        }
        areas
    }

    fn size_mode(&mut self, item: &DataSet, spacing: Option<(f64, f64)>) -> SizeMode {
        let tag = tags::PRESENTATION_SIZE_MODE;
        let ratio = item.float(tags::PRESENTATION_PIXEL_MAGNIFICATION_RATIO);
        let ratio = ratio.filter(|ratio| *ratio > 0.0);
        match (item.text(tag).as_deref(), spacing, ratio) {
            (Some("SCALE TO FIT"), ..) => SizeMode::ScaleToFit,
            (Some("TRUE SIZE"), Some((_, horizontal)), _) => SizeMode::TrueSize(horizontal),
            (Some("MAGNIFY"), _, Some(ratio)) => SizeMode::Magnify(ratio),
            (mode, ..) => {
                let reason = match mode {
                    Some("TRUE SIZE") => "TRUE SIZE without pixel spacing: SCALE TO FIT".into(),
                    Some("MAGNIFY") => "MAGNIFY without its ratio: SCALE TO FIT".into(),
                    other => format!("{}: SCALE TO FIT", other.unwrap_or("none")),
                };
                self.warn(tag, reason);
                SizeMode::ScaleToFit
            }
        }
    }

    fn aspect(&mut self, item: &DataSet, spacing: Option<(f64, f64)>) -> f64 {
        let pair = spacing.or_else(|| positive_pair(item, tags::PRESENTATION_PIXEL_ASPECT_RATIO));
        let aspect = pair.map_or(1.0, |(vertical, horizontal)| vertical / horizontal);
        // an absurd ratio would only make an absurd picture
        if (0.02..=50.0).contains(&aspect) {
            return aspect;
        }
        let tag = tags::PRESENTATION_PIXEL_ASPECT_RATIO;
        self.warn(
            tag,
            format!("pixels {aspect} times as high as wide: square"),
        );
        1.0
    }

    /// Layers by order; those that are used but not defined come last, in white.
    fn layers<'n>(&mut self, used: impl Iterator<Item = &'n str>) -> Vec<GraphicLayer> {
        let mut layers: Vec<GraphicLayer> = Vec::new();
        for item in self.data_set.items(tags::GRAPHIC_LAYER_SEQUENCE) {
            let name = item.text(tags::GRAPHIC_LAYER).unwrap_or_default();
            let order = item.int(tags::GRAPHIC_LAYER_ORDER);
            if order.is_none() {
                self.warn(tags::GRAPHIC_LAYER_ORDER, "missing: drawn over the others");
            }
            if layers.iter().any(|layer| layer.name == name) {
                self.warn(
                    tags::GRAPHIC_LAYER,
                    format!("{name:?} twice: the first counts"),
                );
                continue;
            }
            layers.push(GraphicLayer {
                order: order.unwrap_or(i64::MAX),
                value: layer_value(item),
                description: item
                    .text(tags::GRAPHIC_LAYER_DESCRIPTION)
                    .unwrap_or_default(),
                name,
            });
        }
        layers.sort_by_key(|layer| layer.order);
        let mut known: HashSet<String> = layers.iter().map(|layer| layer.name.clone()).collect();
        for name in used {
            if known.insert(name.to_owned()) {
                let reason = format!("{name:?} is used but not defined: drawn last, in white");
                self.warn(tags::GRAPHIC_LAYER, reason);
                layers.push(GraphicLayer {
                    name: name.to_owned(),
                    order: i64::MAX,
                    value: 1.0,
                    description: String::new(),
                });
            }
        }
        layers
    }
}

/// What the values after the first stage are called; `US` means unspecified (PS3.3 C.11.1.1.2).
fn modality_type(data_set: &DataSet) -> String {
    let table = data_set.items(tags::MODALITY_LUT_SEQUENCE).first();
    let name = match table {
        Some(item) => item.text(tags::MODALITY_LUT_TYPE),
        None => data_set.text(tags::RESCALE_TYPE),
    };
    name.filter(|name| name != "US").unwrap_or_default()
}

/// Element of Overlay Activation Layer (60xx,1001).
pub(super) const OVERLAY_ACTIVATION_LAYER: u16 = 0x1001;

/// Graphic Layer Recommended Display RGB Value, retired.
const RGB_VALUE: Tag = Tag(0x0070, 0x0067);

/// Corners are SL; whatever else a writer put there, sizes stay computable.
fn within(place: i64) -> i64 {
    place.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
}

/// Vertical and horizontal value of a pair of positive numbers.
fn positive_pair(item: &DataSet, tag: Tag) -> Option<(f64, f64)> {
    match item.floats(tag)[..] {
        [vertical, horizontal] if vertical > 0.0 && horizontal > 0.0 => {
            Some((vertical, horizontal))
        }
        _ => None,
    }
}

/// P-Value of a layer: gray, else L of the CIELab colour, else luma of the retired RGB, else white (presentation.md section 10).
fn layer_value(item: &DataSet) -> f64 {
    let part = |value: &i64| (*value).clamp(0, 65535) as f64 / 65535.0;
    let gray = item.ints(tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE);
    let lab = item.ints(tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_CIE_LAB_VALUE);
    let rgb = item.ints(RGB_VALUE);
    if let Some(value) = gray.first().or_else(|| lab.first()) {
        return part(value);
    }
    match &rgb[..] {
        [red, green, blue] => 0.299 * part(red) + 0.587 * part(green) + 0.114 * part(blue),
        _ => 1.0,
    }
}
