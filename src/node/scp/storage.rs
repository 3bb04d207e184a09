//! C-STORE as SCP (statement 3.1.3.2, PS3.7 §9.3.1): data set bytes stream into the store as they come, never re-encoded.
//!
//! An association has a thread of its own, so the store is called from it directly: no object is handed from thread to thread,
//! and the system's socket buffer fills meanwhile. The response leaves only after the store said that the object is durable.
//! Whatever is wrong with an object, the association goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::accept::Tally;
use crate::dicom::status::Status;
use crate::dicom::{AeTitle, Tag, tags};
use crate::node::association::{Association, Context, Ended};
use crate::node::dimse::CommandSet;
use crate::node::messages::NodeEvent;
use crate::node::shared::Shared;
use crate::store::{Incoming, IngestError, Ingested, ObjectDescription, Store};

/// Bytes read before the store gets them.
pub const BUFFER_BYTES: usize = 128 * 1024;

/// Receives the objects of one association.
pub struct Storage {
    source: AeTitle,
    /// Bytes that the store has not got yet; kept for the next object.
    buffer: Vec<u8>,
}

/// What a C-STORE is answered.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: Status,
    comment: String,
    offending: Option<Tag>,
}

impl Storage {
    /// For objects that come from `source`.
    pub fn new(source: AeTitle) -> Self {
        Self {
            source,
            buffer: Vec::new(),
        }
    }

    /// Receives one object and answers.
    pub async fn serve(
        &mut self,
        association: &mut Association,
        context_id: u8,
        command: &CommandSet,
        shared: &Shared,
        tally: &mut Tally,
    ) -> Result<(), Ended> {
        let agreed = association.contexts().get(&context_id).cloned();
        let answer = match describe(command, agreed, &self.source) {
            Ok(object) if command.has_data_set() => {
                let result = self
                    .receive(association, context_id, &object, shared)
                    .await?;
                if let Ok(ingested) = &result {
                    shared.tell(NodeEvent::Stored {
                        sop_instance_uid: object.sop_instance_uid.clone(),
                        remark: remark(ingested),
                    });
                }
                answer_to(&result, shared.settings().store_duplicate_status)
            }
            Ok(_) => Answer::plain(Status::CANNOT_UNDERSTAND, "no data set was sent"),
            Err(answer) => {
                if command.has_data_set() {
                    association.skip_data_set(context_id).await?;
                }
                answer
            }
        };
        self.reply(association, context_id, command, &answer, tally)
            .await
    }

    async fn reply(
        &self,
        association: &mut Association,
        context_id: u8,
        command: &CommandSet,
        answer: &Answer,
        tally: &mut Tally,
    ) -> Result<(), Ended> {
        if answer.status.is_done() {
            tally.stored += 1;
        } else {
            tally.failed += 1;
            *tally.statuses.entry(answer.status.0).or_default() += 1;
            tracing::warn!(source = %self.source, status = %answer.status, comment = %answer.comment,
                instance = command.sop_instance().map(tracing::field::display), "object refused");
        }
        let mut response = command.response(answer.status.0);
        if !answer.comment.is_empty() {
            response = response.with_comment(&answer.comment);
        }
        if let Some(tag) = answer.offending {
            response = response.with_offending(tag);
        }
        association.send_command(context_id, &response).await
    }

    /// Streams the data set into the store.
    async fn receive(
        &mut self,
        association: &mut Association,
        context_id: u8,
        object: &ObjectDescription,
        shared: &Shared,
    ) -> Result<Result<Ingested, IngestError>, Ended> {
        let mut stage = Stage::New(object.clone());
        self.buffer.clear();
        loop {
            let fragment = association.next_data(context_id).await?;
            let mut left = fragment.length as usize;
            while left > 0 {
                // Nothing is kept of what the store has already refused, but it is read to its end (A700).
                if matches!(stage, Stage::Failed(_)) {
                    association.skip_data(left).await?;
                    break;
                }
                if self.buffer.capacity() < BUFFER_BYTES {
                    self.buffer.reserve_exact(BUFFER_BYTES);
                }
                let take = left.min(BUFFER_BYTES - self.buffer.len());
                association.read_data(&mut self.buffer, take).await?;
                left -= take;
                if self.buffer.len() == BUFFER_BYTES {
                    stage = guarded(|| write(&shared.store, stage, &self.buffer))
                        .unwrap_or_else(Stage::Failed);
                    self.buffer.clear();
                    association.renew_patience();
                }
            }
            if fragment.is_last {
                break;
            }
        }
        let result = guarded(|| commit(&shared.store, stage, &self.buffer)).and_then(|done| done);
        association.renew_patience();
        Ok(result)
    }
}

/// Where the object stands; dropped before it is committed, nothing of it is left.
enum Stage {
    /// Not begun.
    New(ObjectDescription),
    /// Begun.
    Open(Box<Incoming>),
    /// Refused by the store.
    Failed(IngestError),
}

/// A panic becomes our own failure of this one object.
fn guarded<T>(step: impl FnOnce() -> T) -> Result<T, IngestError> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| {
        tracing::error!("storing an object panicked");
        IngestError::Io(std::io::Error::other("storing an object panicked"))
    })
}

/// Begins the object if it is new and appends bytes.
fn write(store: &Store, stage: Stage, bytes: &[u8]) -> Stage {
    let begun = match stage {
        Stage::New(object) => store.begin(&object).map(Box::new),
        Stage::Open(incoming) => Ok(incoming),
        Stage::Failed(error) => Err(error),
    };
    let written = begun.and_then(|mut incoming| {
        incoming.write(bytes)?;
        Ok(incoming)
    });
    match written {
        Ok(incoming) => Stage::Open(incoming),
        Err(error) => Stage::Failed(error),
    }
}

/// Appends the last bytes and makes the object durable and visible.
fn commit(store: &Store, stage: Stage, bytes: &[u8]) -> Result<Ingested, IngestError> {
    match write(store, stage, bytes) {
        Stage::Open(incoming) => incoming.commit(),
        Stage::New(object) => store.begin(&object)?.commit(),
        Stage::Failed(error) => Err(error),
    }
}

/// What the command says about the object, or why that is not acceptable.
fn describe(
    command: &CommandSet,
    agreed: Option<Context>,
    source: &AeTitle,
) -> Result<ObjectDescription, Answer> {
    let class_missing = || {
        Answer::about(
            Status::DATA_SET_MISMATCH,
            "no valid Affected SOP Class UID",
            tags::AFFECTED_SOP_CLASS_UID,
        )
    };
    let instance_missing = || {
        Answer::about(
            Status::DATA_SET_MISMATCH,
            "no valid Affected SOP Instance UID",
            tags::AFFECTED_SOP_INSTANCE_UID,
        )
    };
    let sop_class_uid = command.sop_class().ok_or_else(class_missing)?;
    let sop_instance_uid = command.sop_instance().ok_or_else(instance_missing)?;
    match agreed {
        Some(context) if context.sop_class == sop_class_uid => Ok(ObjectDescription {
            sop_class_uid,
            sop_instance_uid,
            transfer_syntax: context.syntax,
            source: Some(source.clone()),
        }),
        _ => Err(Answer::about(
            Status::CLASS_NOT_NEGOTIATED,
            "the SOP class is not that of the presentation context",
            tags::AFFECTED_SOP_CLASS_UID,
        )),
    }
}

/// The Table 29 status of what the store did: the one place where errors become statuses.
fn answer_to(result: &Result<Ingested, IngestError>, duplicate_status: u16) -> Answer {
    match result {
        Ok(Ingested::Stored {
            warning: Some(warning),
        }) => Answer::plain(Status::STORED_INCOMPLETE, warning),
        Ok(
            Ingested::Stored { warning: None }
            | Ingested::Duplicate
            | Ingested::Equivalent
            | Ingested::PatientConflict { .. },
        ) => Answer::plain(Status::SUCCESS, ""),
        Err(error @ IngestError::StoreFull(_)) => {
            tracing::error!(%error, "no room");
            Answer::plain(Status::OUT_OF_RESOURCES, "no room left in the object store")
        }
        Err(IngestError::Unparseable(reason)) => Answer::plain(Status::CANNOT_UNDERSTAND, reason),
        Err(IngestError::Mismatch(reason)) => Answer::plain(Status::DATA_SET_MISMATCH, reason),
        Err(IngestError::Conflict) => Answer::plain(
            Status(duplicate_status),
            "another object is stored under this SOP Instance UID",
        ),
        Err(error @ (IngestError::Io(_) | IngestError::Index(_))) => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            tracing::error!(%error, source, "an object was not kept");
            Answer::plain(Status::FAILED, "our own failure: the object was not kept")
        }
    }
}

/// What the store remarked about an object that it kept.
fn remark(ingested: &Ingested) -> Option<String> {
    match ingested {
        Ingested::Stored { warning } => warning.clone(),
        Ingested::Duplicate => Some("was here already".to_owned()),
        Ingested::Equivalent => Some("was here already in another encoding".to_owned()),
        Ingested::PatientConflict { reason } => Some(format!("put aside: {reason}")),
    }
}

impl Answer {
    fn plain(status: Status, comment: &str) -> Self {
        Self {
            status,
            comment: comment.to_owned(),
            offending: None,
        }
    }

    fn about(status: Status, comment: &str, tag: Tag) -> Self {
        Self {
            offending: Some(tag),
            ..Self::plain(status, comment)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(result: Result<Ingested, IngestError>) -> u16 {
        answer_to(&result, 0x0111).status.0
    }

    #[test]
    fn every_outcome_of_the_store_has_its_status_of_table_29() {
        let stored = |warning| Ok(Ingested::Stored { warning });
        assert_eq!(status(stored(None)), 0x0000);
        assert_eq!(status(stored(Some("no Image Pixel module".into()))), 0xB007);
        assert_eq!(status(Ok(Ingested::Duplicate)), 0x0000);
        assert_eq!(status(Ok(Ingested::Equivalent)), 0x0000);
        let reason = "(0010,0020)".to_owned();
        assert_eq!(status(Ok(Ingested::PatientConflict { reason })), 0x0000);
        assert_eq!(status(Err(IngestError::StoreFull("1 MB".into()))), 0xA700);
        assert_eq!(status(Err(IngestError::Mismatch("class".into()))), 0xA900);
        assert_eq!(status(Err(IngestError::Unparseable("x".into()))), 0xC005);
        assert_eq!(status(Err(IngestError::Conflict)), 0x0111);
        let io = std::io::Error::other("gone");
        assert_eq!(status(Err(IngestError::Io(io))), 0xC000);
    }
}
