//! What happens between two starts: lost and old indexes, half files, other processes.

use std::sync::Barrier;

use super::*;

fn delete_index(directory: &TempDir) {
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(directory.path().join(format!("index.sqlite{suffix}"))).ok(); // may be absent
    }
}

fn send_many(store: &Store, study: u32, count: u32) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for n in (thread..count).step_by(8) {
                    assert_eq!(
                        Object::image(study, 1, n).send(store).expect("kept"),
                        stored()
                    );
                }
            });
        }
    });
}

#[test]
fn a_deleted_index_comes_back_complete_with_its_conflicts() {
    let (directory, store) = store();
    let object = Object::image(1, 1, 1);
    object.send(&store).expect("kept");
    Object::image(2, 1, 1).send(&store).expect("kept");
    let differs = Object::image(1, 1, 1).with_pixels(vec![1; 8]);
    differs.send(&store).expect_err("a conflict");
    let foreign = Object::image(2, 1, 2).with(tags::PATIENT_ID, "P9");
    foreign.send(&store).expect("set aside");
    store.pin(&study(1), true).expect("pinned");
    let before = (
        store.studies(&all()).expect("asked"),
        store.conflicts().expect("asked"),
    );
    store.close().expect("closed");
    delete_index(&directory);
    let store = Store::open(directory.path()).expect("opened");
    assert_eq!(store.studies(&all()).expect("asked"), before.0);
    assert_eq!(store.conflicts().expect("asked"), before.1);
    assert_eq!(kept_bytes(&store, &object), object.bytes());
    verify_clean(&store);
}

#[test]
fn an_index_that_is_no_database_is_made_anew() {
    let (directory, store) = store();
    Object::image(1, 1, 1).send(&store).expect("kept");
    store.close().expect("closed");
    delete_index(&directory);
    fs::write(directory.path().join("index.sqlite"), vec![0x55; 10_000]).expect("written");
    let store = Store::open(directory.path()).expect("opened");
    assert_eq!(count(&store), 1);
}

#[test]
fn an_old_copy_of_the_index_is_brought_up_to_date() {
    let (directory, store) = store();
    Object::image(1, 1, 5000).send(&store).expect("kept");
    let store = reopen(&directory, store);
    store.close().expect("closed");
    let (index, copy) = (
        directory.path().join("index.sqlite"),
        directory.path().join("copy.sqlite"),
    );
    fs::copy(&index, &copy).expect("copied");
    let store = Store::open(directory.path()).expect("opened");
    send_many(&store, 1, 1100); // more than a folder holds, so that one is settled
    store.close().expect("closed");
    drop(store);
    delete_index(&directory);
    fs::copy(&copy, &index).expect("copied back");
    let store = Store::open(directory.path()).expect("opened");
    assert_eq!(count(&store), 1101);
    verify_clean(&store);
}

#[test]
fn half_files_are_freed_and_broken_ones_set_aside() {
    let (directory, store) = store();
    for n in 1..=3 {
        Object::image(1, 1, n).send(&store).expect("kept");
    }
    store.close().expect("closed");
    let files = object_files(&directory);
    let whole = fs::read(&files[0]).expect("readable");
    let heading_end = whole.len() - Object::image(1, 1, 1).bytes().len();
    // Killed while streaming: an empty certificate.
    let mut streaming = whole[..whole.len() - 20].to_vec();
    streaming[heading_end - 64..heading_end].fill(0);
    // Certified, but the end or a byte is missing after a power failure.
    let mut flipped = fs::read(&files[2]).expect("readable");
    *flipped.last_mut().expect("not empty") ^= 1;
    fs::write(&files[1], &whole[..whole.len() - 2]).expect("written");
    fs::write(&files[2], flipped).expect("written");
    let folder = directory.path().join("objects/000001");
    fs::write(folder.join("0100.dcm"), streaming).expect("written");
    fs::write(folder.join("0101.dcm"), b"").expect("written");
    fs::write(folder.join("0102.dcm"), vec![0; 5000]).expect("written");
    fs::write(folder.join("0103.dcm"), b"a note of mine").expect("written");
    fs::write(folder.join("notes.txt"), b"another note").expect("written");
    delete_index(&directory);
    let store = Store::open(directory.path()).expect("opened");
    assert_eq!(count(&store), 1);
    let exists = |name: &str| folder.join(name).exists();
    assert!(
        !exists("0100.dcm") && !exists("0101.dcm"),
        "never acknowledged"
    );
    for name in ["0102.dcm.damaged", "0002.dcm.damaged", "0003.dcm.damaged"] {
        assert!(exists(name), "{name} is set aside, not destroyed");
    }
    assert!(exists("0103.dcm") && exists("notes.txt"), "not ours");
    verify_clean(&store);
}

#[test]
fn the_doctor_finds_and_mends_what_changed_behind_its_back() {
    let (directory, store) = store();
    for n in 1..=3 {
        Object::image(1, 1, n).send(&store).expect("kept");
    }
    let files = object_files(&directory);
    fs::remove_file(&files[0]).expect("removed");
    let mut flipped = fs::read(&files[1]).expect("readable");
    *flipped.last_mut().expect("not empty") ^= 1;
    fs::write(&files[1], flipped).expect("written");
    let check = |repair, digests| {
        let options = CheckOptions { repair, digests };
        store.check(options, &mut |_, _| true).expect("checked")
    };
    assert_eq!(check(false, false).missing, 1);
    let found = check(true, true);
    assert_eq!((found.missing, found.damaged, found.mended), (1, 1, 1));
    assert!(!found.is_clean(), "a damaged object cannot be mended");
    assert_eq!(count(&store), 2);
    assert_eq!(store.rebuild(&mut |_, _| true).expect("rebuilt"), 2);
    assert_eq!(store.audit_trail(1).expect("asked")[0].action, "repair");
}

#[test]
fn processes_beside_each_other_lose_nothing() {
    let (directory, node) = store();
    let object = Object::image(9, 1, 1);
    let mut in_flight = node.begin(&object.description()).expect("begun");
    in_flight.write(&object.bytes()).expect("written");
    let import = Store::open(directory.path()).expect("a second one");
    std::thread::scope(|scope| {
        scope.spawn(|| send_many(&node, 1, 40));
        scope.spawn(|| send_many(&import, 2, 40));
    });
    for store in [&node, &import] {
        store.index_received().expect("indexed");
    }
    let version = node.data_version().expect("asked");
    let third = Store::open(directory.path()).expect("a third one");
    assert_eq!(in_flight.commit().expect("kept"), stored());
    assert_eq!(
        node.data_version().expect("asked"),
        version,
        "our own writes do not count"
    );
    Object::image(3, 1, 1).send(&third).expect("kept");
    third.index_received().expect("indexed");
    assert_ne!(node.data_version().expect("asked"), version);
    for store in [&node, &import, &third] {
        assert_eq!(count(store), 82);
    }
    import.close().expect("closed");
    third.close().expect("closed");
    let node = reopen(&directory, node);
    assert_eq!(count(&node), 82);
    verify_clean(&node);
}

#[test]
fn one_uid_at_once_becomes_visible_once() {
    let (directory, store) = store();
    let other = Store::open(directory.path()).expect("a second one");
    let barrier = Barrier::new(8);
    let outcomes: Vec<Result<Ingested, IngestError>> = std::thread::scope(|scope| {
        let (store, other, barrier) = (&store, &other, &barrier);
        let threads: Vec<_> = (0..8_u8)
            .map(|n| {
                scope.spawn(move || {
                    let object = Object::image(1, 1, 1).with_pixels(vec![n % 2; 8]);
                    barrier.wait();
                    object.send(if n < 4 { store } else { other })
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("no panic"))
            .collect()
    });
    let tell = |wanted: fn(&Result<Ingested, IngestError>) -> bool| {
        outcomes.iter().filter(|outcome| wanted(outcome)).count()
    };
    assert_eq!(tell(|o| matches!(o, Ok(Ingested::Stored { .. }))), 1);
    assert_eq!(tell(|o| matches!(o, Ok(Ingested::Duplicate))), 3);
    assert_eq!(tell(|o| matches!(o, Err(IngestError::Conflict))), 4);
    assert_eq!(store.conflicts().expect("asked").len(), 1);
    assert_eq!(count(&store), 1);
}

#[test]
fn a_full_disk_is_noticed_before_it_is_full() {
    let (directory, store) = store();
    let change = |value: &str| {
        let changes = [("store.minimum-free".to_owned(), value.to_owned())];
        store.change_settings(&changes).expect("valid")
    };
    change("1000T");
    let refusal = Object::image(1, 1, 1).send(&store);
    assert!(
        matches!(refusal, Err(IngestError::StoreFull(_))),
        "{refusal:?}"
    );
    change("0");
    let object = Object::image(1, 1, 1).with_pixels(vec![5; 600_000]);
    let mut incoming = store.begin(&object.description()).expect("begun");
    incoming.write(&object.bytes()).expect("written");
    incoming.commit().expect("kept");
    assert_eq!(object_files(&directory).len(), 1);
}

#[test]
fn a_database_of_the_first_schema_opens_and_a_newer_one_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for database in ["index", "station"] {
        let dump = format!("tests/fixtures/databases/{database}-1.sql");
        let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join(dump);
        let path = directory.path().join(format!("{database}.sqlite"));
        let connection = rusqlite::Connection::open(path).expect("a database");
        let sql = fs::read_to_string(dump).expect("the fixture");
        // A dump lists tables by name, rows before what they refer to.
        connection
            .execute_batch(&format!("PRAGMA foreign_keys = OFF;\n{sql}"))
            .expect("the dump is whole");
    }
    let store = Store::open(directory.path()).expect("opened");
    let row = store.study(&study(1)).expect("asked").expect("listed");
    assert_eq!((row.instance_count, row.pinned), (1, true));
    assert_eq!(store.peers().expect("asked").len(), 1);
    store.close().expect("closed");
    let path = directory.path().join("station.sqlite");
    let connection = rusqlite::Connection::open(path).expect("a database");
    connection
        .pragma_update(None, "user_version", 9)
        .expect("updated");
    drop(connection);
    let refusal = Store::open(directory.path()).expect_err("too new");
    assert!(refusal.to_string().contains("newer program"), "{refusal}");
}

#[test]
fn a_lost_or_damaged_station_database_comes_back_from_its_copy() {
    let (directory, store) = store();
    let changes = [("station.ae-title".to_owned(), "READER".to_owned())];
    store.change_settings(&changes).expect("changed");
    Object::image(1, 1, 1).send(&store).expect("kept");
    store.close().expect("closed");
    drop(store);
    // The first opening of a day makes the copy; the first one above was of an empty station.
    let station = directory.path().join("station.sqlite");
    let folder = directory.path().join("backup");
    fs::remove_dir_all(&folder).expect("removed");
    let store = Store::open(directory.path()).expect("opened");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let is_copied = || {
        let names = fs::read_dir(&folder).into_iter().flatten().flatten();
        names
            .map(|entry| entry.path())
            .any(|path| path.extension().is_some_and(|e| e == "sqlite"))
    };
    while !is_copied() {
        assert!(std::time::Instant::now() < deadline, "no copy was made");
        std::thread::yield_now();
    }
    assert_eq!(store.notice(), None);
    store.close().expect("closed");
    drop(store);
    fs::write(folder.join("station-99990101.sqlite"), "no database").expect("written");
    for damaged in [true, false] {
        if damaged {
            fs::write(&station, vec![0x55; 10_000]).expect("written");
        } else {
            fs::remove_file(&station).expect("removed");
        }
        let store = Store::open(directory.path()).expect("restored");
        let notice = store.notice().expect("never silently");
        assert!(notice.contains("restored from station-"), "{notice}");
        assert_eq!(
            store.settings().expect("read").station_ae_title.as_str(),
            "READER"
        );
        assert_eq!(store.audit_trail(1).expect("asked")[0].action, "restore");
        assert_eq!(count(&store), 1);
        store.close().expect("closed");
    }
    assert!(directory.path().join("station.sqlite.damaged").exists());
    fs::remove_dir_all(&folder).expect("removed");
    fs::write(&station, vec![0x55; 10_000]).expect("written");
    Store::open(directory.path()).expect_err("without a copy a person has to decide");
}
