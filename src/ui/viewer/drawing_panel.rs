//! The list of what was drawn on the image of the active cell, with every value: usable without a mouse.

use egui::{Align, Layout, RichText, ScrollArea, Ui};

use super::scene::Scene;
use super::{drawing_tools, drawings, measured, planned};
use crate::imaging::DisplayPlan;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::Workspace;
use crate::workspace::viewer::drawing::DrawAction;
use crate::workspace::viewer::{ViewCommand, ViewerAction};

/// Width of the panel.
pub const WIDTH: f32 = 240.0;
/// A canvas for values alone: they do not depend on it.
const ANY_CANVAS: (u32, u32) = (64, 64);

/// Draws the list.
pub fn panel_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    scene: Option<&Scene>,
    out: &mut Vec<ViewerAction>,
) {
    ui.add_space(space::MEDIUM);
    ui.label(RichText::new(context.t("viewer.draw.panel")).size(size::HEADING));
    let plan = scene.and_then(|scene| {
        let slot = u64::MAX - scene.cell as u64;
        let planned = planned::planned(ui.ctx(), slot, scene, &scene.adjustments, ANY_CANVAS)?;
        Some((scene, planned))
    });
    let shapes = plan
        .as_ref()
        .map_or(0, |(scene, _)| scene.tab.drawings(&scene.key).len());
    let Some((scene, planned)) = plan.filter(|_| shapes > 0) else {
        ui.label(RichText::new(context.t("viewer.draw.none")).color(context.theme.text_weak));
        return;
    };
    ScrollArea::vertical().id_salt("drawings").show(ui, |ui| {
        for index in 0..shapes {
            row_ui(ui, context, workspace, (scene, &planned.plan, index), out);
        }
    });
}

fn row_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    (scene, plan, index): (&Scene, &DisplayPlan, usize),
    out: &mut Vec<ViewerAction>,
) {
    let shape = &scene.tab.drawings(&scene.key)[index];
    let selected = &workspace.viewer.drawing.selected;
    let on = selected
        .as_ref()
        .is_some_and(|(key, at)| *key == scene.key && *at == index);
    let name = context.texts.t(drawings::name_key(shape.kind));
    ui.horizontal(|ui| {
        let words = format!("{}  {}  {name}", drawing_tools::icon(shape.kind), index + 1);
        let row = widgets::named(
            ui.selectable_label(on, words),
            egui::Role::Button,
            &format!("{} {name}", index + 1),
        );
        if row.clicked() {
            let index = (!on).then_some(index);
            out.push(ViewerAction::Draw(DrawAction::Select(scene.cell, index)));
        }
        if on {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let delete = context.t("viewer.draw.delete");
                if widgets::icon_button(ui, icons::DELETE, delete).clicked() {
                    out.push(ViewerAction::Command(ViewCommand::DeleteDrawing));
                }
            });
        }
    });
    let words = measured::lines(ui.ctx(), scene, plan, shape, false);
    let left = space::LARGE as i8;
    let indented = egui::Frame::new().inner_margin(egui::Margin {
        left,
        ..egui::Margin::ZERO
    });
    indented.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for line in words.iter() {
            let text = RichText::new(line).size(size::SMALL);
            ui.add(egui::Label::new(text.color(context.theme.text_weak)).wrap());
        }
    });
}
