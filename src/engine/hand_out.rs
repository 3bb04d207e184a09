//! The loop's second half: after every message, free hands get work, and what is due is told.

use std::sync::Arc;
use std::time::Instant;

use super::decoders::{Decoders, Work};
use super::event_loop::EventLoop;
use super::job::{Cancellation, JobContext, failed};
use super::lookup::Question;
use super::reports::Report;
use super::{Event, Failure, FailureKind, Job, JobId, opening};
use crate::dicom::StudyInstanceUid;

/// The job that makes room on the disk.
const CLEAN_UP_JOB: JobId = JobId(1 << 43);
/// Frames decoded ahead of a shell that does not take them.
const FRAMES_AHEAD_MAX: usize = 64;

impl EventLoop {
    /// Hands out what can be handed out, tells what is due.
    pub(super) fn advance(&mut self) {
        if let Some(notes) = self.sends.take_notes() {
            self.ask(Question::NoteSent(notes));
        }
        if !self.lookup_busy
            && let Some(question) = self.questions.pop_front()
        {
            self.lookup_busy = self.questions_out.try_send(question).is_ok();
        }
        self.start_jobs();
        self.feed_decoders();
        let now = Instant::now();
        if self.changes.is_due(now) {
            self.tell([Event::StudiesChanged]);
        }
        if self.refresh.is_due(now) {
            self.studies.mark_stale();
        }
        self.read_next_study();
        if self.counters.is_due(now) {
            let (decodes, cache_bytes) = self.frames.counters();
            self.tell([Event::Counters {
                decodes,
                cache_bytes,
            }]);
        }
    }

    /// Deletes old studies while the disk is short, never one that somebody looks at; one job at a time.
    pub(super) fn clean_up(&mut self, studies: &[StudyInstanceUid]) {
        let free: Vec<StudyInstanceUid> = studies
            .iter()
            .filter(|study| !self.studies.is_open(study))
            .cloned()
            .collect();
        if free.is_empty() || !self.options.server || self.jobs.is_known(CLEAN_UP_JOB) {
            return;
        }
        tracing::warn!(studies = free.len(), "cleaning up: the disk is nearly full");
        match self
            .jobs
            .enqueue(CLEAN_UP_JOB, Job::CleanUp { studies: free })
        {
            Ok(report) => self.tell([Event::JobStarted(CLEAN_UP_JOB, report)]),
            Err(failure) => self.tell([Event::Notice(failure)]),
        }
    }

    fn start_jobs(&mut self) {
        while let Some((id, job)) = self.jobs.next_to_start() {
            self.start_job(id, job);
        }
    }

    fn start_job(&mut self, id: JobId, job: Job) {
        let title = self
            .node
            .listening()
            .and_then(|(_, title)| title.try_into().ok());
        let context = JobContext::new(
            id,
            self.store.clone(),
            self.options.data_dir.clone(),
            title,
            Cancellation::default(),
            self.reports_in.clone(),
        );
        if let Err(failure) = self.jobs.start(job, context) {
            self.tell([Event::JobFinished(id, failed(failure))]);
        }
    }

    pub(super) fn read_next_study(&mut self) {
        while let Some((study, known)) = self.studies.next_to_read() {
            let (store, reports) = (self.store.clone(), self.reports_in.clone());
            let name = study.clone();
            let spawned = std::thread::Builder::new()
                .name("open-study".to_owned())
                .spawn(move || {
                    let result = opening::read_study(&store, &study, &known);
                    // When the engine is gone nobody wants to know.
                    let _ = reports.send(Report::StudyRead(study, result));
                });
            if let Err(error) = spawned {
                let failure = Failure::new(FailureKind::Environment, format!("no thread: {error}"));
                self.note_study(&name, Err(failure));
            }
        }
    }

    fn feed_decoders(&mut self) {
        loop {
            if self.outbox.frames_waiting() >= FRAMES_AHEAD_MAX {
                return;
            }
            if self.decoders.as_ref().is_some_and(|d| !d.has_place()) {
                return;
            }
            let Some(work) = self.next_work() else {
                return;
            };
            if self.decoders.is_none() {
                match Decoders::start(&self.store, &self.reports_in) {
                    Ok(decoders) => self.decoders = Some(decoders),
                    Err(error) => {
                        tracing::error!("no decode threads: {error}");
                        return;
                    }
                }
            }
            if let Some(decoders) = &mut self.decoders {
                decoders.hand_over(work);
            }
        }
    }

    fn next_work(&mut self) -> Option<Work> {
        let studies = &self.studies;
        let (key, told) = self.frames.next(|key| studies.known(key));
        self.tell_frames(told);
        if let Some(key) = key {
            let contents = Arc::clone(self.studies.object(&key)?);
            return Some(Work::Frame(key, contents));
        }
        // A thumbnail may take a while (a large image), so one never takes the place where a frame could wait.
        if self.decoders.as_ref().is_none_or(Decoders::is_idle) {
            return self.thumbnails.next().map(Work::Thumbnail);
        }
        None
    }
}
