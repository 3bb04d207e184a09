//! The test of a peer (D2) on loopback: every way of being wrong has words and advice of its own, and what is right goes all the
//! way to an image that comes back.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use dgscope::dicom::query::Level;
use dgscope::engine::event::NodeState;
use dgscope::engine::{
    Command, Engine, EngineOptions, Event, Job, JobId, ListenOverrides, Outcome, PeerAddress,
};
use dgscope::phantom::demonstration;
use dgscope::store::{Access, Peer};
use serde_json::Value;

use super::loopback::{Station, title};

const PATIENCE: Duration = Duration::from_secs(60);

/// Our side: an engine that receives on a free port.
struct Us {
    engine: Engine,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Us {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = EngineOptions {
            data_dir: folder.path().join("store"),
            server: true,
            run_node: true,
            listen: ListenOverrides {
                port: Some(0),
                accept_unknown: true,
                ..ListenOverrides::default()
            },
            ..EngineOptions::default()
        };
        let engine = Engine::start(options, Box::new(|| ())).expect("an engine");
        let address = wait(&engine, |event| match event {
            Event::NodeState(NodeState::Listening { address, .. }) => Some(*address),
            _ => None,
        });
        let short = [("timers.negotiation".to_owned(), "1".to_owned())];
        assert!(engine.send(Command::ChangeSettings(short.to_vec())));
        wait(&engine, |event| {
            matches!(event, Event::Settings(_)).then_some(())
        });
        Self {
            engine,
            address,
            _folder: folder,
        }
    }

    fn test(&self, called: &str, host: &str, port: u16) -> Outcome {
        let peer = PeerAddress::Explicit {
            ae_title: title(called),
            host: host.into(),
            port,
            tls: false,
        };
        let job = Job::TestPeer { peer };
        assert!(self.engine.send(Command::Start(JobId(1), job)));
        wait(&self.engine, |event| match event {
            Event::JobFinished(JobId(1), outcome) => Some(outcome.clone()),
            _ => None,
        })
    }

    fn objects(&self) -> usize {
        let query = Command::QueryStore {
            level: Level::Image,
            keys: Vec::new(),
            limit: 99,
        };
        assert!(self.engine.send(query));
        wait(&self.engine, |event| match event {
            Event::StoreMatches(rows) => Some(rows.len()),
            _ => None,
        })
    }
}

fn wait<T>(engine: &Engine, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let event = engine.next().expect("a running engine");
        if let Some(found) = pick(&event) {
            return found;
        }
    }
    panic!("it never came");
}

fn steps(outcome: &Outcome) -> Vec<(String, bool)> {
    let steps = outcome.json["steps"].as_array().expect("steps");
    let step = |step: &Value| {
        let name = step["step"].as_str().expect("a name").to_owned();
        assert!(step["ms"].as_f64().expect("a time") >= 0.0);
        (name, step["ok"] == true)
    };
    steps.iter().map(step).collect()
}

/// The step that failed, its words and its advice.
fn failed(outcome: &Outcome) -> (String, String, String) {
    assert!(outcome.result.is_err(), "{}", outcome.message);
    let steps = outcome.json["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["ok"] == false);
    let step = step.expect("a failed step");
    let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    (word("step"), word("words"), word("advice"))
}

#[test]
fn each_failure_is_another_one_and_says_who_mends_it() {
    let us = Us::start();
    let archive = Station::start(&[]);
    let port = archive.address.port();

    let (step, _, advice) = failed(&us.test("DGSCOPE", "no.such.host.invalid", port));
    assert_eq!((step.as_str(), advice.as_str()), ("look-up", "check-name"));

    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("an address").port()
    };
    let (step, words, advice) = failed(&us.test("DGSCOPE", "127.0.0.1", closed));
    assert_eq!((step.as_str(), advice.as_str()), ("connect", "check-port"));
    assert!(words.contains("refused"), "{words}");

    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = silent.local_addr().map(|a| (a.port(), silent));
    let (port_of_silent, _listener) = silent.expect("an address");
    let (step, _, advice) = failed(&us.test("DGSCOPE", "127.0.0.1", port_of_silent));
    assert_eq!(
        (step.as_str(), advice.as_str()),
        ("association", "check-protocol")
    );

    let stranger = us.test("DGSCOPE", "127.0.0.1", port);
    let (step, words, advice) = failed(&stranger);
    assert_eq!(
        (step.as_str(), advice.as_str()),
        ("association", "register-us")
    );
    assert!(words.contains("calling AE title not recognized"), "{words}");
    let ours = &stranger.json["register"];
    assert_eq!(ours["ae_title"], "DGSCOPE");
    assert_eq!(ours["host"], "127.0.0.1");
    assert_eq!(ours["port"], us.address.port());

    let known = Access {
        ae_title: title("DGSCOPE"),
        host: None,
    };
    archive.store.allow(&known).expect("allowed");
    let (step, _, advice) = failed(&us.test("OTHER", "127.0.0.1", port));
    assert_eq!(
        (step.as_str(), advice.as_str()),
        ("association", "check-title")
    );
}

#[test]
fn a_peer_that_is_right_is_tested_to_an_image_that_comes_back() {
    let us = Us::start();
    let archive = Station::start(&[
        ("network.accept-unknown", "true"),
        ("services.find-scp", "true"),
        ("services.move-scp", "true"),
    ]);
    let folder = tempfile::tempdir().expect("a folder");
    for phantom in demonstration().into_iter().take(2) {
        std::fs::write(folder.path().join(phantom.file_name()), phantom.file()).expect("a file");
    }
    let mut sender = us.engine.send(Command::Start(
        JobId(7),
        Job::Send {
            peer: PeerAddress::Explicit {
                ae_title: title("DGSCOPE"),
                host: "127.0.0.1".into(),
                port: archive.address.port(),
                tls: false,
            },
            what: dgscope::engine::SendSource::Paths(vec![folder.path().to_owned()]),
            calling: None,
            commit: false,
        },
    ));
    sender &= wait(&us.engine, |event| match event {
        Event::JobFinished(JobId(7), outcome) => Some(outcome.result.is_ok()),
        _ => None,
    });
    assert!(sender, "the archive has two objects");

    // It does not know yet where we are.
    let port = archive.address.port();
    let unknown = us.test("DGSCOPE", "127.0.0.1", port);
    let (step, words, advice) = failed(&unknown);
    assert_eq!((step.as_str(), advice.as_str()), ("move", "register-us"));
    assert!(words.contains("A801"), "{words}");

    let entry = Peer::new(
        "us",
        title("DGSCOPE"),
        "127.0.0.1",
        us.address.port(),
        &["store"],
    );
    archive.store.save_peer(&entry).expect("a peer");
    let well = us.test("DGSCOPE", "127.0.0.1", port);
    assert!(well.result.is_ok(), "{:?}", well.details);
    let names = ["look-up", "connect", "association", "echo", "find", "move"];
    assert_eq!(steps(&well), names.map(|name| (name.to_owned(), true)));
    let contexts = well.json["contexts"].as_array().expect("contexts");
    assert!(contexts.len() > 30);
    assert!(contexts.iter().filter(|c| c["accepted"] == true).count() > 30);
    assert_eq!(
        us.objects(),
        0,
        "what came because of the test is gone again"
    );
}
