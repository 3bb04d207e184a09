//! What cleaning up would delete (D4): a list to look at before it is switched on. Nothing is deleted from here.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::engine::StudyRow;
use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::{format, icons, widgets};
use crate::workspace::settings::SettingsAction;
use crate::workspace::{Action, Workspace};

/// Height of the list.
const LIST_HEIGHT: f32 = 150.0;
/// Between two lines.
const LINE_SPACING: f32 = 2.0;

/// Draws the dry run.
pub fn clean_up_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let sentence = RichText::new(context.t("clean-up.sentence")).size(size::SMALL);
    ui.add(egui::Label::new(sentence.color(theme.text_weak)).wrap());
    if widgets::button(ui, icons::VISIBLE, context.t("clean-up.show")).clicked() {
        actions.push(Action::Settings(SettingsAction::ListCleanUp));
    }
    let Some(rows) = &workspace.settings.clean_up else {
        return;
    };
    let bytes: u64 = rows.iter().map(|row| row.bytes).sum();
    let count = context.texts.count("studies.count", rows.len() as u64);
    let values = [
        ("studies", count.as_str()),
        ("bytes", &format::bytes(bytes)),
    ];
    let words = context.texts.fill("clean-up.would-go", &values);
    ui.label(RichText::new(&words).color(theme.text));
    // The rows are measured with the spacing that holds here.
    ui.spacing_mut().item_spacing.y = LINE_SPACING;
    let line_height = ui.text_style_height(&egui::TextStyle::Small);
    let shown = ScrollArea::vertical()
        .id_salt("clean-up")
        .max_height(LIST_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, line_height, rows.len(), |ui, visible| {
            for row in &rows[visible] {
                let text = RichText::new(line(context, row)).size(size::SMALL);
                let label = egui::Label::new(text.color(theme.text_weak));
                ui.add(label.truncate().selectable(true));
            }
        });
    let node = ui.interact(
        shown.inner_rect,
        shown.id.with("list"),
        egui::Sense::hover(),
    );
    node.widget_info(|| WidgetInfo::labeled(Role::List, true, &words));
}

fn line(context: &UiContext, row: &StudyRow) -> String {
    let images = context.texts.count("studies.images", row.instance_count);
    [
        format::person_name(&row.patient_name),
        format::date(&row.study_date),
        row.modalities.join(" "),
        images,
        format::bytes(row.bytes),
    ]
    .join("  ·  ")
}
