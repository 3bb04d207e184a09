//! The engine's side of the node: started when first needed, told what to do, its news put into words.

use std::net::SocketAddr;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::event::NodeState;
use super::reports::Report;
use super::{Event, Failure, FailureKind, ListenOverrides};
use crate::node::{ListenOptions, NodeEvent, NodeHandle, NodeRequest};
use crate::store::Store;

/// The node as the engine knows it.
#[derive(Debug)]
pub(super) struct NodeDesk {
    handle: Option<NodeHandle>,
    listening: Option<(SocketAddr, String)>,
    associations: u32,
}

impl NodeDesk {
    /// No node yet.
    pub(super) fn new() -> Self {
        Self {
            handle: None,
            listening: None,
            associations: 0,
        }
    }

    /// Where and as whom it listens.
    pub(super) fn listening(&self) -> Option<(SocketAddr, &str)> {
        let (address, title) = self.listening.as_ref()?;
        Some((*address, title))
    }

    /// Asks the node for something, starting it if need be.
    pub(super) fn ask(
        &mut self,
        request: NodeRequest,
        store: &Store,
        reports: &Sender<Report>,
    ) -> Result<(), Failure> {
        let handle = match self.handle.take() {
            Some(handle) => handle,
            None => {
                let reports = reports.clone();
                let report = Arc::new(move |event| {
                    // When the engine is gone nobody wants to know.
                    let _ = reports.send(Report::Node(event));
                });
                NodeHandle::start(store.clone(), report).map_err(environment)?
            }
        };
        self.handle
            .insert(handle)
            .send(request)
            .map_err(environment)
    }

    /// Tells a running node something; without one there is nobody to tell.
    pub(super) fn tell(&self, request: NodeRequest) {
        if let Some(handle) = &self.handle
            && let Err(error) = handle.send(request)
        {
            tracing::warn!("the node could not be told: {error}");
        }
    }

    /// Gives the handle away, to be shut down.
    pub(super) fn release(&mut self) -> Option<NodeHandle> {
        self.handle.take()
    }

    /// Puts what the node told into events. Answers to jobs are not its business.
    pub(super) fn observe(&mut self, event: NodeEvent) -> Vec<Event> {
        match event {
            NodeEvent::Listening { address, ae_title } => {
                tracing::info!("listening on {address} as {ae_title}");
                self.listening = Some((address, ae_title.to_string()));
                vec![self.state()]
            }
            NodeEvent::ListenFailed(reason) => {
                tracing::warn!("cannot listen: {reason}");
                self.listening = None;
                vec![Event::NodeState(NodeState::Failed(reason))]
            }
            NodeEvent::ListenStopped => {
                self.listening = None;
                vec![self.state()]
            }
            NodeEvent::Opened {
                association,
                calling,
                host,
                facts,
            } => {
                self.associations += 1;
                let user = match facts.user() {
                    "" => String::new(),
                    user => format!(", user {user}"),
                };
                let line = format!("{association}: {calling} from {host} opened{user}");
                vec![self.state(), Event::AssociationLog(line)]
            }
            NodeEvent::Closed {
                association,
                calling,
                stored,
                failed,
                how,
                ..
            } => {
                self.associations = self.associations.saturating_sub(1);
                let line = format!(
                    "{association}: {calling} {how}, {stored} objects kept, {failed} refused"
                );
                vec![self.state(), Event::AssociationLog(line)]
            }
            NodeEvent::Refused {
                calling,
                host,
                reason,
                curable,
            } => vec![Event::CallerRefused {
                calling,
                host,
                reason,
                curable,
            }],
            NodeEvent::Stored {
                sop_instance_uid,
                remark: Some(remark),
            } => vec![Event::AssociationLog(format!(
                "{sop_instance_uid}: {remark}"
            ))],
            _ => Vec::new(),
        }
    }

    fn state(&self) -> Event {
        Event::NodeState(match &self.listening {
            Some((address, ae_title)) => NodeState::Listening {
                ae_title: ae_title.clone(),
                address: *address,
                associations: self.associations,
            },
            None => NodeState::Off,
        })
    }
}

/// How to listen, as the command line says.
pub(super) fn listen_options(overrides: &ListenOverrides) -> ListenOptions {
    ListenOptions {
        bind: overrides.bind,
        port: overrides.port,
        ae_title: overrides.ae_title.clone(),
        accept_unknown: overrides.accept_unknown.then_some(true),
        tls: overrides.tls.clone(),
    }
}

fn environment(error: crate::node::NodeError) -> Failure {
    Failure::new(FailureKind::Environment, format!("node: {error}"))
}
