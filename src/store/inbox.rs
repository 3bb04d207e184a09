//! Objects that are durable and acknowledged, but have no row yet: their rows are committed together, a moment later.
//!
//! A file certifies itself, so its row need not stand between the last byte and the reply: after an unclean end recovery finds
//! what has none. Nobody notices the difference: who reads the index through this store has the rows committed first, a
//! newcomer under the same UID waits for its predecessor, and no folder is settled before its rows are there. Only an object
//! that is certain to become plainly stored waits here; a duplicate or a conflict is decided in the index before the reply.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::files::Slot;
use super::header::{Header, Patient};
use super::index::{self, Candidate, Foresight};
use super::ingest::Settled;
use super::patient::{Agreement, agreement};
use super::store::Inner;
use super::turn::Turn;
use super::writer::locked;
use super::{IngestError, Store, StoreError};

/// Objects that share a transaction; the rest of the time is not waited for.
const GROUP_OBJECTS: usize = 64;
/// With so many waiting, the next one brings them into the index itself.
const WAITING_OBJECTS_MAX: usize = 128;
/// How long a group gathers.
const GROUP_TIME: Duration = Duration::from_millis(50);
/// How long after a failure the next attempt is made.
const RETRY_TIME: Duration = Duration::from_secs(1);

/// What objects on their way are known by.
#[derive(Debug)]
struct Identity {
    instance: String,
    study: String,
    series: String,
    patient: Patient,
}

/// The exclusive right to bring an object under its UID into the index; given back when dropped.
#[derive(Debug)]
pub struct Claim {
    inbox: Arc<Inbox>,
    instance: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = locked(&self.inbox.state);
        let place = state
            .claims
            .iter()
            .position(|claim| claim.instance == self.instance);
        if let Some(place) = place {
            state.claims.swap_remove(place);
        }
        drop(state);
        self.inbox.released.notify_all();
    }
}

/// A durable object without a row.
#[derive(Debug)]
struct Received {
    candidate: Arc<Candidate>,
    /// Keeps the folder from being settled.
    slot: Slot,
    claim: Claim,
    /// Keeps other processes from deciding about the same UID.
    turn: Turn,
}

#[derive(Debug, Default)]
struct State {
    claims: Vec<Identity>,
    waiting: Vec<Received>,
    /// Objects that the index refused for a reason of its own; their folders are read at the next start.
    stuck: Vec<Slot>,
    /// The last attempt failed: no object is acknowledged without its row until one succeeds.
    failing: bool,
    /// There is a thread that does the work.
    served: bool,
    closed: bool,
}

/// Where durable objects wait for their rows.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    /// Told when a claim is given back.
    released: Condvar,
    /// Told when there is work, or none any more.
    changed: Condvar,
    /// Held while rows are committed, so that who comes second finds them committed.
    indexing: Mutex<()>,
    /// Objects without a committed row.
    count: AtomicUsize,
}

impl Inbox {
    /// Ends the thread; what still waits can be brought in by [`Store::index_received`].
    pub fn close(&self) {
        locked(&self.state).closed = true;
        self.changed.notify_all();
    }

    /// Forgets what waits, when even the last attempt failed; it is found at the next start.
    pub fn abandon(&self) {
        let waiting = std::mem::take(&mut locked(&self.state).waiting);
        drop(waiting); // not under the lock: their claims want it
    }

    /// Keeps the folder of an object that has no row from being settled.
    pub fn keep_unsettled(&self, slot: Slot) {
        locked(&self.state).stuck.push(slot);
    }

    fn take(&self) -> Vec<Received> {
        std::mem::take(&mut locked(&self.state).waiting)
    }

    /// Takes back what the index could not take, if anything.
    fn put_back(&self, mut received: Vec<Received>) {
        let mut state = locked(&self.state);
        state.failing = !received.is_empty();
        received.append(&mut state.waiting);
        state.waiting = received;
    }

    /// Waits until a group is due; false when the store is closed.
    fn next_group_is_due(&self) -> bool {
        let mut state = locked(&self.state);
        while state.waiting.is_empty() && !state.closed {
            state = waited(self.changed.wait(state));
        }
        let time = if state.failing {
            RETRY_TIME
        } else {
            GROUP_TIME
        };
        let gathering = |state: &mut State| {
            !state.closed && (state.failing || state.waiting.len() < GROUP_OBJECTS)
        };
        let outcome = self.changed.wait_timeout_while(state, time, gathering);
        let (state, _) = outcome.unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }
}

impl Store {
    /// Waits until no other object under this UID is on its way into the index, and keeps others waiting.
    pub(super) fn claim(&self, header: &Header) -> Claim {
        let inbox = &self.inner.inbox;
        let instance = header.sop_instance_uid.as_str();
        let mut state = locked(&inbox.state);
        while state.claims.iter().any(|claim| claim.instance == instance) {
            drop(state);
            self.index_what_was_received();
            state = locked(&inbox.state);
            if state.claims.iter().any(|claim| claim.instance == instance) {
                // Still being synced by its sender's thread, which is a matter of milliseconds.
                let outcome = inbox.released.wait_timeout(state, GROUP_TIME);
                state = outcome.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.claims.push(Identity {
            instance: instance.to_owned(),
            study: header.study_instance_uid.as_str().to_owned(),
            series: header.series_instance_uid.as_str().to_owned(),
            patient: header.patient.clone(),
        });
        Claim {
            inbox: Arc::clone(inbox),
            instance: instance.to_owned(),
        }
    }

    /// What the index will say about a claimed object, as far as that is certain, with the turn that makes it so.
    pub(super) fn foresee(
        &self,
        candidate: &Candidate,
    ) -> Result<(Foresight, Option<Turn>), StoreError> {
        let turn = self.inner.turns.alone();
        let foresight = self
            .inner
            .read_index_as_it_is(|connection| index::foresee(connection, candidate))?;
        let state = locked(&self.inner.inbox.state);
        let disputed = state.claims.iter().any(|other| disagrees(other, candidate));
        let is_certain = !(state.failing || state.closed || disputed);
        drop(state);
        Ok(match foresight {
            Foresight::Stored if is_certain && turn.is_some() => (Foresight::Stored, turn),
            Foresight::Duplicate => (Foresight::Duplicate, None),
            Foresight::Stored | Foresight::Unclear => (Foresight::Unclear, None),
        })
    }

    /// The right to decide in the index itself, once all that was acknowledged before has its rows.
    pub(super) fn turn_to_decide(&self) -> Result<Turn, StoreError> {
        loop {
            self.index_received()?;
            if let Some(turn) = self.inner.turns.shared(GROUP_TIME) {
                return Ok(turn);
            }
        }
    }

    /// Takes over an object that is durable and foreseen to be stored.
    pub(super) fn accept(&self, candidate: Candidate, slot: Slot, claim: Claim, turn: Turn) {
        let inbox = &self.inner.inbox;
        let mut state = locked(&inbox.state);
        state.waiting.push(Received {
            candidate: Arc::new(candidate),
            slot,
            claim,
            turn,
        });
        inbox.count.fetch_add(1, Ordering::SeqCst);
        let waiting = state.waiting.len();
        let served = state.served || self.serve_inbox();
        state.served = served;
        drop(state);
        if waiting == 1 || waiting == GROUP_OBJECTS {
            inbox.changed.notify_all();
        }
        if waiting >= WAITING_OBJECTS_MAX || !served {
            self.index_what_was_received();
        }
    }

    /// Starts the thread that commits groups; without one the caller does it.
    fn serve_inbox(&self) -> bool {
        let (inbox, inner) = (Arc::clone(&self.inner.inbox), Arc::downgrade(&self.inner));
        let thread = std::thread::Builder::new()
            .name("store-index".to_owned())
            .spawn(move || serve(&inbox, &inner));
        if let Err(error) = &thread {
            tracing::warn!("no thread for the index: {error}");
        }
        thread.is_ok()
    }

    /// Commits the rows of all objects that were received until now.
    pub fn index_received(&self) -> Result<(), StoreError> {
        let inbox = &self.inner.inbox;
        if inbox.count.load(Ordering::SeqCst) == 0 {
            return Ok(());
        }
        let _one_at_a_time = locked(&inbox.indexing);
        let received = inbox.take();
        if received.is_empty() {
            return Ok(());
        }
        let candidates = received.iter().map(|one| Arc::clone(&one.candidate));
        let settled = self.settle_all(candidates.collect());
        let (mut later, mut failure) = (Vec::new(), None);
        for (one, settled) in received.into_iter().zip(settled) {
            match settled {
                Err(IngestError::Index(error)) if !is_of_the_object(&error) => {
                    later.push(one);
                    failure = Some(*error);
                }
                settled => {
                    inbox.count.fetch_sub(1, Ordering::SeqCst);
                    self.let_go(one, settled);
                }
            }
        }
        inbox.put_back(later);
        self.inner.turns.look_for_others();
        failure.map_or(Ok(()), Err)
    }

    /// The same for who can do without: a failure is told in the log and tried again.
    pub(super) fn index_what_was_received(&self) {
        if let Err(error) = self.index_received() {
            tracing::error!(%error, "objects wait for their rows in the index");
        }
    }

    fn let_go(&self, received: Received, settled: Result<Settled, IngestError>) {
        let Received {
            candidate,
            slot,
            claim,
            turn,
        } = received;
        let uid = &candidate.header.sop_instance_uid;
        match settled {
            Ok(Settled { outcome, kept }) => {
                if let Err(error) = outcome {
                    // Another process brought its like in meanwhile.
                    tracing::warn!(%uid, %error, "an object was set aside");
                }
                if !kept {
                    self.inner.slots.give_back(slot);
                }
            }
            Err(error) => {
                tracing::error!(%uid, %error, "an object is without a row until the next start");
                self.inner.inbox.keep_unsettled(slot);
            }
        }
        drop((claim, turn));
    }
}

/// Whether the index refuses this object for its own sake; other failures pass.
fn is_of_the_object(error: &StoreError) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    match error {
        StoreError::Database(error) => matches!(
            error.sqlite_error_code(),
            Some(ConstraintViolation | TooBig | TypeMismatch)
        ),
        _ => false,
    }
}

/// Whether an object on its way is of the same study or series but of another patient (F2).
fn disagrees(other: &Identity, candidate: &Candidate) -> bool {
    let header = &candidate.header;
    let together = other.study == header.study_instance_uid.as_str()
        || other.series == header.series_instance_uid.as_str();
    together
        && other.patient != header.patient
        && matches!(
            agreement(&other.patient, &header.patient),
            Agreement::Disagrees(_)
        )
}

fn serve(inbox: &Inbox, inner: &Weak<Inner>) {
    while inbox.next_group_is_due() {
        match inner.upgrade() {
            Some(inner) => Store { inner }.index_what_was_received(),
            None => return,
        }
    }
}

fn waited<'a>(
    outcome: Result<MutexGuard<'a, State>, PoisonError<MutexGuard<'a, State>>>,
) -> MutexGuard<'a, State> {
    outcome.unwrap_or_else(PoisonError::into_inner)
}
