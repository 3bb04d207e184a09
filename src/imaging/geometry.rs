//! Where an image lies in the patient and how big its pixels are (PS3.3 C.7.6.2, 10.7).
//!
//! Nothing here is guessed: without an orientation there are no letters, without a spacing there are no millimetres, and each
//! spacing knows its origin, because a length at the detector is no length in the patient (F7, F9).

use std::fmt;

use super::frame::FrameIndex;
use super::ultrasound::UltrasoundRegion;
use crate::dicom::{DataSet, tags};

/// Direction cosines and positions in the patient, left-posterior-head (PS3.3 C.7.6.2.1.1).
pub type Vector = [f64; 3];

/// A component of a direction smaller than this earns no letter: about six degrees.
const LETTER_COSINE_MIN: f64 = 0.1;

/// Where a spacing comes from, in the words of F7.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpacingOrigin {
    /// In the patient, or calibrated to it.
    Patient,
    /// At the detector; the magnification is not corrected.
    Detector,
    /// At the detector, divided by the Estimated Radiographic Magnification Factor.
    Magnification(f64),
    /// Of the calibrated regions of an ultrasound image.
    UltrasoundRegion,
    /// Of the sheet that was scanned.
    ScannedSheet,
    /// Of something whose length a person knows and typed.
    Manual,
}

impl fmt::Display for SpacingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patient => f.write_str("mm"),
            Self::Detector => f.write_str("mm at detector (no magnification correction)"),
            Self::Magnification(factor) => write!(f, "mm ERMF {factor:.2}"),
            Self::UltrasoundRegion => f.write_str("mm US region"),
            Self::ScannedSheet => f.write_str("mm on the scanned sheet"),
            Self::Manual => f.write_str("mm manual"),
        }
    }
}

/// How big a pixel is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Distance between rows, top to bottom.
    pub row_mm: f64,
    /// Distance between columns, left to right.
    pub column_mm: f64,
    /// What these millimetres are.
    pub origin: SpacingOrigin,
}

/// The place of one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plane {
    /// Image Position (Patient): centre of the first pixel.
    pub position: Option<Vector>,
    /// Image Orientation (Patient): unit vectors along a row and along a column.
    pub orientation: Option<[Vector; 2]>,
    /// Size of its pixels.
    pub spacing: Option<Spacing>,
    /// Slice Thickness.
    pub thickness_mm: Option<f64>,
}

impl Plane {
    /// The normal of the image plane; `None` without orientation.
    pub fn normal(&self) -> Option<Vector> {
        self.orientation.map(|[row, column]| cross(row, column))
    }

    /// The patient coordinates of a pixel position, 0.0 being the centre of the first pixel.
    pub fn patient_mm(&self, column: f64, row: f64) -> Option<Vector> {
        let (position, [along_row, along_column]) = (self.position?, self.orientation?);
        let spacing = self.spacing?;
        let (x, y) = (column * spacing.column_mm, row * spacing.row_mm);
        Some(std::array::from_fn(|i| {
            position[i] + along_row[i] * x + along_column[i] * y
        }))
    }
}

/// Letters for the four sides of the picture as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideLetters {
    /// Left side.
    pub left: String,
    /// Right side.
    pub right: String,
    /// Upper side.
    pub top: String,
    /// Lower side.
    pub bottom: String,
}

/// Geometry of the frames of one object; a single entry when all frames share it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Geometry {
    /// Frame of Reference UID.
    pub frame_of_reference: Option<String>,
    /// Image Laterality, else Laterality: `R`, `L`, `B` or empty.
    pub laterality: String,
    /// View: the code meaning's short form (`CC`, `MLO`) or View Position (`PA`, `LL`), else empty.
    pub view: String,
    /// Patient Orientation: directions of rows and of columns in letters.
    pub patient_orientation: Option<[String; 2]>,
    /// Calibrated regions of an ultrasound image.
    pub regions: Vec<UltrasoundRegion>,
    planes: Vec<Plane>,
}

impl Geometry {
    /// Reads the plane, spacing and orientation attributes, functional groups included.
    pub fn read(data_set: &DataSet) -> Self {
        let text = |tag| data_set.text(tag).unwrap_or_default();
        let laterality = [tags::IMAGE_LATERALITY, tags::LATERALITY]
            .into_iter()
            .find_map(|tag| data_set.text(tag))
            .or_else(|| anatomy_laterality(data_set))
            .unwrap_or_default();
        Self {
            frame_of_reference: data_set.text(tags::FRAME_OF_REFERENCE_UID),
            laterality,
            view: mammography_view(data_set).unwrap_or_else(|| text(tags::VIEW_POSITION)),
            patient_orientation: two_texts(data_set),
            regions: UltrasoundRegion::read_all(data_set),
            planes: planes(data_set),
        }
    }

    /// A geometry from its planes, one per frame or one for all.
    pub fn from_planes(planes: Vec<Plane>) -> Self {
        Self {
            planes,
            ..Self::default()
        }
    }

    /// The place of a frame; all frames share the only entry.
    pub fn plane(&self, frame: FrameIndex) -> &Plane {
        static UNKNOWN: Plane = Plane {
            position: None,
            orientation: None,
            spacing: None,
            thickness_mm: None,
        };
        let index = if self.planes.len() == 1 {
            0
        } else {
            frame.0 as usize
        };
        self.planes.get(index).unwrap_or(&UNKNOWN)
    }

    /// Letters on the four sides after turning by `quarter_turns` clockwise and then flipping left-right; `None` when unknown (F9).
    pub fn side_letters(
        &self,
        frame: FrameIndex,
        quarter_turns: u8,
        flipped: bool,
    ) -> Option<SideLetters> {
        let [right, bottom] = match self.plane(frame).orientation {
            Some([row, column]) => [letters(row), letters(column)],
            None => self.patient_orientation.clone()?,
        };
        let mut sides = SideLetters {
            left: opposite(&right)?,
            top: opposite(&bottom)?,
            right,
            bottom,
        };
        for _ in 0..quarter_turns % 4 {
            sides = SideLetters {
                top: sides.left,
                right: sides.top,
                bottom: sides.right,
                left: sides.bottom,
            };
        }
        if flipped {
            std::mem::swap(&mut sides.left, &mut sides.right);
        }
        Some(sides)
    }
}

/// Up to three letters for a direction, the strongest component first (PS3.3 C.7.6.1.1.1).
pub fn letters(direction: Vector) -> String {
    let mut parts: Vec<(f64, char)> = direction
        .iter()
        .zip([['L', 'R'], ['P', 'A'], ['H', 'F']])
        .map(|(&value, [plus, minus])| (value.abs(), if value > 0.0 { plus } else { minus }))
        .filter(|(size, _)| *size >= LETTER_COSINE_MIN)
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.into_iter().map(|(_, letter)| letter).collect()
}

/// The letters of the opposite direction; `None` for letters that are not of a biped.
fn opposite(letters: &str) -> Option<String> {
    letters
        .chars()
        .map(|letter| {
            Some(match letter {
                'L' => 'R',
                'R' => 'L',
                'P' => 'A',
                'A' => 'P',
                'H' => 'F',
                'F' => 'H',
                _ => return None,
            })
        })
        .collect()
}

/// Vector product.
pub fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// Scalar product.
pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn planes(data_set: &DataSet) -> Vec<Plane> {
    let whole = plane(data_set);
    let per_frame = data_set.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    let shared = data_set
        .items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE)
        .first();
    let common = shared.map_or(whole.clone(), |group| grouped_plane(group, &whole));
    if per_frame.is_empty() {
        return vec![common];
    }
    per_frame
        .iter()
        .map(|group| grouped_plane(group, &common))
        .collect()
}

/// Functional groups overrule what applies to all frames (PS3.3 C.7.6.16.2).
fn grouped_plane(group: &DataSet, base: &Plane) -> Plane {
    let first = |tag| group.items(tag).first();
    let measures = first(tags::PIXEL_MEASURES_SEQUENCE);
    let position =
        first(tags::PLANE_POSITION_SEQUENCE).and_then(|i| vector(i, tags::IMAGE_POSITION_PATIENT));
    Plane {
        position: position.or(base.position),
        orientation: first(tags::PLANE_ORIENTATION_SEQUENCE)
            .and_then(orientation)
            .or(base.orientation),
        spacing: measures.and_then(spacing).or(base.spacing),
        thickness_mm: measures
            .and_then(|item| item.float(tags::SLICE_THICKNESS))
            .or(base.thickness_mm),
    }
}

fn plane(data_set: &DataSet) -> Plane {
    Plane {
        position: vector(data_set, tags::IMAGE_POSITION_PATIENT),
        orientation: orientation(data_set),
        spacing: spacing(data_set),
        thickness_mm: data_set.float(tags::SLICE_THICKNESS),
    }
}

fn vector(data_set: &DataSet, tag: crate::dicom::Tag) -> Option<Vector> {
    data_set.floats(tag).try_into().ok()
}

/// Row and column directions, if they are unit vectors and at right angles, within what files contain.
fn orientation(data_set: &DataSet) -> Option<[Vector; 2]> {
    let cosines: [f64; 6] = data_set
        .floats(tags::IMAGE_ORIENTATION_PATIENT)
        .try_into()
        .ok()?;
    let row = [cosines[0], cosines[1], cosines[2]];
    let column = [cosines[3], cosines[4], cosines[5]];
    let unit = |v: Vector| (dot(v, v) - 1.0).abs() < 0.05;
    (unit(row) && unit(column) && dot(row, column).abs() < 0.05).then_some([row, column])
}

fn positive_pair(data_set: &DataSet, tag: crate::dicom::Tag) -> Option<[f64; 2]> {
    let pair: [f64; 2] = data_set.floats(tag).try_into().ok()?;
    pair.iter().all(|v| *v > 0.0).then_some(pair)
}

/// Which spacing counts, and what it means (PS3.3 10.7.1.3).
fn spacing(data_set: &DataSet) -> Option<Spacing> {
    let made = |[row_mm, column_mm]: [f64; 2], origin| Spacing {
        row_mm,
        column_mm,
        origin,
    };
    let calibrated = positive_pair(data_set, tags::PIXEL_SPACING);
    let imager = positive_pair(data_set, tags::IMAGER_PIXEL_SPACING);
    match (calibrated, imager) {
        (Some(pair), Some(detector)) if pair != detector => {
            Some(made(pair, SpacingOrigin::Patient))
        }
        (_, Some(detector)) => Some(at_detector(data_set, detector)),
        (Some(pair), None) => Some(made(pair, projection_origin(data_set))),
        (None, None) => ultrasound_spacing(data_set).or_else(|| {
            positive_pair(data_set, tags::NOMINAL_SCANNED_PIXEL_SPACING)
                .map(|pair| made(pair, SpacingOrigin::ScannedSheet))
        }),
    }
}

/// Pixel Spacing alone, of a projection image without a calibration type, was measured at the front of the detector.
fn projection_origin(data_set: &DataSet) -> SpacingOrigin {
    let modality = data_set.text(tags::MODALITY).unwrap_or_default();
    let projection = matches!(
        modality.as_str(),
        "CR" | "DX" | "MG" | "IO" | "PX" | "XA" | "RF"
    );
    let calibrated = data_set
        .text(tags::PIXEL_SPACING_CALIBRATION_TYPE)
        .is_some();
    if projection && !calibrated {
        SpacingOrigin::Detector
    } else {
        SpacingOrigin::Patient
    }
}

fn at_detector(data_set: &DataSet, [row, column]: [f64; 2]) -> Spacing {
    let factor = data_set
        .float(tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR)
        .filter(|factor| *factor >= 1.0);
    match factor {
        Some(factor) => Spacing {
            row_mm: row / factor,
            column_mm: column / factor,
            origin: SpacingOrigin::Magnification(factor),
        },
        None => Spacing {
            row_mm: row,
            column_mm: column,
            origin: SpacingOrigin::Detector,
        },
    }
}

/// The spacing of the two-dimensional tissue regions, when they all agree (PS3.3 C.8.5.5).
fn ultrasound_spacing(data_set: &DataSet) -> Option<Spacing> {
    const TISSUE: i64 = 1;
    const CENTIMETRES: i64 = 3;
    let mut found: Option<[f64; 2]> = None;
    for region in data_set.items(tags::SEQUENCE_OF_ULTRASOUND_REGIONS) {
        let says = |tag, value| region.int(tag) == Some(value);
        if !says(tags::REGION_SPATIAL_FORMAT, TISSUE)
            || !says(tags::PHYSICAL_UNITS_X_DIRECTION, CENTIMETRES)
            || !says(tags::PHYSICAL_UNITS_Y_DIRECTION, CENTIMETRES)
        {
            continue;
        }
        let delta = |tag| region.float(tag).map(|cm: f64| cm.abs() * 10.0);
        let pair = [
            delta(tags::PHYSICAL_DELTA_Y)?,
            delta(tags::PHYSICAL_DELTA_X)?,
        ];
        if pair.contains(&0.0) || found.is_some_and(|other| !close(other, pair)) {
            return None;
        }
        found = Some(pair);
    }
    found.map(|[row_mm, column_mm]| Spacing {
        row_mm,
        column_mm,
        origin: SpacingOrigin::UltrasoundRegion,
    })
}

fn close(a: [f64; 2], b: [f64; 2]) -> bool {
    a.iter()
        .zip(b)
        .all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs())
}

fn two_texts(data_set: &DataSet) -> Option<[String; 2]> {
    let values: [String; 2] = data_set.texts(tags::PATIENT_ORIENTATION).try_into().ok()?;
    values.iter().all(|v| !v.is_empty()).then_some(values)
}

fn anatomy_laterality(data_set: &DataSet) -> Option<String> {
    let group = data_set
        .items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE)
        .first()?;
    group
        .items(tags::FRAME_ANATOMY_SEQUENCE)
        .first()?
        .text(tags::FRAME_LATERALITY)
}

/// The short form of a mammography View Code Sequence (PS3.16 CID 4014), without its modifiers.
fn mammography_view(data_set: &DataSet) -> Option<String> {
    const SHORT_FORMS: [(&str, &str); 6] = [
        ("cranio-caudal", "CC"),
        ("medio-lateral oblique", "MLO"),
        ("medio-lateral", "ML"),
        ("latero-medial oblique", "LMO"),
        ("latero-medial", "LM"),
        ("exaggerated cranio-caudal", "XCC"),
    ];
    let meaning = data_set
        .items(tags::VIEW_CODE_SEQUENCE)
        .first()?
        .text(tags::CODE_MEANING)?
        .to_lowercase();
    SHORT_FORMS
        .iter()
        .find(|(long, _)| *long == meaning)
        .map(|(_, short)| (*short).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIAL: [Vector; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

    fn with_orientation(orientation: [Vector; 2]) -> Geometry {
        Geometry::from_planes(vec![Plane {
            orientation: Some(orientation),
            ..Plane::default()
        }])
    }

    fn shown(geometry: &Geometry, quarter_turns: u8, flipped: bool) -> String {
        let sides = geometry
            .side_letters(FrameIndex(0), quarter_turns, flipped)
            .expect("orientation is known");
        // Clockwise from the top.
        [sides.top, sides.right, sides.bottom, sides.left].join(" ")
    }

    #[test]
    fn letters_follow_all_eight_states_of_an_axial_image() {
        let axial = with_orientation(AXIAL);
        assert_eq!(shown(&axial, 0, false), "A L P R");
        assert_eq!(shown(&axial, 1, false), "R A L P");
        assert_eq!(shown(&axial, 2, false), "P R A L");
        assert_eq!(shown(&axial, 3, false), "L P R A");
        assert_eq!(shown(&axial, 0, true), "A R P L");
        assert_eq!(shown(&axial, 1, true), "R P L A");
        assert_eq!(shown(&axial, 2, true), "P L A R");
        assert_eq!(shown(&axial, 3, true), "L A R P");
    }

    #[test]
    fn coronal_and_sagittal_images_have_head_on_top() {
        let coronal = with_orientation([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]);
        assert_eq!(shown(&coronal, 0, false), "H L F R");
        let sagittal = with_orientation([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]);
        assert_eq!(shown(&sagittal, 0, false), "H P F A");
    }

    #[test]
    fn an_oblique_direction_has_its_strongest_letter_first() {
        assert_eq!(letters([0.3, -0.9, 0.316]), "AHL");
        assert_eq!(letters([1.0, 0.05, 0.0]), "L");
    }

    #[test]
    fn patient_orientation_serves_where_no_vectors_are() {
        let mut projection = Geometry {
            patient_orientation: Some(["L".to_owned(), "F".to_owned()]),
            ..Geometry::default()
        };
        assert_eq!(shown(&projection, 0, false), "H L F R");
        assert_eq!(shown(&projection, 0, true), "H R F L");
        projection.patient_orientation = Some(["LE".to_owned(), "V".to_owned()]);
        assert_eq!(projection.side_letters(FrameIndex(0), 0, false), None);
        assert_eq!(
            Geometry::default().side_letters(FrameIndex(0), 0, false),
            None
        );
    }

    #[test]
    fn a_pixel_knows_its_place_in_the_patient() {
        let plane = Plane {
            position: Some([-100.0, -50.0, 30.0]),
            orientation: Some(AXIAL),
            spacing: Some(Spacing {
                row_mm: 0.5,
                column_mm: 0.25,
                origin: SpacingOrigin::Patient,
            }),
            thickness_mm: None,
        };
        assert_eq!(plane.patient_mm(4.0, 2.0), Some([-99.0, -49.0, 30.0]));
        assert_eq!(plane.normal(), Some([0.0, 0.0, 1.0]));
    }

    #[test]
    fn every_spacing_says_what_its_millimetres_are() {
        assert_eq!(SpacingOrigin::Patient.to_string(), "mm");
        assert_eq!(
            SpacingOrigin::Magnification(1.3).to_string(),
            "mm ERMF 1.30"
        );
    }
}
