//! Where the image goes on the canvas: displayed area, scale, rotation, flip (PS3.3 C.10.4, C.10.6; presentation.md section 9).

use super::display_plan::Adjustments;

/// Size of an image on a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Zoom {
    /// As large as fits.
    #[default]
    Fit,
    /// Canvas pixels per image pixel (the smaller side of one).
    Scale(f64),
}

/// How samples between pixels are made, after the grayscale chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// Between four pixels.
    #[default]
    Bilinear,
    /// Between sixteen pixels (Catmull-Rom), for the viewer.
    Cubic,
}

/// A rectangle of image pixels; `x`, `y` count from 0 and may lie outside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub x: i64,
    /// First row.
    pub y: i64,
    /// Columns, at least 1.
    pub width: i64,
    /// Rows, at least 1.
    pub height: i64,
}

/// An area of the image, turned and scaled onto a rectangle of the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// What is shown.
    pub area: Area,
    /// Clockwise quarter turns, first.
    pub rotation: u8,
    /// Left and right exchanged, second.
    pub flip: bool,
    /// Canvas width and height in pixels.
    pub canvas: (u32, u32),
    /// Top left corner of the area's rectangle on the canvas; may be negative.
    pub origin: (i64, i64),
    /// Size of that rectangle, at least 1 x 1.
    pub size: (i64, i64),
    /// Output pixels per horizontal image pixel, before rounding.
    pub scale: f64,
    /// Resampling.
    pub interpolation: Interpolation,
}

/// Largest side of the scaled area: keeps index arithmetic exact at any zoom.
const SCALED_SIDE_MAX: f64 = 16_000_000.0;

/// Which samples make one output pixel along one axis of the image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AxisSample {
    /// Index of the nearest sample, `None` outside image or area.
    pub nearest: Option<u32>,
    /// Index of the sample left of (or above) the place, not clamped.
    pub base: i64,
    /// Distance from there, 0 to 1.
    pub fraction: f64,
}

/// The samples of every canvas column and row.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// For each canvas column.
    pub across: Vec<AxisSample>,
    /// For each canvas row.
    pub down: Vec<AxisSample>,
    /// Canvas columns run along image rows (rotation by 90 or 270).
    pub transposed: bool,
    /// Rows and columns of the image.
    pub image: (u32, u32),
}

impl View {
    /// SCALE TO FIT on a canvas, or at the natural size without one.
    pub fn scale_to_fit(
        area: &Area,
        aspect: f64,
        (rotation, flip): (u8, bool),
        canvas: Option<(u32, u32)>,
        interpolation: Interpolation,
    ) -> Self {
        let (width, height) = physical(area, aspect, rotation);
        let scale = match canvas {
            Some((w, h)) => (f64::from(w) / width).min(f64::from(h) / height),
            None => 1.0 / aspect.min(1.0),
        };
        Self::scaled(area, aspect, (rotation, flip), scale, canvas, interpolation)
    }

    /// The area at `scale` output pixels per horizontal image pixel, in the middle of the canvas (its natural canvas without one).
    pub fn scaled(
        area: &Area,
        aspect: f64,
        (rotation, flip): (u8, bool),
        scale: f64,
        canvas: Option<(u32, u32)>,
        interpolation: Interpolation,
    ) -> Self {
        let (width, height) = physical(area, aspect, rotation);
        let size = (rounded(width * scale), rounded(height * scale));
        let natural = || {
            (
                u32::try_from(size.0).unwrap_or(u32::MAX),
                u32::try_from(size.1).unwrap_or(u32::MAX),
            )
        };
        let canvas = canvas.unwrap_or_else(natural);
        let origin = (
            (i64::from(canvas.0) - size.0).div_euclid(2),
            (i64::from(canvas.1) - size.1).div_euclid(2),
        );
        Self {
            area: *area,
            rotation,
            flip,
            canvas,
            origin,
            size,
            scale,
            interpolation,
        }
    }

    /// A viewport's view: fitted or zoomed, shifted by the pan.
    pub fn interactive(
        area: &Area,
        aspect: f64,
        adjustments: &Adjustments,
        canvas: (u32, u32),
    ) -> Self {
        let canvas = (canvas.0.max(1), canvas.1.max(1));
        let turns = (adjustments.rotation % 4, adjustments.flip);
        let mut view = match adjustments.zoom {
            Zoom::Fit => {
                Self::scale_to_fit(area, aspect, turns, Some(canvas), adjustments.interpolation)
            }
            Zoom::Scale(zoom) => {
                let scale = zoom.clamp(1e-3, 1e3) / aspect.min(1.0);
                Self::scaled(
                    area,
                    aspect,
                    turns,
                    scale,
                    Some(canvas),
                    adjustments.interpolation,
                )
            }
        };
        view.origin.0 += shift(adjustments.pan.0);
        view.origin.1 += shift(adjustments.pan.1);
        view
    }

    /// The samples that make each canvas column and row, for an image of `rows` x `columns`.
    pub fn axes(&self, (rows, columns): (u32, u32)) -> Axes {
        let (dw, dh) = self.size;
        let transposed = self.rotation % 2 == 1;
        let across_axis = |i: i64| -> (i64, i64) {
            let i = if self.flip { dw - 1 - i } else { i };
            // (place along the image axis, places in all), by the table of section 9
            match self.rotation {
                0 | 3 => (i, dw),
                _ => (dw - 1 - i, dw),
            }
        };
        let down_axis = |j: i64| match self.rotation {
            0 | 1 => (j, dh),
            _ => (dh - 1 - j, dh),
        };
        let columns_axis = ImageAxis {
            first: self.area.x,
            length: self.area.width,
            image: columns,
        };
        let rows_axis = ImageAxis {
            first: self.area.y,
            length: self.area.height,
            image: rows,
        };
        let (across_of, down_of) = if transposed {
            (rows_axis, columns_axis)
        } else {
            (columns_axis, rows_axis)
        };
        let across = (0..i64::from(self.canvas.0))
            .map(|x| x - self.origin.0)
            .map(|i| {
                if (0..dw).contains(&i) {
                    across_of.sample(across_axis(i))
                } else {
                    AxisSample::OUTSIDE
                }
            });
        let down = (0..i64::from(self.canvas.1))
            .map(|y| y - self.origin.1)
            .map(|j| {
                if (0..dh).contains(&j) {
                    down_of.sample(down_axis(j))
                } else {
                    AxisSample::OUTSIDE
                }
            });
        Axes {
            across: across.collect(),
            down: down.collect(),
            transposed,
            image: (rows, columns),
        }
    }

    /// Canvas position of an image position (0.0, 0.0 is the top left corner of the first pixel).
    pub fn image_to_canvas(&self, x: f64, y: f64) -> (f64, f64) {
        let xs = (x - self.area.x as f64) / self.area.width as f64;
        let ys = (y - self.area.y as f64) / self.area.height as f64;
        let (u, v) = match self.rotation {
            0 => (xs, ys),
            1 => (1.0 - ys, xs),
            2 => (1.0 - xs, 1.0 - ys),
            _ => (ys, 1.0 - xs),
        };
        let u = if self.flip { 1.0 - u } else { u };
        (
            self.origin.0 as f64 + u * self.size.0 as f64,
            self.origin.1 as f64 + v * self.size.1 as f64,
        )
    }

    /// Image position of a canvas position; `None` outside the shown area.
    pub fn canvas_to_image(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let u = (x - self.origin.0 as f64) / self.size.0 as f64;
        let v = (y - self.origin.1 as f64) / self.size.1 as f64;
        let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
        inside.then(|| self.canvas_to_image_anywhere(x, y))
    }

    /// Left, upper, right and lower edge of the part of the canvas that the area takes; the canvas where it takes none.
    pub fn visible_rectangle(&self) -> [f64; 4] {
        let side = |origin: i64, size: i64, canvas: u32| {
            let canvas = i64::from(canvas);
            let (from, to) = (origin.max(0), (origin + size).min(canvas));
            let (from, to) = if from < to { (from, to) } else { (0, canvas) };
            (from as f64, to as f64)
        };
        let (left, right) = side(self.origin.0, self.size.0, self.canvas.0);
        let (top, bottom) = side(self.origin.1, self.size.1, self.canvas.1);
        [left, top, right, bottom]
    }

    /// Canvas pixels per image column.
    pub fn scale_across(&self) -> f64 {
        let pixels = if self.rotation % 2 == 1 {
            self.size.1
        } else {
            self.size.0
        };
        pixels as f64 / self.area.width as f64
    }

    /// Canvas pixels per image row.
    pub fn scale_down(&self) -> f64 {
        let pixels = if self.rotation % 2 == 1 {
            self.size.0
        } else {
            self.size.1
        };
        pixels as f64 / self.area.height as f64
    }

    /// Image position of any canvas position, as if the area went on beyond its edges.
    pub fn canvas_to_image_anywhere(&self, x: f64, y: f64) -> (f64, f64) {
        let u = (x - self.origin.0 as f64) / self.size.0 as f64;
        let v = (y - self.origin.1 as f64) / self.size.1 as f64;
        let u = if self.flip { 1.0 - u } else { u };
        let (xs, ys) = match self.rotation {
            0 => (u, v),
            1 => (v, 1.0 - u),
            2 => (1.0 - u, 1.0 - v),
            _ => (1.0 - v, u),
        };
        (
            self.area.x as f64 + xs * self.area.width as f64,
            self.area.y as f64 + ys * self.area.height as f64,
        )
    }
}

impl AxisSample {
    /// Nothing is shown here.
    const OUTSIDE: Self = Self {
        nearest: None,
        base: 0,
        fraction: 0.0,
    };

    /// Weights of the samples `base - 1` to `base + 2`.
    pub fn weights(&self, interpolation: Interpolation) -> [f64; 4] {
        let t = self.fraction;
        match interpolation {
            Interpolation::Nearest => [0.0, 1.0, 0.0, 0.0],
            Interpolation::Bilinear => [0.0, 1.0 - t, t, 0.0],
            // Catmull-Rom: through the samples, without ringing on a ramp
            Interpolation::Cubic => [
                ((2.0 - t) * t - 1.0) * t * 0.5,
                ((3.0 * t - 5.0) * t * t + 2.0) * 0.5,
                ((4.0 - 3.0 * t) * t + 1.0) * t * 0.5,
                (t - 1.0) * t * t * 0.5,
            ],
        }
    }
}

/// One axis of the image: where the area starts, how long it is, how many samples the image has.
#[derive(Clone, Copy)]
struct ImageAxis {
    first: i64,
    length: i64,
    image: u32,
}

impl ImageAxis {
    /// The sample at place `k` of `n` (presentation.md section 9).
    fn sample(self, (k, n): (i64, i64)) -> AxisSample {
        let nearest = self.first + ((2 * k + 1) * self.length).div_euclid(2 * n);
        let place = self.first as f64 + (k as f64 + 0.5) * self.length as f64 / n as f64 - 0.5;
        let base = place.floor();
        AxisSample {
            nearest: u32::try_from(nearest)
                .ok()
                .filter(|index| *index < self.image),
            base: base as i64,
            fraction: place - base,
        }
    }
}

/// Size of the turned area in units of horizontal image pixels.
fn physical(area: &Area, aspect: f64, rotation: u8) -> (f64, f64) {
    let (width, height) = (area.width as f64, area.height as f64 * aspect);
    if rotation % 2 == 1 {
        (height, width)
    } else {
        (width, height)
    }
}

fn rounded(side: f64) -> i64 {
    (side.min(SCALED_SIDE_MAX) + 0.5).floor().max(1.0) as i64
}

fn shift(pan: f64) -> i64 {
    if pan.is_finite() {
        pan.clamp(-SCALED_SIDE_MAX, SCALED_SIDE_MAX).round() as i64
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The image `1 2 3 / 4 5 6` under a view, nearest.
    fn turned(rotation: u8, flip: bool) -> Vec<Vec<u32>> {
        let area = Area {
            x: 0,
            y: 0,
            width: 3,
            height: 2,
        };
        let view = View::scale_to_fit(&area, 1.0, (rotation, flip), None, Interpolation::Nearest);
        let axes = view.axes((2, 3));
        let value = |x: &AxisSample, y: &AxisSample| {
            let (column, row) = if axes.transposed { (y, x) } else { (x, y) };
            row.nearest.expect("inside") * 3 + column.nearest.expect("inside") + 1
        };
        axes.down
            .iter()
            .map(|y| axes.across.iter().map(|x| value(x, y)).collect())
            .collect()
    }

    #[test]
    fn rotation_comes_before_flip() {
        assert_eq!(turned(0, false), [[1, 2, 3], [4, 5, 6]]);
        assert_eq!(turned(1, false), [[4, 1], [5, 2], [6, 3]]);
        assert_eq!(turned(1, true), [[1, 4], [2, 5], [3, 6]]);
        assert_eq!(turned(3, false), [[3, 6], [2, 5], [1, 4]]);
        assert_eq!(turned(2, true), [[4, 5, 6], [1, 2, 3]]);
    }

    #[test]
    fn the_maps_between_image_and_canvas_are_inverse() {
        let area = Area {
            x: 0,
            y: 0,
            width: 40,
            height: 30,
        };
        for rotation in 0..4 {
            for flip in [false, true] {
                let view = View::scale_to_fit(
                    &area,
                    1.3,
                    (rotation, flip),
                    Some((200, 170)),
                    Interpolation::Bilinear,
                );
                let (x, y) = view.image_to_canvas(7.25, 21.5);
                let (ix, iy) = view.canvas_to_image(x, y).expect("inside");
                assert!(
                    (ix - 7.25).abs() < 1e-9 && (iy - 21.5).abs() < 1e-9,
                    "{rotation} {flip}"
                );
            }
        }
    }

    #[test]
    fn weights_sum_to_one() {
        for interpolation in [
            Interpolation::Nearest,
            Interpolation::Bilinear,
            Interpolation::Cubic,
        ] {
            let sample = AxisSample {
                nearest: Some(0),
                base: 0,
                fraction: 0.37,
            };
            assert!((sample.weights(interpolation).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
