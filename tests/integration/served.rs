//! `dgscope serve` as a process: killed at any instant, watched by strace, measured while large objects arrive.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use dgscope::dicom::StudyInstanceUid;
use dgscope::store::Store;

use super::loopback::{data_set, is_kept};
use super::running::Running;
use super::scripted_peer::{Peer, RAW_DATA, Request, data, element, object, status, store_request};

/// What a sender did with one object.
enum Deed {
    /// It is about to be sent.
    Sending(String, usize),
    /// It was answered with success.
    Acknowledged(String),
}

/// Stores objects until the node is gone.
fn send_until_killed(address: SocketAddr, prefix: &str, deeds: &Sender<Deed>) {
    let mut peer = Peer::connect(address);
    peer.say(&Request::default().bytes());
    if !matches!(peer.hear(), Some((2, _))) {
        return;
    }
    for index in 0.. {
        let instance = format!("{prefix}.{index}");
        let ballast = [100, 5_000, 60_000, 400_000][index % 4];
        let told = deeds.send(Deed::Sending(instance.clone(), ballast));
        assert!(told.is_ok(), "the test listens to the end");
        let set = object(RAW_DATA, &instance, ballast);
        peer.say(&data(3, true, true, &store_request(1, RAW_DATA, &instance)));
        let count = set.chunks(50_000).count();
        for (number, part) in set.chunks(50_000).enumerate() {
            peer.say(&data(3, false, number + 1 == count, part));
        }
        match peer.hear() {
            Some((4, body)) if is_kept(status(&body[6..])) => {
                assert!(deeds.send(Deed::Acknowledged(instance)).is_ok());
            }
            Some(other) => panic!("neither stored nor killed: {other:?}"),
            None => return,
        }
    }
}

#[test]
fn kill_9_loses_nothing_acknowledged_and_shows_nothing_half() {
    let rounds = std::env::var("DGSCOPE_KILL_ROUNDS").map_or(20, |text| {
        text.parse().expect("DGSCOPE_KILL_ROUNDS is a number")
    });
    let dir = tempfile::tempdir().expect("a folder");
    let mut sent = BTreeMap::new();
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        let served = Running::serve(dir.path(), &["--accept-unknown"]);
        let (sender, deeds) = channel();
        let senders: Vec<_> = (0..8)
            .map(|association| {
                let (sender, address) = (sender.clone(), served.address);
                std::thread::spawn(move || {
                    let prefix = format!("1.2.3.{round}.{association}");
                    send_until_killed(address, &prefix, &sender);
                })
            })
            .collect();
        drop(sender);
        // Another instant each time, from the first handshake to the middle of everything.
        std::thread::sleep(Duration::from_millis(30 + 37 * (round * 7 % 11)));
        drop(served);
        for sender in senders {
            sender.join().expect("a sender");
        }
        for deed in deeds {
            match deed {
                Deed::Sending(instance, ballast) => {
                    sent.insert(instance, ballast);
                }
                Deed::Acknowledged(instance) => acknowledged.push(instance),
            }
        }
    }
    assert!(!acknowledged.is_empty(), "nothing was ever acknowledged");
    let store = Store::open(dir.path()).expect("a store that recovers");
    let study = StudyInstanceUid::parse("1.2.3.100").expect("a UID");
    let rows = store.instances_of_study(&study).expect("an index");
    let mut visible = BTreeMap::new();
    for row in rows {
        visible.insert(row.sop_instance_uid.to_string(), row.path);
    }
    for instance in &acknowledged {
        assert!(
            visible.contains_key(instance),
            "{instance} was acknowledged and is gone"
        );
    }
    for (instance, path) in &visible {
        let ballast = sent.get(instance).expect("only what was sent is visible");
        let kept = data_set(&std::fs::read(path).expect("its file"));
        assert!(
            kept == object(RAW_DATA, instance, *ballast),
            "{instance} is not whole"
        );
    }
    eprintln!(
        "{rounds} kills: {} sent, {} acknowledged, {} visible",
        sent.len(),
        acknowledged.len(),
        visible.len()
    );
}

#[test]
fn large_objects_stream_in_bounded_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    let served = Running::serve(dir.path(), &["--accept-unknown"]);
    let (mut peer, _) = Peer::associate(served.address, &Request::default());
    let ballast = vec![0x5a; 1 << 20];
    for number in 0..3 {
        let instance = format!("1.2.3.4.{number}");
        let mut set = object(RAW_DATA, &instance, 0);
        set.truncate(set.len() - 8);
        let length = 40u32 << 20;
        let mut head = element(0x0042, 0x0011, &[])[..4].to_vec();
        head.extend_from_slice(&length.to_le_bytes());
        set.extend(head);
        peer.say(&data(3, true, true, &store_request(1, RAW_DATA, &instance)));
        peer.say(&data(3, false, false, &set));
        for block in 0..40 {
            for (index, part) in ballast.chunks(1 << 17 >> 1).enumerate() {
                let is_last = block == 39 && index == 15;
                peer.say(&data(3, false, is_last, part));
            }
        }
        assert!(is_kept(status(&peer.response())));
    }
    let path = format!("/proc/{}/status", served.child.id());
    let Ok(report) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: this system has no /proc");
        return;
    };
    let peak_kib: u64 = report
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .expect("a peak resident set");
    eprintln!("peak resident set {} MiB", peak_kib / 1024);
    assert!(peak_kib <= 64 * 1024, "{peak_kib} KiB");
    peer.release();
}

#[test]
fn the_reply_leaves_after_digest_and_sync() {
    let strace = Path::new("/usr/bin/strace");
    if !strace.exists() {
        eprintln!("SKIPPED: strace is absent");
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let trace = dir.path().join("trace");
    let mut command = Command::new(strace);
    command
        .args([
            "-f",
            "-y",
            "-e",
            "trace=pwrite64,fdatasync,sendto,write,writev",
            "-o",
        ])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_dgscope"))
        .arg("--data-dir")
        .arg(dir.path().join("store"))
        .args(["serve", "--bind", "127.0.0.1", "--port", "0"])
        .arg("--accept-unknown")
        .stderr(Stdio::null());
    let mut served = Running::listening(command);
    let (mut peer, _) = Peer::associate(served.address, &Request::default());
    let set = object(RAW_DATA, "1.2.3.1", 400_000);
    let request = store_request(1, RAW_DATA, "1.2.3.1");
    assert!(is_kept(peer.store(3, &request, &set, 60_000)));
    peer.release();
    // The tracer writes its lines when the calls return; the one for the release reply follows those we look for.
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let text = std::fs::read_to_string(&trace).expect("a trace");
        let lines: Vec<&str> = text.lines().collect();
        let is_object = |line: &str| line.contains("/objects/");
        let is_reply = |line: &str| line.contains("TCP:") || line.contains("socket:");
        let last = |found: &dyn Fn(&str) -> bool| lines.iter().rposition(|line| found(line));
        let digest = last(&|line| line.contains("pwrite64(") && is_object(line));
        let sync = last(&|line| line.contains("fdatasync(") && is_object(line));
        let replies: Vec<usize> = (0..lines.len())
            .filter(|at| is_reply(lines[*at]) && !lines[*at].contains("resumed"))
            .collect();
        if let (Some(digest), Some(sync), true) = (digest, sync, replies.len() >= 3) {
            // The answers to association and release, and the response between them.
            let response = replies[replies.len() - 2];
            assert!(digest < sync, "the digest is written before the sync");
            assert!(sync < response, "the sync comes before the response");
            break;
        }
        assert!(Instant::now() < deadline, "no such calls:\n{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
    // The tracer ends with the program; killed itself, it would leave the program running.
    let holder = dgscope::store::holder(&dir.path().join("store")).expect("a served store");
    let pid = holder
        .strip_prefix("pid ")
        .and_then(|text| text.split(',').next())
        .and_then(|number| number.parse().ok())
        .and_then(rustix::process::Pid::from_raw)
        .unwrap_or_else(|| panic!("no process: {holder:?}"));
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("a running program");
    served.child.wait().expect("the end of the tracer");
}
