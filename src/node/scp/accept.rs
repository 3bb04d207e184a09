//! Answers a caller: who may talk, what is agreed on, then one message after another until the end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use dicom_ul::pdu::AssociationRQ;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::commitment::{self, Commitment};
use super::{find, retrieve, storage, verification};
use crate::dicom::status::Status;
use crate::dicom::{AeTitle, sop_class};
use crate::node::association::{Association, Ended, Next};
use crate::node::connection::Connection;
use crate::node::dimse::{CommandSet, RESPONSE, field};
use crate::node::facts::AssociationFacts;
use crate::node::listener::Station;
use crate::node::messages::NodeEvent;
use crate::node::negotiation::{self, Refusal};
use crate::node::pdu;
use crate::node::shared::{self, Counted, Shared};
use crate::node::state::Role;
use crate::node::stream::Stream;

/// Objects answered on one association.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// With success or a warning.
    pub stored: u64,
    /// With a failure.
    pub failed: u64,
    /// How often with which status, other than success.
    pub statuses: BTreeMap<u16, u64>,
}

/// An association that was agreed on.
struct Caller {
    calling: AeTitle,
    host: String,
    number: u64,
    _counted: Counted,
}

/// Serves one connection to its end. `negotiating` is cancelled here when negotiation is over, from outside to make room.
pub async fn serve(
    stream: Stream,
    peer: SocketAddr,
    shared: &Shared,
    station: &Station,
    negotiating: &CancellationToken,
) {
    let settings = shared.settings();
    let timers = shared::timers(&settings);
    let connection = Connection::new(stream, Instant::now() + timers.artim, timers.send);
    let mut association =
        Association::new(connection, Role::Acceptor, timers, settings.network_max_pdu);
    let host = peer.ip().to_canonical().to_string();
    let negotiated = tokio::select! {
        biased;
        () = negotiating.cancelled() => None,
        () = shared.stop.cancelled() => None,
        outcome = tokio::time::timeout(
            timers.negotiation,
            negotiate(&mut association, &host, shared, station),
        ) => Some(outcome.unwrap_or(Err(Ended::TimedOut))),
    };
    negotiating.cancel();
    match negotiated {
        None => return,
        Some(Ok(caller)) => work(&mut association, caller, shared, station).await,
        Some(Err(ended)) => tracing::info!(%host, %ended, "no association"),
    }
    tokio::select! {
        () = association.finish() => {}
        () = shared.kill.cancelled() => {}
    }
}

async fn negotiate(
    association: &mut Association,
    host: &str,
    shared: &Shared,
    station: &Station,
) -> Result<Caller, Ended> {
    let request = association.await_request().await?;
    let settings = shared.settings();
    let called = settings
        .network_check_called_title
        .then_some(&station.ae_title);
    let admitted = match negotiation::judge(&request, called) {
        Ok(calling) => admit(calling, host, shared, station),
        Err(refusal) => Err(refusal),
    };
    let (calling, counted) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return Err(refuse(association, &request, host, refusal, shared).await),
    };
    let identity = shared::identity(&settings);
    let (answer, contexts) = match negotiation::accept(&request, &identity) {
        Ok(accepted) => accepted,
        Err(invalid) => return Err(association.violate(invalid).await),
    };
    let peer_max = negotiation::peer_maximum(&request);
    let facts = AssociationFacts::of_request(&request, &contexts);
    association.accept(answer, contexts, peer_max).await?;
    let number = shared.next_number();
    if let Some(user) = &facts.user {
        tracing::info!(association = number, %calling, %user, "the caller names its user");
    }
    shared.tell(NodeEvent::Opened {
        association: number,
        calling: calling.clone(),
        host: host.to_owned(),
        facts: Arc::new(facts),
    });
    Ok(Caller {
        calling,
        host: host.to_owned(),
        number,
        _counted: counted,
    })
}

/// Whether the caller may talk and there is room for it.
fn admit(
    calling: AeTitle,
    host: &str,
    shared: &Shared,
    station: &Station,
) -> Result<(AeTitle, Counted), Refusal> {
    let settings = shared.settings();
    let anyone = station
        .accept_unknown
        .unwrap_or(settings.network_accept_unknown);
    if !anyone {
        match shared.store.is_allowed(&calling, host) {
            Ok(true) => {}
            Ok(false) => return Err(Refusal::CallingTitle),
            Err(error) => {
                tracing::error!(%error, "the access list cannot be read");
                return Err(Refusal::OurFailure);
            }
        }
    }
    let counted = shared
        .associations
        .enter(settings.network_max_associations)
        .ok_or(Refusal::Limit)?;
    Ok((calling, counted))
}

async fn refuse(
    association: &mut Association,
    request: &AssociationRQ,
    host: &str,
    refusal: Refusal,
    shared: &Shared,
) -> Ended {
    let calling = pdu::text(request.calling_ae_title.as_bytes());
    tracing::warn!(%calling, %host, reason = refusal.words(), "caller refused");
    shared.tell(NodeEvent::Refused {
        calling,
        host: host.to_owned(),
        reason: refusal.words().to_owned(),
        curable: refusal == Refusal::CallingTitle,
    });
    match association.reject(refusal.answer()).await {
        Ok(()) => Ended::Stopped(refusal.words()),
        Err(ended) => ended,
    }
}

/// Brings the rows of what was received into the index now. The objects are durable without.
fn make_visible(shared: &Shared) {
    if let Err(error) = shared.store.index_received() {
        tracing::error!(%error, "received objects are not in the index yet");
    }
}

/// Serves messages until the association ends, and tells how it did.
async fn work(association: &mut Association, caller: Caller, shared: &Shared, station: &Station) {
    let mut tally = Tally::default();
    let ended = tokio::select! {
        biased;
        () = shared.kill.cancelled() => None,
        ended = serve_messages(association, &caller, (shared, station), &mut tally) => Some(ended),
    };
    make_visible(shared);
    let ended = match ended {
        Some(ended) => ended,
        None => association.abort("the program ends").await,
    };
    tracing::info!(association = caller.number, calling = %caller.calling, host = %caller.host,
        stored = tally.stored, failed = tally.failed, %ended, "association ended");
    shared.tell(NodeEvent::Closed {
        association: caller.number,
        calling: caller.calling,
        stored: tally.stored,
        failed: tally.failed,
        statuses: tally.statuses.into_iter().collect(),
        how: ended.to_string(),
    });
}

async fn serve_messages(
    association: &mut Association,
    caller: &Caller,
    (shared, station): (&Shared, &Station),
    tally: &mut Tally,
) -> Ended {
    let mut storage = storage::Storage::new(caller.calling.clone());
    let mut commitment = Commitment::default();
    loop {
        let idle = association.timers().idle;
        let wake = commitment.mailbox.arm(&shared.stop);
        let (context_id, command) = match association.next_or_stop(idle, &wake).await {
            Ok(Next::Command(context_id, command)) => (context_id, command),
            Ok(Next::Release) => {
                // Who released may look at once, from another process too.
                make_visible(shared);
                return association.reply_release().await;
            }
            Ok(Next::Stopped) if shared.stop.is_cancelled() => {
                return association.abort("the program ends").await;
            }
            Ok(Next::Stopped) => match commitment.send_reports(association).await {
                Ok(()) => continue,
                Err(ended) => return ended,
            },
            Err(ended) => return ended,
        };
        let served = match command.command_field() {
            field::ECHO => verification::answer(association, context_id, &command).await,
            field::STORE => {
                let serving = storage.serve(association, context_id, &command, shared, tally);
                serving.await
            }
            field::ACTION => {
                let from = (&caller.calling, caller.host.as_str());
                let answering =
                    commitment.answer_request(association, context_id, &command, from, shared);
                answering.await
            }
            field::EVENT_REPORT => {
                commitment::take_report(association, context_id, &command, shared).await
            }
            other if other == field::EVENT_REPORT | RESPONSE => {
                let taking = commitment.take_confirmation(association, context_id, &command);
                taking.await
            }
            // Only negotiated where the setting allows it; the class of the context says which service it is.
            field::FIND if is_on(association, context_id, sop_class::STUDY_ROOT_FIND) => {
                let us = &station.ae_title;
                find::serve(association, context_id, &command, us, shared).await
            }
            field::MOVE if is_on(association, context_id, sop_class::STUDY_ROOT_MOVE) => {
                let parties = retrieve::Parties {
                    caller: &caller.calling,
                    us: &station.ae_title,
                };
                retrieve::serve(association, context_id, &command, &parties, shared).await
            }
            // What it was for has ended already, and C-CANCEL has no answer (PS3.7 §9.3.2.3).
            field::CANCEL => Ok(()),
            other if other & RESPONSE != 0 => {
                Err(association.violate("a response to nothing").await)
            }
            _ => unrecognized(association, context_id, &command).await,
        };
        if let Err(ended) = served {
            return ended;
        }
    }
}

/// Whether a context was agreed on for this class.
fn is_on(association: &Association, context_id: u8, class: &str) -> bool {
    let context = association.contexts().get(&context_id);
    context.is_some_and(|context| context.sop_class.as_str() == class)
}

/// Answers what we do not do: the class of the command is not the context's, or the operation is not the class's.
async fn unrecognized(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
) -> Result<(), Ended> {
    if command.has_data_set() {
        association.skip_data_set(context_id).await?;
    }
    let agreed = association
        .contexts()
        .get(&context_id)
        .map(|context| context.sop_class.clone());
    let status = match (command.sop_class(), agreed) {
        (Some(named), Some(agreed)) if named != agreed => Status::CLASS_NOT_SUPPORTED,
        _ => Status::UNRECOGNIZED_OPERATION,
    };
    let response = command
        .response(status.0)
        .with_comment("this operation is not served on this context");
    association.send_command(context_id, &response).await
}
