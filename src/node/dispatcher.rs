//! The node's loop: takes requests one by one, starts what they ask for, and ends it all in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::commitments;
use super::handle::Report;
use super::listener::{self, Station};
use super::messages::{
    FindQuery, ListenOptions, ListenTls, NodeEvent, NodeRequest, PeerTestReport, RetrieveQuery,
    StepFailure, StoreItem, StoreReport, Target, TestPlan,
};
use super::scp;
use super::scu::{self, connect::Call};
use super::shared::Shared;
use super::tls::Acceptor;
use crate::dicom::AeTitle;
use crate::store::commitment::Referenced;
use crate::store::{Settings, Store};

/// How long associations may go on when the node ends.
const GRACE: Duration = Duration::from_secs(5);
/// How long aborting may take after that.
const ABORT_TIME: Duration = Duration::from_secs(1);

/// The listener at work.
struct Listening {
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// Delivers commitment reports.
    reports: JoinHandle<()>,
    /// As it was asked for.
    options: ListenOptions,
}

/// The virtual printer at work.
struct Printer {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct Dispatcher {
    shared: Shared,
    settings: watch::Sender<Arc<Settings>>,
    listening: Option<Listening>,
    printer: Option<Printer>,
    operations: HashMap<u64, CancellationToken>,
    finished: mpsc::Sender<u64>,
}

/// Runs until the handle lets go of `requests`.
pub async fn run(
    store: Store,
    settings: Settings,
    report: Report,
    mut requests: mpsc::Receiver<NodeRequest>,
) {
    let (settings, settings_seen) = watch::channel(Arc::new(settings));
    let (alive, mut all_ended) = mpsc::channel(1);
    let shared = Shared::new(store, report, settings_seen, alive);
    let (finished, mut finished_operations) = mpsc::channel(16);
    let (stop, kill) = (shared.stop.clone(), shared.kill.clone());
    let mut dispatcher = Dispatcher {
        shared,
        settings,
        listening: None,
        printer: None,
        operations: HashMap::new(),
        finished,
    };
    loop {
        tokio::select! {
            request = requests.recv() => match request {
                Some(request) => dispatcher.serve(request).await,
                None => break,
            },
            Some(request) = finished_operations.recv() => {
                dispatcher.operations.remove(&request);
            }
        }
    }
    dispatcher.stop_listening().await;
    dispatcher.stop_printer().await;
    stop.cancel();
    drop(dispatcher);
    drop(finished_operations);
    // Every association and operation holds a sender; the channel closes with the last of them.
    if tokio::time::timeout(GRACE, all_ended.recv()).await.is_err() {
        kill.cancel();
        if tokio::time::timeout(ABORT_TIME, all_ended.recv())
            .await
            .is_err()
        {
            tracing::warn!("associations were cut off");
        }
    }
}

impl Dispatcher {
    async fn serve(&mut self, request: NodeRequest) {
        match request {
            NodeRequest::Listen(options) => self.listen(options).await,
            NodeRequest::StopListening => {
                self.stop_listening().await;
                self.shared.tell(NodeEvent::ListenStopped);
            }
            NodeRequest::Reconfigure => self.read_settings().await,
            NodeRequest::Echo {
                request,
                target,
                calling,
            } => self.echo(request, target, calling),
            NodeRequest::TestPeer {
                request,
                target,
                calling,
                plan,
            } => self.test_peer(request, self.call(target, calling), plan),
            NodeRequest::Store {
                request,
                target,
                calling,
                objects,
                commit,
                there,
            } => {
                let call = self.call(target, calling);
                self.store(request, call, objects, commit.then_some(there));
            }
            NodeRequest::Print {
                request,
                target,
                calling,
                order,
                queued,
            } => {
                let call = self.call(target, calling);
                let (shared, stop) = (self.shared.clone(), self.begin(request));
                let finished = self.finished.clone();
                tokio::spawn(async move {
                    let printing = scu::print::Printing {
                        call,
                        shared: &shared,
                        request,
                        order,
                        queued,
                        stop,
                    };
                    // Cut off, the pages stay as they were noted: one that was being sent is uncertain.
                    let report = tokio::select! {
                        report = printing.run() => report,
                        () = shared.kill.cancelled() => scu::print::PrintReport {
                            failure: Some(("cancelled".to_owned(), program_ends().reason)),
                            cancelled: true,
                            ..scu::print::PrintReport::default()
                        },
                    };
                    shared.tell(NodeEvent::PrintDone { request, report });
                    forget(&finished, request).await;
                });
            }
            NodeRequest::ServePrinter(options) => {
                self.stop_printer().await;
                let stop = self.shared.stop.child_token();
                let task =
                    tokio::spawn(scp::print::run(options, self.shared.clone(), stop.clone()));
                self.printer = Some(Printer { stop, task });
            }
            NodeRequest::StopPrinter => self.stop_printer().await,
            NodeRequest::Find {
                request,
                target,
                calling,
                query,
            } => self.find(request, self.call(target, calling), query),
            NodeRequest::Retrieve {
                request,
                target,
                calling,
                query,
            } => self.retrieve(request, self.call(target, calling), query),
            NodeRequest::Cancel(request) => {
                if let Some(stop) = self.operations.get(&request) {
                    stop.cancel();
                }
            }
        }
    }

    fn echo(&mut self, request: u64, target: Target, calling: AeTitle) {
        let call = self.call(target, calling);
        let (shared, stop) = (self.shared.clone(), self.begin(request));
        let finished = self.finished.clone();
        tokio::spawn(async move {
            let result = tokio::select! {
                result = scu::echo::run(&call, &stop) => result,
                () = stop.cancelled() => Err(StepFailure {
                    step: "cancelled",
                    reason: "before the peer answered".to_owned(),
                }),
            };
            shared.tell(NodeEvent::EchoDone { request, result });
            forget(&finished, request).await;
        });
    }

    fn test_peer(&mut self, request: u64, call: Call, plan: TestPlan) {
        let (shared, stop) = (self.shared.clone(), self.begin(request));
        let finished = self.finished.clone();
        tokio::spawn(async move {
            let report = tokio::select! {
                report = scu::peer_test::run(&call, &plan, &shared, &stop) => report,
                () = stop.cancelled() => PeerTestReport::default(),
            };
            shared.tell(NodeEvent::PeerTested { request, report });
            forget(&finished, request).await;
        });
    }

    /// On a thread of its own, because files are read between messages.
    fn store(
        &mut self,
        request: u64,
        call: Call,
        objects: Vec<StoreItem>,
        commit: Option<Vec<Referenced>>,
    ) {
        let (shared, stop) = (self.shared.clone(), self.begin(request));
        let finished = self.finished.clone();
        let failed = shared.clone();
        let started = start_thread("send", async move {
            let result = tokio::select! {
                result = send(call, &shared, request, stop, objects, commit) => result,
                () = shared.kill.cancelled() => Err(program_ends()),
            };
            shared.tell(NodeEvent::StoreDone { request, result });
            forget(&finished, request).await;
        });
        if let Err(error) = started {
            let result = Err(StepFailure {
                step: "connect",
                reason: format!("no thread: {error}"),
            });
            failed.tell(NodeEvent::StoreDone { request, result });
        }
    }

    fn find(&mut self, request: u64, call: Call, query: FindQuery) {
        let (shared, stop) = (self.shared.clone(), self.begin(request));
        let finished = self.finished.clone();
        tokio::spawn(async move {
            let result = tokio::select! {
                result = scu::find::run(&call, &query, &shared, request, &stop) => result,
                () = shared.kill.cancelled() => Err(program_ends()),
            };
            shared.tell(NodeEvent::FindDone { request, result });
            forget(&finished, request).await;
        });
    }

    /// On a thread of its own, because C-GET writes to the disk between messages.
    fn retrieve(&mut self, request: u64, call: Call, query: RetrieveQuery) {
        let (shared, stop) = (self.shared.clone(), self.begin(request));
        let finished = self.finished.clone();
        let failed = shared.clone();
        let started = start_thread("retrieve", async move {
            let result = tokio::select! {
                result = scu::retrieve::run(&call, &query, &shared, request, &stop) => result,
                () = shared.kill.cancelled() => Err(program_ends()),
            };
            shared.tell(NodeEvent::RetrieveDone { request, result });
            forget(&finished, request).await;
        });
        if let Err(error) = started {
            let result = Err(StepFailure {
                step: "connect",
                reason: format!("no thread: {error}"),
            });
            failed.tell(NodeEvent::RetrieveDone { request, result });
        }
    }

    fn call(&self, target: Target, calling: AeTitle) -> Call {
        Call {
            target,
            calling,
            settings: self.shared.settings(),
        }
    }

    fn begin(&mut self, request: u64) -> CancellationToken {
        let stop = self.shared.stop.child_token();
        self.operations.insert(request, stop.clone());
        stop
    }

    async fn read_settings(&mut self) {
        match self.shared.ask(Store::settings).await {
            Ok(settings) => {
                let before = self.settings.send_replace(Arc::new(settings));
                let moved = listens_differently(&before, &self.shared.settings());
                if let (true, Some(listening)) = (moved, &self.listening) {
                    self.listen(listening.options.clone()).await;
                }
            }
            Err(error) => tracing::error!(%error, "the settings cannot be read"),
        }
    }

    async fn listen(&mut self, options: ListenOptions) {
        self.stop_listening().await;
        let settings = self.shared.settings();
        let bind = options.bind.unwrap_or(settings.station_bind);
        let port = options.port.unwrap_or(settings.station_port);
        let tls = match options.tls.clone().or_else(|| configured_tls(&settings)) {
            Some(files) => match Acceptor::read(&files) {
                Ok(acceptor) => Some(acceptor),
                Err(error) => {
                    self.shared
                        .tell(NodeEvent::ListenFailed(format!("TLS: {error}")));
                    return;
                }
            },
            None => None,
        };
        let station = Station {
            tls,
            ae_title: options
                .ae_title
                .clone()
                .unwrap_or_else(|| settings.station_ae_title.clone()),
            accept_unknown: options.accept_unknown,
        };
        let bound = TcpListener::bind((bind, port)).await;
        let (listener, address) =
            match bound.and_then(|l| l.local_addr().map(|address| (l, address))) {
                Ok(bound) => bound,
                Err(error) => {
                    let what = format!("cannot listen on {bind} port {port}: {error}");
                    self.shared.tell(NodeEvent::ListenFailed(what));
                    return;
                }
            };
        let stop = self.shared.stop.child_token();
        let ae_title = station.ae_title.clone();
        let reports = commitments::run(self.shared.clone(), ae_title.clone(), stop.clone());
        let reports = tokio::spawn(reports);
        let task = tokio::spawn(listener::run(
            listener,
            self.shared.clone(),
            station,
            stop.clone(),
        ));
        self.listening = Some(Listening {
            stop,
            task,
            reports,
            options,
        });
        self.shared.tell(NodeEvent::Listening { address, ae_title });
    }

    async fn stop_printer(&mut self) {
        if let Some(printer) = self.printer.take() {
            printer.stop.cancel();
            if printer.task.await.is_err() {
                tracing::error!("the virtual printer panicked");
            }
        }
    }

    async fn stop_listening(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.stop.cancel();
            if listening.task.await.is_err() {
                tracing::error!("the listener panicked");
            }
            if listening.reports.await.is_err() {
                tracing::error!("the delivery of commitment reports panicked");
            }
        }
    }
}

/// Sends objects, and then asks for their commitment, and that of what is there already, if that is wanted.
async fn send(
    call: Call,
    shared: &Shared,
    request: u64,
    stop: CancellationToken,
    objects: Vec<StoreItem>,
    commit: Option<Vec<Referenced>>,
) -> Result<StoreReport, StepFailure> {
    let sending = scu::store::Sending::new(call.clone(), shared, request, stop.clone());
    let (report, kept) = sending.run(objects).await?;
    let Some(mut asked) = commit.filter(|_| !report.cancelled) else {
        return Ok(report);
    };
    asked.extend(kept);
    if !asked.is_empty() {
        let result = scu::commitment::request(&call, shared, asked, &stop).await;
        shared.tell(NodeEvent::Committed { request, result });
    }
    Ok(report)
}

/// TLS as the settings want it.
fn configured_tls(settings: &Settings) -> Option<ListenTls> {
    settings.tls_enabled.then(|| ListenTls {
        certificate: settings.tls_cert.clone().into(),
        key: settings.tls_key.clone().into(),
        client_authorities: Some(&settings.tls_client_ca)
            .filter(|path| !path.is_empty())
            .map(Into::into),
    })
}

/// Whether a listener that follows the settings has to listen anew.
fn listens_differently(before: &Settings, after: &Settings) -> bool {
    before.station_bind != after.station_bind
        || before.station_port != after.station_port
        || before.station_ae_title != after.station_ae_title
        || configured_tls(before) != configured_tls(after)
}

/// Runs an operation on a thread of its own, which may block on the disk without keeping others waiting.
fn start_thread(
    name: &str,
    operation: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || runtime.block_on(operation))?;
    Ok(())
}

fn program_ends() -> StepFailure {
    StepFailure {
        step: "cancelled",
        reason: "the program ends".to_owned(),
    }
}

async fn forget(finished: &mpsc::Sender<u64>, request: u64) {
    if finished.send(request).await.is_err() {
        tracing::trace!(request, "the node ended before the operation");
    }
}
