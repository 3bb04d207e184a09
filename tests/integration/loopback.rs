//! A node with a store of its own on loopback, for tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use dgscope::dicom::{AeTitle, SopInstanceUid};
use dgscope::node::{ListenOptions, NodeEvent, NodeHandle, NodeRequest, Target};
use dgscope::store::{Access, Store};

use super::scripted_peer::{IMPLICIT, Peer, Request};

/// More than any healthy answer takes, less than any timer of the tests.
pub const PROMPT: Duration = Duration::from_secs(3);

/// A store with a listening node.
pub struct Station {
    pub dir: tempfile::TempDir,
    pub store: Store,
    pub node: NodeHandle,
    pub events: Receiver<NodeEvent>,
    pub address: SocketAddr,
}

impl Station {
    /// A node that listens on a free port, knows TESTER, and has these settings.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path()).expect("a new store");
        let owned: Vec<(String, String)> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        store.change_settings(&owned).expect("valid settings");
        let tester = Access {
            ae_title: title("TESTER"),
            host: None,
        };
        store.allow(&tester).expect("an access entry");
        let (sender, events) = channel();
        let report = Arc::new(move |event| {
            let _ = sender.send(event);
        });
        let node = NodeHandle::start(store.clone(), report).expect("a node");
        let options = ListenOptions {
            port: Some(0),
            ..ListenOptions::default()
        };
        node.send(NodeRequest::Listen(options)).expect("room");
        let address = loop {
            match next(&events) {
                NodeEvent::Listening { address, .. } => break address,
                NodeEvent::ListenFailed(reason) => panic!("{reason}"),
                _ => {}
            }
        };
        Self {
            dir,
            store,
            node,
            events,
            address,
        }
    }

    pub fn associate(&self) -> Peer {
        Peer::associate(self.address, &Request::default()).0
    }

    pub fn target(&self) -> Target {
        Target {
            ae_title: title("DGSCOPE"),
            host: self.address.ip().to_string(),
            port: self.address.port(),
            tls: None,
        }
    }

    /// Whether an object is visible.
    pub fn has(&self, instance: &str) -> bool {
        let uid = SopInstanceUid::parse(instance).expect("a UID");
        self.store.object_path(&uid).expect("an index").is_some()
    }

    /// The stored data set bytes of an object.
    pub fn stored(&self, instance: &str) -> Vec<u8> {
        let uid = SopInstanceUid::parse(instance).expect("a UID");
        let path = self.store.object_path(&uid).expect("an index");
        data_set(&std::fs::read(path.expect("the object")).expect("its file"))
    }

    /// Waits for how the next association ended.
    pub fn next_end(&self) -> String {
        loop {
            if let NodeEvent::Closed { how, .. } = next(&self.events) {
                return how;
            }
        }
    }
}

pub fn title(text: &str) -> AeTitle {
    AeTitle::try_from(text).expect("a title")
}

pub fn next(events: &Receiver<NodeEvent>) -> NodeEvent {
    events
        .recv_timeout(Duration::from_secs(20))
        .expect("an event")
}

/// What follows the meta group of a Part 10 file.
pub fn data_set(file: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(file[140..144].try_into().expect("a group length"));
    file[144 + length as usize..].to_vec()
}

pub fn part10(class: &str, instance: &str, set: &[u8]) -> Vec<u8> {
    let explicit = |number: u8, text: &[u8]| {
        let mut text = text.to_vec();
        text.resize(text.len() + text.len() % 2, 0);
        let length = u8::try_from(text.len()).expect("short");
        [&[2, 0, number, 0, b'U', b'I', length, 0][..], &text].concat()
    };
    let meta = [
        explicit(2, class.as_bytes()),
        explicit(3, instance.as_bytes()),
        explicit(0x10, IMPLICIT.as_bytes()),
    ]
    .concat();
    let length = u32::try_from(meta.len()).expect("short").to_le_bytes();
    let start = [
        &[0; 128][..],
        b"DICM",
        &[2, 0, 0, 0, b'U', b'L', 4, 0],
        &length,
    ]
    .concat();
    [&start[..], &meta, set].concat()
}

/// Stored, with or without the remark that a module is missing.
pub fn is_kept(status: u16) -> bool {
    matches!(status, 0x0000 | 0xB007)
}
