//! State of the Activity screen (section 7): jobs that run and ran, the send queue, and what associations did.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::arrivals::is_arrival;
use crate::engine::send_desk::{is_queue_job, job_id};
use crate::engine::{
    Command, Event, JobId, JobReport, Outcome, Progress, SendDecision, SendJobRow, SendNews,
    SendObjectRow,
};

/// Finished jobs remembered; running ones are never dropped.
const FINISHED_MAX: usize = 200;
/// Lines of the association log kept on the screen.
const LOG_MAX: usize = 500;

/// What the user does with jobs.
#[derive(Debug, Clone, PartialEq)]
pub enum ActivityAction {
    /// Ends a job early.
    Cancel(JobId),
    /// Shows or hides the findings of a job.
    ToggleDetails(JobId),
    /// Forgets finished jobs.
    ClearFinished,
    /// Shows only some jobs.
    Filter(ActivityFilter),
    /// Shows or hides the objects of a job of the send queue.
    ToggleObjects(i64),
    /// Decides about a job of the send queue.
    Decide(i64, SendDecision),
}

/// Which jobs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActivityFilter {
    /// All of them.
    #[default]
    All,
    /// What runs or waits.
    Open,
    /// What did not do all that was asked.
    Failed,
    /// What others sent us.
    Received,
}

/// One job in the list.
#[derive(Debug, Clone)]
pub struct JobEntry {
    /// Which.
    pub id: JobId,
    /// What it is.
    pub report: JobReport,
    /// How far it is.
    pub progress: Progress,
    /// When it began, from the program's start.
    pub started: Duration,
    /// Whether it was told to end early.
    pub cancelling: bool,
    /// When and how it ended.
    pub finished: Option<(Duration, Outcome)>,
}

impl JobEntry {
    /// Units done a second so far; `None` in its first half second.
    pub fn rate(&self, now: Duration) -> Option<f64> {
        let end = self.finished.as_ref().map_or(now, |(at, _)| *at);
        let seconds = end.saturating_sub(self.started).as_secs_f64();
        (seconds >= 0.5 && self.progress.done > 0).then(|| self.progress.done as f64 / seconds)
    }

    /// Time left at this rate, when the total is known.
    pub fn time_left(&self, now: Duration) -> Option<Duration> {
        let rate = self.rate(now)?;
        let left = self.progress.total.checked_sub(self.progress.done)?;
        (self.finished.is_none() && left > 0)
            .then(|| Duration::from_secs_f64((left as f64 / rate).min(360_000.0)))
    }

    /// Whether it can be told to end.
    pub fn can_be_cancelled(&self) -> bool {
        self.finished.is_none() && !self.cancelling && !is_arrival(self.id)
    }

    /// Whether it ended without doing what was asked, wholly or in part.
    pub fn failed(&self) -> bool {
        self.finished
            .as_ref()
            .is_some_and(|(_, outcome)| outcome.result.is_err() || outcome.progress.failed > 0)
    }
}

/// A line of the association log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// When, from the program's start.
    pub at: Duration,
    /// What; no patient data.
    pub text: String,
}

/// Jobs and log, newest first.
#[derive(Debug, Clone, Default)]
pub struct ActivityState {
    /// Jobs, newest first.
    pub jobs: Vec<JobEntry>,
    /// Which jobs are shown.
    pub filter: ActivityFilter,
    /// The send queue, newest first.
    pub sends: Arc<Vec<SendJobRow>>,
    /// The job of the send queue whose objects are shown, and those objects once they are read.
    pub objects: Option<(i64, Arc<Vec<SendObjectRow>>)>,
    /// Association log, newest first.
    pub log: VecDeque<LogLine>,
    /// The job whose findings are shown.
    pub details: Option<JobId>,
    /// Failed jobs nobody has looked at.
    pub unseen_failures: u32,
}

impl ActivityState {
    /// Applies an action.
    pub fn act(&mut self, action: ActivityAction) -> Vec<Command> {
        match action {
            ActivityAction::Cancel(id) => {
                if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id)
                    && job.finished.is_none()
                {
                    job.cancelling = true;
                    return vec![Command::Cancel(id)];
                }
            }
            ActivityAction::ToggleDetails(id) => {
                self.details = (self.details != Some(id)).then_some(id);
            }
            ActivityAction::ClearFinished => return self.clear_finished(),
            ActivityAction::Filter(filter) => self.filter = filter,
            ActivityAction::ToggleObjects(job) => {
                if self.objects.take().is_none_or(|(shown, _)| shown != job) {
                    self.objects = Some((job, Arc::default()));
                    return vec![Command::ListSendObjects(job)];
                }
            }
            ActivityAction::Decide(job, decision) => {
                if decision == SendDecision::Remove {
                    self.objects = None;
                }
                return vec![Command::DecideSend(job, decision)];
            }
        }
        Vec::new()
    }

    /// Forgets what ended: jobs of this run, and what the send queue did wholly.
    fn clear_finished(&mut self) -> Vec<Command> {
        self.jobs.retain(|job| job.finished.is_none());
        let done = self
            .sends
            .iter()
            .filter(|job| job.ended_ms.is_some() && !job.has_failed());
        done.map(|job| Command::DecideSend(job.id, SendDecision::Remove))
            .collect()
    }

    /// What is told anew about the send queue; what newly went wrong raises the badge.
    fn note_sends(&mut self, jobs: &Arc<Vec<SendJobRow>>) -> Vec<Command> {
        let wrong =
            |job: &SendJobRow| job.has_failed() || job.attempts > 0 && job.ended_ms.is_none();
        for job in jobs.iter().filter(|job| wrong(job)) {
            let before = self.sends.iter().find(|before| before.id == job.id);
            self.unseen_failures += u32::from(!before.is_some_and(wrong));
        }
        let shown = self.objects.as_ref().map(|(shown, _)| *shown);
        let of = |jobs: &[SendJobRow]| jobs.iter().find(|job| Some(job.id) == shown).cloned();
        let changed = of(jobs) != of(&self.sends);
        self.sends = Arc::clone(jobs);
        match shown {
            Some(job) if changed => vec![Command::ListSendObjects(job)],
            _ => Vec::new(),
        }
    }

    /// The attempt under way of a job of the send queue.
    pub fn attempt(&self, job: &SendJobRow) -> Option<&JobEntry> {
        let id = job_id(job.id);
        self.running().find(|entry| entry.id == id)
    }

    /// Whether a job is shown.
    pub fn shows(&self, job: &JobEntry) -> bool {
        !is_queue_job(job.id)
            && match self.filter {
                ActivityFilter::All => true,
                ActivityFilter::Open => job.finished.is_none(),
                ActivityFilter::Failed => job.failed(),
                ActivityFilter::Received => is_arrival(job.id),
            }
    }

    /// Whether a job of the send queue is shown.
    pub fn shows_send(&self, job: &SendJobRow) -> bool {
        match self.filter {
            ActivityFilter::All => true,
            ActivityFilter::Open => job.ended_ms.is_none(),
            ActivityFilter::Failed => job.has_failed() || job.attempts > 0,
            ActivityFilter::Received => false,
        }
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event, now: Duration) -> Vec<Command> {
        match event {
            Event::JobStarted(id, report) => self.started(*id, report.clone(), now),
            Event::JobProgressed(id, progress) => {
                if let Some(job) = self.jobs.iter_mut().find(|job| job.id == *id) {
                    job.progress = *progress;
                }
            }
            // Its outcome is in the queue.
            Event::JobFinished(id, _) if is_queue_job(*id) => {
                self.jobs.retain(|job| job.id != *id);
            }
            Event::Send(SendNews::Jobs(jobs)) => return self.note_sends(jobs),
            Event::Send(SendNews::Objects(job, rows)) => {
                if let Some((shown, objects)) = &mut self.objects
                    && shown == job
                {
                    *objects = Arc::clone(rows);
                }
            }
            Event::JobFinished(id, outcome) => {
                if let Some(job) = self.jobs.iter_mut().find(|job| job.id == *id) {
                    job.progress = outcome.progress;
                    job.finished = Some((now, outcome.clone()));
                    self.unseen_failures += u32::from(job.failed());
                }
            }
            Event::AssociationLog(line) => self.note(now, line.clone()),
            Event::CallerRefused {
                calling,
                host,
                reason,
                ..
            } => self.note(now, format!("{calling} @ {host}: {reason}")),
            _ => {}
        }
        Vec::new()
    }

    /// Jobs that have not ended.
    pub fn running(&self) -> impl Iterator<Item = &JobEntry> {
        self.jobs.iter().filter(|job| job.finished.is_none())
    }

    /// Units done and in all over the running jobs whose total is known.
    pub fn overall(&self) -> Progress {
        self.running()
            .fold(Progress::default(), |sum, job| Progress {
                done: sum.done + job.progress.done.min(job.progress.total),
                total: sum.total + job.progress.total,
                failed: sum.failed + job.progress.failed,
            })
    }

    fn started(&mut self, id: JobId, report: JobReport, now: Duration) {
        // Queries are shown where they were asked: every row that is expanded is one.
        if report.kind == "find" || self.jobs.iter().any(|job| job.id == id) {
            return;
        }
        self.jobs.insert(
            0,
            JobEntry {
                id,
                report,
                progress: Progress::default(),
                started: now,
                cancelling: false,
                finished: None,
            },
        );
        let mut finished = 0;
        self.jobs.retain(|job| {
            finished += usize::from(job.finished.is_some());
            job.finished.is_none() || finished <= FINISHED_MAX
        });
    }

    fn note(&mut self, at: Duration, text: String) {
        self.log.push_front(LogLine { at, text });
        self.log.truncate(LOG_MAX);
    }
}
