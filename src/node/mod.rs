//! Talks DICOM (layer 3): associations, what we serve (SCP) and what we ask of others (SCU).
//!
//! The upper layer state machine is ours (PS3.8 section 9.2, Table 9-10); dicom-ul encodes and decodes the PDUs. No peer can
//! hold more than two data buffers, wait longer than the timers of the settings, or delay another association.

pub mod association;
mod commitment_data;
mod commitments;
pub mod connection;
pub mod data_set;
pub mod dimse;
pub mod dispatcher;
mod ended;
pub mod error;
pub mod facts;
pub mod handle;
pub mod listener;
mod mailbox;
pub mod messages;
pub mod negotiation;
pub mod pdu;
pub mod scp;
pub mod scu;
pub mod shared;
mod signals;
pub mod state;
mod stream;
mod timers;
mod tls;

pub use error::NodeError;
pub use facts::{AssociationFacts, ContextFact};
pub use handle::{NodeHandle, Report};
pub use messages::{
    Advice, Again, CommitmentAnswers, EchoReport, FindQuery, FindReport, ListenOptions, ListenTls,
    NodeEvent, NodeRequest, PeerTestReport, RetrieveQuery, RetrieveReport, RetrieveWay,
    StepFailure, StoreItem, StoreOutcome, StoreReport, StoreResult, SubOperations, Target,
    TargetTls, TestPlan, TestStep,
};
pub use scp::print::{FilmOnDisk, InvalidMisbehaviour, Misbehaviour, PrinterOptions};
pub use scu::print::{
    FilmOptions, PageReport, PageState, PrintOrder, PrintProgress, PrintReport, PrinterState,
    Probed, SessionOptions,
};
pub use signals::on_end_request;
