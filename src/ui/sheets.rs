//! Sheets over the study list: import, its results, export, the question before a deletion.

use egui::{
    Frame, Id, Layout, Margin, Modal, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo,
};

use super::context::UiContext;
use super::theme::{Theme, radius, size, space};
use super::{icons, widgets};
use crate::engine::Outcome;
use crate::engine::command::ExportFormat;
use crate::workspace::confirm::{ExportSheet, Question, Target};
use crate::workspace::import::ImportAction;
use crate::workspace::{Action, Browse, FileAction, Screen, ShellAction, Workspace};

/// Draws the sheet that is open, if any.
pub fn sheets_ui(ui: &Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    if let Some(question) = &workspace.question {
        question_ui(ui, context, question, actions);
    } else if workspace.screen != Screen::Studies {
        // Never over images; sheets wait where they were opened.
    } else if workspace.import.open {
        import_ui(ui, context, workspace, actions);
    } else if let Some(result) = &workspace.import.result {
        result_ui(ui, context, &result.outcome, actions);
    } else if let Some(sheet) = &workspace.export {
        export_ui(ui, context, sheet, actions);
    } else if let Some(sheet) = &workspace.send {
        super::send_sheet::send_ui(ui, context, workspace, sheet, actions);
    }
}

/// A sheet in the middle of the window; true when it shall close: its contents say so, or a click beside it, or Esc.
pub fn sheet_ui(
    ui: &Ui,
    context: &UiContext,
    title: &str,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> bool,
) -> bool {
    let theme = context.theme;
    let frame = Frame::new()
        .fill(theme.raised)
        .stroke(egui::Stroke::new(1.0, theme.outline))
        .corner_radius(radius::CARD)
        .inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique("sheet").with(title))
        .frame(frame)
        .backdrop_color(egui::Color32::from_black_alpha(120));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.label(
            RichText::new(title)
                .font(Theme::strong_font(size::TITLE - 2.0))
                .color(theme.text),
        );
        ui.add_space(space::TIGHT);
        contents(ui)
    });
    let dialog = &response.response;
    dialog.widget_info(|| WidgetInfo::labeled(Role::Dialog, true, title));
    response.inner || response.should_close()
}

fn buttons_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.add_space(space::MEDIUM);
    ui.with_layout(Layout::right_to_left(egui::Align::Center), contents);
}

fn import_ui(ui: &Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let import = &workspace.import;
    let close = sheet_ui(ui, context, context.t("import.title"), 540.0, |ui| {
        ui.label(RichText::new(context.t("import.sentence")).color(theme.text_weak));
        ui.add_space(space::SMALL);
        let mut path = import.path.clone();
        let field = TextEdit::singleline(&mut path)
            .hint_text(context.t("import.path-hint").to_owned())
            .desired_width(f32::INFINITY)
            .margin(Margin::symmetric(10, 6));
        let response = widgets::named(ui.add(field), Role::TextInput, context.t("import.path"));
        let enter = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if response.changed() {
            actions.push(Action::Import(ImportAction::EditPath(path)));
        }
        ui.horizontal(|ui| {
            for (icon, key, browse) in [
                (icons::FILE, "import.files", Browse::ImportFiles),
                (icons::FOLDER, "import.folder", Browse::ImportFolder),
            ] {
                if widgets::button(ui, icon, context.texts.t(key)).clicked() {
                    actions.push(Action::Shell(ShellAction::Browse(browse)));
                }
            }
        });
        paths_ui(ui, context, workspace, actions);
        ui.add_space(space::SMALL);
        for (link, text, tip) in [
            (false, "import.copy", "import.copy-tip"),
            (true, "import.link", "import.link-tip"),
        ] {
            let chosen = workspace.preferences.link_imports == link;
            if ui.radio(chosen, context.texts.t(text)).clicked() {
                actions.push(Action::Import(ImportAction::SetLink(link)));
            }
            if chosen {
                ui.label(
                    RichText::new(context.texts.t(tip))
                        .size(size::SMALL)
                        .color(theme.text_weak),
                );
            }
        }
        let mut close = false;
        buttons_ui(ui, |ui| {
            ui.add_enabled_ui(import.ready(), |ui| {
                let start = context.t("import.start");
                if widgets::primary_button(ui, theme, icons::IMPORT, start).clicked()
                    || (enter && import.ready())
                {
                    actions.push(Action::Import(ImportAction::Start));
                }
            });
            close = widgets::button(ui, "", context.t("dialog.cancel")).clicked();
        });
        close
    });
    if close {
        actions.push(Action::Import(ImportAction::Close));
    }
}

fn paths_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    if workspace.import.paths.is_empty() {
        return;
    }
    ScrollArea::vertical().max_height(160.0).show(ui, |ui| {
        for (index, path) in workspace.import.paths.iter().enumerate() {
            ui.horizontal(|ui| {
                let path = path.display().to_string();
                let remove = context.texts.fill("import.remove", &[("path", &path)]);
                if widgets::icon_button(ui, icons::CLOSE, &remove).clicked() {
                    actions.push(Action::Import(ImportAction::Remove(index)));
                }
                ui.add(egui::Label::new(path).truncate());
            });
        }
    });
}

fn result_ui(ui: &Ui, context: &UiContext, outcome: &Outcome, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let title = match &outcome.result {
        Ok(()) => context.t("import.result"),
        Err(_) => context.t("import.failed"),
    };
    let close = sheet_ui(ui, context, title, 560.0, |ui| {
        counts_ui(ui, context, outcome);
        if let Err(failure) = &outcome.result {
            ui.label(RichText::new(&failure.message).color(theme.failure));
        } else {
            ui.label(RichText::new(&outcome.message).color(theme.text_weak));
        }
        if !outcome.details.is_empty() {
            ui.add_space(space::SMALL);
            ui.label(RichText::new(context.t("import.reasons")).color(theme.text));
            ScrollArea::both().max_height(260.0).show(ui, |ui| {
                for line in &outcome.details {
                    let text = RichText::new(line).size(size::SMALL).color(theme.text_weak);
                    ui.add(egui::Label::new(text).extend().selectable(true));
                }
            });
        }
        let mut close = false;
        buttons_ui(ui, |ui| {
            close = widgets::primary_button(ui, theme, icons::CHECK, context.t("dialog.close"))
                .clicked();
        });
        close
    });
    if close {
        actions.push(Action::Import(ImportAction::CloseResult));
    }
}

/// The counts of the machine output as large numbers; a count that is not there is not shown.
fn counts_ui(ui: &mut Ui, context: &UiContext, outcome: &Outcome) {
    const COUNTS: &[(&str, &str)] = &[
        ("imported", "import.imported"),
        ("duplicate", "import.duplicate"),
        ("conflict", "import.conflict"),
        ("not_dicom", "import.not-dicom"),
        ("failed", "import.failures"),
    ];
    let theme = context.theme;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::LARGE;
        for (name, key) in COUNTS {
            let value = &outcome.json[*name];
            let count = value
                .as_u64()
                .or_else(|| value.as_array().map(|list| list.len() as u64));
            let Some(count) = count else {
                continue;
            };
            let color = match (*name, count) {
                (_, 0) => theme.text_faint,
                ("failed" | "conflict", _) => theme.failure,
                _ => theme.text,
            };
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let number = super::text::grouped(count);
                ui.label(
                    RichText::new(number)
                        .font(Theme::strong_font(size::TITLE))
                        .color(color),
                );
                let words = RichText::new(context.texts.t(key)).size(size::SMALL);
                ui.label(words.color(theme.text_weak));
            });
        }
    });
}

/// How much is chosen, in words.
pub fn amounts(context: &UiContext, target: &Target) -> [(&'static str, String); 2] {
    [
        (
            "studies",
            context.texts.count("studies.count", target.studies),
        ),
        (
            "images",
            context.texts.count("studies.images", target.images),
        ),
    ]
}

fn delete_words(context: &UiContext, target: &Target) -> String {
    let [(_, studies), (_, images)] = amounts(context, target);
    if target.pinned > 0 {
        let pinned = context.texts.count("studies.count", target.pinned);
        context.texts.fill("delete.pinned", &[("studies", &pinned)])
    } else if target.keys.len() > 1 {
        context.texts.fill("delete.part", &[("images", &images)])
    } else {
        let values = [("studies", studies.as_str()), ("images", &images)];
        context.texts.fill("delete.sentence", &values)
    }
}

fn question_ui(ui: &Ui, context: &UiContext, question: &Question, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let (blocked, text) = match question {
        Question::Delete(target) => (target.pinned > 0, delete_words(context, target)),
        Question::DeleteNewcomer(_) => (false, context.t("conflicts.delete-sentence").to_owned()),
        Question::CloseTab(_) | Question::CloseWindow => {
            (false, context.t("viewer.unsaved.sentence").to_owned())
        }
    };
    let (title, icon, yes) = match question {
        Question::Delete(_) | Question::DeleteNewcomer(_) => {
            ("delete.title", icons::DELETE, "delete.confirm")
        }
        Question::CloseTab(_) | Question::CloseWindow => (
            "viewer.unsaved.title",
            icons::CLOSE,
            "viewer.unsaved.confirm",
        ),
    };
    let close = sheet_ui(ui, context, context.t(title), 440.0, |ui| {
        ui.label(RichText::new(text).color(theme.text));
        let mut close = false;
        buttons_ui(ui, |ui| {
            if !blocked {
                let words = format!("{icon}  {}", context.t(yes));
                let button = egui::Button::new(RichText::new(words).color(theme.on_failure))
                    .fill(theme.failure)
                    .min_size(egui::Vec2::new(0.0, space::CONTROL));
                let response = ui.add(button);
                widgets::focus_ring(ui, theme, &response);
                let name = context.t(yes);
                if widgets::named(response, Role::Button, name).clicked() {
                    actions.push(Action::Shell(ShellAction::Confirm));
                }
            }
            close = widgets::button(ui, "", context.t("dialog.cancel")).clicked();
        });
        close
    });
    if close {
        actions.push(Action::Shell(ShellAction::Decline));
    }
}

fn export_ui(ui: &Ui, context: &UiContext, sheet: &ExportSheet, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let close = sheet_ui(ui, context, context.t("export.title"), 520.0, |ui| {
        let [studies, images] = amounts(context, &sheet.target);
        let values = [(studies.0, studies.1.as_str()), (images.0, &images.1)];
        let what = context.texts.fill("export.what", &values);
        ui.label(RichText::new(what).color(theme.text_weak));
        let mut edited = sheet.clone();
        let field = TextEdit::singleline(&mut edited.directory)
            .hint_text(context.t("export.directory-hint").to_owned())
            .desired_width(f32::INFINITY)
            .margin(Margin::symmetric(10, 6));
        widgets::named(
            ui.add(field),
            Role::TextInput,
            context.t("export.directory"),
        );
        if widgets::button(ui, icons::FOLDER, context.t("export.browse")).clicked() {
            actions.push(Action::Shell(ShellAction::Browse(Browse::ExportFolder)));
        }
        ui.add_space(space::TIGHT);
        for (format, key) in [
            (ExportFormat::Dicom, "export.dicom"),
            (ExportFormat::FileSet, "export.file-set"),
            (ExportFormat::Png, "export.png"),
            (ExportFormat::Jpeg, "export.jpeg"),
        ] {
            ui.radio_value(&mut edited.format, format, context.texts.t(key));
        }
        if edited != *sheet {
            let edit = FileAction::EditExport(edited.directory, edited.format);
            actions.push(Action::Files(edit));
        }
        let mut close = false;
        buttons_ui(ui, |ui| {
            ui.add_enabled_ui(sheet.job().is_some(), |ui| {
                let start = context.t("export.start");
                if widgets::primary_button(ui, theme, icons::EXPORT, start).clicked() {
                    actions.push(Action::Files(FileAction::StartExport));
                }
            });
            close = widgets::button(ui, "", context.t("dialog.cancel")).clicked();
        });
        close
    });
    if close {
        actions.push(Action::Files(FileAction::CloseExport));
    }
}
