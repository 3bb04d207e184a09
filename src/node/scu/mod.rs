//! What we ask of others: verification and storage (statement 3.1.2).

pub mod commitment;
pub mod connect;
pub mod echo;
pub mod normalized;
pub mod outgoing;
pub mod print;
pub mod store;
