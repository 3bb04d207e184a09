//! The access list (D3): who may call us, and who was turned away, with one click to let them in.

use egui::{Layout, RichText, Role, TextEdit, Ui};

use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, size};
use crate::ui::{icons, widgets};
use crate::workspace::settings::{RefusedCaller, SettingsAction};
use crate::workspace::{Action, Workspace};

/// Draws the card.
pub fn access_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let settings = &workspace.settings;
    ui.label(RichText::new(context.t("access.sentence")).color(theme.text_weak));
    for caller in &settings.callers {
        refused_ui(ui, context, caller, actions);
    }
    if settings.access.is_empty() {
        ui.label(RichText::new(context.t("access.none")).color(theme.text_faint));
    }
    for access in settings.access.iter() {
        ui.horizontal(|ui| {
            let title = access.ae_title.to_string();
            ui.label(RichText::new(&title).font(Theme::strong_font(size::BODY)));
            let from = match &access.host {
                Some(host) => context.texts.fill("access.from", &[("host", host)]),
                None => context.t("access.any-host").to_owned(),
            };
            ui.label(RichText::new(from).size(size::SMALL).color(theme.text_weak));
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let remove = context.texts.fill("access.deny", &[("title", &title)]);
                if widgets::icon_button(ui, icons::CLOSE, &remove).clicked() {
                    let deny = SettingsAction::Deny(access.ae_title.clone());
                    actions.push(Action::Settings(deny));
                }
            });
        });
    }
    ui.horizontal(|ui| {
        let mut text = settings.allow.clone();
        let field = TextEdit::singleline(&mut text)
            .hint_text(context.t("access.field").to_owned())
            .desired_width(300.0);
        let response = widgets::named(ui.add(field), Role::TextInput, context.t("access.field"));
        let enter = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if text != settings.allow {
            actions.push(Action::Settings(SettingsAction::EditAllow(text)));
        }
        if widgets::button(ui, icons::ADD, context.t("access.add")).clicked() || enter {
            let allow = SettingsAction::Allow(settings.allow.clone());
            actions.push(Action::Settings(allow));
        }
    });
}

/// A caller who was turned away, with the click that lets it in.
pub fn refused_ui(
    ui: &mut Ui,
    context: &UiContext,
    caller: &RefusedCaller,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    ui.horizontal(|ui| {
        ui.label(RichText::new(icons::REFUSED).color(theme.warning));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let times = context.texts.count("access.times", u64::from(caller.times));
            let refused = context.t("access.refused");
            let who = format!("{} @ {}", caller.calling, caller.host);
            ui.label(RichText::new(who).font(Theme::strong_font(size::BODY)));
            let why = format!("{refused} {times}: {}", caller.reason);
            ui.label(RichText::new(why).size(size::SMALL).color(theme.text_weak));
        });
        if !caller.curable {
            return;
        }
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let title = [("title", caller.calling.as_str())];
            let allow = context.texts.fill("access.allow-caller", &title);
            if widgets::button(ui, icons::CHECK, &allow).clicked() {
                let action = SettingsAction::Allow(caller.calling.clone());
                actions.push(Action::Settings(action));
            }
        });
    });
}
