//! Objects in quarantine (F2): what disagrees, from whom, since when.

use egui::{
    Align2, Frame, Margin, Rect, RichText, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2,
};
use jiff::tz::TimeZone;

use crate::engine::event::ConflictRow;
use crate::ui::context::UiContext;
use crate::ui::theme::{radius, size, space};
use crate::ui::{format, icons, widgets};
use crate::workspace::studies::{StudiesAction, StudiesView};
use crate::workspace::{Action, Workspace};

const HEIGHT: f32 = 62.0;

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
        let conflicts = &workspace.studies.conflicts;
        let zone = TimeZone::system();
        ScrollArea::vertical().auto_shrink(false).show_rows(
            ui,
            HEIGHT,
            conflicts.len(),
            |ui, visible| {
                for row in &conflicts[visible] {
                    conflict_ui(ui, context, row, &zone);
                }
            },
        );
    });
}

fn conflict_ui(ui: &mut Ui, context: &UiContext, row: &ConflictRow, zone: &TimeZone) {
    let theme = context.theme;
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, HEIGHT), Sense::hover());
    let card = rect.shrink2(Vec2::new(0.0, 2.0));
    ui.painter().rect_filled(card, radius::CONTROL, theme.panel);
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
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    let author = format!("conflict-{}", row.sop_instance_uid);
    widgets::describe(ui, response.id, &author, &row.study_instance_uid);
}

fn joined(parts: &[&str]) -> String {
    let present: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    present.join("  ·  ")
}
