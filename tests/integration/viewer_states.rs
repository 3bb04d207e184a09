//! Presentation states in the window (P1, P3, P7, F5, F14): states come with their study or later, and what is shown is read
//! through the accessibility tree.

use std::sync::Arc;

use dgscope::dicom::{Tag, VR, tags};
use dgscope::engine::Event;
use dgscope::phantom::Builder;
use dgscope::workspace::Action;
use dgscope::workspace::viewer::{StatePick, ViewCommand, ViewerAction};
use egui::Vec2;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::viewer_ui::{Screenful, counter, description, drag, open, open_sized};
use super::viewer_world::{CT, OTHER, World, slice, state};

/// Five slices and these states about them.
fn world(states: &[Builder]) -> World {
    let mut objects: Vec<Builder> = (1..=5).map(|i| slice(&CT, 1, i)).collect();
    objects.extend_from_slice(states);
    World::new(&CT, &objects)
}

fn line(harness: &Harness<Screenful>) -> String {
    description(harness, "Viewport 1")
}

fn corner(harness: &Harness<Screenful>) -> String {
    description(harness, "Viewport 1 bottom left")
}

fn command(harness: &mut Harness<Screenful>, command: ViewCommand) {
    let action = Action::Viewer(ViewerAction::Command(command));
    harness.state_mut().act(action);
    harness.run_steps(3);
}

#[test]
fn the_newest_state_is_applied_by_itself_and_says_which_it_is() {
    let old = state(&CT, 1, "20060101", &[1, 2, 3, 4, 5]);
    let new = state(&CT, 2, "20070101", &[3, 4]);
    let mut harness = open(world(&[old, new]));
    let shown = line(&harness);
    assert!(
        shown.starts_with("CT 3/5 SOP=..3 W1000 C200 HU "),
        "{shown}"
    );
    assert!(
        shown.ends_with("rot=90 flip=N inv=N ps=STATE_2 cal=mm lossy=N"),
        "{shown}"
    );
    assert!(corner(&harness).contains("PS \"STATE_2\" READER^FIRST 2007-01-01"));
    command(&mut harness, ViewCommand::First);
    assert!(line(&harness).contains("ps=STATE_1"), "{}", line(&harness));
}

#[test]
fn a_state_that_arrives_changes_the_open_viewport_with_a_notice() {
    let mut harness = open(world(&[]));
    assert!(line(&harness).contains("rot=0 flip=N inv=N ps=NONE"));
    let uploads = counter(&harness, "image_uploads");
    let later = world(&[state(&CT, 1, "20060101", &[3])]);
    let news = Event::StudyOpened(Arc::clone(&later.contents));
    let screen = harness.state_mut();
    screen.world = later;
    let commands = screen.workspace.observe(&news);
    screen.answer(commands);
    harness.run_steps(3);
    let shown = line(&harness);
    assert!(shown.starts_with("CT 3/5 "), "the place stays: {shown}");
    assert!(shown.contains("W1000 C200") && shown.contains("ps=STATE_1"));
    assert!(
        harness.query_by_label("Viewport 2").is_none(),
        "a state is no picture of its own"
    );
    assert!(corner(&harness).contains("has just arrived"));
    assert_eq!(counter(&harness, "image_uploads"), uploads);
    // 20 ms a frame: the notice goes after 20 s.
    harness.state_mut().frames += 1000;
    harness.run_steps(3);
    assert!(!corner(&harness).contains("has just arrived"));
    assert!(corner(&harness).contains("PS \"STATE_1\""));
}

#[test]
fn a_state_can_be_left_out_and_exchanged_and_all_of_it_undone() {
    let states = [
        state(&CT, 1, "20060101", &[3]),
        state(&CT, 2, "20070101", &[3]),
    ];
    let mut harness = open(world(&states));
    command(&mut harness, ViewCommand::ToggleState);
    assert!(line(&harness).contains("W400 C40 HU") && line(&harness).contains("ps=NONE"));
    assert!(corner(&harness).contains("PS available (2), not applied"));
    command(&mut harness, ViewCommand::ToggleState);
    assert!(line(&harness).contains("ps=STATE_2"));
    let uid = CT.instance_uid(9, 1);
    let uid = dgscope::dicom::SopInstanceUid::parse(&uid).expect("a UID");
    let pick = ViewerAction::PickState(0, Some(StatePick::State(uid)));
    harness.state_mut().act(Action::Viewer(pick));
    harness.run_steps(3);
    assert!(line(&harness).contains("ps=STATE_1"));
    assert!(corner(&harness).contains("newer PS available: \"STATE_2\""));
    command(&mut harness, ViewCommand::ExchangeStates);
    assert!(line(&harness).contains("ps=STATE_2"));
    command(&mut harness, ViewCommand::ExchangeStates);
    assert!(line(&harness).contains("ps=STATE_1"));
    for _ in 0..5 {
        command(&mut harness, ViewCommand::Undo);
    }
    assert!(line(&harness).contains("ps=STATE_2"));
    assert!(
        !harness
            .state()
            .workspace
            .viewer
            .tab()
            .is_some_and(|t| t.can_undo())
    );
}

#[test]
fn the_menu_lists_what_tells_states_apart_and_picks_by_a_click() {
    let states = [
        state(&CT, 1, "20060101", &[3]),
        state(&CT, 2, "20070101", &[3]),
    ];
    let mut harness = open(world(&states));
    harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::G);
    harness.run_steps(4);
    harness.get_by_label("STATE_2  READER^FIRST  2007-01-01 10:15");
    harness
        .get_by_label("STATE_1  READER^FIRST  2006-01-01 10:15")
        .click();
    harness.run_steps(4);
    assert!(line(&harness).contains("ps=STATE_1"), "{}", line(&harness));
    harness.key_press(egui::Key::G);
    harness.run_steps(3);
    assert!(line(&harness).contains("ps=NONE"));
}

#[test]
fn each_switch_of_the_panel_works() {
    let world = world(&[state(&CT, 1, "20060101", &[3])]);
    let mut harness = open_sized(world, [1000.0, 720.0]);
    command(&mut harness, ViewCommand::ToggleStatePanel);
    assert!(line(&harness).contains("rot=90"));
    harness.get_by_label("Rotation and flip").click();
    harness.run_steps(3);
    assert!(line(&harness).contains("rot=0") && line(&harness).contains("W1000 C200"));
    assert!(corner(&harness).contains("parts switched off by the reader"));
    harness.get_by_label("Grey levels").click();
    harness.run_steps(3);
    assert!(line(&harness).contains("W400 C40"));
    harness.get_by_label("Displayed area").click();
    harness.run_steps(3);
    let parts = |harness: &Harness<Screenful>| {
        let tab = harness.state().workspace.viewer.tab();
        tab.map(|tab| tab.state_parts(0)).expect("a tab")
    };
    assert!(!parts(&harness).area && parts(&harness).shutter);
    harness.get_by_label("Grey levels only").click();
    harness.run_steps(3);
    assert!(line(&harness).contains("rot=0") && line(&harness).contains("W1000 C200"));
    harness.get_by_label("All").click();
    harness.run_steps(3);
    assert!(line(&harness).contains("rot=90"));
    assert!(!corner(&harness).contains("ignored"));
}

#[test]
fn shutter_overlays_and_graphics_have_a_switch_each_and_say_what_they_are() {
    let layer = Builder::new()
        .text(tags::GRAPHIC_LAYER, "ONE")
        .ints(tags::GRAPHIC_LAYER_ORDER, &[1]);
    let line = Builder::new()
        .text(tags::GRAPHIC_ANNOTATION_UNITS, "PIXEL")
        .ints(tags::GRAPHIC_DIMENSIONS, &[2])
        .ints(tags::NUMBER_OF_GRAPHIC_POINTS, &[2])
        .floats(tags::GRAPHIC_DATA, &[3.0, 3.0, 40.0, 30.0])
        .text(tags::GRAPHIC_TYPE, "POLYLINE");
    let annotation = Builder::new()
        .text(tags::GRAPHIC_LAYER, "ONE")
        .sequence(tags::GRAPHIC_OBJECT_SEQUENCE, vec![line]);
    let word = |n: u16| n.to_le_bytes().to_vec();
    let full = state(&CT, 1, "20060101", &[3])
        .text(tags::SHUTTER_SHAPE, "CIRCULAR")
        .ints(tags::CENTER_OF_CIRCULAR_SHUTTER, &[32, 32])
        .ints(tags::RADIUS_OF_CIRCULAR_SHUTTER, &[20])
        .ints(tags::SHUTTER_PRESENTATION_VALUE, &[0])
        .sequence(tags::GRAPHIC_LAYER_SEQUENCE, vec![layer])
        .sequence(tags::GRAPHIC_ANNOTATION_SEQUENCE, vec![annotation])
        .raw(Tag(0x6000, 0x0010), VR::US, word(8))
        .raw(Tag(0x6000, 0x0011), VR::US, word(16))
        .raw(Tag(0x6000, 0x0040), VR::CS, b"G ".to_vec())
        .raw(Tag(0x6000, 0x0050), VR::SS, [word(3), word(5)].concat())
        .raw(Tag(0x6000, 0x0100), VR::US, word(1))
        .raw(Tag(0x6000, 0x0102), VR::US, word(0))
        .raw(Tag(0x6000, 0x1001), VR::CS, b"ONE ".to_vec())
        .raw(Tag(0x6000, 0x3000), VR::OW, vec![0xFF; 16]);
    let mut harness = open_sized(world(&[full]), [1000.0, 720.0]);
    command(&mut harness, ViewCommand::ToggleStatePanel);
    let applied = |harness: &Harness<Screenful>| harness.query_all_by_label("applied").count();
    let parts = |harness: &Harness<Screenful>| {
        let tab = harness.state().workspace.viewer.tab();
        tab.map(|tab| tab.state_parts(0)).expect("a tab")
    };
    assert_eq!(applied(&harness), 6, "every module is there and applied");
    for (name, left) in [("Shutter", 5), ("Overlays", 4), ("Graphics and text", 3)] {
        let switch = harness.get_by_role_and_label(Role::CheckBox, name);
        switch.click();
        harness.run_steps(3);
        assert_eq!(applied(&harness), left, "{name}");
    }
    let now = parts(&harness);
    assert!(!now.shutter && !now.overlays && !now.annotations);
    assert!(now.grayscale && now.area && now.transformation);
    assert_eq!(harness.query_all_by_label("switched off").count(), 3);
    assert!(corner(&harness).contains("parts switched off by the reader"));
    harness.get_by_label("Graphics only").click();
    harness.run_steps(3);
    let now = parts(&harness);
    assert!(now.annotations && !now.grayscale);
    let switch = harness.get_by_role_and_label(Role::CheckBox, "Shutter");
    switch.click();
    harness.run_steps(3);
    assert!(parts(&harness).shutter != now.shutter);
}

#[test]
fn what_the_user_changes_lies_on_top_and_is_told() {
    let mut harness = open(world(&[state(&CT, 1, "20060101", &[3])]));
    assert!(!corner(&harness).contains("PS modified"));
    drag(&mut harness, Vec2::new(128.0, 0.0));
    assert!(line(&harness).contains("W2000 C200"), "{}", line(&harness));
    assert!(corner(&harness).contains("PS modified"));
    command(&mut harness, ViewCommand::Undo);
    assert!(!corner(&harness).contains("PS modified"));
    command(&mut harness, ViewCommand::RotateRight);
    assert!(line(&harness).contains("rot=180"));
    assert!(corner(&harness).contains("PS modified"));
}

#[test]
fn a_window_stays_while_paging_only_when_asked_to() {
    let states = [
        state(&CT, 1, "20060101", &[3]),
        state(&CT, 2, "20070101", &[4]),
    ];
    let mut harness = open(world(&states));
    drag(&mut harness, Vec2::new(128.0, 0.0));
    command(&mut harness, ViewCommand::Step(1));
    assert!(line(&harness).contains("W1000 C200"), "{}", line(&harness));
    command(&mut harness, ViewCommand::Step(-1));
    let keep = ViewerAction::KeepWindow(0, true);
    harness.state_mut().act(Action::Viewer(keep));
    command(&mut harness, ViewCommand::Step(1));
    assert!(line(&harness).contains("W2000 C200"), "{}", line(&harness));
}

#[test]
fn a_drag_on_a_lookup_table_becomes_a_window_and_says_so() {
    let entries: Vec<u16> = (0..256).collect();
    let table = super::presentation_state::table(&entries, 0, 8);
    let item = Builder::new().sequence(tags::VOILUT_SEQUENCE, vec![table]);
    let with_table =
        state(&CT, 1, "20060101", &[3]).sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![item]);
    let mut harness = open(world(&[with_table]));
    assert!(line(&harness).contains(" LUT HU "), "{}", line(&harness));
    drag(&mut harness, Vec2::new(64.0, 0.0));
    assert!(line(&harness).contains(" W"), "{}", line(&harness));
    assert!(corner(&harness).contains("manual, instead of the VOI LUT"));
}

#[test]
fn states_that_cannot_be_applied_leave_the_image_and_say_why() {
    let for_another = state(&CT, 1, "20060101", &[3]).text(tags::PATIENT_ID, OTHER.id);
    let harness = open(world(&[for_another]));
    assert!(line(&harness).contains("W400 C40 HU") && line(&harness).contains("ps=NONE"));
    assert!(corner(&harness).contains("NOT APPLIED: the state names another patient"));
    let broken = Builder::new().sequence(tags::VOILUT_SEQUENCE, vec![Builder::new()]);
    let broken =
        state(&CT, 1, "20060101", &[3]).sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![broken]);
    let harness = open(world(&[broken]));
    assert!(line(&harness).contains("W400 C40 HU") && line(&harness).contains("ps=NONE"));
    assert!(corner(&harness).contains("PS \"STATE_1\" NOT APPLIED"));
    let about_others = state(&CT, 1, "20060101", &[9]);
    let harness = open(world(&[about_others]));
    assert!(line(&harness).contains("ps=NONE") && !corner(&harness).contains("PS"));
}

#[test]
fn presets_are_refused_in_words_when_the_state_has_other_values() {
    let raw = state(&CT, 1, "20060101", &[3])
        .floats(tags::RESCALE_INTERCEPT, &[0.0])
        .text(tags::RESCALE_TYPE, "US");
    let mut harness = open(world(&[raw]));
    assert!(
        line(&harness).contains("W1000 C200 none"),
        "{}",
        line(&harness)
    );
    command(&mut harness, ViewCommand::Preset(3));
    assert!(line(&harness).contains("W1000 C200 none"));
    assert!(corner(&harness).contains("its windows and presets do not apply"));
}

#[test]
fn true_size_without_a_measured_monitor_is_fitted_and_told() {
    let area = Builder::new()
        .ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, &[1, 1])
        .ints(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER, &[64, 64])
        .text(tags::PRESENTATION_SIZE_MODE, "TRUE SIZE")
        .floats(tags::PRESENTATION_PIXEL_SPACING, &[0.5, 0.5]);
    let true_size = state(&CT, 1, "20060101", &[3])
        .sequence(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area]);
    let mut harness = open(world(&[true_size]));
    assert!(corner(&harness).contains("TRUE SIZE, but the size of a pixel"));
    let settings = dgscope::engine::Settings {
        display_pixel_pitch_mm: Some(0.25),
        ..dgscope::engine::Settings::default()
    };
    let told = Event::Settings(Arc::new(settings));
    harness.state_mut().workspace.observe(&told);
    harness.run_steps(3);
    assert!(line(&harness).contains("zoom=2.00"), "{}", line(&harness));
    assert!(!corner(&harness).contains("TRUE SIZE"));
}
