//! Frames are wished for, not requested: the newest ordered list replaces the old one, so a jump drops stale work for free.
//!
//! Pure bookkeeping: which frame to decode next, what the shell has already, what the cache gives up. Invariants: a frame is
//! decoded by one worker at a time, told once until it is evicted, and a wished frame never makes room for a less wished one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::cache::FrameCache;
use crate::dicom::SopInstanceUid;
use crate::imaging::{Frame, FrameKey};

/// The first wishes are what is on the screen (a layout of 4 by 4): they are decoded even when they exceed the budget.
const VISIBLE_MAX: usize = 16;

/// What the shell must be told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// A wished frame.
    Ready(FrameKey, Arc<Frame>),
    /// A wished frame that cannot be had.
    Failed(FrameKey, String),
    /// Frames that were told before and are gone.
    Evicted(Vec<FrameKey>),
}

/// How much a frame will take, as far as the engine knows its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The object is open: bytes of one frame.
    Bytes(u64),
    /// The study is being opened.
    NotYet,
    /// Nothing of this name is open.
    Unknown,
}

/// The wish list with its cache.
#[derive(Debug)]
pub(super) struct FrameQueue {
    wished: Vec<FrameKey>,
    ranks: HashMap<FrameKey, usize>,
    /// Every wish before this place is cached, failed or being decoded.
    cursor: usize,
    in_flight: HashSet<FrameKey>,
    failed: HashMap<FrameKey, String>,
    /// Wished, told as failed, of objects that are not open.
    unknown: HashSet<FrameKey>,
    told: HashSet<FrameKey>,
    cache: FrameCache,
    decodes: u64,
}

impl FrameQueue {
    /// No wishes, nothing decoded.
    pub(super) fn new(budget_bytes: u64) -> Self {
        Self {
            wished: Vec::new(),
            ranks: HashMap::new(),
            cursor: 0,
            in_flight: HashSet::new(),
            failed: HashMap::new(),
            unknown: HashSet::new(),
            told: HashSet::new(),
            cache: FrameCache::new(budget_bytes),
            decodes: 0,
        }
    }

    /// Frames decoded so far, and bytes in the cache.
    pub(super) fn counters(&self) -> (u64, u64) {
        (self.decodes, self.cache.bytes())
    }

    /// Replaces the wish list; what is here already is told at once, unless the shell has it.
    pub(super) fn wish(&mut self, wished: Vec<FrameKey>) -> Vec<Told> {
        self.ranks.clear();
        for (rank, key) in wished.iter().enumerate() {
            self.ranks.entry(key.clone()).or_insert(rank);
        }
        self.wished = wished;
        self.cursor = 0;
        let mut told = Vec::new();
        // Backwards, so that the most wanted frame is also the one used last.
        for key in self.wished.iter().rev() {
            if let Some(frame) = self.cache.get(key) {
                if self.told.insert(key.clone()) {
                    told.push(Told::Ready(key.clone(), frame));
                }
            } else if let Some(reason) = self.failed.get(key)
                && self.told.insert(key.clone())
            {
                told.push(Told::Failed(key.clone(), reason.clone()));
            }
        }
        told.reverse();
        told
    }

    /// Looks at the whole list again, after a study was opened.
    pub(super) fn rewind(&mut self) {
        self.cursor = 0;
        self.unknown.clear();
    }

    /// The next frame to decode, most wanted first, with room made for it; and what is to be told on the way.
    pub(super) fn next(
        &mut self,
        known: impl Fn(&FrameKey) -> Known,
    ) -> (Option<FrameKey>, Vec<Told>) {
        let mut told = Vec::new();
        let mut place = self.cursor;
        let mut passed_all = true;
        while let Some(key) = self.wished.get(place) {
            let settled = self.cache.contains(key)
                || self.failed.contains_key(key)
                || self.unknown.contains(key)
                || self.in_flight.contains(key);
            if !settled {
                match known(key) {
                    Known::Bytes(bytes) => {
                        let key = key.clone();
                        if !self.room_for(bytes, place, &mut told) {
                            break;
                        }
                        self.in_flight.insert(key.clone());
                        return (Some(key), told);
                    }
                    Known::NotYet => passed_all = false,
                    Known::Unknown => {
                        let reason = "the object is not part of an open study".to_owned();
                        told.push(Told::Failed(key.clone(), reason));
                        self.unknown.insert(key.clone());
                    }
                }
            }
            place += 1;
            if passed_all {
                self.cursor = place;
            }
        }
        (None, told)
    }

    fn room_for(&mut self, bytes: u64, rank: usize, told: &mut Vec<Told>) -> bool {
        let ranks = &self.ranks;
        let gone = self
            .cache
            .make_room(bytes, rank, |key| ranks.get(key).copied());
        self.note_gone(gone, told);
        self.cache.has_room(bytes) || rank < VISIBLE_MAX
    }

    fn note_gone(&mut self, gone: Vec<FrameKey>, told: &mut Vec<Told>) {
        let known: Vec<FrameKey> = gone
            .into_iter()
            .filter(|key| self.told.remove(key))
            .collect();
        if !known.is_empty() {
            told.push(Told::Evicted(known));
        }
    }

    /// Takes a decoder's result. A frame that nobody wishes any more is kept, as far as there is room.
    pub(super) fn finished(
        &mut self,
        key: FrameKey,
        result: Result<Arc<Frame>, String>,
    ) -> Vec<Told> {
        let mut told = Vec::new();
        if !self.in_flight.remove(&key) {
            return told; // its study was closed meanwhile
        }
        let wished = self.ranks.contains_key(&key);
        match result {
            Ok(frame) => {
                self.decodes += 1;
                self.cache.insert(key.clone(), Arc::clone(&frame));
                if wished {
                    self.told.insert(key.clone());
                    told.push(Told::Ready(key, frame));
                }
            }
            Err(reason) => {
                self.failed.insert(key.clone(), reason.clone());
                if wished {
                    self.told.insert(key.clone());
                    told.push(Told::Failed(key, reason));
                }
            }
        }
        told
    }

    /// Forgets the frames of objects that are not open any more.
    pub(super) fn forget(&mut self, objects: &HashSet<SopInstanceUid>) -> Vec<Told> {
        let mine = |key: &FrameKey| objects.contains(&key.instance);
        self.failed.retain(|key, _| !mine(key));
        self.in_flight.retain(|key| !mine(key));
        let gone: Vec<FrameKey> = self.told.iter().filter(|key| mine(key)).cloned().collect();
        let gone_untold: Vec<FrameKey> = self.cache.keys().filter(|key| mine(key)).collect();
        for key in &gone_untold {
            self.cache.remove(key);
        }
        let mut told = Vec::new();
        self.note_gone(gone, &mut told);
        told
    }
}

#[cfg(test)]
mod tests;
