//! C-STORE as SCU (statement 3.1.2.4): files in their stored transfer syntax, their data set bytes as they are, or uncompressed
//! where the peer takes nothing else.
//!
//! The files are read once for what they are, then contexts are proposed for exactly that, on as many associations as need be,
//! one after the other. A failed object never stops the others; a lost association fails only what was not answered on it.

use std::collections::VecDeque;
use std::panic::catch_unwind;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::connect::{Call, associate};
use super::echo::response;
use super::outgoing::{
    Blocks, Interrupted, Object, Spare, Unsendable, choose_context, describe, send_blocks,
};
use crate::dicom::presentation_context::{self, ProposedContext};
use crate::dicom::status::{Outcome, Service, Status};
use crate::dicom::{AeTitle, sop_class};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{CommandSet, element, field};
use crate::node::messages::{
    Again, NodeEvent, StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult,
};
use crate::node::shared::Shared;
use crate::store::commitment::Referenced;

/// Statuses A7xx: refused, out of resources (PS3.4 Table B.2-1). They pass.
const OUT_OF_RESOURCES: u16 = 0xA700;

/// One C-STORE request under way.
pub struct Sending<'a> {
    /// To whom, as whom.
    pub call: Call,
    /// Where results go.
    pub shared: &'a Shared,
    /// Comes back in every report.
    pub request: u64,
    /// Ends it early.
    pub stop: CancellationToken,
    report: StoreReport,
    /// Whether the peer was reached at all.
    reached: bool,
    /// What the peer said it has.
    kept: Vec<Referenced>,
    /// Whose C-MOVE this serves, and its message (PS3.7 §9.1.1.1).
    originator: Option<(AeTitle, u16)>,
    /// Blocks of the object before, to be filled again.
    spare: Spare,
}

impl<'a> Sending<'a> {
    /// Nothing is sent yet.
    pub fn new(call: Call, shared: &'a Shared, request: u64, stop: CancellationToken) -> Self {
        Self {
            call,
            shared,
            request,
            stop,
            report: StoreReport::default(),
            reached: false,
            kept: Vec::new(),
            originator: None,
            spare: Spare::new(),
        }
    }

    /// Says whose C-MOVE this serves.
    pub fn on_behalf_of(mut self, mover: AeTitle, message_id: u16) -> Self {
        self.originator = Some((mover, message_id));
        self
    }

    /// Sends all of them; also tells which the peer has.
    pub async fn run(
        mut self,
        items: Vec<StoreItem>,
    ) -> Result<(StoreReport, Vec<Referenced>), StepFailure> {
        let mut objects = Vec::new();
        for item in items {
            if self.stop.is_cancelled() {
                self.tell_unread(item.path, StoreOutcome::Failed, "cancelled");
                continue;
            }
            let path = item.path.clone();
            // Who ends the program is heard between two files.
            tokio::task::yield_now().await;
            match catch_unwind(|| describe(&path)) {
                Ok(Ok(object)) => objects.push(object),
                Ok(Err(unsendable)) => {
                    let outcome = match unsendable {
                        Unsendable::NotDicom(_) if item.found_in_folder => StoreOutcome::Skipped,
                        Unsendable::NotDicom(_) | Unsendable::Broken(_) => StoreOutcome::Failed,
                    };
                    self.tell_unread(item.path, outcome, &unsendable.to_string());
                }
                Err(_) => {
                    tracing::error!("reading a file panicked");
                    let reason = "cannot be read: an internal error";
                    self.tell_unread(item.path, StoreOutcome::Failed, reason);
                }
            }
        }
        let kinds: Vec<_> = objects
            .iter()
            .map(|object| (object.sop_class.clone(), object.syntax))
            .collect();
        let mut failure = None;
        for contexts in presentation_context::propose(&kinds) {
            let proposed = |object: &Object| {
                contexts
                    .iter()
                    .any(|c| c.abstract_syntax == object.sop_class)
            };
            let (now, later) = objects.into_iter().partition(proposed);
            objects = later;
            if let Err(failed) = self.send_group(&contexts, now).await {
                failure.get_or_insert(failed);
            }
        }
        self.report.cancelled = self.stop.is_cancelled();
        match failure {
            Some(failure) if !self.reached => Err(failure),
            _ => Ok((self.report, self.kept)),
        }
    }

    /// Sends what the contexts of one association suffice for.
    async fn send_group(
        &mut self,
        contexts: &[ProposedContext],
        objects: Vec<Object>,
    ) -> Result<(), StepFailure> {
        let mut waiting = VecDeque::from(objects);
        while !waiting.is_empty() {
            let stop = self.stop.clone();
            let opened = tokio::select! {
                opened = associate(&self.call, contexts) => opened,
                () = stop.cancelled() => Err(StepFailure {
                    step: "cancelled",
                    reason: "before the association was there".to_owned(),
                }),
            };
            match opened {
                Ok(association) => {
                    self.reached = true;
                    self.send_on(association, &mut waiting).await;
                }
                Err(failure) => {
                    for object in &waiting {
                        self.tell_failed(object, Again::NotBegun, failure.to_string());
                    }
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Sends what waits on one association. What still waits afterwards may go on a new one.
    async fn send_on(&mut self, mut association: Association, waiting: &mut VecDeque<Object>) {
        let mut message_id = 0u16;
        while let Some(object) = waiting.pop_front() {
            message_id = message_id.wrapping_add(1);
            match self.send_one(&mut association, &object, message_id).await {
                Ok(()) => {}
                Err(Interrupted::Object(reason)) => {
                    self.tell_failed(&object, Again::Never, reason);
                    return association.finish().await;
                }
                Err(Interrupted::Association(ended)) => {
                    let reason = in_words(&ended);
                    let again = match self.stop.is_cancelled() {
                        true => Again::NotBegun,
                        false => Again::Interrupted,
                    };
                    self.tell_failed(&object, again, reason.clone());
                    for object in waiting.drain(..) {
                        let reason = format!("not sent, the association ended before: {reason}");
                        self.tell_failed(&object, Again::NotBegun, reason);
                    }
                    return association.finish().await;
                }
            }
        }
        let ended = association.release().await;
        tracing::debug!(%ended, "store");
        association.finish().await;
    }

    /// Sends one object and tells how the peer answered; an error ends the association.
    async fn send_one(
        &mut self,
        association: &mut Association,
        object: &Object,
        message_id: u16,
    ) -> Result<(), Interrupted> {
        let Some((context_id, syntax)) = choose_context(association, object) else {
            let reason = format!(
                "the peer does not take {} in {}, nor uncompressed",
                sop_class::name(object.sop_class.as_str()),
                object.syntax.name
            );
            self.tell_failed(object, Again::Never, reason);
            return Ok(());
        };
        if self.stop.is_cancelled() {
            return Err(association.abort("cancelled").await.into());
        }
        let (fragment_bytes, spare) = (
            association.send_fragment_bytes(),
            std::mem::take(&mut self.spare),
        );
        let mut blocks = match Blocks::open(object, syntax, fragment_bytes, spare).await {
            Ok(blocks) => blocks,
            Err(reason) => {
                self.tell_failed(object, Again::Never, reason);
                return Ok(());
            }
        };
        let mut command =
            CommandSet::request(field::STORE, message_id, object.sop_class.as_str(), 1)
                .with_number(element::PRIORITY, 0)
                .with_uid(element::AFFECTED_SOP_INSTANCE, object.sop_instance.as_str());
        if let Some((mover, message)) = &self.originator {
            command = command
                .with_title(element::MOVE_ORIGINATOR, mover)
                .with_number(element::MOVE_ORIGINATOR_MESSAGE, *message);
        }
        association.send_command(context_id, &command).await?;
        send_blocks(association, context_id, &mut blocks, &self.stop).await?;
        self.spare = blocks.spare;
        let (answer, status) = response(association, field::STORE, message_id, &self.stop).await?;
        let (outcome, reason) = judge(status, answer.text(element::ERROR_COMMENT));
        let again = match outcome {
            StoreOutcome::Failed if status & 0xFF00 == OUT_OF_RESOURCES => Again::Later,
            _ => Again::Never,
        };
        self.tell(object, (outcome, again), Some(status), reason);
        Ok(())
    }

    /// An object that got no answer.
    fn tell_failed(&mut self, object: &Object, again: Again, reason: String) {
        self.tell(object, (StoreOutcome::Failed, again), None, reason);
    }

    fn tell(
        &mut self,
        object: &Object,
        (outcome, again): (StoreOutcome, Again),
        status: Option<u16>,
        reason: String,
    ) {
        self.count(outcome);
        if matches!(outcome, StoreOutcome::Sent | StoreOutcome::Warning) {
            self.kept.push(Referenced {
                sop_class_uid: object.sop_class.clone(),
                sop_instance_uid: object.sop_instance.clone(),
            });
        }
        self.shared.tell(NodeEvent::StoreProgress {
            request: self.request,
            object: StoreResult {
                path: object.path.clone(),
                sop_class_uid: Some(object.sop_class.clone()),
                sop_instance_uid: Some(object.sop_instance.clone()),
                outcome,
                status,
                reason,
                again,
            },
        });
    }

    fn tell_unread(&mut self, path: PathBuf, outcome: StoreOutcome, reason: &str) {
        self.count(outcome);
        self.shared.tell(NodeEvent::StoreProgress {
            request: self.request,
            object: StoreResult {
                path,
                sop_class_uid: None,
                sop_instance_uid: None,
                outcome,
                status: None,
                reason: reason.to_owned(),
                again: match self.stop.is_cancelled() {
                    true => Again::NotBegun,
                    false => Again::Never,
                },
            },
        });
    }

    fn count(&mut self, outcome: StoreOutcome) {
        match outcome {
            StoreOutcome::Sent => self.report.sent += 1,
            StoreOutcome::Warning => self.report.warning += 1,
            StoreOutcome::Failed => self.report.failed += 1,
            StoreOutcome::Skipped => self.report.skipped += 1,
        }
    }
}

fn in_words(ended: &Ended) -> String {
    match ended {
        Ended::TimedOut => "no answer in time".to_owned(),
        ended => ended.to_string(),
    }
}

/// What an answer means, in words with the peer's comment.
fn judge(status: u16, comment: Option<String>) -> (StoreOutcome, String) {
    let status = Status(status);
    let outcome = match status.outcome() {
        Outcome::Success => StoreOutcome::Sent,
        // D000 is in the range of failures and 0111 is one, whatever else they are called.
        Outcome::Warning => StoreOutcome::Warning,
        Outcome::Failure | Outcome::Cancel | Outcome::Pending => StoreOutcome::Failed,
    };
    let words = status
        .words(Some(Service::Storage))
        .unwrap_or("undefined status");
    let mut reason = match outcome {
        StoreOutcome::Sent => String::new(),
        _ => format!("{:04X} {words}", status.0),
    };
    if let Some(comment) = comment {
        let separator = if reason.is_empty() { "" } else { ": " };
        let printable = comment.chars().filter(|c| !c.is_control()).take(64);
        reason.push_str(separator);
        reason.extend(printable);
    }
    (outcome, reason)
}
