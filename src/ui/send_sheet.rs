//! The sheet that sends studies, series or images to a peer (ST6): where to, and whether the peer shall answer for them.

use egui::{Layout, RichText, ScrollArea, Ui};

use super::context::UiContext;
use super::sheets::{amounts, sheet_ui};
use super::theme::{size, space};
use super::{icons, widgets};
use crate::workspace::confirm::SendSheet;
use crate::workspace::settings::{PeerDraft, SettingsAction};
use crate::workspace::{Action, FileAction, Screen, ShellAction, Workspace};

/// Draws the sheet.
pub fn send_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    sheet: &SendSheet,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let close = sheet_ui(ui, context, context.t("send.title"), 480.0, |ui| {
        let [studies, images] = amounts(context, &sheet.target);
        let values = [(studies.0, studies.1.as_str()), (images.0, &images.1)];
        let what = context.texts.fill("export.what", &values);
        ui.label(RichText::new(what).color(theme.text_weak));
        let mut close = false;
        if workspace.settings.receivers().next().is_none() {
            close = no_peers_ui(ui, context, actions);
        } else {
            ui.add_space(space::TIGHT);
            choices_ui(ui, context, workspace, sheet, actions);
        }
        ui.add_space(space::MEDIUM);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(sheet.command().is_some(), |ui| {
                let start = context.t("send.start");
                if widgets::primary_button(ui, theme, icons::SEND, start).clicked() {
                    actions.push(Action::Files(FileAction::StartSend));
                }
            });
            close |= widgets::button(ui, "", context.t("dialog.cancel")).clicked();
        });
        close
    });
    if close {
        actions.push(Action::Files(FileAction::CloseSend));
    }
}

fn choices_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    sheet: &SendSheet,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let mut edited = sheet.clone();
    ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
        for peer in workspace.settings.receivers() {
            ui.radio_value(&mut edited.peer, peer.name.clone(), &peer.name);
            let address = format!("{} @ {}:{}", peer.ae_title, peer.host, peer.port);
            let address = RichText::new(address).size(size::SMALL);
            ui.indent(&peer.name, |ui| ui.label(address.color(theme.text_weak)));
        }
    });
    ui.add_space(space::TIGHT);
    ui.checkbox(&mut edited.commit, context.t("send.commit"));
    let tip = RichText::new(context.t("send.commit-tip")).size(size::SMALL);
    ui.add(egui::Label::new(tip.color(theme.text_weak)).wrap());
    if edited != *sheet {
        let edit = FileAction::EditSend(edited.peer, edited.commit);
        actions.push(Action::Files(edit));
    }
}

/// Nobody to send to: the way out is a new peer. True when it was taken.
fn no_peers_ui(ui: &mut Ui, context: &UiContext, actions: &mut Vec<Action>) -> bool {
    ui.add_space(space::SMALL);
    ui.label(context.t("send.no-peer"));
    let add = widgets::button(ui, icons::ADD, context.t("empty.add-peer")).clicked();
    if add {
        actions.push(Action::Shell(ShellAction::Show(Screen::Settings)));
        let form = SettingsAction::EditPeer(PeerDraft::default());
        actions.push(Action::Settings(form));
    }
    add
}
