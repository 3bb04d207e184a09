//! What waits for the shell: a queue that merges, so that a shell that sleeps (a minimised window) cannot grow memory.
//!
//! State reports replace their predecessors (latest progress of a job, one `StudiesChanged`), log lines are bounded, and frames
//! are counted, because the engine stops decoding ahead when the shell takes none.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Event;
use super::command::JobId;
use super::print_desk::PrintNews;
use super::send_desk::SendNews;
use crate::dicom::{SeriesInstanceUid, StudyInstanceUid};

/// Log lines and refusals kept for a shell that does not take them; the oldest go first.
const LOG_LINES_MAX: usize = 500;

/// Called after events were put in, from the engine's thread.
pub(super) type Wake = Box<dyn Fn() + Send + Sync>;

/// What makes an event the newer state of an earlier one.
#[derive(Debug, PartialEq, Eq)]
enum MergeKey {
    Studies,
    StudiesChanged,
    Held,
    Series(StudyInstanceUid),
    Instances(SeriesInstanceUid),
    StudyOpened(StudyInstanceUid),
    Thumbnail(SeriesInstanceUid),
    Peers,
    Settings,
    SettingPairs,
    Progress(JobId),
    PrintJobs,
    SendJobs,
    SendObjects,
    Printers,
    VirtualPrinter,
    Sheet,
    SubOperations(JobId),
    NodeState,
    DiskSpace,
    Conflicts,
    Audit,
    CleanUp,
    Counters,
}

fn merge_key(event: &Event) -> Option<MergeKey> {
    Some(match event {
        Event::Studies(..) => MergeKey::Studies,
        Event::StudiesChanged => MergeKey::StudiesChanged,
        Event::Held(_) => MergeKey::Held,
        Event::Series(study, _) => MergeKey::Series(study.clone()),
        Event::Instances(series, _) => MergeKey::Instances(series.clone()),
        Event::StudyOpened(contents) => {
            MergeKey::StudyOpened(contents.study.study_instance_uid.clone())
        }
        Event::ThumbnailReady(series, _) => MergeKey::Thumbnail(series.clone()),
        Event::Peers(..) => MergeKey::Peers,
        Event::Settings(_) => MergeKey::Settings,
        Event::SettingPairs(_) => MergeKey::SettingPairs,
        Event::JobProgressed(job, _) => MergeKey::Progress(*job),
        Event::Print(PrintNews::Jobs(_)) => MergeKey::PrintJobs,
        Event::Print(PrintNews::Printers(_)) => MergeKey::Printers,
        Event::Print(PrintNews::Virtual(_)) => MergeKey::VirtualPrinter,
        Event::Print(PrintNews::Sheet(..)) => MergeKey::Sheet,
        Event::Send(SendNews::Jobs(_)) => MergeKey::SendJobs,
        Event::Send(SendNews::Objects(..)) => MergeKey::SendObjects,
        Event::SubOperations(job, _) => MergeKey::SubOperations(*job),
        Event::NodeState(_) => MergeKey::NodeState,
        Event::DiskSpace(..) => MergeKey::DiskSpace,
        Event::Conflicts(_) => MergeKey::Conflicts,
        Event::Audit(_) => MergeKey::Audit,
        Event::CleanUp(_) => MergeKey::CleanUp,
        Event::Counters { .. } => MergeKey::Counters,
        Event::Print(PrintNews::State(_) | PrintNews::FilmKept(_))
        | Event::FrameReady(..)
        | Event::FrameFailed(..)
        | Event::FramesEvicted(_)
        | Event::StoreMatches(_)
        | Event::ConflictCompared(_)
        | Event::Matches(..)
        | Event::Refused(_)
        | Event::JobStarted(..)
        | Event::JobFinished(..)
        | Event::CallerRefused { .. }
        | Event::AssociationLog(_)
        | Event::Notice(_)
        | Event::EndRequested => return None,
    })
}

fn is_log(event: &Event) -> bool {
    matches!(
        event,
        Event::AssociationLog(_) | Event::CallerRefused { .. } | Event::Notice(_)
    )
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    frames: usize,
    closed: bool,
}

impl Waiting {
    fn push(&mut self, event: Event) {
        if let Some(key) = merge_key(&event) {
            let earlier = self
                .events
                .iter()
                .rposition(|waiting| merge_key(waiting).as_ref() == Some(&key));
            if let Some(position) = earlier {
                self.events.remove(position);
            }
        }
        if is_log(&event) && self.events.iter().filter(|e| is_log(e)).count() >= LOG_LINES_MAX {
            let oldest = self.events.iter().position(is_log);
            if let Some(position) = oldest {
                self.events.remove(position);
            }
        }
        self.frames += usize::from(matches!(event, Event::FrameReady(..)));
        self.events.push_back(event);
    }
}

/// The queue between the engine's thread and its shell.
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    wake: Wake,
}

impl Outbox {
    /// An empty outbox.
    pub(super) fn new(wake: Wake) -> Self {
        Self {
            waiting: Mutex::default(),
            filled: Condvar::new(),
            wake,
        }
    }

    /// Puts events in and wakes the shell, if it is not awake already.
    pub(super) fn put(&self, events: impl IntoIterator<Item = Event>) {
        let mut waiting = self.lock();
        let was_empty = waiting.events.is_empty();
        for event in events {
            waiting.push(event);
        }
        let wake = was_empty && !waiting.events.is_empty();
        drop(waiting);
        if wake {
            self.filled.notify_all();
            (self.wake)();
        }
    }

    /// Takes all that waits.
    pub(super) fn take(&self) -> Vec<Event> {
        let mut waiting = self.lock();
        waiting.frames = 0;
        waiting.events.drain(..).collect()
    }

    /// Waits for one event; `None` when the engine has ended and all was taken.
    pub(super) fn wait(&self) -> Option<Event> {
        let mut waiting = self.lock();
        loop {
            if let Some(event) = waiting.events.pop_front() {
                waiting.frames -= usize::from(matches!(event, Event::FrameReady(..)));
                return Some(event);
            }
            if waiting.closed {
                return None;
            }
            waiting = self
                .filled
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many frames the shell has not taken yet.
    pub(super) fn frames_waiting(&self) -> usize {
        self.lock().frames
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // The queue is whole between any two statements, so a panic elsewhere does not spoil it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::engine::Progress;

    fn progress(done: u64) -> Progress {
        Progress {
            done,
            total: 9,
            failed: 0,
        }
    }

    #[test]
    fn a_sleeping_shell_finds_one_progress_per_job_and_one_change() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let outbox = Outbox::new(Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
        for done in 0..1000 {
            outbox.put([
                Event::JobProgressed(JobId(1), progress(done)),
                Event::JobProgressed(JobId(2), progress(done)),
                Event::StudiesChanged,
                Event::AssociationLog(format!("line {done}")),
            ]);
        }
        let events = outbox.take();
        assert_eq!(events.len(), 3 + LOG_LINES_MAX);
        assert_eq!(woken.load(Ordering::Relaxed), 1, "one wake is enough");
        let last = events.iter().rev().find_map(|event| match event {
            Event::JobProgressed(JobId(2), progress) => Some(progress.done),
            _ => None,
        });
        assert_eq!(last, Some(999));
        outbox.put([Event::StudiesChanged]);
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn waiting_ends_when_the_engine_does() {
        let outbox = Outbox::new(Box::new(|| ()));
        outbox.put([Event::StudiesChanged]);
        outbox.close();
        assert!(matches!(outbox.wait(), Some(Event::StudiesChanged)));
        assert!(outbox.wait().is_none());
    }
}
