//! Network nodes (D2): a table, a form, and a test that answers in words.

use egui::{Layout, RichText, Role, TextEdit, Ui};

use super::peer_test::test_ui;
use crate::engine::Peer;
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, size, space};
use crate::ui::{icons, widgets};
use crate::workspace::settings::{PeerDraft, SettingsAction};
use crate::workspace::{Action, Workspace};

/// Draws the card.
pub fn peers_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let settings = &workspace.settings;
    if settings.peers.is_empty() && settings.peer.is_none() {
        let none = RichText::new(context.t("peer.none"));
        ui.label(none.color(context.theme.text_weak));
    }
    for peer in settings.peers.iter() {
        peer_ui(ui, context, workspace, peer, actions);
    }
    match &settings.peer {
        Some(draft) => form_ui(ui, context, draft, settings.peer_wrong, actions),
        None => {
            if widgets::button(ui, icons::ADD, context.t("peer.add")).clicked() {
                let form = SettingsAction::EditPeer(PeerDraft::default());
                actions.push(Action::Settings(form));
            }
        }
    }
}

fn peer_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    peer: &Peer,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let name = [("name", peer.name.as_str())];
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.label(RichText::new(&peer.name).font(Theme::strong_font(size::BODY)));
            let address = format!("{} @ {}:{}", peer.ae_title, peer.host, peer.port);
            ui.label(
                RichText::new(address)
                    .size(size::SMALL)
                    .color(theme.text_weak),
            );
        });
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::TIGHT;
            let remove = context.texts.fill("peer.remove", &name);
            if widgets::icon_button(ui, icons::DELETE, &remove).clicked() {
                let action = SettingsAction::RemovePeer(peer.name.clone());
                actions.push(Action::Settings(action));
            }
            let edit = context.texts.fill("peer.edit", &name);
            if widgets::icon_button(ui, icons::EDIT, &edit).clicked() {
                let action = SettingsAction::EditPeer(PeerDraft::of(peer));
                actions.push(Action::Settings(action));
            }
            let test = context.texts.fill("peer.test", &name);
            if widgets::icon_button(ui, icons::CONNECT, &test).clicked() {
                let action = SettingsAction::TestPeer(peer.name.clone());
                actions.push(Action::Settings(action));
            }
        });
    });
    test_ui(ui, context, workspace, &peer.name, actions);
}

fn form_ui(
    ui: &mut Ui,
    context: &UiContext,
    draft: &PeerDraft,
    wrong: Option<&'static str>,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let mut edited = draft.clone();
    ui.separator();
    for (key, text) in [
        ("peer.name", &mut edited.name),
        ("peer.title", &mut edited.ae_title),
        ("peer.host", &mut edited.host),
        ("peer.port", &mut edited.port),
    ] {
        ui.horizontal(|ui| {
            let name = context.texts.t(key);
            ui.label(name);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let field = TextEdit::singleline(text).desired_width(260.0);
                widgets::named(ui.add(field), Role::TextInput, name);
            });
        });
    }
    ui.checkbox(&mut edited.allow, context.t("peer.allow"));
    ui.checkbox(&mut edited.prints, context.t("peer.prints"));
    if let Some(wrong) = wrong {
        ui.label(RichText::new(context.texts.t(wrong)).color(theme.failure));
    }
    if edited != *draft {
        actions.push(Action::Settings(SettingsAction::EditPeer(edited)));
    }
    ui.horizontal(|ui| {
        if widgets::primary_button(ui, theme, icons::CHECK, context.t("peer.save")).clicked() {
            actions.push(Action::Settings(SettingsAction::SavePeer));
        }
        if widgets::button(ui, "", context.t("dialog.cancel")).clicked() {
            actions.push(Action::Settings(SettingsAction::ClosePeer));
        }
    });
}
