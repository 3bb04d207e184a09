//! `dgscope render`: a frame of a file as a PNG.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;

use clap::builder::TypedValueParser;

use super::{Globals, output};
use crate::dicom::{DicomFile, ScanOptions, tags};
use crate::engine::{Failure, FailureKind};
use crate::imaging::presentation_state::Subject;
use crate::imaging::raster::{self, RenderedImage};
use crate::imaging::{
    self, DecodeError, DisplayAttributes, DisplayPlan, FrameIndex, Image, PresentationState,
    RenderRequest, StateError, Window,
};

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
pub fn run(args: &RenderArgs, _globals: &Globals) -> Result<ExitCode, Failure> {
    let input = |message: String| Failure::new(FailureKind::Input, message);
    let request = RenderRequest {
        size: args.size.as_deref().map(size).transpose().map_err(input)?,
        bits: args.bits,
        interpolation: match args.interp {
            Interpolation::Nearest => imaging::Interpolation::Nearest,
            Interpolation::Bilinear => imaging::Interpolation::Bilinear,
        },
        pitch_mm: args.pitch,
        window: args
            .window
            .as_deref()
            .map(window)
            .transpose()
            .map_err(input)?,
    };
    let picture = picture(args, &request)?;
    write_png(&args.output, &picture).map_err(|error| {
        Failure::new(
            FailureKind::Environment,
            format!("write {}: {error}", args.output.display()),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Opens, decodes and renders; what could not be honoured is said on stderr.
fn picture(args: &RenderArgs, request: &RenderRequest) -> Result<RenderedImage, Failure> {
    let name = args.file.display();
    let object = |error: DecodeError| {
        let kind = match error {
            DecodeError::NoSuchFrame { .. }
            | DecodeError::Unreadable(_)
            | DecodeError::NoPixelData => FailureKind::Input,
            _ => FailureKind::Peer,
        };
        Failure::new(kind, format!("render {name}: {error}"))
    };
    let image = Image::open(&args.file).map_err(object)?;
    let frame = args
        .frame
        .checked_sub(1)
        .map(FrameIndex)
        .ok_or_else(|| Failure::new(FailureKind::Input, "frames count from 1"))?;
    let attributes = DisplayAttributes::read(&image.file);
    let refused =
        |error: String| Failure::new(FailureKind::Input, format!("render {name}: {error}"));
    let (plan, warnings) = match &args.pr {
        None => {
            let plan = DisplayPlan::for_render(&attributes, &image.pixels, frame, request)
                .map_err(|error| refused(error.to_string()))?;
            let warnings = attributes.warnings.iter();
            (plan, warnings.map(|w| format!("{name}: {w}")).collect())
        }
        Some(state) => {
            let sop_instance_uid = image.file.data_set.text(tags::SOP_INSTANCE_UID);
            let subject = Subject {
                sop_instance_uid: &sop_instance_uid.unwrap_or_default(),
                attributes: &attributes,
                pixels: &image.pixels,
                frame,
            };
            plan_with_state(state, &subject, request)?
        }
    };
    let decoded = image.decode(frame).map_err(object)?;
    for warning in &warnings {
        output::say(&format!("warning: {warning}"));
    }
    match args.renderer {
        Renderer::Cpu => Ok(raster::render(&decoded, &plan)),
        Renderer::Gpu => crate::render::render_offscreen(&decoded, &plan).map_err(|error| {
            Failure::new(FailureKind::Environment, format!("render {name}: {error}"))
        }),
    }
}

/// The plan of a frame under a state, and what it does not show as the state asks.
fn plan_with_state(
    path: &Path,
    subject: &Subject<'_>,
    request: &RenderRequest,
) -> Result<(DisplayPlan, Vec<String>), Failure> {
    let name = path.display();
    let refused = |error: StateError| {
        Failure::new(
            FailureKind::Input,
            format!("presentation state {name}: {error}"),
        )
    };
    let file = DicomFile::open(path, &ScanOptions::DISPLAY).map_err(|error| {
        Failure::new(
            FailureKind::Input,
            format!("presentation state {name}: {error}"),
        )
    })?;
    let state = PresentationState::read(&file).map_err(refused)?;
    let presented = state.plan_for_render(subject, request).map_err(refused)?;
    let warnings = state.warnings.iter().chain(&presented.warnings);
    let warnings = warnings.map(|w| format!("{name}: {w}")).collect();
    Ok((presented.plan, warnings))
}

/// `WxH`.
fn size(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once(['x', 'X']);
    let numbers =
        parts.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    numbers.ok_or_else(|| format!("--size {text}: WxH in pixels is wanted"))
}

/// `C,W`.
fn window(text: &str) -> Result<Window, String> {
    let parts = text.split_once(',');
    let numbers = parts.and_then(|(center, width)| {
        Some((center.trim().parse().ok()?, width.trim().parse().ok()?))
    });
    let (center, width) = numbers.ok_or_else(|| format!("--window {text}: C,W is wanted"))?;
    Ok(Window { center, width })
}

/// Writes a PNG whose samples are the picture's, without gamma; a file that cannot be finished is taken away again.
fn write_png(path: &Path, picture: &RenderedImage) -> Result<(), png::EncodingError> {
    let result = encode(path, picture);
    if result.is_err() {
        // the failure is reported; half a picture must not look like one
        let _ = std::fs::remove_file(path);
    }
    result
}

fn encode(path: &Path, picture: &RenderedImage) -> Result<(), png::EncodingError> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_compression(png::Compression::Fast);
    let (color, depth) = match picture {
        RenderedImage::Gray8 { .. } => (png::ColorType::Grayscale, png::BitDepth::Eight),
        RenderedImage::Gray16 { .. } => (png::ColorType::Grayscale, png::BitDepth::Sixteen),
        RenderedImage::Rgb8 { .. } => (png::ColorType::Rgb, png::BitDepth::Eight),
    };
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header()?;
    match picture {
        RenderedImage::Gray8 { data, .. } | RenderedImage::Rgb8 { data, .. } => {
            writer.write_image_data(data)?
        }
        RenderedImage::Gray16 { data, .. } => {
            let bytes: Vec<u8> = data.iter().flat_map(|word| word.to_be_bytes()).collect();
            writer.write_image_data(&bytes)?;
        }
    }
    writer.finish()
}
