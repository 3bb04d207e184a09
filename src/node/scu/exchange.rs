//! One request with many responses: C-FIND, C-MOVE, C-GET (PS3.7 §9.1.2 to §9.1.4), its end hastened by C-CANCEL.
//!
//! Whatever the peer does, it ends: each response comes within the wait, and after C-CANCEL all of them within [`CANCEL_TIME`],
//! else the association is aborted.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::dicom::charset::CharacterSet;
use crate::dicom::{Attributes, DataSet, ScanOptions, SopClassUid};
use crate::node::association::{Association, Ended, Next};
use crate::node::data_set;
use crate::node::dimse::{CommandSet, NO_DATA_SET, RESPONSE, WITH_DATA_SET, element, field};

/// How long the peer has to end after C-CANCEL.
pub const CANCEL_TIME: Duration = Duration::from_secs(5);
/// Largest data set of a response.
pub const RESPONSE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Data sets of responses are small; a list of failed instances is the longest value.
const RESPONSE_SCAN: ScanOptions = ScanOptions {
    inline_bytes_max: RESPONSE_BYTES_MAX as u32,
    inline_bytes_total_max: RESPONSE_BYTES_MAX as u64,
    depth_max: 16,
    elements_max: 20_000,
    strict: true,
};

/// What a response carries besides its command set.
#[derive(Debug)]
pub enum Payload {
    /// Nothing.
    None,
    /// A data set of so many bytes.
    Set(DataSet, usize),
    /// Something that is no data set, in words.
    Unreadable(String),
}

/// One response.
#[derive(Debug)]
pub struct Response {
    /// Its command set.
    pub command: CommandSet,
    /// Its status.
    pub status: u16,
    /// Its data set.
    pub payload: Payload,
}

/// What came next.
#[derive(Debug)]
pub enum Step {
    /// A response to our request.
    Response(Response),
    /// A request of the peer on a context: its sub-operations of C-GET.
    Request(u8, CommandSet),
}

/// A request that was sent and is being answered.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// The association that it has for itself.
    pub association: &'a mut Association,
    context_id: u8,
    command_field: u16,
    wait: Duration,
    stop: CancellationToken,
    cancelled_until: Option<Instant>,
}

/// Every request has an association of its own.
const MESSAGE_ID: u16 = 1;

/// The context of a class.
pub fn context_of(association: &Association, class: &SopClassUid) -> Option<u8> {
    let mut contexts = association.contexts().iter();
    contexts
        .find(|(_, context)| context.sop_class == *class)
        .map(|(id, _)| *id)
}

impl<'a> Exchange<'a> {
    /// Sends the request with its identifier; `prepare` adds to the command set.
    pub async fn begin(
        association: &'a mut Association,
        context_id: u8,
        command_field: u16,
        prepare: impl FnOnce(CommandSet) -> CommandSet,
        (identifier, character_set): (&Attributes, &CharacterSet),
        (wait, stop): (Duration, &CancellationToken),
    ) -> Result<Exchange<'a>, Ended> {
        let Some(context) = association.contexts().get(&context_id).cloned() else {
            return Err(association.abort("the context was not accepted").await);
        };
        let class = context.sop_class.as_str();
        let request = CommandSet::request(command_field, MESSAGE_ID, class, WITH_DATA_SET)
            .with_number(element::PRIORITY, 0);
        let bytes = identifier.encode(context.syntax.encoding, character_set);
        association
            .send_message(context_id, &prepare(request), &bytes)
            .await?;
        Ok(Self {
            association,
            context_id,
            command_field,
            wait,
            stop: stop.clone(),
            cancelled_until: None,
        })
    }

    /// Whether C-CANCEL went out.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled_until.is_some()
    }

    /// Asks the peer to end early.
    pub async fn cancel(&mut self) -> Result<(), Ended> {
        if self.is_cancelled() {
            return Ok(());
        }
        self.cancelled_until = Some(Instant::now() + CANCEL_TIME);
        let command = CommandSet::default()
            .with_number(element::COMMAND_FIELD, field::CANCEL)
            .with_number(element::MESSAGE_ID_RESPONDED_TO, MESSAGE_ID)
            .with_number(element::DATA_SET_TYPE, NO_DATA_SET);
        self.association
            .send_command(self.context_id, &command)
            .await
    }

    /// What has arrived already, without waiting.
    pub async fn look(&mut self) -> Result<Option<Step>, Ended> {
        let now = CancellationToken::new();
        now.cancel();
        let until = self.cancelled_until;
        within(
            until,
            self.association,
            self.context_id,
            self.command_field,
            self.wait,
            &now,
        )
        .await
    }

    /// Awaits what comes next. When the operation is stopped, C-CANCEL goes out.
    pub async fn next(&mut self) -> Result<Step, Ended> {
        loop {
            // Once C-CANCEL is out, being told to stop again changes nothing.
            let stop = match self.cancelled_until {
                None => self.stop.clone(),
                Some(_) => CancellationToken::new(),
            };
            let until = self.cancelled_until;
            let (context_id, field) = (self.context_id, self.command_field);
            let step = within(until, self.association, context_id, field, self.wait, &stop).await?;
            match step {
                Some(step) => return Ok(step),
                None => self.cancel().await?,
            }
        }
    }

    /// Ends the association after the last response.
    pub async fn release(self) {
        let ended = self.association.release().await;
        tracing::debug!(%ended, "query");
    }
}

/// Reads one message, by a time if there is one; `None` when told to stop.
async fn within(
    until: Option<Instant>,
    association: &mut Association,
    context_id: u8,
    command_field: u16,
    wait: Duration,
    stop: &CancellationToken,
) -> Result<Option<Step>, Ended> {
    let Some(until) = until else {
        return read(association, context_id, command_field, wait, stop).await;
    };
    let reading = read(association, context_id, command_field, wait, stop);
    match timeout_at(until, reading).await {
        Ok(read) => read,
        Err(_) => Err(association
            .abort("the peer did not end after C-CANCEL")
            .await),
    }
}

async fn read(
    association: &mut Association,
    context_id: u8,
    command_field: u16,
    wait: Duration,
    stop: &CancellationToken,
) -> Result<Option<Step>, Ended> {
    let (id, command) = match association.next_or_stop(wait, stop).await? {
        Next::Command(id, command) => (id, command),
        Next::Stopped => return Ok(None),
        Next::Release => {
            association.reply_release().await;
            return Err(Ended::ReleasedEarly);
        }
    };
    if command.command_field() & RESPONSE == 0 {
        return Ok(Some(Step::Request(id, command)));
    }
    let answers = id == context_id
        && command.command_field() == command_field | RESPONSE
        && command.number(element::MESSAGE_ID_RESPONDED_TO) == Some(MESSAGE_ID);
    let (true, Some(status)) = (answers, command.number(element::STATUS)) else {
        let what = "something that is no response to our request";
        return Err(association.violate(what).await);
    };
    let payload = match command.has_data_set() {
        true => read_payload(association, id).await?,
        false => Payload::None,
    };
    Ok(Some(Step::Response(Response {
        command,
        status,
        payload,
    })))
}

async fn read_payload(association: &mut Association, id: u8) -> Result<Payload, Ended> {
    let (bytes_max, options) = (RESPONSE_BYTES_MAX, &RESPONSE_SCAN);
    let received = data_set::receive_within(association, id, bytes_max, options).await?;
    Ok(match received {
        Ok((set, bytes)) => Payload::Set(set, bytes),
        Err(unusable) => Payload::Unreadable(unusable.to_string()),
    })
}
