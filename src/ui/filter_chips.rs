//! Days and modalities as chips: what the study list is narrowed by and what a query asks for.

use egui::{Key, Role, TextEdit, Ui};

use super::context::UiContext;
use super::theme::space;
use super::widgets;
use crate::workspace::studies::{MODALITIES, Period, typed_date};

/// What is chosen.
pub struct Chosen<'a> {
    /// Days.
    pub period: Period,
    /// Earliest day as typed, for `Period::Range`.
    pub from: &'a str,
    /// Latest day as typed, for `Period::Range`.
    pub to: &'a str,
    /// Any of these modalities, or all.
    pub modalities: &'a [String],
}

/// What somebody chose.
pub enum Choice {
    /// Days.
    Period(Period),
    /// First and last day as typed.
    Dates(String, String),
    /// A modality on or off.
    Modality(String),
    /// Enter in a day.
    Entered,
}

/// Draws the chips.
pub fn chips_ui(ui: &mut Ui, context: &UiContext, chosen: &Chosen, mut choose: impl FnMut(Choice)) {
    let theme = context.theme;
    for period in Period::ALL {
        let text = context.texts.t(period_key(period));
        if widgets::chip(ui, theme, text, text, chosen.period == period).clicked() {
            choose(Choice::Period(period));
        }
    }
    if chosen.period == Period::Range {
        range_ui(ui, context, chosen, &mut choose);
    }
    ui.add_space(space::SMALL);
    for modality in MODALITIES {
        let on = chosen.modalities.iter().any(|known| known == modality);
        if widgets::chip(ui, theme, modality, modality, on).clicked() {
            choose(Choice::Modality((*modality).to_owned()));
        }
    }
}

/// The text of a choice of days.
pub fn period_key(period: Period) -> &'static str {
    match period {
        Period::Any => "period.any",
        Period::Today => "period.today",
        Period::TwoDays => "period.two-days",
        Period::Week => "period.week",
        Period::Range => "period.range",
    }
}

fn range_ui(ui: &mut Ui, context: &UiContext, chosen: &Chosen, choose: &mut impl FnMut(Choice)) {
    let (mut from, mut to) = (chosen.from.to_owned(), chosen.to.to_owned());
    let mut changed = false;
    for (text, key) in [(&mut from, "period.from"), (&mut to, "period.to")] {
        let wrong = !text.is_empty() && typed_date(text).is_empty();
        let color = if wrong {
            context.theme.failure
        } else {
            context.theme.text
        };
        let field = TextEdit::singleline(text)
            .hint_text("YYYY-MM-DD")
            .text_color(color)
            .desired_width(92.0);
        let response = ui.add(field);
        changed |= response.changed();
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            choose(Choice::Entered);
        }
        widgets::named(response, Role::TextInput, context.texts.t(key));
    }
    if changed {
        choose(Choice::Dates(from, to));
    }
}
