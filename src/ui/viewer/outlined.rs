//! Text over images: white or coloured with a dark outline of one pixel, readable on any gray.
//!
//! A line is put together once and then shown as one small picture. Drawn letter by letter, each five times, the texts of a cell
//! would cost a software renderer more than its image.

use std::collections::HashMap;

use egui::{
    Align2, Color32, ColorImage, Context, Galley, Id, Painter, Pos2, Rect, TextureHandle,
    TextureOptions, Vec2,
};

use crate::ui::theme::Theme;

/// Widest line in pixels; what does not fit is cut off.
const WIDTH_MAX: usize = 2048;
/// Lines kept though they are not on the screen.
const SPARE_MAX: usize = 64;

/// A line as it is written.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Line {
    text: String,
    size: u32,
    color: Color32,
    pixels_per_point: u32,
}

/// Its picture.
#[derive(Clone)]
struct Picture {
    texture: TextureHandle,
    shown: u64,
}

/// Pictures of the lines shown lately.
#[derive(Clone, Default)]
struct Pictures(HashMap<Line, Picture>);

/// Paints text with its outline; the place it takes.
pub fn text(
    painter: &Painter,
    at: Pos2,
    align: Align2,
    text: &str,
    size: f32,
    color: Color32,
) -> Rect {
    let context = painter.ctx();
    let pixels_per_point = painter.pixels_per_point();
    let line = Line {
        text: text.to_owned(),
        size: size.to_bits(),
        color,
        pixels_per_point: pixels_per_point.to_bits(),
    };
    let Some(texture) = known(context, &line).or_else(|| make(painter, line, size)) else {
        return Rect::from_min_size(at, Vec2::ZERO);
    };
    // The outline lies outside of what is aligned.
    let outline = Vec2::splat(1.0 / pixels_per_point);
    let size = texture.size_vec2() / pixels_per_point;
    let corner = align.anchor_size(at, size - 2.0 * outline).min - outline;
    let corner = (corner.to_vec2() * pixels_per_point).round() / pixels_per_point;
    let whole = Rect::from_min_size(Pos2::ZERO, Vec2::splat(1.0));
    let place = Rect::from_min_size(corner.to_pos2(), size);
    painter.image(texture.id(), place, whole, Color32::WHITE);
    place
}

fn pictures_id() -> Id {
    Id::unique("outlined-texts")
}

fn known(context: &Context, line: &Line) -> Option<TextureHandle> {
    let now = context.cumulative_frame_nr();
    context.data_mut(|data| {
        let pictures: &mut Pictures = data.get_temp_mut_or_default(pictures_id());
        let picture = pictures.0.get_mut(line)?;
        picture.shown = now;
        Some(picture.texture.clone())
    })
}

fn make(painter: &Painter, line: Line, size: f32) -> Option<TextureHandle> {
    let context = painter.ctx();
    let font = Theme::font(size);
    let galley = painter.layout_no_wrap(line.text.clone(), font, Color32::PLACEHOLDER);
    let atlas = context.fonts(|fonts| fonts.image());
    let image = outlined(
        &coverage(&galley, &atlas, painter.pixels_per_point())?,
        line.color,
    );
    let texture = context.load_texture("outlined-text", image, TextureOptions::NEAREST);
    let now = context.cumulative_frame_nr();
    let picture = Picture {
        texture: texture.clone(),
        shown: now,
    };
    context.data_mut(|data| {
        let pictures: &mut Pictures = data.get_temp_mut_or_default(pictures_id());
        if pictures.0.len() >= SPARE_MAX {
            pictures.0.retain(|_, picture| picture.shown + 1 >= now);
        }
        pictures.0.insert(line, picture);
    });
    Some(texture)
}

/// How much of each pixel a text covers, one pixel of margin around it.
struct Coverage {
    size: [usize; 2],
    alpha: Vec<u8>,
}

fn coverage(galley: &Galley, atlas: &ColorImage, pixels_per_point: f32) -> Option<Coverage> {
    let pixels = |points: f32| (points * pixels_per_point).round() as i64;
    let width = (pixels(galley.size().x).clamp(0, WIDTH_MAX as i64) as usize) + 2;
    let height = (pixels(galley.size().y).clamp(0, WIDTH_MAX as i64) as usize) + 2;
    if galley.is_empty() || width == 2 || height == 2 {
        return None;
    }
    let mut alpha = vec![0; width * height];
    for row in &galley.rows {
        // A letter is two triangles with four corners; places in the atlas are in pixels.
        for [first, .., last] in row.visuals.mesh.vertices.as_chunks::<4>().0 {
            let corner = row.pos + first.pos.to_vec2();
            let (x, y) = (pixels(corner.x) + 1, pixels(corner.y) + 1);
            let (from, to) = (first.uv, last.uv);
            for v in from.y as usize..(to.y as usize).min(atlas.height()) {
                for u in from.x as usize..(to.x as usize).min(atlas.width()) {
                    let (x, y) = (x + u as i64 - from.x as i64, y + v as i64 - from.y as i64);
                    if (0..width as i64).contains(&x) && (0..height as i64).contains(&y) {
                        let place: &mut u8 = &mut alpha[y as usize * width + x as usize];
                        *place = (*place).max(atlas[(u, v)].a());
                    }
                }
            }
        }
    }
    Some(Coverage {
        size: [width, height],
        alpha,
    })
}

/// The letters over their black outline: the same letters, one pixel to each side.
fn outlined(coverage: &Coverage, color: Color32) -> ColorImage {
    let [width, height] = coverage.size;
    let at = |x: usize, y: usize| u32::from(coverage.alpha[y * width + x]);
    let mut image = ColorImage::filled(coverage.size, Color32::TRANSPARENT);
    for y in 0..height {
        for x in 0..width {
            let beside = [
                (x > 0).then(|| at(x - 1, y)),
                (x + 1 < width).then(|| at(x + 1, y)),
                (y > 0).then(|| at(x, y - 1)),
                (y + 1 < height).then(|| at(x, y + 1)),
            ];
            let clear = beside
                .into_iter()
                .flatten()
                .fold(255, |clear, alpha| (clear * (255 - alpha) + 127) / 255);
            let own = at(x, y);
            let over = |channel: u8| ((u32::from(channel) * own + 127) / 255) as u8;
            let alpha = own + ((255 - clear) * (255 - own) + 127) / 255;
            image[(x, y)] = Color32::from_rgba_premultiplied(
                over(color.r()),
                over(color.g()),
                over(color.b()),
                alpha.min(255) as u8,
            );
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_keeps_its_colour_and_gets_a_black_edge() {
        let mut alpha = vec![0; 9];
        alpha[4] = 255;
        let coverage = Coverage {
            size: [3, 3],
            alpha,
        };
        let image = outlined(&coverage, Color32::YELLOW);
        assert_eq!(image[(1, 1)], Color32::YELLOW);
        for edge in [(0, 1), (2, 1), (1, 0), (1, 2)] {
            assert_eq!(image[edge], Color32::BLACK);
        }
        assert_eq!(image[(0, 0)], Color32::TRANSPARENT);
    }
}
