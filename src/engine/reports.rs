//! Everything that workers tell the engine's loop: one closed enum.

use std::sync::Arc;

use super::job::JobEnd;
use super::{Event, Failure, JobId, Progress, StudyContents, Thumbnail};
use crate::dicom::{SeriesInstanceUid, StudyInstanceUid};
use crate::imaging::film::FilmPicture;
use crate::imaging::{Frame, FrameKey};
use crate::node::NodeEvent;
use crate::store::FreeSpace;

/// Reports that may wait for the loop.
pub(super) const REPORTS_WAITING_MAX: usize = 1024;

/// What a worker tells.
#[derive(Debug)]
pub(super) enum Report {
    /// The lookup thread answered one question.
    Answered(Answer),
    /// A study was read, or is not there.
    StudyRead(StudyInstanceUid, Result<Option<StudyContents>, Failure>),
    /// A frame was decoded, or why not.
    Decoded(FrameKey, Result<Arc<Frame>, String>),
    /// A thumbnail was made, or why not.
    ThumbnailMade(SeriesInstanceUid, Result<Arc<Thumbnail>, String>),
    /// A job went on.
    JobProgress(JobId, Progress),
    /// A job's thread ended.
    JobEnded(JobId, Box<JobEnd>),
    /// A sheet was drawn, or why not.
    FilmDrawn(u64, Result<Arc<FilmPicture>, String>),
    /// The node told something.
    Node(NodeEvent),
    /// The state of the store that others may have changed.
    Pulse(Result<Pulse, Failure>),
    /// The shell took events.
    Drained,
}

/// The answer to a question to the store.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What the shell is told.
    pub(super) events: Vec<Event>,
    /// Whether the study list is another one now.
    pub(super) studies_changed: bool,
    /// The queue was looked at: the print job that comes next, if there is one.
    pub(super) next_print: Option<Option<i64>>,
    /// Jobs of the send queue that can start, with their peers.
    pub(super) next_sends: Vec<(i64, String)>,
    /// Whether this is the answer to notes about sent objects.
    pub(super) notes_written: bool,
    /// Whether the node must read settings and access list again.
    pub(super) reconfigure: bool,
}

/// What is asked of the store once a second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pulse {
    /// Changes when another process wrote.
    pub(super) data_version: i64,
    /// Room on the disk.
    pub(super) space: FreeSpace,
    /// Studies that have to go so that enough stays free.
    pub(super) clean_up: Vec<StudyInstanceUid>,
    /// Room that must stay free.
    pub(super) minimum_free: u64,
    /// The print job that comes next.
    pub(super) next_print: Option<i64>,
    /// Jobs of the send queue that can start, with their peers.
    pub(super) next_sends: Vec<(i64, String)>,
}
