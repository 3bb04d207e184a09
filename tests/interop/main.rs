//! Against independent peers on loopback: DCMTK, pynetdicom, Orthanc.

mod dcmtk;
mod file_sets;
mod print;
mod program;
#[path = "../integration/random_views.rs"]
mod random_views;
mod states;
