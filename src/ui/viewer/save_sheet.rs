//! The sheet that saves a view as a presentation state (P6): its words, which images, what of the view.

use egui::{Margin, RichText, Role, TextEdit, Ui};

use super::scene::Scene;
use crate::ui::context::UiContext;
use crate::ui::sheets::sheet_ui;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::viewer::{
    SaveAction, SaveArea, SaveProblem, SaveScope, SaveSheet, ViewerAction,
};

/// Width of the sheet.
const WIDTH: f32 = 520.0;

/// Draws the sheet.
pub fn save_sheet_ui(
    ui: &Ui,
    context: &UiContext,
    sheet: &SaveSheet,
    scene: Option<&Scene>,
    out: &mut Vec<ViewerAction>,
) {
    let theme = context.theme;
    let close = sheet_ui(ui, context, context.t("viewer.save.title"), WIDTH, |ui| {
        ui.label(RichText::new(context.t("viewer.save.sentence")).color(theme.text_weak));
        ui.add_space(space::SMALL);
        let mut edited = sheet.clone();
        ui.add_enabled_ui(!sheet.running, |ui| {
            words_ui(ui, context, &mut edited);
            scope_ui(ui, context, scene, &mut edited);
            parts_ui(ui, context, scene, &mut edited);
        });
        if edited != *sheet {
            out.push(ViewerAction::Save(SaveAction::Edit(Box::new(edited))));
        }
        let wrong = sheet.problem.clone().or_else(|| sheet.problem_of_words());
        if let Some(problem) = &wrong {
            ui.add_space(space::SMALL);
            let words = problem_words(context, problem);
            let label = ui.label(RichText::new(&words).color(theme.failure));
            widgets::describe(ui, label.id, "save-problem", &words);
        }
        buttons_ui(ui, context, sheet, wrong.is_none(), out)
    });
    if close && !sheet.running {
        out.push(ViewerAction::Save(SaveAction::Close));
    }
}

fn field_ui(ui: &mut Ui, context: &UiContext, name: &str, hint: &str, text: &mut String) {
    ui.label(RichText::new(context.texts.t(name)).size(size::SMALL));
    let field = TextEdit::singleline(text)
        .hint_text(context.texts.t(hint).to_owned())
        .desired_width(f32::INFINITY)
        .char_limit(200)
        .margin(Margin::symmetric(10, 6));
    widgets::named(ui.add(field), Role::TextInput, context.texts.t(name));
}

fn words_ui(ui: &mut Ui, context: &UiContext, sheet: &mut SaveSheet) {
    use crate::imaging::presentation_state::create::ContentLabel;
    let before = sheet.label.clone();
    let (label, hint) = ("viewer.save.label", "viewer.save.label-hint");
    field_ui(ui, context, label, hint, &mut sheet.label);
    if sheet.label != before {
        // What is typed becomes what a label can hold: capitals, and underscores for the rest.
        let ends_in_space = sheet.label.ends_with(' ');
        sheet.label = ContentLabel::nearest(&sheet.label);
        if ends_in_space && sheet.label.len() < 16 {
            sheet.label.push(' ');
        }
    }
    let (name, hint) = ("viewer.save.description", "viewer.save.description-hint");
    field_ui(ui, context, name, hint, &mut sheet.description);
    let (name, hint) = ("viewer.save.creator", "viewer.save.creator-hint");
    field_ui(ui, context, name, hint, &mut sheet.creator);
}

fn scope_ui(ui: &mut Ui, context: &UiContext, scene: Option<&Scene>, sheet: &mut SaveSheet) {
    let frames = scene.and_then(|scene| scene.image.instance.pixels.as_ref().ok());
    let frames = frames.map_or(1, |pixels| pixels.frames);
    let images = scene.map_or(1, |scene| scene.stack.images.len());
    ui.add_space(space::SMALL);
    ui.label(RichText::new(context.t("viewer.save.scope")).size(size::SMALL));
    ui.horizontal(|ui| {
        if frames > 1 {
            let frame = context.t("viewer.save.scope.frame");
            ui.radio_value(&mut sheet.scope, SaveScope::Frame, frame);
        }
        let image = context.t("viewer.save.scope.image");
        ui.radio_value(&mut sheet.scope, SaveScope::Image, image);
        let count = images.to_string();
        let series = context
            .texts
            .fill("viewer.save.scope.series", &[("count", &count)]);
        ui.add_enabled_ui(images > 1, |ui| {
            ui.radio_value(&mut sheet.scope, SaveScope::Series, series);
        });
    });
}

fn parts_ui(ui: &mut Ui, context: &UiContext, scene: Option<&Scene>, sheet: &mut SaveSheet) {
    let spaced = scene.is_some_and(|scene| scene.image.plane().spacing.is_some());
    ui.add_space(space::SMALL);
    ui.label(RichText::new(context.t("viewer.save.area")).size(size::SMALL));
    ui.horizontal_wrapped(|ui| {
        let areas = [
            (SaveArea::Visible, "viewer.save.area.visible", true),
            (SaveArea::Whole, "viewer.save.area.whole", true),
            (SaveArea::Magnified, "viewer.save.area.magnified", true),
            (SaveArea::TrueSize, "viewer.save.area.true-size", spaced),
        ];
        for (area, name, enabled) in areas {
            ui.add_enabled_ui(enabled, |ui| {
                ui.radio_value(&mut sheet.area, area, context.texts.t(name));
            });
        }
    });
    ui.add_space(space::SMALL);
    ui.label(RichText::new(context.t("viewer.save.parts")).size(size::SMALL));
    let parts = &mut sheet.parts;
    ui.horizontal_wrapped(|ui| {
        let switches = [
            (&mut parts.drawings, "viewer.save.part.drawings"),
            (&mut parts.grays, "viewer.save.part.grays"),
            (&mut parts.turns, "viewer.save.part.turns"),
            (&mut parts.shutter, "viewer.save.part.shutter"),
            (&mut parts.earlier, "viewer.save.part.earlier"),
        ];
        for (on, name) in switches {
            ui.checkbox(on, context.texts.t(name));
        }
    });
}

fn buttons_ui(
    ui: &mut Ui,
    context: &UiContext,
    sheet: &SaveSheet,
    ready: bool,
    out: &mut Vec<ViewerAction>,
) -> bool {
    let mut close = false;
    ui.add_space(space::MEDIUM);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.add_enabled_ui(ready && !sheet.running, |ui| {
            let save = context.t("viewer.save.save");
            let button = widgets::primary_button(ui, context.theme, icons::SAVE, save);
            if button.clicked() {
                out.push(ViewerAction::Save(SaveAction::Store));
            }
        });
        close = widgets::button(ui, "", context.t("dialog.cancel")).clicked();
        if sheet.running {
            ui.spinner();
        }
    });
    close
}

fn problem_words(context: &UiContext, problem: &SaveProblem) -> String {
    let t = |key| context.texts.t(key).to_owned();
    match problem {
        SaveProblem::Label(error) => error.to_string(),
        SaveProblem::Description => t("viewer.save.problem.description"),
        SaveProblem::Creator => t("viewer.save.problem.creator"),
        SaveProblem::NotShown => t("viewer.save.problem.not-shown"),
        SaveProblem::NotLoaded => t("viewer.save.problem.not-loaded"),
        SaveProblem::View(error) => error.to_string(),
        SaveProblem::Store(words) => words.clone(),
    }
}
