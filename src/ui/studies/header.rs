//! The header of the study list: a click sorts, a drag on an edge changes the width, a right click chooses columns.

use egui::{Align2, CursorIcon, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::columns::{GAP, Placed};
use super::menu;
use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::{icons, widgets};
use crate::workspace::studies::StudiesAction;
use crate::workspace::{Action, ShellAction, Workspace};

/// Height of the header.
pub const HEIGHT: f32 = 30.0;

/// Draws the header at the top of the table.
pub fn header_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    columns: &[Placed],
    width: f32,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, HEIGHT), Sense::hover());
    for placed in columns {
        title_ui(ui, context, workspace, rect, placed, actions);
        resize_ui(ui, context, workspace, rect, placed, actions);
    }
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        egui::Stroke::new(1.0, theme.outline),
    );
}

fn title_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    rect: Rect,
    placed: &Placed,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let facts = placed.column.facts();
    let title = context.texts.t(facts.title);
    let cell = Rect::from_min_max(
        pos2(rect.left() + placed.span.min, rect.top()),
        pos2(rect.left() + placed.span.max, rect.bottom() - 1.0),
    );
    let id = ui.scope_id().with(("column", placed.column));
    let response = ui.interact(cell, id, Sense::click());
    let studies = &workspace.studies;
    let sorted = facts.sort == Some(studies.sort);
    let color = if sorted || response.hovered() {
        theme.text
    } else {
        theme.text_weak
    };
    let align = if facts.right {
        Align2::RIGHT_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    let arrow = match (sorted, studies.descending) {
        (false, _) => "",
        (true, true) => icons::SORT_DOWN,
        (true, false) => icons::SORT_UP,
    };
    let text = match (arrow.is_empty(), facts.right) {
        (true, _) => title.to_owned(),
        (false, true) => format!("{arrow} {title}"),
        (false, false) => format!("{title} {arrow}"),
    };
    widgets::clipped_text(ui, cell, align, &text, size::SMALL, color);
    widgets::focus_ring(ui, theme, &response);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, title));
    if response.clicked()
        && let Some(sort) = facts.sort
    {
        actions.push(Action::Studies(StudiesAction::Sort(sort)));
    }
    response.context_menu(|ui| menu::columns_ui(ui, context, workspace, actions));
}

fn resize_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    rect: Rect,
    placed: &Placed,
    actions: &mut Vec<Action>,
) {
    let x = rect.left() + placed.span.max + GAP / 2.0;
    let grip = Rect::from_center_size(pos2(x, rect.center().y), Vec2::new(9.0, HEIGHT));
    let id = ui.scope_id().with(("edge", placed.column));
    let response = ui.interact(grip, id, Sense::DRAG);
    let active = response.hovered() || response.dragged();
    let color = if active {
        context.theme.accent
    } else {
        context.theme.line
    };
    let line = egui::Stroke::new(1.0, color);
    ui.painter().vline(x, rect.shrink(7.0).y_range(), line);
    if active {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeColumn);
    }
    let moved = response.drag_delta().x;
    if response.dragged() && moved != 0.0 {
        let mut columns = workspace.preferences.columns.clone();
        for choice in &mut columns {
            if choice.column == placed.column {
                choice.width = (choice.width + moved).clamp(24.0, 800.0);
            }
        }
        actions.push(Action::Shell(ShellAction::SetColumns(columns)));
    }
}
