//! The form's questions, the tree of answers, and the queue of transfers.

use jiff::civil::date;

use super::form::{OtherKey, QueryForm, name_pattern};
use super::rows::{QuerySort, RemoteId, Results};
use super::state::{NodeEnd, QueryState, Surroundings};
use super::transfers::{Goal, Transfers};
use super::{QueryAction, QueryMemory};
use crate::dicom::charset::CharacterSet;
use crate::dicom::{
    AeTitle, Attributes, DataSet, ScanOptions, Tag, TransferSyntax, scan_data_set, tags,
    transfer_syntax,
};
use crate::engine::{Command, Event, Job, JobId, Level, Outcome, Peer, Progress};
use crate::workspace::studies::Period;

fn answer(attributes: &[(Tag, &str)]) -> DataSet {
    let mut set = Attributes::new();
    for (tag, value) in attributes {
        set = set.with(*tag, value);
    }
    let syntax = TransferSyntax::find(transfer_syntax::IMPLICIT_LITTLE).expect("known");
    let bytes = set.encode(syntax.encoding, &CharacterSet::default());
    let end = bytes.len() as u64;
    scan_data_set(&bytes, 0, end, syntax, &ScanOptions::INDEX).expect("what we wrote")
}

fn study(uid: &str, name: &str, day: &str) -> DataSet {
    answer(&[
        (tags::STUDY_DATE, day),
        (tags::PATIENT_NAME, name),
        (tags::STUDY_INSTANCE_UID, uid),
    ])
}

fn peer(name: &str) -> Peer {
    let title = AeTitle::try_from(name).expect("a title");
    Peer::new(name, title, "127.0.0.1", 104, &["query", "store"])
}

fn ended(ok: bool) -> Outcome {
    let failure = crate::engine::Failure::new(crate::engine::FailureKind::Peer, "refused");
    Outcome {
        result: if ok { Ok(()) } else { Err(failure) },
        progress: Progress::default(),
        message: String::new(),
        details: Vec::new(),
        json: serde_json::Value::Null,
    }
}

#[test]
fn names_match_from_their_beginning_unless_their_user_says_otherwise() {
    for (typed, sent) in [
        ("", ""),
        ("*", ""),
        ("doe", "doe*"),
        ("Doe, Jane", "Doe^Jane*"),
        ("DOE^JANE", "DOE^JANE*"),
        ("d?e", "d?e"),
        (" *doe ", "*doe"),
        ("Müller", "Müller*"),
        ("山田", "山田*"),
    ] {
        assert_eq!(name_pattern(typed), sent);
    }
}

#[test]
fn days_are_a_date_or_a_range_open_at_an_end() {
    let mut form = QueryForm::default();
    let today = date(2026, 3, 1);
    let dates = |form: &QueryForm| {
        let queries = form.studies(today).expect("a valid form");
        let found = queries[0].iter().find(|(name, _)| name == "StudyDate");
        found.map(|(_, value)| value.clone())
    };
    assert_eq!(dates(&form), None);
    form.period = Period::TwoDays;
    assert_eq!(dates(&form).as_deref(), Some("20260228-"));
    form.period = Period::Range;
    form.from = "2026-01-31".to_owned();
    assert_eq!(dates(&form).as_deref(), Some("20260131-"));
    form.to = form.from.clone();
    assert_eq!(dates(&form).as_deref(), Some("20260131"));
    form.from.clear();
    assert_eq!(dates(&form).as_deref(), Some("-20260131"));
}

#[test]
fn any_attribute_can_be_asked_for_at_its_level_and_wrong_ones_are_named() {
    let mut form = QueryForm::default();
    form.others.push(OtherKey {
        level: Level::Series,
        name: "BodyPartExamined".to_owned(),
        value: "CHEST".to_owned(),
    });
    let above = [("StudyInstanceUID", "1.2")];
    let keys = form.below(Level::Series, &above).expect("valid");
    assert!(keys.contains(&("BodyPartExamined".to_owned(), "CHEST".to_owned())));
    assert!(keys.contains(&("StudyInstanceUID".to_owned(), "1.2".to_owned())));
    assert_eq!(form.hidden_count(), 1);
    form.others[0].name = "NoSuchKey".to_owned();
    let error = form.below(Level::Series, &above).expect_err("no attribute");
    assert!(error.to_string().contains("NoSuchKey"));
}

#[test]
fn answers_are_ordered_by_any_column_and_a_repeated_one_counts_once() {
    let mut results = Results::default();
    let sets = [
        study("1.1", "B", "20260102"),
        study("1.2", "C", "20260103"),
        study("1.3", "A", "20260101"),
    ];
    assert_eq!(results.add_studies("pacs", &sets), (3, 0));
    assert_eq!(results.add_studies("pacs", &sets[..1]), (0, 0));
    assert_eq!(results.add_studies("pacs", &[answer(&[])]), (0, 1));
    let uids = |results: &Results| -> Vec<String> {
        let rows = (0..results.len()).filter_map(|place| results.row(place));
        rows.map(|entry| entry.id.study.clone()).collect()
    };
    assert_eq!(uids(&results), ["1.2", "1.1", "1.3"]);
    results.order_by(QuerySort::PatientName);
    assert_eq!(uids(&results), ["1.3", "1.1", "1.2"]);
    results.order_by(QuerySort::PatientName);
    assert_eq!(uids(&results), ["1.2", "1.1", "1.3"]);
}

#[test]
fn a_node_serves_two_retrievals_at_once_and_the_rest_waits() {
    let mut transfers = Transfers::default();
    let peers = [peer("A"), peer("B")];
    let mut last_job = 0;
    for number in 0..4 {
        transfers.add(RemoteId::study("A", &format!("1.{number}")), Goal::Here);
    }
    transfers.add(RemoteId::study("B", "1.9"), Goal::Node("A".to_owned()));
    // Asking again for what is on its way changes nothing.
    transfers.add(RemoteId::study("A", "1.0"), Goal::Here);
    let started = transfers.start(&peers, &mut last_job);
    let uids: Vec<String> = started
        .iter()
        .map(|(_, job)| match job {
            Job::Retrieve { keys, .. } => keys[0].1.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(uids, ["1.0", "1.1", "1.9"]);
    let first = started[0].0;
    transfers.observe(&Event::JobFinished(first, ended(true)));
    assert_eq!(transfers.start(&peers, &mut last_job).len(), 1);
    // One that waits goes without ever having begun.
    assert_eq!(transfers.cancel(&RemoteId::study("A", "1.3")), None);
    let waiting = transfers.of(&RemoteId::study("A", "1.3")).expect("known");
    assert!(waiting.end.as_ref().is_some_and(|end| end.stopped));
}

#[test]
fn a_node_that_fails_for_one_modality_has_failed_whatever_the_others_find() {
    let mut state = QueryState::remembering(&QueryMemory {
        nodes: vec!["A".to_owned()],
        period: Period::Any,
        modalities: vec!["CT".to_owned(), "MR".to_owned()],
    });
    let mut last_job = 0;
    let peers = [peer("A")];
    let mut around = Surroundings {
        last_job: &mut last_job,
        peers: &peers,
        today: date(2026, 1, 1),
    };
    let commands = state.act(QueryAction::Ask, &mut around);
    assert_eq!(commands.len(), 2);
    state.observe(&Event::JobFinished(JobId(1), ended(false)), &mut around);
    state.observe(&Event::JobFinished(JobId(2), ended(true)), &mut around);
    let end = state.answers[0].end.clone();
    assert_eq!(end, Some(NodeEnd::Failed("refused".to_owned())));
    // A new question cancels nothing that has ended.
    let commands = state.act(QueryAction::Ask, &mut around);
    assert!(
        commands
            .iter()
            .all(|command| matches!(command, Command::Start(..)))
    );
}
