//! Files, folders, ZIP archives and DICOMDIRs into the store, by the same door as the network.
//!
//! One thread finds files, several take them in, so that syncs and index transactions are shared. One bad file fails alone.

mod archive;
mod dicomdir;
mod tally;
pub(super) mod walk;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender};

pub(in crate::engine) use self::archive::remove_unpacked;
use self::tally::Tally;
use super::super::Outcome;
use super::super::job::JobContext;
use crate::dicom::{DicomFile, ScanOptions, tags};
use crate::store::{ImportError, Ingested};

/// Threads that take files in; more share more syncs.
const WORKERS: usize = 8;
/// Links that share a transaction.
const LINKED_TOGETHER: usize = 64;
/// Files found ahead of the workers.
const FILES_AHEAD: usize = 256;

/// A file to take in.
#[derive(Debug)]
struct Item {
    path: PathBuf,
    /// How people know it: the path, or the archive and the entry's name.
    name: String,
    /// Unpacked by us: removed afterwards, never linked.
    temporary: bool,
}

/// Imports what lies under `paths`.
pub(super) fn run(context: &JobContext, paths: &[PathBuf], link: bool) -> Outcome {
    let tally = Mutex::new(Tally::default());
    // They outlive the workers, who take the files in.
    let unpacked = RefCell::new(Vec::new());
    let found = std::thread::scope(|scope| {
        let (items, waiting) = crossbeam_channel::bounded(FILES_AHEAD);
        for _ in 0..WORKERS {
            let (waiting, tally) = (waiting.clone(), &tally);
            scope.spawn(move || take_in(context, &waiting, link, tally));
        }
        drop(waiting);
        let finder = Finder {
            context,
            items,
            tally: &tally,
            unpacked: &unpacked,
        };
        finder.find_all(paths)
    });
    if let Err(Stopped) = found {
        tracing::debug!("the import ended early");
    }
    drop(unpacked);
    remove_unpacked(&context.data_dir);
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.outcome(context.is_cancelled())
}

fn take_in(context: &JobContext, waiting: &Receiver<Item>, link: bool, tally: &Mutex<Tally>) {
    for first in waiting {
        let more = if link { LINKED_TOGETHER - 1 } else { 0 };
        let items: Vec<Item> = [first]
            .into_iter()
            .chain(waiting.try_iter().take(more))
            .collect();
        let stop = lock(tally).is_stopped() || context.is_cancelled();
        if !stop {
            for (item, result) in items.iter().zip(import(context, &items, link)) {
                note(context, item, result, tally);
            }
        }
        for item in items.iter().filter(|item| item.temporary) {
            if let Err(error) = std::fs::remove_file(&item.path) {
                tracing::warn!("an unpacked file stays: {error}: {}", item.path.display());
            }
        }
    }
}

/// Brings files into the store: one outcome each, in their order.
fn import(context: &JobContext, items: &[Item], link: bool) -> Vec<Result<Ingested, ImportError>> {
    let is_linked = |item: &&Item| link && !item.temporary;
    let paths: Vec<PathBuf> = items
        .iter()
        .filter(is_linked)
        .map(|item| item.path.clone())
        .collect();
    let mut linked = context.store.link_files(&paths).into_iter();
    let outcomes = items.iter().filter_map(|item| match is_linked(&item) {
        true => linked.next(),
        false => Some(context.store.import_file(&item.path, false)),
    });
    outcomes.collect()
}

fn note(
    context: &JobContext,
    item: &Item,
    result: Result<Ingested, ImportError>,
    tally: &Mutex<Tally>,
) {
    let kept = result.is_ok();
    let (progress, first) = {
        let mut tally = lock(tally);
        let progress = tally.note(&item.name, result);
        (progress, kept && tally.wants_first_study())
    };
    context.report(progress);
    if first && let Some(study) = study_of(&item.path) {
        lock(tally).note_study(study);
    }
}

/// The study of a file, for shells that want to show what was imported.
fn study_of(path: &Path) -> Option<String> {
    let file = DicomFile::open(path, &ScanOptions::INDEX).ok()?;
    file.data_set.text(tags::STUDY_INSTANCE_UID)
}

fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    // Counts are whole between any two statements; a panicking worker loses one file's count at most.
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The import was cancelled, or cannot go on.
#[derive(Debug)]
struct Stopped;

struct Finder<'a> {
    context: &'a JobContext,
    items: Sender<Item>,
    tally: &'a Mutex<Tally>,
    /// Folders of the archives so far.
    unpacked: &'a RefCell<Vec<archive::Unpacked>>,
}

impl Finder<'_> {
    fn find_all(&self, paths: &[PathBuf]) -> Result<(), Stopped> {
        for path in paths {
            // Links must still be found when the program runs elsewhere.
            match std::path::absolute(path) {
                Ok(path) => self.find(&path)?,
                Err(error) => self.fail(path, &error.to_string()),
            }
        }
        Ok(())
    }

    fn find(&self, path: &Path) -> Result<(), Stopped> {
        if !path.is_dir() && dicomdir::is_named_so(path) {
            return self.find_in_dicomdir(path);
        }
        let mut stopped = false;
        let walked = walk::files(path, &mut |file| {
            if file != path && dicomdir::is_named_so(&file) {
                return true; // what it lists lies beside it and is found anyway
            }
            stopped = self.offer_file(file).is_err();
            !stopped
        });
        if stopped {
            return Err(Stopped);
        }
        if let Err(error) = walked {
            self.fail(path, &error.to_string());
        }
        Ok(())
    }

    fn find_in_dicomdir(&self, path: &Path) -> Result<(), Stopped> {
        let listed = match dicomdir::referenced_files(path) {
            Ok(listed) => listed,
            Err(reason) => {
                self.fail(path, &reason);
                return Ok(());
            }
        };
        for file in listed {
            match file {
                Ok(file) => self.offer_file(file)?,
                Err(missing) => self.fail(path, &missing),
            }
        }
        Ok(())
    }

    fn offer_file(&self, path: PathBuf) -> Result<(), Stopped> {
        if archive::is_archive(&path) {
            return self.find_in_archive(&path);
        }
        let name = path.display().to_string();
        self.offer(Item {
            path,
            name,
            temporary: false,
        })
    }

    fn find_in_archive(&self, path: &Path) -> Result<(), Stopped> {
        let folder = match archive::Unpacked::new(&self.context.data_dir) {
            Ok(folder) => folder,
            Err(error) => {
                self.fail(path, &format!("cannot unpack: {error}"));
                return Ok(());
            }
        };
        let mut stopped = false;
        let result = archive::unpack(path, &folder, &mut |item| {
            stopped = self.offer(item).is_err();
            !stopped
        });
        self.unpacked.borrow_mut().push(folder);
        match result {
            Ok(_) if stopped => return Err(Stopped),
            Ok(refused) => {
                for (entry, reason) in refused {
                    self.fail(&path.join(entry), &reason);
                }
            }
            Err(reason) => self.fail(path, &reason),
        }
        Ok(())
    }

    fn offer(&self, item: Item) -> Result<(), Stopped> {
        lock(self.tally).found();
        if self.context.is_cancelled() || lock(self.tally).is_stopped() {
            return Err(Stopped);
        }
        self.items.send(item).map_err(|_| Stopped)
    }

    fn fail(&self, path: &Path, reason: &str) {
        lock(self.tally).fail(&path.display().to_string(), reason);
    }
}
