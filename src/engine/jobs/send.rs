//! C-STORE of objects of the store, or of files beside it, in the syntax they are stored in where the peer takes it, and their commitment.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::json;

use super::super::activities::{AtNode, Committed};
use super::super::job::{self, DETAILS_MAX, JobContext, JobEnd};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress, SendSource};
use super::import::walk;
use super::{level_of, target};
use crate::dicom::query::Level;
use crate::dicom::status::Service;
use crate::dicom::{AeTitle, SopInstanceUid, Status};
use crate::node::{StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult};

/// Finds out what goes where.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    peer: &PeerAddress,
    what: &SendSource,
    calling: Option<AeTitle>,
    commit: bool,
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
        commit,
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
    let words = CommitmentWords::new(at_node.committed.as_ref());
    let objects = results.iter().filter(is_object);
    let objects: Vec<_> = objects
        .map(|result| object_json(result, words.as_ref()))
        .collect();
    let uncommitted = words
        .as_ref()
        .map_or(0, |words| words.count_missing(results));
    let json = json!({
        "sent": sent, "warning": warning, "failed": failed, "skipped": skipped, "objects": objects,
    });
    let progress = Progress {
        done: at_node.total,
        total: at_node.total,
        failed: failed + uncommitted,
    };
    let peer = &at_node.subject;
    let passed_over = match skipped {
        0 => String::new(),
        skipped => format!(", {skipped} not DICOM"),
    };
    let commitment = match &words {
        Some(words) => format!(", {}", words.summary(sent + warning, uncommitted)),
        None => String::new(),
    };
    let counts =
        format!("{sent} sent, {warning} with warning, {failed} failed{passed_over}{commitment}");
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
            .filter_map(|result| detail(result, words.as_ref()))
            .take(DETAILS_MAX)
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

fn object_json(result: &StoreResult, words: Option<&CommitmentWords<'_>>) -> serde_json::Value {
    let mut json = json!({
        "sop_instance_uid": result.sop_instance_uid.as_ref().map(ToString::to_string),
        "path": result.path,
        "result": word(result.outcome),
        "status": result.status.map(|status| format!("{status:04X}")),
        "reason": result.reason,
    });
    if let Some(words) = words {
        let reason = words.reason(result);
        json["committed"] = reason.is_none().into();
        json["commit_reason"] = reason.unwrap_or_default().into();
    }
    json
}

/// What is worth a line: everything but plain success.
fn detail(result: &StoreResult, words: Option<&CommitmentWords<'_>>) -> Option<String> {
    let path = result.path.display();
    if result.outcome != StoreOutcome::Sent {
        return Some(format!(
            "{}: {}: {path}",
            word(result.outcome),
            result.reason
        ));
    }
    let reason = words?.reason(result)?;
    Some(format!("not committed: {reason}: {path}"))
}

/// What the peer said about storage commitment, per instance.
struct CommitmentWords<'a> {
    failure: Option<&'a StepFailure>,
    words: HashMap<&'a SopInstanceUid, Option<Result<(), Status>>>,
}

impl<'a> CommitmentWords<'a> {
    fn new(committed: Option<&'a Result<Committed, StepFailure>>) -> Option<Self> {
        Some(match committed? {
            Ok(words) => Self {
                failure: None,
                words: words.iter().map(|(uid, word)| (uid, *word)).collect(),
            },
            Err(failure) => Self {
                failure: Some(failure),
                words: HashMap::new(),
            },
        })
    }

    /// Why an object is not committed; `None` when it is.
    fn reason(&self, result: &StoreResult) -> Option<String> {
        if !matches!(result.outcome, StoreOutcome::Sent | StoreOutcome::Warning) {
            return Some("not sent".to_owned());
        }
        if let Some(failure) = self.failure {
            return Some(failure.to_string());
        }
        let uid = result.sop_instance_uid.as_ref()?;
        match self.words.get(uid).copied().flatten() {
            Some(Ok(())) => None,
            Some(Err(status)) => Some(status.of(Service::Commitment).to_string()),
            None => Some("no report in time".to_owned()),
        }
    }

    /// Objects that are with the peer and not committed.
    fn count_missing(&self, results: &[StoreResult]) -> u64 {
        let is_there =
            |r: &&StoreResult| matches!(r.outcome, StoreOutcome::Sent | StoreOutcome::Warning);
        let there = results.iter().filter(is_there);
        there.filter(|result| self.reason(result).is_some()).count() as u64
    }

    fn summary(&self, there: u64, missing: u64) -> String {
        match self.failure {
            Some(failure) => failure.to_string(),
            None => format!("{} committed, {missing} not committed", there - missing),
        }
    }
}
