//! The scrollbar of a stack (V7): which slices are loaded, which were displayed, which were not yet.

use egui::{Rect, Role, Sense, Ui, WidgetInfo};

use super::scene::Scene;
use crate::ui::context::UiContext;
use crate::ui::widgets;
use crate::workspace::Workspace;
use crate::workspace::viewer::ViewerAction;

/// Width of the bar.
pub const WIDTH: f32 = 12.0;

/// Draws the bar beside a viewport; a press jumps, which leaves slices "not displayed".
pub fn scrollbar_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    scene: &Scene,
    place: Rect,
    out: &mut Vec<ViewerAction>,
) {
    let count = scene.stack.images.len();
    let id = ui.scope_id().with(("scrollbar", scene.cell));
    let response = ui.interact(place, id, Sense::click_and_drag());
    let number = scene.cell + 1;
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Slider, true, format!("Scrollbar {number}"));
        info.value = Some((scene.position + 1) as f64);
        info
    });
    let displayed = scene.stack.images.iter();
    let displayed = displayed.filter(|i| scene.tab.displayed.contains(&i.key()));
    let description = format!("displayed {}/{count}", displayed.count());
    widgets::describe(
        ui,
        response.id,
        &format!("scrollbar-{number}"),
        &description,
    );
    let track = place.shrink2(egui::vec2(4.0, 2.0));
    track_ui(ui, context, workspace, scene, track);
    let unit = track.height() / count as f32;
    let top = track.top() + unit * scene.position as f32;
    let height = unit.max(6.0).min(track.height());
    let top = top.min(track.bottom() - height);
    let thumb = Rect::from_min_size(
        egui::pos2(place.left() + 2.0, top),
        egui::vec2(place.width() - 4.0, height),
    );
    ui.painter().rect_filled(thumb, 2.0, context.theme.text);
    if let Some(at) = response.interact_pointer_pos() {
        let part = ((at.y - track.top()) / track.height()).clamp(0.0, 1.0);
        let position = ((part * count as f32) as usize).min(count - 1);
        if position != scene.cursor.position {
            out.push(ViewerAction::Jump(scene.cell, position));
        }
    }
}

/// Runs of slices in the same state, each one bar.
fn track_ui(ui: &Ui, context: &UiContext, workspace: &Workspace, scene: &Scene, track: Rect) {
    let theme = context.theme;
    let images = &scene.stack.images;
    let state = |index: usize| {
        let key = images[index].key();
        if scene.tab.displayed.contains(&key) {
            theme.accent
        } else if workspace.viewer.frame(&key).is_some() {
            theme.text_faint
        } else {
            theme.line
        }
    };
    let unit = track.height() / images.len() as f32;
    let mut start = 0;
    let mut color = state(0);
    let run = |from: usize, to: usize, color| {
        let y = |index: usize| track.top() + unit * index as f32;
        let bar = Rect::from_x_y_ranges(track.x_range(), y(from)..=y(to));
        ui.painter().rect_filled(bar, 0.0, color);
    };
    for index in 1..images.len() {
        let next = state(index);
        if next != color {
            run(start, index, color);
            (start, color) = (index, next);
        }
    }
    run(start, images.len(), color);
}
