//! The grayscale chain on the processor: a 512x512 CT through window and view, at its own size and resampled.

use dgscope::dicom::{DicomFile, Encoding, ScanOptions, TransferSyntax};
use dgscope::imaging::{
    DisplayAttributes, DisplayPlan, Frame, FrameIndex, Image, RenderRequest, raster,
};
use dgscope::phantom::demonstration;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// The first demonstration object (a CT slice), decoded, with its plan for a canvas.
fn ct(size: Option<(u32, u32)>) -> (Frame, DisplayPlan) {
    let objects = demonstration();
    let object = objects.first().expect("there are demonstration objects");
    let syntax = TransferSyntax::native(Encoding::ExplicitLittle);
    let bytes = object.build().file(syntax);
    let file = DicomFile::read(Arc::new(bytes), &ScanOptions::DISPLAY).expect("a whole object");
    let attributes = DisplayAttributes::read(&file);
    let image = Image::from_file(file).expect("an image");
    let request = RenderRequest {
        size,
        ..RenderRequest::default()
    };
    let plan = DisplayPlan::for_render(&attributes, &image.pixels, FrameIndex(0), &request)
        .expect("a plan");
    let frame = image.decode(FrameIndex(0)).expect("a frame");
    (frame, plan)
}

#[divan::bench]
fn natural_size(bencher: divan::Bencher) {
    let (frame, plan) = ct(None);
    bencher.bench(|| raster::render(&frame, &plan));
}

#[divan::bench]
fn resampled_to_1500x900(bencher: divan::Bencher) {
    let (frame, plan) = ct(Some((1500, 900)));
    bencher.bench(|| raster::render(&frame, &plan));
}
