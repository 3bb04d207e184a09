//! What an attempt asks the queue and what it notes there.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::rows::{SendNote, SendObjectRow, SendResult, object, read_job};
use super::{now_ms, recount};
use crate::store::{Store, StoreError};

/// An object during which the association ended so often is not tried again by itself: it may be the cause.
pub(super) const INTERRUPTIONS_MAX: u32 = 5;
/// Commitment that was asked for in vain so often is not asked for again by itself.
pub(super) const COMMITMENTS_MAX: u32 = 5;
/// First pause after an attempt that got nowhere; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_secs(5);
/// Longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(1800);

impl Store {
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

pub(super) fn pause_ms(attempts: u32) -> i64 {
    let doubled = PAUSE_MIN.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    i64::try_from(doubled.min(PAUSE_MAX).as_millis()).unwrap_or(i64::MAX)
}
