//! Synthetic valid objects (layer 1): what `demo` shows, what tests send, and test patterns.
//!
//! Everything is a pure function of its arguments: the same call gives the same bytes, UIDs included, so demonstration studies
//! imported twice are duplicates, not copies. Patients are called PHANTOM and nothing here resembles a real one.

pub mod demonstration;
pub mod documents;
pub mod mammogram;
pub mod noise;
pub mod patient;
pub mod patterns;
pub mod ultrasound;
pub mod volume;

pub use crate::dicom::Builder;
pub use demonstration::{Phantom, demonstration};
