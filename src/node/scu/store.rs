//! C-STORE as SCU (statement 3.1.2.4): files in their stored transfer syntax, their data set bytes as they are.
//!
//! The files are read once for what they are, then contexts are proposed for exactly that, on as many associations as need be,
//! one after the other. A failed object never stops the others; a lost association fails only what was not answered on it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use dicom_dictionary_std::uids;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::connect::{Call, associate};
use super::echo::response;
use crate::dicom::presentation_context::{self, ProposedContext};
use crate::dicom::scan::ScanError;
use crate::dicom::status::{Outcome, Service, Status};
use crate::dicom::{
    DicomFile, ScanOptions, SopClassUid, SopInstanceUid, TransferSyntax, sop_class, tags,
};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{CommandSet, element, field};
use crate::node::messages::{
    NodeEvent, StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult,
};
use crate::node::shared::Shared;

/// Bytes read from a file at once.
const BLOCK_BYTES: usize = 256 * 1024;
/// Blocks read ahead of the network.
const BLOCKS_AHEAD: usize = 1;

/// A file as it will be sent.
#[derive(Debug, Clone)]
struct Object {
    path: PathBuf,
    sop_class: SopClassUid,
    sop_instance: SopInstanceUid,
    syntax: &'static TransferSyntax,
    data_set_offset: u64,
}

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
        }
    }

    /// Sends all of them.
    pub async fn run(mut self, items: Vec<StoreItem>) -> Result<StoreReport, StepFailure> {
        let mut objects = Vec::new();
        for item in items {
            if self.stop.is_cancelled() {
                self.tell_unread(item.path, StoreOutcome::Failed, "cancelled");
                continue;
            }
            let path = item.path.clone();
            match spawn_blocking(move || describe(&path)).await {
                Ok(Ok(object)) => objects.push(object),
                Ok(Err(unsendable)) => {
                    let outcome = match unsendable {
                        Unsendable::NotDicom(_) if item.found_in_folder => StoreOutcome::Skipped,
                        Unsendable::NotDicom(_) | Unsendable::Broken(_) => StoreOutcome::Failed,
                    };
                    self.tell_unread(item.path, outcome, &unsendable.to_string());
                }
                Err(error) => {
                    tracing::error!(%error, "reading a file panicked");
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
            _ => Ok(self.report),
        }
    }

    /// Sends what fits one association.
    async fn send_group(
        &mut self,
        contexts: &[ProposedContext],
        objects: Vec<Object>,
    ) -> Result<(), StepFailure> {
        let stop = self.stop.clone();
        let opened = tokio::select! {
            opened = associate(&self.call, contexts) => opened,
            () = stop.cancelled() => Err(StepFailure {
                step: "cancelled",
                reason: "before the association was there".to_owned(),
            }),
        };
        let mut association = match opened {
            Ok(association) => association,
            Err(failure) => {
                for object in &objects {
                    self.tell(object, StoreOutcome::Failed, None, failure.to_string());
                }
                return Err(failure);
            }
        };
        self.reached = true;
        let mut objects = objects.iter();
        let mut message_id = 0u16;
        let mut lost = None;
        for object in objects.by_ref() {
            message_id = message_id.wrapping_add(1);
            if let Err(ended) = self.send_one(&mut association, object, message_id).await {
                let reason = in_words(&ended);
                self.tell(object, StoreOutcome::Failed, None, reason.clone());
                lost = Some(reason);
                break;
            }
        }
        if let Some(reason) = lost {
            for object in objects {
                let reason = format!("not sent, the association ended before: {reason}");
                self.tell(object, StoreOutcome::Failed, None, reason);
            }
        } else {
            let ended = association.release().await;
            tracing::debug!(%ended, "store");
        }
        association.finish().await;
        Ok(())
    }

    /// Sends one object and tells how the peer answered; an error ends the association.
    async fn send_one(
        &mut self,
        association: &mut Association,
        object: &Object,
        message_id: u16,
    ) -> Result<(), Ended> {
        let context = association
            .contexts()
            .iter()
            .find(|(_, c)| c.sop_class == object.sop_class && c.syntax == object.syntax)
            .map(|(id, _)| *id);
        let Some(context_id) = context else {
            let reason = format!(
                "the peer does not take {} in {}",
                sop_class::name(object.sop_class.as_str()),
                object.syntax.name
            );
            self.tell(object, StoreOutcome::Failed, None, reason);
            return Ok(());
        };
        if self.stop.is_cancelled() {
            return Err(association.abort("cancelled").await);
        }
        let mut blocks = match open_blocks(object).await {
            Ok(blocks) => blocks,
            Err(error) => {
                let reason = format!("cannot be read: {error}");
                self.tell(object, StoreOutcome::Failed, None, reason);
                return Ok(());
            }
        };
        let command = CommandSet::request(field::STORE, message_id, object.sop_class.as_str(), 1)
            .with_number(element::PRIORITY, 0)
            .with_uid(element::AFFECTED_SOP_INSTANCE, object.sop_instance.as_str());
        association.send_command(context_id, &command).await?;
        send_blocks(association, context_id, &mut blocks, &self.stop).await?;
        let (answer, status) = response(association, field::STORE, message_id, &self.stop).await?;
        let (outcome, reason) = judge(status, answer.text(element::ERROR_COMMENT));
        self.tell(object, outcome, Some(status), reason);
        Ok(())
    }

    fn tell(
        &mut self,
        object: &Object,
        outcome: StoreOutcome,
        status: Option<u16>,
        reason: String,
    ) {
        self.count(outcome);
        self.shared.tell(NodeEvent::StoreProgress {
            request: self.request,
            object: StoreResult {
                path: object.path.clone(),
                sop_class_uid: Some(object.sop_class.clone()),
                sop_instance_uid: Some(object.sop_instance.clone()),
                outcome,
                status,
                reason,
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

/// Why a file cannot be sent, in words.
#[derive(Debug, thiserror::Error)]
enum Unsendable {
    /// No DICOM object: another kind of file, or the directory of a medium.
    #[error("{0}")]
    NotDicom(&'static str),
    /// An object that is not whole or has no identity.
    #[error("{0}")]
    Broken(String),
}

/// Reads what a file is.
fn describe(path: &Path) -> Result<Object, Unsendable> {
    let file = match DicomFile::open(path, &ScanOptions::INDEX) {
        Err(ScanError::NotDicom) => return Err(Unsendable::NotDicom("not DICOM")),
        other => other.map_err(|error| Unsendable::Broken(error.to_string()))?,
    };
    if file.meta.media_storage_sop_class_uid == uids::MEDIA_STORAGE_DIRECTORY_STORAGE {
        return Err(Unsendable::NotDicom("a DICOMDIR is no object"));
    }
    if file.truncated.is_some() {
        return Err(Unsendable::Broken("the file breaks off".to_owned()));
    }
    let text = |tag| file.data_set.text(tag).unwrap_or_default();
    let named = |value: String, meta: &str| {
        if value.is_empty() {
            meta.to_owned()
        } else {
            value
        }
    };
    let class = named(
        text(tags::SOP_CLASS_UID),
        &file.meta.media_storage_sop_class_uid,
    );
    let instance = named(
        text(tags::SOP_INSTANCE_UID),
        &file.meta.media_storage_sop_instance_uid,
    );
    Ok(Object {
        path: path.to_owned(),
        sop_class: SopClassUid::parse(&class)
            .map_err(|_| Unsendable::Broken("no SOP Class UID".to_owned()))?,
        sop_instance: SopInstanceUid::parse(&instance)
            .map_err(|_| Unsendable::Broken("no SOP Instance UID".to_owned()))?,
        syntax: file.syntax,
        data_set_offset: file.data_set_offset,
    })
}

type Blocks = mpsc::Receiver<io::Result<Vec<u8>>>;

/// Opens the file and reads ahead of the network, one block at a time.
async fn open_blocks(object: &Object) -> io::Result<Blocks> {
    let (path, offset) = (object.path.clone(), object.data_set_offset);
    let opened = spawn_blocking(move || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        io::Result::Ok(file)
    });
    let mut file = opened.await.map_err(io::Error::other)??;
    let (sender, blocks) = mpsc::channel(BLOCKS_AHEAD);
    spawn_blocking(move || {
        loop {
            let mut block = Vec::with_capacity(BLOCK_BYTES);
            let read = (&mut file).take(BLOCK_BYTES as u64).read_to_end(&mut block);
            let block = read.map(|_| block);
            let is_end = block.as_ref().map_or(true, Vec::is_empty);
            if sender.blocking_send(block).is_err() || is_end {
                return;
            }
        }
    });
    Ok(blocks)
}

/// Sends a data set block by block, the last one marked as such.
async fn send_blocks(
    association: &mut Association,
    context_id: u8,
    blocks: &mut Blocks,
    stop: &CancellationToken,
) -> Result<(), Ended> {
    let mut held: Option<Vec<u8>> = None;
    loop {
        let next = match blocks.recv().await {
            Some(Ok(block)) if !block.is_empty() => Some(block),
            Some(Ok(_)) => None,
            Some(Err(error)) => {
                tracing::warn!(%error, "a file could not be read to its end");
                return Err(association
                    .abort("the file could not be read to its end")
                    .await);
            }
            None => {
                return Err(association
                    .abort("the file could not be read to its end")
                    .await);
            }
        };
        if stop.is_cancelled() {
            return Err(association.abort("cancelled").await);
        }
        let is_last = next.is_none();
        if let Some(block) = held.take().or_else(|| is_last.then(Vec::new)) {
            association.send_data(context_id, &block, is_last).await?;
        }
        if is_last {
            return Ok(());
        }
        held = next;
    }
}
