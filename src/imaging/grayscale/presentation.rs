//! Presentation LUT: to P-Values, equal steps of which look equally bright (PS3.3 C.11.4, C.11.6; presentation.md section 6).

use super::LookupTable;

/// The third stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Presentation {
    /// Unchanged.
    #[default]
    Identity,
    /// `1 - p`.
    Inverse,
    /// A Presentation LUT Sequence; its first value counts as 0.
    Table(LookupTable),
    /// A table seen inverted by the user.
    InverseTable(LookupTable),
}

impl Presentation {
    /// The same stage with black and white exchanged.
    pub fn inverted(self) -> Self {
        match self {
            Self::Identity => Self::Inverse,
            Self::Inverse => Self::Identity,
            Self::Table(table) => Self::InverseTable(table),
            Self::InverseTable(table) => Self::Table(table),
        }
    }
}
