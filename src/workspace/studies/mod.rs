//! State of the Studies screen: filter, windowed rows, selection, expansion, thumbnails, conflicts (workstation.md section 2).
//!
//! Rows come in pages of [`PAGE`]; only pages near the visible rows are kept, so 100,000 studies cost what a screen costs.
//! A selection is a UID, never a row number: arriving studies move rows, not what is selected (ST5).

mod filter;
mod rows;
mod state;
#[cfg(test)]
mod tests;

pub use filter::{Filter, MODALITIES, Period, period_dates, typed_date};
pub use rows::{PAGE, RowId, RowRef, Rows};
pub use state::{Motion, Select, StudiesAction, StudiesState, StudiesView};
