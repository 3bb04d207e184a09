//! Text of annotations in the bundled font: laid out in a box, turned by quarters, never mirrored (presentation.md section 12).

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

use super::sheet::{Place, Sheet};
use crate::imaging::annotation::Justification;

const FONT: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
/// Straight pieces of one curved piece of an outline.
const CURVE_STEPS: u32 = 8;
/// The smallest letters, in pixels.
pub const SIZE_MIN: f64 = 6.0;

/// Where lines run: from `start` along `reading`, further lines along `next`. Both are steps of one pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    /// Where the first line's upper edge begins.
    pub start: Place,
    /// Along a line.
    pub reading: (f64, f64),
    /// To the next line.
    pub next: (f64, f64),
}

impl Direction {
    /// How text reads that runs from one corner towards another.
    pub fn between(from: Place, towards: Place) -> Self {
        let (reading, next) = match (towards.0 >= from.0, towards.1 >= from.1) {
            (true, true) => ((1.0, 0.0), (0.0, 1.0)),
            (false, true) => ((0.0, 1.0), (-1.0, 0.0)),
            (false, false) => ((-1.0, 0.0), (0.0, -1.0)),
            (true, false) => ((0.0, -1.0), (1.0, 0.0)),
        };
        Self {
            start: from,
            reading,
            next,
        }
    }

    /// Whether lines run level.
    pub fn is_level(&self) -> bool {
        self.reading.1 == 0.0
    }

    fn place(&self, along: f64, down: f64) -> Place {
        (
            self.start.0 + along * self.reading.0 + down * self.next.0,
            self.start.1 + along * self.reading.1 + down * self.next.1,
        )
    }
}

/// Lines laid out for a font size of one pixel.
pub struct Block<'a> {
    font: FontRef<'a>,
    lines: Vec<Line>,
    width: f64,
    line_height: f64,
    ascent: f64,
}

struct Line {
    glyphs: Vec<(skrifa::GlyphId, f64)>,
    width: f64,
}

fn font() -> FontRef<'static> {
    FontRef::new(FONT).expect("the bundled font is read in a test")
}

/// How many characters of a text the font shows as boxes.
pub fn characters_lacking(text: &str) -> usize {
    let map = font().charmap();
    text.chars()
        .filter(|c| !c.is_control() && map.map(*c).is_none())
        .count()
}

impl Block<'_> {
    /// Measures lines.
    pub fn new(lines: &[String]) -> Self {
        let font = font();
        let (map, location) = (font.charmap(), LocationRef::default());
        let metrics = font.metrics(Size::unscaled(), location);
        let em = f64::from(metrics.units_per_em);
        let glyph_metrics = font.glyph_metrics(Size::unscaled(), location);
        let measured: Vec<Line> = lines
            .iter()
            .map(|line| {
                let mut width = 0.0;
                let mut glyphs = Vec::new();
                for character in line.chars().filter(|c| !c.is_control()) {
                    let glyph = map.map(character).unwrap_or_default();
                    glyphs.push((glyph, width));
                    width += f64::from(glyph_metrics.advance_width(glyph).unwrap_or(0.0)) / em;
                }
                Line { glyphs, width }
            })
            .collect();
        Self {
            width: measured.iter().map(|line| line.width).fold(0.0, f64::max),
            lines: measured,
            line_height: f64::from(metrics.ascent - metrics.descent) / em,
            ascent: f64::from(metrics.ascent) / em,
            font,
        }
    }

    /// The largest size at which all lines fit a box, `length` along the lines; never below the smallest.
    pub fn size_for(&self, length: f64, depth: f64) -> f64 {
        let across = length / self.width.max(1e-6);
        let down = depth / (self.line_height * self.lines.len() as f64);
        across.min(down).max(SIZE_MIN)
    }

    /// Width and height at a size.
    pub fn extent(&self, size: f64) -> (f64, f64) {
        let height = self.line_height * self.lines.len() as f64;
        (self.width * size, height * size)
    }

    /// Paints the lines into a box that is `length` long.
    pub fn paint(
        &self,
        sheet: &mut Sheet,
        direction: &Direction,
        (length, justification): (f64, Justification),
        size: f64,
        value: f32,
    ) {
        let em = f64::from(
            self.font
                .metrics(Size::unscaled(), LocationRef::default())
                .units_per_em,
        );
        for (index, line) in self.lines.iter().enumerate() {
            let spare = length - line.width * size;
            let indent = match justification {
                Justification::Left => 0.0,
                Justification::Center => spare / 2.0,
                Justification::Right => spare,
            };
            let base = (index as f64 * self.line_height + self.ascent) * size;
            for (glyph, offset) in &line.glyphs {
                let mut pen = Pen {
                    direction: *direction,
                    scale: size / em,
                    along: indent + offset * size,
                    base,
                    contours: Vec::new(),
                    end: (0.0, 0.0),
                };
                self.outline(*glyph, &mut pen);
                sheet.ink(&pen.contours, value);
            }
        }
    }

    fn outline(&self, glyph: skrifa::GlyphId, pen: &mut Pen) {
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        if let Some(outline) = self.font.outline_glyphs().get(glyph) {
            // glyphs of the bundled font are sound; one that were not would stay blank
            let _ = outline.draw(settings, pen);
        }
    }
}

/// Takes an outline in font units, its baseline at 0 and upwards positive, to places on the canvas.
struct Pen {
    direction: Direction,
    scale: f64,
    along: f64,
    base: f64,
    contours: Vec<Vec<Place>>,
    /// Where the pen is, in font units.
    end: (f64, f64),
}

impl Pen {
    fn add(&mut self, (x, y): (f64, f64)) {
        let place = self
            .direction
            .place(self.along + x * self.scale, self.base - y * self.scale);
        if let Some(contour) = self.contours.last_mut() {
            contour.push(place);
        }
        self.end = (x, y);
    }

    /// A Bézier curve from where the pen is.
    fn curve(&mut self, first: (f64, f64), second: (f64, f64), end: (f64, f64)) {
        let start = self.end;
        for step in 1..=CURVE_STEPS {
            let t = f64::from(step) / f64::from(CURVE_STEPS);
            let u = 1.0 - t;
            let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
            let sum = |pick: fn((f64, f64)) -> f64| {
                let values = [start, first, second, end].map(pick);
                weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>()
            };
            self.add((sum(|p| p.0), sum(|p| p.1)));
        }
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.contours.push(Vec::new());
        self.add((f64::from(x), f64::from(y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.add((f64::from(x), f64::from(y)));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (control, end) = ((f64::from(cx), f64::from(cy)), (f64::from(x), f64::from(y)));
        let towards = |from: (f64, f64)| {
            let third = |a: f64, b: f64| a + (b - a) * 2.0 / 3.0;
            (third(from.0, control.0), third(from.1, control.1))
        };
        self.curve(towards(self.end), towards(end), end);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let point = |x: f32, y: f32| (f64::from(x), f64::from(y));
        self.curve(point(cx0, cy0), point(cx1, cy1), point(x, y));
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_letter_of_latin_1() {
        let printable = (0x20..=0x7E_u32).chain(0xA0..=0xFF);
        let text: String = printable.filter_map(char::from_u32).collect();
        assert_eq!(characters_lacking(&text), 0);
        assert_eq!(characters_lacking("肺"), 1);
    }

    #[test]
    fn letters_fill_their_box_and_stay_inside() {
        let block = Block::new(&["Hg".to_owned()]);
        let size = block.size_for(300.0, 40.0);
        assert!((block.extent(size).1 - 40.0).abs() < 1e-9);
        let mut sheet = Sheet::new((320, 60), (0, 0), (320, 60));
        let direction = Direction::between((5.0, 10.0), (305.0, 50.0));
        block.paint(
            &mut sheet,
            &direction,
            (300.0, Justification::Left),
            size,
            1.0,
        );
        let rows: Vec<usize> = (0..sheet.values.len())
            .filter(|place| sheet.values[*place] >= 0.0)
            .map(|place| place / 320)
            .collect();
        assert!(rows.iter().all(|row| (10..50).contains(row)));
        assert!(rows.len() > 200);
    }

    #[test]
    fn small_letters_keep_their_stems() {
        let block = Block::new(&["lll".to_owned()]);
        let mut sheet = Sheet::new((20, 10), (0, 0), (20, 10));
        let direction = Direction::between((1.0, 1.0), (2.0, 2.0));
        block.paint(
            &mut sheet,
            &direction,
            (0.0, Justification::Left),
            SIZE_MIN,
            1.0,
        );
        let inked = sheet.values.iter().filter(|value| **value >= 0.0).count();
        assert!(inked >= 9, "{inked}");
    }
}
