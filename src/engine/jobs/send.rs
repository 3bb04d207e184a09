//! C-STORE of objects of the store, or of files beside it, in the syntax they are stored in.

use std::path::PathBuf;

use serde_json::json;

use super::super::activities::AtNode;
use super::super::job::{self, DETAILS_MAX, JobContext, JobEnd};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress, SendSource};
use super::import::walk;
use super::{level_of, target};
use crate::dicom::AeTitle;
use crate::dicom::query::Level;
use crate::node::{StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult};

/// Finds out what goes where.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    peer: &PeerAddress,
    what: &SendSource,
    calling: Option<AeTitle>,
) -> Result<JobEnd, Failure> {
    let objects = match what {
        SendSource::Keys(keys) => stored(context, keys)?,
        SendSource::Paths(paths) => files(context, paths)?,
    };
    if objects.is_empty() {
        let message = "send: nothing matches";
        return Err(Failure::new(FailureKind::Input, message));
    }
    Ok(JobEnd::Send {
        target: target(context, peer)?,
        calling: match calling {
            Some(title) => title,
            None => context.own_title()?,
        },
        objects,
    })
}

fn stored(context: &JobContext, keys: &[(String, String)]) -> Result<Vec<StoreItem>, Failure> {
    level_of(keys)?;
    let rows = context.store.query(Level::Image, keys, u64::MAX)?;
    let paths = rows.into_iter().filter_map(|row| row.path);
    let item = |path| StoreItem {
        path,
        found_in_folder: false,
    };
    Ok(paths.map(item).collect())
}

fn files(context: &JobContext, paths: &[PathBuf]) -> Result<Vec<StoreItem>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.exists() {
            let message = format!("send: no such file or folder: {}", path.display());
            return Err(Failure::new(FailureKind::Input, message));
        }
        let found_in_folder = path.is_dir();
        walk::files(path, &mut |path| {
            found.push(StoreItem {
                path,
                found_in_folder,
            });
            !context.is_cancelled()
        })
        .map_err(|error| {
            let message = format!("send: {}: {error}", path.display());
            Failure::new(FailureKind::Input, message)
        })?;
    }
    Ok(found)
}

/// How far the node is.
pub(in crate::engine) fn progress(at_node: &AtNode) -> Progress {
    let failed = count(&at_node.results, StoreOutcome::Failed);
    Progress {
        done: at_node.results.len() as u64,
        total: at_node.total,
        failed,
    }
}

fn count(results: &[StoreResult], outcome: StoreOutcome) -> u64 {
    results.iter().filter(|r| r.outcome == outcome).count() as u64
}

/// The outcome of what the node did.
pub(in crate::engine) fn outcome(
    at_node: &AtNode,
    result: Result<StoreReport, StepFailure>,
) -> Outcome {
    let results = &at_node.results;
    let (sent, warning, skipped) = (
        count(results, StoreOutcome::Sent),
        count(results, StoreOutcome::Warning),
        count(results, StoreOutcome::Skipped),
    );
    // What was never reached is failed too.
    let failed = at_node.total - sent - warning - skipped;
    let is_object = |r: &&StoreResult| r.outcome != StoreOutcome::Skipped;
    let objects: Vec<_> = results.iter().filter(is_object).map(object_json).collect();
    let json = json!({
        "sent": sent, "warning": warning, "failed": failed, "skipped": skipped, "objects": objects,
    });
    let progress = Progress {
        done: at_node.total,
        total: at_node.total,
        failed,
    };
    let peer = &at_node.subject;
    let passed_over = match skipped {
        0 => String::new(),
        skipped => format!(", {skipped} not DICOM"),
    };
    let counts = format!("{sent} sent, {warning} with warning, {failed} failed{passed_over}");
    let (result, message) = match result {
        Ok(report) if report.cancelled => (
            Err(job::cancelled()),
            format!("send {peer}: cancelled, {counts}"),
        ),
        Ok(_) => (Ok(()), format!("send {peer}: {counts}")),
        Err(StepFailure { step, reason }) => {
            let message = format!("send {peer}: {step}: {reason}; {counts}");
            (
                Err(Failure::new(FailureKind::Peer, message.clone())),
                message,
            )
        }
    };
    Outcome {
        details: results
            .iter()
            .filter(|r| r.outcome != StoreOutcome::Sent)
            .take(DETAILS_MAX)
            .map(detail)
            .collect(),
        ..job::outcome(result, progress, message, json)
    }
}

fn word(outcome: StoreOutcome) -> &'static str {
    match outcome {
        StoreOutcome::Sent => "sent",
        StoreOutcome::Warning => "warning",
        StoreOutcome::Failed => "failed",
        StoreOutcome::Skipped => "skipped",
    }
}

fn object_json(result: &StoreResult) -> serde_json::Value {
    json!({
        "sop_instance_uid": result.sop_instance_uid.as_ref().map(ToString::to_string),
        "path": result.path,
        "result": word(result.outcome),
        "status": result.status.map(|status| format!("{status:04X}")),
        "reason": result.reason,
    })
}

fn detail(result: &StoreResult) -> String {
    let path = result.path.display();
    format!("{}: {}: {path}", word(result.outcome), result.reason)
}
