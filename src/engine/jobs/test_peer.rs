//! The test of a peer (D2): its steps as words for people and as JSON for the screen.

use serde_json::{Value, json};

use super::super::activities::AtNode;
use super::super::job::{self, JobContext, JobEnd};
use super::super::{Failure, FailureKind, Outcome, PeerAddress, Progress};
use super::{configured, target};
use crate::dicom::{TransferSyntax, sop_class};
use crate::node::{Advice, NodeRequest, PeerTestReport, TestPlan, TestStep};

/// The role of a peer that is queried.
const QUERY_ROLE: &str = "query";

/// Finds out whom to test, and how far.
pub(in crate::engine) fn prepare(
    context: &JobContext,
    peer: &PeerAddress,
) -> Result<JobEnd, Failure> {
    let known = configured(context, peer)?;
    let find = known.is_none_or(|peer| peer.roles.iter().any(|role| role == QUERY_ROLE));
    let target = target(context, peer)?;
    let at_node = AtNode::of(&target, 1);
    let request = NodeRequest::TestPeer {
        request: context.job.0,
        target,
        calling: context.own_title()?,
        plan: TestPlan {
            find,
            move_to: context.receiving_title(),
        },
    };
    Ok(JobEnd::at_node(request, at_node))
}

/// The outcome of what the node found.
pub(in crate::engine) fn outcome(at_node: &AtNode, report: &PeerTestReport) -> Outcome {
    let peer = &at_node.subject;
    let broken = report
        .steps
        .iter()
        .find(|step| verdict(step) == Some(false));
    let host = report.our_address.map(|address| address.to_string());
    let register = host
        .map(|host| json!({ "ae_title": report.our_title, "host": host, "port": report.our_port }));
    let json = json!({
        "steps": report.steps.iter().map(step_json).collect::<Vec<_>>(),
        "contexts": report.contexts.iter().map(|context| {
            json!({
                "class": sop_class::name(&context.sop_class_uid),
                "accepted": context.answer.is_ok(),
                "words": match &context.answer {
                    Ok(uid) => TransferSyntax::find(uid).map_or(uid.as_str(), |s| s.name),
                    Err(why) => why,
                },
            })
        }).collect::<Vec<_>>(),
        "register": register,
    });
    let progress = Progress {
        done: report.steps.len() as u64,
        total: report.steps.len() as u64,
        failed: u64::from(broken.is_some()),
    };
    let (result, message) = match broken {
        None => (Ok(()), format!("test {peer}: all is well")),
        Some(step) => {
            let words = step.result.as_ref().err().map_or("", |(words, _)| words);
            let message = format!("test {peer}: {}: {words}", step.step);
            (
                Err(Failure::new(FailureKind::Peer, message.clone())),
                message,
            )
        }
    };
    let mut outcome = job::outcome(result, progress, message, json);
    outcome.details = report.steps.iter().map(step_line).collect();
    outcome
}

/// Whether a step is well; what was not tried is neither.
fn verdict(step: &TestStep) -> Option<bool> {
    match &step.result {
        Ok(_) => Some(true),
        Err((_, Advice::SwitchOn)) => None,
        Err(_) => Some(false),
    }
}

fn step_line(step: &TestStep) -> String {
    let words = match &step.result {
        Ok(words) | Err((words, _)) => words,
    };
    format!("{}: {words}, {:.1} ms", step.step, step.ms)
}

fn step_json(step: &TestStep) -> Value {
    let (words, advice) = match &step.result {
        Ok(words) => (words, Advice::None),
        Err((words, advice)) => (words, *advice),
    };
    json!({
        "step": step.step,
        "ms": (step.ms * 10.0).round() / 10.0,
        "ok": verdict(step),
        "words": words,
        "advice": advice_word(advice),
    })
}

/// The key of an advice; the window has a sentence for each.
fn advice_word(advice: Advice) -> Option<&'static str> {
    Some(match advice {
        Advice::None => return None,
        Advice::CheckName => "check-name",
        Advice::CheckPort => "check-port",
        Advice::CheckNetwork => "check-network",
        Advice::CheckProtocol => "check-protocol",
        Advice::RegisterUs => "register-us",
        Advice::CheckTitle => "check-title",
        Advice::CheckOurAddress => "check-our-address",
        Advice::SwitchOn => "switch-on",
    })
}
