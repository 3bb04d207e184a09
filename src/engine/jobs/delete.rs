//! Objects out of the store and gone; pinned studies stay.

use serde_json::json;

use super::super::job::{self, JobContext};
use super::super::{Failure, Outcome, Progress};
use super::level_of;
use crate::dicom::StudyInstanceUid;

/// Deletes what matches the keys.
pub(super) fn run(context: &JobContext, keys: &[(String, String)]) -> Result<Outcome, Failure> {
    let report = context.store.delete(level_of(keys)?, keys)?;
    let progress = Progress {
        done: report.instances,
        total: report.instances,
        failed: 0,
    };
    let mut message = format!(
        "deleted {} instances, among them {} whole series and {} whole studies",
        report.instances, report.series, report.studies
    );
    if report.pinned > 0 {
        message.push_str(&format!("; {} pinned studies stay", report.pinned));
    }
    let json = json!({
        "studies": report.studies,
        "series": report.series,
        "instances": report.instances,
        "pinned": report.pinned,
    });
    Ok(job::outcome(Ok(()), progress, message, json))
}

/// Deletes studies because the disk is nearly full; the audit trail says that nobody asked for it.
pub(super) fn clean_up(
    context: &JobContext,
    studies: &[StudyInstanceUid],
) -> Result<Outcome, Failure> {
    let details = format!("the disk is nearly full: {} studies go", studies.len());
    context.store.audit("clean-up", &details)?;
    let uids: Vec<&str> = studies.iter().map(StudyInstanceUid::as_str).collect();
    run(context, &[("StudyInstanceUID".to_owned(), uids.join("\\"))])
}
