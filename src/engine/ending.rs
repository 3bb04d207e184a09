//! The end: listener closed, jobs cancelled, associations ended, workers joined, store closed.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::event_loop::EventLoop;
use super::reports::Report;
use crate::node::{NodeEvent, NodeRequest};

/// How long jobs and workers get.
const SHUTDOWN_MAX: Duration = Duration::from_secs(8);

impl EventLoop {
    /// Ends everything in order: listener, jobs, associations, workers, store.
    pub(super) fn shut_down(mut self) {
        let deadline = Instant::now() + SHUTDOWN_MAX;
        self.node.tell(NodeRequest::StopListening);
        for id in self.jobs.cancel_all() {
            self.node.tell(NodeRequest::Cancel(id.0));
        }
        let mut ending: Vec<JoinHandle<()>> = Vec::new();
        if let Some(node) = self.node.release() {
            let spawned = std::thread::Builder::new()
                .name("node-end".to_owned())
                .spawn(move || node.shutdown());
            ending.extend(spawned);
        }
        if let Some(decoders) = self.decoders.take() {
            ending.extend(decoders.end());
        }
        drop(self.questions_out);
        ending.push(self.lookup);
        // Workers tell their last results while they end: they are taken, so that nobody waits for a full queue.
        while Instant::now() < deadline {
            if ending.iter().all(JoinHandle::is_finished) && self.jobs.is_idle() {
                break;
            }
            match self.reports.recv_timeout(Duration::from_millis(10)) {
                Ok(Report::JobEnded(id, _)) => {
                    self.jobs.thread_ended(id);
                }
                Ok(Report::Node(
                    NodeEvent::StoreDone { request, .. }
                    | NodeEvent::EchoDone { request, .. }
                    | NodeEvent::FindDone { request, .. }
                    | NodeEvent::RetrieveDone { request, .. },
                )) => {
                    self.jobs.node_ended(request);
                }
                Ok(Report::Node(NodeEvent::StoreProgress { request, object })) => {
                    self.sends.note_result(&self.jobs, request, &object);
                }
                _ => {}
            }
        }
        drop(self.reports);
        for thread in ending {
            if thread.is_finished() && thread.join().is_err() {
                tracing::error!("a worker thread panicked");
            }
        }
        if let Err(error) = self.store.note_sent(self.sends.take_last_notes()) {
            tracing::warn!("what was sent last is sent once more at the next start: {error}");
        }
        if let Err(error) = self.store.close() {
            tracing::error!("closing the store: {error}");
        }
        self.outbox.close();
        drop(self.lock);
    }
}
