//! What stands in the cells of a row.

use egui::{Align2, Color32, Rect, Ui, pos2};
use jiff::tz::TimeZone;

use super::columns::Placed;
use crate::dicom::{TransferSyntax, sop_class};
use crate::engine::{InstanceRow, SeriesRow, StudyRow};
use crate::ui::context::UiContext;
use crate::ui::text::grouped;
use crate::ui::theme::{Theme, size};
use crate::ui::{format, icons, widgets};
use crate::workspace::columns::Column;
use crate::workspace::studies::StudiesState;

/// A row's place: the columns begin at its left edge.
pub struct RowPlace<'a> {
    /// The row.
    pub rect: Rect,
    /// The columns.
    pub columns: &'a [Placed],
    /// The time zone of arrival times.
    pub zone: &'a TimeZone,
}

impl RowPlace<'_> {
    fn cell(&self, placed: &Placed) -> Rect {
        Rect::from_min_max(
            pos2(self.rect.left() + placed.span.min, self.rect.top()),
            pos2(self.rect.left() + placed.span.max, self.rect.bottom()),
        )
    }

    fn of(&self, column: Column) -> Option<Rect> {
        let placed = self.columns.iter().find(|p| p.column == column)?;
        Some(self.cell(placed))
    }
}

/// The text of a study in a column.
pub fn study_text(row: &StudyRow, column: Column, zone: &TimeZone) -> String {
    match column {
        Column::Status => String::new(),
        Column::PatientName => format::person_name(&row.patient_name),
        Column::PatientId => row.patient_id.clone(),
        Column::BirthDate => format::date(&row.patient_birth_date),
        Column::Sex => row.patient_sex.clone(),
        Column::StudyDate => format::date_time(&row.study_date, &row.study_time),
        Column::Modalities => row.modalities.join(" "),
        Column::Description => row.study_description.clone(),
        Column::AccessionNumber => row.accession_number.clone(),
        Column::StudyId => row.study_id.clone(),
        Column::ReferringPhysician => format::person_name(&row.referring_physician_name),
        Column::Series => grouped(row.series_count),
        Column::Images => grouped(row.instance_count),
        Column::Size => format::bytes(row.bytes),
        Column::Source => row.source_ae.clone(),
        Column::Received => format::local_time(row.received_ms, zone),
    }
}

/// Draws the cells of a study.
pub fn study_cells(
    ui: &Ui,
    context: &UiContext,
    studies: &StudiesState,
    row: &StudyRow,
    place: &RowPlace,
) {
    let theme = context.theme;
    for placed in place.columns {
        let cell = place.cell(placed);
        if placed.column == Column::Status {
            status_cell(ui, theme, studies, row, cell);
            continue;
        }
        let text = study_text(row, placed.column, place.zone);
        let main = matches!(placed.column, Column::PatientName | Column::Images);
        let color = if main || !row.opened {
            theme.text
        } else {
            theme.text_weak
        };
        let align = if placed.column.facts().right {
            Align2::RIGHT_CENTER
        } else {
            Align2::LEFT_CENTER
        };
        widgets::clipped_text(ui, cell, align, &text, size::BODY, color);
    }
}

/// The marks of a study: expansion, new, receiving, conflict, pinned.
fn status_cell(ui: &Ui, theme: &Theme, studies: &StudiesState, row: &StudyRow, cell: Rect) {
    let id = crate::workspace::studies::RowId::Study(row.study_instance_uid.clone());
    let caret = if studies.rows.is_expanded(&id) {
        icons::DOWN
    } else {
        icons::RIGHT
    };
    let mut x = cell.left() + 8.0;
    let mut mark = |icon: &str, color: Color32, step: f32| {
        ui.painter().text(
            pos2(x, cell.center().y),
            Align2::CENTER_CENTER,
            icon,
            Theme::font(size::BODY),
            color,
        );
        x += step;
    };
    mark(caret, theme.text_faint, 19.0);
    if studies.is_receiving(row) {
        mark(icons::IMPORT, theme.accent, 17.0);
    } else if !row.opened {
        mark("•", theme.accent, 17.0);
    }
    if row.conflict_count > 0 {
        mark(icons::WARNING, theme.failure, 17.0);
    }
    if row.pinned {
        mark(icons::PIN, theme.text_weak, 17.0);
    }
}

/// Draws a series under its study.
pub fn series_cells(
    ui: &Ui,
    context: &UiContext,
    row: &SeriesRow,
    expanded: bool,
    place: &RowPlace,
) {
    let theme = context.theme;
    let caret = if expanded { icons::DOWN } else { icons::RIGHT };
    let number = row
        .series_number
        .map_or_else(String::new, |n| n.to_string());
    let title = context.texts.fill("studies.series", &[("number", &number)]);
    let lossy = if row.lossy {
        context.t("studies.lossy")
    } else {
        ""
    };
    let parts = [
        title.as_str(),
        &row.modality,
        &row.series_description,
        &row.body_part_examined,
        lossy,
    ];
    let text = joined(&parts);
    indented(ui, place, 30.0, caret, &text, theme.text);
    if let Some(cell) = place.of(Column::Images) {
        let count = grouped(row.instance_count);
        widgets::clipped_text(
            ui,
            cell,
            Align2::RIGHT_CENTER,
            &count,
            size::BODY,
            theme.text_weak,
        );
    }
}

/// Draws an instance under its series.
pub fn instance_cells(ui: &Ui, context: &UiContext, row: &InstanceRow, place: &RowPlace) {
    let theme = context.theme;
    let number = row
        .instance_number
        .map_or_else(String::new, |n| n.to_string());
    let title = context
        .texts
        .fill("studies.instance", &[("number", &number)]);
    let frames = match row.frames {
        0 => context.t("studies.no-pixels").to_owned(),
        1 => String::new(),
        frames => context.texts.count("studies.frames", u64::from(frames)),
    };
    let class = sop_class::name(&row.sop_class_uid);
    let syntax = TransferSyntax::find(&row.transfer_syntax_uid)
        .map_or(row.transfer_syntax_uid.as_str(), |syntax| syntax.name);
    let text = joined(&[&title, class, syntax, &frames]);
    let icon = if row.frames == 0 {
        icons::DOCUMENT
    } else {
        icons::FILE
    };
    indented(ui, place, 52.0, icon, &text, theme.text_weak);
    if let Some(cell) = place.of(Column::Size) {
        let bytes = format::bytes(row.bytes);
        widgets::clipped_text(
            ui,
            cell,
            Align2::RIGHT_CENTER,
            &bytes,
            size::BODY,
            theme.text_weak,
        );
    }
}

/// The text of a series or instance row runs over the columns up to the numbers.
fn indented(ui: &Ui, place: &RowPlace, indent: f32, icon: &str, text: &str, color: Color32) {
    let left = place.rect.left() + indent;
    ui.painter().text(
        pos2(left, place.rect.center().y),
        Align2::CENTER_CENTER,
        icon,
        Theme::font(size::BODY),
        color,
    );
    let numbers = [Column::Series, Column::Images, Column::Size]
        .into_iter()
        .filter_map(|column| place.of(column))
        .map(|cell| cell.left())
        .fold(place.rect.right(), f32::min);
    let cell = Rect::from_min_max(
        pos2(left + 16.0, place.rect.top()),
        pos2((numbers - 8.0).max(left + 40.0), place.rect.bottom()),
    );
    widgets::clipped_text(ui, cell, Align2::LEFT_CENTER, text, size::BODY, color);
}

fn joined(parts: &[&str]) -> String {
    let present: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    present.join("  ·  ")
}
