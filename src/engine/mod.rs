//! What the program does (layer 4): threads, jobs, the decode queue and its cache. No window, no sockets of its own, no SQL.
//!
//! Commands go down, events come up; both are closed enums, so reading them shows everything that can happen.

mod activities;
pub mod arrivals;
mod cache;
pub mod command;
mod conflict;
mod decoders;
mod ending;
pub mod engine;
mod equivalence;
pub mod event;
mod event_loop;
pub mod failure;
mod frames;
mod hand_out;
mod job;
mod jobs;
mod lookup;
mod node_desk;
mod open_studies;
mod opening;
mod outbox;
mod pace;
mod pictures;
pub mod print_desk;
pub mod printer_profile;
mod printing;
mod prints;
mod reports;
pub mod send_desk;
mod sends;
mod station;
mod thumbnails;

pub use crate::imaging::FrameKey;
pub use crate::node::ListenTls;
pub use command::{
    Command, Destination, ExportFormat, FilmRequest, Job, JobId, Level, PeerAddress, PrintFinish,
    PrintSource, SendSource, StateOrder, StudyQuery, StudySort, WantedThumbnail,
};
pub use engine::{Engine, EngineOptions, ListenOverrides};
pub use event::{
    ConflictComparison, ConflictRow, Event, JobReport, NodeState, Outcome, Progress,
    SeriesContents, StudyContents, Thumbnail,
};
pub use failure::{Failure, FailureKind};
pub use print_desk::{PrintDecision, PrintNews, PrinterRow, VirtualPrinter};
pub use printer_profile::PrinterProfile;
pub use send_desk::{SendDecision, SendNews};
pub use station::is_served;
// Messages carry these rows as they are; the window names them through the engine only.
pub use crate::node::{
    FilmOnDisk, FilmOptions, InvalidMisbehaviour, Misbehaviour, PrintOrder, PrinterOptions,
    SessionOptions, SubOperations,
};
pub use crate::store::{
    Access, AuditRow, ConflictKind, DisplayCalibration, InstanceRow, PEER_CHARACTER_SET, Page,
    Peer, PrintJobRow, PrintPageRow, QueryRow, Resolution, SendCounts, SendJobRow, SendObjectRow,
    SendState, SeriesRow, Settings, StudyRow,
};
