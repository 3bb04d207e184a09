//! Tabs and patient banner (SH2): one tab a patient, each with its colour; the one shown says who it is.

use egui::{Align, Button, Color32, Layout, Rect, RichText, Role, Sense, Ui, Vec2};

use crate::imaging::technique::{readable_date, readable_name};
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, size, space};
use crate::ui::{icons, widgets};
use crate::workspace::viewer::{Tab, ViewerAction};
use crate::workspace::{DisplayStatus, Workspace};

/// Height of the banner.
pub const HEIGHT: f32 = 40.0;

/// Muted, and far from the colours of warnings; as many as `PATIENT_COLORS`.
const COLORS: [Color32; 6] = [
    Color32::from_rgb(86, 132, 168),
    Color32::from_rgb(126, 112, 168),
    Color32::from_rgb(84, 146, 126),
    Color32::from_rgb(160, 108, 140),
    Color32::from_rgb(122, 138, 84),
    Color32::from_rgb(108, 120, 136),
];

/// The colour of a patient, the same everywhere.
pub fn color(tab: &Tab) -> Color32 {
    COLORS[tab.color % COLORS.len()]
}

/// Draws tabs and banner.
pub fn banner_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    out: &mut Vec<ViewerAction>,
) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = space::SMALL;
        for (index, tab) in workspace.viewer.tabs.iter().enumerate() {
            if index == workspace.viewer.active_tab {
                patient_ui(ui, context, tab);
                conflicts_ui(ui, context, tab, out);
                close_ui(ui, context, index, out);
            } else {
                other_ui(ui, tab, index, out);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            fitness_ui(ui, context, workspace);
        });
    });
}

/// What the place is not declared fit for, and what the display is not (F4).
fn fitness_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace) {
    let settings = workspace.settings.settings.as_deref();
    let fit = settings.is_some_and(|settings| settings.display_diagnostic);
    let calibration = match workspace.display_status() {
        DisplayStatus::Calibrated => None,
        DisplayStatus::Due => Some("viewer.calibration-due"),
        DisplayStatus::NotCalibrated => Some("viewer.not-calibrated"),
    };
    let fitness = (!fit).then_some("viewer.not-diagnostic");
    for key in [calibration, fitness].into_iter().flatten() {
        let words = RichText::new(context.texts.t(key)).font(Theme::strong_font(size::SMALL));
        ui.label(words.color(context.theme.warning));
    }
}

fn name_of(tab: &Tab) -> String {
    let study = tab.studies.first();
    let name = study.map_or("", |study| study.row.patient_name.as_str());
    let name = readable_name(name);
    if name.is_empty() {
        tab.patient.id.clone()
    } else {
        name
    }
}

fn bar_ui(ui: &mut Ui, tab: &Tab) {
    let (place, _) = ui.allocate_exact_size(Vec2::new(5.0, HEIGHT - 14.0), Sense::hover());
    ui.painter().rect_filled(place, 2.0, color(tab));
}

fn patient_ui(ui: &mut Ui, context: &UiContext, tab: &Tab) {
    let theme = context.theme;
    let Some(study) = tab.studies.first().map(|study| &study.row) else {
        return;
    };
    let start = ui.cursor().min;
    bar_ui(ui, tab);
    let strong = RichText::new(name_of(tab)).font(Theme::strong_font(size::HEADING));
    ui.label(strong.color(theme.text));
    let details = [
        study.patient_id.clone(),
        readable_date(&study.patient_birth_date),
        study.patient_sex.clone(),
        readable_date(&study.study_date),
        study.study_description.clone(),
        study.accession_number.clone(),
    ];
    let words: Vec<&str> = details
        .iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    let text = words.join("   ·   ");
    ui.label(RichText::new(&text).size(size::BODY).color(theme.text_weak));
    let place = Rect::from_min_max(start, ui.min_rect().max);
    let response = ui.interact(place, ui.scope_id().with("patient-banner"), Sense::hover());
    let response = widgets::named(response, Role::Label, "Patient");
    let description = format!("{} · {text} · color {}", name_of(tab), tab.color);
    widgets::describe(ui, response.id, "patient-banner", &description);
}

/// The red banner of a patient whose studies have conflicts (F2): it leads to them.
fn conflicts_ui(ui: &mut Ui, context: &UiContext, tab: &Tab, out: &mut Vec<ViewerAction>) {
    let theme = context.theme;
    let count = tab.studies.iter().map(|study| study.row.conflict_count);
    let count: u64 = count.sum();
    if count == 0 {
        return;
    }
    let name = context.texts.count("viewer.conflicts", count);
    let words = RichText::new(format!("{}  {name}", icons::WARNING)).color(theme.on_failure);
    let button = Button::new(words.font(Theme::strong_font(size::BODY)))
        .fill(theme.failure)
        .min_size(Vec2::new(0.0, space::CONTROL));
    let response = ui.add(button);
    widgets::focus_ring(ui, theme, &response);
    if widgets::named(response, Role::Button, &name).clicked() {
        out.push(ViewerAction::ShowConflicts);
    }
}

fn close_ui(ui: &mut Ui, context: &UiContext, index: usize, out: &mut Vec<ViewerAction>) {
    if widgets::icon_button(ui, icons::CLOSE, context.t("viewer.close-tab")).clicked() {
        out.push(ViewerAction::CloseTab(index));
    }
}

fn other_ui(ui: &mut Ui, tab: &Tab, index: usize, out: &mut Vec<ViewerAction>) {
    bar_ui(ui, tab);
    let name = name_of(tab);
    let button = Button::new(RichText::new(&name).size(size::BODY))
        .frame_when_inactive(false)
        .min_size(Vec2::new(0.0, space::CONTROL));
    if widgets::named(ui.add(button), Role::Tab, &name).clicked() {
        out.push(ViewerAction::SelectTab(index));
    }
    ui.add_space(space::SMALL);
}
