//! Left: the series of the study with what can be put on film, and what drags and buttons do to the chosen cell.

use egui::{RichText, Ui};

use crate::engine::SeriesContents;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{format, icons, widgets};
use crate::workspace::FilmState;
use crate::workspace::film::{CellChange, CellTool, FilmAction, Reach};

/// Images left out between two that are taken.
const STEPS: [usize; 3] = [2, 5, 10];

/// Draws the panel.
pub fn sources_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    cell_tools_ui(ui, context, film, out);
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
            for series in &contents.series {
                series_ui(ui, context, series, out);
            }
            ui.add_space(space::SMALL);
            if widgets::button(ui, icons::DELETE, context.t("film.clear")).clicked() {
                out.push(FilmAction::Clear);
            }
        });
}

fn series_ui(ui: &mut Ui, context: &UiContext, series: &SeriesContents, out: &mut Vec<FilmAction>) {
    let images = series.instances.iter().filter(|i| i.pixels.is_ok()).count();
    if images == 0 {
        return;
    }
    let row = &series.series;
    let number = row.series_number.map(|n| n.to_string()).unwrap_or_default();
    let name = format!("{} {number} {}", row.modality, row.series_description);
    let name = name.trim().to_owned();
    ui.add_space(space::SMALL);
    ui.label(RichText::new(&name).size(size::BODY));
    ui.horizontal_wrapped(|ui| {
        let count = context.texts.count("film.images", images as u64);
        let all = context.texts.fill("film.add", &[("name", &name)]);
        if widgets::chip(ui, context.theme, &count, &all, false).clicked() {
            out.push(FilmAction::Add(row.series_instance_uid.clone(), 1));
        }
        for step in STEPS.into_iter().filter(|step| *step < images) {
            let step_text = step.to_string();
            let text = context.texts.fill("film.every", &[("count", &step_text)]);
            let values = [("count", step_text.as_str()), ("name", &name)];
            let tip = context.texts.fill("film.add-every", &values);
            if widgets::chip(ui, context.theme, &text, &tip, false).clicked() {
                out.push(FilmAction::Add(row.series_instance_uid.clone(), step));
            }
        }
    });
}

/// What a drag does, and the buttons for the chosen cell.
fn cell_tools_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("film.tool"));
    ui.horizontal_wrapped(|ui| {
        for (tool, key) in [
            (CellTool::Window, "film.tool.window"),
            (CellTool::Zoom, "film.tool.zoom"),
            (CellTool::Pan, "film.tool.pan"),
            (CellTool::Move, "film.tool.move"),
        ] {
            let text = context.texts.t(key);
            if widgets::chip(ui, theme, text, text, film.tool == tool).clicked() {
                out.push(FilmAction::Tool(tool));
            }
        }
    });
    let place = film.page * film.draft.per_page() + film.chosen;
    let cell = film.draft.cell(place);
    ui.add_space(space::TIGHT);
    ui.horizontal_wrapped(|ui| {
        let look = cell.map(|cell| cell.look).unwrap_or_default();
        let true_size = cell.is_some_and(|cell| cell.true_size);
        let ruler = cell.is_some_and(|cell| cell.ruler);
        for (change, key, on) in [
            (CellChange::Rotate, "film.rotate", look.rotation != 0),
            (CellChange::Flip, "film.flip", look.flip),
            (CellChange::Invert, "film.invert", look.invert),
            (CellChange::TrueSize, "film.true-size", true_size),
            (CellChange::Ruler, "film.ruler", ruler),
            (CellChange::Reset, "film.reset", false),
            (CellChange::Delete, "film.delete", false),
            (CellChange::Insert, "film.insert", false),
        ] {
            let text = context.texts.t(key);
            if widgets::chip(ui, theme, text, text, on).clicked() {
                out.push(FilmAction::Change(change));
            }
        }
    });
    ui.add_space(space::TIGHT);
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
