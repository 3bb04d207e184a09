//! Which process decides what becomes of an object, when several work on one store.
//!
//! A decision with its row in the same breath can be made beside others: the database orders them, so they share a file lock.
//! To acknowledge objects whose rows are still to come (`inbox.rs`) a process must be the only one that decides, so it holds
//! the lock alone from the first such decision until all rows are there. Whoever comes meanwhile says so by a lock on a second
//! file and is let in after the next group. Locks end with their process, however that ends.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::writer::locked;

/// Locked, shared or alone, by who decides.
const TURN_FILE: &str = "index.turn";
/// Locked by who waits for the other lock.
const QUEUE_FILE: &str = "index.queue";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    Free,
    Shared,
    Alone,
}

#[derive(Debug, Default)]
struct State {
    mode: Mode,
    /// Decisions of this process that are under way.
    users: usize,
    /// Somebody waits for the end of the time alone, so nobody new comes in.
    ending: bool,
}

/// This process's part in the order of decisions.
#[derive(Debug)]
pub struct Turns {
    turn: File,
    queue: File,
    state: Mutex<State>,
    freed: Condvar,
}

/// The right to decide, until it is dropped.
#[derive(Debug)]
pub struct Turn(Arc<Turns>);

impl Turns {
    /// For the store in `data_dir`.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let open = |name: &str| {
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(false);
            options.open(data_dir.join(name))
        };
        Ok(Self {
            turn: open(TURN_FILE)?,
            queue: open(QUEUE_FILE)?,
            state: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// A turn as the only process, if that can be had at once.
    pub fn alone(self: &Arc<Self>) -> Option<Turn> {
        let mut state = locked(&self.state);
        match state.mode {
            Mode::Alone if !state.ending => {}
            Mode::Free if self.turn.try_lock().is_ok() => state.mode = Mode::Alone,
            _ => return None,
        }
        state.users += 1;
        Some(Turn(Arc::clone(self)))
    }

    /// A turn beside others. When this process is alone, that comes to its end first; none when it has not within `patience`.
    pub fn shared(self: &Arc<Self>, patience: Duration) -> Option<Turn> {
        let mut state = locked(&self.state);
        if state.mode == Mode::Alone {
            state.ending = true;
            let still = |state: &mut State| state.mode == Mode::Alone;
            let outcome = self.freed.wait_timeout_while(state, patience, still);
            state = outcome.unwrap_or_else(PoisonError::into_inner).0;
        }
        match state.mode {
            Mode::Alone => return None,
            Mode::Shared => {}
            Mode::Free => {
                // Nothing of this process is under way, so nobody in it needs the state to get on.
                if let Err(error) = self.wait_in_line() {
                    tracing::debug!("no lock on the order of decisions: {error}");
                }
                state.mode = Mode::Shared;
            }
        }
        state.users += 1;
        Some(Turn(Arc::clone(self)))
    }

    fn wait_in_line(&self) -> io::Result<()> {
        self.queue.lock_shared()?;
        let locked = self.turn.lock_shared();
        self.queue.unlock()?;
        locked
    }

    /// Ends the time alone as soon as what is under way is done, if another process waits. To be asked now and then.
    pub fn look_for_others(&self) {
        let mut state = locked(&self.state);
        if state.mode == Mode::Alone && !state.ending {
            match self.queue.try_lock() {
                Ok(()) => {
                    if let Err(error) = self.queue.unlock() {
                        tracing::debug!("no lock on the order of decisions: {error}");
                    }
                }
                Err(_) => state.ending = true,
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = locked(&self.0.state);
        state.users -= 1;
        if state.users > 0 {
            return;
        }
        if let Err(error) = self.0.turn.unlock() {
            tracing::debug!("no lock on the order of decisions: {error}");
        }
        *state = State::default();
        drop(state);
        self.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(directory: &Path) -> Arc<Turns> {
        Arc::new(Turns::open(directory).expect("files to lock"))
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn who_is_alone_lets_others_in_after_what_is_under_way() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (one, other) = (turns(directory.path()), turns(directory.path()));
        let first = one.alone().expect("nobody else is there");
        let second = one.alone().expect("the same process");
        assert!(other.alone().is_none());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| drop(other.shared(PATIENCE)));
            while one.alone().is_some() {
                one.look_for_others(); // until the other one has announced itself
            }
            drop(first);
            assert!(!waiting.is_finished(), "one decision is still under way");
            drop(second);
            waiting.join().expect("no panic");
        });
        assert!(other.alone().is_some());
    }

    #[test]
    fn shared_turns_keep_everybody_from_being_alone() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (one, other) = (turns(directory.path()), turns(directory.path()));
        let beside = [one.shared(PATIENCE), other.shared(PATIENCE)];
        assert!(beside.iter().all(Option::is_some));
        assert!(one.alone().is_none() && other.alone().is_none());
        drop(beside);
        let alone = one.alone().expect("all are gone");
        assert!(one.shared(Duration::ZERO).is_none(), "not yet at an end");
        assert!(one.alone().is_none(), "but coming to it");
        drop(alone);
        assert!(one.shared(PATIENCE).is_some());
    }
}
