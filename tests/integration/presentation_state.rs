//! Presentation states: every vector on CPU and GPU, states with one broken part, and states with bytes changed at random.

use std::path::Path;
use std::sync::Arc;

use dgscope::dicom::{DicomFile, Encoding, ScanOptions, Tag, TransferSyntax, VR, tags, uids};
use dgscope::imaging::grayscale::{Presentation, Voi, VoiFunction};
use dgscope::imaging::presentation_state::{Presented, StateParts, Subject};
use dgscope::imaging::raster::{self, RenderedImage};
use dgscope::imaging::{
    Adjustments, DisplayAttributes, DisplayPlan, FrameIndex, Image, Interpolation,
    PresentationState, RenderRequest, VoiChoice, Window, Zoom,
};
use dgscope::phantom::Builder;
use proptest::prelude::*;
use serde_json::Value;

use super::render::{levels, offscreen};
use super::shared::shared;

/// One output level a pixel of a PNG.
fn png(path: &Path) -> Vec<i32> {
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("an expected picture"));
    let mut decoder = png::Decoder::new(file);
    // masks have one bit a pixel
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut bytes).expect("its picture");
    bytes.truncate(info.buffer_size());
    match info.bit_depth {
        png::BitDepth::Sixteen => {
            let words = bytes.as_chunks::<2>().0.iter();
            words.map(|w| i32::from(u16::from_be_bytes(*w))).collect()
        }
        _ => bytes.iter().map(|byte| i32::from(*byte)).collect(),
    }
}

/// The request that the arguments of a vector stand for, and the frame.
fn request(arguments: &[String]) -> (RenderRequest, FrameIndex) {
    let mut request = RenderRequest::default();
    let mut frame = FrameIndex(0);
    for pair in arguments.chunks(2) {
        let value = pair[1].as_str();
        match pair[0].as_str() {
            "--bits" => request.bits = value.parse().expect("bits"),
            "--frame" => frame = FrameIndex(value.parse::<u32>().expect("a frame") - 1),
            "--interp" if value == "nearest" => request.interpolation = Interpolation::Nearest,
            "--interp" => request.interpolation = Interpolation::Bilinear,
            "--pitch" => request.pitch_mm = value.parse().expect("a pitch"),
            "--size" => {
                let (width, height) = value.split_once('x').expect("WxH");
                let side = |text: &str| text.parse().expect("a side");
                request.size = Some((side(width), side(height)));
            }
            other => panic!("a vector with {other}"),
        }
    }
    (request, frame)
}

/// The plan of a vector, or why there is none.
fn plan_of(case: &Value, root: &Path, image: &Image) -> Result<(DisplayPlan, FrameIndex), String> {
    let arguments: Vec<String> = serde_json::from_value(case["args"].clone()).expect("words");
    let (request, frame) = request(&arguments);
    let attributes = DisplayAttributes::read(&image.file);
    let Some(state) = case["pr"].as_str() else {
        let plan = DisplayPlan::for_render(&attributes, &image.pixels, frame, &request);
        return plan.map(|plan| (plan, frame)).map_err(|e| e.to_string());
    };
    let file = DicomFile::open(&root.join(state), &ScanOptions::DISPLAY).expect("an object");
    let state = PresentationState::read(&file).map_err(|e| e.to_string())?;
    let sop_instance_uid = image.file.data_set.text(tags::SOP_INSTANCE_UID);
    let subject = Subject {
        sop_instance_uid: &sop_instance_uid.expect("a UID"),
        attributes: &attributes,
        pixels: &image.pixels,
        frame,
    };
    let presented = state.plan_for_render(&subject, &request);
    presented
        .map(|presented| (presented.plan, frame))
        .map_err(|error| error.to_string())
}

/// How far a picture is from the expected one, where the mask says so: levels beyond the tolerance, and the worst.
fn apart(
    got: &RenderedImage,
    wanted: &[i32],
    mask: Option<&[i32]>,
    tolerance: i32,
) -> (usize, i32) {
    let got = levels(got);
    assert_eq!(got.len(), wanted.len());
    let counts = |place: &usize| mask.is_none_or(|mask| mask[*place] > 0);
    let distances: Vec<i32> = (0..got.len())
        .filter(counts)
        .map(|place| (got[place] - wanted[place]).abs())
        .collect();
    let over = distances.iter().filter(|d| **d > tolerance).count();
    (over, distances.iter().copied().max().unwrap_or(0))
}

/// At least as many pixels as wanted have the value in each box that must hold text.
fn assert_ink(case: &Value, got: &RenderedImage, id: &str) {
    let width = got.width() as usize;
    for ink in case["ink"].as_array().into_iter().flatten() {
        let number = |key: &str, default: i64| ink[key].as_i64().unwrap_or(default);
        let side = |at: usize| ink["box"][at].as_i64().expect("a side").max(0) as usize;
        let levels = levels(got);
        let inside = (0..levels.len()).filter(|place| {
            (side(0)..side(2)).contains(&(place % width))
                && (side(1)..side(3)).contains(&(place / width))
        });
        let (value, slack) = (number("value", 255), number("slack", 0));
        let inked = inside.filter(|place| (i64::from(levels[*place]) - value).abs() <= slack);
        assert!(
            inked.count() as i64 >= number("min", 1),
            "{id}: text is missing"
        );
    }
}

#[test]
fn every_vector_comes_out_exactly_and_on_the_gpu_as_near_as_promised() {
    let Some(root) = shared("vectors/gsps") else {
        return;
    };
    let mut offscreen = offscreen();
    let text = std::fs::read_to_string(root.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&text).expect("JSON");
    let cases = manifest["cases"].as_array().expect("cases");
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        let path = root.join(case["image"].as_str().expect("an image"));
        let image = Image::open(&path).expect("an image");
        let plan = plan_of(case, &root, &image);
        if case["expect"] == "error" {
            assert!(plan.is_err(), "{id}: refusal wanted");
            continue;
        }
        let (plan, frame) = plan.unwrap_or_else(|error| panic!("{id}: {error}"));
        let decoded = image.decode(frame).expect("a frame");
        let wanted = png(&root.join(case["expected"].as_str().expect("a picture")));
        let mask = case["mask"].as_str().map(|mask| png(&root.join(mask)));
        let tolerance = case["tolerance"].as_i64().unwrap_or(0) as i32;
        let ties = case["ties"].as_u64().unwrap_or(0) as usize;
        let cpu = raster::render(&decoded, &plan);
        let (over, worst) = apart(&cpu, &wanted, mask.as_deref(), tolerance);
        assert!(
            over <= ties && worst <= tolerance + 1,
            "{id}: {over} levels apart, worst by {worst}"
        );
        assert_ink(case, &cpu, id);
        if let Some(offscreen) = &mut offscreen {
            let gpu = offscreen.render(&decoded, &plan).expect("a picture");
            let (over, worst) = apart(&gpu, &wanted, mask.as_deref(), tolerance);
            let (over_max, worst_max) = match plan.bits {
                16 => (usize::MAX, tolerance + 2),
                _ => (ties + 1.max(wanted.len() / 1000), tolerance + 1),
            };
            assert!(
                over <= over_max && worst <= worst_max,
                "{id}, GPU: {over} levels apart, worst by {worst}"
            );
            assert_ink(case, &gpu, id);
        }
    }
    assert!(cases.len() >= 196, "{} vectors", cases.len());
}

const IMAGE_UID: &str = "1.2.826.0.1.3680043.2.406.9.78.1";

/// A gradient of 48 x 32 pixels, 12 bits.
pub(super) fn image(signed: bool) -> Image {
    let pixels: Vec<u16> = (0..48 * 32)
        .map(|n: u32| (n.wrapping_mul(37) % 4096) as u16)
        .collect();
    let builder = Builder::new()
        .text(tags::SOP_CLASS_UID, uids::CT_IMAGE_STORAGE)
        .text(tags::SOP_INSTANCE_UID, IMAGE_UID)
        .ints(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .ints(tags::ROWS, &[32])
        .ints(tags::COLUMNS, &[48])
        .ints(tags::BITS_ALLOCATED, &[16])
        .ints(tags::BITS_STORED, &[12])
        .ints(tags::HIGH_BIT, &[11])
        .ints(tags::PIXEL_REPRESENTATION, &[i64::from(signed)])
        .words(tags::PIXEL_DATA, VR::OW, pixels);
    Image::from_file(scanned(&builder)).expect("an image")
}

fn bytes(builder: &Builder) -> Vec<u8> {
    builder.file(TransferSyntax::native(Encoding::ExplicitLittle))
}

fn scanned(builder: &Builder) -> DicomFile {
    DicomFile::read(Arc::new(bytes(builder)), &ScanOptions::DISPLAY).expect("an object")
}

pub(super) fn table(entries: &[u16], first: i64, bits: i64) -> Builder {
    Builder::new()
        .ints(tags::LUT_DESCRIPTOR, &[entries.len() as i64, first, bits])
        .words(tags::LUT_DATA, VR::OW, entries.to_vec())
}

/// A state that asks for nothing: every pixel of the image as it is.
pub(super) fn plain_state() -> Builder {
    let reference = Builder::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, uids::CT_IMAGE_STORAGE)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, IMAGE_UID);
    let series = Builder::new().sequence(tags::REFERENCED_IMAGE_SEQUENCE, vec![reference]);
    let area = Builder::new()
        .ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, &[1, 1])
        .ints(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER, &[48, 32])
        .text(tags::PRESENTATION_SIZE_MODE, "SCALE TO FIT")
        .ints(tags::PRESENTATION_PIXEL_ASPECT_RATIO, &[1, 1]);
    Builder::new()
        .text(
            tags::SOP_CLASS_UID,
            uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE,
        )
        .text(tags::SOP_INSTANCE_UID, "1.2.826.0.1.3680043.2.406.9.78.2")
        .text(tags::CONTENT_LABEL, "TEST")
        .sequence(tags::REFERENCED_SERIES_SEQUENCE, vec![series])
        .sequence(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area])
        .text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY")
}

fn graphic(kind: &str, points: &[f64]) -> Builder {
    Builder::new()
        .text(tags::GRAPHIC_ANNOTATION_UNITS, "PIXEL")
        .ints(tags::GRAPHIC_DIMENSIONS, &[2])
        .ints(tags::NUMBER_OF_GRAPHIC_POINTS, &[points.len() as i64 / 2])
        .floats(tags::GRAPHIC_DATA, points)
        .text(tags::GRAPHIC_TYPE, kind)
        .text(tags::GRAPHIC_FILLED, "N")
}

fn text() -> Builder {
    Builder::new()
        .text(tags::BOUNDING_BOX_ANNOTATION_UNITS, "PIXEL")
        .text(tags::UNFORMATTED_TEXT_VALUE, "text")
        .floats(tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER, &[2.0, 20.0])
        .floats(tags::BOUNDING_BOX_BOTTOM_RIGHT_HAND_CORNER, &[40.0, 30.0])
}

fn annotated(graphics: Vec<Builder>, texts: Vec<Builder>) -> Builder {
    Builder::new()
        .text(tags::GRAPHIC_LAYER, "ONE")
        .sequence(tags::GRAPHIC_OBJECT_SEQUENCE, graphics)
        .sequence(tags::TEXT_OBJECT_SEQUENCE, texts)
}

/// A state that has every module.
fn full_state() -> Builder {
    let layer = Builder::new()
        .text(tags::GRAPHIC_LAYER, "ONE")
        .ints(tags::GRAPHIC_LAYER_ORDER, &[1])
        .ints(
            tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE,
            &[60_000],
        );
    let window = Builder::new()
        .floats(tags::WINDOW_CENTER, &[2000.0])
        .floats(tags::WINDOW_WIDTH, &[3000.0]);
    let graphics = vec![
        graphic("POLYLINE", &[2.0, 2.0, 40.0, 4.0, 20.0, 12.0]),
        graphic("INTERPOLATED", &[4.0, 16.0, 20.0, 8.0, 40.0, 16.0]),
        graphic("CIRCLE", &[24.0, 16.0, 30.0, 16.0]),
        graphic("ELLIPSE", &[10.0, 16.0, 30.0, 16.0, 20.0, 10.0, 20.0, 22.0]),
        graphic("POINT", &[40.0, 28.0]),
    ];
    plain_state()
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .floats(tags::RESCALE_INTERCEPT, &[-10.0])
        .text(tags::RESCALE_TYPE, "US")
        .sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![window])
        .text(
            tags::SHUTTER_SHAPE,
            "RECTANGULAR\\CIRCULAR\\POLYGONAL\\BITMAP",
        )
        .ints(tags::SHUTTER_LEFT_VERTICAL_EDGE, &[2])
        .ints(tags::SHUTTER_RIGHT_VERTICAL_EDGE, &[46])
        .ints(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, &[2])
        .ints(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, &[30])
        .ints(tags::CENTER_OF_CIRCULAR_SHUTTER, &[16, 24])
        .ints(tags::RADIUS_OF_CIRCULAR_SHUTTER, &[23])
        .ints(
            tags::VERTICES_OF_THE_POLYGONAL_SHUTTER,
            &[1, 1, 1, 48, 32, 48, 32, 1],
        )
        .ints(tags::SHUTTER_OVERLAY_GROUP, &[0x6002])
        .ints(tags::SHUTTER_PRESENTATION_VALUE, &[20_000])
        .ints(tags::IMAGE_ROTATION, &[90])
        .text(tags::IMAGE_HORIZONTAL_FLIP, "Y")
        .sequence(tags::GRAPHIC_LAYER_SEQUENCE, vec![layer])
        .sequence(
            tags::GRAPHIC_ANNOTATION_SEQUENCE,
            vec![annotated(graphics, vec![text()])],
        )
        .overlay(0x6000)
        .overlay(0x6002)
        .raw(Tag(0x6000, 0x1001), VR::CS, b"ONE ".to_vec())
}

trait WithOverlay {
    fn overlay(self, group: u16) -> Self;
}

impl WithOverlay for Builder {
    /// A plane of 16 x 8 pixels whose first row is set.
    fn overlay(self, group: u16) -> Self {
        let word = |n: u16| n.to_le_bytes().to_vec();
        let mut bits = vec![0; 16];
        bits[..2].fill(0xFF);
        self.raw(Tag(group, 0x0010), VR::US, word(8))
            .raw(Tag(group, 0x0011), VR::US, word(16))
            .raw(Tag(group, 0x0040), VR::CS, b"G ".to_vec())
            .raw(Tag(group, 0x0050), VR::SS, [word(3), word(5)].concat())
            .raw(Tag(group, 0x0100), VR::US, word(1))
            .raw(Tag(group, 0x0102), VR::US, word(0))
            .raw(Tag(group, 0x3000), VR::OW, bits)
    }
}

/// Applies a state to an image at a fixed canvas; both warnings in one list.
pub(super) fn presented(
    builder: &Builder,
    image: &Image,
    request: &RenderRequest,
) -> (Presented, Vec<Tag>) {
    let state = PresentationState::read(&scanned(builder)).expect("a state");
    let attributes = DisplayAttributes::read(&image.file);
    let subject = Subject {
        sop_instance_uid: IMAGE_UID,
        attributes: &attributes,
        pixels: &image.pixels,
        frame: FrameIndex(0),
    };
    let presented = state.plan_for_render(&subject, request).expect("a plan");
    let warnings = state.warnings.iter().chain(&presented.warnings);
    let warnings = warnings.map(|warning| warning.tag).collect();
    (presented, warnings)
}

fn picture(builder: &Builder, image: &Image) -> (Vec<i32>, Vec<Tag>) {
    let (presented, warnings) = presented(builder, image, &RenderRequest::default());
    let frame = image.decode(FrameIndex(0)).expect("a frame");
    (levels(&raster::render(&frame, &presented.plan)), warnings)
}

#[test]
fn a_whole_state_needs_no_warning() {
    let image = image(false);
    assert_eq!(picture(&full_state(), &image).1, []);
    assert_eq!(picture(&plain_state(), &image).1, []);
}

#[test]
fn a_broken_part_is_said_and_the_rest_is_shown() {
    let image = image(false);
    let plain = picture(&plain_state(), &image).0;
    let annotation = |graphics, texts| {
        plain_state()
            .sequence(
                tags::GRAPHIC_LAYER_SEQUENCE,
                vec![
                    Builder::new()
                        .text(tags::GRAPHIC_LAYER, "ONE")
                        .ints(tags::GRAPHIC_LAYER_ORDER, &[1]),
                ],
            )
            .sequence(
                tags::GRAPHIC_ANNOTATION_SEQUENCE,
                vec![annotated(graphics, texts)],
            )
    };
    let window = |width: f64| {
        let item = Builder::new()
            .floats(tags::WINDOW_CENTER, &[2000.0])
            .floats(tags::WINDOW_WIDTH, &[width]);
        plain_state().sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![item])
    };
    let short_overlay = plain_state()
        .overlay(0x6000)
        .raw(Tag(0x6000, 0x3000), VR::OW, vec![0xFF; 4])
        .raw(Tag(0x6000, 0x1001), VR::CS, b"ONE ".to_vec());
    let polygon = graphic("POLYLINE", &[4.0, 4.0]);
    let units =
        graphic("POLYLINE", &[4.0, 4.0, 9.0, 9.0]).text(tags::GRAPHIC_ANNOTATION_UNITS, "MATRIX");
    let solid = graphic("CIRCLE", &[9.0, 9.0, 12.0, 9.0]).ints(tags::GRAPHIC_DIMENSIONS, &[3]);
    let homeless = text().without(tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER);
    let shapes = |name| plain_state().text(tags::SHUTTER_SHAPE, name);
    let cases = [
        (
            plain_state().without(tags::PRESENTATION_LUT_SHAPE),
            tags::PRESENTATION_LUT_SHAPE,
        ),
        (
            plain_state().text(tags::PRESENTATION_LUT_SHAPE, "LIN OD"),
            tags::PRESENTATION_LUT_SHAPE,
        ),
        (
            plain_state().without(tags::DISPLAYED_AREA_SELECTION_SEQUENCE),
            tags::DISPLAYED_AREA_SELECTION_SEQUENCE,
        ),
        (
            plain_state().ints(tags::IMAGE_ROTATION, &[45]),
            tags::IMAGE_ROTATION,
        ),
        (
            plain_state().text(tags::IMAGE_HORIZONTAL_FLIP, "YES"),
            tags::IMAGE_HORIZONTAL_FLIP,
        ),
        (
            plain_state().floats(tags::RESCALE_SLOPE, &[0.0]),
            tags::RESCALE_SLOPE,
        ),
        (window(0.0), tags::WINDOW_WIDTH),
        (window(-7.0), tags::WINDOW_WIDTH),
        (short_overlay, Tag(0x6000, 0x3000)),
        (
            plain_state().raw(Tag(0x6004, 0x1001), VR::CS, b"ONE ".to_vec()),
            Tag(0x6004, 0x1001),
        ),
        (
            shapes("POLYGONAL").ints(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER, &[1, 1]),
            tags::SHUTTER_SHAPE,
        ),
        (shapes("CIRCULAR"), tags::SHUTTER_SHAPE),
        (shapes("BITMAP"), tags::SHUTTER_SHAPE),
        (
            annotation(vec![polygon], vec![]),
            tags::NUMBER_OF_GRAPHIC_POINTS,
        ),
        (
            annotation(vec![graphic("SPLINE", &[4.0, 4.0, 9.0, 9.0])], vec![]),
            tags::GRAPHIC_TYPE,
        ),
        (
            annotation(vec![units], vec![]),
            tags::GRAPHIC_ANNOTATION_UNITS,
        ),
        (annotation(vec![solid], vec![]), tags::GRAPHIC_DIMENSIONS),
        (
            annotation(vec![], vec![homeless]),
            tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER,
        ),
        (
            plain_state().sequence(tags::MASK_SUBTRACTION_SEQUENCE, vec![Builder::new()]),
            tags::MASK_SUBTRACTION_SEQUENCE,
        ),
    ];
    for (state, tag) in cases {
        let (shown, warnings) = picture(&state, &image);
        assert!(warnings.contains(&tag), "{tag} is not among {warnings:?}");
        assert!(shown == plain, "{tag} changes the picture");
    }
}

#[test]
fn a_lookup_table_without_entries_is_refused() {
    let empty = table(&[], 0, 8);
    let short = table(&[1, 2], 0, 8).ints(tags::LUT_DESCRIPTOR, &[2, 0]);
    for item in [empty, short] {
        for sequence in [tags::MODALITY_LUT_SEQUENCE, tags::PRESENTATION_LUT_SEQUENCE] {
            let state = plain_state().sequence(sequence, vec![item.clone()]);
            assert!(PresentationState::read(&scanned(&state)).is_err());
        }
    }
}

/// The plan of a viewport of 96 x 64 pixels, twice the size of the image.
fn viewport(builder: &Builder, parts: StateParts, adjustments: &Adjustments) -> Presented {
    let image = image(false);
    let state = PresentationState::read(&scanned(builder)).expect("a state");
    let attributes = DisplayAttributes::read(&image.file);
    let subject = Subject {
        sop_instance_uid: IMAGE_UID,
        attributes: &attributes,
        pixels: &image.pixels,
        frame: FrameIndex(0),
    };
    let presented = state.plan_for_viewport(&subject, parts, adjustments, (96, 64), None);
    presented.expect("a plan")
}

#[test]
fn a_viewport_shows_what_render_shows_until_the_user_does_something() {
    let untouched = viewport(&full_state(), StateParts::ALL, &Adjustments::default());
    let request = RenderRequest {
        size: Some((96, 64)),
        ..RenderRequest::default()
    };
    let (rendered, _) = presented(&full_state(), &image(false), &request);
    assert_eq!(untouched, rendered);
}

#[test]
fn the_users_changes_come_on_top_of_the_state() {
    let window = Window {
        center: 100.0,
        width: 50.0,
    };
    let adjustments = Adjustments {
        voi: VoiChoice::Window(window),
        invert: true,
        rotation: 1,
        zoom: Zoom::Scale(3.0),
        pan: (5.0, -7.0),
        ..Adjustments::default()
    };
    // 90 degrees and a flip, then 90 degrees: the flip alone
    let plan = viewport(&full_state(), StateParts::ALL, &adjustments).plan;
    assert_eq!((plan.view.rotation, plan.view.flip), (0, true));
    assert_eq!(plan.view.size, (144, 96));
    assert_eq!(plan.view.origin, (-24 + 5, -16 - 7));
    let chain = plan.chain().expect("grays");
    assert_eq!(chain.presentation, Presentation::Inverse);
    let linear = Voi::windowed(window, VoiFunction::Linear);
    assert_eq!(Some(chain.voi.clone()), linear);
    assert!(plan.shutter.is_some() && !plan.layers.is_empty());
}

#[test]
fn a_part_that_is_switched_off_leaves_the_image_its_own_display() {
    let none = StateParts {
        grayscale: false,
        shutter: false,
        overlays: false,
        annotations: false,
        area: false,
        transformation: false,
    };
    let image = image(false);
    let attributes = DisplayAttributes::read(&image.file);
    let adjustments = Adjustments::default();
    let own = DisplayPlan::for_viewport(
        &attributes,
        &image.pixels,
        FrameIndex(0),
        &adjustments,
        (96, 64),
    );
    assert_eq!(viewport(&full_state(), none, &adjustments).plan, own);
}

#[test]
fn true_size_needs_a_measured_monitor() {
    let area = Builder::new()
        .ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, &[1, 1])
        .ints(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER, &[48, 32])
        .text(tags::PRESENTATION_SIZE_MODE, "TRUE SIZE")
        .floats(tags::PRESENTATION_PIXEL_SPACING, &[0.5, 0.5]);
    let state = plain_state().sequence(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area]);
    let shown = viewport(&state, StateParts::ALL, &Adjustments::default());
    assert_eq!(shown.plan.view.size, (96, 64));
    let tags_warned: Vec<Tag> = shown.warnings.iter().map(|warning| warning.tag).collect();
    assert_eq!(tags_warned, [tags::PRESENTATION_SIZE_MODE]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_state_with_changed_bytes_never_ends_the_program(
        changes in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 1..12),
        kept in 0.7..1.0_f64,
    ) {
        let image = image(false);
        let mut bytes = bytes(&full_state());
        for (place, value) in changes {
            // the meta group and the class are not what is tested
            let place = 400 + (place * (bytes.len() - 400) as f64) as usize;
            bytes[place] = value;
        }
        if kept < 0.8 {
            bytes.truncate((bytes.len() as f64 * kept) as usize);
        }
        let Ok(file) = DicomFile::read(Arc::new(bytes), &ScanOptions::DISPLAY) else {
            return Ok(());
        };
        let truncated = file.truncated.is_some();
        let Ok(state) = PresentationState::read(&file) else {
            return Ok(());
        };
        prop_assert!(!truncated || !state.warnings.is_empty());
        let attributes = DisplayAttributes::read(&image.file);
        let subject = Subject {
            sop_instance_uid: IMAGE_UID,
            attributes: &attributes,
            pixels: &image.pixels,
            frame: FrameIndex(0),
        };
        let request = RenderRequest { size: Some((70, 50)), ..RenderRequest::default() };
        let Ok(presented) = state.plan_for_render(&subject, &request) else {
            return Ok(());
        };
        let frame = image.decode(FrameIndex(0)).expect("a frame");
        let shown = raster::render(&frame, &presented.plan);
        prop_assert_eq!((shown.width(), shown.height()), (70, 50));
    }
}
