//! What is to be sent, object by object. A job outlives the program; an object is done only after the peer's answer to it is
//! noted here, so what was under way when the program ended is sent once more (C-STORE of the same object changes nothing).

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit;
use super::{Store, StoreError};
use crate::dicom::query::Level;
use crate::dicom::tags;

/// Jobs that are kept in the list; older ones that ended well are forgotten.
const JOBS_MAX: i64 = 200;
/// An object during which the association ended so often is not tried again by itself: it may be the cause.
const INTERRUPTIONS_MAX: u32 = 5;
/// Commitment that was asked for in vain so often is not asked for again by itself.
const COMMITMENTS_MAX: u32 = 5;
/// First pause after an attempt that got nowhere; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_secs(5);
/// Longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(1800);

/// How one object of a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendState {
    /// No answer yet.
    Waiting,
    /// The peer has it.
    Sent,
    /// The peer has it and remarked something.
    Warning,
    /// The peer refused it, or it cannot be sent.
    Failed,
}

impl SendState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Warning, Self::Failed];

    /// As it lies in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// One object of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendObjectRow {
    /// From 0.
    pub position: i64,
    /// Its class.
    pub sop_class_uid: String,
    /// Its instance.
    pub sop_instance_uid: String,
    /// How it stands.
    pub state: SendState,
    /// The peer's DIMSE status.
    pub status: Option<u16>,
    /// The answer, or why it waits, in words.
    pub words: String,
    /// The peer's word about storage commitment.
    pub committed: Option<bool>,
}

/// How many objects of a job stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SendCounts {
    /// Without an answer.
    pub waiting: u64,
    /// With the peer.
    pub sent: u64,
    /// With the peer, with a remark.
    pub warning: u64,
    /// Refused, or not to be sent.
    pub failed: u64,
    /// With the peer, whose word about commitment is awaited.
    pub owed: u64,
    /// With the peer, which does not answer for them.
    pub uncommitted: u64,
}

impl SendCounts {
    /// All objects.
    pub fn total(&self) -> u64 {
        self.waiting + self.sent + self.warning + self.failed
    }
}

/// A job of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendJobRow {
    /// Its number.
    pub id: i64,
    /// When it was ordered, in milliseconds since 1970.
    pub created_ms: i64,
    /// Name of the peer.
    pub peer: String,
    /// Whether storage commitment is asked for.
    pub committing: bool,
    /// Higher goes first.
    pub priority: i64,
    /// Waits until a person lets it go on.
    pub paused: bool,
    /// Attempts without any progress.
    pub attempts: u32,
    /// When it is tried next.
    pub next_attempt_ms: i64,
    /// When every object had its answer.
    pub ended_ms: Option<i64>,
    /// Why it waits, in words.
    pub words: String,
    /// How its objects stand.
    pub counts: SendCounts,
}

impl SendJobRow {
    /// Whether it ended without doing all that was asked.
    pub fn has_failed(&self) -> bool {
        self.counts.failed + self.counts.uncommitted > 0
    }
}

/// What became of one object in an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// The last word: the peer answered, or the object cannot be sent.
    Final(SendState, Option<u16>),
    /// No answer, or one that asks for another attempt.
    Again {
        /// Whether the association ended while it was sent.
        interrupted: bool,
    },
    /// The peer's word about storage commitment.
    Committed(bool),
}

/// Something to note about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendNote {
    /// Of which job.
    pub job: i64,
    /// Which object.
    pub position: i64,
    /// What became of it.
    pub result: SendResult,
    /// In words; empty for plain success.
    pub words: String,
}

impl Store {
    /// Puts what matches the keys into the queue; audited. Its number.
    pub fn queue_send(
        &self,
        peer: &str,
        keys: &[(String, String)],
        committing: bool,
    ) -> Result<i64, StoreError> {
        let rows = self.query(Level::Image, keys, u64::MAX)?;
        let objects: Vec<(String, String)> = rows
            .iter()
            .map(|row| {
                let class = row.text(tags::SOP_CLASS_UID).to_owned();
                (class, row.text(tags::SOP_INSTANCE_UID).to_owned())
            })
            .collect();
        if objects.is_empty() {
            return Err(StoreError::Input("send: nothing matches".to_owned()));
        }
        let peer = peer.to_owned();
        let now = now_ms();
        self.inner.station.write(move |connection| {
            connection.execute(
                "INSERT INTO send_job (created_ms, peer, committing, next_attempt_ms) VALUES (?1, ?2, ?3, ?1)",
                params![now, peer, committing],
            )?;
            let id = connection.last_insert_rowid();
            let mut insert = connection.prepare_cached(
                "INSERT INTO send_object (job, position, sop_class_uid, sop_instance_uid) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for (position, (class, instance)) in (0_i64..).zip(&objects) {
                insert.execute(params![id, position, class, instance])?;
            }
            recount(connection, id)?;
            forget_old(connection)?;
            let details = format!("job {id}: {} objects to {peer}", objects.len());
            audit::write(connection, "send", &details)?;
            Ok(id)
        })
    }

    /// All jobs, newest first.
    pub fn send_jobs(&self) -> Result<Vec<SendJobRow>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(&format!("{JOBS} ORDER BY id DESC"))?;
            let rows = statement.query_map([], job)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One job.
    pub fn send_job(&self, id: i64) -> Result<Option<SendJobRow>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(&format!("{JOBS} WHERE id = ?1"))?;
            Ok(statement.query_row([id], job).optional()?)
        })
    }

    /// The objects of a job: those that need attention first.
    pub fn send_objects(&self, job: i64) -> Result<Vec<SendObjectRow>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT position, sop_class_uid, sop_instance_uid, state, status, words, committed
                 FROM send_object WHERE job = ?1
                 ORDER BY state = 'failed' DESC, committed IS NOT 0, state = 'warning' DESC,
                          state = 'waiting' DESC, position",
            )?;
            let rows = statement.query_map([job], object)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What an attempt has to do: objects without an answer, those during which the association ended last; then objects
    /// whose commitment is awaited.
    pub fn send_work(
        &self,
        job: i64,
    ) -> Result<(Vec<SendObjectRow>, Vec<SendObjectRow>), StoreError> {
        let of = |condition: &str| {
            self.read_station(|connection| {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT position, sop_class_uid, sop_instance_uid, state, status, words, committed
                     FROM send_object WHERE job = ?1 AND {condition} ORDER BY interruptions, position"
                ))?;
                let rows = statement.query_map([job], object)?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            })
        };
        let waiting = of("state = 'waiting'")?;
        let owed = of("state IN ('sent', 'warning') AND committed IS NULL
                       AND (SELECT committing FROM send_job WHERE id = job)")?;
        Ok((waiting, owed))
    }

    /// Jobs that can start by now with their peers, in the order of their turn.
    pub fn next_send_jobs(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.read_station(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, peer FROM send_job
                 WHERE ended_ms IS NULL AND paused = 0 AND next_attempt_ms <= ?1
                 ORDER BY priority DESC, id",
            )?;
            let rows = statement.query_map([now_ms()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes what became of objects. It is on disk when this returns.
    pub fn note_sent(&self, notes: Vec<SendNote>) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        self.inner.station.write(move |connection| {
            let mut jobs = Vec::new();
            for note in &notes {
                note_one(connection, note)?;
                if !jobs.contains(&note.job) {
                    jobs.push(note.job);
                }
            }
            jobs.into_iter()
                .try_for_each(|job| recount(connection, job))
        })
    }

    /// An attempt is over. Unless all is answered, the next one follows after a pause, which grows while nothing is achieved.
    pub fn end_send_attempt(
        &self,
        job: i64,
        problem: &str,
        progressed: bool,
    ) -> Result<(), StoreError> {
        let problem = problem.to_owned();
        self.inner.station.write(move |connection| {
            let Some(row) = read_job(connection, job)? else {
                return Ok(());
            };
            if row.ended_ms.is_some() {
                connection.execute("UPDATE send_job SET words = '' WHERE id = ?1", [job])?;
                return Ok(());
            }
            let attempts = if progressed { 1 } else { row.attempts + 1 };
            if row.counts.waiting == 0 && attempts >= COMMITMENTS_MAX {
                connection.execute(
                    "UPDATE send_object SET committed = 0, words = ?2
                     WHERE job = ?1 AND state IN ('sent', 'warning') AND committed IS NULL",
                    params![job, problem],
                )?;
                recount(connection, job)?;
            }
            connection.execute(
                "UPDATE send_job SET attempts = ?2, next_attempt_ms = ?3, words = ?4 WHERE id = ?1",
                params![job, attempts, now_ms() + pause_ms(attempts), problem],
            )?;
            Ok(())
        })
    }

    /// Lets a job wait, or go on at once.
    pub fn pause_send(&self, job: i64, paused: bool) -> Result<(), StoreError> {
        self.change_send(
            job,
            if paused { "paused" } else { "goes on" },
            "UPDATE send_job SET paused = ?2, next_attempt_ms = ?3, words = '' WHERE id = ?1",
            move |statement| statement.execute(params![job, paused, now_ms()]),
        )
    }

    /// Sends the failed objects of a job again, and asks again for the commitment that was refused; nothing else. What waits for
    /// another attempt gets it at once.
    pub fn retry_send(&self, job: i64) -> Result<(), StoreError> {
        self.inner.station.write(move |connection| {
            connection.execute(
                "UPDATE send_object SET state = 'waiting', interruptions = 0, status = NULL, words = ''
                 WHERE job = ?1 AND state = 'failed'",
                [job],
            )?;
            connection.execute(
                "UPDATE send_object SET committed = NULL, words = '' WHERE job = ?1 AND committed = 0",
                [job],
            )?;
            connection.execute(
                "UPDATE send_job SET paused = 0, attempts = 0, next_attempt_ms = ?2, words = '' WHERE id = ?1",
                params![job, now_ms()],
            )?;
            recount(connection, job)?;
            audit::write(connection, "send", &format!("job {job}: tried again"))
        })
    }

    /// Lets a job go before all others.
    pub fn send_first(&self, job: i64) -> Result<(), StoreError> {
        self.change_send(
            job,
            "goes first",
            "UPDATE send_job SET priority = (SELECT max(priority) + 1 FROM send_job) WHERE id = ?1",
            move |statement| statement.execute([job]),
        )
    }

    /// Takes a job out of the queue.
    pub fn remove_send(&self, job: i64) -> Result<(), StoreError> {
        self.change_send(
            job,
            "removed",
            "DELETE FROM send_job WHERE id = ?1",
            move |statement| statement.execute([job]),
        )
    }

    /// Changes a job in one statement; audited when there is such a job.
    fn change_send(
        &self,
        job: i64,
        words: &'static str,
        sql: &'static str,
        change: impl Fn(&mut rusqlite::CachedStatement<'_>) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.inner.station.write(move |connection| {
            let changed = change(&mut connection.prepare_cached(sql)?)?;
            if changed > 0 {
                audit::write(connection, "send", &format!("job {job}: {words}"))?;
            }
            Ok(())
        })
    }
}

const JOBS: &str = "SELECT id, created_ms, peer, committing, priority, paused, attempts, next_attempt_ms, ended_ms, words,
     waiting, sent, warning, failed, owed, uncommitted FROM send_job";

fn job(row: &Row<'_>) -> rusqlite::Result<SendJobRow> {
    Ok(SendJobRow {
        id: row.get(0)?,
        created_ms: row.get(1)?,
        peer: row.get(2)?,
        committing: row.get(3)?,
        priority: row.get(4)?,
        paused: row.get(5)?,
        attempts: row.get(6)?,
        next_attempt_ms: row.get(7)?,
        ended_ms: row.get(8)?,
        words: row.get(9)?,
        counts: SendCounts {
            waiting: row.get(10)?,
            sent: row.get(11)?,
            warning: row.get(12)?,
            failed: row.get(13)?,
            owed: row.get(14)?,
            uncommitted: row.get(15)?,
        },
    })
}

fn object(row: &Row<'_>) -> rusqlite::Result<SendObjectRow> {
    let word: String = row.get(3)?;
    let state = SendState::ALL.into_iter().find(|s| s.word() == word);
    Ok(SendObjectRow {
        position: row.get(0)?,
        sop_class_uid: row.get(1)?,
        sop_instance_uid: row.get(2)?,
        // A word that a later program may have written is no success.
        state: state.unwrap_or(SendState::Waiting),
        status: row.get(4)?,
        words: row.get(5)?,
        committed: row.get(6)?,
    })
}

fn read_job(connection: &Connection, id: i64) -> Result<Option<SendJobRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{JOBS} WHERE id = ?1"))?;
    Ok(statement.query_row([id], job).optional()?)
}

fn note_one(connection: &Connection, note: &SendNote) -> Result<(), StoreError> {
    let (job, position, words) = (note.job, note.position, &note.words);
    match note.result {
        SendResult::Final(state, status) => connection
            .prepare_cached(
                "UPDATE send_object SET state = ?3, status = ?4, words = ?5 WHERE job = ?1 AND position = ?2",
            )?
            .execute(params![job, position, state.word(), status, words])?,
        SendResult::Again { interrupted } => connection
            .prepare_cached(
                "UPDATE send_object SET words = ?4, interruptions = interruptions + ?3,
                     state = CASE WHEN interruptions + ?3 >= ?5 THEN 'failed' ELSE 'waiting' END
                 WHERE job = ?1 AND position = ?2 AND state = 'waiting'",
            )?
            .execute(params![job, position, interrupted, words, INTERRUPTIONS_MAX])?,
        SendResult::Committed(committed) => connection
            .prepare_cached(
                "UPDATE send_object SET committed = ?3, words = CASE WHEN ?3 THEN words ELSE ?4 END
                 WHERE job = ?1 AND position = ?2 AND state IN ('sent', 'warning')",
            )?
            .execute(params![job, position, committed, words])?,
    };
    Ok(())
}

/// Counts the objects of a job anew, and ends it when every one has all its answers.
fn recount(connection: &Connection, job: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE send_job SET (waiting, sent, warning, failed, owed, uncommitted) = (
                 SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'sent'),
                        count(*) FILTER (WHERE state = 'warning'), count(*) FILTER (WHERE state = 'failed'),
                        count(*) FILTER (WHERE committing AND state IN ('sent', 'warning') AND committed IS NULL),
                        count(*) FILTER (WHERE state IN ('sent', 'warning') AND committed = 0)
                 FROM send_object WHERE job = ?1)
             WHERE id = ?1",
        )?
        .execute([job])?;
    connection
        .prepare_cached(
            "UPDATE send_job SET ended_ms = CASE WHEN waiting + owed > 0 THEN NULL ELSE coalesce(ended_ms, ?2) END
             WHERE id = ?1",
        )?
        .execute(params![job, now_ms()])?;
    Ok(())
}

/// Forgets the oldest jobs that ended well.
fn forget_old(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM send_job WHERE id <= (SELECT max(id) FROM send_job) - ?1
         AND ended_ms IS NOT NULL AND failed = 0 AND uncommitted = 0",
        [JOBS_MAX],
    )?;
    Ok(())
}

fn pause_ms(attempts: u32) -> i64 {
    let doubled = PAUSE_MIN.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    i64::try_from(doubled.min(PAUSE_MAX).as_millis()).unwrap_or(i64::MAX)
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store with a job of so many objects that are nowhere else.
    fn queued(objects: i64, committing: bool) -> (tempfile::TempDir, Store, i64) {
        let directory = tempfile::tempdir().expect("a folder");
        let store = Store::open(directory.path()).expect("a store");
        let written = store.inner.station.write(move |connection| {
            connection.execute(
                "INSERT INTO send_job (created_ms, peer, committing, next_attempt_ms) VALUES (0, 'ARCHIVE', ?1, 0)",
                [committing],
            )?;
            let id = connection.last_insert_rowid();
            for position in 0..objects {
                connection.execute(
                    "INSERT INTO send_object (job, position, sop_class_uid, sop_instance_uid) VALUES (?1, ?2, '1.2', ?3)",
                    params![id, position, format!("1.2.{position}")],
                )?;
            }
            recount(connection, id)?;
            Ok(id)
        });
        (directory, store, written.expect("written"))
    }

    fn note(job: i64, position: i64, result: SendResult) -> SendNote {
        let words = String::new();
        SendNote {
            job,
            position,
            result,
            words,
        }
    }

    fn row(store: &Store, job: i64) -> SendJobRow {
        store.send_job(job).expect("a question").expect("the job")
    }

    const SENT: SendResult = SendResult::Final(SendState::Sent, Some(0));
    const LOST: SendResult = SendResult::Again { interrupted: true };

    #[test]
    fn a_job_ends_when_every_object_has_its_answer_and_only_then() {
        let (_directory, store, job) = queued(2, false);
        assert_eq!(store.next_send_jobs().expect("jobs").len(), 1);
        store.note_sent(vec![note(job, 0, SENT)]).expect("noted");
        let half = row(&store, job);
        assert_eq!((half.counts.sent, half.counts.waiting), (1, 1));
        assert!(half.ended_ms.is_none());
        let refused = SendResult::Final(SendState::Failed, Some(0xC000));
        store.note_sent(vec![note(job, 1, refused)]).expect("noted");
        let ended = row(&store, job);
        assert!(ended.ended_ms.is_some() && ended.has_failed());
        assert!(store.next_send_jobs().expect("jobs").is_empty());
        store.retry_send(job).expect("again");
        let (waiting, _) = store.send_work(job).expect("work");
        assert_eq!(waiting.len(), 1, "only the failed one");
        assert_eq!(waiting[0].position, 1);
    }

    #[test]
    fn an_object_that_breaks_associations_goes_last_and_then_fails() {
        let (_directory, store, job) = queued(2, false);
        for attempt in 0..INTERRUPTIONS_MAX {
            assert_eq!(row(&store, job).counts.failed, 0, "attempt {attempt}");
            store.note_sent(vec![note(job, 0, LOST)]).expect("noted");
            let (waiting, _) = store.send_work(job).expect("work");
            assert_eq!(waiting[0].position, 1, "the other one goes first");
        }
        assert_eq!(row(&store, job).counts.failed, 1);
        // A late word about what is answered already changes nothing.
        store.note_sent(vec![note(job, 1, SENT)]).expect("noted");
        store.note_sent(vec![note(job, 1, LOST)]).expect("noted");
        assert_eq!(row(&store, job).counts.sent, 1);
    }

    #[test]
    fn attempts_that_get_nowhere_are_farther_and_farther_apart() {
        let (_directory, store, job) = queued(1, false);
        let mut last = 0;
        for _ in 0..3 {
            store
                .end_send_attempt(job, "connect: refused", false)
                .expect("noted");
            let left = row(&store, job).next_attempt_ms - now_ms();
            assert!(left > last, "{left} after {last}");
            last = left;
        }
        assert!(store.next_send_jobs().expect("jobs").is_empty());
        assert_eq!(row(&store, job).words, "connect: refused");
        assert_eq!(pause_ms(40), 1_800_000);
        store.pause_send(job, false).expect("at once");
        assert_eq!(store.next_send_jobs().expect("jobs").len(), 1);
    }

    #[test]
    fn a_job_with_commitment_ends_with_the_word_about_every_object() {
        let (_directory, store, job) = queued(2, true);
        store
            .note_sent(vec![note(job, 0, SENT), note(job, 1, SENT)])
            .expect("noted");
        assert!(row(&store, job).ended_ms.is_none());
        assert_eq!(store.send_work(job).expect("work").1.len(), 2);
        store
            .note_sent(vec![note(job, 0, SendResult::Committed(true))])
            .expect("noted");
        for _ in 0..COMMITMENTS_MAX {
            store
                .end_send_attempt(job, "no report in time", false)
                .expect("noted");
        }
        let ended = row(&store, job);
        assert_eq!((ended.counts.owed, ended.counts.uncommitted), (0, 1));
        assert!(ended.ended_ms.is_some() && ended.has_failed());
    }

    #[test]
    fn priority_pause_and_removal() {
        let (_directory, store, first) = queued(1, false);
        let second = store.inner.station.write(|connection| {
            connection.execute(
                "INSERT INTO send_job (created_ms, peer, committing, next_attempt_ms, waiting) VALUES (0, 'B', 0, 0, 1)",
                [],
            )?;
            Ok(connection.last_insert_rowid())
        });
        let second = second.expect("written");
        let order = || -> Vec<i64> {
            let jobs = store.next_send_jobs().expect("jobs");
            jobs.into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(order(), [first, second]);
        store.send_first(second).expect("first");
        assert_eq!(order(), [second, first]);
        store.pause_send(second, true).expect("paused");
        assert_eq!(order(), [first]);
        store.remove_send(first).expect("removed");
        assert!(order().is_empty());
        assert!(store.send_objects(first).expect("objects").is_empty());
    }
}
