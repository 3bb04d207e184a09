//! C-MOVE as SCP over our own store, Study Root (PS3.4 §C.4.2): a setting switches it on. Objects go, as they are stored, to peers
//! of the AE table only; after each one the caller hears how far we are, and C-CANCEL ends it between two.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::find::{Refusal, cancel_has_come, read_identifier};
use crate::dicom::charset::CharacterSet;
use crate::dicom::identifier::Identifier;
use crate::dicom::query::Level;
use crate::dicom::status::Status;
use crate::dicom::{AeTitle, Attributes, tags};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{CommandSet, element};
use crate::node::messages::{NodeEvent, StepFailure, StoreItem, StoreOutcome, StoreResult, Target};
use crate::node::scu::connect::Call;
use crate::node::scu::store::Sending;
use crate::node::shared::Shared;
use crate::store::{Peer, StoreError};

/// Who asked whom.
pub struct Parties<'a> {
    /// The caller.
    pub caller: &'a AeTitle,
    /// Our title.
    pub us: &'a AeTitle,
}

/// Counters of the sub-operations, and what failed.
#[derive(Debug, Default)]
struct Counts {
    total: u64,
    completed: u64,
    failed: u64,
    warning: u64,
    failed_instances: Vec<String>,
}

impl Counts {
    fn note(&mut self, result: StoreResult) {
        match result.outcome {
            StoreOutcome::Sent => self.completed += 1,
            StoreOutcome::Warning => self.warning += 1,
            StoreOutcome::Failed | StoreOutcome::Skipped => {
                self.failed += 1;
                let uid = result.sop_instance_uid.map(|uid| uid.to_string());
                self.failed_instances.extend(uid);
            }
        }
    }

    fn remaining(&self) -> u64 {
        self.total - (self.completed + self.failed + self.warning).min(self.total)
    }

    /// The counters in a response; a count that does not fit its field stays at the field's end.
    fn write(&self, response: CommandSet, with_remaining: bool) -> CommandSet {
        let us = |count: u64| u16::try_from(count).unwrap_or(u16::MAX);
        let response = response
            .with_number(element::COMPLETED, us(self.completed))
            .with_number(element::FAILED, us(self.failed))
            .with_number(element::WARNING, us(self.warning));
        match with_remaining {
            true => response.with_number(element::REMAINING, us(self.remaining())),
            false => response,
        }
    }
}

/// Serves one C-MOVE.
pub async fn serve(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
    parties: &Parties<'_>,
    shared: &Shared,
) -> Result<(), Ended> {
    let prepared = match read_identifier(association, context_id, command).await? {
        Ok(identifier) => prepare(&identifier, command, shared).await,
        Err(refusal) => Err(refusal),
    };
    let (target, items) = match prepared {
        Ok(prepared) => prepared,
        Err(refusal) => {
            tracing::info!(status = %refusal.status, comment = %refusal.comment, "move refused");
            let response = command
                .response(refusal.status.0)
                .with_comment(&refusal.comment);
            return association.send_command(context_id, &response).await;
        }
    };
    let mut counts = Counts {
        total: items.len() as u64,
        ..Counts::default()
    };
    let call = Call {
        target,
        calling: parties.us.clone(),
        settings: shared.settings(),
    };
    let moving = Moving {
        association,
        context_id,
        command,
        shared,
    };
    let ended = moving.send(call, items, parties, &mut counts).await?;
    finish(association, context_id, command, &counts, ended).await
}

/// Where to, and what: all found out before the first object leaves.
async fn prepare(
    identifier: &Identifier,
    command: &CommandSet,
    shared: &Shared,
) -> Result<(Target, Vec<StoreItem>), Refusal> {
    let destination = command.text(element::MOVE_DESTINATION).unwrap_or_default();
    let title = AeTitle::try_from(destination.as_str());
    let unknown = || Refusal::new(Status::DESTINATION_UNKNOWN, "not a node of our table");
    let title = title.map_err(|_| unknown())?;
    let keys = unique_keys(identifier)?;
    let asked = shared.ask(move |store| {
        let peer = store.peers()?.into_iter().find(|p| p.ae_title == title);
        let rows = store.query(Level::Image, &keys, u64::MAX)?;
        Ok((peer, rows))
    });
    let (peer, rows): (Option<Peer>, _) = asked.await.map_err(|error| match error {
        StoreError::Input(words) => Refusal::new(Status::DATA_SET_MISMATCH, words),
        error => {
            tracing::error!(%error, "the index cannot be asked");
            Refusal::new(Status(0xA701), "the index cannot be asked")
        }
    })?;
    let peer = peer.ok_or_else(unknown)?;
    let target = Target::from(&peer);
    let item = |path| StoreItem {
        path,
        found_in_folder: false,
    };
    let items = rows.into_iter().filter_map(|row| row.path).map(item);
    Ok((target, items.collect()))
}

/// The unique keys of an identifier; other keys mean nothing in a retrieval.
fn unique_keys(identifier: &Identifier) -> Result<Vec<(String, String)>, Refusal> {
    let levels = [Level::Study, Level::Series, Level::Image];
    let upper = levels
        .into_iter()
        .filter(|level| *level <= identifier.level);
    let mut keys = Vec::new();
    for level in upper {
        let key = level.unique_key();
        let value = identifier.value(key).unwrap_or_default();
        if value.is_empty() {
            let words = format!("no value of the unique key of {}", level.term());
            return Err(Refusal::new(Status::DATA_SET_MISMATCH, words));
        }
        let path = crate::dicom::query::KeyPath::from(key);
        keys.push((path.to_string(), value.to_owned()));
    }
    Ok(keys)
}

/// How the sub-operations ended.
enum Sent {
    /// All were tried; why the destination was never reached, if it was not.
    All(Option<StepFailure>),
    /// C-CANCEL came.
    Cancelled,
}

struct Moving<'a> {
    association: &'a mut Association,
    context_id: u8,
    command: &'a CommandSet,
    shared: &'a Shared,
}

impl Moving<'_> {
    async fn send(
        mut self,
        call: Call,
        items: Vec<StoreItem>,
        parties: &Parties<'_>,
        counts: &mut Counts,
    ) -> Result<Sent, Ended> {
        if items.is_empty() {
            return Ok(Sent::All(None));
        }
        // Room for every result, so that telling never waits.
        let (results_in, mut results) = mpsc::channel(items.len());
        let mut shared = self.shared.clone();
        shared.report = Arc::new(move |event| {
            if let NodeEvent::StoreProgress { object, .. } = event
                && results_in.try_send(object).is_err()
            {
                tracing::debug!("a result came after the caller was gone");
            }
        });
        let stop = self.shared.stop.child_token();
        let message = self.command.number(element::MESSAGE_ID).unwrap_or(0);
        let sending = Sending::new(call, &shared, 0, stop.clone())
            .on_behalf_of(parties.caller.clone(), message)
            .run(items);
        let mut sending = std::pin::pin!(sending);
        let mut cancelled = false;
        let ended = loop {
            tokio::select! {
                biased;
                Some(result) = results.recv() => {
                    if cancelled {
                        continue;
                    }
                    counts.note(result);
                    self.tell(counts).await.inspect_err(|_| stop.cancel())?;
                    if cancel_has_come(self.association, self.command).await? {
                        cancelled = true;
                        stop.cancel();
                    }
                }
                ended = &mut sending => break ended,
            }
        };
        // What ended in the same instant as the last result.
        while let Ok(result) = results.try_recv() {
            if !cancelled {
                counts.note(result);
            }
        }
        Ok(if cancelled {
            Sent::Cancelled
        } else {
            Sent::All(ended.err())
        })
    }

    async fn tell(&mut self, counts: &Counts) -> Result<(), Ended> {
        if counts.remaining() == 0 {
            return Ok(());
        }
        let response = self.command.response(Status::PENDING.0);
        let response = counts.write(response, true);
        self.association
            .send_command(self.context_id, &response)
            .await
    }
}

async fn finish(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
    counts: &Counts,
    ended: Sent,
) -> Result<(), Ended> {
    let (status, comment) = match ended {
        Sent::Cancelled => (Status::CANCEL, None),
        Sent::All(Some(failure)) => (Status(0xA702), Some(failure.to_string())),
        Sent::All(None) if counts.failed == 0 && counts.warning == 0 => (Status::SUCCESS, None),
        Sent::All(None) if counts.completed + counts.warning == 0 => (Status(0xA702), None),
        Sent::All(None) => (Status::SUB_OPERATIONS_FAILED, None),
    };
    tracing::info!(%status, completed = counts.completed, failed = counts.failed, "move served");
    let cancelled = status == Status::CANCEL;
    let mut response = counts.write(command.response(status.0), cancelled);
    if let Some(comment) = comment {
        response = response.with_comment(&comment);
    }
    if counts.failed_instances.is_empty() {
        return association.send_command(context_id, &response).await;
    }
    let context = association.contexts().get(&context_id);
    let Some(encoding) = context.map(|context| context.syntax.encoding) else {
        return Err(association.abort("the context is gone").await);
    };
    let listed = counts.failed_instances.join("\\");
    let set = Attributes::new().with(tags::FAILED_SOP_INSTANCE_UID_LIST, &listed);
    let bytes = set.encode(encoding, &CharacterSet::default());
    association
        .send_message(context_id, &response.with_data_set(), &bytes)
        .await
}
