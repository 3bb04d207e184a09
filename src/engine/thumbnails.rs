//! Small pictures of series: the middle image at its own display, made when no wanted frame waits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Event, Thumbnail, WantedThumbnail};
use crate::dicom::SeriesInstanceUid;
use crate::store::Store;

/// Longest side of a thumbnail, in pixels.
pub(super) const SIDE_MAX: u32 = 128;
/// Thumbnails kept; 64 KiB each at most.
const KEPT_MAX: usize = 1000;

/// The wanted thumbnails with those that were made.
#[derive(Debug, Default)]
pub(super) struct ThumbnailQueue {
    wished: Vec<WantedThumbnail>,
    in_flight: HashSet<SeriesInstanceUid>,
    failed: HashSet<SeriesInstanceUid>,
    made: HashMap<SeriesInstanceUid, Arc<Thumbnail>>,
}

impl ThumbnailQueue {
    /// Replaces the list; what is newly on it and made already is told at once.
    pub(super) fn wish(&mut self, wished: Vec<WantedThumbnail>) -> Vec<Event> {
        let before: HashSet<SeriesInstanceUid> =
            self.wished.drain(..).map(|wanted| wanted.series).collect();
        self.wished = wished;
        self.wished
            .iter()
            .map(|wanted| &wanted.series)
            .filter(|series| !before.contains(series))
            .filter_map(|series| {
                let made = self.made.get(series)?;
                Some(Event::ThumbnailReady(series.clone(), Arc::clone(made)))
            })
            .collect()
    }

    /// The next one to make.
    pub(super) fn next(&mut self) -> Option<WantedThumbnail> {
        let next = self.wished.iter().find(|wanted| {
            let made = self.made.get(&wanted.series);
            !made.is_some_and(|made| wanted.is_shown_by(made.objects))
                && !self.in_flight.contains(&wanted.series)
                && !self.failed.contains(&wanted.series)
        })?;
        self.in_flight.insert(next.series.clone());
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
                    let wished: HashSet<&SeriesInstanceUid> =
                        self.wished.iter().map(|wanted| &wanted.series).collect();
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
pub(super) fn make(store: &Store, wanted: &WantedThumbnail) -> Result<Thumbnail, String> {
    let rows = store
        .instances(&wanted.series)
        .map_err(|error| error.to_string())?;
    let pictures: Vec<_> = rows.iter().filter(|row| row.frames > 0).collect();
    let middle = pictures
        .get(pictures.len() / 2)
        .ok_or("no object with pixels")?;
    // What was wished counts, even if objects went since: the wish is answered.
    Ok(Thumbnail {
        objects: wanted.objects,
        ..super::pictures::thumbnail(&middle.path, SIDE_MAX)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(objects: u64) -> WantedThumbnail {
        let series = SeriesInstanceUid::parse("1.2.3").expect("a UID");
        WantedThumbnail { series, objects }
    }

    fn made(queue: &mut ThumbnailQueue, objects: u64) {
        let thumbnail = Thumbnail {
            width: 1,
            height: 1,
            rgba: vec![0; 4],
            objects,
        };
        let told = queue.finished(wanted(0).series, Ok(Arc::new(thumbnail)));
        assert!(told.is_some());
    }

    #[test]
    fn a_series_that_grew_gets_a_new_picture() {
        let mut queue = ThumbnailQueue::default();
        assert!(queue.wish(vec![wanted(4)]).is_empty());
        assert_eq!(queue.next(), Some(wanted(4)));
        assert_eq!(queue.next(), None, "it is being made");
        made(&mut queue, 4);
        queue.wish(vec![wanted(5)]);
        assert_eq!(queue.next(), None, "its middle hardly moved");
        queue.wish(vec![wanted(300)]);
        assert_eq!(queue.next(), Some(wanted(300)));
        made(&mut queue, 300);
        assert_eq!(queue.next(), None);
        queue.wish(Vec::new());
        let told = queue.wish(vec![wanted(300)]);
        assert!(matches!(told.as_slice(), [Event::ThumbnailReady(..)]));
    }
}
