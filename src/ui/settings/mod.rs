//! The Settings screen (D1 to D7): this station, peers, access list, storage, appearance, display. What is typed counts once applied.

pub(super) mod access;
mod appearance;
mod audit;
mod clean_up;
mod curve;
mod displays;
mod fields;
mod integrity;
mod peer_test;
mod peers;

use egui::{Frame, Layout, Margin, Panel, RichText, ScrollArea, Ui};

use super::context::UiContext;
use super::theme::{Theme, radius, size, space};
use super::{format, icons, widgets};
use crate::engine::event::NodeState;
use crate::workspace::setting_fields::Section;
use crate::workspace::settings::SettingsAction;
use crate::workspace::{Action, ShellAction, Workspace};

/// Width of one column of cards.
const COLUMN: f32 = 520.0;

/// Draws the screen.
pub fn settings_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    changes_ui(ui, context, workspace, actions);
    let margin = Frame::new().inner_margin(Margin::symmetric(20, 16));
    egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.label(
                RichText::new(context.t("screen.settings"))
                    .font(Theme::strong_font(size::TITLE))
                    .color(context.theme.text),
            );
            ui.add_space(space::SMALL);
            if workspace.settings.settings.is_none() {
                let text = RichText::new(context.t("settings.waiting"));
                ui.label(text.color(context.theme.text_weak));
            }
            let two = ui.available_width() >= 2.0 * COLUMN + space::MEDIUM;
            if two {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = space::MEDIUM;
                    column_ui(ui, |ui| left_ui(ui, context, workspace, actions));
                    column_ui(ui, |ui| right_ui(ui, context, workspace, actions));
                });
            } else {
                column_ui(ui, |ui| {
                    left_ui(ui, context, workspace, actions);
                    right_ui(ui, context, workspace, actions);
                });
            }
        });
    });
}

fn column_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let width = COLUMN.min(ui.available_width());
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = space::MEDIUM;
        contents(ui);
    });
}

fn left_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    card_ui(ui, context, "settings.station", |ui| {
        node_ui(ui, context, workspace, actions);
        fields::section_ui(ui, context, workspace, Section::Station, actions);
    });
    card_ui(ui, context, "settings.network", |ui| {
        fields::section_ui(ui, context, workspace, Section::Network, actions);
    });
    card_ui(ui, context, "settings.storage", |ui| {
        if let Some((free, total)) = workspace.disk {
            let (free, total) = (format::bytes(free), format::bytes(total));
            let values = [("free", free.as_str()), ("total", &total)];
            let text = context.texts.fill("settings.disk", &values);
            ui.label(RichText::new(text).color(context.theme.text_weak));
        }
        fields::section_ui(ui, context, workspace, Section::Storage, actions);
        ui.separator();
        fields::section_ui(ui, context, workspace, Section::CleanUp, actions);
        clean_up::clean_up_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "settings.appearance", |ui| {
        appearance::appearance_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "settings.display", |ui| {
        displays::displays_ui(ui, context, workspace, actions);
    });
}

fn right_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    card_ui(ui, context, "settings.peers", |ui| {
        peers::peers_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "printers.title", |ui| {
        crate::ui::film::profile::printers_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "settings.access", |ui| {
        access::access_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "settings.integrity", |ui| {
        integrity::integrity_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "settings.audit", |ui| {
        audit::audit_ui(ui, context, workspace, actions);
    });
    card_ui(ui, context, "settings.timers", |ui| {
        fields::section_ui(ui, context, workspace, Section::Timers, actions);
    });
}

fn card_ui(ui: &mut Ui, context: &UiContext, title: &'static str, contents: impl FnOnce(&mut Ui)) {
    let theme = context.theme;
    Frame::new()
        .fill(theme.panel)
        .corner_radius(radius::CARD)
        .inner_margin(Margin::symmetric(18, 14))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::SMALL;
            widgets::heading(ui, theme, context.texts.t(title));
            contents(ui);
        });
}

/// The switch of the node, and where it listens or why it cannot.
fn node_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let node = &workspace.settings.node;
    let mut on = workspace.preferences.receive;
    if ui
        .checkbox(&mut on, context.t("settings.receiving"))
        .changed()
    {
        actions.push(Action::Shell(ShellAction::Receive(on)));
    }
    let (icon, text, color) = match node {
        NodeState::Off => (
            icons::UNPLUGGED,
            context.t("settings.not-listening").to_owned(),
            theme.text_weak,
        ),
        NodeState::Listening {
            ae_title, address, ..
        } => {
            let address = address.to_string();
            let values = [("address", address.as_str()), ("ae", ae_title)];
            let text = context.texts.fill("settings.listening", &values);
            (icons::LISTENING, text, theme.good)
        }
        NodeState::Failed(reason) => (icons::FAILURE, reason.clone(), theme.failure),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon).color(color));
        ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
    });
}

/// The bar that applies or forgets what was typed, as long as there is something.
fn changes_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let settings = &workspace.settings;
    if settings.drafts.is_empty() && settings.refused.is_none() {
        return;
    }
    let frame = Frame::new()
        .fill(theme.raised)
        .inner_margin(Margin::symmetric(20, 10));
    Panel::bottom("settings-changes")
        .frame(frame)
        .resizable(false)
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                let (text, color) = match &settings.refused {
                    Some(reason) => (reason.clone(), theme.failure),
                    None => {
                        let count = settings.drafts.len() as u64;
                        (context.texts.count("settings.changed", count), theme.text)
                    }
                };
                ui.add(egui::Label::new(RichText::new(text).color(color)).truncate());
                ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                    let apply = context.t("settings.apply");
                    if widgets::primary_button(ui, theme, icons::CHECK, apply).clicked() {
                        actions.push(Action::Settings(SettingsAction::Apply));
                    }
                    if widgets::button(ui, "", context.t("settings.revert")).clicked() {
                        actions.push(Action::Settings(SettingsAction::Revert));
                    }
                });
            });
        });
}
