//! Settings of printers (C13): the virtual printer's switch and, for each peer that prints, what it can do.

use egui::{Id, RichText, Role, TextEdit, Ui};

use crate::engine::{PrinterProfile, PrinterRow, VirtualPrinter};
use crate::imaging::film::{FilmSize, Layout};
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, size, space};
use crate::ui::{icons, widgets};
use crate::workspace::film::{FilmAction, FilmOption};
use crate::workspace::{Action, Workspace};

/// A profile as it is typed, kept by egui until it is saved.
#[derive(Clone, PartialEq)]
struct Typed {
    fields: [(&'static str, String); 9],
    profile: PrinterProfile,
    wrong: Option<&'static str>,
}

impl Typed {
    fn of(profile: &PrinterProfile) -> Self {
        let list = |terms: &[String]| terms.join("; ");
        let sizes: Vec<String> = profile.sizes.iter().map(|s| s.term().to_owned()).collect();
        let layouts: Vec<String> = profile.layouts.iter().map(ToString::to_string).collect();
        let density = |d: Option<u16>| d.map(|d| d.to_string()).unwrap_or_default();
        Self {
            fields: [
                ("printers.sizes", list(&sizes)),
                ("printers.layouts", list(&layouts)),
                ("printers.media", list(&profile.media)),
                ("printers.destinations", list(&profile.destinations)),
                ("printers.resolution", profile.resolution_dpi.to_string()),
                ("printers.margin", profile.margin_mm.to_string()),
                ("printers.min-density", density(profile.film.min_density)),
                ("printers.max-density", density(profile.film.max_density)),
                (
                    "printers.annotation",
                    profile.film.annotation_format.clone().unwrap_or_default(),
                ),
            ],
            profile: profile.clone(),
            wrong: None,
        }
    }

    /// The profile, or the field that is not understood.
    fn read(&self) -> Result<PrinterProfile, &'static str> {
        let mut profile = self.profile.clone();
        let terms = |text: &str| -> Vec<String> {
            let terms = text.split(';').map(|term| term.trim().to_owned());
            terms.filter(|term| !term.is_empty()).collect()
        };
        for (key, text) in &self.fields {
            let text = text.trim();
            let wrong = || *key;
            match *key {
                "printers.sizes" => {
                    let sizes: Result<Vec<FilmSize>, _> = terms(text)
                        .iter()
                        .map(|term| FilmSize::parse(term))
                        .collect();
                    profile.sizes = sizes.map_err(|_| wrong())?;
                }
                "printers.layouts" => {
                    let layouts: Result<Vec<Layout>, _> =
                        terms(text).iter().map(|term| Layout::parse(term)).collect();
                    profile.layouts = layouts.map_err(|_| wrong())?;
                }
                "printers.media" => profile.media = terms(text),
                "printers.destinations" => profile.destinations = terms(text),
                "printers.resolution" => {
                    profile.resolution_dpi = text.parse().map_err(|_| wrong())?;
                }
                "printers.margin" => profile.margin_mm = text.parse().map_err(|_| wrong())?,
                "printers.min-density" => profile.film.min_density = density(text, key)?,
                "printers.max-density" => profile.film.max_density = density(text, key)?,
                _ => {
                    profile.film.annotation_format =
                        Some(text.to_owned()).filter(|text| !text.is_empty());
                }
            }
        }
        if profile.sizes.is_empty() {
            return Err("printers.sizes");
        }
        if profile.layouts.is_empty() {
            return Err("printers.layouts");
        }
        let sheet = profile.sheet(&profile.sizes[0], Default::default());
        if sheet.is_possible() {
            Ok(profile)
        } else {
            Err("printers.resolution")
        }
    }
}

fn density(text: &str, key: &'static str) -> Result<Option<u16>, &'static str> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| key),
    }
}

/// Draws the card.
pub fn printers_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let film = &workspace.film;
    let mut on = !matches!(film.virtual_printer, VirtualPrinter::Off);
    if ui
        .checkbox(&mut on, context.t("printers.virtual"))
        .changed()
    {
        actions.push(Action::Film(FilmAction::Virtual(on)));
    }
    match &film.virtual_printer {
        VirtualPrinter::Off => {}
        VirtualPrinter::Listening { address, ae_title } => {
            let address = address.to_string();
            let values = [("ae", ae_title.as_str()), ("address", &address)];
            let text = context.texts.fill("printers.virtual-listening", &values);
            ui.label(RichText::new(text).size(size::SMALL).color(theme.good));
        }
        VirtualPrinter::Failed(reason) => {
            ui.label(RichText::new(reason).color(theme.failure));
        }
    }
    if film.printers.is_empty() {
        ui.label(RichText::new(context.t("printers.none")).color(theme.text_weak));
    }
    for row in film.printers.iter() {
        printer_ui(ui, context, row, actions);
    }
}

fn printer_ui(ui: &mut Ui, context: &UiContext, row: &PrinterRow, actions: &mut Vec<Action>) {
    let name = row.peer.name.as_str();
    let id = Id::unique(("printer-profile", name));
    let mut typed = ui.data(|data| data.get_temp::<Typed>(id));
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).font(Theme::strong_font(size::BODY)));
        let edit = context.texts.fill("printers.edit", &[("printer", name)]);
        if widgets::icon_button(ui, icons::EDIT, &edit).clicked() {
            typed = match typed {
                None => Some(Typed::of(&row.profile)),
                Some(_) => None,
            };
        }
        let ask = context.texts.fill("printers.ask", &[("printer", name)]);
        if widgets::icon_button(ui, icons::CONNECT, &ask).clicked() {
            let chosen = FilmOption::Printer(name.to_owned());
            actions.push(Action::Film(FilmAction::Set(chosen)));
            actions.push(Action::Film(FilmAction::AskPrinter));
        }
        let test = context.texts.fill("printers.test", &[("printer", name)]);
        if widgets::icon_button(ui, icons::FILM, &test).clicked() {
            actions.push(Action::Film(FilmAction::TestFilm(name.to_owned())));
        }
    });
    if let Some(form) = &mut typed {
        form_ui(ui, context, name, form);
        let save = context.t("printers.save");
        if widgets::primary_button(ui, context.theme, icons::CHECK, save).clicked() {
            match form.read() {
                Ok(profile) => {
                    let action = FilmAction::Profile(name.to_owned(), Box::new(profile));
                    actions.push(Action::Film(action));
                    typed = None;
                }
                Err(field) => form.wrong = Some(field),
            }
        }
    }
    ui.data_mut(|data| match typed {
        Some(typed) => {
            data.insert_temp(id, typed);
        }
        None => {
            data.remove::<Typed>(id);
        }
    });
    ui.add_space(space::TIGHT);
}

fn form_ui(ui: &mut Ui, context: &UiContext, printer: &str, form: &mut Typed) {
    for (key, text) in &mut form.fields {
        let label = context.texts.t(key);
        ui.horizontal(|ui| {
            ui.label(label);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let field = ui.add(TextEdit::singleline(text).desired_width(250.0));
                let values = [("field", label), ("printer", printer)];
                let name = context.texts.fill("printers.field", &values);
                widgets::named(field, Role::TextInput, &name);
            });
        });
    }
    let profile = &mut form.profile;
    let mut trim = profile.film.trim == Some(true);
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut profile.twelve_bits, context.t("printers.twelve"));
        ui.checkbox(&mut profile.color, context.t("printers.color"));
        ui.checkbox(&mut profile.presentation_lut, context.t("printers.lut"));
        ui.checkbox(&mut profile.image_size, context.t("printers.image-size"));
        ui.checkbox(&mut trim, context.t("printers.trim"));
    });
    profile.film.trim = trim.then_some(true);
    if let Some(field) = form.wrong {
        let values = [("field", context.texts.t(field))];
        let text = context.texts.fill("printers.wrong", &values);
        ui.label(RichText::new(text).color(context.theme.failure));
    }
}
