//! A scripted peer that is silent, slow, wrong or too many: each is answered at once, and nobody else notices.

use std::time::{Duration, Instant};

use dgscope::node::{NodeEvent, NodeRequest, Target};

use super::loopback::{PROMPT, Station, is_kept, next, title};
use super::scripted_peer::{
    IMPLICIT, Peer, RAW_DATA, Request, VERIFICATION, data, echo_request, object, pdu, status,
    store_request, value,
};

/// Aborts by the service user, and by the provider with a reason (PS3.8 Table 9-26).
const BY_USER: (u8, u8) = (0, 0);
const UNRECOGNIZED: (u8, u8) = (2, 1);
const UNEXPECTED: (u8, u8) = (2, 2);
const INVALID: (u8, u8) = (2, 6);

/// What a healthy peer does meanwhile.
fn still_served(station: &Station) {
    let started = Instant::now();
    let mut peer = station.associate();
    assert_eq!(peer.echo(), 0);
    peer.release();
    assert!(started.elapsed() < PROMPT);
}

#[test]
fn a_silent_caller_is_gone_after_artim() {
    let station = Station::start(&[("timers.artim", "0.5")]);
    let mut peer = Peer::connect(station.address);
    let started = Instant::now();
    still_served(&station);
    assert_eq!(peer.hear(), None);
    let waited = started.elapsed();
    assert!(
        waited > Duration::from_millis(300) && waited < PROMPT,
        "{waited:?}"
    );
}

#[test]
fn a_caller_that_drips_bytes_gets_no_more_time() {
    let station = Station::start(&[("timers.artim", "0.5")]);
    let mut peer = Peer::connect(station.address);
    let started = Instant::now();
    let mut listener = Peer(peer.0.try_clone().expect("a second handle"));
    let dripping = std::thread::spawn(move || {
        for byte in Request::default().bytes() {
            peer.say(&[byte]);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(listener.hear(), None);
    assert!(started.elapsed() < PROMPT);
    dripping.join().expect("the dripping thread");
}

#[test]
fn an_idle_association_and_a_stuck_message_are_aborted() {
    let station = Station::start(&[("timers.idle", "0.4"), ("timers.message", "0.5")]);
    let mut idle = station.associate();
    assert_eq!(idle.aborted(), BY_USER);
    let mut stuck = station.associate();
    let request = store_request(1, RAW_DATA, "1.2.3.1");
    stuck.say(&data(3, true, true, &request));
    let set = object(RAW_DATA, "1.2.3.1", 5000);
    let mut listener = Peer(stuck.0.try_clone().expect("a second handle"));
    let started = Instant::now();
    let dripping = std::thread::spawn(move || {
        for part in set.chunks(10).take(100) {
            stuck.say(&data(3, false, false, part));
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(listener.aborted(), BY_USER);
    assert!(started.elapsed() < PROMPT);
    dripping.join().expect("the dripping thread");
    assert!(!station.has("1.2.3.1"));
}

#[test]
fn nonsense_before_the_association_is_aborted_at_once() {
    let station = Station::start(&[]);
    let oversized = [&[1, 0][..], &u32::MAX.to_be_bytes()].concat();
    let too_many = Request {
        contexts: (0..=255u8)
            .filter(|id| id % 2 == 1)
            .chain([1, 3])
            .map(|id| (id, VERIFICATION, vec![IMPLICIT]))
            .collect(),
        ..Request::default()
    };
    assert_eq!(too_many.contexts.len(), 130);
    let mut broken_item = Request::default().bytes();
    // The length of the application context item, far beyond its PDU.
    broken_item[76] = 0xff;
    let cases = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        oversized,
        too_many.bytes(),
        broken_item,
        data(3, true, true, &echo_request(1)),
        pdu(5, &[0; 4]),
        pdu(1, &[0; 10]),
    ];
    for (index, case) in cases.iter().enumerate() {
        let started = Instant::now();
        let mut peer = Peer::connect(station.address);
        peer.say(case);
        assert_eq!(peer.aborted(), BY_USER, "case {index}");
        assert!(started.elapsed() < PROMPT, "case {index}");
    }
    let mut full = Request::default();
    full.contexts = (0..128u8)
        .map(|id| (2 * id + 1, VERIFICATION, vec![IMPLICIT]))
        .collect();
    Peer::associate(station.address, &full).0.release();
}

#[test]
fn nonsense_on_an_association_is_aborted_with_its_reason() {
    let station = Station::start(&[]);
    let request = store_request(1, RAW_DATA, "1.2.3.1");
    let lying = [&40u32.to_be_bytes()[..], &[3, 3], &[0; 10]].concat();
    let oversized = [&[4, 0][..], &(131_073 + 6u32).to_be_bytes()].concat();
    let cases = [
        (pdu(9, &[0; 4]), UNRECOGNIZED),
        (Request::default().bytes(), UNEXPECTED),
        (pdu(6, &[0; 4]), UNEXPECTED),
        (oversized, INVALID),
        (pdu(4, &lying), INVALID),
        (pdu(4, &[]), INVALID),
        (data(99, true, true, &request), INVALID),
        (data(2, true, true, &request), INVALID),
        (
            data(3, false, true, &object(RAW_DATA, "1.2.3.1", 0)),
            BY_USER,
        ),
        (data(3, true, true, &[0xff; 40]), BY_USER),
        (data(3, true, true, &[]), BY_USER),
        (
            [
                data(3, true, true, &request),
                data(1, false, true, &[0; 20]),
            ]
            .concat(),
            BY_USER,
        ),
        (
            [data(3, true, true, &request), data(3, true, true, &request)].concat(),
            BY_USER,
        ),
        (data(3, true, false, &vec![0; 65_000]).repeat(2), BY_USER),
    ];
    for (index, (case, expected)) in cases.iter().enumerate() {
        let mut peer = station.associate();
        let started = Instant::now();
        peer.say(case);
        assert_eq!(peer.aborted(), *expected, "case {index}");
        assert!(started.elapsed() < PROMPT, "case {index}");
    }
    assert!(!station.has("1.2.3.1"));
    still_served(&station);
}

#[test]
fn an_object_cut_off_by_abort_release_or_loss_leaves_nothing() {
    let station = Station::start(&[]);
    let request = store_request(1, RAW_DATA, "1.2.3.1");
    let set = object(RAW_DATA, "1.2.3.1", 700_000);
    for ending in 0..3 {
        let mut peer = station.associate();
        peer.say(&data(3, true, true, &request));
        for part in set.chunks(100_000).take(6) {
            peer.say(&data(3, false, false, part));
        }
        let expected = match ending {
            0 => {
                peer.say(&pdu(7, &[0; 4]));
                "aborted by the peer (by its user)"
            }
            1 => {
                peer.say(&pdu(5, &[0; 4]));
                assert_eq!(peer.hear().map(|(kind, _)| kind), Some(6), "A-RELEASE-RP");
                "released by the peer in the middle of a message"
            }
            _ => {
                drop(peer);
                "connection lost: the peer closed the connection"
            }
        };
        assert_eq!(station.next_end(), expected);
        assert!(!station.has("1.2.3.1"));
    }
    let mut peer = station.associate();
    assert!(is_kept(peer.store(3, &request, &set, 100_000)));
    assert!(station.stored("1.2.3.1") == set);
}

/// Opens `count` associations at once; those accepted, and how many were rejected for the limit.
fn crowd(station: &Station, count: usize) -> (Vec<Peer>, usize) {
    let callers: Vec<_> = (0..count)
        .map(|_| {
            let address = station.address;
            std::thread::spawn(move || {
                let mut peer = Peer::connect(address);
                peer.say(&Request::default().bytes());
                match peer.hear() {
                    Some((2, _)) => Some(peer),
                    Some((3, body)) => {
                        assert_eq!(&body[1..], [2, 3, 2], "transient, local limit exceeded");
                        None
                    }
                    other => panic!("neither accepted nor rejected: {other:?}"),
                }
            })
        })
        .collect();
    let peers: Vec<Peer> = callers
        .into_iter()
        .filter_map(|caller| caller.join().expect("a caller"))
        .collect();
    let rejected = count - peers.len();
    (peers, rejected)
}

#[test]
fn beyond_the_limit_callers_are_rejected_for_now_and_the_limit_is_a_setting() {
    let station = Station::start(&[]);
    let started = Instant::now();
    let (peers, rejected) = crowd(&station, 200);
    assert_eq!((peers.len(), rejected), (20, 180));
    assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
    for mut peer in peers {
        assert_eq!(peer.echo(), 0);
        peer.release();
    }
    let change = ("network.max-associations".to_owned(), "200".to_owned());
    station
        .store
        .change_settings(&[change])
        .expect("a valid setting");
    station.node.send(NodeRequest::Reconfigure).expect("room");
    // Requests are served in order: this one is answered when the settings were read again.
    let probe = NodeRequest::Echo {
        request: 1,
        target: Target {
            port: 1,
            ..station.target()
        },
        calling: title("TESTER"),
    };
    station.node.send(probe).expect("room");
    let (mut ended, mut answered) = (0, false);
    while ended < 20 || !answered {
        match next(&station.events) {
            NodeEvent::Closed { .. } => ended += 1,
            NodeEvent::EchoDone { .. } => answered = true,
            _ => {}
        }
    }
    let (mut peers, rejected) = crowd(&station, 200);
    assert_eq!((peers.len(), rejected), (200, 0));
    for (index, peer) in peers.iter_mut().enumerate() {
        let instance = format!("1.2.3.4.{index}");
        peer.say(&data(3, true, true, &store_request(1, RAW_DATA, &instance)));
        peer.say(&data(3, false, true, &object(RAW_DATA, &instance, 100)));
    }
    for peer in &mut peers {
        assert!(is_kept(status(&peer.response())));
    }
    assert!(station.has("1.2.3.4.0") && station.has("1.2.3.4.199"));
}

#[test]
fn silent_callers_keep_nobody_out() {
    let station = Station::start(&[]);
    let silent: Vec<Peer> = (0..60).map(|_| Peer::connect(station.address)).collect();
    // The oldest silent ones make room once they were silent for half a second.
    let deadline = Instant::now() + PROMPT;
    loop {
        let mut peer = Peer::connect(station.address);
        peer.say(&Request::default().bytes());
        if let Some((2, _)) = peer.hear() {
            assert_eq!(peer.echo(), 0);
            break;
        }
        assert!(Instant::now() < deadline, "kept out by silent callers");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(silent);
}

#[test]
fn the_end_of_the_node_aborts_what_is_idle_and_finishes_in_time() {
    let station = Station::start(&[]);
    let mut idle = station.associate();
    assert_eq!(idle.echo(), 0);
    let mut busy = station.associate();
    busy.say(&data(3, true, true, &store_request(1, RAW_DATA, "1.2.3.1")));
    let set = object(RAW_DATA, "1.2.3.1", 100);
    busy.say(&pdu(4, &value(3, false, false, &set[..50])));
    // Both are known to be at work before the end begins.
    let mut opened = 0;
    while opened < 2 {
        if let NodeEvent::Opened { .. } = next(&station.events) {
            opened += 1;
        }
    }
    let Station { node, .. } = station;
    let started = Instant::now();
    let ending = std::thread::spawn(move || node.shutdown());
    assert_eq!(idle.aborted(), BY_USER);
    drop(idle);
    busy.say(&data(3, false, true, &set[50..]));
    assert!(
        is_kept(status(&busy.response())),
        "what was begun is finished"
    );
    assert_eq!(busy.aborted(), BY_USER);
    drop(busy);
    ending.join().expect("an orderly end");
    assert!(started.elapsed() < Duration::from_secs(7));
}
