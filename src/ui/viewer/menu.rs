//! The context menu of a viewport: windows, view, sorting; texts and shortcuts from the bindings table.

use egui::{Button, Response, Ui};

use super::scene::Scene;
use super::state_menu;
use crate::imaging::stack::{SortKey, SortOrder};
use crate::ui::context::UiContext;
use crate::workspace::viewer::bindings::{self, BINDINGS, Deed};
use crate::workspace::viewer::window_level::presets;
use crate::workspace::viewer::{ViewCommand, ViewerAction};

const VIEW: [ViewCommand; 9] = [
    ViewCommand::Fit,
    ViewCommand::OneToOne,
    ViewCommand::RotateLeft,
    ViewCommand::RotateRight,
    ViewCommand::FlipHorizontally,
    ViewCommand::FlipVertically,
    ViewCommand::Invert,
    ViewCommand::NextInterpolation,
    ViewCommand::Reset,
];

/// Opens at a right click that did not move.
pub fn context_menu(
    response: &Response,
    context: &UiContext,
    scene: &Scene,
    out: &mut Vec<ViewerAction>,
) {
    response.context_menu(|ui| {
        ui.set_min_width(220.0);
        windows(ui, context, scene, out);
        ui.separator();
        for command in VIEW {
            command_ui(ui, context, command, out);
        }
        ui.separator();
        command_ui(ui, context, ViewCommand::SaveState, out);
        if !scene.states.available.is_empty() {
            ui.separator();
            ui.menu_button(context.t("viewer.ps.menu"), |ui| {
                state_menu::rows_ui(ui, context, scene, out);
            });
        }
        ui.separator();
        ui.menu_button(context.t("viewer.sort"), |ui| {
            sort_ui(ui, context, scene, out)
        });
    });
}

fn windows(ui: &mut Ui, context: &UiContext, scene: &Scene, out: &mut Vec<ViewerAction>) {
    for command in [
        ViewCommand::WindowAsSent,
        ViewCommand::NextWindow,
        ViewCommand::AutoWindow,
    ] {
        command_ui(ui, context, command, out);
    }
    for preset in presets(&scene.image.instance.technique.modality) {
        let words = format!(
            "{}  {} / {}",
            context.texts.t(preset.name),
            preset.width,
            preset.center
        );
        item(ui, &words, Some(preset.key.to_string()), || {
            out.push(ViewerAction::Command(ViewCommand::Preset(preset.key)));
        });
    }
}

/// The help line of a command, from the table.
pub fn help_key(command: ViewCommand) -> &'static str {
    let row = BINDINGS.iter().find(|row| row.deed == Deed::Do(command));
    row.map_or("", |row| row.help)
}

fn command_ui(ui: &mut Ui, context: &UiContext, command: ViewCommand, out: &mut Vec<ViewerAction>) {
    let words = context.texts.t(help_key(command));
    item(ui, words, bindings::shortcut(command), || {
        out.push(ViewerAction::Command(command));
    });
}

fn item(ui: &mut Ui, words: &str, shortcut: Option<String>, then: impl FnOnce()) {
    let button = Button::new(words).shortcut_text(shortcut.unwrap_or_default());
    if ui.add(button).clicked() {
        then();
        ui.close();
    }
}

/// Key of the name of an order.
pub fn sort_name(key: SortKey) -> &'static str {
    match key {
        SortKey::Position => "viewer.sort.position",
        SortKey::InstanceNumber => "viewer.sort.instance",
        SortKey::AcquisitionTime => "viewer.sort.time",
        SortKey::EchoTime => "viewer.sort.echo",
        SortKey::TriggerTime => "viewer.sort.trigger",
    }
}

/// The orders of a stack, and their reverse (V3).
pub fn sort_ui(ui: &mut Ui, context: &UiContext, scene: &Scene, out: &mut Vec<ViewerAction>) {
    let now = scene.stack.order;
    for key in SortKey::ALL {
        if ui
            .radio(now.key == key, context.texts.t(sort_name(key)))
            .clicked()
        {
            let order = SortOrder { key, ..now };
            out.push(ViewerAction::Sort(scene.cell, order));
            ui.close();
        }
    }
    ui.separator();
    let mut reversed = now.reversed;
    if ui
        .checkbox(&mut reversed, context.t("viewer.sort.reversed"))
        .changed()
    {
        let order = SortOrder { reversed, ..now };
        out.push(ViewerAction::Sort(scene.cell, order));
        ui.close();
    }
}
