//! How an association opens, in either role (PS3.8 §9.3.2 to §9.3.4).

use std::collections::BTreeMap;

use dicom_ul::pdu::{AssociationAC, AssociationRJ, AssociationRQ, Pdu};
use tokio::time::Instant;

use super::{Association, Context, Contexts, Ended, SEND_PDU_BYTES_MAX};
use crate::dicom::{SopClassUid, TransferSyntax};
use crate::node::ended::reject_words;
use crate::node::negotiation;
use crate::node::pdu::{Accepted, InvalidPdu, PduKind, fragment_bytes_max};
use crate::node::state::{Action, Event};

impl Association {
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
}
