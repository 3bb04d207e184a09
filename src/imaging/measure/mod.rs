//! Measurements on images (V10, F6, F7): shapes that a person draws, what they are worth, and how they are written into a state.
//!
//! Coordinates are those of PS3.3 C.10.5, PIXEL: column and row, 0.0\0.0 is the top left corner of the first pixel. Nothing here
//! is guessed: without a calibration a length is in pixels, and says so.

mod annotations;
mod labels;
mod region;
mod ruler;
mod shape;
mod values;

pub use labels::{Label, place_labels};
pub use region::{Outline, Statistics, statistics};
pub use ruler::{LengthUnit, Ruler};
pub use shape::{Path, Shape, ShapeKind};
pub use values::{Finding, Measured, Quantity, measure};
