//! Orientation letters on the sides, laterality and view of mammograms, and the ruler (F7, F9).

use egui::{Align, Align2, Color32, Painter, Pos2, Rect, Stroke, Vec2};

use super::outlined;
use super::scene::Scene;
use crate::imaging::DisplayPlan;
use crate::imaging::geometry::SideLetters;
use crate::ui::context::UiContext;
use crate::ui::theme::size;

/// Letters as shown, or none when unknown.
pub fn side_letters(scene: &Scene) -> Option<SideLetters> {
    let (rotation, flip) = scene.turns;
    let geometry = &scene.image.instance.geometry;
    geometry.side_letters(scene.image.frame, rotation, flip)
}

/// How far a marker moves up or down (`step` of -1 or 1) until it lies on no text.
fn clear_of(marker: Rect, taken: &[Rect], step: f32) -> f32 {
    let mut moved = 0.0;
    // Every move leaves one line behind for good, as all of them go the same way.
    while let Some(line) = taken
        .iter()
        .find(|line| line.intersects(marker.translate(Vec2::new(0.0, moved))))
    {
        moved = if step < 0.0 {
            line.top() - marker.bottom() - 1.0
        } else {
            line.bottom() - marker.top() + 1.0
        };
    }
    moved
}

/// Paints the letters in the middle of each side, above or below the texts in `taken`.
pub fn letters_ui(painter: &Painter, cell: Rect, letters: &SideLetters, taken: &[Rect]) {
    let color = Color32::from_rgb(240, 224, 160);
    let place = cell.shrink(6.0);
    let sides = [
        (&letters.left, Align2::LEFT_CENTER),
        (&letters.right, Align2::RIGHT_CENTER),
        (&letters.top, Align2::CENTER_TOP),
        (&letters.bottom, Align2::CENTER_BOTTOM),
    ];
    for (text, align) in sides {
        let mut at = align.pos_in_rect(&place);
        let extent = Vec2::new(size::HEADING * text.len() as f32, size::HEADING * 1.3);
        let marker = align.anchor_size(at, extent);
        match align.y() {
            Align::Min => at.y += clear_of(marker, taken, 1.0),
            Align::Max => at.y += clear_of(marker, taken, -1.0),
            Align::Center => {}
        }
        outlined::text(painter, at, align, text, size::HEADING, color);
    }
}

/// Laterality and view large, on the side away from the chest wall.
pub fn laterality_ui(painter: &Painter, cell: Rect, scene: &Scene) {
    let instance = &scene.image.instance;
    let geometry = &instance.geometry;
    if instance.technique.modality != "MG" || geometry.laterality.is_empty() {
        return;
    }
    let chest_left = match side_letters(scene) {
        Some(letters) => letters.left.starts_with('P'),
        None => geometry.laterality == "L",
    };
    let (align, x) = if chest_left {
        (Align2::RIGHT_CENTER, cell.right() - 28.0)
    } else {
        (Align2::LEFT_CENTER, cell.left() + 28.0)
    };
    let at = Pos2::new(x, cell.center().y - cell.height() / 5.0);
    let text = format!("{} {}", geometry.laterality, geometry.view);
    outlined::text(painter, at, align, text.trim(), size::TITLE, Color32::WHITE);
}

/// A ruler in centimetres at the bottom, or that there is no scale. Never a silent fallback (F7).
pub fn ruler_ui(
    painter: &Painter,
    cell: Rect,
    context: &UiContext,
    scene: &Scene,
    plan: &DisplayPlan,
    taken: &[Rect],
) {
    let mut base = Pos2::new(cell.center().x, cell.bottom() - 48.0);
    let Some(spacing) = scene.image.plane().spacing else {
        let text = context.t("viewer.no-scale");
        outlined::text(
            painter,
            base,
            Align2::CENTER_CENTER,
            text,
            size::SMALL,
            Color32::GRAY,
        );
        return;
    };
    // Along the image axis that lies horizontally on the screen.
    let (step, mm_per_image_pixel) = if scene.adjustments.rotation % 2 == 1 {
        ((0.0, 1.0), spacing.row_mm)
    } else {
        ((1.0, 0.0), spacing.column_mm)
    };
    let (x0, y0) = plan.view.image_to_canvas(0.0, 0.0);
    let (x1, y1) = plan.view.image_to_canvas(step.0, step.1);
    let pixels_per_mm = (x1 - x0).hypot(y1 - y0) / mm_per_image_pixel;
    let points_per_mm = pixels_per_mm / f64::from(painter.pixels_per_point());
    let room_mm = f64::from(cell.width()) * 0.4 / points_per_mm;
    let Some(length_mm) = [200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 1.0]
        .into_iter()
        .find(|mm| *mm <= room_mm)
    else {
        return;
    };
    let width = (length_mm * points_per_mm) as f32;
    let marker = Rect::from_min_max(
        base - Vec2::new(width / 2.0, 8.0),
        base + Vec2::new(width / 2.0, 18.0),
    );
    base.y += clear_of(marker, taken, -1.0);
    let start = base - Vec2::new(width / 2.0, 0.0);
    let tick_mm = if length_mm >= 20.0 { 10.0 } else { 1.0 };
    let line = |from: Pos2, to: Pos2| {
        painter.line_segment([from, to], Stroke::new(3.0, Color32::from_black_alpha(160)));
        painter.line_segment([from, to], Stroke::new(1.0, Color32::WHITE));
    };
    line(start, start + Vec2::new(width, 0.0));
    let ticks = (length_mm / tick_mm).round() as usize;
    for tick in 0..=ticks {
        let x = (tick as f64 * tick_mm * points_per_mm) as f32;
        let tall = tick == 0 || tick == ticks || (tick % 5 == 0 && ticks > 5);
        let up = if tall { 7.0 } else { 4.0 };
        line(start + Vec2::new(x, 0.0), start + Vec2::new(x, -up));
    }
    let words = if length_mm >= 10.0 {
        format!("{} cm", length_mm / 10.0)
    } else {
        format!("{length_mm} mm")
    };
    let origin = spacing.origin.to_string();
    let text = if origin == "mm" {
        words
    } else {
        format!("{words}  {origin}")
    };
    let at = base + Vec2::new(0.0, 3.0);
    outlined::text(
        painter,
        at,
        Align2::CENTER_TOP,
        &text,
        size::SMALL - 1.0,
        Color32::WHITE,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_moves_past_every_text_in_its_way() {
        let line = |top: f32| Rect::from_min_max(Pos2::new(0.0, top), Pos2::new(100.0, top + 10.0));
        let marker = Rect::from_min_max(Pos2::new(45.0, 90.0), Pos2::new(55.0, 100.0));
        assert!(clear_of(marker, &[], -1.0).abs() < 1e-6);
        let beside = Rect::from_min_max(Pos2::new(0.0, 80.0), Pos2::new(40.0, 100.0));
        assert!(clear_of(marker, &[beside], -1.0).abs() < 1e-6);
        let taken = [line(92.0), line(81.0)];
        let moved = marker.translate(Vec2::new(0.0, clear_of(marker, &taken, -1.0)));
        assert!(moved.bottom() < 81.0 && moved.bottom() > 75.0, "{moved}");
        let moved = marker.translate(Vec2::new(0.0, clear_of(marker, &taken, 1.0)));
        assert!(moved.top() > 102.0 && moved.top() < 106.0, "{moved}");
    }
}
