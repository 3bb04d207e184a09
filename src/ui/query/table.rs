//! The table named `Answers`: only visible rows are drawn; the keyboard moves a choice that arriving answers do not move.

use egui::{
    Align2, EventFilter, Id, Key, Modifiers, Rangef, Rect, Response, Role, ScrollArea, Sense, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2,
};

use super::cells::{self, RowPlace};
use super::columns::{self, Column, Facts};
use super::foot;
use crate::engine::Level;
use crate::ui::context::UiContext;
use crate::ui::theme::{radius, size, space};
use crate::ui::{icons, widgets};
use crate::workspace::query::{Children, Entry, QueryAction};
use crate::workspace::studies::{Motion, Select};
use crate::workspace::{Action, Workspace};

const HEADER: f32 = 30.0;

/// The id that has the keyboard focus while the table has it.
pub fn focus_id() -> Id {
    Id::unique("query-table")
}

/// Draws the table.
pub fn table_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let bar = ui.spacing().scroll.allocated_width();
    let width = (ui.available_width() - bar - space::TIGHT).max(columns::least_width());
    let placed = columns::place(width);
    ScrollArea::horizontal()
        .id_salt("query-sideways")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_width(width + bar);
            header_ui(ui, context, workspace, &placed, width, actions);
            let place = ui.available_rect_before_wrap();
            let table = ui.interact(place, focus_id(), Sense::focusable_noninteractive());
            table.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Answers"));
            let query = &workspace.query;
            let description = format!(
                "studies={} rows={} chosen={}",
                query.results.study_count(),
                query.results.len(),
                query.chosen.len()
            );
            widgets::describe(ui, table.id, "answers", &description);
            table_keys(ui, &table, workspace, place, actions);
            ui.scope_builder(UiBuilder::new().accessibility_parent(table.id), |ui| {
                rows_ui(ui, context, workspace, &placed, width, actions);
            });
            if table.has_focus() {
                let edge = place.left_top() + Vec2::new(0.0, 0.5);
                let line = context.theme.focus_ring();
                ui.painter().hline(edge.x..=edge.x + width, edge.y, line);
            }
        });
}

fn header_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    placed: &[(&'static Facts, Rangef)],
    width: f32,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let results = &workspace.query.results;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, HEADER), Sense::hover());
    for (facts, span) in placed {
        let title = context.texts.t(facts.title);
        let cell = Rect::from_min_max(
            pos2(rect.left() + span.min, rect.top()),
            pos2(rect.left() + span.max, rect.bottom() - 1.0),
        );
        let id = ui.scope_id().with(("query-column", facts.column));
        let response = ui.interact(cell, id, Sense::click());
        let sorted = facts.sort == Some(results.sort);
        let arrow = match (sorted, results.descending) {
            (false, _) => "",
            (true, true) => icons::SORT_DOWN,
            (true, false) => icons::SORT_UP,
        };
        let (text, align) = if facts.right {
            (format!("{arrow} {title}"), Align2::RIGHT_CENTER)
        } else {
            (format!("{title} {arrow}"), Align2::LEFT_CENTER)
        };
        let color = if sorted || response.hovered() {
            theme.text
        } else {
            theme.text_weak
        };
        widgets::clipped_text(ui, cell, align, text.trim(), size::SMALL, color);
        widgets::focus_ring(ui, theme, &response);
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, title));
        if let Some(sort) = facts.sort.filter(|_| response.clicked()) {
            actions.push(Action::Query(QueryAction::Sort(sort)));
        }
    }
    let line = egui::Stroke::new(1.0, theme.outline);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
}

fn rows_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    placed: &[(&'static Facts, Rangef)],
    width: f32,
    actions: &mut Vec<Action>,
) {
    let query = &workspace.query;
    let mut area = ScrollArea::vertical()
        .id_salt("query-rows")
        .auto_shrink(false);
    if let Some(offset) = reveal_offset(ui, workspace) {
        area = area.vertical_scroll_offset(offset);
    }
    let count = usize::try_from(query.results.len()).unwrap_or(usize::MAX);
    area.show_rows(ui, space::ROW, count, |ui, visible| {
        let seen = visible.start as u64..visible.end as u64;
        if seen != *query.visible() {
            actions.push(Action::Query(QueryAction::Look(seen)));
        }
        for at in visible {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width, space::ROW), Sense::hover());
            if let Some(entry) = query.results.row(at as u64) {
                let place = RowPlace {
                    rect,
                    columns: placed,
                };
                row_ui(ui, context, workspace, entry, &place, actions);
            }
        }
    });
}

fn row_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    entry: &Entry,
    place: &RowPlace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let query = &workspace.query;
    // Rows are not stops of the Tab key: the table is one, and the arrows move within it.
    let response = ui.interact(place.rect, ui.scope_id().with(&entry.id), Sense::CLICK);
    let chosen = query.chosen.contains(&entry.id);
    let fill = match (chosen, response.hovered()) {
        (true, _) => Some(theme.selection),
        (false, true) => Some(theme.row_hovered),
        (false, false) => None,
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(place.rect, radius::CONTROL, fill);
    }
    cells::cells_ui(ui, context, query, entry, place);
    name_row(ui, context, &response, workspace, entry, chosen);
    row_input(ui, &response, place, entry, chosen, actions);
    let response = match failure_words(workspace, entry) {
        Some(words) => response.on_hover_text(words),
        None => response,
    };
    response.context_menu(|ui| foot::row_menu_ui(ui, context, workspace, entry, actions));
}

/// Why something of a row failed, in full; its cell may be too narrow.
fn failure_words<'a>(workspace: &'a Workspace, entry: &'a Entry) -> Option<&'a str> {
    if let Children::Failed(words) = &entry.children {
        return Some(words);
    }
    let transfer = workspace.query.transfers.of(&entry.id)?;
    let end = transfer.end.as_ref().filter(|end| !end.complete)?;
    Some(end.words.as_str()).filter(|words| !words.is_empty())
}

fn name_row(
    ui: &Ui,
    context: &UiContext,
    response: &Response,
    workspace: &Workspace,
    entry: &Entry,
    chosen: bool,
) {
    let name = match entry.id.level() {
        Level::Study => [Column::PatientName, Column::StudyDate, Column::Node]
            .map(|column| cells::study_text(entry, column))
            .join(" · "),
        Level::Series | Level::Image => cells::below_text(context, entry),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, &name));
    let uid = [&entry.id.image, &entry.id.series];
    let uid = uid.into_iter().flatten().next().unwrap_or(&entry.id.study);
    let author = format!("answer-{}-{uid}", entry.id.peer);
    let (here, _) = cells::here(context, &workspace.query, entry);
    let count = entry
        .count()
        .map_or_else(|| "?".to_owned(), |c| c.to_string());
    let words: String = here.chars().filter(|c| !is_icon(*c)).collect();
    let description = format!(
        "images={count} expanded={} here={:?}",
        entry.expanded,
        words.trim()
    );
    widgets::describe(ui, response.id, &author, &description);
}

/// Icons lie in the private use area: they are nothing to read out.
fn is_icon(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

fn row_input(
    ui: &Ui,
    response: &Response,
    place: &RowPlace,
    entry: &Entry,
    chosen: bool,
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
    let id = entry.id.clone();
    if !(response.secondary_clicked() && chosen) {
        actions.push(Action::Query(QueryAction::Choose(id.clone(), select)));
    }
    let caret = cells::caret_place(entry, place.rect);
    let on_caret = response
        .interact_pointer_pos()
        .is_some_and(|at| entry.id.level() != Level::Image && caret.contains(at));
    if response.clicked() && on_caret {
        actions.push(Action::Query(QueryAction::Expand(id, !entry.expanded)));
    } else if response.double_clicked() {
        actions.push(Action::Query(QueryAction::Open(id)));
    }
}

/// What the table remembers between frames: the last wish to reveal a row that was fulfilled.
#[derive(Clone, Copy, Default)]
struct Revealed(u64);

/// Where the table must scroll to when the choice moved out of sight.
fn reveal_offset(ui: &Ui, workspace: &Workspace) -> Option<f32> {
    let (place, wish) = workspace.query.reveal;
    let memory = Id::unique("query-revealed");
    let done = ui.data(|data| data.get_temp::<Revealed>(memory));
    if done.unwrap_or_default().0 == wish {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(memory, Revealed(wish)));
    let rows = ((ui.available_height() / space::ROW).floor() as u64).max(1);
    let first = workspace.query.visible().start;
    if place < first || wish == 0 {
        Some(place as f32 * space::ROW)
    } else if place >= (first + rows).saturating_sub(1) {
        Some((place + 1).saturating_sub(rows) as f32 * space::ROW)
    } else {
        None
    }
}

/// The keys of the table, while it has the focus.
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
    match ui.memory(|memory| memory.focused()) {
        // The arrows shall move through the answers as soon as they are there.
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
            actions.push(Action::Query(QueryAction::Move(motion)));
        }
    }
    let Some(cursor) = &workspace.query.cursor else {
        return;
    };
    for (key, expanded) in [(Key::ArrowRight, true), (Key::ArrowLeft, false)] {
        if pressed(key) {
            actions.push(Action::Query(QueryAction::Expand(cursor.clone(), expanded)));
        }
    }
    if pressed(Key::Enter) {
        actions.push(Action::Query(QueryAction::Open(cursor.clone())));
    }
    if pressed(Key::R) {
        actions.push(Action::Query(QueryAction::Retrieve));
    }
}
