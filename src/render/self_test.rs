//! The self-test of the graphics card (F15): pictures of its shaders against those of the CPU renderer, on plans that use every
//! stage. A card that draws one of them wrongly draws no viewport.

use std::sync::Arc;

use super::offscreen::Offscreen;
use super::renderer::RenderError;
use crate::imaging::display_function::{Calibration, Conditions, Measurements};
use crate::imaging::display_plan::{Area, Layer, OverlayPainting, Stages, View};
use crate::imaging::grayscale::{
    GrayChain, LookupTable, Modality, Presentation, Voi, VoiFunction, Window,
};
use crate::imaging::overlay::{OverlayBits, OverlayPlane};
use crate::imaging::raster::{self, RenderedImage};
use crate::imaging::shutter::{Shutter, ShutterShape};
use crate::imaging::{
    Colors, DisplayFunction, DisplayPlan, Frame, Interpolation, PhotometricInterpretation, Samples,
};

/// Rows and columns of the test image: no power of two, as no tile of a driver likes it.
const IMAGE: (u32, u32) = (45, 61);
/// Canvas of the test pictures.
const CANVAS: (u32, u32) = (147, 131);
/// Levels of 65,535 that shader and CPU renderer may be apart (presentation.md section 6).
const APART_16_BITS: u32 = 2;

/// Why viewports are not drawn by the card's shaders.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// A picture is wrong.
    #[error(
        "the graphics card draws {case} wrongly: {pixels} of {of} pixels, by up to {apart} of 65535"
    )]
    Wrong {
        /// Which picture.
        case: &'static str,
        /// Pixels that differ by more than allowed.
        pixels: usize,
        /// Pixels compared.
        of: usize,
        /// The largest difference.
        apart: u32,
    },
    /// The card makes no picture.
    #[error("the graphics card draws nothing")]
    Failed(#[from] RenderError),
}

/// Compares every test picture that `draw` makes with the CPU renderer's; how many there were.
///
/// # Errors
/// The first picture that is wrong or missing.
pub fn compare(
    mut draw: impl FnMut(&Frame, &DisplayPlan) -> Result<RenderedImage, RenderError>,
) -> Result<usize, SelfTestError> {
    let cases = cases();
    for case in &cases {
        let drawn = draw(&case.frame, &case.plan)?;
        check(case.name, &raster::render(&case.frame, &case.plan), &drawn)?;
    }
    Ok(cases.len())
}

/// Runs the self-test on a device.
///
/// # Errors
/// The first picture that is wrong or missing.
pub fn run(offscreen: &mut Offscreen) -> Result<usize, SelfTestError> {
    compare(|frame, plan| offscreen.render(frame, plan))
}

fn check(
    case: &'static str,
    wanted: &RenderedImage,
    drawn: &RenderedImage,
) -> Result<(), SelfTestError> {
    let (wanted, drawn) = (levels(wanted), levels(drawn));
    let apart = |(wanted, drawn): (&u32, &u32)| wanted.abs_diff(*drawn);
    let pairs = || wanted.iter().zip(&drawn).map(apart);
    let wrong = pairs().filter(|apart| *apart > APART_16_BITS).count();
    let missing = wanted.len().abs_diff(drawn.len());
    if wrong + missing == 0 {
        return Ok(());
    }
    Err(SelfTestError::Wrong {
        case,
        pixels: wrong + missing,
        of: wanted.len(),
        apart: pairs().max().unwrap_or(0),
    })
}

/// Levels of 65,535.
fn levels(image: &RenderedImage) -> Vec<u32> {
    match image {
        RenderedImage::Gray16 { data, .. } => data.iter().map(|l| u32::from(*l)).collect(),
        RenderedImage::Gray8 { data, .. } | RenderedImage::Rgb8 { data, .. } => {
            data.iter().map(|l| u32::from(*l) * 257).collect()
        }
    }
}

/// One picture.
struct Case {
    name: &'static str,
    frame: Frame,
    plan: DisplayPlan,
}

fn cases() -> Vec<Case> {
    let window = |function| Voi::Window {
        window: Window {
            center: 211.0,
            width: 1733.0,
        },
        function,
    };
    let rescale = Modality::Rescale {
        slope: 0.731,
        intercept: -1024.5,
    };
    let bilinear = Interpolation::Bilinear;
    let mut shut = gray(
        "a shutter",
        unsigned(),
        window(VoiFunction::Linear),
        bilinear,
    );
    shut.plan.shutter = Some(Arc::new(shutter()));
    let mut padded = gray(
        "padding",
        signed(),
        window(VoiFunction::LinearExact),
        bilinear,
    );
    let mut overlaid = gray(
        "an overlay",
        signed(),
        window(VoiFunction::Linear),
        bilinear,
    );
    overlaid.plan.layers = vec![layer()];
    let mut turned = gray(
        "a turned image",
        unsigned(),
        window(VoiFunction::Linear),
        bilinear,
    );
    turned.plan.view = view((1, true), bilinear);
    let mut inverse = gray(
        "a sigmoid",
        signed(),
        window(VoiFunction::Sigmoid),
        bilinear,
    );
    let mut tables = gray(
        "tables",
        unsigned(),
        Voi::Table(table(4096, 10)),
        Interpolation::Nearest,
    );
    if let Stages::Gray(chain) = &mut padded.plan.stages {
        chain.padding = Some((-300, 90));
        chain.modality = rescale.clone();
    }
    if let Stages::Gray(chain) = &mut inverse.plan.stages {
        chain.presentation = Presentation::Inverse;
        chain.modality = rescale;
    }
    if let Stages::Gray(chain) = &mut tables.plan.stages {
        chain.modality = Modality::Table(table(4096, 12));
        chain.presentation = Presentation::Table(table(1024, 10));
    }
    vec![
        gray(
            "a window",
            unsigned(),
            window(VoiFunction::Linear),
            bilinear,
        ),
        gray(
            "a real image",
            real(),
            window(VoiFunction::LinearExact),
            Interpolation::Cubic,
        ),
        turned,
        padded,
        inverse,
        tables,
        shut,
        overlaid,
        calibrated(),
        color(),
    ]
}

/// Values from 0 to 4095 without any order.
fn noise() -> impl Iterator<Item = u16> {
    (0..IMAGE.0 * IMAGE.1).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as u16)
}

fn unsigned() -> Samples {
    Samples::U16(noise().collect())
}

fn signed() -> Samples {
    Samples::I16(noise().map(|v| v.cast_signed() - 2048).collect())
}

fn real() -> Samples {
    Samples::F32(noise().map(|v| f32::from(v) - 1000.25).collect())
}

fn frame(samples: Samples, photometric: PhotometricInterpretation) -> Frame {
    let (rows, columns) = IMAGE;
    let color = photometric == PhotometricInterpretation::Rgb;
    Frame {
        rows,
        columns,
        samples_per_pixel: if color { 3 } else { 1 },
        bits_stored: if color { 8 } else { 12 },
        photometric,
        samples,
        cells: None,
    }
}

fn view(turns: (u8, bool), interpolation: Interpolation) -> View {
    let area = Area {
        x: -2,
        y: 3,
        width: i64::from(IMAGE.1),
        height: i64::from(IMAGE.0),
    };
    View::scale_to_fit(&area, 1.21, turns, Some(CANVAS), interpolation)
}

fn plan(stages: Stages, interpolation: Interpolation) -> DisplayPlan {
    DisplayPlan {
        image: IMAGE,
        stages,
        shutter: None,
        aspect: 1.21,
        layers: Vec::new(),
        view: view((0, false), interpolation),
        bits: 16,
        display: None,
    }
}

/// The levels of a display measured at three points; no P-Value of the picture lies at the edge of a level.
fn calibrated() -> Case {
    let identity = Voi::Identity {
        low: 0.0,
        high: 4095.0,
    };
    let mut case = gray(
        "a calibrated display",
        unsigned(),
        identity,
        Interpolation::Nearest,
    );
    case.plan.bits = 8;
    case.plan.display = Measurements::parse("0 0.3; 128 60; 255 350")
        .and_then(|measurements| Calibration::new(&measurements, &Conditions::default()))
        .ok()
        .map(|calibration| Arc::new(DisplayFunction::new(&calibration)));
    case
}

fn gray(name: &'static str, samples: Samples, voi: Voi, interpolation: Interpolation) -> Case {
    let chain = GrayChain {
        padding: None,
        modality: Modality::Identity,
        voi,
        presentation: Presentation::Identity,
    };
    Case {
        name,
        frame: frame(samples, PhotometricInterpretation::Monochrome2),
        plan: plan(Stages::Gray(chain), interpolation),
    }
}

/// Colours by the nearest sample: they are 8 bits deep, and blending them gives ties.
fn color() -> Case {
    let values = noise().flat_map(|v| [v >> 4, v >> 2, v].map(|c| (c & 255) as u8));
    Case {
        name: "a colour image",
        frame: frame(
            Samples::U8(values.collect()),
            PhotometricInterpretation::Rgb,
        ),
        plan: plan(Stages::Color(Colors::default()), Interpolation::Nearest),
    }
}

/// A curve of so many entries and bits. The presentation table has one entry for every output of the VOI table: no index is a tie.
fn table(entries: u32, bits: u32) -> LookupTable {
    let whole = f64::from((1_u32 << bits) - 1);
    let entry = |i: u32| (whole * (f64::from(i) / f64::from(entries - 1)).powf(0.7)) as u16;
    LookupTable {
        first: 0,
        bits,
        entries: (0..entries).map(entry).collect(),
        explanation: String::new(),
    }
}

fn shutter() -> Shutter {
    let circle = ShutterShape::Circular {
        row: 22.0,
        column: 30.0,
        radius: 24.5,
    };
    let rectangle = ShutterShape::Rectangular {
        left: 9.0,
        right: 60.0,
        upper: 4.0,
        lower: 39.0,
    };
    Shutter {
        shapes: vec![circle, rectangle],
        value: 0.4,
    }
}

fn layer() -> Layer {
    let (rows, columns) = (17, 23);
    let bits = (0..(rows * columns) / 8 + 1).map(|i| (i * 73 + 11) as u8);
    let plane = OverlayPlane {
        group: 0x6000,
        rows,
        columns,
        origin: (7, 12),
        is_region: false,
        frames: None,
        bits: OverlayBits::Own(bits.collect()),
        label: String::new(),
    };
    Layer {
        value: 0.6,
        overlays: vec![OverlayPainting {
            plane: Arc::new(plane),
            frame: 0,
        }],
        annotations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_renderer_passes_its_own_test() {
        let drawn = compare(|frame, plan| Ok(raster::render(frame, plan)));
        assert_eq!(drawn.expect("no difference"), cases().len());
    }

    #[test]
    fn no_value_of_the_calibrated_picture_is_a_tie() {
        let case = calibrated();
        let function = case.plan.display.expect("a display function");
        for value in 0..=4095 {
            let place = f64::from(value) / 4095.0 * 65535.0;
            let level = |apart: f64| function.level((place + apart) / 65535.0);
            assert_eq!(level(-0.02), level(0.02), "{value}");
        }
    }

    #[test]
    fn one_wrong_pixel_in_any_picture_is_found() {
        for wrong in 0..cases().len() {
            let mut drawn = 0;
            let result = compare(|frame, plan| {
                let mut picture = raster::render(frame, plan);
                if drawn == wrong {
                    match &mut picture {
                        RenderedImage::Gray16 { data, .. } => data[777] ^= 4,
                        RenderedImage::Gray8 { data, .. } | RenderedImage::Rgb8 { data, .. } => {
                            data[777] ^= 1;
                        }
                    }
                }
                drawn += 1;
                Ok(picture)
            });
            assert!(
                matches!(result, Err(SelfTestError::Wrong { pixels: 1, .. })),
                "{wrong}: {result:?}"
            );
        }
    }

    #[test]
    fn a_card_that_draws_black_or_nothing_fails() {
        let black = compare(|_, plan| {
            let (width, height) = plan.view.canvas;
            let data = vec![0; width as usize * height as usize];
            Ok(RenderedImage::Gray16 {
                width,
                height,
                data,
            })
        });
        assert!(
            matches!(black, Err(SelfTestError::Wrong { .. })),
            "{black:?}"
        );
        let lost = compare(|_, _| Err(RenderError::Device("lost".to_owned())));
        assert!(matches!(lost, Err(SelfTestError::Failed(_))), "{lost:?}");
    }
}
