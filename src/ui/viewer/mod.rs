//! The viewer's screen: patient banner, tools, series bar and the grid of viewports.
//!
//! Nothing is filled twice: on a software renderer each fill by egui costs more than an image of that size.

mod banner;
mod corner_text;
mod document;
mod draw_input;
mod drawing_panel;
mod drawing_tools;
mod drawings;
mod extremes;
pub(super) mod gpu;
mod input;
mod markers;
mod measured;
mod menu;
pub mod on_screen;
pub(super) mod outlined;
mod planned;
mod probe;
mod processor;
mod save_sheet;
mod scene;
mod scrollbar;
mod series_bar;
mod state_line;
mod state_menu;
mod state_panel;
mod state_words;
mod text_field;
mod toolbar;
mod viewport;

use egui::{Rect, Ui, UiBuilder, Vec2};

use self::scene::Scene;
use super::context::{UiContext, ViewCounters};
use super::theme::space;
use super::{icons, widgets};
use crate::workspace::bindings::Binding;
use crate::workspace::viewer::bindings::BINDINGS;
use crate::workspace::viewer::{Tab, ViewerAction};
use crate::workspace::{Action, Workspace};

/// Between cells.
const GAP: f32 = 2.0;

/// Draws the viewer into what the shell leaves.
pub fn viewer_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let mut out = Vec::new();
    match workspace.viewer.tab() {
        Some(tab) => tab_ui(ui, context, workspace, tab, &mut out),
        None => nothing_ui(ui, context, workspace),
    }
    if let (Some(sheet), Some(tab)) = (&workspace.viewer.save_sheet, workspace.viewer.tab()) {
        let scene = Scene::of(workspace, tab, sheet.cell);
        save_sheet::save_sheet_ui(ui, context, sheet, scene.as_ref(), &mut out);
    }
    if workspace.viewer.is_moving() {
        ui.ctx().request_repaint();
    }
    actions.extend(out.into_iter().map(Action::Viewer));
}

/// Counters of T2 that the viewer keeps.
pub fn counters(context: &UiContext, workspace: &Workspace) -> ViewCounters {
    let drawn = context.render_state.and_then(gpu::counters);
    ViewCounters {
        image_uploads: drawn.map_or(0, |drawn| drawn.image_uploads),
        lut_writes: drawn.map_or(0, |drawn| drawn.lut_writes),
        pictures_drawn: drawn.map_or(0, |drawn| drawn.pictures_drawn),
        slices_presented: workspace.viewer.slices_presented,
        slices_skipped: workspace.viewer.slices_skipped(),
        gpu_bytes: drawn.map_or(0, |drawn| drawn.gpu_bytes),
    }
}

/// The viewer's bindings for the list of F1: one line for each meaning, with all its inputs.
pub fn help_bindings() -> Vec<Binding> {
    let mut lines: Vec<Binding> = Vec::new();
    for row in BINDINGS {
        let input = row.input.to_string();
        match lines.iter_mut().find(|line| line.help == row.help) {
            Some(line) => line.keys.to_mut().push_str(&format!("  {input}")),
            None => lines.push(Binding {
                area: "help.area.viewer",
                keys: input.into(),
                help: row.help,
            }),
        }
    }
    lines
}

fn nothing_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace) {
    let (title, sentence) = if workspace.viewer.opening.is_empty() {
        ("viewer.nothing", "viewer.nothing-hint")
    } else {
        ("viewer.opening", "viewer.opening-hint")
    };
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() / 2.0 - 90.0).max(0.0));
        let theme = context.theme;
        widgets::empty_state(
            ui,
            theme,
            icons::VIEWER,
            context.t(title),
            context.t(sentence),
        );
    });
}

fn tab_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    out: &mut Vec<ViewerAction>,
) {
    if !workspace.sheet_is_open() && workspace.viewer.save_sheet.is_none() {
        input::keyboard(ui, tab, out);
    }
    let whole = ui.max_rect();
    let (banner, rest) = whole.split_top_bottom_at_y(whole.top() + banner::HEIGHT);
    let (tools, rest) = rest.split_top_bottom_at_y(rest.top() + toolbar::HEIGHT);
    let mut rest = rest;
    if workspace.viewer.drawing_tools {
        let (row, below) = rest.split_top_bottom_at_y(rest.top() + drawing_tools::HEIGHT);
        rest = below;
        panel(ui, row, "drawing", |ui| {
            drawing_tools::drawing_tools_ui(ui, context, workspace, tab, out);
        });
    }
    let (bar, grid) = rest.split_left_right_at_x(rest.left() + series_bar::WIDTH);
    panel(ui, banner, "banner", |ui| {
        banner::banner_ui(ui, context, workspace, out);
    });
    panel(ui, tools, "tools", |ui| {
        toolbar::toolbar_ui(ui, context, workspace, tab, out);
    });
    panel(ui, bar, "series", |ui| {
        ui.add_space(space::SMALL);
        series_bar::series_bar_ui(ui, context, workspace, tab, out);
    });
    let mut grid = grid;
    if workspace.viewer.state_panel {
        let (left, side) = grid.split_left_right_at_x(grid.right() - state_panel::WIDTH);
        grid = left;
        panel(ui, side, "presentation", |ui| {
            let scene = Scene::of(workspace, tab, tab.arrangement.active);
            let planned = scene
                .as_ref()
                .and_then(|scene| planned::last(ui.ctx(), scene));
            state_panel::panel_ui(ui, context, scene.as_ref(), planned.as_deref(), out);
        });
    }
    if workspace.viewer.drawing_panel {
        let (left, side) = grid.split_left_right_at_x(grid.right() - drawing_panel::WIDTH);
        grid = left;
        panel(ui, side, "drawings", |ui| {
            let scene = Scene::of(workspace, tab, tab.arrangement.active);
            drawing_panel::panel_ui(ui, context, workspace, scene.as_ref(), out);
        });
    }
    grid_ui(ui, context, workspace, tab, grid, out);
    if workspace.viewer.state_menu {
        let scene = Scene::of(workspace, tab, tab.arrangement.active);
        state_menu::menu_ui(ui, context, scene.as_ref(), grid, out);
    }
}

/// A part beside the grid. The window was cleared to the panel's colour, so nothing is filled here.
fn panel(ui: &mut Ui, place: Rect, salt: &str, contents: impl FnOnce(&mut Ui)) {
    let inner = place.shrink2(Vec2::new(10.0, 0.0));
    let builder = UiBuilder::new().max_rect(inner).id_salt(salt);
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(place);
        contents(ui);
    });
}

fn grid_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    place: Rect,
    out: &mut Vec<ViewerAction>,
) {
    let arrangement = &tab.arrangement;
    let layout = arrangement.shown_layout();
    let (columns, rows) = (layout.columns as f32, layout.rows as f32);
    let size = Vec2::new(
        (place.width() - GAP * (columns - 1.0)) / columns,
        (place.height() - GAP * (rows - 1.0)) / rows,
    );
    for (index, cell) in arrangement.visible().enumerate() {
        let (row, column) = (index / layout.columns, index % layout.columns);
        let corner =
            place.min + Vec2::new(column as f32 * (size.x + GAP), row as f32 * (size.y + GAP));
        let cell_place = Rect::from_min_size(corner, size);
        viewport::viewport_ui(ui, context, workspace, tab, (cell, cell_place), out);
    }
    let line = egui::Stroke::new(GAP, context.theme.line);
    for column in 1..layout.columns {
        let x = place.left() + column as f32 * (size.x + GAP) - GAP / 2.0;
        ui.painter().vline(x, place.y_range(), line);
    }
    for row in 1..layout.rows {
        let y = place.top() + row as f32 * (size.y + GAP) - GAP / 2.0;
        ui.painter().hline(place.x_range(), y, line);
    }
}
