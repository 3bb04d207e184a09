//! What was drawn becomes a presentation state (P6): the window over a real engine and store, from the first line to `render --pr`.

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use dgscope::dicom::TransferSyntax;
use dgscope::engine::{Command, Engine, EngineOptions};
use dgscope::imaging::annotation::{Annotation, GraphicType};
use dgscope::imaging::display_plan::Layer;
use dgscope::imaging::measure::{Shape, ShapeKind};
use dgscope::imaging::presentation_state::{StateParts, Subject};
use dgscope::imaging::raster::{self, RenderedImage};
use dgscope::imaging::{DisplayPlan, FrameIndex, Image, InstanceContents, StoredState};
use dgscope::store::Store;
use dgscope::ui::Shell;
use dgscope::workspace::activity::JobEntry;
use dgscope::workspace::viewer::drawing::shape_lines;
use dgscope::workspace::viewer::{
    SaveAction, SaveProblem, SaveScope, SaveSheet, Tab, Tool, ViewCommand, ViewerAction,
};
use dgscope::workspace::{Action, Clock, StudiesAction, Workspace};
use egui::{Event, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tempfile::TempDir;

use super::viewer_world::{CT, slice};

const PATIENCE: Duration = Duration::from_secs(60);

/// The window with its engine.
struct Window {
    workspace: Workspace,
    shell: Option<Shell>,
    engine: Engine,
    woken: Receiver<()>,
    frames: u32,
}

impl Window {
    fn send(&self, commands: Vec<Command>) {
        for command in commands {
            assert!(self.engine.send(command), "the engine takes commands");
        }
    }

    fn act(&mut self, action: Action) {
        let commands = self.workspace.act(action);
        self.send(commands);
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        self.frames += 1;
        let clock = Clock {
            now: Duration::from_millis(20) * self.frames,
            ..Clock::default()
        };
        let commands = self.workspace.tick(clock);
        self.send(commands);
        for event in self.engine.drain() {
            let commands = self.workspace.observe(&event);
            self.send(commands);
        }
        let shell = self.shell.get_or_insert_with(|| Shell::new(ui.ctx()));
        for action in shell.show(ui, &self.workspace, None) {
            self.act(action);
        }
    }
}

/// A store with three slices, and the window on their study.
struct Bench {
    harness: Harness<'static, Window>,
    folder: TempDir,
}

impl Bench {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data_dir = folder.path().join("store");
        let store = Store::open(&data_dir).expect("a store");
        let syntax = TransferSyntax::find("1.2.840.10008.1.2.1").expect("a known syntax");
        for number in 1..=3 {
            let path = folder.path().join("slice.dcm");
            std::fs::write(&path, slice(&CT, 1, number).file(syntax)).expect("a file");
            store.import_file(&path, false).expect("it is kept");
        }
        drop(store);
        let (wake, woken) = channel();
        let options = EngineOptions {
            data_dir,
            server: true,
            ..EngineOptions::default()
        };
        let wake = std::sync::Mutex::new(wake);
        let waker = move || {
            // nobody listens any more when the test ends
            let _ = wake.lock().map(|wake| wake.send(()));
        };
        let mut window = Window {
            workspace: Workspace::default(),
            shell: None,
            engine: Engine::start(options, Box::new(waker)).expect("an engine"),
            woken,
            frames: 0,
        };
        let study = dgscope::dicom::StudyInstanceUid::parse(&CT.study_uid()).expect("a UID");
        window.act(Action::Studies(StudiesAction::Open(study)));
        let harness = Harness::builder()
            .with_size([1000.0, 720.0])
            .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
        let mut bench = Self { harness, folder };
        bench.wait("the middle slice", |bench| {
            bench.description("Viewport 1").contains("CT 2/3")
        });
        bench.wait("all pixels", |bench| {
            let window = bench.harness.state();
            let tab = window.workspace.viewer.tab().expect("a tab");
            let stack = tab.stack_of(0).expect("a stack");
            let mut images = stack.images.iter();
            images.all(|image| window.workspace.viewer.frame(&image.key()).is_some())
        });
        bench
    }

    /// Runs the window until something holds; between frames it waits for the engine.
    fn wait(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = std::time::Instant::now();
        loop {
            self.harness.run_steps(3);
            if holds(self) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "never came: {what}");
            let woken = self.harness.state().woken.recv_timeout(PATIENCE);
            assert!(woken.is_ok(), "never came: {what}");
        }
    }

    fn description(&self, label: &str) -> String {
        let node = self.harness.query_by_label(label);
        let text = node.and_then(|node| node.accesskit_node().description());
        text.unwrap_or_default()
    }

    fn tab(&self) -> &Tab {
        self.harness.state().workspace.viewer.tab().expect("a tab")
    }

    fn command(&mut self, command: ViewCommand) {
        let action = Action::Viewer(ViewerAction::Command(command));
        self.harness.state_mut().act(action);
        self.harness.run_steps(3);
    }

    fn at(&self, x: f32, y: f32) -> Pos2 {
        let line = self.description("Viewport 1");
        let zoom = line
            .split("zoom=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let zoom: f32 = zoom.and_then(|zoom| zoom.parse().ok()).expect("a zoom");
        let place = self.harness.get_by_label("Viewport 1").rect();
        place.center() + egui::vec2(x - 32.0, y - 32.0) * zoom
    }

    fn pull(&mut self, tool: Tool, from: (f32, f32), to: (f32, f32)) {
        self.command(ViewCommand::SetTool(tool));
        let (from, to) = (self.at(from.0, from.1), self.at(to.0, to.1));
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.event(Event::PointerMoved(from));
        self.harness.step();
        self.harness.event(button(from, true));
        self.harness.step();
        self.harness.event(Event::PointerMoved(to));
        self.harness.step();
        self.harness.event(button(to, false));
        self.harness.run_steps(2);
    }

    fn edit(&mut self, change: impl FnOnce(&mut SaveSheet)) {
        let sheet = self.harness.state().workspace.viewer.save_sheet.clone();
        let mut sheet = sheet.expect("an open sheet");
        change(&mut sheet);
        let action = ViewerAction::Save(SaveAction::Edit(Box::new(sheet)));
        self.harness.state_mut().act(Action::Viewer(action));
        self.harness.run_steps(2);
    }

    /// Opens the sheet with its keys, saves with its button, waits until the state is shown.
    fn save(&mut self, label: &str, change: impl FnOnce(&mut SaveSheet)) {
        self.harness
            .key_press_modifiers(Modifiers::COMMAND, egui::Key::S);
        self.harness.run_steps(3);
        self.edit(|sheet| {
            sheet.label = label.to_owned();
            change(sheet);
        });
        self.harness.get_by_label("Save").click();
        let shown = format!("ps={}", label.replace(' ', "_"));
        self.wait("the state on the screen", |bench| {
            bench.description("Viewport 1").contains(&shown)
        });
    }

    fn state(&self, label: &str) -> std::sync::Arc<StoredState> {
        let mut states = self.tab().studies[0].states.iter();
        let state = states.find(|state| state.label == label);
        std::sync::Arc::clone(state.expect("the state"))
    }

    fn canvas(&self) -> (u32, u32) {
        self.harness.state().workspace.viewer.placements[&0].canvas
    }

    /// The picture of the cell, with what is drawn as a state would hold it.
    fn picture(&self) -> RenderedImage {
        let tab = self.tab();
        let image = tab.image(0).expect("an image");
        let decoded = decode(&image.instance, image.frame);
        let pixels = image.instance.pixels.as_ref().expect("pixels");
        let subject = Subject {
            sop_instance_uid: image.instance.sop_instance_uid.as_str(),
            attributes: &image.instance.display,
            pixels,
            frame: image.frame,
        };
        let (adjustments, canvas) = (tab.adjustments(0), self.canvas());
        let mut plan = match tab.state(0).usable() {
            Some(state) => {
                let parts = StateParts::ALL;
                let shown = state.plan_for_viewport(&subject, parts, &adjustments, canvas, None);
                shown.expect("a plan").plan
            }
            None => DisplayPlan::for_viewport(
                &image.instance.display,
                pixels,
                image.frame,
                &adjustments,
                canvas,
            ),
        };
        let place = (&*image.instance, image.frame);
        let unit = &image.instance.technique.unit;
        let shapes: Vec<(&Shape, Vec<String>)> = tab
            .drawings(&image.key())
            .iter()
            .map(|shape| {
                (
                    shape,
                    shape_lines(shape, place, &plan, unit, Some(&decoded)),
                )
            })
            .collect();
        if !shapes.is_empty() {
            let annotations = Shape::annotations(&shapes, &plan.view);
            plan.layers.push(Layer {
                value: 1.0,
                overlays: Vec::new(),
                annotations,
            });
        }
        raster::render(&decoded, &plan)
    }

    /// The same pair before the command line.
    fn rendered(&self, image: &Path, state: &Path) -> RenderedImage {
        let out = self.folder.path().join("out.png");
        let (width, height) = self.canvas();
        let told = Process::new(env!("CARGO_BIN_EXE_dgscope"))
            .args(["render", "--size", &format!("{width}x{height}"), "--pr"])
            .args([state, image, Path::new("-o"), &out])
            .output()
            .expect("the program runs");
        let words = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.status.success(), "{words}");
        let file = std::io::BufReader::new(std::fs::File::open(&out).expect("a picture"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut data = vec![0; reader.output_buffer_size().expect("a small picture")];
        reader.next_frame(&mut data).expect("its pixels");
        RenderedImage::Gray8 {
            width,
            height,
            data,
        }
    }

    fn image_path(&self) -> PathBuf {
        let image = self.tab().image(0).expect("an image");
        image.instance.path.clone()
    }
}

fn decode(instance: &InstanceContents, frame: FrameIndex) -> dgscope::imaging::Frame {
    let image = Image::open(&instance.path).expect("an image");
    image.decode(frame).expect("a frame")
}

#[test]
fn a_drawn_length_is_saved_shown_and_rendered_as_it_was_seen() {
    let mut bench = Bench::open();
    bench.pull(Tool::Draw(ShapeKind::Length), (10.0, 10.0), (40.0, 50.0));
    bench.pull(Tool::Draw(ShapeKind::Ellipse), (44.0, 8.0), (60.0, 24.0));
    let circular = dgscope::workspace::viewer::ShutterKind::Circular;
    bench.pull(Tool::Shutter(circular), (32.5, 32.5), (62.5, 32.5));
    assert_eq!(bench.description("Viewport 1 drawing 1"), "Length: 25.0 mm");
    for command in [
        ViewCommand::Preset(3),
        ViewCommand::RotateRight,
        ViewCommand::FlipHorizontally,
        ViewCommand::Invert,
    ] {
        bench.command(command);
    }
    let seen = bench.picture();
    let line = bench.description("Viewport 1");
    assert!(line.contains("W1500 C-600 HU") && line.contains("rot=90 flip=Y"));
    bench.save("LIVER 1", |sheet| {
        sheet.description = "Étude du foie".to_owned();
        sheet.creator = "READER^SECOND".to_owned();
    });
    // the new state is shown, nothing lies on top of it, nothing is left to lose
    let line = bench.description("Viewport 1");
    assert!(line.contains("W1500 C-600 HU") && line.contains("rot=90 flip=Y"));
    let corner = bench.description("Viewport 1 bottom left");
    assert!(corner.contains("PS \"LIVER 1\" READER^SECOND"), "{corner}");
    assert!(!corner.contains("PS modified") && !corner.contains("ignored"));
    assert!(
        bench
            .harness
            .query_by_label("Viewport 1 drawing 1")
            .is_none()
    );
    assert!(!bench.tab().has_unsaved_drawings());
    assert!(bench.picture() == seen, "the picture stays");
    // the object holds the shape and its words
    let stored = bench.state("LIVER 1");
    assert_eq!(stored.description, "Étude du foie");
    let state = stored.state.as_ref().expect("a usable state");
    assert_eq!(state.warnings, []);
    let annotations: Vec<&Annotation> = state
        .annotations
        .iter()
        .flat_map(|part| &part.part.annotations)
        .collect();
    let is_length = |annotation: &&&Annotation| match annotation {
        Annotation::Graphic(graphic) => {
            let ends = [(10.0, 10.0), (40.0, 50.0)];
            let near = |(a, b): (&(f64, f64), &(f64, f64))| (a.0 - b.0).hypot(a.1 - b.1) < 0.2;
            graphic.kind == GraphicType::Polyline && graphic.points.iter().zip(&ends).all(near)
        }
        Annotation::Text(_) => false,
    };
    let says = |words: &str| {
        let mut all = annotations.iter();
        all.any(|a| matches!(a, Annotation::Text(text) if text.text.starts_with(words)))
    };
    assert_eq!(annotations.iter().filter(is_length).count(), 1);
    assert!(says("25.0 mm") && says("area "), "{annotations:?}");
    // and the command line draws what was seen, bit for bit
    let rendered = bench.rendered(&bench.image_path(), &stored.path);
    assert!(rendered == seen, "render --pr is the view");
    // one step back everything can be drawn on again
    bench.command(ViewCommand::Undo);
    assert_eq!(bench.description("Viewport 1 drawing 1"), "Length: 25.0 mm");
    assert!(bench.description("Viewport 1").contains("ps=NONE"));
    assert!(bench.picture() == seen);
    bench.command(ViewCommand::Redo);
    assert!(bench.description("Viewport 1").contains("ps=LIVER_1"));
}

#[test]
fn a_state_of_the_whole_stack_keeps_each_drawing_at_its_image() {
    let mut bench = Bench::open();
    bench.pull(Tool::Draw(ShapeKind::Length), (10.0, 10.0), (40.0, 50.0));
    bench.command(ViewCommand::Step(1));
    bench.pull(Tool::Draw(ShapeKind::Rectangle), (4.0, 4.0), (24.0, 14.0));
    let seen = bench.picture();
    bench.save("STACK", |sheet| sheet.scope = SaveScope::Series);
    assert!(bench.picture() == seen);
    assert_eq!(bench.state("STACK").references.len(), 3);
    let rendered = bench.rendered(&bench.image_path(), &bench.state("STACK").path);
    assert!(rendered == seen);
    bench.command(ViewCommand::First);
    assert!(bench.description("Viewport 1").contains("ps=STACK"));
    let state = bench.state("STACK");
    let state = state.state.as_ref().expect("a usable state");
    assert_eq!(state.annotations.len(), 2, "one item for each image");
}

#[test]
fn what_cannot_be_saved_is_told_in_the_sheet() {
    let mut bench = Bench::open();
    bench.command(ViewCommand::SaveState);
    bench.edit(|sheet| sheet.label = "é".to_owned());
    let told = bench
        .harness
        .query_by_label_contains("a label has capital letters");
    assert!(told.is_some());
    let store = Action::Viewer(ViewerAction::Save(SaveAction::Store));
    bench.harness.state_mut().act(store.clone());
    bench.harness.run_steps(2);
    let problem = |bench: &Bench| {
        let sheet = &bench.harness.state().workspace.viewer.save_sheet;
        sheet.as_ref().and_then(|sheet| sheet.problem.clone())
    };
    assert!(matches!(problem(&bench), Some(SaveProblem::Label(_))));
    // the image goes while the sheet is open
    bench.edit(|sheet| sheet.label = "GONE".to_owned());
    let keys = vec![("StudyInstanceUID".to_owned(), CT.study_uid())];
    let delete = dgscope::engine::Job::Delete { keys };
    let window = bench.harness.state_mut();
    let command = window.workspace.start(delete);
    window.send(vec![command]);
    bench.wait("the deletion", |bench| {
        let jobs = &bench.harness.state().workspace.activity.jobs;
        let gone = |job: &JobEntry| job.report.kind == "delete" && job.finished.is_some();
        jobs.iter().any(gone)
    });
    bench.harness.state_mut().act(store);
    bench.wait("an answer", |bench| problem(bench).is_some());
    let Some(SaveProblem::Store(words)) = problem(&bench) else {
        panic!("the store refuses");
    };
    assert!(words.contains("no longer in the store"), "{words}");
}
