//! Find, move and get at every level: our questions to dcmqrscp and Orthanc, and theirs (findscu, movescu, Orthanc) to us.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use dgscope::dicom::{DicomFile, ScanOptions, Tag, tags};
use dgscope::phantom::patient::Patient;
use serde_json::{Value, json};

use super::objects::{ARCHIVE, ARCHIVE_SERIES, archive};
use super::peers::{Dcmqrscp, Orthanc};
use super::program::{Running, dcmtk, free_address, objects_below, succeed};

/// A question: level, keys, and the UIDs of the matches.
struct Question {
    level: &'static str,
    keys: Vec<(&'static str, String)>,
    matches: BTreeSet<String>,
}

fn uids(found: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    found.into_iter().collect()
}

/// Questions at every level that every archive must answer alike.
fn questions() -> Vec<Question> {
    let studies = |wanted: &[usize]| uids(wanted.iter().map(|index| ARCHIVE[*index].study_uid()));
    let study = |key, value: &str, wanted: &[usize]| Question {
        level: "study",
        keys: vec![(key, value.to_owned())],
        matches: studies(wanted),
    };
    let list = format!("{}\\{}", ARCHIVE[0].study_uid(), ARCHIVE[2].study_uid());
    let patient: &Patient = &ARCHIVE[1];
    let in_study = ("StudyInstanceUID", patient.study_uid());
    let in_series = ("SeriesInstanceUID", patient.series_uid(2));
    vec![
        study("PatientName", "*", &[0, 1, 2]),
        study("PatientName", "PHANTOM*", &[0, 1]),
        study("PatientName", "OTHER^GAMMA", &[2]),
        study("PatientID", "ARCHIVE-2", &[1]),
        study("PatientID", "ARCHIVE-?", &[0, 1, 2]),
        study("StudyDate", "20250301-20250430", &[0, 1]),
        study("StudyDate", "20250415-", &[1, 2]),
        study("StudyDate", "20250301", &[0]),
        study("AccessionNumber", "AC-3", &[2]),
        study("StudyInstanceUID", &patient.study_uid(), &[1]),
        study("StudyInstanceUID", &list, &[0, 2]),
        study("PatientID", "NOBODY", &[]),
        Question {
            level: "series",
            keys: vec![in_study.clone()],
            matches: uids([1, 2].map(|series| patient.series_uid(series))),
        },
        Question {
            level: "series",
            keys: vec![in_study.clone(), ("Modality", "MR".to_owned())],
            matches: uids([patient.series_uid(2)]),
        },
        Question {
            level: "image",
            keys: vec![in_study.clone(), in_series.clone()],
            matches: uids([1, 2].map(|instance| patient.instance_uid(2, instance))),
        },
        Question {
            level: "image",
            keys: vec![in_study, in_series, ("InstanceNumber", "2".to_owned())],
            matches: uids([patient.instance_uid(2, 2)]),
        },
    ]
}

fn identity(level: &str) -> (&'static str, Tag) {
    match level {
        "study" => ("StudyInstanceUID", tags::STUDY_INSTANCE_UID),
        "series" => ("SeriesInstanceUID", tags::SERIES_INSTANCE_UID),
        _ => ("SOPInstanceUID", tags::SOP_INSTANCE_UID),
    }
}

/// Asks all questions with `dgscope find`.
fn ask_all(data_dir: &Path, peer: &str) {
    for question in questions() {
        let (_, tag) = identity(question.level);
        let keys: Vec<String> = question
            .keys
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let mut words = vec!["find", peer, "--level", question.level];
        words.extend(keys.iter().map(String::as_str));
        let answer = succeed(data_dir, &words);
        let key = format!("{:04X}{:04X}", tag.group(), tag.element());
        let rows = answer.as_array().expect("an array");
        let found = rows.iter().map(|row| {
            let uid = row[&key]["Value"][0].as_str();
            uid.unwrap_or_else(|| panic!("no {key} in {row}"))
                .to_owned()
        });
        assert_eq!(uids(found), question.matches, "{peer} {words:?}");
    }
}

/// A store that is served; `known` are nodes of its AE table.
struct Station {
    dir: tempfile::TempDir,
    served: Running,
}

impl Station {
    fn start(known: &[(&str, SocketAddr)], with_archive: bool) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let switches = ["services.find-scp=true", "services.move-scp=true"];
        succeed(dir.path(), &["settings", switches[0], switches[1]]);
        for (title, at) in known {
            let (host, port) = (at.ip().to_string(), at.port().to_string());
            succeed(dir.path(), &["peer", "add", title, title, &host, &port]);
        }
        if with_archive {
            let files = tempfile::tempdir().expect("a folder");
            archive(files.path());
            let folder = files.path().display().to_string();
            succeed(dir.path(), &["import", &folder]);
        }
        let served = Running::serve(dir.path(), &["--accept-unknown"]);
        Self { dir, served }
    }

    fn peer(&self) -> String {
        format!("DGSCOPE@{}", self.served.address)
    }

    /// Instances that it holds.
    fn kept(&self) -> BTreeSet<String> {
        let objects = objects_below(&self.dir.path().join("objects"));
        objects.into_keys().collect()
    }
}

fn fill(data_dir: &Path, peer: &str) {
    let files = tempfile::tempdir().expect("a folder");
    archive(files.path());
    let folder = files.path().display().to_string();
    let report = succeed(data_dir, &["send", peer, &folder]);
    let count = ARCHIVE.len() * ARCHIVE_SERIES.len() * 2;
    assert_eq!(report["sent"], count, "{report}");
}

/// Instances of the archive that belong to keys of these UIDs, growing: an instance, a series, a study.
fn portions() -> Vec<(&'static str, Vec<String>, usize)> {
    let study = |index: usize| format!("StudyInstanceUID={}", ARCHIVE[index].study_uid());
    let series = format!("SeriesInstanceUID={}", ARCHIVE[0].series_uid(2));
    let instance = format!("SOPInstanceUID={}", ARCHIVE[0].instance_uid(1, 1));
    let first = format!("SeriesInstanceUID={}", ARCHIVE[0].series_uid(1));
    vec![
        ("image", vec![study(0), first, instance], 1),
        ("series", vec![study(0), series], 2),
        ("study", vec![study(1)], 4),
    ]
}

/// Retrieves one portion after the other.
fn retrieve_all(station: &Station, peer: &str, further: &[&str]) {
    let mut total = 0;
    for (level, keys, count) in portions() {
        let mut words = vec!["retrieve", peer, "--level", level];
        words.extend(further);
        words.extend(keys.iter().map(String::as_str));
        let report = succeed(station.dir.path(), &words);
        assert_eq!(report["status"], "0000", "{peer} {words:?} {report}");
        assert_eq!(report["completed"], count, "{peer} {words:?} {report}");
        assert_eq!(report["kept"], count, "{peer} {words:?} {report}");
        total += count;
        assert_eq!(station.kept().len(), total, "{peer} {words:?}");
    }
}

#[test]
fn dcmqrscp_is_asked_moved_from_and_got_from() {
    let station = Station::start(&[], false);
    let Some(archive) = Dcmqrscp::start(&[("DGSCOPE", station.served.address)]) else {
        return;
    };
    let peer = archive.peer();
    fill(station.dir.path(), &peer);
    ask_all(station.dir.path(), &peer);
    retrieve_all(&station, &peer, &[]);
    let other = Station::start(&[], false);
    retrieve_all(&other, &peer, &["--get"]);
}

#[test]
fn orthanc_is_asked_moved_from_and_got_from() {
    let station = Station::start(&[], false);
    let Some(archive) = Orthanc::start(&[("DGSCOPE", station.served.address)]) else {
        return;
    };
    let peer = archive.peer();
    fill(station.dir.path(), &peer);
    ask_all(station.dir.path(), &peer);
    retrieve_all(&station, &peer, &[]);
    let other = Station::start(&[], false);
    retrieve_all(&other, &peer, &["--get"]);
}

#[test]
fn our_own_archive_is_asked_and_moved_from() {
    let archive = Station::start(&[], true);
    let station = Station::start(&[], false);
    ask_all(station.dir.path(), &archive.peer());
    let port = station.served.port();
    succeed(
        archive.dir.path(),
        &["peer", "add", "reader", "DGSCOPE", "127.0.0.1", &port],
    );
    retrieve_all(&station, &archive.peer(), &[]);
}

/// Asks us with findscu, which keeps each match as a file.
fn findscu(question: &Question, syntaxes: &str, port: &str) -> BTreeSet<String> {
    let mut command = dcmtk("findscu").expect("it was there before");
    let folder = tempfile::tempdir().expect("a folder");
    let (name, tag) = identity(question.level);
    let level = question.level.to_uppercase();
    command.args([syntaxes, "-S", "-X", "-aec", "DGSCOPE", "-k"]);
    command.arg(format!("QueryRetrieveLevel={level}"));
    if !question.keys.iter().any(|(key, _)| *key == name) {
        command.args(["-k", name]);
    }
    for (key, value) in &question.keys {
        command.arg("-k").arg(format!("{key}={value}"));
    }
    command.arg("-od").arg(folder.path());
    let output = command.args(["127.0.0.1", port]).output().expect("findscu");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let entries = std::fs::read_dir(folder.path()).expect("a folder");
    uids(entries.flatten().map(|entry| {
        let file = DicomFile::open(&entry.path(), &ScanOptions::INDEX).expect("a match");
        file.data_set.text(tag).expect("a unique key")
    }))
}

#[test]
fn findscu_asks_us_at_every_level() {
    if dcmtk("findscu").is_none() {
        return;
    }
    let station = Station::start(&[], true);
    let syntaxes = ["-xe", "-xb", "-xi"];
    for (number, question) in questions().iter().enumerate() {
        let found = findscu(question, syntaxes[number % 3], &station.served.port());
        assert_eq!(found, question.matches, "{:?}", question.keys);
    }
}

#[test]
fn movescu_moves_from_us_at_every_level_to_a_third_node() {
    let (Some(_), Some(storescp)) = (dcmtk("movescu"), dcmtk("storescp")) else {
        return;
    };
    let inbox = tempfile::tempdir().expect("a folder");
    let third = Running::storescp(storescp, inbox.path());
    let station = Station::start(&[("THIRD", third.address)], true);
    let mut total = 0;
    for ((level, keys, count), syntaxes) in portions().into_iter().zip(["-xe", "-xb", "-xi"]) {
        let mut command = dcmtk("movescu").expect("it was there before");
        command.args([
            syntaxes, "-S", "-v", "-aec", "DGSCOPE", "-aem", "THIRD", "-k",
        ]);
        command.arg(format!("QueryRetrieveLevel={}", level.to_uppercase()));
        for key in &keys {
            command.args(["-k", key]);
        }
        let output = command
            .args(["127.0.0.1", &station.served.port()])
            .output()
            .expect("movescu");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        total += count;
        assert_eq!(objects_below(inbox.path()).len(), total, "{level} {told}");
    }
    let mut unknown = dcmtk("movescu").expect("it was there before");
    let study = format!("StudyInstanceUID={}", ARCHIVE[0].study_uid());
    let output = unknown
        .args(["-S", "-v", "-aec", "DGSCOPE", "-aem", "NOWHERE", "-k"])
        .args(["QueryRetrieveLevel=STUDY", "-k", &study, "127.0.0.1"])
        .arg(station.served.port())
        .output()
        .expect("movescu");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("MoveDestinationUnknown"), "{told}");
}

/// The statement offers no C-GET to others; who asks hears that at once, and goes on.
#[test]
fn getscu_is_told_that_we_do_not_offer_it() {
    let Some(mut getscu) = dcmtk("getscu") else {
        return;
    };
    let station = Station::start(&[], true);
    let study = format!("StudyInstanceUID={}", ARCHIVE[0].study_uid());
    let output = getscu
        .args(["-S", "-aec", "DGSCOPE", "-k", "QueryRetrieveLevel=STUDY"])
        .args(["-k", &study, "127.0.0.1", &station.served.port()])
        .output()
        .expect("getscu");
    assert!(!output.status.success());
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("No adequate Presentation Contexts"), "{told}");
}

#[test]
fn orthanc_asks_us_and_retrieves_from_us() {
    let orthanc_at = free_address();
    let station = Station::start(&[("ORTHANC", orthanc_at)], true);
    let known = [("DGSCOPE", station.served.address)];
    let Some(orthanc) = Orthanc::start_at(orthanc_at, &known) else {
        return;
    };
    orthanc.ask("POST", "/modalities/dgscope/echo", &json!({}));
    let query = json!({"Level": "Study", "Query": {"PatientName": "PHANTOM*"}});
    let found = orthanc.ask("POST", "/modalities/dgscope/query", &query);
    let path = found["Path"].as_str().expect("a query").to_owned();
    let answers = orthanc.ask("GET", &format!("{path}/answers?expand"), &Value::Null);
    let studies = answers.as_array().expect("an array").iter();
    let studies = studies.map(|a| a["0020,000d"]["Value"].as_str().expect("a UID").to_owned());
    assert_eq!(
        uids(studies),
        uids([0, 1].map(|index: usize| ARCHIVE[index].study_uid()))
    );
    let order = json!({"TargetAet": "ORTHANC", "Synchronous": true, "Timeout": 60});
    orthanc.ask("POST", &format!("{path}/retrieve"), &order);
    let kept = orthanc.ask("GET", "/instances", &Value::Null);
    assert_eq!(kept.as_array().map(Vec::len), Some(8));
}
