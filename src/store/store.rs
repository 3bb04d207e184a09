//! The public face of the store: a cheap handle, shared by threads; reads use connections of their own, writes go to one writer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use super::decisions::Decisions;
use super::files::{Folder, Slots};
use super::inbox::Inbox;
use super::ingest::Heads;
use super::room::{Room, free_space};
use super::schema::Database;
use super::turn::Turns;
use super::writer::{Writer, locked};
use super::{
    Incoming, IngestError, ObjectDescription, Settings, StoreError, backup, recovery, restoring,
};

/// Whether two files hold the same pixels; the store knows no decoders, so its opener brings one.
pub type PixelsEqual = fn(&Path, &Path) -> bool;

/// How long the settings that every object needs may be old.
const SETTINGS_AGE_MAX: Duration = Duration::from_secs(1);
/// Reading connections kept open for the next reader.
const READERS_KEPT: usize = 8;

/// How to open a store.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenOptions {
    /// Decides whether an object in another lossless encoding is the one that is here already; without it, it is a conflict.
    pub equivalent: Option<PixelsEqual>,
    /// The caller holds the server lock of this store.
    pub server: bool,
}

/// Room on the disk of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSpace {
    /// Bytes we may still write.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

/// A handle to one open store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

/// What the handles share.
#[derive(Debug)]
pub(super) struct Inner {
    pub data_dir: PathBuf,
    pub options: OpenOptions,
    pub slots: Slots,
    pub room: Room,
    pub heads: Heads,
    pub inbox: Arc<Inbox>,
    pub turns: Arc<Turns>,
    pub index: Writer,
    pub station: Writer,
    index_readers: Mutex<Vec<Connection>>,
    station_readers: Mutex<Vec<Connection>>,
    recent_settings: Mutex<Option<(Instant, Settings)>>,
    decisions: Mutex<Arc<Decisions>>,
    notice: Option<String>,
}

impl Store {
    /// Opens or creates the store in `data_dir`, migrates, recovers after an unclean end.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(data_dir, OpenOptions::default())
    }

    /// [`Store::open`] with choices.
    pub fn open_with(data_dir: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        fs::create_dir_all(data_dir).map_err(io_error(data_dir))?;
        let data_dir = fs::canonicalize(data_dir).map_err(io_error(data_dir))?;
        let (station, notice) = restoring::open_station(&data_dir, options)?;
        let index = recovery::open_index(&data_dir)?;
        let turns = Turns::open(&data_dir).map_err(io_error(&data_dir))?;
        let slots = Slots::new(&data_dir).map_err(io_error(&data_dir))?;
        let inner = Inner {
            options,
            slots,
            room: Room::default(),
            heads: Heads::default(),
            inbox: Arc::default(),
            turns: Arc::new(turns),
            index: Writer::new(index),
            station: Writer::new(station),
            index_readers: Mutex::default(),
            station_readers: Mutex::default(),
            recent_settings: Mutex::default(),
            decisions: Mutex::default(),
            notice,
            data_dir,
        };
        let store = Self {
            inner: Arc::new(inner),
        };
        if let Some(notice) = &store.inner.notice {
            store.audit("restore", notice)?;
        }
        store.refresh_decisions()?;
        store.recover()?;
        backup::copy_when_due(&store.inner);
        Ok(store)
    }

    /// Starts an object; fails at once when space is short.
    pub fn begin(&self, object: &ObjectDescription) -> Result<Incoming, IngestError> {
        let settings = self.recent_settings().map_err(IngestError::from)?;
        self.settle_full_folders().map_err(IngestError::from)?;
        Incoming::start(self, object.clone(), &settings)
    }

    /// What happened to the store when it was opened, for people to know.
    pub fn notice(&self) -> Option<&str> {
        self.inner.notice.as_deref()
    }

    /// The data directory, absolute.
    pub fn data_dir(&self) -> &Path {
        &self.inner.data_dir
    }

    /// Room on the disk.
    pub fn free_space(&self) -> Result<FreeSpace, StoreError> {
        free_space(&self.inner.data_dir).map_err(io_error(&self.inner.data_dir))
    }

    /// A number that changes when another process wrote to the index; our own writes leave it.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.inner.index.alone(|connection| {
            Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
        })
    }

    /// Waits for what is being written, tidies the databases and closes them; calls after it get [`StoreError::Closed`].
    pub fn close(&self) -> Result<(), StoreError> {
        self.inner.inbox.close();
        let indexed = self.index_received();
        let settled = self.settle_full_folders();
        self.inner.slots.close();
        locked(&self.inner.index_readers).clear();
        locked(&self.inner.station_readers).clear();
        self.inner.index.close();
        self.inner.station.close();
        indexed.and(settled)
    }

    /// Reads the index, with the rows of all that was received.
    pub(super) fn read_index<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.index_what_was_received();
        self.inner.read_index_as_it_is(read)
    }

    /// Reads the station database.
    pub(super) fn read_station<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.read(Database::Station, read)
    }

    /// The settings, at most a second old: for what every object asks.
    pub(super) fn recent_settings(&self) -> Result<Settings, StoreError> {
        let mut recent = locked(&self.inner.recent_settings);
        if let Some((read, settings)) = recent.as_ref()
            && read.elapsed() < SETTINGS_AGE_MAX
        {
            return Ok(settings.clone());
        }
        let settings = self.settings()?;
        *recent = Some((Instant::now(), settings.clone()));
        Ok(settings)
    }

    /// Forgets the recent settings, after a change.
    pub(super) fn forget_recent_settings(&self) {
        *locked(&self.inner.recent_settings) = None;
    }

    /// Notes that the rows of full folders are complete and durable; they are not read at the next start.
    pub(super) fn settle_full_folders(&self) -> Result<(), StoreError> {
        for folder in self.inner.slots.take_full() {
            self.settle_folder(&folder)?;
        }
        Ok(())
    }

    /// Notes one folder as settled. The sync of this commit makes all earlier rows durable too.
    pub(super) fn settle_folder(&self, folder: &Folder) -> Result<(), StoreError> {
        let number = folder.number;
        self.inner.index.alone(move |connection| {
            connection.pragma_update(None, "synchronous", "FULL")?;
            let settled = connection.execute(
                "INSERT OR IGNORE INTO settled_folder (folder) VALUES (?1)",
                [number],
            );
            let usual = Database::Index.synchronous();
            connection.pragma_update(None, "synchronous", usual)?;
            settled?;
            Ok(())
        })
    }
}

impl Inner {
    /// What people decided about conflicts.
    pub fn decisions(&self) -> Arc<Decisions> {
        Arc::clone(&locked(&self.decisions))
    }

    /// Replaces it.
    pub fn set_decisions(&self, decisions: Arc<Decisions>) {
        *locked(&self.decisions) = decisions;
    }

    /// Reads the index without waiting for rows that are not committed yet.
    pub fn read_index_as_it_is<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(Database::Index, read)
    }

    fn read<T>(
        &self,
        database: Database,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let pool = match database {
            Database::Index => &self.index_readers,
            Database::Station => &self.station_readers,
        };
        let kept = locked(pool).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => database.open_reader(&self.data_dir)?,
        };
        let result = read(&connection);
        let mut pool = locked(pool);
        if pool.len() < READERS_KEPT {
            pool.push(connection);
        }
        result
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever still has objects without rows did not close the store: they are found at the next start.
        self.inbox.close();
        self.inbox.abandon();
    }
}

/// Names the path of a failed file operation.
pub(super) fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

/// Milliseconds since 1970.
pub(super) fn milliseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(_) => 0,
    }
}
