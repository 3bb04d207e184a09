//! What a shell can ask of the engine.

use std::path::PathBuf;

use super::print_desk::PrintDecision;
use super::printer_profile::PrinterProfile;
use super::send_desk::SendDecision;
pub use crate::dicom::query::Level;
use crate::dicom::{AeTitle, SeriesInstanceUid, SopInstanceUid, StudyInstanceUid};
use crate::imaging::FrameKey;
use crate::imaging::film::{FilmDepth, FilmPage, FilmSize, Layout, Orientation};
use crate::imaging::presentation_state::create::{ContentLabel, NewState};
use crate::node::{PrintOrder, PrintReport, PrinterOptions};
use crate::store::{Access, ConflictRow, Peer, Resolution};
pub use crate::store::{StudyFilter as StudyQuery, StudySort};

/// A long operation, named by whoever starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Everything a shell can ask. Answers come as [`super::Event`]s.
#[derive(Debug, Clone)]
pub enum Command {
    /// A window into the study list; answered by `Event::Studies`.
    ListStudies(StudyQuery),
    /// The series of one study; answered by `Event::Series`.
    ListSeries(StudyInstanceUid),
    /// The instances of one series; answered by `Event::Instances`.
    ListInstances(SeriesInstanceUid),
    /// What of the store matches query keys (`KEYWORD`, value); answered by `Event::StoreMatches` or `Event::Refused`.
    QueryStore {
        /// Studies, series or instances.
        level: Level,
        /// The keys.
        keys: Vec<(String, String)>,
        /// How many rows at most.
        limit: u64,
    },
    /// How much of these studies the store holds; answered by `Event::Held`, newer questions replace older ones.
    CountHeld(Vec<StudyInstanceUid>),
    /// Opens a study for viewing; answered by `Event::StudyOpened`, again whenever objects of it arrive until `CloseStudy`.
    OpenStudy(StudyInstanceUid),
    /// Forgets an opened study and its frames.
    CloseStudy(StudyInstanceUid),
    /// Replaces the whole wish list, most wanted first; answered by `FrameReady`/`FrameFailed`, at once for cached frames.
    WantFrames(Vec<FrameKey>),
    /// Replaces the list of wanted thumbnails (a series' middle image at its own display).
    WantThumbnails(Vec<WantedThumbnail>),
    /// Starts a long operation.
    Start(JobId, Job),
    /// Ends one early; it answers with `JobFinished`.
    Cancel(JobId),
    /// Peers and access list; answered by `Event::Peers`.
    ListPeers,
    /// Adds or replaces a peer.
    SavePeer(Peer),
    /// Removes a peer by name.
    RemovePeer(String),
    /// Lets a calling AE title in.
    Allow(Access),
    /// Takes a calling AE title off the access list.
    Deny(AeTitle),
    /// What cleaning up would delete, oldest first; answered by `Event::CleanUp`. Nothing is deleted.
    ListCleanUp,
    /// The newest lines of the audit trail; answered by `Event::Audit`.
    ListAudit {
        /// How many at most.
        limit: u64,
    },
    /// Settings as they are; answered by `Event::Settings`.
    ReadSettings,
    /// Settings as keys and values; answered by `Event::SettingPairs`.
    ListSettings,
    /// Changes settings, all or none, in one audited transaction; answered by `Event::Settings` or `Event::Refused`.
    ChangeSettings(Vec<(String, String)>),
    /// Starts the DICOM node, or stops it; answered by `Event::NodeState`.
    RunNode(bool),
    /// Printers that can be chosen; answered by `PrintNews::Printers`.
    ListPrinters,
    /// Keeps what a printer can do; answered as `ListPrinters`.
    SavePrinterProfile(String, Box<PrinterProfile>),
    /// Puts films into the durable queue; answered by `PrintNews::Jobs`. The engine that serves the store prints them.
    QueuePrint {
        /// Name of the printer.
        printer: String,
        /// What.
        order: std::sync::Arc<PrintOrder>,
    },
    /// The jobs of the queue; answered by `PrintNews::Jobs`, again whenever they change.
    ListPrintJobs,
    /// A decision about a job of the queue; answered as `ListPrintJobs`.
    DecidePrint(i64, PrintDecision),
    /// Draws a sheet at 8 bits or in colours; answered by `PrintNews::Sheet` with the same number, unless a newer one comes first.
    DrawFilm(u64, Box<FilmPage>),
    /// Starts the virtual printer, or stops it; answered by `PrintNews::Virtual`.
    ServePrinter(Option<Box<PrinterOptions>>),
    /// Puts objects of the store into the durable send queue; answered by `SendNews::Jobs`. The engine that serves the store sends them.
    QueueSend {
        /// Name of the peer.
        peer: String,
        /// Which objects.
        keys: Vec<(String, String)>,
        /// Ask for storage commitment afterwards.
        commit: bool,
    },
    /// The jobs of the send queue; answered by `SendNews::Jobs`, again whenever they change.
    ListSends,
    /// The objects of one of them; answered by `SendNews::Objects`.
    ListSendObjects(i64),
    /// A decision about one of them; answered as `ListSends`.
    DecideSend(i64, SendDecision),
    /// Protects a study from deletion, or not.
    Pin(StudyInstanceUid, bool),
    /// Objects in quarantine; answered by `Event::Conflicts`.
    ListConflicts,
    /// The two sides of a conflict; answered by `Event::ConflictCompared`.
    CompareConflict(Box<ConflictRow>),
    /// Ends a conflict, audited; answered by `Event::Conflicts` and `Event::StudiesChanged`.
    ResolveConflict(Box<ConflictRow>, Resolution),
}

/// A thumbnail wished for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedThumbnail {
    /// Of which series.
    pub series: SeriesInstanceUid,
    /// How many objects it has: while it grows, its middle moves.
    pub objects: u64,
}

impl WantedThumbnail {
    /// Whether a picture made when the series had `objects` still shows its middle: it may have grown by a quarter.
    pub fn is_shown_by(&self, objects: u64) -> bool {
        self.objects.saturating_mul(4) <= objects.saturating_mul(5)
    }
}

/// A long operation.
#[derive(Debug, Clone)]
pub enum Job {
    /// Files, folders, ZIP, DICOMDIR into the store.
    Import {
        /// What was dropped, picked or named.
        paths: Vec<PathBuf>,
        /// Leave the files where they are and remember them.
        link: bool,
    },
    /// Objects out of the store, by query keys (`KEYWORD`, value).
    Export {
        /// Where to.
        directory: PathBuf,
        /// Which.
        keys: Vec<(String, String)>,
        /// In which form.
        format: ExportFormat,
    },
    /// Objects out of the store and gone.
    Delete {
        /// Which; never empty.
        keys: Vec<(String, String)>,
    },
    /// Old studies out of the store, because the disk is nearly full. The engine starts it itself.
    CleanUp {
        /// Which.
        studies: Vec<StudyInstanceUid>,
    },
    /// Index against files, digests, orphans.
    Check {
        /// Mend what can be mended.
        repair: bool,
        /// Read every byte again.
        digests: bool,
    },
    /// C-ECHO; the outcome carries milliseconds.
    Echo {
        /// Whom.
        peer: PeerAddress,
        /// Calling AE title instead of ours.
        calling: Option<AeTitle>,
    },
    /// Every step from a peer's name to an image that comes back, with times and advice (D2).
    TestPeer {
        /// Whom.
        peer: PeerAddress,
    },
    /// C-FIND; matches come as `Event::Matches`.
    Find {
        /// Whom.
        peer: PeerAddress,
        /// Calling AE title instead of ours.
        calling: Option<AeTitle>,
        /// Where.
        level: Level,
        /// What, by DICOM keywords; an empty value asks for the attribute.
        keys: Vec<(String, String)>,
        /// How many matches at most.
        limit: Option<u64>,
    },
    /// C-MOVE to a title that the peer knows, or to us by C-MOVE or C-GET.
    Retrieve {
        /// From whom.
        peer: PeerAddress,
        /// Calling AE title instead of ours.
        calling: Option<AeTitle>,
        /// Where.
        level: Level,
        /// What, by unique keys.
        keys: Vec<(String, String)>,
        /// Where to.
        to: Destination,
    },
    /// C-STORE.
    Send {
        /// To whom.
        peer: PeerAddress,
        /// Objects of the store by keys, or files and folders.
        what: SendSource,
        /// Calling AE title instead of ours.
        calling: Option<AeTitle>,
        /// Ask for storage commitment of what was sent, and wait for the report.
        commit: bool,
    },
    /// Films on a DICOM printer.
    Print {
        /// Which printer; a job of the queue names its own.
        printer: PeerAddress,
        /// What.
        source: PrintSource,
        /// Calling AE title instead of ours.
        calling: Option<AeTitle>,
    },
    /// The printer's state and what it accepts, without printing.
    AskPrinter {
        /// Which printer.
        printer: PeerAddress,
    },
    /// What follows printing: films are kept as objects of the store. The engine starts it itself.
    FinishPrint(Box<PrintFinish>),
    /// Films on paper, through the system's spooler.
    PaperFilms {
        /// What.
        order: std::sync::Arc<PrintOrder>,
    },
    /// A view into the store as a presentation state.
    SaveState(Box<StateOrder>),
    /// Films into files: one PDF, or a PNG a page, as the name ends.
    ExportFilms {
        /// What.
        order: std::sync::Arc<PrintOrder>,
        /// Where to.
        path: PathBuf,
    },
}

/// A view to be kept as a presentation state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateOrder {
    /// What it says about its images.
    pub state: NewState,
    /// Content Label (0070,0080).
    pub label: ContentLabel,
    /// Content Description (0070,0081).
    pub description: String,
    /// Content Creator's Name (0070,0084).
    pub creator: String,
    /// Rescale Type (0028,1054), or Modality LUT Type of a table.
    pub value_type: String,
    /// One of the images: patient and study are copied from it.
    pub image: SopInstanceUid,
}

/// A print job that the node has ended.
#[derive(Debug, Clone)]
pub struct PrintFinish {
    /// What was to be printed.
    pub order: std::sync::Arc<PrintOrder>,
    /// What became of it.
    pub report: PrintReport,
    /// The printer's title.
    pub called: String,
    /// Our title.
    pub calling: String,
}

/// What to print.
#[derive(Debug, Clone)]
pub enum PrintSource {
    /// Files outside the queue; printed at once or not at all.
    Files(FilmRequest),
    /// Pages as they were composed; printed at once or not at all.
    Order(std::sync::Arc<PrintOrder>),
    /// A job of the durable queue.
    Queued(i64),
}

/// Films of files, as the command line asks for them.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmRequest {
    /// Files with a frame each, from 0.
    pub files: Vec<(PathBuf, u32)>,
    /// Presentation state for all of them.
    pub state: Option<PathBuf>,
    /// Images on a sheet.
    pub layout: Layout,
    /// Size of the sheet.
    pub size: FilmSize,
    /// Which way it lies.
    pub orientation: Orientation,
    /// Medium Type.
    pub medium: Option<String>,
    /// Number of copies.
    pub copies: u32,
    /// Bits of a gray film.
    pub depth: FilmDepth,
    /// A colour film.
    pub color: bool,
    /// As large as in the patient.
    pub true_size: bool,
    /// With a page header.
    pub header: bool,
    /// Draw the sheets here instead of printing them.
    pub preview: Option<PathBuf>,
}

/// Where retrieved objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To us, as the peer's settings say: by C-MOVE or by C-GET.
    Us,
    /// To us by C-GET, whatever they say.
    UsByGet,
    /// To a title that the peer must know.
    Title(AeTitle),
}

/// File format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Byte for byte as received.
    Dicom,
    /// Byte for byte under names that a DICOMDIR may hold, and the DICOMDIR.
    FileSet,
    /// One PNG a frame, as displayed.
    Png,
    /// One JPEG a frame, as displayed.
    Jpeg,
}

/// What to send.
#[derive(Debug, Clone)]
pub enum SendSource {
    /// Objects of the store.
    Keys(Vec<(String, String)>),
    /// Files or folders outside.
    Paths(Vec<PathBuf>),
    /// What a job of the send queue still has to do.
    Queued(i64),
}

/// A peer by name or spelled out.
#[derive(Debug, Clone)]
pub enum PeerAddress {
    /// A configured peer.
    Named(String),
    /// `AET@HOST:PORT`.
    Explicit {
        /// Called AE title.
        ae_title: AeTitle,
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// By TLS, with the authorities of the settings.
        tls: bool,
    },
}

impl std::fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Explicit {
                ae_title,
                host,
                port,
                tls,
            } => write!(
                f,
                "{ae_title}@{host}:{port}{}",
                if *tls { "+tls" } else { "" }
            ),
        }
    }
}
