//! Banners under the top edge: conflicts with the machine that people must see, never modal (section 9).

use egui::{Color32, Frame, Layout, Margin, Panel, RichText, Ui};

use super::context::UiContext;
use super::{format, icons, widgets};
use crate::workspace::notices::Tone;
use crate::workspace::{Action, ShellAction, Workspace};

/// Draws the banners, each on a line of its own.
pub fn notices_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    if let Some(free) = nearly_full(workspace) {
        let free = format::bytes(free);
        let text = context.texts.fill("notice.disk-low", &[("free", &free)]);
        banner_ui(ui, context, "disk", theme.warning, &text, None, actions);
    }
    for notice in &workspace.notices.shown {
        let color = match notice.tone {
            Tone::Warning => theme.warning,
            Tone::Failure => theme.failure,
        };
        let dismiss = Some(ShellAction::Dismiss(notice.id));
        let id = notice.id.to_string();
        banner_ui(ui, context, &id, color, &notice.text, dismiss, actions);
    }
}

/// Free bytes when the disk is within twice the minimum that the store keeps free.
fn nearly_full(workspace: &Workspace) -> Option<u64> {
    let (free, _) = workspace.disk?;
    let minimum = workspace.settings.settings.as_ref()?.store_minimum_free;
    (free < minimum.saturating_mul(2)).then_some(free)
}

fn banner_ui(
    ui: &mut Ui,
    context: &UiContext,
    id: &str,
    color: Color32,
    text: &str,
    dismiss: Option<ShellAction>,
    actions: &mut Vec<Action>,
) {
    let theme = context.theme;
    let frame = Frame::new()
        .fill(theme.raised)
        .inner_margin(Margin::symmetric(16, 6));
    let shown = Panel::top(format!("notice-{id}"))
        .frame(frame)
        .resizable(false)
        .show_separator_line(false)
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(icons::WARNING).color(color));
                ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                    if let Some(dismiss) = dismiss {
                        let name = context.t("notice.dismiss");
                        if widgets::icon_button(ui, icons::CLOSE, name).clicked() {
                            actions.push(Action::Shell(dismiss));
                        }
                    }
                    ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                        ui.add(egui::Label::new(RichText::new(text).color(theme.text)).wrap());
                    });
                });
            });
        });
    let edge = shown.response.rect;
    let line = egui::Rect::from_min_size(edge.min, egui::Vec2::new(3.0, edge.height()));
    ui.painter().rect_filled(line, 0.0, color);
}
