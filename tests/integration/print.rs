//! Films from end to end on the virtual printer: its files against the renderer, its misbehaviours, the durable queue, kept films.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dgscope::dicom::AeTitle;
use dgscope::imaging::film::{
    FilmCell, FilmPage, FilmSamples, FilmSize, Layout, Orientation, Sheet,
};
use dgscope::node::PrintOrder;
use dgscope::phantom::demonstration;
use dgscope::store::{Peer, PrintJobRow, Store};
use serde_json::Value;

use super::printing::{png_samples, slices, virtual_printer};
use super::running::{Running, dgscope};

pub(super) const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn print(
    data_dir: &Path,
    printer: &Running,
    files: &[PathBuf],
    options: &[&str],
) -> (i32, Value) {
    let output = dgscope(data_dir)
        .args(["--json", "print"])
        .arg(format!("DGSPRINT@{}", printer.address))
        .args(files)
        .args(["--film-size", "3INX4IN"])
        .args(options)
        .output()
        .expect("the program ends");
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap_or(-1), json)
}

/// Asks to print a file at its true size, which must be refused; the words of the refusal.
pub(super) fn true_size_refused(
    data_dir: &Path,
    printer: &Running,
    file: &Path,
    options: &[&str],
) -> String {
    let output = dgscope(data_dir)
        .arg("print")
        .arg(format!("DGSPRINT@{}", printer.address))
        .arg("--true-size")
        .args(options)
        .arg(file)
        .output()
        .expect("the program ends");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    words
}

pub(super) fn page(files: &[PathBuf], layout: Layout) -> FilmPage {
    FilmPage {
        sheet: Sheet {
            size: FilmSize::parse("3INX4IN").expect("a size"),
            orientation: Orientation::Portrait,
            ..Sheet::default()
        },
        layout,
        cells: files
            .iter()
            .map(|file| Some(FilmCell::of_file(file)))
            .collect(),
        image_size: true,
        ..FilmPage::default()
    }
}

pub(super) fn films(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("films"))
        .into_iter()
        .flatten()
        .flatten();
    entries
        .filter(|e| e.path().extension().is_some_and(|e| e == "json"))
        .count()
}

#[test]
fn the_printed_sheet_is_the_preview_to_the_pixel_at_both_depths() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 4);
    let printer = virtual_printer(folder.path(), &[]);
    let store = folder.path().join("store");
    let film = |number: u32, ending: &str| {
        folder
            .path()
            .join("films")
            .join(format!("film-{number:04}{ending}"))
    };
    let options = ["--layout", "2x2", "--orientation", "landscape"];
    let (status, told) = print(&store, &printer, &files, &options);
    assert_eq!(status, 0, "{told}");
    let preview = folder.path().join("preview.png");
    let mut previewed = options.to_vec();
    let path = preview.to_str().expect("plain text");
    previewed.extend(["--preview", path]);
    assert_eq!(print(&store, &printer, &files, &previewed).0, 0);
    assert!(png_samples(&film(1, ".png")) == png_samples(&preview));
    let json: Value =
        serde_json::from_slice(&std::fs::read(film(1, ".json")).expect("a file")).expect("JSON");
    assert_eq!(json["film_box"]["20100040"]["Value"][0], "LANDSCAPE");
    assert_eq!(json["presentation_lut"], "IDENTITY");
    assert!(
        std::fs::read(film(1, ".pdf"))
            .expect("a file")
            .starts_with(b"%PDF")
    );
    // 12 bits: each box as the renderer makes it.
    let (status, told) = print(
        &store,
        &printer,
        &files,
        &["--layout", "2x2", "--depth", "12"],
    );
    assert_eq!(status, 0, "{told}");
    let mut expected = page(&files, Layout::Standard(2, 2));
    expected.depth = dgscope::imaging::film::FilmDepth::Twelve;
    for place in 0..4 {
        let made = expected
            .picture(place, true)
            .expect("a picture")
            .expect("an image");
        let FilmSamples::Gray12(levels) = made.picture.samples else {
            panic!("12 bits")
        };
        let kept = png_samples(&film(2, &format!("-box-{}.png", place + 1)));
        let kept: Vec<u16> = kept.into_iter().map(|sample| sample >> 4).collect();
        assert!(kept == levels, "box {}", place + 1);
    }
}

#[test]
fn true_size_is_asked_for_in_millimetres_and_refused_where_it_does_not_fit() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 1);
    let printer = virtual_printer(folder.path(), &[]);
    let store = folder.path().join("store");
    // The phantom is a third of a metre wide: too much for three inches.
    let words = true_size_refused(&store, &printer, &files[0], &["--film-size", "3INX4IN"]);
    assert!(
        words.contains("mm, its place on the film 76.2 x 101.6 mm"),
        "{words}"
    );
    let mut pages = page(&files, Layout::Standard(1, 1));
    pages.sheet = Sheet::default();
    pages.cells[0].as_mut().expect("a cell").true_size = true;
    let made = pages.picture(0, true);
    let made = match made {
        Ok(made) => made.expect("an image"),
        Err(error) => {
            assert!(error.to_string().contains("mm"), "{error}");
            return;
        }
    };
    let width = made.width_mm.expect("a width");
    let pixels = f64::from(made.picture.width) * pages.sheet.pitch_mm();
    assert!(
        (width - pixels).abs() < pages.sheet.pitch_mm(),
        "{width} mm in {pixels} mm"
    );
}

#[test]
fn every_misbehaviour_ends_in_words_at_its_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 2);
    let store = folder.path().join("store");
    // What it does wrong, exit status, step of the first page, its state and that of the second.
    let table = [
        ("no-paper", 3, "printer status", "not sent", "not sent"),
        ("failure", 3, "printer status", "not sent", "not sent"),
        ("warning", 0, "", "printed", "printed"),
        (
            "abort@film-session",
            3,
            "film session",
            "not sent",
            "not sent",
        ),
        (
            "refuse@film-box=0106",
            3,
            "page 1/2 film box",
            "failed",
            "not sent",
        ),
        (
            "no-data-set@film-box",
            3,
            "page 1/2 film box",
            "failed",
            "not sent",
        ),
        (
            "close@image-box",
            3,
            "page 1/2 print",
            "failed or uncertain",
            "not sent",
        ),
        ("abort@print", 3, "page 1/2 print", "uncertain", "not sent"),
        (
            "refuse@print=C602",
            3,
            "page 1/2 print",
            "failed",
            "not sent",
        ),
        ("refuse@print=B600", 0, "", "printed", "printed"),
        (
            "refuse@print=9999",
            3,
            "page 1/2 print",
            "failed",
            "not sent",
        ),
        ("refuse@presentation-lut=0110", 0, "", "printed", "printed"),
        ("warn@image-box", 0, "", "printed", "printed"),
        // Three requests, then film box, image box, print: it breaks after the first film.
        ("break@7", 3, "", "printed", "failed"),
        ("no-data-set@printer-status", 0, "", "printed", "printed"),
        ("close@print", 0, "", "printed", "printed"),
    ];
    for (misbehaviour, status, step, first, second) in table {
        let printer = virtual_printer(folder.path(), &[misbehaviour]);
        let (ended, told) = print(&store, &printer, &files, &[]);
        let context = format!("{misbehaviour}: {told}");
        if misbehaviour == "close@print" {
            // Answered, then closed: the first page is printed, whatever becomes of the rest.
            assert_eq!(told["pages"][0]["state"], "printed", "{context}");
            continue;
        }
        assert_eq!(ended, status, "{context}");
        assert_eq!(
            told["pages"][0]["step"].as_str().unwrap_or(""),
            step,
            "{context}"
        );
        // Whether the print command still left before the connection was seen to be closed is a matter of luck.
        let state = told["pages"][0]["state"].as_str().unwrap_or("");
        assert!(first.split(" or ").any(|one| one == state), "{context}");
        assert_eq!(told["pages"][1]["state"], second, "{context}");
        if status == 3 && first != "printed" {
            let words = told["pages"][0]["words"].as_str().unwrap_or("");
            assert!(!words.is_empty(), "{context}");
        }
    }
}

#[test]
fn mixed_patients_and_what_is_no_image_never_reach_the_printer() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 1);
    let other = demonstration()
        .into_iter()
        .find(|phantom| phantom.file_name().contains("mr"));
    let other_path = folder.path().join("other.dcm");
    let other = other.unwrap_or_else(|| demonstration().pop().expect("a phantom"));
    std::fs::write(&other_path, other.file()).expect("a file");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no DICOM").expect("a file");
    let refuse = |more: &Path, words: &str| {
        let output = dgscope(&folder.path().join("store"))
            .args(["print", "NOBODY@127.0.0.1:1"])
            .args(&files)
            .arg(more)
            .output()
            .expect("the program ends");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(words), "{told}");
    };
    refuse(&text, "notes.txt");
    refuse(&folder.path().join("missing.dcm"), "missing.dcm");
    refuse(&other_path, "mixed patients");
}

/// A store that knows a virtual printer as `laser`.
pub(super) fn store_with_laser(data_dir: &Path, printer: &Running) -> Store {
    let store = Store::open(data_dir).expect("a store");
    let title = AeTitle::try_from("DGSPRINT").expect("a title");
    let port = printer.address.port();
    let peer = Peer::new("laser", title, "127.0.0.1", port, &["print"]);
    store.save_peer(&peer).expect("saved");
    store
}

fn queue(store: &Path, printer: &Running, files: &[PathBuf]) -> i64 {
    let store = store_with_laser(store, printer);
    let one = |file: &PathBuf| page(std::slice::from_ref(file), Layout::Standard(1, 1));
    let order = PrintOrder {
        pages: files.iter().map(one).collect(),
        ..PrintOrder::default()
    };
    let film = serde_json::to_string(&order).expect("JSON");
    let pages = files.len() as u32;
    store
        .queue_print("laser", &film, pages, false)
        .expect("queued")
}

/// Waits until the job looks as wanted; the store is read beside the program that prints.
pub(super) fn await_job(
    store: &Path,
    job: i64,
    wanted: impl Fn(&PrintJobRow) -> bool,
) -> PrintJobRow {
    let store = Store::open(store).expect("a store");
    let started = Instant::now();
    loop {
        let row = store.print_job(job).expect("a question").expect("the job");
        if wanted(&row) {
            return row;
        }
        assert!(started.elapsed() < PATIENCE, "never came: {row:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn killed_between_print_command_and_answer_the_queue_asks_and_prints_nothing_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 2);
    let data_dir = folder.path().join("store");
    let printer = virtual_printer(folder.path(), &["slow=2"]);
    let job = queue(&data_dir, &printer, &files);
    let served = Running::serve(&data_dir, &[]);
    await_job(&data_dir, job, |row| row.pages[0].state == "sending");
    drop(served);
    let started = Instant::now();
    while films(folder.path()) < 1 {
        assert!(
            started.elapsed() < PATIENCE,
            "the printer keeps the film it was told to print"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let served = Running::serve(&data_dir, &[]);
    let row = await_job(&data_dir, job, PrintJobRow::is_uncertain);
    assert_eq!(row.pages[1].state, "not sent");
    // Nothing moves until a person has looked: a second job goes through meanwhile.
    let other = queue(&data_dir, &printer, &files[..1]);
    await_job(&data_dir, other, PrintJobRow::is_printed);
    assert_eq!(films(folder.path()), 2);
    let store = Store::open(&data_dir).expect("a store");
    store.settle_print_job(job, true).expect("settled");
    await_job(&data_dir, job, PrintJobRow::is_printed);
    assert_eq!(films(folder.path()), 3);
    drop(served);
}

#[test]
fn a_failed_page_waits_and_is_printed_on_another_printer_the_printed_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 2);
    let data_dir = folder.path().join("store");
    // Status, session, box, image, print, delete; the second film box is the seventh request.
    let faulty = virtual_printer(folder.path(), &["refuse@7=0106"]);
    let job = queue(&data_dir, &faulty, &files);
    let served = Running::serve(&data_dir, &[]);
    let row = await_job(&data_dir, job, |row| row.has_failed() && row.held);
    assert_eq!(row.pages[0].state, "printed");
    assert_eq!(row.pages[1].step.as_deref(), Some("page 2/2 film box"));
    assert_eq!(row.pages[1].status, Some(0x0106));
    assert!(!row.words.is_empty());
    drop(faulty);
    let good = virtual_printer(folder.path(), &[]);
    let store = Store::open(&data_dir).expect("a store");
    let mut peer = store.peers().expect("peers").remove(0);
    peer.name = "other".to_owned();
    peer.port = good.address.port();
    store.save_peer(&peer).expect("saved");
    store.retry_print_job(job, Some("other")).expect("again");
    let row = await_job(&data_dir, job, PrintJobRow::is_printed);
    assert_eq!(row.printer, "other");
    assert_eq!(films(folder.path()), 2);
    drop(served);
}

#[test]
fn images_that_were_deleted_end_a_queued_job_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 1);
    let data_dir = folder.path().join("store");
    let printer = virtual_printer(folder.path(), &[]);
    let job = queue(&data_dir, &printer, &files);
    std::fs::remove_file(&files[0]).expect("removed");
    let served = Running::serve(&data_dir, &[]);
    let row = await_job(&data_dir, job, |row| row.held);
    assert!(row.words.contains("slice-0.dcm"), "{}", row.words);
    assert_eq!(films(folder.path()), 0);
    drop(served);
}
