//! Files come in, copied or linked.

use dgscope::store::ImportError;

use super::*;

#[test]
fn a_file_is_copied_without_its_meta_information() {
    let (directory, store) = store();
    let object = Object::image(1, 1, 1);
    let path = directory.path().join("image");
    object.save(&path);
    assert_eq!(store.import_file(&path, false).expect("kept"), stored());
    assert_eq!(
        store.import_file(&path, false).expect("known"),
        Ingested::Duplicate
    );
    assert_eq!(
        store.import_file(&path, true).expect("known"),
        Ingested::Duplicate
    );
    assert_eq!(kept_bytes(&store, &object), object.bytes());
    fs::write(&path, object.bytes()).expect("written"); // no preamble, no meta information
    assert_eq!(
        store.import_file(&path, false).expect("known"),
        Ingested::Duplicate
    );
}

#[test]
fn what_is_no_object_is_told_apart_from_what_is_broken() {
    let (directory, store) = store();
    let path = directory.path().join("file");
    fs::write(
        &path,
        b"a text that is long enough to be looked at as a data set",
    )
    .expect("written");
    assert!(matches!(
        store.import_file(&path, false),
        Err(ImportError::NotDicom)
    ));
    let bytes = Object::image(1, 1, 1).builder.file(explicit_little());
    fs::write(&path, &bytes[..bytes.len() - 4]).expect("written");
    let refusal = store.import_file(&path, false);
    assert!(
        matches!(refusal, Err(ImportError::Refused(_))),
        "{refusal:?}"
    );
    let refusal = store.import_file(&directory.path().join("none"), false);
    assert!(
        matches!(refusal, Err(ImportError::Unreadable(_))),
        "{refusal:?}"
    );
    assert!(object_files(&directory).is_empty());
}

#[test]
fn a_linked_file_stays_where_it_is_and_its_change_is_noticed() {
    let (directory, store) = store();
    let object = Object::image(1, 1, 1);
    let path = directory.path().join("linked.dcm");
    object.save(&path);
    assert_eq!(store.import_file(&path, true).expect("linked"), stored());
    assert_eq!(
        store.import_file(&path, true).expect("known"),
        Ingested::Duplicate
    );
    assert_eq!(
        object.send(&store).expect("the same bytes"),
        Ingested::Duplicate
    );
    assert!(object_files(&directory).is_empty());
    assert_eq!(store.digest_linked_files(&mut |_| true).expect("read"), 1);
    store.close().expect("closed");
    fs::remove_file(directory.path().join("index.sqlite")).expect("removed");
    let store = Store::open(directory.path()).expect("opened");
    let row = store
        .instances_of_study(&study(1))
        .expect("asked")
        .remove(0);
    assert_eq!(
        (row.path.file_name(), row.changed),
        (path.file_name(), false)
    );
    verify_clean(&store);
    object.with_pixels(vec![1; 12]).save(&path);
    assert!(store.instances_of_study(&study(1)).expect("asked")[0].changed);
    let options = CheckOptions::default();
    let report = store.check(options, &mut |_, _| true).expect("checked");
    assert_eq!(report.changed_links, 1);
}
