//! What we serve: association acceptance, verification, storage (statement 3.1.3), and where settings say so queries and moves.

pub mod accept;
pub mod commitment;
pub mod find;
pub mod print;
pub mod retrieve;
pub mod storage;
pub mod verification;
