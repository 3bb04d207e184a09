//! The two databases: numbered migrations, pragmas, and refusal of what a newer program wrote.
//!
//! `index.sqlite` is derived and runs with `synchronous=NORMAL`; `station.sqlite` is precious and runs with `FULL`.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// How long a connection waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Statements kept prepared by each connection.
const STATEMENTS_CACHED: usize = 64;

/// One of the two databases of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// Derived from the object files.
    Index,
    /// Settings, peers, tombstones, audit.
    Station,
}

static INDEX: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::new(vec![
        M::up(include_str!("../../migrations/index/0001_index.sql")),
        M::up(include_str!(
            "../../migrations/index/0002_settled_conflicts.sql"
        )),
    ])
});

static STATION: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::new(vec![
        M::up(include_str!("../../migrations/station/0001_station.sql")),
        M::up(include_str!(
            "../../migrations/station/0002_conflict_decisions.sql"
        )),
        M::up(include_str!("../../migrations/station/0003_commitment.sql")),
        M::up(include_str!("../../migrations/station/0004_print.sql")),
        M::up(include_str!("../../migrations/station/0005_peer_query.sql")),
        M::up(include_str!("../../migrations/station/0006_send.sql")),
    ])
});

impl Database {
    /// File name in the data directory.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Index => "index.sqlite",
            Self::Station => "station.sqlite",
        }
    }

    /// The newest schema version of this program.
    pub fn version(self) -> i64 {
        match self {
            Self::Index => 2,
            Self::Station => 6,
        }
    }

    /// Opens the writing connection, creating or migrating the database.
    pub fn open(self, data_dir: &Path) -> Result<Connection, StoreError> {
        let mut connection = Connection::open(data_dir.join(self.file_name()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", self.synchronous())?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > self.version() {
            return Err(StoreError::Newer {
                what: self.file_name(),
                found,
                known: self.version(),
            });
        }
        if found < self.version() {
            let migrations = match self {
                Self::Index => &INDEX,
                Self::Station => &STATION,
            };
            migrate(migrations, &mut connection)?;
        }
        Ok(connection)
    }

    /// Opens a connection that only reads.
    pub fn open_reader(self, data_dir: &Path) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(data_dir.join(self.file_name()), flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        Ok(connection)
    }

    /// The durability of a commit.
    pub fn synchronous(self) -> &'static str {
        match self {
            Self::Index => "NORMAL",
            Self::Station => "FULL",
        }
    }
}

/// Brings a database up to date. Two processes may try at once: the loser finds the work done.
fn migrate(migrations: &Migrations<'_>, connection: &mut Connection) -> Result<(), StoreError> {
    let mut attempts_left = 3;
    loop {
        match migrations.to_latest(connection) {
            Ok(()) => return Ok(()),
            Err(error) if attempts_left == 0 => {
                return Err(match error {
                    rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
                    other => StoreError::Migration(other.to_string()),
                });
            }
            Err(_) => attempts_left -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid_and_counted() {
        INDEX.validate().expect("valid index migrations");
        STATION.validate().expect("valid station migrations");
        for database in [Database::Index, Database::Station] {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let connection = database.open(directory.path()).expect("a new database");
            let version: i64 = connection
                .pragma_query_value(None, "user_version", |row| row.get(0))
                .expect("a version");
            assert_eq!(version, database.version());
        }
    }

    #[test]
    fn a_newer_database_is_refused_in_words() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let connection = Database::Index.open(directory.path()).expect("a database");
        connection
            .pragma_update(None, "user_version", 99)
            .expect("an update");
        drop(connection);
        let refusal = Database::Index.open(directory.path()).expect_err("too new");
        assert!(refusal.to_string().contains("use the newer program"));
    }
}
