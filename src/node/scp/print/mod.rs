//! A printer that is none (workstation.md C12): a Print SCP on loopback that keeps each film as PNG and PDF with its attributes as
//! JSON, for training and tests. It is strict about PS3.4 Annex H, and misbehaves only where it is told to.

mod attributes;
mod film;
mod listener;
mod misbehaviour;
mod requests;
mod services;

pub use film::FilmOnDisk;
pub use listener::PrinterOptions;
pub(in crate::node) use listener::run;
pub use misbehaviour::{InvalidMisbehaviour, Misbehaviour};
