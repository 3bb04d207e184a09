//! What we serve: association acceptance, verification, storage (statement 3.1.3), and where settings say so queries and moves.

pub mod accept;
pub mod find;
pub mod retrieve;
pub mod storage;
pub mod verification;
