//! Objects out of the store and gone; pinned studies stay.

use serde_json::json;

use super::super::job::{self, JobContext};
use super::super::{Failure, Outcome, Progress};
use super::level_of;

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
