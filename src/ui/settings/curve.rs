//! The curves of a calibration: what was measured, what the standard function wants, and where the chosen levels lie.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::imaging::display_function::Calibration;
use crate::ui::Theme;
use crate::ui::context::UiContext;
use crate::ui::theme::{radius, size};

/// Height of the plot and room for its numbers.
const HEIGHT: f32 = 170.0;
const LEFT: f32 = 44.0;
const BELOW: f32 = 18.0;
/// P-Values along the curves.
const STEPS: u8 = 64;

/// Luminance on a logarithmic scale over driving levels and P-Values.
struct Axes {
    place: Rect,
    low: f64,
    high: f64,
}

impl Axes {
    fn at(&self, part: f64, luminance: f64) -> Pos2 {
        let span = (self.high / self.low).ln();
        let height = (luminance / self.low).ln() / span;
        let x = self.place.left() + self.place.width() * part as f32;
        let y = self.place.bottom() - self.place.height() * height.clamp(0.0, 1.0) as f32;
        Pos2::new(x, y)
    }
}

/// Draws the plot.
pub fn curve_ui(ui: &mut Ui, context: &UiContext, calibration: &Calibration) {
    let theme = context.theme;
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (whole, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = context.t("display.curve").to_owned();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let painter = ui.painter_at(whole);
    painter.rect_filled(whole, f32::from(radius::CONTROL), theme.field);
    let low = calibration.measured(0).max(1e-3);
    let axes = Axes {
        place: Rect::from_min_max(
            whole.min + Vec2::new(LEFT, 10.0),
            whole.max - Vec2::new(12.0, BELOW),
        ),
        low,
        high: calibration.measured(255).max(low * 1.01),
    };
    scale_ui(&painter, context, &axes);
    let line = |points: Vec<Pos2>, width: f32, color: Color32| {
        painter.add(Shape::line(points, Stroke::new(width, color)));
    };
    let levels = 0..=255_u8;
    let measured =
        levels.map(|level| axes.at(f64::from(level) / 255.0, calibration.measured(level)));
    line(measured.collect(), 1.0, theme.text_faint);
    let parts = || (0..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    let wanted = parts().map(|p| axes.at(p, calibration.wanted(p)));
    line(wanted.collect(), 2.0, theme.accent);
    for p in parts().step_by(4) {
        let reached = calibration.measured(calibration.level(p));
        painter.circle_filled(axes.at(p, reached), 2.5, theme.good);
    }
    legend_ui(&painter, context, axes.place);
}

/// A line for every power of ten, with its number.
fn scale_ui(painter: &egui::Painter, context: &UiContext, axes: &Axes) {
    let theme = context.theme;
    let font = Theme::font(size::SMALL - 1.5);
    for power in -3..=4 {
        let luminance = 10_f64.powi(power);
        if luminance < axes.low || luminance > axes.high {
            continue;
        }
        let left = axes.at(0.0, luminance);
        let right = axes.at(1.0, luminance);
        painter.line_segment([left, right], Stroke::new(1.0, theme.line));
        let at = left - Vec2::new(6.0, 0.0);
        let text = luminance.to_string();
        painter.text(
            at,
            Align2::RIGHT_CENTER,
            text,
            font.clone(),
            theme.text_weak,
        );
    }
    let below = axes.place.bottom() + 3.0;
    for (x, align, text) in [
        (axes.place.left(), Align2::LEFT_TOP, "0"),
        (axes.place.right(), Align2::RIGHT_TOP, "1"),
    ] {
        let at = Pos2::new(x, below);
        painter.text(at, align, text, font.clone(), theme.text_weak);
    }
    let at = Pos2::new(axes.place.center().x, below);
    let text = context.t("display.axis");
    painter.text(at, Align2::CENTER_TOP, text, font, theme.text_weak);
}

fn legend_ui(painter: &egui::Painter, context: &UiContext, place: Rect) {
    let theme = context.theme;
    let font = Theme::font(size::SMALL - 1.5);
    let mut at = place.left_top() + Vec2::new(8.0, 4.0);
    for (key, color) in [
        ("display.curve.wanted", theme.accent),
        ("display.curve.reached", theme.good),
        ("display.curve.measured", theme.text_weak),
    ] {
        let text = context.texts.t(key);
        painter.text(at, Align2::LEFT_TOP, text, font.clone(), color);
        at.y += 14.0;
    }
}
