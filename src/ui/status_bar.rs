//! The status bar (SH3): node, store, jobs, renderer, display. Its description carries the counters of T2.

use egui::{Align, Color32, Layout, RichText, Role, Sense, Ui, WidgetInfo};

use super::context::{UiContext, ViewCounters};
use super::theme::{size, space};
use super::{format, icons, widgets};
use crate::engine::event::NodeState;
use crate::workspace::activity::ActivityAction;
use crate::workspace::{Action, DisplayStatus, Graphics, Screen, ShellAction, Workspace};

/// Share of the disk below which the store is nearly full.
const NEARLY_FULL: f64 = 0.05;

/// Draws the bar.
pub fn status_bar_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    counters: &ViewCounters,
    actions: &mut Vec<Action>,
) {
    status_node(ui, workspace, counters);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = space::SMALL;
        node_ui(ui, context, workspace, actions);
        ui.separator();
        disk_ui(ui, context, workspace);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (key, color) = match workspace.display_status() {
                DisplayStatus::Calibrated => ("status.calibrated", context.theme.text_weak),
                DisplayStatus::Due => ("status.due", context.theme.warning),
                DisplayStatus::NotCalibrated => ("status.not-calibrated", context.theme.warning),
            };
            item_ui(ui, icons::MONITOR, context.texts.t(key), color);
            ui.separator();
            renderer_ui(ui, context, workspace);
            ui.separator();
            jobs_ui(ui, context, workspace, actions);
        });
    });
}

fn status_node(ui: &mut Ui, workspace: &Workspace, view: &ViewCounters) {
    let response = ui.interact(
        ui.max_rect(),
        ui.scope_id().with("status-node"),
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, "Status"));
    let description = format!(
        "image_uploads={} lut_writes={} pictures_drawn={} decodes={} slices_presented={} slices_skipped={} cache_bytes={} gpu_bytes={}",
        view.image_uploads,
        view.lut_writes,
        view.pictures_drawn,
        workspace.counters.decodes,
        view.slices_presented,
        view.slices_skipped,
        workspace.counters.cache_bytes,
        view.gpu_bytes,
    );
    widgets::describe(ui, response.id, "status", &description);
}

fn item_ui(ui: &mut Ui, icon: &str, text: &str, color: Color32) {
    ui.spacing_mut().item_spacing.x = space::TIGHT + 2.0;
    let words = |text: &str| RichText::new(text).size(size::SMALL).color(color);
    if ui.layout().main_dir() == egui::Direction::RightToLeft {
        ui.label(words(text));
        ui.label(words(icon));
    } else {
        ui.label(words(icon));
        ui.label(words(text));
    }
}

fn node_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let (icon, text, color) = match &workspace.settings.node {
        NodeState::Listening {
            ae_title,
            address,
            associations,
        } => {
            let port = address.port().to_string();
            let mut text = context
                .texts
                .fill("status.listening", &[("ae", ae_title), ("port", &port)]);
            if *associations > 0 {
                text = format!(
                    "{text} · {}",
                    context
                        .texts
                        .count("status.associations", u64::from(*associations))
                );
            }
            (icons::LISTENING, text, theme.good)
        }
        NodeState::Off => (
            icons::UNPLUGGED,
            context.t("status.off").to_owned(),
            theme.text_weak,
        ),
        NodeState::Failed(_) => (
            icons::FAILURE,
            context.t("status.failed").to_owned(),
            theme.failure,
        ),
    };
    ui.label(RichText::new(icon).size(size::SMALL + 2.0).color(color));
    let button = egui::Button::new(RichText::new(&text).size(size::SMALL).color(theme.text))
        .frame_when_inactive(false)
        .small();
    let response = widgets::named(ui.add(button), Role::Button, &text);
    if response
        .on_hover_text(context.t("status.node-tip"))
        .clicked()
    {
        actions.push(Action::Shell(ShellAction::Show(Screen::Settings)));
    }
}

fn disk_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace) {
    let Some((free, total)) = workspace.disk.filter(|(_, total)| *total > 0) else {
        return;
    };
    let share = free as f64 / total as f64;
    let color = if share < NEARLY_FULL {
        context.theme.warning
    } else {
        context.theme.text_weak
    };
    let percent = format!("{:.0}", share * 100.0);
    let values = [
        ("percent", percent.as_str()),
        ("free", &format::bytes(free)),
    ];
    let text = context.texts.fill("status.free", &values);
    item_ui(ui, icons::DISK, &text, color);
}

fn renderer_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace) {
    let theme = context.theme;
    let (icon, key, color) = match &workspace.graphics {
        Graphics::Card => (icons::GRAPHICS_CARD, "status.gpu", theme.text_weak),
        Graphics::Failed(_) => (icons::PROCESSOR, "status.cpu", theme.warning),
        Graphics::Testing | Graphics::Software => (icons::PROCESSOR, "status.cpu", theme.text_weak),
    };
    item_ui(ui, icon, context.texts.t(key), color);
}

fn jobs_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let running: Vec<_> = workspace.activity.running().collect();
    let Some(latest) = running.first() else {
        ui.label(
            RichText::new(context.t("status.idle"))
                .size(size::SMALL)
                .color(context.theme.text_faint),
        );
        return;
    };
    let cancel = egui::Button::new(RichText::new(icons::CLOSE).size(size::SMALL))
        .frame_when_inactive(false)
        .small();
    let name = context.t("status.cancel");
    let response = widgets::named(ui.add(cancel), Role::Button, name).on_hover_text(name);
    if response.clicked() {
        for job in &running {
            actions.push(Action::Activity(ActivityAction::Cancel(job.id)));
        }
    }
    let sum = workspace.activity.overall();
    let fraction = (sum.total > 0).then(|| sum.done as f32 / sum.total as f32);
    widgets::progress_line(
        ui,
        context.theme,
        context.t("status.progress"),
        120.0,
        fraction,
    );
    let what = format::job_line(context.texts, latest);
    let text = if running.len() > 1 {
        format!("{what} +{}", running.len() - 1)
    } else {
        what
    };
    item_ui(ui, icons::ACTIVITY, &text, context.theme.text);
}
