//! C-FIND: what a peer has. The node streams the matches; here the question is checked and its end put into words.

use serde_json::json;

use super::super::activities::AtNode;
use super::super::command::Level;
use super::super::job::{self, JobContext, JobEnd};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress};
use super::{configured, target};
use crate::dicom::AeTitle;
use crate::dicom::charset::CharacterSet;
use crate::dicom::identifier::Identifier;
use crate::dicom::status::{Service, Status};
use crate::node::{FindQuery, FindReport, NodeRequest, StepFailure};

/// Finds out whom to ask what.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    peer: &PeerAddress,
    calling: Option<AeTitle>,
    (level, keys): (Level, &[(String, String)]),
    limit: Option<u64>,
) -> Result<JobEnd, Failure> {
    let identifier = Identifier::find(level, keys)
        .map_err(|error| Failure::new(FailureKind::Input, format!("find: {error}")))?;
    let terms = configured(context, peer)?.map(|peer| peer.character_set);
    let terms: Vec<String> = terms
        .iter()
        .flat_map(|terms| terms.split('\\'))
        .map(str::to_owned)
        .collect();
    let target = target(context, peer)?;
    let at_node = AtNode::of(&target, 0);
    let request = NodeRequest::Find {
        request: context.job.0,
        target,
        calling: context.calling(calling)?,
        query: FindQuery {
            identifier,
            limit,
            character_set: CharacterSet::new(&terms),
        },
    };
    Ok(JobEnd::at_node(request, at_node))
}

/// The outcome of what the node found.
pub(in crate::engine) fn outcome(
    at_node: &AtNode,
    result: Result<FindReport, StepFailure>,
) -> Outcome {
    let peer = &at_node.subject;
    let report = match result {
        Ok(report) => report,
        Err(StepFailure { step, reason }) => {
            let message = format!("find {peer}: {step}: {reason}");
            let json = json!({ "step": step, "reason": reason });
            let failure = Failure::new(FailureKind::Peer, message.clone());
            let progress = Progress {
                done: at_node.found,
                total: at_node.found,
                failed: 1,
            };
            return job::outcome(Err(failure), progress, message, json);
        }
    };
    let status = Status(report.status);
    let words = super::status_words(status, Service::Find, report.comment.as_deref());
    let mut parts = vec![match report.matches {
        1 => "1 match".to_owned(),
        count => format!("{count} matches"),
    }];
    if report.unreadable > 0 {
        parts.push(format!("{} answers could not be read", report.unreadable));
    }
    if report.more {
        parts.push("limit reached, there may be more".to_owned());
    }
    if report.keys_ignored {
        parts.push("the peer did not support some keys".to_owned());
    }
    // After our own C-CANCEL any end is as good as FE00.
    let ended_by_us = report.more || report.cancelled;
    let failed = !status.is_done() && !ended_by_us;
    if failed || (report.comment.is_some() && !ended_by_us) {
        parts.push(words);
    }
    if report.cancelled {
        parts.push("stopped".to_owned());
    }
    let message = format!("find {peer}: {}", parts.join("; "));
    let progress = Progress {
        done: report.matches,
        total: report.matches,
        failed: report.unreadable,
    };
    let json = json!({
        "matches": report.matches,
        "unreadable": report.unreadable,
        "more": report.more,
        "status": format!("{:04X}", report.status),
    });
    let result = match (report.cancelled, failed) {
        (true, _) => Err(job::cancelled()),
        (false, true) => Err(Failure::new(FailureKind::Peer, message.clone())),
        (false, false) => Ok(()),
    };
    job::outcome(result, progress, message, json)
}
