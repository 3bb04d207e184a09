//! The real binary through its subcommands, on stores of its own: words, machine output, exit status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dgscope::dicom::{Encoding, TransferSyntax, VR, tags};
use dgscope::phantom::Builder;
use serde_json::Value;
use tempfile::TempDir;

/// A small CT slice.
pub fn slice(study: u32, series: u32, instance: u32) -> Builder {
    let uid = |tail: &str| format!("1.2.826.0.1.3680043.2.406.9.77.{study}{tail}");
    let pixels: Vec<u16> = (0..64).map(|n| n * 10 + instance as u16).collect();
    Builder::new()
        .text(tags::SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.2")
        .text(
            tags::SOP_INSTANCE_UID,
            &uid(&format!(".{series}.{instance}")),
        )
        .text(tags::STUDY_INSTANCE_UID, &uid(""))
        .text(tags::SERIES_INSTANCE_UID, &uid(&format!(".{series}")))
        .text(tags::PATIENT_NAME, "PHANTOM^CLI")
        .text(tags::PATIENT_ID, &format!("CLI-{study}"))
        .text(tags::PATIENT_BIRTH_DATE, "19700101")
        .text(tags::PATIENT_SEX, "O")
        .text(tags::STUDY_DATE, "20261101")
        .text(tags::STUDY_TIME, "101500")
        .text(tags::STUDY_ID, "1")
        .text(tags::ACCESSION_NUMBER, "A1")
        .text(tags::REFERRING_PHYSICIAN_NAME, "")
        .text(tags::MODALITY, "CT")
        .text(tags::MANUFACTURER, "dgscope")
        .text(tags::IMAGE_TYPE, "ORIGINAL\\PRIMARY\\AXIAL")
        .ints(tags::SERIES_NUMBER, &[i64::from(series)])
        .ints(tags::INSTANCE_NUMBER, &[i64::from(instance)])
        .ints(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .ints(tags::ROWS, &[8])
        .ints(tags::COLUMNS, &[8])
        .ints(tags::BITS_ALLOCATED, &[16])
        .ints(tags::BITS_STORED, &[12])
        .ints(tags::HIGH_BIT, &[11])
        .ints(tags::PIXEL_REPRESENTATION, &[0])
        .floats(tags::RESCALE_INTERCEPT, &[-1024.0])
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .words(tags::PIXEL_DATA, VR::OW, pixels)
}

/// It as a Part 10 file.
pub fn file(object: &Builder) -> Vec<u8> {
    object.file(TransferSyntax::native(Encoding::ExplicitLittle))
}

/// A store and a folder beside it.
struct Bench {
    root: TempDir,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(root.path().join("files")).expect("a folder");
        Self { root }
    }

    fn files(&self) -> PathBuf {
        self.root.path().join("files")
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.files().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Two studies: one of two series with three images, one of a single image.
    fn put_studies(&self) {
        for (study, series, instance) in [(1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1)] {
            let name = format!("{study}-{series}-{instance}.dcm");
            self.put(&name, &file(&slice(study, series, instance)));
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dgscope"));
        command
            .arg("--data-dir")
            .arg(self.root.path().join("store"))
            .args(words)
            .stdin(Stdio::null())
            .env_remove("DGSCOPE_DATA_DIR");
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the binary runs")
    }

    /// Runs with `--json`, expects this exit status, reads the machine output.
    fn json(&self, status: i32, words: &[&str]) -> Value {
        let output = self
            .command(&["--json"])
            .args(words)
            .output()
            .expect("the binary runs");
        assert_status(&output, status);
        serde_json::from_slice(&output.stdout).expect("one JSON value on stdout")
    }

    fn import(&self) -> Value {
        self.json(0, &["import", text(&self.files())])
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn assert_status(output: &Output, status: i32) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "stderr: {stderr}");
}

/// A failure is one line on stderr that says all of `words`.
fn assert_fails(output: &Output, status: i32, words: &[&str]) {
    assert_status(output, status);
    let stderr = String::from_utf8_lossy(&output.stderr);
    for word in words {
        assert!(stderr.contains(word), "no {word:?} in {stderr:?}");
    }
    assert!(output.stdout.is_empty(), "nothing on stdout");
}

#[test]
fn wrong_words_are_wrong_input() {
    let bench = Bench::new();
    assert_status(&bench.run(&["no-such-command"]), 2);
    assert_status(&bench.run(&["echo", "PACS@host:0"]), 2);
    assert_status(&bench.run(&["delete"]), 2);
    assert_fails(
        &bench.run(&["list", "no-equals-sign"]),
        2,
        &["list", "no-equals-sign"],
    );
    assert_fails(
        &bench.run(&["list", "NoSuchKeyword=1"]),
        2,
        &["NoSuchKeyword"],
    );
    assert_fails(&bench.run(&["--log", "a=b=c", "list"]), 2, &["a=b=c"]);
    assert_fails(&bench.run(&["open", "no-such-file"]), 2, &["no-such-file"]);
}

#[test]
fn import_counts_what_it_found() {
    let bench = Bench::new();
    bench.put_studies();
    bench.put("deeper/notes.txt", b"no DICOM at all");
    let counts = bench.import();
    assert_eq!(counts["imported"], 4, "{counts}");
    assert_eq!(counts["not_dicom"], 1);
    assert_eq!(
        (&counts["duplicate"], &counts["failed"]),
        (&0.into(), &0.into())
    );
    let again = bench.import();
    assert_eq!(
        (&again["imported"], &again["duplicate"]),
        (&0.into(), &4.into())
    );
}

#[test]
fn a_broken_object_fails_alone() {
    let bench = Bench::new();
    bench.put_studies();
    let whole = file(&slice(3, 1, 1));
    let path = bench.put("broken.dcm", &whole[..whole.len() - 40]);
    let counts = bench.json(3, &["import", text(&bench.files())]);
    assert_eq!(
        (&counts["imported"], &counts["failed"]),
        (&4.into(), &1.into())
    );
    let failure = &counts["failures"][0];
    assert_eq!(failure["path"], text(&path), "{failure}");
    assert_ne!(failure["reason"], "");
}

#[test]
fn other_bytes_under_a_known_uid_are_a_conflict() {
    let bench = Bench::new();
    bench.put_studies();
    bench.import();
    let other = slice(1, 1, 1).text(tags::STUDY_ID, "9");
    let path = bench.put("other/other.dcm", &file(&other));
    let counts = bench.json(3, &["import", text(&path)]);
    assert_eq!(
        (&counts["imported"], &counts["conflict"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn zip_archives_are_unpacked() {
    use std::io::Write;
    let bench = Bench::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for instance in 1..=3 {
        zip.start_file(format!("../../{instance}"), options)
            .expect("an entry");
        zip.write_all(&file(&slice(1, 1, instance)))
            .expect("its bytes");
    }
    zip.start_file("readme", options).expect("an entry");
    zip.write_all(b"text").expect("its bytes");
    let bytes = zip.finish().expect("an archive").into_inner();
    let path = bench.put("study.zip", &bytes);
    let counts = bench.json(0, &["import", text(&path)]);
    assert_eq!(
        (&counts["imported"], &counts["not_dicom"]),
        (&3.into(), &1.into())
    );
    let left = bench.root.path().join("store/unpacking");
    assert!(!left.exists(), "nothing unpacked stays");
    let broken = bench.put("broken.zip", &bytes[..bytes.len() / 2]);
    let counts = bench.json(3, &["import", text(&broken)]);
    assert_eq!(counts["failed"], 1);
}

#[test]
fn a_dicomdir_brings_the_files_it_lists() {
    let bench = Bench::new();
    bench.put("im/one", &file(&slice(1, 1, 1)));
    bench.put("im/two", &file(&slice(1, 1, 2)));
    let record = |id: &str| Builder::new().text(tags::REFERENCED_FILE_ID, id);
    let records = vec![
        Builder::new().text(tags::DIRECTORY_RECORD_TYPE, "PATIENT"),
        record("IM\\ONE"),
        record("IM\\MISSING"),
        record("..\\SECRET"),
    ];
    let directory = Builder::new()
        .text(tags::SOP_CLASS_UID, "1.2.840.10008.1.3.10")
        .text(tags::SOP_INSTANCE_UID, "1.2.3")
        .sequence(tags::DIRECTORY_RECORD_SEQUENCE, records);
    let path = bench.put("DICOMDIR", &file(&directory));
    let counts = bench.json(3, &["import", text(&path)]);
    assert_eq!(
        (&counts["imported"], &counts["failed"]),
        (&1.into(), &2.into())
    );
    // The folder instead of its directory: everything in it.
    let counts = bench.import();
    assert_eq!(
        (&counts["imported"], &counts["duplicate"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn linked_files_stay_where_they_are() {
    let bench = Bench::new();
    bench.put_studies();
    let counts = bench.json(0, &["import", "--link", text(&bench.files())]);
    assert_eq!(counts["imported"], 4);
    let rows = bench.json(0, &["list", "instances", "PatientID=CLI-2"]);
    assert_eq!(rows[0]["path"], text(&bench.files().join("2-1-1.dcm")));
}

#[test]
fn lists_are_dicom_json() {
    let bench = Bench::new();
    bench.put_studies();
    bench.import();
    let studies = bench.json(0, &["list", "PatientID=CLI-1"]);
    assert_eq!(studies.as_array().map(Vec::len), Some(1));
    assert_eq!(studies[0]["00201208"]["Value"][0], 3, "{studies}");
    assert_eq!(
        studies[0]["00100010"]["Value"][0]["Alphabetic"],
        "PHANTOM^CLI"
    );
    let series = bench.json(0, &["list", "series", "PatientID=CLI-1"]);
    assert_eq!(series.as_array().map(Vec::len), Some(2));
    let instances = bench.json(0, &["list", "instances"]);
    assert_eq!(instances.as_array().map(Vec::len), Some(4));
    for row in instances.as_array().into_iter().flatten() {
        let path = Path::new(row["path"].as_str().expect("a path"));
        assert!(path.is_absolute() && path.is_file());
    }
    let limited = bench.json(0, &["list", "instances", "--limit", "2"]);
    assert_eq!(limited.as_array().map(Vec::len), Some(2));
    let table = bench.run(&["list", "studies"]);
    let table = String::from_utf8(table.stdout).expect("UTF-8");
    assert!(
        table.starts_with("PATIENT ID") && table.contains("CLI-2"),
        "{table}"
    );
}

#[test]
fn an_exported_file_is_the_stored_one() {
    let bench = Bench::new();
    bench.put_studies();
    bench.import();
    let out = bench.root.path().join("out");
    let counts = bench.json(0, &["export", text(&out), "PatientID=CLI-1"]);
    assert_eq!(
        (&counts["exported"], &counts["failed"]),
        (&3.into(), &0.into())
    );
    let first = fs::read(out.join("ST000001/SE000001/IM000001.dcm")).expect("a file");
    let uid = "SOPInstanceUID=1.2.826.0.1.3680043.2.406.9.77.1.1.1";
    let rows = bench.json(0, &["list", "instances", uid]);
    let stored = fs::read(rows[0]["path"].as_str().expect("a path")).expect("a file");
    assert_eq!(first, stored);
    let data_set = slice(1, 1, 1).data_set(Encoding::ExplicitLittle);
    assert!(first.ends_with(&data_set), "the data set as it came");
    // A second export leaves the first alone.
    bench.json(0, &["export", text(&out), "PatientID=CLI-2"]);
    assert!(out.join("ST000002/SE000001/IM000001.dcm").is_file());
    assert_fails(
        &bench.run(&["export", text(&out), "PatientID=NOBODY"]),
        2,
        &["nothing matches"],
    );
}

#[test]
fn delete_asks_first_and_then_forgets() {
    let bench = Bench::new();
    bench.put_studies();
    bench.import();
    assert_fails(&bench.run(&["delete", "PatientID=CLI-1"]), 2, &["--yes"]);
    let series = "SeriesInstanceUID=1.2.826.0.1.3680043.2.406.9.77.1.1";
    let gone = bench.json(0, &["delete", series, "--yes"]);
    assert_eq!(
        (&gone["instances"], &gone["series"]),
        (&2.into(), &1.into())
    );
    let gone = bench.json(0, &["delete", "PatientID=CLI-1", "--yes"]);
    assert_eq!(
        (&gone["instances"], &gone["studies"]),
        (&1.into(), &1.into())
    );
    let left = bench.json(0, &["list"]);
    assert_eq!(left.as_array().map(Vec::len), Some(1));
}

#[test]
fn settings_change_together_or_not_at_all() {
    let bench = Bench::new();
    let all = bench.json(0, &["settings"]);
    assert_eq!(all["station.port"], 11112);
    assert_eq!(all["station.ae-title"], "DGSCOPE");
    let shown = bench.json(
        0,
        &["settings", "station.port=11113", "station.ae-title=MINE"],
    );
    assert_eq!(shown["station.port"], 11113);
    let wrong = bench.run(&["settings", "station.port=11114", "station.serial=none"]);
    assert_fails(&wrong, 2, &["station.serial"]);
    assert_fails(&bench.run(&["settings", "no.such"]), 2, &["no.such"]);
    let kept = bench.json(0, &["settings", "station.port"]);
    assert_eq!(kept, serde_json::json!({ "station.port": 11113 }));
}

#[test]
fn peers_and_the_access_list_are_kept() {
    let bench = Bench::new();
    let added = [
        "peer",
        "add",
        "archive",
        "PACS",
        "10.0.0.1",
        "104",
        "--roles",
        "store,query",
    ];
    bench.json(0, &added);
    bench.json(0, &["peer", "allow", "MODALITY", "--host", "10.0.0.2"]);
    let list = bench.json(0, &["peer", "list"]);
    assert_eq!(list[0]["name"], "archive");
    assert_eq!(
        (&list[0]["port"], &list[0]["allowed"]),
        (&104.into(), &false.into())
    );
    assert_eq!(list[0]["roles"], serde_json::json!(["store", "query"]));
    assert_eq!(list[1]["ae_title"], "MODALITY");
    bench.json(0, &["peer", "allow", "PACS"]);
    assert_eq!(bench.json(0, &["peer", "list"])[0]["allowed"], true);
    bench.json(0, &["peer", "deny", "MODALITY"]);
    bench.json(0, &["peer", "remove", "archive"]);
    assert_fails(&bench.run(&["peer", "remove", "archive"]), 2, &["archive"]);
    assert_status(
        &bench.run(&["peer", "add", "x", "PACS", "host", "1", "--roles", "tea"]),
        2,
    );
    assert_status(&bench.run(&["peer", "add", "a@b", "PACS", "host", "1"]), 2);
}

#[test]
fn doctor_sees_a_missing_file() {
    let bench = Bench::new();
    bench.put_studies();
    bench.import();
    let report = bench.json(0, &["doctor", "--digests"]);
    assert_eq!(
        (&report["clean"], &report["objects"]),
        (&true.into(), &4.into())
    );
    let rows = bench.json(0, &["list", "instances", "PatientID=CLI-2"]);
    fs::remove_file(rows[0]["path"].as_str().expect("a path")).expect("a file");
    let report = bench.json(3, &["doctor"]);
    assert_eq!(
        (&report["clean"], &report["missing"]),
        (&false.into(), &1.into())
    );
    bench.json(0, &["doctor", "--repair"]);
    assert_eq!(bench.json(0, &["doctor"])["objects"], 3);
}

#[test]
fn doctor_compares_the_graphics_card_with_the_processor() {
    let bench = Bench::new();
    let report = bench.json(0, &["doctor", "--self-test"]);
    assert_eq!(report["clean"], true);
    let graphics = &report["graphics"];
    assert!(graphics["problem"].is_null(), "{graphics}");
    // a machine without any card is as it should be
    assert!(graphics["adapter"].is_null() || graphics["pictures"].as_u64() > Some(5));
}

#[test]
fn doctor_prints_the_statement_of_this_station() {
    let bench = Bench::new();
    bench.json(0, &["settings", "station.serial=42"]);
    let output = bench.run(&["doctor", "--conformance"]);
    assert_status(&output, 0);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        text.contains("1.2.826.0.1.3680043.2.406.42"),
        "its own serial"
    );
    assert!(text.contains("CT Image Storage"));
}

#[test]
fn a_peer_that_is_not_there_fails_at_the_connection() {
    let bench = Bench::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let peer = format!("NOBODY@127.0.0.1:{port}");
    assert_fails(&bench.run(&["echo", &peer]), 3, &["connect", "NOBODY"]);
    assert_fails(&bench.run(&["echo", "no-such-peer"]), 2, &["no-such-peer"]);
    assert_fails(
        &bench.run(&["send", &peer, "PatientID=NOBODY"]),
        2,
        &["nothing matches"],
    );
}

/// A running `serve`, ended when dropped.
struct Serving {
    child: std::process::Child,
    port: u16,
    stderr: Option<std::process::ChildStderr>,
}

impl Serving {
    fn start(bench: &Bench, words: &[&str]) -> Self {
        use std::io::BufRead;
        let mut child = bench
            .command(&["serve", "--port", "0"])
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let stdout = child.stdout.take().expect("piped");
        let mut line = String::new();
        std::io::BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line");
        let address = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.split_once(" as "))
            .map(|(address, _)| address.to_owned());
        let address = address.unwrap_or_else(|| panic!("not the ready line: {line:?}"));
        let (_, port) = address.rsplit_once(':').expect("a port");
        Self {
            port: port.parse().expect("a number"),
            stderr: child.stderr.take(),
            child,
        }
    }

    fn peer(&self, title: &str) -> String {
        format!("{title}@127.0.0.1:{}", self.port)
    }

    /// Asks it to end, waits, and gives what it said on stderr.
    #[cfg(unix)]
    fn end(mut self) -> String {
        use std::io::Read;
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("its process");
        let status = self.child.wait().expect("its end");
        let mut said = String::new();
        let mut stderr = self.stderr.take().expect("piped");
        stderr.read_to_string(&mut said).expect("UTF-8");
        assert_eq!(status.code(), Some(0), "{said}");
        said
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn serve_takes_what_send_sends_and_ends_in_order() {
    let (here, there) = (Bench::new(), Bench::new());
    here.put_studies();
    here.import();
    let server = Serving::start(&there, &["--accept-unknown", "--ae-title", "THERE"]);
    let echo = here.json(0, &["echo", &server.peer("THERE")]);
    assert_eq!(echo["status"], "0000");
    assert!(echo["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{echo}");
    let sent = here.json(0, &["send", &server.peer("THERE"), "PatientID=CLI-1"]);
    assert_eq!(
        (&sent["sent"], &sent["failed"]),
        (&3.into(), &0.into()),
        "{sent}"
    );
    assert_eq!(sent["objects"][0]["result"], "sent");
    let path = here.files().join("2-1-1.dcm");
    let sent = here.json(0, &["send", &server.peer("THERE"), text(&path)]);
    assert_eq!(sent["sent"], 1);
    // What is no DICOM is passed over in a folder, and a failure when it is named.
    let note = here.put("notes.txt", b"no image");
    let sent = here.json(0, &["send", &server.peer("THERE"), text(&here.files())]);
    let counts = ["sent", "failed", "skipped"].map(|name| sent[name].as_u64());
    assert_eq!(counts, [Some(4), Some(0), Some(1)], "{sent}");
    let told = here.json(3, &["send", &server.peer("THERE"), text(&note)]);
    assert_eq!(told["objects"][0]["reason"], "not DICOM", "{told}");
    // Beside the running node: its store is readable, but nobody else serves it.
    let listed = there.json(0, &["list", "instances"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(4));
    let second = there.run(&["serve", "--port", "0"]);
    assert_fails(&second, 4, &["in use", "THERE"]);
    server.end();
}

#[cfg(unix)]
#[test]
fn an_unknown_caller_is_refused_with_the_cure() {
    let (here, there) = (Bench::new(), Bench::new());
    let server = Serving::start(&there, &[]);
    let peer = server.peer("DGSCOPE");
    let refused = here.run(&["echo", &peer, "--calling", "STRANGER"]);
    assert_fails(&refused, 3, &["association", "calling"]);
    // A running node follows a change of its access list.
    there.json(0, &["peer", "allow", "STRANGER"]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while here
        .run(&["echo", &peer, "--calling", "STRANGER"])
        .status
        .code()
        != Some(0)
    {
        assert!(std::time::Instant::now() < deadline, "never let in");
    }
    let said = server.end();
    assert!(
        said.contains("STRANGER") && said.contains("peer allow STRANGER"),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_window_says_so() {
    let folder = TempDir::new().expect("a folder");
    let mut program = Command::new(env!("CARGO_BIN_EXE_dgscope"));
    program.arg("--data-dir").arg(folder.path().join("store"));
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        program.env_remove(display);
    }
    let output = program.output().expect("it runs");
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("window: no display"), "{told}");
}
