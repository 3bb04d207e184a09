//! Fields of the settings table, label left, value right, one below the other.

use egui::{ComboBox, Layout, RichText, Role, TextEdit, Ui};

use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::widgets;
use crate::workspace::setting_fields::{FIELDS, Field, Kind, Section};
use crate::workspace::settings::SettingsAction;
use crate::workspace::{Action, Workspace};

/// Width of a value.
const VALUE: f32 = 150.0;
/// Width of a unit.
const UNIT: f32 = 42.0;

/// Draws the fields of a section.
pub fn section_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    section: Section,
    actions: &mut Vec<Action>,
) {
    if workspace.settings.settings.is_none() {
        return;
    }
    for field in FIELDS.iter().filter(|field| field.section == section) {
        field_ui(ui, context, workspace, field, actions);
    }
}

fn field_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    field: &'static Field,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let label = context
        .texts
        .t(&format!("setting.{}", field.key))
        .to_owned();
    let text = workspace.settings.text(field);
    let drafted = workspace.settings.drafts.contains_key(field.key);
    let mut edited = text.clone();
    ui.horizontal(|ui| {
        if field.kind == Kind::Switch {
            let mut on = text == "true";
            if ui.checkbox(&mut on, &label).changed() {
                edited = on.to_string();
            }
            return;
        }
        let color = if drafted { theme.accent } else { theme.text };
        ui.label(RichText::new(&label).color(color));
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            value_ui(ui, context, field, &label, &mut edited);
        });
    });
    if edited != text {
        actions.push(Action::Settings(SettingsAction::Edit(field.key, edited)));
    }
}

fn value_ui(ui: &mut Ui, context: &UiContext, field: &Field, label: &str, edited: &mut String) {
    match field.kind {
        Kind::Text(unit) => {
            let unit = if unit.is_empty() {
                ""
            } else {
                context.texts.t(unit)
            };
            let words = RichText::new(unit).size(size::SMALL);
            let cell = egui::Label::new(words.color(context.theme.text_weak));
            ui.add_sized([UNIT, 20.0], cell);
            let value = TextEdit::singleline(edited)
                .desired_width(VALUE)
                .align(egui::Align2::RIGHT_CENTER);
            widgets::named(ui.add(value), Role::TextInput, label);
        }
        Kind::Choice(choices) => {
            ui.add_space(UNIT + 16.0);
            let combo = ComboBox::from_id_salt(field.key)
                .width(VALUE)
                .selected_text(edited.clone())
                .show_ui(ui, |ui| {
                    for choice in choices {
                        ui.selectable_value(edited, (*choice).to_owned(), *choice);
                    }
                });
            let id = combo.response.id;
            widgets::named(combo.response, Role::ComboBox, label);
            widgets::describe(ui, id, field.key, edited);
        }
        Kind::Switch => {}
    }
}
