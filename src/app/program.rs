//! The frame loop, and how it starts.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use egui::ViewportCommand;

use super::card_test::CardTest;
use super::dialogs::Dialogs;
use super::fallback_font::FallbackFont;
use super::handover::Listener;
use super::remembered::Remembered;
use super::screenshot::Screenshot;
use crate::dicom::StudyInstanceUid;
use crate::engine::{Command, Engine, EngineOptions, Failure, FailureKind};
use crate::ui::Shell;
use crate::workspace::notices::Tone;
use crate::workspace::{Action, Clock, ShellAction, StudiesAction, Workspace};

/// How to open the window.
#[derive(Debug, Clone)]
pub struct Options {
    /// The store's directory.
    pub data_dir: PathBuf,
    /// A study to show at once.
    pub open: Option<StudyInstanceUid>,
    /// Save a picture of the window here once there is something to see, then end.
    pub screenshot: Option<PathBuf>,
}

/// Opens the window and returns when it was closed; a store that cannot be opened ends it with the reason.
pub fn run(options: Options) -> Result<(), Failure> {
    let begun = Instant::now();
    let remembered = Remembered::read(&options.data_dir);
    let awake: Arc<OnceLock<egui::Context>> = Arc::default();
    let engine = start_engine(&options, remembered.preferences.receive, Arc::clone(&awake));
    let native = native_options(&remembered);
    let end: Arc<OnceLock<Failure>> = Arc::default();
    let end_of_program = Arc::clone(&end);
    eframe::run_native(
        "dgscope",
        native,
        Box::new(move |creation| {
            let context = creation.egui_ctx.clone();
            let shell = Shell::new(&context);
            let card_test = CardTest::start(creation.wgpu_render_state.as_ref(), &context);
            let mut program = Program::new(options, remembered, engine, shell, end_of_program);
            program.card_test = Some(card_test);
            program.started = begun;
            // From here on the engine can wake the window.
            if awake.set(context).is_err() {
                tracing::error!("the window was created twice");
            }
            Ok(Box::new(program))
        }),
    )
    .map_err(no_window)?;
    end.get().cloned().map_or(Ok(()), Err)
}

/// Why there is no window. The window library answers a missing display with places in its own source.
fn no_window(error: eframe::Error) -> Failure {
    let absent = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    let no_display = cfg!(all(unix, not(target_os = "macos")))
        && ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
            .into_iter()
            .all(absent);
    let words = if no_display {
        "window: no display (neither WAYLAND_DISPLAY nor DISPLAY is set); serve and the other subcommands need none"
            .to_owned()
    } else {
        format!("window: {error}")
    };
    Failure::new(FailureKind::Environment, words)
}

type Starting = JoinHandle<Result<Engine, Failure>>;

fn start_engine(
    options: &Options,
    run_node: bool,
    awake: Arc<OnceLock<egui::Context>>,
) -> Starting {
    let engine_options = EngineOptions {
        data_dir: options.data_dir.clone(),
        server: true,
        run_node,
        ..EngineOptions::default()
    };
    std::thread::spawn(move || {
        let wake = Arc::clone(&awake);
        let result = Engine::start(
            engine_options,
            Box::new(move || {
                if let Some(context) = wake.get() {
                    context.request_repaint();
                }
            }),
        );
        if let Some(context) = awake.get() {
            context.request_repaint();
        }
        result
    })
}

fn native_options(remembered: &Remembered) -> eframe::NativeOptions {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("dgscope")
        .with_app_id("dgscope")
        .with_icon(super::remembered::icon())
        .with_drag_and_drop(true)
        .with_min_inner_size([900.0, 600.0])
        .with_clamp_size_to_monitor_size(true);
    let place = remembered.preferences.window;
    viewport = match place {
        Some(place) => viewport
            .with_inner_size([place.width, place.height])
            .with_maximized(place.maximized),
        None => viewport.with_inner_size([1500.0, 900.0]),
    };
    if let Some((x, y)) = place.and_then(|place| place.x.zip(place.y)) {
        viewport = viewport.with_position([x, y]);
    }
    eframe::NativeOptions {
        viewport,
        // Greys must arrive as they were computed.
        dithering: false,
        ..Default::default()
    }
}

/// How often a test pattern looks whether the screen has another size.
const PATTERN_FOLLOWS: Duration = Duration::from_millis(300);

/// The window: a workspace, the shell that draws it, and the engine it talks to.
struct Program {
    options: Options,
    workspace: Workspace,
    shell: Shell,
    starting: Option<Starting>,
    engine: Option<Engine>,
    dialogs: Dialogs,
    handover: Option<Listener>,
    fallback_font: FallbackFont,
    card_test: Option<CardTest>,
    remembered: Remembered,
    screenshot: Option<Screenshot>,
    started: Instant,
    picture_told: bool,
    fills_screen: bool,
    zone: jiff::tz::TimeZone,
    end: Arc<OnceLock<Failure>>,
}

impl Program {
    fn new(
        options: Options,
        remembered: Remembered,
        starting: Starting,
        shell: Shell,
        end: Arc<OnceLock<Failure>>,
    ) -> Self {
        Self {
            workspace: Workspace::new(remembered.preferences.clone()),
            screenshot: options.screenshot.clone().map(Screenshot::new),
            options,
            shell,
            starting: Some(starting),
            engine: None,
            dialogs: Dialogs::default(),
            handover: None,
            fallback_font: FallbackFont::default(),
            card_test: None,
            remembered,
            started: Instant::now(),
            picture_told: false,
            fills_screen: false,
            zone: jiff::tz::TimeZone::system(),
            end,
        }
    }

    /// Takes the engine over when it is ready; a failure ends the program with its reason.
    fn take_engine(&mut self, context: &egui::Context) {
        let Some(starting) = self.starting.take_if(|thread| thread.is_finished()) else {
            return;
        };
        match starting.join() {
            Ok(Ok(engine)) => {
                self.engine = Some(engine);
                self.listen_for_other_starts(context);
                let commands = self.workspace.begin(self.options.open.clone());
                self.send(commands);
            }
            Ok(Err(failure)) => self.give_up(context, failure),
            Err(_) => {
                let failure = Failure::new(FailureKind::Bug, "engine: panicked while starting");
                self.give_up(context, failure);
            }
        }
    }

    fn listen_for_other_starts(&mut self, context: &egui::Context) {
        let context = context.clone();
        let wake = move || context.request_repaint();
        match Listener::start(&self.options.data_dir, wake) {
            Ok(listener) => self.handover = Some(listener),
            // The window works; only a second start is refused by the lock instead of being shown here.
            Err(error) => tracing::warn!("a second start cannot be taken over: {error}"),
        }
    }

    /// What other starts of the program want to see.
    fn take_requests(&mut self, context: &egui::Context) {
        let listener = self.handover.as_ref();
        let requests = listener.map(Listener::requests).unwrap_or_default();
        for request in requests {
            if let Some(study) = request.study() {
                self.act(Action::Studies(StudiesAction::Open(study)));
            }
            context.send_viewport_cmd(ViewportCommand::Minimized(false));
            context.send_viewport_cmd(ViewportCommand::Focus);
            // Where a program may not take the focus by itself, the desktop at least points at it.
            let attention = egui::UserAttentionType::Informational;
            context.send_viewport_cmd(ViewportCommand::RequestUserAttention(attention));
            context.request_repaint();
        }
    }

    fn give_up(&self, context: &egui::Context, failure: Failure) {
        if self.end.set(failure).is_ok() {
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn send(&mut self, commands: Vec<Command>) {
        let Some(engine) = &self.engine else {
            return;
        };
        for command in commands {
            if !engine.send(command) {
                let lost = "engine: no longer answers; start the program again".to_owned();
                self.workspace.notices.push(Tone::Failure, lost);
                self.engine = None;
                return;
            }
        }
    }

    /// Logs once how long the first image took: a picture told of was on the screen before this frame.
    fn tell_first_picture(&mut self) {
        if !self.picture_told && self.workspace.viewer.slices_presented > 0 {
            self.picture_told = true;
            let milliseconds = self.started.elapsed().as_millis();
            tracing::info!("first picture {milliseconds} ms after the start");
        }
    }

    /// A test pattern takes the whole screen, without frame and bars.
    fn follow_pattern(&mut self, context: &egui::Context) {
        let wanted = self.workspace.display.pattern.is_some();
        if std::mem::replace(&mut self.fills_screen, wanted) != wanted {
            context.send_viewport_cmd(ViewportCommand::Fullscreen(wanted));
        }
        if wanted {
            // Some desktops tell of the new size late: the pattern follows it.
            context.request_repaint_after(PATTERN_FOLLOWS);
        }
    }

    fn clock(&self) -> Clock {
        let now = jiff::Timestamp::now();
        Clock {
            now: self.started.elapsed(),
            wall_ms: now.as_millisecond(),
            today: now.to_zoned(self.zone.clone()).date(),
        }
    }

    fn act(&mut self, action: Action) {
        if let Action::Shell(ShellAction::Browse(purpose)) = &action {
            self.dialogs.open(*purpose);
        }
        let commands = self.workspace.act(action);
        self.send(commands);
    }

    /// The window closes only after the question about what would be lost.
    fn close_if_nothing_is_lost(&mut self, context: &egui::Context) {
        let asked = context.input(|input| input.viewport().close_requested());
        let ours = self.end.get().is_some() || self.screenshot.is_some();
        if asked && !ours && !self.workspace.is_closing {
            self.act(Action::Shell(ShellAction::Close));
            if !self.workspace.is_closing {
                context.send_viewport_cmd(ViewportCommand::CancelClose);
            }
        } else if self.workspace.is_closing && !asked {
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    /// Files dropped on the window, and what a dialog brought.
    fn take_files(&mut self, context: &egui::Context) {
        let dropped: Vec<PathBuf> = context.input(|input| {
            let files = input.raw.dropped_files.iter();
            files.map(|file| file.path().to_owned()).collect()
        });
        if !dropped.is_empty() {
            self.act(Action::Shell(ShellAction::Drop(dropped)));
        }
        for action in self.dialogs.answers(&self.workspace) {
            self.act(action);
        }
    }
}

impl eframe::App for Program {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        self.tell_first_picture();
        let clock = self.clock();
        let commands = self.workspace.tick(clock);
        self.send(commands);
        self.take_engine(context);
        let events = self.engine.as_ref().map(Engine::drain).unwrap_or_default();
        for event in &events {
            self.fallback_font.observe(context, event);
            let commands = self.workspace.observe(event);
            self.send(commands);
        }
        self.fallback_font.settle(context, &self.shell);
        self.take_requests(context);
        self.close_if_nothing_is_lost(context);
        while let Some(finding) = self.card_test.as_ref().and_then(CardTest::next) {
            self.act(Action::Shell(ShellAction::Graphics(finding)));
        }
        self.take_files(context);
        self.follow_pattern(context);
        self.remembered
            .follow(context, &mut self.workspace, clock.now);
        if let Some(at) = self.workspace.next_tick() {
            let wait = at.saturating_sub(clock.now).max(Duration::from_millis(1));
            context.request_repaint_after(wait);
        }
        if self.dialogs.waiting() || self.starting.is_some() {
            context.request_repaint_after(Duration::from_millis(50));
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let actions = self
            .shell
            .show(ui, &self.workspace, frame.wgpu_render_state());
        if !actions.is_empty() {
            ui.ctx().request_repaint();
        }
        for action in actions {
            self.act(action);
        }
        if let Some(screenshot) = &mut self.screenshot
            && let Some(result) = screenshot.step(ui.ctx(), &self.workspace)
        {
            if let Err(failure) = result
                && self.end.set(failure).is_err()
            {
                tracing::warn!("the window ends for another reason");
            }
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn on_exit(&mut self) {
        self.remembered.write(&self.workspace.preferences);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.shell.theme().panel.to_normalized_gamma_f32()
    }
}
