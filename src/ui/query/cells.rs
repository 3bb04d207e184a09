//! What stands in the cells of an answer.

use egui::{Align2, Color32, Rangef, Rect, Ui, pos2};

use super::columns::{CARET, Column, Facts};
use crate::dicom::{sop_class, tags};
use crate::engine::Level;
use crate::ui::context::UiContext;
use crate::ui::text::grouped;
use crate::ui::theme::{Theme, size};
use crate::ui::{format, icons, widgets};
use crate::workspace::query::{Children, Entry, Goal, Local, QueryState, Transfer};

/// A row's place: the columns begin at its left edge.
pub struct RowPlace<'a> {
    /// The row.
    pub rect: Rect,
    /// The columns.
    pub columns: &'a [(&'static Facts, Rangef)],
}

impl RowPlace<'_> {
    fn cell(&self, wanted: Column) -> Rect {
        let found = self.columns.iter().find(|(f, _)| f.column == wanted);
        let span = found.map_or(Rangef::new(0.0, 0.0), |(_, span)| *span);
        Rect::from_min_max(
            pos2(self.rect.left() + span.min, self.rect.top()),
            pos2(self.rect.left() + span.max, self.rect.bottom()),
        )
    }
}

/// Draws the cells of an answer.
pub fn cells_ui(ui: &Ui, context: &UiContext, query: &QueryState, entry: &Entry, place: &RowPlace) {
    match entry.id.level() {
        Level::Study => study_cells(ui, context, entry, place),
        Level::Series | Level::Image => below_cells(ui, context, entry, place),
    }
    if entry.id.level() != Level::Image {
        caret(ui, context, entry, place);
    }
    if let Some(count) = entry.count().filter(|_| entry.id.level() != Level::Image) {
        let cell = place.cell(Column::Images);
        let color = context.theme.text;
        let count = grouped(count);
        widgets::clipped_text(ui, cell, Align2::RIGHT_CENTER, &count, size::BODY, color);
    }
    let (text, color) = here(context, query, entry);
    let cell = place.cell(Column::Here);
    widgets::clipped_text(ui, cell, Align2::LEFT_CENTER, &text, size::BODY, color);
}

/// Where the caret of a row is, which expands it.
pub fn caret_place(entry: &Entry, rect: Rect) -> Rect {
    let left = match entry.id.level() {
        Level::Study => 0.0,
        Level::Series | Level::Image => CARET,
    };
    Rect::from_min_max(
        pos2(rect.left() + left, rect.top()),
        pos2(rect.left() + left + CARET, rect.bottom()),
    )
}

fn caret(ui: &Ui, context: &UiContext, entry: &Entry, place: &RowPlace) {
    let icon = match (&entry.children, entry.expanded) {
        (Children::Asking(_), _) => icons::CLOCK,
        (_, true) => icons::DOWN,
        (_, false) => icons::RIGHT,
    };
    let at = caret_place(entry, place.rect).center();
    let font = Theme::font(size::BODY);
    ui.painter().text(
        at,
        Align2::CENTER_CENTER,
        icon,
        font,
        context.theme.text_faint,
    );
}

/// The text of a study in a column.
pub fn study_text(entry: &Entry, column: Column) -> String {
    match column {
        Column::PatientName => format::person_name(&entry.text(tags::PATIENT_NAME)),
        Column::PatientId => entry.text(tags::PATIENT_ID),
        Column::BirthDate => format::date(&entry.text(tags::PATIENT_BIRTH_DATE)),
        Column::StudyDate => {
            format::date_time(&entry.text(tags::STUDY_DATE), &entry.text(tags::STUDY_TIME))
        }
        Column::Modalities => entry.text(tags::MODALITIES_IN_STUDY).replace('\\', " "),
        Column::Description => entry.text(tags::STUDY_DESCRIPTION),
        Column::AccessionNumber => entry.text(tags::ACCESSION_NUMBER),
        Column::Node => entry.id.peer.clone(),
        Column::Images | Column::Here => String::new(),
    }
}

fn study_cells(ui: &Ui, context: &UiContext, entry: &Entry, place: &RowPlace) {
    let theme = context.theme;
    for (facts, _) in place.columns {
        let text = study_text(entry, facts.column);
        let color = if facts.column == Column::PatientName {
            theme.text
        } else {
            theme.text_weak
        };
        let cell = place.cell(facts.column);
        widgets::clipped_text(ui, cell, Align2::LEFT_CENTER, &text, size::BODY, color);
    }
}

/// What a series or image is called.
pub fn below_text(context: &UiContext, entry: &Entry) -> String {
    let number = |tag| entry.text(tag);
    let parts = match entry.id.level() {
        Level::Image => {
            let number = number(tags::INSTANCE_NUMBER);
            let title = context
                .texts
                .fill("studies.instance", &[("number", &number)]);
            let class = entry.text(tags::SOP_CLASS_UID);
            vec![title, sop_class::name(&class).to_owned()]
        }
        Level::Study | Level::Series => {
            let number = number(tags::SERIES_NUMBER);
            let title = context.texts.fill("studies.series", &[("number", &number)]);
            let started = format::date_time(
                &entry.text(tags::PERFORMED_PROCEDURE_STEP_START_DATE),
                &entry.text(tags::PERFORMED_PROCEDURE_STEP_START_TIME),
            );
            vec![
                title,
                entry.text(tags::MODALITY),
                entry.text(tags::SERIES_DESCRIPTION),
                started,
            ]
        }
    };
    let present: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    present.join("  ·  ")
}

/// Series and images run over the columns up to the number of images.
fn below_cells(ui: &Ui, context: &UiContext, entry: &Entry, place: &RowPlace) {
    let theme = context.theme;
    let indent = match entry.id.level() {
        Level::Image => 3.0 * CARET,
        Level::Study | Level::Series => 2.0 * CARET,
    };
    let cell = Rect::from_min_max(
        pos2(place.rect.left() + indent, place.rect.top()),
        pos2(place.cell(Column::Images).left() - 8.0, place.rect.bottom()),
    );
    let text = below_text(context, entry);
    widgets::clipped_text(ui, cell, Align2::LEFT_CENTER, &text, size::BODY, theme.text);
}

/// How far a row is on its way, or how much of it is here.
pub fn here(context: &UiContext, query: &QueryState, entry: &Entry) -> (String, Color32) {
    let (texts, theme) = (context.texts, context.theme);
    if let Children::Failed(words) = &entry.children {
        return (format!("{} {words}", icons::FAILURE), theme.failure);
    }
    if let Some(told) = transfer_of(query, entry).and_then(|t| transfer_words(context, t)) {
        return told;
    }
    match query.local(entry) {
        Local::Unknown | Local::None => (String::new(), theme.text_faint),
        Local::Partial(have, of) => {
            let (have, of) = (grouped(have), grouped(of));
            let text = texts.fill("query.partial", &[("have", &have), ("of", &of)]);
            (text, theme.warning)
        }
        Local::Some(have) => (texts.count("query.some-here", have), theme.text),
        Local::Complete(_) => (
            format!("{} {}", icons::DONE, texts.t("query.here")),
            theme.good,
        ),
    }
}

/// The transfer of a row, or the one under way that contains it.
fn transfer_of<'a>(query: &'a QueryState, entry: &Entry) -> Option<&'a Transfer> {
    query.transfers.of(&entry.id)
}

fn transfer_words(context: &UiContext, transfer: &Transfer) -> Option<(String, Color32)> {
    let (texts, theme) = (context.texts, context.theme);
    let Some(end) = &transfer.end else {
        if transfer.job.is_none() {
            return Some((
                format!("{} {}", icons::CLOCK, texts.t("query.waiting")),
                theme.text_weak,
            ));
        }
        let counts = match transfer.counts() {
            (0, None) => "…".to_owned(),
            (done, None) => grouped(done),
            (done, Some(total)) => format!("{}/{}", grouped(done), grouped(total)),
        };
        let icon = match transfer.goal {
            Goal::Here => icons::IMPORT,
            Goal::Node(_) => icons::SEND,
        };
        return Some((format!("{icon} {counts}"), theme.accent));
    };
    match (&transfer.goal, end.complete) {
        (Goal::Here, true) => None,
        (Goal::Node(name), true) => {
            let sent = grouped(end.promised);
            let text = texts.fill("query.sent", &[("count", &sent), ("node", name)]);
            Some((format!("{} {text}", icons::DONE), theme.good))
        }
        (_, false) if end.stopped => Some((
            format!("{} {}", icons::STOP, texts.t("query.stopped")),
            theme.warning,
        )),
        (_, false) => {
            let text = match end.kept {
                Some(kept) if kept < end.promised => {
                    let (kept, promised) = (grouped(kept), grouped(end.promised));
                    texts.fill("query.arrived", &[("have", &kept), ("of", &promised)])
                }
                _ if end.failed > 0 && end.promised > 0 => {
                    texts.count("query.objects-failed", end.failed)
                }
                _ => texts.t("query.failed").to_owned(),
            };
            Some((format!("{} {text}", icons::FAILURE), theme.failure))
        }
    }
}
