//! What the lookup thread answers about the send queue.

use std::sync::Arc;

use super::reports::Answer;
use super::send_desk::{SendDecision, SendNews};
use super::{Command, Event, Failure};
use crate::store::{SendNote, Store};

/// Answers a command about the queue.
pub(super) fn answer(store: &Store, command: Command) -> Result<Answer, Failure> {
    match command {
        Command::QueueSend { peer, keys, commit } => {
            store.queue_send(&peer, &keys, commit)?;
        }
        Command::DecideSend(job, decision) => match decision {
            SendDecision::Pause => store.pause_send(job, true)?,
            SendDecision::Resume => store.pause_send(job, false)?,
            SendDecision::Retry => store.retry_send(job)?,
            SendDecision::First => store.send_first(job)?,
            SendDecision::Remove => store.remove_send(job)?,
        },
        Command::ListSendObjects(job) => {
            let objects = Arc::new(store.send_objects(job)?);
            return Ok(Answer {
                events: vec![Event::Send(SendNews::Objects(job, objects))],
                ..Answer::default()
            });
        }
        _ => {}
    }
    jobs(store)
}

/// Writes down what became of objects.
pub(super) fn note(store: &Store, notes: Vec<SendNote>) -> Result<Answer, Failure> {
    store.note_sent(notes)?;
    Ok(Answer {
        notes_written: true,
        ..jobs(store)?
    })
}

/// Writes down how an attempt ended.
pub(super) fn ended(
    store: &Store,
    job: i64,
    notes: Vec<SendNote>,
    (problem, progressed): (&str, bool),
) -> Result<Answer, Failure> {
    store.note_sent(notes)?;
    store.end_send_attempt(job, problem, progressed)?;
    jobs(store)
}

fn jobs(store: &Store) -> Result<Answer, Failure> {
    Ok(Answer {
        events: vec![Event::Send(SendNews::Jobs(Arc::new(store.send_jobs()?)))],
        next_sends: store.next_send_jobs()?,
        ..Answer::default()
    })
}
