//! State of the Query/Retrieve screen (workstation.md section 3): what is asked of which nodes, what they answered, what is fetched.
//!
//! Answers of several nodes stream into one tree of studies, series and images; a row is a node and its UIDs, never a number, so
//! that answers that arrive move rows, not what is chosen. What a person sees of a transfer is what the peer told and what the
//! store holds, side by side (F11).

mod action;
mod fetching;
mod form;
mod rows;
mod state;
#[cfg(test)]
mod tests;
mod transfers;

pub use action::{QueryAction, QueryPanel};
pub use fetching::Local;
pub use form::{OtherKey, QueryForm, QueryMemory, name_pattern};
pub use rows::{Children, Entry, QuerySort, RemoteId, Results};
pub use state::{NodeAnswer, NodeEnd, QueryState, Surroundings, can_be_asked};
pub use transfers::{Goal, Registration, Transfer, TransferEnd, Transfers};
