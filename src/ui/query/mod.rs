//! The Query/Retrieve screen (workstation.md section 3): form, nodes, one table of all answers, and what is fetched.

mod answer;
mod cells;
mod columns;
mod foot;
mod form;
mod keys;
mod nodes;
mod table;

use egui::{Frame, Key, Margin, Modifiers, Panel, RichText, Ui};

use super::context::UiContext;
use super::theme::space;
use super::{icons, widgets};
use crate::engine::event::NodeState;
use crate::workspace::query::{QueryAction, QueryPanel, Registration};
use crate::workspace::{Action, Screen, ShellAction, Workspace};

/// Width of the side panel.
const SIDE_WIDTH: f32 = 330.0;

/// Draws the screen.
pub fn query_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    escape_key(ui, workspace, actions);
    let tools = Frame::new()
        .fill(theme.ground)
        .inner_margin(Margin::symmetric(16, 12));
    Panel::top("query-tools")
        .frame(tools)
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            form::form_ui(ui, context, workspace, actions);
            nodes::nodes_ui(ui, context, workspace, actions);
            if let Some(registration) = &workspace.query.registration {
                registration_ui(ui, context, workspace, registration, actions);
            }
        });
    let foot = Frame::new()
        .fill(theme.panel)
        .inner_margin(Margin::symmetric(16, 8));
    Panel::bottom("query-foot")
        .frame(foot)
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| foot::foot_ui(ui, context, workspace, actions));
    side_ui(ui, context, workspace, actions);
    let list = Frame::new().inner_margin(Margin {
        left: space::MEDIUM as i8,
        right: space::SMALL as i8,
        top: 0,
        bottom: 0,
    });
    egui::CentralPanel::no_frame().frame(list).show(ui, |ui| {
        if workspace.query.results.is_empty() {
            empty_ui(ui, context, workspace, actions);
        } else {
            table::table_ui(ui, context, workspace, actions);
        }
    });
}

/// Esc ends running queries, when nothing lies over the screen that it would close first.
fn escape_key(ui: &Ui, workspace: &Workspace, actions: &mut Vec<Action>) {
    let covered = workspace.sheet_is_open() || egui::Popup::is_any_open(ui.ctx());
    if !covered
        && workspace.query.is_asking()
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        actions.push(Action::Query(QueryAction::Stop));
    }
}

fn side_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let panel = workspace.query.panel;
    if panel == QueryPanel::Closed {
        return;
    }
    let frame = Frame::new()
        .fill(context.theme.panel)
        .inner_margin(Margin::same(14));
    Panel::right("query-side")
        .exact_size(SIDE_WIDTH)
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .show(ui, |ui| match panel {
            QueryPanel::Keys => keys::keys_ui(ui, context, workspace, actions),
            QueryPanel::Answer => answer::answer_ui(ui, context, workspace),
            QueryPanel::Closed => {}
        });
}

/// What the node's administrator must be told before it can send us anything (Q5).
fn registration_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    registration: &Registration,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let address = own_address(workspace, registration);
    let card = Frame::new()
        .fill(theme.raised)
        .stroke(egui::Stroke::new(1.0, theme.warning))
        .corner_radius(super::theme::radius::CARD)
        .inner_margin(Margin::symmetric(14, 8));
    card.show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(icons::WARNING).color(theme.warning));
            let peer = [("peer", registration.peer.as_str())];
            ui.label(context.texts.fill("query.unknown-destination", &peer));
            ui.label(RichText::new(&address).monospace().color(theme.text));
            if widgets::button(ui, icons::COPY, context.t("query.copy-address")).clicked() {
                ui.copy_text(address.clone());
            }
            if widgets::button(ui, icons::CLOSE, context.t("notice.dismiss")).clicked() {
                actions.push(Action::Query(QueryAction::DismissRegistration));
            }
        });
    });
}

/// Our title, host and port, as a node must know them.
fn own_address(workspace: &Workspace, registration: &Registration) -> String {
    let (title, address) = match &workspace.settings.node {
        NodeState::Listening {
            ae_title, address, ..
        } => (ae_title.clone(), Some(*address)),
        NodeState::Off | NodeState::Failed(_) => (String::new(), None),
    };
    let bound = address.filter(|address| !address.ip().is_unspecified());
    let host = match (&registration.host, bound) {
        (Some(host), _) => host.clone(),
        (None, Some(address)) => address.ip().to_string(),
        (None, None) => "?".to_owned(),
    };
    let port = address.map_or_else(|| "?".to_owned(), |address| address.port().to_string());
    format!("AE {title}  host {host}  port {port}")
}

/// What there is to do while there are no answers.
fn empty_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let query = &workspace.query;
    let peers = workspace.settings.peers.iter();
    let none_known = !peers.clone().any(crate::workspace::query::can_be_asked);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.16);
        let (icon, title, sentence) = if none_known {
            (icons::PEERS, "query.no-nodes", "query.no-nodes-sentence")
        } else if query.is_asking() {
            (icons::CLOCK, "query.asking", "query.asking-sentence")
        } else if query.asked && !query.answers.is_empty() {
            (icons::SEARCH, "query.nothing", "query.nothing-sentence")
        } else if query.asked {
            (
                icons::PEERS,
                "query.none-ticked",
                "query.none-ticked-sentence",
            )
        } else {
            (icons::SEARCH, "query.start", "query.start-sentence")
        };
        let (title, sentence) = (context.texts.t(title), context.texts.t(sentence));
        widgets::empty_state(ui, theme, icon, title, sentence);
        ui.add_space(space::MEDIUM);
        if none_known && widgets::button(ui, icons::ADD, context.t("empty.add-peer")).clicked() {
            actions.push(Action::Shell(ShellAction::Show(Screen::Settings)));
        }
    });
}
