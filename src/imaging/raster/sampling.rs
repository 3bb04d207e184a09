//! Sampling stage: rows of P-Values through the view onto the canvas (presentation.md section 9). Twin: shaders/sampling.wgsl.

use std::ops::Range;

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
    /// P-Value of every stored value that frames of 8 and 16 bits hold, from their smallest.
    table: Vec<f64>,
    smallest: i32,
}

impl<'a> GraySource<'a> {
    /// Windows every value that occurs once, where they are few enough.
    pub fn new(frame: &'a Frame, chain: &'a GrayChain, mask: Option<&'a Mask>) -> Self {
        let span = match &frame.samples {
            Samples::U8(values) => span(values),
            Samples::I8(values) => span(values),
            Samples::U16(values) => span(values),
            Samples::I16(values) => span(values),
            _ => None,
        };
        let table = span.map_or_else(Vec::new, |(low, high)| {
            let values = low..=high;
            values.map(|v| chain.p_value(f64::from(v))).collect()
        });
        Self {
            frame,
            chain,
            mask,
            table,
            smallest: span.map_or(0, |(low, _)| low),
        }
    }

    /// The place of a stored value in the table.
    fn place(&self, stored: impl Into<i32>) -> usize {
        (stored.into() - self.smallest) as usize
    }
}

/// Smallest and largest value.
fn span<S: Copy + Ord + Into<i32>>(values: &[S]) -> Option<(i32, i32)> {
    let first = *values.first()?;
    let (low, high) = values.iter().fold((first, first), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    Some((low.into(), high.into()))
}

impl Rows<1> for GraySource<'_> {
    fn row(&self, row: usize, out: &mut Vec<[f64; 1]>) {
        let width = self.frame.columns as usize;
        let range = row * width..(row + 1) * width;
        out.clear();
        match &self.frame.samples {
            Samples::U8(values) => self.windowed(&values[range.clone()], out),
            Samples::U16(values) => self.windowed(&values[range.clone()], out),
            Samples::I8(values) => self.windowed(&values[range.clone()], out),
            Samples::I16(values) => self.windowed(&values[range.clone()], out),
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

impl GraySource<'_> {
    fn windowed<S: Copy + Into<i32>>(&self, values: &[S], out: &mut Vec<[f64; 1]>) {
        out.extend(values.iter().map(|v| [self.table[self.place(*v)]]));
    }
}

/// The whole canvas of a gray frame. Where every place falls on a sample and nothing is occluded, each stored value has one
/// level, and nothing is computed per pixel.
pub fn resample_gray<T: Copy + Send>(
    source: &GraySource,
    axes: &Axes,
    plan: &DisplayPlan,
    level: impl Fn(f64) -> T + Copy + Sync,
) -> Vec<T> {
    let one_tap = taps_of(axes, plan.view.interpolation) == Taps::One;
    if !one_tap || source.mask.is_some() {
        return resample::<1, T>(source, axes, plan, level);
    }
    let levels: Vec<T> = source.table.iter().map(|p| level(*p)).collect();
    let outside = level(0.0);
    match &source.frame.samples {
        Samples::U8(values) => pick(values, axes, outside, |v| levels[source.place(v)]),
        Samples::U16(values) => pick(values, axes, outside, |v| levels[source.place(v)]),
        Samples::I8(values) => pick(values, axes, outside, |v| levels[source.place(v)]),
        Samples::I16(values) => pick(values, axes, outside, |v| levels[source.place(v)]),
        _ => resample::<1, T>(source, axes, plan, level),
    }
}

/// The nearest sample's level for every canvas pixel.
fn pick<S: Copy, T: Copy>(
    samples: &[S],
    axes: &Axes,
    outside: T,
    level: impl Fn(S) -> T,
) -> Vec<T> {
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
    let mut picture = vec![outside; width * axes.down.len()];
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

/// The whole canvas; what shows no image has the level of P-Value 0. Large ones are made by several threads, a band of image rows each.
pub fn resample<const CHANNELS: usize, T: Copy + Send>(
    source: &(impl Rows<CHANNELS> + Sync),
    axes: &Axes,
    plan: &DisplayPlan,
    level: impl Fn(f64) -> T + Copy + Sync,
) -> Vec<T> {
    // walk along image rows, so that each is windowed once: canvas rows, or columns when the view is turned by 90 or 270
    let (outer, inner) = if axes.transposed {
        (&axes.across, &axes.down)
    } else {
        (&axes.down, &axes.across)
    };
    let taps = taps_of(axes, plan.view.interpolation);
    let (rows, columns) = (axes.image.0 as usize, axes.image.1 as usize);
    let mut lines = vec![[level(0.0); CHANNELS]; outer.len() * inner.len()];
    if rows == 0 || columns == 0 || lines.is_empty() {
        return lines.into_flattened();
    }
    let shown = shown(inner);
    let along: Vec<Tap> = inner[shown.clone()]
        .iter()
        .map(|sample| Tap::of(sample, taps, columns))
        .collect();
    let band = |samples: &[AxisSample], lines: &mut [[T; CHANNELS]]| {
        let mut blender = Blender::new(source, (rows, columns), taps);
        for (sample, line) in samples.iter().zip(lines.chunks_exact_mut(inner.len())) {
            if sample.nearest.is_some() {
                let row = blender.blend(sample);
                let line = &mut line[shown.clone()];
                match taps {
                    Taps::One => fill::<1, CHANNELS, T>(line, row, &along, level),
                    Taps::Two => fill::<2, CHANNELS, T>(line, row, &along, level),
                    Taps::Four => fill::<4, CHANNELS, T>(line, row, &along, level),
                }
            }
        }
    };
    let threads = threads_for(lines.len());
    let samples_per_band = outer.len().div_ceil(threads);
    let mut bands = outer
        .chunks(samples_per_band)
        .zip(lines.chunks_mut(samples_per_band * inner.len()));
    let own = bands.next();
    std::thread::scope(|scope| {
        let band = &band;
        for (samples, lines) in bands {
            scope.spawn(move || band(samples, lines));
        }
        if let Some((samples, lines)) = own {
            band(samples, lines);
        }
    });
    if axes.transposed {
        lines = transposed(&lines, inner.len());
    }
    lines.into_flattened()
}

/// Pictures of fewer pixels are made by one thread: starting another costs as much.
const PIXELS_A_THREAD: usize = 1 << 18;
/// More threads than this gain nothing: memory is the limit.
const THREADS_MAX: usize = 4;

fn threads_for(pixels: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (pixels / PIXELS_A_THREAD).clamp(1, processors.min(THREADS_MAX))
}

/// The places from the first to the last that show the image; those between all do.
fn shown(samples: &[AxisSample]) -> Range<usize> {
    let inside = |sample: &AxisSample| sample.nearest.is_some();
    let first = samples.iter().position(inside).unwrap_or(0);
    let end = samples.iter().rposition(inside).map_or(0, |last| last + 1);
    first..end
}

/// Lines of `length` as columns.
fn transposed<P: Copy>(lines: &[P], length: usize) -> Vec<P> {
    // squares of this side stay in the cache while they are turned
    const SIDE: usize = 32;
    let count = lines.len() / length;
    let mut turned = lines.to_vec();
    for line_start in (0..count).step_by(SIDE) {
        for place_start in (0..length).step_by(SIDE) {
            for line in line_start..(line_start + SIDE).min(count) {
                for place in place_start..(place_start + SIDE).min(length) {
                    turned[place * count + line] = lines[line * length + place];
                }
            }
        }
    }
    turned
}

/// How many samples along each axis make a pixel.
#[derive(Clone, Copy, PartialEq)]
enum Taps {
    /// The nearest: also when every place falls on a sample.
    One,
    /// Bilinear.
    Two,
    /// Cubic.
    Four,
}

fn taps_of(axes: &Axes, interpolation: Interpolation) -> Taps {
    let on_samples = axes
        .across
        .iter()
        .chain(&axes.down)
        .all(|sample| sample.fraction == 0.0);
    match interpolation {
        _ if on_samples => Taps::One,
        Interpolation::Nearest => Taps::One,
        Interpolation::Bilinear => Taps::Two,
        Interpolation::Cubic => Taps::Four,
    }
}

/// Which samples make a place along an axis, and with which weights; of fewer than four the first ones count.
#[derive(Clone, Copy)]
struct Tap {
    index: [u32; 4],
    weight: [f64; 4],
}

impl Tap {
    fn of(sample: &AxisSample, taps: Taps, length: usize) -> Self {
        let last = length as i64 - 1;
        let at = |offset: i64| (sample.base + offset).clamp(0, last) as u32;
        let (mut index, weight) = match taps {
            Taps::One => ([sample.nearest.unwrap_or(0); 4], [1.0, 0.0, 0.0, 0.0]),
            Taps::Two => {
                let [_, before, after, _] = sample.weights(Interpolation::Bilinear);
                ([at(0), at(1), at(1), at(1)], [before, after, 0.0, 0.0])
            }
            Taps::Four => (
                [at(-1), at(0), at(1), at(2)],
                sample.weights(Interpolation::Cubic),
            ),
        };
        // a sample without weight must not show, not even one that is no number
        if let Some(counted) = (0..4).find(|tap| weight[*tap] != 0.0) {
            for tap in 0..4 {
                if weight[tap] == 0.0 {
                    index[tap] = index[counted];
                }
            }
        }
        Self { index, weight }
    }
}

/// The pixels of a line from a blended row.
fn fill<const TAPS: usize, const CHANNELS: usize, T>(
    line: &mut [[T; CHANNELS]],
    row: &[[f64; CHANNELS]],
    along: &[Tap],
    level: impl Fn(f64) -> T,
) {
    for (pixel, tap) in line.iter_mut().zip(along) {
        if TAPS == 1 {
            *pixel = row[tap.index[0] as usize].map(&level);
            continue;
        }
        let mut sum = [0.0; CHANNELS];
        for i in 0..TAPS {
            let value = &row[tap.index[i] as usize];
            for channel in 0..CHANNELS {
                sum[channel] += tap.weight[i] * value[channel];
            }
        }
        *pixel = sum.map(&level);
    }
}

/// Source rows of the current place, windowed, newest last; and their blend.
struct Blender<'a, S, const CHANNELS: usize> {
    source: &'a S,
    rows: usize,
    taps: Taps,
    cache: Vec<(usize, Vec<[f64; CHANNELS]>)>,
    blended: Vec<[f64; CHANNELS]>,
}

impl<'a, S: Rows<CHANNELS>, const CHANNELS: usize> Blender<'a, S, CHANNELS> {
    fn new(source: &'a S, (rows, columns): (usize, usize), taps: Taps) -> Self {
        Self {
            source,
            rows,
            taps,
            cache: Vec::new(),
            blended: vec![[0.0; CHANNELS]; columns],
        }
    }

    /// The row at a place between source rows.
    fn blend(&mut self, sample: &AxisSample) -> &[[f64; CHANNELS]] {
        let tap = Tap::of(sample, self.taps, self.rows);
        let taps = match self.taps {
            Taps::One => {
                let index = self.cached(tap.index[0] as usize);
                return &self.cache[index].1;
            }
            Taps::Two => 2,
            Taps::Four => 4,
        };
        self.blended.fill([0.0; CHANNELS]);
        for (row, weight) in tap.index.into_iter().zip(tap.weight).take(taps) {
            if weight == 0.0 {
                continue;
            }
            let index = self.cached(row as usize);
            for (sum, value) in self.blended.iter_mut().zip(&self.cache[index].1) {
                for channel in 0..CHANNELS {
                    sum[channel] += weight * value[channel];
                }
            }
        }
        &self.blended
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::view::{Area, View};

    /// Rows of noise, one of them without numbers.
    struct Noise(u32, usize);

    impl Rows<1> for Noise {
        fn row(&self, row: usize, out: &mut Vec<[f64; 1]>) {
            let value = |column: u32| {
                let mixed = (row as u32 * self.0 + column).wrapping_mul(2_654_435_761);
                if row == self.1 {
                    f64::NAN
                } else {
                    f64::from(mixed >> 8) / f64::from(1 << 24)
                }
            };
            out.clear();
            out.extend((0..self.0).map(|column| [value(column)]));
        }
    }

    /// One pixel as the definition says: sixteen weights on sixteen samples.
    fn defined(source: &Noise, axes: &Axes, blend: Interpolation, at: (usize, usize)) -> f64 {
        let (across, down) = (&axes.across[at.0], &axes.down[at.1]);
        let (column, row) = match axes.transposed {
            true => (down, across),
            false => (across, down),
        };
        let (Some(nearest_column), Some(nearest_row)) = (column.nearest, row.nearest) else {
            return 0.0;
        };
        let sample = |row: usize, column: usize| {
            let mut line = Vec::new();
            source.row(row, &mut line);
            line[column][0]
        };
        if blend == Interpolation::Nearest {
            return sample(nearest_row as usize, nearest_column as usize);
        }
        let inside = |base: i64, offset: usize, length: u32| {
            (base - 1 + offset as i64).clamp(0, i64::from(length) - 1) as usize
        };
        let (of_rows, of_columns) = (row.weights(blend), column.weights(blend));
        let mut sum = 0.0;
        for (x, weight) in of_columns.into_iter().enumerate() {
            let mut blended = 0.0;
            for (y, weight) in of_rows.into_iter().enumerate().filter(|(_, w)| *w != 0.0) {
                let row = inside(row.base, y, axes.image.0);
                blended += weight * sample(row, inside(column.base, x, axes.image.1));
            }
            sum += if weight == 0.0 { 0.0 } else { weight * blended };
        }
        sum
    }

    #[test]
    fn bands_of_several_threads_make_the_defined_picture() {
        let area = Area {
            x: -3,
            y: 2,
            width: 40,
            height: 31,
        };
        let attributes = crate::imaging::DisplayAttributes::default();
        for blend in [
            Interpolation::Nearest,
            Interpolation::Bilinear,
            Interpolation::Cubic,
        ] {
            for turns in [(0, false), (1, true), (2, false), (3, false)] {
                let canvas = Some((811, 733));
                let view = View::scale_to_fit(&area, 1.3, turns, canvas, blend);
                let mut plan = DisplayPlan::of_object(
                    &attributes,
                    &pixels(),
                    crate::imaging::FrameIndex(0),
                    crate::imaging::grayscale::Voi::Identity {
                        low: 0.0,
                        high: 1.0,
                    },
                );
                plan.view = view;
                let (source, axes) = (Noise(37, 9), plan.view.axes((33, 37)));
                let picture = resample::<1, f64>(&source, &axes, &plan, |p| p);
                for place in (0..picture.len()).step_by(997) {
                    let at = (place % 811, place / 811);
                    let wanted = defined(&source, &axes, blend, at);
                    let found = picture[place];
                    let same = found == wanted || (found.is_nan() && wanted.is_nan());
                    assert!(same, "{blend:?} {turns:?} {at:?}: {found} {wanted}");
                }
            }
        }
    }

    fn pixels() -> crate::imaging::PixelDescription {
        crate::imaging::PixelDescription {
            rows: 33,
            columns: 37,
            samples_per_pixel: 1,
            photometric: crate::imaging::PhotometricInterpretation::Monochrome2,
            planar: false,
            bits_allocated: 16,
            bits_stored: 12,
            high_bit: 11,
            signed: false,
            frames: 1,
        }
    }
}
