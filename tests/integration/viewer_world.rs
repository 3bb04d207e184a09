//! Studies for viewer tests, made in memory: events are fed by hand, there is no engine.

use std::path::PathBuf;
use std::sync::Arc;

use dgscope::dicom::{
    DicomFile, ScanOptions, SeriesInstanceUid, StudyInstanceUid, TransferSyntax, tags, uids,
};
use dgscope::engine::event::SeriesContents;
use dgscope::engine::{Command, Event, SeriesRow, StudyContents, StudyRow};
use dgscope::imaging::{FrameKey, Image, InstanceContents, StoredState};
use dgscope::phantom::Builder;
use dgscope::phantom::patient::{Patient, with_gray_pixels};

/// The first patient.
pub const CT: Patient = Patient {
    name: "PHANTOM^CT",
    id: "DGSCOPE-1",
    birth_date: "19500101",
    sex: "O",
    study_date: "20061102",
    study_time: "101500",
    study_description: "TRUNK",
    accession_number: "A1",
    study: 701,
};

/// Another patient.
pub const OTHER: Patient = Patient {
    name: "PHANTOM^OTHER",
    id: "DGSCOPE-2",
    birth_date: "19600101",
    sex: "O",
    study_date: "20061103",
    study_time: "101500",
    study_description: "TRUNK",
    accession_number: "A2",
    study: 702,
};

/// A small axial slice in Hounsfield units.
pub fn slice(patient: &Patient, series: u32, instance: u32) -> Builder {
    const SIDE: u32 = 64;
    let pixels = (0..SIDE * SIDE)
        .map(|at| ((at * 7 + instance * 13) % 4096) as u16)
        .collect();
    let object = patient
        .object("1.2.840.10008.5.1.4.1.1.2", "CT", series, "AXIAL", instance)
        .text(
            tags::FRAME_OF_REFERENCE_UID,
            &patient.frame_of_reference_uid(),
        )
        .floats(
            tags::IMAGE_POSITION_PATIENT,
            &[0.0, 0.0, f64::from(instance) * 2.5],
        )
        .floats(
            tags::IMAGE_ORIENTATION_PATIENT,
            &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        )
        .floats(tags::PIXEL_SPACING, &[0.5, 0.5])
        .floats(tags::RESCALE_INTERCEPT, &[-1024.0])
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .text(tags::RESCALE_TYPE, "HU")
        .text(tags::WINDOW_CENTER, "40\\-600")
        .text(tags::WINDOW_WIDTH, "400\\1500");
    with_gray_pixels(object, SIDE, SIDE, 12, pixels)
}

/// A presentation state about slices of series 1: window 1000/200, a quarter turn; `created` is its date.
pub fn state(patient: &Patient, instance: u32, created: &str, slices: &[u32]) -> Builder {
    let references: Vec<Builder> = slices
        .iter()
        .map(|slice| {
            Builder::new()
                .text(tags::REFERENCED_SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.2")
                .text(
                    tags::REFERENCED_SOP_INSTANCE_UID,
                    &patient.instance_uid(1, *slice),
                )
        })
        .collect();
    let series = Builder::new()
        .text(tags::SERIES_INSTANCE_UID, &patient.series_uid(1))
        .sequence(tags::REFERENCED_IMAGE_SEQUENCE, references);
    let area = Builder::new()
        .ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, &[1, 1])
        .ints(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER, &[64, 64])
        .text(tags::PRESENTATION_SIZE_MODE, "SCALE TO FIT")
        .ints(tags::PRESENTATION_PIXEL_ASPECT_RATIO, &[1, 1]);
    let window = Builder::new()
        .floats(tags::WINDOW_CENTER, &[200.0])
        .floats(tags::WINDOW_WIDTH, &[1000.0]);
    patient
        .object(
            uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE,
            "PR",
            9,
            "STATES",
            instance,
        )
        .text(tags::CONTENT_LABEL, &format!("STATE_{instance}"))
        .text(tags::CONTENT_DESCRIPTION, "a quarter turn")
        .text(tags::CONTENT_CREATOR_NAME, "READER^FIRST")
        .text(tags::PRESENTATION_CREATION_DATE, created)
        .text(tags::PRESENTATION_CREATION_TIME, "101500")
        .sequence(tags::REFERENCED_SERIES_SEQUENCE, vec![series])
        .sequence(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area])
        .floats(tags::RESCALE_INTERCEPT, &[-1024.0])
        .floats(tags::RESCALE_SLOPE, &[1.0])
        .text(tags::RESCALE_TYPE, "HU")
        .sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![window])
        .text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY")
        .ints(tags::IMAGE_ROTATION, &[90])
        .text(tags::IMAGE_HORIZONTAL_FLIP, "N")
}

/// A study in memory that answers what the viewer asks of the engine.
pub struct World {
    /// What `StudyOpened` brings.
    pub contents: Arc<StudyContents>,
    files: Vec<(String, DicomFile)>,
}

impl World {
    /// A study of one patient from its objects.
    pub fn new(patient: &Patient, objects: &[Builder]) -> Self {
        let syntax = TransferSyntax::find("1.2.840.10008.1.2.1").expect("a known syntax");
        let mut files = Vec::new();
        let mut series: Vec<SeriesContents> = Vec::new();
        let mut states: Vec<Arc<StoredState>> = Vec::new();
        for object in objects {
            let bytes: Arc<Vec<u8>> = Arc::new(object.file(syntax));
            let file = DicomFile::read(bytes, &ScanOptions::DISPLAY).expect("a whole object");
            let contents = InstanceContents::read(&file, &PathBuf::new()).expect("an object");
            let class = file.data_set.text(tags::SOP_CLASS_UID);
            if class.as_deref() == Some(uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE) {
                let state = StoredState::read(&file, &PathBuf::new()).expect("a state");
                states.push(Arc::new(state));
            }
            let uid = file
                .data_set
                .text(tags::SERIES_INSTANCE_UID)
                .expect("a series");
            let uid = SeriesInstanceUid::parse(&uid).expect("a UID");
            let known = series
                .iter()
                .position(|s| s.series.series_instance_uid == uid);
            let index = known.unwrap_or_else(|| {
                series.push(SeriesContents {
                    series: series_row(patient, uid, &file),
                    instances: Vec::new(),
                    unreadable: Vec::new(),
                });
                series.len() - 1
            });
            files.push((contents.sop_instance_uid.as_str().to_owned(), file));
            series[index].instances.push(Arc::new(contents));
        }
        states.sort_by(|a, b| a.age().cmp(&b.age()));
        let study = study_row(patient, series.len() as u64, files.len() as u64);
        Self {
            contents: Arc::new(StudyContents {
                study,
                series,
                states,
            }),
            files,
        }
    }

    /// A CT stack of so many slices.
    pub fn stack(patient: &Patient, count: u32) -> Self {
        let slices: Vec<Builder> = (1..=count).map(|i| slice(patient, 1, i)).collect();
        Self::new(patient, &slices)
    }

    /// The study's UID.
    pub fn uid(&self) -> StudyInstanceUid {
        self.contents.study.study_instance_uid.clone()
    }

    /// What the engine would answer to commands.
    pub fn answers(&self, commands: &[Command]) -> Vec<Event> {
        let mut events = Vec::new();
        for command in commands {
            match command {
                Command::OpenStudy(uid) if *uid == self.uid() => {
                    events.push(Event::StudyOpened(Arc::clone(&self.contents)));
                }
                Command::WantFrames(keys) => {
                    events.extend(keys.iter().filter_map(|key| self.frame(key)));
                }
                _ => {}
            }
        }
        events
    }

    fn frame(&self, key: &FrameKey) -> Option<Event> {
        let uid = key.instance.as_str();
        let (_, file) = self.files.iter().find(|(known, _)| known == uid)?;
        let decoded = Image::from_file(file.clone()).and_then(|image| image.decode(key.frame));
        Some(match decoded {
            Ok(frame) => Event::FrameReady(key.clone(), Arc::new(frame)),
            Err(error) => Event::FrameFailed(key.clone(), error.to_string()),
        })
    }
}

fn series_row(patient: &Patient, uid: SeriesInstanceUid, file: &DicomFile) -> SeriesRow {
    let text = |tag| file.data_set.text(tag).unwrap_or_default();
    SeriesRow {
        series_instance_uid: uid,
        study_instance_uid: StudyInstanceUid::parse(&patient.study_uid()).expect("a UID"),
        modality: text(tags::MODALITY),
        series_number: file.data_set.int(tags::SERIES_NUMBER),
        series_description: text(tags::SERIES_DESCRIPTION),
        body_part_examined: String::new(),
        performed_procedure_step_start_date: String::new(),
        performed_procedure_step_start_time: String::new(),
        instance_count: 1,
        lossy: false,
    }
}

fn study_row(patient: &Patient, series: u64, instances: u64) -> StudyRow {
    StudyRow {
        study_instance_uid: StudyInstanceUid::parse(&patient.study_uid()).expect("a UID"),
        patient_name: patient.name.to_owned(),
        patient_id: patient.id.to_owned(),
        patient_birth_date: patient.birth_date.to_owned(),
        patient_sex: patient.sex.to_owned(),
        study_date: patient.study_date.to_owned(),
        study_time: patient.study_time.to_owned(),
        study_id: String::new(),
        accession_number: patient.accession_number.to_owned(),
        study_description: patient.study_description.to_owned(),
        referring_physician_name: String::new(),
        modalities: vec!["CT".to_owned()],
        series_count: series,
        instance_count: instances,
        bytes: 0,
        source_ae: String::new(),
        received_ms: 0,
        conflict_count: 0,
        opened: false,
        pinned: false,
    }
}
