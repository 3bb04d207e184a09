//! Any bytes as a file and as a data set: no panic, no limit passed, everything found is readable.
#![no_main]

use std::sync::Arc;

use dgscope::dicom::document::{self, Limits};
use dgscope::dicom::{DataSet, DicomFile, ScanOptions, TRANSFER_SYNTAXES, json, scan_data_set};
use libfuzzer_sys::fuzz_target;

fn read_all(set: &DataSet) {
    for element in &set.elements {
        let tag = element.tag;
        let _ = (
            set.texts(tag),
            set.try_ints(tag),
            set.try_floats(tag),
            set.person_name(tag),
        );
        set.items(tag).iter().for_each(read_all);
    }
}

fuzz_target!(|bytes: &[u8]| {
    for options in [ScanOptions::INDEX, ScanOptions::DISPLAY] {
        if let Ok(file) = DicomFile::read(Arc::new(bytes.to_vec()), &options) {
            read_all(&file.data_set);
            let _ = document::attributes(&file.data_set, Limits::WINDOW);
            let _ = document::content(&file.data_set, Limits::WINDOW);
            let _ = json::data_set(&file.data_set, &|_| None);
            for element in &file.data_set.elements {
                let _ = file.value_bytes(element);
            }
        }
    }
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let syntax = &TRANSFER_SYNTAXES[usize::from(*choice) % TRANSFER_SYNTAXES.len()];
    let size = bytes.len() as u64;
    if let Ok(set) = scan_data_set(&bytes, 0, size, syntax, &ScanOptions::INDEX) {
        read_all(&set);
    }
});
