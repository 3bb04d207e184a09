//! The viewer's screen: grid of viewports, tools, series bar.

use super::context::{UiContext, ViewCounters};
use crate::workspace::{Action, Workspace};

/// Draws the viewer into what the shell leaves.
pub fn viewer_ui(
    ui: &mut egui::Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let _ = (ui, context, workspace, actions);
}

/// Counters of T2 that the viewer keeps.
pub fn counters(context: &UiContext, workspace: &Workspace) -> ViewCounters {
    let _ = (context, workspace);
    ViewCounters::default()
}

/// The viewer's bindings for the list of F1.
pub fn help_bindings() -> Vec<crate::workspace::bindings::Binding> {
    Vec::new()
}
