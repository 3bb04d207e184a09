//! What can be done to the chosen answers: open, retrieve, send on, look at everything that was answered.

use egui::containers::menu::MenuButton;
use egui::{Align, Layout, RichText, Role, Ui, Vec2};

use crate::engine::event::NodeState;
use crate::engine::{Level, Peer};
use crate::ui::context::UiContext;
use crate::ui::theme::space;
use crate::ui::{icons, widgets};
use crate::workspace::query::{Entry, QueryAction, QueryPanel};
use crate::workspace::{Action, ShellAction, Workspace};

/// Draws the bar below the table.
pub fn foot_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let query = &workspace.query;
    let before = actions.len();
    ui.horizontal(|ui| {
        let found = query.results.study_count() as u64;
        if query.asked {
            let words = context.texts.count("studies.count", found);
            ui.label(RichText::new(words).color(theme.text_weak));
        }
        if !query.chosen.is_empty() {
            let chosen = context
                .texts
                .count("query.chosen", query.chosen.len() as u64);
            ui.label(RichText::new(chosen).color(theme.text_weak));
        }
        if query.opening().is_some() {
            let words = RichText::new(context.t("query.opening"));
            ui.label(words.color(theme.accent));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::SMALL;
            ui.add_enabled_ui(!query.chosen.is_empty(), |ui| {
                let retrieve = context.t("query.retrieve");
                if widgets::primary_button(ui, theme, icons::IMPORT, retrieve).clicked() {
                    actions.push(Action::Query(QueryAction::Retrieve));
                }
                send_button_ui(ui, context, workspace, actions);
                open_button_ui(ui, context, workspace, actions);
            });
            if chosen_is_under_way(workspace) {
                let stop = context.t("query.cancel-transfer");
                if widgets::button(ui, icons::STOP, stop).clicked() {
                    actions.push(Action::Query(QueryAction::Cancel));
                }
            }
            let answer = context.t("query.answer");
            let shown = query.panel == QueryPanel::Answer;
            if widgets::chip(ui, theme, answer, answer, shown).clicked() {
                actions.push(Action::Query(QueryAction::Show(QueryPanel::Answer)));
            }
            not_receiving_ui(ui, context, workspace, actions);
        });
    });
    // The arrows go on moving through the answers after a click down here.
    if actions.len() > before && !query.results.is_empty() {
        ui.memory_mut(|memory| memory.request_focus(super::table::focus_id()));
    }
}

fn open_button_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let clicked = widgets::button(ui, icons::VIEWER, context.t("query.open")).clicked();
    if let Some(cursor) = workspace.query.cursor.as_ref().filter(|_| clicked) {
        actions.push(Action::Query(QueryAction::Open(cursor.clone())));
    }
}

fn send_button_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let name = context.t("query.send-to");
    let button = egui::Button::new(format!("{}  {name}", icons::SEND))
        .min_size(Vec2::new(0.0, space::CONTROL));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        goals_ui(ui, context, workspace, actions);
    });
    widgets::named(response, Role::Button, name);
}

/// The nodes that objects can be moved to.
fn goals_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    ui.set_min_width(200.0);
    ui.style_mut().visuals.button_frame = false;
    let goals: Vec<&Peer> = workspace
        .settings
        .peers
        .iter()
        .filter(|p| stores(p))
        .collect();
    if goals.is_empty() {
        let none = RichText::new(context.t("query.no-goals"));
        ui.label(none.color(context.theme.text_weak));
    }
    for peer in goals {
        let name = [("node", peer.name.as_str())];
        let text = context.texts.fill("query.send-to-node", &name);
        let entry = widgets::button(ui, icons::SEND, &text);
        if entry.on_hover_text(peer.ae_title.to_string()).clicked() {
            actions.push(Action::Query(QueryAction::SendTo(peer.name.clone())));
            ui.close();
        }
    }
}

fn stores(peer: &Peer) -> bool {
    peer.roles.iter().any(|role| role == "store")
}

/// Objects come to our own node, so it must listen; C-GET needs none.
fn not_receiving_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let query = &workspace.query;
    let by_move = |peer: &Peer| query.ticked.contains(&peer.name) && !peer.retrieve_by_get;
    let listens = matches!(workspace.settings.node, NodeState::Listening { .. });
    if listens || !workspace.settings.peers.iter().any(by_move) {
        return;
    }
    if widgets::button(ui, icons::LISTENING, context.t("empty.receive")).clicked() {
        actions.push(Action::Shell(ShellAction::Receive(true)));
    }
    let words = RichText::new(context.t("query.not-receiving"));
    ui.label(words.color(context.theme.warning));
}

fn chosen_is_under_way(workspace: &Workspace) -> bool {
    let query = &workspace.query;
    let mut transfers = query.chosen.iter().filter_map(|id| query.transfers.of(id));
    transfers.any(|transfer| transfer.is_under_way())
}

/// The context menu of a row.
pub fn row_menu_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    entry: &Entry,
    actions: &mut Vec<Action>,
) {
    let item = |ui: &mut Ui, icon: &str, key: &str| {
        let clicked = widgets::button(ui, icon, context.texts.t(key)).clicked();
        if clicked {
            ui.close();
        }
        clicked
    };
    ui.set_min_width(200.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.style_mut().visuals.button_frame = false;
    if item(ui, icons::VIEWER, "query.open") {
        actions.push(Action::Query(QueryAction::Open(entry.id.clone())));
    }
    if item(ui, icons::IMPORT, "query.retrieve") {
        actions.push(Action::Query(QueryAction::Retrieve));
    }
    if chosen_is_under_way(workspace) && item(ui, icons::STOP, "query.cancel-transfer") {
        actions.push(Action::Query(QueryAction::Cancel));
    }
    if item(ui, icons::INFO, "query.answer") && workspace.query.panel != QueryPanel::Answer {
        actions.push(Action::Query(QueryAction::Show(QueryPanel::Answer)));
    }
    if entry.id.level() == Level::Study && item(ui, icons::COPY, "studies.copy-uid") {
        ui.copy_text(entry.id.study.clone());
    }
    ui.separator();
    goals_ui(ui, context, workspace, actions);
}
