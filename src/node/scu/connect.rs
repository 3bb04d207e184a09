//! From a peer's name to an association, each step named: look-up, connect, association.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::{Instant, timeout};

use crate::dicom::presentation_context::ProposedContext;
use crate::dicom::{AeTitle, SopClassUid, sop_class};
use crate::node::association::{Association, Ended};
use crate::node::connection::Connection;
use crate::node::messages::{StepFailure, Target, TargetTls};
use crate::node::negotiation;
use crate::node::shared;
use crate::node::state::Role;
use crate::node::stream::Stream;
use crate::node::tls;
use crate::store::Settings;

/// Who calls whom, by which settings.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whom.
    pub target: Target,
    /// As whom.
    pub calling: AeTitle,
    /// Timers and limits.
    pub settings: Arc<Settings>,
}

fn failure(step: &'static str, reason: impl ToString) -> StepFailure {
    StepFailure {
        step,
        reason: reason.to_string(),
    }
}

/// Opens an association that has at least one accepted context.
pub async fn associate(
    call: &Call,
    proposed: &[ProposedContext],
) -> Result<Association, StepFailure> {
    associate_as(call, proposed, &[]).await
}

/// As [`associate`], and we ask to receive objects of the storage classes on it (role selection, PS3.7 §D.3.3.4).
pub async fn associate_as_receiver(
    call: &Call,
    proposed: &[ProposedContext],
) -> Result<Association, StepFailure> {
    let mut received: Vec<SopClassUid> = Vec::new();
    for context in proposed {
        let class = &context.abstract_syntax;
        if sop_class::is_storage(class.as_str()) && !received.contains(class) {
            received.push(class.clone());
        }
    }
    associate_as(call, proposed, &received).await
}

/// Opens an association on which we are SCP of the classes `provided`, SCU of the others.
pub async fn associate_as(
    call: &Call,
    proposed: &[ProposedContext],
    provided: &[SopClassUid],
) -> Result<Association, StepFailure> {
    let addresses = look_up(call).await?;
    let stream = connect(call, &addresses).await?;
    let stream = secured(call, stream).await?;
    negotiate(call, stream, proposed, provided).await
}

/// The connection as the association uses it: by TLS where the peer is called so.
pub async fn secured(call: &Call, stream: TcpStream) -> Result<Stream, StepFailure> {
    match &call.target.tls {
        None => Ok(Stream::from(stream)),
        Some(choice) => secure(call, choice, stream).await,
    }
}

/// Negotiates on a connection that is there.
pub async fn negotiate(
    call: &Call,
    stream: Stream,
    proposed: &[ProposedContext],
    provided: &[SopClassUid],
) -> Result<Association, StepFailure> {
    let timers = shared::timers(&call.settings);
    let connection = Connection::new(stream, Instant::now() + timers.negotiation, timers.send);
    let receive_max = call.settings.network_max_pdu;
    let mut association = Association::new(connection, Role::Requestor, timers, receive_max);
    let identity = shared::identity(&call.settings);
    let (request, classes) = negotiation::request(
        &call.calling,
        &call.target.ae_title,
        proposed,
        provided,
        &identity,
    );
    if let Err(ended) = association.request(request, &classes).await {
        association.finish().await;
        let reason = match ended {
            Ended::TimedOut => "no answer in time".to_owned(),
            Ended::Lost(reason) if call.target.tls.is_none() => {
                format!("{reason} without an answer; perhaps it wants TLS, or refuses our address")
            }
            ended => ended.to_string(),
        };
        return Err(failure("association", reason));
    }
    if association.contexts().is_empty() {
        let ended = association
            .abort("no presentation context was accepted")
            .await;
        association.finish().await;
        return Err(failure("association", ended));
    }
    Ok(association)
}

/// The TLS handshake; it counts as a step of its own.
async fn secure(call: &Call, choice: &TargetTls, stream: TcpStream) -> Result<Stream, StepFailure> {
    let secured = tls::connect(stream, &call.target.host, choice, &call.settings);
    match timeout(call.settings.timers_connect, secured).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failure("tls", error)),
        Err(_) => Err(failure("tls", "no answer to the handshake in time")),
    }
}

/// The addresses of the peer's name.
pub async fn look_up(call: &Call) -> Result<Vec<SocketAddr>, StepFailure> {
    let host = call.target.host.as_str();
    let looked_up = lookup_host((host, call.target.port));
    match timeout(call.settings.timers_connect, looked_up).await {
        Ok(Ok(addresses)) => {
            let addresses: Vec<SocketAddr> = addresses.collect();
            if addresses.is_empty() {
                return Err(failure("look-up", format!("{host} has no address")));
            }
            Ok(addresses)
        }
        Ok(Err(error)) => Err(failure("look-up", format!("{host}: {error}"))),
        Err(_) => Err(failure("look-up", format!("{host}: no answer in time"))),
    }
}

/// Our address on the way to the target, as its administrator must know it. Nothing is sent.
pub async fn own_address_towards(call: &Call) -> Option<IpAddr> {
    let address = *look_up(call).await.ok()?.first()?;
    let any: IpAddr = if address.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0)).await.ok()?;
    socket.connect(address).await.ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Tries one address after the other, all within the time for a connection.
pub async fn connect(call: &Call, addresses: &[SocketAddr]) -> Result<TcpStream, StepFailure> {
    let deadline = Instant::now() + call.settings.timers_connect;
    let mut last = failure("connect", "no address");
    for address in addresses {
        match tokio::time::timeout_at(deadline, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = failure("connect", format!("{address}: {error}")),
            Err(_) => {
                return Err(failure("connect", format!("{address}: no answer in time")));
            }
        }
    }
    Err(last)
}
