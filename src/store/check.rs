//! `doctor`: the index against the files, and the way back.

use super::{Store, StoreError};

/// What a check does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckOptions {
    /// Mend what can be mended.
    pub repair: bool,
    /// Read every byte again and compare digests.
    pub digests: bool,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// Objects in the index, quarantined ones included.
    pub objects: u64,
    /// Objects whose file is missing or of another size.
    pub missing: u64,
    /// Objects whose bytes are not those received.
    pub damaged: u64,
    /// Certified files that the index did not know.
    pub unindexed: u64,
    /// Files that were never certified, left by a broken transfer.
    pub leftover: u64,
    /// Files in the object folders that are not ours; never touched.
    pub foreign: u64,
    /// Linked files that changed or went since their import.
    pub changed_links: u64,
    /// Findings that were mended.
    pub mended: u64,
    /// The findings in words, at most [`CheckReport::PROBLEMS_MAX`].
    pub problems: Vec<String>,
}

impl CheckReport {
    /// How many findings are told in words.
    pub const PROBLEMS_MAX: usize = 1000;

    /// Whether nothing is wrong, or all that was wrong is mended. Foreign files are no fault.
    pub fn is_clean(&self) -> bool {
        let found =
            self.missing + self.damaged + self.unindexed + self.leftover + self.changed_links;
        found == self.mended
    }
}

impl Store {
    /// Checks index against files. `progress` gets objects done and in all; returning false ends the check early.
    pub fn check(
        &self,
        options: CheckOptions,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<CheckReport, StoreError> {
        let _ = (options, progress);
        Err(StoreError::Closed)
    }

    /// Makes the whole index anew from the files; returns how many objects it holds then.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<u64, StoreError> {
        let _ = progress;
        Err(StoreError::Closed)
    }
}
