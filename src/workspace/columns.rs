//! Columns of the study list (ST1): which, in which order, how wide.

use serde::{Deserialize, Serialize};

use crate::engine::StudySort;

/// A column of the study list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// New, read, receiving, conflict, pinned.
    Status,
    /// Patient's name.
    PatientName,
    /// Patient ID.
    PatientId,
    /// Birth date.
    BirthDate,
    /// Sex.
    Sex,
    /// Study date and time.
    StudyDate,
    /// Modalities.
    Modalities,
    /// Study description.
    Description,
    /// Accession number.
    AccessionNumber,
    /// Study ID.
    StudyId,
    /// Referring physician.
    ReferringPhysician,
    /// Number of series.
    Series,
    /// Number of images.
    Images,
    /// Size on disk.
    Size,
    /// Source AE title.
    Source,
    /// When the last object arrived.
    Received,
}

/// One column as a fact: what it sorts by, how wide it starts, how it is aligned, whether it is shown at first.
#[derive(Debug)]
pub struct ColumnFacts {
    /// Which column.
    pub column: Column,
    /// Key of its title.
    pub title: &'static str,
    /// What the list is ordered by when its title is clicked.
    pub sort: Option<StudySort>,
    /// Width in points of a new window.
    pub width: f32,
    /// Numbers and sizes are aligned right.
    pub right: bool,
    /// Shown in a new window.
    pub shown: bool,
}

const fn facts(
    column: Column,
    title: &'static str,
    sort: Option<StudySort>,
    width: f32,
    right: bool,
    shown: bool,
) -> ColumnFacts {
    ColumnFacts {
        column,
        title,
        sort,
        width,
        right,
        shown,
    }
}

/// All columns, in the order of a new window: what tells patients and studies apart comes first.
pub const COLUMNS: &[ColumnFacts] = &[
    facts(Column::Status, "column.status", None, 54.0, false, true),
    facts(
        Column::PatientName,
        "column.patient",
        Some(StudySort::PatientName),
        176.0,
        false,
        true,
    ),
    facts(
        Column::PatientId,
        "column.patient-id",
        Some(StudySort::PatientId),
        116.0,
        false,
        true,
    ),
    facts(
        Column::BirthDate,
        "column.birth-date",
        Some(StudySort::BirthDate),
        84.0,
        false,
        true,
    ),
    facts(Column::Sex, "column.sex", None, 30.0, false, true),
    facts(
        Column::StudyDate,
        "column.study-date",
        Some(StudySort::StudyDate),
        126.0,
        false,
        true,
    ),
    facts(
        Column::Modalities,
        "column.modalities",
        Some(StudySort::Modalities),
        74.0,
        false,
        true,
    ),
    facts(
        Column::Description,
        "column.description",
        Some(StudySort::Description),
        190.0,
        false,
        true,
    ),
    facts(
        Column::Images,
        "column.images",
        Some(StudySort::InstanceCount),
        58.0,
        true,
        true,
    ),
    facts(
        Column::Series,
        "column.series",
        Some(StudySort::SeriesCount),
        52.0,
        true,
        false,
    ),
    facts(
        Column::Size,
        "column.size",
        Some(StudySort::Bytes),
        66.0,
        true,
        false,
    ),
    facts(
        Column::AccessionNumber,
        "column.accession",
        Some(StudySort::AccessionNumber),
        100.0,
        false,
        true,
    ),
    facts(
        Column::Received,
        "column.received",
        Some(StudySort::Received),
        126.0,
        false,
        false,
    ),
    facts(
        Column::StudyId,
        "column.study-id",
        Some(StudySort::StudyId),
        80.0,
        false,
        false,
    ),
    facts(
        Column::ReferringPhysician,
        "column.physician",
        Some(StudySort::ReferringPhysician),
        140.0,
        false,
        false,
    ),
    facts(
        Column::Source,
        "column.source",
        Some(StudySort::SourceAe),
        110.0,
        false,
        false,
    ),
];

impl Column {
    /// Whether it holds words that may be cut; dates and numbers are never shortened.
    pub fn is_words(self) -> bool {
        matches!(
            self,
            Self::PatientName
                | Self::PatientId
                | Self::Description
                | Self::AccessionNumber
                | Self::StudyId
                | Self::ReferringPhysician
                | Self::Source
        )
    }

    /// Its facts.
    pub fn facts(self) -> &'static ColumnFacts {
        COLUMNS
            .iter()
            .find(|facts| facts.column == self)
            .expect("every column has a row in COLUMNS: a test compares them")
    }
}

/// A column as a person wants it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ColumnChoice {
    /// Which.
    pub column: Column,
    /// Whether it is shown.
    pub shown: bool,
    /// How wide, in points at 100 % text size.
    pub width: f32,
}

impl ColumnChoice {
    /// The columns of a new window.
    pub fn defaults() -> Vec<Self> {
        COLUMNS
            .iter()
            .map(|facts| Self {
                column: facts.column,
                shown: facts.shown,
                width: facts.width,
            })
            .collect()
    }

    /// A remembered list without doubles and with what it lacks, hidden, at its end; nothing shown becomes the default.
    pub fn completed(remembered: Vec<Self>) -> Vec<Self> {
        let mut list: Vec<Self> = Vec::new();
        for mut choice in remembered {
            if list.iter().all(|known| known.column != choice.column) {
                choice.width = if choice.width.is_finite() {
                    choice.width.clamp(24.0, 800.0)
                } else {
                    choice.column.facts().width
                };
                list.push(choice);
            }
        }
        if !list.iter().any(|choice| choice.shown) {
            return Self::defaults();
        }
        for choice in Self::defaults() {
            if list.iter().all(|known| known.column != choice.column) {
                list.push(Self {
                    shown: false,
                    ..choice
                });
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_list_is_completed_and_cleaned() {
        let one = ColumnChoice {
            column: Column::Size,
            shown: true,
            width: 1.0,
        };
        let list = ColumnChoice::completed(vec![one, one]);
        assert_eq!(list.len(), COLUMNS.len());
        assert_eq!((list[0].column, list[0].width), (Column::Size, 24.0));
        assert!(list[1..].iter().all(|choice| !choice.shown));
    }

    #[test]
    fn every_column_has_its_facts() {
        for choice in ColumnChoice::defaults() {
            assert_eq!(choice.column.facts().column, choice.column);
        }
    }
}
