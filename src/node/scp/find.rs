//! C-FIND as SCP over our own store, Study Root (PS3.4 §C.4.1): a setting switches it on.
//!
//! Rows stream from the index into responses, so the first leaves before the last is read, and C-CANCEL ends it between two.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::dicom::charset::CharacterSet;
use crate::dicom::identifier::Identifier;
use crate::dicom::query::KeyPath;
use crate::dicom::status::Status;
use crate::dicom::{AeTitle, Attributes, ScanOptions, Tag, VR, dictionary, tags};
use crate::node::association::{Association, Ended, Next};
use crate::node::data_set::{self, UnusableDataSet};
use crate::node::dimse::{CommandSet, element, field};
use crate::node::shared::Shared;
use crate::store::{QueryRow, Store, StoreError};

/// Largest identifier that is read.
const IDENTIFIER_BYTES_MAX: usize = 1024 * 1024;
/// Rows read ahead of the network.
const ROWS_AHEAD: usize = 64;
/// Responses between two looks for C-CANCEL.
const LOOK_EVERY: usize = 32;

/// Why a request is not served, as its response says.
#[derive(Debug)]
pub struct Refusal {
    /// Its status.
    pub status: Status,
    /// In words.
    pub comment: String,
}

impl Refusal {
    /// A refusal in words.
    pub fn new(status: Status, comment: impl ToString) -> Self {
        Self {
            status,
            comment: comment.to_string(),
        }
    }
}

/// Reads the identifier of a request; the outer error ends the association.
pub async fn read_identifier(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
) -> Result<Result<Identifier, Refusal>, Ended> {
    let mismatch = |words: &str| Ok(Err(Refusal::new(Status::DATA_SET_MISMATCH, words)));
    if !command.has_data_set() {
        return mismatch("no identifier was sent");
    }
    let (bytes_max, options) = (IDENTIFIER_BYTES_MAX, &ScanOptions::INDEX);
    let received = data_set::receive_within(association, context_id, bytes_max, options).await?;
    let agreed = association.contexts().get(&context_id);
    if command.sop_class().as_ref() != agreed.map(|context| &context.sop_class) {
        let words = "the class is not that of the presentation context";
        return Ok(Err(Refusal::new(Status::CLASS_NOT_SUPPORTED, words)));
    }
    Ok(match received {
        Ok((set, _)) => Identifier::read(&set)
            .and_then(|identifier| identifier.check_upper_levels().map(|()| identifier))
            .map_err(|error| Refusal::new(Status::DATA_SET_MISMATCH, error)),
        Err(UnusableDataSet::TooLong(_)) => {
            return mismatch("the identifier is longer than 1 MiB");
        }
        Err(malformed) => Err(Refusal::new(Status::FAILED, malformed)),
    })
}

/// Whether C-CANCEL has arrived for this request; anything else in the middle of it is a violation.
pub async fn cancel_has_come(
    association: &mut Association,
    command: &CommandSet,
) -> Result<bool, Ended> {
    // Let the system's news in first: what follows only looks.
    tokio::task::yield_now().await;
    let now = CancellationToken::new();
    now.cancel();
    let idle = association.timers().idle;
    match association.next_or_stop(idle, &now).await? {
        Next::Stopped => Ok(false),
        Next::Release => {
            association.reply_release().await;
            Err(Ended::ReleasedEarly)
        }
        Next::Command(_, other) if other.command_field() == field::CANCEL => {
            let meant = other.number(element::MESSAGE_ID_RESPONDED_TO);
            Ok(meant == command.number(element::MESSAGE_ID))
        }
        Next::Command(..) => Err(association
            .violate("a request while another is served")
            .await),
    }
}

/// Serves one query.
pub async fn serve(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
    us: &AeTitle,
    shared: &Shared,
) -> Result<(), Ended> {
    let refusal = match read_identifier(association, context_id, command).await? {
        Ok(identifier) => {
            let answering = Answering {
                association,
                context_id,
                command,
                us,
                identifier,
            };
            match answering.run(shared).await? {
                None => return Ok(()),
                Some(refusal) => refusal,
            }
        }
        Err(refusal) => refusal,
    };
    tracing::info!(status = %refusal.status, comment = %refusal.comment, "query refused");
    let response = command
        .response(refusal.status.0)
        .with_comment(&refusal.comment);
    association.send_command(context_id, &response).await
}

struct Answering<'a> {
    association: &'a mut Association,
    context_id: u8,
    command: &'a CommandSet,
    us: &'a AeTitle,
    identifier: Identifier,
}

impl Answering<'_> {
    /// Sends the matches and the last response, or says why there are none.
    async fn run(mut self, shared: &Shared) -> Result<Option<Refusal>, Ended> {
        let level = self.identifier.level;
        let supported: Vec<(String, String)> = self
            .identifier
            .keys
            .iter()
            .filter(|(path, value)| !value.is_empty() && Store::knows_key(level, path))
            .map(|(path, value)| (path.to_string(), value.clone()))
            .collect();
        let (sender, mut rows) = mpsc::channel(ROWS_AHEAD);
        let store = shared.store.clone();
        let reading = tokio::task::spawn_blocking(move || {
            store.query_each(level, &supported, |row| sender.blocking_send(row).is_ok())
        });
        let mut count = 0;
        let mut cancelled = false;
        while let Some(row) = rows.recv().await {
            self.send(&row).await?;
            count += 1;
            if count % LOOK_EVERY == 0 && cancel_has_come(self.association, self.command).await? {
                cancelled = true;
                break;
            }
        }
        drop(rows);
        let status = match reading.await {
            _ if cancelled => Status::CANCEL,
            Ok(Ok(())) => Status::SUCCESS,
            Ok(Err(StoreError::Input(words))) => {
                return Ok(Some(Refusal::new(Status::DATA_SET_MISMATCH, words)));
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the index cannot be asked");
                return Ok(Some(Refusal::new(
                    Status::FAILED,
                    "the index cannot be asked",
                )));
            }
            Err(error) => {
                tracing::error!(%error, "a query panicked");
                return Ok(Some(Refusal::new(Status::FAILED, "our own failure")));
            }
        };
        tracing::info!(count, %status, "query answered");
        let response = self.command.response(status.0);
        self.association
            .send_command(self.context_id, &response)
            .await?;
        Ok(None)
    }

    async fn send(&mut self, row: &QueryRow) -> Result<(), Ended> {
        let (attributes, ignored) = answer(&self.identifier, row, self.us);
        let status = if ignored {
            Status::PENDING_KEYS_IGNORED
        } else {
            Status::PENDING
        };
        let context = self.association.contexts().get(&self.context_id);
        let Some(encoding) = context.map(|context| context.syntax.encoding) else {
            return Err(self.association.abort("the context is gone").await);
        };
        let bytes = attributes.encode(encoding, &CharacterSet::default());
        let response = self.command.response(status.0).with_data_set();
        self.association
            .send_message(self.context_id, &response, &bytes)
            .await
    }
}

/// A match as the peer asked for it, and whether some keys are none that we have.
fn answer(identifier: &Identifier, row: &QueryRow, us: &AeTitle) -> (Attributes, bool) {
    let level = identifier.level;
    let mut set = Attributes::new()
        .with(tags::QUERY_RETRIEVE_LEVEL, level.term())
        .with(tags::RETRIEVE_AE_TITLE, us.as_str())
        .with(tags::INSTANCE_AVAILABILITY, "ONLINE");
    for unique in [
        tags::STUDY_INSTANCE_UID,
        tags::SERIES_INSTANCE_UID,
        tags::SOP_INSTANCE_UID,
    ] {
        if let Some(values) = values_of(row, unique) {
            set.set(unique, &values);
        }
    }
    let mut ignored = false;
    for (path, _) in &identifier.keys {
        let top = path.parents().first().copied().unwrap_or(path.tag());
        if set.contains(top) {
            continue;
        }
        if dictionary::vr(top, false) == VR::SQ {
            match row.sequences.iter().find(|(tag, _)| *tag == top) {
                Some((_, items)) => set.set_items(top, items.iter().map(|one| item(one)).collect()),
                None if is_known_sequence(identifier, top) => set.set_items(top, Vec::new()),
                None => ignored = true,
            }
        } else if let Some(values) = values_of(row, top) {
            set.set(top, &values);
        } else if Store::knows_key(level, path) {
            set.set(top, "");
        } else {
            ignored = true;
        }
    }
    (set, ignored)
}

fn values_of(row: &QueryRow, tag: Tag) -> Option<String> {
    let found = row.attributes.iter().find(|(found, _)| *found == tag);
    found.map(|(_, values)| values.join("\\"))
}

fn item(attributes: &[(Tag, String)]) -> Attributes {
    attributes
        .iter()
        .fold(Attributes::new(), |set, (tag, value)| set.with(*tag, value))
}

/// Whether anything inside a sequence can be matched here.
fn is_known_sequence(identifier: &Identifier, sequence: Tag) -> bool {
    let inside = |path: &KeyPath| path.parents().first() == Some(&sequence);
    let asked = |(path, _): &(KeyPath, String)| {
        path.tag() == sequence || (inside(path) && Store::knows_key(identifier.level, path))
    };
    identifier.keys.iter().any(asked)
}
