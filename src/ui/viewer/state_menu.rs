//! The menu of states (P1): everything stored that is about the image of the active cell, with what tells states apart; none; none
//! for the series; as sent. Shift+G opens it over the cell; the panel and the context menu show the same rows.

use egui::{Area, Frame, Key, Order, Rect, RichText, Ui, Vec2};

use super::scene::Scene;
use crate::imaging::StoredState;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::workspace::viewer::{StatePick, ViewCommand, ViewerAction};

/// Width of the menu over a cell.
const WIDTH: f32 = 320.0;
/// Height at most; more states scroll.
const HEIGHT: f32 = 420.0;

/// The menu over the active cell.
pub fn menu_ui(
    ui: &mut Ui,
    context: &UiContext,
    scene: Option<&Scene>,
    grid: Rect,
    out: &mut Vec<ViewerAction>,
) {
    let closed = ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape));
    let area = Area::new(egui::Id::unique("viewer-state-menu"))
        .order(Order::Foreground)
        .fixed_pos(grid.min + Vec2::splat(space::LARGE));
    area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(WIDTH);
            ui.label(RichText::new(context.t("viewer.ps.menu")).strong());
            match scene {
                Some(scene) => rows_ui(ui, context, scene, out),
                None => {
                    ui.label(context.t("viewer.ps.no-states"));
                }
            }
        });
    });
    if closed {
        out.push(ViewerAction::Command(ViewCommand::ToggleStateMenu));
    }
}

/// One row a state, and the ways to have none.
pub fn rows_ui(ui: &mut Ui, context: &UiContext, scene: &Scene, out: &mut Vec<ViewerAction>) {
    let states = &scene.states;
    if states.available.is_empty() {
        ui.label(RichText::new(context.t("viewer.ps.no-states")).color(context.theme.text_weak));
        return;
    }
    let mut pick = |pick: Option<StatePick>| out.push(ViewerAction::PickState(scene.cell, pick));
    egui::ScrollArea::vertical()
        .max_height(HEIGHT)
        .id_salt("states")
        .show(ui, |ui| {
            for state in &states.available {
                let chosen = states
                    .chosen
                    .is_some_and(|c| c.sop_instance_uid == state.sop_instance_uid);
                if state_ui(ui, context, state, chosen) {
                    pick(Some(StatePick::State(state.sop_instance_uid.clone())));
                }
            }
        });
    ui.separator();
    if ui.button(context.t("viewer.ps.as-sent")).clicked() {
        pick(None);
    }
    let none = states.chosen.is_none();
    if ui
        .selectable_label(none, context.t("viewer.ps.none"))
        .clicked()
    {
        let uid = scene.image.instance.sop_instance_uid.clone();
        pick(Some(StatePick::NoneForImage(uid)));
    }
    if ui.button(context.t("viewer.ps.none-series")).clicked() {
        pick(Some(StatePick::NoneForSeries));
    }
}

/// Label, creator and date, then the description; true when it was picked.
fn state_ui(ui: &mut Ui, context: &UiContext, state: &StoredState, chosen: bool) -> bool {
    let picked = ui.radio(chosen, title(state)).clicked();
    let mut small = |text: &str, color| {
        if !text.is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(24.0);
                ui.label(RichText::new(text).size(size::SMALL).color(color));
            });
        }
    };
    small(&state.description, context.theme.text_weak);
    if let Err(problem) = &state.state {
        small(&problem.to_string(), context.theme.failure);
    }
    picked
}

/// `LABEL  creator  2006-11-02 10:15`
fn title(state: &StoredState) -> String {
    let when = format!("{} {}", state.readable_date(), state.readable_time());
    let words = [state.title(), &state.creator, when.trim()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join("  ")
}
