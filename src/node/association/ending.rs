//! How an association ends: released by either side, aborted, or given up (PS3.8 §7.2 to §7.4).

use dicom_ul::pdu::{AbortRQServiceProviderReason, AbortRQSource, Pdu};
use tokio::time::Instant;

use super::{Association, Ended};
use crate::node::ended::abort_words;
use crate::node::pdu::{AbortReason, InvalidPdu};
use crate::node::state::{Action, Event, State};

impl Association {
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

    pub(super) async fn release_step(&mut self) -> Result<Option<Ended>, Ended> {
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

    pub(super) async fn abort_as_user(&mut self) {
        self.step(Event::Abort);
        self.send_last(&Pdu::AbortRQ {
            source: AbortRQSource::ServiceUser,
        })
        .await;
    }

    /// Aborts because what arrived is no valid PDU (AA-1, AA-7, AA-8).
    pub(super) async fn violation(&mut self, invalid: InvalidPdu) -> Ended {
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
    pub(super) async fn refuse_pdu(&mut self, action: Action) -> Ended {
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
}
