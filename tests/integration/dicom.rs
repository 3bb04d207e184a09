//! The scanner on every real file of the reference material, against what an independent reader said of each.

use dgscope::dicom::{DicomFile, ScanOptions, Tag, tags};
use serde_json::Value;

use crate::shared::shared;

fn differences(file: &DicomFile, expected: &Value) -> Vec<String> {
    let set = &file.data_set;
    // On broken files the independent reader gave up somewhere: there only what it did find counts.
    let broken = expected["expect"] == "no-crash";
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: Option<String>| {
        let theirs = match &expected[what] {
            Value::Null if broken => return,
            Value::Null => None,
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Array(values) => {
                let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
                Some(values.join("\\"))
            }
            other => Some(other.to_string()),
        };
        if ours != theirs {
            found.push(format!("{what}: {ours:?}, expected {theirs:?}"));
        }
    };
    let number = |tag: Tag| set.int(tag).map(|value| value.to_string());
    let or_meta = |text: Option<String>, meta: &String| {
        text.or_else(|| Some(meta.clone()).filter(|uid| !uid.is_empty()))
    };
    let meta = &file.meta;
    let class = set.text(tags::SOP_CLASS_UID);
    compare(
        "sop_class_uid",
        or_meta(class, &meta.media_storage_sop_class_uid),
    );
    let instance = set.text(tags::SOP_INSTANCE_UID);
    compare(
        "sop_instance_uid",
        or_meta(instance, &meta.media_storage_sop_instance_uid),
    );
    compare("study_uid", set.text(tags::STUDY_INSTANCE_UID));
    compare("series_uid", set.text(tags::SERIES_INSTANCE_UID));
    compare("modality", set.text(tags::MODALITY));
    compare("rows", number(tags::ROWS));
    compare("columns", number(tags::COLUMNS));
    compare("samples_per_pixel", number(tags::SAMPLES_PER_PIXEL));
    compare("photometric", set.text(tags::PHOTOMETRIC_INTERPRETATION));
    compare("bits_allocated", number(tags::BITS_ALLOCATED));
    compare("bits_stored", number(tags::BITS_STORED));
    compare("high_bit", number(tags::HIGH_BIT));
    compare("pixel_representation", number(tags::PIXEL_REPRESENTATION));
    compare("planar_configuration", number(tags::PLANAR_CONFIGURATION));
    let sets = set.texts(tags::SPECIFIC_CHARACTER_SET).join("\\");
    compare("character_set", Some(sets).filter(|sets| !sets.is_empty()));
    found
}

#[test]
fn every_real_file_scans_to_what_an_independent_reader_found() {
    let Some(folder) = shared("data/real") else {
        return;
    };
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("manifest is JSON");
    let files = manifest["files"].as_array().expect("manifest has files");
    let mut complaints = Vec::new();
    for expected in files {
        let path = expected["path"].as_str().expect("each file has a path");
        let complaint = match DicomFile::open(&folder.join(path), &ScanOptions::DISPLAY) {
            Ok(file) => differences(&file, expected).join("; "),
            Err(_) if expected["sop_class_uid"].is_null() => String::new(),
            Err(error) => error.to_string(),
        };
        if !complaint.is_empty() {
            complaints.push(format!("{path}: {complaint}"));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        files.len(),
        complaints.join("\n")
    );
}
