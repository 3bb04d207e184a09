//! The jobs: which run, which wait for a thread, which the node goes on with.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use super::job::{Cancellation, JobContext, JobEnd, failed};
use super::jobs;
use super::reports::Report;
use super::send_desk::QueuedSend;
use super::{Failure, FailureKind, Job, JobId, JobReport, Progress};
use crate::node::{CommitmentAnswers, PrintOrder, StepFailure, StoreResult, Target};

/// Jobs that run at once; more wait.
const RUNNING_MAX: usize = 4;
/// Jobs that may wait; more are refused.
const WAITING_MAX: usize = 256;

/// What the node does for a job.
#[derive(Debug, Default)]
pub(super) struct AtNode {
    /// Objects dealt with so far.
    pub(super) results: Vec<StoreResult>,
    /// How many there are.
    pub(super) total: u64,
    /// What is printed, and as whom.
    pub(super) print: Option<(Arc<PrintOrder>, String)>,
    /// Pages dealt with so far.
    pub(super) pages_done: u64,
    /// Who is asked, in words.
    pub(super) subject: String,
    /// What the peer said about storage commitment, if it was asked.
    pub(super) committed: Option<Result<CommitmentAnswers, StepFailure>>,
    /// What is done, in one word, where jobs of one kind have several.
    pub(super) verb: &'static str,
    /// Matches so far.
    pub(super) found: u64,
    /// The job of the send queue.
    pub(super) queued: Option<QueuedSend>,
}

impl AtNode {
    /// What begins at a peer, with so many things to deal with.
    pub(super) fn of(target: &Target, total: u64) -> Self {
        Self {
            total,
            subject: target.ae_title.to_string(),
            ..Self::default()
        }
    }
}

#[derive(Debug)]
struct Running {
    cancellation: Cancellation,
    thread: Option<JoinHandle<()>>,
    at_node: Option<AtNode>,
}

/// All jobs that have not ended.
#[derive(Debug, Default)]
pub(super) struct Activities {
    running: HashMap<JobId, Running>,
    waiting: VecDeque<(JobId, Job)>,
}

impl Activities {
    /// Takes a job; it starts when a thread is free.
    pub(super) fn enqueue(&mut self, id: JobId, job: Job) -> Result<JobReport, Failure> {
        if self.is_known(id) {
            let message = format!("job {} is running already", id.0);
            return Err(Failure::new(FailureKind::Bug, message));
        }
        if self.waiting.len() >= WAITING_MAX {
            let message = format!("{WAITING_MAX} jobs are waiting already");
            return Err(Failure::new(FailureKind::Input, message));
        }
        let report = jobs::describe(&job);
        self.waiting.push_back((id, job));
        Ok(report)
    }

    /// Whether a job waits or runs.
    pub(super) fn is_known(&self, id: JobId) -> bool {
        self.running.contains_key(&id) || self.waiting.iter().any(|(w, _)| *w == id)
    }

    /// The next job to start, if a thread is free.
    pub(super) fn next_to_start(&mut self) -> Option<(JobId, Job)> {
        let busy = self.running.values().filter(|r| r.thread.is_some()).count();
        if busy < RUNNING_MAX {
            self.waiting.pop_front()
        } else {
            None
        }
    }

    /// Starts a job on a thread of its own. A panic becomes a `Bug` of the job.
    pub(super) fn start(&mut self, job: Job, context: JobContext) -> Result<(), Failure> {
        let id = context.job;
        let cancellation = context.cancellation.clone();
        let thread = std::thread::Builder::new()
            .name(format!("job-{}", id.0))
            .spawn(move || {
                let end = catch_unwind(AssertUnwindSafe(|| jobs::run(job, &context)))
                    .unwrap_or_else(|_| {
                        let message = "the job failed in this program (a bug)";
                        JobEnd::Finished(failed(Failure::new(FailureKind::Bug, message)))
                    });
                // When the engine is gone nobody wants to know.
                let _ = context.reports.send(Report::JobEnded(id, Box::new(end)));
            })
            .map_err(|error| {
                Failure::new(FailureKind::Environment, format!("no thread: {error}"))
            })?;
        let running = Running {
            cancellation,
            thread: Some(thread),
            at_node: None,
        };
        self.running.insert(id, running);
        Ok(())
    }

    /// The job's thread has ended; it is joined, and gone unless the node goes on.
    pub(super) fn thread_ended(&mut self, id: JobId) -> Option<Cancellation> {
        let mut running = self.running.remove(&id)?;
        if let Some(thread) = running.thread.take() {
            // Panics were caught inside; the thread is past its last statement.
            let _ = thread.join();
        }
        Some(running.cancellation)
    }

    /// The node goes on with the job.
    pub(super) fn hand_to_node(&mut self, id: JobId, cancellation: Cancellation, at_node: AtNode) {
        let running = Running {
            cancellation,
            thread: None,
            at_node: Some(at_node),
        };
        self.running.insert(id, running);
    }

    /// Notes one object that the node dealt with; the job's progress.
    pub(super) fn note_result(&mut self, request: u64, result: StoreResult) -> Option<Progress> {
        let at_node = self.running.get_mut(&JobId(request))?.at_node.as_mut()?;
        at_node.results.push(result);
        Some(jobs::send::progress(at_node))
    }

    /// The job of the send queue that the node is at.
    pub(super) fn queued_send(&self, request: u64) -> Option<&QueuedSend> {
        let at_node = self.running.get(&JobId(request))?.at_node.as_ref()?;
        at_node.queued.as_ref()
    }

    /// Notes what the peer said about storage commitment.
    pub(super) fn note_commitment(
        &mut self,
        request: u64,
        result: Result<CommitmentAnswers, StepFailure>,
    ) {
        let running = self.running.get_mut(&JobId(request));
        if let Some(at_node) = running.and_then(|running| running.at_node.as_mut()) {
            at_node.committed = Some(result);
        }
    }

    /// Notes one page that the node dealt with; the job's progress.
    pub(super) fn note_page(&mut self, request: u64) -> Option<Progress> {
        let at_node = self.running.get_mut(&JobId(request))?.at_node.as_mut()?;
        at_node.pages_done += 1;
        Some(Progress {
            done: at_node.pages_done.min(at_node.total),
            total: at_node.total,
            failed: 0,
        })
    }

    /// Notes matches of a query; the job's progress.
    pub(super) fn note_matches(&mut self, request: u64, count: usize) -> Option<Progress> {
        let at_node = self.running.get_mut(&JobId(request))?.at_node.as_mut()?;
        at_node.found += count as u64;
        Some(Progress {
            done: at_node.found,
            total: 0,
            failed: 0,
        })
    }

    /// The node has ended the job.
    pub(super) fn node_ended(&mut self, request: u64) -> Option<AtNode> {
        self.running.remove(&JobId(request))?.at_node
    }

    /// Cancels a job. A waiting one is gone at once: true. A running one ends by itself, or the node is asked to end it.
    pub(super) fn cancel(&mut self, id: JobId) -> Cancelled {
        if let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == id) {
            self.waiting.remove(place);
            return Cancelled::Gone;
        }
        match self.running.get(&id) {
            Some(running) => {
                running.cancellation.cancel();
                if running.at_node.is_some() {
                    Cancelled::AtNode
                } else {
                    Cancelled::Soon
                }
            }
            None => Cancelled::Soon,
        }
    }

    /// Cancels everything; what waits never starts. Returns the ids that the node is at.
    pub(super) fn cancel_all(&mut self) -> Vec<JobId> {
        self.waiting.clear();
        let mut at_node = Vec::new();
        for (id, running) in &self.running {
            running.cancellation.cancel();
            if running.at_node.is_some() {
                at_node.push(*id);
            }
        }
        at_node
    }

    /// Whether no job runs.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }
}

/// What cancelling did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancelled {
    /// It had not started and never will.
    Gone,
    /// Its thread will see it.
    Soon,
    /// The node must be told.
    AtNode,
}
