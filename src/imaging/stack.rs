//! Stacks: which images of a series page together, in which order, and whether their geometry can be trusted (V3, V4, F8).
//!
//! A stack never mixes orientations, sizes, echoes, b-values, temporal positions or views; an object with several frames is a
//! stack of its own. Splitting keeps the order of the index, sorting is stable, so equal inputs always give equal stacks.

use std::fmt;
use std::sync::Arc;

use super::frame::{FrameIndex, FrameKey};
use super::geometry::{Plane, Vector, dot};
use super::technique::short;
use super::{DecodeError, InstanceContents};

/// Directions that differ less than this are one orientation: about two and a half degrees.
const SAME_DIRECTION_COSINE_MIN: f64 = 0.999;
/// Two slices closer than this lie on each other.
const SAME_PLACE_MM: f64 = 0.01;
/// Spacings that differ by more than this part are uneven.
const UNEVEN_PART: f64 = 0.05;
/// A gap of this many spacings means that slices are missing.
const MISSING_SPACINGS: f64 = 1.5;

/// What the images are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SortKey {
    /// Position along the normal of the image planes; Instance Number where there is none.
    #[default]
    Position,
    /// Instance Number.
    InstanceNumber,
    /// Acquisition Time.
    AcquisitionTime,
    /// Echo Time.
    EchoTime,
    /// Trigger Time.
    TriggerTime,
}

impl SortKey {
    /// All, as the menu lists them.
    pub const ALL: [Self; 5] = [
        Self::Position,
        Self::InstanceNumber,
        Self::AcquisitionTime,
        Self::EchoTime,
        Self::TriggerTime,
    ];
}

/// The order of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SortOrder {
    /// By what.
    pub key: SortKey,
    /// Largest first.
    pub reversed: bool,
}

/// One displayable image: a frame of an object.
#[derive(Debug, Clone)]
pub struct StackImage {
    /// The object.
    pub instance: Arc<InstanceContents>,
    /// Which of its frames.
    pub frame: FrameIndex,
}

impl StackImage {
    /// What the engine knows it by.
    pub fn key(&self) -> FrameKey {
        FrameKey {
            instance: self.instance.sop_instance_uid.clone(),
            frame: self.frame,
        }
    }

    /// Its place in the patient.
    pub fn plane(&self) -> &Plane {
        self.instance.geometry.plane(self.frame)
    }

    fn location(&self, normal: Vector) -> Option<f64> {
        self.plane().position.map(|position| dot(position, normal))
    }
}

/// Images that page together.
#[derive(Debug, Clone)]
pub struct Stack {
    /// What tells it from the other stacks of its series, in words; empty when it is the only one.
    pub label: String,
    /// Its images in the order of `order`.
    pub images: Vec<StackImage>,
    /// Their order.
    pub order: SortOrder,
    /// What is wrong with its geometry (F8).
    pub finding: Option<GeometryFinding>,
    /// Set when it holds one object without an image, shown as a document.
    pub document: bool,
}

/// What is wrong with the spacing of a stack, naming two neighbours by Instance Number (F8).
#[derive(Debug, Clone, PartialEq)]
pub struct GeometryFinding {
    /// What it is.
    pub kind: FindingKind,
    /// Instance Numbers (frame numbers within one object) of the two slices.
    pub between: (String, String),
    /// Their distance.
    pub found_mm: f64,
    /// The usual distance in the stack.
    pub expected_mm: f64,
}

/// Kinds of wrong geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// A gap of one and a half spacings or more.
    Missing,
    /// Two slices at one place.
    Duplicate,
    /// Distances vary.
    Uneven,
}

impl fmt::Display for GeometryFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = &self.between;
        let words = match self.kind {
            FindingKind::Missing => "slices missing",
            FindingKind::Duplicate => "duplicate slices",
            FindingKind::Uneven => "spacing uneven",
        };
        write!(
            f,
            "{words} between {first} and {second}: {} mm, expected {} mm",
            short(self.found_mm, 2),
            short(self.expected_mm, 2)
        )
    }
}

impl Stack {
    /// Reorders it; images keep their order where the key says nothing.
    pub fn sort(&mut self, order: SortOrder) {
        self.order = order;
        let normal = self.common_normal();
        let value = |image: &StackImage| -> (Option<f64>, i64, u32) {
            let sequence = &image.instance.technique.sequence;
            let number = image.instance.instance_number.unwrap_or(i64::MAX);
            let key = match order.key {
                SortKey::Position => normal.and_then(|normal| image.location(normal)),
                SortKey::InstanceNumber => None,
                SortKey::AcquisitionTime => sequence.time_s,
                SortKey::EchoTime => sequence.echo_time_ms,
                SortKey::TriggerTime => sequence.trigger_time_ms,
            };
            (key, number, image.frame.0)
        };
        // Without a complete set of values the key would order half of the images: then the numbers decide.
        let complete = self.images.iter().all(|image| value(image).0.is_some());
        self.images.sort_by(|a, b| {
            let ((key_a, number_a, frame_a), (key_b, number_b, frame_b)) = (value(a), value(b));
            let by_key = match (complete, key_a, key_b) {
                (true, Some(a), Some(b)) => a.total_cmp(&b),
                _ => std::cmp::Ordering::Equal,
            };
            by_key.then((number_a, frame_a).cmp(&(number_b, frame_b)))
        });
        if order.reversed {
            self.images.reverse();
        }
    }

    /// The normal that all images share, if they do and more than one place along it is known.
    fn common_normal(&self) -> Option<Vector> {
        let normal = self.images.first()?.plane().normal()?;
        let shared = self.images.iter().all(|image| {
            let same = |other| dot(normal, other) > SAME_DIRECTION_COSINE_MIN;
            image.plane().normal().is_some_and(same) && image.plane().position.is_some()
        });
        shared.then_some(normal)
    }

    /// Distances along the normal between neighbours, judged (F8). Always by position, whatever the order shown.
    fn judge(&self) -> Option<GeometryFinding> {
        let normal = self.common_normal()?;
        let mut places: Vec<(f64, String)> = self
            .images
            .iter()
            .filter_map(|image| Some((image.location(normal)?, number_words(image))))
            .collect();
        if places.len() < 3 {
            return None;
        }
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut gaps: Vec<f64> = places.windows(2).map(|w| w[1].0 - w[0].0).collect();
        gaps.sort_by(f64::total_cmp);
        let expected_mm = gaps[gaps.len() / 2];
        if expected_mm < SAME_PLACE_MM {
            // Most images share a place: a series over time, not a volume.
            return None;
        }
        let findings = places.windows(2).filter_map(|pair| {
            let found_mm = pair[1].0 - pair[0].0;
            Some(GeometryFinding {
                kind: judge_gap(found_mm, expected_mm)?,
                between: (pair[0].1.clone(), pair[1].1.clone()),
                found_mm,
                expected_mm,
            })
        });
        findings.min_by_key(|finding| finding.kind as u8)
    }
}

fn judge_gap(found_mm: f64, expected_mm: f64) -> Option<FindingKind> {
    if found_mm < SAME_PLACE_MM {
        Some(FindingKind::Duplicate)
    } else if found_mm > MISSING_SPACINGS * expected_mm {
        Some(FindingKind::Missing)
    } else if (found_mm - expected_mm).abs() > (UNEVEN_PART * expected_mm).max(SAME_PLACE_MM) {
        Some(FindingKind::Uneven)
    } else {
        None
    }
}

fn number_words(image: &StackImage) -> String {
    let frames = image.instance.pixels.as_ref().map_or(1, |p| p.frames);
    match image.instance.instance_number {
        _ if frames > 1 => (image.frame.0 + 1).to_string(),
        Some(number) => number.to_string(),
        None => "?".to_owned(),
    }
}

/// What images of one stack have in common.
#[derive(Debug, Clone, PartialEq)]
struct Kinship {
    size: (u32, u32),
    orientation: Option<[Vector; 2]>,
    frame_of_reference: Option<String>,
    view: (String, String),
    echo: Option<i64>,
    b_value: Option<i64>,
    temporal_position: Option<i64>,
    localizer: bool,
}

impl Kinship {
    fn of(instance: &InstanceContents) -> Self {
        let sequence = &instance.technique.sequence;
        let geometry = &instance.geometry;
        Self {
            size: instance
                .pixels
                .as_ref()
                .map_or((0, 0), |p| (p.columns, p.rows)),
            orientation: geometry.plane(FrameIndex(0)).orientation,
            frame_of_reference: geometry.frame_of_reference.clone(),
            view: (geometry.laterality.clone(), geometry.view.clone()),
            echo: sequence.echo,
            b_value: sequence.b_value.map(|b| b.round() as i64),
            temporal_position: sequence.temporal_position,
            localizer: sequence.localizer,
        }
    }

    fn matches(&self, other: &Self) -> bool {
        let same_directions = match (self.orientation, other.orientation) {
            (Some(a), Some(b)) => a
                .iter()
                .zip(b)
                .all(|(a, b)| dot(*a, b) > SAME_DIRECTION_COSINE_MIN),
            (None, None) => true,
            _ => false,
        };
        same_directions
            && self
                == &Self {
                    orientation: self.orientation,
                    ..other.clone()
                }
    }
}

/// Splits a series into its stacks (V4), each in default order and judged.
pub fn split(instances: &[Arc<InstanceContents>]) -> Vec<Stack> {
    let mut kinships: Vec<Kinship> = instances.iter().map(|i| Kinship::of(i)).collect();
    forget_what_leaves_single_images(instances, &mut kinships);
    let mut groups: Vec<(Kinship, Vec<StackImage>)> = Vec::new();
    let mut alone: Vec<Stack> = Vec::new();
    for (instance, kinship) in instances.iter().zip(kinships) {
        let frames = instance.pixels.as_ref().map_or(1, |pixels| pixels.frames);
        let image = |frame| StackImage {
            instance: instance.clone(),
            frame: FrameIndex(frame),
        };
        let document = matches!(instance.pixels, Err(DecodeError::NoPixelData));
        if document || frames > 1 {
            alone.push(finished((0..frames).map(image).collect(), document));
        } else if let Some((_, images)) = groups.iter_mut().find(|(k, _)| k.matches(&kinship)) {
            images.push(image(0));
        } else {
            groups.push((kinship, vec![image(0)]));
        }
    }
    let labels = labels(&groups);
    let mut stacks: Vec<Stack> = groups
        .into_iter()
        .map(|(_, images)| finished(images, false))
        .collect();
    for (stack, label) in stacks.iter_mut().zip(labels) {
        stack.label = label;
    }
    let several = stacks.len() + alone.len() > 1;
    for mut stack in alone {
        if several {
            let first = &stack.images[0];
            stack.label = format!("#{}", number_of(&first.instance));
        }
        stacks.push(stack);
    }
    stacks
}

fn number_of(instance: &InstanceContents) -> String {
    instance
        .instance_number
        .map_or_else(|| "?".to_owned(), |number| number.to_string())
}

fn finished(images: Vec<StackImage>, document: bool) -> Stack {
    let mut stack = Stack {
        label: String::new(),
        images,
        order: SortOrder::default(),
        finding: None,
        document,
    };
    stack.sort(SortOrder::default());
    stack.finding = stack.judge();
    stack
}

/// A loop over time at one place has a temporal position, an echo or a b-value per image: there it separates nothing.
fn forget_what_leaves_single_images(instances: &[Arc<InstanceContents>], kinships: &mut [Kinship]) {
    let forget: [fn(&mut Kinship); 3] = [
        |kinship| kinship.temporal_position = None,
        |kinship| kinship.b_value = None,
        |kinship| kinship.echo = None,
    ];
    for forget in forget {
        let mut merged = kinships.to_vec();
        merged.iter_mut().for_each(forget);
        let groups = |kinships: &[Kinship]| {
            let mut heads: Vec<&Kinship> = Vec::new();
            for kinship in kinships {
                if !heads.iter().any(|head| head.matches(kinship)) {
                    heads.push(kinship);
                }
            }
            heads.len()
        };
        let (apart, together) = (groups(kinships), groups(&merged));
        if apart > together && apart == instances.len() {
            kinships.clone_from_slice(&merged);
        }
    }
}

/// Words for what differs between the stacks of a series.
fn labels(groups: &[(Kinship, Vec<StackImage>)]) -> Vec<String> {
    let differs = |same: fn(&Kinship, &Kinship) -> bool| {
        groups
            .iter()
            .any(|(kinship, _)| !same(kinship, &groups[0].0))
    };
    let view = differs(|a, b| a.view == b.view);
    let echo = differs(|a, b| a.echo == b.echo);
    let b_value = differs(|a, b| a.b_value == b.b_value);
    let temporal = differs(|a, b| a.temporal_position == b.temporal_position);
    let size = differs(|a, b| a.size == b.size);
    let orientation = differs(|a, b| a.orientation.is_some() == b.orientation.is_some())
        || differs(|a, b| match (a.orientation, b.orientation) {
            (Some(a), Some(b)) => dot(a[0], b[0]).min(dot(a[1], b[1])) > SAME_DIRECTION_COSINE_MIN,
            _ => true,
        });
    let label = |kinship: &Kinship, images: &[StackImage]| {
        let mut words: Vec<String> = Vec::new();
        if view {
            words.push(
                format!("{} {}", kinship.view.0, kinship.view.1)
                    .trim()
                    .to_owned(),
            );
        }
        if orientation {
            words.push(plane_words(images[0].plane()).to_owned());
        }
        if let (true, Some(time)) = (echo, images[0].instance.technique.sequence.echo_time_ms) {
            words.push(format!("TE {}", short(time, 1)));
        }
        if let (true, Some(b)) = (b_value, kinship.b_value) {
            words.push(format!("b {b}"));
        }
        if let (true, Some(position)) = (temporal, kinship.temporal_position) {
            words.push(format!("t {position}"));
        }
        if size {
            words.push(format!("{}×{}", kinship.size.0, kinship.size.1));
        }
        words.retain(|word| !word.is_empty());
        words.join(" ")
    };
    groups.iter().map(|(k, images)| label(k, images)).collect()
}

/// The plane an image lies in by its strongest direction; empty when unknown.
pub fn plane_words(plane: &Plane) -> &'static str {
    let Some(normal) = plane.normal() else {
        return "";
    };
    let [x, y, z] = normal.map(f64::abs);
    if z >= x && z >= y {
        "axial"
    } else if y >= x {
        "coronal"
    } else {
        "sagittal"
    }
}

#[cfg(test)]
mod tests;
