//! A plan as the one small uniform of its slot; the layout is `Plan` of `shaders/viewport.wgsl`.
//!
//! Places on the image are ratios of integers, as in `imaging/view.rs`: the shader finds the same nearest sample as the twin.

use super::textures::Tiling;
use crate::imaging::display_plan::Stages;
use crate::imaging::grayscale::{GrayChain, LookupTable, Modality, Presentation, Voi, VoiFunction};
use crate::imaging::raster::annotation;
use crate::imaging::view::View;
use crate::imaging::{DisplayPlan, Interpolation};

/// Mirrors `Plan` of `shaders/viewport.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Uniform {
    right: [i32; 4],
    down: [i32; 4],
    area: [i32; 4],
    image: [i32; 4],
    canvas: [f32; 4],
    modality: [f32; 4],
    voi: [f32; 4],
    padding: [f32; 4],
    kinds: [u32; 4],
    tables: [i32; 4],
}

const TRANSPOSED: u32 = 1;
const PADDED: u32 = 4;
const SHUT: u32 = 8;
const PAINTED: u32 = 16;
const ANNOTATED: u32 = 32;
const CALIBRATED: u32 = 64;

/// What stands in the uniform of a colour frame, whose shader does not look at it.
const COLOR_CHAIN: GrayChain = GrayChain {
    padding: None,
    modality: Modality::Identity,
    voi: Voi::Identity {
        low: 0.0,
        high: 1.0,
    },
    presentation: Presentation::Identity,
};

/// Sample positions along one direction of the canvas: at canvas pixel `i`, `base + (start + i * step) / denominator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Steps {
    base: i64,
    start: i64,
    step: i64,
    denominator: i64,
}

impl Uniform {
    /// `image` is the size that is really there, columns first; nothing is shown of an image of another size than planned.
    pub fn new(plan: &DisplayPlan, image: (u32, u32), tiling: Tiling) -> Self {
        let view = &plan.view;
        let (right, down) = steps(view);
        let (middle, slope) = short_chain(plan).unwrap_or_default();
        let chain = plan.chain().unwrap_or(&COLOR_CHAIN);
        let (modality_kind, [modality_slope, intercept, first]) = modality(&chain.modality);
        let (voi_kind, voi_numbers) = voi(&chain.voi);
        let presentation_kind = match chain.presentation {
            Presentation::Identity => 0,
            Presentation::Inverse => 1,
            Presentation::Table(_) => 2,
            Presentation::InverseTable(_) => 3,
        };
        let last = tables(plan).map(|table| table.map_or(0, |t| t.entries.len() as i32 - 1));
        let (low, high) = chain.padding.unwrap_or_default();
        let (x, y) = view.origin;
        Self {
            right: direction(&right),
            down: direction(&down),
            area: [x, y, x + view.size.0, y + view.size.1].map(saturated),
            image: [image.0, image.1, tiling.side, tiling.across].map(u32::cast_signed),
            canvas: [
                view.canvas.0 as f32,
                view.canvas.1 as f32,
                plan.shutter.as_ref().map_or(0.0, |s| s.value as f32),
                slope,
            ],
            modality: [middle, modality_slope, intercept, first],
            voi: [voi_numbers[0], voi_numbers[1], 0.0, 0.0],
            padding: [low as f32, high as f32, 0.0, 0.0],
            kinds: [
                modality_kind,
                voi_kind,
                presentation_kind,
                switches(plan, chain),
            ],
            tables: [last[0], last[1], last[2], 0],
        }
    }
}

fn switches(plan: &DisplayPlan, chain: &GrayChain) -> u32 {
    let switch = |on: bool, bit: u32| if on { bit } else { 0 };
    switch(is_transposed(&plan.view), TRANSPOSED)
        | switch(chain.padding.is_some(), PADDED)
        | switch(plan.shutter.is_some(), SHUT)
        | switch(plan.display.is_some(), CALIBRATED)
        | match painting(plan) {
            Painting::Nothing => 0,
            Painting::OnImage => PAINTED,
            Painting::OnCanvas => ANNOTATED,
        }
}

/// Where the layers of a plan are painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Painting {
    /// There are none.
    Nothing,
    /// Overlay planes only: once for every view of the image.
    OnImage,
    /// Annotations among them: at the resolution of the canvas.
    OnCanvas,
}

/// What a plan needs.
pub(super) fn painting(plan: &DisplayPlan) -> Painting {
    if annotation::is_annotated(plan) {
        Painting::OnCanvas
    } else if plan.layers.iter().any(|layer| !layer.overlays.is_empty()) {
        Painting::OnImage
    } else {
        Painting::Nothing
    }
}

/// The blending that is needed: at whole scales every place is a sample.
pub(super) fn blending(view: &View) -> Interpolation {
    let (right, down) = steps(view);
    let on_samples = [right, down]
        .iter()
        .all(|steps| steps.start == 0 && steps.step % steps.denominator == 0);
    if on_samples {
        Interpolation::Nearest
    } else {
        view.interpolation
    }
}

/// Middle and slope of a chain that is one ramp: `(stored - middle) * slope + 1/2`, clamped; `None` where more is to be done.
pub(super) fn short_chain(plan: &DisplayPlan) -> Option<(f32, f32)> {
    let Stages::Gray(chain) = &plan.stages else {
        return None;
    };
    if plan.shutter.is_some() || painting(plan) != Painting::Nothing || chain.padding.is_some() {
        return None;
    }
    let (slope, intercept) = match chain.modality {
        Modality::Identity => (1.0, 0.0),
        Modality::Rescale { slope, intercept } => (slope, intercept),
        Modality::Table(_) => return None,
    };
    let (center, span) = match chain.voi {
        Voi::Identity { low, high } => ((low + high) / 2.0, high - low),
        Voi::Window { window, function } => match function {
            VoiFunction::Linear => (window.center - 0.5, window.width - 1.0),
            VoiFunction::LinearExact => (window.center, window.width),
            VoiFunction::Sigmoid => return None,
        },
        Voi::Table(_) => return None,
    };
    let sign = match chain.presentation {
        Presentation::Identity => 1.0,
        Presentation::Inverse => -1.0,
        Presentation::Table(_) | Presentation::InverseTable(_) => return None,
    };
    // Anything steeper is a threshold, and which side its edge belongs to is the long chain's to say.
    (span >= 1e-3).then(|| {
        (
            ((center - intercept) / slope) as f32,
            (sign * slope / span) as f32,
        )
    })
}

fn modality(stage: &Modality) -> (u32, [f32; 3]) {
    match stage {
        Modality::Identity => (0, [1.0, 0.0, 0.0]),
        Modality::Rescale { slope, intercept } => (0, [*slope as f32, *intercept as f32, 0.0]),
        Modality::Table(table) => (1, [0.0, 0.0, table.first as f32]),
    }
}

fn voi(stage: &Voi) -> (u32, [f32; 2]) {
    match stage {
        Voi::Identity { low, high } => (0, [*low as f32, *high as f32]),
        Voi::Window { window, function } => {
            let kind = match function {
                VoiFunction::Linear => 1,
                VoiFunction::LinearExact => 2,
                VoiFunction::Sigmoid => 3,
            };
            (kind, [window.center as f32, window.width as f32])
        }
        Voi::Table(table) => (4, [table.first as f32, 0.0]),
    }
}

/// The tables of a plan, in the order of its stages.
pub(super) fn tables(plan: &DisplayPlan) -> [Option<&LookupTable>; 3] {
    let Stages::Gray(chain) = &plan.stages else {
        return [None; 3];
    };
    let modality = match &chain.modality {
        Modality::Table(table) => Some(table),
        Modality::Identity | Modality::Rescale { .. } => None,
    };
    let voi = match &chain.voi {
        Voi::Table(table) => Some(table),
        Voi::Identity { .. } | Voi::Window { .. } => None,
    };
    let presentation = match &chain.presentation {
        Presentation::Table(table) | Presentation::InverseTable(table) => Some(table),
        Presentation::Identity | Presentation::Inverse => None,
    };
    [modality, voi, presentation]
}

fn is_transposed(view: &View) -> bool {
    view.rotation % 2 == 1
}

/// Sample positions to the right, then downwards (presentation.md section 9).
fn steps(view: &View) -> (Steps, Steps) {
    let backwards_right = matches!(view.rotation, 1 | 2) != view.flip;
    let backwards_down = matches!(view.rotation, 2 | 3);
    let columns = (view.area.x, view.area.width);
    let rows = (view.area.y, view.area.height);
    let (right, down) = if is_transposed(view) {
        (rows, columns)
    } else {
        (columns, rows)
    };
    (
        steps_along(right, view.origin.0, view.size.0, backwards_right),
        steps_along(down, view.origin.1, view.size.1, backwards_down),
    )
}

/// `count` image pixels from `first` on, spread over `size` canvas pixels from `origin` on.
fn steps_along((first, count): (i64, i64), origin: i64, size: i64, backwards: bool) -> Steps {
    let denominator = 2 * size;
    // With k the canvas pixel within the area: first + (k + 1/2) * count / size - 1/2.
    let first_k = if backwards {
        size - 1 + origin
    } else {
        -origin
    };
    let numerator = (2 * first_k + 1) * count - size;
    Steps {
        base: first + numerator.div_euclid(denominator),
        start: numerator.rem_euclid(denominator),
        step: if backwards { -2 * count } else { 2 * count },
        denominator,
    }
}

fn direction(steps: &Steps) -> [i32; 4] {
    [steps.base, steps.start, steps.step, steps.denominator].map(saturated)
}

/// Places this far outside the canvas are all alike.
fn saturated(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::view::Area;

    #[test]
    fn steps_find_the_samples_of_the_axes() {
        let area = Area {
            x: -2,
            y: 3,
            width: 9,
            height: 7,
        };
        for rotation in 0..4 {
            for flip in [false, true] {
                for canvas in [(31, 17), (5, 4), (90, 70)] {
                    let turns = (rotation, flip);
                    let blend = Interpolation::Bilinear;
                    let view = View::scale_to_fit(&area, 1.3, turns, Some(canvas), blend);
                    let (right, down) = steps(&view);
                    let axes = view.axes((8, 8));
                    check(&right, &axes.across, 8);
                    check(&down, &axes.down, 8);
                }
            }
        }
    }

    fn check(steps: &Steps, samples: &[crate::imaging::view::AxisSample], side: i64) {
        for (i, sample) in samples.iter().enumerate() {
            let Some(nearest) = sample.nearest else {
                continue;
            };
            let numerator = steps.start + i as i64 * steps.step;
            let whole = steps.base + numerator.div_euclid(steps.denominator);
            let rest = numerator.rem_euclid(steps.denominator);
            let found = whole + i64::from(2 * rest >= steps.denominator);
            assert_eq!(found, i64::from(nearest));
            assert!(found < side);
            let place = whole as f64 + rest as f64 / steps.denominator as f64;
            assert!((place - (sample.base as f64 + sample.fraction)).abs() < 1e-9);
        }
    }
}
