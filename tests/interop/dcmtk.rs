//! DCMTK sends to us and receives from us; every byte of every data set is compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::program::{Running, dcmtk, dgscope, objects_below, part10, real_files};

#[test]
fn echoscu_is_answered_when_it_is_known() {
    let Some(mut stranger) = dcmtk("echoscu") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let served = Running::serve(dir.path(), &[]);
    let port = served.port();
    let call = ["-aec", "DGSCOPE", "-aet", "ECHOTEST", "127.0.0.1", &port];
    assert!(!stranger.args(call).status().expect("echoscu").success());
    let allowed = dgscope(dir.path())
        .args(["peer", "allow", "ECHOTEST"])
        .status()
        .expect("peer allow");
    assert!(allowed.success());
    let mut known = dcmtk("echoscu").expect("it was there before");
    assert!(known.args(call).status().expect("echoscu").success());
}

#[test]
fn what_we_send_arrives_at_storescp_bit_for_bit() {
    let (Some(storescp), Some(real)) = (dcmtk("storescp"), real_files()) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let inbox = tempfile::tempdir().expect("a folder");
    let receiver = Running::storescp(storescp, inbox.path());
    let peer = format!("STORESCP@127.0.0.1:{}", receiver.port());
    let mut sent = BTreeMap::new();
    let mut files = Vec::new();
    for file in part10_files(&real.join("ct-series")) {
        if let Some((instance, syntax, data_set)) = part10(&file) {
            sent.insert(instance, (syntax, data_set));
            files.push(file);
        }
    }
    let status = dgscope(dir.path())
        .arg("send")
        .arg(&peer)
        .args(&files)
        .status()
        .expect("send");
    assert!(status.success());
    let received = objects_below(inbox.path());
    assert_eq!(received.len(), sent.len());
    for (instance, object) in &sent {
        assert!(received.get(instance) == Some(object), "{instance} changed");
    }
}

/// Every file below `data/real` that dcmsend can send goes to us and to a storescp that keeps bytes as they come; both must
/// hold the same. Files that share a SOP Instance UID get a store each.
#[test]
fn what_dcmsend_sends_is_kept_bit_for_bit() {
    let (Some(_), Some(_), Some(real)) = (dcmtk("storescp"), dcmtk("dcmsend"), real_files()) else {
        return;
    };
    let mut rounds: Vec<Vec<PathBuf>> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for file in part10_files(&real) {
        let Some((instance, _, _)) = part10(&file) else {
            continue;
        };
        let count = seen.entry(instance).or_insert(0);
        if rounds.len() == *count {
            rounds.push(Vec::new());
        }
        rounds[*count].push(file);
        *count += 1;
    }
    let mut compared = 0;
    for files in rounds {
        compared += compare_round(&files);
    }
    eprintln!("{compared} objects compared");
    assert!(compared > 200, "only {compared} objects were compared");
}

/// Sends the files to both; how many objects were compared.
fn compare_round(files: &[PathBuf]) -> usize {
    let dir = tempfile::tempdir().expect("a folder");
    let inbox = tempfile::tempdir().expect("a folder");
    let served = Running::serve(dir.path(), &["--accept-unknown"]);
    let storescp = dcmtk("storescp").expect("it was there before");
    let reference = Running::storescp(storescp, inbox.path());
    let mut refused = Vec::new();
    // A file each: a peer that cannot send one of them must not keep the others back.
    for file in files {
        send_one(file, &reference.port(), "STORESCP");
        let told = send_one(file, &served.port(), "DGSCOPE");
        // Objects that contradict their file meta information or lack their UIDs are answered, not kept (Table 29).
        if told.contains("0xa800") || told.contains("0xa900") {
            refused.extend(part10(file).map(|(instance, _, _)| instance));
        }
    }
    let expected = objects_below(inbox.path());
    let kept = objects_below(&dir.path().join("objects"));
    for (instance, object) in &expected {
        if refused.contains(instance) {
            eprintln!("refused with a reason: {instance}");
            continue;
        }
        let ours = kept.get(instance);
        assert!(ours.is_some(), "{instance} was not kept");
        assert!(ours == Some(object), "{instance} changed");
    }
    expected.len().saturating_sub(refused.len())
}

/// Sends a file with dcmsend in its own syntax; what it told.
fn send_one(file: &Path, port: &str, title: &str) -> String {
    let mut dcmsend = dcmtk("dcmsend").expect("it was there before");
    let output = dcmsend
        .args(["-v", "-dn", "-nuc", "-nh", "-aec", title, "127.0.0.1", port])
        .arg(file)
        .output()
        .expect("dcmsend runs");
    let told = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&told).into_owned()
}

/// All files below a folder, in order.
fn part10_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
