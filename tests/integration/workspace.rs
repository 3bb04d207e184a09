//! The viewer's state machine, driven by actions and by events fed by hand.

use std::collections::BTreeSet;
use std::time::Duration;

use dgscope::engine::{Command, Event};
use dgscope::imaging::stack::{SortKey, SortOrder};
use dgscope::imaging::{VoiChoice, Window, Zoom};
use dgscope::workspace::viewer::{
    Drag, DragTool, Layout, StackId, Tool, ViewCommand, ViewerAction, ViewerState,
};
use proptest::prelude::*;

use super::viewer_world::{CT, OTHER, World, slice};

/// Plays an action and everything the engine would answer to it.
fn play(viewer: &mut ViewerState, world: &World, action: ViewerAction) {
    let commands = viewer.act(action);
    answer(viewer, world, commands);
}

fn answer(viewer: &mut ViewerState, world: &World, mut commands: Vec<Command>) {
    while !commands.is_empty() {
        let events = world.answers(&commands);
        commands = events
            .iter()
            .flat_map(|event| viewer.observe(event))
            .collect();
    }
}

fn opened(world: &World) -> ViewerState {
    let mut viewer = ViewerState::default();
    play(&mut viewer, world, ViewerAction::Open(world.uid()));
    assert_eq!(viewer.tabs.len(), 1);
    viewer
}

/// One painted frame: every visible cell tells what it shows.
fn paint(viewer: &mut ViewerState, world: &World) {
    let Some(tab) = viewer.tab() else {
        return;
    };
    let shown = tab
        .arrangement
        .visible()
        .filter_map(|cell| Some((cell, tab.image(cell)?.key())))
        .filter(|(_, key)| viewer.frame(key).is_some())
        .collect();
    play(viewer, world, ViewerAction::Presented(shown));
}

fn command(viewer: &mut ViewerState, world: &World, command: ViewCommand) {
    play(viewer, world, ViewerAction::Command(command));
}

fn window(viewer: &ViewerState) -> Option<Window> {
    let choice = viewer.tab()?.window(0)?;
    match choice.voi {
        VoiChoice::Window(window) => Some(window),
        _ => None,
    }
}

fn drag(viewer: &mut ViewerState, world: &World, right: f64, down: f64) {
    let start = Drag::Start {
        cell: 0,
        tool: DragTool::Active,
        scale: 1.0,
        pan: (0.0, 0.0),
    };
    play(viewer, world, ViewerAction::Drag(start));
    for part in [0.25, 0.5, 1.0] {
        let moved = Drag::Move {
            right: right * part,
            down: down * part,
            pixels_per_point: 1.0,
            gain: 1.0,
        };
        play(viewer, world, ViewerAction::Drag(moved));
    }
    play(viewer, world, ViewerAction::Drag(Drag::End));
}

#[test]
fn a_ct_opens_at_its_middle_and_wishes_for_the_visible_image_first() {
    let world = World::stack(&CT, 21);
    let mut viewer = ViewerState::default();
    let opening = viewer.act(ViewerAction::Open(world.uid()));
    assert!(matches!(opening[..], [Command::OpenStudy(_)]));
    let commands = viewer.observe(&Event::StudyOpened(world.contents.clone()));
    let visible = viewer
        .tab()
        .and_then(|tab| tab.image(0))
        .expect("an image")
        .key();
    assert_eq!(viewer.tab().map(|tab| tab.cursors[0].position), Some(10));
    let wishes = commands.iter().find_map(|command| match command {
        Command::WantFrames(keys) => Some(keys),
        _ => None,
    });
    let wishes = wishes.expect("frames are wanted");
    assert_eq!(wishes[0], visible);
    assert_eq!(wishes.len(), 21);
    assert_eq!(wishes.iter().collect::<BTreeSet<_>>().len(), 21);
}

#[test]
fn two_hundred_notches_are_two_hundred_presented_slices() {
    let world = World::stack(&CT, 210);
    let mut viewer = opened(&world);
    play(&mut viewer, &world, ViewerAction::Jump(0, 0));
    paint(&mut viewer, &world);
    let before = viewer.slices_presented;
    for notch in 0..200 {
        play(&mut viewer, &world, ViewerAction::Scroll(0, 1));
        // Faster than the screen: a frame is painted only now and then.
        if notch % 3 == 0 {
            paint(&mut viewer, &world);
        }
    }
    let mut frames = 0;
    while viewer.is_moving() {
        paint(&mut viewer, &world);
        frames += 1;
        assert!(frames <= 200, "the queue does not end");
    }
    assert_eq!(viewer.slices_presented - before, 200);
    assert_eq!(viewer.slices_skipped(), 0);
    let tab = viewer.tab().expect("a tab");
    let stack = tab.stack_of(0).expect("a stack");
    let displayed = |range: std::ops::Range<usize>| {
        stack.images[range]
            .iter()
            .all(|image| tab.displayed.contains(&image.key()))
    };
    assert!(displayed(0..201));
    assert!(!tab.displayed.contains(&stack.images[205].key()));
}

#[test]
fn a_missing_frame_holds_the_scroll_instead_of_skipping_it() {
    let world = World::stack(&CT, 10);
    let mut viewer = ViewerState::default();
    viewer.act(ViewerAction::Open(world.uid()));
    viewer.observe(&Event::StudyOpened(world.contents.clone()));
    let first = viewer
        .tab()
        .and_then(|tab| tab.image(0))
        .expect("an image")
        .key();
    let answers = world.answers(&[Command::WantFrames(vec![first])]);
    answers.iter().for_each(|event| drop(viewer.observe(event)));
    paint(&mut viewer, &world);
    viewer.act(ViewerAction::Scroll(0, 2));
    assert_eq!(viewer.tab().map(|tab| tab.cursors[0].position), Some(6));
    assert!(!viewer.is_moving(), "nothing can be painted yet");
    let next = viewer
        .tab()
        .and_then(|tab| tab.image(0))
        .expect("an image")
        .key();
    answer(&mut viewer, &world, vec![Command::WantFrames(vec![next])]);
    assert!(viewer.is_moving());
}

#[test]
fn a_jump_leaves_slices_not_displayed_and_skips_none() {
    let world = World::stack(&CT, 50);
    let mut viewer = opened(&world);
    paint(&mut viewer, &world);
    command(&mut viewer, &world, ViewCommand::Last);
    paint(&mut viewer, &world);
    let tab = viewer.tab().expect("a tab");
    assert_eq!(tab.displayed.len(), 2);
    assert_eq!(viewer.slices_skipped(), 0);
}

#[test]
fn a_drag_of_128_points_doubles_the_window_in_one_undo_step() {
    let world = World::stack(&CT, 3);
    let mut viewer = opened(&world);
    let window_of = |width: f64, center: f64| Some(Window { center, width });
    drag(&mut viewer, &world, 128.0, 0.0);
    assert_eq!(window(&viewer), window_of(800.0, 40.0));
    command(&mut viewer, &world, ViewCommand::Undo);
    assert_eq!(window(&viewer), None);
    drag(&mut viewer, &world, 0.0, -128.0);
    assert_eq!(window(&viewer), window_of(400.0, -360.0));
}

#[test]
fn keys_two_to_nine_set_the_presets_and_one_the_window_as_sent() {
    let world = World::stack(&CT, 3);
    let mut viewer = opened(&world);
    let table = [
        (400.0, 40.0),
        (1500.0, -600.0),
        (2500.0, 480.0),
        (80.0, 40.0),
        (200.0, 75.0),
        (40.0, 40.0),
        (150.0, 90.0),
        (600.0, 200.0),
    ];
    for (key, (width, center)) in (2..=9).zip(table) {
        command(&mut viewer, &world, ViewCommand::Preset(key));
        assert_eq!(window(&viewer), Some(Window { center, width }), "key {key}");
    }
    command(&mut viewer, &world, ViewCommand::WindowAsSent);
    assert_eq!(window(&viewer), None);
    command(&mut viewer, &world, ViewCommand::NextWindow);
    let choice = viewer
        .tab()
        .and_then(|tab| tab.window(0))
        .map(|c| c.voi.clone());
    assert_eq!(choice, Some(VoiChoice::Dicom(1)));
    command(&mut viewer, &world, ViewCommand::NextWindow);
    assert_eq!(viewer.tab().and_then(|tab| tab.window(0)), None);
}

#[test]
fn every_view_change_is_undone_and_done_again() {
    let world = World::stack(&CT, 3);
    let mut viewer = opened(&world);
    let changes = [
        ViewCommand::RotateRight,
        ViewCommand::FlipVertically,
        ViewCommand::Invert,
        ViewCommand::OneToOne,
        ViewCommand::Preset(3),
    ];
    let start = viewer.tab().expect("a tab").arrangement.clone();
    for change in changes {
        command(&mut viewer, &world, change);
    }
    let end = viewer.tab().expect("a tab").arrangement.clone();
    for _ in changes {
        command(&mut viewer, &world, ViewCommand::Undo);
    }
    assert_eq!(viewer.tab().expect("a tab").arrangement, start);
    for _ in changes {
        command(&mut viewer, &world, ViewCommand::Redo);
    }
    assert_eq!(viewer.tab().expect("a tab").arrangement, end);
}

#[test]
fn another_patient_gets_another_tab_and_the_same_patient_the_same() {
    let world = World::stack(&CT, 3);
    let other = World::stack(&OTHER, 3);
    let mut viewer = opened(&world);
    play(&mut viewer, &other, ViewerAction::Open(other.uid()));
    assert_eq!((viewer.tabs.len(), viewer.active_tab), (2, 1));
    assert_ne!(viewer.tabs[0].color, viewer.tabs[1].color);
    play(&mut viewer, &world, ViewerAction::Open(world.uid()));
    assert_eq!((viewer.tabs.len(), viewer.active_tab), (2, 0));
    let closed = viewer.act(ViewerAction::CloseTab(0));
    assert!(
        closed
            .iter()
            .any(|c| matches!(c, Command::CloseStudy(uid) if *uid == world.uid()))
    );
    assert_eq!(viewer.tabs.len(), 1);
}

#[test]
fn cine_presents_every_image_at_the_rate_that_time_allows() {
    let world = World::stack(&CT, 4);
    let mut viewer = opened(&world);
    paint(&mut viewer, &world);
    command(&mut viewer, &world, ViewCommand::ToggleCine);
    play(&mut viewer, &world, ViewerAction::SetCineRate(0, 10.0));
    let before = viewer.slices_presented;
    for step in 0..20 {
        let commands = viewer.tick(Duration::from_millis(100 * step));
        answer(&mut viewer, &world, commands);
        paint(&mut viewer, &world);
    }
    assert_eq!(viewer.slices_presented - before, 20);
    assert!(viewer.next_tick().is_some());
    command(&mut viewer, &world, ViewCommand::ToggleCine);
    assert_eq!(viewer.next_tick(), None);
}

#[test]
fn sorting_keeps_the_image_on_the_screen() {
    let world = World::stack(&CT, 9);
    let mut viewer = opened(&world);
    play(&mut viewer, &world, ViewerAction::Jump(0, 7));
    let shown = viewer
        .tab()
        .and_then(|tab| tab.image(0))
        .expect("an image")
        .key();
    let order = SortOrder {
        key: SortKey::InstanceNumber,
        reversed: true,
    };
    play(&mut viewer, &world, ViewerAction::Sort(0, order));
    let tab = viewer.tab().expect("a tab");
    assert_eq!(tab.image(0).map(|image| image.key()), Some(shown));
    assert_eq!(tab.cursors[0].position, 1);
}

fn actions() -> impl Strategy<Value = ViewerAction> {
    let commands = prop::sample::select(vec![
        ViewCommand::AutoWindow,
        ViewCommand::WindowAsSent,
        ViewCommand::NextWindow,
        ViewCommand::Preset(4),
        ViewCommand::SetTool(Tool::Zoom),
        ViewCommand::SetTool(Tool::Scroll),
        ViewCommand::SetTool(Tool::Window),
        ViewCommand::FlipHorizontally,
        ViewCommand::FlipVertically,
        ViewCommand::RotateLeft,
        ViewCommand::Fit,
        ViewCommand::ToggleCine,
        ViewCommand::ToggleOneUp,
        ViewCommand::First,
        ViewCommand::Last,
        ViewCommand::NextSeries,
        ViewCommand::PreviousSeries,
        ViewCommand::NextCell,
        ViewCommand::NextTab,
        ViewCommand::Reset,
        ViewCommand::Undo,
        ViewCommand::Redo,
    ]);
    let cell = 0_usize..20;
    let moved = (-300.0..300.0, -300.0..300.0).prop_map(|(right, down)| Drag::Move {
        right,
        down,
        pixels_per_point: 1.5,
        gain: 1.0,
    });
    let pressed = (
        cell.clone(),
        prop::sample::select(vec![DragTool::Active, DragTool::Pan]),
    );
    let pressed = pressed.prop_map(|(cell, tool)| Drag::Start {
        cell,
        tool,
        scale: 1.0,
        pan: (0.0, 0.0),
    });
    prop_oneof![
        4 => commands.prop_map(ViewerAction::Command),
        1 => (0_usize..6, 0_usize..6).prop_map(|(r, c)| ViewerAction::SetLayout(Layout::new(r, c))),
        3 => (cell.clone(), -30_i32..30).prop_map(|(c, n)| ViewerAction::Scroll(c, n)),
        1 => (cell.clone(), 0_usize..40).prop_map(|(c, n)| ViewerAction::Jump(c, n)),
        1 => cell.clone().prop_map(ViewerAction::Activate),
        1 => (0_usize..3).prop_map(ViewerAction::CloseTab),
        2 => pressed.prop_map(ViewerAction::Drag),
        3 => moved.prop_map(ViewerAction::Drag),
        1 => Just(ViewerAction::Drag(Drag::End)),
        1 => (cell, 0.5_f64..2.0).prop_map(|(cell, factor)| ViewerAction::ZoomAt {
            cell,
            factor,
            scale: 1.0,
            pan: (0.0, 0.0),
            point: (10.0, -5.0),
        }),
    ]
}

/// What must hold whatever was done.
fn verify_invariants(viewer: &ViewerState) {
    assert!(viewer.tabs.is_empty() || viewer.active_tab < viewer.tabs.len());
    for tab in &viewer.tabs {
        let arrangement = &tab.arrangement;
        assert!(arrangement.active < arrangement.layout.cells());
        assert!(arrangement.cells.len() >= arrangement.layout.cells());
        assert_eq!(tab.cursors.len(), arrangement.cells.len());
        for (cell, cursor) in arrangement.cells.iter().zip(&tab.cursors) {
            assert_eq!(cell.stack, cursor.stack);
            if let Some(stack) = cell.stack.as_ref().and_then(|id| tab.stack(id)) {
                assert!(cursor.position < stack.images.len());
                assert!(cursor.pending.iter().all(|at| *at < stack.images.len()));
            }
            if let Zoom::Scale(scale) = cell.view.zoom {
                assert!((0.02..=64.0).contains(&scale));
            }
            assert!(cell.view.rotation < 4);
        }
        let ids: Vec<StackId> = tab.stack_ids();
        assert!(
            arrangement
                .cells
                .iter()
                .flat_map(|c| &c.stack)
                .all(|id| ids.contains(id))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_sequence_of_actions_breaks_the_viewer(actions in prop::collection::vec(actions(), 1..80)) {
        let objects: Vec<_> = (1..=6).map(|i| slice(&CT, 1, i)).chain((1..=3).map(|i| slice(&CT, 2, i))).collect();
        let world = World::new(&CT, &objects);
        let mut viewer = opened(&world);
        for (step, action) in actions.into_iter().enumerate() {
            play(&mut viewer, &world, action);
            let commands = viewer.tick(Duration::from_millis(20 * step as u64));
            answer(&mut viewer, &world, commands);
            paint(&mut viewer, &world);
            verify_invariants(&viewer);
        }
    }
}
