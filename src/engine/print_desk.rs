//! The engine's side of the print queue and the virtual printer: which job prints, which comes next, what the shell is told.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Sender;

use crate::imaging::film::{FilmDepth, FilmPage, FilmPicture};
use crate::node::FilmOnDisk;
use crate::store::{Peer, PrintJobRow};

use super::reports::Report;
use super::{JobId, PrinterProfile};

/// Ids of jobs that the queue starts: far from those that shells give.
const QUEUE_JOBS: u64 = 1 << 40;

/// The virtual printer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VirtualPrinter {
    /// Switched off.
    #[default]
    Off,
    /// Ready.
    Listening {
        /// Address and port.
        address: SocketAddr,
        /// Its AE title.
        ae_title: String,
    },
    /// It cannot listen or keep films, in words.
    Failed(String),
}

/// A printer that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct PrinterRow {
    /// The peer.
    pub peer: Peer,
    /// What it can do.
    pub profile: PrinterProfile,
}

/// What a person decides about a job of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrintDecision {
    /// It waits.
    Hold,
    /// It goes on.
    Release,
    /// Its failed pages are printed again, on another printer if one is named.
    Retry(Option<String>),
    /// Its uncertain pages are on film, or are not and are printed again.
    Settle {
        /// They were found on film.
        on_film: bool,
    },
    /// It was printed and is printed once more, exactly as it was, as a new job.
    Again,
    /// It is taken out of the queue.
    Remove,
}

/// News of printing.
#[derive(Debug, Clone)]
pub enum PrintNews {
    /// All jobs of the queue, newest first.
    Jobs(std::sync::Arc<Vec<PrintJobRow>>),
    /// The printers that can be chosen.
    Printers(std::sync::Arc<Vec<PrinterRow>>),
    /// The state of a printer as it was asked or reported, by the subject of its job.
    State(String),
    /// The virtual printer.
    Virtual(VirtualPrinter),
    /// The virtual printer kept a film.
    FilmKept(FilmOnDisk),
    /// A sheet as it was asked for by number, or why it cannot be drawn.
    Sheet(u64, Result<std::sync::Arc<FilmPicture>, String>),
}

/// Which job of the queue prints.
#[derive(Debug, Default)]
pub(super) struct PrintDesk {
    running: Option<i64>,
}

impl PrintDesk {
    /// The job to start: none while another prints.
    pub(super) fn start(&mut self, next: Option<i64>) -> Option<(JobId, i64)> {
        if self.running.is_some() {
            return None;
        }
        self.running = next;
        next.map(|id| (job_id(id), id))
    }

    /// The queue's number of a job that ended, if it was one of the queue.
    pub(super) fn ended(&mut self, job: JobId) -> Option<i64> {
        let queued = self.running.filter(|id| job_id(*id) == job)?;
        self.running = None;
        Some(queued)
    }

    /// The job that prints as the shells know it.
    pub(super) fn running(&self) -> Option<i64> {
        self.running
    }
}

/// Draws sheets on a thread of its own, one at a time; of those that wait only the newest counts.
#[derive(Debug)]
pub(super) struct FilmDrawer {
    work: Sender<(u64, Box<FilmPage>)>,
    busy: bool,
    waiting: Option<(u64, Box<FilmPage>)>,
}

impl FilmDrawer {
    /// Starts the thread; it ends with this value.
    pub(super) fn start(reports: Sender<Report>) -> std::io::Result<Self> {
        let (work, pages) = crossbeam_channel::bounded::<(u64, Box<FilmPage>)>(1);
        std::thread::Builder::new()
            .name("film".to_owned())
            .spawn(move || {
                for (token, page) in pages {
                    let drawn = catch_unwind(AssertUnwindSafe(|| draw(*page)));
                    let drawn =
                        drawn.unwrap_or_else(|_| Err("an internal error (a bug)".to_owned()));
                    if reports.send(Report::FilmDrawn(token, drawn)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            work,
            busy: false,
            waiting: None,
        })
    }

    /// Wishes for a sheet.
    pub(super) fn wish(&mut self, token: u64, page: Box<FilmPage>) {
        self.waiting = Some((token, page));
        self.advance();
    }

    /// The thread is free again.
    pub(super) fn drawn(&mut self) {
        self.busy = false;
        self.advance();
    }

    fn advance(&mut self) {
        if !self.busy
            && let Some(next) = self.waiting.take()
        {
            self.busy = self.work.try_send(next).is_ok();
        }
    }
}

fn draw(mut page: FilmPage) -> Result<std::sync::Arc<FilmPicture>, String> {
    page.depth = FilmDepth::Eight;
    match page.compose() {
        Ok((picture, _)) => Ok(std::sync::Arc::new(picture)),
        Err(error) => Err(error.reason.to_string()),
    }
}

/// The id of the engine's job for a job of the queue.
pub fn job_id(queued: i64) -> JobId {
    JobId(QUEUE_JOBS + queued.unsigned_abs())
}
