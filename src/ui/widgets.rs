//! The few controls that egui does not have or names badly. Each carries its plain name in the accessibility tree (T1).

use egui::{
    Align2, Color32, Id, Rect, Response, RichText, Role, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

use super::theme::{Theme, radius, size, space};

/// Gives a widget its plain name: icons in its text would otherwise be part of it.
pub fn named(response: Response, role: Role, name: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(role, enabled, name));
    response
}

/// Gives any node a stable id and a description that tests and screen readers read.
pub fn describe(ui: &Ui, id: Id, author_id: &str, description: &str) {
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_author_id(author_id);
        node.set_description(description);
    });
}

/// The one button of a screen or sheet that goes on.
pub fn primary_button(ui: &mut Ui, theme: &Theme, icon: &str, text: &str) -> Response {
    let words = RichText::new(spaced(icon, text)).color(theme.on_accent);
    let button = egui::Button::new(words)
        .fill(theme.accent)
        .stroke(Stroke::new(1.0, theme.accent))
        .min_size(Vec2::new(0.0, space::CONTROL));
    let response = ui.add(button);
    focus_ring(ui, theme, &response);
    named(response, Role::Button, text)
}

/// A button with an icon and words.
pub fn button(ui: &mut Ui, icon: &str, text: &str) -> Response {
    let response =
        ui.add(egui::Button::new(spaced(icon, text)).min_size(Vec2::new(0.0, space::CONTROL)));
    named(response, Role::Button, text)
}

/// A button whose words are only its name and tip.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let button = egui::Button::new(RichText::new(icon).size(size::HEADING))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(space::CONTROL));
    named(ui.add(button), Role::Button, name).on_hover_text(name)
}

/// A word that is on or off.
pub fn chip(ui: &mut Ui, theme: &Theme, text: &str, name: &str, on: bool) -> Response {
    let (fill, outline, color) = if on {
        (theme.selection, theme.accent, theme.text)
    } else {
        (Color32::TRANSPARENT, theme.outline, theme.text_weak)
    };
    let chip = egui::Button::new(RichText::new(text).color(color).size(size::SMALL + 0.5))
        .fill(fill)
        .stroke(Stroke::new(1.0, outline))
        .corner_radius(radius::CONTROL)
        .min_size(Vec2::new(0.0, 26.0));
    let response = ui.add(chip);
    focus_ring(ui, theme, &response);
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, name));
    response
}

/// Draws the focus ring on what painted itself over egui's.
pub fn focus_ring(ui: &Ui, theme: &Theme, response: &Response) {
    if response.has_focus() {
        ui.painter().rect_stroke(
            response.rect.expand(2.0),
            f32::from(radius::CONTROL) + 2.0,
            theme.focus_ring(),
            egui::StrokeKind::Inside,
        );
    }
}

/// A number in a small coloured pill.
pub fn badge(ui: &Ui, theme: &Theme, center: egui::Pos2, text: &str) {
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        Theme::strong_font(size::SMALL - 1.0),
        theme.on_failure,
    );
    let pill = Rect::from_center_size(center, galley.size() + Vec2::new(10.0, 2.0));
    ui.painter()
        .rect_filled(pill, pill.height() / 2.0, theme.failure);
    ui.painter().galley(
        pill.center() - galley.size() / 2.0,
        galley,
        theme.on_failure,
    );
}

/// Text on one line, cut with an ellipsis where its place ends.
pub fn clipped_text(ui: &Ui, place: Rect, align: Align2, text: &str, size: f32, color: Color32) {
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), Theme::font(size), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(place.width());
    let galley = ui.painter().layout_job(job);
    let at = align.align_size_within_rect(galley.size(), place).min;
    ui.painter().galley(at, galley, color);
}

/// A thin line of progress; an unknown total moves.
pub fn progress_line(ui: &mut Ui, theme: &Theme, name: &str, width: f32, fraction: Option<f32>) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 6.0), Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(rect, 3.0, theme.control);
    let filled = match fraction {
        Some(fraction) => Rect::from_min_size(
            rect.min,
            Vec2::new(rect.width() * fraction.clamp(0.0, 1.0), rect.height()),
        ),
        None => {
            let phase = (ui.input(|i| i.time) % 1.6 / 1.6) as f32;
            let left = rect.left() + (rect.width() * 0.7) * phase;
            Rect::from_min_size(
                egui::pos2(left, rect.top()),
                Vec2::new(rect.width() * 0.3, rect.height()),
            )
        }
    };
    painter.rect_filled(filled, 3.0, theme.accent);
    let value = f64::from(fraction.unwrap_or(0.0));
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(value);
        info
    });
}

/// An icon, a title and a sentence in the middle of an empty place.
pub fn empty_state(ui: &mut Ui, theme: &Theme, icon: &str, title: &str, sentence: &str) {
    ui.label(
        RichText::new(icon)
            .size(size::EMPTY_ICON)
            .color(theme.text_faint),
    );
    ui.add_space(space::SMALL);
    ui.label(
        RichText::new(title)
            .font(Theme::strong_font(size::TITLE))
            .color(theme.text),
    );
    ui.add_space(space::TIGHT);
    ui.label(RichText::new(sentence).color(theme.text_weak));
}

/// A heading of a group.
pub fn heading(ui: &mut Ui, theme: &Theme, text: &str) -> Response {
    ui.label(
        RichText::new(text)
            .font(Theme::strong_font(size::HEADING))
            .color(theme.text),
    )
}

fn spaced(icon: &str, text: &str) -> String {
    if icon.is_empty() {
        text.to_owned()
    } else {
        format!("{icon}  {text}")
    }
}
