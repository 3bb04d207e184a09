//! Writes a DICOMDIR: the directory of a file set (PS3.3 Annex F, PS3.10 section 8.6), Explicit VR Little Endian.
//!
//! Keys are copied from the objects byte for byte, with their character set. A directory needs numbers and identifiers that an
//! object may lack; the place in the directory stands in for those, in the directory only.

use std::collections::HashMap;

use super::identity;
use super::sop_class::{self, Kind};
use super::uid::Uid;
use super::{DicomFile, FileMeta, Tag, VR, tags, uids};

/// Bytes before an item's contents.
const ITEM_HEADER_BYTES: u32 = 8;
/// Keys that a directory must have; where the object has none, the record's place among its siblings stands in.
const STAND_INS: &[Tag] = &[
    tags::PATIENT_ID,
    tags::STUDY_ID,
    tags::SERIES_NUMBER,
    tags::INSTANCE_NUMBER,
];

/// Why there is no directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Offsets are 32-bit (PS3.3 F.3.2.2).
    #[error("the directory would be larger than 4 GiB")]
    TooLarge,
}

/// One record with its children.
#[derive(Debug, Default)]
struct Record {
    kind: &'static str,
    elements: Vec<(Tag, VR, Vec<u8>)>,
    children: Vec<usize>,
    next: Option<usize>,
}

/// A directory under construction.
#[derive(Debug, Default)]
pub struct Directory {
    records: Vec<Record>,
    roots: Vec<usize>,
    /// Patients, studies, series by their identity.
    known: HashMap<(usize, String), usize>,
}

impl Directory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters an object under its patient, study and series; `file_id` are the components of its path (PS3.10 §8.2).
    pub fn add(&mut self, file: &DicomFile, file_id: &[String]) {
        let text = |tag| file.data_set.text(tag).unwrap_or_default();
        let patient_identity = [tags::PATIENT_ID, tags::PATIENT_NAME].map(text).join("\\");
        let patient = self.child(None, patient_identity, || Record {
            kind: "PATIENT",
            elements: keys(file, &[tags::PATIENT_NAME, tags::PATIENT_ID]),
            ..Record::default()
        });
        let study = self.child(Some(patient), text(tags::STUDY_INSTANCE_UID), || Record {
            kind: "STUDY",
            elements: keys(
                file,
                &[
                    tags::STUDY_DATE,
                    tags::STUDY_TIME,
                    tags::ACCESSION_NUMBER,
                    tags::STUDY_DESCRIPTION,
                    tags::STUDY_INSTANCE_UID,
                    tags::STUDY_ID,
                ],
            ),
            ..Record::default()
        });
        let series = self.child(Some(study), text(tags::SERIES_INSTANCE_UID), || Record {
            kind: "SERIES",
            elements: keys(
                file,
                &[
                    tags::MODALITY,
                    tags::SERIES_DESCRIPTION,
                    tags::SERIES_INSTANCE_UID,
                    tags::SERIES_NUMBER,
                ],
            ),
            ..Record::default()
        });
        let object = object_record(file, file_id);
        self.insert(Some(series), object);
    }

    fn child(
        &mut self,
        parent: Option<usize>,
        identity: String,
        make: impl FnOnce() -> Record,
    ) -> usize {
        let key = (parent.unwrap_or(usize::MAX), identity);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let index = self.insert(parent, make());
        self.known.insert(key, index);
        index
    }

    fn insert(&mut self, parent: Option<usize>, mut record: Record) -> usize {
        let index = self.records.len();
        let siblings = match parent {
            Some(parent) => &mut self.records[parent].children,
            None => &mut self.roots,
        };
        let before = siblings.last().copied();
        siblings.push(index);
        let place = siblings.len().to_string().into_bytes();
        if let Some(before) = before {
            self.records[before].next = Some(index);
        }
        for (tag, _, value) in &mut record.elements {
            if STAND_INS.contains(tag) && value.iter().all(|byte| matches!(byte, b' ' | 0)) {
                value.clone_from(&place);
            }
        }
        self.records.push(record);
        index
    }

    /// The file `DICOMDIR`.
    pub fn write(&self, serial: u32) -> Result<Vec<u8>, DirectoryError> {
        let meta = FileMeta {
            media_storage_sop_class_uid: uids::MEDIA_STORAGE_DIRECTORY_STORAGE.to_owned(),
            media_storage_sop_instance_uid: Uid::generate().to_string(),
            transfer_syntax_uid: uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned(),
            implementation_class_uid: identity::implementation_class_uid(serial),
            implementation_version_name: identity::implementation_version_name(),
            ..FileMeta::default()
        };
        let mut bytes = meta.write();
        let links = |first: u32, last: u32| {
            let mut links = Vec::new();
            element(&mut links, tags::FILE_SET_ID, VR::CS, b"");
            let first_tag = tags::OFFSET_OF_THE_FIRST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY;
            let last_tag = tags::OFFSET_OF_THE_LAST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY;
            element(&mut links, first_tag, VR::UL, &first.to_le_bytes());
            element(&mut links, last_tag, VR::UL, &last.to_le_bytes());
            element(&mut links, tags::FILE_SET_CONSISTENCY_FLAG, VR::US, &[0, 0]);
            links
        };
        let sequence_header = 12;
        let start = bytes.len() + links(0, 0).len() + sequence_header;
        let order = self.depth_first();
        let offsets = self.offsets(&order, start)?;
        let offset = |index: Option<&usize>| index.map_or(0, |index| offsets[*index]);
        bytes.extend(links(offset(self.roots.first()), offset(self.roots.last())));
        let mut items = Vec::new();
        for index in &order {
            let record = &self.records[*index];
            let (next, lower) = (record.next.as_ref(), record.children.first());
            let contents = record.contents(offset(next), offset(lower));
            items.extend([0xFE, 0xFF, 0x00, 0xE0]);
            items.extend(size(contents.len())?.to_le_bytes());
            items.extend(contents);
        }
        element(&mut bytes, tags::DIRECTORY_RECORD_SEQUENCE, VR::SQ, &items);
        Ok(bytes)
    }

    fn depth_first(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.records.len());
        let mut waiting: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(index) = waiting.pop() {
            order.push(index);
            waiting.extend(self.records[index].children.iter().rev());
        }
        order
    }

    /// Where each record's item starts; the lengths do not depend on the offsets.
    fn offsets(&self, order: &[usize], start: usize) -> Result<Vec<u32>, DirectoryError> {
        let mut offsets = vec![0; self.records.len()];
        let mut at = size(start)?;
        for index in order {
            offsets[*index] = at;
            let length = size(self.records[*index].contents(0, 0).len())?;
            at = at
                .checked_add(length)
                .and_then(|at| at.checked_add(ITEM_HEADER_BYTES))
                .ok_or(DirectoryError::TooLarge)?;
        }
        Ok(offsets)
    }
}

impl Record {
    fn contents(&self, next: u32, lower: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let link = |bytes: &mut Vec<u8>, tag, offset: u32| {
            element(bytes, tag, VR::UL, &offset.to_le_bytes());
        };
        link(&mut bytes, tags::OFFSET_OF_THE_NEXT_DIRECTORY_RECORD, next);
        element(&mut bytes, tags::RECORD_IN_USE_FLAG, VR::US, &[0xFF, 0xFF]);
        link(
            &mut bytes,
            tags::OFFSET_OF_REFERENCED_LOWER_LEVEL_DIRECTORY_ENTITY,
            lower,
        );
        let kind = self.kind.as_bytes();
        element(&mut bytes, tags::DIRECTORY_RECORD_TYPE, VR::CS, kind);
        for (tag, vr, value) in &self.elements {
            element(&mut bytes, *tag, *vr, value);
        }
        bytes
    }
}

/// The record of one object with the keys of its type (PS3.3 F.5).
fn object_record(file: &DicomFile, file_id: &[String]) -> Record {
    let class = file.data_set.text(tags::SOP_CLASS_UID).unwrap_or_default();
    let (kind, wanted) = record_type(&class);
    let text = |tag, vr, value: &str| (tag, vr, value.as_bytes().to_vec());
    let instance = file.data_set.text(tags::SOP_INSTANCE_UID);
    let mut elements = vec![
        text(tags::REFERENCED_FILE_ID, VR::CS, &file_id.join("\\")),
        text(tags::REFERENCED_SOP_CLASS_UID_IN_FILE, VR::UI, &class),
        text(
            tags::REFERENCED_SOP_INSTANCE_UID_IN_FILE,
            VR::UI,
            &instance.unwrap_or_default(),
        ),
        text(
            tags::REFERENCED_TRANSFER_SYNTAX_UID_IN_FILE,
            VR::UI,
            file.syntax.uid,
        ),
    ];
    elements.extend(keys(file, wanted));
    Record {
        kind,
        elements,
        ..Record::default()
    }
}

/// Directory record type of a class, and its keys.
fn record_type(class: &str) -> (&'static str, &'static [Tag]) {
    const CONTENT: &[Tag] = &[
        tags::CONTENT_DATE,
        tags::CONTENT_TIME,
        tags::INSTANCE_NUMBER,
    ];
    let kind = sop_class::find(class).map(|class| class.kind);
    match kind {
        Some(Kind::PresentationState) => (
            "PRESENTATION",
            &[
                tags::INSTANCE_NUMBER,
                tags::CONTENT_LABEL,
                tags::CONTENT_DESCRIPTION,
                tags::PRESENTATION_CREATION_DATE,
                tags::PRESENTATION_CREATION_TIME,
                tags::CONTENT_CREATOR_NAME,
            ],
        ),
        Some(Kind::KeyObject) => ("KEY OBJECT DOC", CONTENT),
        Some(Kind::Document) => (
            "SR DOCUMENT",
            &[
                tags::CONTENT_DATE,
                tags::CONTENT_TIME,
                tags::INSTANCE_NUMBER,
                tags::COMPLETION_FLAG,
                tags::VERIFICATION_FLAG,
            ],
        ),
        Some(Kind::Image) => ("IMAGE", &[tags::INSTANCE_NUMBER]),
        _ if class == uids::RAW_DATA_STORAGE => ("RAW DATA", CONTENT),
        _ if class == uids::MR_SPECTROSCOPY_STORAGE => ("SPECTROSCOPY", CONTENT),
        _ if class == uids::ENCAPSULATED_PDF_STORAGE => ("ENCAP DOC", CONTENT),
        _ => ("PRIVATE", &[tags::INSTANCE_NUMBER]),
    }
}

/// Elements of an object in tag order, its character set first; what it lacks is empty.
fn keys(file: &DicomFile, wanted: &[Tag]) -> Vec<(Tag, VR, Vec<u8>)> {
    let value = |tag: Tag| -> Option<Vec<u8>> {
        let element = file.data_set.element(tag)?;
        file.value_bytes(element)
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    let character_set = value(tags::SPECIFIC_CHARACTER_SET).filter(|value| !value.is_empty());
    let mut elements: Vec<_> = character_set
        .map(|value| (tags::SPECIFIC_CHARACTER_SET, VR::CS, value))
        .into_iter()
        .collect();
    for tag in wanted {
        let vr = super::dictionary::vr(*tag, false);
        elements.push((*tag, vr, value(*tag).unwrap_or_default()));
    }
    elements.sort_by_key(|(tag, ..)| *tag);
    elements
}

/// Appends an element, padded to even length.
fn element(bytes: &mut Vec<u8>, tag: Tag, vr: VR, value: &[u8]) {
    let length = value.len().next_multiple_of(2);
    bytes.extend(tag.group().to_le_bytes());
    bytes.extend(tag.element().to_le_bytes());
    bytes.extend(vr.to_bytes());
    if vr == VR::SQ {
        bytes.extend([0, 0]);
        // Below 4 GiB by the offsets before it.
        bytes.extend((length as u32).to_le_bytes());
    } else {
        // Keys are texts of a few dozen characters; what is longer than the short form can say is cut.
        let length = length.min(0xFFFE);
        bytes.extend((length as u16).to_le_bytes());
    }
    let value = if vr == VR::SQ {
        value
    } else {
        &value[..value.len().min(0xFFFE)]
    };
    bytes.extend_from_slice(value);
    let padding = if vr == VR::UI { 0 } else { b' ' };
    if value.len() % 2 == 1 {
        bytes.push(padding);
    }
}

fn size(length: usize) -> Result<u32, DirectoryError> {
    u32::try_from(length).map_err(|_| DirectoryError::TooLarge)
}
