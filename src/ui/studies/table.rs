//! The table named `Studies`: only visible rows are drawn; the keyboard moves a choice that arriving studies do not move.

use egui::{
    EventFilter, Id, Key, Modifiers, Rect, Response, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2,
    WidgetInfo, pos2,
};
use jiff::tz::TimeZone;

use super::cells::{self, RowPlace};
use super::columns::{self, Placed};
use super::{header, menu};
use crate::engine::StudyRow;
use crate::ui::context::UiContext;
use crate::ui::theme::{radius, space};
use crate::ui::{format, widgets};
use crate::workspace::columns::Column;
use crate::workspace::studies::{Motion, RowId, RowRef, Select, StudiesAction};
use crate::workspace::{Action, FileAction, Workspace};

/// What the table remembers between frames: the last wish to reveal a row that was fulfilled.
#[derive(Clone, Copy, Default)]
struct Revealed(u64);

/// The id that has the keyboard focus while the table has it.
pub fn focus_id() -> Id {
    Id::unique("studies-table")
}

/// Draws the table.
pub fn table_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let bar = ui.spacing().scroll.allocated_width();
    let width = ui.available_width() - bar - space::TIGHT;
    let placed = columns::place(&workspace.preferences.columns, width);
    let total = columns::total_width(&placed).max(width);
    ScrollArea::horizontal()
        .id_salt("studies-sideways")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_width(total + bar);
            header::header_ui(ui, context, workspace, &placed, total, actions);
            let place = ui.available_rect_before_wrap();
            let table = ui.interact(place, focus_id(), Sense::focusable_noninteractive());
            table.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Studies"));
            describe_table(ui, &table, workspace);
            table_keys(ui, &table, workspace, place, actions);
            let body = UiBuilder::new().accessibility_parent(table.id);
            ui.scope_builder(body, |ui| {
                rows_ui(ui, context, workspace, &placed, total, actions);
            });
            if table.has_focus() {
                let edge = place.left_top() + Vec2::new(0.0, 0.5);
                let line = context.theme.focus_ring();
                ui.painter().hline(edge.x..=edge.x + total, edge.y, line);
            }
        });
}

fn describe_table(ui: &Ui, table: &Response, workspace: &Workspace) {
    let studies = &workspace.studies;
    let description = format!(
        "total={} chosen={} search={:?}",
        studies.rows.total,
        studies.chosen.len(),
        studies.filter.search
    );
    widgets::describe(ui, table.id, "studies", &description);
}

fn rows_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    placed: &[Placed],
    width: f32,
    actions: &mut Vec<Action>,
) {
    let studies = &workspace.studies;
    let zone = TimeZone::system();
    let mut area = ScrollArea::vertical()
        .id_salt("studies-rows")
        .auto_shrink(false);
    if let Some(offset) = reveal_offset(ui, workspace) {
        area = area.vertical_scroll_offset(offset);
    }
    let count = usize::try_from(studies.rows.len()).unwrap_or(usize::MAX);
    area.show_rows(ui, space::ROW, count, |ui, visible| {
        remember_window(ui, visible.clone());
        let seen = visible.start as u64..visible.end as u64;
        if seen != *studies.visible() {
            actions.push(Action::Studies(StudiesAction::Look(seen)));
        }
        for place in visible {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width, space::ROW), Sense::hover());
            let row_place = RowPlace {
                rect,
                columns: placed,
                zone: &zone,
            };
            row_ui(ui, context, workspace, place as u64, &row_place, actions);
        }
    });
}

fn row_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    at: u64,
    place: &RowPlace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let studies = &workspace.studies;
    let row = studies.rows.row(at);
    let Some(id) = row.id() else {
        let bar = Rect::from_min_size(
            place.rect.left_center() + Vec2::new(26.0, -3.0),
            Vec2::new(180.0, 6.0),
        );
        ui.painter().rect_filled(bar, 3.0, theme.row_hovered);
        return;
    };
    // Rows are not stops of the Tab key: the table is one, and the arrows move within it.
    let response = ui.interact(place.rect, ui.scope_id().with(&id), Sense::CLICK);
    let cursor = studies.cursor.as_ref() == Some(&id);
    let chosen = match &id {
        RowId::Study(study) => {
            studies.chosen.contains(study)
                && (cursor || studies.chosen.len() > 1 || is_study(studies.cursor.as_ref()))
        }
        _ => cursor,
    };
    let fill = match (chosen, response.hovered()) {
        (true, _) => Some(theme.selection),
        (false, true) => Some(theme.row_hovered),
        (false, false) => None,
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(place.rect, radius::CONTROL, fill);
    }
    match row {
        RowRef::Study(row) => cells::study_cells(ui, context, studies, row, place),
        RowRef::Series(row) => {
            cells::series_cells(ui, context, row, studies.rows.is_expanded(&id), place);
        }
        RowRef::Instance(row) => cells::instance_cells(ui, context, row, place),
        RowRef::Loading => {}
    }
    name_row(ui, &response, workspace, &id, row, chosen);
    row_input(ui, &response, place, &id, chosen, workspace, actions);
    let study = studies.rows.study(id.study());
    response.context_menu(|ui| menu::row_menu_ui(ui, context, &id, study, actions));
}

fn is_study(id: Option<&RowId>) -> bool {
    matches!(id, None | Some(RowId::Study(_)))
}

fn name_row(
    ui: &Ui,
    response: &Response,
    workspace: &Workspace,
    id: &RowId,
    row: RowRef,
    chosen: bool,
) {
    let (name, author, description) = match row {
        RowRef::Study(study) => (
            study_name(study),
            format!("study-{}", study.study_instance_uid),
            format!(
                "series={} images={} new={} receiving={} conflicts={} pinned={} expanded={}",
                study.series_count,
                study.instance_count,
                mark(!study.opened),
                mark(workspace.studies.is_receiving(study)),
                study.conflict_count,
                mark(study.pinned),
                mark(workspace.studies.rows.is_expanded(id)),
            ),
        ),
        RowRef::Series(series) => (
            format!("{} {}", series.modality, series.series_description),
            format!("series-{}", series.series_instance_uid),
            format!("images={}", series.instance_count),
        ),
        RowRef::Instance(instance) => (
            instance.sop_instance_uid.to_string(),
            format!("instance-{}", instance.sop_instance_uid),
            format!("frames={}", instance.frames),
        ),
        RowRef::Loading => return,
    };
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, &name));
    widgets::describe(ui, response.id, &author, &description);
}

/// What a study's row is called: patient, modalities, date.
fn study_name(row: &StudyRow) -> String {
    [
        format::person_name(&row.patient_name),
        row.modalities.join(" "),
        format::date(&row.study_date),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" · ")
}

fn mark(yes: bool) -> char {
    if yes { 'Y' } else { 'N' }
}

fn row_input(
    ui: &Ui,
    response: &Response,
    place: &RowPlace,
    id: &RowId,
    chosen: bool,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    if !(response.clicked() || response.secondary_clicked()) {
        return;
    }
    ui.memory_mut(|memory| memory.request_focus(focus_id()));
    let modifiers = ui.input(|input| input.modifiers);
    let select = if modifiers.shift {
        Select::Through
    } else if modifiers.command {
        Select::Toggle
    } else {
        Select::Only
    };
    if !(response.secondary_clicked() && chosen) {
        actions.push(Action::Studies(StudiesAction::Choose(id.clone(), select)));
    }
    let on_caret = response.interact_pointer_pos().is_some_and(|pointer| {
        let status = place.columns.iter().find(|p| p.column == Column::Status);
        let indent = match id {
            RowId::Study(_) => status.map_or(-100.0, |placed| placed.span.min),
            RowId::Series(..) => 22.0,
            RowId::Instance(..) => -100.0,
        };
        let caret = Rect::from_min_size(
            pos2(place.rect.left() + indent, place.rect.top()),
            Vec2::new(20.0, place.rect.height()),
        );
        caret.contains(pointer)
    });
    if response.clicked() && on_caret {
        let expanded = workspace.studies.rows.is_expanded(id);
        actions.push(Action::Studies(StudiesAction::Expand(
            id.clone(),
            !expanded,
        )));
    } else if response.double_clicked() {
        actions.push(Action::Studies(StudiesAction::Open(id.study().clone())));
    }
}

/// Where the table must scroll to when the choice moved out of sight.
fn reveal_offset(ui: &Ui, workspace: &Workspace) -> Option<f32> {
    let (place, wish) = workspace.studies.reveal;
    let memory = Id::unique("studies-revealed");
    let done = ui
        .data(|data| data.get_temp::<Revealed>(memory))
        .unwrap_or_default();
    if done.0 == wish {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(memory, Revealed(wish)));
    let window = ui.data(|data| data.get_temp::<Window>(Id::unique("studies-window")))?;
    let rows = ((ui.available_height() / space::ROW).floor() as u64).max(1);
    if place < window.first {
        Some(place as f32 * space::ROW)
    } else if place >= (window.first + rows).saturating_sub(1) {
        Some((place + 1).saturating_sub(rows) as f32 * space::ROW)
    } else {
        None
    }
}

/// The rows seen last.
#[derive(Clone, Copy)]
struct Window {
    first: u64,
}

fn remember_window(ui: &Ui, visible: std::ops::Range<usize>) {
    let window = Window {
        first: visible.start as u64,
    };
    ui.data_mut(|data| data.insert_temp(Id::unique("studies-window"), window));
}

/// The keys of the table, while it has the focus or nothing has.
fn table_keys(
    ui: &Ui,
    table: &Response,
    workspace: &Workspace,
    place: Rect,
    actions: &mut Vec<Action>,
) {
    if workspace.sheet_is_open() {
        return;
    }
    let focused = ui.memory(|memory| memory.focused());
    match focused {
        // The arrows shall move through the list as soon as it is there.
        None => ui.memory_mut(|memory| memory.request_focus(table.id)),
        Some(id) if id == table.id => {}
        Some(_) => return,
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(table.id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let page = ((place.height() / space::ROW).floor() as i64 - 1).max(1);
    let motions = [
        (Key::ArrowDown, Motion::By(1)),
        (Key::ArrowUp, Motion::By(-1)),
        (Key::PageDown, Motion::By(page)),
        (Key::PageUp, Motion::By(-page)),
        (Key::Home, Motion::First),
        (Key::End, Motion::Last),
    ];
    for (key, motion) in motions {
        while pressed(key) {
            actions.push(Action::Studies(StudiesAction::Move(motion)));
        }
    }
    let Some(cursor) = &workspace.studies.cursor else {
        return;
    };
    for (key, expanded) in [(Key::ArrowRight, true), (Key::ArrowLeft, false)] {
        if pressed(key) {
            actions.push(Action::Studies(StudiesAction::Expand(
                cursor.clone(),
                expanded,
            )));
        }
    }
    if pressed(Key::Enter) {
        actions.push(Action::Studies(StudiesAction::Open(cursor.study().clone())));
    }
    if pressed(Key::Delete) {
        actions.push(Action::Files(FileAction::AskDelete));
    }
    if pressed(Key::P)
        && let Some(row) = workspace.studies.current_study()
    {
        let pin = FileAction::Pin(row.study_instance_uid.clone(), !row.pinned);
        actions.push(Action::Files(pin));
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::E)) {
        actions.push(Action::Files(FileAction::OpenExport));
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::S)) {
        actions.push(Action::Files(FileAction::OpenSend));
    }
}
