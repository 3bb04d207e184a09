//! C-MOVE and C-GET: objects from a peer to us or to a third node. What arrived is compared with what was promised (F11).

use serde_json::{Value, json};

use super::super::activities::AtNode;
use super::super::command::{Destination, Level};
use super::super::job::{self, DETAILS_MAX, JobContext, JobEnd};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress};
use super::{configured, target};
use crate::dicom::AeTitle;
use crate::dicom::identifier::Identifier;
use crate::dicom::status::{Service, Status};
use crate::node::{
    NodeRequest, RetrieveQuery, RetrieveReport, RetrieveWay, StepFailure, SubOperations,
};

/// Finds out who sends what where.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    peer: &PeerAddress,
    calling: Option<AeTitle>,
    (level, keys): (Level, &[(String, String)]),
    to: Destination,
) -> Result<JobEnd, Failure> {
    let identifier = Identifier::retrieve(level, keys)
        .map_err(|error| Failure::new(FailureKind::Input, format!("retrieve: {error}")))?;
    let by_get = configured(context, peer)?.is_some_and(|peer| peer.retrieve_by_get);
    let to_us = !matches!(to, Destination::Title(_));
    let way = match to {
        Destination::Title(title) => RetrieveWay::Move(title),
        Destination::UsByGet => RetrieveWay::Get,
        Destination::Us if by_get => RetrieveWay::Get,
        Destination::Us => RetrieveWay::Move(context.receiving_title().ok_or_else(|| {
            let message = "retrieve: this station does not receive: switch its node on first";
            Failure::new(FailureKind::Input, message)
        })?),
    };
    let target = target(context, peer)?;
    let at_node = AtNode {
        verb: if to_us { "retrieve" } else { "move" },
        ..AtNode::of(&target, 0)
    };
    let request = NodeRequest::Retrieve {
        request: context.job.0,
        target,
        calling: context.calling(calling)?,
        query: RetrieveQuery {
            identifier,
            way,
            to_us,
        },
    };
    Ok(JobEnd::at_node(request, at_node))
}

/// How far the peer says it is.
pub(in crate::engine) fn progress(counters: &SubOperations) -> Progress {
    let done = counters.done();
    Progress {
        done,
        total: counters
            .remaining
            .map_or(0, |remaining| done + u64::from(remaining)),
        failed: u64::from(counters.failed.unwrap_or(0)),
    }
}

/// The outcome of what the node did.
pub(in crate::engine) fn outcome(
    at_node: &AtNode,
    result: Result<RetrieveReport, StepFailure>,
) -> Outcome {
    let subject = format!("{} {}", at_node.verb, at_node.subject);
    match result {
        Ok(report) => ended(&subject, &report),
        Err(StepFailure { step, reason }) => {
            let message = format!("{subject}: {step}: {reason}");
            let json = json!({ "step": step, "reason": reason });
            let failure = Failure::new(FailureKind::Peer, message.clone());
            let progress = Progress {
                failed: 1,
                ..Progress::default()
            };
            job::outcome(Err(failure), progress, message, json)
        }
    }
}

fn ended(subject: &str, report: &RetrieveReport) -> Outcome {
    let counters = &report.counters;
    let promised =
        u64::from(counters.completed.unwrap_or(0)) + u64::from(counters.warning.unwrap_or(0));
    let missing = report.kept.map_or(0, |kept| promised.saturating_sub(kept));
    let listed = report.failed_instances.len() as u64;
    let failed = u64::from(counters.failed.unwrap_or(0))
        .max(listed)
        .max(missing);
    let status = Status(report.status);
    let words = super::status_words(status, Service::Retrieve, report.comment.as_deref());
    let mut parts = Vec::new();
    match report.kept {
        Some(kept) if kept < promised => parts.push(format!("{kept} of {promised} arrived")),
        Some(kept) => parts.push(format!("{kept} here")),
        None => {}
    }
    parts.push(counters.to_string());
    if report.unreadable {
        parts.push("the list of failed instances cannot be read".to_owned());
    }
    let succeeded = status == Status::SUCCESS;
    if !succeeded && !report.cancelled {
        parts.push(words);
    }
    if report.cancelled {
        parts.push("stopped".to_owned());
    }
    let message = format!("{subject}: {}", parts.join("; "));
    let ok = status.is_done() && failed == 0 && !report.unreadable;
    let result = match (report.cancelled, ok) {
        (true, _) => Err(job::cancelled()),
        (false, true) => Ok(()),
        (false, false) => Err(Failure::new(FailureKind::Peer, message.clone())),
    };
    let done = counters.done();
    let progress = Progress {
        done,
        total: done + u64::from(counters.remaining.unwrap_or(0)),
        failed,
    };
    Outcome {
        details: report
            .failed_instances
            .iter()
            .take(DETAILS_MAX)
            .map(|uid| format!("failed: {uid}"))
            .collect(),
        ..job::outcome(result, progress, message, as_json(report))
    }
}

fn as_json(report: &RetrieveReport) -> Value {
    let counters = &report.counters;
    let mut json = json!({
        "status": format!("{:04X}", report.status),
        "remaining": counters.remaining,
        "completed": counters.completed,
        "failed": counters.failed,
        "warning": counters.warning,
        "failed_instances": report.failed_instances,
    });
    if let Some(object) = json.as_object_mut() {
        let kept = report.kept.map(Value::from);
        let own_host = report.own_host.clone().map(Value::from);
        let known = [("kept", kept), ("own_host", own_host)];
        object.extend(
            known
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?))),
        );
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome_of(report: RetrieveReport) -> Outcome {
        ended("retrieve PACS", &report)
    }

    fn report(completed: u32, failed: u32, kept: Option<u64>) -> RetrieveReport {
        RetrieveReport {
            counters: SubOperations {
                remaining: None,
                completed: Some(completed),
                failed: Some(failed),
                warning: Some(0),
            },
            kept,
            ..RetrieveReport::default()
        }
    }

    #[test]
    fn fewer_kept_than_promised_is_a_failure_whatever_the_status() {
        let short = outcome_of(report(120, 0, Some(118)));
        assert!(short.result.is_err());
        assert!(
            short.message.contains("118 of 120 arrived"),
            "{}",
            short.message
        );
        assert_eq!(short.progress.failed, 2);
        assert_eq!(short.json["kept"], 118);
        assert!(outcome_of(report(120, 0, Some(120))).result.is_ok());
    }

    #[test]
    fn failed_sub_operations_fail_the_job_and_absent_counters_are_null() {
        assert!(outcome_of(report(3, 1, None)).result.is_err());
        let silent = outcome_of(RetrieveReport::default());
        assert!(silent.result.is_ok());
        assert!(silent.json["completed"].is_null() && silent.json.get("kept").is_none());
        let listed = outcome_of(RetrieveReport {
            failed_instances: vec!["1.2.3".into()],
            ..RetrieveReport::default()
        });
        assert!(listed.result.is_err());
        assert_eq!(listed.details, ["failed: 1.2.3"]);
    }
}
