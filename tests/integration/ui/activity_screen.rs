//! Sending and the Activity screen (ST6, A1 to A3): the send sheet, the queue's words and buttons, arrivals with their facts, callers
//! who were turned away.

use std::sync::Arc;

use dgscope::dicom::AeTitle;
use dgscope::engine::{
    Access, Command, Event, JobId, JobReport, Outcome, Peer, Progress, SendCounts, SendDecision,
    SendJobRow, SendNews, SendObjectRow, SendState,
};
use dgscope::workspace::Screen;
use dgscope::workspace::activity::ActivityFilter;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::shell_world::{NOW_MS, World, settings, study, window};

fn screen(screen: Screen) -> Harness<'static, World> {
    let mut world = World::begun();
    world.observe(settings());
    world.workspace.screen = screen;
    window([1280.0, 800.0], world)
}

fn archive() -> Event {
    let title = AeTitle::try_from("ARCHIVE").expect("a title");
    let peer = Peer::new("archive", title, "127.0.0.1", 104, &["store"]);
    let printer = AeTitle::try_from("LASER").expect("a title");
    let printer = Peer::new("laser", printer, "127.0.0.1", 105, &["print"]);
    Event::Peers(Arc::new(vec![peer, printer]), Arc::default())
}

fn job(counts: SendCounts) -> SendJobRow {
    SendJobRow {
        id: 7,
        created_ms: NOW_MS,
        peer: "archive".into(),
        committing: false,
        priority: 0,
        paused: false,
        attempts: 0,
        next_attempt_ms: NOW_MS,
        ended_ms: None,
        words: String::new(),
        counts,
    }
}

fn tell(harness: &mut Harness<'static, World>, job: SendJobRow) {
    let news = SendNews::Jobs(Arc::new(vec![job]));
    harness.state_mut().observe(Event::Send(news));
    harness.run_steps(3);
}

fn words(harness: &Harness<'static, World>) -> String {
    let item = harness.get_by_role_and_label(Role::ListItem, "Send 7 → archive");
    item.accesskit_node().description().unwrap_or_default()
}

fn decided(harness: &Harness<'static, World>, wanted: SendDecision) -> bool {
    let mut commands = harness.state().commands.iter();
    commands.any(|c| matches!(c, Command::DecideSend(7, decision) if *decision == wanted))
}

#[test]
fn a_study_is_sent_with_commitment_to_a_peer_that_takes_objects() {
    let mut harness = screen(Screen::Studies);
    harness.state_mut().observe(archive());
    harness
        .state_mut()
        .answer_studies(vec![study(1, "DOE^JANE"), study(2, "ROE^RICHARD")]);
    harness.run_steps(3);
    harness.get_by_label_contains("DOE, JANE").click();
    harness.run_steps(3);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::S);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Dialog, "Send");
    assert!(
        harness.query_by_label("laser").is_none(),
        "a printer takes no objects"
    );
    harness
        .get_by_label("Ask the peer to answer for them (storage commitment)")
        .click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Send").click();
    harness.run_steps(3);
    let sent = harness
        .state()
        .commands
        .iter()
        .find_map(|command| match command {
            Command::QueueSend { peer, keys, commit } => {
                Some((peer.clone(), keys.clone(), *commit))
            }
            _ => None,
        });
    let (peer, keys, commit) = sent.expect("a job for the queue");
    assert_eq!((peer.as_str(), commit), ("archive", true));
    assert_eq!(
        keys,
        [("StudyInstanceUID".to_owned(), "1.2.826.1".to_owned())]
    );
    assert!(
        harness
            .query_by_role_and_label(Role::Dialog, "Send")
            .is_none()
    );
}

#[test]
fn without_a_peer_the_sheet_leads_to_a_new_one() {
    let mut harness = screen(Screen::Studies);
    harness
        .state_mut()
        .answer_studies(vec![study(1, "DOE^JANE")]);
    harness.run_steps(3);
    harness.get_by_label_contains("DOE, JANE").click();
    harness.run_steps(3);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::S);
    harness.run_steps(3);
    harness.get_by_label("Add a network node").click();
    harness.run_steps(3);
    assert_eq!(harness.state().workspace.screen, Screen::Settings);
    assert!(harness.state().workspace.settings.peer.is_some());
}

#[test]
fn a_job_that_waits_for_another_attempt_says_why_and_when() {
    let mut harness = screen(Screen::Activity);
    let counts = SendCounts {
        waiting: 3,
        ..SendCounts::default()
    };
    let waiting = SendJobRow {
        attempts: 2,
        next_attempt_ms: NOW_MS + 10_000,
        words: "connect: connection refused".into(),
        ..job(counts)
    };
    tell(&mut harness, waiting);
    let text = words(&harness);
    assert!(
        text.contains("connect: connection refused. Next attempt in 10 s"),
        "{text}"
    );
    assert!(
        text.contains("3 waiting") && !text.contains("sent"),
        "{text}"
    );
    harness.get_by_label("Try 7 now").click();
    harness.run_steps(2);
    assert!(decided(&harness, SendDecision::Resume));
    harness.get_by_label("Pause send 7").click();
    harness.run_steps(2);
    assert!(decided(&harness, SendDecision::Pause));
    harness.get_by_label("Send 7 first").click();
    harness.run_steps(2);
    assert!(decided(&harness, SendDecision::First));
}

#[test]
fn what_failed_is_listed_with_its_reason_and_sent_again() {
    let mut harness = screen(Screen::Studies);
    let counts = SendCounts {
        sent: 2,
        failed: 1,
        ..SendCounts::default()
    };
    let ended = SendJobRow {
        ended_ms: Some(NOW_MS),
        ..job(counts)
    };
    tell(&mut harness, ended);
    assert_eq!(
        harness.state().workspace.activity.unseen_failures,
        1,
        "a badge"
    );
    harness.get_by_role_and_label(Role::Tab, "Activity").click();
    harness.run_steps(3);
    let text = words(&harness);
    assert!(
        text.contains("not all done") && text.contains("1 failed"),
        "{text}"
    );
    harness.get_by_label("Images of send 7").click();
    harness.run_steps(2);
    let asked = harness.state().commands.iter();
    assert!(
        asked
            .clone()
            .any(|c| matches!(c, Command::ListSendObjects(7)))
    );
    let row = SendObjectRow {
        position: 0,
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
        sop_instance_uid: "1.2.3.4".into(),
        state: SendState::Failed,
        status: Some(0xC000),
        words: "C000 cannot understand".into(),
        committed: None,
    };
    let news = SendNews::Objects(7, Arc::new(vec![row]));
    harness.state_mut().observe(Event::Send(news));
    harness.run_steps(3);
    harness.get_by_label("failed  ·  C000 cannot understand  ·  CT Image Storage  ·  1.2.3.4");
    harness.get_by_label("Copy").click();
    harness.run_steps(1);
    harness
        .get_by_label("Send the failed images of 7 again")
        .click();
    harness.run_steps(2);
    assert!(decided(&harness, SendDecision::Retry));
}

#[test]
fn nothing_is_called_done_before_the_peer_answered_for_it() {
    let mut harness = screen(Screen::Activity);
    let counts = SendCounts {
        sent: 5,
        owed: 5,
        ..SendCounts::default()
    };
    let owed = SendJobRow {
        committing: true,
        ..job(counts)
    };
    tell(&mut harness, owed.clone());
    let text = words(&harness);
    assert!(
        text.contains("5 not committed yet") && !text.contains("done"),
        "{text}"
    );
    let done = SendJobRow {
        ended_ms: Some(NOW_MS),
        counts: SendCounts { owed: 0, ..counts },
        ..owed
    };
    tell(&mut harness, done);
    let text = words(&harness);
    assert!(
        text.contains("done") && text.contains("5 committed"),
        "{text}"
    );
}

#[test]
fn an_arrival_shows_what_was_agreed_on_and_what_came_of_it() {
    let mut harness = screen(Screen::Activity);
    let id = JobId((1 << 42) + 1);
    let report = JobReport {
        kind: "receive",
        subject: "SCANNER @ 10.0.0.9".into(),
    };
    harness.state_mut().observe(Event::JobStarted(id, report));
    harness.run_steps(3);
    assert!(
        harness.query_by_label("Cancel").is_none(),
        "the caller ends it"
    );
    let outcome = Outcome {
        result: Ok(()),
        progress: Progress {
            done: 4,
            total: 4,
            failed: 0,
        },
        message: "4 objects kept, 0 refused, released".into(),
        details: vec!["CT Image Storage: accepted in JPEG 2000 lossless".into()],
        json: serde_json::Value::Null,
    };
    harness.state_mut().observe(Event::JobFinished(id, outcome));
    harness.run_steps(3);
    harness.get_by_label("Received").click();
    harness.run_steps(3);
    assert_eq!(
        harness.state().workspace.activity.filter,
        ActivityFilter::Received
    );
    harness.get_by_label("4 objects kept, 0 refused, released");
    harness.get_by_label("Details").click();
    harness.run_steps(3);
    harness.get_by_label("CT Image Storage: accepted in JPEG 2000 lossless");
    harness.get_by_label("Failed").click();
    harness.run_steps(3);
    harness.get_by_label("Nothing of this kind");
}

#[test]
fn a_caller_who_was_turned_away_is_let_in_from_here() {
    let mut harness = screen(Screen::Activity);
    harness.state_mut().observe(Event::CallerRefused {
        calling: "MODALITY1".into(),
        host: "10.0.0.7".into(),
        reason: "calling AE title not recognized".into(),
        curable: true,
    });
    harness.run_steps(3);
    harness.get_by_label("Allow MODALITY1").click();
    harness.run_steps(2);
    let wanted = Access {
        ae_title: AeTitle::try_from("MODALITY1").expect("a title"),
        host: None,
    };
    let mut commands = harness.state().commands.iter();
    assert!(commands.any(|c| matches!(c, Command::Allow(access) if *access == wanted)));
}
