//! Associations that others opened to us, as jobs of the list of activities: who called, what was agreed on, what came of it (A1, A3).

use std::collections::HashMap;
use std::sync::Arc;

use super::{Event, Failure, FailureKind, JobId, JobReport, Outcome, Progress};
use crate::dicom::status::Service;
use crate::dicom::{Status, TransferSyntax, sop_class};
use crate::node::{AssociationFacts, NodeEvent};

/// Ids of associations in the list of jobs: far from those that shells and queues give.
const ARRIVAL_JOBS: u64 = 1 << 42;

/// The id under which an association is listed.
fn job_id(association: u64) -> JobId {
    JobId(ARRIVAL_JOBS + association)
}

/// Whether a job of the list is an association that somebody opened to us.
pub fn is_arrival(id: JobId) -> bool {
    (ARRIVAL_JOBS..2 * ARRIVAL_JOBS).contains(&id.0)
}

/// Open associations.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    open: HashMap<u64, Arc<AssociationFacts>>,
}

impl Arrivals {
    /// Turns what the node tells of an association into the life of a job.
    pub(super) fn observe(&mut self, event: &NodeEvent) -> Option<Event> {
        match event {
            NodeEvent::Opened {
                association,
                calling,
                host,
                facts,
            } => {
                self.open.insert(*association, Arc::clone(facts));
                let report = JobReport {
                    kind: "receive",
                    subject: format!("{calling} @ {host}"),
                };
                Some(Event::JobStarted(job_id(*association), report))
            }
            NodeEvent::Closed {
                association,
                calling,
                stored,
                failed,
                statuses,
                how,
            } => {
                let facts = self.open.remove(association).unwrap_or_default();
                let counts = (*stored, *failed);
                let mut outcome = ended(&facts, counts, how);
                let refused = statuses.iter().map(|(status, count)| {
                    format!("{count} × {}", Status(*status).of(Service::Storage))
                });
                outcome.details.extend(refused);
                if how != RELEASED {
                    let message = format!("{calling}: {how}");
                    outcome.result = Err(Failure::new(FailureKind::Peer, message));
                }
                Some(Event::JobFinished(job_id(*association), outcome))
            }
            _ => None,
        }
    }
}

/// How an association ends well.
const RELEASED: &str = "released";

fn ended(facts: &AssociationFacts, (stored, failed): (u64, u64), how: &str) -> Outcome {
    let message = format!("{stored} objects kept, {failed} refused, {how}");
    let mut details = vec![format!(
        "called {}, implementation {}, largest PDU {}",
        facts.called,
        facts.implementation,
        match facts.max_pdu {
            0 => "without a limit".to_owned(),
            bytes => format!("{bytes} bytes"),
        }
    )];
    details.extend(facts.user.iter().map(|user| format!("user {user}")));
    details.extend(facts.contexts.iter().map(|context| {
        let class = sop_class::name(&context.sop_class_uid);
        match &context.answer {
            Ok(uid) => {
                let syntax = TransferSyntax::find(uid).map_or(uid.as_str(), |syntax| syntax.name);
                format!("{class}: accepted in {syntax}")
            }
            Err(why) => format!("{class}: {why}"),
        }
    }));
    Outcome {
        result: Ok(()),
        progress: Progress {
            done: stored + failed,
            total: stored + failed,
            failed,
        },
        message,
        details,
        json: serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::AeTitle;
    use crate::node::ContextFact;

    #[test]
    fn an_association_is_a_job_with_its_facts() {
        let calling = AeTitle::try_from("SCANNER").expect("a title");
        let facts = AssociationFacts {
            called: "DGSCOPE".into(),
            implementation: "OFFIS".into(),
            user: Some("anna".into()),
            contexts: vec![ContextFact {
                sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
                answer: Ok("1.2.840.10008.1.2.1".into()),
            }],
            ..AssociationFacts::default()
        };
        let mut arrivals = Arrivals::default();
        let opened = arrivals.observe(&NodeEvent::Opened {
            association: 3,
            calling: calling.clone(),
            host: "10.0.0.1".into(),
            facts: Arc::new(facts),
        });
        let Some(Event::JobStarted(id, report)) = opened else {
            panic!("{opened:?}");
        };
        assert!(is_arrival(id) && report.subject == "SCANNER @ 10.0.0.1");
        let closed = arrivals.observe(&NodeEvent::Closed {
            association: 3,
            calling,
            stored: 2,
            failed: 1,
            statuses: vec![(0xA700, 1)],
            how: "released".into(),
        });
        let Some(Event::JobFinished(_, outcome)) = closed else {
            panic!("{closed:?}");
        };
        assert!(outcome.result.is_ok() && outcome.progress.failed == 1);
        let details = outcome.details.join("\n");
        for words in ["CT Image Storage: accepted in", "user anna", "1 × A700"] {
            assert!(details.contains(words), "{details}");
        }
    }
}
