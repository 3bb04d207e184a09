//! The Studies screen: the local store as a table (workstation.md section 2).

mod cells;
mod columns;
mod conflicts;
mod empty;
mod header;
mod menu;
mod preview;
mod table;
mod toolbar;

use egui::{Frame, Margin, Panel, Ui};

use super::context::UiContext;
use super::theme::space;
use crate::workspace::studies::StudiesView;
use crate::workspace::{Action, Workspace};

/// Width of the panel with thumbnails.
const PREVIEW_WIDTH: f32 = 260.0;

/// Draws the screen.
pub fn studies_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let tools = Frame::new()
        .fill(theme.ground)
        .inner_margin(Margin::symmetric(16, 12));
    Panel::top("studies-tools")
        .frame(tools)
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| {
            toolbar::toolbar_ui(ui, context, workspace, actions)
        });
    let studies = &workspace.studies;
    if studies.view == StudiesView::Conflicts {
        conflicts::conflicts_ui(ui, context, workspace, actions);
        return;
    }
    if studies.store_is_empty() {
        empty::first_start_ui(ui, context, workspace, actions);
        return;
    }
    if workspace.preferences.preview {
        let panel = Frame::new()
            .fill(theme.panel)
            .inner_margin(Margin::same(12));
        Panel::right("studies-preview")
            .exact_size(PREVIEW_WIDTH)
            .frame(panel)
            .resizable(false)
            .show_separator_line(false)
            .show(ui, |ui| {
                preview::preview_ui(ui, context, workspace, actions)
            });
    }
    let list = Frame::new().inner_margin(Margin {
        left: space::MEDIUM as i8,
        right: space::SMALL as i8,
        top: 0,
        bottom: 0,
    });
    egui::CentralPanel::no_frame().frame(list).show(ui, |ui| {
        if studies.loaded && studies.rows.is_empty() {
            empty::no_results_ui(ui, context, workspace, actions);
        } else {
            table::table_ui(ui, context, workspace, actions);
        }
    });
}
