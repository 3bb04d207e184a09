//! `dgscope serve`: the node without a window, until SIGINT or SIGTERM.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{Globals, output};
use crate::engine::{
    Engine, EngineOptions, Event, Failure, FailureKind, ListenOverrides, NodeState,
};

/// Arguments of `serve`. Options count for this run, else the settings do.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on [default: setting station.bind]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<std::net::IpAddr>,
    /// Port to listen on, 0 for a free one [default: setting station.port]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Our AE title [default: setting station.ae-title]
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub ae_title: Option<crate::dicom::AeTitle>,
    /// Let calling AE titles in that are not on the access list
    #[arg(long)]
    pub accept_unknown: bool,
}

/// What wakes the loop: events wait, or the end was asked for. One token is enough for any number of reasons.
struct Alarm {
    woken: Receiver<()>,
    wake: SyncSender<()>,
    ended: Arc<AtomicBool>,
}

impl Alarm {
    /// Listens to SIGINT and SIGTERM from now on.
    fn set() -> Result<Self, Failure> {
        let (wake, woken) = sync_channel(1);
        let ended = Arc::new(AtomicBool::new(false));
        let (on_signal, signalled) = (wake.clone(), ended.clone());
        ctrlc::set_handler(move || {
            signalled.store(true, Ordering::SeqCst);
            // A full channel wakes the loop as well.
            let _ = on_signal.try_send(());
        })
        .map_err(|error| {
            let message = format!("serve: signals cannot be awaited: {error}");
            Failure::new(FailureKind::Environment, message)
        })?;
        Ok(Self { woken, wake, ended })
    }
}

/// Runs the command.
pub fn run(args: &ServeArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let alarm = Alarm::set()?;
    let options = EngineOptions {
        data_dir: globals.data_directory()?,
        server: true,
        run_node: true,
        listen: ListenOverrides {
            bind: args.bind,
            port: args.port,
            ae_title: args.ae_title.clone(),
            accept_unknown: args.accept_unknown,
        },
        ..EngineOptions::default()
    };
    let wake = alarm.wake.clone();
    let wake = Box::new(move || {
        let _ = wake.try_send(());
    });
    let engine = Engine::start(options, wake)?;
    let result = watch(&engine, &alarm);
    engine.shutdown();
    result.map(|()| ExitCode::SUCCESS)
}

/// Tells what happens until the end was asked for.
fn watch(engine: &Engine, alarm: &Alarm) -> Result<(), Failure> {
    let mut ready = false;
    loop {
        for event in engine.drain() {
            match event {
                Event::NodeState(NodeState::Listening {
                    ae_title, address, ..
                }) if !ready => {
                    ready = true;
                    output::line(&format!("listening on {address} as {ae_title}"));
                }
                Event::NodeState(NodeState::Failed(reason)) => {
                    let message = format!("serve: {reason}");
                    return Err(Failure::new(FailureKind::Environment, message));
                }
                event => tell(event),
            }
        }
        if alarm.ended.load(Ordering::SeqCst) || alarm.woken.recv().is_err() {
            return Ok(());
        }
    }
}

fn tell(event: Event) {
    match event {
        Event::CallerRefused {
            calling,
            host,
            reason,
            curable,
        } => {
            let mut line = format!("refused {calling} from {host}: {reason}");
            if curable {
                line.push_str(&format!(
                    "; to let it in: dgscope peer allow '{calling}' --host {host}"
                ));
            }
            output::say(&line);
        }
        Event::Notice(failure) | Event::Refused(failure) => output::say(&failure.message),
        _ => {}
    }
}
