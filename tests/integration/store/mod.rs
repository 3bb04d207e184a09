//! The store: nothing acknowledged is lost or half there, conflicts stay apart, lists and queries tell the truth.

mod clean_up;
mod conflicts;
mod deletion;
mod imports;
mod ingest;
mod lists;
mod recovery;

use std::fs;
use std::path::{Path, PathBuf};

use dgscope::dicom::{
    AeTitle, Encoding, SopClassUid, SopInstanceUid, StudyInstanceUid, Tag, TransferSyntax, VR, tags,
};
use dgscope::phantom::Builder;
use dgscope::store::{
    CheckOptions, IngestError, Ingested, ObjectDescription, OpenOptions, Store, StudyFilter,
};
use tempfile::TempDir;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

/// A small object under construction.
#[derive(Clone)]
struct Object {
    uid: SopInstanceUid,
    builder: Builder,
}

impl Object {
    /// CT image `n` of a series of a study.
    fn image(study: u32, series: u32, n: u32) -> Self {
        let uid = format!("1.2.3.{study}.{series}.{n}");
        let builder = Builder::new()
            .text(tags::SOP_CLASS_UID, CT)
            .text(tags::SOP_INSTANCE_UID, &uid)
            .text(tags::STUDY_DATE, "20240506")
            .text(tags::STUDY_TIME, "101500")
            .text(tags::ACCESSION_NUMBER, &format!("ACC{study}"))
            .text(tags::MODALITY, "CT")
            .text(tags::REFERRING_PHYSICIAN_NAME, "House^Gregory")
            .text(tags::STUDY_DESCRIPTION, "Chest [native]")
            .text(tags::PATIENT_NAME, "DOE^JANE")
            .text(tags::PATIENT_ID, "P1")
            .text(tags::PATIENT_BIRTH_DATE, "19500102")
            .text(tags::PATIENT_SEX, "F")
            .text(tags::STUDY_INSTANCE_UID, &format!("1.2.3.{study}"))
            .text(
                tags::SERIES_INSTANCE_UID,
                &format!("1.2.3.{study}.{series}"),
            )
            .text(tags::STUDY_ID, &format!("S{study}"))
            .text(tags::SERIES_NUMBER, &series.to_string())
            .text(tags::INSTANCE_NUMBER, &n.to_string())
            .ints(tags::SAMPLES_PER_PIXEL, &[1])
            .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .ints(tags::ROWS, &[2])
            .ints(tags::COLUMNS, &[2])
            .ints(tags::BITS_ALLOCATED, &[16])
            .raw(tags::PIXEL_DATA, VR::OW, vec![7; 8]);
        Self {
            uid: SopInstanceUid::parse(&uid).expect("valid"),
            builder,
        }
    }

    fn with(mut self, tag: Tag, value: &str) -> Self {
        self.builder = self.builder.text(tag, value);
        self
    }

    fn without(mut self, tag: Tag) -> Self {
        self.builder = self.builder.without(tag);
        self
    }

    fn with_pixels(mut self, pixels: Vec<u8>) -> Self {
        self.builder = self.builder.raw(tags::PIXEL_DATA, VR::OW, pixels);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        self.builder.data_set(Encoding::ExplicitLittle)
    }

    fn description(&self) -> ObjectDescription {
        ObjectDescription {
            sop_class_uid: SopClassUid::parse(CT).expect("valid"),
            sop_instance_uid: self.uid.clone(),
            transfer_syntax: explicit_little(),
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

    fn save(&self, path: &Path) {
        fs::write(path, self.builder.file(explicit_little())).expect("written");
    }
}

fn explicit_little() -> &'static TransferSyntax {
    TransferSyntax::find("1.2.840.10008.1.2.1").expect("known")
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
        .object_path(&object.uid)
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

fn count(store: &Store) -> u64 {
    let page = store.studies(&all()).expect("asked");
    page.rows.iter().map(|row| row.instance_count).sum()
}
