//! One association of either role: performs the actions of the state table on a connection, and streams messages.
//!
//! Everything that ends it is an [`Ended`]; by then the peer was told what the standard wants it told, and only
//! [`Association::finish`] is left to do. TLS will find its place here: nothing else opens or accepts a stream.

use std::collections::BTreeMap;
use std::time::Duration;

use dicom_ul::pdu::{
    AbortRQServiceProviderReason, AbortRQSource, AssociationAC, AssociationRJ, AssociationRQ, Pdu,
    write_pdu,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, ConnectionError};
use super::dimse::{COMMAND_BYTES_MAX, CommandSet};
use super::ended::{abort_words, reject_words};
use super::negotiation;
use super::pdu::{
    AbortReason, Accepted, Fragment, InvalidPdu, PDU_HEADER_BYTES, PduHeader, PduKind,
    fragment_bytes_max,
};
use super::state::{Action, Event, Role, State, transition};
use crate::dicom::{SopClassUid, TransferSyntax};

pub use super::ended::Ended;
pub use super::timers::Timers;

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

    // ---- negotiation, acceptor ----

    /// Awaits A-ASSOCIATE-RQ until ARTIM.
    pub async fn await_request(&mut self) -> Result<AssociationRQ, Ended> {
        let header = self.read_header().await?;
        if header.kind != PduKind::AssociateRequest {
            let action = self.step(header.kind.event());
            return Err(self.refuse_pdu(action).await);
        }
        // The request counts as received when it is here and well-formed; until then ARTIM runs (Sta2).
        let body = self.read_body(header.length).await?;
        match negotiation::read_request(&body) {
            Ok(request) => {
                self.step(Event::RequestReceived);
                Ok(request)
            }
            Err(invalid) => Err(self.violation(invalid).await),
        }
    }

    /// Accepts: from now on messages flow.
    pub async fn accept(
        &mut self,
        answer: AssociationAC,
        contexts: Contexts,
        peer_max: u32,
    ) -> Result<(), Ended> {
        let Some(bytes) = fragment_bytes_max(peer_max, SEND_PDU_BYTES_MAX) else {
            let invalid = InvalidPdu::value("a maximum length that no data fits");
            return Err(self.violation(invalid).await);
        };
        self.send_fragment_bytes = bytes;
        self.contexts = contexts;
        self.step(Event::Accept);
        self.send_pdu(&Pdu::AssociationAC(answer)).await
    }

    /// Rejects.
    pub async fn reject(&mut self, answer: AssociationRJ) -> Result<(), Ended> {
        self.step(Event::Reject);
        self.send_pdu(&Pdu::AssociationRJ(answer)).await
    }

    // ---- negotiation, requestor ----

    /// Sends A-ASSOCIATE-RQ and awaits the answer; `proposed` tells the class of each context id.
    pub async fn request(
        &mut self,
        request: AssociationRQ,
        proposed: &BTreeMap<u8, SopClassUid>,
    ) -> Result<(), Ended> {
        self.step(Event::Connected);
        self.send_pdu(&Pdu::AssociationRQ(request)).await?;
        self.connection
            .await_until(Instant::now() + self.timers.negotiation);
        let header = self.read_header().await?;
        match self.step(header.kind.event()) {
            Action::ConfirmAccept => {
                let body = self.read_body(header.length).await?;
                match self.adopt(&body, proposed) {
                    Ok(()) => Ok(()),
                    Err(invalid) => Err(self.violation(invalid).await),
                }
            }
            Action::ConfirmReject => {
                let [_, result, source, reason] = self.read_four().await?;
                Err(Ended::Rejected(reject_words(result, source, reason)))
            }
            action => Err(self.refuse_pdu(action).await),
        }
    }

    fn adopt(
        &mut self,
        body: &[u8],
        proposed: &BTreeMap<u8, SopClassUid>,
    ) -> Result<(), InvalidPdu> {
        let accepted = Accepted::read(body)?;
        let peer_max = accepted.max_length.unwrap_or(0);
        self.send_fragment_bytes = fragment_bytes_max(peer_max, SEND_PDU_BYTES_MAX)
            .ok_or(InvalidPdu::value("a maximum length that no data fits"))?;
        tracing::debug!(peer = %accepted.implementation, peer_max, "association accepted");
        for (id, result, syntax) in accepted.contexts {
            if result != 0 {
                self.refused.insert(id, result);
                continue;
            }
            let (Some(sop_class), Some(syntax)) =
                (proposed.get(&id), TransferSyntax::find(&syntax))
            else {
                return Err(InvalidPdu::value("an answer to what was not proposed"));
            };
            let sop_class = sop_class.clone();
            self.contexts.insert(id, Context { sop_class, syntax });
        }
        Ok(())
    }

    // ---- messages ----

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
            let take = rest.len().min(self.send_fragment_bytes);
            let (part, after) = rest.split_at(take);
            let fragment = Fragment {
                context_id,
                is_command,
                is_last: is_last && after.is_empty(),
                // A fragment is never longer than SEND_PDU_BYTES_MAX.
                length: u32::try_from(take).unwrap_or(u32::MAX),
            };
            let mut out = std::mem::take(&mut self.out);
            out.clear();
            fragment.write_header(&mut out);
            out.extend_from_slice(part);
            let sent = self.connection.send(&out).await;
            self.out = out;
            self.after_send(sent).await?;
            rest = after;
            if rest.is_empty() {
                return Ok(());
            }
        }
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

    // ---- the end ----

    /// Answers the peer's release request.
    pub async fn reply_release(&mut self) -> Ended {
        self.step(Event::ReplyRelease);
        match self.send_pdu(&Pdu::ReleaseRP).await {
            Ok(()) => Ended::Released,
            Err(ended) => ended,
        }
    }

    /// Asks for release and sees it through, collisions included (PS3.8 §7.2.2).
    pub async fn release(&mut self) -> Ended {
        self.step(Event::RequestRelease);
        if let Err(ended) = self.send_pdu(&Pdu::ReleaseRQ).await {
            return ended;
        }
        self.connection
            .await_until(Instant::now() + self.timers.response);
        loop {
            match self.release_step().await {
                Ok(None) => {}
                Ok(Some(ended)) | Err(ended) => return ended,
            }
        }
    }

    async fn release_step(&mut self) -> Result<Option<Ended>, Ended> {
        let header = self.read_header().await?;
        let action = self.step(header.kind.event());
        match action {
            // The peer still talked when we had enough: PS3.8 AR-6 hands it on, and nobody wants it any more.
            Action::IndicateData => self.skip_data(header.length as usize).await?,
            Action::IndicateRelease => {
                self.read_four().await?;
                if self.state == State::CollisionRequestorAnswer {
                    self.step(Event::ReplyRelease);
                    self.send_pdu(&Pdu::ReleaseRP).await?;
                }
            }
            Action::ConfirmRelease => return Ok(Some(Ended::Released)),
            Action::OweReleaseReply => {
                self.read_four().await?;
                return Ok(Some(self.reply_release().await));
            }
            action => return Err(self.refuse_pdu(action).await),
        }
        Ok(None)
    }

    /// Aborts as the service user.
    pub async fn abort(&mut self, why: &'static str) -> Ended {
        if !matches!(self.state, State::Idle | State::AwaitingClose) {
            self.abort_as_user().await;
        }
        Ended::Stopped(why)
    }

    /// Aborts as the service user because the message makes no sense.
    pub async fn violate(&mut self, what: impl ToString) -> Ended {
        self.abort_as_user().await;
        Ended::Violation(what.to_string())
    }

    async fn abort_as_user(&mut self) {
        self.step(Event::Abort);
        self.send_last(&Pdu::AbortRQ {
            source: AbortRQSource::ServiceUser,
        })
        .await;
    }

    /// Aborts because what arrived is no valid PDU (AA-1, AA-7, AA-8).
    async fn violation(&mut self, invalid: InvalidPdu) -> Ended {
        let source = match self.step(Event::InvalidPdu) {
            Action::SendAbort => AbortRQSource::ServiceUser,
            _ => AbortRQSource::ServiceProvider(match invalid.reason {
                AbortReason::UnrecognizedPdu => AbortRQServiceProviderReason::UnrecognizedPdu,
                AbortReason::UnexpectedPdu => AbortRQServiceProviderReason::UnexpectedPdu,
                AbortReason::InvalidParameterValue => {
                    AbortRQServiceProviderReason::InvalidPduParameter
                }
            }),
        };
        self.send_last(&Pdu::AbortRQ { source }).await;
        Ended::Violation(invalid.to_string())
    }

    /// Performs what the table wants done about a PDU that leads nowhere.
    async fn refuse_pdu(&mut self, action: Action) -> Ended {
        let source = match action {
            Action::IndicateAbort | Action::Close => {
                return match self.connection.read_array::<4>().await {
                    Ok([_, _, source, reason]) => Ended::AbortedByPeer(abort_words(source, reason)),
                    Err(_) => Ended::AbortedByPeer("no reason"),
                };
            }
            Action::SendAbort => AbortRQSource::ServiceUser,
            _ => AbortRQSource::ServiceProvider(AbortRQServiceProviderReason::UnexpectedPdu),
        };
        self.send_last(&Pdu::AbortRQ { source }).await;
        Ended::Violation("a PDU that was not due".to_owned())
    }

    /// Awaits the peer's end of the connection for ARTIM, or closes at once where the table says so.
    pub async fn finish(self) {
        if self.state == State::AwaitingClose && self.connection.is_writable() {
            let deadline = Instant::now() + self.timers.artim;
            self.connection.close(deadline).await;
        }
    }

    // ---- bytes ----

    async fn read_header(&mut self) -> Result<PduHeader, Ended> {
        let read = self.connection.read_array::<PDU_HEADER_BYTES>().await;
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => return Err(self.read_failed(error).await),
        };
        match PduHeader::read(bytes, self.receive_bytes_max) {
            Ok(header) => Ok(header),
            Err(invalid) => Err(self.violation(invalid).await),
        }
    }

    async fn read_body(&mut self, length: u32) -> Result<Vec<u8>, Ended> {
        let mut body = Vec::new();
        self.read_data(&mut body, length as usize).await?;
        Ok(body)
    }

    async fn read_four(&mut self) -> Result<[u8; 4], Ended> {
        match self.connection.read_array().await {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(self.read_failed(error).await),
        }
    }

    async fn after_read(&mut self, read: Result<(), ConnectionError>) -> Result<(), Ended> {
        match read {
            Ok(()) => Ok(()),
            Err(error) => Err(self.read_failed(error).await),
        }
    }

    async fn read_failed(&mut self, error: ConnectionError) -> Ended {
        if !matches!(error, ConnectionError::TimedOut) {
            if self.state != State::Idle {
                self.step(Event::ConnectionClosed);
            }
            return Ended::Lost(with_source(&error));
        }
        match self.state {
            State::AwaitingRequest | State::AwaitingClose => {
                self.step(Event::TimerExpired);
            }
            State::Idle => {}
            _ => self.abort_as_user().await,
        }
        Ended::TimedOut
    }

    async fn after_send(&mut self, sent: Result<(), ConnectionError>) -> Result<(), Ended> {
        match sent {
            Ok(()) => Ok(()),
            Err(ConnectionError::TimedOut) => {
                // Half a PDU is out: nothing that follows could be understood, so the connection is cut.
                self.state = State::Idle;
                Err(Ended::TimedOut)
            }
            Err(error) => {
                if self.state != State::Idle {
                    self.step(Event::ConnectionClosed);
                }
                Err(Ended::Lost(with_source(&error)))
            }
        }
    }

    async fn send_pdu(&mut self, pdu: &Pdu) -> Result<(), Ended> {
        let mut bytes = Vec::new();
        if let Err(error) = write_pdu(&mut bytes, pdu) {
            tracing::error!(%error, "a PDU of ours cannot be written");
            return Err(self.abort("a PDU of ours cannot be written").await);
        }
        let sent = self.connection.send(&bytes).await;
        self.after_send(sent).await
    }

    /// Sends the last PDU; whether it gets there changes nothing any more.
    async fn send_last(&mut self, pdu: &Pdu) {
        let mut bytes = Vec::new();
        if self.connection.is_writable() && write_pdu(&mut bytes, pdu).is_ok() {
            let sent = self.connection.send(&bytes);
            match tokio::time::timeout(self.timers.artim, sent).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => tracing::debug!("the last PDU did not get through"),
            }
        }
    }
}

fn with_source(error: &ConnectionError) -> String {
    match error {
        ConnectionError::Failed(source) => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}
