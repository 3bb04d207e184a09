//! What people decide about objects in quarantine (F2): audited, and followed again by an index made anew.

use dgscope::dicom::query::Level;
use dgscope::dicom::{SeriesInstanceUid, tags};
use dgscope::store::{ConflictKind, Resolution, StudyFilter};

use super::*;

fn studies(store: &Store) -> Vec<(String, u64, u64)> {
    let all = StudyFilter {
        limit: 100,
        ..StudyFilter::default()
    };
    let page = store.studies(&all).expect("a list");
    let mut rows: Vec<_> = page
        .rows
        .iter()
        .map(|row| {
            let name = row.patient_name.clone();
            (name, row.instance_count, row.conflict_count)
        })
        .collect();
    rows.sort();
    rows
}

fn foreign(n: u32) -> Object {
    Object::image(1, 1, n)
        .with(tags::PATIENT_NAME, "ROE^RICHARD")
        .with(tags::PATIENT_ID, "P2")
}

fn rebuilt(directory: &TempDir, store: Store) -> Store {
    store.close().expect("closed");
    drop(store);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(directory.path().join(format!("index.sqlite{suffix}")));
    }
    Store::open(directory.path()).expect("the store, its index made anew")
}

fn audited(store: &Store) -> Vec<String> {
    let rows = store.audit_trail(10).expect("an audit trail");
    let rows = rows.into_iter().filter(|row| row.action == "conflict");
    rows.map(|row| row.details).collect()
}

#[test]
fn a_newcomer_becomes_a_study_of_its_own_with_all_that_follows_it() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("stored");
    for n in [2, 3] {
        let kept = foreign(n).send(&store).expect("kept aside");
        assert!(matches!(kept, Ingested::PatientConflict { .. }));
    }
    let conflicts = store.conflicts().expect("conflicts");
    assert_eq!(conflicts.len(), 2);
    assert_eq!(conflicts[0].kind, ConflictKind::Patient);
    let files = store.conflict_files(&conflicts[0]).expect("answered");
    let (first, newcomer) = files.expect("two files");
    assert!(first.exists() && newcomer.exists() && first != newcomer);
    assert!(
        store
            .resolve_conflict(&conflicts[0], Resolution::OwnStudy)
            .expect("resolved")
    );
    let own = [
        ("DOE^JANE".to_owned(), 1, 0),
        ("ROE^RICHARD".to_owned(), 2, 0),
    ];
    assert_eq!(studies(&store), own);
    assert_eq!(store.conflicts().expect("conflicts"), []);
    assert_eq!(audited(&store).len(), 1);
    // What comes later finds its place by itself, and again is the same.
    assert_eq!(foreign(4).send(&store).expect("stored"), stored());
    assert_eq!(foreign(2).send(&store).expect("known"), Ingested::Duplicate);
    let store = rebuilt(&directory, store);
    let own = [
        ("DOE^JANE".to_owned(), 1, 0),
        ("ROE^RICHARD".to_owned(), 3, 0),
    ];
    assert_eq!(studies(&store), own);
    // A third patient is another matter.
    let third = foreign(5).with(tags::PATIENT_NAME, "MOE^MARY");
    let third = third.with(tags::PATIENT_ID, "P3");
    assert!(matches!(
        third.send(&store).expect("kept aside"),
        Ingested::PatientConflict { .. }
    ));
    // The series is apart too, so that no stack mixes patients.
    let claimed = SeriesInstanceUid::parse("1.2.3.1.1").expect("a UID");
    assert_eq!(store.instances(&claimed).expect("instances").len(), 1);
}

#[test]
fn keeping_the_first_asks_no_more_and_lasts() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("stored");
    let other = Object::image(1, 1, 1).with_pixels(vec![9; 8]);
    assert!(matches!(other.send(&store), Err(IngestError::Conflict)));
    let conflicts = store.conflicts().expect("conflicts");
    assert_eq!(conflicts[0].kind, ConflictKind::Data);
    let refused = store.resolve_conflict(&conflicts[0], Resolution::OwnStudy);
    assert!(refused.is_err(), "two objects cannot share a UID");
    assert!(
        store
            .resolve_conflict(&conflicts[0], Resolution::KeepFirst)
            .expect("resolved")
    );
    assert_eq!(studies(&store), [("DOE^JANE".to_owned(), 1, 0)]);
    // The same bytes again are still refused, and still not asked about.
    assert!(matches!(other.send(&store), Err(IngestError::Conflict)));
    assert_eq!(store.conflicts().expect("conflicts"), []);
    let store = rebuilt(&directory, store);
    assert_eq!(store.conflicts().expect("conflicts"), []);
    assert_eq!(studies(&store), [("DOE^JANE".to_owned(), 1, 0)]);
    // When the first goes with its study, so does what was kept aside.
    let keys = [("StudyInstanceUID".to_owned(), "1.2.3.1".to_owned())];
    store.delete(Level::Study, &keys).expect("deleted");
    assert_eq!(studies(&store), []);
}

#[test]
fn a_deleted_newcomer_is_gone_for_good_and_may_come_again() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("stored");
    foreign(2).send(&store).expect("kept aside");
    let conflict = store.conflicts().expect("conflicts").remove(0);
    let (_, newcomer) = store
        .conflict_files(&conflict)
        .expect("answered")
        .expect("two files");
    let delete = Resolution::DeleteNewcomer;
    assert!(store.resolve_conflict(&conflict, delete).expect("resolved"));
    assert!(!newcomer.exists());
    assert!(
        !store.resolve_conflict(&conflict, delete).expect("answered"),
        "it is gone already"
    );
    let store = rebuilt(&directory, store);
    assert_eq!(studies(&store), [("DOE^JANE".to_owned(), 1, 0)]);
    foreign(2).send(&store).expect("kept aside");
    assert_eq!(store.conflicts().expect("conflicts").len(), 1);
}
