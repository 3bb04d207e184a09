//! The durable send queue on loopback: what is answered is done, what is not is sent again, over restarts and with peers that
//! refuse, die in the middle or are not there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use dgscope::engine::{
    Command, Engine, EngineOptions, Event, Job, JobId, SendDecision, SendJobRow, SendNews,
    SendState,
};
use dgscope::phantom::{Phantom, demonstration};
use dgscope::store::{Peer, Store};

use super::loopback::{Station, title};
use super::scripted_scp::{self, number};

const PATIENCE: Duration = Duration::from_secs(60);
const STORE: u16 = 0x0001;

/// The sending side: an engine on a store of its own.
struct Sender {
    engine: Option<Engine>,
    folder: tempfile::TempDir,
}

impl Sender {
    /// A station with objects, and a peer ARCHIVE at this port.
    fn with(objects: &[Phantom], port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("files");
        std::fs::create_dir_all(&files).expect("a folder");
        for phantom in objects {
            std::fs::write(files.join(phantom.file_name()), phantom.file()).expect("a file");
        }
        let mut sender = Self {
            engine: None,
            folder,
        };
        sender.start();
        let import = Job::Import {
            paths: vec![files],
            link: false,
        };
        sender.send(Command::Start(JobId(1), import));
        sender
            .wait("the import", |event| match event {
                Event::JobFinished(JobId(1), outcome) => Some(outcome.result.clone()),
                _ => None,
            })
            .expect("imported");
        sender.move_archive(port);
        sender
    }

    fn data_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("store")
    }

    fn start(&mut self) {
        let options = EngineOptions {
            data_dir: self.data_dir(),
            server: true,
            ..EngineOptions::default()
        };
        self.engine = Some(Engine::start(options, Box::new(|| ())).expect("an engine"));
    }

    fn stop(&mut self) {
        self.engine.take().expect("a running engine").shutdown();
    }

    fn send(&self, command: Command) {
        let engine = self.engine.as_ref().expect("a running engine");
        assert!(engine.send(command), "the engine takes commands");
    }

    fn move_archive(&self, port: u16) {
        let peer = Peer::new("archive", title("DGSCOPE"), "127.0.0.1", port, &["store"]);
        self.send(Command::SavePeer(peer));
    }

    fn queue(&self, commit: bool) {
        self.send(Command::QueueSend {
            peer: "archive".into(),
            keys: vec![("StudyInstanceUID".into(), String::new())],
            commit,
        });
    }

    fn wait<T>(&self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let engine = self.engine.as_ref().expect("a running engine");
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let event = engine.next().expect("a running engine");
            if let Some(found) = pick(&event) {
                return found;
            }
        }
        panic!("never came: {what}");
    }

    /// Waits until the one job of the queue is as wished.
    fn job(&self, what: &str, wished: impl Fn(&SendJobRow) -> bool) -> SendJobRow {
        self.wait(what, |event| match event {
            Event::Send(SendNews::Jobs(jobs)) => jobs.iter().find(|job| wished(job)).cloned(),
            _ => None,
        })
    }

    fn states(&self, job: i64) -> Vec<(SendState, String)> {
        self.send(Command::ListSendObjects(job));
        self.wait("the objects", |event| match event {
            Event::Send(SendNews::Objects(of, rows)) if *of == job => Some(
                rows.iter()
                    .map(|row| (row.state, row.words.clone()))
                    .collect(),
            ),
            _ => None,
        })
    }
}

fn phantoms(count: usize) -> Vec<Phantom> {
    demonstration().into_iter().take(count).collect()
}

fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Objects of a store by file digest, to compare what arrived with what was sent.
fn contents(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let store = Store::open(store).expect("a store");
    let rows = store.query(dgscope::dicom::query::Level::Image, &[], u64::MAX);
    rows.expect("rows")
        .into_iter()
        .map(|row| {
            let bytes = std::fs::read(row.path.clone().expect("a path")).expect("a file");
            let uid = row.text(dgscope::dicom::tags::SOP_INSTANCE_UID).to_owned();
            (uid, super::loopback::data_set(&bytes))
        })
        .collect()
}

#[test]
fn everything_arrives_byte_for_byte_and_is_committed() {
    let archive = Station::start(&[("network.accept-unknown", "true")]);
    let sender = Sender::with(&phantoms(5), archive.address.port());
    sender.queue(true);
    let done = sender.job("the end", |job| job.ended_ms.is_some());
    assert_eq!(
        (done.counts.sent + done.counts.warning, done.counts.failed),
        (5, 0)
    );
    assert_eq!((done.counts.owed, done.counts.uncommitted), (0, 0));
    let store = archive.dir.path().to_owned();
    archive.node.shutdown();
    archive.store.close().expect("closed");
    assert_eq!(contents(&store), contents(&sender.data_dir()));
}

#[test]
fn a_peer_that_is_not_there_is_tried_again_and_a_person_can_speed_it_up() {
    let sender = Sender::with(&phantoms(2), closed_port());
    sender.queue(false);
    let waiting = sender.job("a failed attempt", |job| job.attempts == 1);
    assert!(waiting.words.starts_with("connect:"), "{}", waiting.words);
    assert_eq!(waiting.counts.waiting, 2);
    assert!(waiting.ended_ms.is_none());
    let archive = Station::start(&[("network.accept-unknown", "true")]);
    sender.move_archive(archive.address.port());
    sender.send(Command::DecideSend(waiting.id, SendDecision::Resume));
    let done = sender.job("the end", |job| job.ended_ms.is_some());
    assert!(!done.has_failed(), "{done:?}");
}

#[test]
fn a_peer_that_dies_in_the_middle_gets_the_rest_after_a_restart_of_ours() {
    // It answers two objects, takes the third and hangs up without a word.
    let (address, thread) = scripted_scp::serve(|mut called| {
        called.accept();
        let mut answered = Vec::new();
        for _ in 0..2 {
            let asked = called.asked().expect("an object");
            assert_eq!(asked.field(), STORE);
            called.answer(&asked, 0, &[], None);
            answered.push(number(&asked.command, 0x0110));
        }
        called.asked().expect("a third object");
        answered.len()
    });
    let mut sender = Sender::with(&phantoms(5), address.port());
    sender.queue(false);
    let half = sender.job("a failed attempt", |job| job.attempts > 0);
    assert_eq!(thread.join().expect("the peer"), 2);
    assert_eq!((half.counts.sent, half.counts.waiting), (2, 3), "{half:?}");
    assert!(half.ended_ms.is_none(), "not done before every answer");
    sender.stop();

    sender.start();
    let kept = sender.job("the job of before", |_| true);
    assert_eq!((kept.counts.sent, kept.counts.waiting), (2, 3));
    let archive = Station::start(&[("network.accept-unknown", "true")]);
    sender.move_archive(archive.address.port());
    sender.send(Command::DecideSend(kept.id, SendDecision::Resume));
    let done = sender.job("the end", |job| job.ended_ms.is_some());
    assert_eq!((done.counts.sent, done.counts.failed), (5, 0));
    let arrived = archive
        .store
        .query(dgscope::dicom::query::Level::Image, &[], 99);
    assert_eq!(
        arrived.expect("rows").len(),
        3,
        "only what was not answered"
    );
}

#[test]
fn refused_objects_fail_in_words_and_only_they_are_sent_again() {
    // C000 for the first, success for the others.
    let (address, thread) = scripted_scp::serve(|mut called| {
        called.accept();
        let mut count = 0;
        while let Some(asked) = called.asked() {
            called.answer(&asked, if count == 0 { 0xC000 } else { 0 }, &[], None);
            count += 1;
        }
        count
    });
    let sender = Sender::with(&phantoms(3), address.port());
    sender.queue(false);
    let ended = sender.job("the end", |job| job.ended_ms.is_some());
    assert_eq!(thread.join().expect("the peer"), 3);
    assert_eq!((ended.counts.sent, ended.counts.failed), (2, 1));
    let states = sender.states(ended.id);
    assert_eq!(
        states[0].0,
        SendState::Failed,
        "what needs attention is first"
    );
    assert!(states[0].1.contains("C000"), "{}", states[0].1);

    let (address, thread) = scripted_scp::serve(|mut called| {
        called.accept();
        let mut count = 0;
        while let Some(asked) = called.asked() {
            called.answer(&asked, 0, &[], None);
            count += 1;
        }
        count
    });
    sender.move_archive(address.port());
    sender.send(Command::DecideSend(ended.id, SendDecision::Retry));
    let done = sender.job("the second end", |job| {
        job.ended_ms.is_some() && job.counts.failed == 0
    });
    assert_eq!(
        thread.join().expect("the peer"),
        1,
        "retry sends the failed one only"
    );
    assert_eq!(done.counts.sent, 3);
}

#[test]
fn a_paused_job_stops_between_objects_and_goes_on_where_it_was() {
    // The peer answers one object, then waits until the association ends.
    let (address, thread) = scripted_scp::serve(|mut called| {
        called.accept();
        let asked = called.asked().expect("an object");
        called.answer(&asked, 0, &[], None);
        called.asked();
        called.asked().is_none()
    });
    let sender = Sender::with(&phantoms(4), address.port());
    sender.queue(false);
    let running = sender.job("the first answer", |job| job.counts.sent == 1);
    sender.send(Command::DecideSend(running.id, SendDecision::Pause));
    assert!(thread.join().expect("the peer"));
    let paused = sender.job("the pause", |job| job.paused);
    assert_eq!((paused.counts.sent, paused.counts.waiting), (1, 3));
    let archive = Station::start(&[("network.accept-unknown", "true")]);
    sender.move_archive(archive.address.port());
    sender.send(Command::DecideSend(running.id, SendDecision::Resume));
    let done = sender.job("the end", |job| job.ended_ms.is_some());
    assert_eq!(done.counts.sent, 4);
}

#[test]
fn a_deleted_object_fails_with_its_reason_and_the_others_go() {
    let sender = Sender::with(&phantoms(2), closed_port());
    sender.queue(false);
    sender.job("a failed attempt", |job| job.attempts == 1);
    let uid = contents(&sender.data_dir()).into_keys().next();
    let keys = vec![("SOPInstanceUID".to_owned(), uid.expect("an object"))];
    sender.send(Command::Start(JobId(2), Job::Delete { keys }));
    sender.wait("the deletion", |event| match event {
        Event::JobFinished(JobId(2), outcome) => Some(outcome.result.clone().expect("deleted")),
        _ => None,
    });
    let archive = Station::start(&[("network.accept-unknown", "true")]);
    sender.move_archive(archive.address.port());
    sender.send(Command::ListSends);
    let job = sender.job("the job", |_| true);
    sender.send(Command::DecideSend(job.id, SendDecision::Resume));
    let done = sender.job("the end", |job| job.ended_ms.is_some());
    assert_eq!((done.counts.sent, done.counts.failed), (1, 1));
    let states = sender.states(job.id);
    assert_eq!(
        states[0],
        (SendState::Failed, "no longer in the store".to_owned())
    );
}

#[test]
fn nothing_matching_is_refused_at_once() {
    let sender = Sender::with(&phantoms(1), 104);
    let keys = vec![("StudyInstanceUID".to_owned(), "1.2.3".to_owned())];
    let peer = "archive".to_owned();
    sender.send(Command::QueueSend {
        peer,
        keys,
        commit: false,
    });
    let refused = sender.wait("a refusal", |event| match event {
        Event::Refused(failure) => Some(failure.message.clone()),
        _ => None,
    });
    assert!(refused.contains("nothing matches"), "{refused}");
}
