//! What is said on an image about its presentation state (F5): which one, what the user changed, what of it is not shown.

use egui::Color32;

use super::corner_text::Line;
use super::planned::Planned;
use super::scene::Scene;
use crate::imaging::Zoom;
use crate::imaging::presentation_state::StateParts;
use crate::ui::context::UiContext;

/// Reasons told on the image; the panel has them all.
const REASONS_MAX: usize = 3;

/// The lines of a scene, the most important first.
pub fn lines(context: &UiContext, scene: &Scene, planned: Option<&Planned>) -> Vec<Line> {
    let theme = context.theme;
    let mut lines = Vec::new();
    let mut say = |text: String, color: Color32| lines.push(Line { text, color });
    let states = &scene.states;
    let Some(stored) = states.chosen else {
        if !states.available.is_empty() {
            let count = states.available.len().to_string();
            let text = context
                .texts
                .fill("viewer.ps.available", &[("count", &count)]);
            say(text, theme.warning);
        }
        return lines;
    };
    let title = stored.title();
    let problem = planned.and_then(|planned| planned.problem.as_ref());
    if let Some(problem) = problem.or(states.problem()) {
        let reason = problem.to_string();
        let values = [("label", title), ("reason", &*reason)];
        say(
            context.texts.fill("viewer.ps.refused", &values),
            theme.failure,
        );
        return lines;
    }
    if states.is_news {
        let text = context.texts.fill("viewer.ps.arrived", &[("label", title)]);
        say(text, theme.accent);
    }
    if states.is_outdated() {
        let newest = states.available.first().map_or("", |state| state.title());
        let text = context.texts.fill("viewer.ps.newer", &[("label", newest)]);
        say(text, theme.warning);
    }
    for text in ignored(context, scene, planned) {
        say(text, theme.warning);
    }
    if is_modified(scene) {
        say(context.t("viewer.ps.modified").to_owned(), theme.warning);
    }
    let name = format!("PS \"{title}\"");
    let words = [name, stored.creator.clone(), stored.readable_date()];
    let words = words.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    say(words.join(" "), Color32::WHITE);
    lines
}

/// What of the state is not shown as it asks, a line each, the rest as a number.
fn ignored(context: &UiContext, scene: &Scene, planned: Option<&Planned>) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    if scene.parts != StateParts::ALL {
        reasons.push(context.t("viewer.ps.switched-off").to_owned());
    }
    let warnings = planned.iter().flat_map(|planned| &planned.warnings);
    reasons.extend(warnings.map(ToString::to_string));
    let more = reasons.len().saturating_sub(REASONS_MAX);
    let shown = reasons.into_iter().take(REASONS_MAX);
    let mut lines: Vec<String> = shown
        .map(|reason| {
            context
                .texts
                .fill("viewer.ps.ignored", &[("reason", &reason)])
        })
        .collect();
    if more > 0 {
        let count = more.to_string();
        lines.push(
            context
                .texts
                .fill("viewer.ps.ignored-more", &[("count", &count)]),
        );
    }
    lines
}

/// Whether the user changed how the state shows the image.
pub fn is_modified(scene: &Scene) -> bool {
    let view = &scene.adjustments;
    let moved = view.zoom != Zoom::Fit || view.pan != (0.0, 0.0);
    let turned = view.rotation != 0 || view.flip;
    let grays = view.invert || scene.tab.window(scene.cell).is_some();
    moved || turned || grays || !view.overlays || view.drawn_shutter.is_some()
}
