//! Right: the printer and what the job asks of it.

use egui::{ComboBox, DragValue, RichText, Role, Ui};

use crate::imaging::film::{FilmDepth, Orientation};
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::FilmState;
use crate::workspace::film::{FilmAction, FilmOption};

/// Print priorities (PS3.3 C.13.1).
const PRIORITIES: [&str; 3] = ["HIGH", "MED", "LOW"];

/// Draws the panel.
pub fn options_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    let draft = &film.draft;
    let profile = film.profile();
    widgets::heading(ui, theme, context.t("film.printer"));
    if film.printers.is_empty() {
        let none = RichText::new(context.t("film.no-printer")).size(size::SMALL);
        ui.label(none.color(theme.text_weak));
    }
    let names: Vec<String> = film
        .printers
        .iter()
        .map(|row| row.peer.name.clone())
        .collect();
    if let Some(name) = choice(ui, context, "film.printer", &film.printer, &names, |n| {
        n.clone()
    }) {
        out.push(FilmAction::Set(FilmOption::Printer(name)));
    }
    if widgets::button(ui, icons::CONNECT, context.t("film.ask")).clicked() {
        out.push(FilmAction::AskPrinter);
    }
    ui.add_space(space::SMALL);
    let text = |o: &Orientation| match o {
        Orientation::Portrait => context.t("film.portrait").to_owned(),
        Orientation::Landscape => context.t("film.landscape").to_owned(),
    };
    let both = [Orientation::Portrait, Orientation::Landscape];
    let mut set = |option: Option<FilmOption>| out.extend(option.map(FilmAction::Set));
    set(choice(
        ui,
        context,
        "film.layout",
        &draft.layout,
        &profile.layouts,
        ToString::to_string,
    )
    .map(FilmOption::Layout));
    set(
        choice(ui, context, "film.size", &draft.size, &profile.sizes, |s| {
            s.term().to_owned()
        })
        .map(FilmOption::Size),
    );
    set(choice(
        ui,
        context,
        "film.orientation",
        &draft.orientation,
        &both,
        text,
    )
    .map(FilmOption::Orientation));
    let own = |terms: &[String]| -> Vec<String> {
        std::iter::once(String::new())
            .chain(terms.iter().cloned())
            .collect()
    };
    let words = |term: &String| match term.as_str() {
        "" => context.t("film.own").to_owned(),
        term => term.to_owned(),
    };
    let media = own(&profile.media);
    set(choice(ui, context, "film.medium", &draft.medium, &media, words).map(FilmOption::Medium));
    let places = own(&profile.destinations);
    set(choice(
        ui,
        context,
        "film.destination",
        &draft.destination,
        &places,
        words,
    )
    .map(FilmOption::Destination));
    let priorities = own(&PRIORITIES.map(str::to_owned));
    set(choice(
        ui,
        context,
        "film.priority",
        &draft.priority,
        &priorities,
        words,
    )
    .map(FilmOption::Priority));
    let depths = [FilmDepth::Eight, FilmDepth::Twelve];
    let bits = |depth: &FilmDepth| {
        context
            .texts
            .fill("film.bits", &[("count", &depth.bits().to_string())])
    };
    set(choice(ui, context, "film.depth", &draft.depth, &depths, bits).map(FilmOption::Depth));
    let mut copies = draft.copies;
    ui.horizontal(|ui| {
        ui.label(context.t("film.copies"));
        let field = ui.add(DragValue::new(&mut copies).range(1..=99));
        widgets::named(field, Role::SpinButton, context.t("film.copies"));
    });
    if copies != draft.copies {
        set(Some(FilmOption::Copies(copies)));
    }
    let (mut color, mut header) = (draft.color, draft.header);
    ui.add_enabled_ui(profile.color, |ui| {
        if ui.checkbox(&mut color, context.t("film.color")).changed() {
            set(Some(FilmOption::Color(color)));
        }
    });
    if ui.checkbox(&mut header, context.t("film.header")).changed() {
        set(Some(FilmOption::Header(header)));
    }
    if widgets::button(ui, icons::FILE, context.t("film.paper")).clicked() {
        out.push(FilmAction::Paper);
    }
}

/// A list to choose from, its label above; the new choice, if there is one.
fn choice<T: Clone + PartialEq>(
    ui: &mut Ui,
    context: &UiContext,
    key: &str,
    chosen: &T,
    all: &[T],
    text: impl Fn(&T) -> String,
) -> Option<T> {
    let label = context.texts.t(key);
    let shown = text(chosen);
    let mut picked = None;
    ui.label(
        RichText::new(label)
            .size(size::SMALL)
            .color(context.theme.text_weak),
    );
    let combo = ComboBox::from_id_salt(key)
        .width(ui.available_width())
        .selected_text(shown.clone())
        .show_ui(ui, |ui| {
            for option in all {
                if ui
                    .selectable_label(option == chosen, text(option))
                    .clicked()
                {
                    picked = Some(option.clone());
                }
            }
        });
    let id = combo.response.id;
    widgets::named(combo.response, Role::ComboBox, label);
    widgets::describe(ui, id, key, &shown);
    picked.filter(|picked| picked != chosen)
}

/// What the printer said of itself, in words (C8).
pub fn status_ui(ui: &mut Ui, context: &UiContext, film: &FilmState) {
    let theme = context.theme;
    let words = film.printer_words.as_str();
    let (text, color, icon) = if words.is_empty() {
        (context.t("film.unknown"), theme.text_weak, icons::INFO)
    } else if words.contains("FAILURE") {
        (words, theme.failure, icons::FAILURE)
    } else if words.contains("WARNING") {
        (words, theme.warning, icons::WARNING)
    } else {
        (words, theme.good, icons::DONE)
    };
    ui.label(RichText::new(text).color(color));
    let sign = ui.label(RichText::new(icon).color(color));
    let id = sign.id;
    widgets::named(sign, Role::Label, context.t("film.status"));
    widgets::describe(ui, id, "printer-status", text);
}
