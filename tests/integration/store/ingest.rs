//! Objects come in: kept exactly once, checked, set aside when they contradict.

use std::path::PathBuf;

use super::*;

#[test]
fn what_arrives_is_kept_byte_for_byte_and_listed() {
    let (directory, store) = store();
    for n in 1..=3 {
        assert_eq!(Object::image(1, 1, n).send(&store).expect("kept"), stored());
    }
    let large = Object::image(1, 2, 1).with_pixels((0..1_000_000_u32).map(|n| n as u8).collect());
    assert_eq!(large.send(&store).expect("kept"), stored());
    assert_eq!(kept_bytes(&store, &large), large.bytes());
    let row = store.study(&study(1)).expect("asked").expect("listed");
    assert_eq!((row.series_count, row.instance_count), (2, 4));
    assert_eq!(row.modalities, ["CT"]);
    assert_eq!(row.source_ae, "SENDER");
    let store = reopen(&directory, store);
    let instances = store.instances_of_study(&study(1)).expect("asked");
    let numbers: Vec<_> = instances.iter().map(|row| row.instance_number).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(1)]);
    assert_eq!(kept_bytes(&store, &large), large.bytes());
    verify_clean(&store);
}

#[test]
fn the_same_bytes_again_are_stored_once() {
    let (directory, store) = store();
    let object = Object::image(1, 1, 1);
    assert_eq!(object.send(&store).expect("kept"), stored());
    assert_eq!(object.send(&store).expect("known"), Ingested::Duplicate);
    assert_eq!(object_files(&directory).len(), 1);
}

#[test]
fn other_bytes_under_a_known_uid_are_a_conflict_and_kept_aside_once() {
    let (directory, store) = store();
    let (first, second) = (
        Object::image(1, 1, 1),
        Object::image(1, 1, 1).with_pixels(vec![8; 8]),
    );
    first.send(&store).expect("kept");
    for _ in 0..2 {
        assert!(matches!(second.send(&store), Err(IngestError::Conflict)));
    }
    assert_eq!(kept_bytes(&store, &first), first.bytes());
    assert_eq!(store.conflicts().expect("asked").len(), 1);
    assert_eq!(object_files(&directory).len(), 2);
    let row = store.study(&study(1)).expect("asked").expect("listed");
    assert_eq!((row.conflict_count, row.instance_count), (1, 1));
    let filter = StudyFilter {
        conflicts_only: true,
        ..all()
    };
    assert_eq!(store.studies(&filter).expect("asked").total, 1);
    verify_clean(&store);
}

#[test]
fn another_encoding_of_the_same_object_is_told_apart_from_a_conflict() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let options = OpenOptions {
        equivalent: Some(|_, _| true),
        ..OpenOptions::default()
    };
    let store = Store::open_with(directory.path(), options).expect("a store");
    Object::image(1, 1, 1).send(&store).expect("kept");
    let other_pixels = Object::image(1, 1, 1).with_pixels(vec![9; 8]);
    assert_eq!(
        other_pixels.send(&store).expect("same"),
        Ingested::Equivalent
    );
    let other_attribute = other_pixels.with(tags::STUDY_DESCRIPTION, "Abdomen");
    assert!(matches!(
        other_attribute.send(&store),
        Err(IngestError::Conflict)
    ));
}

#[test]
fn a_foreign_patient_never_mixes_with_a_study() {
    let (_directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    let foreign = Object::image(1, 1, 2).with(tags::PATIENT_NAME, "ROE^RICHARD");
    for _ in 0..2 {
        match foreign.send(&store).expect("a success") {
            Ingested::PatientConflict { reason } => assert_eq!(reason, "Patient's Name disagrees"),
            other => panic!("not set aside: {other:?}"),
        }
    }
    let other_study = Object::image(2, 1, 1)
        .with(tags::PATIENT_ID, "P2")
        .with(tags::SERIES_INSTANCE_UID, "1.2.3.1.1");
    assert!(matches!(
        other_study.send(&store),
        Ok(Ingested::PatientConflict { .. })
    ));
    let padded = Object::image(1, 1, 3).with(tags::PATIENT_NAME, "Doe^Jane^^ ");
    assert_eq!(padded.send(&store).expect("the same patient"), stored());
    assert_eq!(store.instances_of_study(&study(1)).expect("asked").len(), 2);
    assert_eq!(store.conflicts().expect("asked").len(), 2);
    verify_clean(&store);
}

#[test]
fn what_is_wrong_is_refused_and_leaves_nothing() {
    let (directory, store) = store();
    let object = Object::image(1, 1, 1);
    let mut described = object.description();
    described.sop_instance_uid = SopInstanceUid::parse("1.2.99").expect("valid");
    let mut incoming = store.begin(&described).expect("begun");
    incoming.write(&object.bytes()).expect("written");
    assert!(matches!(incoming.commit(), Err(IngestError::Mismatch(_))));
    for tag in [tags::SOP_INSTANCE_UID, tags::SOP_CLASS_UID] {
        let refusal = object.clone().without(tag).send(&store);
        assert!(
            matches!(refusal, Err(IngestError::Mismatch(_))),
            "{refusal:?}"
        );
    }
    for bytes in [
        &object.bytes()[..object.bytes().len() - 3],
        &[0xFF; 300][..],
    ] {
        let mut incoming = store.begin(&object.description()).expect("begun");
        incoming.write(bytes).expect("written");
        let refusal = incoming.commit();
        assert!(
            matches!(refusal, Err(IngestError::Unparseable(_))),
            "{refusal:?}"
        );
    }
    drop(store.begin(&object.description()).expect("begun"));
    assert_eq!(object_files(&directory), Vec::<PathBuf>::new());
    assert_eq!(store.studies(&all()).expect("asked").total, 0);
}

#[test]
fn a_missing_module_is_a_warning() {
    let (_directory, store) = store();
    let object = Object::image(1, 1, 1).without(tags::MODALITY);
    match object.send(&store).expect("kept") {
        Ingested::Stored {
            warning: Some(warning),
        } => assert_eq!(warning, "module missing: General Series"),
        other => panic!("no warning: {other:?}"),
    }
}

#[test]
fn objects_without_usable_study_or_series_are_kept_and_grouped() {
    let (_directory, store) = store();
    let nameless = Object::image(1, 1, 1).without(tags::STUDY_INSTANCE_UID);
    let warned = |result: Result<Ingested, IngestError>, words: &str| match result {
        Ok(Ingested::Stored {
            warning: Some(warning),
        }) => assert!(warning.contains(words), "{warning}"),
        other => panic!("{other:?}"),
    };
    warned(nameless.send(&store), "Study Instance UID is missing");
    let same_series = Object::image(1, 1, 2).without(tags::STUDY_INSTANCE_UID);
    warned(same_series.send(&store), "Study Instance UID is missing");
    let odd = |n| Object::image(2, 1, n).with(tags::STUDY_INSTANCE_UID, "05fa52f0-e599");
    warned(odd(1).send(&store), "Study Instance UID is malformed");
    warned(odd(2).send(&store), "Study Instance UID is malformed");
    let seriesless = |n| Object::image(3, n, n).without(tags::SERIES_INSTANCE_UID);
    warned(seriesless(1).send(&store), "Series Instance UID is missing");
    warned(seriesless(2).send(&store), "Series Instance UID is missing");
    let filter = StudyFilter {
        limit: 10,
        ..StudyFilter::default()
    };
    let page = store.studies(&filter).expect("listed");
    let counts: Vec<_> = page
        .rows
        .iter()
        .map(|row| (row.series_count, row.instance_count))
        .collect();
    assert_eq!(counts, [(1, 2); 3]);
    let own = store.study(&study(3)).expect("asked").expect("its own UID");
    assert_eq!(own.instance_count, 2);
    assert_eq!(nameless.send(&store).expect("known"), Ingested::Duplicate);
    verify_clean(&store);
}

#[test]
fn nothing_is_acknowledged_while_the_index_takes_no_rows() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    assert_eq!(count(&store), 1);
    let other = rusqlite::Connection::open(directory.path().join("index.sqlite")).expect("opened");
    // The row of the second object has to wait for this transaction, and then finds no table.
    other
        .execute_batch("BEGIN IMMEDIATE; ALTER TABLE instance RENAME TO hidden")
        .expect("begun");
    let second = Object::image(1, 1, 2);
    assert_eq!(second.send(&store).expect("durable"), stored());
    other.execute_batch("COMMIT").expect("committed");
    store.index_received().expect_err("no table");
    let refusal = Object::image(1, 1, 3).send(&store);
    assert!(matches!(refusal, Err(IngestError::Index(_))), "{refusal:?}");
    other
        .execute_batch("ALTER TABLE hidden RENAME TO instance")
        .expect("renamed");
    store.index_received().expect("it takes rows again");
    assert_eq!(count(&store), 2, "what was acknowledged is there");
    assert_eq!(second.send(&store).expect("known"), Ingested::Duplicate);
    assert_eq!(Object::image(1, 1, 3).send(&store).expect("kept"), stored());
    assert_eq!(count(&store), 3);
    verify_clean(&store);
}

#[test]
fn other_processes_see_a_row_soon_after_the_reply() {
    let (directory, store) = store();
    let other = rusqlite::Connection::open(directory.path().join("index.sqlite")).expect("opened");
    assert_eq!(Object::image(1, 1, 1).send(&store).expect("kept"), stored());
    let rows = || -> u64 {
        let sql = "SELECT count(*) FROM instance";
        other.query_row(sql, [], |row| row.get(0)).expect("a count")
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while rows() == 0 {
        assert!(std::time::Instant::now() < deadline, "nobody brought it in");
        std::thread::yield_now();
    }
}

#[test]
fn another_patient_in_a_study_on_its_way_is_set_aside() {
    let (_directory, store) = store();
    let barrier = std::sync::Barrier::new(8);
    let outcomes: Vec<Ingested> = std::thread::scope(|scope| {
        let (store, barrier) = (&store, &barrier);
        let threads: Vec<_> = (0..8_u32)
            .map(|n| {
                scope.spawn(move || {
                    let id = format!("P{}", n % 2);
                    let object = Object::image(1, 1, n).with(tags::PATIENT_ID, &id);
                    barrier.wait();
                    object.send(store).expect("kept")
                })
            })
            .collect();
        let outcomes = threads.into_iter().map(|thread| thread.join());
        outcomes.map(|one| one.expect("no panic")).collect()
    });
    let aside = outcomes
        .iter()
        .filter(|one| matches!(one, Ingested::PatientConflict { .. }))
        .count();
    assert_eq!(aside, 4, "each sender is told what became of its object");
    assert_eq!(store.conflicts().expect("asked").len(), 4);
    assert_eq!(count(&store), 4);
}
