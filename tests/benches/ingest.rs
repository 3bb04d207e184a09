//! Objects into the store, durable and indexed: `cargo bench --bench ingest`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use dgscope::dicom::{Encoding, SopClassUid, SopInstanceUid, TransferSyntax, VR, tags};
use dgscope::phantom::Builder;
use dgscope::store::{ObjectDescription, Store};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

fn image(n: usize, pixel_bytes: usize) -> Builder {
    Builder::new()
        .text(tags::SOP_CLASS_UID, CT)
        .text(tags::SOP_INSTANCE_UID, &format!("1.2.3.{}.{n}", n / 100))
        .text(tags::STUDY_DATE, "20240506")
        .text(tags::MODALITY, "CT")
        .text(tags::PATIENT_NAME, "PHANTOM^BENCH")
        .text(tags::PATIENT_ID, "BENCH")
        .text(tags::STUDY_INSTANCE_UID, &format!("1.2.3.{}", n / 400))
        .text(tags::SERIES_INSTANCE_UID, &format!("1.2.3.{}", n / 100))
        .text(tags::INSTANCE_NUMBER, &n.to_string())
        .ints(tags::ROWS, &[512])
        .ints(tags::COLUMNS, &[512])
        .raw(tags::PIXEL_DATA, VR::OW, vec![n as u8; pixel_bytes])
}

fn syntax() -> &'static TransferSyntax {
    TransferSyntax::find("1.2.840.10008.1.2.1").expect("known")
}

/// CT slices as the network hands them over, by as many threads as there are associations.
#[divan::bench(args = [1, 8], sample_count = 5)]
fn receive_ct_slices(bencher: Bencher, associations: usize) {
    const SLICES: usize = 400;
    let slices: Vec<(ObjectDescription, Vec<u8>)> = (0..SLICES)
        .map(|n| {
            let builder = image(n, 512 * 1024);
            let object = ObjectDescription {
                sop_class_uid: SopClassUid::parse(CT).expect("valid"),
                sop_instance_uid: SopInstanceUid::parse(&format!("1.2.3.{}.{n}", n / 100))
                    .expect("valid"),
                transfer_syntax: syntax(),
                source: None,
            };
            (object, builder.data_set(Encoding::ExplicitLittle))
        })
        .collect();
    bencher
        .counter(ItemsCount::new(SLICES))
        .counter(BytesCount::new(SLICES * 512 * 1024))
        .with_inputs(new_store)
        .bench_local_values(|(directory, store)| {
            share(SLICES, associations, |n| {
                let (object, bytes) = &slices[n];
                let mut incoming = store.begin(object).expect("begun");
                for chunk in bytes.chunks(128 * 1024) {
                    incoming.write(chunk).expect("written");
                }
                incoming.commit().expect("kept");
            });
            (directory, store)
        });
}

/// Small files from a folder, copied or linked.
#[divan::bench(args = [false, true], sample_count = 3)]
fn import_5000_small_files(bencher: Bencher, link: bool) {
    const FILES: usize = 5000;
    let source = tempfile::tempdir().expect("a temporary directory");
    let files: Vec<PathBuf> = (0..FILES).map(|n| save(source.path(), n)).collect();
    bencher
        .counter(ItemsCount::new(FILES))
        .with_inputs(new_store)
        .bench_local_values(|(directory, store)| {
            share(FILES, 8, |n| {
                store.import_file(&files[n], link).expect("kept");
            });
            (directory, store)
        });
}

fn save(folder: &Path, n: usize) -> PathBuf {
    let path = folder.join(format!("{n}.dcm"));
    fs::write(&path, image(n, 8 * 1024).file(syntax())).expect("written");
    path
}

fn new_store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = Store::open(directory.path()).expect("a store");
    (directory, store)
}

/// Does `work` for every number below `count`, on several threads.
fn share(count: usize, threads: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    work(n);
                }
            });
        }
    });
}
