//! The life of jobs in the queue of sending.

use super::attempts::{COMMITMENTS_MAX, INTERRUPTIONS_MAX, pause_ms};
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
