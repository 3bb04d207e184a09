//! Theme, language and text size (SH4, SH5): each takes effect at once.

use egui::{Layout, RichText, Role, Ui, WidgetInfo};

use crate::ui::context::UiContext;
use crate::ui::{icons, widgets};
use crate::workspace::preferences::TEXT_PERCENT;
use crate::workspace::{Action, Appearance, Language, ShellAction, Workspace};

/// One step of the text size, in percent.
const STEP: u16 = 10;

/// Draws the card.
pub fn appearance_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let preferences = &workspace.preferences;
    row_ui(ui, context.t("appearance.theme"), |ui| {
        for (appearance, key) in [
            (Appearance::Light, "appearance.light"),
            (Appearance::Dark, "appearance.dark"),
        ] {
            let text = context.texts.t(key);
            let on = preferences.appearance == appearance;
            if widgets::chip(ui, theme, text, text, on).clicked() {
                actions.push(Action::Shell(ShellAction::SetAppearance(appearance)));
            }
        }
    });
    row_ui(ui, context.t("appearance.language"), |ui| {
        for (language, text) in [
            (Language::French, "Français"),
            (Language::English, "English"),
        ] {
            let on = preferences.language == language;
            if widgets::chip(ui, theme, text, text, on).clicked() {
                actions.push(Action::Shell(ShellAction::SetLanguage(language)));
            }
        }
    });
    row_ui(ui, context.t("appearance.text-size"), |ui| {
        let percent = preferences.text_percent;
        let set = |percent| Action::Shell(ShellAction::SetTextPercent(percent));
        ui.add_enabled_ui(percent < *TEXT_PERCENT.end(), |ui| {
            let name = context.t("appearance.larger");
            if widgets::icon_button(ui, icons::ADD, name).clicked() {
                actions.push(set(percent + STEP));
            }
        });
        let text = format!("{percent} %");
        let shown = ui.label(RichText::new(&text).color(theme.text));
        shown.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        ui.add_enabled_ui(percent > *TEXT_PERCENT.start(), |ui| {
            let name = context.t("appearance.smaller");
            if widgets::icon_button(ui, icons::REMOVE, name).clicked() {
                actions.push(set(percent - STEP));
            }
        });
    });
}

fn row_ui(ui: &mut Ui, label: &str, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(label);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), contents);
    });
}
