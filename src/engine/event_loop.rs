//! The engine loop: one `select` over commands, reports and time; it never blocks. Disk goes to jobs and the lookup thread,
//! sockets to the node, pixels to the decoders.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select};

use super::activities::{Activities, Cancelled};
use super::arrivals::Arrivals;
use super::decoders::Decoders;
use super::frames::{FrameQueue, Told};
use super::job::{JobEnd, cancelled, failed};
use super::lookup::{self, Question};
use super::node_desk::{NodeDesk, listen_options};
use super::open_studies::OpenStudies;
use super::outbox::Outbox;
use super::pace::Pace;
use super::print_desk::{FilmDrawer, PrintDecision, PrintDesk};
use super::reports::{Answer, Pulse, Report};
use super::send_desk::SendDesk;
use super::thumbnails::ThumbnailQueue;
use super::{Command, EngineOptions, Event, Failure, FailureKind, JobId, Outcome, jobs, station};
use crate::dicom::StudyInstanceUid;
use crate::node::{NodeEvent, NodeRequest};
use crate::store::{ServerLock, Store};

/// Questions to the store that may wait.
const QUESTIONS_MAX: usize = 256;
/// Least time between two `StudiesChanged`, and between two `Counters`.
const CHANGES_INTERVAL: Duration = Duration::from_millis(200);
/// Least time between two readings of the open studies while objects arrive.
const REFRESH_INTERVAL: Duration = Duration::from_millis(500);
/// How often the store is asked what others did to it.
const PULSE_INTERVAL: Duration = Duration::from_secs(1);
/// Change of free space that is worth telling, in bytes.
const SPACE_STEP_BYTES: u64 = 16 << 20;

/// The engine's thread: the one owner of all its state.
#[derive(Debug)]
pub(super) struct EventLoop {
    pub(super) options: EngineOptions,
    pub(super) store: Store,
    pub(super) lock: Option<ServerLock>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) commands: Receiver<Command>,
    pub(super) reports: Receiver<Report>,
    pub(super) reports_in: Sender<Report>,
    pub(super) questions: VecDeque<Question>,
    pub(super) questions_out: Sender<Question>,
    pub(super) lookup: JoinHandle<()>,
    pub(super) lookup_busy: bool,
    pub(super) studies: OpenStudies,
    pub(super) frames: FrameQueue,
    pub(super) thumbnails: ThumbnailQueue,
    pub(super) decoders: Option<Decoders>,
    pub(super) jobs: Activities,
    pub(super) node: NodeDesk,
    pub(super) print: PrintDesk,
    pub(super) sends: SendDesk,
    pub(super) arrivals: Arrivals,
    pub(super) drawer: Option<FilmDrawer>,
    pub(super) changes: Pace,
    pub(super) counters: Pace,
    pub(super) refresh: Pace,
    pub(super) last_pulse: Option<Pulse>,
    pub(super) space_told: u64,
    pub(super) space_is_short: bool,
}

/// What the loop is started with.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) options: EngineOptions,
    pub(super) store: Store,
    pub(super) lock: Option<ServerLock>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) commands: Receiver<Command>,
    /// Both ends of the queue of reports.
    pub(super) reports: (Sender<Report>, Receiver<Report>),
    /// What decoded frames may take.
    pub(super) frame_budget_bytes: u64,
}

impl EventLoop {
    /// Makes the loop with its lookup thread.
    pub(super) fn new(start: Start) -> std::io::Result<Self> {
        let (questions_out, questions_in) = crossbeam_channel::bounded(1);
        let (reports_in, reports) = start.reports;
        let lookup = {
            let (store, reports) = (start.store.clone(), reports_in.clone());
            std::thread::Builder::new()
                .name("lookup".to_owned())
                .spawn(move || lookup::run(&store, &questions_in, &reports))?
        };
        Ok(Self {
            options: start.options,
            store: start.store,
            lock: start.lock,
            outbox: start.outbox,
            commands: start.commands,
            reports,
            reports_in,
            questions: VecDeque::new(),
            questions_out,
            lookup,
            lookup_busy: false,
            studies: OpenStudies::default(),
            frames: FrameQueue::new(start.frame_budget_bytes),
            thumbnails: ThumbnailQueue::default(),
            decoders: None,
            jobs: Activities::default(),
            node: NodeDesk::new(),
            print: PrintDesk::default(),
            sends: SendDesk::default(),
            arrivals: Arrivals::default(),
            drawer: None,
            changes: Pace::new(CHANGES_INTERVAL),
            counters: Pace::new(CHANGES_INTERVAL),
            refresh: Pace::new(REFRESH_INTERVAL),
            last_pulse: None,
            space_told: 0,
            space_is_short: false,
        })
    }

    /// Runs until the shell lets the engine go.
    pub(super) fn run(mut self) {
        let ticks = if self.options.server {
            self.questions.push_back(Question::RecoverPrints);
            self.questions
                .push_back(Question::Command(Command::ListSends));
            self.questions.push_back(Question::Pulse);
            crossbeam_channel::tick(PULSE_INTERVAL)
        } else {
            crossbeam_channel::never()
        };
        if self.options.run_node {
            self.run_node(true);
        }
        loop {
            self.advance();
            let wait = self.next_deadline();
            select! {
                recv(self.commands) -> command => match command {
                    Ok(command) => self.obey(command),
                    Err(_) => break,
                },
                recv(self.reports) -> report => if let Ok(report) = report {
                    self.note(report);
                },
                recv(ticks) -> _ => self.ask(Question::Pulse),
                default(wait) => {}
            }
        }
        self.shut_down();
    }

    fn next_deadline(&self) -> Duration {
        let now = Instant::now();
        [&self.changes, &self.counters, &self.refresh]
            .into_iter()
            .filter_map(|pace| pace.wait(now))
            .min()
            // Nothing is due: only messages wake the loop.
            .unwrap_or(Duration::from_secs(3600))
    }

    pub(super) fn tell(&self, events: impl IntoIterator<Item = Event>) {
        self.outbox.put(events);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::OpenStudy(study) => {
                let known = self.studies.open(study.clone());
                self.ask(Question::Command(Command::OpenStudy(study)));
                self.tell(known.map(Event::StudyOpened));
                self.read_next_study();
            }
            Command::CloseStudy(study) => {
                let objects = self.studies.close(&study);
                let told = self.frames.forget(&objects);
                self.tell_frames(told);
                self.counters.want();
            }
            Command::WantFrames(wished) => {
                let told = self.frames.wish(wished);
                self.tell_frames(told);
            }
            Command::WantThumbnails(wished) => {
                let told = self.thumbnails.wish(wished);
                self.tell(told);
            }
            Command::Start(id, job) => match self.jobs.enqueue(id, job) {
                Ok(report) => self.tell([Event::JobStarted(id, report)]),
                Err(failure) => self.tell([Event::JobFinished(id, failed(failure))]),
            },
            Command::Cancel(id) => self.cancel_job(id),
            Command::RunNode(run) => self.run_node(run),
            Command::DrawFilm(token, page) => self.draw_film(token, page),
            Command::ServePrinter(options) => self.serve_printer(options),
            Command::DecidePrint(job, PrintDecision::Hold | PrintDecision::Remove)
                if self.print.running() == Some(job) =>
            {
                self.interrupt_print(job);
            }
            Command::DecideSend(job, decision) => {
                // First it is written down, then the attempt under way ends.
                self.ask(Question::Command(Command::DecideSend(job, decision)));
                self.interrupt_send(job, decision);
            }
            question => self.ask(Question::Command(question)),
        }
    }

    pub(super) fn cancel_job(&mut self, id: JobId) {
        match self.jobs.cancel(id) {
            Cancelled::Gone => self.finish(id, failed(cancelled())),
            Cancelled::Soon => {}
            Cancelled::AtNode => self.node.tell(NodeRequest::Cancel(id.0)),
        }
    }

    pub(super) fn ask(&mut self, question: Question) {
        match &question {
            // Only the newest window into the list matters: typing never queues up.
            Question::Command(Command::ListStudies(_)) => self
                .questions
                .retain(|waiting| !matches!(waiting, Question::Command(Command::ListStudies(_)))),
            Question::Command(Command::CountHeld(_)) => self
                .questions
                .retain(|waiting| !matches!(waiting, Question::Command(Command::CountHeld(_)))),
            Question::Pulse => self
                .questions
                .retain(|waiting| !matches!(waiting, Question::Pulse)),
            Question::Command(Command::ListPrintJobs) => self
                .questions
                .retain(|waiting| !matches!(waiting, Question::Command(Command::ListPrintJobs))),
            Question::Command(Command::ListSends) => self
                .questions
                .retain(|waiting| !matches!(waiting, Question::Command(Command::ListSends))),
            Question::Command(_)
            | Question::RecoverPrints
            | Question::PrintEnded(..)
            | Question::NoteSent(_)
            | Question::SendEnded { .. } => {}
        }
        // What became of objects is never lost; a shell that asks too much is told so.
        let must_be_kept = matches!(
            question,
            Question::NoteSent(_) | Question::SendEnded { .. } | Question::PrintEnded(..)
        );
        if self.questions.len() >= QUESTIONS_MAX && !must_be_kept {
            let message = "the store has too many questions to answer";
            let failure = Failure::new(FailureKind::Environment, message);
            self.tell([Event::Refused(failure)]);
        } else {
            self.questions.push_back(question);
        }
    }

    fn run_node(&mut self, run: bool) {
        let request = if run {
            NodeRequest::Listen(listen_options(&self.options.listen))
        } else {
            NodeRequest::StopListening
        };
        if let Err(failure) = self.node.ask(request, &self.store, &self.reports_in) {
            let state = super::NodeState::Failed(failure.message);
            self.tell([Event::NodeState(state)]);
        }
    }

    fn note(&mut self, report: Report) {
        match report {
            Report::Answered(answer) => self.note_answer(answer),
            Report::Pulse(pulse) => {
                self.lookup_busy = false;
                self.note_pulse(pulse);
            }
            Report::StudyRead(study, result) => self.note_study(&study, result),
            Report::Decoded(key, result) => {
                self.note_worker_free();
                let told = self.frames.finished(key, result);
                self.tell_frames(told);
                self.counters.want();
            }
            Report::ThumbnailMade(series, result) => {
                self.note_worker_free();
                let told = self.thumbnails.finished(series, result);
                self.tell(told);
            }
            Report::FilmDrawn(token, drawn) => self.note_film(token, drawn),
            Report::JobProgress(id, progress) => self.tell([Event::JobProgressed(id, progress)]),
            Report::JobEnded(id, end) => self.note_job_end(id, *end),
            Report::Node(event) => self.note_node(event),
            Report::Drained => {}
        }
    }

    fn note_answer(&mut self, answer: Answer) {
        self.lookup_busy = false;
        self.tell(answer.events);
        if answer.studies_changed {
            self.note_studies_changed();
        }
        if let Some(next) = answer.next_print {
            self.start_print(next);
        }
        if answer.notes_written {
            self.sends.written();
        }
        self.start_sends(answer.next_sends);
        if answer.reconfigure {
            self.node.tell(NodeRequest::Reconfigure);
        }
    }

    fn note_studies_changed(&mut self) {
        self.changes.want();
        self.refresh.want();
        self.thumbnails.retry();
    }

    fn note_pulse(&mut self, pulse: Result<Pulse, Failure>) {
        let pulse = match pulse {
            Ok(pulse) => pulse,
            Err(failure) => {
                tracing::warn!("{failure}");
                return;
            }
        };
        if let Some(last) = &self.last_pulse
            && last.data_version != pulse.data_version
        {
            self.note_studies_changed();
            self.node.tell(NodeRequest::Reconfigure);
        }
        // Another process may have queued, released or settled a job.
        if pulse.next_print.is_some() && self.print.running().is_none() {
            self.list_print_jobs();
        }
        if self.last_pulse.is_none()
            || self.space_told.abs_diff(pulse.space.free) >= SPACE_STEP_BYTES
        {
            self.space_told = pulse.space.free;
            self.tell([Event::DiskSpace(pulse.space.free, pulse.space.total)]);
        }
        // Warned at twice the minimum, so that there is time to act before objects are refused.
        let short = pulse.space.free < pulse.minimum_free.saturating_mul(2);
        if short && !self.space_is_short {
            let message = format!(
                "disk nearly full: {} MiB free, objects are refused below {} MiB",
                pulse.space.free >> 20,
                pulse.minimum_free >> 20
            );
            self.tell([Event::Notice(Failure::new(
                FailureKind::Environment,
                message,
            ))]);
        }
        self.space_is_short = short;
        self.start_sends(pulse.next_sends.clone());
        self.clean_up(&pulse.clean_up);
        self.last_pulse = Some(pulse);
    }

    pub(super) fn note_study(
        &mut self,
        study: &StudyInstanceUid,
        result: Result<Option<super::StudyContents>, Failure>,
    ) {
        let contents = match result {
            Ok(Some(contents)) => Some(contents),
            Ok(None) => {
                let message = format!("open: no such study: {study}");
                self.tell([Event::Refused(Failure::new(FailureKind::Input, message))]);
                None
            }
            Err(failure) => {
                self.tell([Event::Refused(failure)]);
                None
            }
        };
        if let Some(contents) = self.studies.read(study, contents) {
            self.frames.rewind();
            self.tell([Event::StudyOpened(contents)]);
        }
    }

    fn note_worker_free(&mut self) {
        if let Some(decoders) = &mut self.decoders {
            decoders.note_done();
        }
    }

    fn note_job_end(&mut self, id: JobId, end: JobEnd) {
        let Some(cancellation) = self.jobs.thread_ended(id) else {
            return;
        };
        let (request, at_node) = match end {
            JobEnd::Finished(outcome) => return self.finish(id, outcome),
            JobEnd::AtNode(goes_on) => *goes_on,
        };
        if cancellation.is_cancelled() {
            return self.finish(id, failed(cancelled()));
        }
        match self.node.ask(request, &self.store, &self.reports_in) {
            Ok(()) => self.jobs.hand_to_node(id, cancellation, at_node),
            Err(failure) => self.finish(id, failed(failure)),
        }
    }

    pub(super) fn finish(&mut self, id: JobId, outcome: Outcome) {
        // Import and delete change the list; for the others the question costs little.
        self.note_studies_changed();
        if let Some(queued) = self.print.ended(id) {
            let words = outcome
                .result
                .as_ref()
                .err()
                .map(|failure| failure.message.clone());
            self.ask(Question::PrintEnded(queued, words));
        }
        self.end_send(id, &outcome);
        self.tell([Event::JobFinished(id, outcome)]);
    }

    fn note_node(&mut self, event: NodeEvent) {
        match event {
            NodeEvent::EchoDone { request, result } => {
                if let Some(at_node) = self.jobs.node_ended(request) {
                    self.finish(JobId(request), jobs::echo::outcome(&at_node, result));
                }
            }
            NodeEvent::PeerTested {
                request,
                mut report,
            } => {
                if let Some(at_node) = self.jobs.node_ended(request) {
                    if let Some((address, _)) = self.node.listening() {
                        report.our_port = address.port();
                    }
                    let outcome = jobs::test_peer::outcome(&at_node, &report);
                    self.finish(JobId(request), outcome);
                }
            }
            NodeEvent::Matches { request, matches } => {
                let progress = self.jobs.note_matches(request, matches.len());
                let id = JobId(request);
                if let Some(progress) = progress {
                    self.tell([
                        Event::Matches(id, Arc::new(matches)),
                        Event::JobProgressed(id, progress),
                    ]);
                }
            }
            NodeEvent::FindDone { request, result } => {
                if let Some(at_node) = self.jobs.node_ended(request) {
                    self.finish(JobId(request), jobs::find::outcome(&at_node, result));
                }
            }
            NodeEvent::RetrieveProgress { request, counters } => {
                let id = JobId(request);
                let progress = jobs::retrieve::progress(&counters);
                self.tell([
                    Event::SubOperations(id, counters),
                    Event::JobProgressed(id, progress),
                ]);
            }
            NodeEvent::RetrieveDone { request, result } => {
                if let Some(at_node) = self.jobs.node_ended(request) {
                    let counters = result.as_ref().map(|report| report.counters);
                    let told = counters.map(|told| Event::SubOperations(JobId(request), told));
                    self.tell(told);
                    self.finish(JobId(request), jobs::retrieve::outcome(&at_node, result));
                }
            }
            NodeEvent::StoreProgress { request, object } => {
                self.note_store_result(request, object);
            }
            NodeEvent::Committed { request, result } => self.note_commitment(request, result),
            event @ (NodeEvent::PrintProgress { .. }
            | NodeEvent::PrinterListening { .. }
            | NodeEvent::PrinterFailed(_)
            | NodeEvent::PrinterStopped
            | NodeEvent::FilmKept(_)
            | NodeEvent::PrintDone { .. }) => self.note_printing(event),
            NodeEvent::StoreDone { request, result } => {
                if let Some(at_node) = self.jobs.node_ended(request) {
                    self.finish(JobId(request), jobs::send::outcome(&at_node, result));
                }
            }
            event => {
                if matches!(event, NodeEvent::Stored { .. }) {
                    self.note_studies_changed();
                }
                let moved = matches!(
                    event,
                    NodeEvent::Listening { .. }
                        | NodeEvent::ListenFailed(_)
                        | NodeEvent::ListenStopped
                );
                let arrival = self.arrivals.observe(&event);
                self.tell(arrival);
                let events = self.node.observe(event);
                self.tell(events);
                if moved {
                    self.describe_lock();
                }
            }
        }
    }

    fn describe_lock(&mut self) {
        let text = station::describe(self.node.listening());
        if let Some(lock) = &mut self.lock
            && let Err(error) = lock.describe(&text)
        {
            tracing::warn!("the lock could not be described: {error}");
        }
    }

    pub(super) fn tell_frames(&self, told: Vec<Told>) {
        self.tell(told.into_iter().map(|told| match told {
            Told::Ready(key, frame) => Event::FrameReady(key, frame),
            Told::Failed(key, reason) => Event::FrameFailed(key, reason),
            Told::Evicted(keys) => Event::FramesEvicted(keys),
        }));
    }
}
