//! The ruler match (D6): a line on the screen, a real ruler against it, and the size of a pixel comes out.

use egui::{Layout, Pos2, RichText, Role, Sense, Slider, Stroke, TextEdit, Ui, Vec2, WidgetInfo};

use super::context::UiContext;
use super::theme::space;
use super::{icons, sheets, widgets};
use crate::workspace::display::{RULER_RANGE, RulerMatch};
use crate::workspace::{Action, DisplayAction};

/// Width of the sheet beside the line.
const MARGIN: f32 = 40.0;
/// Smallest width of the sheet.
const WIDTH: f32 = 460.0;

/// Draws the sheet.
pub fn ruler_ui(ui: &Ui, context: &UiContext, ruler: &RulerMatch, actions: &mut Vec<Action>) {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let length = (ruler.pixels / f64::from(pixels_per_point)) as f32;
    let room = ui.ctx().content_rect().width() - 2.0 * MARGIN;
    let width = (length + MARGIN).clamp(WIDTH.min(room), room.max(WIDTH));
    let close = sheets::sheet_ui(ui, context, context.t("ruler.title"), width, |ui| {
        let words = RichText::new(context.t("ruler.sentence")).color(context.theme.text_weak);
        ui.add(egui::Label::new(words).wrap());
        line_ui(ui, context, length, pixels_per_point);
        let edit = |pixels, millimetres| DisplayAction::EditRuler(pixels, millimetres);
        ui.horizontal(|ui| {
            ui.label(context.t("ruler.length"));
            let mut pixels = ruler.pixels;
            let widest = f64::from((room - MARGIN) * pixels_per_point).min(*RULER_RANGE.end());
            let slider = Slider::new(&mut pixels, *RULER_RANGE.start()..=widest).integer();
            let response = widgets::named(ui.add(slider), Role::Slider, context.t("ruler.length"));
            if response.changed() {
                let text = ruler.millimetres.clone();
                actions.push(Action::Display(edit(pixels, text)));
            }
        });
        ui.horizontal(|ui| {
            ui.label(context.t("ruler.measured"));
            let mut text = ruler.millimetres.clone();
            let field = TextEdit::singleline(&mut text).desired_width(80.0);
            let name = context.t("ruler.measured");
            if widgets::named(ui.add(field), Role::TextInput, name).changed() {
                actions.push(Action::Display(edit(ruler.pixels, text)));
            }
            ui.label("mm");
        });
        let pitch = ruler.pitch_mm();
        let text = match pitch {
            Some(pitch) => {
                let pitch = format!("{pitch:.4}");
                context.texts.fill("ruler.result", &[("mm", &pitch)])
            }
            None => context.t("ruler.no-result").to_owned(),
        };
        ui.label(text);
        buttons_ui(ui, context, pitch.is_some(), actions)
    });
    if close {
        actions.push(Action::Display(DisplayAction::CloseRuler));
    }
}

/// The line with a tick at each end, on whole pixels.
fn line_ui(ui: &mut Ui, context: &UiContext, length: f32, pixels_per_point: f32) {
    let size = Vec2::new(ui.available_width(), 56.0);
    let (place, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Ruler line"));
    let whole = |x: f32| (x * pixels_per_point).round() / pixels_per_point;
    let left = whole(place.center().x - length / 2.0);
    let y = whole(place.center().y);
    let stroke = Stroke::new(1.0 / pixels_per_point, context.theme.text);
    let painter = ui.painter();
    painter.line_segment([Pos2::new(left, y), Pos2::new(left + length, y)], stroke);
    for x in [left, left + length] {
        painter.line_segment([Pos2::new(x, y - 16.0), Pos2::new(x, y + 16.0)], stroke);
    }
}

/// True when the sheet shall close.
fn buttons_ui(ui: &mut Ui, context: &UiContext, usable: bool, actions: &mut Vec<Action>) -> bool {
    ui.add_space(space::MEDIUM);
    let mut close = false;
    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
        ui.add_enabled_ui(usable, |ui| {
            let apply = context.t("ruler.apply");
            if widgets::primary_button(ui, context.theme, icons::CHECK, apply).clicked() {
                actions.push(Action::Display(DisplayAction::ApplyRuler));
            }
        });
        close = widgets::button(ui, "", context.t("dialog.cancel")).clicked();
    });
    close
}
