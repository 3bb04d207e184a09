//! What the index keeps of an object: the attributes of Tables 11 to 17, references, and whether required modules are there.

use super::IngestError;
use crate::dicom::sop_class::{self, Kind};
use crate::dicom::{
    DataSet, SeriesInstanceUid, SopClassUid, SopInstanceUid, StudyInstanceUid, Tag, TransferSyntax,
    Uid, tags,
};

/// The patient, as written in the object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Patient's Name
    pub name: String,
    /// Patient ID
    pub id: String,
    /// Patient's Birth Date
    pub birth_date: String,
    /// Patient's Sex
    pub sex: String,
}

/// Study attributes (Table 12).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Study {
    /// Study Date
    pub date: String,
    /// Study Time
    pub time: String,
    /// Study ID
    pub id: String,
    /// Accession Number
    pub accession_number: String,
    /// Study Description
    pub description: String,
    /// Referring Physician's Name
    pub referring_physician_name: String,
}

/// Series attributes (Table 13).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// Modality
    pub modality: String,
    /// Series Number
    pub number: Option<i64>,
    /// Series Description
    pub description: String,
    /// Body Part Examined
    pub body_part_examined: String,
    /// Performed Procedure Step Start Date
    pub step_start_date: String,
    /// Performed Procedure Step Start Time
    pub step_start_time: String,
    /// Request Attributes Sequence: Requested Procedure ID, Scheduled Procedure Step ID.
    pub requests: Vec<(String, String)>,
}

/// Instance attributes (Tables 14 to 17).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instance {
    /// Instance Number
    pub number: Option<i64>,
    /// Number of Frames; 0 without pixel data.
    pub frames: u32,
    /// Rows
    pub rows: u32,
    /// Columns
    pub columns: u32,
    /// Compressed with loss, now or once.
    pub lossy: bool,
    /// Completion Flag
    pub completion_flag: String,
    /// Verification Flag
    pub verification_flag: String,
    /// Concept Name Code Sequence: Code Value, Coding Scheme Designator, Code Meaning.
    pub concept: (String, String, String),
    /// Verifying Observer Sequence: Verifying Observer Name, Verification DateTime.
    pub observers: Vec<(String, String)>,
    /// Content Label
    pub content_label: String,
    /// Content Description
    pub content_description: String,
    /// Presentation Creation Date
    pub creation_date: String,
    /// Presentation Creation Time
    pub creation_time: String,
    /// Content Creator's Name
    pub creator_name: String,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// One instance that another one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Referenced SOP Instance UID
    pub sop_instance_uid: String,
    /// Referenced SOP Class UID
    pub sop_class_uid: String,
    /// Series Instance UID around it
    pub series_instance_uid: String,
}

/// Everything of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// SOP Class UID
    pub sop_class_uid: SopClassUid,
    /// SOP Instance UID
    pub sop_instance_uid: SopInstanceUid,
    /// Study Instance UID
    pub study_instance_uid: StudyInstanceUid,
    /// Series Instance UID
    pub series_instance_uid: SeriesInstanceUid,
    /// The patient.
    pub patient: Patient,
    /// The study.
    pub study: Study,
    /// The series.
    pub series: Series,
    /// The instance.
    pub instance: Instance,
    /// A module that its class requires is missing, or a UID of study or series (B007), in words.
    pub warning: Option<String>,
}

impl Header {
    /// Reads the attributes; a missing or malformed UID of class or instance is an [`IngestError::Mismatch`].
    ///
    /// An object without a usable study or series UID is kept all the same, listed under UIDs that stand for what is there, with
    /// a warning; its bytes stay as they are.
    pub fn read(data_set: &DataSet, syntax: &TransferSyntax) -> Result<Self, IngestError> {
        let sop_class_uid = required(
            data_set.text(tags::SOP_CLASS_UID),
            "SOP Class UID",
            SopClassUid::parse,
        )?;
        let sop_instance_uid = required(
            data_set.text(tags::SOP_INSTANCE_UID),
            "SOP Instance UID",
            SopInstanceUid::parse,
        )?;
        let places = places(data_set, &sop_instance_uid);
        let warnings: Vec<String> = missing_modules(data_set, &sop_class_uid)
            .into_iter()
            .chain(places.warning)
            .collect();
        Ok(Self {
            study_instance_uid: places.study,
            series_instance_uid: places.series,
            patient: patient(data_set),
            study: study(data_set),
            series: series(data_set),
            instance: instance(data_set, syntax),
            warning: (!warnings.is_empty()).then(|| warnings.join("; ")),
            sop_class_uid,
            sop_instance_uid,
        })
    }
}

/// Where an object belongs.
struct Places {
    study: StudyInstanceUid,
    series: SeriesInstanceUid,
    /// Which of the two is not the object's own, in words.
    warning: Option<String>,
}

/// Study and series of an object. A malformed UID still tells apart what belongs together; without any, the instance stands
/// alone, and objects of a study without series UIDs share one series.
fn places(data_set: &DataSet, instance: &SopInstanceUid) -> Places {
    let text = |tag| data_set.text(tag).filter(|text| !text.is_empty());
    let (study_text, series_text) = (
        text(tags::STUDY_INSTANCE_UID),
        text(tags::SERIES_INSTANCE_UID),
    );
    let own_study = study_text.as_deref().map(Uid::parse);
    let own_series = series_text.as_deref().map(Uid::parse);
    let complaints: Vec<String> = [
        ("Study Instance UID", &own_study),
        ("Series Instance UID", &own_series),
    ]
    .iter()
    .filter_map(|(name, uid)| match uid {
        None => Some(format!("{name} is missing")),
        Some(Err(_)) => Some(format!("{name} is malformed")),
        Some(Ok(_)) => None,
    })
    .collect();
    let study = match own_study {
        Some(Ok(uid)) => uid,
        _ => {
            let known = study_text.as_deref().or(series_text.as_deref());
            Uid::derive(&["study", known.unwrap_or(instance.as_str())])
        }
    };
    let series = match own_series {
        Some(Ok(uid)) => uid,
        _ => {
            let known = series_text.as_deref().unwrap_or_default();
            Uid::derive(&["series", study.as_str(), known])
        }
    };
    Places {
        study: study.into(),
        series: series.into(),
        warning: (!complaints.is_empty()).then(|| complaints.join("; ")),
    }
}

fn required<T, E>(
    text: Option<String>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, IngestError> {
    match text {
        None => Err(IngestError::Mismatch(format!("{name} is missing"))),
        Some(text) => {
            parse(&text).map_err(|_| IngestError::Mismatch(format!("{name} is malformed")))
        }
    }
}

/// All values as one text, as DICOM writes them.
fn text(data_set: &DataSet, tag: Tag) -> String {
    data_set.texts(tag).join("\\")
}

/// The patient of an object.
pub(super) fn patient(data_set: &DataSet) -> Patient {
    Patient {
        name: text(data_set, tags::PATIENT_NAME),
        id: text(data_set, tags::PATIENT_ID),
        birth_date: text(data_set, tags::PATIENT_BIRTH_DATE),
        sex: text(data_set, tags::PATIENT_SEX),
    }
}

fn study(data_set: &DataSet) -> Study {
    Study {
        date: text(data_set, tags::STUDY_DATE),
        time: text(data_set, tags::STUDY_TIME),
        id: text(data_set, tags::STUDY_ID),
        accession_number: text(data_set, tags::ACCESSION_NUMBER),
        description: text(data_set, tags::STUDY_DESCRIPTION),
        referring_physician_name: text(data_set, tags::REFERRING_PHYSICIAN_NAME),
    }
}

fn series(data_set: &DataSet) -> Series {
    let requests = data_set.items(tags::REQUEST_ATTRIBUTES_SEQUENCE);
    Series {
        modality: text(data_set, tags::MODALITY),
        number: data_set.int(tags::SERIES_NUMBER),
        description: text(data_set, tags::SERIES_DESCRIPTION),
        body_part_examined: text(data_set, tags::BODY_PART_EXAMINED),
        step_start_date: text(data_set, tags::PERFORMED_PROCEDURE_STEP_START_DATE),
        step_start_time: text(data_set, tags::PERFORMED_PROCEDURE_STEP_START_TIME),
        requests: requests
            .iter()
            .map(|item| {
                let procedure = text(item, tags::REQUESTED_PROCEDURE_ID);
                (procedure, text(item, tags::SCHEDULED_PROCEDURE_STEP_ID))
            })
            .collect(),
    }
}

fn has_pixels(data_set: &DataSet) -> bool {
    let pixel_tags = [
        tags::PIXEL_DATA,
        tags::FLOAT_PIXEL_DATA,
        tags::DOUBLE_FLOAT_PIXEL_DATA,
    ];
    pixel_tags
        .iter()
        .any(|tag| data_set.element(*tag).is_some())
}

fn instance(data_set: &DataSet, syntax: &TransferSyntax) -> Instance {
    let number = |tag| data_set.int(tag).and_then(|n| u32::try_from(n).ok());
    let frames = match has_pixels(data_set) {
        true => number(tags::NUMBER_OF_FRAMES).unwrap_or(1).max(1),
        false => 0,
    };
    let item_text = |sequence, tag| {
        let items: &[DataSet] = data_set.items(sequence);
        items
            .first()
            .map(|item| text(item, tag))
            .unwrap_or_default()
    };
    let concept = |tag| item_text(tags::CONCEPT_NAME_CODE_SEQUENCE, tag);
    let lossy = data_set.text(tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01");
    Instance {
        number: data_set.int(tags::INSTANCE_NUMBER),
        frames,
        rows: number(tags::ROWS).unwrap_or(0),
        columns: number(tags::COLUMNS).unwrap_or(0),
        lossy: lossy || syntax.lossy,
        completion_flag: text(data_set, tags::COMPLETION_FLAG),
        verification_flag: text(data_set, tags::VERIFICATION_FLAG),
        concept: (
            concept(tags::CODE_VALUE),
            concept(tags::CODING_SCHEME_DESIGNATOR),
            concept(tags::CODE_MEANING),
        ),
        observers: data_set
            .items(tags::VERIFYING_OBSERVER_SEQUENCE)
            .iter()
            .map(|item| {
                let name = text(item, tags::VERIFYING_OBSERVER_NAME);
                (name, text(item, tags::VERIFICATION_DATE_TIME))
            })
            .collect(),
        content_label: text(data_set, tags::CONTENT_LABEL),
        content_description: text(data_set, tags::CONTENT_DESCRIPTION),
        creation_date: text(data_set, tags::PRESENTATION_CREATION_DATE),
        creation_time: text(data_set, tags::PRESENTATION_CREATION_TIME),
        creator_name: text(data_set, tags::CONTENT_CREATOR_NAME),
        references: references(data_set),
    }
}

/// Presentation states name series and images at the top (PS3.3 C.11.11), documents in their evidence (PS3.3 C.17.2).
fn references(data_set: &DataSet) -> Vec<Reference> {
    let evidence = [
        tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
        tags::PERTINENT_OTHER_EVIDENCE_SEQUENCE,
    ];
    // Ordinary images carry a Referenced Series Sequence of another meaning; only states have a Content Label beside it.
    let is_state = data_set.element(tags::PRESENTATION_CREATION_DATE).is_some();
    let own = is_state.then_some(data_set);
    let studies = evidence.iter().flat_map(|tag| data_set.items(*tag));
    let mut found = Vec::new();
    for series in own
        .into_iter()
        .chain(studies)
        .flat_map(|item| item.items(tags::REFERENCED_SERIES_SEQUENCE))
    {
        let series_instance_uid = text(series, tags::SERIES_INSTANCE_UID);
        let images = series.items(tags::REFERENCED_IMAGE_SEQUENCE);
        let objects = series.items(tags::REFERENCED_SOP_SEQUENCE);
        found.extend(images.iter().chain(objects).map(|item| Reference {
            sop_instance_uid: text(item, tags::REFERENCED_SOP_INSTANCE_UID),
            sop_class_uid: text(item, tags::REFERENCED_SOP_CLASS_UID),
            series_instance_uid: series_instance_uid.clone(),
        }));
    }
    found
}

/// A module counts as missing when none of its attributes that every object must have (types 1 and 2) is there.
const COMMON_MODULES: &[(&str, &[Tag])] = &[
    (
        "Patient",
        &[
            tags::PATIENT_NAME,
            tags::PATIENT_ID,
            tags::PATIENT_BIRTH_DATE,
            tags::PATIENT_SEX,
        ],
    ),
    (
        "General Study",
        &[
            tags::STUDY_DATE,
            tags::STUDY_TIME,
            tags::REFERRING_PHYSICIAN_NAME,
            tags::STUDY_ID,
            tags::ACCESSION_NUMBER,
        ],
    ),
    ("General Series", &[tags::MODALITY]),
];

/// Without any one of these there is no picture (PS3.3 C.7.6.3, type 1).
const IMAGE_PIXEL: &[Tag] = &[
    tags::ROWS,
    tags::COLUMNS,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::BITS_ALLOCATED,
];

fn missing_modules(data_set: &DataSet, sop_class_uid: &SopClassUid) -> Option<String> {
    let has = |tag: &Tag| data_set.element(*tag).is_some();
    let mut missing: Vec<&str> = COMMON_MODULES
        .iter()
        .filter(|(_, attributes)| !attributes.iter().any(has))
        .map(|(module, _)| *module)
        .collect();
    let is_image = sop_class::find(sop_class_uid.as_str()).is_some_and(|c| c.kind == Kind::Image);
    if is_image && !(has_pixels(data_set) && IMAGE_PIXEL.iter().all(has)) {
        missing.push("Image Pixel");
    }
    if missing.is_empty() {
        None
    } else {
        Some(format!("module missing: {}", missing.join(", ")))
    }
}
