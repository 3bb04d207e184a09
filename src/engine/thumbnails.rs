//! Small pictures of series: the middle image at its own display, made when no wanted frame waits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Event, Thumbnail};
use crate::dicom::SeriesInstanceUid;
use crate::store::Store;

/// Longest side of a thumbnail, in pixels.
pub(super) const SIDE_MAX: u32 = 128;
/// Thumbnails kept; 64 KiB each at most.
const KEPT_MAX: usize = 1000;

/// The wanted thumbnails with those that were made.
#[derive(Debug, Default)]
pub(super) struct ThumbnailQueue {
    wished: Vec<SeriesInstanceUid>,
    in_flight: HashSet<SeriesInstanceUid>,
    failed: HashSet<SeriesInstanceUid>,
    made: HashMap<SeriesInstanceUid, Arc<Thumbnail>>,
}

impl ThumbnailQueue {
    /// Replaces the list; what is newly on it and made already is told at once.
    pub(super) fn wish(&mut self, wished: Vec<SeriesInstanceUid>) -> Vec<Event> {
        let before: HashSet<SeriesInstanceUid> = self.wished.drain(..).collect();
        self.wished = wished;
        self.wished
            .iter()
            .filter(|series| !before.contains(series))
            .filter_map(|series| {
                let made = self.made.get(series)?;
                Some(Event::ThumbnailReady(series.clone(), Arc::clone(made)))
            })
            .collect()
    }

    /// The next one to make.
    pub(super) fn next(&mut self) -> Option<SeriesInstanceUid> {
        let next = self.wished.iter().find(|series| {
            !self.made.contains_key(series)
                && !self.in_flight.contains(series)
                && !self.failed.contains(series)
        })?;
        self.in_flight.insert(next.clone());
        Some(next.clone())
    }

    /// Takes a worker's result. A series without a picture is not tried again before it grows.
    pub(super) fn finished(
        &mut self,
        series: SeriesInstanceUid,
        result: Result<Arc<Thumbnail>, String>,
    ) -> Option<Event> {
        self.in_flight.remove(&series);
        match result {
            Ok(thumbnail) => {
                if self.made.len() >= KEPT_MAX {
                    let wished: HashSet<&SeriesInstanceUid> = self.wished.iter().collect();
                    self.made.retain(|series, _| wished.contains(series));
                }
                self.made.insert(series.clone(), Arc::clone(&thumbnail));
                Some(Event::ThumbnailReady(series, thumbnail))
            }
            Err(reason) => {
                tracing::debug!("no thumbnail of series {series}: {reason}");
                self.failed.insert(series);
                None
            }
        }
    }

    /// Objects arrived: what had no picture may have one now.
    pub(super) fn retry(&mut self) {
        self.failed.clear();
    }
}

/// Makes the picture of a series.
pub(super) fn make(store: &Store, series: &SeriesInstanceUid) -> Result<Thumbnail, String> {
    let rows = store.instances(series).map_err(|error| error.to_string())?;
    let pictures: Vec<_> = rows.iter().filter(|row| row.frames > 0).collect();
    let middle = pictures
        .get(pictures.len() / 2)
        .ok_or("no object with pixels")?;
    super::pictures::thumbnail(&middle.path, SIDE_MAX)
}
