//! The study list over 100,000 studies, and opening a store of 10,000: `cargo bench --bench index`.

use std::path::PathBuf;
use std::sync::LazyLock;

use dgscope::store::{Store, StudyFilter, StudySort};
use divan::Bencher;
use rusqlite::{Connection, params};

fn main() {
    divan::main();
}

/// A store whose index was filled by SQL: no files, as lists need none.
struct Filled {
    _directory: tempfile::TempDir,
    path: PathBuf,
    store: Store,
}

static LARGE: LazyLock<Filled> = LazyLock::new(|| fill(100_000));
static MEDIUM: LazyLock<Filled> = LazyLock::new(|| fill(10_000));

fn fill(studies: u32) -> Filled {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().to_owned();
    Store::open(&path)
        .expect("a store")
        .close()
        .expect("closed");
    let mut connection = Connection::open(path.join("index.sqlite")).expect("the index");
    let transaction = connection.transaction().expect("begun");
    for n in 0..studies {
        insert_study(&transaction, n);
    }
    transaction.commit().expect("committed");
    connection.execute_batch("PRAGMA optimize").expect("tidied");
    drop(connection);
    let store = Store::open(&path).expect("opened");
    Filled {
        _directory: directory,
        path,
        store,
    }
}

fn insert_study(connection: &Connection, n: u32) {
    let scattered = n.wrapping_mul(2_654_435_761);
    let surname = ["muller", "garcia", "smith", "nguyen", "okafor"][scattered as usize % 5];
    let name = format!("{surname}{}^anna{}", scattered % 4000, n % 97);
    let description = format!("study of region {}", scattered % 300);
    let search = format!(
        "{}\nid{n}\nacc{scattered}\n{description}\ns{n}",
        name.replace('^', " ")
    );
    let modality = ["\\CT\\", "\\MR\\", "\\US\\", "\\CR\\"][scattered as usize % 4];
    connection
        .prepare_cached(
            "INSERT INTO study (study_instance_uid, patient_name, patient_id, patient_birth_date, patient_sex,
                 study_date, study_time, study_id, accession_number, study_description, referring_physician_name,
                 patient_name_folded, referring_physician_name_folded, study_description_folded, search_text,
                 modalities, series_count, instance_count, bytes, source_ae, received_ms)
             VALUES (?1, ?2, ?3, ?4, 'F', ?5, '101500', ?6, ?7, ?8, 'House^Gregory', ?2, 'house^gregory', ?8, ?9,
                 ?10, ?11, ?12, ?13, ?14, ?15)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                format!("1.2.826.0.1.3680043.2.406.1.1.{n}"),
                name,
                format!("ID{n}"),
                format!("19{:02}0{}1{}", scattered % 100, 1 + n % 9, n % 9),
                format!("20{:02}0{}1{}", scattered % 25, 1 + n % 9, n % 9),
                format!("S{n}"),
                format!("ACC{scattered}"),
                description,
                search,
                modality,
                1 + n % 5,
                scattered % 900,
                scattered,
                ["CT1", "MR1", "GATE"][n as usize % 3],
                1_700_000_000_000_i64 + i64::from(scattered)
            ])
        })
        .expect("inserted");
}

const SORTS: [StudySort; 14] = [
    StudySort::StudyDate,
    StudySort::Received,
    StudySort::PatientName,
    StudySort::PatientId,
    StudySort::BirthDate,
    StudySort::Modalities,
    StudySort::Description,
    StudySort::AccessionNumber,
    StudySort::StudyId,
    StudySort::ReferringPhysician,
    StudySort::SeriesCount,
    StudySort::InstanceCount,
    StudySort::Bytes,
    StudySort::SourceAe,
];

fn page(sort: StudySort, offset: u64) -> StudyFilter {
    StudyFilter {
        sort,
        descending: true,
        offset,
        limit: 200,
        ..StudyFilter::default()
    }
}

fn run(bencher: Bencher, filter: &StudyFilter) {
    let store = &LARGE.store;
    bencher.bench_local(|| store.studies(filter).expect("a page"));
}

#[divan::bench(args = SORTS, sample_count = 15)]
fn first_page(bencher: Bencher, sort: StudySort) {
    run(bencher, &page(sort, 0));
}

#[divan::bench(args = [StudySort::StudyDate, StudySort::PatientName], sample_count = 15)]
fn page_in_the_middle(bencher: Bencher, sort: StudySort) {
    run(bencher, &page(sort, 50_000));
}

#[divan::bench(args = ["mul", "anna12 garcia", "acc1", "nothing like this"], sample_count = 15)]
fn search(bencher: Bencher, text: &str) {
    let filter = StudyFilter {
        search: text.into(),
        ..page(StudySort::PatientName, 0)
    };
    run(bencher, &filter);
}

#[divan::bench(args = SORTS, sample_count = 15)]
fn filtered_and_sorted(bencher: Bencher, sort: StudySort) {
    let filter = StudyFilter {
        search: "anna".into(),
        date_from: "20050101".into(),
        modalities: vec!["CT".into(), "MR".into()],
        source_ae: "CT1".into(),
        ..page(sort, 0)
    };
    run(bencher, &filter);
}

#[divan::bench(sample_count = 15)]
fn open_with_10_000_studies(bencher: Bencher) {
    let path = &MEDIUM.path;
    bencher.bench_local(|| Store::open(path).expect("opened"));
}
