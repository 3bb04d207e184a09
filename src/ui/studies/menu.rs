//! Menus of the study list: what can be done to a row, and which columns are shown.

use egui::Ui;

use crate::engine::StudyRow;
use crate::ui::context::UiContext;
use crate::ui::theme::space;
use crate::ui::{icons, widgets};
use crate::workspace::columns::ColumnChoice;
use crate::workspace::studies::{RowId, StudiesAction};
use crate::workspace::{Action, FileAction, ShellAction, Workspace};

/// The context menu of a row.
pub fn row_menu_ui(
    ui: &mut Ui,
    context: &UiContext,
    id: &RowId,
    row: Option<&StudyRow>,
    actions: &mut Vec<Action>,
) {
    let entry = |ui: &mut Ui, icon: &str, key: &str| {
        let clicked = widgets::button(ui, icon, context.texts.t(key)).clicked();
        if clicked {
            ui.close();
        }
        clicked
    };
    ui.set_min_width(190.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.style_mut().visuals.button_frame = false;
    if entry(ui, icons::VIEWER, "studies.open") {
        let study = id.study().clone();
        actions.push(Action::Studies(StudiesAction::Open(study)));
    }
    if entry(ui, icons::SEND, "studies.send") {
        actions.push(Action::Files(FileAction::OpenSend));
    }
    if entry(ui, icons::EXPORT, "studies.export") {
        actions.push(Action::Files(FileAction::OpenExport));
    }
    if let Some(row) = row {
        let (icon, key) = if row.pinned {
            (icons::UNPIN, "studies.unpin")
        } else {
            (icons::PIN, "studies.pin")
        };
        if entry(ui, icon, key) {
            let study = row.study_instance_uid.clone();
            actions.push(Action::Files(FileAction::Pin(study, !row.pinned)));
        }
    }
    if entry(ui, icons::COPY, "studies.copy-uid") {
        ui.copy_text(uid_text(id));
    }
    ui.separator();
    if entry(ui, icons::DELETE, "studies.delete") {
        actions.push(Action::Files(FileAction::AskDelete));
    }
}

fn uid_text(id: &RowId) -> String {
    match id {
        RowId::Study(study) => study.to_string(),
        RowId::Series(_, series) => series.to_string(),
        RowId::Instance(_, _, instance) => instance.to_string(),
    }
}

/// The list of columns: shown or not, and in which order.
pub fn columns_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let columns = &workspace.preferences.columns;
    let mut changed: Option<Vec<ColumnChoice>> = None;
    ui.set_min_width(230.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    for (index, choice) in columns.iter().enumerate() {
        let title = context.texts.t(choice.column.facts().title);
        ui.horizontal(|ui| {
            let mut shown = choice.shown;
            if ui.checkbox(&mut shown, title).changed() {
                changed.get_or_insert_with(|| columns.clone())[index].shown = shown;
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let down = context.texts.fill("columns.down", &[("column", title)]);
                let up = context.texts.fill("columns.up", &[("column", title)]);
                ui.spacing_mut().item_spacing.x = space::TIGHT;
                let last = index + 1 == columns.len();
                ui.add_enabled_ui(!last, |ui| {
                    if widgets::icon_button(ui, icons::DOWN, &down).clicked() {
                        changed
                            .get_or_insert_with(|| columns.clone())
                            .swap(index, index + 1);
                    }
                });
                ui.add_enabled_ui(index > 0, |ui| {
                    if widgets::icon_button(ui, icons::UP, &up).clicked() {
                        changed
                            .get_or_insert_with(|| columns.clone())
                            .swap(index, index - 1);
                    }
                });
            });
        });
    }
    ui.separator();
    if widgets::button(ui, icons::UNDO, context.texts.t("columns.reset")).clicked() {
        changed = Some(ColumnChoice::defaults());
    }
    if let Some(columns) = changed {
        actions.push(Action::Shell(ShellAction::SetColumns(columns)));
    }
}
