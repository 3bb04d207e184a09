//! Measurements, annotations and shutters drawn in the window with pointer and keys (V10, P6, F7); values are read through the
//! accessibility tree.

use dgscope::dicom::tags;
use dgscope::imaging::measure::ShapeKind;
use dgscope::imaging::shutter::ShutterShape;
use dgscope::workspace::viewer::{Layout, ShutterKind, Tool, ViewCommand, ViewerAction};
use dgscope::workspace::{Action, ShellAction};
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::viewer_ui::{Screenful, description, open_sized};
use super::viewer_world::{CT, World, slice};

const SIZE: [f32; 2] = [1000.0, 720.0];

/// Where a place of the 64 x 64 image lies in the window, at rotation 0 without flip and pan.
fn at(harness: &Harness<Screenful>, x: f32, y: f32) -> Pos2 {
    let place = harness.get_by_label("Viewport 1").rect();
    let line = description(harness, "Viewport 1");
    let zoom = line
        .split("zoom=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let zoom: f32 = zoom.and_then(|zoom| zoom.parse().ok()).expect("a zoom");
    place.center() + egui::vec2(x - 32.0, y - 32.0) * zoom
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

/// Presses at one place of the image, moves and lets go at another.
pub(super) fn pull(harness: &mut Harness<Screenful>, from: (f32, f32), to: (f32, f32)) {
    let (from, to) = (at(harness, from.0, from.1), at(harness, to.0, to.1));
    harness.event(Event::PointerMoved(from));
    harness.step();
    harness.event(button(from, true));
    harness.step();
    for part in [0.5, 1.0] {
        harness.event(Event::PointerMoved(from + (to - from) * part));
        harness.step();
    }
    harness.event(button(to, false));
    harness.run_steps(2);
}

/// Clicks at places of the image, far enough apart in time to be no double clicks.
pub(super) fn clicks(harness: &mut Harness<Screenful>, places: &[(f32, f32)]) {
    for (x, y) in places {
        let at = at(harness, *x, *y);
        harness.event(Event::PointerMoved(at));
        harness.step();
        harness.event(button(at, true));
        harness.step();
        harness.event(button(at, false));
        harness.run_steps(40);
    }
}

pub(super) fn command(harness: &mut Harness<Screenful>, command: ViewCommand) {
    let action = Action::Viewer(ViewerAction::Command(command));
    harness.state_mut().act(action);
    harness.run_steps(3);
}

pub(super) fn draw_with(harness: &mut Harness<Screenful>, kind: ShapeKind) {
    command(harness, ViewCommand::SetTool(Tool::Draw(kind)));
}

pub(super) fn drawing(harness: &Harness<Screenful>, number: usize) -> String {
    description(harness, &format!("Viewport 1 drawing {number}"))
}

fn is_drawn(harness: &Harness<Screenful>, number: usize) -> bool {
    let label = format!("Viewport 1 drawing {number}");
    harness.query_by_label(&label).is_some()
}

#[test]
fn a_length_is_drawn_read_moved_undone_and_deleted() {
    let mut harness = open_sized(World::stack(&CT, 5), SIZE);
    harness.key_press(Key::L);
    harness.run_steps(2);
    // 30 and 40 pixels of half a millimetre
    pull(&mut harness, (10.0, 10.0), (40.0, 50.0));
    assert_eq!(drawing(&harness, 1), "Length: 25.0 mm");
    // its second end, then all of it
    pull(&mut harness, (40.0, 50.0), (10.0, 50.0));
    assert_eq!(drawing(&harness, 1), "Length: 20.0 mm");
    pull(&mut harness, (10.0, 30.0), (20.0, 34.0));
    assert_eq!(drawing(&harness, 1), "Length: 20.0 mm");
    for expected in ["Length: 20.0 mm", "Length: 25.0 mm"] {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run_steps(2);
        assert_eq!(drawing(&harness, 1), expected);
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(2);
    assert!(!is_drawn(&harness, 1));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    harness.run_steps(2);
    assert_eq!(drawing(&harness, 1), "Length: 25.0 mm");
    clicks(&mut harness, &[(25.0, 30.0)]);
    harness.key_press(Key::Delete);
    harness.run_steps(2);
    assert!(!is_drawn(&harness, 1));
}

#[test]
fn every_tool_draws_by_clicks_and_tells_its_value() {
    let mut harness = open_sized(World::stack(&CT, 1), SIZE);
    let corner: &[(f32, f32)] = &[(10.0, 4.0), (10.0, 14.0), (20.0, 14.0)];
    let drawn: [(ShapeKind, &[(f32, f32)], &str); 6] = [
        (ShapeKind::Angle, corner, "Angle: 90.0°"),
        (
            ShapeKind::Cobb,
            &[(30.0, 4.0), (40.0, 4.0), (50.0, 4.0), (50.0, 14.0)],
            "Angle between two lines (Cobb): 90.0°",
        ),
        (
            ShapeKind::Rectangle,
            &[(4.0, 24.0), (14.0, 44.0)],
            "Rectangle: area 50.0 mm²; mean ",
        ),
        (
            ShapeKind::Ellipse,
            &[(20.0, 24.0), (40.0, 34.0)],
            "Ellipse: area 39.3 mm²; mean ",
        ),
        (ShapeKind::Point, &[(50.5, 30.5)], "Point: "),
        (ShapeKind::Arrow, &[(44.0, 50.0), (60.0, 60.0)], "Arrow: "),
    ];
    for (number, (kind, places, told)) in drawn.into_iter().enumerate() {
        draw_with(&mut harness, kind);
        clicks(&mut harness, places);
        let words = drawing(&harness, number + 1);
        assert!(words.starts_with(told), "{words}");
    }
    // values are stored ones less 1024; the pixel's is 7 times its place plus 13
    let stored = (7 * (30 * 64 + 50) + 13) % 4096;
    let value = format!("Point: {} HU  stored {stored}", stored - 1024);
    assert_eq!(drawing(&harness, 5), value);
}

#[test]
fn lines_of_any_length_end_by_enter_and_escape_lets_go() {
    let mut harness = open_sized(World::stack(&CT, 1), SIZE);
    draw_with(&mut harness, ShapeKind::Polygon);
    clicks(&mut harness, &[(10.0, 10.0), (30.0, 10.0), (30.0, 30.0)]);
    assert!(!is_drawn(&harness, 1), "it is not whole yet");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert!(drawing(&harness, 1).starts_with("Polygon: area 50.0 mm²"));
    draw_with(&mut harness, ShapeKind::Polyline);
    clicks(&mut harness, &[(40.0, 40.0), (50.0, 40.0)]);
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert!(!is_drawn(&harness, 2));
    let tool = |harness: &Harness<Screenful>| harness.state().workspace.viewer.tool;
    assert_eq!(tool(&harness), Tool::Draw(ShapeKind::Polyline));
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert_eq!(tool(&harness), Tool::Window);
}

#[test]
fn a_text_is_typed_where_it_will_be() {
    let mut harness = open_sized(World::stack(&CT, 1), SIZE);
    draw_with(&mut harness, ShapeKind::Text);
    clicks(&mut harness, &[(20.0, 20.0)]);
    harness.event(Event::Text("Nodule, see R 3".into()));
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert_eq!(drawing(&harness, 1), "Text: Nodule, see R 3");
    // letters were letters: no tool was picked by them
    let tool = harness.state().workspace.viewer.tool;
    assert_eq!(tool, Tool::Draw(ShapeKind::Text));
    draw_with(&mut harness, ShapeKind::Text);
    pull(&mut harness, (30.0, 40.0), (60.0, 50.0));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!is_drawn(&harness, 2), "nothing was typed");
}

#[test]
fn drawings_stay_with_their_image_through_scrolling_turns_and_layouts() {
    let mut harness = open_sized(World::stack(&CT, 5), SIZE);
    draw_with(&mut harness, ShapeKind::Length);
    pull(&mut harness, (10.0, 10.0), (40.0, 50.0));
    command(&mut harness, ViewCommand::Step(1));
    assert!(!is_drawn(&harness, 1), "another image");
    command(&mut harness, ViewCommand::Step(-1));
    assert_eq!(drawing(&harness, 1), "Length: 25.0 mm");
    let before = harness.get_by_label("Viewport 1 drawing 1").rect().min;
    command(&mut harness, ViewCommand::RotateRight);
    command(&mut harness, ViewCommand::FlipHorizontally);
    let after = harness.get_by_label("Viewport 1 drawing 1").rect().min;
    let middle = harness.get_by_label("Viewport 1").rect().center();
    let (x, y) = (before.x - middle.x, before.y - middle.y);
    // a quarter turn clockwise, then left and right exchanged
    let expected = middle + egui::vec2(y, x);
    assert!((after - expected).length() < 2.0, "{after} {expected}");
    let layout = ViewerAction::SetLayout(Layout::new(2, 2));
    harness.state_mut().act(Action::Viewer(layout));
    harness.run_steps(3);
    assert_eq!(drawing(&harness, 1), "Length: 25.0 mm");
    harness.key_press(Key::N);
    harness.run_steps(2);
    assert!(!is_drawn(&harness, 1), "annotations are off");
}

#[test]
fn without_a_calibration_a_length_says_px() {
    let without = slice(&CT, 1, 1).text(tags::PIXEL_SPACING, "");
    let mut harness = open_sized(World::new(&CT, &[without]), SIZE);
    draw_with(&mut harness, ShapeKind::Length);
    pull(&mut harness, (10.0, 10.0), (40.0, 50.0));
    assert_eq!(drawing(&harness, 1), "Length: 50.0 px");
}

#[test]
fn shutters_are_drawn_combined_and_removed() {
    let mut harness = open_sized(World::stack(&CT, 3), SIZE);
    let shapes = |harness: &Harness<Screenful>| {
        let tab = harness.state().workspace.viewer.tab().expect("a tab");
        let shutter = tab.drawn_shutter(0);
        shutter.map_or(Vec::new(), |shutter| shutter.shapes.clone())
    };
    let tool = |kind| ViewCommand::SetTool(Tool::Shutter(kind));
    command(&mut harness, tool(ShutterKind::Rectangular));
    pull(&mut harness, (8.5, 4.5), (55.5, 50.5));
    let rectangle = ShutterShape::Rectangular {
        left: 9.0,
        right: 56.0,
        upper: 5.0,
        lower: 51.0,
    };
    assert_eq!(shapes(&harness), [rectangle]);
    command(&mut harness, tool(ShutterKind::Circular));
    pull(&mut harness, (32.5, 32.5), (52.5, 32.5));
    let circle = ShutterShape::Circular {
        row: 33.0,
        column: 33.0,
        radius: 20.0,
    };
    assert_eq!(shapes(&harness)[1], circle);
    command(&mut harness, tool(ShutterKind::Polygonal));
    clicks(&mut harness, &[(5.5, 5.5), (60.5, 5.5), (30.5, 60.5)]);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(shapes(&harness).len(), 3);
    // it holds for the stack of a CT
    command(&mut harness, ViewCommand::Step(1));
    assert_eq!(shapes(&harness).len(), 3);
    command(&mut harness, ViewCommand::RemoveShutter);
    assert_eq!(shapes(&harness), []);
    command(&mut harness, ViewCommand::Undo);
    assert_eq!(shapes(&harness).len(), 3);
    assert!(!is_drawn(&harness, 1), "a shutter is no drawing");
}

#[test]
fn unsaved_drawings_are_asked_about_before_they_are_lost() {
    let mut harness = open_sized(World::stack(&CT, 1), SIZE);
    draw_with(&mut harness, ShapeKind::Length);
    pull(&mut harness, (10.0, 10.0), (40.0, 50.0));
    let tabs = |harness: &Harness<Screenful>| harness.state().workspace.viewer.tabs.len();
    let close = Action::Viewer(ViewerAction::CloseTab(0));
    harness.state_mut().act(close.clone());
    harness.run_steps(3);
    assert_eq!(tabs(&harness), 1);
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    assert_eq!(tabs(&harness), 1);
    harness.state_mut().act(close.clone());
    harness.run_steps(3);
    harness.get_by_label("Close without saving").click();
    harness.run_steps(3);
    assert_eq!(tabs(&harness), 0);
    harness.state_mut().act(Action::Shell(ShellAction::Close));
    assert!(harness.state().workspace.is_closing, "nothing is lost");
}

/// What the engine would keep for an order, as it comes back with its study.
fn kept(order: &dgscope::engine::StateOrder) -> dgscope::imaging::StoredState {
    use dgscope::dicom::{DicomFile, FileMeta, ScanOptions, TransferSyntax, uids};
    use dgscope::imaging::presentation_state::create::{Heading, write};
    use std::path::PathBuf;
    use std::sync::Arc;

    let syntax = TransferSyntax::find("1.2.840.10008.1.2.1").expect("a known syntax");
    let image = Arc::new(slice(&CT, 1, 3).file(syntax));
    let image = DicomFile::read(image, &ScanOptions::DISPLAY).expect("an object");
    let heading = Heading {
        label: order.label.clone(),
        description: order.description.clone(),
        creator: order.creator.clone(),
        date: "20261125".to_owned(),
        time: "101500".to_owned(),
        sop_instance_uid: "1.2.3.4".to_owned(),
        series_instance_uid: "1.2.3".to_owned(),
        series_number: 1,
        instance_number: 1,
        value_type: order.value_type.clone(),
    };
    let data_set = write(&order.state, &heading, &image.data_set).expect("an object");
    let meta = FileMeta {
        media_storage_sop_class_uid: uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE.into(),
        media_storage_sop_instance_uid: heading.sop_instance_uid,
        transfer_syntax_uid: syntax.uid.into(),
        implementation_class_uid: "1.2.3".into(),
        ..FileMeta::default()
    };
    let mut file = meta.write();
    file.extend(data_set);
    let file = DicomFile::read(Arc::new(file), &ScanOptions::DISPLAY).expect("an object");
    dgscope::imaging::StoredState::read(&file, &PathBuf::new()).expect("a state")
}

#[test]
fn a_saved_state_takes_over_when_its_study_is_read_again() {
    use dgscope::engine::{Command, Event, Job, Outcome, Progress};
    use dgscope::workspace::viewer::SaveAction;
    use std::sync::Arc;

    let mut harness = open_sized(World::stack(&CT, 5), SIZE);
    draw_with(&mut harness, ShapeKind::Length);
    pull(&mut harness, (10.0, 10.0), (40.0, 50.0));
    command(&mut harness, ViewCommand::RotateRight);
    command(&mut harness, ViewCommand::SaveState);
    let store = Action::Viewer(ViewerAction::Save(SaveAction::Store));
    let commands = harness.state_mut().workspace.act(store);
    let [Command::Start(job, Job::SaveState(order))] = &commands[..] else {
        panic!("one job: {commands:?}");
    };
    let outcome = Outcome {
        result: Ok(()),
        progress: Progress::default(),
        message: String::new(),
        details: Vec::new(),
        json: serde_json::json!({ "sop_instance_uid": "1.2.3.4" }),
    };
    // first the job ends, later the study comes with the state
    let ended = Event::JobFinished(*job, outcome);
    harness.state_mut().workspace.observe(&ended);
    harness.run_steps(3);
    assert_eq!(drawing(&harness, 1), "Length: 25.0 mm");
    let mut contents = (*harness.state().world.contents).clone();
    contents.states.push(Arc::new(kept(order)));
    let opened = Event::StudyOpened(Arc::new(contents));
    harness.state_mut().workspace.observe(&opened);
    harness.run_steps(3);
    assert!(!is_drawn(&harness, 1), "the state shows it now");
    let line = description(&harness, "Viewport 1");
    assert!(
        line.contains("rot=90 flip=N inv=N ps=MEASUREMENTS"),
        "{line}"
    );
    let corner = description(&harness, "Viewport 1 bottom left");
    assert!(!corner.contains("PS modified"), "{corner}");
}
