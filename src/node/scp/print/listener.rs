//! Where the virtual printer listens, and the course of its associations.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::misbehaviour::Misbehaviour;
use super::services::{Desk, Device};
use crate::dicom::{AeTitle, presentation_context};
use crate::imaging::film::density::DensityRange;
use crate::imaging::film::sheet::RESOLUTION_DPI;
use crate::node::association::{Association, Ended};
use crate::node::connection::Connection;
use crate::node::dimse::{RESPONSE, field};
use crate::node::messages::NodeEvent;
use crate::node::negotiation;
use crate::node::scp::verification;
use crate::node::shared::{self, Counter, Shared};
use crate::node::state::Role;

/// Associations at once.
const ASSOCIATIONS_MAX: u32 = 4;

/// How the virtual printer is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct PrinterOptions {
    /// Its AE title.
    pub ae_title: AeTitle,
    /// Port on loopback; 0 takes a free one.
    pub port: u16,
    /// Where films are kept.
    pub folder: PathBuf,
    /// Dots per inch.
    pub resolution_dpi: f64,
    /// How dark its film gets.
    pub density: DensityRange,
    /// With single classes its image boxes are colour ones.
    pub color_boxes: bool,
    /// What it does wrong.
    pub misbehaviours: Vec<Misbehaviour>,
}

impl PrinterOptions {
    /// A faultless printer on a free port that keeps its films in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            ae_title: AeTitle::try_from("DGSPRINT").expect("eight capital letters"),
            port: 0,
            folder,
            resolution_dpi: RESOLUTION_DPI,
            density: DensityRange::default(),
            color_boxes: false,
            misbehaviours: Vec::new(),
        }
    }
}

/// Binds to loopback and serves until `stop`; tells where it listens, or why it does not.
pub(in crate::node) async fn run(options: PrinterOptions, shared: Shared, stop: CancellationToken) {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let made = std::fs::create_dir_all(&options.folder);
    let ready = bound.and_then(|l| l.local_addr().map(|address| (l, address)));
    let (listener, address) = match (ready, made) {
        (Ok(ready), Ok(())) => ready,
        (Err(error), _) => {
            let what = format!("cannot listen on port {}: {error}", options.port);
            return shared.tell(NodeEvent::PrinterFailed(what));
        }
        (_, Err(error)) => {
            let what = format!("{}: {error}", options.folder.display());
            return shared.tell(NodeEvent::PrinterFailed(what));
        }
    };
    shared.tell(NodeEvent::PrinterListening {
        address,
        ae_title: options.ae_title.clone(),
    });
    let device = Arc::new(Device {
        films: last_film(&options.folder).into(),
        options,
    });
    let counter = Counter::default();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::task::yield_now().await;
            continue;
        };
        let Some(counted) = counter.enter(ASSOCIATIONS_MAX) else {
            tracing::warn!(%peer, "the virtual printer is busy");
            continue;
        };
        let (device, shared, stop) = (Arc::clone(&device), shared.clone(), stop.clone());
        tokio::spawn(async move {
            serve(stream, peer, device, &shared, &stop).await;
            drop(counted);
        });
    }
    shared.tell(NodeEvent::PrinterStopped);
}

/// The number of the last film in the folder: films of an earlier run are never written over.
fn last_film(folder: &std::path::Path) -> u32 {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let number = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_prefix("film-")?.get(..4)?.parse::<u32>().ok()
    };
    names.filter_map(number).max().unwrap_or(0)
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    device: Arc<Device>,
    shared: &Shared,
    stop: &CancellationToken,
) {
    let settings = shared.settings();
    let timers = shared::timers(&settings);
    let connection = Connection::new(stream, Instant::now() + timers.artim, timers.send);
    let mut association =
        Association::new(connection, Role::Acceptor, timers, settings.network_max_pdu);
    let ended = tokio::select! {
        ended = course(&mut association, device, shared, stop) => ended,
        () = shared.kill.cancelled() => association.abort("the program ends").await,
    };
    tracing::info!(%peer, %ended, "virtual printer: association ended");
    // Told to close the connection, it does not wait for the peer's end.
    if !matches!(ended, Ended::Stopped(_)) {
        association.finish().await;
    }
}

async fn course(
    association: &mut Association,
    device: Arc<Device>,
    shared: &Shared,
    stop: &CancellationToken,
) -> Ended {
    let request = match association.await_request().await {
        Ok(request) => request,
        Err(ended) => return ended,
    };
    let calling = match negotiation::judge(&request, None) {
        Ok(calling) => calling,
        Err(refusal) => {
            return match association.reject(refusal.answer()).await {
                Ok(()) => Ended::Stopped(refusal.words()),
                Err(ended) => ended,
            };
        }
    };
    let identity = shared::identity(&shared.settings());
    let accepted = negotiation::accept_by(
        &request,
        &identity,
        presentation_context::choose_for_printer,
    );
    let (answer, contexts) = match accepted {
        Ok(accepted) => accepted,
        Err(invalid) => return association.violate(invalid).await,
    };
    let peer_max = negotiation::peer_maximum(&request);
    if let Err(ended) = association.accept(answer, contexts, peer_max).await {
        return ended;
    }
    let mut desk = Desk::new(device, calling.to_string());
    loop {
        // Whoever composes a film between two requests may take its time.
        let idle = association.timers().idle * 4;
        let (context, command) = match association.next_command(idle, stop).await {
            Ok(Some(message)) => message,
            Ok(None) => return association.reply_release().await,
            Err(ended) => return ended,
        };
        let served = match command.command_field() {
            field::ECHO => verification::answer(association, context, &command)
                .await
                .map(|()| None),
            other if other & RESPONSE != 0 => {
                Err(association.violate("a response to nothing").await)
            }
            _ => desk.serve(association, context, &command, stop).await,
        };
        match served {
            Ok(None) => {}
            Ok(Some(film)) => shared.tell(NodeEvent::FilmKept(film)),
            Err(ended) => return ended,
        }
    }
}
