//! The grayscale chain: modality, VOI and presentation LUT (PS3.4 N.2), as values. How each is evaluated is in `raster/`.

pub mod auto;
pub mod chain;
pub mod lut;
pub mod modality;
pub mod presentation;
pub mod voi;

pub use auto::{auto_window, stored_extremes, value_range};
pub use chain::GrayChain;
pub use lut::LookupTable;
pub use modality::Modality;
pub use presentation::Presentation;
pub use voi::{Voi, VoiFunction, Window};
