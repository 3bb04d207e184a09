//! What we ask of others: verification, queries, retrieval and storage (statement 3.1.2).

use super::messages::StepFailure;

pub mod commitment;
pub mod connect;
pub mod echo;
pub mod exchange;
pub mod find;
pub mod normalized;
pub mod outgoing;
pub mod peer_test;
pub mod print;
pub mod retrieve;
pub mod store;

/// The failure of a step, in words.
fn failed_step(step: &'static str, reason: impl ToString) -> StepFailure {
    StepFailure {
        step,
        reason: reason.to_string(),
    }
}
