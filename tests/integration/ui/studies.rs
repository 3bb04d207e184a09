//! The Studies screen (section 2) and its empty, filtered, arriving and failing states (section 9).

use std::sync::Arc;

use dgscope::engine::event::{ConflictRow, NodeState};
use dgscope::engine::{Command, ConflictKind, Event, Job, Outcome, Progress};
use dgscope::workspace::studies::{RowId, StudiesAction};
use dgscope::workspace::{Action, Screen, ShellAction};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::shell_world::{NOW_MS, World, series, settings, study, study_uid, window};

const SIZE: [f32; 2] = [1600.0, 900.0];
const JANE: &str = "DOE, JANE · CT · 2026-11-02";
const RICHARD: &str = "ROE, RICHARD · CT · 2026-11-02";

fn two_studies() -> Harness<'static, World> {
    let mut world = World::begun();
    world.answer_studies(vec![study(1, "DOE^JANE"), study(2, "ROE^RICHARD")]);
    world.observe(settings());
    window(SIZE, world)
}

fn description(harness: &Harness<'_, World>, role: Role, name: &str) -> String {
    let node = harness.get_by_role_and_label(role, name);
    node.accesskit_node().description().unwrap_or_default()
}

#[test]
fn a_new_store_offers_three_ways_to_begin() {
    let mut world = World::begun();
    world.answer_studies(Vec::new());
    world.observe(settings());
    let mut harness = window(SIZE, world);
    harness.get_by_label("No studies yet");
    harness.get_by_label("as DGSCOPE on 127.0.0.1:11112");
    harness.get_by_label("Add a network node");
    harness.get_by_label("Receive from the network").click();
    harness.run_steps(2);
    let commands = &harness.state().commands;
    assert!(commands.iter().any(|c| matches!(c, Command::RunNode(true))));
    harness
        .state_mut()
        .observe(Event::NodeState(NodeState::Listening {
            ae_title: "DGSCOPE".into(),
            address: "127.0.0.1:11112".parse().expect("an address"),
            associations: 0,
        }));
    harness.run_steps(2);
    harness.get_by_label_contains("Receiving as DGSCOPE on 127.0.0.1:11112");
    harness.get_by_label("Import files or folders").click();
    harness.run_steps(3);
    harness.get_by_label("Copy into the store");
}

#[test]
fn every_study_is_a_named_row_of_the_table_studies() {
    let harness = two_studies();
    harness.get_by_role_and_label(Role::Table, "Studies");
    let row = harness.get_by_role_and_label(Role::Row, JANE);
    let node = row.accesskit_node();
    assert_eq!(node.author_id(), Some("study-1.2.826.1"));
    let text = node.description().unwrap_or_default();
    assert!(
        text.contains("images=120") && text.contains("new=Y"),
        "{text}"
    );
}

#[test]
fn typing_searches_once_it_rests_and_says_when_nothing_matches() {
    let mut harness = two_studies();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_steps(2);
    harness.get_by_label("Search studies").type_text("dup");
    harness.run_steps(4);
    assert_eq!(harness.state().last_query().search, "dup");
    harness.state_mut().answer_studies(Vec::new());
    harness.run_steps(3);
    harness.get_by_label("Nothing matches");
    harness.get_by_label_contains("“dup”");
    harness.get_by_label("Clear all filters").click();
    harness.run_steps(3);
    assert_eq!(harness.state().last_query().search, "");
}

#[test]
fn chips_titles_and_sources_change_the_question() {
    let mut harness = two_studies();
    harness.get_by_label("MR").click();
    harness.run_steps(2);
    assert_eq!(harness.state().last_query().modalities, ["MR"]);
    harness.get_by_label("Today").click();
    harness.run_steps(2);
    assert_eq!(harness.state().last_query().date_from, "20261125");
    let before = harness.state().last_query();
    harness
        .get_by_role_and_label(Role::ColumnHeader, "Patient")
        .click();
    harness.run_steps(2);
    assert_ne!(harness.state().last_query().sort, before.sort);
}

#[test]
fn arriving_images_raise_the_count_without_moving_the_selection() {
    let mut harness = two_studies();
    harness.get_by_role_and_label(Role::Row, RICHARD).click();
    harness.run_steps(2);
    harness.state_mut().observe(Event::StudiesChanged);
    let mut arriving = study(3, "NEW^ONE");
    arriving.received_ms = NOW_MS - 2_000;
    let mut richard = study(2, "ROE^RICHARD");
    richard.instance_count = 121;
    harness
        .state_mut()
        .answer_studies(vec![arriving, study(1, "DOE^JANE"), richard]);
    harness.run_steps(3);
    let chosen = RowId::Study(study_uid(2));
    assert_eq!(harness.state().workspace.studies.cursor, Some(chosen));
    assert!(description(&harness, Role::Row, RICHARD).contains("images=121"));
    let new = description(&harness, Role::Row, "NEW, ONE · CT · 2026-11-02");
    assert!(new.contains("receiving=Y"), "{new}");
}

#[test]
fn the_keyboard_chooses_expands_and_opens() {
    let mut harness = two_studies();
    harness.key_press(Key::ArrowDown);
    harness.run_steps(3);
    let first = RowId::Study(study_uid(1));
    assert_eq!(harness.state().workspace.studies.cursor, Some(first));
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    let of_first = vec![series(1, 1), series(1, 2)];
    harness
        .state_mut()
        .observe(Event::Series(study_uid(1), Arc::new(of_first)));
    harness.run_steps(3);
    assert_eq!(
        harness
            .query_all_by_role_and_label(Role::Row, "CT Axial")
            .count(),
        2
    );
    assert!(
        harness.query_by_label("CT 1  Axial").is_some(),
        "thumbnails of the chosen study"
    );
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state().workspace.screen, Screen::Viewer);
    let commands = &harness.state().commands;
    assert!(
        commands
            .iter()
            .any(|c| matches!(c, Command::OpenStudy(s) if *s == study_uid(1)))
    );
}

#[test]
fn deleting_asks_with_the_count_and_is_blocked_when_pinned() {
    let mut harness = two_studies();
    harness.get_by_role_and_label(Role::Row, JANE).click();
    harness.run_steps(2);
    harness.key_press(Key::Delete);
    harness.run_steps(3);
    harness.get_by_label_contains("1 study with 120 images will be deleted");
    harness
        .get_by_role_and_label(Role::Button, "Delete")
        .click();
    harness.run_steps(2);
    let deleted = harness.state().commands.iter().any(|command| {
        matches!(command, Command::Start(_, Job::Delete { keys })
            if keys == &[("StudyInstanceUID".to_owned(), "1.2.826.1".to_owned())])
    });
    assert!(deleted);

    let mut pinned = study(1, "DOE^JANE");
    pinned.pinned = true;
    harness.state_mut().observe(Event::StudiesChanged);
    harness.state_mut().answer_studies(vec![pinned]);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Row, JANE).click();
    harness.run_steps(2);
    harness.key_press(Key::Delete);
    harness.run_steps(3);
    harness.get_by_label_contains("is pinned");
    assert!(
        harness
            .query_by_role_and_label(Role::Button, "Delete")
            .is_none()
    );
}

#[test]
fn dropped_files_are_imported_and_their_reasons_shown() {
    let mut harness = two_studies();
    let drop = ShellAction::Drop(vec!["/tmp/mixed".into()]);
    harness.state_mut().act(Action::Shell(drop));
    let job = harness
        .state()
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Start(id, Job::Import { paths, link: false }) if paths.len() == 1 => Some(*id),
            _ => None,
        });
    let job = job.expect("a drop starts an import");
    harness.state_mut().observe(Event::JobFinished(
        job,
        Outcome {
            result: Ok(()),
            progress: Progress {
                done: 5,
                total: 5,
                failed: 1,
            },
            message: "3 imported".into(),
            details: vec!["broken.dcm: the data set cannot be parsed".into()],
            json: serde_json::json!({"imported": 3, "not_dicom": 1, "failed": 1}),
        },
    ));
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Dialog, "Import finished");
    harness.get_by_label("broken.dcm: the data set cannot be parsed");
    harness.get_by_label("not DICOM");
    harness.get_by_label("Close").click();
    harness.run_steps(3);
    assert!(
        harness
            .query_by_role_and_label(Role::Dialog, "Import finished")
            .is_none()
    );
}

#[test]
fn conflicts_have_a_badge_and_a_list_with_reasons() {
    let mut harness = two_studies();
    harness
        .state_mut()
        .observe(Event::Conflicts(Arc::new(vec![ConflictRow {
            id: 1,
            kind: ConflictKind::Patient,
            study_instance_uid: "1.2.826.1".into(),
            sop_instance_uid: "1.2.826.1.9.9".into(),
            patient_name: "OTHER^PATIENT".into(),
            patient_id: "ID-9".into(),
            source_ae: "SCANNER".into(),
            received_ms: NOW_MS,
            reason: "Patient ID disagrees with the study".into(),
        }])));
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::Button, "1 conflict")
        .click();
    harness.run_steps(3);
    harness.get_by_label_contains("Patient ID disagrees with the study");
    harness.get_by_label("Back to the list").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Row, JANE);
}

#[test]
fn a_hundred_thousand_studies_draw_only_the_visible_rows() {
    let mut world = World::begun();
    let query = world.last_query();
    let page = dgscope::engine::Page {
        total: 100_000,
        offset: 0,
        rows: (0..100).map(|n| study(n, "PHANTOM^ONE")).collect(),
    };
    world.observe(Event::Studies(query, Arc::new(page)));
    let harness = window(SIZE, world);
    let rows = harness.query_all_by_role(Role::Row).count();
    assert!((10..60).contains(&rows), "{rows} rows drawn");
}

#[test]
fn columns_are_hidden_and_the_choice_is_kept() {
    let mut harness = two_studies();
    harness.get_by_label("Columns").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::CheckBox, "Sex").click();
    harness.run_steps(3);
    let kept = harness.state().workspace.preferences.columns.iter();
    let sex = kept
        .clone()
        .find(|c| c.column == dgscope::workspace::columns::Column::Sex);
    assert_eq!(sex.map(|c| c.shown), Some(false));
    assert!(
        harness
            .query_by_role_and_label(Role::ColumnHeader, "Sex")
            .is_none()
    );
}

#[test]
fn opening_by_action_shows_the_viewer() {
    let mut harness = two_studies();
    let open = Action::Studies(StudiesAction::Open(study_uid(2)));
    harness.state_mut().act(open);
    harness.run_steps(2);
    assert_eq!(harness.state().workspace.screen, Screen::Viewer);
}
