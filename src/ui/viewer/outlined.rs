//! White text that reads on any image: a dark outline of one pixel around it.

use egui::{Align2, Color32, Painter, Pos2, Vec2};

use crate::ui::theme::Theme;

/// Paints text with its outline.
pub fn text(painter: &Painter, at: Pos2, align: Align2, text: &str, size: f32, color: Color32) {
    let font = Theme::font(size);
    let galley = painter.layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    let corner = align.anchor_size(at, galley.size()).min;
    let pixel = 1.0 / painter.pixels_per_point();
    for (x, y) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
        let shifted = corner + Vec2::new(x, y) * pixel;
        painter.galley(shifted, galley.clone(), Color32::BLACK);
    }
    painter.galley(corner, galley, color);
}
