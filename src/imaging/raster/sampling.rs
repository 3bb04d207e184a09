//! Sampling stage: rows of P-Values through the view onto the canvas (presentation.md section 9). Twin: shaders/sampling.wgsl.

use crate::imaging::display_plan::{DisplayPlan, Interpolation};
use crate::imaging::frame::{Frame, Samples};
use crate::imaging::grayscale::GrayChain;
use crate::imaging::view::{Axes, AxisSample};

use super::shutter::Mask;

/// Something that gives one image row after the whole chain and the shutter.
pub trait Rows<const CHANNELS: usize> {
    /// Replaces `out` by the row's values, 0 to 1.
    fn row(&self, row: usize, out: &mut Vec<[f64; CHANNELS]>);
}

/// A gray frame: stored values through the chain.
pub struct GraySource<'a> {
    frame: &'a Frame,
    chain: &'a GrayChain,
    mask: Option<&'a Mask>,
    /// P-Value of every stored value of 8 and 16 bit frames, from the type's smallest.
    table: Vec<f64>,
}

impl<'a> GraySource<'a> {
    /// Windows every possible value once when that is cheaper than windowing every pixel.
    pub fn new(frame: &'a Frame, chain: &'a GrayChain, mask: Option<&'a Mask>) -> Self {
        let table = |low: i32, high: i32| {
            (low..=high)
                .map(|stored| chain.p_value(f64::from(stored)))
                .collect()
        };
        let pixels = frame.samples.len();
        let table = match &frame.samples {
            Samples::U8(_) => table(0, 255),
            Samples::I8(_) => table(-128, 127),
            Samples::U16(values) => table_to(values.iter().copied().map(i32::from), pixels, table),
            Samples::I16(_) => table(-32768, 32767),
            _ => Vec::new(),
        };
        Self {
            frame,
            chain,
            mask,
            table,
        }
    }
}

/// The table up to the largest value there is: most images use 12 of 16 bits.
fn table_to(
    values: impl Iterator<Item = i32>,
    pixels: usize,
    table: impl Fn(i32, i32) -> Vec<f64>,
) -> Vec<f64> {
    if pixels == 0 {
        Vec::new()
    } else {
        table(0, values.max().unwrap_or(0))
    }
}

impl Rows<1> for GraySource<'_> {
    fn row(&self, row: usize, out: &mut Vec<[f64; 1]>) {
        let width = self.frame.columns as usize;
        let range = row * width..(row + 1) * width;
        out.clear();
        match &self.frame.samples {
            Samples::U8(values) => out.extend(
                values[range.clone()]
                    .iter()
                    .map(|v| [self.table[usize::from(*v)]]),
            ),
            Samples::U16(values) => out.extend(
                values[range.clone()]
                    .iter()
                    .map(|v| [self.table[usize::from(*v)]]),
            ),
            Samples::I8(values) => out.extend(
                values[range.clone()]
                    .iter()
                    .map(|v| [self.table[(i32::from(*v) + 128) as usize]]),
            ),
            Samples::I16(values) => out.extend(
                values[range.clone()]
                    .iter()
                    .map(|v| [self.table[(i32::from(*v) + 32768) as usize]]),
            ),
            wide => out.extend(range.clone().map(|at| [self.chain.p_value(wide.value(at))])),
        }
        if let Some(mask) = self.mask {
            for (pixel, _) in out
                .iter_mut()
                .zip(&mask.occluded[range])
                .filter(|(_, hidden)| **hidden == 1)
            {
                *pixel = [mask.value];
            }
        }
    }
}

/// The whole canvas of a gray frame. Where every place falls on a sample and nothing is occluded, each stored value has one
/// level, and nothing is computed per pixel.
pub fn resample_gray<T: Copy + Default>(
    source: &GraySource,
    axes: &Axes,
    plan: &DisplayPlan,
    level: fn(f64) -> T,
) -> Vec<T> {
    let one_tap = Taps::of(axes, plan.view.interpolation) == Taps::One;
    if !one_tap || source.mask.is_some() {
        return resample::<1, T>(source, axes, plan, level);
    }
    let levels: Vec<T> = source.table.iter().map(|p| level(*p)).collect();
    match &source.frame.samples {
        Samples::U8(values) => pick(values, axes, |v| levels[usize::from(v)]),
        Samples::U16(values) => pick(values, axes, |v| levels[usize::from(v)]),
        Samples::I8(values) => pick(values, axes, |v| levels[(i32::from(v) + 128) as usize]),
        Samples::I16(values) => pick(values, axes, |v| levels[(i32::from(v) + 32768) as usize]),
        _ => resample::<1, T>(source, axes, plan, level),
    }
}

/// The nearest sample's level for every canvas pixel.
fn pick<S: Copy, T: Copy + Default>(samples: &[S], axes: &Axes, level: impl Fn(S) -> T) -> Vec<T> {
    let (width, columns) = (axes.across.len(), axes.image.1 as usize);
    let nearest = |sample: &AxisSample| sample.nearest.map(|at| at as usize);
    // places in the sample array: those of a canvas column and of a canvas row add up
    let (across_step, down_step) = if axes.transposed {
        (columns, 1)
    } else {
        (1, columns)
    };
    let across: Vec<Option<usize>> = axes
        .across
        .iter()
        .map(|sample| Some(nearest(sample)? * across_step))
        .collect();
    let mut picture = vec![T::default(); width * axes.down.len()];
    for (line, down) in picture.chunks_exact_mut(width.max(1)).zip(&axes.down) {
        let Some(start) = nearest(down).map(|at| at * down_step) else {
            continue;
        };
        for (pixel, place) in line.iter_mut().zip(&across) {
            if let Some(place) = place {
                *pixel = level(samples[start + place]);
            }
        }
    }
    picture
}

/// The whole canvas; what shows no image is 0.
pub fn resample<const CHANNELS: usize, T: Copy + Default>(
    source: &impl Rows<CHANNELS>,
    axes: &Axes,
    plan: &DisplayPlan,
    level: fn(f64) -> T,
) -> Vec<T> {
    let (width, height) = (axes.across.len(), axes.down.len());
    let mut picture = vec![T::default(); width * height * CHANNELS];
    // walk along image rows, so that each is windowed once: canvas rows, or columns when the view is turned by 90 or 270
    let (outer, inner) = if axes.transposed {
        (&axes.across, &axes.down)
    } else {
        (&axes.down, &axes.across)
    };
    let (outer_step, inner_step) = if axes.transposed {
        (CHANNELS, width * CHANNELS)
    } else {
        (width * CHANNELS, CHANNELS)
    };
    let taps = Taps::of(axes, plan.view.interpolation);
    let columns = axes.image.1 as usize;
    let mut blender = Blender {
        source,
        rows: axes.image.0 as usize,
        cache: Vec::new(),
        blended: vec![[0.0; CHANNELS]; columns],
    };
    for (o, row_sample) in outer.iter().enumerate() {
        if row_sample.nearest.is_none() || columns == 0 {
            continue;
        }
        blender.blend(row_sample, taps);
        for (i, sample) in inner.iter().enumerate() {
            let Some(nearest) = sample.nearest else {
                continue;
            };
            let value = across(&blender.blended, sample, nearest as usize, taps);
            let place = o * outer_step + i * inner_step;
            for channel in 0..CHANNELS {
                picture[place + channel] = level(value[channel]);
            }
        }
    }
    picture
}

/// Which samples are looked at.
#[derive(Clone, Copy, PartialEq)]
enum Taps {
    /// The nearest: also when every place falls on a sample.
    One,
    /// Two or four along each axis.
    Some(Interpolation),
}

impl Taps {
    fn of(axes: &Axes, interpolation: Interpolation) -> Self {
        let on_samples = axes
            .across
            .iter()
            .chain(&axes.down)
            .all(|sample| sample.fraction == 0.0);
        if on_samples || interpolation == Interpolation::Nearest {
            Self::One
        } else {
            Self::Some(interpolation)
        }
    }
}

/// Source rows of the current place, windowed, newest last; and their blend.
struct Blender<'a, S, const CHANNELS: usize> {
    source: &'a S,
    rows: usize,
    cache: Vec<(usize, Vec<[f64; CHANNELS]>)>,
    blended: Vec<[f64; CHANNELS]>,
}

impl<S: Rows<CHANNELS>, const CHANNELS: usize> Blender<'_, S, CHANNELS> {
    /// Makes `blended` the row at a place between source rows.
    fn blend(&mut self, sample: &AxisSample, taps: Taps) {
        let Taps::Some(interpolation) = taps else {
            let row = sample.nearest.unwrap_or(0) as usize;
            self.source.row(row, &mut self.blended);
            return;
        };
        self.blended
            .iter_mut()
            .for_each(|pixel| *pixel = [0.0; CHANNELS]);
        for (weight, row) in weighted(sample, interpolation, self.rows) {
            let index = self.cached(row);
            for (sum, value) in self.blended.iter_mut().zip(&self.cache[index].1) {
                for channel in 0..CHANNELS {
                    sum[channel] += weight * value[channel];
                }
            }
        }
    }

    /// Where the windowed row is in the cache; the oldest of four gives way.
    fn cached(&mut self, row: usize) -> usize {
        if let Some(index) = self.cache.iter().position(|(known, _)| *known == row) {
            return index;
        }
        let mut line = if self.cache.len() < 4 {
            Vec::new()
        } else {
            self.cache.remove(0).1
        };
        self.source.row(row, &mut line);
        self.cache.push((row, line));
        self.cache.len() - 1
    }
}

/// Weights above or below zero with their sample, clamped to the image.
fn weighted(
    sample: &AxisSample,
    interpolation: Interpolation,
    length: usize,
) -> impl Iterator<Item = (f64, usize)> {
    let base = sample.base;
    let last = length as i64 - 1;
    sample
        .weights(interpolation)
        .into_iter()
        .zip(base - 1..)
        .filter(|(weight, _)| *weight != 0.0)
        .map(move |(weight, at)| (weight, at.clamp(0, last) as usize))
}

fn across<const CHANNELS: usize>(
    row: &[[f64; CHANNELS]],
    sample: &AxisSample,
    nearest: usize,
    taps: Taps,
) -> [f64; CHANNELS] {
    let Taps::Some(interpolation) = taps else {
        return row[nearest];
    };
    let mut value = [0.0; CHANNELS];
    for (weight, column) in weighted(sample, interpolation, row.len()) {
        for channel in 0..CHANNELS {
            value[channel] += weight * row[column][channel];
        }
    }
    value
}
