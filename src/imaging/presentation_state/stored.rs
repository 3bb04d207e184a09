//! A state as an open study keeps it: what the menu of states tells, and the state itself or why it cannot be used.
//!
//! A state that cannot be used stays in the list: leaving it out would show the image as if nobody had ever presented it (F13).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::references::ImageReference;
use super::{PresentationState, StateError};
use crate::dicom::{DicomFile, ScanError, ScanOptions, SopInstanceUid, tags};
use crate::imaging::FrameIndex;

/// One state of an open study. Built once by the engine, then shared read-only.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredState {
    /// SOP Instance UID.
    pub sop_instance_uid: SopInstanceUid,
    /// Where the object lies.
    pub path: PathBuf,
    /// Content Label (0070,0080).
    pub label: String,
    /// Content Description (0070,0081).
    pub description: String,
    /// Content Creator's Name (0070,0084).
    pub creator: String,
    /// Presentation Creation Date (0070,0082), digits only.
    pub date: String,
    /// Presentation Creation Time (0070,0083), digits of it.
    pub time: String,
    /// Patient's Name, as written, and Patient ID: a state of somebody else is not applied.
    pub patient: (String, String),
    /// Every image it is about.
    pub references: Vec<ImageReference>,
    /// The state, or why it cannot be used.
    pub state: Result<Arc<PresentationState>, StateError>,
}

impl StoredState {
    /// Reads the object at `path`.
    ///
    /// # Errors
    /// It is no DICOM file or has no SOP Instance UID; anything else is kept in [`Self::state`].
    pub fn open(path: &Path) -> Result<Self, ScanError> {
        let file = DicomFile::open(path, &ScanOptions::DISPLAY)?;
        Self::read(&file, path)
    }

    /// Takes a state from a scanned object.
    ///
    /// # Errors
    /// It has no SOP Instance UID.
    pub fn read(file: &DicomFile, path: &Path) -> Result<Self, ScanError> {
        let data_set = &file.data_set;
        let text = |tag| data_set.text(tag).unwrap_or_default();
        let name = |tag| {
            let name = data_set.person_name(tag);
            name.map(|name| name.alphabetic).unwrap_or_default()
        };
        let digits = |tag| text(tag).chars().filter(char::is_ascii_digit).collect();
        Ok(Self {
            sop_instance_uid: SopInstanceUid::parse(&text(tags::SOP_INSTANCE_UID))
                .map_err(|_| ScanError::NotDicom)?,
            path: path.to_owned(),
            label: text(tags::CONTENT_LABEL),
            description: text(tags::CONTENT_DESCRIPTION),
            creator: name(tags::CONTENT_CREATOR_NAME),
            date: digits(tags::PRESENTATION_CREATION_DATE),
            time: digits(tags::PRESENTATION_CREATION_TIME),
            patient: (name(tags::PATIENT_NAME), text(tags::PATIENT_ID)),
            references: data_set
                .items(tags::REFERENCED_SERIES_SEQUENCE)
                .iter()
                .flat_map(ImageReference::read_all)
                .collect(),
            state: PresentationState::read(file).map(Arc::new),
        })
    }

    /// Whether it is about a frame, usable or not.
    pub fn is_about(&self, image: &SopInstanceUid, frame: FrameIndex) -> bool {
        let mut references = self.references.iter();
        references.any(|reference| reference.closeness(image.as_str(), frame).is_some())
    }

    /// Newest first when sorted by this, ascending.
    pub fn age(&self) -> std::cmp::Reverse<(&str, &str)> {
        std::cmp::Reverse((&self.date, &self.time))
    }

    /// Its label, or the end of its UID when it has none.
    pub fn title(&self) -> &str {
        if self.label.is_empty() {
            let uid = self.sop_instance_uid.as_str();
            &uid[uid.len().saturating_sub(8)..]
        } else {
            &self.label
        }
    }

    /// Its date as people read it: 2006-11-02.
    pub fn readable_date(&self) -> String {
        match (self.date.get(..4), self.date.get(4..6), self.date.get(6..8)) {
            (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
            _ => self.date.clone(),
        }
    }

    /// Its time as people read it: 10:15.
    pub fn readable_time(&self) -> String {
        match (self.time.get(..2), self.time.get(2..4)) {
            (Some(hour), Some(minute)) => format!("{hour}:{minute}"),
            _ => self.time.clone(),
        }
    }
}
