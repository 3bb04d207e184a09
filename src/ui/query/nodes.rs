//! The nodes that can be asked, ticked or not, and how each of them answers.

use egui::{Color32, RichText, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::query::{NodeAnswer, NodeEnd, QueryAction, can_be_asked};
use crate::workspace::{Action, Workspace};

/// Draws the row of nodes, and below it what those that failed say.
pub fn nodes_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let query = &workspace.query;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 6.0);
        for peer in workspace.settings.peers.iter().filter(|p| can_be_asked(p)) {
            let on = query.ticked.contains(&peer.name);
            let mark = if on { icons::CHECK } else { icons::ADD };
            let text = format!("{mark}  {}", peer.name);
            let chip = widgets::chip(ui, theme, &text, &peer.name, on);
            let address = format!("{} @ {}:{}", peer.ae_title, peer.host, peer.port);
            if chip.on_hover_text(address).clicked() {
                actions.push(Action::Query(QueryAction::Tick(peer.name.clone())));
            }
            if let Some(answer) = query.answers.iter().find(|a| a.peer == peer.name) {
                state_ui(ui, context, answer);
                if matches!(answer.end, Some(NodeEnd::Failed(_))) {
                    retry_ui(ui, context, answer, actions);
                }
                ui.add_space(space::SMALL);
            }
        }
    });
    for answer in &query.answers {
        if let Some(NodeEnd::Failed(words)) = &answer.end {
            let words = RichText::new(words).size(size::SMALL).color(theme.failure);
            ui.add(egui::Label::new(words).wrap());
        }
    }
}

fn state_ui(ui: &mut Ui, context: &UiContext, answer: &NodeAnswer) {
    let (icon, color) = look(context, answer);
    let words = words(context, answer);
    let text = RichText::new(format!("{icon} {words}"))
        .size(size::SMALL)
        .color(color);
    let label = ui.add(egui::Label::new(text).sense(Sense::hover()));
    let name = format!("{}: {words}", answer.peer);
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let author = format!("query-node-{}", answer.peer);
    widgets::describe(ui, label.id, &author, &words);
}

fn retry_ui(ui: &mut Ui, context: &UiContext, answer: &NodeAnswer, actions: &mut Vec<Action>) {
    let name = [("node", answer.peer.as_str())];
    let retry = context.texts.fill("query.retry", &name);
    if widgets::icon_button(ui, icons::LOOP, &retry).clicked() {
        actions.push(Action::Query(QueryAction::Retry(answer.peer.clone())));
    }
}

fn look(context: &UiContext, answer: &NodeAnswer) -> (&'static str, Color32) {
    let theme = context.theme;
    match &answer.end {
        None => (icons::CLOCK, theme.accent),
        Some(NodeEnd::Failed(_)) => (icons::FAILURE, theme.failure),
        Some(NodeEnd::Stopped) => (icons::STOP, theme.warning),
        Some(NodeEnd::Done) if answer.more || answer.unusable > 0 => {
            (icons::WARNING, theme.warning)
        }
        Some(NodeEnd::Done) => (icons::DONE, theme.good),
    }
}

/// How a node answers: counts, and whether it is done.
fn words(context: &UiContext, answer: &NodeAnswer) -> String {
    let texts = context.texts;
    let mut parts = vec![texts.count("query.found", answer.found)];
    match &answer.end {
        None if answer.stopping => parts.push(texts.t("query.stopping").to_owned()),
        None => parts.push(texts.t("query.running").to_owned()),
        Some(NodeEnd::Stopped) => parts.push(texts.t("query.stopped").to_owned()),
        Some(NodeEnd::Failed(_)) => parts = vec![texts.t("query.failed").to_owned()],
        Some(NodeEnd::Done) => {}
    }
    if answer.more {
        parts.push(texts.t("query.may-be-more").to_owned());
    }
    if answer.unusable > 0 {
        parts.push(texts.count("query.unusable", answer.unusable));
    }
    parts.join(", ")
}
