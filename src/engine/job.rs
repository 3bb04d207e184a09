//! What a long operation gets and gives: a token to look at between items, progress on the way, an outcome at the end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::activities::AtNode;
use super::reports::Report;
use super::{Failure, FailureKind, JobId, Outcome, Progress, station};
use crate::dicom::AeTitle;
use crate::node::NodeRequest;
use crate::store::Store;

/// Least time between two progress reports of one job.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);
/// Findings told in words per job.
pub(super) const DETAILS_MAX: usize = 1000;

/// Tells a worker that nobody wants its result any more.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Asks the worker to end.
    pub(super) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub(super) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a job's thread ends.
#[derive(Debug)]
pub(super) enum JobEnd {
    /// The job is over.
    Finished(Outcome),
    /// The node goes on with it: what it is asked, and what is known of the job meanwhile.
    AtNode(Box<(NodeRequest, AtNode)>),
}

impl JobEnd {
    /// The node goes on with the job.
    pub(super) fn at_node(request: NodeRequest, at_node: AtNode) -> Self {
        Self::AtNode(Box::new((request, at_node)))
    }
}

/// What a job works with.
#[derive(Debug)]
pub(super) struct JobContext {
    pub(super) job: JobId,
    pub(super) store: Store,
    pub(super) data_dir: PathBuf,
    /// Our title while our own node listens.
    listening_title: Option<AeTitle>,
    pub(super) cancellation: Cancellation,
    pub(super) reports: Sender<Report>,
    last_report: Mutex<Option<Instant>>,
}

impl JobContext {
    /// What the job `job` works with.
    pub(super) fn new(
        job: JobId,
        store: Store,
        data_dir: PathBuf,
        listening_title: Option<AeTitle>,
        cancellation: Cancellation,
        reports: Sender<Report>,
    ) -> Self {
        Self {
            job,
            store,
            data_dir,
            listening_title,
            cancellation,
            reports,
            last_report: Mutex::new(None),
        }
    }

    /// Our title on the wire: the listening node's of this store, else the settings'.
    pub(super) fn own_title(&self) -> Result<AeTitle, Failure> {
        match &self.listening_title {
            Some(title) => Ok(title.clone()),
            None => station::own_title(&self.store, &self.data_dir),
        }
    }

    /// The title that was asked for, or ours.
    pub(super) fn calling(&self, title: Option<AeTitle>) -> Result<AeTitle, Failure> {
        title.map_or_else(|| self.own_title(), Ok)
    }

    /// Our title while a node of this store listens, here or in another process.
    pub(super) fn receiving_title(&self) -> Option<AeTitle> {
        let listening = self.listening_title.clone();
        listening.or_else(|| station::listening_title(&self.data_dir))
    }

    /// Whether the job should end early.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Tells how far the job is; too frequent reports are dropped, the outcome carries the final counts.
    pub(super) fn report(&self, progress: Progress) {
        {
            let mut last = self
                .last_report
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|at| at.elapsed() < PROGRESS_INTERVAL) {
                return;
            }
            *last = Some(Instant::now());
        }
        // When the engine is gone nobody wants to know.
        let _ = self.reports.send(Report::JobProgress(self.job, progress));
    }
}

/// An outcome without findings.
pub(super) fn outcome(
    result: Result<(), Failure>,
    progress: Progress,
    message: String,
    json: serde_json::Value,
) -> Outcome {
    Outcome {
        result,
        progress,
        message,
        details: Vec::new(),
        json,
    }
}

/// The outcome of a job that could not do what was asked.
pub(super) fn failed(failure: Failure) -> Outcome {
    let json = serde_json::json!({ "error": failure.message });
    let message = failure.message.clone();
    outcome(Err(failure), Progress::default(), message, json)
}

/// The failure of a job that was cancelled after `progress`.
pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Input, "cancelled")
}
