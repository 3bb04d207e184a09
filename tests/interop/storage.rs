//! Every storage class of the statement in every transfer syntax of it, sent and received (Tables 3, 6, 20, 21, 27, 28).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use dgscope::dicom::{DicomFile, ScanOptions, tags};
use dgscope::imaging::{FrameIndex, Image, Samples};
use serde_json::{Value, json};

use super::objects::{CLASSES, GRAY, Object, SYNTAXES, every_row};
use super::peers::Orthanc;
use super::program::{Running, dcmtk, dgscope, objects_below, part10};

/// What the files hold, as [`objects_below`] tells it.
fn originals(objects: &[Object]) -> BTreeMap<String, (String, Vec<u8>)> {
    assert_eq!(objects.len(), CLASSES.len() * SYNTAXES.len());
    let original = |object: &Object| {
        let (instance, syntax, data_set) = part10(&object.path).expect("a Part 10 file");
        assert_eq!(
            (&instance, syntax.as_str()),
            (&object.instance, object.syntax)
        );
        (instance, (syntax, data_set))
    };
    objects.iter().map(original).collect()
}

fn assert_same(objects: &[Object], found: &BTreeMap<String, (String, Vec<u8>)>) {
    let wanted = originals(objects);
    for object in objects {
        let row = format!("{} in {}", object.class, object.syntax);
        let found = found.get(&object.instance);
        let (syntax, data_set) = found.unwrap_or_else(|| panic!("{row} did not arrive"));
        assert_eq!(syntax, object.syntax, "{row}");
        assert!(*data_set == wanted[&object.instance].1, "{row} changed");
    }
    assert_eq!(found.len(), objects.len());
}

fn send(data_dir: &Path, peer: &str, folder: &Path) -> Output {
    let mut command = dgscope(data_dir);
    command.args(["--json", "send", peer]).arg(folder);
    command.output().expect("the program ends")
}

fn assert_sent(output: &Output, count: usize) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let taken = report["sent"].as_u64().zip(report["warning"].as_u64());
    assert_eq!(
        taken.map(|(sent, warned)| sent + warned),
        Some(count as u64)
    );
}

/// Profiles of storescu, one a transfer syntax, that propose every class in that syntax alone.
fn profiles() -> String {
    let mut text = String::from("[[TransferSyntaxes]]\n");
    for (number, (syntax, _)) in SYNTAXES.iter().enumerate() {
        text += &format!("[S{number}]\nTransferSyntax1 = {syntax}\n");
    }
    text += "[[PresentationContexts]]\n";
    for number in 0..SYNTAXES.len() {
        text += &format!("[C{number}]\n");
        for (index, (class, _)) in (1..).zip(CLASSES) {
            text += &format!("PresentationContext{index} = {class}\\S{number}\n");
        }
    }
    text += "[[Profiles]]\n";
    for number in 0..SYNTAXES.len() {
        text += &format!("[P{number}]\nPresentationContexts = C{number}\n");
    }
    text
}

#[test]
fn every_row_comes_in_bit_for_bit() {
    if dcmtk("storescu").is_none() {
        return;
    }
    let (dir, folder) = (folder(), folder());
    let objects = every_row(folder.path());
    let config = folder.path().join("storescu.cfg");
    std::fs::write(&config, profiles()).expect("a file");
    let served = Running::serve(dir.path(), &["--accept-unknown"]);
    for (number, (syntax, _)) in SYNTAXES.iter().enumerate() {
        let mut storescu = dcmtk("storescu").expect("it was there before");
        let files = objects.iter().filter(|object| object.syntax == *syntax);
        let output = storescu
            .arg("-xf")
            .arg(&config)
            .arg(format!("P{number}"))
            .args(["-aec", "DGSCOPE", "127.0.0.1", &served.port()])
            .args(files.map(|object| &object.path))
            .output()
            .expect("storescu runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{syntax}: {told}");
    }
    assert_same(&objects, &objects_below(&dir.path().join("objects")));
}

#[test]
fn every_row_goes_out_bit_for_bit() {
    let Some(storescp) = dcmtk("storescp") else {
        return;
    };
    let (dir, folder, inbox) = (folder(), folder(), folder());
    let objects = every_row(folder.path());
    let receiver = Running::storescp(storescp, inbox.path());
    let peer = format!("STORESCP@{}", receiver.address);
    assert_sent(&send(dir.path(), &peer, folder.path()), objects.len());
    assert_same(&objects, &objects_below(inbox.path()));
}

#[test]
fn every_row_goes_out_uncompressed_to_peers_that_take_nothing_else() {
    let (dir, folder) = (folder(), folder());
    let objects = every_row(folder.path());
    for (option, native) in [("+xi", "1.2.840.10008.1.2"), ("+xb", "1.2.840.10008.1.2.2")] {
        let Some(storescp) = dcmtk("storescp") else {
            return;
        };
        let inbox = self::folder();
        let receiver = Running::storescp_with(storescp, inbox.path(), &[option]);
        let peer = format!("STORESCP@{}", receiver.address);
        assert_sent(&send(dir.path(), &peer, folder.path()), objects.len());
        let received = files_by_instance(inbox.path());
        for object in &objects {
            let row = format!("{} from {}", object.class, object.syntax);
            let file = received.get(&object.instance);
            let file = file.unwrap_or_else(|| panic!("{row} did not arrive"));
            let read = DicomFile::open(file, &ScanOptions::INDEX).expect("an object");
            assert!(!read.syntax.is_encapsulated(), "{row}");
            assert!(option == "+xb" || read.syntax.uid == native, "{row}");
            let class = read.data_set.text(tags::SOP_CLASS_UID);
            assert_eq!(class.as_deref(), Some(object.class), "{row}");
            if object.has_pixels {
                let image = Image::from_file(read).expect("an image");
                let frame = image.decode(FrameIndex(0)).expect("a frame");
                assert!(frame.samples == Samples::U8(vec![GRAY; 64]), "{row}");
            }
        }
        assert_eq!(received.len(), objects.len());
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn files_by_instance(folder: &Path) -> BTreeMap<String, std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .filter_map(|entry| Some((part10(&entry.path())?.0, entry.path())))
        .collect()
}

#[test]
fn every_row_goes_to_orthanc_and_comes_back() {
    let (dir, home, folder) = (folder(), folder(), folder());
    let objects = every_row(folder.path());
    let served = Running::serve(home.path(), &["--accept-unknown"]);
    let Some(orthanc) = Orthanc::start(&[("DGSCOPE", served.address)]) else {
        return;
    };
    assert_sent(
        &send(dir.path(), &orthanc.peer(), folder.path()),
        objects.len(),
    );
    let kept = orthanc.ask("GET", "/instances", &Value::Null);
    assert_eq!(kept.as_array().map(Vec::len), Some(objects.len()));
    let order = json!({"Resources": kept, "Synchronous": true, "Timeout": 60});
    let told = orthanc.ask("POST", "/modalities/dgscope/store", &order);
    assert_eq!(told["FailedInstancesCount"], 0, "{told}");
    assert_same(&objects, &objects_below(&home.path().join("objects")));
}
