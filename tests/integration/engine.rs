//! The engine in-process: a study goes in, is opened, decoded, drawn small, grows, is deleted; all as a window would see it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dgscope::dicom::{
    AeTitle, SeriesInstanceUid, SopInstanceUid, StudyInstanceUid, TransferSyntax, tags,
};
use dgscope::engine::{
    Command, Engine, EngineOptions, Event, ExportFormat, FrameKey, Job, JobId, Outcome,
    StudyContents, StudyQuery, WantedThumbnail,
};
use dgscope::imaging::FrameIndex;
use dgscope::phantom::{Builder, Phantom, demonstration};
use tempfile::TempDir;

use super::viewer_world::{CT, state};
use crate::cli::{file, slice};

const PATIENCE: Duration = Duration::from_secs(60);

struct Window {
    engine: Engine,
    wakes: Arc<AtomicUsize>,
    next_job: u64,
    folder: TempDir,
}

impl Window {
    fn open(options: EngineOptions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&wakes);
        let options = EngineOptions {
            data_dir: folder.path().join("store"),
            server: true,
            ..options
        };
        let wake = Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        Self {
            engine: Engine::start(options, wake).expect("an engine"),
            wakes,
            next_job: 1,
            folder,
        }
    }

    /// The first event that `pick` takes; others are passed over.
    fn wait<T>(&self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let event = self.engine.next().expect("a running engine");
            if let Some(found) = pick(&event) {
                return found;
            }
        }
        panic!("never came: {what}");
    }

    fn send(&self, command: Command) {
        assert!(self.engine.send(command), "the engine takes commands");
    }

    fn start(&mut self, job: Job) -> JobId {
        let id = JobId(self.next_job);
        self.next_job += 1;
        self.send(Command::Start(id, job));
        id
    }

    fn finish(&self, id: JobId) -> Outcome {
        self.wait("the end of a job", |event| match event {
            Event::JobFinished(ended, outcome) if *ended == id => Some(outcome.clone()),
            _ => None,
        })
    }

    fn import(&mut self, path: &Path) -> Outcome {
        let job = Job::Import {
            paths: vec![path.to_owned()],
            link: false,
        };
        let id = self.start(job);
        self.finish(id)
    }

    fn write(&self, phantoms: &[Phantom]) -> std::path::PathBuf {
        let folder = self.folder.path().join(format!("files-{}", phantoms.len()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for phantom in phantoms {
            std::fs::write(folder.join(phantom.file_name()), phantom.file()).expect("a file");
        }
        folder
    }

    fn opened(&self, study: &StudyInstanceUid) -> Arc<StudyContents> {
        self.wait("an open study", |event| match event {
            Event::StudyOpened(contents) if contents.study.study_instance_uid == *study => {
                Some(Arc::clone(contents))
            }
            _ => None,
        })
    }

    fn first_study(&self) -> StudyInstanceUid {
        let query = StudyQuery {
            limit: 10,
            ..StudyQuery::default()
        };
        self.send(Command::ListStudies(query));
        self.wait("the list", |event| match event {
            Event::Studies(_, page) => Some(page.rows.first()?.study_instance_uid.clone()),
            _ => None,
        })
    }
}

/// Slices of the CT phantom.
fn ct(count: usize) -> Vec<Phantom> {
    demonstration().into_iter().take(count).collect()
}

fn keys(contents: &StudyContents) -> Vec<FrameKey> {
    let instances = contents.series.iter().flat_map(|series| &series.instances);
    instances
        .filter(|instance| instance.pixels.is_ok())
        .map(|instance| FrameKey {
            instance: instance.sop_instance_uid.clone(),
            frame: FrameIndex(0),
        })
        .collect()
}

fn ready(event: &Event) -> Option<FrameKey> {
    match event {
        Event::FrameReady(key, frame) => {
            assert_eq!((frame.rows, frame.columns), (512, 512));
            Some(key.clone())
        }
        Event::FrameFailed(key, reason) => panic!("{key:?}: {reason}"),
        _ => None,
    }
}

#[test]
fn a_study_is_opened_and_its_frames_come_as_wished() {
    let mut window = Window::open(EngineOptions::default());
    let files = window.write(&ct(6));
    let outcome = window.import(&files);
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(outcome.progress.done, 6);
    let study = window.first_study();
    window.send(Command::OpenStudy(study.clone()));
    let contents = window.opened(&study);
    let wished = keys(&contents);
    assert_eq!(wished.len(), 6);
    window.send(Command::WantFrames(wished.clone()));
    let got: HashSet<FrameKey> = (0..6).map(|_| window.wait("a frame", ready)).collect();
    assert_eq!(got.len(), 6, "each once");
    // What the shell has is not told again; a stranger fails in words.
    let stranger = FrameKey {
        instance: SopInstanceUid::parse("1.2.3").expect("a UID"),
        frame: FrameIndex(0),
    };
    let mut again = wished;
    again.push(stranger.clone());
    window.send(Command::WantFrames(again));
    window.wait("the stranger's failure", |event| match event {
        Event::FrameFailed(key, _) => Some(assert_eq!(*key, stranger)),
        Event::FrameReady(key, _) => panic!("told twice: {key:?}"),
        _ => None,
    });
    assert!(window.wakes.load(Ordering::Relaxed) > 0);
    // An object that arrives while the study is open appears by itself.
    let files = window.write(&ct(7));
    window.import(&files);
    let grown = window.opened(&study);
    assert_eq!(keys(&grown).len(), 7);
    window.send(Command::CloseStudy(study));
    window.wait("the frames to go", |event| match event {
        Event::FramesEvicted(gone) => Some(assert_eq!(gone.len(), 6)),
        _ => None,
    });
}

#[test]
fn a_small_cache_gives_up_what_is_no_longer_wished() {
    let frame_bytes = 512 * 512 * 2;
    let mut window = Window::open(EngineOptions {
        frame_budget_bytes: Some(3 * frame_bytes),
        ..EngineOptions::default()
    });
    let files = window.write(&ct(6));
    window.import(&files);
    let study = window.first_study();
    window.send(Command::OpenStudy(study.clone()));
    let wished = keys(&window.opened(&study));
    window.send(Command::WantFrames(wished[..3].to_vec()));
    for _ in 0..3 {
        window.wait("a frame", ready);
    }
    window.send(Command::WantFrames(vec![wished[5].clone()]));
    let gone = window.wait("an eviction", |event| match event {
        Event::FramesEvicted(gone) => Some(gone.clone()),
        _ => None,
    });
    assert_eq!(gone.len(), 1);
    assert!(wished[..3].contains(&gone[0]));
    assert_eq!(window.wait("the new frame", ready), wished[5]);
}

#[test]
fn thumbnails_and_exported_pictures_are_drawn() {
    let mut window = Window::open(EngineOptions::default());
    let files = window.write(&ct(3));
    window.import(&files);
    let study = window.first_study();
    window.send(Command::ListSeries(study));
    let series: SeriesInstanceUid = window.wait("the series", |event| match event {
        Event::Series(_, rows) => Some(rows.first()?.series_instance_uid.clone()),
        _ => None,
    });
    let wanted = WantedThumbnail { series, objects: 3 };
    window.send(Command::WantThumbnails(vec![wanted]));
    let thumbnail = window.wait("a thumbnail", |event| match event {
        Event::ThumbnailReady(_, thumbnail) => Some(Arc::clone(thumbnail)),
        _ => None,
    });
    assert_eq!((thumbnail.width, thumbnail.height), (128, 128));
    assert_eq!(thumbnail.rgba.len(), 4 * 128 * 128);
    let levels: HashSet<u8> = thumbnail.rgba.iter().step_by(4).copied().collect();
    assert!(levels.len() > 10, "a picture, not a plain area");
    let directory = window.folder.path().join("png");
    let id = window.start(Job::Export {
        directory: directory.clone(),
        keys: vec![("Modality".into(), "CT".into())],
        format: ExportFormat::Png,
    });
    let outcome = window.finish(id);
    assert_eq!(outcome.json["files"], 3, "{outcome:?}");
    let picture = std::fs::File::open(directory.join("ST000001/SE000001/IM000001.png"));
    let decoder = png::Decoder::new(std::io::BufReader::new(picture.expect("a picture")));
    let reader = decoder.read_info().expect("a PNG");
    assert_eq!((reader.info().width, reader.info().height), (512, 512));
}

#[test]
fn a_cancelled_job_ends_as_cancelled_and_the_engine_goes_on() {
    // Enough objects, each synced, that the cancellation finds the import at work.
    const OBJECTS: u32 = 400;
    let mut window = Window::open(EngineOptions::default());
    let files = window.folder.path().join("many");
    std::fs::create_dir(&files).expect("a folder");
    for instance in 1..=OBJECTS {
        let bytes = file(&slice(1, 1, instance));
        std::fs::write(files.join(format!("{instance}.dcm")), bytes).expect("a file");
    }
    let id = window.start(Job::Import {
        paths: vec![files.clone()],
        link: false,
    });
    window.send(Command::Cancel(id));
    let cancelled = window.finish(id);
    let reason = cancelled.result.as_ref().err().map(|f| f.message.as_str());
    assert_eq!(reason, Some("cancelled"), "{cancelled:?}");
    assert!(cancelled.progress.done < u64::from(OBJECTS));
    let whole = window.import(&files);
    assert!(whole.result.is_ok());
    let count = |key: &str| whole.json[key].as_u64().expect("a count");
    assert_eq!(count("imported") + count("duplicate"), u64::from(OBJECTS));
}

#[test]
fn a_wrong_setting_is_refused_and_the_right_one_told() {
    let window = Window::open(EngineOptions::default());
    let change = |value: &str| vec![("station.ae-title".to_owned(), value.to_owned())];
    window.send(Command::ChangeSettings(change("MUCH TOO LONG A TITLE")));
    window.wait("the refusal", |event| {
        matches!(event, Event::Refused(_)).then_some(())
    });
    window.send(Command::ChangeSettings(change("READING")));
    let title = window.wait("the settings", |event| match event {
        Event::Settings(settings) => Some(settings.station_ae_title.clone()),
        _ => None,
    });
    assert_eq!(title, AeTitle::try_from("READING").expect("a title"));
}

#[test]
fn one_server_per_store_and_the_lock_is_free_afterwards() {
    let window = Window::open(EngineOptions::default());
    let options = EngineOptions {
        data_dir: window.folder.path().join("store"),
        server: true,
        ..EngineOptions::default()
    };
    let refused = Engine::start(options.clone(), Box::new(|| ())).expect_err("one is enough");
    assert!(refused.message.contains("in use by pid"), "{refused}");
    let Window { engine, folder, .. } = window;
    let started = Instant::now();
    engine.shutdown();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "in order, not in time"
    );
    Engine::start(options, Box::new(|| ())).expect("free again");
    drop(folder);
}

#[test]
fn a_state_that_arrives_in_another_study_comes_with_its_images() {
    let mut window = Window::open(EngineOptions::default());
    let files = window.write(&ct(3));
    window.import(&files);
    let study = window.first_study();
    window.send(Command::OpenStudy(study.clone()));
    let contents = window.opened(&study);
    assert!(contents.states.is_empty());
    let image = &contents.series[0].instances[0].sop_instance_uid;
    let folder = window.folder.path().join("states");
    std::fs::create_dir_all(&folder).expect("a folder");
    let syntax = TransferSyntax::find("1.2.840.10008.1.2.1").expect("a known syntax");
    for (instance, created) in [(1, "20070101"), (2, "20080101"), (3, "20060101")] {
        let reference = Builder::new()
            .text(tags::REFERENCED_SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.2")
            .text(tags::REFERENCED_SOP_INSTANCE_UID, image.as_str());
        let series = Builder::new()
            .text(tags::SERIES_INSTANCE_UID, "1.2.3.4")
            .sequence(tags::REFERENCED_IMAGE_SEQUENCE, vec![reference]);
        let state = state(&CT, instance, created, &[1])
            .sequence(tags::REFERENCED_SERIES_SEQUENCE, vec![series]);
        let file = folder.join(format!("{instance}.dcm"));
        std::fs::write(file, state.file(syntax)).expect("a file");
    }
    window.import(&folder);
    let states = window.wait("the states", |event| match event {
        Event::StudyOpened(contents) if contents.states.len() == 3 => Some(contents.states.clone()),
        _ => None,
    });
    let labels: Vec<&str> = states.iter().map(|state| state.label.as_str()).collect();
    assert_eq!(labels, ["STATE_2", "STATE_1", "STATE_3"], "newest first");
    assert!(states[0].state.is_ok());
}

#[test]
fn a_study_that_nobody_needs_goes_when_the_disk_is_short() {
    let mut window = Window::open(EngineOptions::default());
    let folder = window.write(&ct(2));
    assert!(window.import(&folder).result.is_ok());
    let study = window.first_study();
    window.send(Command::OpenStudy(study.clone()));
    window.opened(&study);
    let rules = [
        ("store.clean-up", "true"),
        ("store.clean-up-days", "0"),
        ("store.clean-up-unsent", "true"),
        // More than any disk of a test has.
        ("store.minimum-free", "4000T"),
    ];
    let rules = rules.map(|(key, value)| (key.to_owned(), value.to_owned()));
    window.send(Command::ChangeSettings(rules.to_vec()));
    // It is looked at: the disk is told to be short, and nothing happens to it.
    window.wait("a notice", |event| {
        matches!(event, Event::Notice(_)).then_some(())
    });
    assert_eq!(window.first_study(), study);
    window.send(Command::CloseStudy(study));
    let job = window.wait("cleaning up", |event| match event {
        Event::JobStarted(id, report) if report.kind == "clean-up" => Some(*id),
        _ => None,
    });
    let outcome = window.finish(job);
    assert_eq!(outcome.json["studies"], 1, "{}", outcome.message);
}
