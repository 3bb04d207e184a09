//! The columns of the table of answers: fixed shares of its width.

use egui::Rangef;

use crate::workspace::query::QuerySort;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Patient's name.
    PatientName,
    /// Patient ID.
    PatientId,
    /// Birth date.
    BirthDate,
    /// Date and time of the study.
    StudyDate,
    /// Modalities.
    Modalities,
    /// Description.
    Description,
    /// Accession number.
    AccessionNumber,
    /// Number of images.
    Images,
    /// The node.
    Node,
    /// How much of it is here, or how far its transfer is.
    Here,
}

/// Facts of a column.
pub struct Facts {
    /// Which.
    pub column: Column,
    /// Key of its title.
    pub title: &'static str,
    /// What a click on the title orders by.
    pub sort: Option<QuerySort>,
    /// Its width at the least.
    pub least: f32,
    /// Its share of what is left over.
    pub share: f32,
    /// Numbers stand at the right.
    pub right: bool,
}

const fn column(
    column: Column,
    title: &'static str,
    sort: Option<QuerySort>,
    (least, share): (f32, f32),
) -> Facts {
    Facts {
        column,
        title,
        sort,
        least,
        share,
        right: matches!(column, Column::Images),
    }
}

/// All columns, from the left.
pub const COLUMNS: [Facts; 10] = [
    column(
        Column::PatientName,
        "column.patient",
        Some(QuerySort::PatientName),
        (150.0, 2.0),
    ),
    column(
        Column::PatientId,
        "column.patient-id",
        Some(QuerySort::PatientId),
        (80.0, 0.7),
    ),
    column(
        Column::BirthDate,
        "column.birth-date",
        Some(QuerySort::BirthDate),
        (76.0, 0.0),
    ),
    column(
        Column::StudyDate,
        "column.study-date",
        Some(QuerySort::StudyDate),
        (116.0, 0.0),
    ),
    column(
        Column::Modalities,
        "column.modalities",
        Some(QuerySort::Modalities),
        (64.0, 0.2),
    ),
    column(
        Column::Description,
        "column.description",
        Some(QuerySort::Description),
        (120.0, 2.0),
    ),
    column(
        Column::AccessionNumber,
        "column.accession",
        Some(QuerySort::AccessionNumber),
        (80.0, 0.6),
    ),
    column(
        Column::Images,
        "column.images",
        Some(QuerySort::Images),
        (58.0, 0.0),
    ),
    column(
        Column::Node,
        "column.node",
        Some(QuerySort::Node),
        (74.0, 0.5),
    ),
    column(Column::Here, "column.here", None, (130.0, 0.5)),
];

/// Left of the first column: the caret.
pub const CARET: f32 = 24.0;
const GAP: f32 = 12.0;

/// Where each column lies in a table of this width.
pub fn place(width: f32) -> Vec<(Column, Rangef)> {
    let least: f32 = COLUMNS.iter().map(|facts| facts.least + GAP).sum();
    let shares: f32 = COLUMNS.iter().map(|facts| facts.share).sum();
    let surplus = (width - CARET - least).max(0.0);
    let mut left = CARET;
    COLUMNS
        .iter()
        .map(|facts| {
            let right = left + facts.least + surplus * facts.share / shares;
            let span = Rangef::new(left, right);
            left = right + GAP;
            (facts.column, span)
        })
        .collect()
}

/// Width that the table needs at the least.
pub fn least_width() -> f32 {
    CARET + COLUMNS.iter().map(|facts| facts.least + GAP).sum::<f32>()
}
