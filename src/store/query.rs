//! Queries by DICOM keys (PS3.4 C.2.2.2) on the local index, Tables 11 to 17: `list`, `delete`, `export`, C-FIND.

use std::path::PathBuf;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::index::Place;
use super::matching::condition;
use super::query_keys::{Attribute, KEYS, attributes};
use super::{Store, StoreError};
use crate::dicom::query::{KeyPath, Level};
use crate::dicom::{Tag, tags};

/// One item of a sequence: its attributes as text.
pub type SequenceItem = Vec<(Tag, String)>;

/// One match.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryRow {
    /// Attributes in ascending tag order, of this level and the unique keys above; no values when unknown.
    pub attributes: Vec<(Tag, Vec<String>)>,
    /// Sequences (Request Attributes, Concept Name Code, Verifying Observer), each item as attributes.
    pub sequences: Vec<(Tag, Vec<SequenceItem>)>,
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

/// The tables of a level, joined.
fn tables(level: Level) -> &'static str {
    match level {
        Level::Study => "study",
        Level::Series => "series JOIN study ON study.id = series.study",
        Level::Image => {
            "instance JOIN series ON series.id = instance.series JOIN study ON study.id = series.study"
        }
    }
}

fn order(level: Level) -> &'static str {
    match level {
        Level::Study => "study_date DESC, study_time DESC, study_instance_uid",
        Level::Series => "study_instance_uid, series_number, series_instance_uid",
        Level::Image => {
            "study_instance_uid, series_number, series_instance_uid, instance_number, sop_instance_uid"
        }
    }
}

/// A FROM and WHERE clause that yields what matches, and its values.
pub(super) struct Selection {
    /// `FROM … WHERE …`
    pub clause: String,
    /// Values of its parameters.
    pub values: Vec<Value>,
}

/// Turns keys into SQL. Unknown keywords, malformed values and keys of lower levels are [`StoreError::Input`].
pub(super) fn select(level: Level, keys: &[(String, String)]) -> Result<Selection, StoreError> {
    let mut conditions = vec!["1".to_owned()];
    let mut values = Vec::new();
    for (keyword, value) in keys {
        let Some(key) = KEYS.iter().find(|key| key.keyword == keyword) else {
            return Err(StoreError::Input(format!(
                "not a key of this store: {keyword}"
            )));
        };
        if key.level > level {
            return Err(StoreError::Input(format!(
                "{keyword} belongs to a lower level"
            )));
        }
        if let Some(condition) = condition(key, value, &mut values)? {
            conditions.push(condition);
        }
    }
    Ok(Selection {
        clause: format!("FROM {} WHERE {}", tables(level), conditions.join(" AND ")),
        values,
    })
}

impl Store {
    /// What matches all `keys` (DICOM keyword, value) on `level`, at most `limit` rows: single values, wildcards `*` and `?`,
    /// date and time ranges, UID lists by backslash; an empty value matches all. Keys of upper levels may be given too.
    pub fn query(
        &self,
        level: Level,
        keys: &[(String, String)],
        limit: u64,
    ) -> Result<Vec<QueryRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let tail = format!("ORDER BY {} LIMIT {limit}", order(level));
        let mut found = Vec::new();
        self.read_rows(level, keys, &tail, |row| {
            found.push(row);
            true
        })?;
        Ok(found)
    }

    /// As [`query`](Self::query), but in the order that comes fastest and row by row, until `each` wants no more.
    pub fn query_each(
        &self,
        level: Level,
        keys: &[(String, String)],
        each: impl FnMut(QueryRow) -> bool,
    ) -> Result<(), StoreError> {
        self.read_rows(level, keys, "", each)
    }

    /// Whether a key can be asked for on `level`.
    pub fn knows_key(level: Level, path: &KeyPath) -> bool {
        let keyword = path.to_string();
        KEYS.iter()
            .any(|key| key.keyword == keyword && key.level <= level)
    }

    fn read_rows(
        &self,
        level: Level,
        keys: &[(String, String)],
        tail: &str,
        mut each: impl FnMut(QueryRow) -> bool,
    ) -> Result<(), StoreError> {
        let selection = select(level, keys)?;
        let wanted: Vec<&Attribute> = attributes(level).collect();
        let columns: Vec<&str> = wanted.iter().map(|attribute| attribute.column).collect();
        let place = match level {
            Level::Image => ", instance.id, folder, file, link, link_path, link_modified_ns",
            Level::Series => ", series.id",
            Level::Study => ", study.id",
        };
        let columns = columns.join(", ");
        let sql = format!("SELECT {columns}{place} {} {tail}", selection.clause);
        self.read_index(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(&selection.values))?;
            while let Some(row) = rows.next()? {
                let mut result = query_row(row, &wanted)?;
                let id: i64 = row.get(wanted.len())?;
                match level {
                    Level::Study => {}
                    Level::Series => add_requests(connection, id, &mut result)?,
                    Level::Image => {
                        let place = Place::from_row(row, wanted.len() + 1)?;
                        result.path = Some(place.path(&self.inner.data_dir));
                        add_observers(connection, id, &mut result)?;
                    }
                }
                if !each(result) {
                    break;
                }
            }
            Ok(())
        })
    }
}

fn query_row(row: &Row<'_>, wanted: &[&Attribute]) -> Result<QueryRow, StoreError> {
    let mut result = QueryRow::default();
    let mut concept = Vec::new();
    for (column, attribute) in wanted.iter().enumerate() {
        let text = match row.get_ref(column)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        if attribute.in_concept_name {
            if !text.is_empty() {
                concept.push((attribute.tag, text));
            }
            continue;
        }
        // Attributes of documents and states are told where they have a meaning only.
        if text.is_empty() && attribute.only_if_known {
            continue;
        }
        let values = text.split('\\').filter(|value| !value.is_empty());
        result
            .attributes
            .push((attribute.tag, values.map(str::to_owned).collect()));
    }
    result.attributes.sort_by_key(|(tag, _)| *tag);
    if !concept.is_empty() {
        result
            .sequences
            .push((tags::CONCEPT_NAME_CODE_SEQUENCE, vec![concept]));
    }
    Ok(result)
}

fn add_requests(
    connection: &Connection,
    series: i64,
    result: &mut QueryRow,
) -> Result<(), StoreError> {
    let sql = "SELECT requested_procedure_id, scheduled_procedure_step_id FROM series_request WHERE series = ?1";
    let pair = (
        tags::REQUESTED_PROCEDURE_ID,
        tags::SCHEDULED_PROCEDURE_STEP_ID,
    );
    add_items(
        connection,
        sql,
        series,
        pair,
        tags::REQUEST_ATTRIBUTES_SEQUENCE,
        result,
    )
}

fn add_observers(
    connection: &Connection,
    instance: i64,
    result: &mut QueryRow,
) -> Result<(), StoreError> {
    let sql = "SELECT verification_date_time, observer_name FROM verifying_observer
               WHERE instance = ?1 ORDER BY position";
    let pair = (tags::VERIFICATION_DATE_TIME, tags::VERIFYING_OBSERVER_NAME);
    add_items(
        connection,
        sql,
        instance,
        pair,
        tags::VERIFYING_OBSERVER_SEQUENCE,
        result,
    )
}

fn add_items(
    connection: &Connection,
    sql: &str,
    id: i64,
    (first, second): (Tag, Tag),
    sequence: Tag,
    result: &mut QueryRow,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([id], |row| {
        Ok(vec![(first, row.get(0)?), (second, row.get(1)?)])
    })?;
    let items: Vec<Vec<(Tag, String)>> = rows.collect::<Result<_, _>>()?;
    if !items.is_empty() {
        result.sequences.push((sequence, items));
        result.sequences.sort_by_key(|(tag, _)| *tag);
    }
    Ok(())
}
