//! The node's public face: a handle that starts the `node` thread, takes requests without blocking and ends it in order.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{NodeError, NodeEvent, NodeRequest, dispatcher};
use crate::store::Store;

/// Requests that may wait for the node.
pub const REQUEST_QUEUE: usize = 256;

/// Threads that drive the sockets.
const WORKERS: usize = 2;
/// Threads that write objects and ask the store; more associations than that take turns.
const BLOCKING_THREADS_MAX: usize = 32;
/// How long a write to disk that is under way is waited for at the end.
const BLOCKING_TIME: Duration = Duration::from_secs(2);

/// Receives what the node tells; called from its threads, so it must not block.
pub type Report = Arc<dyn Fn(NodeEvent) + Send + Sync>;

/// A running node. Dropped, it is shut down.
pub struct NodeHandle {
    requests: Option<mpsc::Sender<NodeRequest>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for NodeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeHandle").finish_non_exhaustive()
    }
}

impl NodeHandle {
    /// Starts the node's thread; it listens only when asked to.
    pub fn start(store: Store, report: Report) -> Result<Self, NodeError> {
        let settings = store.settings().map_err(NodeError::Settings)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .thread_name("node-worker")
            .enable_all()
            .build()
            .map_err(NodeError::Start)?;
        let (requests, waiting) = mpsc::channel(REQUEST_QUEUE);
        let thread = std::thread::Builder::new()
            .name("node".to_owned())
            .spawn(move || {
                runtime.block_on(dispatcher::run(store, settings, report, waiting));
                runtime.shutdown_timeout(BLOCKING_TIME);
            })
            .map_err(NodeError::Start)?;
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread),
        })
    }

    /// Hands a request over; never blocks.
    pub fn send(&self, request: NodeRequest) -> Result<(), NodeError> {
        let requests = self.requests.as_ref().ok_or(NodeError::Ended)?;
        requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NodeError::Busy,
            mpsc::error::TrySendError::Closed(_) => NodeError::Ended,
        })
    }

    /// Closes the listener, lets associations end for up to five seconds, aborts what is left, and joins the thread.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the network thread panicked");
        }
    }
}

impl Drop for NodeHandle {
    fn drop(&mut self) {
        self.end();
    }
}
