//! The product's layers that read foreign bytes, compiled from its own files and under its own name, so that a target says
//! `dgscope::…` as any other test does. Window, terminal and GPU stay out: they would take minutes to build with a sanitizer,
//! and no foreign byte reaches them unread.

#[path = "../../../src/dicom/mod.rs"]
pub mod dicom;
#[path = "../../../src/imaging/mod.rs"]
pub mod imaging;
#[path = "../../../src/node/mod.rs"]
pub mod node;
#[path = "../../../src/store/mod.rs"]
pub mod store;
