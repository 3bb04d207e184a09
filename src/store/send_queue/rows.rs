//! What the queue of sending says about its jobs and objects, and how that is read from the database.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::store::StoreError;

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

/// Jobs in full; a condition or an order follows.
pub(super) const JOBS: &str = "SELECT id, created_ms, peer, committing, priority, paused, attempts, next_attempt_ms, ended_ms, words,
     waiting, sent, warning, failed, owed, uncommitted FROM send_job";

pub(super) fn job(row: &Row<'_>) -> rusqlite::Result<SendJobRow> {
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

pub(super) fn object(row: &Row<'_>) -> rusqlite::Result<SendObjectRow> {
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

pub(super) fn read_job(connection: &Connection, id: i64) -> Result<Option<SendJobRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{JOBS} WHERE id = ?1"))?;
    Ok(statement.query_row([id], job).optional()?)
}
