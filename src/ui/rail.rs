//! The left rail (SH1): the screens that exist, with badges for what wants attention.

use egui::{Align2, Role, Sense, Ui, Vec2, WidgetInfo};

use super::context::UiContext;
use super::theme::{Theme, radius, size, space};
use super::{icons, widgets};
use crate::workspace::{Action, Screen, ShellAction, Workspace};

/// Draws the rail.
pub fn rail_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    ui.add_space(space::SMALL);
    ui.spacing_mut().item_spacing.y = space::TIGHT;
    for screen in Screen::ALL {
        let chosen = workspace.screen == screen;
        let badge = badge_of(screen, workspace);
        if entry_ui(ui, context, icon(screen), screen.title(), chosen, badge) {
            actions.push(Action::Shell(ShellAction::Show(screen)));
        }
    }
    ui.with_layout(egui::Layout::bottom_up(egui::Align::Center), |ui| {
        ui.add_space(space::SMALL);
        if entry_ui(ui, context, icons::HELP, "help.title", workspace.help, 0) {
            actions.push(Action::Shell(ShellAction::ToggleHelp));
        }
    });
}

fn icon(screen: Screen) -> &'static str {
    match screen {
        Screen::Studies => icons::STUDIES,
        Screen::Query => icons::PEERS,
        Screen::Viewer => icons::VIEWER,
        Screen::Film => icons::FILM,
        Screen::Activity => icons::ACTIVITY,
        Screen::Settings => icons::SETTINGS,
    }
}

fn badge_of(screen: Screen, workspace: &Workspace) -> u64 {
    match screen {
        Screen::Studies => workspace.studies.conflicts.len() as u64,
        Screen::Activity => u64::from(workspace.activity.unseen_failures),
        Screen::Settings => workspace.settings.callers.len() as u64,
        Screen::Film => {
            let jobs = workspace.film.jobs.iter();
            jobs.filter(|job| job.has_failed() || job.is_uncertain())
                .count() as u64
        }
        Screen::Query | Screen::Viewer => 0,
    }
}

fn entry_ui(
    ui: &mut Ui,
    context: &UiContext,
    icon: &str,
    key: &str,
    chosen: bool,
    badge: u64,
) -> bool {
    let theme = context.theme;
    let name = context.texts.t(key);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(space::RAIL - 12.0, 58.0), Sense::click());
    let color = match (chosen, response.hovered()) {
        (true, _) => theme.text,
        (false, true) => theme.text,
        (false, false) => theme.text_weak,
    };
    let painter = ui.painter();
    if chosen || response.hovered() {
        let fill = if chosen {
            theme.control
        } else {
            theme.row_hovered
        };
        painter.rect_filled(rect, radius::CARD, fill);
    }
    if chosen {
        let bar = egui::Rect::from_min_size(
            rect.left_center() - Vec2::new(6.0, 14.0),
            Vec2::new(3.0, 28.0),
        );
        painter.rect_filled(bar, 1.5, theme.accent);
    }
    painter.text(
        rect.center_top() + Vec2::new(0.0, 20.0),
        Align2::CENTER_CENTER,
        icon,
        Theme::font(size::RAIL_ICON),
        color,
    );
    painter.text(
        rect.center_bottom() - Vec2::new(0.0, 12.0),
        Align2::CENTER_CENTER,
        name,
        Theme::font(size::SMALL),
        color,
    );
    if badge > 0 {
        let text = if badge > 99 {
            "99+".to_owned()
        } else {
            badge.to_string()
        };
        widgets::badge(ui, theme, rect.right_top() + Vec2::new(-14.0, 11.0), &text);
    }
    widgets::focus_ring(ui, theme, &response);
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, name));
    response.clicked()
}
