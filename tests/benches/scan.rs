//! The header scan of a CT of 250 elements and 0.5 MB, from memory: at most 50 microseconds.

use std::sync::Arc;

use dgscope::dicom::{
    DicomFile, ReadAt, ScanOptions, TRANSFER_SYNTAXES, Tag, TransferSyntax, VR, tags, uids,
};
use dgscope::phantom::Builder;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn object(syntax: &'static TransferSyntax) -> Arc<dyn ReadAt> {
    let mut builder = Builder::new()
        .text(tags::SOP_CLASS_UID, uids::CT_IMAGE_STORAGE)
        .text(tags::SOP_INSTANCE_UID, "2.25.1")
        .text(tags::PATIENT_NAME, "PHANTOM^BENCH")
        .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 100")
        .floats(tags::PIXEL_SPACING, &[0.7, 0.7])
        .words(tags::PIXEL_DATA, VR::OW, vec![100; 512 * 512]);
    for index in 0..244 {
        let tag = Tag(0x0019, 0x1000 + index);
        builder = builder.raw(tag, VR::LO, b"a private value ".to_vec());
    }
    Arc::new(builder.file(syntax))
}

#[divan::bench(args = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])]
fn header(bencher: Bencher, uid: &str) {
    let syntax = TRANSFER_SYNTAXES.iter().find(|syntax| syntax.uid == uid);
    let source = object(syntax.expect("a native syntax"));
    bencher.bench(|| DicomFile::read(black_box(source.clone()), &ScanOptions::INDEX));
}
