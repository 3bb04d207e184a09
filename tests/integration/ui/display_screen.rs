//! The display (D6, F4): calibration with what comes of it, test patterns over the window, the ruler match.

use std::sync::Arc;

use dgscope::engine::{Command, DisplayCalibration, Event, Settings};
use dgscope::workspace::Screen;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::shell_world::{World, settings, window};

/// A display of three measured points, calibrated on the day of the tests.
fn calibrated() -> Event {
    Event::Settings(Arc::new(Settings {
        display_calibration: DisplayCalibration::Software,
        display_measurements: "0 0.3; 128 60; 255 350".to_owned(),
        display_ambient: 0.2,
        display_calibrated_on: "2026-11-25".to_owned(),
        display_calibration_days: 30,
        ..Settings::default()
    }))
}

fn screen(event: Event) -> Harness<'static, World> {
    let mut world = World::begun();
    world.observe(event);
    world.workspace.screen = Screen::Settings;
    window([1600.0, 3600.0], world)
}

fn description(harness: &Harness<World>, label: &str) -> String {
    let node = harness.get_by_label(label);
    node.accesskit_node().description().unwrap_or_default()
}

#[test]
fn a_display_says_whether_it_is_calibrated() {
    let mut harness = screen(settings());
    harness.get_by_label("Display not calibrated");
    harness.get_by_label("Not calibrated: P-Values go to the display as they are");
    harness.state_mut().observe(calibrated());
    harness.run_steps(3);
    harness.get_by_label("Display calibrated");
    harness.get_by_label("Calibrated to the DICOM standard function, next check 2026-12-25");
    // Indices 46.5 and 653.2 by an independent calculation of PS3.14.
    harness
        .get_by_label("0.500 to 350.2 cd/m² with ambient light, 607 just noticeable differences");
}

#[test]
fn what_is_typed_is_judged_before_it_is_applied() {
    let mut harness = screen(calibrated());
    let table = "Measured: driving level and luminance, one pair a line";
    let field = || Role::MultilineTextInput;
    harness.get_by_role_and_label(field(), table).focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(field(), table)
        .type_text("\n7 nothing");
    harness.run_steps(3);
    harness.get_by_label("1 change not applied");
    let problem = "not a driving level from 0 to 255 and a luminance in cd/m2";
    assert!(harness.query_by_label_contains(problem).is_some());
    harness.get_by_label("Revert").click();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains(problem).is_none());
}

#[test]
fn a_test_pattern_covers_the_window_until_esc() {
    let mut harness = screen(calibrated());
    harness.get_by_label("SMPTE pattern").click();
    harness.run_steps(3);
    assert_eq!(
        description(&harness, "Test pattern"),
        "Smpte 1600x3600 gsdf=Y"
    );
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(3);
    assert_eq!(
        description(&harness, "Test pattern"),
        "Ramps 1600x3600 gsdf=Y"
    );
    harness.state_mut().observe(settings());
    harness.run_steps(3);
    assert_eq!(
        description(&harness, "Test pattern"),
        "Ramps 1600x3600 gsdf=N"
    );
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Test pattern").is_none());
}

#[test]
fn a_ruler_against_the_screen_gives_the_size_of_a_pixel() {
    let mut harness = screen(settings());
    harness.get_by_label("Match with a ruler…").click();
    harness.run_steps(4);
    harness.get_by_label("A pixel is 0.2500 mm wide.");
    harness
        .get_by_role_and_label(Role::TextInput, "Length on the ruler")
        .focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, "Length on the ruler")
        .type_text("0");
    harness.run_steps(3);
    harness.get_by_label("A pixel is 2.5000 mm wide.");
    harness.get_by_label("Use this size").click();
    harness.run_steps(3);
    let changes = harness.state().commands.iter().find_map(|c| match c {
        Command::ChangeSettings(changes) => Some(changes.clone()),
        _ => None,
    });
    let change = ("display.pixel-pitch-mm".to_owned(), "2.50000".to_owned());
    assert_eq!(changes, Some(vec![change]));
    assert!(harness.query_by_label("Use this size").is_none());
}
