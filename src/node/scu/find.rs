//! C-FIND as SCU (statement 3.1.2.2, PS3.4 §C.4.1): matches stream out in batches as they come.
//!
//! What a peer can make us hold is bounded by [`MATCH_BYTES_MAX`] and the limit of the query; reaching either sends C-CANCEL.

use tokio_util::sync::CancellationToken;

use super::connect::{Call, associate};
use super::exchange::{Exchange, Payload, Response, Step, context_of};
use super::failed_step;
use crate::dicom::charset::CharacterSet;
use crate::dicom::identifier::Identifier;
use crate::dicom::presentation_context::ProposedContext;
use crate::dicom::sop_class;
use crate::dicom::status::{Outcome, Status};
use crate::dicom::{DataSet, SopClassUid, transfer_syntax};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{element, field};
use crate::node::messages::{FindReport, NodeEvent, StepFailure};
use crate::node::shared::Shared;

/// Matches told at once.
const BATCH: usize = 100;
/// Bytes of all matches of one query.
const MATCH_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A query as the node runs it.
#[derive(Debug, Clone)]
pub struct FindQuery {
    /// What is asked.
    pub identifier: Identifier,
    /// How many matches are wanted at most.
    pub limit: Option<u64>,
    /// How the peer writes text when it does not say, and how keys are written if they can be.
    pub character_set: CharacterSet,
}

/// Runs a query; its matches are told as [`NodeEvent::Matches`].
pub async fn run(
    call: &Call,
    query: &FindQuery,
    shared: &Shared,
    request: u64,
    stop: &CancellationToken,
) -> Result<FindReport, StepFailure> {
    let class = SopClassUid::parse(sop_class::STUDY_ROOT_FIND)
        .map_err(|_| failed_step("find", "no query class"))?;
    let proposed = [ProposedContext {
        id: 1,
        abstract_syntax: class.clone(),
        transfer_syntaxes: transfer_syntax::QUERY.to_vec(),
    }];
    let mut association = tokio::select! {
        opened = associate(call, &proposed) => opened?,
        () = stop.cancelled() => return Err(failed_step("cancelled", "before the association was there")),
    };
    let mut finding = Finding {
        query,
        shared,
        request,
        report: FindReport::default(),
        bytes: 0,
        batch: Vec::new(),
    };
    let wait = call.settings.timers_response;
    let asked = finding.ask(&mut association, &class, wait, stop).await;
    finding.flush();
    association.finish().await;
    match asked {
        Ok(()) => Ok(finding.report),
        Err(Ended::TimedOut) => Err(failed_step("find", "no answer in time")),
        Err(ended) => Err(failed_step("find", ended)),
    }
}

struct Finding<'a> {
    query: &'a FindQuery,
    shared: &'a Shared,
    request: u64,
    report: FindReport,
    bytes: usize,
    batch: Vec<DataSet>,
}

impl Finding<'_> {
    async fn ask(
        &mut self,
        association: &mut Association,
        class: &SopClassUid,
        wait: std::time::Duration,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let Some(context) = context_of(association, class) else {
            return Err(association.abort("the query class was not accepted").await);
        };
        let attributes = self.query.identifier.attributes();
        let text = (&attributes, &self.query.character_set);
        let begun =
            Exchange::begin(association, context, field::FIND, |c| c, text, (wait, stop)).await?;
        self.listen(begun, stop).await
    }

    async fn listen(
        &mut self,
        mut exchange: Exchange<'_>,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        loop {
            let step = match self.next(&mut exchange).await {
                Ok(step) => step,
                // We had asked it to end; how it does is its own business.
                Err(ended) if exchange.is_cancelled() => {
                    tracing::info!(%ended, "a query was cut off after C-CANCEL");
                    self.report.cancelled = stop.is_cancelled();
                    return Ok(());
                }
                Err(ended) => return Err(ended),
            };
            let response = match step {
                Step::Response(response) => response,
                Step::Request(..) => {
                    return Err(exchange.association.violate("a request while we ask").await);
                }
            };
            if Status(response.status).outcome() != Outcome::Pending {
                self.end(&response);
                self.report.cancelled = stop.is_cancelled();
                exchange.release().await;
                return Ok(());
            }
            if !exchange.is_cancelled() {
                self.note(response);
                if self.is_full() {
                    self.report.more = true;
                    exchange.cancel().await?;
                }
            }
        }
    }

    /// The next message; what was gathered is told before anything is waited for.
    async fn next(&mut self, exchange: &mut Exchange<'_>) -> Result<Step, Ended> {
        if !self.batch.is_empty() {
            if self.batch.len() < BATCH
                && let Some(step) = exchange.look().await?
            {
                return Ok(step);
            }
            self.flush();
        }
        exchange.next().await
    }

    fn note(&mut self, response: Response) {
        self.report.keys_ignored |= Status(response.status) == Status::PENDING_KEYS_IGNORED;
        match response.payload {
            Payload::Set(mut set, bytes) => {
                set.assume_character_set(&self.query.character_set);
                self.bytes += bytes;
                self.report.matches += 1;
                self.batch.push(set);
            }
            Payload::Unreadable(reason) => self.unreadable(&reason),
            Payload::None => self.unreadable("a match without data set"),
        }
    }

    fn unreadable(&mut self, reason: &str) {
        tracing::warn!(%reason, "a match cannot be read");
        self.report.unreadable += 1;
    }

    /// Whether no more is wanted; matches that cannot be read count, or a peer could send them for ever.
    fn is_full(&self) -> bool {
        let count = self.report.matches + self.report.unreadable;
        self.query.limit.is_some_and(|limit| count >= limit) || self.bytes >= MATCH_BYTES_MAX
    }

    fn end(&mut self, response: &Response) {
        self.report.status = response.status;
        self.report.comment = response.command.text(element::ERROR_COMMENT);
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.shared.tell(NodeEvent::Matches {
                request: self.request,
                matches: std::mem::take(&mut self.batch),
            });
        }
    }
}
