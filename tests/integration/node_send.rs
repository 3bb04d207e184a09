//! Sending to scripted peers that do wrong: each object has its word, in time, and nothing counts as sent that was not answered.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dgscope::node::{
    NodeEvent, NodeRequest, StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult, Target,
};

use super::loopback::{Station, next, part10, title};
use super::scripted_peer::{RAW_DATA, data, echo_request, element, object, pdu};
use super::scripted_scp::{Called, response, serve};

const QUICK: &[(&str, &str)] = &[
    ("timers.response", "0.5"),
    ("timers.negotiation", "0.5"),
    ("timers.message", "0.5"),
    ("timers.send", "0.5"),
    ("timers.artim", "0.5"),
];

/// How the objects fared, and the operation.
struct Told {
    results: Vec<StoreResult>,
    end: Result<StoreReport, StepFailure>,
}

impl Told {
    fn outcomes(&self) -> Vec<StoreOutcome> {
        self.results.iter().map(|result| result.outcome).collect()
    }
}

/// Sends three objects, each with this many bytes of ballast, to a scripted peer.
fn send_with<T: Send + 'static>(
    ballast: usize,
    script: impl FnOnce(Called) -> T + Send + 'static,
) -> (Told, T) {
    let station = Station::start(QUICK);
    let (address, thread) = serve(script);
    let folder = tempfile::tempdir().expect("a folder");
    let objects = (1..=3).map(|number| {
        let instance = format!("1.2.3.{number}");
        let path: PathBuf = folder.path().join(&instance);
        let set = object(RAW_DATA, &instance, ballast);
        std::fs::write(&path, part10(RAW_DATA, &instance, &set)).expect("a file");
        StoreItem {
            path,
            found_in_folder: false,
        }
    });
    let request = NodeRequest::Store {
        request: 3,
        target: Target {
            ae_title: title("PACS"),
            host: address.ip().to_string(),
            port: address.port(),
            tls: None,
        },
        calling: title("DGSCOPE"),
        objects: objects.collect(),
        commit: false,
        there: Vec::new(),
    };
    station.node.send(request).expect("room");
    let mut results = Vec::new();
    loop {
        match next(&station.events) {
            NodeEvent::StoreProgress { object, .. } => results.push(object),
            NodeEvent::StoreDone { result, .. } => {
                let told = Told {
                    results,
                    end: result,
                };
                return (told, thread.join().expect("the script"));
            }
            _ => {}
        }
    }
}

fn succeed(called: &mut Called) {
    let asked = called.asked().expect("an object");
    called.answer(&asked, 0, &[], None);
}

/// What a peer does after it took the first object, and what the second is told. The third is not sent.
type Misdeed = (&'static str, fn(&mut Called), &'static str);

const MISDEEDS: &[Misdeed] = &[
    (
        "stalls",
        |called| {
            called.asked();
            called.stall();
        },
        "no answer in time",
    ),
    (
        "aborts",
        |called| {
            called.asked();
            called.peer.say(&pdu(7, &[0, 0, 2, 0]));
        },
        "aborted by the peer",
    ),
    (
        "closes",
        |called| {
            called.asked();
        },
        "connection",
    ),
    (
        "closes in the middle of its answer",
        |called| {
            let asked = called.asked().expect("an object");
            let answer = response(1, asked.message_id(), 0, &[], false);
            let bytes = data(asked.context, true, true, &answer);
            called.peer.say(&bytes[..bytes.len() - 4]);
        },
        "connection",
    ),
    (
        "stalls in the middle of its answer",
        |called| {
            let asked = called.asked().expect("an object");
            let answer = response(1, asked.message_id(), 0, &[], false);
            let bytes = data(asked.context, true, true, &answer);
            called.peer.say(&bytes[..bytes.len() - 4]);
            called.stall();
        },
        "no answer in time",
    ),
    (
        "releases",
        |called| {
            called.asked();
            called.peer.say(&pdu(5, &[0; 4]));
            called.peer.hear();
        },
        "released by the peer",
    ),
    (
        "answers another message",
        |called| {
            let asked = called.asked().expect("an object");
            let answer = response(1, 77, 0, &[], false);
            called.peer.say(&data(asked.context, true, true, &answer));
            called.stall();
        },
        "no response to our request",
    ),
    (
        "answers another question",
        |called| {
            let asked = called.asked().expect("an object");
            let answer = response(0x30, asked.message_id(), 0, &[], false);
            called.peer.say(&data(asked.context, true, true, &answer));
            called.stall();
        },
        "no response to our request",
    ),
    (
        "answers without a status",
        |called| {
            let asked = called.asked().expect("an object");
            let answer = super::scripted_peer::command(&[
                super::scripted_scp::us(0x0100, 0x8001),
                super::scripted_scp::us(0x0120, asked.message_id()),
                super::scripted_scp::us(0x0800, 0x0101),
            ]);
            called.peer.say(&data(asked.context, true, true, &answer));
            called.stall();
        },
        "no response to our request",
    ),
    (
        "asks while it is asked",
        |called| {
            let asked = called.asked().expect("an object");
            called
                .peer
                .say(&data(asked.context, true, true, &echo_request(9)));
            called.stall();
        },
        "no response to our request",
    ),
    (
        "talks nonsense",
        |called| {
            called.asked();
            called.peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            called.stall();
        },
        "PDU",
    ),
];

#[test]
fn what_was_answered_stays_sent_and_the_rest_has_its_reason() {
    for (what, misdeed, words) in MISDEEDS {
        let started = Instant::now();
        let (told, ()) = send_with(2000, move |mut called| {
            called.accept();
            succeed(&mut called);
            misdeed(&mut called);
        });
        use StoreOutcome::{Failed, Sent};
        assert_eq!(told.outcomes(), [Sent, Failed, Failed], "{what}");
        let report = told.end.expect("the peer was reached");
        assert_eq!((report.sent, report.failed), (1, 2), "{what}");
        let [_, second, third] = &told.results[..] else {
            panic!("{what}: three results");
        };
        assert!(second.reason.contains(words), "{what}: {}", second.reason);
        assert!(
            third.reason.contains("not sent"),
            "{what}: {}",
            third.reason
        );
        assert!(third.reason.contains(words), "{what}: {}", third.reason);
        assert!(started.elapsed() < Duration::from_secs(8), "{what}");
    }
}

/// What a peer does instead of agreeing, and the words of the failure.
const REFUSALS: &[(&str, fn(Called), &str)] = &[
    (
        "rejects",
        |mut c| c.peer.say(&pdu(3, &[0, 1, 1, 7])),
        "called AE title",
    ),
    (
        "rejects for now",
        |mut c| c.peer.say(&pdu(3, &[0, 2, 3, 2])),
        "limit",
    ),
    (
        "aborts",
        |mut c| c.peer.say(&pdu(7, &[0, 0, 0, 0])),
        "aborted by the peer",
    ),
    ("closes", drop, "closed the connection"),
    ("stalls", |mut c| c.stall(), "no answer in time"),
    (
        "accepts nothing",
        |mut c| {
            c.accept_nothing();
            c.stall();
        },
        "no presentation context",
    ),
    (
        "accepts what was not proposed",
        |mut c| {
            for context in &mut c.contexts {
                context.0 += 100;
            }
            c.accept();
            c.stall();
        },
        "not proposed",
    ),
];

#[test]
fn a_peer_that_does_not_agree_fails_every_object_in_words() {
    for (what, refusal, words) in REFUSALS {
        let started = Instant::now();
        let (told, ()) = send_with(2000, *refusal);
        let failure = told.end.expect_err(what);
        assert_eq!(failure.step, "association", "{what}: {failure}");
        assert!(failure.reason.contains(words), "{what}: {failure}");
        assert_eq!(told.results.len(), 3, "{what}");
        for result in &told.results {
            assert_eq!(result.outcome, StoreOutcome::Failed, "{what}");
            assert!(result.reason.contains(words), "{what}: {}", result.reason);
        }
        assert!(started.elapsed() < Duration::from_secs(8), "{what}");
    }
}

#[test]
fn every_status_has_words_and_none_stops_the_others() {
    let (told, ()) = send_with(2000, |mut called| {
        called.accept();
        for (status, comment) in [(0xA700, "disk full\x1b[31m"), (0x1234, ""), (0xB000, "")] {
            let asked = called.asked().expect("an object");
            let comment = element(0, 0x0902, comment.as_bytes());
            called.answer(&asked, status, &[comment], None);
        }
        assert!(called.asked().is_none(), "a release");
    });
    use StoreOutcome::{Failed, Warning};
    assert_eq!(told.outcomes(), [Failed, Failed, Warning]);
    let reason = |index: usize| told.results[index].reason.as_str();
    assert!(reason(0).starts_with("A700 "), "{}", reason(0));
    assert!(reason(0).ends_with("disk full[31m"), "{}", reason(0));
    assert!(reason(1).starts_with("1234 "), "{}", reason(1));
    assert_eq!(told.results[1].status, Some(0x1234));
}

#[test]
fn a_second_answer_to_one_object_does_not_count_for_the_next() {
    let (told, ()) = send_with(2000, |mut called| {
        called.accept();
        let asked = called.asked().expect("an object");
        called.answer(&asked, 0, &[], None);
        called.answer(&asked, 0, &[], None);
        called.stall();
    });
    use StoreOutcome::{Failed, Sent};
    assert_eq!(told.outcomes(), [Sent, Failed, Failed]);
}

#[test]
fn a_peer_that_stops_reading_is_left_in_time() {
    let started = Instant::now();
    let (told, ()) = send_with(16 << 20, |mut called| {
        called.accept();
        // Nothing is read: the caller gives up when the buffers between are full.
        std::thread::park_timeout(Duration::from_secs(4));
    });
    assert_eq!(told.outcomes(), [StoreOutcome::Failed; 3]);
    let reason = &told.results[0].reason;
    assert!(reason.contains("no answer in time"), "{reason}");
    assert!(started.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_refusal_in_the_middle_of_an_object_is_heard() {
    let (told, ()) = send_with(3 << 20, |mut called| {
        called.accept();
        let (_, first) = called.peer.hear().expect("the command");
        let context = first[4];
        called.peer.hear().expect("a piece of the data set");
        called.peer.say(&pdu(7, &[0, 0, 0, 0]));
        // The caller notices when it likes; the connection ends after what it had under way.
        called.stall();
        assert_eq!(context % 2, 1);
    });
    let reason = &told.results[0].reason;
    assert!(reason.contains("aborted by the peer"), "{reason}");
    assert_eq!(told.outcomes(), [StoreOutcome::Failed; 3]);
}
