//! The viewer drawn without a display: a study comes by fed events, pointer and wheel are played, and what is shown is read
//! through the accessibility tree (T1, T2).

use std::time::Duration;

use dgscope::engine::Command;
use dgscope::phantom::Builder;
use dgscope::ui::Shell;
use dgscope::workspace::viewer::{ViewCommand, ViewerAction};
use dgscope::workspace::{Action, Clock, Screen, StudiesAction, Workspace};
use egui::{Event, MouseWheelUnit, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::viewer_world::{CT, World, slice};

/// The window and the study that answers it.
pub(super) struct Screenful {
    pub(super) workspace: Workspace,
    shell: Option<Shell>,
    pub(super) world: World,
    pub(super) frames: u32,
}

impl Screenful {
    pub(super) fn answer(&mut self, mut commands: Vec<Command>) {
        while !commands.is_empty() {
            let events = self.world.answers(&commands);
            commands = events
                .iter()
                .flat_map(|event| self.workspace.observe(event))
                .collect();
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        let commands = self.workspace.act(action);
        self.answer(commands);
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        self.frames += 1;
        let clock = Clock {
            now: Duration::from_millis(20) * self.frames,
            ..Clock::default()
        };
        let commands = self.workspace.tick(clock);
        self.answer(commands);
        let shell = self.shell.get_or_insert_with(|| Shell::new(ui.ctx()));
        for action in shell.show(ui, &self.workspace, None) {
            self.act(action);
        }
    }
}

pub(super) fn open(world: World) -> Harness<'static, Screenful> {
    open_sized(world, [1000.0, 360.0])
}

/// The same in a window of another size.
pub(super) fn open_sized(world: World, size: [f32; 2]) -> Harness<'static, Screenful> {
    let study = world.uid();
    let mut screen = Screenful {
        workspace: Workspace::default(),
        shell: None,
        world,
        frames: 0,
    };
    screen.act(Action::Studies(StudiesAction::Open(study)));
    assert_eq!(screen.workspace.screen, Screen::Viewer);
    let mut harness = Harness::builder()
        .with_size(size)
        .build_ui_state(|ui, screen: &mut Screenful| screen.frame(ui), screen);
    harness.run_steps(5);
    harness
}

pub(super) fn description(harness: &Harness<Screenful>, label: &str) -> String {
    let node = harness.get_by_label(label);
    node.accesskit_node().description().unwrap_or_default()
}

pub(super) fn counter(harness: &Harness<Screenful>, name: &str) -> u64 {
    let counters = description(harness, "Status");
    let start = format!("{name}=");
    let word = counters
        .split(' ')
        .find_map(|word| word.strip_prefix(&start));
    word.and_then(|number| number.parse().ok())
        .expect("a counter")
}

fn center(harness: &Harness<Screenful>) -> Pos2 {
    harness.get_by_label("Viewport 1").rect().center()
}

fn wheel(harness: &mut Harness<Screenful>, lines: f32) {
    let at = center(harness);
    harness.event(Event::PointerMoved(at));
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: Vec2::new(0.0, lines),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.step();
}

pub(super) fn drag(harness: &mut Harness<Screenful>, way: Vec2) {
    let from = center(harness);
    let button = |pos: Pos2, pressed: bool| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    harness.event(Event::PointerMoved(from));
    harness.step();
    harness.event(button(from, true));
    harness.step();
    for part in [0.25, 0.5, 0.75, 1.0] {
        harness.event(Event::PointerMoved(from + way * part));
        harness.step();
    }
    harness.event(button(from + way, false));
    harness.run_steps(2);
}

#[test]
fn a_study_opens_at_its_middle_with_a_state_line() {
    let harness = open(World::stack(&CT, 21));
    let line = description(&harness, "Viewport 1");
    assert!(
        line.starts_with("CT 11/21 SOP=..11 W400 C40 HU zoom="),
        "{line}"
    );
    assert!(
        line.ends_with("rot=0 flip=N inv=N ps=NONE cal=mm lossy=N"),
        "{line}"
    );
    let corner = description(&harness, "Viewport 1 top left");
    assert_eq!(corner, "PHANTOM, CT\nDGSCOPE-1\n1950-01-01 O");
    assert!(description(&harness, "Patient").contains("PHANTOM, CT"));
    harness.get_by_label("Series 1: AXIAL");
}

#[test]
fn two_hundred_notches_present_two_hundred_slices() {
    let mut harness = open(World::stack(&CT, 210));
    harness
        .state_mut()
        .act(Action::Viewer(ViewerAction::Jump(0, 0)));
    harness.run_steps(2);
    let before = counter(&harness, "slices_presented");
    for _ in 0..100 {
        // Two at once, as a fast wheel brings them.
        wheel(&mut harness, -2.0);
    }
    harness.run_steps(110);
    assert_eq!(counter(&harness, "slices_presented") - before, 200);
    assert_eq!(counter(&harness, "slices_skipped"), 0);
    let line = description(&harness, "Viewport 1");
    assert!(line.starts_with("CT 201/210 "), "{line}");
    assert_eq!(description(&harness, "Scrollbar 1"), "displayed 201/210");
}

#[test]
fn a_drag_changes_the_window_and_uploads_nothing() {
    let mut harness = open(World::stack(&CT, 5));
    let uploads = counter(&harness, "image_uploads");
    drag(&mut harness, Vec2::new(128.0, 0.0));
    let line = description(&harness, "Viewport 1");
    assert!(line.contains(" W800 C40 HU "), "{line}");
    drag(&mut harness, Vec2::new(0.0, -64.0));
    let line = description(&harness, "Viewport 1");
    assert!(line.contains(" W800 C-360 HU "), "{line}");
    assert_eq!(counter(&harness, "image_uploads"), uploads);
    harness.get_by_label("Undo").click();
    harness.run_steps(3);
    let line = description(&harness, "Viewport 1");
    assert!(line.contains(" W800 C40 HU "), "{line}");
}

#[test]
fn keys_reach_the_active_cell_and_tab_goes_to_the_next() {
    let mut harness = open(World::stack(&CT, 5));
    harness.key_press(egui::Key::Num3);
    harness.run_steps(2);
    harness.key_press(egui::Key::H);
    harness.run_steps(2);
    harness.key_press(egui::Key::ArrowDown);
    harness.run_steps(3);
    let line = description(&harness, "Viewport 1");
    assert!(
        line.starts_with("CT 4/5 ") && line.contains("W1500 C-600"),
        "{line}"
    );
    assert!(line.contains("flip=Y"), "{line}");
    let two = dgscope::workspace::viewer::Layout::new(1, 2);
    harness
        .state_mut()
        .act(Action::Viewer(ViewerAction::SetLayout(two)));
    harness.run_steps(2);
    assert_eq!(description(&harness, "Viewport 2"), "empty");
    harness.key_press(egui::Key::Tab);
    harness.run_steps(2);
    let active = |harness: &Harness<Screenful>| {
        let tab = harness.state().workspace.viewer.tab();
        tab.map(|tab| tab.arrangement.active)
    };
    assert_eq!(active(&harness), Some(1));
    harness.key_press(egui::Key::X);
    harness.run_steps(2);
    assert!(harness.query_by_label("Viewport 1").is_none());
}

#[test]
fn an_image_that_cannot_be_decoded_says_why_and_its_neighbours_stay() {
    let mut objects: Vec<Builder> = (1..=3).map(|i| slice(&CT, 1, i)).collect();
    objects[1] = slice(&CT, 1, 2).ints(dgscope::dicom::tags::ROWS, &[4000]);
    let mut harness = open(World::new(&CT, &objects));
    let line = description(&harness, "Viewport 1");
    assert!(
        line.starts_with("CT 1/2 "),
        "another size is another stack: {line}"
    );
    assert!(description(&harness, "Viewport 2").starts_with("CT 1/1 "));
    let presented = counter(&harness, "slices_presented");
    assert_eq!(presented, 2, "a failure in words was on the screen as well");
    harness
        .state_mut()
        .act(Action::Viewer(ViewerAction::Command(ViewCommand::Step(1))));
    harness.run_steps(3);
    assert!(description(&harness, "Viewport 1").starts_with("CT 2/2 "));
}

#[test]
fn without_a_study_the_viewer_says_what_to_do() {
    let mut workspace = Workspace::default();
    workspace.screen = Screen::Viewer;
    let screen = Screenful {
        workspace,
        shell: None,
        world: World::stack(&CT, 1),
        frames: 0,
    };
    let mut harness = Harness::builder()
        .with_size([1000.0, 360.0])
        .build_ui_state(|ui, screen: &mut Screenful| screen.frame(ui), screen);
    harness.run_steps(3);
    harness.get_by_label("No images on the screen");
}
