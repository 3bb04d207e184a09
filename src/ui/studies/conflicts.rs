//! Objects in quarantine (F2): what disagrees, from whom, since when; both sides of the one looked at, and how it may end.

use egui::{
    Align2, Frame, Grid, Label, Margin, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui, Vec2,
    WidgetInfo, pos2,
};
use jiff::tz::TimeZone;

use crate::engine::event::{ConflictComparison, ConflictRow, Difference};
use crate::engine::{ConflictKind, Resolution};
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, radius, size, space};
use crate::ui::{format, icons, widgets};
use crate::workspace::studies::{StudiesAction, StudiesView};
use crate::workspace::{Action, FileAction, Workspace};

const HEIGHT: f32 = 62.0;
/// Part of the window's width that the two sides of a conflict take.
const DETAILS: f32 = 0.48;

/// Draws the list.
pub fn conflicts_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let margin = Frame::new().inner_margin(Margin::symmetric(16, 4));
    egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| {
        ui.horizontal(|ui| {
            widgets::heading(ui, theme, context.t("conflicts.title"));
            if widgets::button(ui, icons::LEFT, context.t("conflicts.back")).clicked() {
                actions.push(Action::Studies(StudiesAction::Show(StudiesView::List)));
            }
        });
        ui.label(RichText::new(context.t("conflicts.explanation")).color(theme.text_weak));
        ui.add_space(space::SMALL);
        let details = ui.available_width() * DETAILS;
        Panel::right("conflict-details")
            .exact_size(details)
            .frame(
                Frame::new()
                    .fill(theme.panel)
                    .inner_margin(Margin::same(16)),
            )
            .resizable(false)
            .show_separator_line(false)
            .show(ui, |ui| details_ui(ui, context, workspace, actions));
        let conflicts = &workspace.studies.conflicts;
        let zone = TimeZone::system();
        ScrollArea::vertical().auto_shrink(false).show_rows(
            ui,
            HEIGHT,
            conflicts.len(),
            |ui, visible| {
                for row in &conflicts[visible] {
                    let chosen = workspace.studies.conflict.as_ref() == Some(row);
                    if conflict_ui(ui, context, row, chosen, &zone) {
                        let row = Box::new(row.clone());
                        actions.push(Action::Studies(StudiesAction::ChooseConflict(row)));
                    }
                }
            },
        );
    });
}

/// Draws one of them; true when it was clicked.
fn conflict_ui(
    ui: &mut Ui,
    context: &UiContext,
    row: &ConflictRow,
    chosen: bool,
    zone: &TimeZone,
) -> bool {
    let theme = context.theme;
    let width = ui.available_width() - space::SMALL;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, HEIGHT), Sense::click());
    let card = rect.shrink2(Vec2::new(0.0, 2.0));
    let fill = if chosen { theme.selection } else { theme.panel };
    ui.painter().rect_filled(card, radius::CONTROL, fill);
    widgets::focus_ring(ui, theme, &response);
    let edge = Rect::from_min_size(card.min, Vec2::new(3.0, card.height()));
    ui.painter().rect_filled(edge, 1.5, theme.failure);
    let patient = joined(&[&format::person_name(&row.patient_name), &row.patient_id]);
    let line = |top: f32, bottom: f32| {
        Rect::from_min_max(
            pos2(card.left() + 16.0, card.top() + top),
            pos2(card.right() - 12.0, card.top() + bottom),
        )
    };
    widgets::clipped_text(
        ui,
        line(8.0, 28.0),
        Align2::LEFT_CENTER,
        &patient,
        size::BODY,
        theme.text,
    );
    widgets::clipped_text(
        ui,
        line(30.0, 50.0),
        Align2::LEFT_CENTER,
        &row.reason,
        size::SMALL,
        theme.failure,
    );
    let origin = joined(&[&row.source_ae, &format::local_time(row.received_ms, zone)]);
    widgets::clipped_text(
        ui,
        line(8.0, 28.0),
        Align2::RIGHT_CENTER,
        &origin,
        size::SMALL,
        theme.text_weak,
    );
    widgets::clipped_text(
        ui,
        line(30.0, 50.0),
        Align2::RIGHT_CENTER,
        &row.sop_instance_uid,
        size::SMALL,
        theme.text_faint,
    );
    let name = format!("{patient} {}", row.reason);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, chosen, &name));
    let author = format!("conflict-{}", row.sop_instance_uid);
    widgets::describe(ui, response.id, &author, &row.study_instance_uid);
    response.clicked()
}

fn details_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let weak = |text: &str| Label::new(RichText::new(text).color(context.theme.text_weak));
    let Some(row) = &workspace.studies.conflict else {
        ui.add(weak(context.t("conflicts.choose")));
        return;
    };
    resolutions_ui(ui, context, row, actions);
    ui.add_space(space::SMALL);
    match workspace.studies.compared() {
        None => {
            ui.add(weak(context.t("conflicts.reading")));
        }
        Some(comparison) if comparison.differences.is_empty() => {
            ui.add(weak(context.t("conflicts.pixels-only")));
        }
        Some(comparison) => sides_ui(ui, context, comparison),
    }
}

fn resolutions_ui(ui: &mut Ui, context: &UiContext, row: &ConflictRow, actions: &mut Vec<Action>) {
    let resolve = |resolution| {
        let row = Box::new(row.clone());
        Action::Studies(StudiesAction::Resolve(row, resolution))
    };
    ui.horizontal_wrapped(|ui| {
        let keep = widgets::button(ui, icons::CHECK, context.t("conflicts.keep-first"));
        if keep
            .on_hover_text(context.t("conflicts.keep-first-tip"))
            .clicked()
        {
            actions.push(resolve(Resolution::KeepFirst));
        }
        ui.add_enabled_ui(row.kind == ConflictKind::Patient, |ui| {
            let own = widgets::button(ui, icons::STUDIES, context.t("conflicts.own-study"));
            if own
                .on_hover_text(context.t("conflicts.own-study-tip"))
                .on_disabled_hover_text(context.t("conflicts.own-study-data"))
                .clicked()
            {
                actions.push(resolve(Resolution::OwnStudy));
            }
        });
        if widgets::button(ui, icons::DELETE, context.t("conflicts.delete")).clicked() {
            let row = Box::new(row.clone());
            actions.push(Action::Files(FileAction::AskDeleteNewcomer(row)));
        }
    });
}

/// Attribute, what is stored, what the newcomer says.
fn sides_ui(ui: &mut Ui, context: &UiContext, comparison: &ConflictComparison) {
    let theme = context.theme;
    let column = (ui.available_width() - 4.0 * space::SMALL) / 3.0;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let grid = Grid::new("conflict-sides").num_columns(3).striped(true);
        grid.min_col_width(column)
            .max_col_width(column)
            .show(ui, |ui| {
                for key in ["attribute", "first", "newcomer"] {
                    let key = format!("conflicts.{key}");
                    let words = RichText::new(context.texts.t(&key));
                    let strong = words.font(Theme::strong_font(size::SMALL));
                    ui.label(strong.color(theme.text_weak));
                }
                ui.end_row();
                for difference in &comparison.differences {
                    difference_ui(ui, theme, difference);
                    ui.end_row();
                }
            });
    });
}

fn difference_ui(ui: &mut Ui, theme: &Theme, difference: &Difference) {
    let cell = |text: &str, color| {
        let text = RichText::new(text).size(size::SMALL + 1.0).color(color);
        Label::new(text).wrap().selectable(true)
    };
    ui.add(cell(&difference.name, theme.text_weak));
    let first = ui.add(cell(&difference.first, theme.text));
    ui.add(cell(&difference.second, theme.failure));
    let sides = format!("{} / {}", difference.first, difference.second);
    let author = format!("difference-{}", difference.tag);
    widgets::describe(ui, first.id, &author, &sides);
}

fn joined(parts: &[&str]) -> String {
    let present: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    present.join("  ·  ")
}
