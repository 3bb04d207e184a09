//! The engine's side of the send queue: which jobs send, which come next, what is noted about each object, what the shell is told.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use super::activities::Activities;
use super::event_loop::EventLoop;
use super::job::failed;
use super::lookup::Question;
use super::{Event, Job, JobId, Outcome, PeerAddress, SendSource};
use crate::dicom::status::Service;
use crate::dicom::{SopInstanceUid, Status};
use crate::node::{Again, CommitmentAnswers, StepFailure, StoreOutcome, StoreResult};
use crate::store::{SendJobRow, SendNote, SendObjectRow, SendResult, SendState};

/// Ids of jobs that the queue starts: far from those that shells give and from those of the print queue.
const QUEUE_JOBS: u64 = 1 << 41;
/// Jobs that send at once, each to another peer.
const RUNNING_MAX: usize = 4;

/// What a person decides about a job of the send queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendDecision {
    /// It waits.
    Pause,
    /// It goes on, at once.
    Resume,
    /// Its failed objects are sent again, and nothing else; what waits for another attempt gets it at once.
    Retry,
    /// It goes before all others.
    First,
    /// It is taken out of the queue.
    Remove,
}

/// News of the send queue.
#[derive(Debug, Clone)]
pub enum SendNews {
    /// All jobs, newest first.
    Jobs(Arc<Vec<SendJobRow>>),
    /// The objects of a job, those that need attention first.
    Objects(i64, Arc<Vec<SendObjectRow>>),
}

/// What the node sends for a job of the queue.
#[derive(Debug, Default)]
pub(super) struct QueuedSend {
    /// The job's number.
    pub(super) job: i64,
    /// Its waiting objects by file.
    pub(super) files: HashMap<PathBuf, i64>,
    /// All whose commitment may be told.
    pub(super) instances: HashMap<SopInstanceUid, i64>,
}

/// Which jobs of the queue send, and what is still to be written down.
#[derive(Debug, Default)]
pub(super) struct SendDesk {
    running: BTreeMap<i64, Running>,
    notes: Vec<SendNote>,
    writing: bool,
}

#[derive(Debug)]
struct Running {
    peer: String,
    progressed: bool,
    problem: String,
}

impl SendDesk {
    /// Whether a job of the queue sends.
    pub(super) fn is_running(&self, job: i64) -> bool {
        self.running.contains_key(&job)
    }

    /// Whether another job may start; they are few, and one to each peer.
    fn start(&mut self, job: i64, peer: &str) -> bool {
        let taken = self.running.len() >= RUNNING_MAX
            || self.running.contains_key(&job)
            || self.running.values().any(|running| running.peer == peer);
        if !taken {
            let running = Running {
                peer: peer.to_owned(),
                progressed: false,
                problem: String::new(),
            };
            self.running.insert(job, running);
        }
        !taken
    }

    fn note(&mut self, note: SendNote) {
        if let Some(running) = self.running.get_mut(&note.job) {
            match note.result {
                SendResult::Final(..) | SendResult::Committed(true) => running.progressed = true,
                SendResult::Again { .. } => running.problem.clone_from(&note.words),
                SendResult::Committed(false) => {}
            }
        }
        self.notes.push(note);
    }

    /// Notes an object that the node dealt with, if it belongs to a job of the queue.
    pub(super) fn note_result(&mut self, jobs: &Activities, request: u64, object: &StoreResult) {
        let note = jobs.queued_send(request).and_then(|queued| {
            let position = *queued.files.get(&object.path)?;
            Some(note_of(queued.job, position, object))
        });
        if let Some(note) = note {
            self.note(note);
        }
    }

    /// What is to be written down, unless it is being done.
    pub(super) fn take_notes(&mut self) -> Option<Vec<SendNote>> {
        if self.writing || self.notes.is_empty() {
            return None;
        }
        self.writing = true;
        Some(std::mem::take(&mut self.notes))
    }

    /// Everything not yet written down, at the end of the program.
    pub(super) fn take_last_notes(&mut self) -> Vec<SendNote> {
        std::mem::take(&mut self.notes)
    }

    /// The notes are on disk.
    pub(super) fn written(&mut self) {
        self.writing = false;
    }

    fn ended(&mut self, id: JobId) -> Option<(i64, Running)> {
        let job = self
            .running
            .keys()
            .copied()
            .find(|job| job_id(*job) == id)?;
        self.running.remove_entry(&job)
    }
}

/// The id of the engine's job for a job of the send queue.
pub fn job_id(queued: i64) -> JobId {
    JobId(QUEUE_JOBS + queued.unsigned_abs())
}

/// Whether a job was started by the send queue.
pub fn is_queue_job(id: JobId) -> bool {
    (QUEUE_JOBS..2 * QUEUE_JOBS).contains(&id.0)
}

impl EventLoop {
    /// Starts what can start of the jobs that come next.
    pub(super) fn start_sends(&mut self, next: Vec<(i64, String)>) {
        if !self.options.server {
            return;
        }
        for (queued, peer) in next {
            if !self.sends.start(queued, &peer) {
                continue;
            }
            let id = job_id(queued);
            let job = Job::Send {
                peer: PeerAddress::Named(peer),
                what: SendSource::Queued(queued),
                calling: None,
                commit: false,
            };
            match self.jobs.enqueue(id, job) {
                Ok(report) => self.tell([Event::JobStarted(id, report)]),
                Err(failure) => self.finish(id, failed(failure)),
            }
        }
    }

    /// Notes an object that the node dealt with.
    pub(super) fn note_store_result(&mut self, request: u64, object: StoreResult) {
        self.sends.note_result(&self.jobs, request, &object);
        if let Some(progress) = self.jobs.note_result(request, object) {
            self.tell([Event::JobProgressed(JobId(request), progress)]);
        }
    }

    /// Notes what the peer said about storage commitment.
    pub(super) fn note_commitment(
        &mut self,
        request: u64,
        result: Result<CommitmentAnswers, StepFailure>,
    ) {
        if let Some(queued) = self.jobs.queued_send(request) {
            let job = queued.job;
            match &result {
                Ok(words) => {
                    let notes: Vec<_> = words
                        .iter()
                        .filter_map(|(uid, word)| {
                            let position = *queued.instances.get(uid)?;
                            Some(commitment_note(job, position, *word))
                        })
                        .collect();
                    notes.into_iter().for_each(|note| self.sends.note(note));
                }
                Err(failure) => {
                    if let Some(running) = self.sends.running.get_mut(&job) {
                        running.problem = failure.to_string();
                    }
                }
            }
        }
        self.jobs.note_commitment(request, result);
    }

    /// A job of the send queue ended an attempt: what was noted is written first.
    pub(super) fn end_send(&mut self, id: JobId, outcome: &Outcome) {
        let Some((job, running)) = self.sends.ended(id) else {
            return;
        };
        let notes = std::mem::take(&mut self.sends.notes);
        let problem = match &outcome.result {
            Err(failure) if running.problem.is_empty() => failure.message.clone(),
            _ => running.problem,
        };
        self.ask(Question::SendEnded {
            job,
            notes,
            problem,
            progressed: running.progressed,
        });
    }

    /// A decision about a job that sends ends the attempt under way.
    pub(super) fn interrupt_send(&mut self, job: i64, decision: SendDecision) {
        let ends = matches!(decision, SendDecision::Pause | SendDecision::Remove);
        if ends && self.sends.is_running(job) {
            self.cancel_job(job_id(job));
        }
    }
}

fn note_of(job: i64, position: i64, object: &StoreResult) -> SendNote {
    let result = match (object.outcome, object.again) {
        (StoreOutcome::Sent, _) => SendResult::Final(SendState::Sent, object.status),
        (StoreOutcome::Warning, _) => SendResult::Final(SendState::Warning, object.status),
        (StoreOutcome::Failed | StoreOutcome::Skipped, Again::Never) => {
            SendResult::Final(SendState::Failed, object.status)
        }
        (_, again) => SendResult::Again {
            interrupted: again == Again::Interrupted,
        },
    };
    SendNote {
        job,
        position,
        result,
        words: object.reason.clone(),
    }
}

/// The note of a word about commitment.
pub(super) fn commitment_note(
    job: i64,
    position: i64,
    word: Option<Result<(), Status>>,
) -> SendNote {
    let (result, words) = match word {
        Some(Ok(())) => (SendResult::Committed(true), String::new()),
        Some(Err(status)) => (
            SendResult::Committed(false),
            format!("not committed: {}", status.of(Service::Commitment)),
        ),
        None => (
            SendResult::Again { interrupted: false },
            "no commitment report in time".to_owned(),
        ),
    };
    SendNote {
        job,
        position,
        result,
        words,
    }
}
