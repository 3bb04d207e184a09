//! Test patterns for a display (D6): after SMPTE RP 133 and the ramps and quality control pattern of AAPM TG18, drawn for any size
//! of screen in P-Values of 16 bits, so that they pass the same display stage as images.

use super::{Frame, PhotometricInterpretation, PixelDescription, Samples};

/// Largest side drawn.
const SIDE_MAX: u32 = 16_384;

/// A test pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestPattern {
    /// Gray steps, 5 % and 95 % squares, line pairs and a grid, after SMPTE RP 133.
    Smpte,
    /// Continuous ramps, both ways, and steps between them.
    Ramps,
    /// Squares that differ by 1 to 5 % from black and from white, after TG18-QC.
    Squares,
}

impl TestPattern {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Smpte, Self::Ramps, Self::Squares];

    /// The one after.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|pattern| *pattern == self);
        Self::ALL[at.map_or(0, |at| (at + 1) % Self::ALL.len())]
    }

    /// The one before.
    pub fn previous(self) -> Self {
        self.next().next()
    }

    /// The pattern for a screen of so many pixels, and what its values are.
    pub fn draw(self, (width, height): (u32, u32)) -> (Frame, PixelDescription) {
        let (columns, rows) = (width.clamp(1, SIDE_MAX), height.clamp(1, SIDE_MAX));
        let mut values = Vec::with_capacity(columns as usize * rows as usize);
        for y in 0..rows {
            for x in 0..columns {
                let p = match self {
                    Self::Smpte => smpte((x, y), (columns, rows)),
                    Self::Ramps => ramps((x, y), (columns, rows)),
                    Self::Squares => squares((x, y), (columns, rows)),
                };
                values.push((p * 65535.0 + 0.5) as u16);
            }
        }
        let photometric = PhotometricInterpretation::Monochrome2;
        let frame = Frame {
            rows,
            columns,
            samples_per_pixel: 1,
            bits_stored: 16,
            photometric,
            samples: Samples::U16(values),
            cells: None,
        };
        let pixels = PixelDescription {
            rows,
            columns,
            samples_per_pixel: 1,
            photometric,
            planar: false,
            bits_allocated: 16,
            bits_stored: 16,
            high_bit: 15,
            signed: false,
            frames: 1,
        };
        (frame, pixels)
    }
}

/// Cells along a side of the SMPTE pattern.
const CELLS: u32 = 16;
/// Columns and rows of the ring of gray steps, from 0 to 100 % by tens.
const STEPS: [(u32, u32); 11] = [
    (4, 10),
    (4, 8),
    (4, 6),
    (4, 4),
    (6, 4),
    (8, 4),
    (10, 4),
    (10, 6),
    (10, 8),
    (10, 10),
    (8, 10),
];

/// The pattern is square, in the middle of a gray of 50 %.
fn smpte((x, y): (u32, u32), (columns, rows): (u32, u32)) -> f64 {
    let side = columns.min(rows);
    let cell = (side / CELLS).max(1);
    let (left, top) = ((columns - side) / 2, (rows - side) / 2);
    if x < left || y < top || x - left >= cell * CELLS || y - top >= cell * CELLS {
        return 0.5;
    }
    let (x, y) = (x - left, y - top);
    let (column, row) = (x / cell, y / cell);
    let pair = (column & !1, row & !1);
    let within = (x - pair.0 * cell, y - pair.1 * cell);
    if let Some(step) = STEPS.iter().position(|place| *place == pair) {
        return step as f64 / 10.0;
    }
    match pair {
        // Beside each other under the ring: 5 % in black, 95 % in white.
        (6, 12) => inset(within, cell, 0.0, 0.05),
        (8, 12) => inset(within, cell, 1.0, 0.95),
        // Line pairs in the corners and in the middle, high contrast above, low contrast below.
        (0, 0) | (14, 0) | (0, 14) | (14, 14) | (6, 6) => lines(within, cell, 0.0, 1.0),
        (2, 0) | (12, 0) | (2, 14) | (12, 14) | (8, 6) => lines(within, cell, 0.47, 0.53),
        // Black and white bars show streaks.
        (4..=10, 2) if row == 3 => f64::from(u8::from((column / 2).is_multiple_of(2))),
        _ if x.is_multiple_of(cell) || y.is_multiple_of(cell) => 0.75,
        _ => 0.5,
    }
}

/// A square in the middle of a square of two cells.
fn inset((x, y): (u32, u32), cell: u32, around: f64, inside: f64) -> f64 {
    let middle = cell / 2..cell * 3 / 2;
    if middle.contains(&x) && middle.contains(&y) {
        inside
    } else {
        around
    }
}

/// Lines of one, two and three pixels, upright on the left, lying on the right.
fn lines((x, y): (u32, u32), cell: u32, dark: f64, bright: f64) -> f64 {
    let (along, across) = if x < cell { (y, x) } else { (x - cell, y) };
    let width = match along * 3 / (2 * cell) {
        0 => 1,
        1 => 2,
        _ => 3,
    };
    if (across / width).is_multiple_of(2) {
        bright
    } else {
        dark
    }
}

/// Six bands: ramps to the right and to the left, each with as many steps as a byte or eighteen has, and a ramp downwards beside.
fn ramps((x, y): (u32, u32), (columns, rows): (u32, u32)) -> f64 {
    let part = |at: u32, length: u32| f64::from(at) / f64::from(length.saturating_sub(1).max(1));
    let stepped = |p: f64, steps: f64| (p * steps).floor().min(steps - 1.0) / (steps - 1.0);
    let right = columns - columns / 10;
    if x >= right {
        return part(y, rows);
    }
    let p = part(x, right);
    match y * 6 / rows {
        0 => p,
        1 => stepped(p, 18.0),
        2 => 1.0 - p,
        3 => stepped(p, 64.0),
        4 => 1.0 - stepped(p, 18.0),
        _ => stepped(p, 256.0),
    }
}

/// Two rows of five fields: black with squares of 1 to 5 %, white with squares of 99 to 95 %; between them mid grays with squares
/// of 2 % more and less.
fn squares((x, y): (u32, u32), (columns, rows): (u32, u32)) -> f64 {
    let (column, row) = (
        (u64::from(x) * 5 / u64::from(columns)) as u32,
        (u64::from(y) * 3 / u64::from(rows)) as u32,
    );
    let place = |at: u32, number: u32, of: u32, length: u32| {
        let start = u64::from(number) * u64::from(length) / u64::from(of);
        let size = (length / of).max(1);
        f64::from(at - start as u32) / f64::from(size)
    };
    let (u, v) = (place(x, column, 5, columns), place(y, row, 3, rows));
    let inside = (0.3..0.7).contains(&u) && (0.3..0.7).contains(&v);
    let percent = f64::from(column + 1) / 100.0;
    let gray = f64::from(column + 1) / 6.0;
    match (row, inside) {
        (0, false) => 0.0,
        (0, true) => percent,
        (1, false) => gray,
        (1, true) => gray + if u < 0.5 { 0.02 } else { -0.02 },
        (_, false) => 1.0,
        (_, true) => 1.0 - percent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (1600, 900);

    fn values(pattern: TestPattern, size: (u32, u32)) -> Vec<u16> {
        let (frame, pixels) = pattern.draw(size);
        assert_eq!((pixels.columns, pixels.rows), (frame.columns, frame.rows));
        match frame.samples {
            Samples::U16(values) => values,
            other => panic!("unexpected {other:?}"),
        }
    }

    fn percent(part: f64) -> u16 {
        (part * 65535.0 + 0.5) as u16
    }

    #[test]
    fn the_smpte_pattern_has_every_step_and_both_squares() {
        let values = values(TestPattern::Smpte, SIZE);
        let wanted = (0..=10).map(|step| f64::from(step) / 10.0);
        for part in wanted.chain([0.05, 0.95]) {
            let area = values.iter().filter(|v| **v == percent(part)).count();
            let cell = 900 / 16;
            assert!(area >= cell * cell / 2, "{part}: {area} pixels");
        }
        let cell = 900 / 16;
        let left = (1600 - 900) / 2;
        let at = |column: usize, row: usize| {
            values[(row * cell + cell) * 1600 + left + column * cell + cell]
        };
        assert_eq!(at(6, 12), percent(0.05));
        assert_eq!(at(8, 12), percent(0.95));
    }

    #[test]
    fn ramps_rise_and_fall_without_a_gap() {
        let values = values(TestPattern::Ramps, SIZE);
        let line = |y: usize| &values[y * 1600..y * 1600 + 1440];
        assert!(line(10).is_sorted());
        assert_eq!((line(10)[0], line(10)[1439]), (0, u16::MAX));
        assert!(line(310).iter().rev().is_sorted());
        let mut steps = line(160).to_vec();
        steps.dedup();
        assert_eq!(steps.len(), 18);
        let mut bytes = line(890).to_vec();
        bytes.dedup();
        assert_eq!(bytes.len(), 256);
    }

    #[test]
    fn squares_differ_by_one_to_five_percent() {
        let values = values(TestPattern::Squares, SIZE);
        for number in 0..5 {
            let part = f64::from(number + 1) / 100.0;
            let x = number as usize * 320 + 160;
            assert_eq!(values[150 * 1600 + x], percent(part));
            assert_eq!(values[750 * 1600 + x], percent(1.0 - part));
        }
        assert_eq!((values[0], values[899 * 1600]), (0, u16::MAX));
    }

    #[test]
    fn any_size_of_screen_gets_its_pattern() {
        for pattern in TestPattern::ALL {
            for size in [(1, 1), (3, 900), (17, 5), (0, 0)] {
                let drawn = values(pattern, size);
                assert_eq!(drawn.len() as u32, size.0.max(1) * size.1.max(1));
            }
        }
        assert_eq!(TestPattern::Smpte.previous(), TestPattern::Squares);
    }
}
