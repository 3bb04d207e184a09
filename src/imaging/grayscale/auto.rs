//! Windows computed from the pixels: 1 to 99 percent of what is there (workstation.md 4.2, key 0).

use super::{GrayChain, Modality, Window};
use crate::imaging::{DisplayAttributes, Frame, FrameIndex, PixelDescription, Samples, raster};

/// Values looked at for the percentiles; more tell nothing new.
const SAMPLES_MAX: usize = 1 << 18;

/// The window from the 1 % to the 99 % value of the frame, padding left out, in values after the first stage of `chain`.
pub fn auto_window(frame: &Frame, chain: &GrayChain) -> Window {
    let mut values = modality_values(&frame.samples, &chain.modality, chain.padding);
    if values.is_empty() {
        return Window {
            center: 0.5,
            width: 1.0,
        };
    }
    let last = values.len() - 1;
    let (low_at, high_at) = (last / 100, last - last / 100);
    let low = *values.select_nth_unstable_by(low_at, f64::total_cmp).1;
    let high = *values.select_nth_unstable_by(high_at, f64::total_cmp).1;
    // LINEAR: low is the last black value and high the first white one
    Window {
        center: (low + high) / 2.0 + 0.5,
        width: (high - low + 1.0).max(1.0),
    }
}

fn modality_values(
    samples: &Samples,
    modality: &Modality,
    padding: Option<(i64, i64)>,
) -> Vec<f64> {
    let step = samples.len().div_ceil(SAMPLES_MAX).max(1);
    let is_padding =
        |v: f64| padding.is_some_and(|(low, high)| (low as f64..=high as f64).contains(&v));
    (0..samples.len())
        .step_by(step)
        .map(|at| samples.value(at))
        .filter(|v| v.is_finite() && !is_padding(*v))
        .map(|v| raster::modality::value(modality, v))
        .collect()
}

/// The smallest and largest stored value of a gray frame, padding left out; `None` when there is nothing else.
pub fn stored_extremes(frame: &Frame, padding: Option<(i64, i64)>) -> Option<(f64, f64)> {
    fn ends<T: Copy + PartialOrd + Into<f64>>(
        values: &[T],
        padding: Option<(i64, i64)>,
    ) -> Option<(f64, f64)> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let padding = padding.map(|(low, high)| low as f64..=high as f64);
        for value in values {
            let value: f64 = (*value).into();
            if value.is_finite() && !padding.as_ref().is_some_and(|p| p.contains(&value)) {
                low = low.min(value);
                high = high.max(value);
            }
        }
        (low <= high).then_some((low, high))
    }
    match &frame.samples {
        Samples::U8(values) => ends(values, padding),
        Samples::I8(values) => ends(values, padding),
        Samples::U16(values) => ends(values, padding),
        Samples::I16(values) => ends(values, padding),
        Samples::U32(values) => ends(values, padding),
        Samples::I32(values) => ends(values, padding),
        Samples::F32(values) => ends(values, padding),
        Samples::F64(values) => ends(values, padding),
    }
}

/// The modality values that the pixel module allows, smaller end first.
pub fn value_range(
    attributes: &DisplayAttributes,
    pixels: &PixelDescription,
    index: FrameIndex,
) -> (f64, f64) {
    attributes
        .frame(index)
        .modality
        .output_range(stored_range(pixels))
}

/// The stored values that Bits Stored and Pixel Representation allow (presentation.md section 3).
pub fn stored_range(pixels: &PixelDescription) -> (f64, f64) {
    let bits = i32::from(pixels.bits_stored.clamp(1, 32));
    if pixels.signed {
        (-(2_f64.powi(bits - 1)), 2_f64.powi(bits - 1) - 1.0)
    } else {
        (0.0, 2_f64.powi(bits) - 1.0)
    }
}
