//! What the test of a node found out (D2): each step with its time, who has to mend what, every service that was asked for.

use egui::{RichText, Role, Ui, WidgetInfo};
use serde_json::Value;

use crate::engine::Outcome;
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, size, space};
use crate::ui::{icons, widgets};
use crate::workspace::settings::{PeerTest, SettingsAction};
use crate::workspace::{Action, Workspace};

/// Draws the test of a peer, if there was one.
pub fn test_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    peer: &str,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    match workspace.settings.tests.get(peer) {
        None => {}
        Some(PeerTest::Running(_)) => {
            let text = RichText::new(context.t("peer.testing")).size(size::SMALL);
            ui.label(text.color(theme.text_weak));
        }
        Some(PeerTest::Ended(outcome)) => {
            let shown = ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = space::TIGHT;
                result_ui(ui, context, workspace, (peer, outcome), actions);
            });
            let name = context.texts.fill("peer.test-result", &[("name", peer)]);
            let node = shown.response;
            node.widget_info(|| WidgetInfo::labeled(Role::List, true, &name));
            widgets::describe(ui, node.id, "peer-test", &plain_text(context, outcome));
        }
    }
}

fn result_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    (peer, outcome): (&str, &Outcome),
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let steps = outcome.json["steps"].as_array();
    for step in steps.into_iter().flatten() {
        step_ui(ui, context, step);
    }
    // Without steps the test itself could not begin.
    if let (None, Err(failure)) = (steps, &outcome.result) {
        ui.label(RichText::new(&failure.message).color(theme.failure));
    }
    if needs_registration(outcome)
        && let Some(sentence) = registration(context, outcome)
    {
        ui.label(RichText::new(&sentence).font(Theme::strong_font(size::BODY)));
    }
    contexts_ui(ui, context, workspace, outcome, actions);
    ui.horizontal(|ui| {
        if widgets::button(ui, icons::COPY, context.t("peer.test-copy")).clicked() {
            ui.copy_text(plain_text(context, outcome));
        }
        if widgets::button(ui, icons::CLOSE, context.t("peer.test-close")).clicked() {
            let close = SettingsAction::CloseTest(peer.to_owned());
            actions.push(Action::Settings(close));
        }
    });
}

fn step_ui(ui: &mut Ui, context: &UiContext, step: &Value) {
    let theme = context.theme;
    let (icon, color) = match step["ok"].as_bool() {
        Some(true) => (icons::DONE, theme.good),
        Some(false) => (icons::FAILURE, theme.failure),
        None => (icons::INFO, theme.text_weak),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon).color(color));
        let line = RichText::new(step_line(context, step)).size(size::SMALL);
        ui.add(
            egui::Label::new(line.color(theme.text))
                .wrap()
                .selectable(true),
        );
    });
    if let Some(advice) = advice(context, step) {
        let advice = RichText::new(advice).size(size::SMALL);
        ui.add(egui::Label::new(advice.color(theme.warning)).wrap());
    }
}

fn step_line(context: &UiContext, step: &Value) -> String {
    let word = |name: &str| step[name].as_str().unwrap_or_default();
    let key = format!("peer.step.{}", word("step"));
    let name = context.texts.t(&key).to_owned();
    let ms = step["ms"].as_f64().unwrap_or_default();
    format!("{name}: {} ({ms:.1} ms)", word("words"))
}

fn advice(context: &UiContext, step: &Value) -> Option<String> {
    let key = format!("peer.advice.{}", step["advice"].as_str()?);
    Some(context.texts.t(&key).to_owned())
}

/// Whether some step failed because the peer does not know us, or not where we are.
fn needs_registration(outcome: &Outcome) -> bool {
    let steps = outcome.json["steps"].as_array();
    steps.into_iter().flatten().any(|step| {
        matches!(
            step["advice"].as_str(),
            Some("register-us" | "check-our-address")
        )
    })
}

/// How the peer must know us.
fn registration(context: &UiContext, outcome: &Outcome) -> Option<String> {
    let ours = outcome.json["register"].as_object()?;
    let port = ours["port"].to_string();
    let values = [
        ("ae", ours["ae_title"].as_str()?),
        ("host", ours["host"].as_str()?),
        ("port", port.as_str()),
    ];
    Some(context.texts.fill("peer.register", &values))
}

fn contexts_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    outcome: &Outcome,
    actions: &mut Vec<Action>,
) {
    let Some(contexts) = outcome.json["contexts"]
        .as_array()
        .filter(|c| !c.is_empty())
    else {
        return;
    };
    let shown = workspace.settings.contexts_shown;
    let icon = if shown { icons::UP } else { icons::DOWN };
    if widgets::button(ui, icon, context.t("peer.test-contexts")).clicked() {
        actions.push(Action::Settings(SettingsAction::ToggleContexts));
    }
    if !shown {
        return;
    }
    for answer in contexts {
        let color = match answer["accepted"] == true {
            true => context.theme.text_weak,
            false => context.theme.warning,
        };
        let line = RichText::new(context_line(answer)).size(size::SMALL);
        ui.add(egui::Label::new(line.color(color)).wrap().selectable(true));
    }
}

fn context_line(answer: &Value) -> String {
    let word = |name: &str| answer[name].as_str().unwrap_or_default();
    format!("{}: {}", word("class"), word("words"))
}

/// All of it as text, for an e-mail to whoever keeps the peer.
fn plain_text(context: &UiContext, outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    for step in outcome.json["steps"].as_array().into_iter().flatten() {
        lines.push(step_line(context, step));
        lines.extend(advice(context, step));
    }
    if let (true, Err(failure)) = (lines.is_empty(), &outcome.result) {
        lines.push(failure.message.clone());
    }
    lines.extend(registration(context, outcome));
    let contexts = outcome.json["contexts"].as_array();
    lines.extend(contexts.into_iter().flatten().map(context_line));
    lines.join("\n")
}
