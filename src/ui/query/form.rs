//! The basic form: who, what, when, and the one button that asks.

use egui::{Align, Id, Key, KeyboardShortcut, Layout, Modifiers, Role, TextEdit, Ui, Vec2};

use crate::engine::Level;
use crate::ui::context::UiContext;
use crate::ui::filter_chips::{self, Choice, Chosen};
use crate::ui::theme::space;
use crate::ui::{icons, widgets};
use crate::workspace::query::{QueryAction, QueryPanel};
use crate::workspace::{Action, Workspace};

/// The fields of the first row: path, and share of the width.
const FIELDS: [(&str, f32); 4] = [
    ("PatientName", 0.32),
    ("PatientID", 0.2),
    ("AccessionNumber", 0.2),
    ("StudyDescription", 0.28),
];

/// What the buttons at the end of the first row take.
const BUTTONS: f32 = 250.0;

/// Draws both rows.
pub fn form_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::SMALL;
        fields_ui(ui, context, workspace, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons_ui(ui, context, workspace, actions);
        });
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 6.0);
        chips_ui(ui, context, workspace, actions);
    });
    if let Some(wrong) = &workspace.query.wrong {
        let words = egui::RichText::new(wrong).color(context.theme.failure);
        ui.label(words);
    }
}

fn fields_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let first = Id::unique("query-field-PatientName");
    let find = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
    if ui.input_mut(|input| input.consume_shortcut(&find)) {
        ui.memory_mut(|memory| memory.request_focus(first));
    }
    let gaps = FIELDS.len() as f32 * (space::SMALL + 20.0);
    let width = (ui.available_width() - BUTTONS - gaps).max(320.0);
    for (path, share) in FIELDS {
        let name = context.texts.t(path_key(path));
        let field = Field {
            id: Id::unique(("query-field", path)),
            level: Level::Study,
            path,
            name,
            hint: name,
            width: width * share,
        };
        let id = if path == "PatientName" {
            first
        } else {
            field.id
        };
        field_ui(ui, workspace, &Field { id, ..field }, actions);
    }
}

fn path_key(path: &str) -> &'static str {
    match path {
        "PatientName" => "query.key.PatientName",
        "PatientID" => "query.key.PatientID",
        "AccessionNumber" => "query.key.AccessionNumber",
        _ => "query.key.StudyDescription",
    }
}

/// A text field for a key.
pub struct Field<'a> {
    /// Its id.
    pub id: Id,
    /// Where the key is asked.
    pub level: Level,
    /// The key.
    pub path: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// What stands in it while it is empty.
    pub hint: &'a str,
    /// Its width.
    pub width: f32,
}

/// Draws a text field; Enter asks, arrow down goes to the answers.
pub fn field_ui(ui: &mut Ui, workspace: &Workspace, field: &Field, actions: &mut Vec<Action>) {
    let mut text = workspace
        .query
        .form
        .value(field.level, field.path)
        .to_owned();
    let edit = TextEdit::singleline(&mut text)
        .id(field.id)
        .hint_text(field.hint.to_owned())
        .desired_width(field.width)
        .margin(egui::Margin::symmetric(8, 6));
    let response = ui.add(edit);
    let changed = response.changed();
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let down = response.has_focus() && ui.input(|input| input.key_pressed(Key::ArrowDown));
    let id = response.id;
    widgets::named(response, Role::TextInput, field.name);
    let author = format!("query-{}-{}", field.level.term(), field.path);
    widgets::describe(ui, id, &author, &text);
    if changed {
        let edit = QueryAction::Edit(field.level, field.path.to_owned(), text);
        actions.push(Action::Query(edit));
    }
    if entered {
        actions.push(Action::Query(QueryAction::Ask));
    }
    if down {
        ui.memory_mut(|memory| memory.request_focus(super::table::focus_id()));
    }
}

/// From the right: ask or stop, more keys, empty the form.
fn buttons_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let query = &workspace.query;
    if query.is_asking() {
        if widgets::primary_button(ui, theme, icons::STOP, context.t("query.stop")).clicked() {
            actions.push(Action::Query(QueryAction::Stop));
        }
    } else if widgets::primary_button(ui, theme, icons::SEARCH, context.t("query.ask")).clicked() {
        actions.push(Action::Query(QueryAction::Ask));
    }
    let hidden = query.form.hidden_count();
    let name = context.t("query.more");
    let text = if hidden > 0 {
        format!("{name} ({hidden})")
    } else {
        name.to_owned()
    };
    let open = query.panel == QueryPanel::Keys;
    if widgets::chip(ui, theme, &text, name, open || hidden > 0).clicked() {
        actions.push(Action::Query(QueryAction::Show(QueryPanel::Keys)));
    }
    if !query.form.is_neutral()
        && widgets::icon_button(ui, icons::CLOSE, context.t("query.clear")).clicked()
    {
        actions.push(Action::Query(QueryAction::Clear));
    }
}

fn chips_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let form = &workspace.query.form;
    let chosen = Chosen {
        period: form.period,
        from: &form.from,
        to: &form.to,
        modalities: &form.modalities,
    };
    filter_chips::chips_ui(ui, context, &chosen, |choice| {
        actions.push(Action::Query(match choice {
            Choice::Period(period) => QueryAction::SetPeriod(period),
            Choice::Dates(from, to) => QueryAction::SetDates(from, to),
            Choice::Modality(modality) => QueryAction::ToggleModality(modality),
            Choice::Entered => QueryAction::Ask,
        }));
    });
}
