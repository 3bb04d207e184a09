//! The display (D6): size of a pixel, calibration with what comes of it, test patterns.

use egui::{Button, Grid, RichText, Role, TextEdit, Ui};

use super::{curve, fields};
use crate::engine::DisplayCalibration;
use crate::imaging::display_function::{Calibration, Conditions, MeasurementError, Measurements};
use crate::imaging::test_pattern::TestPattern;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, patterns, widgets};
use crate::workspace::display::next_check;
use crate::workspace::setting_fields::{Field, MEASUREMENTS, Section};
use crate::workspace::settings::SettingsAction;
use crate::workspace::{Action, Browse, DisplayAction, DisplayStatus, ShellAction, Workspace};

/// P-Values whose luminances are told.
const TOLD: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Draws the card.
pub fn displays_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    status_ui(ui, context, workspace);
    fields::section_ui(ui, context, workspace, Section::Display, actions);
    ui.horizontal(|ui| {
        let match_ruler = context.t("display.match-ruler");
        if widgets::button(ui, icons::ONE_TO_ONE, match_ruler).clicked() {
            actions.push(Action::Display(DisplayAction::OpenRuler));
        }
    });
    ui.add_space(space::SMALL);
    fields::section_ui(ui, context, workspace, Section::Calibration, actions);
    calibrated_today_ui(ui, context, workspace, actions);
    if drafted(workspace, "display.calibration") == DisplayCalibration::Software.to_string() {
        measurements_ui(ui, context, workspace, actions);
        match calibration(workspace) {
            Ok(calibration) => result_ui(ui, context, &calibration),
            Err(problem) => {
                let text = RichText::new(problem.to_string()).color(context.theme.failure);
                ui.add(egui::Label::new(text).wrap());
            }
        }
    }
    patterns_ui(ui, context, actions);
}

/// What is typed for a setting, else what is set.
fn drafted(workspace: &Workspace, key: &str) -> String {
    Field::of(key).map_or_else(String::new, |field| workspace.settings.text(field))
}

fn status_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace) {
    let theme = context.theme;
    let settings = workspace.settings.settings.as_deref();
    let next = settings.and_then(next_check).map(|day| day.to_string());
    let (icon, key, color) = match workspace.display_status() {
        DisplayStatus::Calibrated => (icons::CHECK, "display.calibrated", theme.good),
        DisplayStatus::Due => (icons::WARNING, "display.due", theme.warning),
        DisplayStatus::NotCalibrated => (icons::WARNING, "display.uncalibrated", theme.text_weak),
    };
    let day = next.as_deref().unwrap_or("–");
    let text = context.texts.fill(key, &[("day", day)]);
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon).color(color));
        ui.label(RichText::new(text).color(color));
    });
}

fn calibrated_today_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let today = workspace.clock.today.to_string();
    let known = drafted(workspace, "display.calibrated-on") == today;
    let name = context.t("display.checked-today");
    let button = ui.add_enabled(!known, Button::new(name));
    if widgets::named(button, Role::Button, name).clicked() {
        let edit = SettingsAction::Edit("display.calibrated-on", today);
        actions.push(Action::Settings(edit));
    }
}

/// The table that a photometer gave: typed, pasted or out of a file.
fn measurements_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let name = context.t("setting.display.measurements");
    ui.label(name);
    let text = drafted(workspace, MEASUREMENTS);
    let mut edited = text.clone();
    egui::ScrollArea::vertical()
        .id_salt("measurements")
        .max_height(120.0)
        .show(ui, |ui| {
            let field = TextEdit::multiline(&mut edited)
                .hint_text("0 0.42\n15 0.71\n…\n255 402.5")
                .desired_rows(5)
                .desired_width(f32::INFINITY);
            widgets::named(ui.add(field), Role::MultilineTextInput, name);
        });
    if edited != text {
        actions.push(Action::Settings(SettingsAction::Edit(MEASUREMENTS, edited)));
    }
    let open = context.t("display.open-measurements");
    if widgets::button(ui, icons::FILE, open).clicked() {
        actions.push(Action::Shell(ShellAction::Browse(Browse::Measurements)));
    }
}

/// The calibration as typed, before it is applied.
fn calibration(workspace: &Workspace) -> Result<Calibration, MeasurementError> {
    let number = |key: &str| drafted(workspace, key).trim().parse::<f64>().ok();
    let measurements = Measurements::parse(&drafted(workspace, MEASUREMENTS))?;
    let conditions = Conditions {
        ambient: number("display.ambient").unwrap_or_default(),
        darkest: number("display.luminance-min"),
        brightest: number("display.luminance-max"),
    };
    Calibration::new(&measurements, &conditions)
}

fn result_ui(ui: &mut Ui, context: &UiContext, calibration: &Calibration) {
    curve::curve_ui(ui, context, calibration);
    let differences = format!("{:.0}", calibration.differences());
    let (low, high) = (calibration.darkest(), calibration.brightest());
    let (low, high) = (format!("{low:.3}"), format!("{high:.1}"));
    let values = [
        ("low", low.as_str()),
        ("high", &high),
        ("count", &differences),
    ];
    ui.label(context.texts.fill("display.reach", &values));
    let small = |text: String| RichText::new(text).size(size::SMALL);
    Grid::new("display-result").striped(true).show(ui, |ui| {
        for key in [
            "display.p",
            "display.wanted",
            "display.level",
            "display.reached",
        ] {
            let head = small(context.texts.t(key).to_owned());
            ui.label(head.color(context.theme.text_weak));
        }
        ui.end_row();
        for p in TOLD {
            let level = calibration.level(p);
            ui.label(small(format!("{p:.2}")));
            ui.label(small(format!("{:.3}", calibration.wanted(p))));
            ui.label(small(level.to_string()));
            ui.label(small(format!("{:.3}", calibration.measured(level))));
            ui.end_row();
        }
    });
}

fn patterns_ui(ui: &mut Ui, context: &UiContext, actions: &mut Vec<Action>) {
    ui.add_space(space::SMALL);
    ui.label(context.t("display.patterns"));
    ui.horizontal_wrapped(|ui| {
        for pattern in TestPattern::ALL {
            let name = context.texts.t(patterns::title(pattern));
            if widgets::button(ui, icons::MONITOR, name).clicked() {
                actions.push(Action::Display(DisplayAction::ShowPattern(pattern)));
            }
        }
    });
}
