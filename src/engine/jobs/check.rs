//! The index against the files (`doctor`).

use serde_json::json;

use super::super::job::{self, JobContext};
use super::super::{Failure, FailureKind, Outcome, Progress};
use crate::store::CheckOptions;

/// Checks, and with `repair` mends.
pub(super) fn run(context: &JobContext, repair: bool, digests: bool) -> Result<Outcome, Failure> {
    let options = CheckOptions { repair, digests };
    let report = context.store.check(options, &mut |done, total| {
        context.report(Progress {
            done,
            total,
            failed: 0,
        });
        !context.is_cancelled()
    })?;
    if context.is_cancelled() {
        return Err(job::cancelled());
    }
    let found =
        report.missing + report.damaged + report.unindexed + report.leftover + report.changed_links;
    let progress = Progress {
        done: report.objects,
        total: report.objects,
        failed: found.saturating_sub(report.mended),
    };
    let json = json!({
        "clean": report.is_clean(),
        "objects": report.objects,
        "missing": report.missing,
        "damaged": report.damaged,
        "unindexed": report.unindexed,
        "leftover": report.leftover,
        "foreign": report.foreign,
        "changed_links": report.changed_links,
        "mended": report.mended,
        "problems": report.problems,
    });
    let message = format!(
        "{} objects: {} missing, {} damaged, {} not indexed, {} left over, {} changed links, {} mended",
        report.objects,
        report.missing,
        report.damaged,
        report.unindexed,
        report.leftover,
        report.changed_links,
        report.mended
    );
    let result = if report.is_clean() {
        Ok(())
    } else {
        Err(Failure::new(
            FailureKind::Peer,
            format!("doctor: {message}"),
        ))
    };
    Ok(Outcome {
        details: report.problems,
        ..job::outcome(result, progress, message, json)
    })
}
