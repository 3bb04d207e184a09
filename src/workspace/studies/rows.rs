//! The windowed table: pages of studies, and under them the series and instances of what is expanded.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::dicom::{SeriesInstanceUid, SopInstanceUid, StudyInstanceUid};
use crate::engine::{InstanceRow, Page, SeriesRow, StudyRow};

/// Studies in one page.
pub const PAGE: u64 = 100;

/// What a row stands for; stays the same when rows move.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowId {
    /// A study.
    Study(StudyInstanceUid),
    /// A series of an expanded study.
    Series(StudyInstanceUid, SeriesInstanceUid),
    /// An instance of an expanded series.
    Instance(StudyInstanceUid, SeriesInstanceUid, SopInstanceUid),
}

impl RowId {
    /// The study it belongs to.
    pub fn study(&self) -> &StudyInstanceUid {
        match self {
            Self::Study(study) | Self::Series(study, _) | Self::Instance(study, _, _) => study,
        }
    }
}

/// A row as the table draws it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowRef<'a> {
    /// A study.
    Study(&'a StudyRow),
    /// A series.
    Series(&'a SeriesRow),
    /// An instance.
    Instance(&'a InstanceRow),
    /// A study whose page is on its way.
    Loading,
}

impl RowRef<'_> {
    /// What it stands for; `None` while it is on its way.
    pub fn id(&self) -> Option<RowId> {
        match self {
            Self::Study(row) => Some(RowId::Study(row.study_instance_uid.clone())),
            Self::Series(row) => Some(RowId::Series(
                row.study_instance_uid.clone(),
                row.series_instance_uid.clone(),
            )),
            Self::Instance(row) => Some(RowId::Instance(
                row.study_instance_uid.clone(),
                row.series_instance_uid.clone(),
                row.sop_instance_uid.clone(),
            )),
            Self::Loading => None,
        }
    }
}

/// The rows at hand.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Studies that match in all.
    pub total: u64,
    pages: BTreeMap<u64, Arc<Page<StudyRow>>>,
    series: HashMap<StudyInstanceUid, Arc<Vec<SeriesRow>>>,
    instances: HashMap<SeriesInstanceUid, Arc<Vec<InstanceRow>>>,
    expanded_studies: HashSet<StudyInstanceUid>,
    expanded_series: HashSet<SeriesInstanceUid>,
}

impl Rows {
    /// Takes a page in; with `fresh`, all other pages are of an older answer and go.
    pub fn put_page(&mut self, page: Arc<Page<StudyRow>>, fresh: bool) {
        if fresh {
            self.pages.clear();
        }
        self.total = page.total;
        self.pages.insert(page.offset / PAGE, page);
    }

    /// Keeps only these pages.
    pub fn keep_pages(&mut self, wanted: &BTreeSet<u64>) {
        self.pages.retain(|number, _| wanted.contains(number));
    }

    /// Whether a page is at hand.
    pub fn has_page(&self, number: u64) -> bool {
        self.pages.contains_key(&number)
    }

    /// Takes the series of a study in.
    pub fn put_series(&mut self, study: StudyInstanceUid, series: Arc<Vec<SeriesRow>>) {
        self.series.insert(study, series);
    }

    /// Takes the instances of a series in.
    pub fn put_instances(&mut self, series: SeriesInstanceUid, rows: Arc<Vec<InstanceRow>>) {
        self.instances.insert(series, rows);
    }

    /// The series of a study, if they came.
    pub fn series(&self, study: &StudyInstanceUid) -> Option<&Arc<Vec<SeriesRow>>> {
        self.series.get(study)
    }

    /// Expands or collapses a study.
    pub fn expand_study(&mut self, study: &StudyInstanceUid, expanded: bool) {
        if expanded {
            self.expanded_studies.insert(study.clone());
        } else {
            self.expanded_studies.remove(study);
        }
    }

    /// Expands or collapses a series.
    pub fn expand_series(&mut self, series: &SeriesInstanceUid, expanded: bool) {
        if expanded {
            self.expanded_series.insert(series.clone());
        } else {
            self.expanded_series.remove(series);
        }
    }

    /// Whether a row is expanded.
    pub fn is_expanded(&self, id: &RowId) -> bool {
        match id {
            RowId::Study(study) => self.expanded_studies.contains(study),
            RowId::Series(_, series) => self.expanded_series.contains(series),
            RowId::Instance(..) => false,
        }
    }

    /// Series that are expanded, to ask again for their instances.
    pub fn expanded_series(&self) -> impl Iterator<Item = &SeriesInstanceUid> {
        self.expanded_series.iter()
    }

    /// Studies that are expanded, to ask again for their series.
    pub fn expanded_studies(&self) -> impl Iterator<Item = &StudyInstanceUid> {
        self.expanded_studies.iter()
    }

    /// A study at hand.
    pub fn study(&self, uid: &StudyInstanceUid) -> Option<&StudyRow> {
        self.studies()
            .find(|(_, row)| row.study_instance_uid == *uid)
            .map(|(_, row)| row)
    }

    /// Studies at hand with their place in the list.
    pub fn studies(&self) -> impl Iterator<Item = (u64, &StudyRow)> {
        self.pages
            .values()
            .flat_map(|page| (page.offset..).zip(page.rows.iter()))
    }

    /// Rows of the table in all.
    pub fn len(&self) -> u64 {
        let below: usize = self.expansions().iter().map(|(_, rows)| rows).sum();
        self.total + below as u64
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The row at a place of the table.
    pub fn row(&self, place: u64) -> RowRef<'_> {
        let mut before = 0;
        for (index, below) in self.expansions() {
            let study_place = index + before;
            if place <= study_place {
                break;
            }
            if place <= study_place + below as u64 {
                return self.child(index, (place - study_place - 1) as usize);
            }
            before += below as u64;
        }
        self.study_at(place - before)
            .map_or(RowRef::Loading, RowRef::Study)
    }

    /// The place of a study's row in the table.
    pub fn place_of_study(&self, index: u64) -> u64 {
        let before: usize = self
            .expansions()
            .iter()
            .filter(|(other, _)| *other < index)
            .map(|(_, below)| below)
            .sum();
        index + before as u64
    }

    /// The study index of the row at a place: the study itself, or the one it is below of.
    pub fn study_index(&self, place: u64) -> u64 {
        let mut before = 0;
        for (index, below) in self.expansions() {
            if place <= index + before {
                break;
            }
            if place <= index + before + below as u64 {
                return index;
            }
            before += below as u64;
        }
        place - before
    }

    /// The place of what an id stands for, if it is at hand.
    pub fn place(&self, id: &RowId) -> Option<u64> {
        let (index, _) = self
            .studies()
            .find(|(_, row)| row.study_instance_uid == *id.study())?;
        let place = self.place_of_study(index);
        match id {
            RowId::Study(_) => Some(place),
            _ => {
                let below = self.children(id.study());
                let at = below.iter().position(|row| row.id().as_ref() == Some(id))?;
                Some(place + 1 + at as u64)
            }
        }
    }

    fn study_at(&self, index: u64) -> Option<&StudyRow> {
        let page = self.pages.get(&(index / PAGE))?;
        page.rows.get((index - page.offset) as usize)
    }

    fn child(&self, study_index: u64, at: usize) -> RowRef<'_> {
        self.study_at(study_index)
            .and_then(|row| self.children(&row.study_instance_uid).get(at).copied())
            .unwrap_or(RowRef::Loading)
    }

    fn children(&self, study: &StudyInstanceUid) -> Vec<RowRef<'_>> {
        let mut rows = Vec::new();
        for series in self
            .series
            .get(study)
            .into_iter()
            .flat_map(|list| list.iter())
        {
            rows.push(RowRef::Series(series));
            if self.expanded_series.contains(&series.series_instance_uid)
                && let Some(instances) = self.instances.get(&series.series_instance_uid)
            {
                rows.extend(instances.iter().map(RowRef::Instance));
            }
        }
        rows
    }

    /// (index of the study, rows below it) of every expanded study at hand, by index.
    fn expansions(&self) -> Vec<(u64, usize)> {
        if self.expanded_studies.is_empty() {
            return Vec::new();
        }
        self.studies()
            .filter(|(_, row)| self.expanded_studies.contains(&row.study_instance_uid))
            .map(|(index, row)| (index, self.children(&row.study_instance_uid).len()))
            .collect()
    }
}
