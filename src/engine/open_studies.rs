//! The studies that the window has open, and which of their objects are known already.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::StudyContents;
use super::frames::Known;
use super::opening::KnownObjects;
use crate::dicom::{SopInstanceUid, StudyInstanceUid};
use crate::imaging::{FrameKey, InstanceContents, PixelDescription};

#[derive(Debug, Default)]
struct OpenStudy {
    contents: Option<Arc<StudyContents>>,
    reading: bool,
    stale: bool,
}

/// The open studies.
#[derive(Debug, Default)]
pub(super) struct OpenStudies {
    open: HashMap<StudyInstanceUid, OpenStudy>,
    objects: KnownObjects,
}

impl OpenStudies {
    /// Opens a study: it will be read, and again when objects arrive. Returns what is known of it, if it is open already.
    pub(super) fn open(&mut self, study: StudyInstanceUid) -> Option<Arc<StudyContents>> {
        let entry = self.open.entry(study).or_default();
        entry.stale = true;
        entry.contents.clone()
    }

    /// Whether somebody looks at a study.
    pub(super) fn is_open(&self, study: &StudyInstanceUid) -> bool {
        self.open.contains_key(study)
    }

    /// Closes a study; returns its objects.
    pub(super) fn close(&mut self, study: &StudyInstanceUid) -> HashSet<SopInstanceUid> {
        let objects: HashSet<SopInstanceUid> = self
            .open
            .remove(study)
            .and_then(|entry| entry.contents)
            .iter()
            .flat_map(|contents| objects_of(contents))
            .map(|object| object.sop_instance_uid.clone())
            .collect();
        let Self {
            open,
            objects: known,
        } = self;
        known.instances.retain(|uid, _| !objects.contains(uid));
        let mut shown = HashSet::new();
        for contents in open.values().filter_map(|entry| entry.contents.as_ref()) {
            let states = contents.states.iter();
            shown.extend(states.map(|state| state.sop_instance_uid.clone()));
        }
        known.states.retain(|uid, _| shown.contains(uid));
        objects
    }

    /// Objects arrived or went somewhere: all open studies are read again.
    pub(super) fn mark_stale(&mut self) {
        for entry in self.open.values_mut() {
            entry.stale = true;
        }
    }

    /// The next study to read, with the objects that need no reading.
    pub(super) fn next_to_read(&mut self) -> Option<(StudyInstanceUid, KnownObjects)> {
        let (study, entry) = self
            .open
            .iter_mut()
            .find(|(_, entry)| entry.stale && !entry.reading)?;
        entry.stale = false;
        entry.reading = true;
        Some((study.clone(), self.objects.clone()))
    }

    /// Takes a reading; the contents when they are news.
    pub(super) fn read(
        &mut self,
        study: &StudyInstanceUid,
        contents: Option<StudyContents>,
    ) -> Option<Arc<StudyContents>> {
        let entry = self.open.get_mut(study)?;
        entry.reading = false;
        let contents = Arc::new(contents?);
        if let Some(before) = &entry.contents
            && is_same(before, &contents)
        {
            return None;
        }
        for object in objects_of(&contents) {
            let uid = object.sop_instance_uid.clone();
            self.objects.instances.insert(uid, Arc::clone(object));
        }
        for state in &contents.states {
            let uid = state.sop_instance_uid.clone();
            self.objects.states.insert(uid, Arc::clone(state));
        }
        entry.contents = Some(Arc::clone(&contents));
        Some(contents)
    }

    /// The object of a frame.
    pub(super) fn object(&self, key: &FrameKey) -> Option<&Arc<InstanceContents>> {
        self.objects.instances.get(&key.instance)
    }

    /// How many bytes a frame will take.
    pub(super) fn known(&self, key: &FrameKey) -> Known {
        match self.objects.instances.get(&key.instance) {
            Some(contents) => Known::Bytes(contents.pixels.as_ref().map_or(0, bytes_expected)),
            None if self.open.values().any(|e| e.reading || e.stale) => Known::NotYet,
            None => Known::Unknown,
        }
    }
}

/// Whether nothing changed that a viewer could show; that we opened the study ourselves is none of it.
fn is_same(before: &StudyContents, now: &StudyContents) -> bool {
    let mut study = before.study.clone();
    study.opened = now.study.opened;
    study == now.study && before.series == now.series && same_states(before, now)
}

/// States are read once and shared, so that they need not be compared part by part.
fn same_states(before: &StudyContents, now: &StudyContents) -> bool {
    let mut pairs = before.states.iter().zip(&now.states);
    before.states.len() == now.states.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b))
}

fn objects_of(contents: &StudyContents) -> impl Iterator<Item = &Arc<InstanceContents>> {
    contents
        .series
        .iter()
        .flat_map(|series| series.instances.iter())
}

fn bytes_expected(pixels: &PixelDescription) -> u64 {
    let samples =
        u64::from(pixels.rows) * u64::from(pixels.columns) * u64::from(pixels.samples_per_pixel);
    samples * u64::from(pixels.bits_allocated.div_ceil(8))
}
