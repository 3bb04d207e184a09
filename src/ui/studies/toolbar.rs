//! Search, filters, import: the two rows over the study list.

use egui::{
    Align, ComboBox, Id, Key, KeyboardShortcut, Layout, Modifiers, RichText, Role, TextEdit, Ui,
    Vec2,
};

use super::menu;
use crate::ui::context::UiContext;
use crate::ui::filter_chips::{self, Choice, Chosen};
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::import::ImportAction;
use crate::workspace::studies::{StudiesAction, StudiesView};
use crate::workspace::{Action, ShellAction, Workspace};

/// Draws both rows.
pub fn toolbar_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 10.0;
    ui.horizontal(|ui| {
        search_ui(ui, context, workspace, actions);
        let studies = &workspace.studies;
        if studies.loaded {
            let count = context.texts.count("studies.count", studies.rows.total);
            ui.label(RichText::new(count).color(context.theme.text_weak));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            right_ui(ui, context, workspace, actions);
        });
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 6.0);
        filters_ui(ui, context, workspace, actions);
    });
}

fn search_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let id = Id::unique("studies-search");
    let find = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
    if ui.input_mut(|input| input.consume_shortcut(&find)) {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let mut text = workspace.studies.filter.search.clone();
    let icon = RichText::new(icons::SEARCH).color(context.theme.text_faint);
    let field = TextEdit::singleline(&mut text)
        .id(id)
        .prefix(icon)
        .hint_text(context.t("studies.search-hint").to_owned())
        .desired_width((ui.available_width() * 0.42).clamp(220.0, 520.0))
        .margin(egui::Margin::symmetric(10, 6));
    let response = ui.add(field);
    let changed = response.changed();
    let down = response.has_focus() && ui.input(|input| input.key_pressed(Key::ArrowDown));
    widgets::named(response, Role::SearchInput, context.t("studies.search"));
    if changed {
        actions.push(Action::Studies(StudiesAction::Search(text)));
    }
    if down {
        ui.memory_mut(|memory| memory.request_focus(super::table::focus_id()));
    }
}

/// From the right: import, columns, preview, conflicts.
fn right_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    if widgets::primary_button(ui, theme, icons::IMPORT, context.t("import.button")).clicked() {
        actions.push(Action::Import(ImportAction::Open));
    }
    let preview = context.t("studies.preview");
    if widgets::icon_button(ui, icons::LAYOUT, preview).clicked() {
        actions.push(Action::Shell(ShellAction::TogglePreview));
    }
    let columns = context.t("columns.title");
    let menu = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = egui::Button::new(RichText::new(icons::COLUMNS).size(size::HEADING))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(space::CONTROL));
    let (response, _) = egui::containers::menu::MenuButton::from_button(button)
        .config(menu)
        .ui(ui, |ui| menu::columns_ui(ui, context, workspace, actions));
    widgets::named(response, Role::Button, columns).on_hover_text(columns);
    let conflicts = workspace.studies.conflicts.len();
    if conflicts > 0 {
        conflicts_button_ui(ui, context, workspace, conflicts, actions);
    }
}

fn conflicts_button_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    count: usize,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let shown = workspace.studies.view == StudiesView::Conflicts;
    let name = context.texts.count("conflicts.count", count as u64);
    let (fill, color) = if shown {
        (theme.failure, theme.on_failure)
    } else {
        (egui::Color32::TRANSPARENT, theme.failure)
    };
    let words = RichText::new(format!("{}  {name}", icons::WARNING)).color(color);
    let button = egui::Button::new(words)
        .fill(fill)
        .stroke(egui::Stroke::new(1.0, theme.failure))
        .min_size(Vec2::new(0.0, space::CONTROL));
    let response = ui.add(button);
    widgets::focus_ring(ui, theme, &response);
    if widgets::named(response, Role::Button, &name).clicked() {
        let view = if shown {
            StudiesView::List
        } else {
            StudiesView::Conflicts
        };
        actions.push(Action::Studies(StudiesAction::Show(view)));
    }
}

fn filters_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let filter = &workspace.studies.filter;
    let chosen = Chosen {
        period: filter.period,
        from: &filter.from,
        to: &filter.to,
        modalities: &filter.modalities,
    };
    filter_chips::chips_ui(ui, context, &chosen, |choice| {
        actions.push(Action::Studies(match choice {
            Choice::Period(period) => StudiesAction::SetPeriod(period),
            Choice::Dates(from, to) => StudiesAction::SetDates(from, to),
            Choice::Modality(modality) => StudiesAction::ToggleModality(modality),
            // The list follows what is typed.
            Choice::Entered => return,
        }));
    });
    ui.add_space(space::SMALL);
    source_ui(ui, context, workspace, actions);
    let conflicts = context.t("studies.conflicts-only");
    if widgets::chip(ui, theme, conflicts, conflicts, filter.conflicts_only).clicked() {
        actions.push(Action::Studies(StudiesAction::ToggleConflictsOnly));
    }
    if !filter.is_neutral()
        && widgets::button(ui, icons::CLOSE, context.t("studies.clear")).clicked()
    {
        actions.push(Action::Studies(StudiesAction::ClearFilter));
    }
}

fn source_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let studies = &workspace.studies;
    let all = context.t("studies.all-sources");
    let chosen = if studies.filter.source.is_empty() {
        all
    } else {
        studies.filter.source.as_str()
    };
    let combo = ComboBox::from_id_salt("studies-source")
        .selected_text(chosen)
        .show_ui(ui, |ui| {
            let sources = std::iter::once("").chain(studies.sources.iter().map(String::as_str));
            for source in sources {
                let text = if source.is_empty() { all } else { source };
                if ui
                    .selectable_label(studies.filter.source == source, text)
                    .clicked()
                {
                    let action = StudiesAction::SetSource(source.to_owned());
                    actions.push(Action::Studies(action));
                }
            }
        });
    let id = combo.response.id;
    widgets::named(combo.response, Role::ComboBox, context.t("studies.source"));
    widgets::describe(ui, id, "studies-source", chosen);
}
