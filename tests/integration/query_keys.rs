//! Every query key of Tables 11 to 17: from the terminal into the identifier on the wire, and from there back as a match.

use std::process::Command;

use dgscope::dicom::query::{KeyPath, Level};
use dgscope::dicom::{DataSet, ScanOptions, TransferSyntax, VR, dictionary, scan_data_set};
use serde_json::Value;

use super::scripted_scp::{Called, serve};

/// A value that the key can have, different for every key; `name_end` ends the name of a person.
pub fn value(path: &KeyPath, number: usize, name_end: &str) -> String {
    match dictionary::vr(path.tag(), false) {
        VR::UI => format!("1.2.840.77.{number}"),
        VR::DA => format!("202601{:02}", number + 1),
        VR::TM => format!("1015{number:02}"),
        VR::DT => format!("202601011015{number:02}"),
        VR::IS => format!("{}", 100 + number),
        VR::CS => format!("CS{number}"),
        VR::PN => format!("NAME{number}{name_end}"),
        _ => format!("TEXT{number}"),
    }
}

/// An identifier as it came over the wire.
pub fn scan(bytes: &[u8], syntax: &str) -> DataSet {
    let syntax = TransferSyntax::find(syntax).expect("a native syntax");
    let end = bytes.len() as u64;
    scan_data_set(&bytes, 0, end, syntax, &ScanOptions::INDEX).expect("a data set")
}

/// The data set that holds a path's attribute; every sequence on the way has exactly one item.
pub fn place<'a>(set: &'a DataSet, path: &KeyPath) -> &'a DataSet {
    path.parents().iter().fold(set, |set, parent| {
        let [item] = set.items(*parent) else {
            panic!("{parent} has not exactly one item")
        };
        item
    })
}

/// What the JSON of a match says at a path.
fn told(found: &Value, path: &KeyPath) -> Value {
    let key = |tag: dgscope::dicom::Tag| format!("{:04X}{:04X}", tag.group(), tag.element());
    let place = path
        .parents()
        .iter()
        .fold(found, |place, parent| &place[key(*parent)]["Value"][0]);
    place[key(path.tag())]["Value"][0].clone()
}

#[test]
fn every_key_travels_from_the_terminal_to_the_wire_and_back() {
    let mut walked = 0;
    for (level, name) in [
        (Level::Study, "study"),
        (Level::Series, "series"),
        (Level::Image, "image"),
    ] {
        let mut keys: Vec<(KeyPath, String)> = Vec::new();
        for upper in [Level::Study, Level::Series] {
            if upper < level {
                let path = KeyPath::from(upper.unique_key());
                keys.push((path, "1.2.840.99".to_owned()));
            }
        }
        for key in level.keys() {
            let path = KeyPath::from(key);
            if dictionary::vr(path.tag(), false) != VR::SQ {
                keys.push((path.clone(), value(&path, keys.len(), "^X")));
            }
        }
        let (address, peer) = serve(|mut called: Called| {
            called.accept();
            let asked = called.asked().expect("a query");
            // What was asked for is what is found.
            called.answer(&asked, 0xFF00, &[], Some(&asked.data_set.clone()));
            called.answer(&asked, 0, &[], None);
            called.asked();
            let (_, class, syntax) = called.contexts[0].clone();
            (class, syntax, asked.data_set)
        });
        let dir = tempfile::tempdir().expect("a folder");
        let output = Command::new(env!("CARGO_BIN_EXE_dgscope"))
            .arg("--data-dir")
            .arg(dir.path())
            .args([
                "--json",
                "find",
                &format!("PACS@{address}"),
                "--level",
                name,
            ])
            .args(keys.iter().map(|(path, value)| format!("{path}={value}")))
            .output()
            .expect("the program");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let (class, syntax, identifier) = peer.join().expect("the peer");
        assert_eq!(class, "1.2.840.10008.5.1.4.1.2.2.1");
        let set = scan(&identifier, &syntax);
        let json: Value = serde_json::from_slice(&output.stdout).expect("one JSON array");
        assert_eq!(json.as_array().map(Vec::len), Some(1));
        for (path, value) in &keys {
            assert_eq!(
                place(&set, path).text(path.tag()).as_deref(),
                Some(value.as_str()),
                "{path}"
            );
            let shown = match told(&json[0], path) {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Object(names) => names["Alphabetic"].as_str().expect("a name").to_owned(),
                other => panic!("{path}: {other}"),
            };
            assert_eq!(&shown, value, "{path}");
            walked += 1;
        }
        assert_eq!(
            set.text(dgscope::dicom::tags::QUERY_RETRIEVE_LEVEL)
                .as_deref(),
            Some(level.term())
        );
    }
    // Tables 11 to 17 without their sequences themselves, and the unique keys above.
    assert!(walked > 30, "{walked}");
}

#[test]
fn wrong_questions_are_exit_2_before_anything_is_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    let nobody = "PACS@127.0.0.1:9";
    for words in [
        &["find", nobody, "NoSuchKey=1"][..],
        &["find", nobody, "PatientName.PatientID=1"],
        &["find", nobody, "StudyInstanceUID=1..2"],
        &["find", nobody, "--level", "series"],
        &["find", nobody, "--level", "patient"],
        &["find", "no-such-peer"],
        &["find", nobody, "--limit", "0"],
        &["move", nobody, "--to", "X", "PatientID=1"],
        &["move", nobody, "StudyInstanceUID=1.2"],
        &[
            "move",
            nobody,
            "--to",
            "X",
            "--level",
            "series",
            "SeriesInstanceUID=1.2",
        ],
        &["retrieve", nobody, "StudyInstanceUID="],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_dgscope"))
            .arg("--data-dir")
            .arg(dir.path())
            .args(words)
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(
            !said.trim().is_empty() && output.stdout.is_empty(),
            "{words:?}"
        );
    }
}
