//! Storage commitment kept durably (PS3.4 Annex J): what others asked of us until they have their report, and what we asked of
//! others until they answered.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, params};

use super::check::fault_of;
use super::index::Place;
use super::store::milliseconds;
use super::{Store, StoreError};
use crate::dicom::{AeTitle, SopClassUid, SopInstanceUid, Status, Uid, sop_class};

/// First pause after a report did not get through; it doubles up to [`PAUSE_MAX`].
pub const PAUSE_MIN: Duration = Duration::from_secs(5);
/// Longest pause between two attempts.
pub const PAUSE_MAX: Duration = Duration::from_secs(3600);
/// Finished transactions are remembered for this long, so that a repeated Transaction UID is noticed.
const MEMORY: Duration = Duration::from_secs(30 * 24 * 3600);
/// Failure Reason of a Transaction UID that is in use (PS3.4 J.3.3.1.2, PS3.3 C.14).
pub const DUPLICATE_TRANSACTION: Status = Status(0x0131);

/// An instance by class and UID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referenced {
    /// Its class.
    pub sop_class_uid: SopClassUid,
    /// Its instance.
    pub sop_instance_uid: SopInstanceUid,
}

/// A request of somebody that we owe a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedReport {
    /// Ours.
    pub id: i64,
    /// Theirs.
    pub transaction_uid: Uid,
    /// Who asked.
    pub ae_title: AeTitle,
    /// From where.
    pub host: String,
    /// Attempts so far.
    pub attempts: u32,
    /// Instances with the reason why they are not safe; `None` for those that are.
    pub items: Vec<(Referenced, Option<Status>)>,
}

/// How a transaction of ours stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCommitment {
    /// Whether the report has come.
    pub answered: bool,
    /// Instances with the peer's word: `None` when it said nothing, else committed or the reason why not.
    pub items: Vec<(SopInstanceUid, Option<Result<(), Status>>)>,
}

/// The newest word of a peer about one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentState {
    /// Who was asked.
    pub ae_title: String,
    /// When, milliseconds since 1970.
    pub asked_ms: i64,
    /// `None` while the report is awaited.
    pub result: Option<Result<(), Status>>,
}

fn now() -> i64 {
    milliseconds(SystemTime::now())
}

fn span_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A status as it lies in a column.
fn status(column: Option<i64>) -> Option<Status> {
    column.map(|code| Status(u16::try_from(code).unwrap_or(Status::PROCESSING_FAILURE.0)))
}

fn word(committed: Option<i64>, failure: Option<i64>) -> Option<Result<(), Status>> {
    match committed? {
        1 => Some(Ok(())),
        _ => Some(Err(status(failure).unwrap_or(Status::PROCESSING_FAILURE))),
    }
}

fn invalid(text: &str) -> StoreError {
    StoreError::Input(format!("not a UID or title in the database: {text}"))
}

impl Store {
    // ---- others ask us ----

    /// Keeps a request; when this returns it survives anything. A transaction that is known already fails as a whole.
    pub fn keep_commitment(
        &self,
        transaction: &Uid,
        ae_title: &AeTitle,
        host: &str,
        items: &[Referenced],
    ) -> Result<i64, StoreError> {
        let (transaction, ae_title) = (transaction.to_string(), ae_title.to_string());
        let (host, items) = (host.to_owned(), items.to_vec());
        self.inner.station.write(move |connection| {
            connection.execute(
                "DELETE FROM commitment WHERE reported_ms < ?1",
                [now() - span_ms(MEMORY)],
            )?;
            let known: bool = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM commitment WHERE transaction_uid = ?1 AND ae_title = ?2)",
                [&transaction, &ae_title],
                |row| row.get(0),
            )?;
            let (failure, examined) = match known {
                true => (Some(DUPLICATE_TRANSACTION.0), Some(now())),
                false => (None, None),
            };
            connection.execute(
                "INSERT INTO commitment (transaction_uid, ae_title, host, received_ms, examined_ms, next_attempt_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?4)",
                params![transaction, ae_title, host, now(), examined],
            )?;
            let id = connection.last_insert_rowid();
            let mut insert = connection.prepare_cached(
                "INSERT INTO commitment_item (commitment, position, sop_class_uid, sop_instance_uid, failure)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (position, item) in (0_i64..).zip(&items) {
                let (class, instance) = (item.sop_class_uid.as_str(), item.sop_instance_uid.as_str());
                insert.execute(params![id, position, class, instance, failure])?;
            }
            Ok(id)
        })
    }

    /// Requests whose report is due by now, oldest first.
    pub fn commitments_due(&self, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM commitment WHERE reported_ms IS NULL AND next_attempt_ms <= ?1
                 ORDER BY next_attempt_ms, id LIMIT ?2",
            )?;
            let rows = statement.query_map(params![now(), limit], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How long until the next report is due; `None` when none is owed.
    pub fn next_commitment_due(&self) -> Result<Option<Duration>, StoreError> {
        let due: Option<i64> = self.read_station(|connection| {
            Ok(connection.query_row(
                "SELECT min(next_attempt_ms) FROM commitment WHERE reported_ms IS NULL",
                [],
                |row| row.get(0),
            )?)
        })?;
        let left = due.map(|due| u64::try_from(due - now()).unwrap_or(0));
        Ok(left.map(Duration::from_millis))
    }

    /// Reads every file of a request back and compares its digest, unless that was done before; the report as it must go out.
    pub fn examine_commitment(&self, id: i64) -> Result<Option<OwedReport>, StoreError> {
        let Some((mut report, examined)) = self.read_station(|c| owed(c, id))? else {
            return Ok(None);
        };
        if examined {
            return Ok(Some(report));
        }
        for (item, failure) in &mut report.items {
            *failure = self.why_not_safe(item)?;
        }
        let failures: Vec<_> = report
            .items
            .iter()
            .map(|(_, failure)| failure.map(|status| status.0))
            .collect();
        self.inner.station.write(move |connection| {
            let mut update = connection.prepare_cached(
                "UPDATE commitment_item SET failure = ?3 WHERE commitment = ?1 AND position = ?2",
            )?;
            for (position, failure) in (0_i64..).zip(failures) {
                update.execute(params![id, position, failure])?;
            }
            connection.execute(
                "UPDATE commitment SET examined_ms = ?2 WHERE id = ?1",
                [id, now()],
            )?;
            Ok(())
        })?;
        Ok(Some(report))
    }

    /// The report got through.
    pub fn commitment_reported(&self, id: i64) -> Result<(), StoreError> {
        self.inner.station.write(move |connection| {
            connection.execute(
                "UPDATE commitment SET reported_ms = ?2, last_problem = '' WHERE id = ?1",
                [id, now()],
            )?;
            Ok(())
        })
    }

    /// The report did not get through; it is due again after a pause, which is returned.
    pub fn commitment_postponed(&self, id: i64, problem: &str) -> Result<Duration, StoreError> {
        let problem = problem.to_owned();
        self.inner.station.write(move |connection| {
            let attempts: u32 = connection
                .query_row("SELECT attempts FROM commitment WHERE id = ?1", [id], |row| row.get(0))
                .optional()?
                .unwrap_or(0);
            let pause = PAUSE_MAX.min(PAUSE_MIN * 2_u32.saturating_pow(attempts.min(16)));
            connection.execute(
                "UPDATE commitment SET attempts = attempts + 1, next_attempt_ms = ?2, last_problem = ?3 WHERE id = ?1",
                params![id, now() + span_ms(pause), problem],
            )?;
            Ok(pause)
        })
    }

    /// Why we cannot answer for an instance (Failure Reason); `None` when its file was read and is what was received.
    fn why_not_safe(&self, item: &Referenced) -> Result<Option<Status>, StoreError> {
        if !sop_class::is_storage(item.sop_class_uid.as_str()) {
            return Ok(Some(Status::CLASS_NOT_SUPPORTED));
        }
        let uid = item.sop_instance_uid.to_string();
        let Some((class, place, bytes, digest)) = self.read_index(|c| kept(c, &uid))? else {
            return Ok(Some(Status::NO_SUCH_INSTANCE));
        };
        if class.is_some_and(|class| class != item.sop_class_uid.as_str()) {
            return Ok(Some(Status::CLASS_INSTANCE_CONFLICT));
        }
        // A linked file is not in our keeping, whatever its digest.
        let is_safe = matches!(place, Place::Object(_))
            && fault_of(&self.inner.data_dir, &place, bytes, digest, true).is_none();
        Ok((!is_safe).then_some(Status::PROCESSING_FAILURE))
    }

    // ---- we ask others ----

    /// Remembers what is about to be asked, before it is asked: the report may be faster than the response.
    pub fn commitment_asked(
        &self,
        transaction: &Uid,
        ae_title: &AeTitle,
        items: &[Referenced],
    ) -> Result<(), StoreError> {
        let (transaction, ae_title) = (transaction.to_string(), ae_title.to_string());
        let items = items.to_vec();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT INTO commitment_asked (transaction_uid, ae_title, asked_ms) VALUES (?1, ?2, ?3)",
                params![transaction, ae_title, now()],
            )?;
            let mut insert = connection.prepare_cached(
                "INSERT OR IGNORE INTO commitment_asked_item (transaction_uid, sop_instance_uid, sop_class_uid)
                 VALUES (?1, ?2, ?3)",
            )?;
            for item in &items {
                let (instance, class) = (item.sop_instance_uid.as_str(), item.sop_class_uid.as_str());
                insert.execute(params![transaction, instance, class])?;
            }
            Ok(())
        })
    }

    /// Forgets a transaction that the peer refused.
    pub fn commitment_withdrawn(&self, transaction: &Uid) -> Result<(), StoreError> {
        let transaction = transaction.to_string();
        self.inner.station.write(move |connection| {
            connection.execute(
                "DELETE FROM commitment_asked WHERE transaction_uid = ?1",
                [transaction],
            )?;
            Ok(())
        })
    }

    /// Keeps a report about a transaction of ours; false when we never asked for it. Only the first counts.
    pub fn commitment_answered(
        &self,
        transaction: &Uid,
        committed: &[SopInstanceUid],
        failed: &[(SopInstanceUid, Status)],
    ) -> Result<bool, StoreError> {
        let transaction = transaction.to_string();
        let (committed, failed) = (committed.to_vec(), failed.to_vec());
        self.inner.station.write(move |connection| {
            let known: bool = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM commitment_asked WHERE transaction_uid = ?1)",
                [&transaction],
                |row| row.get(0),
            )?;
            let changed = connection.execute(
                "UPDATE commitment_asked SET answered_ms = ?2 WHERE transaction_uid = ?1 AND answered_ms IS NULL",
                params![transaction, now()],
            )?;
            if changed == 0 {
                return Ok(known);
            }
            let mut update = connection.prepare_cached(
                "UPDATE commitment_asked_item SET committed = ?3, failure = ?4
                 WHERE transaction_uid = ?1 AND sop_instance_uid = ?2",
            )?;
            for uid in &committed {
                update.execute(params![transaction, uid.as_str(), 1, None::<i64>])?;
            }
            // What is in both lists is not safe.
            for (uid, reason) in &failed {
                update.execute(params![transaction, uid.as_str(), 0, reason.0])?;
            }
            Ok(true)
        })
    }

    /// How a transaction of ours stands; `None` when we never asked for it.
    pub fn asked_commitment(
        &self,
        transaction: &Uid,
    ) -> Result<Option<AskedCommitment>, StoreError> {
        let transaction = transaction.to_string();
        self.read_station(|connection| {
            let answered: Option<bool> = connection
                .query_row(
                    "SELECT answered_ms IS NOT NULL FROM commitment_asked WHERE transaction_uid = ?1",
                    [&transaction],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(answered) = answered else {
                return Ok(None);
            };
            let mut statement = connection.prepare_cached(
                "SELECT sop_instance_uid, committed, failure FROM commitment_asked_item WHERE transaction_uid = ?1",
            )?;
            let rows = statement.query_map([&transaction], |row| {
                Ok((row.get::<_, String>(0)?, word(row.get(1)?, row.get(2)?)))
            })?;
            let mut items = Vec::new();
            for row in rows {
                let (uid, word) = row?;
                let uid = SopInstanceUid::parse(&uid).map_err(|_| invalid(&uid))?;
                items.push((uid, word));
            }
            Ok(Some(AskedCommitment { answered, items }))
        })
    }

    /// The newest word about an instance, from whomever it was asked.
    pub fn commitment_state(
        &self,
        instance: &SopInstanceUid,
    ) -> Result<Option<CommitmentState>, StoreError> {
        let instance = instance.to_string();
        self.read_station(|connection| {
            let state = connection
                .query_row(
                    "SELECT ae_title, asked_ms, committed, failure
                     FROM commitment_asked_item JOIN commitment_asked USING (transaction_uid)
                     WHERE sop_instance_uid = ?1 ORDER BY asked_ms DESC LIMIT 1",
                    [instance],
                    |row| {
                        Ok(CommitmentState {
                            ae_title: row.get(0)?,
                            asked_ms: row.get(1)?,
                            result: word(row.get(2)?, row.get(3)?),
                        })
                    },
                )
                .optional()?;
            Ok(state)
        })
    }
}

/// A request with its items, and whether its files were read already; `None` when it is gone or reported.
fn owed(connection: &Connection, id: i64) -> Result<Option<(OwedReport, bool)>, StoreError> {
    type Head = (String, String, String, u32, bool);
    let head: Option<Head> = connection
        .query_row(
            "SELECT transaction_uid, ae_title, host, attempts, examined_ms IS NOT NULL
             FROM commitment WHERE id = ?1 AND reported_ms IS NULL",
            [id],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            },
        )
        .optional()?;
    let Some((transaction, title, host, attempts, examined)) = head else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "SELECT sop_class_uid, sop_instance_uid, failure FROM commitment_item
         WHERE commitment = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map([id], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, Option<i64>>(2)?,
        ))
    })?;
    let mut items = Vec::new();
    for row in rows {
        let (class, instance, failure) = row?;
        let item = Referenced {
            sop_class_uid: SopClassUid::parse(&class).map_err(|_| invalid(&class))?,
            sop_instance_uid: SopInstanceUid::parse(&instance).map_err(|_| invalid(&instance))?,
        };
        items.push((item, status(failure)));
    }
    let report = OwedReport {
        id,
        transaction_uid: Uid::parse(&transaction).map_err(|_| invalid(&transaction))?,
        ae_title: AeTitle::try_from(title.as_str()).map_err(|_| invalid(&title))?,
        host,
        attempts,
        items,
    };
    Ok(Some((report, examined)))
}

type Kept = (Option<String>, Place, u64, Option<[u8; 32]>);

/// Where an instance is kept: in the index, or put aside because its patient disagrees (its sender was told that it is kept).
fn kept(connection: &Connection, uid: &str) -> Result<Option<Kept>, StoreError> {
    let indexed = connection
        .query_row(
            "SELECT sop_class_uid, bytes, digest, folder, file, link, link_path, link_modified_ns
             FROM instance WHERE sop_instance_uid = ?1",
            [uid],
            |row| {
                Ok((
                    row.get(0)?,
                    Place::from_row(row, 3)?,
                    row.get(1)?,
                    row.get(2)?,
                ))
            },
        )
        .optional()?;
    if indexed.is_some() {
        return Ok(indexed);
    }
    let aside = connection
        .query_row(
            "SELECT bytes, digest, folder, file, link, link_path, link_modified_ns
             FROM conflict WHERE sop_instance_uid = ?1 AND kind = 2 LIMIT 1",
            [uid],
            |row| Ok((None, Place::from_row(row, 2)?, row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(aside)
}
