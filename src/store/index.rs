//! The index SQL that takes objects in and out; runs only inside transactions of the writer.
//!
//! The index is a function of the objects in the order they came: the first object under a UID counts, the first patient of a
//! study counts, and what disagrees is set aside as a conflict (D000, F2).

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::StoreError;
use super::certificate::Digest;
use super::files::FileNumber;
use super::header::{Header, Patient};
use super::insertion::{Sums, insert, summarise_series};
use super::patient::{Agreement, agreement};

/// Where the bytes of an object lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An object file of ours.
    Object(FileNumber),
    /// Somebody else's file.
    Link {
        /// Its row in `linked_file` of the station database.
        id: i64,
        /// Its absolute path.
        path: String,
        /// Its modification time at import, nanoseconds since 1970.
        modified_ns: i64,
    },
}

impl Place {
    /// Absolute path of the file.
    pub fn path(&self, data_dir: &Path) -> PathBuf {
        match self {
            Self::Object(number) => number.path(data_dir),
            Self::Link { path, .. } => path.into(),
        }
    }

    /// From the columns `folder, file, link, link_path, link_modified_ns`, the first at `column`.
    pub fn from_row(row: &Row<'_>, column: usize) -> rusqlite::Result<Self> {
        match row.get::<_, Option<u32>>(column)? {
            Some(folder) => Ok(Self::Object(FileNumber {
                folder,
                file: row.get(column + 1)?,
            })),
            None => Ok(Self::Link {
                id: row.get(column + 2)?,
                path: row.get(column + 3)?,
                modified_ns: row.get(column + 4)?,
            }),
        }
    }

    pub fn columns(&self) -> PlaceColumns<'_> {
        match self {
            Self::Object(number) => (Some(number.folder), Some(number.file), None, None, None),
            Self::Link {
                id,
                path,
                modified_ns,
            } => (None, None, Some(*id), Some(path), Some(*modified_ns)),
        }
    }
}

/// The columns `folder, file, link, link_path, link_modified_ns`.
pub type PlaceColumns<'a> = (
    Option<u32>,
    Option<u32>,
    Option<i64>,
    Option<&'a str>,
    Option<i64>,
);

/// An object that wants to be visible; its file is certified and synced.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Where it lies.
    pub place: Place,
    /// Bytes of the file.
    pub bytes: u64,
    /// Digest of the data set; `None` for a linked file that was not read whole.
    pub digest: Option<Digest>,
    /// Its transfer syntax.
    pub transfer_syntax_uid: &'static str,
    /// AE title of the sender, or empty.
    pub source_ae: String,
    /// When it was received, milliseconds since 1970.
    pub received_ms: i64,
    /// Its attributes.
    pub header: Header,
}

/// The object that is here already under the UID of a candidate.
#[derive(Debug, Clone)]
pub struct Existing {
    id: i64,
    study_instance_uid: String,
    /// Where it lies.
    pub place: Place,
    /// Digest of its data set, if known.
    pub digest: Option<Digest>,
    /// Its transfer syntax.
    pub transfer_syntax_uid: String,
}

impl Existing {
    /// Whether it is known to hold the very bytes of a candidate.
    fn has_bytes_of(&self, candidate: &Candidate) -> bool {
        let same_bytes = self.digest.is_some() && self.digest == candidate.digest;
        same_bytes && self.transfer_syntax_uid == candidate.transfer_syntax_uid
    }
}

/// What became of a candidate.
#[derive(Debug)]
pub enum Verdict {
    /// It is in the index, by this call or an earlier one with the same file.
    Stored,
    /// The same bytes are here already, in another file.
    Duplicate,
    /// Something else is here under its UID; the caller compares, then calls [`quarantine`] or lets it go.
    Differs(Box<Existing>),
    /// Set aside: its patient disagrees.
    PatientConflict(String),
    /// Its like was set aside before, so this copy need not be kept; a reason for patient conflicts.
    KnownConflict(Option<String>),
}

/// Kinds of conflict as the database numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub enum ConflictKind {
    /// Other data under a known SOP Instance UID.
    Data = 1,
    /// Another patient in a known study or series.
    Patient = 2,
}

impl ConflictKind {
    /// From the database.
    pub fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Patient,
            _ => Self::Data,
        }
    }
}

/// What [`admit`] will say of a candidate whose UID nobody else brings in meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foresight {
    /// Nothing stands against it.
    Stored,
    /// The same bytes are here already.
    Duplicate,
    /// Something is here that it has to be compared with.
    Unclear,
}

/// Looks ahead, writing nothing.
pub fn foresee(connection: &Connection, candidate: &Candidate) -> Result<Foresight, StoreError> {
    // One view of the index for all questions.
    let moment = connection.unchecked_transaction()?;
    if let Some(existing) = existing(&moment, candidate.header.sop_instance_uid.as_str())? {
        return Ok(match existing.has_bytes_of(candidate) {
            true => Foresight::Duplicate,
            false => Foresight::Unclear,
        });
    }
    let is_clear = known_conflict(&moment, candidate)?.is_none()
        && patient_conflict(&moment, &candidate.header)?.is_none();
    Ok(match is_clear {
        true => Foresight::Stored,
        false => Foresight::Unclear,
    })
}

/// Takes a candidate in, or says why not.
pub fn admit(connection: &Connection, candidate: &Candidate) -> Result<Verdict, StoreError> {
    let mut sums = Sums::default();
    let verdict = admit_one(connection, candidate, &mut sums)?;
    sums.write(connection)?;
    Ok(verdict)
}

/// Takes candidates in, in their order; when one cannot be taken in, none is.
pub fn admit_all<C: AsRef<Candidate>>(
    connection: &Connection,
    candidates: &[C],
) -> Result<Vec<Verdict>, StoreError> {
    let mut sums = Sums::default();
    let admit = |candidate: &C| admit_one(connection, candidate.as_ref(), &mut sums);
    let verdicts = candidates
        .iter()
        .map(admit)
        .collect::<Result<Vec<_>, _>>()?;
    sums.write(connection)?;
    Ok(verdicts)
}

fn admit_one(
    connection: &Connection,
    candidate: &Candidate,
    sums: &mut Sums,
) -> Result<Verdict, StoreError> {
    let uid = candidate.header.sop_instance_uid.as_str();
    if let Some(existing) = existing(connection, uid)? {
        if existing.place == candidate.place {
            return Ok(Verdict::Stored);
        }
        if existing.has_bytes_of(candidate) {
            return Ok(Verdict::Duplicate);
        }
        if let Some(verdict) = known_conflict(connection, candidate)? {
            return Ok(verdict);
        }
        return Ok(Verdict::Differs(Box::new(existing)));
    }
    if let Some(verdict) = known_conflict(connection, candidate)? {
        return Ok(verdict);
    }
    if let Some((against, reason)) = patient_conflict(connection, &candidate.header)? {
        insert_conflict(
            connection,
            candidate,
            ConflictKind::Patient,
            &against,
            &reason,
        )?;
        return Ok(Verdict::PatientConflict(reason));
    }
    insert(connection, candidate, sums)?;
    Ok(Verdict::Stored)
}

/// How a candidate that differs went into quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quarantine {
    /// Its file is kept aside.
    SetAside,
    /// Its like was set aside meanwhile; this copy need not be kept.
    Known,
    /// What it differed from went away meanwhile.
    Outdated,
}

/// Sets a candidate aside that differs from what was seen under its UID.
pub fn quarantine(
    connection: &Connection,
    candidate: &Candidate,
    seen: &Existing,
) -> Result<Quarantine, StoreError> {
    let now = existing(connection, candidate.header.sop_instance_uid.as_str())?;
    if !now.is_some_and(|now| now.id == seen.id && now.place == seen.place) {
        return Ok(Quarantine::Outdated);
    }
    match known_conflict(connection, candidate)? {
        Some(Verdict::KnownConflict(_)) => return Ok(Quarantine::Known),
        Some(_) => return Ok(Quarantine::SetAside),
        None => {}
    }
    let reason = "other data under a known SOP Instance UID";
    let against = &seen.study_instance_uid;
    insert_conflict(connection, candidate, ConflictKind::Data, against, reason)?;
    Ok(Quarantine::SetAside)
}

/// The indexed object with a SOP Instance UID.
pub fn existing(connection: &Connection, uid: &str) -> Result<Option<Existing>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT i.id, i.folder, i.file, i.link, i.link_path, i.link_modified_ns, i.digest,
                i.transfer_syntax_uid, study.study_instance_uid
         FROM instance i JOIN series ON series.id = i.series JOIN study ON study.id = series.study
         WHERE i.sop_instance_uid = ?1",
    )?;
    let found = statement.query_row([uid], |row| {
        Ok(Existing {
            id: row.get(0)?,
            place: Place::from_row(row, 1)?,
            digest: row.get(6)?,
            transfer_syntax_uid: row.get(7)?,
            study_instance_uid: row.get(8)?,
        })
    });
    Ok(found.optional()?)
}

/// Whether this very file, or one with the same bytes, is in quarantine.
fn known_conflict(
    connection: &Connection,
    candidate: &Candidate,
) -> Result<Option<Verdict>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT folder, file, link, link_path, link_modified_ns, digest, transfer_syntax_uid, kind, reason
         FROM conflict WHERE sop_instance_uid = ?1",
    )?;
    let mut rows = statement.query([candidate.header.sop_instance_uid.as_str()])?;
    while let Some(row) = rows.next()? {
        let is_patient = row.get::<_, i64>(7)? == ConflictKind::Patient as i64;
        let reason: String = row.get(8)?;
        if Place::from_row(row, 0)? == candidate.place {
            return Ok(Some(match is_patient {
                true => Verdict::PatientConflict(reason),
                false => Verdict::Stored,
            }));
        }
        let digest: Option<Digest> = row.get(5)?;
        let same_bytes = digest.is_some() && digest == candidate.digest;
        if same_bytes && row.get::<_, String>(6)? == candidate.transfer_syntax_uid {
            return Ok(Some(Verdict::KnownConflict(is_patient.then_some(reason))));
        }
    }
    Ok(None)
}

/// The study whose patient is another one, and which attributes disagree (F2).
fn patient_conflict(
    connection: &Connection,
    header: &Header,
) -> Result<Option<(String, String)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT study_instance_uid, patient_name, patient_id, patient_birth_date, patient_sex FROM study
         WHERE study_instance_uid = ?1
            OR id IN (SELECT study FROM series WHERE series_instance_uid = ?2)",
    )?;
    let mut rows = statement.query([
        header.study_instance_uid.as_str(),
        header.series_instance_uid.as_str(),
    ])?;
    while let Some(row) = rows.next()? {
        let known = Patient {
            name: row.get(1)?,
            id: row.get(2)?,
            birth_date: row.get(3)?,
            sex: row.get(4)?,
        };
        if let Agreement::Disagrees(reason) = agreement(&known, &header.patient) {
            return Ok(Some((row.get(0)?, reason)));
        }
    }
    Ok(None)
}

fn insert_conflict(
    connection: &Connection,
    candidate: &Candidate,
    kind: ConflictKind,
    against: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let (folder, file, link, link_path, link_modified_ns) = candidate.place.columns();
    let header = &candidate.header;
    connection
        .prepare_cached(
            "INSERT INTO conflict (kind, folder, file, link, link_path, link_modified_ns, bytes, digest,
                 sop_instance_uid, transfer_syntax_uid, study_instance_uid, against_study_instance_uid,
                 patient_name, patient_id, source_ae, received_ms, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            kind as i64,
            folder,
            file,
            link,
            link_path,
            link_modified_ns,
            candidate.bytes,
            candidate.digest,
            header.sop_instance_uid.as_str(),
            candidate.transfer_syntax_uid,
            header.study_instance_uid.as_str(),
            against,
            header.patient.name,
            header.patient.id,
            candidate.source_ae,
            candidate.received_ms,
            reason,
        ])?;
    count_conflicts(connection, header.study_instance_uid.as_str())?;
    count_conflicts(connection, against)
}

/// Brings the number of conflicts of a study up to date.
pub fn count_conflicts(connection: &Connection, study: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE study SET conflict_count = (SELECT count(*) FROM conflict WHERE settled = 0
                 AND (conflict.study_instance_uid = ?1 OR against_study_instance_uid = ?1))
             WHERE study.study_instance_uid = ?1",
        )?
        .execute([study])?;
    Ok(())
}

/// Recounts a study after rows went; removes series and the study when nothing is left. Returns series and studies removed.
pub fn recount(connection: &Connection, study: i64) -> Result<(u64, u64), StoreError> {
    let series = connection
        .prepare_cached(
            "DELETE FROM series WHERE study = ?1
                 AND NOT EXISTS (SELECT 1 FROM instance WHERE instance.series = series.id)",
        )?
        .execute([study])?;
    connection
        .prepare_cached(
            "UPDATE series SET instance_count =
                 (SELECT count(*) FROM instance WHERE instance.series = series.id) WHERE study = ?1",
        )?
        .execute([study])?;
    let studies = connection
        .prepare_cached(
            "DELETE FROM study WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM series WHERE study = ?1)",
        )?
        .execute([study])?;
    if studies == 0 {
        connection
            .prepare_cached(
                "UPDATE study SET (instance_count, bytes) = (SELECT count(*), coalesce(sum(instance.bytes), 0)
                     FROM instance JOIN series ON series.id = instance.series WHERE series.study = ?1)
                 WHERE id = ?1",
            )?
            .execute([study])?;
        summarise_series(connection, study)?;
    }
    Ok((series as u64, studies as u64))
}
