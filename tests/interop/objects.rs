//! Small objects of every storage class of the statement (Tables 3 and 6) in every transfer syntax of it (Tables 20 and 27).

use std::path::{Path, PathBuf};

use dgscope::dicom::{TransferSyntax, tags};
use dgscope::phantom::Builder;
use dgscope::phantom::patient::Patient;

/// Tables 3 and 6: the same classes sent and received; with pixels or without.
pub const CLASSES: &[(&str, bool)] = &[
    ("1.2.840.10008.5.1.4.1.1.88.11", false),
    ("1.2.840.10008.5.1.4.1.1.2", true),
    ("1.2.840.10008.5.1.4.1.1.88.33", false),
    ("1.2.840.10008.5.1.4.1.1.1", true),
    ("1.2.840.10008.5.1.4.1.1.1.3", true),
    ("1.2.840.10008.5.1.4.1.1.1.3.1", true),
    ("1.2.840.10008.5.1.4.1.1.1.2", true),
    ("1.2.840.10008.5.1.4.1.1.1.2.1", true),
    ("1.2.840.10008.5.1.4.1.1.1.1", true),
    ("1.2.840.10008.5.1.4.1.1.1.1.1", true),
    ("1.2.840.10008.5.1.4.1.1.4.1", true),
    ("1.2.840.10008.5.1.4.1.1.88.22", false),
    ("1.2.840.10008.5.1.4.1.1.11.1", false),
    ("1.2.840.10008.5.1.1.30", true),
    ("1.2.840.10008.5.1.1.29", true),
    ("1.2.840.10008.5.1.4.1.1.88.59", false),
    ("1.2.840.10008.5.1.4.1.1.4", true),
    ("1.2.840.10008.5.1.4.1.1.4.2", false),
    ("1.2.840.10008.5.1.4.1.1.128", true),
    ("1.2.840.10008.5.1.4.1.1.20", true),
    ("1.2.840.10008.5.1.4.1.1.5", true),
    ("1.2.840.10008.5.1.4.1.1.6", true),
    ("1.2.840.10008.5.1.4.1.1.3", true),
    ("1.2.840.10008.5.1.4.1.1.7", true),
    ("1.2.840.10008.5.1.1.27", false),
    ("1.2.840.10008.5.1.4.1.1.6.1", true),
    ("1.2.840.10008.5.1.4.1.1.3.1", true),
    ("1.2.840.10008.5.1.4.1.1.12.1", true),
    ("1.2.840.10008.5.1.4.1.1.12.2", true),
];

/// Tables 20 and 27, with the one frame of 8 by 8 samples of [`GRAY`] in it where it is compressed.
pub const SYNTAXES: &[(&str, Option<fn() -> Vec<u8>>)] = &[
    ("1.2.840.10008.1.2.1", None),
    ("1.2.840.10008.1.2", None),
    ("1.2.840.10008.1.2.2", None),
    ("1.2.840.10008.1.2.4.50", Some(jpeg_baseline)),
    ("1.2.840.10008.1.2.4.70", Some(jpeg_lossless)),
    ("1.2.840.10008.1.2.5", Some(run_length)),
];

/// Every sample: the level that all three codecs write with the fewest bits.
pub const GRAY: u8 = 128;

/// One object that lies in a file.
pub struct Object {
    pub class: &'static str,
    pub syntax: &'static str,
    pub has_pixels: bool,
    pub instance: String,
    pub path: PathBuf,
}

pub const PATIENT: Patient = Patient {
    name: "PHANTOM^TABLES",
    id: "TABLES-1",
    birth_date: "19700101",
    sex: "O",
    study_date: "20260102",
    study_time: "101500",
    study_description: "EVERY ROW",
    accession_number: "A1",
    study: 4001,
};

/// Writes all objects as files below `folder`: a series a class, in it an instance a syntax.
pub fn every_row(folder: &Path) -> Vec<Object> {
    let mut objects = Vec::new();
    for (series, (class, has_pixels)) in (1u32..).zip(CLASSES) {
        for (number, (syntax, frame)) in (1u32..).zip(SYNTAXES) {
            let mut object = PATIENT.object(class, "OT", series, "ROW", number);
            if *has_pixels {
                object = with_pixels(object, *frame);
            }
            let path = folder.join(format!("{series}-{number}.dcm"));
            let syntax = TransferSyntax::find(syntax).expect("a known syntax");
            std::fs::write(&path, object.file(syntax)).expect("a file");
            objects.push(Object {
                class,
                syntax: syntax.uid,
                has_pixels: *has_pixels,
                instance: PATIENT.instance_uid(series, number),
                path,
            });
        }
    }
    objects
}

fn with_pixels(object: Builder, frame: Option<fn() -> Vec<u8>>) -> Builder {
    let object = object
        .ints(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .ints(tags::ROWS, &[8])
        .ints(tags::COLUMNS, &[8])
        .ints(tags::BITS_ALLOCATED, &[8])
        .ints(tags::BITS_STORED, &[8])
        .ints(tags::HIGH_BIT, &[7])
        .ints(tags::PIXEL_REPRESENTATION, &[0]);
    match frame {
        Some(frame) => object.fragments(Vec::new(), vec![frame()]),
        None => object.raw(tags::PIXEL_DATA, dgscope::dicom::VR::OW, vec![GRAY; 64]),
    }
}

/// A frame with one table of one code: every coefficient, and every difference, is zero.
fn jpeg(frame_marker: u8, scan_end: [u8; 3], tables: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    bytes.extend_from_slice(tables);
    bytes.extend([0xFF, frame_marker, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0]);
    bytes.extend(scan_end);
    bytes.extend_from_slice(data);
    bytes.extend([0xFF, 0xD9]);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

/// A Huffman table whose only code, one bit long, stands for zero.
fn huffman_table(class: u8) -> Vec<u8> {
    let mut table = vec![0xFF, 0xC4, 0, 20, class << 4, 1];
    table.extend([0; 15]);
    table.push(0);
    table
}

/// ITU-T T.81, process 1.
fn jpeg_baseline() -> Vec<u8> {
    let mut tables = vec![0xFF, 0xDB, 0, 67, 0];
    tables.extend([1; 64]);
    tables.extend(huffman_table(0));
    tables.extend(huffman_table(1));
    jpeg(0xC0, [0, 63, 0], &tables, &[0x3F])
}

/// ITU-T T.81, process 14, predictor 1: the first sample is predicted as half the range.
fn jpeg_lossless() -> Vec<u8> {
    jpeg(0xC3, [1, 0, 0], &huffman_table(0), &[0; 8])
}

/// PS3.5 Annex G: one segment of one run.
fn run_length() -> Vec<u8> {
    let mut bytes = vec![1, 0, 0, 0, 64, 0, 0, 0];
    bytes.resize(64, 0);
    bytes.extend([(257 - 64) as u8, GRAY]);
    bytes
}

/// A small archive: studies of different patients, each of two series of two images.
pub const ARCHIVE: &[Patient] = &[
    Patient {
        name: "PHANTOM^ALPHA",
        id: "ARCHIVE-1",
        study: 4101,
        accession_number: "AC-1",
        study_date: "20250301",
        ..PATIENT
    },
    Patient {
        name: "PHANTOM^BETA",
        id: "ARCHIVE-2",
        study: 4102,
        accession_number: "AC-2",
        study_date: "20250415",
        ..PATIENT
    },
    Patient {
        name: "OTHER^GAMMA",
        id: "ARCHIVE-3",
        study: 4103,
        accession_number: "AC-3",
        study_date: "20250520",
        ..PATIENT
    },
];

/// Modality of each series of an archive study.
pub const ARCHIVE_SERIES: [(&str, &str); 2] = [
    ("CT", "1.2.840.10008.5.1.4.1.1.2"),
    ("MR", "1.2.840.10008.5.1.4.1.1.4"),
];

/// Writes the archive's files.
pub fn archive(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for patient in ARCHIVE {
        for (series, (modality, class)) in (1u32..).zip(ARCHIVE_SERIES) {
            for instance in 1..=2 {
                let object = patient.object(class, modality, series, modality, instance);
                let object = with_pixels(object, None);
                let path = folder.join(format!("{}-{series}-{instance}.dcm", patient.study));
                let syntax = TransferSyntax::find("1.2.840.10008.1.2.1").expect("a known syntax");
                std::fs::write(&path, object.file(syntax)).expect("a file");
                files.push(path);
            }
        }
    }
    files
}
