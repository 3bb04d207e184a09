//! The test of a peer (D2): every step from its name to an image that comes back, with its time, so that who set it up wrongly
//! reads what is wrong and who has to mend it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::connect::{self, Call};
use super::find::{self, FindQuery};
use super::retrieve::{self, RetrieveQuery, RetrieveWay};
use super::{echo, failed_step};
use crate::dicom::charset::CharacterSet;
use crate::dicom::identifier::Identifier;
use crate::dicom::presentation_context::ProposedContext;
use crate::dicom::query::Level;
use crate::dicom::sop_class::{Kind, SOP_CLASSES, SopClass};
use crate::dicom::status::{Outcome, Service, Status};
use crate::dicom::{AeTitle, DataSet, SopClassUid, tags, transfer_syntax};
use crate::node::association::Association;
use crate::node::facts::{ContextFact, context_words};
use crate::node::messages::{NodeEvent, StepFailure};
use crate::node::shared::Shared;

/// C-MOVE: the destination is not known to the peer (PS3.4 Table C.4-2).
const UNKNOWN_DESTINATION: u16 = 0xA801;
/// Series that are looked through for a small one.
const SERIES_MAX: u64 = 20;

/// How far a test goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPlan {
    /// Ask for one study.
    pub find: bool,
    /// Have one instance sent to us under this title; `None` while we do not receive.
    pub move_to: Option<AeTitle>,
}

/// What somebody has to do when a step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The words say it all.
    None,
    /// The name of the host is wrong, or the network's directory lacks it.
    CheckName,
    /// Nobody listens there: another port, or the program does not run.
    CheckPort,
    /// Nothing answers: a firewall, or the machine is off.
    CheckNetwork,
    /// What listens there does not talk DICOM, or wants TLS.
    CheckProtocol,
    /// The peer does not know us, or not where we are.
    RegisterUs,
    /// The peer has another title.
    CheckTitle,
    /// What it sent never came: it has another address of us.
    CheckOurAddress,
    /// Not tried, because we do not receive.
    SwitchOn,
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestStep {
    /// `look-up`, `connect`, `tls`, `association`, `echo`, `find`, `move`.
    pub step: &'static str,
    /// How long it took, in milliseconds.
    pub ms: f64,
    /// What was found, in words; or why it failed and what to do.
    pub result: Result<String, (String, Advice)>,
}

/// What a test found out.
#[derive(Debug, Clone, Default)]
pub struct PeerTestReport {
    /// The steps in their order; the last one may have failed.
    pub steps: Vec<TestStep>,
    /// The peer's answer to each context that we proposed.
    pub contexts: Vec<ContextFact>,
    /// Our address as the peer sees it.
    pub our_address: Option<IpAddr>,
    /// Our title.
    pub our_title: String,
    /// Our port, as the settings say.
    pub our_port: u16,
}

/// Tests a peer; it ends at the first step without which the next makes no sense.
pub async fn run(
    call: &Call,
    plan: &TestPlan,
    shared: &Shared,
    stop: &CancellationToken,
) -> PeerTestReport {
    let mut test = Test {
        call,
        shared,
        stop,
        report: PeerTestReport {
            our_title: call.calling.to_string(),
            our_port: call.settings.station_port,
            ..PeerTestReport::default()
        },
    };
    if let Some(association) = test.reach().await {
        test.echo(association).await;
        let finds = plan.find && test.offers(crate::dicom::sop_class::STUDY_ROOT_FIND);
        if finds && let Some(study) = test.find_study().await {
            test.fetch(&study, plan.move_to.as_ref()).await;
        }
    }
    test.report
}

struct Test<'a> {
    call: &'a Call,
    shared: &'a Shared,
    stop: &'a CancellationToken,
    report: PeerTestReport,
}

impl Test<'_> {
    fn note(
        &mut self,
        step: &'static str,
        begun: Instant,
        result: Result<String, (String, Advice)>,
    ) {
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        self.report.steps.push(TestStep { step, ms, result });
    }

    fn fail(&mut self, begun: Instant, failure: StepFailure) {
        let advice = advice(&failure);
        self.note(failure.step, begun, Err((failure.reason, advice)));
    }

    /// Name, connection, TLS, association.
    async fn reach(&mut self) -> Option<Association> {
        let begun = Instant::now();
        let addresses = match connect::look_up(self.call).await {
            Ok(addresses) => addresses,
            Err(failure) => {
                self.fail(begun, failure);
                return None;
            }
        };
        let words: Vec<String> = addresses.iter().map(|a| a.ip().to_string()).collect();
        self.note("look-up", begun, Ok(words.join(", ")));
        let begun = Instant::now();
        let stream = match connect::connect(self.call, &addresses).await {
            Ok(stream) => stream,
            Err(failure) => {
                self.fail(begun, failure);
                return None;
            }
        };
        self.report.our_address = stream.local_addr().ok().map(|a| a.ip().to_canonical());
        let to = stream.peer_addr().map(|a| a.to_string());
        self.note("connect", begun, Ok(to.unwrap_or_default()));
        let begun = Instant::now();
        let stream = match connect::secured(self.call, stream).await {
            Ok(stream) => stream,
            Err(failure) => {
                self.fail(begun, failure);
                return None;
            }
        };
        if self.call.target.tls.is_some() {
            self.note("tls", begun, Ok("the certificate is trusted".to_owned()));
        }
        self.associate(stream).await
    }

    async fn associate(&mut self, stream: crate::node::stream::Stream) -> Option<Association> {
        let proposed = proposal();
        let begun = Instant::now();
        match connect::negotiate(self.call, stream, &proposed, &[]).await {
            Ok(association) => {
                self.report.contexts = facts(&proposed, &association);
                let accepted = association.contexts().len();
                let words = format!("{accepted} of {} services accepted", proposed.len());
                self.note("association", begun, Ok(words));
                Some(association)
            }
            Err(failure) => {
                self.fail(begun, failure);
                None
            }
        }
    }

    async fn echo(&mut self, mut association: Association) {
        let begun = Instant::now();
        let class = verification();
        let id = class.and_then(|class| super::exchange::context_of(&association, &class));
        let result = match id {
            None => Err(("C-ECHO is not accepted".to_owned(), Advice::None)),
            Some(_) => match echo::exchange_on(&mut association, self.stop).await {
                Ok(0) => Ok("0000 success".to_owned()),
                Ok(status) => {
                    let words = Status(status).of(Service::Verification).to_string();
                    Err((words, Advice::None))
                }
                Err(ended) => Err((ended.to_string(), Advice::None)),
            },
        };
        let released = result.is_ok();
        self.note("echo", begun, result);
        if released {
            association.release().await;
        }
        association.finish().await;
    }

    /// Whether a service was accepted.
    fn offers(&self, class: &str) -> bool {
        let mut contexts = self.report.contexts.iter();
        contexts.any(|context| context.sop_class_uid == class && context.answer.is_ok())
    }

    async fn find_study(&mut self) -> Option<String> {
        let begun = Instant::now();
        match self.ask(Level::Study, &[], 1).await {
            Ok(found) => {
                let study = found
                    .first()
                    .and_then(|set| set.text(tags::STUDY_INSTANCE_UID));
                let words = match &study {
                    Some(_) => "one study found",
                    None => "no study found, but the question was answered",
                };
                self.note("find", begun, Ok(words.to_owned()));
                study
            }
            Err(failure) => {
                self.fail(begun, failure);
                None
            }
        }
    }

    /// Has one instance of the study sent to us, of its smallest series.
    async fn fetch(&mut self, study: &str, to: Option<&AeTitle>) {
        let begun = Instant::now();
        if !self.offers(crate::dicom::sop_class::STUDY_ROOT_MOVE) {
            return;
        }
        let Some(to) = to else {
            let words = "not tried: this station does not receive".to_owned();
            return self.note("move", begun, Err((words, Advice::SwitchOn)));
        };
        match self.fetch_one(study, to).await {
            Ok(words) => self.note("move", begun, Ok(words)),
            Err((failure, advice)) => {
                let advice = advice.unwrap_or_else(|| self::advice(&failure));
                self.note("move", begun, Err((failure.reason, advice)));
            }
        }
    }

    async fn fetch_one(
        &mut self,
        study: &str,
        to: &AeTitle,
    ) -> Result<String, (StepFailure, Option<Advice>)> {
        let plain = |failure| (failure, None);
        let mut keys = vec![("StudyInstanceUID".to_owned(), study.to_owned())];
        let series = self
            .ask(Level::Series, &keys, SERIES_MAX)
            .await
            .map_err(plain)?;
        let smallest = series
            .iter()
            .min_by_key(|set| {
                let count = set.text(tags::NUMBER_OF_SERIES_RELATED_INSTANCES);
                count
                    .and_then(|c| c.trim().parse::<u64>().ok())
                    .unwrap_or(u64::MAX)
            })
            .and_then(|set| set.text(tags::SERIES_INSTANCE_UID));
        let Some(smallest) = smallest else {
            return Err(plain(failed_step("find", "the study has no series")));
        };
        keys.push(("SeriesInstanceUID".to_owned(), smallest));
        let images = self.ask(Level::Image, &keys, 1).await.map_err(plain)?;
        let instance = images
            .first()
            .and_then(|set| set.text(tags::SOP_INSTANCE_UID));
        let Some(instance) = instance else {
            return Err(plain(failed_step("find", "the series has no images")));
        };
        keys.push(("SOPInstanceUID".to_owned(), instance));
        let known = self.count(&keys).await;
        let identifier = Identifier::retrieve(Level::Image, &keys)
            .map_err(|error| plain(failed_step("move", error)))?;
        let query = RetrieveQuery {
            identifier,
            way: RetrieveWay::Move(to.clone()),
            to_us: true,
        };
        let quiet = self.quietly(Arc::default());
        let report = retrieve::run(self.call, &query, &quiet, 0, self.stop)
            .await
            .map_err(plain)?;
        let status = Status(report.status);
        if matches!(status.outcome(), Outcome::Failure | Outcome::Cancel) {
            let advice = (status.0 == UNKNOWN_DESTINATION).then_some(Advice::RegisterUs);
            let failure = failed_step("move", status.of(Service::Retrieve));
            return Err((failure, Some(advice.unwrap_or(Advice::None))));
        }
        if report.kept == Some(0) {
            let words = "the peer says that it sent one object, but nothing arrived here";
            return Err((failed_step("move", words), Some(Advice::CheckOurAddress)));
        }
        if known == Some(0) {
            self.forget(keys).await;
        }
        Ok("one object came back".to_owned())
    }

    /// What a query finds, at most `limit`.
    async fn ask(
        &self,
        level: Level,
        keys: &[(String, String)],
        limit: u64,
    ) -> Result<Vec<DataSet>, StepFailure> {
        let query = FindQuery {
            identifier: Identifier::find(level, keys).map_err(|e| failed_step("find", e))?,
            limit: Some(limit),
            character_set: CharacterSet::default(),
        };
        let found: Found = Arc::default();
        let quiet = self.quietly(Arc::clone(&found));
        let report = find::run(self.call, &query, &quiet, 0, self.stop).await?;
        if Status(report.status).outcome() == Outcome::Failure {
            return Err(failed_step("find", Status(report.status).of(Service::Find)));
        }
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *found))
    }

    /// As the others, but what is found is kept here instead of being told.
    fn quietly(&self, found: Found) -> Shared {
        self.shared.telling(Arc::new(move |event| {
            if let NodeEvent::Matches { matches, .. } = event {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.extend(matches);
            }
        }))
    }

    async fn count(&self, keys: &[(String, String)]) -> Option<usize> {
        let keys = keys.to_vec();
        let rows = self
            .shared
            .ask(move |store| store.query(Level::Image, &keys, 1));
        rows.await.ok().map(|rows| rows.len())
    }

    /// An object that came only because of the test goes again.
    async fn forget(&self, keys: Vec<(String, String)>) {
        let deleted = self
            .shared
            .ask(move |store| store.delete(Level::Image, &keys));
        if let Err(error) = deleted.await {
            tracing::warn!(%error, "the object of a peer test stays in the store");
        }
    }
}

type Found = Arc<Mutex<Vec<DataSet>>>;

fn verification() -> Option<SopClassUid> {
    let class = SOP_CLASSES.iter().find(|c| c.kind == Kind::Verification)?;
    SopClassUid::parse(class.uid).ok()
}

/// Every service that we ever ask of a peer: verification first, query and retrieval, commitment, all storage classes.
fn proposal() -> Vec<ProposedContext> {
    let asked = |class: &&SopClass| {
        class.is_storage()
            || matches!(class.kind, Kind::Verification | Kind::Commitment)
            || [
                crate::dicom::sop_class::STUDY_ROOT_FIND,
                crate::dicom::sop_class::STUDY_ROOT_MOVE,
                crate::dicom::sop_class::STUDY_ROOT_GET,
            ]
            .contains(&class.uid)
    };
    let mut classes: Vec<&SopClass> = SOP_CLASSES.iter().filter(asked).collect();
    classes.sort_by_key(|class| (class.kind != Kind::Verification, class.is_storage()));
    let ids = (1..=255).step_by(2);
    let contexts = ids.zip(classes).filter_map(|(id, class)| {
        Some(ProposedContext {
            id,
            abstract_syntax: SopClassUid::parse(class.uid).ok()?,
            transfer_syntaxes: transfer_syntax::VERIFICATION.to_vec(),
        })
    });
    contexts.collect()
}

fn facts(proposed: &[ProposedContext], association: &Association) -> Vec<ContextFact> {
    let fact = |context: &ProposedContext| {
        let agreed = association.contexts().get(&context.id);
        let refused = association.refused().get(&context.id).copied();
        ContextFact {
            sop_class_uid: context.abstract_syntax.to_string(),
            answer: match (agreed, refused) {
                (Some(agreed), _) => Ok(agreed.syntax.uid.to_owned()),
                (None, Some(result)) => Err(context_words(result)),
                (None, None) => Err("not answered"),
            },
        }
    };
    proposed.iter().map(fact).collect()
}

/// Who has to do what about a failed step.
fn advice(failure: &StepFailure) -> Advice {
    let says = |words: &str| failure.reason.contains(words);
    match failure.step {
        "look-up" => Advice::CheckName,
        "connect" if says("refused") => Advice::CheckPort,
        "connect" => Advice::CheckNetwork,
        "association" if says("calling AE title") => Advice::RegisterUs,
        "association" if says("called AE title") => Advice::CheckTitle,
        "association" if says("rejected") => Advice::None,
        "association" | "tls" => Advice::CheckProtocol,
        _ => Advice::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_proposed_once_and_verification_first() {
        let proposed = proposal();
        assert!(proposed.len() > 30 && proposed.len() <= 128);
        assert_eq!(Some(&proposed[0].abstract_syntax), verification().as_ref());
        for (index, context) in proposed.iter().enumerate() {
            assert_eq!(usize::from(context.id), 2 * index + 1);
            let mut later = proposed[index + 1..].iter();
            assert!(later.all(|c| c.abstract_syntax != context.abstract_syntax));
        }
    }

    #[test]
    fn each_failure_has_advice_of_its_own() {
        let of = |step, reason: &str| advice(&failed_step(step, reason));
        assert_eq!(of("look-up", "no such host"), Advice::CheckName);
        assert_eq!(of("connect", "connection refused"), Advice::CheckPort);
        assert_eq!(of("connect", "no answer in time"), Advice::CheckNetwork);
        let rejected = "rejected by the peer: permanently, by its user: ";
        let by = |title: &str| of("association", &format!("{rejected}{title} not recognized"));
        assert_eq!(by("calling AE title"), Advice::RegisterUs);
        assert_eq!(by("called AE title"), Advice::CheckTitle);
        assert_eq!(
            of("association", "no answer in time"),
            Advice::CheckProtocol
        );
    }
}
