//! Rendering: CPU and GPU against each other on random plans. The vectors are in `presentation_state.rs`.

use dgscope::imaging::raster::{self, RenderedImage};
use dgscope::imaging::{
    Adjustments, DisplayAttributes, DisplayPlan, Frame, FrameIndex, Image, Interpolation,
    VoiChoice, Window, Zoom,
};
use dgscope::render::Offscreen;

use crate::shared::shared;

/// A device for the shaders; said aloud where there is none, and a failure where CI demands it.
pub(super) fn offscreen() -> Option<Offscreen> {
    match Offscreen::new() {
        Ok(offscreen) => Some(offscreen),
        Err(error) => {
            assert!(
                std::env::var_os("DGSCOPE_REQUIRE_SHARED").is_none(),
                "{error}"
            );
            eprintln!("SKIPPED: {error}");
            None
        }
    }
}

/// One output level a pixel; of colours all three.
pub(super) fn levels(image: &RenderedImage) -> Vec<i32> {
    match image {
        RenderedImage::Gray8 { data, .. } | RenderedImage::Rgb8 { data, .. } => {
            data.iter().map(|level| i32::from(*level)).collect()
        }
        RenderedImage::Gray16 { data, .. } => data.iter().map(|level| i32::from(*level)).collect(),
    }
}

/// At 16 bits by two at most (presentation.md section 6).
fn assert_twins(exact: &RenderedImage, gpu: &RenderedImage, what: &str) {
    assert_eq!((exact.width(), exact.height()), (gpu.width(), gpu.height()));
    let (exact, gpu) = (levels(exact), levels(gpu));
    assert_eq!(exact.len(), gpu.len());
    let worst = exact.iter().zip(&gpu).map(|(a, b)| (a - b).abs()).max();
    assert!(worst <= Some(2), "{what}: apart by {worst:?}");
}

/// At 8 bits by one, and only where the 16-bit level lies beside the edge between two 8-bit levels: ties do not count (presentation.md
/// section 6), and blending round numbers gives many.
fn assert_twins_but_for_ties(
    cpu: &RenderedImage,
    gpu: &RenderedImage,
    exact: &RenderedImage,
    what: &str,
) {
    let (cpu, gpu, exact) = (levels(cpu), levels(gpu), levels(exact));
    for ((cpu, gpu), exact) in cpu.iter().zip(&gpu).zip(&exact) {
        let is_tie = [128, 129].contains(&(exact % 257));
        let allowed = i32::from(is_tie);
        assert!(
            (cpu - gpu).abs() <= allowed,
            "{what}: {gpu} for {cpu}, {exact} of 65535"
        );
    }
}

/// A small generator of its own: the same plans on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn adjustments(&mut self) -> Adjustments {
        let zooms = [
            Zoom::Fit,
            Zoom::Scale(1.0),
            Zoom::Scale(0.3),
            Zoom::Scale(3.7),
            Zoom::Scale(41.0),
        ];
        let window = Window {
            center: self.below(3000) as f64 - 500.5,
            width: 2.0 + self.below(2000) as f64,
        };
        let vois = [
            VoiChoice::AsSent,
            VoiChoice::Lut(0),
            VoiChoice::Window(window),
        ];
        let blends = [
            Interpolation::Nearest,
            Interpolation::Bilinear,
            Interpolation::Cubic,
        ];
        Adjustments {
            voi: vois[self.below(3) as usize].clone(),
            invert: self.below(2) == 1,
            rotation: self.below(4) as u8,
            flip: self.below(2) == 1,
            zoom: zooms[self.below(5) as usize],
            pan: (self.below(60) as f64 - 30.0, self.below(60) as f64 - 30.0),
            interpolation: blends[self.below(3) as usize],
            overlays: self.below(4) > 0,
            shutter: self.below(4) > 0,
            drawn_shutter: None,
        }
    }
}

#[test]
fn shaders_are_the_twins_of_the_cpu_renderer_on_random_views() {
    let (Some(root), Some(mut offscreen)) = (shared("vectors/gsps/img"), offscreen()) else {
        return;
    };
    let mut random = Random(20_261_125);
    let files = [
        "u12w.dcm",
        "s16ct.dcm",
        "s12w.dcm",
        "u8.dcm",
        "imshut.dcm",
        "imovl.dcm",
        "embovl.dcm",
        "lutandwin.dcm",
        "mlut8.dcm",
        "sigm.dcm",
        "aspect.dcm",
        "padm1.dcm",
    ];
    for file in files {
        let image = Image::open(&root.join(file)).expect("an image");
        let attributes = DisplayAttributes::read(&image.file);
        let frame: Frame = image.decode(FrameIndex(0)).expect("a frame");
        for round in 0..12 {
            let adjustments = random.adjustments();
            let canvas = (40 + random.below(160) as u32, 40 + random.below(120) as u32);
            let plan = DisplayPlan::for_viewport(
                &attributes,
                &image.pixels,
                FrameIndex(0),
                &adjustments,
                canvas,
            );
            let mut fine = plan.clone();
            fine.bits = 16;
            let what = format!("{file} round {round} {adjustments:?}");
            let exact = raster::render(&frame, &fine);
            let gpu = offscreen.render(&frame, &fine).expect("a picture");
            assert_twins(&exact, &gpu, &what);
            let cpu = raster::render(&frame, &plan);
            let gpu = offscreen.render(&frame, &plan).expect("a picture");
            assert_twins_but_for_ties(&cpu, &gpu, &exact, &what);
        }
    }
}
