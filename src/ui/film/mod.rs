//! The Film screen (workstation.md section 6): sources left, the page as it will be printed in the middle, printer and job right,
//! pages and Print below. Everything on the page was drawn by the renderer that prints.

mod options;
mod page;
pub mod profile;
mod queue;
mod sources;

use egui::{Frame, Key, KeyboardShortcut, Margin, Modifiers, Panel, RichText, Ui};

use super::context::UiContext;
use super::theme::space;
use super::{icons, widgets};
use crate::workspace::film::{CellChange, FilmAction, FilmWarning};
use crate::workspace::{Action, Browse, FilmState, ShellAction, Workspace};

/// Width of the two side panels.
const SIDE: f32 = 264.0;

/// Draws the screen.
pub fn film_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let film = &workspace.film;
    let mut out = Vec::new();
    let theme = context.theme;
    let panel = |margin: Margin| Frame::new().fill(theme.panel).inner_margin(margin);
    Panel::bottom("film-pages")
        .frame(panel(Margin::symmetric(16, 8)))
        .resizable(false)
        .show(ui, |ui| bottom_ui(ui, context, film, &mut out));
    Panel::left("film-sources")
        .exact_size(SIDE)
        .frame(panel(Margin::same(14)))
        .resizable(false)
        .show(ui, |ui| {
            sources::sources_ui(ui, context, workspace, &mut out)
        });
    let mut shell = Vec::new();
    Panel::right("film-printer")
        .exact_size(SIDE)
        .frame(panel(Margin::same(14)))
        .resizable(false)
        .show(ui, |ui| {
            egui::ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| {
                    options::options_ui(ui, context, film, &mut out);
                    ui.add_space(space::SMALL);
                    ui.horizontal_wrapped(|ui| {
                        if widgets::button(ui, icons::EXPORT, context.t("film.export")).clicked() {
                            shell.push(Action::Shell(ShellAction::Browse(Browse::FilmFile)));
                        }
                        if widgets::button(ui, icons::FILE, context.t("film.paper")).clicked() {
                            out.push(FilmAction::Paper);
                        }
                    });
                    ui.add_space(space::MEDIUM);
                    queue::queue_ui(ui, context, film, &mut out);
                });
        });
    egui::CentralPanel::no_frame()
        .frame(
            Frame::new()
                .fill(theme.ground)
                .inner_margin(Margin::same(14)),
        )
        .show(ui, |ui| {
            warning_ui(ui, context, film, &mut out);
            page::page_ui(ui, context, film, &mut out);
        });
    if !workspace.sheet_is_open() {
        keys(ui, film, &mut out);
    }
    shell.extend(out.into_iter().map(Action::Film));
    actions.extend(shell);
}

/// Keys of the screen.
fn keys(ui: &Ui, film: &FilmState, out: &mut Vec<FilmAction>) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    let pressed = |modifiers, key| {
        ui.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    if pressed(Modifiers::COMMAND, Key::P) {
        out.push(FilmAction::Print);
    }
    if pressed(Modifiers::COMMAND, Key::Z) {
        out.push(FilmAction::Undo);
    }
    if pressed(Modifiers::COMMAND, Key::Y) {
        out.push(FilmAction::Redo);
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        out.push(FilmAction::Change(CellChange::Delete));
    }
    if pressed(Modifiers::NONE, Key::PageDown) {
        out.push(FilmAction::Page(film.page + 1));
    }
    if pressed(Modifiers::NONE, Key::PageUp) {
        out.push(FilmAction::Page(film.page.saturating_sub(1)));
    }
}

/// What has to be decided before the film goes out.
fn warning_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let Some(warning) = film.warning else {
        return;
    };
    let theme = context.theme;
    let key = match warning {
        FilmWarning::OtherPatient => "film.other-patient",
        FilmWarning::Arriving => "film.arriving",
        FilmWarning::Incomplete => "film.incomplete",
        FilmWarning::NoPrinter => "film.no-printer",
        FilmWarning::Nothing => "film.nothing",
        FilmWarning::Impossible => "film.impossible",
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(icons::WARNING).color(theme.warning));
        ui.label(RichText::new(context.t(key)).color(theme.warning));
        match warning {
            FilmWarning::OtherPatient => {
                if widgets::button(ui, "", context.t("film.anew")).clicked() {
                    out.push(FilmAction::StartAnew);
                }
                if widgets::button(ui, "", context.t("film.keep")).clicked() {
                    out.push(FilmAction::KeepFilm);
                }
            }
            FilmWarning::Arriving | FilmWarning::Incomplete => {
                if widgets::button(ui, "", context.t("film.print-anyway")).clicked() {
                    out.push(FilmAction::PrintAnyway);
                }
                if widgets::button(ui, "", context.t("dialog.cancel")).clicked() {
                    out.push(FilmAction::KeepFilm);
                }
            }
            FilmWarning::NoPrinter | FilmWarning::Nothing | FilmWarning::Impossible => {}
        }
    });
}

/// Pages, undo, printer status and Print.
fn bottom_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    ui.horizontal(|ui| {
        let (page, pages) = (film.page, film.draft.pages());
        let back = widgets::icon_button(ui, icons::LEFT, context.t("film.previous"));
        if back.clicked() {
            out.push(FilmAction::Page(page.saturating_sub(1)));
        }
        let (number, count) = ((page + 1).to_string(), pages.to_string());
        let values = [("page", number.as_str()), ("pages", count.as_str())];
        ui.label(context.texts.fill("film.page-of", &values));
        if widgets::icon_button(ui, icons::RIGHT, context.t("film.next")).clicked() {
            out.push(FilmAction::Page(page + 1));
        }
        let (undo, redo) = film.history();
        for (on, icon, key, action) in [
            (undo, icons::UNDO, "film.undo", FilmAction::Undo),
            (redo, icons::REDO, "film.redo", FilmAction::Redo),
        ] {
            ui.add_enabled_ui(on, |ui| {
                if widgets::icon_button(ui, icon, context.texts.t(key)).clicked() {
                    out.push(action);
                }
            });
        }
        let actual = context.t("film.actual");
        if widgets::chip(ui, theme, actual, actual, film.actual_pixels).clicked() {
            out.push(FilmAction::ActualPixels(!film.actual_pixels));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let print = context.t("film.print");
            if widgets::primary_button(ui, theme, icons::SEND, print).clicked() {
                out.push(FilmAction::Print);
            }
            options::status_ui(ui, context, film);
        });
    });
}
