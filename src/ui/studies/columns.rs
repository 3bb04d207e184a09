//! Where each shown column lies: remembered widths, shrunk to fit, the description taking what is left over.

use egui::Rangef;

use crate::workspace::columns::{Column, ColumnChoice};

/// How far columns of words shrink before the table scrolls sideways.
const SHRINK_MIN: f32 = 0.6;
/// Space between two columns.
pub const GAP: f32 = 12.0;

/// A shown column and its place, from the left edge of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Which.
    pub column: Column,
    /// From where to where, without the gap.
    pub span: Rangef,
}

/// What tells patients apart shrinks only after everything else has.
fn is_identity(column: Column) -> bool {
    matches!(column, Column::PatientName | Column::PatientId)
}

/// The shown columns in a table of this width.
pub fn place(choices: &[ColumnChoice], width: f32) -> Vec<Placed> {
    let shown: Vec<&ColumnChoice> = choices.iter().filter(|choice| choice.shown).collect();
    let wanted: f32 = shown.iter().map(|choice| choice.width + GAP).sum();
    let words = |identity: bool| -> f32 {
        let words = shown.iter().filter(|choice| choice.column.is_words());
        let words = words.filter(|choice| is_identity(choice.column) == identity);
        words.map(|choice| choice.width).sum()
    };
    let scale = |lacking: f32, words: f32| (1.0 - lacking / words.max(1.0)).clamp(SHRINK_MIN, 1.0);
    let lacking = (wanted - width).max(0.0);
    let other_scale = scale(lacking, words(false));
    let still_lacking = (lacking - words(false) * (1.0 - other_scale)).max(0.0);
    let identity_scale = scale(still_lacking, words(true));
    let surplus = (width - wanted).max(0.0);
    let stretched = shown
        .iter()
        .position(|choice| choice.column == Column::Description)
        .or(shown.len().checked_sub(1));
    let mut left = 0.0;
    let mut placed = Vec::with_capacity(shown.len());
    for (index, choice) in shown.iter().enumerate() {
        let extra = if stretched == Some(index) {
            surplus
        } else {
            0.0
        };
        let own = match choice.column {
            column if is_identity(column) => choice.width * identity_scale,
            column if column.is_words() => choice.width * other_scale,
            _ => choice.width,
        };
        let whole = own + GAP + extra;
        placed.push(Placed {
            column: choice.column,
            span: Rangef::new(left, left + whole - GAP),
        });
        left += whole;
    }
    placed
}

/// Width of all columns together.
pub fn total_width(placed: &[Placed]) -> f32 {
    placed.last().map_or(0.0, |last| last.span.max + GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_a_wide_table_and_shrink_in_a_narrow_one() {
        let choices = ColumnChoice::defaults();
        let wide = place(&choices, 3000.0);
        assert!((total_width(&wide) - 3000.0).abs() < 0.5);
        let narrow = place(&choices, 1250.0);
        assert!(total_width(&narrow) <= 1250.5);
        let tiny = place(&choices, 200.0);
        assert!(total_width(&tiny) > 200.0);
        for pair in wide.windows(2) {
            assert!(pair[0].span.max < pair[1].span.min);
        }
    }

    #[test]
    fn the_patient_is_the_last_to_lose_room() {
        let choices = ColumnChoice::defaults();
        let wanted: f32 = choices
            .iter()
            .filter(|c| c.shown)
            .map(|c| c.width + GAP)
            .sum();
        let wide = |placed: &[Placed], column: Column| {
            let found = placed.iter().find(|placed| placed.column == column);
            let span = found.expect("a shown column").span;
            span.max - span.min
        };
        let name = |choices: &[ColumnChoice]| {
            let choice = choices.iter().find(|c| c.column == Column::PatientName);
            choice.expect("the name").width
        };
        let narrow = place(&choices, wanted - 60.0);
        assert!((wide(&narrow, Column::PatientName) - name(&choices)).abs() < 0.1);
        let narrower = place(&choices, wanted - 200.0);
        assert!(wide(&narrower, Column::PatientName) < name(&choices));
        assert!((total_width(&narrower) - (wanted - 200.0)).abs() < 0.5);
    }
}
