//! Any bytes as an object: its frames decode to their size or say why not, and its palette and colours never panic.
#![no_main]

use std::sync::Arc;

use dgscope::dicom::{DicomFile, ScanOptions};
use dgscope::imaging::{FrameIndex, Image, DisplayAttributes, to_rgb8};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = DicomFile::read(Arc::new(bytes.to_vec()), &ScanOptions::DISPLAY) else {
        return;
    };
    let colors = DisplayAttributes::read(&file).colors;
    let Ok(image) = Image::from_file(file) else {
        return;
    };
    for frame in [0, image.pixels.frames - 1] {
        let Ok(frame) = image.decode(FrameIndex(frame)) else {
            continue;
        };
        let picture = to_rgb8(&frame, &colors);
        assert_eq!(
            picture.data.len() as u64,
            u64::from(frame.rows) * u64::from(frame.columns) * 3
        );
    }
});
