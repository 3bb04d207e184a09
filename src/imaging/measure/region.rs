//! Statistics of the pixels in a region: every pixel whose centre lies inside counts once, padding does not count (F10).

use crate::imaging::frame::Frame;
use crate::imaging::grayscale::Modality;
use crate::imaging::raster;

/// The edge of a region, in image coordinates.
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// Centre and half axes along rows and columns.
    Ellipse {
        /// Centre.
        centre: (f64, f64),
        /// Half axes, not negative.
        radii: (f64, f64),
    },
    /// Vertices; closed from last to first, even-odd.
    Polygon(Vec<(f64, f64)>),
}

/// What the pixels of a region are like, in modality values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Pixels that count.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of these pixels (of the population: divided by their number).
    pub deviation: f64,
    /// Smallest.
    pub minimum: f64,
    /// Largest.
    pub maximum: f64,
}

/// Statistics over a frame of one sample a pixel; `None` when no pixel counts or the frame has colours.
pub fn statistics(
    frame: &Frame,
    modality: &Modality,
    padding: Option<(i64, i64)>,
    outline: &Outline,
) -> Option<Statistics> {
    if frame.samples_per_pixel != 1 {
        return None;
    }
    let is_padding =
        |v: f64| padding.is_some_and(|(low, high)| (low as f64..=high as f64).contains(&v));
    let mut sum = Sum::default();
    for row in 0..frame.rows {
        for (left, right) in spans(outline, f64::from(row) + 0.5) {
            let start = row as usize * frame.columns as usize;
            for column in columns(left, right, frame.columns) {
                let stored = frame.samples.value(start + column);
                if stored.is_finite() && !is_padding(stored) {
                    sum.add(raster::modality::value(modality, stored));
                }
            }
        }
    }
    sum.finish()
}

/// Columns whose centres lie between two places.
fn columns(left: f64, right: f64, count: u32) -> std::ops::Range<usize> {
    let first = (left - 0.5).ceil().clamp(0.0, f64::from(count)) as usize;
    let end = ((right - 0.5).floor() + 1.0).clamp(0.0, f64::from(count)) as usize;
    first..end.max(first)
}

/// Where a row at height `y` is inside.
fn spans(outline: &Outline, y: f64) -> Vec<(f64, f64)> {
    match outline {
        Outline::Ellipse { centre, radii } => {
            let height = (y - centre.1) / radii.1;
            let inside = 1.0 - height * height;
            if radii.0 <= 0.0 || radii.1 <= 0.0 || inside < 0.0 {
                return Vec::new();
            }
            let half = radii.0 * inside.sqrt();
            vec![(centre.0 - half, centre.0 + half)]
        }
        Outline::Polygon(vertices) => {
            let edges = vertices.iter().zip(vertices.iter().cycle().skip(1));
            let mut crossings: Vec<f64> = edges
                .filter(|(a, b)| (a.1 <= y) != (b.1 <= y))
                .map(|(a, b)| a.0 + (y - a.1) * (b.0 - a.0) / (b.1 - a.1))
                .collect();
            crossings.sort_unstable_by(f64::total_cmp);
            let pairs = crossings.as_chunks::<2>().0.iter();
            pairs.map(|[enter, leave]| (*enter, *leave)).collect()
        }
    }
}

/// Running mean and squared deviations (Welford): no cancellation, whatever the values.
#[derive(Default)]
struct Sum {
    count: u64,
    mean: f64,
    squares: f64,
    minimum: f64,
    maximum: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        if self.count == 0 {
            (self.minimum, self.maximum) = (value, value);
        }
        self.count += 1;
        let count = self.count as f64;
        let off = value - self.mean;
        self.mean += off / count;
        self.squares += off * (value - self.mean);
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
    }

    fn finish(self) -> Option<Statistics> {
        (self.count > 0).then(|| Statistics {
            count: self.count,
            mean: self.mean,
            deviation: (self.squares / self.count as f64).max(0.0).sqrt(),
            minimum: self.minimum,
            maximum: self.maximum,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{PhotometricInterpretation, Samples};

    /// Stored values 0 to 63, eight in a row.
    fn ramp() -> Frame {
        Frame {
            rows: 8,
            columns: 8,
            samples_per_pixel: 1,
            bits_stored: 16,
            photometric: PhotometricInterpretation::Monochrome2,
            samples: Samples::U16((0..64).collect()),
            cells: None,
        }
    }

    const RESCALE: Modality = Modality::Rescale {
        slope: 2.0,
        intercept: -10.0,
    };

    fn rectangle(x0: f64, y0: f64, x1: f64, y1: f64) -> Outline {
        Outline::Polygon(vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    }

    #[test]
    fn a_rectangle_counts_the_pixels_whose_centres_it_holds() {
        // columns 2 and 3 of rows 1 and 2: stored 10, 11, 18, 19
        let outline = rectangle(1.9, 0.6, 3.6, 2.9);
        let found = statistics(&ramp(), &RESCALE, None, &outline).expect("pixels");
        assert_eq!(found.count, 4);
        assert_eq!(found.mean, 2.0 * 14.5 - 10.0);
        assert_eq!((found.minimum, found.maximum), (10.0, 28.0));
        let deviation = (65.0_f64).sqrt();
        assert!((found.deviation - deviation).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn padding_does_not_count() {
        let outline = rectangle(0.0, 0.0, 8.0, 8.0);
        let all = statistics(&ramp(), &Modality::Identity, None, &outline).expect("pixels");
        assert_eq!((all.count, all.mean), (64, 31.5));
        let some = statistics(&ramp(), &Modality::Identity, Some((0, 61)), &outline);
        let some = some.expect("pixels");
        assert_eq!((some.count, some.mean, some.deviation), (2, 62.5, 0.5));
        let none = statistics(&ramp(), &Modality::Identity, Some((0, 63)), &outline);
        assert_eq!(none, None);
    }

    #[test]
    fn an_ellipse_counts_what_lies_within_its_axes() {
        let outline = Outline::Ellipse {
            centre: (4.0, 4.0),
            radii: (2.0, 1.0),
        };
        // centres at (2.5..5.5, 3.5 and 4.5): (1.5/2)² + 0.5² < 1
        let found = statistics(&ramp(), &Modality::Identity, None, &outline).expect("pixels");
        assert_eq!(found.count, 8);
        assert_eq!(found.mean, (3.0 * 8.0 + 3.5 + 4.0 * 8.0 + 3.5) / 2.0);
    }

    #[test]
    fn a_region_beside_the_image_has_no_values() {
        let outline = rectangle(-9.0, -9.0, -1.0, 20.0);
        assert_eq!(statistics(&ramp(), &RESCALE, None, &outline), None);
    }
}
