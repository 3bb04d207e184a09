//! The Activity screen (section 7): jobs with progress and what came of them, and what associations did.

use egui::{Frame, Layout, Margin, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::context::UiContext;
use super::settings::access::refused_ui;
use super::theme::{Theme, radius, size, space};
use super::{format, icons, send_queue, widgets};
use crate::workspace::activity::{ActivityAction, ActivityFilter, JobEntry};
use crate::workspace::{Action, Workspace};

/// Height left to the association log.
const LOG_HEIGHT: f32 = 190.0;
/// Callers who were turned away shown over it.
const CALLERS_SHOWN: usize = 2;

/// Draws the screen.
pub fn activity_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let log = Frame::new()
        .fill(theme.panel)
        .inner_margin(Margin::symmetric(20, 12));
    egui::Panel::bottom("activity-log")
        .exact_size(LOG_HEIGHT)
        .frame(log)
        .resizable(false)
        .show_separator_line(false)
        .show(ui, |ui| log_ui(ui, context, workspace, actions));
    let jobs = Frame::new().inner_margin(Margin::symmetric(20, 16));
    egui::CentralPanel::no_frame().frame(jobs).show(ui, |ui| {
        ui.horizontal(|ui| {
            title_ui(ui, context.t("activity.jobs"), theme);
            let finished = workspace
                .activity
                .jobs
                .iter()
                .any(|job| job.finished.is_some())
                || workspace
                    .activity
                    .sends
                    .iter()
                    .any(|job| job.ended_ms.is_some());
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                if finished
                    && widgets::button(ui, icons::CLOSE, context.t("activity.clear")).clicked()
                {
                    actions.push(Action::Activity(ActivityAction::ClearFinished));
                }
            });
        });
        ui.add_space(space::SMALL);
        filter_ui(ui, context, workspace, actions);
        ui.add_space(space::SMALL);
        let activity = &workspace.activity;
        if activity.jobs.is_empty() && activity.sends.is_empty() {
            ui.vertical_centered(|ui| {
                ui.add_space(ui.available_height() * 0.2);
                let title = context.t("activity.no-jobs");
                let sentence = context.t("activity.no-jobs-sentence");
                widgets::empty_state(ui, theme, icons::ACTIVITY, title, sentence);
            });
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            send_queue::send_queue_ui(ui, context, workspace, actions);
            for job in activity.jobs.iter().filter(|job| activity.shows(job)) {
                job_ui(ui, context, workspace, job, actions);
            }
            let any = activity.jobs.iter().any(|job| activity.shows(job))
                || activity.sends.iter().any(|job| activity.shows_send(job));
            if !any {
                let nothing = RichText::new(context.t("activity.nothing-here"));
                ui.label(nothing.color(context.theme.text_faint));
            }
        });
    });
}

/// Which jobs are shown.
fn filter_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        for (filter, key) in [
            (ActivityFilter::All, "activity.filter-all"),
            (ActivityFilter::Open, "activity.filter-open"),
            (ActivityFilter::Failed, "activity.filter-failed"),
            (ActivityFilter::Received, "activity.filter-received"),
        ] {
            let text = context.texts.t(key);
            let on = workspace.activity.filter == filter;
            if widgets::chip(ui, context.theme, text, text, on).clicked() {
                actions.push(Action::Activity(ActivityAction::Filter(filter)));
            }
        }
    });
}

fn title_ui(ui: &mut Ui, title: &str, theme: &Theme) {
    ui.label(
        RichText::new(title)
            .font(Theme::strong_font(size::TITLE))
            .color(theme.text),
    );
}

fn job_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    job: &JobEntry,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let card = Frame::new()
        .fill(theme.panel)
        .corner_radius(radius::CARD)
        .inner_margin(Margin::symmetric(14, 10));
    let shown = card.show(ui, |ui| {
        ui.horizontal(|ui| {
            let (icon, color) = icon(job, theme);
            ui.label(RichText::new(icon).size(size::HEADING).color(color));
            let kind = context
                .texts
                .t(&format!("job.{}", job.report.kind))
                .to_owned();
            ui.label(RichText::new(kind).font(Theme::strong_font(size::BODY)));
            ui.label(RichText::new(&job.report.subject).color(theme.text_weak));
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                controls_ui(ui, context, workspace, job, actions);
            });
        });
        if job.finished.is_none() {
            let total = job.progress.total;
            let fraction = (total > 0).then(|| job.progress.done as f32 / total as f32);
            let width = ui.available_width();
            let name = format::job_line(context.texts, job);
            widgets::progress_line(ui, theme, &name, width, fraction);
        }
        findings_ui(ui, context, workspace, job);
    });
    let name = format::job_line(context.texts, job);
    let node = shown.response;
    node.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    let author = format!("job-{}", job.id.0);
    widgets::describe(ui, node.id, &author, &state_text(context, workspace, job));
}

fn icon(job: &JobEntry, theme: &Theme) -> (&'static str, egui::Color32) {
    match (&job.finished, job.failed()) {
        (None, _) => (icons::CLOCK, theme.accent),
        (Some(_), false) => (icons::DONE, theme.good),
        (Some((_, outcome)), true) if outcome.result.is_ok() => (icons::WARNING, theme.warning),
        (Some(_), true) => (icons::FAILURE, theme.failure),
    }
}

fn controls_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    job: &JobEntry,
    actions: &mut Vec<Action>,
) {
    if job.can_be_cancelled() {
        if widgets::button(ui, icons::CLOSE, context.t("activity.cancel")).clicked() {
            actions.push(Action::Activity(ActivityAction::Cancel(job.id)));
        }
    } else if has_findings(job)
        && widgets::button(ui, icons::DOWN, context.t("activity.details")).clicked()
    {
        actions.push(Action::Activity(ActivityAction::ToggleDetails(job.id)));
    }
    let text = state_text(context, workspace, job);
    ui.label(RichText::new(text).color(context.theme.text_weak));
}

/// How a job stands: counts, rate, time left; or how it ended.
fn state_text(context: &UiContext, workspace: &Workspace, job: &JobEntry) -> String {
    let texts = context.texts;
    let now = workspace.clock.now;
    let mut parts = Vec::new();
    match &job.finished {
        None => {
            let key = if job.cancelling {
                "activity.cancelling"
            } else {
                "activity.running"
            };
            parts.push(texts.t(key).to_owned());
            parts.push(counts(job));
            if let Some(rate) = job.rate(now) {
                let rate = if rate < 10.0 {
                    format!("{rate:.1}")
                } else {
                    format!("{rate:.0}")
                };
                parts.push(texts.fill("activity.rate", &[("rate", &rate)]));
            }
            if let Some(left) = job.time_left(now) {
                let time = format::duration(left);
                parts.push(texts.fill("activity.left", &[("time", &time)]));
            }
        }
        Some((at, outcome)) => {
            let progress = &outcome.progress;
            parts.push(match (&outcome.result, progress.failed) {
                (Err(_), _) => texts.t("activity.failed").to_owned(),
                (Ok(()), 0) => texts.t("activity.done").to_owned(),
                (Ok(()), failed) => {
                    let (failed, total) = (failed.to_string(), progress.total.to_string());
                    texts.fill("activity.partly", &[("failed", &failed), ("total", &total)])
                }
            });
            parts.push(counts(job));
            let took = format::duration(at.saturating_sub(job.started));
            parts.push(texts.fill("activity.took", &[("time", &took)]));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("  ·  ")
}

fn counts(job: &JobEntry) -> String {
    use super::text::grouped;
    match (job.progress.done, job.progress.total) {
        (0, 0) => String::new(),
        (done, 0) => grouped(done),
        (done, total) => format!("{} / {}", grouped(done), grouped(total)),
    }
}

fn has_findings(job: &JobEntry) -> bool {
    job.finished
        .as_ref()
        .is_some_and(|(_, outcome)| !outcome.details.is_empty())
}

fn findings_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, job: &JobEntry) {
    let theme = context.theme;
    let Some((_, outcome)) = &job.finished else {
        return;
    };
    match &outcome.result {
        Ok(()) if outcome.message.is_empty() => {}
        Ok(()) => {
            ui.label(RichText::new(&outcome.message).color(theme.text_weak));
        }
        Err(failure) => {
            ui.label(RichText::new(&failure.message).color(theme.failure));
        }
    }
    if workspace.activity.details == Some(job.id) {
        if widgets::button(ui, icons::COPY, context.t("activity.copy")).clicked() {
            let head = format!("{} {}", job.report.subject, outcome.message);
            let lines = std::iter::once(&head).chain(&outcome.details);
            ui.copy_text(lines.map(String::as_str).collect::<Vec<_>>().join("\n"));
        }
        for line in &outcome.details {
            let text = RichText::new(line).size(size::SMALL).color(theme.text_weak);
            ui.add(egui::Label::new(text).selectable(true));
        }
    }
}

fn log_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("activity.log"));
    let curable = workspace.settings.callers.iter().filter(|c| c.curable);
    for caller in curable.take(CALLERS_SHOWN) {
        refused_ui(ui, context, caller, actions);
    }
    let log = &workspace.activity.log;
    if log.is_empty() {
        ui.label(RichText::new(context.t("activity.no-log")).color(theme.text_faint));
        return;
    }
    let now = workspace.clock.now;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, 18.0, log.len(), |ui, visible| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for line in log.range(visible) {
                ui.horizontal(|ui| {
                    let ago = format::duration(now.saturating_sub(line.at));
                    let ago = RichText::new(format!("−{ago}")).size(size::SMALL);
                    ui.label(ago.color(theme.text_faint));
                    let text = RichText::new(&line.text)
                        .size(size::SMALL)
                        .color(theme.text_weak);
                    ui.add(egui::Label::new(text).truncate().selectable(true));
                });
            }
        });
}
