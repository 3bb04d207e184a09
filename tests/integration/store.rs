//! The store: nothing acknowledged is lost or half there, conflicts stay apart, lists and queries tell the truth.

use std::fs;
use std::path::{Path, PathBuf};

use dgscope::dicom::{
    AeTitle, SopClassUid, SopInstanceUid, StudyInstanceUid, Tag, TransferSyntax, tags,
};
use dgscope::store::{
    CheckOptions, ImportError, IngestError, Ingested, ObjectDescription, OpenOptions, QueryLevel,
    Store, StoreError, StudyFilter, StudySort,
};
use tempfile::TempDir;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";

/// A small CT image; its attributes in ascending tag order, explicit little endian.
#[derive(Clone)]
struct Object {
    texts: Vec<(Tag, &'static [u8; 2], String)>,
    pixels: Vec<u8>,
}

impl Object {
    /// Image `n` of a series of a study.
    fn image(study: u32, series: u32, n: u32) -> Self {
        let uid = format!("1.2.3.{study}.{series}.{n}");
        let texts = [
            (tags::SOP_CLASS_UID, b"UI", CT.to_owned()),
            (tags::SOP_INSTANCE_UID, b"UI", uid),
            (tags::STUDY_DATE, b"DA", "20240506".into()),
            (tags::STUDY_TIME, b"TM", "101500".into()),
            (tags::ACCESSION_NUMBER, b"SH", format!("ACC{study}")),
            (tags::MODALITY, b"CS", "CT".into()),
            (
                tags::REFERRING_PHYSICIAN_NAME,
                b"PN",
                "House^Gregory".into(),
            ),
            (tags::STUDY_DESCRIPTION, b"LO", "Chest [native]".into()),
            (tags::PATIENT_NAME, b"PN", "DOE^JANE".into()),
            (tags::PATIENT_ID, b"LO", "P1".into()),
            (tags::PATIENT_BIRTH_DATE, b"DA", "19500102".into()),
            (tags::PATIENT_SEX, b"CS", "F".into()),
            (tags::STUDY_INSTANCE_UID, b"UI", format!("1.2.3.{study}")),
            (
                tags::SERIES_INSTANCE_UID,
                b"UI",
                format!("1.2.3.{study}.{series}"),
            ),
            (tags::STUDY_ID, b"SH", format!("S{study}")),
            (tags::SERIES_NUMBER, b"IS", series.to_string()),
            (tags::INSTANCE_NUMBER, b"IS", n.to_string()),
        ];
        Self {
            texts: texts.to_vec(),
            pixels: vec![7; 8],
        }
    }

    fn with(mut self, tag: Tag, value: &str) -> Self {
        for (found, _, text) in &mut self.texts {
            if *found == tag {
                *text = value.to_owned();
            }
        }
        self
    }

    fn without(mut self, tag: Tag) -> Self {
        self.texts.retain(|(found, _, _)| *found != tag);
        self
    }

    fn with_pixels(mut self, pixels: Vec<u8>) -> Self {
        self.pixels = pixels;
        self
    }

    fn uid(&self) -> SopInstanceUid {
        let found = self
            .texts
            .iter()
            .find(|(tag, _, _)| *tag == tags::SOP_INSTANCE_UID);
        SopInstanceUid::parse(&found.expect("a UID").2).expect("valid")
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, vr, text) in &self.texts {
            let mut value = text.clone().into_bytes();
            if value.len() % 2 == 1 {
                value.push(if *vr == b"UI" { 0 } else { b' ' });
            }
            put(&mut bytes, *tag, *vr, &value);
        }
        for (tag, value) in [
            (tags::SAMPLES_PER_PIXEL, 1_u16),
            (tags::ROWS, 2),
            (tags::COLUMNS, 2),
            (tags::BITS_ALLOCATED, 16),
        ] {
            if tag == tags::ROWS {
                put(
                    &mut bytes,
                    tags::PHOTOMETRIC_INTERPRETATION,
                    b"CS",
                    b"MONOCHROME2 ",
                );
            }
            put(&mut bytes, tag, b"US", &value.to_le_bytes());
        }
        let tag = tags::PIXEL_DATA;
        bytes.extend(tag.group().to_le_bytes());
        bytes.extend(tag.element().to_le_bytes());
        bytes.extend(b"OW\0\0");
        bytes.extend((self.pixels.len() as u32).to_le_bytes());
        bytes.extend(&self.pixels);
        bytes
    }

    fn description(&self) -> ObjectDescription {
        ObjectDescription {
            sop_class_uid: SopClassUid::parse(CT).expect("valid"),
            sop_instance_uid: self.uid(),
            transfer_syntax: TransferSyntax::find(EXPLICIT_LITTLE).expect("known"),
            source: Some(AeTitle::try_from("SENDER").expect("valid")),
        }
    }

    fn send(&self, store: &Store) -> Result<Ingested, IngestError> {
        let mut incoming = store.begin(&self.description())?;
        for chunk in self.bytes().chunks(100_000) {
            incoming.write(chunk)?;
        }
        incoming.commit()
    }

    fn file(&self, path: &Path) {
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        put(
            &mut bytes,
            tags::FILE_META_INFORMATION_GROUP_LENGTH,
            b"UL",
            &28_u32.to_le_bytes(),
        );
        put(
            &mut bytes,
            tags::TRANSFER_SYNTAX_UID,
            b"UI",
            b"1.2.840.10008.1.2.1\0",
        );
        bytes.extend(self.bytes());
        fs::write(path, bytes).expect("written");
    }
}

fn put(bytes: &mut Vec<u8>, tag: Tag, vr: &[u8; 2], value: &[u8]) {
    bytes.extend(tag.group().to_le_bytes());
    bytes.extend(tag.element().to_le_bytes());
    bytes.extend(vr);
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
}

fn stored() -> Ingested {
    Ingested::Stored { warning: None }
}

fn store() -> (TempDir, Store) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = Store::open(directory.path()).expect("a new store");
    (directory, store)
}

fn reopen(directory: &TempDir, store: Store) -> Store {
    store.close().expect("closed");
    drop(store);
    Store::open(directory.path()).expect("the store again")
}

fn study(n: u32) -> StudyInstanceUid {
    StudyInstanceUid::parse(&format!("1.2.3.{n}")).expect("valid")
}

fn all() -> StudyFilter {
    StudyFilter {
        limit: 1000,
        ..StudyFilter::default()
    }
}

/// Object files with contents.
fn object_files(directory: &TempDir) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(directory.path().join("objects"))
        .expect("objects")
        .flatten()
    {
        for file in fs::read_dir(folder.path()).expect("a folder").flatten() {
            let is_object = file.path().extension().is_some_and(|e| e == "dcm");
            if is_object && file.metadata().expect("metadata").len() > 0 {
                found.push(file.path());
            }
        }
    }
    found.sort();
    found
}

/// The bytes of the data set of a stored object.
fn kept_bytes(store: &Store, object: &Object) -> Vec<u8> {
    let path = store
        .object_path(&object.uid())
        .expect("asked")
        .expect("stored");
    let bytes = fs::read(path).expect("readable");
    bytes[bytes.len() - object.bytes().len()..].to_vec()
}

fn verify_clean(store: &Store) {
    let options = CheckOptions {
        repair: false,
        digests: true,
    };
    let report = store.check(options, &mut |_, _| true).expect("checked");
    assert!(report.is_clean(), "{:?}", report.problems);
}

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
    for tag in [
        tags::STUDY_INSTANCE_UID,
        tags::SERIES_INSTANCE_UID,
        tags::SOP_CLASS_UID,
    ] {
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
