//! The panel on the right: the series of the chosen study as thumbnails with counts and badges (ST4).

use egui::{Align2, Rect, RichText, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2};

use crate::engine::{SeriesRow, StudyRow};
use crate::ui::context::UiContext;
use crate::ui::text::grouped;
use crate::ui::theme::{Theme, radius, size, space};
use crate::ui::{format, icons, thumbnails, widgets};
use crate::workspace::studies::StudiesAction;
use crate::workspace::{Action, Workspace};

const CARD: Vec2 = Vec2::new(114.0, 142.0);

/// Draws the panel.
pub fn preview_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let Some(study) = workspace.studies.current_study() else {
        ui.add_space(space::LARGE);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new(context.t("studies.choose")).color(context.theme.text_faint));
        });
        return;
    };
    study_ui(ui, context, study, actions);
    ui.add_space(space::SMALL);
    let Some(series) = workspace.studies.rows.series(&study.study_instance_uid) else {
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::SMALL);
        for pair in series.chunks(2) {
            ui.horizontal(|ui| {
                for row in pair {
                    card_ui(ui, context, workspace, row, actions);
                }
            });
        }
    });
}

fn study_ui(ui: &mut Ui, context: &UiContext, study: &StudyRow, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let name = format::person_name(&study.patient_name);
    let name = if name.is_empty() {
        context.t("studies.no-name").to_owned()
    } else {
        name
    };
    ui.add(
        egui::Label::new(RichText::new(name).font(Theme::strong_font(size::HEADING))).truncate(),
    );
    let lines = [
        joined(&[
            &study.patient_id,
            &format::date(&study.patient_birth_date),
            &study.patient_sex,
        ]),
        joined(&[
            &study.modalities.join(" "),
            &format::date_time(&study.study_date, &study.study_time),
        ]),
        study.study_description.clone(),
    ];
    ui.spacing_mut().item_spacing.y = space::TIGHT;
    for line in lines.iter().filter(|line| !line.is_empty()) {
        ui.add(egui::Label::new(RichText::new(line).color(theme.text_weak)).truncate());
    }
    ui.add_space(space::TIGHT);
    ui.horizontal(|ui| {
        if widgets::primary_button(ui, theme, icons::VIEWER, context.t("studies.open")).clicked() {
            let open = StudiesAction::Open(study.study_instance_uid.clone());
            actions.push(Action::Studies(open));
        }
        let count = context.texts.count("studies.images", study.instance_count);
        ui.label(
            RichText::new(count)
                .size(size::SMALL)
                .color(theme.text_weak),
        );
    });
}

fn card_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    row: &SeriesRow,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::CLICK);
    let picture = Rect::from_min_size(rect.min, Vec2::splat(CARD.x));
    let painter = ui.painter();
    painter.rect_filled(picture, radius::CONTROL, theme.viewer);
    match workspace.thumbnails.get(&row.series_instance_uid) {
        Some(thumbnail) => {
            thumbnails::paint(ui, picture.shrink(2.0), &row.series_instance_uid, thumbnail);
        }
        None => {
            let font = Theme::strong_font(size::TITLE);
            let at = picture.center();
            painter.text(
                at,
                Align2::CENTER_CENTER,
                &row.modality,
                font,
                theme.text_faint,
            );
        }
    }
    count_ui(ui, theme, picture, row);
    if row.lossy {
        let at = picture.left_top() + Vec2::new(5.0, 4.0);
        let font = Theme::strong_font(size::SMALL - 1.0);
        painter.text(
            at,
            Align2::LEFT_TOP,
            context.t("studies.lossy"),
            font,
            theme.lossy,
        );
    }
    let number = row
        .series_number
        .map_or_else(String::new, |n| format!("{n}  "));
    let title = format!("{number}{}", row.series_description);
    let line = Rect::from_min_max(pos2(rect.left(), picture.bottom() + 2.0), rect.max);
    widgets::clipped_text(
        ui,
        line,
        Align2::LEFT_CENTER,
        &title,
        size::SMALL,
        theme.text_weak,
    );
    if response.hovered() {
        let ring = egui::Stroke::new(1.0, theme.accent);
        painter.rect_stroke(picture, radius::CONTROL, ring, egui::StrokeKind::Inside);
    }
    let name = format!("{} {}", row.modality, title);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    widgets::describe(
        ui,
        response.id,
        &format!("thumbnail-{}", row.series_instance_uid),
        &format!("images={} lossy={}", row.instance_count, row.lossy),
    );
    if response.double_clicked() {
        let open = StudiesAction::Open(row.study_instance_uid.clone());
        actions.push(Action::Studies(open));
    }
}

fn count_ui(ui: &Ui, theme: &Theme, picture: Rect, row: &SeriesRow) {
    let text = grouped(row.instance_count);
    let font = Theme::font(size::SMALL - 1.0);
    let galley = ui
        .painter()
        .layout_no_wrap(text, font, egui::Color32::WHITE);
    let pill = Rect::from_min_size(
        picture.right_bottom() - galley.size() - Vec2::new(12.0, 7.0),
        galley.size() + Vec2::new(8.0, 3.0),
    );
    ui.painter()
        .rect_filled(pill, radius::CONTROL, egui::Color32::from_black_alpha(170));
    ui.painter()
        .galley(pill.min + Vec2::new(4.0, 1.5), galley, theme.text);
}

fn joined(parts: &[&str]) -> String {
    let present: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    present.join("  ·  ")
}
