//! The frame around every screen: rail, status bar, banners, sheets, and the keys that work everywhere.

use egui::{Frame, Key, KeyboardShortcut, Margin, Modifiers, Panel, Ui};

use super::context::UiContext;
use super::text::Texts;
use super::theme::{Theme, space};
use super::{
    activity, film, help, notices, patterns, query, rail, ruler, settings, sheets, status_bar,
    studies, viewer,
};
use crate::workspace::import::ImportAction;
use crate::workspace::studies::RowId;
use crate::workspace::{Action, Appearance, FilmAction, Screen, ShellAction, Workspace};

/// Longest time between the clicks of a double-click, as desktops have it.
const DOUBLE_CLICK_SECONDS: f64 = 0.5;

/// Longest time between press and release of a click: nothing here means something else when it is held.
const CLICK_SECONDS: f64 = 3.0;

/// Texts and look as the preferences want them.
#[derive(Debug)]
pub struct Shell {
    texts: Texts,
    theme: Theme,
    applied: Option<(Appearance, u16)>,
}

impl Shell {
    /// A shell for a context: fonts now, the look at the first frame.
    pub fn new(context: &egui::Context) -> Self {
        context.set_fonts(super::fonts::definitions(None));
        context.options_mut(|options| {
            options.zoom_with_keyboard = false;
            // Clicks are timed by the frame that saw them: a slow frame between the two must not make one click of them.
            options.input_options.max_double_click_delay = DOUBLE_CLICK_SECONDS;
            // Nor may a slow frame between press and release make no click of them.
            options.input_options.max_click_duration = CLICK_SECONDS;
        });
        Self {
            texts: Texts::new(Default::default()),
            theme: Theme::dark(),
            applied: None,
        }
    }

    /// The colours in use.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Adds a font of the system for scripts that the bundled ones lack.
    pub fn use_fallback_font(&self, context: &egui::Context, bytes: Vec<u8>) {
        context.set_fonts(super::fonts::definitions(Some(bytes)));
    }

    /// Makes texts and look follow the preferences.
    pub fn follow(&mut self, context: &egui::Context, workspace: &Workspace) {
        let preferences = &workspace.preferences;
        if self.texts.language() != preferences.language {
            self.texts = Texts::new(preferences.language);
        }
        let wanted = (preferences.appearance, preferences.text_percent);
        if self.applied != Some(wanted) {
            self.applied = Some(wanted);
            self.theme = match preferences.appearance {
                Appearance::Dark => Theme::dark(),
                Appearance::Light => Theme::light(),
            };
            self.theme.apply(context);
            context.set_zoom_factor(f32::from(preferences.text_percent) / 100.0);
        }
    }

    /// Draws everything and collects what the user did.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        workspace: &Workspace,
        render_state: Option<&egui_wgpu::RenderState>,
    ) -> Vec<Action> {
        self.follow(ui.ctx(), workspace);
        let context = UiContext {
            texts: &self.texts,
            theme: &self.theme,
            now: workspace.clock.now,
            render_state,
            by_card: workspace.graphics.is_card(),
        };
        let mut actions = Vec::new();
        keys(ui, workspace, &mut actions);
        frame_ui(ui, &context, workspace, &mut actions);
        actions
    }
}

fn frame_ui(ui: &mut Ui, context: &UiContext, workspace: &Workspace, actions: &mut Vec<Action>) {
    let theme = context.theme;
    let counters = viewer::counters(context, workspace);
    // The window was cleared to the panels' colour.
    let bar = Frame::new().inner_margin(Margin::symmetric(12, 0));
    Panel::bottom("status-bar")
        .exact_size(space::STATUS)
        .frame(bar)
        .resizable(false)
        .show(ui, |ui| {
            status_bar::status_bar_ui(ui, context, workspace, &counters, actions);
        });
    let rail = Frame::new().inner_margin(Margin::symmetric(6, 4));
    Panel::left("rail")
        .exact_size(space::RAIL)
        .frame(rail)
        .resizable(false)
        .show(ui, |ui| rail::rail_ui(ui, context, workspace, actions));
    notices::notices_ui(ui, context, workspace, actions);
    // No frame: each screen paints its own ground, and a viewport its whole cell.
    egui::CentralPanel::no_frame().show(ui, |ui| match workspace.screen {
        Screen::Viewer => viewer::viewer_ui(ui, context, workspace, actions),
        Screen::Studies => ground(ui, theme, |ui| {
            studies::studies_ui(ui, context, workspace, actions);
        }),
        Screen::Query => ground(ui, theme, |ui| {
            query::query_ui(ui, context, workspace, actions);
        }),
        Screen::Film => ground(ui, theme, |ui| {
            film::film_ui(ui, context, workspace, actions);
        }),
        Screen::Activity => ground(ui, theme, |ui| {
            activity::activity_ui(ui, context, workspace, actions);
        }),
        Screen::Settings => ground(ui, theme, |ui| {
            settings::settings_ui(ui, context, workspace, actions);
        }),
    });
    sheets::sheets_ui(ui, context, workspace, actions);
    if let Some(ruler) = &workspace.display.ruler {
        ruler::ruler_ui(ui, context, ruler, actions);
    }
    if let Some(pattern) = workspace.display.pattern {
        patterns::pattern_ui(ui, context, workspace, pattern, actions);
    }
    if workspace.help {
        help::help_ui(ui, context, actions);
    }
}

fn ground(ui: &mut Ui, theme: &Theme, contents: impl FnOnce(&mut Ui)) {
    ui.painter().rect_filled(ui.max_rect(), 0.0, theme.ground);
    contents(ui);
}

/// Keys that work on every screen.
fn keys(ui: &Ui, workspace: &Workspace, actions: &mut Vec<Action>) {
    const SCREEN_KEYS: [Key; 6] = [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
    ];
    let pressed = |modifiers, key| {
        ui.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    for (screen, key) in Screen::ALL.into_iter().zip(SCREEN_KEYS) {
        if pressed(Modifiers::COMMAND, key) {
            actions.push(Action::Shell(ShellAction::Show(screen)));
        }
    }
    if pressed(Modifiers::NONE, Key::F1) {
        actions.push(Action::Shell(ShellAction::ToggleHelp));
    }
    if let Some(film) = film_of(ui, workspace)
        && pressed(Modifiers::COMMAND, Key::P)
    {
        actions.push(Action::Film(film));
    }
    if pressed(Modifiers::COMMAND, Key::I) {
        actions.push(Action::Shell(ShellAction::Show(Screen::Studies)));
        actions.push(Action::Import(ImportAction::Open));
    }
}

/// What Ctrl+P puts on film: the study or series under the cursor of the list, or what the viewer shows.
fn film_of(ui: &Ui, workspace: &Workspace) -> Option<FilmAction> {
    match workspace.screen {
        Screen::Studies if !workspace.sheet_is_open() => {
            let (study, series) = match workspace.studies.cursor.as_ref()? {
                RowId::Series(study, series) => (study, Some(series.clone())),
                other => (other.study(), None),
            };
            Some(FilmAction::Study(study.clone(), series))
        }
        Screen::Viewer => {
            let tab = workspace.viewer.tab()?;
            let views = viewer::on_screen::views(ui.ctx(), tab, false);
            let study = || {
                tab.studies
                    .first()
                    .map(|study| study.row.study_instance_uid.clone())
            };
            if views.is_empty() {
                return Some(FilmAction::Study(study()?, None));
            }
            Some(FilmAction::Views(views))
        }
        _ => None,
    }
}
