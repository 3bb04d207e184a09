//! The decode workers: they own nothing and run pure functions, one frame or thumbnail at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};

use super::reports::Report;
use super::{WantedThumbnail, thumbnails};
use crate::imaging::{Frame, FrameKey, Image, InstanceContents};
use crate::store::Store;

/// Decode threads at most; beyond it the disk and the memory are the limit.
const WORKERS_MAX: usize = 16;
/// Opened multi-frame objects a worker keeps, so that the next frame of a loop does not read the header again.
const IMAGES_KEPT: usize = 4;

/// One piece of work.
#[derive(Debug)]
pub(super) enum Work {
    /// Decode a frame of an object.
    Frame(FrameKey, Arc<InstanceContents>),
    /// Make the picture of a series.
    Thumbnail(WantedThumbnail),
}

/// The decode workers.
#[derive(Debug)]
pub(super) struct Decoders {
    work: Sender<Work>,
    threads: Vec<JoinHandle<()>>,
    busy: usize,
}

impl Decoders {
    /// Starts the workers: one core stays free for the window where there are more than two.
    pub(super) fn start(store: &Store, reports: &Sender<Report>) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if cores > 2 { cores - 1 } else { cores }.min(WORKERS_MAX);
        let (work, waiting) = crossbeam_channel::bounded(workers + 1);
        let threads = (0..workers)
            .map(|number| {
                let (waiting, reports, store) = (waiting.clone(), reports.clone(), store.clone());
                std::thread::Builder::new()
                    .name(format!("decode-{number}"))
                    .spawn(move || run(&store, &waiting, &reports))
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            work,
            threads,
            busy: 0,
        })
    }

    /// Whether a worker, or the one place in its queue, is free.
    pub(super) fn has_place(&self) -> bool {
        self.busy <= self.threads.len()
    }

    /// Whether nothing else is being worked on.
    pub(super) fn is_idle(&self) -> bool {
        self.busy < self.threads.len()
    }

    /// Hands work over; only while there is a place, so it never blocks.
    pub(super) fn hand_over(&mut self, work: Work) {
        if self.work.try_send(work).is_ok() {
            self.busy += 1;
        } else {
            tracing::error!("a decode worker took no work");
        }
    }

    /// Notes that a piece of work came back.
    pub(super) fn note_done(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// Lets the workers end after what they have at hand; join the handles while still taking reports.
    pub(super) fn end(self) -> Vec<JoinHandle<()>> {
        self.threads
    }
}

fn run(store: &Store, work: &Receiver<Work>, reports: &Sender<Report>) {
    let mut images = Images::default();
    for piece in work {
        let report = match piece {
            Work::Frame(key, contents) => {
                let result = decode(&mut images, &key, &contents);
                Report::Decoded(key, result)
            }
            Work::Thumbnail(wanted) => {
                let made = catch_unwind(AssertUnwindSafe(|| thumbnails::make(store, &wanted)))
                    .unwrap_or_else(|_| Err("drawing failed in this program (a bug)".to_owned()));
                Report::ThumbnailMade(wanted.series, made.map(Arc::new))
            }
        };
        if reports.send(report).is_err() {
            return;
        }
    }
}

fn decode(
    images: &mut Images,
    key: &FrameKey,
    contents: &InstanceContents,
) -> Result<Arc<Frame>, String> {
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let frames = match &contents.pixels {
            Ok(pixels) => pixels.frames,
            Err(error) => return Err(error.to_string()),
        };
        let result = if frames > 1 {
            images.open(contents)?.decode(key.frame)
        } else {
            contents.image().and_then(|image| image.decode(key.frame))
        };
        result.map(Arc::new).map_err(|error| error.to_string())
    }));
    decoded.unwrap_or_else(|_| {
        images.0.clear();
        Err("decoding failed in this program (a bug)".to_owned())
    })
}

/// The multi-frame objects a worker has open, used last at the end.
#[derive(Debug, Default)]
struct Images(Vec<(PathBuf, Image)>);

impl Images {
    fn open(&mut self, contents: &InstanceContents) -> Result<&Image, String> {
        let found = self.0.iter().position(|(path, _)| *path == contents.path);
        let entry = match found {
            Some(place) => self.0.remove(place),
            None => {
                if self.0.len() >= IMAGES_KEPT {
                    self.0.remove(0);
                }
                let image = contents.image().map_err(|error| error.to_string())?;
                (contents.path.clone(), image)
            }
        };
        self.0.push(entry);
        let (_, image) = self.0.last().ok_or("no image open")?;
        Ok(image)
    }
}
