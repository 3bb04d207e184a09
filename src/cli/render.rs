//! `dgscope render`: a frame of a file as a PNG.

use std::process::ExitCode;

use clap::builder::TypedValueParser;

use super::Globals;
use crate::engine::{Failure, FailureKind};

/// Arguments of `render` (presentation.md section 1).
#[derive(Debug, clap::Args)]
pub struct RenderArgs {
    /// The DICOM file
    pub file: std::path::PathBuf,
    /// Presentation state to apply
    #[arg(long, value_name = "PS.dcm")]
    pub pr: Option<std::path::PathBuf>,
    /// Frame, from 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub frame: u32,
    /// Output canvas in pixels [default: natural size]
    #[arg(long, value_name = "WxH")]
    pub size: Option<String>,
    /// Bits of a gray PNG
    #[arg(long, default_value_t = 8, value_parser = clap::builder::PossibleValuesParser::new(["8", "16"]).map(|bits| if bits == "16" { 16_u8 } else { 8 }))]
    pub bits: u8,
    /// Resampling
    #[arg(long, value_enum, default_value_t = Interpolation::Bilinear)]
    pub interp: Interpolation,
    /// Size of one output pixel in mm, for TRUE SIZE only
    #[arg(long, value_name = "MM", default_value_t = 0.25)]
    pub pitch: f64,
    /// What executes the plan
    #[arg(long, value_enum, default_value_t = Renderer::Cpu)]
    pub renderer: Renderer,
    /// VOI window (LINEAR) instead of the one of the object
    #[arg(long, value_name = "C,W", allow_hyphen_values = true)]
    pub window: Option<String>,
    /// Where to write the PNG
    #[arg(short, long, value_name = "OUT.png")]
    pub output: std::path::PathBuf,
}

/// Resampling methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// Between four pixels.
    Bilinear,
}

/// What executes the display plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Renderer {
    /// The exact reference.
    Cpu,
    /// The shaders of the window, offscreen.
    Gpu,
}

/// Runs the command.
pub fn run(args: &RenderArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let _ = (args, globals);
    Err(Failure::new(FailureKind::Bug, "render: not built in"))
}
