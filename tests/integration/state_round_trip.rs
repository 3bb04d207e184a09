//! A view saved as a presentation state, stored, opened again and rendered is the view, bit for bit (presentation.md section 15).

use std::path::Path;

use dgscope::dicom::{
    DicomFile, Encoding, ScanOptions, SopClassUid, SopInstanceUid, TransferSyntax, tags, uids,
};
use dgscope::imaging::presentation_state::{self, StateParts, create};
use dgscope::imaging::{Adjustments, DisplayPlan, PresentationState, raster};
use dgscope::store::{Ingested, ObjectDescription, Store};

use super::random_views::{PITCH_MM, Random, RandomView, Subject, heading, random_view, subjects};

/// Takes the state of a view into a store and brings it back.
fn through(store: &Store, subject: &Subject, view: &RandomView, number: i64) -> DicomFile {
    let heading = heading(subject, number);
    let written = create::write(&view.state, &heading, &subject.file.data_set);
    let instance = SopInstanceUid::parse(&heading.sop_instance_uid).expect("a UID");
    let class = uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE;
    let mut incoming = store
        .begin(&ObjectDescription {
            sop_class_uid: SopClassUid::parse(class).expect("a UID"),
            sop_instance_uid: instance.clone(),
            transfer_syntax: TransferSyntax::native(Encoding::ExplicitLittle),
            source: None,
        })
        .expect("room");
    incoming
        .write(&written.expect("an object"))
        .expect("a place to write");
    let kept = incoming.commit().expect("it is kept");
    assert_eq!(kept, Ingested::Stored { warning: None });
    let path = store.object_path(&instance).expect("an index");
    DicomFile::open(&path.expect("a path"), &ScanOptions::DISPLAY).expect("an object")
}

/// The plan of the state in a viewport of the same size.
fn reopened(file: &DicomFile, subject: &Subject, view: &RandomView) -> DisplayPlan {
    let state = PresentationState::read(file).expect("a state");
    assert_eq!(state.warnings, [], "{}", state.sop_instance_uid);
    let adjustments = Adjustments {
        interpolation: view.expected.view.interpolation,
        ..Adjustments::default()
    };
    let subject = presentation_state::Subject {
        sop_instance_uid: &subject.identity.instance_uid,
        attributes: &subject.attributes,
        pixels: &subject.image.pixels,
        frame: view.frame,
    };
    let canvas = view.expected.view.canvas;
    let pitch = Some(PITCH_MM);
    let presented = state.plan_for_viewport(&subject, StateParts::ALL, &adjustments, canvas, pitch);
    let presented = presented.expect("the state is about the frame");
    assert_eq!(presented.warnings, [], "{}", state.sop_instance_uid);
    presented.plan
}

fn import(store: &Store, dir: &Path, subject: &Subject) {
    let path = dir.join("image.dcm");
    std::fs::write(&path, &subject.bytes).expect("a file");
    store.import_file(&path, false).expect("it is kept");
}

#[test]
fn five_hundred_random_views_come_back_bit_for_bit() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(&dir.path().join("store")).expect("a store");
    let subjects = subjects();
    for subject in &subjects {
        import(&store, dir.path(), subject);
    }
    let mut random = Random(2024);
    for number in 1..=500 {
        let subject = &subjects[random.int(0, subjects.len() as i64 - 1) as usize];
        let view = random_view(subject, &mut random);
        let file = through(&store, subject, &view, number);
        let mut back = reopened(&file, subject, &view);
        let mut shown = view.expected.clone();
        let decoded = subject.image.decode(view.frame).expect("a frame");
        for bits in [8, 16] {
            (back.bits, shown.bits) = (bits, bits);
            let same = raster::render(&decoded, &back) == raster::render(&decoded, &shown);
            assert!(
                same,
                "view {number} of {} at {bits} bits: {shown:#?} came back as {back:#?}",
                subject.identity.class_uid
            );
        }
    }
    let study = subjects[0].file.data_set.text(tags::STUDY_INSTANCE_UID);
    let study = dgscope::dicom::StudyInstanceUid::parse(&study.expect("a UID")).expect("a UID");
    let row = store.study(&study).expect("an index").expect("the study");
    assert_eq!(row.instance_count, 504);
    assert_eq!(row.conflict_count, 0, "the patient is the image's");
    assert_eq!(row.patient_name, "PHANTOM^état");
}
