//! Storage commitment on loopback: asked, examined, reported on the same association, on a new one, and after a restart.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dgscope::dicom::{SopClassUid, SopInstanceUid, Status, Uid};
use dgscope::node::{ListenOptions, NodeEvent, NodeHandle, NodeRequest, StepFailure, StoreItem};
use dgscope::store::commitment::Referenced;
use dgscope::store::{Access, Peer, Store};

use super::loopback::{Station, next, part10, title};
use super::scripted_peer::{RAW_DATA, object};

type Words = Result<Vec<(SopInstanceUid, Option<Result<(), Status>>)>, StepFailure>;

fn uid(text: &str) -> SopInstanceUid {
    SopInstanceUid::parse(text).expect("a UID")
}

fn referenced(class: &str, instance: &str) -> Referenced {
    Referenced {
        sop_class_uid: SopClassUid::parse(class).expect("a UID"),
        sop_instance_uid: uid(instance),
    }
}

/// Sends objects and asks for their commitment.
fn send(sender: &Station, receiver: &Station, instances: &[&str]) -> Words {
    let folder = tempfile::tempdir().expect("a folder");
    let objects = instances
        .iter()
        .map(|instance| {
            let path = folder.path().join(instance);
            let set = object(RAW_DATA, instance, 5000);
            fs::write(&path, part10(RAW_DATA, instance, &set)).expect("a file");
            StoreItem {
                path,
                found_in_folder: false,
            }
        })
        .collect();
    let request = NodeRequest::Store {
        request: 7,
        target: receiver.target(),
        calling: title("TESTER"),
        objects,
        commit: true,
        there: Vec::new(),
    };
    sender.node.send(request).expect("room");
    let mut words = None;
    loop {
        match next(&sender.events) {
            NodeEvent::Committed { request: 7, result } => words = Some(result),
            NodeEvent::StoreDone { result, .. } => {
                assert_eq!(result.expect("sent").failed, 0);
                return words.expect("commitment was asked for");
            }
            _ => {}
        }
    }
}

/// A peer entry of `receiver` under which reports reach `sender`.
fn register(receiver: &Station, sender: &Station, port: u16, reports_on_new: bool) {
    let open_title = ("network.check-called-title".to_owned(), "false".to_owned());
    sender
        .store
        .change_settings(&[open_title])
        .expect("a setting");
    sender.node.send(NodeRequest::Reconfigure).expect("room");
    let access = Access {
        ae_title: title("DGSCOPE"),
        host: None,
    };
    sender.store.allow(&access).expect("an access entry");
    let peer = Peer {
        reports_on_new,
        ..Peer::new("sender", title("TESTER"), "127.0.0.1", port, &["store"])
    };
    receiver.store.save_peer(&peer).expect("a peer");
}

#[test]
fn what_is_safe_is_reported_on_the_association_that_asked() {
    let (sender, receiver) = (Station::start(&[]), Station::start(&[]));
    let words = send(&sender, &receiver, &["1.2.3.900.1", "1.2.3.900.2"]).expect("a report");
    let mut safe: Vec<_> = words
        .iter()
        .map(|(uid, word)| (uid.as_str(), *word))
        .collect();
    safe.sort_unstable();
    assert_eq!(
        safe,
        [("1.2.3.900.1", Some(Ok(()))), ("1.2.3.900.2", Some(Ok(())))]
    );
    let state = sender.store.commitment_state(&uid("1.2.3.900.1"));
    let state = state.expect("asked").expect("a state");
    assert_eq!(
        (state.ae_title.as_str(), state.result),
        ("DGSCOPE", Some(Ok(())))
    );
}

#[test]
fn a_peer_that_wants_it_gets_its_report_on_a_new_association() {
    let (sender, receiver) = (Station::start(&[]), Station::start(&[]));
    register(&receiver, &sender, sender.address.port(), true);
    let words = send(&sender, &receiver, &["1.2.3.901.1"]).expect("a report");
    assert_eq!(words, [(uid("1.2.3.901.1"), Some(Ok(())))]);
}

#[test]
fn every_way_of_not_being_safe_has_its_reason() {
    let (sender, receiver) = (Station::start(&[]), Station::start(&[]));
    send(
        &sender,
        &receiver,
        &["1.2.3.902.1", "1.2.3.902.2", "1.2.3.902.3"],
    )
    .expect("a report");
    let path = |instance| {
        let path = receiver.store.object_path(&uid(instance));
        path.expect("an index").expect("the object")
    };
    let mut bytes = fs::read(path("1.2.3.902.2")).expect("the file");
    *bytes.last_mut().expect("bytes") ^= 1;
    fs::write(path("1.2.3.902.2"), bytes).expect("written");
    fs::remove_file(path("1.2.3.902.3")).expect("removed");
    let transaction = Uid::parse("1.2.3.902.100").expect("a UID");
    let items = [
        referenced(RAW_DATA, "1.2.3.902.1"),
        referenced(RAW_DATA, "1.2.3.902.2"),
        referenced(RAW_DATA, "1.2.3.902.3"),
        referenced(RAW_DATA, "1.2.3.902.4"),
        referenced("1.2.840.10008.5.1.4.1.1.2", "1.2.3.902.1"),
        referenced("1.2.840.10008.1.1", "1.2.3.902.1"),
    ];
    let caller = title("TESTER");
    let keep = || {
        receiver
            .store
            .keep_commitment(&transaction, &caller, "host", &items)
    };
    let reasons = |id| {
        let report = receiver.store.examine_commitment(id).expect("examined");
        let items = report.expect("owed").items;
        items
            .iter()
            .map(|(_, reason)| reason.map(|status| status.0))
            .collect::<Vec<_>>()
    };
    let first = keep().expect("kept");
    let wanted = [
        None,
        Some(0x0110),
        Some(0x0110),
        Some(0x0112),
        Some(0x0119),
        Some(0x0122),
    ];
    assert_eq!(reasons(first), wanted);
    let again = keep().expect("kept");
    assert_eq!(reasons(again), [Some(0x0131); 6]);
}

#[test]
fn a_report_that_was_owed_arrives_after_a_restart() {
    let sender = Station::start(&[("timers.commitment", "1")]);
    let receiver = Station::start(&[("timers.connect", "2")]);
    // Nobody listens on port 1: the report is postponed.
    register(&receiver, &sender, 1, true);
    let words = send(&sender, &receiver, &["1.2.3.903.1"]).expect("accepted");
    assert_eq!(words, [(uid("1.2.3.903.1"), None)], "no report in time");
    let Station {
        dir, store, node, ..
    } = receiver;
    node.shutdown();
    store.close().expect("closed");
    drop(store);

    let store = Store::open(dir.path()).expect("the same store");
    let mut peer = store.peers().expect("peers").remove(0);
    peer.port = sender.address.port();
    store.save_peer(&peer).expect("a peer");
    let node = NodeHandle::start(store, Arc::new(|_| ())).expect("a node");
    let listen = ListenOptions {
        port: Some(0),
        ..ListenOptions::default()
    };
    node.send(NodeRequest::Listen(listen)).expect("room");
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let state = sender.store.commitment_state(&uid("1.2.3.903.1"));
        if state.expect("asked").expect("a state").result == Some(Ok(())) {
            break;
        }
        assert!(Instant::now() < deadline, "the report never came");
        std::thread::sleep(Duration::from_millis(50));
    }
    node.shutdown();
}
