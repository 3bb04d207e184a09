//! A sheet over the canvas on which layers are painted: values where something is painted, without anti-aliasing.
//!
//! Coordinates are those of the canvas; pixel (i, j) has its centre at (i + 0.5, j + 0.5). Every operation visits only pixels of the
//! clip, whatever the coordinates are.

use std::ops::Range;

/// Half the width of a stroke (presentation.md section 11).
const STROKE_RADIUS: f64 = 0.75;
/// Sub-samples of a pixel along one axis, for text.
const SUB_SAMPLES: usize = 4;
/// Of 16 sub-samples so many make a pixel of text: thin strokes of small letters stay whole.
const SUB_SAMPLES_MIN: i16 = 5;

/// A position on the canvas.
pub type Place = (f64, f64);

/// P-Values over a canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Canvas width.
    pub width: u32,
    /// Canvas height.
    pub height: u32,
    /// Row after row; negative where nothing is painted.
    pub values: Vec<f32>,
    clip: Clip,
}

/// The pixels that may be painted: first and past-the-last column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clip {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Sheet {
    /// An empty sheet; only the rectangle at `origin` of `size` can be painted.
    pub fn new((width, height): (u32, u32), origin: (i64, i64), size: (i64, i64)) -> Self {
        let (w, h) = (i64::from(width), i64::from(height));
        Self {
            width,
            height,
            values: vec![-1.0; width as usize * height as usize],
            clip: Clip {
                left: origin.0.clamp(0, w),
                top: origin.1.clamp(0, h),
                right: (origin.0 + size.0).clamp(0, w),
                bottom: (origin.1 + size.1).clamp(0, h),
            },
        }
    }

    /// Whether a box of the canvas, corners in any order, has any of the pixels that may be painted.
    pub fn shows(&self, a: Place, b: Place) -> bool {
        let clip = self.clip;
        let overlaps = |a: f64, b: f64, first: i64, end: i64| {
            first < end && a.max(b) >= first as f64 && a.min(b) <= end as f64
        };
        overlaps(a.0, b.0, clip.left, clip.right) && overlaps(a.1, b.1, clip.top, clip.bottom)
    }

    /// Paints one pixel, inside the clip.
    pub fn set(&mut self, column: i64, row: i64, value: f32) {
        let clip = self.clip;
        if (clip.left..clip.right).contains(&column) && (clip.top..clip.bottom).contains(&row) {
            self.values[row as usize * self.width as usize + column as usize] = value;
        }
    }

    /// Paints every pixel whose centre is at most `radius` from `centre`.
    pub fn disc(&mut self, centre: Place, radius: f64, value: f32) {
        for row in rows(self.clip, centre.1 - radius, centre.1 + radius) {
            for column in columns(self.clip, centre.0 - radius, centre.0 + radius) {
                if distance(middle(column, row), centre, centre) <= radius {
                    self.set(column, row, value);
                }
            }
        }
    }

    /// Paints every pixel whose centre is within the radius of a stroke of the path.
    pub fn stroke(&mut self, path: &[Place], value: f32) {
        for ends in path.windows(2) {
            if let Some((a, b)) = self.near(ends[0], ends[1]) {
                self.segment(a, b, value);
            }
        }
    }

    /// The part of a segment that can touch the clip; `None` without any.
    fn near(&self, a: Place, b: Place) -> Option<(Place, Place)> {
        let margin = 4.0;
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let sides = [
            (a.0, b.0, self.clip.left, self.clip.right),
            (a.1, b.1, self.clip.top, self.clip.bottom),
        ];
        for (from, to, first, end) in sides {
            let (low, high) = (first as f64 - margin, end as f64 + margin);
            let step = to - from;
            if step == 0.0 {
                if !(low..=high).contains(&from) {
                    return None;
                }
                continue;
            }
            let (t0, t1) = ((low - from) / step, (high - from) / step);
            enter = enter.max(t0.min(t1));
            leave = leave.min(t0.max(t1));
        }
        let at = |t: f64| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        let ends = (
            if enter > 0.0 { at(enter) } else { a },
            if leave < 1.0 { at(leave) } else { b },
        );
        (enter <= leave).then_some(ends)
    }

    fn segment(&mut self, a: Place, b: Place, value: f32) {
        let r = STROKE_RADIUS;
        for row in rows(self.clip, a.1.min(b.1) - r, a.1.max(b.1) + r) {
            // the part of the segment that can reach this row of centres
            let y = row as f64 + 0.5;
            let step = b.1 - a.1;
            let (t0, t1) = if step.abs() > 1e-9 {
                let (t0, t1) = ((y - r - a.1) / step, (y + r - a.1) / step);
                (t0.min(t1).clamp(0.0, 1.0), t0.max(t1).clamp(0.0, 1.0))
            } else {
                (0.0, 1.0)
            };
            let (x0, x1) = (a.0 + (b.0 - a.0) * t0, a.0 + (b.0 - a.0) * t1);
            for column in columns(self.clip, x0.min(x1) - r, x0.max(x1) + r) {
                if distance(middle(column, row), a, b) <= r {
                    self.set(column, row, value);
                }
            }
        }
    }

    /// Paints every pixel whose centre is inside the path by the even-odd rule; the path is closed from last to first.
    pub fn fill(&mut self, path: &[Place], value: f32) {
        let edges = edges(std::slice::from_ref(&path));
        let mut crossings = Vec::new();
        for row in self.rows_of(&edges) {
            crossings_at(row as f64 + 0.5, &edges, &mut crossings);
            for [enter, leave] in crossings.as_chunks::<2>().0 {
                // centres from the one crossing to before the other
                self.span(
                    row,
                    columns_between(self.clip, enter.0 - 0.5, leave.0 - 0.5),
                    value,
                );
            }
        }
    }

    /// Paints columns of a row, all inside the clip.
    fn span(&mut self, row: i64, columns: Range<i64>, value: f32) {
        let start = row as usize * self.width as usize;
        if columns.start < columns.end {
            let places = start + columns.start as usize..start + columns.end as usize;
            self.values[places].fill(value);
        }
    }

    /// Paints every pixel that enough of is inside the contours by the non-zero rule: for letters.
    pub fn ink(&mut self, contours: &[Vec<Place>], value: f32) {
        let edges = edges(contours);
        let places = || contours.iter().flatten().map(|place| place.0);
        let (low, high) = (
            places().fold(f64::MAX, f64::min),
            places().fold(f64::MIN, f64::max),
        );
        let reach = columns(self.clip, low, high);
        if reach.is_empty() {
            return;
        }
        let mut crossings = Vec::new();
        let mut steps = vec![0_i16; (reach.end - reach.start) as usize + 2];
        for row in self.rows_of(&edges) {
            steps.fill(0);
            for sub_row in 0..SUB_SAMPLES {
                let y = row as f64 + (sub_row as f64 + 0.5) / SUB_SAMPLES as f64;
                crossings_at(y, &edges, &mut crossings);
                cover(&crossings, &reach, &mut steps);
            }
            let mut samples = 0;
            for (column, step) in reach.clone().zip(&steps) {
                samples += step;
                if samples >= SUB_SAMPLES_MIN {
                    self.set(column, row, value);
                }
            }
        }
    }

    /// Rows of the clip that the edges can reach.
    fn rows_of(&self, edges: &[Edge]) -> Range<i64> {
        let low = edges.iter().map(|edge| edge.top).fold(f64::MAX, f64::min);
        let high = edges
            .iter()
            .map(|edge| edge.bottom)
            .fold(f64::MIN, f64::max);
        rows(self.clip, low, high)
    }
}

/// A side of a path that is not level, from top to bottom.
struct Edge {
    top: f64,
    bottom: f64,
    /// Column at the top, and per row.
    column: f64,
    slope: f64,
    /// 1 when the path goes down here, else -1.
    direction: i32,
}

fn edges<P: AsRef<[Place]>>(contours: &[P]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for contour in contours {
        let contour = contour.as_ref();
        let ends = contour.iter().zip(contour.iter().cycle().skip(1));
        for (&a, &b) in ends.filter(|(a, b)| a.1 != b.1) {
            let (upper, lower, direction) = if a.1 < b.1 { (a, b, 1) } else { (b, a, -1) };
            edges.push(Edge {
                top: upper.1,
                bottom: lower.1,
                column: upper.0,
                slope: (lower.0 - upper.0) / (lower.1 - upper.1),
                direction,
            });
        }
    }
    edges
}

/// Where the edges cross a level line, from left to right; an edge has its upper end and not its lower.
fn crossings_at(y: f64, edges: &[Edge], crossings: &mut Vec<(f64, i32)>) {
    crossings.clear();
    let crossed = edges.iter().filter(|edge| edge.top <= y && y < edge.bottom);
    crossings.extend(crossed.map(|edge| {
        let column = edge.column + (y - edge.top) * edge.slope;
        (column, edge.direction)
    }));
    crossings.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
}

/// Adds the sub-samples of one line that lie inside, for the columns of `reach`: each place holds how many more its pixel has than
/// the one before it.
fn cover(crossings: &[(f64, i32)], reach: &Range<i64>, steps: &mut [i16]) {
    let sub_samples = SUB_SAMPLES as i64;
    let (first, end) = (reach.start * sub_samples, reach.end * sub_samples);
    let place = |column: f64| bounded((column * SUB_SAMPLES as f64 - 0.5).ceil(), first, end);
    // from a sample on, everything is inside: so many samples of its pixel, and all of the next
    let mut step_at = |sample: i64, sign: i16| {
        let (pixel, skipped) = (
            (sample - first) / sub_samples,
            (sample - first) % sub_samples,
        );
        steps[pixel as usize] += sign * (sub_samples - skipped) as i16;
        steps[pixel as usize + 1] += sign * skipped as i16;
    };
    let mut winding = 0;
    for pair in crossings.windows(2) {
        winding += pair[0].1;
        let (enter, leave) = (place(pair[0].0), place(pair[1].0));
        if winding != 0 && enter < leave {
            step_at(enter, 1);
            step_at(leave, -1);
        }
    }
}

fn middle(column: i64, row: i64) -> Place {
    (column as f64 + 0.5, row as f64 + 0.5)
}

/// Rows of the clip whose centres lie from `low` to `high`, and perhaps one more at each end.
fn rows(clip: Clip, low: f64, high: f64) -> Range<i64> {
    bounded(low.floor() - 1.0, clip.top, clip.bottom)
        ..bounded(high.ceil() + 1.0, clip.top, clip.bottom)
}

/// Columns likewise.
fn columns(clip: Clip, low: f64, high: f64) -> Range<i64> {
    bounded(low.floor() - 1.0, clip.left, clip.right)
        ..bounded(high.ceil() + 1.0, clip.left, clip.right)
}

/// Columns from `low` to before `high`, exactly.
fn columns_between(clip: Clip, low: f64, high: f64) -> Range<i64> {
    bounded(low.ceil(), clip.left, clip.right)..bounded(high.ceil(), clip.left, clip.right)
}

/// A whole number inside a range; what is no number counts as its start.
fn bounded(value: f64, low: i64, high: i64) -> i64 {
    // the cast saturates
    (value as i64).clamp(low, high)
}

/// Distance of a place from a segment.
fn distance(place: Place, a: Place, b: Place) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = ((place.0 - a.0) * dx + (place.1 - a.1) * dy) / length;
    let t = if length > 0.0 {
        along.clamp(0.0, 1.0)
    } else {
        0.0
    };
    (place.0 - a.0 - t * dx).hypot(place.1 - a.1 - t * dy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn painted(sheet: &Sheet) -> Vec<(i64, i64)> {
        let width = sheet.width as usize;
        let places = (0..sheet.values.len()).filter(|place| sheet.values[*place] >= 0.0);
        places
            .map(|place| ((place % width) as i64, (place / width) as i64))
            .collect()
    }

    #[test]
    fn a_level_stroke_is_one_or_two_pixels_wide() {
        let mut sheet = Sheet::new((9, 7), (0, 0), (9, 7));
        sheet.stroke(&[(2.5, 3.5), (5.5, 3.5)], 1.0);
        assert_eq!(painted(&sheet), [(2, 3), (3, 3), (4, 3), (5, 3)]);
        let mut sheet = Sheet::new((9, 7), (0, 0), (9, 7));
        sheet.stroke(&[(2.5, 3.0), (3.5, 3.0)], 1.0);
        assert_eq!(painted(&sheet), [(2, 2), (3, 2), (2, 3), (3, 3)]);
    }

    #[test]
    fn nothing_is_painted_outside_the_rectangle() {
        let mut sheet = Sheet::new((20, 20), (5, 6), (4, 3));
        let around = [(-1e30, -1e30), (1e30, -1e30), (1e30, 1e30), (-1e30, 1e30)];
        sheet.fill(&around, 1.0);
        let inside = |(x, y): &(i64, i64)| (5..9).contains(x) && (6..9).contains(y);
        assert_eq!(painted(&sheet).len(), 12);
        assert!(painted(&sheet).iter().all(inside));
        sheet.disc((f64::MAX, f64::MAX), 2.0, 0.5);
        sheet.stroke(&[(-1e300, 0.0), (1e300, 1e300)], 0.5);
        assert!(painted(&sheet).iter().all(inside));
    }

    proptest! {
        #[test]
        fn a_stroke_paints_exactly_what_is_near(points in prop::collection::vec((-20.0..60.0, -20.0..60.0), 2..6)) {
            let mut sheet = Sheet::new((40, 40), (3, 4), (30, 33));
            sheet.stroke(&points, 1.0);
            for (place, value) in sheet.values.iter().enumerate() {
                let centre = middle((place % 40) as i64, (place / 40) as i64);
                let inside = (3.0..33.0).contains(&centre.0) && (4.0..37.0).contains(&centre.1);
                let nearest = points
                    .windows(2)
                    .map(|ends| distance(centre, ends[0], ends[1]))
                    .fold(f64::MAX, f64::min);
                // the part of a segment near the clip is computed, so a tie may fall either way
                if (nearest - STROKE_RADIUS).abs() > 1e-9 {
                    prop_assert_eq!(*value >= 0.0, inside && nearest < STROKE_RADIUS, "{:?}", centre);
                }
            }
        }

        #[test]
        fn a_fill_paints_exactly_what_is_inside(points in prop::collection::vec((-10.0..50.0, -10.0..50.0), 3..8)) {
            let mut sheet = Sheet::new((40, 40), (0, 0), (40, 40));
            sheet.fill(&points, 1.0);
            for (place, value) in sheet.values.iter().enumerate() {
                let (x, y) = middle((place % 40) as i64, (place / 40) as i64);
                let ends = points.iter().zip(points.iter().cycle().skip(1));
                let to_the_left = ends.filter(|(a, b)| {
                    (a.1 <= y) != (b.1 <= y) && a.0 + (y - a.1) * (b.0 - a.0) / (b.1 - a.1) <= x
                });
                prop_assert_eq!(*value >= 0.0, to_the_left.count() % 2 == 1);
            }
        }
    }
}
