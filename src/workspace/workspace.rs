//! The whole state of the window; the only places it changes are `act`, `observe` and `tick`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::activity::ActivityState;
use super::columns::ColumnChoice;
use super::confirm::{Agreed, ExportSheet, Question, SendSheet, Target};
use super::graphics::Graphics;
use super::import::{ImportAction, ImportState};
use super::notices::{Notices, Tone};
use super::preferences::{Preferences, TEXT_PERCENT};
use super::query::Surroundings;
use super::settings::SettingsState;
use super::studies::StudiesView;
use super::viewer::SaveAction;
use super::{
    Action, DisplayState, DisplayStatus, FileAction, FilmAction, FilmState, QueryAction,
    QueryState, Screen, ShellAction, StudiesAction, StudiesState, ViewerAction, ViewerState,
};
use crate::dicom::{SeriesInstanceUid, StudyInstanceUid};
use crate::engine::command::ExportFormat;
use crate::engine::{Command, Event, Job, JobId, Thumbnail, WantedThumbnail};

/// Thumbnails kept; more are dropped, oldest wish first.
const THUMBNAILS_MAX: usize = 400;

/// Time as the shell tells it: from the program's start, and of the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// From the program's start.
    pub now: Duration,
    /// Milliseconds since 1970.
    pub wall_ms: i64,
    /// Today, where the window is.
    pub today: Date,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            now: Duration::ZERO,
            wall_ms: 0,
            today: Date::constant(2000, 1, 1),
        }
    }
}

/// What the status bar tells of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EngineCounters {
    /// Frames decoded.
    pub decodes: u64,
    /// Bytes of decoded frames kept.
    pub cache_bytes: u64,
}

/// What the user is looking at.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The screen shown.
    pub screen: Screen,
    /// Whether the list of bindings is shown.
    pub help: bool,
    /// Studies screen.
    pub studies: StudiesState,
    /// Query/Retrieve screen.
    pub query: QueryState,
    /// Viewer screen.
    pub viewer: ViewerState,
    /// Film screen.
    pub film: FilmState,
    /// Activity screen.
    pub activity: ActivityState,
    /// Settings screen.
    pub settings: SettingsState,
    /// The display that images are shown on.
    pub display: DisplayState,
    /// Import sheet.
    pub import: ImportState,
    /// Export sheet, while it is open.
    pub export: Option<ExportSheet>,
    /// Send sheet, while it is open.
    pub send: Option<SendSheet>,
    /// The question on the screen.
    pub question: Option<Question>,
    /// Whether the window shall close now.
    pub is_closing: bool,
    /// Who draws the viewports.
    pub graphics: Graphics,
    /// Banners.
    pub notices: Notices,
    /// What a person chose for this window.
    pub preferences: Preferences,
    /// Thumbnails by series.
    pub thumbnails: HashMap<SeriesInstanceUid, Arc<Thumbnail>>,
    /// Free and all bytes of the store's disk.
    pub disk: Option<(u64, u64)>,
    /// Counters of the engine (T2).
    pub counters: EngineCounters,
    /// The time of this frame.
    pub clock: Clock,
    wanted_by_studies: Vec<WantedThumbnail>,
    wanted_by_viewer: Vec<WantedThumbnail>,
    last_job: u64,
    /// Peer and commitment of the last send.
    last_send: (String, bool),
}

impl Workspace {
    /// A window as its user left it.
    pub fn new(preferences: Preferences) -> Self {
        let mut workspace = Self {
            query: QueryState::remembering(&preferences.query),
            preferences,
            ..Self::default()
        };
        workspace
            .viewer
            .creator
            .clone_from(&workspace.preferences.creator);
        workspace
    }

    /// The first questions to the engine; `open` shows that study at once.
    pub fn begin(&mut self, open: Option<StudyInstanceUid>) -> Vec<Command> {
        let mut commands = Vec::new();
        if let Some(study) = open {
            commands.extend(self.act(Action::Studies(StudiesAction::Open(study))));
        }
        commands.extend(self.studies.begin());
        commands.extend(self.film.begin());
        commands.push(Command::ReadSettings);
        commands.push(Command::ListPeers);
        commands.push(Command::ListSends);
        commands
    }

    /// Applies what the user did.
    pub fn act(&mut self, action: Action) -> Vec<Command> {
        let commands = match action {
            Action::Shell(action) => self.act_shell(action),
            Action::Studies(action) => return self.act_studies(action),
            Action::Query(action) => self.act_query(action),
            Action::Files(action) => self.act_files(action),
            Action::Import(action) => self.act_import(action),
            Action::Viewer(ViewerAction::ShowConflicts) => {
                self.screen = Screen::Studies;
                self.studies
                    .act(StudiesAction::Show(StudiesView::Conflicts))
            }
            Action::Viewer(ViewerAction::CloseTab(index))
                if self.viewer.has_unsaved_drawings(Some(index)) =>
            {
                self.question = Some(Question::CloseTab(index));
                Vec::new()
            }
            Action::Viewer(ViewerAction::Save(SaveAction::Store)) => {
                let order = self.viewer.save_order();
                self.preferences.creator.clone_from(&self.viewer.creator);
                order.map_or_else(Vec::new, |order| {
                    let command = self.start(Job::SaveState(Box::new(order)));
                    self.viewer.saving_in(JobId(self.last_job));
                    vec![command]
                })
            }
            Action::Viewer(action) => {
                let commands = self.viewer.act(action);
                return self.merge_thumbnails(commands, false);
            }
            Action::Film(action) => self.act_film(action),
            Action::Activity(action) => self.activity.act(action),
            Action::Settings(action) => {
                let next = JobId(self.last_job + 1);
                let commands = self.settings.act(action, next);
                let started = commands.iter().any(|c| matches!(c, Command::Start(..)));
                self.last_job += u64::from(started);
                commands
            }
            Action::Display(action) => self.display.act(action),
        };
        if self.screen == Screen::Activity {
            self.activity.unseen_failures = 0;
        }
        commands
    }

    /// Takes note of what the engine said.
    pub fn observe(&mut self, event: &Event) -> Vec<Command> {
        let commands = self.studies.observe(event);
        let mut commands = self.merge_thumbnails(commands, true);
        let of_viewer = self.viewer.observe(event);
        commands.extend(self.merge_thumbnails(of_viewer, false));
        commands.extend(self.film.observe(event));
        commands.extend(self.activity.observe(event, self.clock.now));
        if self.screen == Screen::Activity {
            self.activity.unseen_failures = 0;
        }
        self.settings.observe(event);
        self.import.observe(event);
        commands.extend(self.observe_query(event));
        self.notices.observe(event);
        match event {
            Event::ThumbnailReady(series, thumbnail) => self.keep_thumbnail(series, thumbnail),
            Event::Settings(settings) => self.display.follow(settings),
            Event::DiskSpace(free, total) => self.disk = Some((*free, *total)),
            Event::Counters {
                decodes,
                cache_bytes,
            } => {
                self.counters = EngineCounters {
                    decodes: *decodes,
                    cache_bytes: *cache_bytes,
                };
            }
            Event::Refused(failure) if self.screen != Screen::Settings => {
                self.notices.push(Tone::Warning, failure.message.clone());
            }
            _ => {}
        }
        commands
    }

    /// Lets time pass.
    pub fn tick(&mut self, clock: Clock) -> Vec<Command> {
        self.clock = clock;
        let commands = self.studies.tick(clock.now, clock.wall_ms, clock.today);
        let mut commands = self.merge_thumbnails(commands, true);
        let of_viewer = self.viewer.tick(clock.now);
        commands.extend(self.merge_thumbnails(of_viewer, false));
        commands
    }

    /// When `tick` next has something to do, from the program's start.
    pub fn next_tick(&self) -> Option<Duration> {
        let running = self.activity.running().next().is_some();
        let progress = running.then(|| self.clock.now + Duration::from_millis(500));
        [self.studies.next_tick(), progress, self.viewer.next_tick()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether grays on the display are what they should be (F4).
    pub fn display_status(&self) -> DisplayStatus {
        let settings = self.settings.settings.as_deref();
        self.display.status(settings, self.clock.today)
    }

    /// Whether a sheet lies over the study list.
    pub fn sheet_is_open(&self) -> bool {
        self.help
            || self.question.is_some()
            || self.import.open
            || self.import.result.is_some()
            || self.export.is_some()
            || self.send.is_some()
    }

    /// The command that starts a job under a new name.
    pub fn start(&mut self, job: Job) -> Command {
        self.last_job += 1;
        Command::Start(JobId(self.last_job), job)
    }

    fn act_shell(&mut self, action: ShellAction) -> Vec<Command> {
        match action {
            ShellAction::Show(screen) => self.screen = screen,
            ShellAction::ToggleHelp => self.help = !self.help,
            ShellAction::Drop(paths) => {
                self.import.act(ImportAction::Close, false);
                self.import.act(ImportAction::Add(paths), false);
                return self.act_import(ImportAction::Start);
            }
            ShellAction::Dismiss(id) => self.notices.dismiss(id),
            ShellAction::SetAppearance(appearance) => self.preferences.appearance = appearance,
            ShellAction::SetLanguage(language) => self.preferences.language = language,
            ShellAction::SetTextPercent(percent) => {
                self.preferences.text_percent =
                    percent.clamp(*TEXT_PERCENT.start(), *TEXT_PERCENT.end());
            }
            ShellAction::SetColumns(columns) => {
                self.preferences.columns = ColumnChoice::completed(columns);
            }
            ShellAction::TogglePreview => self.preferences.preview = !self.preferences.preview,
            ShellAction::Receive(on) => {
                self.preferences.receive = on;
                return vec![Command::RunNode(on)];
            }
            // The program's shell opens the dialog; its answer comes as another action.
            ShellAction::Browse(_) => {}
            ShellAction::Graphics(graphics) => {
                if let Graphics::Failed(reason) = &graphics {
                    self.notices.push(Tone::Warning, reason.clone());
                }
                self.graphics = graphics;
            }
            ShellAction::Close => {
                if self.viewer.has_unsaved_drawings(None) {
                    self.question = Some(Question::CloseWindow);
                } else {
                    self.is_closing = true;
                }
            }
            ShellAction::Confirm => {
                if let Some(question) = self.question.take() {
                    return match question.agreed() {
                        Agreed::Job(job) => vec![self.start(job)],
                        Agreed::Command(command) => vec![command],
                        Agreed::CloseTab(index) => {
                            let commands = self.viewer.act(ViewerAction::CloseTab(index));
                            self.merge_thumbnails(commands, false)
                        }
                        Agreed::CloseWindow => {
                            self.is_closing = true;
                            Vec::new()
                        }
                    };
                }
            }
            ShellAction::Decline => self.question = None,
        }
        Vec::new()
    }

    fn act_film(&mut self, action: FilmAction) -> Vec<Command> {
        if let FilmAction::Views(shown) = &action {
            let from_viewer = self.screen == Screen::Viewer;
            let tab = self.viewer.tab();
            let views = tab.and_then(|tab| super::film::Views::of(tab, shown));
            let Some(views) = views else {
                return Vec::new();
            };
            self.screen = Screen::Film;
            return self.film.show(views, from_viewer && shown.len() == 1);
        }
        if matches!(action, FilmAction::Study(..)) {
            self.screen = Screen::Film;
        }
        let contents = self.film.study.as_deref();
        self.film.incomplete = contents.is_some_and(|study| self.query.is_incomplete(study));
        let next = JobId(self.last_job + 1);
        let commands = self.film.act(action, next, self.clock.wall_ms);
        let started = commands.iter().any(|c| matches!(c, Command::Start(..)));
        self.last_job += u64::from(started);
        commands
    }

    fn act_query(&mut self, action: QueryAction) -> Vec<Command> {
        let mut around = Surroundings {
            last_job: &mut self.last_job,
            peers: &self.settings.peers,
            today: self.clock.today,
        };
        let mut commands = self.query.act(action, &mut around);
        self.preferences.query = self.query.memory();
        commands.extend(self.open_arrived());
        commands
    }

    fn observe_query(&mut self, event: &Event) -> Vec<Command> {
        let mut around = Surroundings {
            last_job: &mut self.last_job,
            peers: &self.settings.peers,
            today: self.clock.today,
        };
        let mut commands = self.query.observe(event, &mut around);
        if matches!(event, Event::Peers(..)) {
            self.preferences.query = self.query.memory();
        }
        commands.extend(self.open_arrived());
        commands
    }

    /// Opens what was to be opened once something of it is here (Q6), unless its user went elsewhere meanwhile.
    fn open_arrived(&mut self) -> Vec<Command> {
        match self.query.take_ready() {
            Some(study) if self.screen == Screen::Query => {
                self.act_studies(StudiesAction::Open(study))
            }
            _ => Vec::new(),
        }
    }

    fn act_studies(&mut self, action: StudiesAction) -> Vec<Command> {
        let mut of_viewer = Vec::new();
        if let StudiesAction::Open(study) = &action {
            self.screen = Screen::Viewer;
            of_viewer = self.viewer.act(ViewerAction::Open(study.clone()));
        }
        let commands = self.studies.act(action);
        let mut commands = self.merge_thumbnails(commands, true);
        commands.extend(self.merge_thumbnails(of_viewer, false));
        commands
    }

    fn act_files(&mut self, action: FileAction) -> Vec<Command> {
        match action {
            FileAction::AskDelete => {
                if let Some(target) = Target::chosen(&self.studies) {
                    self.question = Some(Question::Delete(target));
                }
            }
            FileAction::AskDeleteNewcomer(row) => {
                self.question = Some(Question::DeleteNewcomer(row));
            }
            FileAction::Pin(study, pinned) => return vec![Command::Pin(study, pinned)],
            FileAction::OpenSend => self.open_send(),
            FileAction::EditSend(peer, commit) => {
                if let Some(sheet) = &mut self.send {
                    (sheet.peer, sheet.commit) = (peer, commit);
                }
            }
            FileAction::CloseSend => self.send = None,
            FileAction::StartSend => {
                let command = self.send.as_ref().and_then(SendSheet::command);
                if let (Some(command), Some(sheet)) = (command, self.send.take()) {
                    self.last_send = (sheet.peer, sheet.commit);
                    return vec![command];
                }
            }
            FileAction::OpenExport => {
                self.export = Target::chosen(&self.studies).map(|target| ExportSheet {
                    target,
                    directory: String::new(),
                    format: ExportFormat::Dicom,
                });
            }
            FileAction::EditExport(directory, format) => {
                if let Some(sheet) = &mut self.export {
                    sheet.directory = directory;
                    sheet.format = format;
                }
            }
            FileAction::CloseExport => self.export = None,
            FileAction::StartExport => {
                if let Some(job) = self.export.as_ref().and_then(ExportSheet::job) {
                    self.export = None;
                    return vec![self.start(job)];
                }
            }
        }
        Vec::new()
    }

    /// Offers the peer of the last time, or the first.
    fn open_send(&mut self) {
        let (last, commit) = &self.last_send;
        let names: Vec<_> = self.settings.receivers().map(|peer| &peer.name).collect();
        let known = names.iter().find(|name| **name == last);
        let peer = known.or(names.first()).map(|name| (*name).clone());
        let peer = peer.unwrap_or_default();
        self.send = Target::chosen(&self.studies).map(|target| SendSheet {
            target,
            peer,
            commit: *commit,
        });
    }

    fn act_import(&mut self, action: ImportAction) -> Vec<Command> {
        if let ImportAction::SetLink(link) = action {
            self.preferences.link_imports = link;
        }
        let Some(job) = self.import.act(action, self.preferences.link_imports) else {
            return Vec::new();
        };
        let command = self.start(job);
        self.import.running = Some(JobId(self.last_job));
        vec![command]
    }

    fn keep_thumbnail(&mut self, series: &SeriesInstanceUid, thumbnail: &Arc<Thumbnail>) {
        if self.thumbnails.len() >= THUMBNAILS_MAX {
            let wanted = |s: &SeriesInstanceUid| {
                let wanted = self.wanted_by_studies.iter().chain(&self.wanted_by_viewer);
                wanted
                    .map(|wanted| &wanted.series)
                    .any(|series| series == s)
            };
            let kept: Vec<_> = self
                .thumbnails
                .keys()
                .filter(|s| wanted(s))
                .cloned()
                .collect();
            self.thumbnails.retain(|s, _| kept.contains(s));
        }
        self.thumbnails
            .insert(series.clone(), Arc::clone(thumbnail));
    }

    /// Both screens wish for thumbnails and the engine keeps one list: this sends what either wants and is not at hand.
    fn merge_thumbnails(&mut self, commands: Vec<Command>, of_studies: bool) -> Vec<Command> {
        let mut merged = Vec::with_capacity(commands.len());
        let mut changed = false;
        for command in commands {
            let Command::WantThumbnails(series) = command else {
                merged.push(command);
                continue;
            };
            let list = if of_studies {
                &mut self.wanted_by_studies
            } else {
                &mut self.wanted_by_viewer
            };
            changed |= *list != series;
            *list = series;
        }
        if changed {
            let mut wanted: Vec<WantedThumbnail> = Vec::new();
            for wish in self.wanted_by_viewer.iter().chain(&self.wanted_by_studies) {
                let shown = self.thumbnails.get(&wish.series);
                let fresh = shown.is_some_and(|shown| wish.is_shown_by(shown.objects));
                if !fresh && !wanted.contains(wish) {
                    wanted.push(wish.clone());
                }
            }
            merged.push(Command::WantThumbnails(wanted));
        }
        merged
    }
}
