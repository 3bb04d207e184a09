//! Reading a study for the viewer: its rows, and the header of every object that is not known yet, on all cores.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::event::SeriesContents;
use super::{Failure, StudyContents};
use crate::dicom::{SopInstanceUid, StudyInstanceUid};
use crate::imaging::InstanceContents;
use crate::store::{InstanceRow, Store};

/// Objects whose headers were read before, with the place they were read from.
pub(super) type KnownObjects = HashMap<SopInstanceUid, Arc<InstanceContents>>;

type Header = Result<Arc<InstanceContents>, String>;

/// Reads a study; `None` when the store has none of this name. Headers of `known` objects are not read again.
pub(super) fn read_study(
    store: &Store,
    study: &StudyInstanceUid,
    known: &KnownObjects,
) -> Result<Option<StudyContents>, Failure> {
    let Some(row) = store.study(study)? else {
        return Ok(None);
    };
    let rows = store.instances_of_study(study)?;
    let headers = read_headers(&rows, known);
    let mut series: Vec<SeriesContents> = store
        .series(study)?
        .into_iter()
        .map(|series| SeriesContents {
            series,
            instances: Vec::new(),
            unreadable: Vec::new(),
        })
        .collect();
    let places: HashMap<_, usize> = series
        .iter()
        .enumerate()
        .map(|(place, contents)| (contents.series.series_instance_uid.clone(), place))
        .collect();
    for (row, header) in rows.iter().zip(headers) {
        // A series that appeared between the two questions comes with the next refresh.
        let Some(contents) = places
            .get(&row.series_instance_uid)
            .and_then(|place| series.get_mut(*place))
        else {
            continue;
        };
        match header {
            Ok(header) => contents.instances.push(header),
            Err(reason) => contents
                .unreadable
                .push((row.sop_instance_uid.to_string(), reason)),
        }
    }
    Ok(Some(StudyContents { study: row, series }))
}

fn read_headers(rows: &[InstanceRow], known: &KnownObjects) -> Vec<Header> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let mut found: Vec<(usize, Header)> = std::thread::scope(|scope| {
        let read = || {
            let mut mine = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(row) = rows.get(place) else {
                    return mine;
                };
                mine.push((place, read_header(row, known)));
            }
        };
        let others: Vec<_> = (1..workers.min(rows.len()))
            .map(|_| scope.spawn(read))
            .collect();
        let mut all = read();
        for other in others {
            // `read_header` catches panics, so a worker cannot end by one.
            all.extend(other.join().unwrap_or_default());
        }
        all
    });
    found.sort_unstable_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, header)| header).collect()
}

fn read_header(row: &InstanceRow, known: &KnownObjects) -> Header {
    if let Some(contents) = known.get(&row.sop_instance_uid)
        && contents.path == row.path
    {
        return Ok(Arc::clone(contents));
    }
    match catch_unwind(AssertUnwindSafe(|| InstanceContents::open(&row.path))) {
        Ok(Ok(contents)) if contents.sop_instance_uid == row.sop_instance_uid => {
            Ok(Arc::new(contents))
        }
        Ok(Ok(_)) => Err("the file holds another object than the index says".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("reading the header failed in this program (a bug)".to_owned()),
    }
}
