//! Decoded frames within a budget of bytes: what is wished stays, what was used longest ago goes first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::imaging::{Frame, FrameKey, Samples};

/// Part of the machine's memory that decoded frames may take, in percent.
const BUDGET_PERCENT: u64 = 40;
/// What is assumed of a machine that does not tell its memory.
const MEMORY_ASSUMED_BYTES: u64 = 4 << 30;

/// One decoded frame in the cache.
#[derive(Debug)]
struct Entry {
    frame: Arc<Frame>,
    bytes: u64,
    used: u64,
}

/// The decoded frames.
#[derive(Debug)]
pub(super) struct FrameCache {
    entries: HashMap<FrameKey, Entry>,
    bytes: u64,
    budget_bytes: u64,
    clock: u64,
}

impl FrameCache {
    /// An empty cache of `budget_bytes`.
    pub(super) fn new(budget_bytes: u64) -> Self {
        Self {
            entries: HashMap::new(),
            bytes: 0,
            budget_bytes,
            clock: 0,
        }
    }

    /// Bytes of all frames in it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The frame, now used last.
    pub(super) fn get(&mut self, key: &FrameKey) -> Option<Arc<Frame>> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(Arc::clone(&entry.frame))
    }

    /// Whether the frame is here.
    pub(super) fn contains(&self, key: &FrameKey) -> bool {
        self.entries.contains_key(key)
    }

    /// All keys, in no order.
    pub(super) fn keys(&self) -> impl Iterator<Item = FrameKey> {
        self.entries.keys().cloned()
    }

    /// Whether `more` bytes fit.
    pub(super) fn has_room(&self, more: u64) -> bool {
        self.bytes + more <= self.budget_bytes
    }

    /// Keeps a frame.
    pub(super) fn insert(&mut self, key: FrameKey, frame: Arc<Frame>) {
        self.clock += 1;
        let bytes = frame_bytes(&frame);
        let entry = Entry {
            frame,
            bytes,
            used: self.clock,
        };
        self.bytes += bytes;
        if let Some(earlier) = self.entries.insert(key, entry) {
            self.bytes -= earlier.bytes;
        }
    }

    /// Gives a frame up; false when it was not here.
    pub(super) fn remove(&mut self, key: &FrameKey) -> bool {
        match self.entries.remove(key) {
            Some(entry) => {
                self.bytes -= entry.bytes;
                true
            }
            None => false,
        }
    }

    /// Frees room for `more` bytes: unwished frames first, used longest ago first, then wished ones of a higher rank than
    /// `rank`, least wanted first. `rank_of` tells the place in the wish list. Returns what went.
    pub(super) fn make_room(
        &mut self,
        more: u64,
        rank: usize,
        rank_of: impl Fn(&FrameKey) -> Option<usize>,
    ) -> Vec<FrameKey> {
        if self.has_room(more) {
            return Vec::new();
        }
        let mut candidates: Vec<(bool, u64, FrameKey)> = self
            .entries
            .iter()
            .filter_map(|(key, entry)| match rank_of(key) {
                None => Some((false, entry.used, key.clone())),
                Some(wished) if wished > rank => {
                    Some((true, u64::MAX - wished as u64, key.clone()))
                }
                Some(_) => None,
            })
            .collect();
        candidates.sort_unstable_by_key(|(wished, age, _)| (*wished, *age));
        let mut gone = Vec::new();
        for (_, _, key) in candidates {
            if self.has_room(more) {
                break;
            }
            self.remove(&key);
            gone.push(key);
        }
        gone
    }
}

/// Bytes of a frame's samples.
pub(super) fn frame_bytes(frame: &Frame) -> u64 {
    let samples = match &frame.samples {
        Samples::U8(values) => size_of_val(values.as_slice()),
        Samples::I8(values) => size_of_val(values.as_slice()),
        Samples::U16(values) => size_of_val(values.as_slice()),
        Samples::I16(values) => size_of_val(values.as_slice()),
        Samples::U32(values) => size_of_val(values.as_slice()),
        Samples::I32(values) => size_of_val(values.as_slice()),
        Samples::F32(values) => size_of_val(values.as_slice()),
        Samples::F64(values) => size_of_val(values.as_slice()),
    };
    let cells = frame
        .cells
        .as_ref()
        .map_or(0, |cells| size_of_val(cells.as_slice()));
    (samples + cells) as u64
}

/// What decoded frames may take on this machine.
pub(super) fn default_budget_bytes() -> u64 {
    let memory = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| memory_bytes(&text))
        .unwrap_or(MEMORY_ASSUMED_BYTES);
    memory / 100 * BUDGET_PERCENT
}

/// `MemTotal` of Linux' `/proc/meminfo`.
fn memory_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_linux_is_read() {
        assert_eq!(
            memory_bytes("MemTotal:       2 kB\nMemFree: 1 kB"),
            Some(2048)
        );
        assert_eq!(memory_bytes("nothing"), None);
    }
}
