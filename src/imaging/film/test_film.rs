//! The test film of a printer (workstation.md C13): a pattern after SMPTE RP 133, rulers along both sides, text of known heights, and
//! what was asked of the printer, all drawn at its own pixels.

use super::ink::Pen;
use super::page::FilmPage;
use super::picture::FilmPicture;

/// P-Value of the ground.
const GROUND: f64 = 0.5;
/// Steps of gray from black to white.
const STEPS: u32 = 11;
/// Heights of the sample texts, in mm.
const TEXTS_MM: [f64; 6] = [1.5, 2.0, 2.5, 3.5, 5.0, 8.0];
/// Ticks of the rulers, in mm.
const TICK_MM: f64 = 10.0;

/// Draws it.
pub(super) fn draw(page: &FilmPage) -> FilmPicture {
    let (width, height) = page.sheet.extent();
    let mut film = FilmPicture::black(width, height, page.depth, page.color);
    let side = width.min(height);
    let left = (width - side) / 2;
    square(&mut film, (left, 0), side);
    rulers(&mut film, page);
    texts(&mut film, page, (left + side / 16, side + side / 40));
    film
}

fn fill(film: &mut FilmPicture, (x, y): (u32, u32), (width, height): (u32, u32), p: f64) {
    for row in y..y.saturating_add(height) {
        for column in x..x.saturating_add(width) {
            film.set(i64::from(column), i64::from(row), p);
        }
    }
}

/// The pattern itself in a square of 16 x 16 fields.
fn square(film: &mut FilmPicture, (left, top): (u32, u32), side: u32) {
    let at = |field: u32| side * field / 16;
    let place = |column: u32, row: u32| (left + at(column), top + at(row));
    fill(film, (left, top), (side, side), GROUND);
    let line = (side / 1000).max(1);
    for field in 0..=16 {
        let along = at(field).min(side - line);
        fill(film, (left + along, top), (line, side), 0.75);
        fill(film, (left, top + along), (side, line), 0.75);
    }
    let field = (at(1), at(1));
    // Eleven steps from 0 to 100 %, then back beneath, so that a slope across the film shows.
    for step in 0..STEPS {
        let p = f64::from(step) / f64::from(STEPS - 1);
        let (width, height) = (at(11) / STEPS, at(1));
        let x = left + at(2) + at(1) / 2 + step * width;
        fill(film, (x, top + at(5)), (width, height), p);
        fill(film, (x, top + at(6)), (width, height), 1.0 - p);
    }
    // 5 % in black and 95 % in white: both inner squares must be seen.
    for (column, outer, inner) in [(3, 0.0, 0.05), (11, 1.0, 0.95)] {
        fill(film, place(column, 8), (at(2), at(2)), outer);
        let (x, y) = place(column, 8);
        fill(film, (x + at(1) / 2, y + at(1) / 2), field, inner);
    }
    ramp(film, place(2, 11), (at(12), at(1)));
    for (column, row) in [(1, 1), (13, 1), (7, 8), (1, 13), (13, 13)] {
        line_pairs(film, place(column, row), (at(2), at(2)));
    }
}

/// Every level that the film can show.
fn ramp(film: &mut FilmPicture, (x, y): (u32, u32), (width, height): (u32, u32)) {
    for column in 0..width {
        let p = f64::from(column) / f64::from(width.max(2) - 1);
        fill(film, (x + column, y), (1, height), p);
    }
}

/// Bars of one, two and three pixels, upright and lying.
fn line_pairs(film: &mut FilmPicture, (x, y): (u32, u32), (width, height): (u32, u32)) {
    let part = width / 3;
    for (place, pixels) in (0..3).zip(1_u32..) {
        let first = x + place * part;
        for offset in 0..part {
            let p = f64::from(offset / pixels % 2);
            fill(film, (first + offset, y), (1, height / 2), p);
        }
        for offset in 0..height / 2 {
            let p = f64::from(offset / pixels % 2);
            fill(film, (first, y + height / 2 + offset), (part, 1), p);
        }
    }
}

/// Rulers in centimetres along the left edge and along the top.
fn rulers(film: &mut FilmPicture, page: &FilmPage) {
    let sheet = &page.sheet;
    let (thick, long) = (sheet.pixels(0.3).max(1), sheet.pixels(4.0).max(2));
    let (width, height) = sheet.extent();
    for tick in 1..=100 {
        let along = sheet.pixels(f64::from(tick) * TICK_MM);
        let length = if tick % 5 == 0 { long * 2 } else { long };
        if along < height {
            fill(film, (0, along), (length, thick), 1.0);
        }
        if along < width {
            fill(film, (along, 0), (thick, length), 1.0);
        }
    }
}

/// Sample texts with their heights, and the sheet in words.
fn texts(film: &mut FilmPicture, page: &FilmPage, (x, mut y): (u32, u32)) {
    let sheet = &page.sheet;
    let pen = Pen {
        pixels_per_mm: 1.0 / sheet.pitch_mm(),
    };
    let words = format!(
        "{} {}  {} dpi  {} bits  {} x {} pixels  a tick is 1 cm",
        sheet.size.term(),
        sheet.orientation.term(),
        sheet.resolution_dpi,
        page.depth.bits(),
        sheet.extent().0,
        sheet.extent().1,
    );
    pen.text(film, &words, 3.5, (x, y));
    y += sheet.pixels(5.0);
    for height_mm in TEXTS_MM {
        let sample = format!("{height_mm} mm  ABCDEFGH abcdefgh 0123456789");
        pen.text(film, &sample, height_mm, (x, y));
        y += sheet.pixels(height_mm * 1.25);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::film::{FilmDepth, FilmSamples, FilmSize, Sheet};

    fn levels(size: &str, resolution_dpi: f64) -> (Vec<u16>, usize) {
        let page = FilmPage {
            sheet: Sheet {
                size: FilmSize::parse(size).expect("a size"),
                resolution_dpi,
                ..Sheet::default()
            },
            depth: FilmDepth::Twelve,
            test_film: true,
            ..FilmPage::default()
        };
        let (film, warnings) = page.compose().expect("a film");
        assert!(warnings.is_empty() && page.boxes() == [0]);
        let FilmSamples::Gray12(levels) = film.samples else {
            panic!("gray")
        };
        (levels, film.width as usize)
    }

    #[test]
    fn a_test_film_has_black_white_and_what_lies_beside_them() {
        let (levels, width) = levels("8INX10IN", 100.0);
        let at = |x: usize, y: usize| levels[y * width + x];
        // Fields of 50 pixels: the 5 % square in black, the 95 % square in white.
        assert_eq!((at(152, 402), at(200, 450)), (0, 205));
        assert_eq!((at(552, 402), at(600, 450)), (4095, 3890));
        let ramp: Vec<u16> = (100..700).map(|x| at(x, 575)).collect();
        assert!(ramp.is_sorted() && ramp[0] == 0 && ramp[599] == 4095);
    }

    #[test]
    fn a_small_sheet_gets_one_too() {
        let (levels, width) = levels("1INX1IN", 20.0);
        assert_eq!(levels.len(), width * 20);
    }
}
