//! C-STORE of objects of the store, or of files beside it, in the syntax they are stored in where the peer takes it, and their commitment.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::json;

use super::super::activities::AtNode;
use super::super::job::{self, DETAILS_MAX, JobContext, JobEnd};
use super::super::send_desk::{QueuedSend, commitment_note};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress, SendSource};
use super::import::walk;
use super::{level_of, target};
use crate::dicom::query::Level;
use crate::dicom::status::Service;
use crate::dicom::{AeTitle, SopClassUid, SopInstanceUid, Status};
use crate::node::{
    CommitmentAnswers, NodeRequest, StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult,
    Target,
};
use crate::store::commitment::Referenced;
use crate::store::{SendNote, SendObjectRow, SendResult, SendState};

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
        SendSource::Queued(job) => return queued(context, peer, *job),
    };
    if objects.is_empty() {
        let message = "send: nothing matches";
        return Err(Failure::new(FailureKind::Input, message));
    }
    let target = target(context, peer)?;
    let at_node = AtNode::of(&target, objects.len() as u64);
    let request = NodeRequest::Store {
        request: context.job.0,
        target,
        calling: context.calling(calling)?,
        objects,
        commit,
        there: Vec::new(),
    };
    Ok(JobEnd::at_node(request, at_node))
}

/// What a job of the queue still has to do. Objects that left the store meanwhile fail, with that as their reason.
fn queued(context: &JobContext, peer: &PeerAddress, job: i64) -> Result<JobEnd, Failure> {
    let row = context.store.send_job(job)?;
    let row = row.ok_or_else(|| Failure::new(FailureKind::Input, "send: the job is gone"))?;
    let target = target(context, peer)?;
    let (waiting, owed) = context.store.send_work(job)?;
    let mut work = QueuedSend {
        job,
        ..QueuedSend::default()
    };
    let (mut objects, mut there, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for row in &waiting {
        let instance = SopInstanceUid::parse(&row.sop_instance_uid);
        let path = match &instance {
            Ok(instance) => context.store.object_path(instance)?,
            Err(_) => None,
        };
        let (Ok(instance), Some(path)) = (instance, path) else {
            notes.push(SendNote {
                job,
                position: row.position,
                result: SendResult::Final(SendState::Failed, None),
                words: "no longer in the store".to_owned(),
            });
            continue;
        };
        work.files.insert(path.clone(), row.position);
        work.instances.insert(instance, row.position);
        objects.push(StoreItem {
            path,
            found_in_folder: false,
        });
    }
    for row in owed {
        let Some(item) = referenced(&row) else {
            continue;
        };
        match told(context, &target, &item.sop_instance_uid)? {
            Some(word) => notes.push(commitment_note(job, row.position, Some(word))),
            None => {
                work.instances
                    .insert(item.sop_instance_uid.clone(), row.position);
                there.push(item);
            }
        }
    }
    context.store.note_sent(notes)?;
    if objects.is_empty() && there.is_empty() {
        let message = "send: nothing is left to do".to_owned();
        let nothing = job::outcome(Ok(()), Progress::default(), message, json!({}));
        return Ok(JobEnd::Finished(nothing));
    }
    let at_node = AtNode {
        queued: Some(work),
        ..AtNode::of(&target, objects.len() as u64)
    };
    let request = NodeRequest::Store {
        request: context.job.0,
        target,
        calling: context.own_title()?,
        objects,
        commit: row.committing,
        there,
    };
    Ok(JobEnd::at_node(request, at_node))
}

fn referenced(row: &SendObjectRow) -> Option<Referenced> {
    Some(Referenced {
        sop_class_uid: SopClassUid::parse(&row.sop_class_uid).ok()?,
        sop_instance_uid: SopInstanceUid::parse(&row.sop_instance_uid).ok()?,
    })
}

/// What the peer said about an instance after all: reports may come late, to our listener. A refusal is asked about again.
fn told(
    context: &JobContext,
    target: &Target,
    instance: &SopInstanceUid,
) -> Result<Option<Result<(), Status>>, Failure> {
    let state = context.store.commitment_state(instance)?;
    let of_this_peer = state.filter(|state| state.ae_title == target.ae_title.as_str());
    let word = of_this_peer.and_then(|state| state.result);
    Ok(word.filter(|word| word.is_ok()))
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
    fn new(committed: Option<&'a Result<CommitmentAnswers, StepFailure>>) -> Option<Self> {
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
