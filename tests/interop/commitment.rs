//! Storage commitment with Orthanc: it asks us and we ask it (PS3.4 Annex J). Reports go out on associations of their own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::objects::{ARCHIVE, ARCHIVE_SERIES, archive};
use super::peers::Orthanc;
use super::program::{Running, free_address, succeed};

fn know(data_dir: &Path, port: u16) {
    let port = port.to_string();
    let words = [
        "peer",
        "add",
        "orthanc",
        "ORTHANC",
        "127.0.0.1",
        &port,
        "--allow",
    ];
    succeed(data_dir, &words);
}

fn class_and_instance(instance: u32) -> [String; 2] {
    let (_, class) = ARCHIVE_SERIES[0];
    [class.to_owned(), ARCHIVE[0].instance_uid(1, instance)]
}

/// Asks us by Orthanc for the commitment of instances; where its outcome will be.
fn ask(orthanc: &Orthanc, items: &[[String; 2]]) -> String {
    let request = json!({"DicomInstances": items, "Timeout": 20});
    let told = orthanc.ask("POST", "/modalities/dgscope/storage-commitment", &request);
    told["Path"].as_str().expect("a transaction").to_owned()
}

fn outcome(orthanc: &Orthanc, path: &str) -> Value {
    orthanc.await_answer(path, |answer| answer["Status"] != "Pending")
}

/// A served store with the archive in it, and an Orthanc that know each other.
fn world() -> Option<(tempfile::TempDir, Running, Orthanc)> {
    let dir = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    archive(files.path());
    succeed(dir.path(), &["import", &files.path().display().to_string()]);
    let orthanc_at = free_address();
    know(dir.path(), orthanc_at.port());
    let served = Running::serve(dir.path(), &[]);
    let orthanc = Orthanc::start_at(orthanc_at, &[("DGSCOPE", served.address)])?;
    Some((dir, served, orthanc))
}

/// The file of an instance.
fn path_of(data_dir: &Path, instance: &str) -> PathBuf {
    let key = format!("SOPInstanceUID={instance}");
    let rows = succeed(data_dir, &["list", "instances", &key]);
    PathBuf::from(rows[0]["path"].as_str().expect("a path"))
}

#[test]
fn orthanc_hears_what_is_safe_damaged_deleted_and_unknown() {
    let Some((dir, _served, orthanc)) = world() else {
        return;
    };
    let safe = ask(&orthanc, &[class_and_instance(1), class_and_instance(2)]);
    let told = outcome(&orthanc, &safe);
    assert_eq!(told["Status"], "Success", "{told}");
    assert_eq!(told["Success"].as_array().map(Vec::len), Some(2));
    assert_eq!(told["RemoteAET"], "DGSCOPE");

    let (_, magnetic) = ARCHIVE_SERIES[1];
    let gone = ARCHIVE[0].instance_uid(2, 1);
    fs::remove_file(path_of(dir.path(), &gone)).expect("removed");
    let damaged = path_of(dir.path(), &class_and_instance(2)[1]);
    let mut bytes = fs::read(&damaged).expect("the file");
    *bytes.last_mut().expect("bytes") ^= 1;
    fs::write(&damaged, bytes).expect("written");
    let items = [
        class_and_instance(1),
        class_and_instance(2),
        [magnetic.to_owned(), gone],
        [magnetic.to_owned(), "1.2.3.4.5".to_owned()],
        [magnetic.to_owned(), class_and_instance(1)[1].clone()],
    ];
    let told = outcome(&orthanc, &ask(&orthanc, &items));
    assert_eq!(told["Status"], "Failure", "{told}");
    assert_eq!(told["Success"].as_array().map(Vec::len), Some(1), "{told}");
    let failures = told["Failures"].as_array().expect("an array");
    let reasons: Vec<u64> = items[1..]
        .iter()
        .map(|[class, instance]| {
            let of = |f: &&Value| f["SOPInstanceUID"] == **instance && f["SOPClassUID"] == **class;
            let failure = failures.iter().find(of);
            let reason = failure.and_then(|f| f["FailureReason"].as_u64());
            reason.unwrap_or_else(|| panic!("{instance}: {told}"))
        })
        .collect();
    assert_eq!(reasons, [0x0110, 0x0110, 0x0112, 0x0119]);
}

#[test]
fn a_report_that_could_not_be_given_is_given_after_a_restart() {
    let Some((dir, served, orthanc)) = world() else {
        return;
    };
    // Nobody listens on port 1: the report stays owed.
    know(dir.path(), 1);
    let path = ask(&orthanc, &[class_and_instance(1)]);
    let port = served.address.port();
    drop(served);
    let pending = orthanc.ask("GET", &path, &Value::Null);
    assert_eq!(pending["Status"], "Pending", "{pending}");
    know(dir.path(), orthanc.running.address.port());
    let _again = Running::serve_at(dir.path(), port, &[]);
    assert_eq!(outcome(&orthanc, &path)["Status"], "Success");
}

#[test]
fn we_ask_orthanc_and_hear_its_report_at_our_node() {
    let Some((dir, _served, orthanc)) = world() else {
        return;
    };
    let study = format!("StudyInstanceUID={}", ARCHIVE[1].study_uid());
    let report = succeed(dir.path(), &["send", "orthanc", &study, "--commit"]);
    assert_eq!(report["sent"], 4, "{report}");
    for object in report["objects"].as_array().expect("an array") {
        assert_eq!(object["committed"], true, "{report}");
    }
    assert_eq!(
        orthanc
            .ask("GET", "/instances", &Value::Null)
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}
