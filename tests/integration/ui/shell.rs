//! Rail, status bar, theme, languages, banners, help, and the walk of the Tab key (SH1 to SH6).

use std::collections::BTreeSet;

use dgscope::engine::{Event, Failure, FailureKind};
use dgscope::workspace::{Action, Appearance, Graphics, Language, Screen, ShellAction};
use egui::accesskit::{Action as NodeAction, Role};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use super::shell_world::{World, settings, study, window};

const SIZE: [f32; 2] = [1280.0, 800.0];

fn with_studies() -> World {
    let mut world = World::begun();
    world.answer_studies(vec![study(1, "DOE^JANE"), study(2, "ROE^RICHARD")]);
    world.observe(settings());
    world
}

#[test]
fn the_rail_and_its_keys_switch_screens() {
    let mut harness = window(SIZE, with_studies());
    harness.get_by_role_and_label(Role::Tab, "Activity").click();
    harness.run_steps(2);
    assert_eq!(harness.state().workspace.screen, Screen::Activity);
    for (key, screen) in [
        (Key::Num6, Screen::Settings),
        (Key::Num4, Screen::Film),
        (Key::Num3, Screen::Viewer),
        (Key::Num2, Screen::Query),
        (Key::Num1, Screen::Studies),
    ] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(2);
        assert_eq!(harness.state().workspace.screen, screen);
    }
}

#[test]
fn the_status_node_carries_the_counters() {
    let mut world = with_studies();
    world.observe(Event::Counters {
        decodes: 7,
        cache_bytes: 1024,
    });
    let harness = window(SIZE, world);
    let status = harness.get_by_role_and_label(Role::Status, "Status");
    let description = status.accesskit_node().description().unwrap_or_default();
    for part in [
        "image_uploads=",
        "lut_writes=",
        "decodes=7",
        "slices_presented=",
        "slices_skipped=",
        "cache_bytes=1024",
        "gpu_bytes=",
    ] {
        assert!(description.contains(part), "{part} in {description}");
    }
}

#[test]
fn the_theme_and_the_language_change_without_a_restart() {
    let mut harness = window(SIZE, with_studies());
    let dark = harness.ctx.global_style().visuals.panel_fill;
    harness
        .state_mut()
        .act(Action::Shell(ShellAction::SetAppearance(Appearance::Light)));
    harness
        .state_mut()
        .act(Action::Shell(ShellAction::SetLanguage(Language::French)));
    harness.run_steps(3);
    let light = harness.ctx.global_style().visuals.panel_fill;
    assert!(light.r() > dark.r() + 100);
    harness.get_by_role_and_label(Role::Tab, "Réglages");
    assert!(
        harness
            .query_by_role_and_label(Role::Tab, "Settings")
            .is_none()
    );
}

#[test]
fn the_text_size_scales_everything_between_its_limits() {
    let mut harness = window(SIZE, with_studies());
    for (asked, factor) in [(150, 1.5), (500, 2.0), (10, 0.8)] {
        harness
            .state_mut()
            .act(Action::Shell(ShellAction::SetTextPercent(asked)));
        harness.run_steps(3);
        assert!((harness.ctx.zoom_factor() - factor).abs() < 1e-3);
    }
}

#[test]
fn a_notice_is_a_banner_that_goes_when_dismissed() {
    let mut world = with_studies();
    world.observe(Event::Notice(Failure::new(
        FailureKind::Environment,
        "the index was rebuilt from the files",
    )));
    let mut harness = window(SIZE, world);
    harness.get_by_label("the index was rebuilt from the files");
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    assert!(
        harness
            .query_by_label("the index was rebuilt from the files")
            .is_none()
    );
}

#[test]
fn a_card_that_fails_its_test_is_told_and_the_processor_draws() {
    let mut world = with_studies();
    assert!(!world.workspace.graphics.is_card(), "not before its test");
    world
        .workspace
        .act(Action::Shell(ShellAction::Graphics(Graphics::Card)));
    assert!(world.workspace.graphics.is_card());
    let words = "the graphics card draws a window wrongly";
    let failed = Graphics::Failed(words.to_owned());
    world
        .workspace
        .act(Action::Shell(ShellAction::Graphics(failed)));
    assert!(!world.workspace.graphics.is_card());
    let harness = window(SIZE, world);
    harness.get_by_label(words);
    harness.get_by_label("Drawn by the processor");
}

#[test]
fn f1_lists_the_bindings_and_escape_closes_the_list() {
    let mut harness = window(SIZE, with_studies());
    harness.key_press(Key::F1);
    harness.run_steps(3);
    harness.get_by_label("delete, after a question");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("delete, after a question").is_none());
}

/// SH6: from any control, Tab comes to every other one that can be clicked.
#[test]
fn the_tab_key_reaches_every_control_of_every_screen() {
    for screen in [Screen::Studies, Screen::Activity, Screen::Settings] {
        let mut world = with_studies();
        world.workspace.screen = screen;
        let mut harness = window([1600.0, 1400.0], world);
        let focusable: BTreeSet<String> = names(&harness, |node| {
            node.data().supports_action(NodeAction::Focus) && !node.is_disabled()
        });
        assert!(focusable.len() >= 6, "{screen:?}: {focusable:?}");
        let mut reached = BTreeSet::new();
        for _ in 0..focusable.len() * 3 + 20 {
            harness.key_press(Key::Tab);
            harness.run_steps(2);
            reached.extend(names(&harness, |node| node.is_focused()));
        }
        let missed: Vec<_> = focusable.difference(&reached).collect();
        assert!(missed.is_empty(), "{screen:?}: never focused: {missed:?}");
    }
}

/// T1: whatever can be clicked has a name.
#[test]
fn every_control_has_a_name() {
    for screen in [Screen::Studies, Screen::Activity, Screen::Settings] {
        let mut world = with_studies();
        world.workspace.screen = screen;
        let harness = window(SIZE, world);
        let nameless = harness
            .root()
            .children_recursive()
            .filter(|node| {
                let node = node.accesskit_node();
                node.data().supports_action(NodeAction::Focus)
                    && node.label().unwrap_or_default().is_empty()
            })
            .map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect()))
            .collect::<Vec<_>>();
        assert!(nameless.is_empty(), "{screen:?}: {nameless:?}");
    }
}

fn names(
    harness: &egui_kittest::Harness<'_, World>,
    wanted: impl Fn(&egui_kittest::kittest::AccessKitNode<'_>) -> bool,
) -> BTreeSet<String> {
    harness
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| wanted(node))
        .map(|node| format!("{:?} {}", node.role(), node.label().unwrap_or_default()))
        .collect()
}
