//! What becomes of printed films: kept as objects, printed once more exactly, asked about first, sent as one image.

use std::path::PathBuf;
use std::time::Instant;

use dgscope::imaging::film::{FilmSamples, Layout};
use dgscope::node::PrintOrder;
use dgscope::phantom::demonstration;
use dgscope::store::{PrintJobRow, Store};
use serde_json::Value;

use super::print::{PATIENCE, await_job, films, page, print, store_with_laser, true_size_refused};
use super::printing::{png_samples, slices, virtual_printer};
use super::running::{Running, dgscope};

#[test]
fn printed_films_are_objects_of_the_store_and_hold_the_printed_pixels() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 2);
    let data_dir = folder.path().join("store");
    let printer = virtual_printer(folder.path(), &[]);
    let (status, told) = print(
        &data_dir,
        &printer,
        &files,
        &["--layout", "1x2", "--depth", "12"],
    );
    assert_eq!(
        (status, told["warnings"].clone()),
        (0, serde_json::json!([])),
        "{told}"
    );
    let store = Store::open(&data_dir).expect("a store");
    let of_class = |class: &str| {
        let keys = [("SOPClassUID".to_owned(), class.to_owned())];
        store
            .query(dgscope::dicom::query::Level::Image, &keys, 100)
            .expect("a question")
    };
    let films = of_class("1.2.840.10008.5.1.1.27");
    let images = of_class("1.2.840.10008.5.1.1.29");
    assert_eq!((films.len(), images.len()), (1, 2));
    let mut expected = page(&files, Layout::Standard(1, 2));
    expected.depth = dgscope::imaging::film::FilmDepth::Twelve;
    let mut kept: Vec<Vec<u16>> = images
        .iter()
        .map(|row| {
            let path = row.path.as_ref().expect("a path");
            let image = dgscope::imaging::Image::open(path).expect("an image");
            let frame = image
                .decode(dgscope::imaging::FrameIndex(0))
                .expect("a frame");
            let dgscope::imaging::Samples::U16(samples) = frame.samples else {
                panic!("12 bits")
            };
            samples
        })
        .collect();
    let mut printed: Vec<Vec<u16>> = (0..2)
        .map(|place| {
            let made = expected
                .picture(place, true)
                .expect("a picture")
                .expect("an image");
            let FilmSamples::Gray12(levels) = made.picture.samples else {
                panic!("12 bits")
            };
            levels
        })
        .collect();
    kept.sort();
    printed.sort();
    assert!(kept == printed);
}

#[test]
fn a_printed_film_is_printed_again_exactly_from_the_queue_and_from_its_kept_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 2);
    let data_dir = folder.path().join("store");
    let printer = virtual_printer(folder.path(), &[]);
    let store = store_with_laser(&data_dir, &printer);
    let mut sheet = page(&files, Layout::Standard(1, 2));
    sheet.depth = dgscope::imaging::film::FilmDepth::Twelve;
    sheet.header = vec!["PHANTOM".to_owned(), "1/1".to_owned()];
    let order = PrintOrder {
        pages: vec![sheet],
        ..PrintOrder::default()
    };
    let film = serde_json::to_string(&order).expect("JSON");
    let first = store.queue_print("laser", &film, 1, false).expect("queued");
    let served = Running::serve(&data_dir, &[]);
    await_job(&data_dir, first, PrintJobRow::is_printed);
    let again = store.repeat_print_job(first).expect("queued once more");
    await_job(&data_dir, again, PrintJobRow::is_printed);
    let keys = [(
        "SOPClassUID".to_owned(),
        "1.2.840.10008.5.1.1.29".to_owned(),
    )];
    let started = Instant::now();
    let mut rows = Vec::new();
    // Films are kept after they were printed.
    while rows.len() < 4 {
        assert!(
            started.elapsed() < PATIENCE,
            "{} hardcopy images",
            rows.len()
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
        let level = dgscope::dicom::query::Level::Image;
        rows = store.query(level, &keys, 100).expect("a question");
    }
    drop(served);
    // The kept hardcopy images of the first film, in the order of their boxes, are printed as images of their own.
    rows.sort_by_key(|row| row.path.clone());
    let kept: Vec<PathBuf> = rows[..2]
        .iter()
        .filter_map(|row| row.path.clone())
        .collect();
    let options = ["--layout", "1x2", "--depth", "12"];
    let (status, told) = print(&data_dir, &printer, &kept, &options);
    assert_eq!(status, 0, "{told}");
    for place in [1, 2] {
        let film = |number: u32| {
            let name = format!("film-{number:04}-box-{place}.png");
            std::fs::read(folder.path().join("films").join(name)).expect("the image of a box")
        };
        assert!(film(1) == film(2), "box {place} from the queue");
        assert!(film(1) == film(3), "box {place} from the kept object");
    }
}

#[test]
fn a_warning_printer_is_asked_about_before_anything_is_sent() {
    use dgscope::engine::{Command as Ask, Engine, EngineOptions, Event, PrintDecision, PrintNews};
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 1);
    let data_dir = folder.path().join("store");
    let printer = virtual_printer(folder.path(), &["warning"]);
    store_with_laser(&data_dir, &printer);
    let options = EngineOptions {
        data_dir: data_dir.clone(),
        server: true,
        ..EngineOptions::default()
    };
    let engine = Engine::start(options, Box::new(|| ())).expect("an engine");
    let order = PrintOrder {
        pages: vec![page(&files, Layout::Standard(1, 1))],
        ask_on_warning: true,
        ..PrintOrder::default()
    };
    let queue = Ask::QueuePrint {
        printer: "laser".to_owned(),
        order: std::sync::Arc::new(order),
    };
    assert!(engine.send(queue));
    let await_row = |what: &str, wanted: &dyn Fn(&PrintJobRow) -> bool| -> PrintJobRow {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(Event::Print(PrintNews::Jobs(jobs))) = engine.next()
                && let Some(job) = jobs.iter().find(|job| wanted(job))
            {
                return job.clone();
            }
        }
        panic!("never came: {what}");
    };
    let row = await_row("the question", &|job| job.held);
    assert!(row.words.contains("WARNING: supply low"), "{}", row.words);
    assert_eq!(
        (row.pages[0].state.as_str(), films(folder.path())),
        ("not sent", 0)
    );
    assert!(engine.send(Ask::DecidePrint(row.id, PrintDecision::Release)));
    await_row("the film", &PrintJobRow::is_printed);
    assert_eq!(films(folder.path()), 1);
    engine.shutdown();
}

#[test]
fn a_layout_that_the_printer_does_not_list_is_printed_as_one_image_of_the_whole_sheet() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = slices(folder.path(), 3);
    let printer = virtual_printer(folder.path(), &[]);
    let data_dir = folder.path().join("store");
    let store = store_with_laser(&data_dir, &printer);
    let profile = r#"{"layouts":["STANDARD\\1,1"]}"#;
    store.save_printer_profile("laser", profile).expect("saved");
    drop(store);
    let preview = folder.path().join("preview.png");
    let run = |more: &[&std::ffi::OsStr]| {
        let output = dgscope(&data_dir)
            .args([
                "--json",
                "print",
                "laser",
                "--layout",
                "2x2",
                "--film-size",
                "3INX4IN",
            ])
            .args(&files)
            .args(more)
            .output()
            .expect("the program ends");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let told = run(&[]);
    let warnings = told["warnings"].to_string();
    assert!(warnings.contains("sent as one image"), "{warnings}");
    run(&["--preview".as_ref(), preview.as_os_str()]);
    let film = |ending: &str| {
        folder
            .path()
            .join("films")
            .join(format!("film-0001{ending}"))
    };
    let json: Value =
        serde_json::from_slice(&std::fs::read(film(".json")).expect("a file")).expect("JSON");
    assert_eq!(json["film_box"]["20100010"]["Value"][0], "STANDARD\\1,1");
    assert!(png_samples(&film("-box-1.png")) == png_samples(&preview));
}

#[test]
fn true_size_without_spacing_and_luts_that_cannot_be_used_are_told_in_words() {
    use dgscope::dicom::{Builder, Encoding, TransferSyntax, tags};
    let folder = tempfile::tempdir().expect("a folder");
    let printer = virtual_printer(folder.path(), &[]);
    let store = folder.path().join("store");
    let slice = || demonstration().remove(0).build();
    let write = |name: &str, object: Builder| {
        let path = folder.path().join(name);
        let syntax = TransferSyntax::native(Encoding::ExplicitLittle);
        std::fs::write(&path, object.file(syntax)).expect("a file");
        path
    };
    let blind = write("blind.dcm", slice().without(tags::PIXEL_SPACING));
    let words = true_size_refused(&store, &printer, &blind, &[]);
    assert!(
        words.contains("blind.dcm") && words.contains("how large its pixels are"),
        "{words}"
    );
    // A VOI LUT without its data and a Presentation LUT Shape that nobody knows.
    let broken = Builder::new().ints(tags::LUT_DESCRIPTOR, &[256, 0, 99]);
    let odd = slice()
        .sequence(tags::VOILUT_SEQUENCE, vec![broken])
        .text(tags::PRESENTATION_LUT_SHAPE, "ODD");
    let odd = write("odd.dcm", odd);
    let (status, told) = print(&store, &printer, &[odd], &[]);
    assert_eq!(
        (status, told["pages"][0]["state"].as_str()),
        (0, Some("printed")),
        "{told}"
    );
}
