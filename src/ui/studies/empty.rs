//! The study list with nothing in it (section 9): on the first start, and when a filter leaves nothing.

use egui::{Align, Layout, RichText, Ui};

use crate::engine::event::NodeState;
use crate::ui::context::UiContext;
use crate::ui::filter_chips::period_key;
use crate::ui::theme::space;
use crate::ui::{icons, widgets};
use crate::workspace::import::ImportAction;
use crate::workspace::settings::{PeerDraft, SettingsAction};
use crate::workspace::studies::{Period, StudiesAction};
use crate::workspace::{Action, Screen, ShellAction, Workspace};

/// Draws what a new store shows: three ways to begin, no error colours.
pub fn first_start_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.2).max(space::LARGE));
        let (title, sentence) = (context.t("empty.title"), context.t("empty.sentence"));
        widgets::empty_state(ui, theme, icons::STUDIES, title, sentence);
        ui.add_space(space::LARGE);
        if widgets::primary_button(ui, theme, icons::IMPORT, context.t("empty.import")).clicked() {
            actions.push(Action::Import(ImportAction::Open));
        }
        receive_ui(ui, context, workspace, actions);
        if widgets::button(ui, icons::PEERS, context.t("empty.add-peer")).clicked() {
            let form = SettingsAction::EditPeer(PeerDraft::default());
            actions.push(Action::Settings(form));
            actions.push(Action::Shell(ShellAction::Show(Screen::Settings)));
        }
        ui.add_space(space::SMALL);
        ui.label(RichText::new(context.t("empty.drop")).color(theme.text_faint));
    });
}

/// One click starts the node; the address to enter at the modality stands beside it.
fn receive_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    match &workspace.settings.node {
        NodeState::Listening {
            ae_title, address, ..
        } => {
            let address = address.to_string();
            let values = [("ae", ae_title.as_str()), ("address", &address)];
            let text = context.texts.fill("empty.listening", &values);
            ui.label(RichText::new(format!("{}  {text}", icons::LISTENING)).color(theme.good));
        }
        NodeState::Off | NodeState::Failed(_) => {
            if widgets::button(ui, icons::LISTENING, context.t("empty.receive")).clicked() {
                actions.push(Action::Shell(ShellAction::Receive(true)));
            }
            if let Some(settings) = &workspace.settings.settings {
                let address = format!("{}:{}", settings.station_bind, settings.station_port);
                let values = [
                    ("ae", settings.station_ae_title.as_str()),
                    ("address", &address),
                ];
                let text = context.texts.fill("empty.would-listen", &values);
                ui.label(RichText::new(text).color(theme.text_weak));
            }
        }
    }
}

/// Draws which filter left nothing, and the way back.
pub fn no_results_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.25).max(space::LARGE));
        let filters = active_filters(context, workspace);
        let sentence = context
            .texts
            .fill("empty.filters", &[("filters", &filters)]);
        widgets::empty_state(
            ui,
            context.theme,
            icons::FILTER,
            context.t("empty.no-results"),
            &sentence,
        );
        ui.add_space(space::MEDIUM);
        if widgets::button(ui, icons::CLOSE, context.t("empty.clear")).clicked() {
            actions.push(Action::Studies(StudiesAction::ClearFilter));
        }
    });
}

fn active_filters(context: &UiContext, workspace: &Workspace) -> String {
    let filter = &workspace.studies.filter;
    let mut parts = Vec::new();
    if !filter.search.trim().is_empty() {
        parts.push(format!("“{}”", filter.search.trim()));
    }
    if filter.period != Period::Any {
        parts.push(context.texts.t(period_key(filter.period)).to_owned());
    }
    parts.extend(filter.modalities.iter().cloned());
    if !filter.source.is_empty() {
        parts.push(filter.source.clone());
    }
    if filter.conflicts_only {
        parts.push(context.t("studies.conflicts-only").to_owned());
    }
    parts.join(" · ")
}
