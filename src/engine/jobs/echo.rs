//! C-ECHO: whether a peer answers, and if not, which step failed.

use serde_json::json;

use super::super::activities::AtNode;
use super::super::job::{self, JobContext, JobEnd};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress};
use super::target;
use crate::dicom::AeTitle;
use crate::dicom::status::{Service, Status};
use crate::node::{EchoReport, NodeRequest, StepFailure};

/// Finds out whom to ask.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    peer: &PeerAddress,
    calling: Option<AeTitle>,
) -> Result<JobEnd, Failure> {
    let target = target(context, peer)?;
    let at_node = AtNode::of(&target, 1);
    let request = NodeRequest::Echo {
        request: context.job.0,
        target,
        calling: context.calling(calling)?,
    };
    Ok(JobEnd::at_node(request, at_node))
}

/// The outcome of what the node found.
pub(in crate::engine) fn outcome(
    at_node: &AtNode,
    result: Result<EchoReport, StepFailure>,
) -> Outcome {
    let peer = &at_node.subject;
    match result {
        Ok(EchoReport { status, ms }) => {
            let words = Status(status).of(Service::Verification).to_string();
            let json = json!({
                "status": format!("{status:04X}"),
                "ms": (ms * 1000.0).round() / 1000.0,
            });
            let message = format!("echo {peer}: {words}, {ms:.1} ms");
            let progress = counts(u64::from(status != 0));
            let result = if status == 0 {
                Ok(())
            } else {
                Err(Failure::new(FailureKind::Peer, message.clone()))
            };
            job::outcome(result, progress, message, json)
        }
        Err(StepFailure { step, reason }) => {
            let message = format!("echo {peer}: {step}: {reason}");
            let json = json!({ "step": step, "reason": reason });
            let failure = Failure::new(FailureKind::Peer, message.clone());
            job::outcome(Err(failure), counts(1), message, json)
        }
    }
}

fn counts(failed: u64) -> Progress {
    Progress {
        done: 1,
        total: 1,
        failed,
    }
}
