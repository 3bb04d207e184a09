//! Reports of storage commitment that we owe (PS3.4 Annex J): each request's files are read back, then the report goes out on the
//! association that asked while it is open, else on a new one, again and again until the peer confirms it.
//!
//! The requests lie in the database, so a node that ends owes the same when it starts again. Only a node that listens delivers.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::mailbox::{Delivery, Mailbox};
use super::messages::Target;
use super::scu;
use super::scu::connect::Call;
use super::shared::Shared;
use crate::dicom::AeTitle;
use crate::store::commitment::OwedReport;
use crate::store::{Peer, Store};

/// Reports delivered at once.
const AT_ONCE_MAX: u32 = 4;
/// Looks at the database at least this often: another process may have added a peer or a request.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);
/// Pause after the database could not be read.
const PROBLEM_PAUSE: Duration = Duration::from_secs(5);

/// Where requests came in, for as long as those associations are open. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Commitments {
    wake: Arc<Notify>,
    open: Arc<Mutex<HashMap<i64, (Mailbox, u8)>>>,
}

impl Commitments {
    /// A request was kept; it came on this association and context.
    pub fn note(&self, id: i64, mailbox: &Mailbox, context_id: u8) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id, (mailbox.clone(), context_id));
        drop(open);
        self.wake.notify_one();
    }

    fn origin(&self, id: i64) -> Option<(Mailbox, u8)> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&id)
    }
}

/// Delivers what is owed until `stop`.
pub async fn run(shared: Shared, calling: AeTitle, stop: CancellationToken) {
    let mut under_way: HashSet<i64> = HashSet::new();
    let mut deliveries: JoinSet<i64> = JoinSet::new();
    loop {
        let wait = start_due(&shared, &calling, &stop, &mut under_way, &mut deliveries).await;
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = deliveries.join_next() => {
                if let Ok(id) = ended {
                    under_way.remove(&id);
                }
            }
            () = shared.commitments.wake.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    // What is under way ends by the same token; what it owes is in the database.
    while deliveries.join_next().await.is_some() {}
}

/// Starts what is due and tells how long to wait for more.
async fn start_due(
    shared: &Shared,
    calling: &AeTitle,
    stop: &CancellationToken,
    under_way: &mut HashSet<i64>,
    deliveries: &mut JoinSet<i64>,
) -> Duration {
    let asked = shared
        .ask(|store| {
            Ok((
                store.commitments_due(AT_ONCE_MAX * 2)?,
                store.next_commitment_due()?,
            ))
        })
        .await;
    let (due, next) = match asked {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "the commitments cannot be read");
            return PROBLEM_PAUSE;
        }
    };
    for id in due {
        if under_way.len() >= AT_ONCE_MAX as usize {
            // The end of one of them is what is waited for.
            return LOOK_INTERVAL;
        }
        if under_way.insert(id) {
            let (shared, calling, stop) = (shared.clone(), calling.clone(), stop.clone());
            deliveries.spawn(async move {
                tokio::select! {
                    () = deliver(&shared, &calling, id, &stop) => {}
                    () = stop.cancelled() => {}
                }
                id
            });
        }
    }
    // What is due and under way already must not keep us spinning.
    match next {
        Some(next) if !next.is_zero() => next.min(LOOK_INTERVAL),
        _ => LOOK_INTERVAL,
    }
}

async fn deliver(shared: &Shared, calling: &AeTitle, id: i64, stop: &CancellationToken) {
    let examined = shared.ask(move |store| store.examine_commitment(id)).await;
    let report = match examined {
        Ok(Some(report)) => report,
        Ok(None) => return,
        Err(error) => {
            tracing::error!(%error, "a commitment could not be examined");
            return postpone(
                shared,
                id,
                "our own failure: the files could not be examined",
            )
            .await;
        }
    };
    let origin = shared.commitments.origin(id);
    let peer = match peer_of(shared, &report).await {
        Ok(peer) => peer,
        Err(error) => return postpone(shared, id, &error.to_string()).await,
    };
    let on_new = peer.as_ref().is_some_and(|peer| peer.reports_on_new);
    if let (Some(origin), false) = (origin, on_new)
        && on_same_association(origin, report.clone()).await
    {
        return confirmed(shared, id, &report).await;
    }
    let Some(peer) = peer else {
        let problem = format!("no address for {} in the AE table", report.ae_title);
        return postpone(shared, id, &problem).await;
    };
    let call = Call {
        target: Target::from(&peer),
        calling: calling.clone(),
        settings: shared.settings(),
    };
    match scu::commitment::report(&call, &report, stop).await {
        Ok(()) => confirmed(shared, id, &report).await,
        Err(failure) => postpone(shared, id, &failure.to_string()).await,
    }
}

/// The peer of that title; of several the one at the caller's address.
async fn peer_of(
    shared: &Shared,
    report: &OwedReport,
) -> Result<Option<Peer>, crate::store::StoreError> {
    let peers = shared.ask(Store::peers).await?;
    let mut named: Vec<Peer> = peers
        .into_iter()
        .filter(|peer| peer.ae_title == report.ae_title)
        .collect();
    let at = named.iter().position(|peer| peer.host == report.host);
    Ok((!named.is_empty()).then(|| named.swap_remove(at.unwrap_or(0))))
}

async fn on_same_association(origin: (Mailbox, u8), report: OwedReport) -> bool {
    let (mailbox, context_id) = origin;
    let (confirmed, confirmation) = oneshot::channel();
    let delivery = Delivery {
        report,
        context_id,
        confirmed,
    };
    mailbox.put(delivery).is_ok() && confirmation.await.is_ok()
}

async fn confirmed(shared: &Shared, id: i64, report: &OwedReport) {
    tracing::info!(peer = %report.ae_title, transaction = %report.transaction_uid, "commitment reported");
    if let Err(error) = shared.ask(move |store| store.commitment_reported(id)).await {
        tracing::error!(%error, "a delivered report could not be noted");
    }
}

async fn postpone(shared: &Shared, id: i64, problem: &str) {
    let words = problem.to_owned();
    match shared
        .ask(move |store| store.commitment_postponed(id, &words))
        .await
    {
        Ok(pause) => tracing::warn!(problem, ?pause, "a commitment report is postponed"),
        Err(error) => tracing::error!(%error, "a report could not be postponed"),
    }
}
