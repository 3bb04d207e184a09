//! What waits to be sent on an association that others serve: put in from anywhere, taken out between two messages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::store::commitment::OwedReport;

/// A report on its way; dropped, it counts as not delivered.
#[derive(Debug)]
pub struct Delivery {
    /// What to send.
    pub report: OwedReport,
    /// The context that the request came on.
    pub context_id: u8,
    /// Told when the peer has confirmed it.
    pub confirmed: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Slots {
    waiting: VecDeque<Delivery>,
    wake: Option<CancellationToken>,
    closed: bool,
}

/// The way to one association. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Mailbox(Arc<Mutex<Slots>>);

impl Mailbox {
    fn with<T>(&self, act: impl FnOnce(&mut Slots) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts something in and wakes the association; handed back when that is over.
    pub fn put(&self, delivery: Delivery) -> Result<(), Delivery> {
        self.with(|inner| {
            if inner.closed {
                return Err(delivery);
            }
            inner.waiting.push_back(delivery);
            if let Some(wake) = &inner.wake {
                wake.cancel();
            }
            Ok(())
        })
    }

    /// A token that is cancelled when something is put in, or was; and with `stop`.
    pub fn arm(&self, stop: &CancellationToken) -> CancellationToken {
        let wake = stop.child_token();
        self.with(|inner| {
            if !inner.waiting.is_empty() {
                wake.cancel();
            }
            inner.wake = Some(wake.clone());
        });
        wake
    }

    /// The next delivery.
    pub fn take(&self) -> Option<Delivery> {
        self.with(|inner| inner.waiting.pop_front())
    }

    /// Nothing more is taken: the association has ended.
    pub fn close(&self) {
        let left = self.with(|inner| {
            inner.closed = true;
            std::mem::take(&mut inner.waiting)
        });
        drop(left);
    }
}
