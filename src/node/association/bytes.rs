//! The bytes of an association: PDUs read and written, and what it means when that fails.

use dicom_ul::pdu::{Pdu, write_pdu};

use super::{Association, Ended};
use crate::node::connection::ConnectionError;
use crate::node::pdu::{PDU_HEADER_BYTES, PduHeader};
use crate::node::state::{Event, State};

impl Association {
    pub(super) async fn read_header(&mut self) -> Result<PduHeader, Ended> {
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

    pub(super) async fn read_body(&mut self, length: u32) -> Result<Vec<u8>, Ended> {
        let mut body = Vec::new();
        self.read_data(&mut body, length as usize).await?;
        Ok(body)
    }

    pub(super) async fn read_four(&mut self) -> Result<[u8; 4], Ended> {
        match self.connection.read_array().await {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(self.read_failed(error).await),
        }
    }

    pub(super) async fn after_read(
        &mut self,
        read: Result<(), ConnectionError>,
    ) -> Result<(), Ended> {
        match read {
            Ok(()) => Ok(()),
            Err(error) => Err(self.read_failed(error).await),
        }
    }

    pub(super) async fn read_failed(&mut self, error: ConnectionError) -> Ended {
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

    pub(super) async fn after_send(
        &mut self,
        sent: Result<(), ConnectionError>,
    ) -> Result<(), Ended> {
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

    pub(super) async fn send_pdu(&mut self, pdu: &Pdu) -> Result<(), Ended> {
        let mut bytes = Vec::new();
        if let Err(error) = write_pdu(&mut bytes, pdu) {
            tracing::error!(%error, "a PDU of ours cannot be written");
            return Err(self.abort("a PDU of ours cannot be written").await);
        }
        let sent = self.connection.send(&bytes).await;
        self.after_send(sent).await
    }

    /// Sends the last PDU; whether it gets there changes nothing any more.
    pub(super) async fn send_last(&mut self, pdu: &Pdu) {
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
