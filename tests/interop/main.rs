//! Against independent peers on loopback: DCMTK, pynetdicom, Orthanc.

mod commitment;
mod dcmtk;
mod file_sets;
mod objects;
mod peers;
mod print;
mod printers;
#[path = "../integration/printing.rs"]
mod printing;
mod program;
mod queries;
#[path = "../integration/random_views.rs"]
mod random_views;
#[path = "../integration/running.rs"]
mod running;
mod states;
mod storage;
mod syntaxes;
mod window_states;
