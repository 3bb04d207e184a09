//! Right: the printer and what the job asks of it.

use egui::{ComboBox, DragValue, RichText, Role, Ui};

use crate::engine::PrinterProfile;
use crate::imaging::film::{FilmDepth, FilmSize, Layout, Orientation};
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::FilmState;
use crate::workspace::film::{FilmAction, FilmOption};

/// Print priorities (PS3.3 C.13.1).
const PRIORITIES: [&str; 3] = ["HIGH", "MED", "LOW"];

/// Layouts that are offered besides those of the printer: they go out as one image.
const LAYOUTS: [(u32, u32); 16] = [
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (3, 2),
    (2, 3),
    (3, 3),
    (4, 3),
    (3, 4),
    (4, 4),
    (3, 5),
    (4, 5),
    (4, 6),
    (5, 6),
    (5, 7),
    (6, 8),
];

/// Draws the panel.
pub fn options_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let profile = film.profile();
    printer_ui(ui, context, film, out);
    ui.add_space(space::SMALL);
    sheet_ui(ui, context, film, &profile, out);
    handling_ui(ui, context, film, &profile, out);
    checks_ui(ui, context, film, &profile, out);
}

/// Which printer, what it can do, and the question to it.
fn printer_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("film.printer"));
    if film.printers.is_empty() {
        let none = RichText::new(context.t("film.no-printer")).size(size::SMALL);
        ui.label(none.color(theme.text_weak));
        return;
    }
    let names: Vec<String> = film
        .printers
        .iter()
        .map(|row| row.peer.name.clone())
        .collect();
    let chosen = choice(ui, context, "film.printer", &film.printer, &names, |name| {
        name.clone()
    });
    out.extend(chosen.map(|name| FilmAction::Set(FilmOption::Printer(name))));
    let able = RichText::new(abilities(context, &film.profile())).size(size::SMALL);
    ui.label(able.color(theme.text_weak));
    let ask = widgets::button(ui, icons::CONNECT, context.t("film.ask"));
    if ask.on_hover_text(context.t("film.ask-tip")).clicked() {
        out.push(FilmAction::AskPrinter);
    }
}

/// What a printer can do, in a line.
fn abilities(context: &UiContext, profile: &PrinterProfile) -> String {
    let resolution = format!("{} dpi", profile.resolution_dpi);
    let bits = if profile.twelve_bits { "12" } else { "8" };
    let bits = context.texts.fill("film.bits", &[("count", bits)]);
    let further = [
        (profile.presentation_lut, "printers.lut"),
        (profile.color, "printers.color"),
        (profile.image_size, "film.true-size"),
    ];
    let further = further.into_iter().filter(|(able, _)| *able);
    let parts = [resolution, bits].into_iter();
    let parts: Vec<String> = parts
        .chain(further.map(|(_, key)| context.texts.t(key).to_owned()))
        .collect();
    parts.join(" · ")
}

/// A layout in words.
fn layout_words(layout: &Layout) -> String {
    match layout {
        Layout::Standard(columns, rows) => format!("{columns} × {rows}"),
        other => other.to_string(),
    }
}

/// A film size in words: `14 × 17 in`.
fn size_words(size: &FilmSize) -> String {
    let term = size.term();
    for (unit, word) in [("IN", "in"), ("CM", "cm")] {
        if let Some((width, height)) = term.split_once('X')
            && let (Some(width), Some(height)) =
                (width.strip_suffix(unit), height.strip_suffix(unit))
        {
            return format!("{width} × {height} {word}").replace('_', ".");
        }
    }
    term.to_owned()
}

/// Layout, size, orientation and depth.
fn sheet_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    profile: &PrinterProfile,
    out: &mut Vec<FilmAction>,
) {
    let draft = &film.draft;
    let usual = LAYOUTS.map(|(columns, rows)| Layout::Standard(columns, rows));
    let own = usual
        .iter()
        .filter(|layout| !profile.layouts.contains(layout));
    let layouts: Vec<Layout> = profile.layouts.iter().chain(own).cloned().collect();
    let layout = |layout: &Layout| {
        let words = layout_words(layout);
        if profile.layouts.contains(layout) {
            words
        } else {
            context.texts.fill("film.one-image", &[("layout", &words)])
        }
    };
    let orientation = |orientation: &Orientation| match orientation {
        Orientation::Portrait => context.t("film.portrait").to_owned(),
        Orientation::Landscape => context.t("film.landscape").to_owned(),
    };
    let bits = |depth: &FilmDepth| {
        let count = depth.bits().to_string();
        context.texts.fill("film.bits", &[("count", &count)])
    };
    let mut set = |option: Option<FilmOption>| out.extend(option.map(FilmAction::Set));
    pair(ui, |left, right| {
        let chosen = choice(
            left,
            context,
            "film.layout",
            &draft.layout,
            &layouts,
            layout,
        );
        set(chosen.map(FilmOption::Layout));
        let chosen = choice(
            right,
            context,
            "film.size",
            &draft.size,
            &profile.sizes,
            size_words,
        );
        set(chosen.map(FilmOption::Size));
    });
    pair(ui, |left, right| {
        let both = [Orientation::Portrait, Orientation::Landscape];
        let key = "film.orientation";
        let chosen = choice(left, context, key, &draft.orientation, &both, orientation);
        set(chosen.map(FilmOption::Orientation));
        let depths = [FilmDepth::Eight, FilmDepth::Twelve];
        let chosen = choice(right, context, "film.depth", &draft.depth, &depths, bits);
        set(chosen.map(FilmOption::Depth));
    });
    if !profile.layouts.contains(&draft.layout) {
        let notice = RichText::new(context.t("film.one-image-notice")).size(size::SMALL);
        ui.label(notice.color(context.theme.warning));
    }
}

/// Medium, destination, priority and copies.
fn handling_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    profile: &PrinterProfile,
    out: &mut Vec<FilmAction>,
) {
    let draft = &film.draft;
    let own = |terms: &[String]| -> Vec<String> {
        let first = std::iter::once(String::new());
        first.chain(terms.iter().cloned()).collect()
    };
    let words = |term: &String| match term.as_str() {
        "" => context.t("film.own").to_owned(),
        term => term.to_owned(),
    };
    let mut set = |option: Option<FilmOption>| out.extend(option.map(FilmAction::Set));
    pair(ui, |left, right| {
        let media = own(&profile.media);
        let chosen = choice(left, context, "film.medium", &draft.medium, &media, words);
        set(chosen.map(FilmOption::Medium));
        let places = own(&profile.destinations);
        let key = "film.destination";
        let chosen = choice(right, context, key, &draft.destination, &places, words);
        set(chosen.map(FilmOption::Destination));
    });
    pair(ui, |left, right| {
        let priorities = own(&PRIORITIES.map(str::to_owned));
        let key = "film.priority";
        let chosen = choice(left, context, key, &draft.priority, &priorities, words);
        set(chosen.map(FilmOption::Priority));
        let label = context.t("film.copies");
        right.label(
            RichText::new(label)
                .size(size::SMALL)
                .color(context.theme.text_weak),
        );
        let mut copies = draft.copies;
        let field = right.add(DragValue::new(&mut copies).range(1..=99));
        widgets::named(field, Role::SpinButton, label);
        set(Some(copies)
            .filter(|copies| *copies != draft.copies)
            .map(FilmOption::Copies));
    });
}

/// Colour, header, and what becomes of the film besides.
fn checks_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    profile: &PrinterProfile,
    out: &mut Vec<FilmAction>,
) {
    let (mut color, mut header) = (film.draft.color, film.draft.header);
    ui.add_space(space::TIGHT);
    ui.horizontal(|ui| {
        if ui.checkbox(&mut header, context.t("film.header")).changed() {
            out.push(FilmAction::Set(FilmOption::Header(header)));
        }
        ui.add_enabled_ui(profile.color, |ui| {
            if ui.checkbox(&mut color, context.t("film.color")).changed() {
                out.push(FilmAction::Set(FilmOption::Color(color)));
            }
        });
    });
}

/// Two controls side by side.
fn pair(ui: &mut Ui, contents: impl FnOnce(&mut Ui, &mut Ui)) {
    ui.columns(2, |columns| {
        if let [left, right] = columns {
            contents(left, right);
        }
    });
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
        .truncate()
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
