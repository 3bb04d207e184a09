//! The CPU renderer: the twin of every shader stage, exact in f64 (presentation.md sections 2 to 10, 14).
//!
//! Values are windowed once per stored value (a table) or once per source row, then blended separably; overlays are painted
//! last. Nothing is rounded before the very end.

pub mod annotation;
pub mod color;
pub mod curve;
pub mod display;
pub mod modality;
pub mod overlay;
pub mod presentation;
pub mod sampling;
pub mod sheet;
pub mod shutter;
pub mod text;
pub mod voi;

use super::display_plan::{DisplayPlan, Stages};
use super::frame::Frame;
use super::view::Axes;

/// A picture on its canvas, row after row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderedImage {
    /// P-Values at 8 bits.
    Gray8 {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// One byte a pixel.
        data: Vec<u8>,
    },
    /// P-Values at 16 bits, or at 12 for films.
    Gray16 {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// One word a pixel.
        data: Vec<u16>,
    },
    /// Colours.
    Rgb8 {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Three bytes a pixel.
        data: Vec<u8>,
    },
}

impl RenderedImage {
    /// Width in pixels.
    pub fn width(&self) -> u32 {
        match self {
            Self::Gray8 { width, .. } | Self::Gray16 { width, .. } | Self::Rgb8 { width, .. } => {
                *width
            }
        }
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        match self {
            Self::Gray8 { height, .. }
            | Self::Gray16 { height, .. }
            | Self::Rgb8 { height, .. } => *height,
        }
    }

    /// The picture as 8-bit RGB, three bytes a pixel.
    pub fn to_rgb8(&self) -> Vec<u8> {
        match self {
            Self::Gray8 { data, .. } => data.iter().flat_map(|gray| [*gray; 3]).collect(),
            Self::Gray16 { data, .. } => data
                .iter()
                .flat_map(|gray| [(gray >> 8) as u8; 3])
                .collect(),
            Self::Rgb8 { data, .. } => data.clone(),
        }
    }
}

/// Executes a plan on a frame.
///
/// The frame must have the rows and columns the plan was made for; otherwise the picture is black, never another's.
pub fn render(frame: &Frame, plan: &DisplayPlan) -> RenderedImage {
    let (width, height) = plan.view.canvas;
    let fits = (frame.rows, frame.columns) == plan.image;
    let axes = plan.view.axes(if fits { plan.image } else { (0, 0) });
    let paint = Paint::of(plan, frame);
    let mask = shutter::mask(plan);
    match (&plan.stages, plan.bits) {
        (Stages::Color(colors), _) => {
            let source = color::Source::new(frame, colors, mask.as_ref());
            let mut data = sampling::resample::<3, u8>(&source, &axes, plan, display::to_8_bits);
            paint.over::<3, u8>(&mut data, &axes, display::to_8_bits);
            RenderedImage::Rgb8 {
                width,
                height,
                data,
            }
        }
        (Stages::Gray(chain), 12 | 16) => {
            let level = if plan.bits == 12 {
                display::to_12_bits
            } else {
                display::to_16_bits
            };
            let source = sampling::GraySource::new(frame, chain, mask.as_ref());
            RenderedImage::Gray16 {
                width,
                height,
                data: gray(&source, &axes, plan, &paint, level),
            }
        }
        (Stages::Gray(chain), _) => {
            let source = sampling::GraySource::new(frame, chain, mask.as_ref());
            let data = match plan.display.as_deref() {
                Some(function) => gray(&source, &axes, plan, &paint, |p| function.level(p)),
                None => gray(&source, &axes, plan, &paint, display::to_8_bits),
            };
            RenderedImage::Gray8 {
                width,
                height,
                data,
            }
        }
    }
}

/// A gray picture with what covers it, through the display stage.
fn gray<T: Copy + Send>(
    source: &sampling::GraySource,
    axes: &Axes,
    plan: &DisplayPlan,
    paint: &Paint,
    level: impl Fn(f64) -> T + Copy + Sync,
) -> Vec<T> {
    let mut data = sampling::resample_gray::<T>(source, axes, plan, level);
    paint.over::<1, T>(&mut data, axes, level);
    data
}

/// What covers the picture.
enum Paint {
    /// Overlay planes: one value an image pixel.
    Image(Option<Vec<f32>>),
    /// All layers of an annotated plan: one value a canvas pixel.
    Canvas(sheet::Sheet),
}

impl Paint {
    fn of(plan: &DisplayPlan, frame: &Frame) -> Self {
        match annotation::paint(plan, frame) {
            Some(sheet) => Self::Canvas(sheet),
            None => Self::Image(overlay::paint_map(plan, frame)),
        }
    }

    fn over<const CHANNELS: usize, T: Copy>(
        &self,
        picture: &mut [T],
        axes: &Axes,
        level: impl Fn(f64) -> T,
    ) {
        match self {
            Self::Image(map) => overlay::paint::<CHANNELS, T>(picture, map.as_ref(), axes, level),
            Self::Canvas(sheet) => {
                let pixels = picture.as_chunks_mut::<CHANNELS>().0.iter_mut();
                for (pixel, value) in pixels.zip(&sheet.values) {
                    if *value >= 0.0 {
                        *pixel = [level(f64::from(*value)); CHANNELS];
                    }
                }
            }
        }
    }
}
