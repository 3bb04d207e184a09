//! Everything that a node answered for the row under the cursor, and what came of fetching it.

use egui::{RichText, ScrollArea, Ui};

use crate::dicom::{DataSet, Element, VR, Value, dictionary, tags};
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{format, widgets};
use crate::workspace::Workspace;
use crate::workspace::query::{Children, Transfer};

/// Indentation of what is inside a sequence.
const INDENT: f32 = 14.0;

/// Draws the panel.
pub fn answer_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("query.answer"));
    ui.add_space(space::SMALL);
    let Some(entry) = workspace.query.current() else {
        let words = RichText::new(context.t("query.choose"));
        ui.label(words.color(theme.text_weak));
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if let Some(transfer) = workspace.query.transfers.of(&entry.id) {
            transfer_ui(ui, context, transfer);
        }
        if let Children::Failed(words) = &entry.children {
            let words = RichText::new(words).color(theme.failure);
            ui.add(egui::Label::new(words).wrap());
        }
        attributes_ui(ui, context, &entry.set, 0.0);
    });
}

/// How a transfer ended, object by object where something failed.
fn transfer_ui(ui: &mut Ui, context: &UiContext, transfer: &Transfer) {
    let theme = context.theme;
    let Some(end) = transfer.end.as_ref().filter(|end| !end.words.is_empty()) else {
        return;
    };
    let color = if end.complete {
        theme.good
    } else {
        theme.failure
    };
    ui.add(egui::Label::new(RichText::new(&end.words).color(color)).wrap());
    for line in &end.details {
        ui.label(RichText::new(line).size(size::SMALL).color(theme.text_weak));
    }
    ui.add_space(space::MEDIUM);
}

fn attributes_ui(ui: &mut Ui, context: &UiContext, set: &DataSet, indent: f32) {
    for element in &set.elements {
        if element.tag != tags::QUERY_RETRIEVE_LEVEL {
            attribute_ui(ui, context, set, element, indent);
        }
    }
}

fn attribute_ui(ui: &mut Ui, context: &UiContext, set: &DataSet, element: &Element, indent: f32) {
    let theme = context.theme;
    let name = match dictionary::keyword(element.tag) {
        Some(keyword) => keyword.to_owned(),
        None => element.tag.to_string(),
    };
    let values = match &element.value {
        Value::Sequence(_) => String::new(),
        _ => readable(set, element),
    };
    if values.is_empty() && !matches!(element.value, Value::Sequence(_)) {
        return;
    }
    ui.horizontal_top(|ui| {
        ui.add_space(indent);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = RichText::new(name).size(size::SMALL);
            ui.label(name.color(theme.text_faint));
            if !values.is_empty() {
                ui.add(egui::Label::new(RichText::new(&values).color(theme.text)).wrap());
            }
        });
    });
    if let Value::Sequence(items) = &element.value {
        for item in items {
            attributes_ui(ui, context, item, indent + INDENT);
        }
    }
}

/// A value as people read it.
fn readable(set: &DataSet, element: &Element) -> String {
    let vr = dictionary::vr(element.tag, false);
    let texts = set.texts(element.tag);
    let words = texts.iter().map(|text| match vr {
        VR::PN => format::person_name(text),
        VR::DA => format::date(text),
        _ => text.clone(),
    });
    words.collect::<Vec<_>>().join(", ")
}
