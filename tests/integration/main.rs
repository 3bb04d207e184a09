//! All integration tests in one binary, linked once; one file an area.

mod architecture;
mod cli;
mod conformance;
mod decode;
mod dicom;
mod node;
mod render;
mod shared;
mod store;
mod ui;
mod workspace;
