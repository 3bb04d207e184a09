//! Queries and retrievals against scripted peers, right and wrong ones: each ends in words, in time.

use std::time::{Duration, Instant};

use dgscope::dicom::charset::CharacterSet;
use dgscope::dicom::identifier::Identifier;
use dgscope::dicom::query::Level;
use dgscope::dicom::{DataSet, tags};
use dgscope::node::{
    FindQuery, FindReport, NodeEvent, NodeRequest, RetrieveQuery, RetrieveReport, RetrieveWay,
    StepFailure, SubOperations, Target,
};

use super::loopback::{Station, next, title};
use super::scripted_peer::{data, element, object, pdu, store_request};
use super::scripted_scp::{Called, response, serve, us};

const QUICK: &[(&str, &str)] = &[
    ("timers.response", "0.5"),
    ("timers.retrieve", "0.5"),
    ("timers.negotiation", "0.5"),
    ("timers.message", "0.5"),
    ("timers.artim", "0.5"),
];

fn target(address: std::net::SocketAddr) -> Target {
    Target {
        ae_title: title("PACS"),
        host: address.ip().to_string(),
        port: address.port(),
        tls: None,
    }
}

fn keys(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// Asks a scripted peer and hands on the events until one ends the request; our station, the end, and what the script gave.
fn ask<E, T: Send + 'static>(
    request: impl FnOnce(Target) -> NodeRequest,
    script: impl FnOnce(Called) -> T + Send + 'static,
    mut end: impl FnMut(NodeEvent) -> Option<E>,
) -> (Station, E, T) {
    let station = Station::start(QUICK);
    let (address, thread) = serve(script);
    station.node.send(request(target(address))).expect("room");
    loop {
        if let Some(end) = end(next(&station.events)) {
            return (station, end, thread.join().expect("the script"));
        }
    }
}

/// Asks a scripted peer; its matches and how it ended.
fn find_with<T: Send + 'static>(
    limit: Option<u64>,
    script: impl FnOnce(Called) -> T + Send + 'static,
) -> (Vec<DataSet>, Result<FindReport, StepFailure>, T) {
    let query = FindQuery {
        identifier: Identifier::find(Level::Study, &keys(&[("PatientName", "A*")])).expect("valid"),
        limit,
        character_set: CharacterSet::new(&["ISO_IR 100".to_owned()]),
    };
    let request = |target| NodeRequest::Find {
        request: 1,
        target,
        calling: title("DGSCOPE"),
        query,
    };
    let mut found = Vec::new();
    let (_, result, script) = ask(request, script, |event| match event {
        NodeEvent::Matches { matches, .. } => {
            found.extend(matches);
            None
        }
        NodeEvent::FindDone { result, .. } => Some(result),
        _ => None,
    });
    (found, result, script)
}

fn study(number: u32) -> Vec<u8> {
    [
        element(0x0010, 0x0010, format!("A^{number}").as_bytes()),
        element(0x0020, 0x000D, format!("1.2.{number}").as_bytes()),
    ]
    .concat()
}

/// Sends matches until the caller cancels, then ends as it should.
fn matches_until_cancelled(mut called: Called, count: u32) -> bool {
    called.accept();
    let asked = called.asked().expect("a query");
    for number in 1..=count {
        called.answer(&asked, 0xFF00, &[], Some(&study(number)));
    }
    // Whatever the caller had to say meanwhile.
    let cancelled = called.asked().is_some_and(|asked| asked.field() == 0x0FFF);
    called.answer(&asked, if cancelled { 0xFE00 } else { 0 }, &[], None);
    called.asked();
    cancelled
}

#[test]
fn matches_stream_in_and_the_end_is_told() {
    let (found, result, ()) = find_with(None, |mut called| {
        called.accept();
        let asked = called.asked().expect("a query");
        for number in 1..=250 {
            called.answer(&asked, 0xFF00, &[], Some(&study(number)));
        }
        called.answer(&asked, 0, &[], None);
        assert!(called.asked().is_none(), "a release");
    });
    assert_eq!(found.len(), 250);
    assert_eq!(
        found[249].text(tags::PATIENT_NAME).as_deref(),
        Some("A^250")
    );
    let report = result.expect("answered");
    assert_eq!(
        (report.matches, report.status, report.more),
        (250, 0, false)
    );
}

#[test]
fn the_limit_sends_c_cancel_and_says_that_there_may_be_more() {
    let (found, result, cancelled) = find_with(Some(10), |c| matches_until_cancelled(c, 40));
    assert!(cancelled);
    assert_eq!(found.len(), 10);
    let report = result.expect("answered");
    assert!(report.more && !report.cancelled);
    assert_eq!(report.status, 0xFE00);
}

#[test]
fn a_peer_that_ignores_c_cancel_is_cut_off_after_five_seconds() {
    let started = Instant::now();
    let (found, result, aborted) = find_with(Some(3), |mut called| {
        called.accept();
        let asked = called.asked().expect("a query");
        let stop = Instant::now() + Duration::from_secs(15);
        let timeout = Some(Duration::from_millis(1));
        called.peer.0.set_read_timeout(timeout).expect("a timeout");
        let mut number = 0;
        while Instant::now() < stop {
            number += 1;
            called.answer(&asked, 0xFF00, &[], Some(&study(number)));
            if matches!(called.peer.hear(), Some((7, _))) {
                return true;
            }
        }
        false
    });
    assert!(aborted, "an A-ABORT");
    assert_eq!(found.len(), 3);
    assert!(result.expect("as asked").more);
    assert!(started.elapsed() < Duration::from_secs(12));
}

#[test]
fn a_hundred_thousand_matches_stop_at_the_limit_of_the_window() {
    let (found, result, cancelled) = find_with(Some(5000), |mut called| {
        called.accept();
        let asked = called.asked().expect("a query");
        let command = response(asked.field(), asked.message_id(), 0xFF00, &[], true);
        let one = |number: u32| {
            let set = data(asked.context, false, true, &study(number));
            [data(asked.context, true, true, &command), set].concat()
        };
        for number in 0..100_000 {
            called.peer.say(&one(number));
        }
        let cancelled = called.asked().is_some_and(|a| a.field() == 0x0FFF);
        called.answer(&asked, 0xFE00, &[], None);
        called.asked();
        cancelled
    });
    assert!(cancelled);
    assert_eq!(found.len(), 5000);
    assert!(result.expect("answered").more);
}

/// What a peer does wrong, and the words that a person reads.
type Misdeed = (&'static str, fn(Called), &'static str, &'static str);

const MISDEEDS: &[Misdeed] = &[
    (
        "rejects",
        |mut c| c.peer.say(&pdu(3, &[0, 1, 1, 7])),
        "association",
        "called AE title",
    ),
    (
        "aborts at once",
        |mut c| c.peer.say(&pdu(7, &[0, 0, 0, 0])),
        "association",
        "aborted by the peer",
    ),
    (
        "stalls before it answers",
        |mut c| c.stall(),
        "association",
        "no answer in time",
    ),
    (
        "accepts nothing",
        accept_nothing,
        "association",
        "no presentation context",
    ),
    (
        "stalls after the query",
        |mut c| {
            c.accept();
            c.asked();
            c.stall();
        },
        "find",
        "no answer in time",
    ),
    (
        "aborts after the query",
        |mut c| {
            c.accept();
            c.asked();
            c.peer.say(&pdu(7, &[0, 0, 2, 0]));
        },
        "find",
        "aborted by the peer",
    ),
    (
        "closes after the query",
        |mut c| {
            c.accept();
            c.asked();
        },
        "find",
        "connection",
    ),
    (
        "closes in mid-message",
        close_in_mid_message,
        "find",
        "connection",
    ),
    (
        "stalls in mid-message",
        stall_in_mid_message,
        "find",
        "no answer in time",
    ),
    (
        "releases before the end",
        |mut c| {
            c.accept();
            c.asked();
            c.peer.say(&pdu(5, &[0; 4]));
            c.peer.hear();
        },
        "find",
        "released by the peer",
    ),
    (
        "answers another message",
        answer_another_message,
        "find",
        "no response to our request",
    ),
    (
        "answers another question",
        answer_another_question,
        "find",
        "no response to our request",
    ),
    (
        "asks while it is asked",
        ask_while_asked,
        "find",
        "a request while we ask",
    ),
];

fn accept_nothing(mut called: Called) {
    called.accept_nothing();
    called.stall();
}

fn close_in_mid_message(mut called: Called) {
    called.accept();
    let asked = called.asked().expect("a query");
    let command = response(asked.field(), asked.message_id(), 0xFF00, &[], true);
    called.peer.say(&data(asked.context, true, true, &command));
    called
        .peer
        .say(&data(asked.context, false, false, &study(1)));
}

fn stall_in_mid_message(mut called: Called) {
    called.accept();
    let asked = called.asked().expect("a query");
    let command = response(asked.field(), asked.message_id(), 0xFF00, &[], true);
    called.peer.say(&data(asked.context, true, true, &command));
    called
        .peer
        .say(&data(asked.context, false, true, &study(1))[..20]);
    called.stall();
}

fn answer_another_message(mut called: Called) {
    called.accept();
    let asked = called.asked().expect("a query");
    let command = response(asked.field(), 77, 0xFF00, &[], true);
    called.peer.say(&data(asked.context, true, true, &command));
    called.stall();
}

fn answer_another_question(mut called: Called) {
    called.accept();
    let asked = called.asked().expect("a query");
    let command = response(0x0021, asked.message_id(), 0, &[], false);
    called.peer.say(&data(asked.context, true, true, &command));
    called.stall();
}

fn ask_while_asked(mut called: Called) {
    called.accept();
    let asked = called.asked().expect("a query");
    let request = store_request(1, "1.2.840.10008.5.1.4.1.1.2", "1.2.3");
    called.peer.say(&data(asked.context, true, true, &request));
    called.stall();
}

#[test]
fn every_misdeed_of_a_peer_ends_in_words_in_time() {
    for (what, misdeed, step, words) in MISDEEDS {
        let started = Instant::now();
        let (_, result, ()) = find_with(None, *misdeed);
        let failure = result.expect_err(what);
        assert_eq!(failure.step, *step, "{what}: {failure}");
        assert!(failure.reason.contains(words), "{what}: {failure}");
        assert!(started.elapsed() < Duration::from_secs(8), "{what}");
    }
}

#[test]
fn unknown_statuses_and_unreadable_matches_are_told_not_swallowed() {
    let (found, result, ()) = find_with(None, |mut called| {
        called.accept();
        let asked = called.asked().expect("a query");
        called.answer(&asked, 0xFF00, &[], Some(&study(1)));
        called.answer(&asked, 0xFF00, &[], Some(&[9, 9, 9]));
        called.answer(&asked, 0xFF00, &[], None);
        called.answer(&asked, 0xFF01, &[], Some(&study(2)));
        let comment = element(0, 0x0902, b"database asleep");
        called.answer(&asked, 0x1234, &[comment], None);
        called.asked();
    });
    let report = result.expect("answered");
    assert_eq!((found.len(), report.unreadable), (2, 2));
    assert!(report.keys_ignored);
    assert_eq!(report.status, 0x1234);
    assert_eq!(report.comment.as_deref(), Some("database asleep"));
}

#[test]
fn stopping_sends_c_cancel() {
    let station = Station::start(QUICK);
    let (address, thread) = serve(|mut called: Called| {
        called.accept();
        let asked = called.asked().expect("a query");
        called.answer(&asked, 0xFF00, &[], Some(&study(1)));
        let cancel = called.asked().expect("a C-CANCEL");
        called.answer(&asked, 0xFE00, &[], None);
        called.asked();
        (
            cancel.field(),
            super::scripted_scp::number(&cancel.command, 0x0120),
            asked.message_id(),
        )
    });
    let query = FindQuery {
        identifier: Identifier::find(Level::Study, &[]).expect("valid"),
        limit: None,
        character_set: CharacterSet::default(),
    };
    let request = NodeRequest::Find {
        request: 9,
        target: target(address),
        calling: title("DGSCOPE"),
        query,
    };
    station.node.send(request).expect("room");
    loop {
        match next(&station.events) {
            NodeEvent::Matches { .. } => station.node.send(NodeRequest::Cancel(9)).expect("room"),
            NodeEvent::FindDone { result, .. } => {
                assert!(result.expect("ended").cancelled);
                break;
            }
            _ => {}
        }
    }
    let (field, cancelled, asked) = thread.join().expect("the script");
    assert_eq!((field, cancelled), (0x0FFF, asked));
}

/// Retrieves from a scripted peer.
fn retrieve_with<T: Send + 'static>(
    way: RetrieveWay,
    script: impl FnOnce(Called) -> T + Send + 'static,
) -> (
    Station,
    Vec<SubOperations>,
    Result<RetrieveReport, StepFailure>,
    T,
) {
    let study = keys(&[("StudyInstanceUID", "1.2.3.100")]);
    let query = RetrieveQuery {
        identifier: Identifier::retrieve(Level::Study, &study).expect("valid"),
        to_us: way == RetrieveWay::Get,
        way,
    };
    let request = |target| NodeRequest::Retrieve {
        request: 2,
        target,
        calling: title("DGSCOPE"),
        query,
    };
    let mut told = Vec::new();
    let (station, result, script) = ask(request, script, |event| match event {
        NodeEvent::RetrieveProgress { counters, .. } => {
            told.push(counters);
            None
        }
        NodeEvent::RetrieveDone { result, .. } => Some(result),
        _ => None,
    });
    (station, told, result, script)
}

fn to_third() -> RetrieveWay {
    RetrieveWay::Move(title("THIRD"))
}

#[test]
fn counters_may_be_absent_or_beyond_sixteen_bits() {
    let (_, told, result, destination) = retrieve_with(to_third(), |mut called| {
        called.accept();
        let asked = called.asked().expect("a move");
        called.answer(&asked, 0xFF00, &[], None);
        let wide = element(0, 0x1020, &70_000u32.to_le_bytes());
        called.answer(&asked, 0xFF00, &[wide, us(0x1021, 3)], None);
        called.answer(&asked, 0, &[], None);
        called.asked();
        super::scripted_peer::find(&asked.command, 0x0600)
            .expect("a destination")
            .to_vec()
    });
    assert_eq!(destination, b"THIRD ");
    assert_eq!(told[0], SubOperations::default());
    assert_eq!(told[1].remaining, Some(70_000));
    assert_eq!(told[1].completed, Some(3));
    let report = result.expect("answered");
    assert_eq!(report.counters.completed, Some(3), "as last told");
    assert_eq!(report.counters.failed, None, "never told");
    assert_eq!(report.kept, None);
}

#[test]
fn failed_instances_are_listed_however_many() {
    let (_, _, result, ()) = retrieve_with(to_third(), |mut called| {
        called.accept();
        let asked = called.asked().expect("a move");
        let uids: Vec<String> = (0..3000).map(|n| format!("1.2.840.99.{n}")).collect();
        let set = element(0x0008, 0x0058, uids.join("\\").as_bytes());
        let counters = [us(0x1021, 2), us(0x1022, 3000), us(0x1023, 0)];
        let command = response(asked.field(), asked.message_id(), 0xB000, &counters, true);
        called.peer.say(&data(asked.context, true, true, &command));
        let count = set.chunks(8000).count();
        for (index, part) in set.chunks(8000).enumerate() {
            called
                .peer
                .say(&data(asked.context, false, index + 1 == count, part));
        }
        called.asked();
    });
    let report = result.expect("answered");
    assert_eq!(report.status, 0xB000);
    assert_eq!(report.failed_instances.len(), 3000);
    assert_eq!(report.failed_instances[2999], "1.2.840.99.2999");
}

#[test]
fn an_unknown_destination_is_told_as_such() {
    let (_, _, result, ()) = retrieve_with(to_third(), |mut called| {
        called.accept();
        let asked = called.asked().expect("a move");
        called.answer(&asked, 0xA801, &[], None);
        called.asked();
    });
    assert_eq!(result.expect("answered").status, 0xA801);
}

#[test]
fn a_retrieval_that_stalls_or_breaks_ends_in_words() {
    let (_, _, result, ()) = retrieve_with(to_third(), |mut called| {
        called.accept();
        called.asked();
        called.stall();
    });
    let failure = result.expect_err("no answer");
    assert_eq!(
        (failure.step, failure.reason.as_str()),
        ("move", "no answer in time")
    );
    let (_, _, result, ()) = retrieve_with(RetrieveWay::Get, |mut called| {
        called.accept();
        called.asked();
    });
    assert_eq!(result.expect_err("closed").step, "get");
}

#[test]
fn c_get_receives_on_its_own_association_into_the_store() {
    const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
    let (station, _, result, statuses) = retrieve_with(RetrieveWay::Get, |mut called| {
        let roles = called
            .request
            .windows(2)
            .filter(|w| *w == [0x54, 0])
            .count();
        assert!(roles > 20, "roles are proposed for storage classes");
        assert!(called.contexts.len() <= 128);
        called.accept();
        let asked = called.asked().expect("a get");
        let place = called
            .contexts
            .iter()
            .find(|(_, class, syntax)| class == CT && syntax == "1.2.840.10008.1.2.1");
        let (context, ..) = *place.expect("a native context for CT");
        let mut statuses = Vec::new();
        for (number, instance) in ["1.2.3.100.1.1", "1.2.3.100.1.2"].iter().enumerate() {
            let id = 10 + number as u16;
            called
                .peer
                .say(&data(context, true, true, &store_request(id, CT, instance)));
            called.peer.say(&data(
                context,
                false,
                true,
                &explicit(&object(CT, instance, 10)),
            ));
            statuses.push(super::scripted_peer::status(&called.peer.response()));
        }
        let counters = [us(0x1021, 3), us(0x1022, 0), us(0x1023, 0)];
        called.answer(&asked, 0, &counters, None);
        called.asked();
        statuses
    });
    assert!(
        statuses
            .iter()
            .all(|status| super::loopback::is_kept(*status)),
        "{statuses:04X?}"
    );
    assert!(station.has("1.2.3.100.1.1") && station.has("1.2.3.100.1.2"));
    let report = result.expect("answered");
    assert_eq!(report.counters.completed, Some(3));
    assert_eq!(report.kept, Some(2), "one less than promised");
}

/// The object of the scripted peer in explicit VR: every element of it is text, a UID or ballast.
fn explicit(implicit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = implicit;
    while rest.len() >= 8 {
        let tag = dgscope::dicom::Tag(
            u16::from_le_bytes([rest[0], rest[1]]),
            u16::from_le_bytes([rest[2], rest[3]]),
        );
        let length = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]) as usize;
        let vr = dgscope::dicom::dictionary::vr(tag, false);
        bytes.extend_from_slice(&rest[..4]);
        bytes.extend_from_slice(vr.to_string().as_bytes());
        if dgscope::dicom::dictionary::has_long_length(vr) {
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&rest[4..8]);
        } else {
            bytes.extend_from_slice(&rest[4..6]);
        }
        bytes.extend_from_slice(&rest[8..8 + length]);
        rest = &rest[8 + length..];
    }
    bytes
}
