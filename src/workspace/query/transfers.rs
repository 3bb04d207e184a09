//! What is fetched from nodes or moved between them: at most a few at a time from one node, the rest waits its turn.

use std::collections::HashMap;

use super::rows::RemoteId;
use crate::engine::{Destination, Event, Job, JobId, Outcome, Peer, PeerAddress, SubOperations};

/// Retrievals that one node serves for us at once; archives queue or refuse more.
const AT_ONCE: usize = 2;
/// Ended transfers remembered.
const ENDED_MAX: usize = 2000;

/// Where objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// Into our store.
    Here,
    /// To another node, by its name.
    Node(String),
}

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferEnd {
    /// Whether everything arrived.
    pub complete: bool,
    /// Whether it was stopped on request.
    pub stopped: bool,
    /// Objects that the node says it sent.
    pub promised: u64,
    /// Of those that were asked for, how many the store holds now; only for what came here.
    pub kept: Option<u64>,
    /// Objects that failed.
    pub failed: u64,
    /// In words.
    pub words: String,
    /// Objects that failed, in words.
    pub details: Vec<String>,
}

/// One row under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which row.
    pub id: RemoteId,
    /// Where to.
    pub goal: Goal,
    /// The job, once it runs.
    pub job: Option<JobId>,
    /// What the node told so far.
    pub counters: SubOperations,
    /// Whether it was told to end early.
    pub stopping: bool,
    /// How it ended.
    pub end: Option<TransferEnd>,
}

impl Transfer {
    /// Whether it waits or runs.
    pub fn is_under_way(&self) -> bool {
        self.end.is_none()
    }

    /// Objects dealt with and objects in all, as far as the node told.
    pub fn counts(&self) -> (u64, Option<u64>) {
        let done = self.counters.done();
        let total = self.counters.remaining.map(|left| done + u64::from(left));
        (done, total)
    }

    fn job_for(&self, peers: &[Peer]) -> Option<Job> {
        let to = match &self.goal {
            Goal::Here => Destination::Us,
            Goal::Node(name) => {
                let peer = peers.iter().find(|peer| peer.name == *name)?;
                Destination::Title(peer.ae_title.clone())
            }
        };
        Some(Job::Retrieve {
            peer: PeerAddress::Named(self.id.peer.clone()),
            calling: None,
            level: self.id.level(),
            keys: self.id.keys(),
            to,
        })
    }
}

/// What a node must be told about us before it can send us anything (Q5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The node that does not know us.
    pub peer: String,
    /// Our address as that node reaches us, if it could be told.
    pub host: Option<String>,
}

/// All transfers, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Transfers {
    list: Vec<Transfer>,
    latest: HashMap<RemoteId, usize>,
}

impl Transfers {
    /// The latest transfer of a row.
    pub fn of(&self, id: &RemoteId) -> Option<&Transfer> {
        self.list.get(*self.latest.get(id)?)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Transfer> {
        self.list.iter()
    }

    /// Queues a row, unless it is on its way there already.
    pub fn add(&mut self, id: RemoteId, goal: Goal) {
        let known = self.of(&id);
        if known.is_some_and(|known| known.is_under_way() && known.goal == goal) {
            return;
        }
        self.list.push(Transfer {
            id,
            goal,
            job: None,
            counters: SubOperations::default(),
            stopping: false,
            end: None,
        });
        self.forget_oldest();
        self.reindex();
    }

    /// Jobs that can start now; `next` names them.
    pub fn start(&mut self, peers: &[Peer], last_job: &mut u64) -> Vec<(JobId, Job)> {
        let mut started = Vec::new();
        let mut running: HashMap<String, usize> = HashMap::new();
        for transfer in self
            .list
            .iter()
            .filter(|t| t.job.is_some() && t.is_under_way())
        {
            *running.entry(transfer.id.peer.clone()).or_default() += 1;
        }
        for at in 0..self.list.len() {
            let transfer = &self.list[at];
            if transfer.job.is_some() || transfer.end.is_some() {
                continue;
            }
            let of_node = running.entry(transfer.id.peer.clone()).or_default();
            if *of_node >= AT_ONCE {
                continue;
            }
            let job = transfer.job_for(peers);
            let transfer = &mut self.list[at];
            match job {
                Some(job) => {
                    *last_job += 1;
                    *of_node += 1;
                    transfer.job = Some(JobId(*last_job));
                    started.push((JobId(*last_job), job));
                }
                // The node was removed from the settings meanwhile.
                None => transfer.end = Some(never_begun(false)),
            }
        }
        started
    }

    /// Ends the transfer of a row early; the job to cancel, if it runs.
    pub fn cancel(&mut self, id: &RemoteId) -> Option<JobId> {
        let transfer = self.list.get_mut(*self.latest.get(id)?)?;
        if !transfer.is_under_way() {
            return None;
        }
        transfer.stopping = true;
        if transfer.job.is_none() {
            transfer.end = Some(never_begun(true));
        }
        transfer.job
    }

    /// Takes note of an event; the transfer that ended by it.
    pub fn observe(&mut self, event: &Event) -> Option<&Transfer> {
        match event {
            Event::SubOperations(job, counters) => {
                if let Some(transfer) = self.running(*job) {
                    transfer.counters = *counters;
                }
                None
            }
            Event::JobFinished(job, outcome) => {
                let transfer = self.running(*job)?;
                transfer.end = Some(end_of(transfer, outcome));
                Some(transfer)
            }
            _ => None,
        }
    }

    fn running(&mut self, job: JobId) -> Option<&mut Transfer> {
        let mut list = self.list.iter_mut();
        list.find(|transfer| transfer.job == Some(job) && transfer.end.is_none())
    }

    fn forget_oldest(&mut self) {
        let ended = self.list.iter().filter(|t| t.end.is_some()).count();
        let mut surplus = ended.saturating_sub(ENDED_MAX);
        self.list.retain(|transfer| {
            let goes = surplus > 0 && transfer.end.is_some();
            surplus -= usize::from(goes);
            !goes
        });
    }

    fn reindex(&mut self) {
        let places = self.list.iter().enumerate();
        self.latest = places.map(|(at, t)| (t.id.clone(), at)).collect();
    }
}

fn never_begun(stopped: bool) -> TransferEnd {
    TransferEnd {
        complete: false,
        stopped,
        promised: 0,
        kept: None,
        failed: 0,
        words: String::new(),
        details: Vec::new(),
    }
}

fn end_of(transfer: &Transfer, outcome: &Outcome) -> TransferEnd {
    let counters = &transfer.counters;
    let sent = |count: Option<u32>| u64::from(count.unwrap_or(0));
    let words = match &outcome.result {
        Ok(()) => &outcome.message,
        Err(failure) => &failure.message,
    };
    TransferEnd {
        complete: outcome.result.is_ok() && outcome.progress.failed == 0,
        stopped: transfer.stopping && outcome.result.is_err(),
        promised: sent(counters.completed) + sent(counters.warning),
        kept: outcome.json["kept"].as_u64(),
        failed: outcome.progress.failed,
        words: words.clone(),
        details: outcome.details.clone(),
    }
}
