//! The node on loopback: two real nodes, and a scripted peer that asks for what real ones do.

use std::time::Instant;

use dgscope::node::{NodeEvent, NodeRequest, StoreItem, StoreOutcome, Target};
use dgscope::store::Access;

use super::loopback::{PROMPT, Station, is_kept, next, part10, title};
use super::scripted_peer::{
    EXPLICIT, IMPLICIT, Peer, RAW_DATA, Request, VERIFICATION, command, data, echo_request,
    element, find, item, object, pdu, status, store_request, value,
};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

#[test]
fn two_nodes_verify_and_send_bit_for_bit() {
    let receiver = Station::start(&[]);
    let sender = Station::start(&[]);
    sender
        .node
        .send(NodeRequest::Echo {
            request: 1,
            target: receiver.target(),
            calling: title("TESTER"),
        })
        .expect("room");
    let NodeEvent::EchoDone { request: 1, result } = next(&sender.events) else {
        panic!("no answer to the echo");
    };
    assert_eq!(result.expect("an echo").status, 0);

    let folder = tempfile::tempdir().expect("a folder");
    let mut objects = Vec::new();
    for (index, ballast) in [0, 10, 300_000, 600_000, 1_000_002].iter().enumerate() {
        let instance = format!("1.2.3.200.{index}");
        let set = object(RAW_DATA, &instance, *ballast);
        let path = folder.path().join(format!("{index}.dcm"));
        std::fs::write(&path, part10(RAW_DATA, &instance, &set)).expect("a file");
        objects.push((instance, set, path));
    }
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no DICOM at all").expect("a file");
    let items = objects.iter().map(|(_, _, path)| path).chain([&text]);
    let items = items
        .map(|path| StoreItem {
            path: path.clone(),
            found_in_folder: false,
        })
        .collect();
    sender
        .node
        .send(NodeRequest::Store {
            request: 2,
            target: receiver.target(),
            calling: title("TESTER"),
            objects: items,
            commit: false,
            there: Vec::new(),
        })
        .expect("room");
    let mut failed = Vec::new();
    let report = loop {
        match next(&sender.events) {
            NodeEvent::StoreProgress { object, .. } => {
                if object.outcome == StoreOutcome::Failed {
                    failed.push(object.path);
                }
            }
            NodeEvent::StoreDone { result, .. } => break result.expect("the peer was reached"),
            _ => {}
        }
    };
    assert_eq!(report.sent + report.warning, 5);
    assert_eq!(failed, [text]);
    for (instance, set, _) in &objects {
        assert!(receiver.stored(instance) == *set, "{instance} changed");
    }
    assert_eq!(receiver.next_end(), "released");
}

#[test]
fn an_operation_that_fails_names_its_step() {
    let station = Station::start(&[]);
    let echo = |target: Target, calling: &str| {
        let request = NodeRequest::Echo {
            request: 7,
            target,
            calling: title(calling),
        };
        station.node.send(request).expect("room");
        loop {
            if let NodeEvent::EchoDone { result, .. } = next(&station.events) {
                return result.expect_err("it cannot work");
            }
        }
    };
    let refused = echo(station.target(), "STRANGER");
    assert_eq!(refused.step, "association");
    assert_eq!(
        refused.reason,
        "rejected by the peer: permanently, by its user: calling AE title not recognized"
    );
    let mut nobody = station.target();
    // Port 1 of loopback: nothing listens there.
    nobody.port = 1;
    assert_eq!(echo(nobody, "TESTER").step, "connect");
    let mut nowhere = station.target();
    nowhere.host = "no.such.host.invalid".to_owned();
    assert_eq!(echo(nowhere, "TESTER").step, "look-up");
}

#[test]
fn callers_are_judged_with_the_right_reason() {
    let station = Station::start(&[]);
    let rejected = |request: Request| {
        let mut peer = Peer::connect(station.address);
        peer.say(&request.bytes());
        peer.rejected()
    };
    let default = Request::default;
    let stranger = Request {
        calling: "STRANGER",
        ..default()
    };
    assert_eq!(rejected(stranger), (1, 1, 3), "calling title");
    let NodeEvent::Refused {
        calling, curable, ..
    } = next(&station.events)
    else {
        panic!("the refusal was not told");
    };
    assert_eq!((calling.as_str(), curable), ("STRANGER", true));
    let other = Request {
        called: "OTHER",
        ..default()
    };
    assert_eq!(rejected(other), (1, 1, 7), "called title");
    let version = Request {
        version: 2,
        ..default()
    };
    assert_eq!(rejected(version), (1, 2, 2), "protocol version");
    let context = Request {
        application_context: "1.2.840.10008.3.1.1.2",
        ..default()
    };
    assert_eq!(rejected(context), (1, 1, 2), "application context");
    let newer = Request {
        version: 3,
        ..default()
    };
    Peer::associate(station.address, &newer).0.release();

    let stranger = Access {
        ae_title: title("STRANGER"),
        host: Some("127.0.0.1".to_owned()),
    };
    station.store.allow(&stranger).expect("an access entry");
    let request = Request {
        calling: "STRANGER",
        ..default()
    };
    Peer::associate(station.address, &request).0.release();
}

#[test]
fn contexts_are_answered_one_by_one_and_the_window_with_one() {
    let station = Station::start(&[]);
    let request = Request {
        contexts: vec![
            (1, VERIFICATION, vec![EXPLICIT, IMPLICIT]),
            (3, CT, vec![EXPLICIT, "1.2.840.10008.1.2.4.70"]),
            (5, CT, vec!["1.2.3.4.5"]),
            (7, "1.2.840.10008.5.1.4.1.2.2.1", vec![IMPLICIT]),
        ],
        user_items: [
            item(0x53, &[0, 9, 0, 9]),
            item(0x58, &[1, 0, 0, 1, b'x', 0, 0]),
        ]
        .concat(),
        ..Request::default()
    };
    let (peer, answer) = Peer::associate(station.address, &request);
    let result = |id: u8, result: u8, syntax: &str| {
        let value = [&[id, 0, result, 0][..], &item(0x40, syntax.as_bytes())].concat();
        item(0x21, &value)
    };
    let contains = |part: &[u8]| answer.windows(part.len()).any(|window| window == part);
    assert!(contains(&result(1, 0, EXPLICIT)));
    assert!(
        contains(&result(3, 0, "1.2.840.10008.1.2.4.70")),
        "compressed is preferred"
    );
    assert!(contains(&[0x21, 0, 0, 25, 5, 0, 4, 0]), "transfer syntaxes");
    assert!(contains(&[0x21, 0, 0, 25, 7, 0, 3, 0]), "abstract syntax");
    assert!(contains(&item(0x53, &[0, 1, 0, 1])));
    assert!(contains(b"GIOL_DIAM_4"));
    peer.release();
}

#[test]
fn a_user_is_taken_by_name_and_extended_negotiation_is_answered() {
    let station = Station::start(&[]);
    let user = |kind: u8, answer: u8, name: &[u8], secret: &[u8]| {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
        let value = [
            &[kind, answer][..],
            &length(name),
            name,
            &length(secret),
            secret,
        ]
        .concat();
        item(0x58, &value)
    };
    let extended = |class: &str, options: &[u8]| {
        let length = u16::try_from(class.len()).expect("short").to_be_bytes();
        item(0x56, &[&length[..], class.as_bytes(), options].concat())
    };
    let request = Request {
        user_items: [
            user(2, 1, b"anna", b"open sesame"),
            extended(RAW_DATA, &[1, 0, 1, 0, 1, 0]),
            extended(VERIFICATION, &[1, 1]),
        ]
        .concat(),
        ..Request::default()
    };
    let (peer, answer) = Peer::associate(station.address, &request);
    let contains = |part: &[u8]| answer.windows(part.len()).any(|window| window == part);
    assert!(contains(&item(0x59, &[0, 0])), "the identity is accepted");
    assert!(
        contains(&extended(RAW_DATA, &[2, 0, 3, 0, 0, 0])),
        "kept whole"
    );
    assert!(contains(&extended(VERIFICATION, &[0, 0])), "no option");
    let NodeEvent::Opened { facts, .. } = next(&station.events) else {
        panic!("the association was not told");
    };
    assert_eq!(facts.user(), "anna (with a password)");
    let words: Vec<_> = facts.contexts.iter().map(|c| c.answer.clone()).collect();
    assert_eq!(words, [Ok(IMPLICIT.to_owned()), Ok(IMPLICIT.to_owned())]);
    peer.release();

    // Nobody asked for an answer, so there is none.
    let request = Request {
        user_items: user(1, 0, b"anna", b""),
        ..Request::default()
    };
    let (peer, answer) = Peer::associate(station.address, &request);
    assert!(!answer.windows(4).any(|window| window == item(0x59, &[])));
    peer.release();
}

#[test]
fn a_bad_object_is_answered_and_the_association_lives_on() {
    let station = Station::start(&[]);
    let mut peer = station.associate();
    let started = Instant::now();
    let good = object(RAW_DATA, "1.2.3.1", 100);
    let request = |instance: &str| store_request(1, RAW_DATA, instance);
    let other_instance = object(RAW_DATA, "1.2.3.9", 100);
    assert_eq!(
        peer.store(3, &request("1.2.3.1"), &other_instance, 4000),
        0xA900
    );
    let other_class = object(CT, "1.2.3.1", 100);
    assert_eq!(
        peer.store(3, &request("1.2.3.1"), &other_class, 4000),
        0xA900
    );
    let wrong_class = store_request(1, CT, "1.2.3.1");
    assert_eq!(peer.store(3, &wrong_class, &good, 4000), 0xA800);
    assert_eq!(peer.store(3, &request("not a uid"), &good, 4000), 0xA900);
    assert_eq!(
        peer.store(3, &request("1.2.3.1"), &[0xff; 5000], 4000),
        0xC005
    );
    let cut = &good[..good.len() - 7];
    assert_eq!(peer.store(3, &request("1.2.3.1"), cut, 4000), 0xC005);
    assert_eq!(
        peer.store(3, &request("1.2.3.1"), &[], 1),
        0xA900,
        "nothing at all"
    );
    assert!(!station.has("1.2.3.1"));
    assert!(is_kept(peer.store(3, &request("1.2.3.1"), &good, 100)));
    assert!(station.stored("1.2.3.1") == good);
    assert!(
        is_kept(peer.store(3, &request("1.2.3.1"), &good, 4000)),
        "again"
    );
    let conflict = object(RAW_DATA, "1.2.3.1", 102);
    assert_eq!(peer.store(3, &request("1.2.3.1"), &conflict, 4000), 0xD000);
    assert_eq!(peer.echo(), 0);
    assert!(started.elapsed() < PROMPT);
    peer.release();
    assert_eq!(station.next_end(), "released");
}

#[test]
fn a_refusal_carries_comment_and_offending_element() {
    let station = Station::start(&[]);
    let mut peer = station.associate();
    peer.say(&data(3, true, true, &store_request(9, CT, "1.2.3.1")));
    peer.say(&data(3, false, true, &object(CT, "1.2.3.1", 10)));
    let response = peer.response();
    assert_eq!(status(&response), 0xA800);
    assert_eq!(find(&response, 0x0120), Some(&[9, 0][..]), "message id");
    assert_eq!(find(&response, 0x0901), Some(&[0, 0, 2, 0][..]));
    let comment = find(&response, 0x0902).expect("an error comment");
    assert!(comment.len() <= 64 && comment.starts_with(b"the SOP class"));
}

#[test]
fn services_that_we_do_not_have_are_answered_as_such() {
    let station = Station::start(&[]);
    let mut peer = station.associate();
    let find_request = |class: &str| {
        command(&[
            element(0, 0x0002, class.as_bytes()),
            element(0, 0x0100, &[0x20, 0]),
            element(0, 0x0110, &[1, 0]),
            element(0, 0x0800, &[0, 0]),
        ])
    };
    let elsewhere = find_request("1.2.840.10008.5.1.4.1.2.2.1");
    assert_eq!(
        peer.store(3, &elsewhere, &element(8, 0x52, b"STUDY"), 100),
        0x0122
    );
    assert_eq!(peer.store(3, &find_request(RAW_DATA), &[0; 8], 100), 0x0211);
    let cancel = command(&[
        element(0, 0x0100, &[0xff, 0x0f]),
        element(0, 0x0120, &[1, 0]),
        element(0, 0x0800, &[1, 1]),
    ]);
    peer.say(&data(3, true, true, &cancel));
    assert_eq!(peer.echo(), 0);
    peer.say(&data(3, true, true, &echo_request(5)));
    assert_eq!(
        status(&peer.response()),
        0x0122,
        "an echo on a storage context"
    );
}

#[test]
fn messages_may_be_cut_and_mixed_in_any_way() {
    let station = Station::start(&[]);
    let mut peer = station.associate();
    let request = store_request(1, RAW_DATA, "1.2.3.1");
    let set = object(RAW_DATA, "1.2.3.1", 50);
    let (first, second) = request.split_at(20);
    let (front, back) = set.split_at(31);
    let values = [
        value(3, true, false, first),
        value(3, true, false, &[]),
        value(3, true, true, second),
        value(3, false, false, front),
    ];
    peer.say(&pdu(4, &values.concat()));
    peer.say(&data(3, false, false, back));
    peer.say(&data(3, false, true, &[]));
    assert!(is_kept(status(&peer.response())));
    assert!(station.stored("1.2.3.1") == set);
    peer.release();
}

#[test]
fn a_tiny_maximum_length_is_honoured() {
    let station = Station::start(&[]);
    for max_length in [8, 9, 13, 127] {
        let request = Request {
            max_length,
            ..Request::default()
        };
        let (mut peer, _) = Peer::associate(station.address, &request);
        peer.say(&data(1, true, true, &echo_request(3)));
        let mut answer = Vec::new();
        loop {
            let (kind, body) = peer.hear().expect("a response");
            assert_eq!(kind, 4);
            assert!(body.len() <= max_length as usize, "{} bytes", body.len());
            answer.extend_from_slice(&body[6..]);
            if body[5] & 2 != 0 {
                break;
            }
        }
        assert_eq!(status(&answer), 0);
        peer.release();
    }
}
