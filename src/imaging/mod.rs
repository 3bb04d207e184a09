//! What a picture is (layer 2, pure): pixel descriptions, decoding, lookup tables, geometry, display plans and the CPU renderer
//! that executes them. Nothing here knows windows, sockets or SQL.

pub mod annotation;
pub mod color;
pub mod decode;
pub mod display_attributes;
pub mod display_function;
pub mod display_plan;
pub mod film;
pub mod frame;
pub mod geometry;
pub mod grayscale;
pub mod icc;
pub mod image;
pub mod instance;
pub mod measure;
pub mod overlay;
pub mod presentation_state;
pub mod raster;
pub mod shutter;
pub mod stack;
pub mod technique;
pub mod test_pattern;
pub mod transcode;
pub mod ultrasound;
pub mod view;

pub use color::{Colors, Palette, RgbImage, to_rgb8};
pub use display_attributes::DisplayAttributes;
pub use display_function::DisplayFunction;
pub use display_plan::{
    Adjustments, DisplayPlan, Interpolation, PlanError, RenderRequest, VoiChoice, Zoom,
};
pub use frame::{Frame, FrameIndex, FrameKey, Samples};
pub use grayscale::Window;
pub use image::{DecodeError, Image, PhotometricInterpretation, PixelDescription};
pub use instance::InstanceContents;
pub use presentation_state::{PresentationState, StateError, StateWarning, StoredState};
