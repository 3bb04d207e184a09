//! What every association of a node has in common: the store, the settings of the moment, where reports go, how many are at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::association::Timers;
use super::commitments::Commitments;
use super::handle::Report;
use super::messages::NodeEvent;
use super::negotiation::Identity;
use crate::dicom::presentation_context::Services;
use crate::store::{Settings, Store, StoreError};

/// Shared by the listener, the associations and the operations of one node.
#[derive(Clone)]
pub struct Shared {
    /// Where objects go.
    pub store: Store,
    /// Receives what happens.
    pub report: Report,
    /// The settings as last read.
    pub settings: watch::Receiver<Arc<Settings>>,
    /// Associations at work.
    pub associations: Counter,
    /// Commitment reports that are owed.
    pub commitments: Commitments,
    /// Cancelled when the node ends: nothing new is begun.
    pub stop: CancellationToken,
    /// Cancelled when time is up: everything is aborted.
    pub kill: CancellationToken,
    /// Held by everything that must end before the node does.
    _alive: mpsc::Sender<()>,
    /// The last association number given out.
    numbers: Arc<AtomicU64>,
}

impl Shared {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        report: Report,
        settings: watch::Receiver<Arc<Settings>>,
        alive: mpsc::Sender<()>,
    ) -> Self {
        Self {
            store,
            report,
            settings,
            associations: Counter::default(),
            commitments: Commitments::default(),
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
            _alive: alive,
            numbers: Arc::default(),
        }
    }

    /// The same, telling somebody else what happens.
    pub fn telling(&self, report: Report) -> Self {
        Self {
            report,
            ..self.clone()
        }
    }

    /// The settings of the moment.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.borrow().clone()
    }

    /// Tells what happened.
    pub fn tell(&self, event: NodeEvent) {
        (self.report)(event);
    }

    /// A number for a new association.
    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Asks the store off the reactor.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || question(&store)).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a question to the store did not come back");
                Err(StoreError::Closed)
            }
        }
    }
}

/// What we say about ourselves, by these settings.
pub fn identity(settings: &Settings) -> Identity {
    Identity {
        max_pdu: settings.network_max_pdu,
        serial: settings.station_serial,
        services: Services {
            find: settings.services_find_scp,
            retrieve: settings.services_move_scp,
        },
    }
}

/// The time limits of these settings.
pub fn timers(settings: &Settings) -> Timers {
    Timers::from(settings)
}

/// Counts what is at work, with a limit that may change meanwhile.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU32>);

/// One that is counted until it is dropped.
#[derive(Debug)]
pub struct Counted(Arc<AtomicU32>);

impl Counter {
    /// Counts one more, unless `limit` are counted already.
    pub fn enter(&self, limit: u32) -> Option<Counted> {
        let more = |count: u32| (count < limit).then_some(count + 1);
        let entered = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        entered.is_ok().then(|| Counted(self.0.clone()))
    }

    /// How many are counted.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
