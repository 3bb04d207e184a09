//! C-MOVE (statement 3.1.2.3) and C-GET as SCU (PS3.4 §C.4.2 and §C.4.3): to ourselves, or to a third node.
//!
//! Objects come in by the same ingest as every received object: by C-MOVE on associations that the peer opens to us, by C-GET on
//! the one that we opened. What arrived is counted in the store afterwards, because a peer's counters are only a promise.

use tokio_util::sync::CancellationToken;

use super::connect::{Call, associate, associate_as_receiver, own_address_towards};
use super::exchange::{Exchange, Payload, Response, Step, context_of};
use super::failed_step;
use crate::dicom::charset::CharacterSet;
use crate::dicom::identifier::Identifier;
use crate::dicom::presentation_context::{self, ProposedContext};
use crate::dicom::query::Level;
use crate::dicom::sop_class;
use crate::dicom::status::{Outcome, Status};
use crate::dicom::{AeTitle, SopClassUid, tags, transfer_syntax};
use crate::node::association::{Association, Ended};
use crate::node::dimse::{CommandSet, element, field};
use crate::node::messages::{NodeEvent, RetrieveReport, StepFailure, SubOperations};
use crate::node::scp::accept::Tally;
use crate::node::scp::storage::Storage;
use crate::node::shared::Shared;

/// How objects get to where they should go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetrieveWay {
    /// C-MOVE to a title that the peer knows.
    Move(AeTitle),
    /// C-GET: to us, on the association that we open; for peers that do not know us.
    Get,
}

/// A retrieval as the node runs it.
#[derive(Debug, Clone)]
pub struct RetrieveQuery {
    /// What is wanted.
    pub identifier: Identifier,
    /// How.
    pub way: RetrieveWay,
    /// Whether it comes to our own store, so that what arrived can be counted.
    pub to_us: bool,
}

impl RetrieveQuery {
    fn step(&self) -> &'static str {
        match self.way {
            RetrieveWay::Move(_) => "move",
            RetrieveWay::Get => "get",
        }
    }
}

/// Runs a retrieval; how far it is, is told as [`NodeEvent::RetrieveProgress`].
pub async fn run(
    call: &Call,
    query: &RetrieveQuery,
    shared: &Shared,
    request: u64,
    stop: &CancellationToken,
) -> Result<RetrieveReport, StepFailure> {
    let step = query.step();
    let mut association = tokio::select! {
        opened = open(call, query) => opened?,
        () = stop.cancelled() => {
            return Err(failed_step("cancelled", "before the association was there"));
        }
    };
    let mut retrieval = Retrieval {
        query,
        shared,
        request,
        report: RetrieveReport::default(),
        storage: Storage::new(call.target.ae_title.clone()),
        tally: Tally::default(),
    };
    let wait = call.settings.timers_retrieve;
    let asked = retrieval.ask(&mut association, wait, stop).await;
    association.finish().await;
    let mut report = retrieval.report;
    match asked {
        Ok(()) => {}
        Err(Ended::TimedOut) => return Err(failed_step(step, "no answer in time")),
        Err(ended) => return Err(failed_step(step, ended)),
    }
    if Status(report.status) == Status::DESTINATION_UNKNOWN {
        report.own_host = own_address_towards(call)
            .await
            .map(|address| address.to_string());
    }
    if query.to_us {
        report.kept = count_kept(&query.identifier, shared).await;
    }
    Ok(report)
}

async fn open(call: &Call, query: &RetrieveQuery) -> Result<Association, StepFailure> {
    let class = class_of(&query.way).map_err(|reason| failed_step(query.step(), reason))?;
    let first = ProposedContext {
        id: 1,
        abstract_syntax: class.clone(),
        transfer_syntaxes: transfer_syntax::MOVE.to_vec(),
    };
    let mut association = match query.way {
        RetrieveWay::Move(_) => associate(call, &[first]).await?,
        RetrieveWay::Get => {
            let mut proposed = vec![first];
            proposed.extend(presentation_context::propose_to_receive(3));
            associate_as_receiver(call, &proposed).await?
        }
    };
    if context_of(&association, &class).is_none() {
        let ended = association
            .abort("the peer does not offer this way to retrieve")
            .await;
        association.finish().await;
        return Err(failed_step("association", ended));
    }
    Ok(association)
}

fn class_of(way: &RetrieveWay) -> Result<SopClassUid, &'static str> {
    let uid = match way {
        RetrieveWay::Move(_) => sop_class::STUDY_ROOT_MOVE,
        RetrieveWay::Get => sop_class::STUDY_ROOT_GET,
    };
    SopClassUid::parse(uid).map_err(|_| "no retrieve class")
}

/// Instances of what was asked for that are in the store now.
async fn count_kept(identifier: &Identifier, shared: &Shared) -> Option<u64> {
    let keys: Vec<(String, String)> = identifier
        .keys
        .iter()
        .map(|(path, value)| (path.to_string(), value.clone()))
        .collect();
    let counted = shared.ask(move |store| store.query(Level::Image, &keys, u64::MAX));
    match counted.await {
        Ok(rows) => Some(rows.len() as u64),
        Err(error) => {
            tracing::error!(%error, "what arrived cannot be counted");
            None
        }
    }
}

struct Retrieval<'a> {
    query: &'a RetrieveQuery,
    shared: &'a Shared,
    request: u64,
    report: RetrieveReport,
    storage: Storage,
    tally: Tally,
}

impl Retrieval<'_> {
    async fn ask(
        &mut self,
        association: &mut Association,
        wait: std::time::Duration,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let context = class_of(&self.query.way)
            .ok()
            .and_then(|class| context_of(association, &class));
        let Some(context) = context else {
            return Err(association
                .abort("the retrieve class was not accepted")
                .await);
        };
        let prepare = |command: CommandSet| match &self.query.way {
            RetrieveWay::Move(to) => command.with_title(element::MOVE_DESTINATION, to),
            RetrieveWay::Get => command,
        };
        let field = match self.query.way {
            RetrieveWay::Move(_) => field::MOVE,
            RetrieveWay::Get => field::GET,
        };
        let attributes = self.query.identifier.attributes();
        // Unique keys are ASCII, so no character set is ever named.
        let plain = CharacterSet::default();
        let text = (&attributes, &plain);
        let exchange =
            Exchange::begin(association, context, field, prepare, text, (wait, stop)).await?;
        self.listen(exchange, stop).await
    }

    async fn listen(
        &mut self,
        mut exchange: Exchange<'_>,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        loop {
            let step = match exchange.next().await {
                Ok(step) => step,
                Err(ended) if exchange.is_cancelled() => {
                    tracing::info!(%ended, "a retrieval was cut off after C-CANCEL");
                    self.report.cancelled = true;
                    return Ok(());
                }
                Err(ended) => return Err(ended),
            };
            match step {
                Step::Response(response) => {
                    self.note(&response);
                    if Status(response.status).outcome() != Outcome::Pending {
                        self.end(response);
                        self.report.cancelled = stop.is_cancelled();
                        exchange.release().await;
                        return Ok(());
                    }
                    self.shared.tell(NodeEvent::RetrieveProgress {
                        request: self.request,
                        counters: self.report.counters,
                    });
                }
                Step::Request(context, command) => {
                    self.receive(exchange.association, context, &command)
                        .await?;
                }
            }
        }
    }

    /// A sub-operation of C-GET.
    async fn receive(
        &mut self,
        association: &mut Association,
        context: u8,
        command: &CommandSet,
    ) -> Result<(), Ended> {
        if self.query.way != RetrieveWay::Get || command.command_field() != field::STORE {
            return Err(association.violate("a request while we ask").await);
        }
        let (shared, tally) = (self.shared, &mut self.tally);
        self.storage
            .serve(association, context, command, shared, tally)
            .await
    }

    /// Counters are kept as last told: some peers leave them out of the last response.
    fn note(&mut self, response: &Response) {
        let told = |number| response.command.counter(number);
        let counters = &mut self.report.counters;
        for (number, place) in [
            (element::REMAINING, &mut counters.remaining),
            (element::COMPLETED, &mut counters.completed),
            (element::FAILED, &mut counters.failed),
            (element::WARNING, &mut counters.warning),
        ] {
            *place = told(number).or(*place);
        }
    }

    fn end(&mut self, response: Response) {
        self.report.status = response.status;
        self.report.comment = response.command.text(element::ERROR_COMMENT);
        // The last response of a success has no remaining sub-operations, and may not say so.
        if response.command.counter(element::REMAINING).is_none() {
            self.report.counters.remaining = None;
        }
        match response.payload {
            Payload::Set(set, _) => {
                let listed = set.texts(tags::FAILED_SOP_INSTANCE_UID_LIST);
                let listed = listed.into_iter().filter(|uid| !uid.is_empty());
                self.report.failed_instances = listed.collect();
            }
            Payload::Unreadable(reason) => {
                tracing::warn!(%reason, "the list of failed instances cannot be read");
                self.report.unreadable = true;
            }
            Payload::None => {}
        }
    }
}

impl SubOperations {
    /// Sub-operations dealt with, as far as told.
    pub fn done(&self) -> u64 {
        let told = [self.completed, self.failed, self.warning];
        told.iter().map(|count| u64::from(count.unwrap_or(0))).sum()
    }
}
