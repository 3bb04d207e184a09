//! Why the node could not be started or asked.

use std::io;

use crate::store::StoreError;

/// Why the node could not be started or asked.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The system gave no thread or no runtime.
    #[error("cannot start the network thread")]
    Start(#[source] io::Error),
    /// The settings cannot be read.
    #[error("cannot read the settings")]
    Settings(#[source] StoreError),
    /// More requests wait than the queue holds.
    #[error("the network thread has too much to do")]
    Busy,
    /// The node was shut down.
    #[error("the network thread has ended")]
    Ended,
}
