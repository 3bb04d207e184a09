//! Object files: numbered files in numbered folders, each folder used by one process at a time, which holds its lock.
//!
//! Files are created ahead in small batches with one directory sync a batch, so that one `fdatasync` of the file itself is all
//! that stands between the last byte and the reply. A number is never given out twice, also after its file was deleted.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::writer::locked;

/// Files in one folder at most.
pub const FILES_PER_FOLDER_MAX: u32 = 1000;
/// Files created at once, with one directory sync.
const FILES_CREATED_AHEAD: u32 = 32;
/// Folder below the data directory.
const OBJECTS_FOLDER: &str = "objects";
/// Memory pages of the system are never smaller.
const PAGE_BYTES: u64 = 4096;
/// Smaller files stay in the system's cache.
const CACHED_BYTES_MAX: u64 = 64 * 1024;
/// Lock file of a folder; its text is the highest number ever given out in it.
const FOLDER_LOCK_FILE: &str = ".lock";

/// Which object file: folder and number in it, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileNumber {
    /// The folder.
    pub folder: u32,
    /// The file in it.
    pub file: u32,
}

impl FileNumber {
    /// Absolute path of the file.
    pub fn path(self, data_dir: &Path) -> PathBuf {
        folder_path(data_dir, self.folder).join(format!("{:04}.dcm", self.file))
    }
}

/// Path of a numbered folder.
pub fn folder_path(data_dir: &Path, folder: u32) -> PathBuf {
    data_dir.join(OBJECTS_FOLDER).join(format!("{folder:06}"))
}

/// Numbers of all folders, ascending.
pub fn folders(data_dir: &Path) -> io::Result<Vec<u32>> {
    let mut numbers: Vec<u32> = names(&data_dir.join(OBJECTS_FOLDER))?
        .iter()
        .filter(|name| name.len() == 6)
        .filter_map(|name| name.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// What lies in a folder: numbers of object files, ascending, and names of whatever else.
#[derive(Debug, Default)]
pub struct Listing {
    /// Numbers of the files that are named like ours.
    pub files: Vec<u32>,
    /// Other names, the lock file left out.
    pub foreign: Vec<String>,
}

/// Lists a folder.
pub fn list(data_dir: &Path, folder: u32) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for name in names(&folder_path(data_dir, folder))? {
        match name.strip_suffix(".dcm").and_then(file_number) {
            Some(number) => listing.files.push(number),
            None if name == FOLDER_LOCK_FILE => {}
            None => listing.foreign.push(name),
        }
    }
    listing.files.sort_unstable();
    Ok(listing)
}

fn file_number(stem: &str) -> Option<u32> {
    let number = stem.parse().ok()?;
    (format!("{number:04}") == stem).then_some(number)
}

/// File names in a folder; none when it does not exist.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(()) // Windows has no such call; NTFS journals names by itself
    }
}

/// A folder whose lock this process holds; dropping it frees the lock.
#[derive(Debug)]
pub struct Folder {
    /// Its number.
    pub number: u32,
    lock: File,
}

impl Folder {
    /// Locks a folder that exists; `None` when another process holds it.
    pub fn claim(data_dir: &Path, number: u32) -> io::Result<Option<Self>> {
        let lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder_path(data_dir, number).join(FOLDER_LOCK_FILE))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { number, lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Makes and locks a folder above all others.
    fn create(data_dir: &Path) -> io::Result<Self> {
        let mut number = folders(data_dir)?.last().copied().unwrap_or(0);
        loop {
            number += 1;
            let path = folder_path(data_dir, number);
            match fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            }
            sync_folder(&data_dir.join(OBJECTS_FOLDER))?;
            // Another process may recover the new folder at this very moment; then the next number is ours.
            if let Some(folder) = Self::claim(data_dir, number)? {
                return Ok(folder);
            }
        }
    }

    /// The highest number ever given out here.
    pub fn highest(&self, data_dir: &Path) -> io::Result<u32> {
        let mut text = String::new();
        let mut lock = &self.lock;
        lock.rewind()?;
        lock.take(16).read_to_string(&mut text)?;
        let noted = text.trim().parse().unwrap_or(0);
        let listed = list(data_dir, self.number)?.files.last().copied();
        Ok(listed.unwrap_or(0).max(noted))
    }

    fn note_highest(&self, highest: u32) -> io::Result<()> {
        let mut lock = &self.lock;
        lock.rewind()?;
        lock.write_all(format!("{highest:04}\n").as_bytes())
    }
}

/// An object file that is ours to write.
#[derive(Debug)]
pub struct Slot {
    /// The open file.
    pub file: File,
    number: u32,
    /// Keeps the folder locked while objects are in flight.
    folder: Arc<Folder>,
}

/// Gives out object files.
#[derive(Debug)]
pub struct Slots {
    data_dir: PathBuf,
    state: Mutex<SlotState>,
}

#[derive(Debug, Default)]
struct SlotState {
    /// The folder in use and the highest number given out in it.
    current: Option<(Arc<Folder>, u32)>,
    /// Empty files, the next one last.
    spare: Vec<Slot>,
    /// Recovered folders with room left.
    roomy: Vec<Folder>,
    /// Full folders that may have objects in flight.
    full: Vec<Arc<Folder>>,
}

impl Slots {
    /// For the store in `data_dir`.
    pub fn new(data_dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(data_dir.join(OBJECTS_FOLDER))?;
        Ok(Self {
            data_dir: data_dir.to_owned(),
            state: Mutex::default(),
        })
    }

    /// Lets a recovered folder with room left be filled up.
    pub fn add_roomy(&self, folder: Folder) {
        locked(&self.state).roomy.push(folder);
    }

    /// An empty object file whose name is durable.
    pub fn take(&self) -> io::Result<Slot> {
        let mut state = locked(&self.state);
        if state.spare.is_empty() {
            self.create_ahead(&mut state)?;
        }
        state
            .spare
            .pop()
            .ok_or_else(|| io::Error::other("no file was created"))
    }

    /// Empties a file that was not kept and takes it back.
    pub fn give_back(&self, slot: Slot) {
        match slot.file.set_len(0).and_then(|()| (&slot.file).rewind()) {
            Ok(()) => locked(&self.state).spare.push(slot),
            // It stays behind without a certificate; recovery frees it.
            Err(error) => tracing::warn!("emptying an object file: {error}"),
        }
    }

    /// Full folders with nothing in flight any more: their rows can be settled. Their locks live as long as the result.
    pub fn take_full(&self) -> Vec<Arc<Folder>> {
        let full = &mut locked(&self.state).full;
        let (done, busy) = std::mem::take(full)
            .into_iter()
            .partition(|folder| Arc::strong_count(folder) == 1);
        *full = busy;
        done
    }

    /// Numbers of the folders that this process holds.
    pub fn folders(&self) -> Vec<u32> {
        let state = locked(&self.state);
        let current = state.current.iter().map(|(folder, _)| folder.number);
        let full = state.full.iter().map(|folder| folder.number);
        let roomy = state.roomy.iter().map(|folder| folder.number);
        current.chain(full).chain(roomy).collect()
    }

    /// Removes the files created ahead and frees the folders.
    pub fn close(&self) {
        let mut state = locked(&self.state);
        for slot in std::mem::take(&mut state.spare) {
            if let Err(error) = fs::remove_file(slot.number().path(&self.data_dir)) {
                tracing::warn!("removing an empty object file: {error}");
            }
        }
        *state = SlotState::default();
    }

    fn create_ahead(&self, state: &mut SlotState) -> io::Result<()> {
        let (folder, highest) = match state.current.take() {
            Some((folder, highest)) if highest < FILES_PER_FOLDER_MAX => (folder, highest),
            other => {
                state.full.extend(other.map(|(folder, _)| folder));
                self.next_folder(state)?
            }
        };
        let last = FILES_PER_FOLDER_MAX.min(highest + FILES_CREATED_AHEAD);
        folder.note_highest(last)?;
        for number in (highest + 1..=last).rev() {
            let path = FileNumber {
                folder: folder.number,
                file: number,
            }
            .path(&self.data_dir);
            let mut options = File::options();
            let file = options.read(true).write(true).create_new(true).open(path)?;
            let folder = Arc::clone(&folder);
            state.spare.push(Slot {
                file,
                number,
                folder,
            });
        }
        sync_folder(&folder_path(&self.data_dir, folder.number))?;
        state.current = Some((folder, last));
        Ok(())
    }

    fn next_folder(&self, state: &mut SlotState) -> io::Result<(Arc<Folder>, u32)> {
        let folder = match state.roomy.pop() {
            Some(folder) => folder,
            None => Folder::create(&self.data_dir)?,
        };
        let highest = folder.highest(&self.data_dir)?;
        Ok((Arc::new(folder), highest))
    }
}

impl Slot {
    /// Which file it is.
    pub fn number(&self) -> FileNumber {
        FileNumber {
            folder: self.folder.number,
            file: self.number,
        }
    }

    /// Lets the system begin to write `begun..end` of the file out, so that a later sync finds it done; returns how far that
    /// goes. The first page is left alone, for the certificate is still to come, and so is a last one that is not whole.
    pub fn begin_writing(&self, begun: u64, end: u64) -> u64 {
        let (start, end) = (begun.max(PAGE_BYTES), end / PAGE_BYTES * PAGE_BYTES);
        match end.checked_sub(start).and_then(NonZeroU64::new) {
            Some(bytes) => {
                release_pages(&self.file, start, Some(bytes));
                end
            }
            None => begun,
        }
    }

    /// Lets the system use the memory of a synced file for the next one: what arrives is rarely read at once, and must not
    /// push out what is being looked at.
    pub fn leave_cache(&self, bytes: u64) {
        if bytes >= CACHED_BYTES_MAX {
            release_pages(&self.file, 0, None);
        }
    }
}

/// Starts writing pages of a file out and drops those from memory that are on the disk; a hint that changes no contents.
fn release_pages(file: &File, start: u64, bytes: Option<NonZeroU64>) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::fs::fadvise(file, start, bytes, rustix::fs::Advice::DontNeed) {
        tracing::debug!("a hint about an object file: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, start, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(data_dir: &Path) -> Slots {
        Slots::new(data_dir).expect("slots")
    }

    #[test]
    fn two_processes_never_share_a_folder() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (one, other) = (slots(directory.path()), slots(directory.path()));
        let (a, b) = (one.take().expect("a slot"), other.take().expect("a slot"));
        assert_ne!(a.number().folder, b.number().folder);
        assert!(
            Folder::claim(directory.path(), a.number().folder)
                .expect("lockable")
                .is_none()
        );
        drop(a);
        one.close();
        let claimed = Folder::claim(directory.path(), 1)
            .expect("lockable")
            .expect("free");
        assert_eq!(list(directory.path(), 1).expect("a listing").files, [1]);
        assert_eq!(
            claimed.highest(directory.path()).expect("a number"),
            32,
            "numbers are not used twice"
        );
    }

    #[test]
    fn full_folders_are_told_when_nothing_is_in_flight() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let slots = slots(directory.path());
        let mut taken: Vec<Slot> = (0..FILES_PER_FOLDER_MAX)
            .map(|_| slots.take().expect("a slot"))
            .collect();
        let first = taken.pop().expect("one");
        assert!(taken.iter().all(|slot| slot.number().folder == 1));
        assert_eq!(slots.take().expect("a slot").number().folder, 2);
        drop(taken);
        assert!(
            slots.take_full().is_empty(),
            "one object is still in flight"
        );
        drop(first);
        assert_eq!(slots.take_full().len(), 1);
    }

    #[test]
    fn foreign_names_are_told_apart() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        slots(directory.path()).take().expect("a slot");
        let folder = folder_path(directory.path(), 1);
        for name in ["1.dcm", "notes.txt", "00001.dcm", "0x01.dcm"] {
            fs::write(folder.join(name), "x").expect("written");
        }
        let listing = list(directory.path(), 1).expect("a listing");
        assert_eq!(listing.files.len(), 32);
        assert_eq!(listing.foreign.len(), 4);
    }
}
