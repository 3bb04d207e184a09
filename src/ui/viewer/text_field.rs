//! The field in which a text on an image is typed, at the place where the text will be.

use egui::{Area, Frame, Id, Key, KeyboardShortcut, Modifiers, Order, Pos2, Role, TextEdit, Ui};

use crate::ui::context::UiContext;
use crate::ui::widgets;
use crate::workspace::viewer::drawing::{DrawAction, Pending};
use crate::workspace::viewer::{ViewCommand, ViewerAction};

/// Width of the field.
const WIDTH: f32 = 220.0;

/// Draws the field for a text that begins at `at`; Enter keeps the text, Shift and Enter begins a line, Escape lets it go.
pub fn text_field_ui(
    ui: &Ui,
    context: &UiContext,
    pending: &Pending,
    at: Pos2,
    out: &mut Vec<ViewerAction>,
) {
    let area = Area::new(Id::unique("viewer-text-field"))
        .order(Order::Foreground)
        .fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            let mut text = pending.shape.text.clone();
            let field = TextEdit::multiline(&mut text)
                .desired_rows(2)
                .desired_width(WIDTH)
                .char_limit(1024)
                .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
                .hint_text(context.t("viewer.draw.text-hint").to_owned());
            let name = context.t("viewer.draw.text-field");
            let response = widgets::named(ui.add(field), Role::TextInput, name);
            if response.changed() {
                out.push(ViewerAction::Draw(DrawAction::Type(text)));
            }
            let keep = ui.input(|input| input.key_pressed(Key::Enter) && !input.modifiers.shift);
            let escape = ui.input(|input| input.key_pressed(Key::Escape));
            if escape {
                out.push(ViewerAction::Command(ViewCommand::CancelTool));
            } else if keep || response.lost_focus() {
                out.push(ViewerAction::Draw(DrawAction::Finish));
            } else if !response.has_focus() {
                response.request_focus();
            }
        });
    });
}
