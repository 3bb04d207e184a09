//! The audit trail (D7): who changed what and when, filtered as one types, copied for support. It holds no patient data.

use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};
use jiff::tz::TimeZone;

use crate::engine::AuditRow;
use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::{format, icons, widgets};
use crate::workspace::settings::SettingsAction;
use crate::workspace::{Action, Workspace};

/// Height of the list.
const LIST_HEIGHT: f32 = 220.0;
/// Between two lines.
const LINE_SPACING: f32 = 2.0;

/// Draws the card.
pub fn audit_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let settings = &workspace.settings;
    let zone = TimeZone::system();
    let rows: Vec<&AuditRow> = settings.audit_shown().collect();
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, icons::REDO, context.t("audit.read")).clicked() {
            actions.push(Action::Settings(SettingsAction::ReadAudit));
        }
        ui.add_enabled_ui(!rows.is_empty(), |ui| {
            if widgets::button(ui, icons::COPY, context.t("audit.copy")).clicked() {
                let lines: Vec<_> = rows.iter().map(|row| line(row, &zone)).collect();
                ui.copy_text(lines.join("\n"));
            }
        });
        let mut filter = settings.audit_filter.clone();
        let field = TextEdit::singleline(&mut filter)
            .hint_text(context.t("audit.filter").to_owned())
            .desired_width(180.0);
        let field = ui.add(field);
        if field.changed() {
            actions.push(Action::Settings(SettingsAction::FilterAudit(filter)));
        }
        widgets::named(field, Role::TextInput, context.t("audit.filter"));
    });
    if rows.is_empty() {
        let key = match settings.audit.is_empty() {
            true => "audit.unread",
            false => "audit.nothing",
        };
        ui.label(RichText::new(context.texts.t(key)).color(theme.text_faint));
        return;
    }
    // The rows are measured with the spacing that holds here.
    ui.spacing_mut().item_spacing.y = LINE_SPACING;
    let line_height = ui.text_style_height(&egui::TextStyle::Small);
    let shown = ScrollArea::vertical()
        .id_salt("audit")
        .max_height(LIST_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, line_height, rows.len(), |ui, visible| {
            for row in &rows[visible] {
                let text = RichText::new(line(row, &zone)).size(size::SMALL);
                let label = egui::Label::new(text.color(theme.text_weak));
                ui.add(label.truncate().selectable(true));
            }
        });
    let count = context.texts.count("audit.count", rows.len() as u64);
    let node = ui.interact(
        shown.inner_rect,
        shown.id.with("list"),
        egui::Sense::hover(),
    );
    node.widget_info(|| WidgetInfo::labeled(Role::List, true, &count));
}

fn line(row: &AuditRow, zone: &TimeZone) -> String {
    let at = format::local_time(row.at_ms, zone);
    format!("{at}  {}: {}", row.action, row.details)
}
