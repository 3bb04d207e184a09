//! What is to be sent, object by object. A job outlives the program; an object is done only after the peer's answer to it is
//! noted here, so what was under way when the program ended is sent once more (C-STORE of the same object changes nothing).

mod attempts;
mod rows;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, params};

pub use rows::{SendCounts, SendJobRow, SendNote, SendObjectRow, SendResult, SendState};

use super::audit;
use super::{Store, StoreError};
use crate::dicom::query::Level;
use crate::dicom::tags;
use rows::{JOBS, job, object, read_job};

/// Jobs that are kept in the list; older ones that ended well are forgotten.
const JOBS_MAX: i64 = 200;

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
        self.read_station(|connection| read_job(connection, id))
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

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
