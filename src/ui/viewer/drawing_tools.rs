//! The row of drawing tools under the row of tools: measurements, annotations, shutters, and what is done with them.

use egui::Ui;

use super::scene::Scene;
use super::toolbar::{gap, tool_ui};
use crate::imaging::measure::ShapeKind;
use crate::ui::context::UiContext;
use crate::ui::icons;
use crate::workspace::Workspace;
use crate::workspace::viewer::{ShutterKind, Tab, Tool, ViewCommand, ViewerAction};

/// Height of the row.
pub const HEIGHT: f32 = 36.0;

/// The icon of a shape.
pub fn icon(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Length => icons::LENGTH,
        ShapeKind::Angle => icons::LEFT,
        ShapeKind::Cobb => icons::COBB,
        ShapeKind::Ellipse => icons::ELLIPSE,
        ShapeKind::Rectangle => icons::RECTANGLE,
        ShapeKind::Polygon => icons::POLYGON,
        ShapeKind::Freehand => icons::FREEHAND,
        ShapeKind::Point => icons::POINT,
        ShapeKind::Arrow => icons::ARROW,
        ShapeKind::Polyline => icons::POLYLINE,
        ShapeKind::Curve => icons::CURVE,
        ShapeKind::Circle => icons::CIRCLE,
        ShapeKind::Text => icons::WORDS,
    }
}

fn shutter_icon(kind: ShutterKind) -> &'static str {
    match kind {
        ShutterKind::Rectangular => icons::SHUTTER_RECTANGLE,
        ShutterKind::Circular => icons::SHUTTER_CIRCLE,
        ShutterKind::Polygonal => icons::SHUTTER_POLYGON,
    }
}

/// Draws the row.
pub fn drawing_tools_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    out: &mut Vec<ViewerAction>,
) {
    let viewer = &workspace.viewer;
    let scene = Scene::of(workspace, tab, tab.arrangement.active);
    let drawable = scene
        .as_ref()
        .is_some_and(|s| s.image.instance.pixels.is_ok());
    let shutter = tab.drawn_shutter(tab.arrangement.active).is_some();
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mut button = |ui: &mut Ui, icon, command, on, enabled| {
            tool_ui(ui, context, icon, command, on, enabled, out);
        };
        for kind in ShapeKind::ALL {
            let tool = Tool::Draw(kind);
            let on = viewer.tool == tool;
            button(ui, icon(kind), ViewCommand::SetTool(tool), on, drawable);
        }
        gap(ui);
        for kind in ShutterKind::ALL {
            let tool = Tool::Shutter(kind);
            let on = viewer.tool == tool;
            button(
                ui,
                shutter_icon(kind),
                ViewCommand::SetTool(tool),
                on,
                drawable,
            );
        }
        button(
            ui,
            icons::NO_SHUTTER,
            ViewCommand::RemoveShutter,
            false,
            shutter,
        );
        gap(ui);
        let selected = viewer.drawing.selected.is_some();
        button(
            ui,
            icons::DELETE,
            ViewCommand::DeleteDrawing,
            false,
            selected,
        );
        let shown = scene.as_ref().is_some_and(Scene::shows_drawings);
        let (eye, any) = (
            if shown { icons::VISIBLE } else { icons::HIDDEN },
            scene.is_some(),
        );
        button(ui, eye, ViewCommand::ToggleAnnotations, !shown, any);
        let savable = scene
            .as_ref()
            .is_some_and(|s| s.image.instance.pixels.is_ok());
        button(ui, icons::SAVE, ViewCommand::SaveState, false, savable);
        let listed = viewer.drawing_panel;
        button(
            ui,
            icons::LIST,
            ViewCommand::ToggleDrawingPanel,
            listed,
            any,
        );
    });
}
