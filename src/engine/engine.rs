//! The engine's public face: it starts the threads, takes commands, gives events, and ends in order.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use super::cache::default_budget_bytes;
use super::equivalence::pixels_equal;
use super::event_loop::{EventLoop, Start};
use super::outbox::Outbox;
use super::reports::{REPORTS_WAITING_MAX, Report};
use super::{Command, Event, Failure, FailureKind, jobs, station};
use crate::dicom::AeTitle;
use crate::node::{self, ListenTls};
use crate::store::{self, OpenOptions, Store};

/// Commands that may wait for the loop.
const COMMANDS_WAITING_MAX: usize = 256;

/// How to start an engine.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The store's directory.
    pub data_dir: PathBuf,
    /// Hold the store's lock: the window and `serve`, one at a time. Other commands work beside them.
    pub server: bool,
    /// Start the DICOM node at once, as the settings and `listen` say.
    pub run_node: bool,
    /// Hold the lock and start the node unless somebody does already: for commands that answers come back to.
    pub listen_if_alone: bool,
    /// What the command line says about the node for this run.
    pub listen: ListenOverrides,
    /// Turn SIGINT and SIGTERM into `Event::EndRequested`, so that a program without a window ends in order.
    pub catch_signals: bool,
    /// What decoded frames may take, in bytes; `None` is a part of the machine's memory.
    pub frame_budget_bytes: Option<u64>,
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
    /// Certificate, key and authorities for callers: the port speaks TLS.
    pub tls: Option<ListenTls>,
}

/// A running engine. Dropping it shuts down in order, within ten seconds.
#[derive(Debug)]
pub struct Engine {
    commands: Option<Sender<Command>>,
    reports: Sender<Report>,
    outbox: Arc<Outbox>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Opens the store and starts the threads. `wake` is called after events were put into the outbox, from any thread.
    pub fn start(
        mut options: EngineOptions,
        wake: Box<dyn Fn() + Send + Sync>,
    ) -> Result<Self, Failure> {
        let lock = if options.server {
            Some(store::lock(&options.data_dir, &station::describe(None))?)
        } else if options.listen_if_alone {
            let lock = store::lock(&options.data_dir, &station::describe(None)).ok();
            options.run_node = lock.is_some();
            lock
        } else {
            None
        };
        let open_options = OpenOptions {
            equivalent: Some(pixels_equal),
            server: options.server,
        };
        let store = Store::open_with(&options.data_dir, open_options)?;
        if options.server {
            jobs::remove_unpacked(&options.data_dir);
        }
        let outbox = Arc::new(Outbox::new(wake));
        let notice = store
            .notice()
            .map(|notice| Event::Notice(Failure::new(FailureKind::Environment, notice)));
        outbox.put(notice);
        let (commands, waiting) = crossbeam_channel::bounded(COMMANDS_WAITING_MAX);
        let reports = crossbeam_channel::bounded(REPORTS_WAITING_MAX);
        let reports_in = reports.0.clone();
        let frame_budget_bytes = options
            .frame_budget_bytes
            .unwrap_or_else(default_budget_bytes);
        let catch_signals = options.catch_signals;
        let event_loop = EventLoop::new(Start {
            options,
            store,
            lock,
            outbox: Arc::clone(&outbox),
            commands: waiting,
            reports,
            frame_budget_bytes,
        })
        .map_err(no_thread)?;
        if catch_signals {
            let outbox = Arc::clone(&outbox);
            node::on_end_request(move || outbox.put([Event::EndRequested])).map_err(no_thread)?;
        }
        let closing = Arc::clone(&outbox);
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || {
                // Whatever happens to the loop, a shell that waits for it goes on.
                let _close = CloseOnDrop(closing);
                event_loop.run();
            })
            .map_err(no_thread)?;
        Ok(Self {
            commands: Some(commands),
            reports: reports_in,
            outbox,
            thread: Some(thread),
        })
    }

    /// Sends a command; false when the engine is gone.
    pub fn send(&self, command: Command) -> bool {
        self.commands
            .as_ref()
            .is_some_and(|commands| commands.send(command).is_ok())
    }

    /// Events so far, without waiting.
    pub fn drain(&self) -> Vec<Event> {
        let events = self.outbox.take();
        if events.iter().any(|e| matches!(e, Event::FrameReady(..))) {
            // The loop may wait for room; when its queue is full it is awake anyway.
            let _ = self.reports.try_send(Report::Drained);
        }
        events
    }

    /// Waits for the next event; `None` when the engine is gone.
    pub fn next(&self) -> Option<Event> {
        let event = self.outbox.wait();
        if matches!(event, Some(Event::FrameReady(..))) {
            let _ = self.reports.try_send(Report::Drained);
        }
        event
    }

    /// Ends everything in order, within ten seconds: what was acknowledged is safe, what runs is cancelled.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine's thread panicked");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}

struct CloseOnDrop(Arc<Outbox>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn no_thread(error: std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Environment,
        format!("cannot start a thread: {error}"),
    )
}
