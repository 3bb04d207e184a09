//! Any bytes as a presentation state, applied to a small image it references: no panic, and a picture of the canvas asked for.
#![no_main]

use std::sync::Arc;

use dgscope::dicom::{DicomFile, ScanOptions};
use dgscope::imaging::presentation_state::Subject;
use dgscope::imaging::{
    DisplayAttributes, Frame, FrameIndex, PhotometricInterpretation, PixelDescription,
    PresentationState, RenderRequest, Samples, raster,
};
use libfuzzer_sys::fuzz_target;

fn pixels() -> PixelDescription {
    PixelDescription {
        rows: 24,
        columns: 32,
        samples_per_pixel: 1,
        photometric: PhotometricInterpretation::Monochrome2,
        planar: false,
        bits_allocated: 16,
        bits_stored: 12,
        high_bit: 11,
        signed: true,
        frames: 1,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = DicomFile::read(Arc::new(bytes.to_vec()), &ScanOptions::DISPLAY) else {
        return;
    };
    let Ok(state) = PresentationState::read(&file) else {
        return;
    };
    let Some(reference) = state.references.first() else {
        return;
    };
    let (attributes, pixels) = (DisplayAttributes::default(), pixels());
    let subject = Subject {
        sop_instance_uid: &reference.sop_instance_uid,
        attributes: &attributes,
        pixels: &pixels,
        frame: FrameIndex(0),
    };
    let request = RenderRequest {
        size: Some((40, 30)),
        ..RenderRequest::default()
    };
    let Ok(presented) = state.plan_for_render(&subject, &request) else {
        return;
    };
    let frame = Frame {
        rows: 24,
        columns: 32,
        samples_per_pixel: 1,
        bits_stored: 12,
        photometric: PhotometricInterpretation::Monochrome2,
        samples: Samples::I16((0..24 * 32).map(|n| n * 5 - 2000).collect()),
        cells: None,
    };
    let shown = raster::render(&frame, &presented.plan);
    assert_eq!((shown.width(), shown.height()), (40, 30));
});
