//! The list of F1, generated from the tables that drive the keys.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::context::UiContext;
use super::sheets;
use super::theme::{Theme, size, space};
use crate::workspace::bindings::{BINDINGS, Binding};
use crate::workspace::{Action, ShellAction};

/// Draws the list.
pub fn help_ui(ui: &Ui, context: &UiContext, actions: &mut Vec<Action>) {
    let close = sheets::sheet_ui(ui, context, context.t("help.heading"), 560.0, |ui| {
        let height = ui.ctx().content_rect().height() * 0.7;
        let list = ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true]);
        list.show(ui, |ui| {
            ui.spacing_mut().interact_size.y = size::HEADING;
            let viewer = super::viewer::help_bindings();
            for area in [
                "help.area.shell",
                "help.area.studies",
                "help.area.query",
                "help.area.film",
            ] {
                area_ui(
                    ui,
                    context,
                    area,
                    BINDINGS.iter().filter(|b| b.area == area),
                );
            }
            area_ui(ui, context, "help.area.viewer", viewer.iter());
        });
        false
    });
    if close {
        actions.push(Action::Shell(ShellAction::ToggleHelp));
    }
}

fn area_ui<'a>(
    ui: &mut Ui,
    context: &UiContext,
    area: &'static str,
    bindings: impl Iterator<Item = &'a Binding>,
) {
    let theme = context.theme;
    let mut bindings = bindings.peekable();
    if bindings.peek().is_none() {
        return;
    }
    ui.label(
        RichText::new(context.texts.t(area))
            .font(Theme::strong_font(size::BODY))
            .color(theme.text_weak),
    );
    Grid::new(area)
        .num_columns(2)
        .min_col_width(190.0)
        .spacing([space::MEDIUM, space::TIGHT])
        .show(ui, |ui| {
            for binding in bindings {
                ui.label(RichText::new(binding.keys.as_ref()).color(theme.text));
                ui.label(RichText::new(context.texts.t(binding.help)).color(theme.text_weak));
                ui.end_row();
            }
        });
    ui.add_space(space::MEDIUM);
}
