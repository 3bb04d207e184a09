//! Left: the series of the study with what can be put on film, and what drags and buttons do to the chosen cell.

use std::path::PathBuf;

use egui::{ComboBox, DragValue, Id, RichText, Role, Ui};

use crate::engine::SeriesContents;
use crate::imaging::StoredState;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::viewer::on_screen;
use crate::ui::{format, icons, widgets};
use crate::workspace::film::{CellChange, CellTool, FilmAction, Pick, Reach};
use crate::workspace::viewer::Patient;
use crate::workspace::{FilmState, Workspace};

/// Images left out between two that are taken.
const STEPS: [usize; 3] = [2, 5, 10];

/// Draws the panel.
pub fn sources_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    out: &mut Vec<FilmAction>,
) {
    let theme = context.theme;
    let film = &workspace.film;
    cell_ui(ui, context, film, out);
    ui.add_space(space::MEDIUM);
    widgets::heading(ui, theme, context.t("film.sources"));
    let Some(contents) = &film.study else {
        return;
    };
    let patient = format::person_name(&contents.study.patient_name);
    ui.label(RichText::new(patient).color(theme.text));
    let study = RichText::new(&contents.study.study_description).size(size::SMALL);
    ui.label(study.color(theme.text_weak));
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            views_ui(ui, context, workspace, &Patient::of(&contents.study), out);
            for series in &contents.series {
                series_ui(ui, context, series, out);
            }
            ui.add_space(space::SMALL);
            if widgets::button(ui, icons::DELETE, context.t("film.clear")).clicked() {
                out.push(FilmAction::Clear);
            }
        });
}

/// What the viewer shows of this patient.
fn views_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    patient: &Patient,
    out: &mut Vec<FilmAction>,
) {
    let Some(tab) = workspace.viewer.tab().filter(|tab| tab.patient == *patient) else {
        return;
    };
    let active = on_screen::views(ui.ctx(), tab, true);
    let all = on_screen::views(ui.ctx(), tab, false);
    ui.add_space(space::SMALL);
    ui.horizontal_wrapped(|ui| {
        for (views, key) in [(active, "film.active-view"), (all, "film.all-views")] {
            let text = context.texts.t(key);
            if !views.is_empty() && widgets::chip(ui, context.theme, text, text, false).clicked() {
                out.push(FilmAction::Views(views));
            }
        }
    });
}

fn series_ui(ui: &mut Ui, context: &UiContext, series: &SeriesContents, out: &mut Vec<FilmAction>) {
    let images = series
        .instances
        .iter()
        .filter_map(|i| i.pixels.as_ref().ok());
    let images: usize = images.map(|pixels| pixels.frames as usize).sum();
    if images == 0 {
        return;
    }
    let row = &series.series;
    let number = row.series_number.map(|n| n.to_string()).unwrap_or_default();
    let name = format!("{} {number} {}", row.modality, row.series_description);
    let name = name.trim().to_owned();
    ui.add_space(space::SMALL);
    ui.label(RichText::new(&name).size(size::BODY));
    let add = |pick: Pick| FilmAction::Add(row.series_instance_uid.clone(), pick);
    let id = Id::unique(("film-range", &name, &number));
    let mut range = ui.data(|data| data.get_temp::<Pick>(id));
    ui.horizontal_wrapped(|ui| {
        let count = context.texts.count("film.images", images as u64);
        let all = context.texts.fill("film.add", &[("name", &name)]);
        if widgets::chip(ui, context.theme, &count, &all, false).clicked() {
            out.push(add(Pick::every(1)));
        }
        for step in STEPS.into_iter().filter(|step| *step < images) {
            let step_text = step.to_string();
            let text = context.texts.fill("film.every", &[("count", &step_text)]);
            let values = [("count", step_text.as_str()), ("name", &name)];
            let tip = context.texts.fill("film.add-every", &values);
            if widgets::chip(ui, context.theme, &text, &tip, false).clicked() {
                out.push(add(Pick::every(step)));
            }
        }
        if images > 1 {
            let tip = context.texts.fill("film.add-range", &[("name", &name)]);
            let text = context.t("film.range");
            if widgets::chip(ui, context.theme, text, &tip, range.is_some()).clicked() {
                let whole = Pick {
                    last: images,
                    ..Pick::every(1)
                };
                range = if range.is_some() { None } else { Some(whole) };
            }
        }
    });
    if let Some(pick) = &mut range {
        range_ui(ui, context, &name, images, pick, &mut |pick| {
            out.push(add(pick))
        });
    }
    ui.data_mut(|data| match range {
        Some(pick) => {
            data.insert_temp(id, pick);
        }
        None => {
            data.remove::<Pick>(id);
        }
    });
}

/// First and last image and one of how many.
fn range_ui(
    ui: &mut Ui,
    context: &UiContext,
    name: &str,
    images: usize,
    pick: &mut Pick,
    add: &mut dyn FnMut(Pick),
) {
    ui.horizontal(|ui| {
        for (key, value) in [
            ("film.first", &mut pick.first),
            ("film.last", &mut pick.last),
            ("film.one-of", &mut pick.every),
        ] {
            let label = context.texts.t(key);
            let prefix = format!("{label} ");
            let field = DragValue::new(value).range(1..=images).prefix(prefix);
            widgets::named(ui.add(field), Role::SpinButton, label);
        }
        let tip = context.texts.fill("film.add-these", &[("name", name)]);
        if widgets::icon_button(ui, icons::ADD, &tip).clicked() {
            add(*pick);
        }
    });
}

/// What a drag does, and the buttons for the chosen cell.
fn cell_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("film.chosen"));
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(context.t("film.tool")).color(theme.text_weak));
        for (tool, icon, key) in [
            (CellTool::Window, icons::WINDOW, "film.tool.window"),
            (CellTool::Zoom, icons::ZOOM, "film.tool.zoom"),
            (CellTool::Pan, icons::PAN, "film.tool.pan"),
            (CellTool::Move, icons::SORT, "film.tool.move"),
        ] {
            let name = context.texts.t(key);
            let chip = widgets::chip(ui, theme, icon, name, film.tool == tool);
            if chip.on_hover_text(name).clicked() {
                out.push(FilmAction::Tool(tool));
            }
        }
    });
    changes_ui(ui, context, film, out);
    state_ui(ui, context, film, out);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(context.t("film.apply")).color(theme.text_weak));
        for (reach, key) in [
            (Reach::Row, "film.row"),
            (Reach::Page, "film.page"),
            (Reach::All, "film.all"),
        ] {
            let text = context.texts.t(key);
            let name = format!("{} {text}", context.t("film.apply"));
            if widgets::chip(ui, theme, text, &name, false).clicked() {
                out.push(FilmAction::Apply(reach));
            }
        }
    });
}

fn changes_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let place = film.page * film.draft.per_page() + film.chosen;
    let cell = film.draft.cell(place);
    let look = cell.map(|cell| cell.look).unwrap_or_default();
    let true_size = cell.is_some_and(|cell| cell.true_size);
    let ruler = cell.is_some_and(|cell| cell.ruler);
    let mut button = |ui: &mut Ui, change: CellChange, icon: &str, key: &'static str, on: bool| {
        let name = context.texts.t(key);
        let text = if icon.is_empty() { name } else { icon };
        let chip = widgets::chip(ui, context.theme, text, name, on);
        if chip.on_hover_text(name).clicked() {
            out.push(FilmAction::Change(change));
        }
    };
    ui.horizontal_wrapped(|ui| {
        for (change, icon, key, on) in [
            (
                CellChange::Rotate,
                icons::ROTATE_RIGHT,
                "film.rotate",
                look.rotation != 0,
            ),
            (
                CellChange::Flip,
                icons::FLIP_HORIZONTAL,
                "film.flip",
                look.flip,
            ),
            (
                CellChange::Invert,
                icons::INVERT,
                "film.invert",
                look.invert,
            ),
            (CellChange::Insert, icons::ADD, "film.insert", false),
            (CellChange::Delete, icons::DELETE, "film.delete", false),
        ] {
            button(ui, change, icon, key, on);
        }
    });
    ui.horizontal_wrapped(|ui| {
        button(ui, CellChange::TrueSize, "", "film.true-size", true_size);
        button(ui, CellChange::Ruler, "", "film.ruler", ruler);
        button(ui, CellChange::Reset, "", "film.reset", false);
    });
}

/// The presentation state that the chosen image is shown with, where there are some.
fn state_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let states = film.states_of_chosen();
    if states.is_empty() {
        return;
    }
    let place = film.page * film.draft.per_page() + film.chosen;
    let shown: Option<&PathBuf> = film.draft.cell(place).and_then(|cell| cell.state.as_ref());
    let words = |stored: &StoredState| format!("{} {}", stored.label, format::date(&stored.date));
    let none = context.t("film.no-state").to_owned();
    let current = states.iter().find(|stored| Some(&stored.path) == shown);
    let current = current.map_or_else(|| none.clone(), |stored| words(stored));
    let combo = ComboBox::from_id_salt("film.state")
        .width(ui.available_width())
        .truncate()
        .selected_text(current.clone())
        .show_ui(ui, |ui| {
            if ui.selectable_label(shown.is_none(), none).clicked() {
                out.push(FilmAction::State(None));
            }
            for stored in &states {
                let on = Some(&stored.path) == shown;
                if ui.selectable_label(on, words(stored)).clicked() {
                    out.push(FilmAction::State(Some(stored.path.clone())));
                }
            }
        });
    let id = combo.response.id;
    widgets::named(combo.response, Role::ComboBox, context.t("film.state"));
    widgets::describe(ui, id, "film.state", &current);
}
