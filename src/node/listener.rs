//! Accepts connections: as many as can negotiate at once, with a quick refusal for the rest, so that a caller is never left
//! without an answer and no crowd of silent callers keeps others out.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dicom_ul::pdu::{Pdu, write_pdu};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::messages::NodeEvent;
use super::negotiation::Refusal;
use super::scp;
use super::shared::{Counter, Shared};
use super::tls::{self, Acceptor};
use crate::dicom::AeTitle;

/// Connections that may negotiate beyond the associations at work.
const NEGOTIATING_MAX: u32 = 32;
/// Callers that may be told at once that there is no room; more are dropped without a word.
const TURNED_AWAY_MAX: u32 = 256;
/// How long one who was told is listened to.
const TURNED_AWAY_TIME: Duration = Duration::from_secs(1);
/// A caller silent for this long makes room for a new one.
const SILENCE: Duration = Duration::from_millis(500);
/// Pause after the system refused to give a connection (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the listener was told for as long as it runs.
#[derive(Debug, Clone)]
pub struct Station {
    /// Our AE title.
    pub ae_title: AeTitle,
    /// Whether unknown callers may talk; `None` is as the settings say.
    pub accept_unknown: Option<bool>,
    /// Answers TLS, or the port is plain.
    pub tls: Option<Acceptor>,
}

/// Callers that have not finished negotiating, oldest first.
type Negotiating = VecDeque<(Instant, CancellationToken)>;

/// Accepts until `stop`.
pub async fn run(listener: TcpListener, shared: Shared, station: Station, stop: CancellationToken) {
    let connections = Counter::default();
    let turned_away = Counter::default();
    let mut negotiating = Negotiating::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let limit = shared.settings().network_max_associations + NEGOTIATING_MAX;
        make_room(&mut negotiating, connections.count() >= limit);
        let Some(counted) = connections.enter(limit) else {
            if let Some(counted) = turned_away.enter(TURNED_AWAY_MAX) {
                let send_time = shared.settings().timers_send;
                tokio::spawn(async move {
                    turn_away(stream, send_time).await;
                    drop(counted);
                });
            }
            tracing::warn!(%peer, "turned away: too many connections");
            continue;
        };
        let evicted = CancellationToken::new();
        negotiating.push_back((Instant::now(), evicted.clone()));
        let (shared, station) = (shared.clone(), station.clone());
        let started = start_thread(stream, move |stream| async move {
            serve(stream, peer, shared, station, evicted).await;
            drop(counted);
        });
        if let Err(error) = started {
            tracing::error!(%error, %peer, "no thread for a connection");
        }
    }
}

/// Forgets who finished negotiating, and if there is need sends away the oldest who is silent for too long.
fn make_room(negotiating: &mut Negotiating, needed: bool) {
    negotiating.retain(|(_, token)| !token.is_cancelled());
    if needed
        && let Some((since, token)) = negotiating.front()
        && since.elapsed() > SILENCE
    {
        token.cancel();
        negotiating.pop_front();
    }
}

/// Serves a connection on a thread of its own, which may block on the disk without keeping others waiting.
fn start_thread<F: Future<Output = ()>>(
    stream: TcpStream,
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> io::Result<()> {
    let stream = stream.into_std()?;
    std::thread::Builder::new()
        .name("association".to_owned())
        .spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build();
            let served = runtime.and_then(|runtime| {
                runtime.block_on(async move {
                    serve(TcpStream::from_std(stream)?).await;
                    Ok(())
                })
            });
            if let Err(error) = served {
                tracing::error!(%error, "a connection cannot be served");
            }
        })?;
    Ok(())
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Shared,
    station: Station,
    negotiating: CancellationToken,
) {
    let artim = shared.settings().timers_artim;
    let secured = tokio::select! {
        biased;
        () = negotiating.cancelled() => return,
        () = shared.stop.cancelled() => return negotiating.cancel(),
        secured = tokio::time::timeout(artim, tls::accept(stream, station.tls.as_ref())) => secured,
    };
    let stream = match secured {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let host = peer.ip().to_canonical().to_string();
            tracing::warn!(%host, %error, "caller refused");
            shared.tell(NodeEvent::Refused {
                calling: String::new(),
                host,
                reason: error.to_string(),
                curable: false,
            });
            return negotiating.cancel();
        }
        // It said nothing, or not enough, in time.
        Err(_) => return negotiating.cancel(),
    };
    // Cancelled from outside it means "make room", from inside "negotiated": either way this caller leaves the list.
    scp::accept::serve(stream, peer, &shared, &station, &negotiating).await;
    negotiating.cancel();
}

/// Tells a caller that there is no room, before it said anything.
async fn turn_away(stream: TcpStream, send_time: Duration) {
    let deadline = Instant::now() + TURNED_AWAY_TIME;
    let mut connection = Connection::new(stream, deadline, send_time.min(TURNED_AWAY_TIME));
    let mut bytes = Vec::new();
    if write_pdu(&mut bytes, &Pdu::AssociationRJ(Refusal::Limit.answer())).is_ok()
        && connection.send(&bytes).await.is_ok()
    {
        connection.close(deadline).await;
    }
}
