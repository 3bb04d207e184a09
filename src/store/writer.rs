//! One thread per database owns its only writing connection; what waits together shares a transaction (group commit).
//!
//! A caller gets its answer after the COMMIT that holds its work, never before. Work that fails is undone alone (savepoint).

use std::sync::Mutex;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;
use super::schema::Database;

/// How much work may wait.
const QUEUE_MAX: usize = 64;
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

/// The way to the thread that writes one database.
#[derive(Debug)]
pub struct Writer {
    queue: Mutex<Option<Sender<Message>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(database: Database, connection: Connection) -> Result<Self, StoreError> {
        let (queue, messages) = bounded(QUEUE_MAX);
        let name = format!("store-writer-{}", database.file_name());
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || run(connection, &messages))
            .map_err(|source| StoreError::Io {
                path: database.file_name().into(),
                source,
            })?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in a transaction and returns after its COMMIT. An error of `work` undoes what it wrote.
    pub fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = bounded(1);
        let job = move |transaction: Result<&Connection, String>| -> Answer {
            let result = transaction
                .map_err(StoreError::Commit)
                .and_then(|connection| in_savepoint(connection, work));
            Box::new(move |failed: Option<StoreError>| {
                let result = failed.map_or(result, Err);
                reply.send(result).ok(); // the caller always waits; if its thread died, nobody is left to tell
            })
        };
        self.send(Message::Write(Box::new(job)))?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }

    /// Runs `work` on the writing connection outside any transaction.
    pub fn alone<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = bounded(1);
        self.send(Message::Alone(Box::new(move |connection| {
            reply.send(work(connection)).ok(); // as above
        })))?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }

    /// Finishes what waits, ends the thread and waits for it.
    pub fn close(&self) {
        drop(locked(&self.queue).take());
        if let Some(thread) = locked(&self.thread).take()
            && thread.join().is_err()
        {
            tracing::error!("a database writer ended by a panic");
        }
    }

    fn send(&self, message: Message) -> Result<(), StoreError> {
        let queue = locked(&self.queue).clone().ok_or(StoreError::Closed)?;
        queue.send(message).map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// The guarded value; a panic elsewhere cannot leave these plain values half changed.
pub fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn run(mut connection: Connection, messages: &Receiver<Message>) {
    while let Ok(first) = messages.recv() {
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Alone(work) => work(&mut connection),
                Message::Write(work) => next = write_batch(&mut connection, work, messages),
            }
        }
    }
    if let Err(error) = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE);")
    {
        tracing::warn!("tidying a database: {error}");
    }
}

/// Commits `first` and what else waits; returns a message that wants to be alone.
fn write_batch(
    connection: &mut Connection,
    first: Work,
    messages: &Receiver<Message>,
) -> Option<Message> {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            first(Err(error.to_string()))(None);
            return None;
        }
    };
    let mut answers = vec![first(Ok(&transaction))];
    let mut alone = None;
    while answers.len() < BATCH_MAX && alone.is_none() {
        match messages.try_recv() {
            Ok(Message::Write(work)) => answers.push(work(Ok(&transaction))),
            Ok(other) => alone = Some(other),
            Err(_) => break,
        }
    }
    // Each caller needs an error of its own; rusqlite's cannot be cloned, so they share its words.
    let failure = transaction.commit().err().map(|error| error.to_string());
    for answer in answers {
        answer(failure.clone().map(StoreError::Commit));
    }
    alone
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
    let result = work(connection);
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
        Arc::new(Writer::start(Database::Index, connection).expect("a thread"))
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
