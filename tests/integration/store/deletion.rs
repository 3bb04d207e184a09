//! Deletions: finished or not begun after a crash, never reaching further than asked.

use dgscope::dicom::query::Level;
use dgscope::store::StoreError;

use super::*;

fn keys(keyword: &str, value: &str) -> Vec<(String, String)> {
    vec![(keyword.to_owned(), value.to_owned())]
}

fn database(directory: &TempDir, name: &str) -> rusqlite::Connection {
    rusqlite::Connection::open(directory.path().join(name)).expect("a database")
}

#[test]
fn a_deleted_study_is_gone_for_good() {
    let (directory, store) = store();
    for n in 1..=3 {
        Object::image(1, n, 1).send(&store).expect("kept");
        Object::image(2, n, 1).send(&store).expect("kept");
    }
    let report = store.delete(Level::Study, &keys("StudyInstanceUID", "1.2.3.1"));
    let report = report.expect("deleted");
    assert_eq!((report.studies, report.series, report.instances), (1, 3, 3));
    assert_eq!(object_files(&directory).len(), 3);
    let store = reopen(&directory, store);
    assert_eq!(store.rebuild(&mut |_, _| true).expect("rebuilt"), 3);
    assert!(store.study(&study(1)).expect("asked").is_none());
    let report = store.delete(Level::Series, &keys("SeriesInstanceUID", "1.2.3.2.3"));
    assert_eq!(report.expect("deleted").instances, 1);
    let row = store.study(&study(2)).expect("asked").expect("listed");
    assert_eq!((row.series_count, row.instance_count), (2, 2));
    assert_eq!(
        Object::image(1, 1, 1).send(&store).expect("new again"),
        stored()
    );
    verify_clean(&store);
}

#[test]
fn deleting_everything_takes_more_than_a_wildcard_and_pinned_studies_stay() {
    let (_directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    Object::image(2, 1, 1).send(&store).expect("kept");
    for empty in [
        Vec::new(),
        keys("PatientName", "*"),
        keys("PatientName", ""),
    ] {
        let refusal = store.delete(Level::Study, &empty);
        assert!(matches!(refusal, Err(StoreError::Input(_))));
    }
    assert!(store.pin(&study(1), true).expect("pinned"));
    let report = store
        .delete(Level::Study, &keys("PatientID", "P1"))
        .expect("deleted");
    assert_eq!((report.studies, report.pinned), (1, 1));
    assert!(
        store
            .study(&study(1))
            .expect("asked")
            .expect("listed")
            .pinned
    );
}

#[test]
fn a_deletion_without_its_tombstone_is_taken_back() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    store.close().expect("closed");
    database(&directory, "index.sqlite")
        .execute_batch(
            "PRAGMA foreign_keys = ON; INSERT INTO condemned SELECT folder, file FROM instance;
             INSERT INTO settled_folder VALUES (1); DELETE FROM study;",
        )
        .expect("as the first step leaves it");
    let store = Store::open(directory.path()).expect("opened");
    assert_eq!(
        store
            .study(&study(1))
            .expect("asked")
            .expect("back")
            .instance_count,
        1
    );
}

#[test]
fn a_deletion_with_its_tombstone_is_finished() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    store.close().expect("closed");
    database(&directory, "station.sqlite")
        .execute_batch("INSERT INTO tombstone VALUES (1, 1)")
        .expect("as the second step leaves it");
    let store = Store::open(directory.path()).expect("opened");
    assert!(store.study(&study(1)).expect("asked").is_none());
    assert!(object_files(&directory).is_empty());
}

#[test]
fn what_was_set_aside_comes_forward_when_its_counterpart_goes() {
    let (_directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    let other = Object::image(1, 1, 1).with_pixels(vec![3; 8]);
    other.send(&store).expect_err("a conflict");
    let foreign = Object::image(1, 1, 2).with(tags::PATIENT_ID, "P9");
    foreign.send(&store).expect("set aside");
    let first = keys("SOPInstanceUID", "1.2.3.1.1.1");
    store.delete(Level::Image, &first).expect("deleted");
    assert_eq!(kept_bytes(&store, &other), other.bytes());
    verify_clean(&store);
}

#[test]
fn deleting_a_study_frees_the_foreign_patient_and_drops_rejected_newcomers() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    let other = Object::image(1, 1, 1).with_pixels(vec![3; 8]);
    other.send(&store).expect_err("a conflict");
    let foreign = Object::image(1, 1, 2).with(tags::PATIENT_ID, "P9");
    foreign.send(&store).expect("set aside");
    let whole = keys("StudyInstanceUID", "1.2.3.1");
    store.delete(Level::Study, &whole).expect("deleted");
    let row = store
        .study(&study(1))
        .expect("asked")
        .expect("the foreign patient's");
    assert_eq!(
        (
            row.patient_id.as_str(),
            row.instance_count,
            row.conflict_count
        ),
        ("P9", 1, 0)
    );
    assert_eq!(object_files(&directory).len(), 1);
    verify_clean(&store);
}
