//! DCMTK sends to us and receives from us; every byte of every data set is compared.

use std::collections::{BTreeMap, BTreeSet};
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

/// Files whose command contradicts what was negotiated or has no identity: with which status and why they are not kept, and
/// nothing else may be. (dcmsend negotiates by the meta information and sends the UIDs of the data set.)
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm",
        "0xa800",
        MIXED_CLASSES,
    ),
    (
        "CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm",
        "0xa800",
        MIXED_CLASSES,
    ),
    (
        "CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm",
        "0xa800",
        MIXED_CLASSES,
    ),
    ("explicit_VR-UN.dcm", "0xa800", MIXED_CLASSES),
    ("rtdose_rle.dcm", "0xa800", MIXED_CLASSES),
    ("rtdose_rle_1frame.dcm", "0xa800", MIXED_CLASSES),
    (
        "bad_sequence.dcm",
        "0xa900",
        "its SOP Instance UID is 64 hexadecimal digits, no UID",
    ),
];
const MIXED_CLASSES: &str = "its meta information names another SOP class than its data set";

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
    let mut refused = BTreeSet::new();
    for files in rounds {
        compared += compare_round(&files, &mut refused);
    }
    eprintln!("{compared} objects compared, {} refused", refused.len());
    let expected: BTreeSet<String> = REFUSED.iter().map(|(name, ..)| (*name).into()).collect();
    assert_eq!(refused, expected, "refused, and may be refused");
    assert!(compared > 250, "only {compared} objects were compared");
}

/// Sends the files to both; how many objects were compared. The names of those that we refused are added to `refused`.
fn compare_round(files: &[PathBuf], refused: &mut BTreeSet<String>) -> usize {
    let dir = tempfile::tempdir().expect("a folder");
    let inbox = tempfile::tempdir().expect("a folder");
    let served = Running::serve(dir.path(), &["--accept-unknown"]);
    let storescp = dcmtk("storescp").expect("it was there before");
    let reference = Running::storescp(storescp, inbox.path());
    let mut not_kept = Vec::new();
    // A file each: a peer that cannot send one of them must not keep the others back.
    for file in files {
        send_one(file, &reference.port(), "STORESCP");
        let told = send_one(file, &served.port(), "DGSCOPE");
        let Some(status) = refusal(&told) else {
            continue;
        };
        let name = file.file_name().expect("a file").to_string_lossy();
        let known = REFUSED.iter().find(|(known, ..)| *known == name);
        let (_, expected, reason) = known.unwrap_or_else(|| panic!("{name} refused: {status}"));
        assert_eq!(&status, expected, "{name}");
        eprintln!("{name} was refused with {status}: {reason}");
        refused.insert(name.into_owned());
        not_kept.extend(told_value(&told, "Affected SOP Instance UID"));
    }
    let expected = objects_below(inbox.path());
    let kept = objects_below(&dir.path().join("objects"));
    let mut compared = 0;
    for (instance, object) in &expected {
        if let Some(ours) = kept.get(instance) {
            assert!(ours == object, "{instance} changed");
            compared += 1;
        } else {
            assert!(not_kept.contains(instance), "{instance} was not kept");
        }
    }
    compared
}

/// The status with which an object was refused, if it was.
fn refusal(told: &str) -> Option<String> {
    let status = told_value(told, "DIMSE Status")?;
    (status != "0x0000" && !status.starts_with("0xb")).then_some(status)
}

/// The first word after `name :` in what `dcmsend -d` tells.
fn told_value(told: &str, name: &str) -> Option<String> {
    let rest = told.split(name).nth(1)?.trim_start_matches([' ', ':']);
    let word = rest.split([' ', '\n', ':']).next()?;
    Some(word.to_owned())
}

/// Sends a file with dcmsend in its own syntax; what it told.
fn send_one(file: &Path, port: &str, title: &str) -> String {
    let mut dcmsend = dcmtk("dcmsend").expect("it was there before");
    let output = dcmsend
        .args(["-d", "-dn", "-nuc", "-nh", "-aec", title, "127.0.0.1", port])
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
