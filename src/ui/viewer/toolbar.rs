//! The one row of tools: what the left button does, view changes, layout, cine and sorting.

use egui::{Align, Button, DragValue, Layout as UiLayout, Rect, RichText, Role, Sense, Ui, Vec2};

use super::menu::{help_key, sort_name, sort_ui};
use super::scene::Scene;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::Workspace;
use crate::workspace::viewer::{Layout, Tab, Tool, ViewCommand, ViewerAction, bindings, cine};

/// Height of the row.
pub const HEIGHT: f32 = 40.0;

const TOOLS: [(&str, Tool); 5] = [
    (icons::WINDOW, Tool::Window),
    (icons::ZOOM, Tool::Zoom),
    (icons::PAN, Tool::Pan),
    (icons::SCROLL, Tool::Scroll),
    (icons::PROBE, Tool::Probe),
];
const CHANGES: [(&str, ViewCommand); 8] = [
    (icons::FIT, ViewCommand::Fit),
    (icons::ONE_TO_ONE, ViewCommand::OneToOne),
    (icons::ROTATE_LEFT, ViewCommand::RotateLeft),
    (icons::ROTATE_RIGHT, ViewCommand::RotateRight),
    (icons::FLIP_HORIZONTAL, ViewCommand::FlipHorizontally),
    (icons::FLIP_VERTICAL, ViewCommand::FlipVertically),
    (icons::INVERT, ViewCommand::Invert),
    (icons::OVERLAY, ViewCommand::ToggleOverlays),
];

/// Draws the row.
pub fn toolbar_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    out: &mut Vec<ViewerAction>,
) {
    let scene = Scene::of(workspace, tab, tab.arrangement.active);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (icon, tool) in TOOLS {
            let command = ViewCommand::SetTool(tool);
            tool_ui(
                ui,
                context,
                icon,
                command,
                workspace.viewer.tool == tool,
                true,
                out,
            );
        }
        tool_ui(
            ui,
            context,
            icons::MEASURE,
            ViewCommand::ToggleDrawingTools,
            workspace.viewer.drawing_tools,
            true,
            out,
        );
        gap(ui);
        for (icon, command) in CHANGES {
            let on = is_on(&scene, command);
            tool_ui(ui, context, icon, command, on, scene.is_some(), out);
        }
        let full = !workspace.viewer.minimal_text;
        tool_ui(
            ui,
            context,
            icons::TEXT,
            ViewCommand::ToggleCornerText,
            full,
            true,
            out,
        );
        gap(ui);
        tool_ui(
            ui,
            context,
            icons::UNDO,
            ViewCommand::Undo,
            false,
            tab.can_undo(),
            out,
        );
        tool_ui(
            ui,
            context,
            icons::REDO,
            ViewCommand::Redo,
            false,
            tab.can_redo(),
            out,
        );
        ui.with_layout(UiLayout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            layout_ui(ui, context, tab, out);
            if let Some(scene) = &scene
                && scene.stack.images.len() > 1
            {
                sort_menu(ui, context, scene, out);
                gap(ui);
                cine_ui(ui, context, scene, out);
            }
        });
    });
}

/// Space between groups of tools.
pub fn gap(ui: &mut Ui) {
    ui.add_space(space::SMALL + 2.0);
}

fn is_on(scene: &Option<Scene>, command: ViewCommand) -> bool {
    let Some(scene) = scene else {
        return false;
    };
    match command {
        ViewCommand::Invert => scene.adjustments.invert,
        ViewCommand::ToggleOverlays => scene.adjustments.overlays,
        _ => false,
    }
}

/// A button for a command; its name and key come from the bindings table.
pub fn tool_ui(
    ui: &mut Ui,
    context: &UiContext,
    icon: &str,
    command: ViewCommand,
    on: bool,
    enabled: bool,
    out: &mut Vec<ViewerAction>,
) {
    let theme = context.theme;
    let name = context.texts.t(help_key(command));
    let color = match (enabled, on) {
        (false, _) => theme.outline,
        (true, true) => theme.accent,
        (true, false) => theme.text,
    };
    let button = Button::new(RichText::new(icon).size(size::HEADING + 2.0).color(color))
        .frame_when_inactive(false)
        .selected(on)
        .min_size(Vec2::splat(space::CONTROL + 2.0));
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| egui::WidgetInfo::selected(Role::Button, enabled, on, name));
    let tip = match bindings::shortcut(command) {
        Some(shortcut) => format!("{name}   {shortcut}"),
        None => name.to_owned(),
    };
    if response.on_hover_text(tip).clicked() {
        out.push(ViewerAction::Command(command));
    }
}

/// Play, rate, back-and-forth, and the real rate when it is below the wanted (V8).
fn cine_ui(ui: &mut Ui, context: &UiContext, scene: &Scene, out: &mut Vec<ViewerAction>) {
    let Some(running) = &scene.cursor.cine else {
        tool_ui(
            ui,
            context,
            icons::PLAY,
            ViewCommand::ToggleCine,
            false,
            true,
            out,
        );
        return;
    };
    tool_ui(
        ui,
        context,
        icons::LOOP,
        ViewCommand::ToggleBounce,
        running.bounce,
        true,
        out,
    );
    let mut rate = running.rate;
    let drag = DragValue::new(&mut rate)
        .range(cine::RATE)
        .speed(0.2)
        .max_decimals(1)
        .suffix(" /s");
    let response = widgets::named(
        ui.add(drag),
        Role::SpinButton,
        context.t("viewer.cine-rate"),
    );
    if response.changed() {
        out.push(ViewerAction::SetCineRate(scene.cell, rate));
    }
    tool_ui(
        ui,
        context,
        icons::PAUSE,
        ViewCommand::ToggleCine,
        true,
        true,
        out,
    );
    if let Some(real) = running
        .real_rate()
        .filter(|real| *real < running.rate * 0.95)
    {
        let text = format!("{real:.1} /s");
        ui.label(
            RichText::new(text)
                .size(size::SMALL)
                .color(context.theme.warning),
        );
    }
}

fn sort_menu(ui: &mut Ui, context: &UiContext, scene: &Scene, out: &mut Vec<ViewerAction>) {
    let order = scene.stack.order;
    let usual = order == Default::default();
    // The choice is shown when it is not the default (V3).
    let words = if usual {
        icons::SORT.to_owned()
    } else {
        let turned = if order.reversed { " ↓" } else { "" };
        format!(
            "{}  {}{turned}",
            icons::SORT,
            context.texts.t(sort_name(order.key))
        )
    };
    let button = Button::new(RichText::new(words).size(size::BODY + 1.0))
        .frame_when_inactive(!usual)
        .min_size(Vec2::splat(space::CONTROL + 2.0));
    let (response, _) = egui::containers::menu::MenuButton::from_button(button)
        .ui(ui, |ui| sort_ui(ui, context, scene, out));
    let name = context.t("viewer.sort");
    widgets::named(response, Role::Button, name).on_hover_text(name);
}

/// The grid is picked by pointing at it (V1).
fn layout_ui(ui: &mut Ui, context: &UiContext, tab: &Tab, out: &mut Vec<ViewerAction>) {
    let now = tab.arrangement.layout;
    let words = format!("{}  {}×{}", icons::LAYOUT, now.rows, now.columns);
    let button = Button::new(RichText::new(words).size(size::BODY + 1.0))
        .frame_when_inactive(false)
        .min_size(Vec2::new(0.0, space::CONTROL + 2.0));
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        picker_ui(ui, context, now, out);
    });
    let name = context.t("viewer.layout");
    widgets::named(response, Role::Button, name).on_hover_text(name);
}

fn picker_ui(ui: &mut Ui, context: &UiContext, now: Layout, out: &mut Vec<ViewerAction>) {
    const SIDE: f32 = 30.0;
    const STEP: f32 = SIDE + 4.0;
    let theme = context.theme;
    let whole = Vec2::splat(STEP * Layout::SIDE_MAX as f32 - 4.0);
    let (area, _) = ui.allocate_exact_size(whole, Sense::hover());
    let place = |row: usize, column: usize| {
        let corner = area.min + Vec2::new(column as f32, row as f32) * STEP;
        Rect::from_min_size(corner, Vec2::splat(SIDE))
    };
    let mut pointed = now;
    let mut responses = Vec::new();
    for row in 0..Layout::SIDE_MAX {
        for column in 0..Layout::SIDE_MAX {
            let layout = Layout::new(row + 1, column + 1);
            let id = ui.scope_id().with(("layout", row, column));
            let response = ui.interact(place(row, column), id, Sense::click());
            let name = format!("{}×{}", layout.rows, layout.columns);
            let response = widgets::named(response, Role::Button, &name);
            if response.hovered() || response.has_focus() {
                pointed = layout;
            }
            if response.clicked() {
                out.push(ViewerAction::SetLayout(layout));
                ui.close();
            }
            responses.push((row, column));
        }
    }
    for (row, column) in responses {
        let within = row < pointed.rows && column < pointed.columns;
        let color = if within { theme.accent } else { theme.control };
        ui.painter().rect_filled(place(row, column), 3.0, color);
    }
    ui.add_space(space::TIGHT);
    ui.vertical_centered(|ui| ui.label(format!("{} × {}", pointed.rows, pointed.columns)));
}
