//! Settings and Activity (sections 7 and 8): typing, applying, refusals, peers, callers, jobs.

use std::sync::Arc;

use dgscope::dicom::AeTitle;
use dgscope::engine::event::NodeState;
use dgscope::engine::{
    Access, AuditRow, Command, Event, Failure, FailureKind, Job, JobId, JobReport, Outcome, Peer,
    Progress,
};
use dgscope::workspace::settings::SettingsAction;
use dgscope::workspace::{Action, Screen};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::shell_world::{World, settings, study, window};

fn screen(screen: Screen) -> Harness<'static, World> {
    let mut world = World::begun();
    world.observe(settings());
    world.workspace.screen = screen;
    window([1600.0, 1400.0], world)
}

#[test]
fn a_change_counts_once_applied_and_a_refusal_is_shown_in_words() {
    let mut harness = screen(Screen::Settings);
    harness
        .get_by_role_and_label(Role::TextInput, "Port")
        .focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, "Port")
        .type_text("9");
    harness.run_steps(3);
    harness.get_by_label("1 change not applied");
    harness.get_by_label("Apply changes").click();
    harness.run_steps(2);
    let sent = harness.state().commands.iter().any(|command| {
        matches!(command, Command::ChangeSettings(changes) if changes.len() == 1 && changes[0].0 == "station.port")
    });
    assert!(sent);
    let refusal = Failure::new(FailureKind::Input, "station.port: not a port");
    harness.state_mut().observe(Event::Refused(refusal));
    harness.run_steps(2);
    harness.get_by_label("station.port: not a port");
    harness.get_by_label("Revert").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("station.port: not a port").is_none());
}

#[test]
fn a_node_that_cannot_listen_says_why() {
    let mut harness = screen(Screen::Settings);
    let reason = "listen on 127.0.0.1:11112: address already in use";
    harness
        .state_mut()
        .observe(Event::NodeState(NodeState::Failed(reason.into())));
    harness.run_steps(3);
    assert!(harness.query_all_by_label(reason).count() >= 1);
}

#[test]
fn a_refused_caller_is_let_in_with_one_click() {
    let mut harness = screen(Screen::Settings);
    for _ in 0..2 {
        harness.state_mut().observe(Event::CallerRefused {
            calling: "MODALITY1".into(),
            host: "127.0.0.1".into(),
            reason: "calling AE title not recognised".into(),
            curable: true,
        });
    }
    harness.run_steps(3);
    harness.get_by_label("Turned away 2 times: calling AE title not recognised");
    harness.get_by_label("Allow MODALITY1").click();
    harness.run_steps(2);
    let allowed = harness.state().commands.iter().any(|command| {
        matches!(command, Command::Allow(access) if access.ae_title.as_str() == "MODALITY1")
    });
    assert!(allowed);
}

#[test]
fn a_peer_is_tested_and_its_answer_shown() {
    let mut harness = screen(Screen::Settings);
    let archive = AeTitle::try_from("ARCHIVE").expect("a title");
    let peer = Peer::new("archive", archive, "127.0.0.1", 104, &["store"]);
    harness
        .state_mut()
        .observe(Event::Peers(Arc::new(vec![peer]), Arc::default()));
    harness.run_steps(2);
    harness.get_by_label("Test archive").click();
    harness.run_steps(2);
    let job = harness
        .state()
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Start(id, Job::TestPeer { .. }) => Some(*id),
            _ => None,
        });
    let job = job.expect("a test is a job");
    let mut outcome = failed("test archive: association: rejected");
    outcome.json = serde_json::json!({
        "steps": [
            { "step": "connect", "ms": 0.3, "ok": true, "words": "127.0.0.1:104", "advice": null },
            { "step": "association", "ms": 1.5, "ok": false, "words": "rejected", "advice": "register-us" },
        ],
        "contexts": [{ "class": "CT Image Storage", "accepted": false, "words": "refused" }],
        "register": { "ae_title": "DGSCOPE", "host": "10.0.0.5", "port": 11112 },
    });
    harness
        .state_mut()
        .observe(Event::JobFinished(job, outcome));
    harness.run_steps(3);
    harness.get_by_label("Association: rejected (1.5 ms)");
    harness.get_by_label("The node does not know this station. Its administrator has to add it.");
    harness.get_by_label(
        "Register this station there as: AE title DGSCOPE, host 10.0.0.5, port 11112",
    );
    harness.get_by_label("Copy the result");
    harness
        .get_by_label("Every service that was asked for")
        .click();
    harness.run_steps(3);
    harness.get_by_label("CT Image Storage: refused");
    harness.get_by_label("Close the result").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Copy the result").is_none());
}

#[test]
fn a_peer_with_a_wrong_port_is_not_saved() {
    let mut harness = screen(Screen::Settings);
    harness.get_by_label("Add node").click();
    harness.run_steps(3);
    for (name, text) in [
        ("Name", "archive"),
        ("AE title", "ARCHIVE"),
        ("Host", "localhost"),
        ("Port", "0"),
    ] {
        let fields: Vec<_> = harness
            .query_all_by_role_and_label(Role::TextInput, name)
            .collect();
        fields.last().expect("a field of the form").focus();
        drop(fields);
        harness.run_steps(2);
        let fields: Vec<_> = harness
            .query_all_by_role_and_label(Role::TextInput, name)
            .collect();
        fields.last().expect("a field of the form").type_text(text);
        drop(fields);
        harness.run_steps(2);
    }
    harness.get_by_label("Save node").click();
    harness.run_steps(3);
    harness.get_by_label("A port is a number from 1 to 65535.");
    assert!(
        !harness
            .state()
            .commands
            .iter()
            .any(|c| matches!(c, Command::SavePeer(_)))
    );
}

#[test]
fn a_running_job_shows_its_progress_and_can_be_cancelled() {
    let mut harness = screen(Screen::Activity);
    let report = JobReport {
        kind: "import",
        subject: "/media/disc".into(),
    };
    let job = JobId(4);
    harness.state_mut().observe(Event::JobStarted(job, report));
    harness.state_mut().observe(Event::JobProgressed(
        job,
        Progress {
            done: 34,
            total: 512,
            failed: 0,
        },
    ));
    harness.run_steps(10);
    let item = harness.get_by_role_and_label(Role::ListItem, "Import 34/512");
    let text = item.accesskit_node().description().unwrap_or_default();
    assert!(
        text.contains("running") && text.contains("34 / 512"),
        "{text}"
    );
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert!(
        harness
            .state()
            .commands
            .iter()
            .any(|c| matches!(c, Command::Cancel(id) if *id == job))
    );
}

#[test]
fn a_failed_job_raises_a_badge_until_it_was_seen() {
    let mut harness = screen(Screen::Studies);
    let report = JobReport {
        kind: "send",
        subject: "archive".into(),
    };
    harness
        .state_mut()
        .observe(Event::JobStarted(JobId(5), report));
    let outcome = failed("association: rejected");
    harness
        .state_mut()
        .observe(Event::JobFinished(JobId(5), outcome));
    assert_eq!(harness.state().workspace.activity.unseen_failures, 1);
    harness.get_by_role_and_label(Role::Tab, "Activity").click();
    harness.run_steps(3);
    assert_eq!(harness.state().workspace.activity.unseen_failures, 0);
    harness.get_by_label("association: rejected");
}

#[test]
fn a_title_is_allowed_from_one_address_only() {
    let mut harness = screen(Screen::Settings);
    let allow = SettingsAction::Allow("CT1@10.0.0.3".into());
    harness.state_mut().act(Action::Settings(allow));
    let wanted = Access {
        ae_title: AeTitle::try_from("CT1").expect("a title"),
        host: Some("10.0.0.3".into()),
    };
    let mut commands = harness.state().commands.iter();
    assert!(commands.any(|c| matches!(c, Command::Allow(access) if *access == wanted)));
}

#[test]
fn the_store_is_checked_and_what_was_found_is_mended() {
    let mut harness = screen(Screen::Settings);
    harness.get_by_label("Read every byte again").click();
    harness.run_steps(2);
    let started = harness.state().commands.iter().find_map(|c| match c {
        Command::Start(id, Job::Check { repair, digests }) => Some((*id, *repair, *digests)),
        _ => None,
    });
    let (job, repair, digests) = started.expect("a check");
    assert!(!repair && digests);
    let mut outcome = failed("doctor: 1 missing");
    outcome.json = serde_json::json!({ "clean": false, "objects": 10, "missing": 1, "damaged": 0,
        "unindexed": 2, "leftover": 0, "changed_links": 0, "mended": 0 });
    outcome.details = vec!["file missing or of another size: 1.2.3".into()];
    harness
        .state_mut()
        .observe(Event::JobFinished(job, outcome));
    harness.run_steps(3);
    harness.get_by_label_contains("Of 10 objects 1 are missing");
    harness.get_by_label("file missing or of another size: 1.2.3");
    harness.get_by_label("Mend what was found").click();
    harness.run_steps(2);
    let mut commands = harness.state().commands.iter();
    assert!(commands.any(|c| matches!(c, Command::Start(_, Job::Check { repair: true, .. }))));
}

#[test]
fn what_cleaning_up_would_delete_is_shown_before_it_is_switched_on() {
    let mut harness = screen(Screen::Settings);
    harness.get_by_label("Show what could be deleted").click();
    harness.run_steps(2);
    let mut commands = harness.state().commands.iter();
    assert!(commands.any(|c| matches!(c, Command::ListCleanUp)));
    let rows = Arc::new(vec![study(1, "DOE^JANE"), study(2, "ROE^RICHARD")]);
    harness.state_mut().observe(Event::CleanUp(rows));
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::List, "2 studies, 126 MB, could be deleted now");
    harness.get_by_label_contains("DOE, JANE  ·  2026-11-02");
    let mut commands = harness.state().commands.iter();
    assert!(!commands.any(|c| matches!(c, Command::Start(_, Job::Delete { .. }))));
}

#[test]
fn the_audit_trail_is_read_and_filtered() {
    let mut harness = screen(Screen::Settings);
    harness.get_by_label("Show the newest").click();
    harness.run_steps(2);
    let mut commands = harness.state().commands.iter();
    assert!(commands.any(|c| matches!(c, Command::ListAudit { .. })));
    let row = |action: &str, details: &str| AuditRow {
        at_ms: 1_790_000_000_000,
        action: action.into(),
        details: details.into(),
    };
    let rows = vec![
        row("settings", "station.port: 104 -> 11112"),
        row("access", "allowed CT1"),
    ];
    harness.state_mut().observe(Event::Audit(Arc::new(rows)));
    harness.run_steps(3);
    harness.get_by_label_contains("station.port: 104 -> 11112");
    harness.get_by_label("2 lines of the audit trail");
    let filter = SettingsAction::FilterAudit("ct1".into());
    harness.state_mut().act(Action::Settings(filter));
    harness.run_steps(3);
    harness.get_by_label("1 line of the audit trail");
    assert!(harness.query_by_label_contains("station.port").is_none());
}

fn failed(message: &str) -> Outcome {
    Outcome {
        result: Err(Failure::new(FailureKind::Peer, message)),
        progress: Progress::default(),
        message: String::new(),
        details: Vec::new(),
        json: serde_json::Value::Null,
    }
}
