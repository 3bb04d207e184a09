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
        (140.0, 2.0),
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
        (88.0, 0.0),
    ),
    column(
        Column::StudyDate,
        "column.study-date",
        Some(QuerySort::StudyDate),
        (128.0, 0.0),
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
        (100.0, 2.0),
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
        (54.0, 0.0),
    ),
    column(
        Column::Node,
        "column.node",
        Some(QuerySort::Node),
        (66.0, 0.4),
    ),
    column(Column::Here, "column.here", None, (124.0, 0.6)),
];

/// Left of the first column: the caret.
pub const CARET: f32 = 24.0;
const GAP: f32 = 12.0;

/// Columns that a narrow table does without, the most dispensable first.
const DISPENSABLE: [Column; 3] = [
    Column::AccessionNumber,
    Column::BirthDate,
    Column::PatientId,
];

/// The columns of a table of this width, and where each of them lies.
pub fn place(width: f32) -> Vec<(&'static Facts, Rangef)> {
    let mut shown: Vec<&Facts> = COLUMNS.iter().collect();
    for column in DISPENSABLE {
        if needed(&shown) <= width {
            break;
        }
        shown.retain(|facts| facts.column != column);
    }
    let shares: f32 = shown.iter().map(|facts| facts.share).sum();
    let surplus = (width - needed(&shown)).max(0.0);
    let mut left = CARET;
    shown
        .into_iter()
        .map(|facts| {
            let right = left + facts.least + surplus * facts.share / shares;
            let span = Rangef::new(left, right);
            left = right + GAP;
            (facts, span)
        })
        .collect()
}

/// Width that the narrowest table needs.
pub fn least_width() -> f32 {
    let mut shown: Vec<&Facts> = COLUMNS.iter().collect();
    shown.retain(|facts| !DISPENSABLE.contains(&facts.column));
    needed(&shown)
}

fn needed(shown: &[&Facts]) -> f32 {
    CARET + shown.iter().map(|facts| facts.least + GAP).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_table_does_without_the_dispensable_columns() {
        let wide = place(1200.0);
        assert_eq!(wide.len(), COLUMNS.len());
        assert!(wide[wide.len() - 1].1.max <= 1200.0);
        let narrow = place(800.0);
        assert!(narrow.len() < COLUMNS.len());
        assert!(narrow[narrow.len() - 1].1.max <= 800.0);
        let has = |column| narrow.iter().any(|(facts, _)| facts.column == column);
        assert!(has(Column::PatientName) && has(Column::Here));
        for pair in narrow.windows(2) {
            assert!(pair[0].1.max < pair[1].1.min);
        }
    }
}
