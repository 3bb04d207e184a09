//! Storage commitment, push model: as SCP the request (N-ACTION) is kept and answered, the report follows; as SCU reports
//! (N-EVENT-REPORT) about requests of ours are taken (PS3.4 Annex J).

use std::collections::HashMap;

use crate::dicom::sop_class::{self, Kind, STORAGE_COMMITMENT_INSTANCE};
use crate::dicom::{AeTitle, Status};
use crate::node::association::{Association, Ended};
use crate::node::commitment_data::{self, UnusableRequest};
use crate::node::data_set;
use crate::node::dimse::{CommandSet, element, field};
use crate::node::mailbox::{Delivery, Mailbox};
use crate::node::shared::Shared;

/// Message ids of our own requests on an association of others start here, so that transcripts read well.
const FIRST_MESSAGE_ID: u16 = 1;

/// The commitment side of one association that we serve.
#[derive(Debug)]
pub struct Commitment {
    /// Where reports for this association come in.
    pub mailbox: Mailbox,
    next_message_id: u16,
    /// Reports sent and not confirmed yet.
    sent: HashMap<u16, Delivery>,
}

impl Drop for Commitment {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

impl Default for Commitment {
    fn default() -> Self {
        Self {
            mailbox: Mailbox::default(),
            next_message_id: FIRST_MESSAGE_ID,
            sent: HashMap::new(),
        }
    }
}

type Refusal = (Status, &'static str);

impl Commitment {
    /// Answers an N-ACTION.
    pub async fn answer_request(
        &mut self,
        association: &mut Association,
        context_id: u8,
        command: &CommandSet,
        (calling, host): (&AeTitle, &str),
        shared: &Shared,
    ) -> Result<(), Ended> {
        let received = if command.has_data_set() {
            Some(data_set::receive(association, context_id).await?)
        } else {
            None
        };
        let judged = judge(association, context_id, command).and_then(|()| match received {
            Some(Ok(set)) => commitment_data::read_request(&set).map_err(refusal),
            _ => Err((Status::INVALID_ARGUMENT, "no readable action information")),
        });
        let kept = match judged {
            Ok((transaction, items)) => {
                let (calling, host) = (calling.clone(), host.to_owned());
                let keep = shared
                    .ask(move |store| store.keep_commitment(&transaction, &calling, &host, &items));
                keep.await.map_err(|error| {
                    tracing::error!(%error, "a commitment request could not be kept");
                    (
                        Status::PROCESSING_FAILURE,
                        "our own failure: the request was not kept",
                    )
                })
            }
            Err(refusal) => Err(refusal),
        };
        match kept {
            Ok(id) => {
                let response = command.response(Status::SUCCESS.0);
                association.send_command(context_id, &response).await?;
                // Only now, so that the report never overtakes the response.
                shared.commitments.note(id, &self.mailbox, context_id);
                Ok(())
            }
            Err((status, words)) => {
                let response = command.response(status.0).with_comment(words);
                association.send_command(context_id, &response).await
            }
        }
    }

    /// Sends the reports that wait for this association.
    pub async fn send_reports(&mut self, association: &mut Association) -> Result<(), Ended> {
        while let Some(delivery) = self.mailbox.take() {
            let (event_type, set) = commitment_data::report(&delivery.report);
            let message_id = self.next_message_id;
            self.next_message_id = self.next_message_id.wrapping_add(1).max(FIRST_MESSAGE_ID);
            let agreed = association.contexts().get(&delivery.context_id);
            let class = agreed.map_or_else(String::new, |c| c.sop_class.to_string());
            let command = CommandSet::normalized(
                field::EVENT_REPORT,
                message_id,
                &class,
                STORAGE_COMMITMENT_INSTANCE,
                true,
            )
            .with_number(element::EVENT_TYPE, event_type);
            association
                .send_command(delivery.context_id, &command)
                .await?;
            data_set::send(association, delivery.context_id, &set).await?;
            self.sent.insert(message_id, delivery);
        }
        Ok(())
    }

    /// Takes the confirmation of a report that was sent on this association.
    pub async fn take_confirmation(
        &mut self,
        association: &mut Association,
        context_id: u8,
        command: &CommandSet,
    ) -> Result<(), Ended> {
        if command.has_data_set() {
            association.skip_data_set(context_id).await?;
        }
        let answered = command.number(element::MESSAGE_ID_RESPONDED_TO);
        let Some(delivery) = answered.and_then(|id| self.sent.remove(&id)) else {
            return Err(association.violate("a response to nothing").await);
        };
        let status = Status(
            command
                .number(element::STATUS)
                .unwrap_or(Status::PROCESSING_FAILURE.0),
        );
        if status.is_done() {
            // If nobody waits any more, the report is sent again, which is better than never.
            let _ = delivery.confirmed.send(());
        } else {
            tracing::warn!(%status, "a commitment report was not accepted");
        }
        Ok(())
    }
}

/// Whether the request is one that we serve at all.
fn judge(association: &Association, context_id: u8, command: &CommandSet) -> Result<(), Refusal> {
    let agreed = association.contexts().get(&context_id);
    let agreed = agreed.map(|context| context.sop_class.clone());
    let is_commitment = agreed
        .as_ref()
        .and_then(|class| sop_class::find(class.as_str()))
        .is_some_and(|class| class.kind == Kind::Commitment);
    if !is_commitment || command.requested_class() != agreed {
        return Err((Status::NO_SUCH_CLASS, "not the class of this context"));
    }
    let instance = command.requested_instance();
    if instance.is_none_or(|uid| uid.as_str() != STORAGE_COMMITMENT_INSTANCE) {
        return Err((Status::NO_SUCH_INSTANCE, "not the well-known instance"));
    }
    match command.number(element::ACTION_TYPE) {
        Some(commitment_data::REQUEST_COMMITMENT) => Ok(()),
        _ => Err((Status::NO_SUCH_ACTION, "only action type 1 is there")),
    }
}

fn refusal(reason: UnusableRequest) -> Refusal {
    match reason {
        UnusableRequest::NoTransaction => (Status::INVALID_ARGUMENT, "no valid Transaction UID"),
        UnusableRequest::NoReferences => (
            Status::INVALID_ARGUMENT,
            "Referenced SOP Sequence is empty or malformed",
        ),
        UnusableRequest::TooMany => (
            Status::RESOURCE_LIMITATION,
            "too many instances in one request",
        ),
    }
}

/// Takes a report about a request of ours.
pub async fn take_report(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
    shared: &Shared,
) -> Result<(), Ended> {
    let received = if command.has_data_set() {
        data_set::receive(association, context_id).await?.ok()
    } else {
        None
    };
    let known_type = matches!(
        command.number(element::EVENT_TYPE),
        Some(commitment_data::ALL_COMMITTED | commitment_data::FAILURES_EXIST)
    );
    let (status, words) = match received.as_ref().and_then(commitment_data::read_report) {
        _ if !known_type => (Status(0x0113), "no such event type"),
        None => (Status::INVALID_ARGUMENT, "no valid Transaction UID"),
        Some(report) => {
            let noted = shared.ask(move |store| {
                store.commitment_answered(
                    &report.transaction_uid,
                    &report.committed,
                    &report.failed,
                )
            });
            match noted.await {
                Ok(true) => (Status::SUCCESS, ""),
                Ok(false) => (Status::INVALID_ARGUMENT, "no such transaction of ours"),
                Err(error) => {
                    tracing::error!(%error, "a commitment report could not be kept");
                    (
                        Status::PROCESSING_FAILURE,
                        "our own failure: the report was not kept",
                    )
                }
            }
        }
    };
    let response = command.response(status.0);
    let response = match words {
        "" => response,
        words => response.with_comment(words),
    };
    association.send_command(context_id, &response).await
}
