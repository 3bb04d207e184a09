//! What became of the files of an import.

use serde_json::json;

use crate::engine::job::{self, DETAILS_MAX};
use crate::engine::{Failure, FailureKind, Outcome, Progress};
use crate::store::{ImportError, IngestError, Ingested};

/// Counts, and the findings worth telling.
#[derive(Debug, Default)]
pub(super) struct Tally {
    found: u64,
    imported: u64,
    duplicate: u64,
    conflict: u64,
    not_dicom: u64,
    failed: u64,
    /// Conflicting newcomers under a known UID: kept aside, and failures for whoever brought them.
    refused_conflicts: u64,
    failures: Vec<(String, String)>,
    remarks: Vec<String>,
    stop: Option<Failure>,
    first_study: Option<String>,
}

impl Tally {
    /// A file was found.
    pub(super) fn found(&mut self) {
        self.found += 1;
    }

    /// Whether it makes no sense to go on.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Whether it is not known yet which study came first.
    pub(super) fn wants_first_study(&self) -> bool {
        self.first_study.is_none() && self.imported + self.duplicate > 0
    }

    /// Notes the study of an object that is in the store now.
    pub(super) fn note_study(&mut self, study: String) {
        self.first_study.get_or_insert(study);
    }

    /// Something that could not even be offered to the store.
    pub(super) fn fail(&mut self, name: &str, reason: &str) {
        self.found += 1;
        self.note_failure(name, reason.to_owned());
    }

    /// Notes what the store said to a file.
    pub(super) fn note(&mut self, name: &str, result: Result<Ingested, ImportError>) -> Progress {
        match result {
            Ok(Ingested::Stored { warning }) => {
                self.imported += 1;
                if let Some(warning) = warning {
                    self.remark(format!("{warning}: {name}"));
                }
            }
            Ok(Ingested::Duplicate | Ingested::Equivalent) => self.duplicate += 1,
            Ok(Ingested::PatientConflict { reason }) => {
                self.conflict += 1;
                self.remark(format!("kept aside as a conflict: {reason}: {name}"));
            }
            Err(ImportError::NotDicom) => self.not_dicom += 1,
            Err(ImportError::Refused(error @ IngestError::Conflict)) => {
                self.conflict += 1;
                self.refused_conflicts += 1;
                self.remark(format!("{error}: {name}"));
            }
            Err(error) => {
                if let ImportError::Refused(IngestError::StoreFull(_)) = error {
                    let message = format!("import: {error}");
                    self.stop = Some(Failure::new(FailureKind::Environment, message));
                }
                self.note_failure(name, with_causes(&error));
            }
        }
        self.progress()
    }

    fn note_failure(&mut self, name: &str, reason: String) {
        self.failed += 1;
        if self.failures.len() < DETAILS_MAX {
            self.failures.push((name.to_owned(), reason));
        }
    }

    fn remark(&mut self, remark: String) {
        if self.remarks.len() < DETAILS_MAX {
            self.remarks.push(remark);
        }
    }

    fn progress(&self) -> Progress {
        let done = self.imported + self.duplicate + self.conflict + self.not_dicom + self.failed;
        Progress {
            done,
            total: self.found.max(done),
            failed: self.failed + self.refused_conflicts,
        }
    }

    /// The outcome of the import.
    pub(super) fn outcome(self, cancelled: bool) -> Outcome {
        let failures: Vec<_> = self
            .failures
            .iter()
            .map(|(path, reason)| json!({ "path": path, "reason": reason }))
            .collect();
        let json = json!({
            "imported": self.imported,
            "duplicate": self.duplicate,
            "conflict": self.conflict,
            "not_dicom": self.not_dicom,
            "failed": self.failed,
            "failures": failures,
            "first_study": self.first_study,
        });
        let message = format!(
            "imported {}, duplicate {}, conflict {}, not DICOM {}, failed {}",
            self.imported, self.duplicate, self.conflict, self.not_dicom, self.failed
        );
        let progress = self.progress();
        let result = match self.stop {
            Some(failure) => Err(failure),
            None if cancelled => Err(job::cancelled()),
            None => Ok(()),
        };
        let failed = self
            .failures
            .into_iter()
            .map(|(path, reason)| format!("failed: {reason}: {path}"));
        Outcome {
            details: failed.chain(self.remarks).take(DETAILS_MAX).collect(),
            ..job::outcome(result, progress, message, json)
        }
    }
}

/// An error with its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
