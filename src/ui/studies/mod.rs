//! The Studies screen: the local store as a table (workstation.md section 2).

use egui::Ui;

use super::context::UiContext;
use crate::workspace::studies::StudiesAction;
use crate::workspace::{Action, Workspace};

/// Draws the screen.
pub fn studies_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let _ = context;
    for (_, row) in workspace.studies.rows.studies() {
        if ui
            .button(super::format::person_name(&row.patient_name))
            .clicked()
        {
            let study = row.study_instance_uid.clone();
            actions.push(Action::Studies(StudiesAction::Open(study)));
        }
    }
}
