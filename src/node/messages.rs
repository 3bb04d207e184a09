//! What can be asked of the node and what it tells: plain data, one closed enum each way.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use super::facts::AssociationFacts;
use super::scp::print::{FilmOnDisk, PrinterOptions};
pub use super::scu::find::FindQuery;
pub use super::scu::peer_test::{Advice, PeerTestReport, TestPlan, TestStep};
use super::scu::print::{PrintOrder, PrintProgress, PrintReport};
pub use super::scu::retrieve::{RetrieveQuery, RetrieveWay};
use crate::dicom::{AeTitle, DataSet, SopClassUid, SopInstanceUid, Status};
use crate::store::Peer;
use crate::store::commitment::Referenced;

/// What a peer said about instances: safe, why not, or `None` when it said nothing in time.
pub type CommitmentAnswers = Vec<(SopInstanceUid, Option<Result<(), Status>>)>;

/// Everything the node can be asked. Answers come as [`NodeEvent`]s.
#[derive(Debug, Clone)]
pub enum NodeRequest {
    /// Starts listening; answered by `Listening` or `ListenFailed`. A listener already there is replaced.
    Listen(ListenOptions),
    /// Stops accepting; associations at work go on. Answered by `ListenStopped`.
    StopListening,
    /// Settings or the access list changed: they are read again from the store.
    Reconfigure,
    /// C-ECHO; answered by one `EchoDone`.
    Echo {
        /// Named by who asks; comes back in the answer.
        request: u64,
        /// Whom.
        target: Target,
        /// As whom.
        calling: AeTitle,
    },
    /// Every step from a peer's name to an image that comes back (D2); answered by one `PeerTested`.
    TestPeer {
        /// Named by who asks; comes back in the answer.
        request: u64,
        /// Whom.
        target: Target,
        /// As whom.
        calling: AeTitle,
        /// How far.
        plan: TestPlan,
    },
    /// C-STORE of files, in their stored syntax where the peer takes it; answered by a `StoreProgress` per object and one `StoreDone`.
    Store {
        /// Named by who asks; comes back in the answers.
        request: u64,
        /// To whom.
        target: Target,
        /// As whom.
        calling: AeTitle,
        /// What, in this order per association.
        objects: Vec<StoreItem>,
        /// Whether to ask for storage commitment of what was sent, and wait for the report.
        commit: bool,
        /// What the peer has already and is to be asked about too.
        there: Vec<Referenced>,
    },
    /// Prints films; answered by `PrintProgress` and one `PrintDone`.
    Print {
        /// Named by who asks; comes back in the answers.
        request: u64,
        /// On which printer.
        target: Target,
        /// As whom.
        calling: AeTitle,
        /// What.
        order: Arc<PrintOrder>,
        /// The job of the durable queue, whose pages are noted.
        queued: Option<i64>,
    },
    /// Starts the virtual printer; answered by `PrinterListening` or `PrinterFailed`, then a `FilmKept` for each film.
    ServePrinter(PrinterOptions),
    /// Stops it; answered by `PrinterStopped`.
    StopPrinter,
    /// C-FIND; answered by `Matches` as they come and one `FindDone`.
    Find {
        /// Named by who asks; comes back in the answers.
        request: u64,
        /// Whom.
        target: Target,
        /// As whom.
        calling: AeTitle,
        /// What.
        query: FindQuery,
    },
    /// C-MOVE or C-GET; answered by `RetrieveProgress` as it goes and one `RetrieveDone`.
    Retrieve {
        /// Named by who asks; comes back in the answers.
        request: u64,
        /// Whom.
        target: Target,
        /// As whom.
        calling: AeTitle,
        /// What, and how.
        query: RetrieveQuery,
    },
    /// Ends an operation early; it still answers with its `...Done`.
    Cancel(u64),
}

/// How to listen; what is `None` is as the settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListenOptions {
    /// Address to bind.
    pub bind: Option<IpAddr>,
    /// Port; 0 takes a free one.
    pub port: Option<u16>,
    /// Our AE title.
    pub ae_title: Option<AeTitle>,
    /// Whether calling AE titles outside the access list may talk.
    pub accept_unknown: Option<bool>,
    /// TLS instead of what the settings say.
    pub tls: Option<ListenTls>,
}

/// With what to answer TLS (PS3.15 annex B, BCP 195).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenTls {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Only callers with a certificate of these authorities are let in.
    pub client_authorities: Option<PathBuf>,
}

/// A remote application entity to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Called AE title.
    pub ae_title: AeTitle,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS, and by whose word.
    pub tls: Option<TargetTls>,
}

/// How to call by TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetTls {
    /// Authorities that must have signed the peer's certificate, PEM; else those of the settings or the system.
    pub authorities: Option<PathBuf>,
}

impl From<&Peer> for Target {
    fn from(peer: &Peer) -> Self {
        let authorities = Some(&peer.tls_ca).filter(|path| !path.is_empty());
        Self {
            ae_title: peer.ae_title.clone(),
            host: peer.host.clone(),
            port: peer.port,
            tls: peer.tls.then(|| TargetTls {
                authorities: authorities.map(PathBuf::from),
            }),
        }
    }
}

/// One file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreItem {
    /// The file.
    pub path: PathBuf,
    /// Found in a folder, not named: if it is no DICOM object, it is passed over.
    pub found_in_folder: bool,
}

/// Everything the node tells.
#[derive(Debug, Clone)]
pub enum NodeEvent {
    /// The listener is ready.
    Listening {
        /// Address and port really bound.
        address: SocketAddr,
        /// Our AE title.
        ae_title: AeTitle,
    },
    /// The listener could not be started, in words.
    ListenFailed(String),
    /// The listener is closed.
    ListenStopped,
    /// An object arrived and is durable.
    Stored {
        /// Which.
        sop_instance_uid: SopInstanceUid,
        /// What the store remarked: kept with a warning, or put aside; no patient data.
        remark: Option<String>,
    },
    /// A peer opened an association.
    Opened {
        /// Counts up from 1 while the node runs.
        association: u64,
        /// The peer's title.
        calling: AeTitle,
        /// The peer's address.
        host: String,
        /// What was agreed on.
        facts: Arc<AssociationFacts>,
    },
    /// An association that had been opened ended.
    Closed {
        /// As in `Opened`.
        association: u64,
        /// The peer's title.
        calling: AeTitle,
        /// Objects answered with success or a warning.
        stored: u64,
        /// Objects answered with a failure.
        failed: u64,
        /// How often objects were answered with which status, other than success.
        statuses: Vec<(u16, u64)>,
        /// `released`, or why it was aborted, in words.
        how: String,
    },
    /// A caller was turned away.
    Refused {
        /// Its title as sent, printable characters only.
        calling: String,
        /// Its address.
        host: String,
        /// Why, in words.
        reason: String,
        /// Whether putting the title on the access list would let it in.
        curable: bool,
    },
    /// A C-ECHO ended.
    EchoDone {
        /// As asked.
        request: u64,
        /// The answer, or the step that failed.
        result: Result<EchoReport, StepFailure>,
    },
    /// A test of a peer ended.
    PeerTested {
        /// As asked.
        request: u64,
        /// What it found.
        report: PeerTestReport,
    },
    /// One object of a C-STORE request was dealt with.
    StoreProgress {
        /// As asked.
        request: u64,
        /// What became of it.
        object: StoreResult,
    },
    /// The peer's word about the objects of a C-STORE request, before its `StoreDone`: safe, why not, or nothing in time.
    Committed {
        /// As asked.
        request: u64,
        /// Per instance, or the step that failed for all.
        result: Result<CommitmentAnswers, StepFailure>,
    },
    /// The virtual printer is ready.
    PrinterListening {
        /// Address and port really bound.
        address: SocketAddr,
        /// Its AE title.
        ae_title: AeTitle,
    },
    /// The virtual printer could not be started, in words.
    PrinterFailed(String),
    /// The virtual printer has stopped.
    PrinterStopped,
    /// The virtual printer has printed.
    FilmKept(FilmOnDisk),
    /// A print job went on.
    PrintProgress {
        /// As asked.
        request: u64,
        /// How.
        progress: PrintProgress,
    },
    /// A print job ended.
    PrintDone {
        /// As asked.
        request: u64,
        /// How.
        report: PrintReport,
    },
    /// A C-STORE request ended; every object had its `StoreProgress`.
    StoreDone {
        /// As asked.
        request: u64,
        /// `Ok` when the peer was reached, whatever became of the objects.
        result: Result<StoreReport, StepFailure>,
    },
    /// Matches of a query, in the peer's order.
    Matches {
        /// As asked.
        request: u64,
        /// The next ones.
        matches: Vec<DataSet>,
    },
    /// A query ended; all its matches were told.
    FindDone {
        /// As asked.
        request: u64,
        /// `Ok` when the peer answered to the end, whatever its status.
        result: Result<FindReport, StepFailure>,
    },
    /// A retrieval went on.
    RetrieveProgress {
        /// As asked.
        request: u64,
        /// As the peer counts.
        counters: SubOperations,
    },
    /// A retrieval ended.
    RetrieveDone {
        /// As asked.
        request: u64,
        /// `Ok` when the peer answered to the end, whatever its status.
        result: Result<RetrieveReport, StepFailure>,
    },
}

/// What a C-ECHO found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EchoReport {
    /// DIMSE status, 0000 for success.
    pub status: u16,
    /// From request to response, in milliseconds, without connecting.
    pub ms: f64,
}

/// How a query ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindReport {
    /// Matches told.
    pub matches: u64,
    /// Matches that were no data sets.
    pub unreadable: u64,
    /// The last DIMSE status; 0000 when we ended it ourselves.
    pub status: u16,
    /// The peer's Error Comment.
    pub comment: Option<String>,
    /// Whether the limit was reached, so that there may be more.
    pub more: bool,
    /// Whether the peer said that it did not support some keys (FF01).
    pub keys_ignored: bool,
    /// Whether it was stopped on request.
    pub cancelled: bool,
}

/// Counters of sub-operations (PS3.7 §9.1.4.1); `None` where the peer never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubOperations {
    /// Not begun.
    pub remaining: Option<u32>,
    /// Done.
    pub completed: Option<u32>,
    /// Failed.
    pub failed: Option<u32>,
    /// Done with a remark.
    pub warning: Option<u32>,
}

impl std::fmt::Display for SubOperations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told = |count: Option<u32>| count.map_or_else(|| "?".to_owned(), |c| c.to_string());
        write!(
            f,
            "{} completed, {} failed, {} with warning, {} remaining",
            told(self.completed),
            told(self.failed),
            told(self.warning),
            told(self.remaining)
        )
    }
}

/// How a retrieval ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetrieveReport {
    /// The last DIMSE status; 0000 when we ended it ourselves.
    pub status: u16,
    /// The peer's Error Comment.
    pub comment: Option<String>,
    /// As last told.
    pub counters: SubOperations,
    /// Failed SOP Instance UID List (0008,0058).
    pub failed_instances: Vec<String>,
    /// Whether that list was there and could not be read.
    pub unreadable: bool,
    /// Instances of what was asked for that are in our store now, when it was to come here.
    pub kept: Option<u64>,
    /// Whether it was stopped on request.
    pub cancelled: bool,
    /// Our address as the peer reaches us, when it did not know us as a destination.
    pub own_host: Option<String>,
}

/// Which step of an operation failed, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{step}: {reason}")]
pub struct StepFailure {
    /// `look-up`, `connect`, `tls`, `association`, `echo`, `find`, `move`, `get`, `store`, `commitment`, `cancelled`.
    pub step: &'static str,
    /// In words, with who refused.
    pub reason: String,
}

/// How one object fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// The peer answered 0000.
    Sent,
    /// The peer answered with a warning and kept it.
    Warning,
    /// The peer refused it, or it never got there.
    Failed,
    /// Found in a folder and no DICOM object: nothing to send.
    Skipped,
}

/// Whether another attempt may help an object that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It got its answer, or cannot be sent.
    Never,
    /// The peer has no room now (A7xx).
    Later,
    /// The association ended while it was sent.
    Interrupted,
    /// Nothing of it was sent.
    NotBegun,
}

/// What became of one object of a C-STORE request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreResult {
    /// The file.
    pub path: PathBuf,
    /// Its class, if the file could be read.
    pub sop_class_uid: Option<SopClassUid>,
    /// Its instance, if the file could be read.
    pub sop_instance_uid: Option<SopInstanceUid>,
    /// How it fared.
    pub outcome: StoreOutcome,
    /// The peer's DIMSE status, if it answered.
    pub status: Option<u16>,
    /// The status in words with the peer's Error Comment, or why it never got an answer; empty for plain success.
    pub reason: String,
    /// Whether another attempt may help.
    pub again: Again,
}

/// Final counts of a C-STORE request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreReport {
    /// Objects answered 0000.
    pub sent: u64,
    /// Objects answered with a warning.
    pub warning: u64,
    /// Objects refused or not delivered.
    pub failed: u64,
    /// Files found in folders that are no DICOM objects.
    pub skipped: u64,
    /// Whether it was cancelled before the end.
    pub cancelled: bool,
}
