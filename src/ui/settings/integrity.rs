//! Integrity of the store (D5): the index against the files, quick or byte by byte, what was found, and mending it.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::{icons, widgets};
use crate::workspace::settings::{Checking, SettingsAction};
use crate::workspace::{Action, Workspace};

/// Height of the list of findings.
const FINDINGS_HEIGHT: f32 = 150.0;

/// Draws the card.
pub fn integrity_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let checking = &workspace.settings.checking;
    let sentence = RichText::new(context.t("check.sentence")).color(theme.text_weak);
    ui.add(egui::Label::new(sentence).wrap());
    let running = matches!(checking, Checking::Running(_));
    ui.add_enabled_ui(!running, |ui| {
        ui.horizontal_wrapped(|ui| {
            let mut start = |ui: &mut Ui, icon: &str, key: &str, repair: bool, digests: bool| {
                if widgets::button(ui, icon, context.texts.t(key)).clicked() {
                    let check = SettingsAction::Check { repair, digests };
                    actions.push(Action::Settings(check));
                }
            };
            start(ui, icons::SEARCH, "check.quick", false, false);
            start(ui, icons::DISK, "check.bytes", false, true);
            if found_something(checking) {
                start(ui, icons::CHECK, "check.repair", true, false);
            }
        });
    });
    match checking {
        Checking::Never => {}
        Checking::Running(_) => {
            ui.label(RichText::new(context.t("check.running")).color(theme.text_weak));
        }
        Checking::Ended(outcome) => {
            let clean = outcome.result.is_ok();
            let color = if clean { theme.good } else { theme.failure };
            let words = verdict(context, outcome);
            let line = egui::Label::new(RichText::new(&words).color(color)).wrap();
            let response = ui.add(line);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            if !outcome.details.is_empty() {
                ScrollArea::vertical()
                    .id_salt("check-findings")
                    .max_height(FINDINGS_HEIGHT)
                    .show(ui, |ui| {
                        for finding in &outcome.details {
                            let line = RichText::new(finding).size(size::SMALL);
                            let label = egui::Label::new(line.color(theme.text_weak));
                            ui.add(label.wrap().selectable(true));
                        }
                    });
            }
        }
    }
}

/// Whether the last check left something to mend.
fn found_something(checking: &Checking) -> bool {
    matches!(checking, Checking::Ended(outcome) if outcome.json["clean"] == false)
}

/// What a check found, in words; orphans and missing files by their counts.
fn verdict(context: &UiContext, outcome: &crate::engine::Outcome) -> String {
    if outcome.json["clean"].is_null() {
        return outcome.message.clone();
    }
    let count = |name: &str| outcome.json[name].as_u64().unwrap_or_default().to_string();
    let key = match &outcome.result {
        Ok(()) => "check.clean",
        Err(_) => "check.found",
    };
    let (orphans, mended) = (count("unindexed"), count("mended"));
    let values = [
        ("objects", count("objects")),
        ("missing", count("missing")),
        ("damaged", count("damaged")),
        ("orphans", orphans),
        ("leftover", count("leftover")),
        ("links", count("changed_links")),
        ("mended", mended),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    context.texts.fill(key, &values)
}
