//! The stacks of the open studies as thumbnails: drag one to a cell, or double-click it.

use egui::{
    Align2, Color32, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use super::outlined;
use crate::imaging::stack::Stack;
use crate::imaging::technique::readable_date;
use crate::ui::context::UiContext;
use crate::ui::theme::{radius, size, space};
use crate::ui::{icons, thumbnails, widgets};
use crate::workspace::Workspace;
use crate::workspace::viewer::tab::OpenSeries;
use crate::workspace::viewer::{StackId, Tab, ViewerAction};

/// Width of the bar.
pub const WIDTH: f32 = 148.0;
const PICTURE: f32 = 112.0;
const TILE: Vec2 = Vec2::new(128.0, PICTURE + 40.0);

/// Draws the bar.
pub fn series_bar_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    out: &mut Vec<ViewerAction>,
) {
    let several = tab.studies.len() > 1;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::SMALL;
        for study in &tab.studies {
            if several {
                let date = readable_date(&study.row.study_date);
                let text = egui::RichText::new(date).size(size::SMALL);
                ui.label(text.color(context.theme.text_weak));
            }
            for (id, series, stack) in study.stacks() {
                if !stack.images.is_empty() {
                    tile_ui(ui, context, workspace, tab, (&id, series, stack), out);
                }
            }
        }
    });
}

fn tile_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    (id, series, stack): (&StackId, &OpenSeries, &Stack),
    out: &mut Vec<ViewerAction>,
) {
    let theme = context.theme;
    let (place, response) = ui.allocate_exact_size(TILE, Sense::click_and_drag());
    let name = tile_name(series, stack);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.clone()));
    response.dnd_set_drag_payload(id.clone());
    let active = tab.arrangement.active;
    let enter = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if response.double_clicked() || enter {
        out.push(ViewerAction::Show(active, id.clone()));
    }
    if !ui.is_rect_visible(place) {
        return;
    }
    let shown = |cell: usize| tab.arrangement.cells[cell].stack.as_ref() == Some(id);
    let outline = if shown(active) {
        Stroke::new(2.0, theme.accent)
    } else if tab.arrangement.visible().any(shown) {
        Stroke::new(1.0, theme.accent)
    } else if response.hovered() {
        Stroke::new(1.0, theme.text_weak)
    } else {
        Stroke::new(1.0, theme.line)
    };
    let picture = Rect::from_min_size(
        place.min + Vec2::new((TILE.x - PICTURE) / 2.0, 2.0),
        Vec2::splat(PICTURE),
    );
    let painter = ui.painter();
    painter.rect_filled(picture, f32::from(radius::CONTROL), Color32::BLACK);
    match workspace.thumbnails.get(&id.series) {
        _ if stack.document => icon(ui, picture, icons::DOCUMENT, theme.text_weak),
        Some(thumbnail) => thumbnails::paint(ui, picture.shrink(2.0), &id.series, thumbnail),
        None => icon(ui, picture, icons::STACK, theme.outline),
    }
    ui.painter().rect_stroke(
        picture,
        f32::from(radius::CONTROL),
        outline,
        StrokeKind::Outside,
    );
    marks_ui(ui, context, stack, picture);
    let words = Rect::from_min_max(picture.left_bottom() + Vec2::new(0.0, 3.0), place.max);
    let (upper, lower) = words.split_top_bottom_at_fraction(0.5);
    widgets::clipped_text(
        ui,
        upper,
        Align2::LEFT_CENTER,
        &title(series),
        size::SMALL,
        theme.text,
    );
    let detail = if stack.label.is_empty() {
        series.row.modality.clone()
    } else {
        stack.label.clone()
    };
    widgets::clipped_text(
        ui,
        lower,
        Align2::LEFT_CENTER,
        &detail,
        size::SMALL - 1.0,
        theme.text_weak,
    );
    if let Some(finding) = &stack.finding {
        response.on_hover_text(finding.to_string());
    }
}

fn icon(ui: &Ui, place: Rect, icon: &str, color: Color32) {
    let font = crate::ui::Theme::font(36.0);
    ui.painter()
        .text(place.center(), Align2::CENTER_CENTER, icon, font, color);
}

/// The count, and what a reader must know: wrong geometry in amber (F8), loss in yellow (F3).
fn marks_ui(ui: &Ui, context: &UiContext, stack: &Stack, picture: Rect) {
    let place = picture.shrink(5.0);
    let count = stack.images.len().to_string();
    let put = |align: Align2, text: &str, size: f32, color: Color32| {
        let at = align.pos_in_rect(&place);
        outlined::text(ui.painter(), at, align, text, size, color);
    };
    if !stack.document {
        put(Align2::RIGHT_BOTTOM, &count, size::SMALL, Color32::WHITE);
    }
    if stack.finding.is_some() {
        let color = context.theme.warning;
        put(Align2::LEFT_TOP, icons::WARNING, size::HEADING, color);
    }
    let lossy = stack
        .images
        .iter()
        .any(|i| i.instance.technique.lossy.is_some());
    if lossy {
        let color = Color32::from_rgb(232, 212, 77);
        put(Align2::LEFT_BOTTOM, "LOSSY", size::SMALL - 2.0, color);
    }
}

fn title(series: &OpenSeries) -> String {
    let row = &series.row;
    match (row.series_number, row.series_description.as_str()) {
        (Some(number), "") => format!("{number}: {}", row.modality),
        (Some(number), description) => format!("{number}: {description}"),
        (None, "") => row.modality.clone(),
        (None, description) => description.to_owned(),
    }
}

fn tile_name(series: &OpenSeries, stack: &Stack) -> String {
    let label = if stack.label.is_empty() {
        String::new()
    } else {
        format!(" {}", stack.label)
    };
    format!("Series {}{label}", title(series))
}
