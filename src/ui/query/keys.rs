//! Every key of Tables 11 to 17, and any other attribute by name.

use egui::{ComboBox, Id, RichText, Role, ScrollArea, TextEdit, Ui};

use super::form::{Field, field_ui};
use crate::dicom::query::{
    INSTANCE_KEYS, Key, KeyPath, PATIENT_KEYS, PRESENTATION_STATE_KEYS, SERIES_KEYS, SR_KEYS,
    STUDY_KEYS,
};
use crate::dicom::{VR, tags};
use crate::engine::Level;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::ui::{icons, widgets};
use crate::workspace::query::{OtherKey, QueryAction};
use crate::workspace::{Action, Workspace};

/// The groups: heading, sentence, level, keys. Key objects (Table 16) are found by the title of Table 15.
const GROUPS: [(&str, &str, Level, &[Key]); 6] = [
    ("query.group.patient", "", Level::Study, PATIENT_KEYS),
    ("query.group.study", "", Level::Study, STUDY_KEYS),
    (
        "query.group.series",
        "query.group.series-sentence",
        Level::Series,
        SERIES_KEYS,
    ),
    (
        "query.group.image",
        "query.group.image-sentence",
        Level::Image,
        INSTANCE_KEYS,
    ),
    ("query.group.document", "", Level::Image, SR_KEYS),
    (
        "query.group.state",
        "",
        Level::Image,
        PRESENTATION_STATE_KEYS,
    ),
];

/// Draws the panel.
pub fn keys_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    widgets::heading(ui, theme, context.t("query.more"));
    ui.add_space(space::SMALL);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (title, sentence, level, keys) in GROUPS {
            if !keys.iter().any(has_field) {
                continue;
            }
            caption_ui(ui, context, title, sentence);
            for key in keys.iter().filter(|key| has_field(key)) {
                key_ui(ui, context, workspace, level, key, actions);
            }
            ui.add_space(space::MEDIUM);
        }
        others_ui(ui, context, workspace, actions);
    });
}

fn caption_ui(ui: &mut Ui, context: &UiContext, title: &str, sentence: &str) {
    let theme = context.theme;
    let title = RichText::new(context.texts.t(title)).color(theme.text);
    ui.label(title.font(crate::ui::theme::Theme::strong_font(size::BODY)));
    if !sentence.is_empty() {
        let words = RichText::new(context.texts.t(sentence)).size(size::SMALL);
        ui.label(words.color(theme.text_weak));
    }
}

/// Sequences have no value of their own; what the basic form shows is not repeated.
fn has_field(key: &Key) -> bool {
    const BASIC: [crate::dicom::Tag; 5] = [
        tags::PATIENT_NAME,
        tags::PATIENT_ID,
        tags::ACCESSION_NUMBER,
        tags::STUDY_DESCRIPTION,
        tags::STUDY_DATE,
    ];
    key.vr() != VR::SQ && !BASIC.contains(&key.tag)
}

fn key_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    level: Level,
    key: &Key,
    actions: &mut Vec<Action>,
) {
    let path = KeyPath::from(key).to_string();
    let text_key = format!("query.key.{path}");
    let name = context.texts.t(&text_key);
    ui.label(
        RichText::new(name)
            .size(size::SMALL)
            .color(context.theme.text_weak),
    );
    let field = Field {
        id: Id::unique(("query-key", level, &path)),
        level,
        path: &path,
        name,
        hint: hint(key.vr()),
        width: ui.available_width() - 24.0,
    };
    field_ui(ui, workspace, &field, actions);
}

/// How a value is written, where that is not plain text.
fn hint(vr: VR) -> &'static str {
    match vr {
        VR::DA => "YYYYMMDD-YYYYMMDD",
        VR::TM => "HHMMSS-HHMMSS",
        VR::DT => "YYYYMMDDHHMMSS-",
        VR::UI => "1.2.840…",
        _ => "",
    }
}

/// Keys by name.
fn others_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    caption_ui(
        ui,
        context,
        "query.group.other",
        "query.group.other-sentence",
    );
    for (at, other) in workspace.query.form.others.iter().enumerate() {
        let mut edited = other.clone();
        other_ui(ui, context, at, &mut edited, actions);
        if edited != *other {
            actions.push(Action::Query(QueryAction::EditOther(at, edited)));
        }
    }
    if widgets::button(ui, icons::ADD, context.t("query.add-key")).clicked() {
        actions.push(Action::Query(QueryAction::AddOther));
    }
}

fn other_ui(
    ui: &mut Ui,
    context: &UiContext,
    at: usize,
    edited: &mut OtherKey,
    actions: &mut Vec<Action>,
) {
    let number = (at + 1).to_string();
    let numbered = |key: &str| context.texts.fill(key, &[("number", &number)]);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::TIGHT;
        let level = ComboBox::from_id_salt(("query-other", at))
            .width(74.0)
            .selected_text(context.texts.t(level_key(edited.level)))
            .show_ui(ui, |ui| {
                for level in [Level::Study, Level::Series, Level::Image] {
                    let text = context.texts.t(level_key(level));
                    ui.selectable_value(&mut edited.level, level, text);
                }
            });
        widgets::named(
            level.response,
            Role::ComboBox,
            &numbered("query.other-level"),
        );
        let known = edited.name.trim().is_empty() || edited.name.trim().parse::<KeyPath>().is_ok();
        let theme = context.theme;
        let color = if known { theme.text } else { theme.failure };
        let name = TextEdit::singleline(&mut edited.name)
            .hint_text("BodyPartExamined")
            .text_color(color)
            .desired_width(ui.available_width() - 46.0);
        widgets::named(ui.add(name), Role::TextInput, &numbered("query.other-name"));
        let remove = numbered("query.other-remove");
        if widgets::icon_button(ui, icons::CLOSE, &remove).clicked() {
            actions.push(Action::Query(QueryAction::RemoveOther(at)));
        }
    });
    let value = TextEdit::singleline(&mut edited.value).desired_width(ui.available_width() - 24.0);
    widgets::named(
        ui.add(value),
        Role::TextInput,
        &numbered("query.other-value"),
    );
}

fn level_key(level: Level) -> &'static str {
    match level {
        Level::Study => "query.level.study",
        Level::Series => "query.level.series",
        Level::Image => "query.level.image",
    }
}
