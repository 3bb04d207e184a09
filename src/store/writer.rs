//! One writing connection per database and process; what waits together shares a transaction (group commit).
//!
//! There is no thread for it: who finds the connection free does its own work and all that waits, then hands the connection to
//! the next in line. Alone, a caller commits at once without waking anybody. A caller gets its answer after the COMMIT that
//! holds its work, never before. Work that fails, or panics, is undone alone (savepoint).

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// How much work shares one transaction at most.
const BATCH_MAX: usize = 256;

/// Tells the caller how its work ended, once it is known whether the transaction was committed.
type Answer = Box<dyn FnOnce(Option<StoreError>) + Send>;
/// Work inside the shared transaction, or the reason why there is none.
type Work = Box<dyn FnOnce(Result<&Connection, String>) -> Answer + Send>;

enum Message {
    /// Inside a transaction, shared with what else waits.
    Write(Work),
    /// Outside any transaction: pragmas, checkpoints, copies.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

/// What a caller in line is told.
enum Call {
    /// Its work was done.
    Done,
    /// It is first in line and the connection is its to use.
    Lead(Connection),
}

/// The place of one caller in the line.
#[derive(Default)]
struct Turn {
    call: Mutex<Option<Call>>,
    called: Condvar,
}

impl Turn {
    fn give(&self, call: Call) {
        *locked(&self.call) = Some(call);
        self.called.notify_one();
    }

    fn wait(&self) -> Call {
        let mut call = locked(&self.call);
        loop {
            match call.take() {
                Some(call) => return call,
                None => {
                    call = self
                        .called
                        .wait(call)
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                }
            }
        }
    }
}

/// Where the connection is.
enum Place {
    Free(Connection),
    /// With the caller that leads.
    InUse,
    Closed,
}

struct Line {
    connection: Place,
    /// No new work is taken.
    closing: bool,
    waiting: VecDeque<(Message, Arc<Turn>)>,
}

/// The way to the writing connection of one database.
pub struct Writer {
    line: Mutex<Line>,
    /// Told when the connection becomes free.
    free: Condvar,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    /// Takes the connection over.
    pub fn new(connection: Connection) -> Self {
        Self {
            line: Mutex::new(Line {
                connection: Place::Free(connection),
                closing: false,
                waiting: VecDeque::new(),
            }),
            free: Condvar::new(),
        }
    }

    /// Runs `work` in a transaction and returns after its COMMIT. An error of `work` undoes what it wrote.
    pub fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let outcome = Arc::new(Mutex::new(None));
        let place = Arc::clone(&outcome);
        let job = move |transaction: Result<&Connection, String>| -> Answer {
            let result = transaction
                .map_err(StoreError::Commit)
                .and_then(|connection| in_savepoint(connection, work));
            Box::new(move |failed: Option<StoreError>| {
                *locked(&place) = Some(failed.map_or(result, Err));
            })
        };
        self.take_part(Message::Write(Box::new(job)))?;
        locked(&outcome).take().unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `work` on the writing connection outside any transaction.
    pub fn alone<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let outcome = Arc::new(Mutex::new(None));
        let place = Arc::clone(&outcome);
        self.take_part(Message::Alone(Box::new(move |connection| {
            let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
            *locked(&place) = Some(result.unwrap_or_else(|_| Err(panicked())));
        })))?;
        locked(&outcome).take().unwrap_or(Err(StoreError::Closed))
    }

    /// Takes no new work, waits for what was taken, and closes the connection.
    pub fn close(&self) {
        let mut line = locked(&self.line);
        line.closing = true;
        let connection = loop {
            match std::mem::replace(&mut line.connection, Place::Closed) {
                Place::Free(connection) => break connection,
                Place::Closed => return,
                Place::InUse => {
                    line.connection = Place::InUse;
                    line = self
                        .free
                        .wait(line)
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                }
            }
        };
        drop(line);
        let tidy = "PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE);";
        if let Err(error) = connection.execute_batch(tidy) {
            tracing::warn!("tidying a database: {error}");
        }
    }

    /// Queues the message and returns when it was dealt with, by this thread or the one that leads.
    fn take_part(&self, message: Message) -> Result<(), StoreError> {
        let turn = Arc::new(Turn::default());
        let mut line = locked(&self.line);
        if line.closing {
            return Err(StoreError::Closed);
        }
        line.waiting.push_back((message, Arc::clone(&turn)));
        let place = std::mem::replace(&mut line.connection, Place::InUse);
        drop(line);
        let connection = match place {
            Place::Free(connection) => connection,
            Place::InUse => match turn.wait() {
                Call::Done => return Ok(()),
                Call::Lead(connection) => connection,
            },
            Place::Closed => return Err(StoreError::Closed),
        };
        self.lead(connection);
        Ok(())
    }

    /// Deals with the first in line, who is the caller, and what can be dealt with together; then passes the connection on.
    fn lead(&self, mut connection: Connection) {
        let (batch, turns) = self.next_batch();
        match batch {
            Batch::Alone(work) => work(&mut connection),
            Batch::Together(work) => write_batch(&mut connection, work),
        }
        let mut line = locked(&self.line);
        match line.waiting.front() {
            Some((_, next)) => next.give(Call::Lead(connection)),
            None => {
                line.connection = Place::Free(connection);
                self.free.notify_all();
            }
        }
        drop(line);
        for turn in turns {
            turn.give(Call::Done);
        }
    }

    fn next_batch(&self) -> (Batch, Vec<Arc<Turn>>) {
        let mut line = locked(&self.line);
        let (mut together, mut turns) = (Vec::new(), Vec::new());
        while together.len() < BATCH_MAX {
            match line.waiting.pop_front() {
                Some((Message::Write(work), turn)) => {
                    together.push(work);
                    turns.push(turn);
                }
                Some((Message::Alone(work), turn)) if together.is_empty() => {
                    return (Batch::Alone(work), vec![turn]);
                }
                Some(alone) => {
                    line.waiting.push_front(alone);
                    break;
                }
                None => break,
            }
        }
        (Batch::Together(together), turns)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// What is done at once.
enum Batch {
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
    Together(Vec<Work>),
}

/// The guarded value; a panic elsewhere cannot leave these plain values half changed.
pub fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn panicked() -> StoreError {
    StoreError::Commit("the work panicked".into())
}

/// Commits all of it in one transaction and answers.
fn write_batch(connection: &mut Connection, batch: Vec<Work>) {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            // Each caller needs an error of its own; rusqlite's cannot be cloned, so they share its words.
            let reason = error.to_string();
            for work in batch {
                work(Err(reason.clone()))(None);
            }
            return;
        }
    };
    let answers: Vec<Answer> = batch
        .into_iter()
        .map(|work| work(Ok(&transaction)))
        .collect();
    let failure = transaction.commit().err().map(|error| error.to_string());
    for answer in answers {
        answer(failure.clone().map(StoreError::Commit));
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if connection.is_autocommit() {
        // A full disk may have undone the whole transaction behind our back; nothing may be written outside it.
        return Err(StoreError::Commit("the transaction was undone".into()));
    }
    connection.prepare_cached("SAVEPOINT work")?.execute([])?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
    let result = result.unwrap_or_else(|_| Err(panicked()));
    if result.is_err() && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK TO work")?.execute([])?;
    }
    if !connection.is_autocommit() {
        connection.prepare_cached("RELEASE work")?.execute([])?;
    }
    result
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn writer() -> Arc<Writer> {
        let connection = Connection::open_in_memory().expect("memory");
        connection
            .execute_batch("CREATE TABLE number (value INTEGER UNIQUE)")
            .expect("a table");
        Arc::new(Writer::new(connection))
    }

    fn insert(writer: &Writer, value: i64) -> Result<(), StoreError> {
        writer.write(move |connection| {
            connection.execute("INSERT INTO number VALUES (?1)", [value])?;
            connection.execute("INSERT INTO number VALUES (?1)", [value + 1])?;
            Ok(())
        })
    }

    #[test]
    fn work_that_fails_is_undone_alone() {
        let writer = writer();
        insert(&writer, 1).expect("1 and 2");
        insert(&writer, 2).expect_err("2 is there");
        insert(&writer, 0).expect_err("0 goes, 1 is there, so 0 is undone");
        let count: i64 = writer
            .alone(|c| Ok(c.query_row("SELECT count(*) FROM number", [], |row| row.get(0))?))
            .expect("a count");
        assert_eq!(count, 2);
    }

    #[test]
    fn work_that_panics_is_undone_alone() {
        let writer = writer();
        let failed = writer.write(|connection| -> Result<(), StoreError> {
            connection.execute("INSERT INTO number VALUES (7)", [])?;
            panic!("a bug");
        });
        assert!(matches!(failed, Err(StoreError::Commit(_))), "{failed:?}");
        insert(&writer, 7).expect("7 is not there");
    }

    #[test]
    fn many_threads_share_transactions_and_all_get_answers() {
        let writer = writer();
        let threads: Vec<_> = (0..16)
            .map(|n| {
                let writer = Arc::clone(&writer);
                std::thread::spawn(move || insert(&writer, 10 * n))
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic").expect("inserted");
        }
        writer.close();
        assert!(matches!(insert(&writer, 1000), Err(StoreError::Closed)));
    }
}
