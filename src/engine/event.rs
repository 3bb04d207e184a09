//! What the engine tells its shell.

use std::sync::Arc;

use super::command::{JobId, StudyQuery};
use super::failure::Failure;
use super::print_desk::PrintNews;
use super::send_desk::SendNews;
pub use crate::dicom::difference::Difference;
use crate::dicom::{DataSet, SeriesInstanceUid, StudyInstanceUid};
use crate::imaging::{Frame, FrameKey, InstanceContents, StoredState};
use crate::node::SubOperations;
pub use crate::store::ConflictRow;
use crate::store::{
    Access, AuditRow, InstanceRow, Page, Peer, QueryRow, SeriesRow, Settings, StudyRow,
};

/// Everything the engine can say. What is large is behind an `Arc`.
#[derive(Debug, Clone)]
pub enum Event {
    /// A window into the study list, with the query it answers.
    Studies(StudyQuery, Arc<Page<StudyRow>>),
    /// Objects arrived, changed or went; ask again for what is shown. Merged, at most a few times a second.
    StudiesChanged,
    /// The series of a study.
    Series(StudyInstanceUid, Arc<Vec<SeriesRow>>),
    /// The instances of a series.
    Instances(SeriesInstanceUid, Arc<Vec<InstanceRow>>),
    /// What of the store matches the keys.
    StoreMatches(Arc<Vec<QueryRow>>),
    /// How much of each study asked for is here.
    Held(Arc<Vec<HeldStudy>>),
    /// A study ready for viewing, or its newer state.
    StudyOpened(Arc<StudyContents>),
    /// A wanted frame.
    FrameReady(FrameKey, Arc<Frame>),
    /// A wanted frame that cannot be had, in words.
    FrameFailed(FrameKey, String),
    /// Frames the cache gave up; the shell drops its references too.
    FramesEvicted(Vec<FrameKey>),
    /// A wanted thumbnail.
    ThumbnailReady(SeriesInstanceUid, Arc<Thumbnail>),
    /// Peers and access list.
    Peers(Arc<Vec<Peer>>, Arc<Vec<Access>>),
    /// Settings as they are now.
    Settings(Arc<Settings>),
    /// Settings as keys and values, in the order of the documentation.
    SettingPairs(Arc<Vec<(String, String)>>),
    /// What cleaning up would delete, oldest first.
    CleanUp(Arc<Vec<StudyRow>>),
    /// Lines of the audit trail, newest first.
    Audit(Arc<Vec<AuditRow>>),
    /// A command was refused, in words.
    Refused(Failure),
    /// A job began.
    JobStarted(JobId, JobReport),
    /// A job went on; merged to the latest.
    JobProgressed(JobId, Progress),
    /// Matches of a query, in the peer's order, as they come.
    Matches(JobId, Arc<Vec<DataSet>>),
    /// Counters of a retrieval; merged to the latest.
    SubOperations(JobId, SubOperations),
    /// A job ended.
    JobFinished(JobId, Outcome),
    /// Printers, the print queue, the virtual printer.
    Print(PrintNews),
    /// The send queue.
    Send(SendNews),
    /// The node listens, or why not.
    NodeState(NodeState),
    /// A caller was turned away.
    CallerRefused {
        /// Its title as sent.
        calling: String,
        /// Its host.
        host: String,
        /// Why, in words.
        reason: String,
        /// Whether putting the title on the access list would let it in.
        curable: bool,
    },
    /// One line for the association log: no patient data.
    AssociationLog(String),
    /// Something about the machine that people must see (disk nearly full, index repaired).
    Notice(Failure),
    /// The system asks this process to end.
    EndRequested,
    /// Free space of the store's disk: bytes free, bytes in all.
    DiskSpace(u64, u64),
    /// Objects in quarantine.
    Conflicts(Arc<Vec<ConflictRow>>),
    /// The two sides of one of them.
    ConflictCompared(Arc<ConflictComparison>),
    /// Counters of T2 that the engine keeps: frames decoded, bytes in the frame cache.
    Counters {
        /// `decodes`
        decodes: u64,
        /// `cache_bytes`
        cache_bytes: u64,
    },
}

/// How much of a study the store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldStudy {
    /// Which.
    pub study: StudyInstanceUid,
    /// Its series with the number of their objects; none when nothing of it is here.
    pub series: Vec<(SeriesInstanceUid, u64)>,
}

/// A conflict and what its two objects do not share.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictComparison {
    /// Which one.
    pub row: ConflictRow,
    /// The attributes that differ; of another patient's object only those that tell patient and study.
    pub differences: Vec<Difference>,
}

/// Whether the node listens.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeState {
    /// Switched off.
    Off,
    /// Listening, with the title and the address really bound.
    Listening {
        /// Our AE title.
        ae_title: String,
        /// Address and port.
        address: std::net::SocketAddr,
        /// Associations at work.
        associations: u32,
    },
    /// Wanted but impossible: the system's words.
    Failed(String),
}

/// A study with everything the viewer needs except pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyContents {
    /// The study as in the list.
    pub study: StudyRow,
    /// Its series in display order (series number, then UID).
    pub series: Vec<SeriesContents>,
    /// Presentation states of any study that refer to its images, newest first.
    pub states: Vec<Arc<StoredState>>,
}

/// One series with its objects, in the order of the index (instance number, then UID).
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesContents {
    /// The series as in the list.
    pub series: SeriesRow,
    /// Its objects.
    pub instances: Vec<Arc<InstanceContents>>,
    /// Objects whose file could not be read: SOP Instance UID and reason.
    pub unreadable: Vec<(String, String)>,
}

/// A small picture, gray or colour, 8-bit RGBA rows without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `4 * width * height` bytes.
    pub rgba: Vec<u8>,
    /// Objects the series had when it was made.
    pub objects: u64,
}

/// What a job is, in words for the list of activities.
#[derive(Debug, Clone, PartialEq)]
pub struct JobReport {
    /// `import`, `send`, `echo`, ...
    pub kind: &'static str,
    /// What it works on: a folder, a peer's name, a number of objects; no patient data.
    pub subject: String,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Units done, failed ones included.
    pub done: u64,
    /// Units in all as far as known.
    pub total: u64,
    /// Units failed.
    pub failed: u64,
}

/// How a job ended. `message` is one line for people, `json` the machine output of cli.md.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `Ok` when it did what was asked, even if single objects failed; then the counts say so.
    pub result: Result<(), Failure>,
    /// Final counts.
    pub progress: Progress,
    /// One line for people.
    pub message: String,
    /// Per-object findings worth telling, in words, bounded.
    pub details: Vec<String>,
    /// Machine output.
    pub json: serde_json::Value,
}
