//! What we serve: association acceptance, verification, storage (statement 3.1.3).

pub mod accept;
pub mod commitment;
pub mod print;
pub mod storage;
pub mod verification;
