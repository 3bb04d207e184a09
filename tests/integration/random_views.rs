//! Random view states of images of many kinds, made into presentation state objects: the round trip of presentation.md
//! section 15 plays them, and DCMTK judges them.

use std::sync::Arc;

use dgscope::dicom::{DicomFile, Encoding, ScanOptions, Tag, TransferSyntax, Uid, VR, tags, uids};
use dgscope::imaging::annotation::{
    Anchor, Annotation, AnnotationUnits, BoundingBox, Graphic, GraphicType, Justification,
    TextObject,
};
use dgscope::imaging::display_plan::{Layer, View};
use dgscope::imaging::presentation_state::create::{
    self, AreaChoice, ContentLabel, Heading, ImageIdentity, NewSize, NewState, ViewedFrame,
};
use dgscope::imaging::shutter::{Shutter, ShutterShape};
use dgscope::imaging::{
    Adjustments, DisplayAttributes, DisplayPlan, FrameIndex, Image, Interpolation, VoiChoice,
    Window, Zoom,
};
use dgscope::phantom::Builder;

/// Numbers that are the same on every machine (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.int(0, 99) < percent
    }

    /// A number with two binary places, as coordinates that were drawn.
    fn place(&mut self, low: i64, high: i64) -> f64 {
        self.int(low * 4, high * 4) as f64 / 4.0
    }
}

// Their texts have no letter whose UTF-8 has a byte from 80 to 9F: dcmpschk takes such bytes for control characters, whatever
// the character set of the object.

/// Size of a canvas pixel for TRUE SIZE.
pub const PITCH_MM: f64 = 0.25;
/// Root of the UIDs of these images.
const ROOT: &str = "1.2.826.0.1.3680043.2.406.9.79";

fn common(kind: u32, class: &str, (rows, columns): (i64, i64)) -> Builder {
    Builder::new()
        .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 100")
        .text(tags::SOP_CLASS_UID, class)
        .text(tags::SOP_INSTANCE_UID, &format!("{ROOT}.1.1.{kind}"))
        .text(tags::STUDY_DATE, "20240229")
        .text(tags::STUDY_TIME, "120000")
        .text(tags::ACCESSION_NUMBER, "A79")
        .text(tags::MODALITY, "OT")
        .raw(tags::PATIENT_NAME, VR::PN, b"PHANTOM^\xE9tat".to_vec())
        .text(tags::PATIENT_ID, "DGSCOPE-79")
        .text(tags::PATIENT_BIRTH_DATE, "19500101")
        .text(tags::PATIENT_SEX, "O")
        .text(tags::STUDY_INSTANCE_UID, &format!("{ROOT}.1"))
        .text(tags::SERIES_INSTANCE_UID, &format!("{ROOT}.1.{kind}"))
        .text(tags::STUDY_ID, "79")
        .ints(tags::SERIES_NUMBER, &[i64::from(kind)])
        .ints(tags::INSTANCE_NUMBER, &[1])
        .ints(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .ints(tags::ROWS, &[rows])
        .ints(tags::COLUMNS, &[columns])
        .ints(tags::BITS_ALLOCATED, &[16])
        .ints(tags::BITS_STORED, &[12])
        .ints(tags::HIGH_BIT, &[11])
        .ints(tags::PIXEL_REPRESENTATION, &[0])
        .words(
            tags::PIXEL_DATA,
            VR::OW,
            (0..rows * columns)
                .map(|n| ((n * 37 + n / columns * 91) % 4096) as u16)
                .collect(),
        )
}

fn lookup(first: i64, entries: usize, bits: i64) -> Builder {
    let largest = (1_u32 << bits) - 1;
    let data = (0..entries as u32).map(|n| ((n * n * 7 + n * 3) % (largest + 1)) as u16);
    Builder::new()
        .ints(
            tags::LUT_DESCRIPTOR,
            &[entries as i64 & 0xFFFF, first, bits],
        )
        .text(tags::LUT_EXPLANATION, "ODD")
        .words(tags::LUT_DATA, VR::OW, data.collect())
}

/// A CT slice: rescale to HU, two windows, no square pixels.
fn slice() -> Builder {
    common(1, uids::CT_IMAGE_STORAGE, (32, 48))
        .text(tags::MODALITY, "CT")
        .floats(tags::PIXEL_SPACING, &[0.7, 0.5])
        .floats(tags::RESCALE_INTERCEPT, &[-1024.0])
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .text(tags::RESCALE_TYPE, "HU")
        .text(tags::WINDOW_CENTER, "40\\-600.5")
        .text(tags::WINDOW_WIDTH, "400\\1500.25")
}

/// Signed values, white is low, padding, a VOI LUT with a negative first input.
fn signed() -> Builder {
    common(2, uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE, (40, 30))
        .text(tags::MODALITY, "CR")
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME1")
        .ints(tags::PIXEL_REPRESENTATION, &[1])
        .raw(
            tags::PIXEL_PADDING_VALUE,
            VR::SS,
            (-2048_i16).to_le_bytes().to_vec(),
        )
        .floats(tags::IMAGER_PIXEL_SPACING, &[0.2, 0.2])
        .sequence(tags::VOILUT_SEQUENCE, vec![lookup(-900, 1800, 10)])
        .text(tags::WINDOW_CENTER, "0")
        .text(tags::WINDOW_WIDTH, "0.5")
}

/// A modality LUT of 65536 entries' kin, an aspect ratio, shutters and overlays of its own.
fn covered() -> Builder {
    let plane: Vec<u8> = (0..24 * 36 / 8).map(|n| (n * 41 % 256) as u8).collect();
    common(3, uids::SECONDARY_CAPTURE_IMAGE_STORAGE, (24, 36))
        .text(tags::PIXEL_ASPECT_RATIO, "3\\7")
        .sequence(
            tags::MODALITY_LUT_SEQUENCE,
            vec![lookup(0, 4096, 12).text(tags::MODALITY_LUT_TYPE, "OD")],
        )
        .text(tags::SHUTTER_SHAPE, "RECTANGULAR\\CIRCULAR")
        .ints(tags::SHUTTER_LEFT_VERTICAL_EDGE, &[3])
        .ints(tags::SHUTTER_RIGHT_VERTICAL_EDGE, &[33])
        .ints(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, &[2])
        .ints(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, &[23])
        .ints(tags::CENTER_OF_CIRCULAR_SHUTTER, &[12, 18])
        .ints(tags::RADIUS_OF_CIRCULAR_SHUTTER, &[15])
        .ints(tags::SHUTTER_PRESENTATION_VALUE, &[30_000])
        .raw(Tag(0x6000, 0x0010), VR::US, 24_u16.to_le_bytes().to_vec())
        .raw(Tag(0x6000, 0x0011), VR::US, 36_u16.to_le_bytes().to_vec())
        .raw(Tag(0x6000, 0x0040), VR::CS, b"G ".to_vec())
        .raw(Tag(0x6000, 0x0050), VR::SS, vec![1, 0, 1, 0])
        .raw(Tag(0x6000, 0x0100), VR::US, vec![1, 0])
        .raw(Tag(0x6000, 0x0102), VR::US, vec![0, 0])
        .raw(Tag(0x6000, 0x3000), VR::OW, plane)
}

/// Three frames, an exact window.
fn frames() -> Builder {
    let words = (0..3 * 20 * 20).map(|n: u32| ((n * 53) % 4096) as u16);
    common(
        4,
        uids::MULTI_FRAME_GRAYSCALE_WORD_SECONDARY_CAPTURE_IMAGE_STORAGE,
        (20, 20),
    )
    .ints(tags::NUMBER_OF_FRAMES, &[3])
    .text(tags::WINDOW_CENTER, "2000.125")
    .text(tags::WINDOW_WIDTH, "900")
    .text(tags::VOILUT_FUNCTION, "LINEAR_EXACT")
    .words(tags::PIXEL_DATA, VR::OW, words.collect())
}

/// An image of the set, ready to be shown.
pub struct Subject {
    pub file: DicomFile,
    pub bytes: Vec<u8>,
    pub image: Image,
    pub attributes: DisplayAttributes,
    pub identity: ImageIdentity,
    pub spacing_mm: Option<(f64, f64)>,
}

/// One image of each kind.
pub fn subjects() -> Vec<Subject> {
    let builders = [slice(), signed(), covered(), frames()];
    builders.iter().map(subject).collect()
}

fn subject(builder: &Builder) -> Subject {
    let bytes = builder.file(TransferSyntax::native(Encoding::ExplicitLittle));
    let source = Arc::new(bytes.clone());
    let file = DicomFile::read(source, &ScanOptions::DISPLAY).expect("an object");
    let text = |tag| file.data_set.text(tag).unwrap_or_default();
    let image = Image::from_file(file.clone()).expect("an image");
    let spacing = [tags::PIXEL_SPACING, tags::IMAGER_PIXEL_SPACING]
        .into_iter()
        .find_map(|tag| match file.data_set.floats(tag)[..] {
            [vertical, horizontal] => Some((vertical, horizontal)),
            _ => None,
        });
    Subject {
        identity: ImageIdentity {
            class_uid: text(tags::SOP_CLASS_UID),
            instance_uid: text(tags::SOP_INSTANCE_UID),
            series_uid: text(tags::SERIES_INSTANCE_UID),
            frames: image.pixels.frames,
        },
        attributes: DisplayAttributes::read(&file),
        spacing_mm: spacing,
        bytes,
        file,
        image,
    }
}

/// A view, the state made of it, and the plan that the state must lead to.
pub struct RandomView {
    pub frame: FrameIndex,
    /// What the screen shows, as far as a displayed area can say it.
    pub expected: DisplayPlan,
    pub state: NewState,
}

/// A view of an image at random, what it looks like, and the state it is saved as.
pub fn random_view(subject: &Subject, random: &mut Random) -> RandomView {
    let canvas = (random.int(20, 150) as u32, random.int(20, 150) as u32);
    let adjustments = adjustments(subject, random);
    let frames = subject.image.pixels.frames;
    let frame = FrameIndex(random.int(0, i64::from(frames) - 1) as u32);
    let show = |frame| {
        let pixels = &subject.image.pixels;
        DisplayPlan::for_viewport(&subject.attributes, pixels, frame, &adjustments, canvas)
    };
    let (rows, columns) = (
        i64::from(subject.image.pixels.rows),
        i64::from(subject.image.pixels.columns),
    );
    let drawn = drawings(random, rows, columns);
    let shapes = shutters(random, rows, columns);
    let shuttered = |mut plan: DisplayPlan| {
        if !shapes.is_empty() {
            plan.shutter = Some(Arc::new(Shutter {
                shapes: shapes.clone(),
                value: 0.0,
            }));
        }
        plan
    };
    let plan = shuttered(show(frame));
    let area = match random.int(0, 2) {
        0 => AreaChoice::Fitted,
        1 => AreaChoice::Magnified,
        _ if subject.spacing_mm.is_none() => AreaChoice::Fitted,
        _ => AreaChoice::TrueSize,
    };
    let whole = random.chance(30);
    let viewed = (0..frames)
        .map(FrameIndex)
        .filter(|at| whole || *at == frame);
    let views: Vec<ViewedFrame<'_>> = viewed
        .map(|frame| ViewedFrame {
            identity: subject.identity.clone(),
            frame,
            plan: shuttered(show(frame)),
            own_planes: &subject.attributes.overlays,
            spacing_mm: subject.spacing_mm,
            drawn: drawn.clone(),
        })
        .collect();
    let state = create::gather(&views, area).expect("one state");
    let mut expected = plan;
    expected.view = as_saved(&expected, area, subject.spacing_mm, &adjustments);
    if !drawn.is_empty() {
        expected.layers.push(Layer {
            value: 1.0,
            overlays: Vec::new(),
            annotations: drawn,
        });
    }
    RandomView {
        frame,
        expected,
        state,
    }
}

/// The view of the screen where a displayed area says it exactly; else what the standard makes of the area.
fn as_saved(
    plan: &DisplayPlan,
    choice: AreaChoice,
    spacing_mm: Option<(f64, f64)>,
    adjustments: &Adjustments,
) -> View {
    let unmoved = adjustments.pan == (0.0, 0.0);
    match choice {
        AreaChoice::Fitted if unmoved && adjustments.zoom == Zoom::Fit => return plan.view,
        AreaChoice::Magnified if unmoved => return plan.view,
        _ => {}
    }
    let area = create::area_of(plan, choice, spacing_mm).expect("an area");
    let turns = (plan.view.rotation, plan.view.flip);
    let (canvas, interpolation) = (Some(plan.view.canvas), plan.view.interpolation);
    let scale = match area.size {
        NewSize::ScaleToFit => {
            return View::scale_to_fit(&area.area, plan.aspect, turns, canvas, interpolation);
        }
        NewSize::Magnify(ratio) => f64::from(ratio) / plan.aspect.min(1.0),
        NewSize::TrueSize => spacing_mm.expect("a spacing").1 / PITCH_MM,
    };
    View::scaled(&area.area, plan.aspect, turns, scale, canvas, interpolation)
}

fn adjustments(subject: &Subject, random: &mut Random) -> Adjustments {
    let choices = subject.attributes.voi_choices(FrameIndex(0));
    let voi = match random.int(0, 2) {
        0 if !choices.is_empty() => {
            choices[random.int(0, choices.len() as i64 - 1) as usize].clone()
        }
        1 => VoiChoice::Window(Window {
            center: random.int(-2000, 4000) as f64 / 2.0,
            width: random.int(2, 6000) as f64 / 2.0,
        }),
        _ => VoiChoice::AsSent,
    };
    let moved = random.chance(30);
    Adjustments {
        voi,
        invert: random.chance(40),
        rotation: random.int(0, 3) as u8,
        flip: random.chance(50),
        zoom: if random.chance(50) {
            Zoom::Fit
        } else {
            // sixteenths: exact in the single precision of a magnification
            Zoom::Scale(random.int(4, 96) as f64 / 16.0)
        },
        pan: if moved {
            (random.int(-60, 60) as f64, random.int(-60, 60) as f64)
        } else {
            (0.0, 0.0)
        },
        interpolation: if random.chance(50) {
            Interpolation::Nearest
        } else {
            Interpolation::Bilinear
        },
        overlays: random.chance(70),
        shutter: random.chance(70),
        drawn_shutter: None,
    }
}

fn shutters(random: &mut Random, rows: i64, columns: i64) -> Vec<ShutterShape> {
    let mut shapes = Vec::new();
    if random.chance(70) {
        return shapes;
    }
    let mut number = |low, high| random.int(low, high) as f64;
    let rectangle = ShutterShape::Rectangular {
        left: number(-3, columns / 2),
        right: number(columns / 2, columns + 3),
        upper: number(-3, rows / 2),
        lower: number(rows / 2, rows + 3),
    };
    let circle = |number: &mut dyn FnMut(i64, i64) -> f64| ShutterShape::Circular {
        row: number(1, rows),
        column: number(1, columns),
        radius: number(5, columns),
    };
    let circles = [circle(&mut number), circle(&mut number)];
    let corners = (0..5).map(|_| (number(0, rows), number(0, columns)));
    let polygon = ShutterShape::Polygonal(corners.collect());
    match random.int(0, 4) {
        0 => shapes.push(rectangle),
        1 => shapes.push(polygon),
        2 => shapes.extend([rectangle, circles[0].clone(), polygon]),
        // two of a kind cannot be said but by a bitmap
        3 => shapes.extend(circles),
        _ => shapes.push(circles[0].clone()),
    }
    shapes
}

fn drawings(random: &mut Random, rows: i64, columns: i64) -> Vec<Annotation> {
    let count = random.int(-2, 4).max(0);
    let mut drawn = Vec::new();
    for _ in 0..count {
        let display = random.chance(20);
        let units = if display {
            AnnotationUnits::Display
        } else {
            AnnotationUnits::Pixel
        };
        let mut point = || {
            if display {
                (
                    random.int(0, 64) as f64 / 64.0,
                    random.int(0, 64) as f64 / 64.0,
                )
            } else {
                (random.place(-4, columns + 4), random.place(-4, rows + 4))
            }
        };
        let points: Vec<(f64, f64)> = (0..6).map(|_| point()).collect();
        drawn.push(annotation(random, units, &points));
    }
    drawn
}

fn annotation(random: &mut Random, units: AnnotationUnits, points: &[(f64, f64)]) -> Annotation {
    let closed = random.chance(50);
    let (kind, count) = match random.int(0, 6) {
        0 => (GraphicType::Point, 1),
        1 => (GraphicType::Polyline, random.int(2, 6) as usize),
        2 => (GraphicType::Interpolated, random.int(2, 6) as usize),
        3 => (GraphicType::Circle, 2),
        4 => (GraphicType::Ellipse, 4),
        _ => return text(random, units, points),
    };
    let mut points = points[..count].to_vec();
    let line = matches!(kind, GraphicType::Polyline | GraphicType::Interpolated);
    if line && closed {
        points.push(points[0]);
    }
    if kind == GraphicType::Ellipse {
        // axes at right angles around one centre, as the standard wants them
        let ((x, y), (a, b)) = (points[0], (points[1].0 / 4.0, points[1].1 / 4.0));
        points = vec![(x - a, y), (x + a, y), (x, y - b), (x, y + b)];
    }
    Annotation::Graphic(Graphic {
        kind,
        units,
        points,
        filled: closed && random.chance(40),
    })
}

fn text(random: &mut Random, units: AnnotationUnits, points: &[(f64, f64)]) -> Annotation {
    let texts = ["12.5 mm", "Lésion\r\ndroite", "é ü ø 3 mm²", "W"];
    let boxed = random.chance(50);
    let justifications = [
        Justification::Left,
        Justification::Center,
        Justification::Right,
    ];
    Annotation::Text(TextObject {
        text: texts[random.int(0, 3) as usize].to_owned(),
        bounding_box: boxed.then(|| BoundingBox {
            units,
            top_left: points[0],
            bottom_right: points[1],
            justification: justifications[random.int(0, 2) as usize],
        }),
        anchor: (!boxed || random.chance(50)).then(|| Anchor {
            units,
            point: points[2],
            visible: random.chance(50),
        }),
    })
}

/// The heading of the n-th state.
pub fn heading(subject: &Subject, number: i64) -> Heading {
    let kind = subject.file.data_set.text(tags::MODALITY_LUT_TYPE);
    let kind = kind.or_else(|| subject.file.data_set.text(tags::RESCALE_TYPE));
    Heading {
        label: ContentLabel::try_from("ROUND TRIP").expect("a label"),
        description: "Aller et retour, précisément".to_owned(),
        creator: "état^Créateur".to_owned(),
        date: "20240229".to_owned(),
        time: "235959.5".to_owned(),
        sop_instance_uid: Uid::derive(&["round trip", &number.to_string()])
            .as_str()
            .to_owned(),
        series_instance_uid: Uid::derive(&["round trip"]).as_str().to_owned(),
        series_number: 900,
        instance_number: number,
        value_type: kind.unwrap_or_else(|| "US".to_owned()),
    }
}
