//! One association of either role: performs the actions of the state table on a connection, and streams messages.
//!
//! Everything that ends it is an [`Ended`]; by then the peer was told what the standard wants it told, and only
//! [`Association::finish`] is left to do. How it opens, ends and handles bytes has a file each.

mod bytes;
mod ending;
mod opening;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::dicom::{SopClassUid, TransferSyntax};
use crate::node::connection::Connection;
use crate::node::dimse::{COMMAND_BYTES_MAX, CommandSet};
use crate::node::pdu::{Fragment, InvalidPdu};
use crate::node::state::{Action, Event, Role, State, transition};

pub use crate::node::ended::Ended;
pub use crate::node::timers::Timers;

/// Largest PDU that we send, whatever the peer would take.
const SEND_PDU_BYTES_MAX: u32 = 128 * 1024;

/// An accepted presentation context.
#[derive(Debug, Clone)]
pub struct Context {
    /// Its SOP class.
    pub sop_class: SopClassUid,
    /// Its one transfer syntax.
    pub syntax: &'static TransferSyntax,
}

/// Accepted presentation contexts by id.
pub type Contexts = BTreeMap<u8, Context>;

/// What the peer said next.
#[derive(Debug)]
pub enum Next {
    /// A command on a context.
    Command(u8, CommandSet),
    /// It wants to release.
    Release,
    /// Nothing, until we were told to stop waiting.
    Stopped,
}

/// An association with its connection.
#[derive(Debug)]
pub struct Association {
    connection: Connection,
    state: State,
    role: Role,
    timers: Timers,
    contexts: Contexts,
    /// Contexts that the peer refused, with its result.
    refused: BTreeMap<u8, u8>,
    /// What we offered: no P-DATA-TF may be longer.
    receive_bytes_max: u32,
    /// Data bytes in one fragment that we send.
    send_fragment_bytes: usize,
    /// Bytes of the P-DATA-TF at hand that were not read yet.
    pdu_left: u32,
    /// Reused for what is sent.
    out: Vec<u8>,
}

impl Association {
    /// Sta2, or Sta5 after [`Association::request`]: `connection` is there, nothing was said.
    pub fn new(connection: Connection, role: Role, timers: Timers, receive_bytes_max: u32) -> Self {
        let mut association = Self {
            connection,
            state: State::Idle,
            role,
            timers,
            contexts: Contexts::new(),
            refused: BTreeMap::new(),
            receive_bytes_max,
            send_fragment_bytes: 0,
            pdu_left: 0,
            out: Vec::new(),
        };
        match role {
            Role::Acceptor => association.step(Event::ConnectionArrived),
            Role::Requestor => association.step(Event::RequestAssociation),
        };
        association
    }

    /// Contexts that the peer refused, with its result (PS3.8 Table 9-18).
    pub fn refused(&self) -> &BTreeMap<u8, u8> {
        &self.refused
    }

    /// The accepted contexts.
    pub fn contexts(&self) -> &Contexts {
        &self.contexts
    }

    /// Whether the peer has ended the connection already, as far as can be seen without waiting.
    pub async fn is_closed(&mut self) -> bool {
        self.connection.is_closed().await
    }

    /// The time limits.
    pub fn timers(&self) -> &Timers {
        &self.timers
    }

    /// Takes the event to the next state.
    fn step(&mut self, event: Event) -> Action {
        match transition(self.state, event, self.role) {
            Some((action, next)) => {
                self.state = next;
                action
            }
            None => {
                tracing::error!(state = ?self.state, ?event, "the state table has no such cell");
                self.state = State::AwaitingClose;
                Action::SendProviderAbort
            }
        }
    }

    /// Awaits a command for `wait`; `None` when the peer wants to release. `stop` ends the wait between messages.
    pub async fn next_command(
        &mut self,
        wait: Duration,
        stop: &CancellationToken,
    ) -> Result<Option<(u8, CommandSet)>, Ended> {
        match self.next_or_stop(wait, stop).await? {
            Next::Command(context_id, command) => Ok(Some((context_id, command))),
            Next::Release => Ok(None),
            Next::Stopped => {
                let why = "the program ends or the operation was cancelled";
                Err(self.abort(why).await)
            }
        }
    }

    /// Awaits a command for `wait`. `stop` ends the wait between messages and leaves the association as it is; a token that is
    /// cancelled already makes this a look at what has arrived.
    pub async fn next_or_stop(
        &mut self,
        wait: Duration,
        stop: &CancellationToken,
    ) -> Result<Next, Ended> {
        self.connection.await_until(Instant::now() + wait);
        let mut bytes = Vec::new();
        let mut context = None;
        loop {
            let next = tokio::select! {
                biased;
                next = self.next_fragment() => next?,
                () = stop.cancelled(), if context.is_none() => return Ok(Next::Stopped),
            };
            let Some(fragment) = next else {
                return Ok(Next::Release);
            };
            if context.is_none() {
                self.connection.await_progress(self.timers.message);
            }
            let same = *context.get_or_insert(fragment.context_id) == fragment.context_id;
            if !fragment.is_command || !same {
                return Err(self.violate("data where a command was due").await);
            }
            let length = fragment.length as usize;
            if bytes.len() + length > COMMAND_BYTES_MAX {
                return Err(self.violate("a command set without end").await);
            }
            self.read_data(&mut bytes, length).await?;
            if fragment.is_last {
                return match CommandSet::read(&bytes) {
                    Ok(command) => Ok(Next::Command(fragment.context_id, command)),
                    Err(malformed) => Err(self.violate(malformed).await),
                };
            }
        }
    }

    /// Reads a data set into memory, up to `bytes_max`; what is longer is read away and answered with `None`.
    pub async fn read_data_set(
        &mut self,
        context_id: u8,
        bytes_max: usize,
    ) -> Result<Option<Vec<u8>>, Ended> {
        let mut bytes = Vec::new();
        let mut fits = true;
        loop {
            let fragment = self.next_data(context_id).await?;
            let length = fragment.length as usize;
            fits &= bytes.len() + length <= bytes_max;
            if fits {
                self.read_data(&mut bytes, length).await?;
            } else {
                bytes.clear();
                self.skip_data(length).await?;
            }
            if fragment.is_last {
                return Ok(fits.then_some(bytes));
            }
        }
    }

    /// Sends a command set and its data set with one write, each in PDUs of its own: some peers fail on mixed ones.
    pub async fn send_message(
        &mut self,
        context_id: u8,
        command: &CommandSet,
        data_set: &[u8],
    ) -> Result<(), Ended> {
        let command = command.write();
        if command.len().max(data_set.len()) > self.send_fragment_bytes {
            self.send_part(context_id, true, &command, true).await?;
            return self.send_part(context_id, false, data_set, true).await;
        }
        self.step(Event::SendData);
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        for (is_command, bytes) in [(true, command.as_slice()), (false, data_set)] {
            let fragment = Fragment {
                context_id,
                is_command,
                is_last: true,
                // Both fit into one fragment, which is never longer than SEND_PDU_BYTES_MAX.
                length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            };
            fragment.write_header(&mut out);
            out.extend_from_slice(bytes);
        }
        let sent = self.connection.send(&out).await;
        self.out = out;
        self.after_send(sent).await
    }

    /// The next part of the data set that belongs to a command on `context_id`.
    pub async fn next_data(&mut self, context_id: u8) -> Result<Fragment, Ended> {
        match self.next_fragment().await? {
            Some(fragment) if !fragment.is_command && fragment.context_id == context_id => {
                Ok(fragment)
            }
            Some(_) => Err(self
                .violate("something else in the middle of a data set")
                .await),
            None => match self.reply_release().await {
                Ended::Released => Err(Ended::ReleasedEarly),
                ended => Err(ended),
            },
        }
    }

    /// Grants the peer a whole message timer again, after a wait that was our own.
    pub fn renew_patience(&mut self) {
        self.connection.await_progress(self.timers.message);
    }

    /// Appends `count` bytes of the fragment at hand to `out`.
    pub async fn read_data(&mut self, out: &mut Vec<u8>, count: usize) -> Result<(), Ended> {
        let read = self.connection.read_into(out, count).await;
        self.after_read(read).await
    }

    /// Reads a data set away.
    pub async fn skip_data_set(&mut self, context_id: u8) -> Result<(), Ended> {
        loop {
            let fragment = self.next_data(context_id).await?;
            self.skip_data(fragment.length as usize).await?;
            if fragment.is_last {
                return Ok(());
            }
        }
    }

    /// Reads bytes of the fragment at hand away.
    pub async fn skip_data(&mut self, count: usize) -> Result<(), Ended> {
        let read = self.connection.skip(count).await;
        self.after_read(read).await
    }

    /// Sends a command set.
    pub async fn send_command(
        &mut self,
        context_id: u8,
        command: &CommandSet,
    ) -> Result<(), Ended> {
        self.send_part(context_id, true, &command.write(), true)
            .await
    }

    /// Sends a part of a data set.
    pub async fn send_data(
        &mut self,
        context_id: u8,
        bytes: &[u8],
        is_last: bool,
    ) -> Result<(), Ended> {
        self.send_part(context_id, false, bytes, is_last).await
    }

    async fn send_part(
        &mut self,
        context_id: u8,
        is_command: bool,
        bytes: &[u8],
        is_last: bool,
    ) -> Result<(), Ended> {
        self.step(Event::SendData);
        let mut rest = bytes;
        loop {
            let mut out = std::mem::take(&mut self.out);
            out.clear();
            // Small PDUs go out together: a write for each costs more than the bytes.
            while out.is_empty() || !rest.is_empty() && self.is_room_for_another(&out) {
                let take = rest.len().min(self.send_fragment_bytes);
                let (part, after) = rest.split_at(take);
                let fragment = Fragment {
                    context_id,
                    is_command,
                    is_last: is_last && after.is_empty(),
                    // A fragment is never longer than SEND_PDU_BYTES_MAX.
                    length: u32::try_from(take).unwrap_or(u32::MAX),
                };
                fragment.write_header(&mut out);
                out.extend_from_slice(part);
                rest = after;
            }
            let sent = self.connection.send(&out).await;
            self.out = out;
            self.after_send(sent).await?;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    fn is_room_for_another(&self, out: &[u8]) -> bool {
        out.len() + self.send_fragment_bytes <= SEND_PDU_BYTES_MAX as usize
    }

    /// Data bytes that go into one PDU to this peer.
    pub fn send_fragment_bytes(&self) -> usize {
        self.send_fragment_bytes
    }

    /// The next part of a message; `None` when the peer wants to release.
    async fn next_fragment(&mut self) -> Result<Option<Fragment>, Ended> {
        while self.pdu_left == 0 {
            let header = self.read_header().await?;
            match self.step(header.kind.event()) {
                Action::IndicateData => self.pdu_left = header.length,
                Action::IndicateRelease => {
                    self.read_four().await?;
                    return Ok(None);
                }
                action => return Err(self.refuse_pdu(action).await),
            }
        }
        let read = self.connection.read_array().await;
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => return Err(self.read_failed(error).await),
        };
        let fragment = match Fragment::read(bytes, self.pdu_left) {
            Ok(fragment) => fragment,
            Err(invalid) => return Err(self.violation(invalid).await),
        };
        if !self.contexts.contains_key(&fragment.context_id) {
            let invalid = InvalidPdu::value("data on a context that was not agreed on");
            return Err(self.violation(invalid).await);
        }
        self.pdu_left -= fragment.length + 6;
        Ok(Some(fragment))
    }
}
