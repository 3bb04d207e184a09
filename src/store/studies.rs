//! The lists people look at: studies, series, instances.

use std::path::PathBuf;

use super::{InstanceRow, Page, SeriesRow, Store, StoreError, StudyFilter, StudyRow};
use crate::dicom::{SeriesInstanceUid, SopInstanceUid, StudyInstanceUid};

impl Store {
    /// A window into the filtered, sorted study list.
    pub fn studies(&self, filter: &StudyFilter) -> Result<Page<StudyRow>, StoreError> {
        let _ = filter;
        Err(StoreError::Closed)
    }

    /// One study.
    pub fn study(&self, study: &StudyInstanceUid) -> Result<Option<StudyRow>, StoreError> {
        let _ = study;
        Err(StoreError::Closed)
    }

    /// The series of a study, by Series Number, then UID.
    pub fn series(&self, study: &StudyInstanceUid) -> Result<Vec<SeriesRow>, StoreError> {
        let _ = study;
        Err(StoreError::Closed)
    }

    /// The instances of a series, by Instance Number, then UID.
    pub fn instances(&self, series: &SeriesInstanceUid) -> Result<Vec<InstanceRow>, StoreError> {
        let _ = series;
        Err(StoreError::Closed)
    }

    /// The instances of a study, series by series.
    pub fn instances_of_study(
        &self,
        study: &StudyInstanceUid,
    ) -> Result<Vec<InstanceRow>, StoreError> {
        let _ = study;
        Err(StoreError::Closed)
    }

    /// Presentation states, key objects and reports that refer to an instance, newest first.
    pub fn references_to(&self, instance: &SopInstanceUid) -> Result<Vec<InstanceRow>, StoreError> {
        let _ = instance;
        Err(StoreError::Closed)
    }

    /// Absolute path of an instance's file.
    pub fn object_path(&self, instance: &SopInstanceUid) -> Result<Option<PathBuf>, StoreError> {
        let _ = instance;
        Err(StoreError::Closed)
    }

    /// Protects a study from deletion, or not; false when there is no such study. Audited.
    pub fn pin(&self, study: &StudyInstanceUid, pinned: bool) -> Result<bool, StoreError> {
        let _ = (study, pinned);
        Err(StoreError::Closed)
    }

    /// Remembers that a study was opened in the window.
    pub fn mark_opened(&self, study: &StudyInstanceUid) -> Result<(), StoreError> {
        let _ = study;
        Err(StoreError::Closed)
    }
}
