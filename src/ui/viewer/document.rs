//! Objects without an image (reports, key objects, raw data) as their readable attributes, until they have a view of their own.

use egui::{Rect, RichText, ScrollArea, TextEdit, Ui, UiBuilder};

use super::scene::Scene;
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, size, space};

/// Draws the document of a cell: scrollable, and its text can be selected and copied.
pub fn document_ui(ui: &mut Ui, context: &UiContext, scene: &Scene, place: Rect) {
    let instance = &scene.image.instance;
    let theme = context.theme;
    let builder = UiBuilder::new().max_rect(place.shrink(space::MEDIUM));
    ui.scope_builder(builder, |ui| {
        let title = crate::dicom::sop_class::name(&instance.sop_class_uid);
        ui.label(
            RichText::new(title)
                .font(Theme::strong_font(size::HEADING))
                .color(theme.text),
        );
        ui.add_space(space::SMALL);
        ScrollArea::both()
            .id_salt(("document", scene.cell))
            .auto_shrink(false)
            .show(ui, |ui| {
                let mut text = instance.document.as_str();
                let edit = TextEdit::multiline(&mut text)
                    .frame(egui::Frame::NONE)
                    .desired_width(f32::INFINITY)
                    .text_color(theme.text);
                let response = ui.add(edit);
                let name = context.t("viewer.document");
                crate::ui::widgets::named(response, egui::Role::Document, name);
            });
    });
}
