//! The rows of one object: its study, its series, itself, and what studies and series sum up of their objects.
//!
//! Sums are gathered and written once per transaction: a study's row stands in many orders of the list, and moving it in all of
//! them for each object would cost more than the object.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};

use super::StoreError;
use super::fold::{fold, fold_name};
use super::header::Header;
use super::index::{Candidate, count_conflicts};

/// What a study gained.
#[derive(Debug, Default)]
struct StudyGain {
    instances: u64,
    bytes: u64,
    source_ae: String,
    received_ms: i64,
    /// It has a new series.
    series: bool,
}

/// What a series gained.
#[derive(Debug, Default)]
struct SeriesGain {
    instances: u64,
    lossy: bool,
}

/// What studies and series gained in one transaction, by their rows.
#[derive(Debug, Default)]
pub struct Sums {
    studies: BTreeMap<i64, StudyGain>,
    series: BTreeMap<i64, SeriesGain>,
}

impl Sums {
    fn add(&mut self, study: i64, (series, is_new): (i64, bool), candidate: &Candidate) {
        let gain = self.studies.entry(study).or_default();
        gain.instances += 1;
        gain.bytes += candidate.bytes;
        gain.source_ae.clone_from(&candidate.source_ae);
        gain.received_ms = gain.received_ms.max(candidate.received_ms);
        gain.series |= is_new;
        let gain = self.series.entry(series).or_default();
        gain.instances += 1;
        gain.lossy |= candidate.header.instance.lossy;
    }

    /// Writes them; to be done before the transaction ends.
    pub fn write(self, connection: &Connection) -> Result<(), StoreError> {
        for (id, gain) in self.series {
            connection
                .prepare_cached(
                    "UPDATE series SET instance_count = instance_count + ?2, lossy = max(lossy, ?3) WHERE id = ?1",
                )?
                .execute(params![id, gain.instances, gain.lossy])?;
        }
        for (id, gain) in self.studies {
            connection
                .prepare_cached(
                    "UPDATE study SET instance_count = instance_count + ?2, bytes = bytes + ?3, source_ae = ?4,
                         received_ms = max(received_ms, ?5) WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    gain.instances,
                    gain.bytes,
                    gain.source_ae,
                    gain.received_ms
                ])?;
            if gain.series {
                summarise_series(connection, id)?;
            }
        }
        Ok(())
    }
}

/// Writes the rows of an object that is new; its sums are left to the caller.
pub fn insert(
    connection: &Connection,
    candidate: &Candidate,
    sums: &mut Sums,
) -> Result<(), StoreError> {
    let study = study_of(connection, &candidate.header)?;
    let series = series_of(connection, study, &candidate.header)?;
    insert_instance(connection, series.0, candidate)?;
    sums.add(study, series, candidate);
    Ok(())
}

/// Number of series and modalities of a study.
pub fn summarise_series(connection: &Connection, study: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE study SET
                 series_count = (SELECT count(*) FROM series WHERE study = ?1),
                 modalities = coalesce((SELECT group_concat('\\' || modality || '\\', '') FROM
                     (SELECT DISTINCT modality FROM series WHERE study = ?1 AND modality <> '' ORDER BY modality)), '')
             WHERE id = ?1",
        )?
        .execute([study])?;
    Ok(())
}

/// The columns of a study that the first object with a value fills, and the value of an object.
fn study_columns(header: &Header) -> [(&'static str, &str); 10] {
    let (patient, study) = (&header.patient, &header.study);
    [
        ("patient_name", &patient.name),
        ("patient_id", &patient.id),
        ("patient_birth_date", &patient.birth_date),
        ("patient_sex", &patient.sex),
        ("study_date", &study.date),
        ("study_time", &study.time),
        ("study_id", &study.id),
        ("accession_number", &study.accession_number),
        ("study_description", &study.description),
        ("referring_physician_name", &study.referring_physician_name),
    ]
}

/// The row of the object's study, made if it is new, its blanks filled in.
fn study_of(connection: &Connection, header: &Header) -> Result<i64, StoreError> {
    let uid = header.study_instance_uid.as_str();
    let columns = study_columns(header);
    let names = columns.map(|(name, _)| name).join(", ");
    let found = connection
        .prepare_cached(&format!(
            "SELECT id, {names} FROM study WHERE study_instance_uid = ?1"
        ))?
        .query_row([uid], |row| {
            let mut has_news = false;
            for (place, (_, value)) in columns.iter().enumerate() {
                let is_blank = row.get_ref(place + 1)?.as_str().is_ok_and(str::is_empty);
                has_news |= is_blank && !value.is_empty();
            }
            Ok((row.get(0)?, has_news))
        })
        .optional()?;
    match found {
        Some((id, false)) => Ok(id),
        Some((id, true)) => {
            fill_blanks(connection, id, header)?;
            Ok(id)
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO study (study_instance_uid, patient_name, patient_id, patient_birth_date,
                         patient_sex, study_date, study_time, study_id, accession_number, study_description,
                         referring_physician_name, patient_name_folded, referring_physician_name_folded,
                         study_description_folded, search_text)
                     VALUES (?1, '', '', '', '', '', '', '', '', '', '', '', '', '', '')",
                )?
                .execute([uid])?;
            let id = connection.last_insert_rowid();
            fill_blanks(connection, id, header)?;
            count_conflicts(connection, uid)?;
            Ok(id)
        }
    }
}

/// Writes the object's study attributes where the study has none yet, and the texts derived from them.
fn fill_blanks(connection: &Connection, id: i64, header: &Header) -> Result<(), StoreError> {
    let columns = study_columns(header);
    let set = columns.map(|(column, _)| format!("{column} = coalesce(nullif({column}, ''), ?)"));
    let update = format!(
        "UPDATE study SET {} WHERE id = ?
         RETURNING patient_name, patient_id, accession_number, study_description, referring_physician_name, study_id",
        set.join(", ")
    );
    let values = columns.iter().map(|(_, value)| value as &dyn ToSql);
    let values = params_from_iter(values.chain([&id as &dyn ToSql]));
    let texts: Vec<String> = connection
        .prepare_cached(&update)?
        .query_row(values, |row| (0..6).map(|n| row.get(n)).collect())?;
    let [
        name,
        patient_id,
        accession,
        description,
        physician,
        study_id,
    ] = texts.as_slice()
    else {
        return Err(StoreError::Input("six columns were asked for".into()));
    };
    let search_text = [
        fold(&name.replace(['^', '='], " ")),
        fold(patient_id),
        fold(accession),
        fold(description),
        fold(study_id),
    ];
    connection
        .prepare_cached(
            "UPDATE study SET patient_name_folded = ?2, referring_physician_name_folded = ?3,
                 study_description_folded = ?4, search_text = ?5 WHERE id = ?1",
        )?
        .execute(params![
            id,
            fold_name(name),
            fold_name(physician),
            fold(description),
            search_text.join("\n")
        ])?;
    Ok(())
}

/// The row of the object's series, and whether it was made now.
fn series_of(
    connection: &Connection,
    study: i64,
    header: &Header,
) -> Result<(i64, bool), StoreError> {
    let uid = header.series_instance_uid.as_str();
    let found = connection
        .prepare_cached("SELECT id FROM series WHERE study = ?1 AND series_instance_uid = ?2")?
        .query_row(params![study, uid], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok((id, false));
    }
    let series = &header.series;
    connection
        .prepare_cached(
            "INSERT INTO series (study, series_instance_uid, modality, series_number, series_description,
                 body_part_examined, performed_procedure_step_start_date, performed_procedure_step_start_time)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            study,
            uid,
            series.modality,
            series.number,
            series.description,
            series.body_part_examined,
            series.step_start_date,
            series.step_start_time
        ])?;
    let id = connection.last_insert_rowid();
    for (procedure, step) in &series.requests {
        connection
            .prepare_cached("INSERT OR IGNORE INTO series_request VALUES (?1, ?2, ?3)")?
            .execute(params![id, procedure, step])?;
    }
    Ok((id, true))
}

fn insert_instance(
    connection: &Connection,
    series: i64,
    candidate: &Candidate,
) -> Result<(), StoreError> {
    let (folder, file, link, link_path, link_modified_ns) = candidate.place.columns();
    let header = &candidate.header;
    let instance = &header.instance;
    connection
        .prepare_cached(
            "INSERT INTO instance (series, sop_instance_uid, sop_class_uid, transfer_syntax_uid, instance_number,
                 frames, \"rows\", \"columns\", folder, file, link, link_path, link_modified_ns, bytes, digest,
                 source_ae, received_ms, completion_flag, verification_flag, concept_code_value,
                 concept_coding_scheme, concept_meaning, content_label, content_description,
                 presentation_creation_date, presentation_creation_time, content_creator_name,
                 content_creator_name_folded)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                 ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)",
        )?
        .execute(params![
            series,
            header.sop_instance_uid.as_str(),
            header.sop_class_uid.as_str(),
            candidate.transfer_syntax_uid,
            instance.number,
            instance.frames,
            instance.rows,
            instance.columns,
            folder,
            file,
            link,
            link_path,
            link_modified_ns,
            candidate.bytes,
            candidate.digest,
            candidate.source_ae,
            candidate.received_ms,
            instance.completion_flag,
            instance.verification_flag,
            instance.concept.0,
            instance.concept.1,
            instance.concept.2,
            instance.content_label,
            instance.content_description,
            instance.creation_date,
            instance.creation_time,
            instance.creator_name,
            fold_name(&instance.creator_name),
        ])?;
    insert_details(connection, connection.last_insert_rowid(), header)
}

fn insert_details(connection: &Connection, id: i64, header: &Header) -> Result<(), StoreError> {
    for (position, (name, time)) in header.instance.observers.iter().enumerate() {
        connection
            .prepare_cached("INSERT INTO verifying_observer VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![id, position as u64, name, fold_name(name), time])?;
    }
    for reference in &header.instance.references {
        connection
            .prepare_cached("INSERT OR IGNORE INTO reference VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                reference.sop_instance_uid,
                id,
                reference.sop_class_uid,
                reference.series_instance_uid
            ])?;
    }
    Ok(())
}
