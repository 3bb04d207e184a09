//! The send queue on the Activity screen: how far each job is, why it waits, its objects, and what can be done about it (A1, A2).

use egui::{Frame, Layout, Margin, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::context::UiContext;
use super::text::grouped;
use super::theme::{Theme, radius, size};
use super::{format, icons, widgets};
use crate::engine::{SendDecision, SendJobRow, SendObjectRow, SendState};
use crate::workspace::activity::ActivityAction;
use crate::workspace::{Action, Workspace};

/// Height of the list of objects.
const OBJECTS_HEIGHT: f32 = 190.0;
/// Between two lines of it.
const LINE_SPACING: f32 = 2.0;

/// Draws the jobs of the queue that the filter shows.
pub fn send_queue_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let activity = &workspace.activity;
    for job in activity.sends.iter().filter(|job| activity.shows_send(job)) {
        job_ui(ui, context, workspace, job, actions);
    }
}

fn job_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    job: &SendJobRow,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let name = name(context, job);
    let words = state_words(context, workspace, job);
    let card = Frame::new()
        .fill(theme.panel)
        .corner_radius(radius::CARD)
        .inner_margin(Margin::symmetric(14, 10));
    let shown = card.show(ui, |ui| {
        ui.horizontal(|ui| {
            let (icon, color) = icon(workspace, job, theme);
            ui.label(RichText::new(icon).size(size::HEADING).color(color));
            let kind = RichText::new(context.t("job.send"));
            ui.label(kind.font(Theme::strong_font(size::BODY)));
            let total = grouped(job.counts.total());
            let values = [("count", total.as_str()), ("peer", &job.peer)];
            let what = context.texts.fill("send.what", &values);
            ui.label(RichText::new(what).color(theme.text_weak));
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                controls_ui(ui, context, job, actions);
            });
        });
        if job.ended_ms.is_none() {
            let counts = &job.counts;
            let answered = counts.total() - counts.waiting;
            let live = workspace.activity.attempt(job).map(|entry| entry.progress);
            // What the attempt has done and the queue has not written down yet.
            let answered = live.map_or(answered, |live| {
                answered.max(
                    counts
                        .total()
                        .saturating_sub(live.total - live.done.min(live.total)),
                )
            });
            let fraction = answered as f32 / counts.total().max(1) as f32;
            let width = ui.available_width();
            widgets::progress_line(ui, theme, &name, width, Some(fraction));
        }
        let color = match (job.has_failed(), job.attempts > 0 && job.ended_ms.is_none()) {
            (true, _) => theme.failure,
            (false, true) => theme.warning,
            (false, false) => theme.text_weak,
        };
        ui.add(egui::Label::new(RichText::new(&words).color(color)).wrap());
        objects_ui(ui, context, workspace, job);
    });
    let node = shown.response;
    node.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    widgets::describe(ui, node.id, &format!("send-job-{}", job.id), &words);
}

fn name(context: &UiContext, job: &SendJobRow) -> String {
    let number = job.id.to_string();
    let values = [("number", number.as_str()), ("peer", &job.peer)];
    context.texts.fill("send.job", &values)
}

fn icon(workspace: &Workspace, job: &SendJobRow, theme: &Theme) -> (&'static str, egui::Color32) {
    if job.has_failed() && job.ended_ms.is_some() {
        (icons::FAILURE, theme.failure)
    } else if job.ended_ms.is_some() {
        (icons::DONE, theme.good)
    } else if job.paused {
        (icons::PAUSE, theme.text_weak)
    } else if workspace.activity.attempt(job).is_none() && job.attempts > 0 {
        (icons::WARNING, theme.warning)
    } else {
        (icons::CLOCK, theme.accent)
    }
}

/// How a job stands, in words: nothing is called sent that was not answered.
fn state_words(context: &UiContext, workspace: &Workspace, job: &SendJobRow) -> String {
    let texts = context.texts;
    let counts = &job.counts;
    let there = counts.sent + counts.warning;
    let mut parts = vec![stage_words(context, workspace, job)];
    let mut count = |key: &str, number: u64| {
        if number > 0 {
            parts.push(texts.fill(key, &[("count", &grouped(number))]));
        }
    };
    count("send.there", there);
    count("send.warning", counts.warning);
    count("send.failed", counts.failed);
    count("send.waiting", counts.waiting);
    if job.committing {
        count("send.committed", there - counts.owed - counts.uncommitted);
        count("send.owed", counts.owed);
        count("send.uncommitted", counts.uncommitted);
    }
    let attempt = workspace.activity.attempt(job);
    let now = workspace.clock.now;
    if let Some(rate) = attempt.and_then(|entry| entry.rate(now)) {
        parts.push(texts.fill("activity.rate", &[("rate", &format!("{rate:.1}"))]));
    }
    if let Some(left) = attempt.and_then(|entry| entry.time_left(now)) {
        parts.push(texts.fill("activity.left", &[("time", &format::duration(left))]));
    }
    parts.join("  ·  ")
}

fn stage_words(context: &UiContext, workspace: &Workspace, job: &SendJobRow) -> String {
    let texts = context.texts;
    let key = match job.ended_ms {
        Some(_) if job.has_failed() => "send.ended-badly",
        Some(_) => "activity.done",
        None if job.paused => "send.paused",
        None if workspace.activity.attempt(job).is_some() => match job.counts.waiting {
            0 => "send.committing",
            _ => "send.sending",
        },
        None if job.attempts > 0 => {
            let left = job.next_attempt_ms - workspace.clock.wall_ms;
            let left = std::time::Duration::from_millis(u64::try_from(left).unwrap_or(0));
            let values = [
                ("words", job.words.as_str()),
                ("time", &format::duration(left)),
            ];
            return texts.fill("send.retrying", &values);
        }
        None => "send.queued",
    };
    texts.t(key).to_owned()
}

fn controls_ui(ui: &mut Ui, context: &UiContext, job: &SendJobRow, actions: &mut Vec<Action>) {
    let number = job.id.to_string();
    let named = |key: &str| context.texts.fill(key, &[("number", &number)]);
    let mut decide = |ui: &mut Ui, icon: &str, key: &str, decision: SendDecision| {
        if widgets::icon_button(ui, icon, &named(key)).clicked() {
            actions.push(Action::Activity(ActivityAction::Decide(job.id, decision)));
        }
    };
    decide(ui, icons::CLOSE, "send.remove", SendDecision::Remove);
    if job.has_failed() {
        decide(ui, icons::REDO, "send.retry", SendDecision::Retry);
    }
    if job.ended_ms.is_none() {
        if job.paused {
            decide(ui, icons::PLAY, "send.resume", SendDecision::Resume);
        } else {
            decide(ui, icons::PAUSE, "send.pause", SendDecision::Pause);
            if job.attempts > 0 {
                decide(ui, icons::REDO, "send.now", SendDecision::Resume);
            }
        }
        decide(ui, icons::UP, "send.first", SendDecision::First);
    }
    if widgets::icon_button(ui, icons::DOWN, &named("send.objects")).clicked() {
        let toggle = ActivityAction::ToggleObjects(job.id);
        actions.push(Action::Activity(toggle));
    }
}

/// The objects of the job that is unfolded, with a button that copies them all.
fn objects_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, job: &SendJobRow) {
    let theme = context.theme;
    let Some((shown, rows)) = &workspace.activity.objects else {
        return;
    };
    if *shown != job.id {
        return;
    }
    ui.separator();
    let copy = context.t("activity.copy");
    if widgets::button(ui, icons::COPY, copy).clicked() {
        let head = state_words(context, workspace, job);
        let lines = rows.iter().map(|row| object_line(context, job, row));
        let text: Vec<String> = std::iter::once(head).chain(lines).collect();
        ui.copy_text(text.join("\n"));
    }
    // The rows are measured with the spacing that holds here.
    ui.spacing_mut().item_spacing.y = LINE_SPACING;
    let line = ui.text_style_height(&egui::TextStyle::Small);
    ScrollArea::vertical()
        .id_salt(("send-objects", job.id))
        .max_height(OBJECTS_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, line, rows.len(), |ui, visible| {
            for row in &rows[visible] {
                let color = match (row.state, row.committed) {
                    (SendState::Failed, _) | (_, Some(false)) => theme.failure,
                    (SendState::Warning, _) => theme.warning,
                    (SendState::Sent | SendState::Waiting, _) => theme.text_weak,
                };
                let line = RichText::new(object_line(context, job, row)).size(size::SMALL);
                ui.add(
                    egui::Label::new(line.color(color))
                        .truncate()
                        .selectable(true),
                );
            }
        });
}

fn object_line(context: &UiContext, job: &SendJobRow, row: &SendObjectRow) -> String {
    let texts = context.texts;
    let state = texts.t(match row.state {
        SendState::Waiting => "send.state-waiting",
        SendState::Sent => "send.state-sent",
        SendState::Warning => "send.state-warning",
        SendState::Failed => "send.state-failed",
    });
    let mut parts = vec![state.to_owned()];
    let there = matches!(row.state, SendState::Sent | SendState::Warning);
    if job.committing && there {
        let key = match row.committed {
            Some(true) => "send.state-committed",
            Some(false) => "send.state-uncommitted",
            None => "send.state-owed",
        };
        parts.push(texts.t(key).to_owned());
    }
    if !row.words.is_empty() {
        parts.push(row.words.clone());
    }
    parts.push(crate::dicom::sop_class::name(&row.sop_class_uid).to_owned());
    parts.push(row.sop_instance_uid.clone());
    parts.join("  ·  ")
}
