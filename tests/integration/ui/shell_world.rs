//! A window without an engine: the shell over a workspace whose events are fed by hand and whose commands are kept.

use std::sync::Arc;
use std::time::Duration;

use dgscope::dicom::{SeriesInstanceUid, StudyInstanceUid};
use dgscope::engine::{Command, Event, Page, SeriesRow, Settings, StudyQuery, StudyRow};
use dgscope::ui::Shell;
use dgscope::workspace::{Action, Clock, Workspace};
use egui_kittest::Harness;

/// Milliseconds since 1970 of the tests' now.
pub const NOW_MS: i64 = 1_790_000_000_000;

/// The window's state.
#[derive(Default)]
pub struct World {
    /// What is looked at.
    pub workspace: Workspace,
    /// Everything said to the engine, oldest first.
    pub commands: Vec<Command>,
    shell: Option<Shell>,
    frames: u32,
}

impl World {
    /// A window that has asked its first questions.
    pub fn begun() -> Self {
        let mut world = Self::default();
        world.tick();
        world.commands = world.workspace.begin(None);
        world
    }

    /// Feeds an event, as the program does.
    pub fn observe(&mut self, event: Event) {
        let commands = self.workspace.observe(&event);
        self.commands.extend(commands);
    }

    /// Answers the last question for studies with these rows.
    pub fn answer_studies(&mut self, rows: Vec<StudyRow>) {
        let query = self.last_query();
        let page = Page {
            total: rows.len() as u64,
            offset: 0,
            rows,
        };
        self.observe(Event::Studies(query, Arc::new(page)));
    }

    /// The last question for studies.
    pub fn last_query(&self) -> StudyQuery {
        let asked = self.commands.iter().rev();
        asked
            .filter_map(|command| match command {
                Command::ListStudies(query) => Some(query.clone()),
                _ => None,
            })
            .next()
            .expect("the list asks at the start")
    }

    /// Applies an action, as the program does.
    pub fn act(&mut self, action: Action) {
        let commands = self.workspace.act(action);
        self.commands.extend(commands);
    }

    fn tick(&mut self) {
        self.frames += 1;
        let clock = Clock {
            now: Duration::from_millis(100) * self.frames,
            wall_ms: NOW_MS,
            today: jiff::civil::date(2026, 11, 25),
        };
        let commands = self.workspace.tick(clock);
        self.commands.extend(commands);
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        self.tick();
        let shell = self.shell.get_or_insert_with(|| Shell::new(ui.ctx()));
        let actions = shell.show(ui, &self.workspace, None);
        if !actions.is_empty() {
            ui.ctx().request_repaint();
        }
        for action in actions {
            self.act(action);
        }
    }
}

/// A window of this size over a world. The first frame only loads the fonts.
pub fn window(size: [f32; 2], world: World) -> Harness<'static, World> {
    let mut harness = Harness::builder()
        .with_size(size)
        .build_ui_state(|ui, world: &mut World| world.frame(ui), world);
    harness.run_steps(4);
    harness
}

/// A study for the list.
pub fn study(number: u64, name: &str) -> StudyRow {
    StudyRow {
        study_instance_uid: study_uid(number),
        patient_name: name.into(),
        patient_id: format!("ID-{number}"),
        patient_birth_date: "19700101".into(),
        patient_sex: "O".into(),
        study_date: "20261102".into(),
        study_time: "101500".into(),
        study_id: number.to_string(),
        accession_number: format!("A{number}"),
        study_description: "Trunk".into(),
        referring_physician_name: String::new(),
        modalities: vec!["CT".into()],
        series_count: 2,
        instance_count: 120,
        bytes: 63_000_000,
        source_ae: "SCANNER".into(),
        received_ms: NOW_MS - 60_000,
        conflict_count: 0,
        opened: false,
        pinned: false,
    }
}

/// Its UID.
pub fn study_uid(number: u64) -> StudyInstanceUid {
    StudyInstanceUid::parse(&format!("1.2.826.{number}")).expect("digits and dots")
}

/// A series of it.
pub fn series(study: u64, number: i64) -> SeriesRow {
    SeriesRow {
        series_instance_uid: SeriesInstanceUid::parse(&format!("1.2.826.{study}.{number}"))
            .expect("digits and dots"),
        study_instance_uid: study_uid(study),
        modality: "CT".into(),
        series_number: Some(number),
        series_description: "Axial".into(),
        body_part_examined: String::new(),
        performed_procedure_step_start_date: String::new(),
        performed_procedure_step_start_time: String::new(),
        instance_count: 60,
        lossy: false,
    }
}

/// The settings of a new store.
pub fn settings() -> Event {
    Event::Settings(Arc::new(Settings::default()))
}
