//! States that the window saves, before DCMTK: every shape that can be drawn, at every turn.

use dgscope::dicom::StudyInstanceUid;
use dgscope::engine::{Command, Engine, EngineOptions, Event};
use dgscope::imaging::Zoom;
use dgscope::imaging::measure::ShapeKind;
use dgscope::phantom::demonstration;
use dgscope::store::Store;
use dgscope::workspace::viewer::{
    DrawAction, Placement, SaveAction, ShutterKind, Tool, ViewCommand, ViewerAction,
};
use dgscope::workspace::{Action, StudiesAction, Workspace};

use super::program::dcmtk;

/// A window without a screen.
struct Window {
    workspace: Workspace,
    engine: Engine,
}

impl Window {
    fn act(&mut self, action: ViewerAction) {
        let commands = self.workspace.act(Action::Viewer(action));
        self.send(commands);
    }

    fn send(&self, commands: Vec<Command>) {
        for command in commands {
            assert!(self.engine.send(command), "the engine takes commands");
        }
    }

    fn command(&mut self, command: ViewCommand) {
        self.act(ViewerAction::Command(command));
    }

    /// Takes events until one is the wanted.
    fn wait<T>(&mut self, pick: impl Fn(&Self, &Event) -> Option<T>) -> T {
        loop {
            let event = self.engine.next().expect("a running engine");
            let commands = self.workspace.observe(&event);
            self.send(commands);
            if let Some(found) = pick(self, &event) {
                return found;
            }
        }
    }

    /// Draws a shape whose points lie on a diagonal that no two of them share.
    fn draw(&mut self, tool: Tool, number: usize) {
        self.command(ViewCommand::SetTool(tool));
        let x = 20.0 + 30.0 * number as f64;
        let points = [
            (x, 20.0),
            (x + 25.0, 60.0),
            (x + 5.0, 90.0),
            (x + 28.0, 110.0),
        ];
        self.act(ViewerAction::Draw(DrawAction::Press(0, points[0])));
        self.act(ViewerAction::Draw(DrawAction::Drag(points[1])));
        self.act(ViewerAction::Draw(DrawAction::Drag(points[2])));
        self.act(ViewerAction::Draw(DrawAction::Release(points[3])));
        // no letter whose UTF-8 has a byte from 80 to 9F: dcmpschk takes those for control characters
        let words = "Höhe\nR 3".to_owned();
        self.act(ViewerAction::Draw(DrawAction::Type(words)));
        // shapes of more than two points go on by clicks
        for place in [points[1], points[0]] {
            let pending = self.workspace.viewer.drawing.pending.as_ref();
            if pending.is_some_and(|pending| !pending.typing) {
                self.act(ViewerAction::Draw(DrawAction::Place(0, place)));
            }
        }
        self.act(ViewerAction::Draw(DrawAction::Finish));
        assert!(self.workspace.viewer.drawing.pending.is_none(), "{tool:?}");
    }
}

fn open(folder: &std::path::Path) -> Window {
    let data_dir = folder.join("store");
    let phantom = demonstration().into_iter().next().expect("a phantom");
    let path = folder.join("image.dcm");
    std::fs::write(&path, phantom.file()).expect("a file");
    let store = Store::open(&data_dir).expect("a store");
    store.import_file(&path, false).expect("it is kept");
    drop(store);
    let options = EngineOptions {
        data_dir,
        server: true,
        ..EngineOptions::default()
    };
    let mut window = Window {
        workspace: Workspace::default(),
        engine: Engine::start(options, Box::new(|| {})).expect("an engine"),
    };
    let file = dgscope::dicom::DicomFile::open(&path, &dgscope::dicom::ScanOptions::DISPLAY);
    let file = file.expect("an object");
    let study = file.data_set.text(dgscope::dicom::tags::STUDY_INSTANCE_UID);
    let study = StudyInstanceUid::parse(&study.expect("a UID")).expect("a UID");
    let open = Action::Studies(StudiesAction::Open(study));
    let commands = window.workspace.act(open);
    window.send(commands);
    window.wait(|_, event| matches!(event, Event::FrameReady(..)).then_some(()));
    window.act(ViewerAction::Placed(
        0,
        Placement {
            canvas: (900, 700),
            zoom: Zoom::Fit,
            pan: (0.0, 0.0),
            pitch_mm: None,
        },
    ));
    window
}

#[test]
fn dcmpschk_accepts_what_the_window_saves() {
    if dcmtk("dcmpschk").is_none() {
        return;
    }
    for turn in 0..4 {
        let folder = tempfile::tempdir().expect("a folder");
        let mut window = open(folder.path());
        for (number, kind) in ShapeKind::ALL.into_iter().enumerate() {
            window.draw(Tool::Draw(kind), number);
        }
        for kind in ShutterKind::ALL {
            window.draw(Tool::Shutter(kind), 3);
        }
        let tab = window.workspace.viewer.tab().expect("a tab");
        let key = tab.image(0).expect("an image").key();
        assert_eq!(tab.drawings(&key).len(), ShapeKind::ALL.len());
        for _ in 0..turn {
            window.command(ViewCommand::RotateRight);
        }
        if turn % 2 == 1 {
            window.command(ViewCommand::FlipHorizontally);
        }
        window.command(ViewCommand::SaveState);
        let store = Action::Viewer(ViewerAction::Save(SaveAction::Store));
        let commands = window.workspace.act(store);
        window.send(commands);
        let sheet = &window.workspace.viewer.save_sheet;
        let problem = sheet.as_ref().and_then(|sheet| sheet.problem.clone());
        assert_eq!(problem, None);
        let state = window.wait(|window, _| {
            let tab = window.workspace.viewer.tab()?;
            tab.studies.first()?.states.first().cloned()
        });
        assert!(
            !window.workspace.viewer.has_unsaved_drawings(None),
            "adopted"
        );
        let mut check = dcmtk("dcmpschk").expect("it was there before");
        let told = check.arg(&state.path).output().expect("dcmpschk");
        let words = String::from_utf8_lossy(&told.stderr).into_owned()
            + &String::from_utf8_lossy(&told.stdout);
        let fine = !words.contains("Error") && !words.contains("failed");
        assert!(told.status.success() && fine, "turn {turn}: {words}");
    }
}
