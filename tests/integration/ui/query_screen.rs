//! The Query/Retrieve screen (Q1 to Q6): what is asked, what streams in, what is fetched, and what is said when it fails.

use std::sync::Arc;

use dgscope::dicom::{SeriesInstanceUid, StudyInstanceUid};
use dgscope::engine::event::HeldStudy;
use dgscope::engine::{
    Command, Destination, Event, Failure, FailureKind, Job, JobId, Level, NodeState, Outcome,
    PeerAddress, SubOperations,
};
use dgscope::workspace::{Screen, query};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use serde_json::json;

use super::query_world::{
    answer, by_author, description, done, jobs, peer, press, screen, series, study, type_into,
};
use super::shell_world::World;

const SIZE: [f32; 2] = [1280.0, 800.0];

fn two_nodes() -> Harness<'static, World> {
    let mut harness = screen(SIZE, vec![peer("archive", 104), peer("clinic", 105)]);
    for name in ["archive", "clinic"] {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run_steps(2);
    }
    harness
}

/// The queries started, with whom they ask.
fn queries(
    harness: &Harness<'static, World>,
) -> Vec<(JobId, String, Level, Vec<(String, String)>)> {
    jobs(harness)
        .into_iter()
        .filter_map(|(id, job)| match job {
            Job::Find {
                peer: PeerAddress::Named(peer),
                level,
                keys,
                ..
            } => Some((id, peer, level, keys)),
            _ => None,
        })
        .collect()
}

fn value<'a>(keys: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = keys.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

fn feed(harness: &mut Harness<'static, World>, event: Event) {
    harness.state_mut().observe(event);
    harness.run_steps(3);
}

fn matches(job: JobId, sets: Vec<dgscope::dicom::DataSet>) -> Event {
    Event::Matches(job, Arc::new(sets))
}

fn failed(message: &str, json: serde_json::Value) -> Outcome {
    Outcome {
        result: Err(Failure::new(FailureKind::Peer, message)),
        message: message.to_owned(),
        ..done(json)
    }
}

/// One study of one node, and the job that found it.
fn with_a_study() -> (Harness<'static, World>, JobId) {
    let mut harness = screen(SIZE, vec![peer("archive", 104), peer("clinic", 105)]);
    harness
        .get_by_role_and_label(Role::Button, "archive")
        .click();
    harness.run_steps(2);
    harness.get_by_label("Search").click();
    harness.run_steps(2);
    let job = queries(&harness)[0].0;
    feed(&mut harness, matches(job, vec![study(1, "DOE^JANE", 120)]));
    let json = json!({ "matches": 1, "unreadable": 0, "more": false, "status": "0000" });
    feed(&mut harness, Event::JobFinished(job, done(json)));
    press(&mut harness, Key::ArrowDown);
    (harness, job)
}

fn held(series: u64) -> Event {
    let uid = |text: &str| StudyInstanceUid::parse(text).expect("a UID");
    let list = SeriesInstanceUid::parse("1.2.826.1.1").expect("a UID");
    let series = if series == 0 {
        Vec::new()
    } else {
        vec![(list, series)]
    };
    let study = uid("1.2.826.1");
    Event::Held(Arc::new(vec![HeldStudy { study, series }]))
}

#[test]
fn what_is_typed_is_asked_of_every_ticked_node() {
    let mut harness = two_nodes();
    type_into(&mut harness, "query-STUDY-PatientName", "doe, jane");
    harness
        .get_by_role_and_label(Role::Button, "7 days")
        .click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "CT").click();
    harness.get_by_role_and_label(Role::Button, "MR").click();
    harness.run_steps(2);
    type_into(&mut harness, "query-STUDY-PatientID", "4711");
    press(&mut harness, Key::Enter);
    let asked = queries(&harness);
    // Two nodes, and for each a question of its own for either modality.
    assert_eq!(asked.len(), 4);
    for (_, _, level, keys) in &asked {
        assert_eq!(*level, Level::Study);
        assert_eq!(value(keys, "PatientName"), Some("doe^jane*"));
        assert_eq!(value(keys, "PatientID"), Some("4711"));
        assert_eq!(value(keys, "StudyDate"), Some("20261119-"));
    }
    let told: Vec<_> = asked
        .iter()
        .map(|(_, peer, _, keys)| (peer.as_str(), value(keys, "ModalitiesInStudy")))
        .collect();
    let all = [
        ("archive", Some("CT")),
        ("archive", Some("MR")),
        ("clinic", Some("CT")),
        ("clinic", Some("MR")),
    ];
    assert_eq!(told, all);
}

#[test]
fn a_key_that_is_none_is_told_before_anything_is_asked() {
    let mut harness = two_nodes();
    harness.get_by_label("More keys").click();
    harness.run_steps(3);
    type_into(&mut harness, "query-STUDY-StudyInstanceUID", "1..2");
    harness.get_by_label("Search").click();
    harness.run_steps(3);
    assert!(queries(&harness).is_empty());
    assert!(harness.query_by_label_contains("not a UID").is_some());
}

#[test]
fn answers_stream_into_one_table_and_each_node_tells_how_it_stands() {
    let mut harness = two_nodes();
    harness.get_by_label("Search").click();
    harness.run_steps(2);
    let asked = queries(&harness);
    let (first, second) = (asked[0].0, asked[1].0);
    feed(
        &mut harness,
        matches(first, vec![study(1, "DOE^JANE", 120)]),
    );
    assert!(description(&harness, "query-node-archive").contains("1 study, asking"));
    // The same study from another node is a row of its own; an answer without UID is none.
    let nameless = answer(&[(dgscope::dicom::tags::PATIENT_NAME, "X")]);
    feed(
        &mut harness,
        matches(second, vec![study(1, "DOE^JANE", 90), nameless]),
    );
    assert!(description(&harness, "answers").starts_with("studies=2 rows=2"));
    let json = json!({ "matches": 1, "unreadable": 0, "more": true, "status": "0000" });
    feed(&mut harness, Event::JobFinished(first, done(json)));
    assert!(description(&harness, "query-node-archive").contains("may be more"));
    let words = "find CLINIC: association: rejected: calling AE title not recognised";
    feed(
        &mut harness,
        Event::JobFinished(second, failed(words, json!({}))),
    );
    assert!(description(&harness, "query-node-clinic").contains("failed"));
    harness.get_by_label(words);
    harness.get_by_label("DOE, JANE · 2026-11-02 10:15 · clinic");
    // Asked again, it adds to what the others answered.
    harness.get_by_label("Ask clinic again").click();
    harness.run_steps(3);
    let again = queries(&harness).pop().expect("a query");
    assert_eq!((queries(&harness).len(), again.1.as_str()), (3, "clinic"));
    feed(
        &mut harness,
        matches(again.0, vec![study(2, "ROE^RICHARD", 5)]),
    );
    assert!(description(&harness, "answers").starts_with("studies=3"));
}

#[test]
fn escape_stops_every_running_query_once() {
    let mut harness = two_nodes();
    harness.get_by_label("Search").click();
    harness.run_steps(2);
    let asked = queries(&harness);
    press(&mut harness, Key::Escape);
    let commands = harness.state().commands.iter();
    let cancelled: Vec<JobId> = commands
        .filter_map(|command| match command {
            Command::Cancel(id) => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(cancelled, [asked[0].0, asked[1].0]);
    for (job, ..) in &asked {
        feed(
            &mut harness,
            Event::JobFinished(*job, failed("cancelled", json!({}))),
        );
    }
    assert!(description(&harness, "query-node-archive").contains("stopped"));
    harness.get_by_label("Search");
}

#[test]
fn a_row_expands_to_what_its_node_is_then_asked() {
    let (mut harness, _) = with_a_study();
    feed(&mut harness, held(40));
    assert!(description(&harness, "answer-archive-1.2.826.1").contains("40 of 120 here"));
    press(&mut harness, Key::ArrowRight);
    let asked = queries(&harness);
    let (job, node, level, keys) = asked.last().expect("a query for series").clone();
    assert_eq!(
        (asked.len(), node.as_str(), level),
        (2, "archive", Level::Series)
    );
    assert_eq!(value(&keys, "StudyInstanceUID"), Some("1.2.826.1"));
    feed(
        &mut harness,
        matches(job, vec![series(2, 80), series(1, 40)]),
    );
    feed(&mut harness, Event::JobFinished(job, done(json!({}))));
    assert!(description(&harness, "answer-archive-1.2.826.1.1").contains("here=\"here\""));
    assert!(description(&harness, "answer-archive-1.2.826.1.2").contains("here=\"\""));
    // In the order of their numbers; asked once only.
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowRight);
    let asked = queries(&harness);
    let (_, _, level, keys) = asked.last().expect("a query for images");
    assert_eq!((asked.len(), *level), (3, Level::Image));
    assert_eq!(value(keys, "SeriesInstanceUID"), Some("1.2.826.1.1"));
    press(&mut harness, Key::ArrowLeft);
    press(&mut harness, Key::ArrowRight);
    assert_eq!(queries(&harness).len(), 3);
}

#[test]
fn a_retrieval_counts_on_its_row_and_what_did_not_arrive_is_told() {
    let (mut harness, _) = with_a_study();
    harness.get_by_label("Retrieve").click();
    harness.run_steps(3);
    let (job, retrieve) = jobs(&harness).pop().expect("a job");
    let Job::Retrieve {
        level, keys, to, ..
    } = retrieve
    else {
        panic!("not a retrieval")
    };
    assert_eq!((level, to), (Level::Study, Destination::Us));
    assert_eq!(
        keys,
        [("StudyInstanceUID".to_owned(), "1.2.826.1".to_owned())]
    );
    // What each series should have is asked for, so that an incomplete one is seen as such (F11).
    let of_series = queries(&harness).into_iter().find(|q| q.2 == Level::Series);
    let (series_job, ..) = of_series.expect("a query for series");
    feed(&mut harness, matches(series_job, vec![series(1, 120)]));
    feed(
        &mut harness,
        Event::JobFinished(series_job, done(json!({}))),
    );
    assert_eq!(
        harness.state().workspace.query.promised("1.2.826.1.1"),
        Some(120)
    );
    let counters = SubOperations {
        remaining: Some(80),
        completed: Some(39),
        failed: Some(1),
        warning: Some(0),
    };
    feed(&mut harness, Event::SubOperations(job, counters));
    let row = "answer-archive-1.2.826.1";
    assert!(description(&harness, row).contains("40/120"));
    harness.get_by_label("Stop the transfer");
    let last = SubOperations {
        remaining: None,
        completed: Some(120),
        failed: Some(0),
        warning: Some(0),
    };
    feed(&mut harness, Event::SubOperations(job, last));
    let words = "retrieve ARCHIVE: 118 of 120 arrived";
    let outcome = failed(words, json!({ "kept": 118, "status": "0000" }));
    feed(&mut harness, Event::JobFinished(job, outcome));
    assert!(description(&harness, row).contains("118 of 120 arrived"));
    harness.get_by_label("All attributes").click();
    harness.run_steps(3);
    harness.get_by_label(words);
}

#[test]
fn chosen_rows_are_moved_to_another_node() {
    let (mut harness, _) = with_a_study();
    harness.get_by_label("Send to…").click();
    harness.run_steps(4);
    harness.get_by_label("Send to clinic").click();
    harness.run_steps(3);
    let (job, moved) = jobs(&harness).pop().expect("a job");
    let Job::Retrieve {
        to: Destination::Title(title),
        ..
    } = moved
    else {
        panic!("not moved to a title")
    };
    assert_eq!(title.as_str(), "CLINIC");
    let counters = SubOperations {
        completed: Some(120),
        ..SubOperations::default()
    };
    feed(&mut harness, Event::SubOperations(job, counters));
    feed(
        &mut harness,
        Event::JobFinished(job, done(json!({ "status": "0000" }))),
    );
    assert!(description(&harness, "answer-archive-1.2.826.1").contains("120 to clinic"));
}

#[test]
fn a_node_that_does_not_know_us_is_told_what_to_register() {
    let (mut harness, _) = with_a_study();
    let address = "0.0.0.0:11112".parse().expect("an address");
    feed(
        &mut harness,
        Event::NodeState(NodeState::Listening {
            ae_title: "DGSCOPE".into(),
            address,
            associations: 0,
        }),
    );
    harness.get_by_label("Retrieve").click();
    harness.run_steps(3);
    let (job, _) = jobs(&harness)
        .into_iter()
        .rev()
        .find(|(_, job)| matches!(job, Job::Retrieve { .. }))
        .expect("a job");
    let words = "retrieve ARCHIVE: refused: move destination unknown";
    let outcome = failed(
        words,
        json!({ "status": "A801", "own_host": "192.168.1.5" }),
    );
    feed(&mut harness, Event::JobFinished(job, outcome));
    harness.get_by_label("AE DGSCOPE  host 192.168.1.5  port 11112");
    harness.get_by_label("Copy address");
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Copy address").is_none());
}

#[test]
fn a_study_opens_as_soon_as_something_of_it_is_here() {
    let (mut harness, _) = with_a_study();
    feed(&mut harness, held(0));
    press(&mut harness, Key::Enter);
    let retrieved = jobs(&harness)
        .iter()
        .any(|(_, job)| matches!(job, Job::Retrieve { .. }));
    assert!(retrieved && harness.state().workspace.screen == Screen::Query);
    assert!(harness.query_by_label_contains("Opens when").is_some());
    feed(&mut harness, Event::StudiesChanged);
    let asks = harness
        .state()
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::CountHeld(studies) => Some(studies.len()),
            _ => None,
        });
    assert_eq!(asks, Some(1));
    feed(&mut harness, held(1));
    assert_eq!(harness.state().workspace.screen, Screen::Viewer);
    let opened = |command: &Command| matches!(command, Command::OpenStudy(uid) if uid.as_str() == "1.2.826.1");
    assert!(harness.state().commands.iter().any(opened));
}

#[test]
fn nodes_days_and_modalities_are_remembered_but_no_patient() {
    let mut harness = two_nodes();
    type_into(&mut harness, "query-STUDY-PatientName", "DOE");
    harness.get_by_role_and_label(Role::Button, "CT").click();
    harness.get_by_role_and_label(Role::Button, "Today").click();
    harness.run_steps(2);
    let text = harness.state().workspace.preferences.to_text();
    assert!(!text.contains("DOE"));
    let read = dgscope::workspace::Preferences::parse(&text);
    let state = query::QueryState::remembering(&read.query);
    assert!(state.ticked.contains("archive") && state.ticked.contains("clinic"));
    assert_eq!(state.form.modalities, ["CT"]);
    assert_eq!(
        state.form.period,
        dgscope::workspace::studies::Period::Today
    );
    assert!(by_author(&harness, "query-STUDY-PatientName").is_some());
}

#[test]
fn without_nodes_the_way_to_add_one_is_shown() {
    let mut harness = screen(SIZE, Vec::new());
    harness.get_by_label("No archives yet");
    harness.get_by_label("Add a network node").click();
    harness.run_steps(3);
    assert_eq!(harness.state().workspace.screen, Screen::Settings);
}

#[test]
fn a_node_that_never_counts_is_not_said_to_be_here_whole() {
    let mut harness = screen(SIZE, vec![peer("archive", 104)]);
    harness.get_by_label("Search").click();
    harness.run_steps(2);
    let job = queries(&harness)[0].0;
    let uncounted = answer(&[
        (dgscope::dicom::tags::PATIENT_NAME, "DOE^JANE"),
        (dgscope::dicom::tags::STUDY_INSTANCE_UID, "1.2.826.1"),
    ]);
    feed(&mut harness, matches(job, vec![uncounted]));
    feed(&mut harness, Event::JobFinished(job, done(json!({}))));
    feed(&mut harness, held(40));
    let row = "answer-archive-1.2.826.1";
    assert!(description(&harness, row).contains("here=\"40 images here\""));
    // Once it was fetched without a failure, it is.
    press(&mut harness, Key::ArrowDown);
    harness.get_by_label("Retrieve").click();
    harness.run_steps(3);
    let jobs = jobs(&harness);
    let fetching = jobs
        .iter()
        .find(|(_, job)| matches!(job, Job::Retrieve { .. }));
    let (fetching, _) = fetching.expect("a retrieval");
    feed(
        &mut harness,
        Event::JobFinished(*fetching, done(json!({ "kept": 40 }))),
    );
    feed(&mut harness, held(40));
    assert!(description(&harness, row).contains("here=\"here\""));
}
