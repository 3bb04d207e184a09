//! Display plans on the graphics card (layer 3): into a view of the window, or offscreen to compare with the CPU renderer.
//!
//! Stored values are uploaded once, as integers; every stage of a plan runs in one fragment shader without optional features, so
//! it works on any driver and on software. A window change writes one uniform, never an image.

mod offscreen;
mod pictures;
mod pipelines;
mod renderer;
pub mod self_test;
mod shaders;
mod textures;
mod uniforms;

pub use offscreen::{Offscreen, render_offscreen};
pub use pictures::Pictures;
pub use renderer::{RenderCounters, RenderError, Renderer};
