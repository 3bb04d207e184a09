//! Reading a study for the viewer: its rows, and the header of every object that is not known yet, on all cores.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::event::SeriesContents;
use super::{Failure, StudyContents};
use crate::dicom::{SopInstanceUid, StudyInstanceUid};
use crate::imaging::{InstanceContents, StoredState};
use crate::store::{InstanceRow, Store};

/// Objects whose headers were read before, with the place they were read from.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownObjects {
    /// Everything a study holds.
    pub(super) instances: HashMap<SopInstanceUid, Arc<InstanceContents>>,
    /// Presentation states about what it holds.
    pub(super) states: HashMap<SopInstanceUid, Arc<StoredState>>,
}

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
    let states = store.states_for_study(study)?;
    Ok(Some(StudyContents {
        study: row,
        series,
        states: read_states(&states, known),
    }))
}

/// Reads the states that are not known yet; one whose file is no longer there is left out, as its images would be.
fn read_states(rows: &[InstanceRow], known: &KnownObjects) -> Vec<Arc<StoredState>> {
    let mut states: Vec<Arc<StoredState>> = rows
        .iter()
        .filter_map(|row| match known.states.get(&row.sop_instance_uid) {
            Some(state) if state.path == row.path => Some(Arc::clone(state)),
            _ => read_state(row),
        })
        .collect();
    // The index sorts dates as they were written.
    states.sort_by(|a, b| a.age().cmp(&b.age()));
    states
}

fn read_state(row: &InstanceRow) -> Option<Arc<StoredState>> {
    let read = catch_unwind(AssertUnwindSafe(|| StoredState::open(&row.path)));
    match read {
        Ok(Ok(state)) if state.sop_instance_uid == row.sop_instance_uid => Some(Arc::new(state)),
        Ok(Ok(_)) => {
            tracing::warn!("another object than indexed: {}", row.sop_instance_uid);
            None
        }
        Ok(Err(error)) => {
            tracing::warn!("presentation state {}: {error}", row.sop_instance_uid);
            None
        }
        Err(_) => {
            tracing::error!(
                "reading a presentation state panicked: {}",
                row.sop_instance_uid
            );
            None
        }
    }
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
    if let Some(contents) = known.instances.get(&row.sop_instance_uid)
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
