//! What is written on a film besides images: flags, page header, ruler. Sizes are millimetres on the film, whatever the resolution.

use super::picture::FilmPicture;
use crate::imaging::annotation::Justification;
use crate::imaging::raster::sheet::Sheet as InkSheet;
use crate::imaging::raster::text::{Block, Direction};

/// Height of a line of a flag or of the page header, in mm.
pub const LINE_MM: f64 = 3.5;
/// Free space around text and ruler, in mm.
pub const GAP_MM: f64 = 1.0;
/// Length of the ruler at most, in mm of the patient.
const RULER_MM: f64 = 100.0;
/// Ticks of the ruler, in mm of the patient.
const TICK_MM: f64 = 10.0;
/// Parts of the picture's shorter side that one line of text may take.
const LINE_SHARE: f64 = 0.08;

/// A place to write on.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    /// Printer pixels of a millimetre.
    pub pixels_per_mm: f64,
}

impl Pen {
    /// Height of a line in pixels; in a very small picture less, so that text never covers the image.
    fn line_pixels(&self, picture: &FilmPicture) -> f64 {
        let side = f64::from(picture.width.min(picture.height));
        (LINE_MM * self.pixels_per_mm).min((side * LINE_SHARE).max(7.0))
    }

    /// Height in pixels of `lines` lines of the page header.
    pub fn strip_pixels(&self, lines: usize) -> u32 {
        pixels((lines as f64 * LINE_MM + GAP_MM) * self.pixels_per_mm)
    }

    /// Writes lines from the top left corner of a strip; what does not fit its width is cut off at a letter.
    pub fn header(&self, picture: &mut FilmPicture, lines: &[String]) {
        let gap = i64::from(pixels(GAP_MM * self.pixels_per_mm));
        self.write(picture, lines, LINE_MM * self.pixels_per_mm, (gap, gap / 2));
    }

    /// Breaks a text into lines that fit a width.
    pub fn wrapped(&self, parts: &[String], width: u32) -> Vec<String> {
        let room = f64::from(width) - 2.0 * GAP_MM * self.pixels_per_mm;
        let fits = |line: &str| {
            let block = Block::new(&[line.to_owned()]);
            let (_, height) = block.extent(1.0);
            block.extent(LINE_MM * self.pixels_per_mm / height).0 <= room
        };
        let mut lines: Vec<String> = Vec::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let joined = lines.last().map(|line| format!("{line}    {part}"));
            match (joined, lines.last_mut()) {
                (Some(joined), Some(line)) if fits(&joined) => *line = joined,
                _ => lines.push(part.clone()),
            }
        }
        lines
    }

    /// Writes flags at the bottom left, white on black.
    pub fn flags(&self, picture: &mut FilmPicture, flags: &[String]) {
        if flags.is_empty() {
            return;
        }
        let line = self.line_pixels(picture);
        let gap = i64::from(pixels(GAP_MM * self.pixels_per_mm).min(picture.width / 50));
        let height = (line * flags.len() as f64).ceil();
        // Smaller than the picture.
        let top = i64::from(picture.height) - gap - height as i64;
        self.write(picture, flags, line, (gap, top));
    }

    /// One line of text as high as asked for in mm, its top left corner given in pixels.
    pub fn text(&self, picture: &mut FilmPicture, text: &str, line_mm: f64, place: (u32, u32)) {
        let place = (i64::from(place.0), i64::from(place.1));
        let line = line_mm * self.pixels_per_mm;
        self.write(picture, &[text.to_owned()], line, place);
    }

    /// White letters in a black box whose top left corner is given.
    fn write(&self, picture: &mut FilmPicture, lines: &[String], line: f64, (x, y): (i64, i64)) {
        let block = Block::new(lines);
        let (_, unit_height) = block.extent(1.0);
        let size = line * lines.len() as f64 / unit_height.max(1e-6);
        let (width, height) = block.extent(size);
        let margin = (line / 8.0).ceil();
        let canvas = (
            pixels(width + 2.0 * margin).min(picture.width),
            pixels(height).min(picture.height),
        );
        let mut ink = InkSheet::new(canvas, (0, 0), (i64::from(canvas.0), i64::from(canvas.1)));
        let direction = Direction::between((margin, 0.0), (margin + width, height));
        block.paint(
            &mut ink,
            &direction,
            (width, Justification::Left),
            size,
            1.0,
        );
        for (row, values) in (0_i64..).zip(ink.values.chunks(canvas.0.max(1) as usize)) {
            for (column, value) in (0_i64..).zip(values) {
                let p = if *value >= 0.0 {
                    f64::from(*value)
                } else {
                    0.0
                };
                picture.set(x + column, y + row, p);
            }
        }
    }

    /// Draws a ruler at the right edge: `pixels_per_mm` of the patient, at most ten centimetres, a tick each centimetre.
    pub fn ruler(&self, picture: &mut FilmPicture, pixels_per_mm: f64) {
        let room_mm = f64::from(picture.height) * 0.8 / pixels_per_mm;
        let length_mm = (room_mm.min(RULER_MM) / TICK_MM).floor() * TICK_MM;
        if length_mm < TICK_MM {
            return;
        }
        let thick = i64::from(pixels(0.4 * self.pixels_per_mm).max(1));
        let tick = i64::from(
            pixels(2.0 * self.pixels_per_mm)
                .min(picture.width / 20)
                .max(2),
        );
        let right = i64::from(picture.width) - i64::from(pixels(GAP_MM * self.pixels_per_mm));
        let top = (f64::from(picture.height) - length_mm * pixels_per_mm) / 2.0;
        let bar = |picture: &mut FilmPicture, x: (i64, i64), y: (i64, i64)| {
            // A black rim keeps white lines visible on white film.
            for (rim, p) in [(1, 0.0), (0, 1.0)] {
                for row in y.0 - rim..y.1 + rim {
                    for column in x.0 - rim..x.1 + rim {
                        picture.set(column, row, p);
                    }
                }
            }
        };
        // Inside the picture.
        let place = |mm: f64| (top + mm * pixels_per_mm).round() as i64;
        let ticks = (length_mm / TICK_MM) as u32;
        for index in 0..=ticks {
            let y = place(f64::from(index) * TICK_MM);
            bar(picture, (right - tick, right), (y, y + thick));
        }
        bar(
            picture,
            (right - thick, right),
            (place(0.0), place(length_mm) + thick),
        );
    }
}

// The cast clamps.
fn pixels(length: f64) -> u32 {
    length.ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::film::{FilmDepth, FilmSamples};

    fn inked(picture: &FilmPicture) -> Vec<(u32, u32)> {
        let FilmSamples::Gray8(data) = &picture.samples else {
            panic!("gray")
        };
        let place = |at: usize| (at as u32 % picture.width, at as u32 / picture.width);
        (0..data.len())
            .filter(|at| data[*at] > 0)
            .map(place)
            .collect()
    }

    #[test]
    fn flags_are_as_high_on_film_at_any_resolution() {
        let height_mm = |dpi: f64| {
            let pen = Pen {
                pixels_per_mm: dpi / 25.4,
            };
            let side = pixels(100.0 * pen.pixels_per_mm);
            let mut picture = FilmPicture::black(side, side, FilmDepth::Eight, false);
            pen.flags(&mut picture, &["LOSSY 10:1 JPEG".to_owned()]);
            let rows: Vec<u32> = inked(&picture).iter().map(|place| place.1).collect();
            let (first, last) = (rows.iter().min(), rows.iter().max());
            let rows = last.zip(first).map(|(last, first)| last - first + 1);
            f64::from(rows.expect("something was written")) / pen.pixels_per_mm
        };
        let (coarse, fine) = (height_mm(100.0), height_mm(300.0));
        assert!((coarse - fine).abs() < 0.4, "{coarse} mm and {fine} mm");
        assert!((1.5..3.5).contains(&fine), "{fine} mm");
    }

    #[test]
    fn a_ruler_is_as_long_as_it_says() {
        let pen = Pen { pixels_per_mm: 4.0 };
        let mut picture = FilmPicture::black(300, 600, FilmDepth::Eight, false);
        pen.ruler(&mut picture, 4.0);
        let rows: Vec<u32> = inked(&picture).iter().map(|place| place.1).collect();
        let length = rows.iter().max().expect("ink") - rows.iter().min().expect("ink");
        assert!((400..=402).contains(&length), "{length}");
    }

    #[test]
    fn a_header_breaks_where_it_does_not_fit() {
        let pen = Pen { pixels_per_mm: 4.0 };
        let parts = ["PHANTOM^ONE", "ID 1", "page 1/2"].map(str::to_owned);
        assert_eq!(pen.wrapped(&parts, 4000).len(), 1);
        assert_eq!(pen.wrapped(&parts, 60).len(), 3);
    }
}
