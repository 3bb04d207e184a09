//! dgscope, a DICOM workstation: it receives, keeps byte for byte, queries, sends and shows DICOM objects exactly.
//!
//! Three ideas carry everything. *Arrows only point down*: a module uses modules of lower layers only, and
//! `tests/integration/architecture.rs` reads the imports to prove it. *Commands go down, events come up*: the engine has one
//! closed [`engine::Command`] in and one closed [`engine::Event`] out; window and terminal are two thin shells on it.
//! *One [`imaging::DisplayPlan`]*: how a frame must look is resolved once, as plain data, and executed alike by the GPU
//! viewport, the CPU renderer and `dgscope render`.
//!
//! | layer | modules |
//! |---|---|
//! | 7 | [`app`] the window program, [`cli`] the terminal program |
//! | 6 | [`ui`] draws a workspace and reports actions |
//! | 5 | [`workspace`] what the user is looking at, pure |
//! | 4 | [`engine`] threads, jobs, caches |
//! | 3 | [`render`] plans on the GPU, [`node`] talks DICOM |
//! | 2 | [`imaging`] pictures, pure; [`store`] keeps objects |
//! | 1 | [`phantom`] synthetic objects, [`config`] what is decided before start |
//! | 0 | [`dicom`] the vocabulary, pure |

pub mod app;
pub mod cli;
pub mod config;
pub mod dicom;
pub mod engine;
pub mod imaging;
pub mod node;
pub mod phantom;
pub mod render;
pub mod store;
pub mod ui;
pub mod workspace;
