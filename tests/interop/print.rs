//! Films on independent printers: DCMTK's dcmprscp (Grayscale Meta class, Presentation LUT) and one on pynetdicom (single classes,
//! colour, annotation boxes, faults). What they received is compared pixel for pixel with the CPU renderer.

use std::path::{Path, PathBuf};

use dgscope::dicom::{AeTitle, DicomFile, ScanOptions, tags};
use dgscope::store::{Peer, Store};

use super::printers::{Printer, json, print, rendered};
use super::printing::{png_samples, slices, virtual_printer};
use super::program::{dcmtk, dgscope};

#[test]
fn single_classes_get_every_pixel_at_twelve_bits_and_every_step_in_order() {
    let Some(printer) = Printer::pynetdicom(&["singles", "lut"]) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let files = slices(dir.path(), 3);
    let options = ["--layout", "2x1", "--depth", "12", "--copies", "2"];
    let output = print(dir.path(), &printer.peer("PRINTER"), &files, &options);
    assert_eq!(output.status.code(), Some(0));
    let images = printer.images();
    assert_eq!(images.len(), 3);
    for (file, (columns, rows, bytes)) in files.iter().zip(&images) {
        assert_eq!((*columns, *rows), (1200, 3000));
        assert!(
            *bytes == rendered(file, (1200, 3000), 12),
            "{}",
            file.display()
        );
    }
    let expected = "associate get-printer create-lut create-session \
        create-box set-image set-image action delete create-box set-image action delete \
        get-printer delete delete";
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(printer.steps(), expected);
    let transcript = printer.transcript();
    let session = &transcript[3];
    assert_eq!(session["attributes"]["NumberOfCopies"], "2");
    let film = &transcript[4]["attributes"];
    assert_eq!(film["ImageDisplayFormat"], "STANDARD\\2,1");
    assert_eq!(film["FilmOrientation"], "PORTRAIT");
    let referenced = &film["ReferencedFilmSessionSequence"][0]["ReferencedSOPInstanceUID"];
    assert_eq!(referenced, &session["instance"]);
    assert!(film["ReferencedPresentationLUTSequence"].is_array());
    let proposed = transcript[0]["proposed"].as_object().expect("contexts");
    for class in [
        "1.1", "1.2", "1.4", "1.4.1", "1.16", "1.9", "1.18", "1.23", "1.15", "1.14",
    ] {
        let syntaxes = &proposed[&format!("1.2.840.10008.5.1.{class}")];
        assert_eq!(syntaxes[0], "1.2.840.10008.1.2.1", "{class}");
        assert_eq!(syntaxes[1], "1.2.840.10008.1.2", "{class}");
    }
}

#[test]
fn dcmprscp_keeps_our_pixels_at_both_depths() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = slices(dir.path(), 2);
    for depth in ["8", "12"] {
        let Some(printer) = Printer::dcmprscp() else {
            return;
        };
        let options = ["--layout", "1x2", "--depth", depth];
        let output = print(dir.path(), &printer.peer("LASER"), &files, &options);
        assert_eq!(output.status.code(), Some(0), "{:?}", json(&output));
        let mut kept: Vec<Vec<u8>> = Vec::new();
        let entries = std::fs::read_dir(printer.folder.path().join("db")).expect("a folder");
        for path in entries.flatten().map(|entry| entry.path()) {
            if path
                .file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with("HG_"))
            {
                let file = DicomFile::open(&path, &ScanOptions::DISPLAY).expect("an object");
                let pixels = file.data_set.element(tags::PIXEL_DATA).expect("pixels");
                kept.push(file.value_bytes(pixels).expect("bytes").into_owned());
            }
        }
        let bits = depth.parse().expect("a number");
        let mut expected: Vec<Vec<u8>> = files
            .iter()
            .map(|file| rendered(file, (2400, 1500), bits))
            .collect();
        kept.sort();
        expected.sort();
        assert!(kept == expected, "the images at {depth} bits");
    }
}

#[test]
fn colour_films_are_planar_and_gray_images_fit_them() {
    let Some(printer) = Printer::pynetdicom(&["singles", "color", "implicit"]) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let files = slices(dir.path(), 1);
    let output = print(dir.path(), &printer.peer("PRINTER"), &files, &["--color"]);
    assert_eq!(output.status.code(), Some(0), "{:?}", json(&output));
    let images = printer.images();
    let [(columns, rows, bytes)] = &images[..] else {
        panic!("one image")
    };
    let gray = rendered(&files[0], (*columns, *rows), 8);
    assert!(*bytes == [gray.clone(), gray.clone(), gray].concat());
    // The same printer knows no gray films.
    let refused = print(dir.path(), &printer.peer("PRINTER"), &files, &[]);
    assert_eq!(refused.status.code(), Some(3));
    assert_eq!(json(&refused)["pages"][0]["step"], "association");
    assert_eq!(json(&refused)["pages"][0]["state"], "not sent");
}

#[test]
fn the_page_header_goes_into_annotation_boxes_where_the_printer_has_them() {
    let Some(printer) = Printer::pynetdicom(&["meta", "annotation"]) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a store");
    let title = AeTitle::try_from("PRINTER").expect("a title");
    let peer = Peer::new("laser", title, "127.0.0.1", printer.port(), &["print"]);
    store.save_peer(&peer).expect("saved");
    let profile = r#"{"film":{"annotation_format":"LABEL"}}"#;
    store.save_printer_profile("laser", profile).expect("saved");
    drop(store);
    let files = slices(dir.path(), 1);
    let output = print(dir.path(), "laser", &files, &["--header"]);
    assert_eq!(output.status.code(), Some(0), "{:?}", json(&output));
    let (columns, rows, bytes) = printer.images().remove(0);
    assert!(
        bytes == rendered(&files[0], (columns, rows), 8),
        "nothing is drawn on the image"
    );
    let transcript = printer.transcript();
    let texts: Vec<&str> = transcript
        .iter()
        .filter_map(|entry| entry["attributes"]["TextString"].as_str())
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[0].contains("PHANTOM") && texts[1].contains("1/1"),
        "{texts:?}"
    );
}

#[test]
fn faults_end_at_their_step_and_nothing_is_printed_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = slices(dir.path(), 2);
    // Options of the printer and of print, exit status, step and state of the first page, N-ACTIONs that arrived.
    let table: &[(&[&str], &[&str], i32, &str, &str, usize)] = &[
        (
            &["status=FAILURE", "info=SUPPLY EMPTY"],
            &[],
            3,
            "printer status",
            "not sent",
            0,
        ),
        (
            &["status=WARNING", "info=SUPPLY LOW"],
            &["--layout", "1x2"],
            0,
            "",
            "printed",
            1,
        ),
        (
            &["fail=create-session:0110"],
            &[],
            3,
            "film session",
            "not sent",
            0,
        ),
        (&["refuse-size"], &[], 3, "page 1/2 film box", "failed", 0),
        (&["no-boxes"], &[], 3, "page 1/2 film box", "failed", 0),
        (
            &["refuse-12-bits"],
            &["--depth", "12"],
            3,
            "page 1/2 image box 1",
            "failed",
            0,
        ),
        (&["fail=action:C602"], &[], 3, "page 1/2 print", "failed", 1),
        (
            &["fail=action:B603"],
            &["--layout", "1x2"],
            0,
            "",
            "printed",
            1,
        ),
        (
            &["fail=create-lut:0110", "lut"],
            &["--layout", "1x2"],
            0,
            "",
            "printed",
            1,
        ),
        (&["drop=action"], &[], 3, "page 1/2 print", "uncertain", 1),
        (
            &["drop=set-image"],
            &[],
            3,
            "page 1/2 image box 1",
            "failed",
            0,
        ),
        (
            &["fail=delete:0110"],
            &["--layout", "1x2"],
            0,
            "",
            "printed",
            1,
        ),
        (&["event"], &["--layout", "1x2"], 0, "", "printed", 1),
    ];
    for (faults, options, status, step, state, actions) in table {
        let all: Vec<&str> = ["singles"].iter().chain(*faults).copied().collect();
        let Some(printer) = Printer::pynetdicom(&all) else {
            return;
        };
        let options = [&["--film-size", "2INX2IN"][..], options].concat();
        let output = print(dir.path(), &printer.peer("PRINTER"), &files, &options);
        let told = json(&output);
        let context = format!("{faults:?}: {told}");
        assert_eq!(output.status.code(), Some(*status), "{context}");
        assert_eq!(
            told["pages"][0]["step"].as_str().unwrap_or(""),
            *step,
            "{context}"
        );
        assert_eq!(told["pages"][0]["state"], *state, "{context}");
        let sent = printer
            .steps()
            .iter()
            .filter(|step| *step == "action")
            .count();
        assert_eq!(sent, *actions, "{context}");
        if *step == "page 1/2 image box 1" && options.contains(&"12") {
            assert!(
                told["pages"][0]["words"]
                    .as_str()
                    .is_some_and(|w| w.contains("--depth 8"))
            );
        }
        if faults.contains(&"event") {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(errors.contains("supply low"), "{errors}");
        }
    }
}

#[test]
fn an_answer_that_never_comes_leaves_the_page_uncertain() {
    let Some(printer) = Printer::pynetdicom(&["singles", "silent=action"]) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let files = slices(dir.path(), 2);
    let set = dgscope(dir.path())
        .args(["settings", "timers.print=3"])
        .status();
    assert!(set.expect("settings").success());
    let output = print(dir.path(), &printer.peer("PRINTER"), &files, &[]);
    let told = json(&output);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(told["pages"][0]["state"], "uncertain", "{told}");
    assert_eq!(told["pages"][1]["state"], "not sent", "{told}");
    let actions = printer
        .steps()
        .iter()
        .filter(|step| *step == "action")
        .count();
    assert_eq!(actions, 1);
}

/// What `dcmdump` prints of a file: tag and VR of every element with its depth; it must have nothing to complain about.
fn elements(path: &Path) -> std::collections::BTreeSet<String> {
    let output = dcmtk("dcmdump").expect("dcmdump").arg(path).output();
    let output = output.expect("dcmdump ends");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaints.is_empty(),
        "{}: {complaints}",
        path.display()
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tags = text
        .lines()
        .filter(|line| line.trim_start().starts_with('('));
    tags.filter(|line| !line.contains("Delimitation") && !line.contains(" na ("))
        .map(|line| {
            let depth = line.len() - line.trim_start().len();
            let tag: String = line.trim_start().chars().take(14).collect();
            format!("{}{tag}", " ".repeat(depth))
        })
        .collect()
}

/// Files of a class among all that lie under a folder.
fn of_class(folder: &Path, class: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(file) = DicomFile::open(&path, &ScanOptions::DISPLAY)
                && file.data_set.text(tags::SOP_CLASS_UID).as_deref() == Some(class)
            {
                found.push(path);
            }
        }
    }
    found
}

const STORED_PRINT: &str = "1.2.840.10008.5.1.1.27";
const HARDCOPY_GRAYSCALE: &str = "1.2.840.10008.5.1.1.29";

#[test]
fn kept_films_are_as_dcmprscp_keeps_them_and_its_own_spooler_prints_them_on_our_printer() {
    let Some(printer) = Printer::dcmprscp() else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("store");
    let files = slices(dir.path(), 2);
    let options = ["--layout", "1x2", "--depth", "12"];
    let output = print(&store, &printer.peer("LASER"), &files, &options);
    assert_eq!(output.status.code(), Some(0), "{:?}", json(&output));
    let theirs = printer.folder.path().join("db");
    for class in [STORED_PRINT, HARDCOPY_GRAYSCALE] {
        let (ours, theirs) = (of_class(&store, class), of_class(&theirs, class));
        assert_eq!(
            (ours.len(), theirs.len()),
            if class == STORED_PRINT {
                (1, 1)
            } else {
                (2, 2)
            }
        );
        let (ours, theirs) = (elements(&ours[0]), elements(&theirs[0]));
        // Magnification, Max Density and Configuration Information that nobody asked for: dcmprscp fills in its own.
        let own = ["(2010,0060) CS", "(2010,0130) US", "(2010,0150) ST"];
        let missing: Vec<&String> = theirs
            .difference(&ours)
            .filter(|line| !own.contains(&line.trim()))
            .collect();
        assert!(missing.is_empty(), "{class}: {missing:?}");
    }
    // The film that dcmprscp kept, printed by DCMTK's print SCU on our virtual printer.
    let ours = virtual_printer(dir.path(), &[]);
    let port = ours.address.port();
    let config = printer.folder.path().join("print.cfg");
    let mut text = std::fs::read_to_string(&config).expect("the configuration");
    text.push_str(&format!(
        "[OURS]\nAetitle = DGSPRINT\nHostname = 127.0.0.1\nPort = {port}\nType = PRINTER\nDisplayFormat=1,1\\1,2\\2,2\n\
         FilmSizeID = 8INX10IN\\14INX17IN\nImplicitOnly = false\nMagnificationType = REPLICATE\\NONE\nMaxPDU = 32768\n\
         Supports12Bit = true\nSupportsPresentationLUT = true\n"
    ));
    std::fs::write(&config, text).expect("the configuration");
    let stored_print = of_class(&theirs, STORED_PRINT).remove(0);
    for session in [false, true] {
        let mut spooler = dcmtk("dcmprscu").expect("dcmprscu");
        spooler.current_dir(printer.folder.path());
        spooler.args(["-c", "print.cfg", "-p", "OURS"]);
        if session {
            spooler.arg("--session-print");
        }
        let output = spooler.arg(&stored_print).output().expect("dcmprscu ends");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    drop(ours);
    let films = dir.path().join("films");
    for number in [1, 2] {
        for (index, file) in files.iter().enumerate() {
            let path = films.join(format!("film-{number:04}-box-{}.png", index + 1));
            let levels: Vec<u8> = png_samples(&path)
                .iter()
                .flat_map(|sample| (sample >> 4).to_le_bytes())
                .collect();
            assert!(
                levels == rendered(file, (2400, 1500), 12),
                "film {number}, box {}",
                index + 1
            );
        }
    }
}

#[test]
fn asking_dcmprscp_finds_its_sizes_layouts_and_twelve_bits_and_prints_nothing() {
    use dgscope::engine::{Command as Ask, Engine, EngineOptions, Event, Job, JobId, PeerAddress};
    let Some(printer) = Printer::dcmprscp() else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a store");
    let title = AeTitle::try_from("LASER").expect("a title");
    let peer = Peer::new("laser", title, "127.0.0.1", printer.port(), &["print"]);
    store.save_peer(&peer).expect("saved");
    drop(store);
    let options = EngineOptions {
        data_dir: dir.path().to_owned(),
        ..EngineOptions::default()
    };
    let engine = Engine::start(options, Box::new(|| ())).expect("an engine");
    let printer_name = PeerAddress::Named("laser".to_owned());
    let ask = Job::AskPrinter {
        printer: printer_name,
    };
    assert!(engine.send(Ask::Start(JobId(1), ask)));
    let outcome = loop {
        if let Event::JobFinished(JobId(1), outcome) = engine.next().expect("an event") {
            break outcome;
        }
    };
    engine.shutdown();
    let told = outcome.json;
    assert!(outcome.result.is_ok(), "{told}");
    assert_eq!(
        told["sizes"],
        serde_json::json!(["14INX17IN", "8INX10IN"]),
        "{told}"
    );
    let layouts = ["STANDARD\\1,1", "STANDARD\\1,2", "STANDARD\\2,2"];
    assert_eq!(told["layouts"], serde_json::json!(layouts), "{told}");
    assert_eq!(told["twelve_bits"], true, "{told}");
    assert_eq!(told["printer"]["before"]["status"], "NORMAL");
    // It keeps the image of 12 bits that was tried, but no film.
    let films = of_class(&printer.folder.path().join("db"), STORED_PRINT);
    assert!(films.is_empty(), "{films:?}");
}
