//! The print queue: how far each job is and what can be done about it (C9).

use egui::{RichText, Role, Ui, WidgetInfo};

use crate::engine::{PrintDecision, PrintJobRow};
use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::{icons, widgets};
use crate::workspace::FilmState;
use crate::workspace::film::FilmAction;

/// Jobs that are shown.
const SHOWN: usize = 12;

/// Draws the queue.
pub fn queue_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("film.queue"));
    if film.jobs.is_empty() {
        ui.label(RichText::new(context.t("film.queue-empty")).color(theme.text_weak));
    }
    for job in film.jobs.iter().take(SHOWN) {
        job_ui(ui, context, film, job, out);
    }
}

/// How far a job is, in words.
pub fn words(context: &UiContext, job: &PrintJobRow) -> String {
    let pages = job.pages.len().to_string();
    let of = |state: &str| job.pages.iter().find(|page| page.state == state);
    let fill = |key: &str, page: u32| {
        let page = page.to_string();
        context
            .texts
            .fill(key, &[("page", &page), ("pages", &pages)])
    };
    if let Some(page) = of("uncertain") {
        return fill("film.job.uncertain", page.page);
    }
    if let Some(page) = of("sending") {
        return fill("film.job.sending", page.page);
    }
    if let Some(page) = of("failed") {
        let step = page.step.as_deref().unwrap_or_default();
        let words = format!("{step}: {}", page.words);
        return context.texts.fill("film.job.failed", &[("words", &words)]);
    }
    if job.is_printed() {
        return context.t("film.job.printed").to_owned();
    }
    if job.held && !job.words.is_empty() {
        return context
            .texts
            .fill("film.job.waits", &[("words", &job.words)]);
    }
    let key = if job.held {
        "film.job.held"
    } else {
        "film.job.queued"
    };
    context.texts.t(key).to_owned()
}

fn job_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    job: &PrintJobRow,
    out: &mut Vec<FilmAction>,
) {
    let theme = context.theme;
    let number = job.id.to_string();
    let values = [("number", number.as_str()), ("printer", &job.printer)];
    let name = context.texts.fill("film.job", &values);
    let state = words(context, job);
    let color = if job.is_printed() {
        theme.good
    } else if job.has_failed() || job.is_uncertain() {
        theme.failure
    } else {
        theme.text_weak
    };
    let shown = ui.vertical(|ui| {
        ui.label(RichText::new(&name).size(size::BODY));
        let line = RichText::new(&state).size(size::SMALL).color(color);
        ui.add(egui::Label::new(line).wrap());
        ui.horizontal_wrapped(|ui| controls_ui(ui, context, film, job, out));
    });
    let node = shown.response;
    node.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    widgets::describe(ui, node.id, &format!("print-job-{number}"), &state);
    ui.separator();
}

fn controls_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    job: &PrintJobRow,
    out: &mut Vec<FilmAction>,
) {
    let number = job.id.to_string();
    let named = |key: &str, printer: &str| {
        context
            .texts
            .fill(key, &[("number", &number), ("printer", printer)])
    };
    let mut button = |ui: &mut Ui, icon: &str, name: String, decision: PrintDecision| {
        if widgets::icon_button(ui, icon, &name).clicked() {
            out.push(FilmAction::Decide(job.id, decision));
        }
    };
    if job.is_uncertain() {
        let (yes, no) = (named("film.on-film", ""), named("film.not-on-film", ""));
        button(
            ui,
            icons::CHECK,
            yes,
            PrintDecision::Settle { on_film: true },
        );
        button(
            ui,
            icons::REDO,
            no,
            PrintDecision::Settle { on_film: false },
        );
    } else if job.has_failed() {
        let again = named("film.retry", "");
        button(ui, icons::REDO, again, PrintDecision::Retry(None));
        for row in film
            .printers
            .iter()
            .filter(|row| row.peer.name != job.printer)
        {
            let other = named("film.other-printer", &row.peer.name);
            let decision = PrintDecision::Retry(Some(row.peer.name.clone()));
            button(ui, icons::SEND, other, decision);
        }
    } else if job.is_printed() {
        let again = named("film.again", "");
        button(ui, icons::REDO, again, PrintDecision::Again);
    } else {
        if job.held {
            button(
                ui,
                icons::PLAY,
                named("film.release", ""),
                PrintDecision::Release,
            );
        } else {
            button(
                ui,
                icons::PAUSE,
                named("film.hold", ""),
                PrintDecision::Hold,
            );
        }
    }
    if !job.is_printed() {
        let cancel = named("film.cancel-job", "");
        button(ui, icons::CLOSE, cancel, PrintDecision::Remove);
    }
}
