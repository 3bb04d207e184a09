//! The lists people look at: studies, series, instances.
//!
//! A page of the study list is found by row numbers first and read whole afterwards, so that filter and order touch few bytes.

use std::path::PathBuf;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

use super::fold::search_words;
use super::index::Place;
use super::{InstanceRow, Page, SeriesRow, Store, StoreError, StudyFilter, StudyRow, StudySort};
use crate::dicom::{SeriesInstanceUid, SopInstanceUid, StudyInstanceUid, uids};

/// Below this many matches a page is sorted, not walked to.
const FEW_MATCHES: u64 = 25_000;

const STUDY_COLUMNS: &str = "study_instance_uid, patient_name, patient_id, patient_birth_date, patient_sex, study_date,
    study_time, study_id, accession_number, study_description, referring_physician_name, modalities, series_count,
    instance_count, bytes, source_ae, received_ms, conflict_count, opened, pinned";

const SERIES_COLUMNS: &str =
    "series_instance_uid, study_instance_uid, modality, series_number, series_description,
    body_part_examined, performed_procedure_step_start_date, performed_procedure_step_start_time,
    series.instance_count, lossy";

const INSTANCES: &str = "SELECT i.sop_instance_uid, series.series_instance_uid, study.study_instance_uid, i.sop_class_uid,
        i.transfer_syntax_uid, i.instance_number, i.frames, i.folder, i.file, i.link, i.link_path,
        i.link_modified_ns, i.bytes
    FROM instance i JOIN series ON series.id = i.series JOIN study ON study.id = series.study";

impl StudySort {
    /// Columns of the order, all in one direction.
    fn columns(self) -> &'static str {
        match self {
            Self::StudyDate => "study_date, study_time",
            Self::Received => "received_ms",
            Self::PatientName => "patient_name_folded",
            Self::PatientId => "patient_id",
            Self::BirthDate => "patient_birth_date",
            Self::Modalities => "modalities",
            Self::Description => "study_description_folded",
            Self::AccessionNumber => "accession_number",
            Self::StudyId => "study_id",
            Self::ReferringPhysician => "referring_physician_name_folded",
            Self::SeriesCount => "series_count",
            Self::InstanceCount => "instance_count",
            Self::Bytes => "bytes",
            Self::SourceAe => "source_ae",
        }
    }
}

/// The WHERE clause of a filter and its values; an empty text without a filter.
fn conditions(filter: &StudyFilter) -> (String, Vec<Value>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut add = |condition: &str, value: String| {
        conditions.push(condition.to_owned());
        values.push(value.into());
    };
    for word in search_words(&filter.search) {
        add("instr(search_text, ?) > 0", word);
    }
    if !filter.date_from.is_empty() {
        add("study_date >= ?", filter.date_from.clone());
    }
    if !filter.date_to.is_empty() {
        add(
            "study_date <= ? AND study_date <> ''",
            filter.date_to.clone(),
        );
    }
    if !filter.source_ae.is_empty() {
        add("source_ae = ?", filter.source_ae.clone());
    }
    if !filter.modalities.is_empty() {
        let one = "instr(modalities, ?) > 0";
        let any = vec![one; filter.modalities.len()].join(" OR ");
        conditions.push(format!("({any})"));
        let wanted = filter.modalities.iter();
        values.extend(wanted.map(|modality| Value::from(format!("\\{modality}\\"))));
    }
    if filter.conflicts_only {
        conditions.push("conflict_count > 0".into());
    }
    match conditions.is_empty() {
        true => (String::new(), values),
        false => (format!("WHERE {}", conditions.join(" AND ")), values),
    }
}

impl Store {
    /// A window into the filtered, sorted study list.
    pub fn studies(&self, filter: &StudyFilter) -> Result<Page<StudyRow>, StoreError> {
        let (conditions, values) = conditions(filter);
        let direction = if filter.descending { "DESC" } else { "ASC" };
        let order: Vec<String> = filter
            .sort
            .columns()
            .split(", ")
            .chain(["study_instance_uid"])
            .map(|column| format!("{column} {direction}"))
            .collect();
        let order = order.join(", ");
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let offset = i64::try_from(filter.offset).unwrap_or(i64::MAX);
        self.read_index(|connection| {
            // One transaction, so that count and page are of the same moment.
            let moment = connection.unchecked_transaction()?;
            let total: u64 = moment
                .prepare_cached(&format!("SELECT count(*) FROM study {conditions}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            // Few matches: one pass and a small sort; many: along the order, which soon has a page full.
            let few = !conditions.is_empty() && total < FEW_MATCHES;
            let hint = if few { "NOT INDEXED" } else { "" };
            let mut statement = moment.prepare_cached(&format!(
                "SELECT {STUDY_COLUMNS} FROM study JOIN
                     (SELECT id FROM study {hint} {conditions} ORDER BY {order} LIMIT {limit} OFFSET {offset}) USING (id)
                 ORDER BY {order}"
            ))?;
            let rows = statement.query_map(params_from_iter(&values), study_row)?;
            Ok(Page {
                total,
                offset: filter.offset,
                rows: rows.collect::<Result<_, _>>()?,
            })
        })
    }

    /// One study.
    pub fn study(&self, study: &StudyInstanceUid) -> Result<Option<StudyRow>, StoreError> {
        self.read_index(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {STUDY_COLUMNS} FROM study WHERE study_instance_uid = ?1"
            ))?;
            Ok(statement
                .query_row([study.as_str()], study_row)
                .optional()?)
        })
    }

    /// The series of a study, by Series Number, then UID.
    pub fn series(&self, study: &StudyInstanceUid) -> Result<Vec<SeriesRow>, StoreError> {
        self.read_index(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {SERIES_COLUMNS} FROM series JOIN study ON study.id = series.study
                 WHERE study_instance_uid = ?1
                 ORDER BY series_number IS NULL, series_number, series_instance_uid"
            ))?;
            let rows = statement.query_map([study.as_str()], series_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The instances of a series, by Instance Number, then UID.
    pub fn instances(&self, series: &SeriesInstanceUid) -> Result<Vec<InstanceRow>, StoreError> {
        self.instance_rows(
            "WHERE series.series_instance_uid = ?1
             ORDER BY i.instance_number IS NULL, i.instance_number, i.sop_instance_uid",
            series.as_str(),
        )
    }

    /// The instances of a study, series by series.
    pub fn instances_of_study(
        &self,
        study: &StudyInstanceUid,
    ) -> Result<Vec<InstanceRow>, StoreError> {
        self.instance_rows(
            "WHERE study.study_instance_uid = ?1
             ORDER BY series.series_number IS NULL, series.series_number, series.series_instance_uid,
                 i.instance_number IS NULL, i.instance_number, i.sop_instance_uid",
            study.as_str(),
        )
    }

    /// Presentation states, key objects and reports that refer to an instance, newest first.
    pub fn references_to(&self, instance: &SopInstanceUid) -> Result<Vec<InstanceRow>, StoreError> {
        self.instance_rows(
            "JOIN reference ON reference.instance = i.id
             WHERE reference.referenced_sop_instance_uid = ?1
             ORDER BY i.presentation_creation_date DESC, i.presentation_creation_time DESC, i.received_ms DESC,
                 i.sop_instance_uid",
            instance.as_str(),
        )
    }

    /// Grayscale presentation states, of any study, that refer to an instance of a study, newest first.
    pub fn states_for_study(
        &self,
        study: &StudyInstanceUid,
    ) -> Result<Vec<InstanceRow>, StoreError> {
        self.read_index(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{INSTANCES} WHERE i.sop_class_uid = ?2 AND i.id IN
                     (SELECT reference.instance FROM reference
                      JOIN instance image ON image.sop_instance_uid = reference.referenced_sop_instance_uid
                      JOIN series shown ON shown.id = image.series JOIN study seen ON seen.id = shown.study
                      WHERE seen.study_instance_uid = ?1)
                 ORDER BY i.presentation_creation_date DESC, i.presentation_creation_time DESC, i.received_ms DESC,
                     i.sop_instance_uid"
            ))?;
            let class = uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE;
            let rows =
                statement.query_map([study.as_str(), class], |row| self.instance_row(row))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Absolute path of an instance's file.
    pub fn object_path(&self, instance: &SopInstanceUid) -> Result<Option<PathBuf>, StoreError> {
        let rows = self.instance_rows("WHERE i.sop_instance_uid = ?1", instance.as_str())?;
        Ok(rows.into_iter().next().map(|row| row.path))
    }

    fn instance_rows(&self, rest: &str, key: &str) -> Result<Vec<InstanceRow>, StoreError> {
        self.read_index(|connection| {
            let mut statement = connection.prepare_cached(&format!("{INSTANCES} {rest}"))?;
            let rows = statement.query_map([key], |row| self.instance_row(row))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn instance_row(&self, row: &Row<'_>) -> rusqlite::Result<InstanceRow> {
        let data_dir = &self.inner.data_dir;
        let place = Place::from_row(row, 7)?;
        let bytes = row.get(12)?;
        let is_link = matches!(place, Place::Link { .. });
        Ok(InstanceRow {
            sop_instance_uid: uid(row, 0, SopInstanceUid::parse)?,
            series_instance_uid: uid(row, 1, SeriesInstanceUid::parse)?,
            study_instance_uid: uid(row, 2, StudyInstanceUid::parse)?,
            sop_class_uid: row.get(3)?,
            transfer_syntax_uid: row.get(4)?,
            instance_number: row.get(5)?,
            frames: row.get(6)?,
            path: place.path(data_dir),
            bytes,
            changed: is_link && !place.is_unchanged(data_dir, bytes),
        })
    }
}

/// A column as a UID; only valid ones are ever written.
pub(super) fn uid<T>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Result<T, crate::dicom::uid::InvalidUid>,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    parse(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}

/// Modalities as the column holds them, `\CT\\MR\`, as single terms.
pub(super) fn modalities(column: &str) -> Vec<String> {
    column
        .split('\\')
        .filter(|m| !m.is_empty())
        .map(str::to_owned)
        .collect()
}

fn study_row(row: &Row<'_>) -> rusqlite::Result<StudyRow> {
    Ok(StudyRow {
        study_instance_uid: uid(row, 0, StudyInstanceUid::parse)?,
        patient_name: row.get(1)?,
        patient_id: row.get(2)?,
        patient_birth_date: row.get(3)?,
        patient_sex: row.get(4)?,
        study_date: row.get(5)?,
        study_time: row.get(6)?,
        study_id: row.get(7)?,
        accession_number: row.get(8)?,
        study_description: row.get(9)?,
        referring_physician_name: row.get(10)?,
        modalities: modalities(&row.get::<_, String>(11)?),
        series_count: row.get(12)?,
        instance_count: row.get(13)?,
        bytes: row.get(14)?,
        source_ae: row.get(15)?,
        received_ms: row.get(16)?,
        conflict_count: row.get(17)?,
        opened: row.get(18)?,
        pinned: row.get(19)?,
    })
}

fn series_row(row: &Row<'_>) -> rusqlite::Result<SeriesRow> {
    Ok(SeriesRow {
        series_instance_uid: uid(row, 0, SeriesInstanceUid::parse)?,
        study_instance_uid: uid(row, 1, StudyInstanceUid::parse)?,
        modality: row.get(2)?,
        series_number: row.get(3)?,
        series_description: row.get(4)?,
        body_part_examined: row.get(5)?,
        performed_procedure_step_start_date: row.get(6)?,
        performed_procedure_step_start_time: row.get(7)?,
        instance_count: row.get(8)?,
        lossy: row.get(9)?,
    })
}
