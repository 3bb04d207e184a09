//! Storage commitment with scripted peers that do wrong, on either side: nobody is told that an object is safe unless somebody
//! said so, and a report that we owe gets through.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use dgscope::dicom::Status;
use dgscope::node::{NodeEvent, NodeRequest, StepFailure, StoreItem, Target};

use super::loopback::{Station, next, part10, title};
use super::scripted_peer::{
    IMPLICIT, Peer, RAW_DATA, Request, command, data, element, find, item, object, pdu, status,
    store_request,
};
use super::scripted_scp::{Called, Script, response, serve, serve_each, us};

const COMMITMENT: &str = "1.2.840.10008.1.20.1";
const INSTANCE: &str = "1.2.840.10008.1.20.1.1";
const FIRST: &str = "1.2.3.910.1";
const SECOND: &str = "1.2.3.910.2";

const QUICK: &[(&str, &str)] = &[
    ("timers.response", "0.5"),
    ("timers.negotiation", "0.5"),
    ("timers.message", "0.5"),
    ("timers.artim", "0.5"),
    ("timers.commitment", "1"),
];

/// What each object was told, or why nothing was.
type Words = Result<Vec<(String, Option<Result<(), Status>>)>, StepFailure>;

/// Takes two objects.
fn take_objects(mut called: Called) {
    called.accept();
    while let Some(asked) = called.asked() {
        called.answer(&asked, 0, &[], None);
    }
}

/// Sends two objects to a scripted peer and asks it to be answerable for them.
fn commit_with(script: Script) -> Words {
    let station = Station::start(QUICK);
    let (address, thread) = serve_each(vec![take_objects, script]);
    let folder = tempfile::tempdir().expect("a folder");
    let objects = [FIRST, SECOND].map(|instance| {
        let path = folder.path().join(instance);
        let set = object(RAW_DATA, instance, 100);
        std::fs::write(&path, part10(RAW_DATA, instance, &set)).expect("a file");
        StoreItem {
            path,
            found_in_folder: false,
        }
    });
    let request = NodeRequest::Store {
        request: 4,
        target: Target {
            ae_title: title("PACS"),
            host: address.ip().to_string(),
            port: address.port(),
            tls: None,
        },
        calling: title("DGSCOPE"),
        objects: objects.into(),
        commit: true,
        there: Vec::new(),
    };
    station.node.send(request).expect("room");
    let mut words = None;
    loop {
        match next(&station.events) {
            NodeEvent::Committed { result, .. } => words = Some(result),
            NodeEvent::StoreDone { result, .. } => {
                assert_eq!(result.expect("sent").sent, 2);
                thread.join().expect("the script");
                let words = words.expect("commitment was asked for")?;
                let word =
                    |(uid, word): (dgscope::dicom::SopInstanceUid, _)| (uid.to_string(), word);
                return Ok(words.into_iter().map(word).collect());
            }
            _ => {}
        }
    }
}

/// Takes the request and gives its context and Transaction UID.
fn take_request(called: &mut Called) -> (u8, String) {
    called.accept();
    let asked = called.asked().expect("an N-ACTION");
    called.answer(&asked, 0, &[us(0x1008, 1)], None);
    let uid = find(&asked.data_set, 0x1195).expect("a Transaction UID");
    let uid = String::from_utf8_lossy(uid);
    (asked.context, uid.trim_matches('\0').to_owned())
}

/// A sequence of explicit length whose items hold these elements.
fn sequence(group: u16, number: u16, items: &[Vec<u8>]) -> Vec<u8> {
    let items: Vec<u8> = items
        .iter()
        .flat_map(|content| [element(0xFFFE, 0xE000, content)].concat())
        .collect();
    element(group, number, &items)
}

fn reference(instance: &str) -> Vec<u8> {
    [
        element(0x0008, 0x1150, RAW_DATA.as_bytes()),
        element(0x0008, 0x1155, instance.as_bytes()),
    ]
    .concat()
}

fn transaction(uid: &str) -> Vec<u8> {
    element(0x0008, 0x1195, uid.as_bytes())
}

/// An N-EVENT-REPORT; the status it was answered with.
fn report(called: &mut Called, context: u8, event_type: u16, set: &[u8]) -> u16 {
    let elements = command(&[
        element(0, 0x0002, COMMITMENT.as_bytes()),
        us(0x0100, 0x0100),
        us(0x0110, 7),
        us(0x0800, 1),
        element(0, 0x1000, INSTANCE.as_bytes()),
        us(0x1002, event_type),
    ]);
    called.peer.say(&data(context, true, true, &elements));
    called.peer.say(&data(context, false, true, set));
    status(&called.peer.response())
}

fn end(called: &mut Called) {
    while called.asked().is_some() {}
}

#[test]
fn only_what_the_peer_named_counts_as_safe() {
    let words = commit_with(|mut called| {
        let (context, uid) = take_request(&mut called);
        let items = [reference(FIRST), reference("1.2.3.999")];
        let set = [transaction(&uid), sequence(0x0008, 0x1199, &items)].concat();
        assert_eq!(report(&mut called, context, 1, &set), 0);
        // Told twice is told once.
        report(&mut called, context, 1, &set);
        end(&mut called);
    });
    let words = words.expect("an answer");
    assert!(
        words.contains(&(FIRST.to_owned(), Some(Ok(())))),
        "{words:?}"
    );
    assert!(words.contains(&(SECOND.to_owned(), None)), "{words:?}");
    assert_eq!(words.len(), 2);
}

#[test]
fn reports_that_are_none_are_refused_and_the_right_one_still_counts() {
    let words = commit_with(|mut called| {
        let (context, uid) = take_request(&mut called);
        let lists = sequence(0x0008, 0x1199, &[reference(FIRST), reference(SECOND)]);
        let stranger = [transaction("1.2.3.4.5.6"), lists.clone()].concat();
        assert_eq!(
            report(&mut called, context, 1, &stranger),
            0x0115,
            "another transaction"
        );
        assert_eq!(
            report(&mut called, context, 1, &[9, 9, 9]),
            0x0115,
            "no data set"
        );
        assert_eq!(
            report(&mut called, context, 1, &lists),
            0x0115,
            "no transaction"
        );
        let right = [transaction(&uid), lists].concat();
        assert_eq!(
            report(&mut called, context, 9, &right),
            0x0113,
            "no such event"
        );
        let safe = sequence(0x0008, 0x1199, &[reference(FIRST)]);
        let failure = [reference(SECOND), element(0x0008, 0x1197, &[0x12, 0x01])].concat();
        // Group 0008 ascending: failures (1198) come before the safe ones (1199).
        let set = [
            transaction(&uid),
            sequence(0x0008, 0x1198, &[failure]),
            safe,
        ]
        .concat();
        assert_eq!(report(&mut called, context, 2, &set), 0);
        end(&mut called);
    });
    let words = words.expect("an answer");
    assert!(
        words.contains(&(FIRST.to_owned(), Some(Ok(())))),
        "{words:?}"
    );
    let refused = Some(Err(Status(0x0112)));
    assert!(words.contains(&(SECOND.to_owned(), refused)), "{words:?}");
}

/// What a peer does instead, and the words of it; without words, both objects are simply not answered for.
const MISDEEDS: &[(&str, Script, Option<&str>)] = &[
    (
        "does not offer it",
        |mut called| {
            called.accept_nothing();
            called.stall();
        },
        Some("no presentation context"),
    ),
    (
        "rejects",
        |mut called| called.peer.say(&pdu(3, &[0, 1, 1, 7])),
        Some("called AE title"),
    ),
    (
        "refuses",
        |mut called| {
            called.accept();
            let asked = called.asked().expect("an N-ACTION");
            let comment = element(0, 0x0902, b"archive offline");
            called.answer(&asked, 0x0213, &[comment], None);
            end(&mut called);
        },
        Some("archive offline"),
    ),
    (
        "does not answer",
        |mut called| {
            called.accept();
            called.asked();
            called.stall();
        },
        Some("no answer in time"),
    ),
    (
        "answers another message",
        |mut called| {
            called.accept();
            let asked = called.asked().expect("an N-ACTION");
            let answer = response(asked.field(), 77, 0, &[], false);
            called.peer.say(&data(asked.context, true, true, &answer));
            called.stall();
        },
        Some("no response to our request"),
    ),
    (
        "aborts after the request",
        |mut called| {
            called.accept();
            called.asked();
            called.peer.say(&pdu(7, &[0, 0, 2, 0]));
        },
        Some("aborted by the peer"),
    ),
    (
        "agrees and closes",
        |mut called| {
            take_request(&mut called);
        },
        None,
    ),
    (
        "agrees and is silent",
        |mut called| {
            take_request(&mut called);
            called.stall();
        },
        None,
    ),
    (
        "closes in the middle of its report",
        |mut called| {
            let (context, _) = take_request(&mut called);
            called.peer.say(&data(context, true, false, &[0, 0, 2]));
        },
        None,
    ),
];

#[test]
fn every_misdeed_of_an_archive_ends_in_words_in_time_and_nothing_is_safe() {
    for (what, misdeed, words) in MISDEEDS {
        let started = Instant::now();
        let answer = commit_with(*misdeed);
        match (words, answer) {
            (Some(words), Err(failure)) => {
                assert!(failure.reason.contains(words), "{what}: {failure}");
            }
            (None, Ok(told)) => {
                assert_eq!(told.len(), 2, "{what}");
                assert!(told.iter().all(|(_, word)| word.is_none()), "{what}");
            }
            (_, answer) => panic!("{what}: {answer:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{what}");
    }
}

/// Asks a node for commitment with this request body; status and comment of the answer.
fn ask(peer: &mut Peer, action: u16, set: &[u8]) -> (u16, String) {
    let elements = command(&[
        element(0, 0x0003, COMMITMENT.as_bytes()),
        us(0x0100, 0x0130),
        us(0x0110, 5),
        us(0x0800, if set.is_empty() { 0x0101 } else { 1 }),
        element(0, 0x1001, INSTANCE.as_bytes()),
        us(0x1008, action),
    ]);
    peer.say(&data(5, true, true, &elements));
    let pieces = set.chunks(12_000).count();
    for (index, part) in set.chunks(12_000).enumerate() {
        peer.say(&data(5, false, index + 1 == pieces, part));
    }
    let answer = peer.response();
    let comment = find(&answer, 0x0902).unwrap_or_default();
    (
        status(&answer),
        String::from_utf8_lossy(comment).into_owned(),
    )
}

fn associate(station: &Station) -> Peer {
    let request = Request {
        contexts: vec![
            (3, RAW_DATA, vec![IMPLICIT]),
            (5, COMMITMENT, vec![IMPLICIT]),
        ],
        ..Request::default()
    };
    Peer::associate(station.address, &request).0
}

#[test]
fn requests_that_are_none_are_refused_in_words_and_the_association_lives_on() {
    let station = Station::start(&[]);
    let mut peer = associate(&station);
    let lists = sequence(0x0008, 0x1199, &[reference(FIRST)]);
    let nameless = [reference(FIRST)[..].to_vec(), Vec::new()];
    let cases: [(&str, u16, Vec<u8>, u16); 6] = [
        (
            "another action",
            2,
            [transaction("1.2.3.1"), lists.clone()].concat(),
            0x0123,
        ),
        ("no data set", 1, Vec::new(), 0x0115),
        ("no transaction", 1, lists.clone(), 0x0115),
        ("no list", 1, transaction("1.2.3.1"), 0x0115),
        (
            "an item without instance",
            1,
            [transaction("1.2.3.1"), sequence(0x0008, 0x1199, &nameless)].concat(),
            0x0115,
        ),
        ("nonsense", 1, vec![0xFF; 501], 0x0115),
    ];
    for (what, action, set, expected) in cases {
        let (status, comment) = ask(&mut peer, action, &set);
        assert_eq!(status, expected, "{what}: {comment}");
        assert!(!comment.is_empty(), "{what}");
    }
    peer.release();
    assert!(
        station
            .store
            .next_commitment_due()
            .expect("asked")
            .is_none()
    );
}

/// Whoever aborts before the report, refuses it, or does not answer it gets it once more, on an association of our own.
#[test]
fn a_report_that_was_not_taken_comes_again_on_an_association_of_our_own() {
    let misdeeds: [(&str, fn(Peer)); 3] = [
        ("aborts", |mut peer| peer.say(&pdu(7, &[0, 0, 0, 0]))),
        ("closes", drop),
        ("refuses", |mut peer| {
            let (_, head) = peer.hear().expect("a report");
            peer.hear().expect("its data set");
            let id = find(&head[6..], 0x0110).expect("a message id").to_vec();
            let refusal = command(&[
                us(0x0100, 0x8100),
                element(0, 0x0120, &id),
                us(0x0800, 0x0101),
                us(0x0900, 0x0110),
            ]);
            peer.say(&data(5, true, true, &refusal));
            // The new association comes while this one is open.
            std::thread::spawn(move || peer.hear());
        }),
    ];
    for (what, misdeed) in misdeeds {
        let station = Station::start(&[]);
        let (told, heard) = channel();
        let (address, thread) = serve(move |mut called: Called| {
            called.accept();
            let asked = called.asked().expect("a report");
            called.answer(&asked, 0, &[], None);
            let _ = told.send(asked.data_set);
            end(&mut called);
        });
        let known = dgscope::store::Peer::new(
            "archive user",
            title("TESTER"),
            &address.ip().to_string(),
            address.port(),
            &["store"],
        );
        station.store.save_peer(&known).expect("a peer");
        let mut peer = associate(&station);
        let set = object(RAW_DATA, FIRST, 10);
        assert!(super::loopback::is_kept(peer.store(
            3,
            &store_request(1, RAW_DATA, FIRST),
            &set,
            4000
        )));
        let request = [
            transaction("1.2.3.77"),
            sequence(0x0008, 0x1199, &[reference(FIRST)]),
        ];
        assert_eq!(ask(&mut peer, 1, &request.concat()).0, 0, "{what}");
        misdeed(peer);
        let report = heard.recv_timeout(Duration::from_secs(20));
        let report = report.unwrap_or_else(|_| panic!("{what}: no report came"));
        assert_eq!(find(&report, 0x1195), Some(&b"1.2.3.77"[..]), "{what}");
        thread.join().expect("the script");
    }
}

/// The request's role item: who asks may be the one that reports.
#[test]
fn the_role_to_report_is_granted_to_those_who_want_it() {
    let station = Station::start(&[]);
    let class = COMMITMENT.as_bytes();
    let role = |scu: u8, scp: u8| {
        let length = (class.len() as u16).to_be_bytes();
        item(0x54, &[&length[..], class, &[scu, scp]].concat())
    };
    for (scu, scp) in [(1, 0), (1, 1), (0, 1)] {
        let request = Request {
            contexts: vec![(5, COMMITMENT, vec![IMPLICIT])],
            user_items: role(scu, scp),
            ..Request::default()
        };
        let (peer, answer) = Peer::associate(station.address, &request);
        let wanted = role(scu, scp);
        let granted = answer.windows(wanted.len()).any(|part| part == wanted);
        assert!(granted, "SCU {scu}, SCP {scp}: {answer:02X?}");
        peer.release();
    }
}
