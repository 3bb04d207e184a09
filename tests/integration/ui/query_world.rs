//! The Query/Retrieve screen over a workspace: answers fed by hand, or a real engine that asks real nodes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dgscope::dicom::charset::CharacterSet;
use dgscope::dicom::{
    AeTitle, Attributes, DataSet, ScanOptions, Tag, TransferSyntax, scan_data_set, tags,
};
use dgscope::engine::{
    Command, Engine, EngineOptions, Event, Job, JobId, ListenOverrides, NodeState, Outcome, Peer,
    Progress,
};
use dgscope::workspace::Screen;
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT, Queryable};

use super::shell_world::{World, settings, window};

const PATIENCE: Duration = Duration::from_secs(60);

/// A screen that knows these nodes; every one of them answers queries and stores.
pub fn screen(size: [f32; 2], peers: Vec<Peer>) -> Harness<'static, World> {
    let mut world = World::begun();
    world.observe(settings());
    world.workspace.screen = Screen::Query;
    world.observe(Event::Peers(Arc::new(peers), Arc::default()));
    window(size, world)
}

pub fn peer(name: &str, port: u16) -> Peer {
    let title = AeTitle::try_from(name.to_uppercase().as_str()).expect("a title");
    Peer::new(name, title, "127.0.0.1", port, &["store", "query"])
}

/// An answer with these attributes.
pub fn answer(attributes: &[(Tag, &str)]) -> DataSet {
    let mut set = Attributes::new();
    for (tag, value) in attributes {
        set = set.with(*tag, value);
    }
    let syntax = TransferSyntax::find("1.2.840.10008.1.2").expect("implicit");
    let bytes = set.encode(syntax.encoding, &CharacterSet::default());
    let end = bytes.len() as u64;
    scan_data_set(&bytes, 0, end, syntax, &ScanOptions::INDEX).expect("what we wrote")
}

/// A study with a number, as a node tells it.
pub fn study(number: u32, name: &str, images: u32) -> DataSet {
    answer(&[
        (tags::STUDY_DATE, "20261102"),
        (tags::STUDY_TIME, "101500"),
        (tags::MODALITIES_IN_STUDY, "CT"),
        (tags::PATIENT_NAME, name),
        (tags::PATIENT_ID, &format!("ID-{number}")),
        (tags::STUDY_INSTANCE_UID, &format!("1.2.826.{number}")),
        (tags::NUMBER_OF_STUDY_RELATED_INSTANCES, &images.to_string()),
    ])
}

/// A series of it.
pub fn series(number: u32, images: u32) -> DataSet {
    answer(&[
        (tags::MODALITY, "CT"),
        (tags::SERIES_DESCRIPTION, "Axial"),
        (tags::SERIES_INSTANCE_UID, &format!("1.2.826.1.{number}")),
        (tags::SERIES_NUMBER, &number.to_string()),
        (
            tags::NUMBER_OF_SERIES_RELATED_INSTANCES,
            &images.to_string(),
        ),
    ])
}

/// The jobs started so far.
pub fn jobs(harness: &Harness<'static, World>) -> Vec<(JobId, Job)> {
    let commands = harness.state().commands.iter();
    commands
        .filter_map(|command| match command {
            Command::Start(id, job) => Some((*id, job.clone())),
            _ => None,
        })
        .collect()
}

/// How a job ends that did what was asked.
pub fn done(json: serde_json::Value) -> Outcome {
    Outcome {
        result: Ok(()),
        progress: Progress::default(),
        message: String::new(),
        details: Vec::new(),
        json,
    }
}

/// The node with this author id.
pub fn by_author<'h>(
    harness: &'h Harness<'static, World>,
    author: &'h str,
) -> Option<egui_kittest::Node<'h>> {
    let by = By::new().predicate(move |node| node.author_id() == Some(author));
    harness.query(by)
}

/// What a node is described as.
pub fn description(harness: &Harness<'static, World>, author: &str) -> String {
    let node = by_author(harness, author).unwrap_or_else(|| panic!("no {author}"));
    node.accesskit_node().description().unwrap_or_default()
}

/// Types into a field.
pub fn type_into(harness: &mut Harness<'static, World>, author: &str, text: &str) {
    by_author(harness, author)
        .unwrap_or_else(|| panic!("no field {author}"))
        .focus();
    harness.run_steps(2);
    by_author(harness, author)
        .unwrap_or_else(|| panic!("no field {author}"))
        .type_text(text);
    harness.run_steps(2);
}

pub fn press(harness: &mut Harness<'static, World>, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

/// The screen with an engine behind it.
pub struct Live {
    pub harness: Harness<'static, World>,
    pub engine: Engine,
    _folder: tempfile::TempDir,
    sent: usize,
}

impl Live {
    /// An engine that listens on a free port as `DGSCOPE`.
    pub fn start(size: [f32; 2], peers: Vec<Peer>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = EngineOptions {
            data_dir: folder.path().join("store"),
            server: true,
            run_node: true,
            listen: ListenOverrides {
                bind: Some([127, 0, 0, 1].into()),
                port: Some(0),
                accept_unknown: true,
                ..ListenOverrides::default()
            },
            ..EngineOptions::default()
        };
        let engine = Engine::start(options, Box::new(|| {})).expect("an engine");
        for peer in &peers {
            assert!(engine.send(Command::SavePeer(peer.clone())));
        }
        let mut live = Self {
            harness: screen(size, peers),
            engine,
            _folder: folder,
            sent: 0,
        };
        live.wait("a node that listens", |world| {
            matches!(world.workspace.settings.node, NodeState::Listening { .. })
        });
        live
    }

    /// The port of our node.
    pub fn port(&self) -> u16 {
        match &self.harness.state().workspace.settings.node {
            NodeState::Listening { address, .. } => address.port(),
            other => panic!("{other:?}"),
        }
    }

    /// Lets engine and window talk until something is so.
    pub fn wait(&mut self, what: &str, so: impl Fn(&World) -> bool) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let fresh = self.harness.state().commands[self.sent..].to_vec();
            self.sent += fresh.len();
            for command in fresh {
                assert!(self.engine.send(command), "the engine takes commands");
            }
            for event in self.engine.drain() {
                self.harness.state_mut().observe(event);
            }
            self.harness.run_steps(1);
            if so(self.harness.state()) {
                self.harness.run_steps(2);
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("never came: {what}");
    }
}
