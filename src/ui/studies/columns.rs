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

/// The shown columns in a table of this width.
pub fn place(choices: &[ColumnChoice], width: f32) -> Vec<Placed> {
    let shown: Vec<&ColumnChoice> = choices.iter().filter(|choice| choice.shown).collect();
    let wanted: f32 = shown.iter().map(|choice| choice.width + GAP).sum();
    let words = shown.iter().filter(|choice| choice.column.is_words());
    let words: f32 = words.map(|choice| choice.width).sum();
    let lacking = (wanted - width).max(0.0);
    let scale = (1.0 - lacking / words.max(1.0)).clamp(SHRINK_MIN, 1.0);
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
        let own = if choice.column.is_words() {
            choice.width * scale
        } else {
            choice.width
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
}
