//! How a frame must look: one value per stage of the softcopy pipeline, resolved once, executed by GPU, CPU and printer alike.

use std::sync::Arc;

use super::annotation::Annotation;
pub use super::grayscale::Window;
use super::grayscale::{GrayChain, Voi, VoiFunction};
use super::overlay::OverlayPlane;
use super::presentation_state::Subject;
use super::shutter::Shutter;
pub use super::view::{Area, Interpolation, View, Zoom};
use super::{Colors, DisplayAttributes, DisplayFunction, FrameIndex, PixelDescription};

/// What the VOI stage shall be.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum VoiChoice {
    /// As the object (or its presentation state) says.
    #[default]
    AsSent,
    /// A window pair of the object, from 0.
    Dicom(usize),
    /// A VOI LUT of the object, from 0.
    Lut(usize),
    /// The user's own window.
    Window(Window),
}

/// What the user changed; it comes after everything the object says and never changes that.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustments {
    /// VOI stage.
    pub voi: VoiChoice,
    /// Black and white exchanged.
    pub invert: bool,
    /// Clockwise quarter turns, 0 to 3.
    pub rotation: u8,
    /// Left and right exchanged, after the rotation.
    pub flip: bool,
    /// Size on the canvas.
    pub zoom: Zoom,
    /// Shift from the middle, in canvas pixels.
    pub pan: (f64, f64),
    /// Resampling.
    pub interpolation: Interpolation,
    /// Whether overlay planes show.
    pub overlays: bool,
    /// Whether the shutter shows.
    pub shutter: bool,
    /// A shutter that the user drew; it occludes besides whatever else does.
    pub drawn_shutter: Option<Arc<Shutter>>,
}

impl Default for Adjustments {
    fn default() -> Self {
        Self {
            voi: VoiChoice::AsSent,
            invert: false,
            rotation: 0,
            flip: false,
            zoom: Zoom::Fit,
            pan: (0.0, 0.0),
            interpolation: Interpolation::Bilinear,
            overlays: true,
            shutter: true,
            drawn_shutter: None,
        }
    }
}

/// What `dgscope render` asks for (presentation.md section 1).
#[derive(Debug, Clone, PartialEq)]
pub struct RenderRequest {
    /// Canvas in pixels, width first; natural size without.
    pub size: Option<(u32, u32)>,
    /// 8 or 16 bits of a gray output.
    pub bits: u8,
    /// Resampling.
    pub interpolation: Interpolation,
    /// Size of an output pixel in mm, for TRUE SIZE.
    pub pitch_mm: f64,
    /// A window instead of what the object says.
    pub window: Option<Window>,
}

impl Default for RenderRequest {
    fn default() -> Self {
        Self {
            size: None,
            bits: 8,
            interpolation: Interpolation::Bilinear,
            pitch_mm: 0.25,
            window: None,
        }
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The frame does not exist.
    #[error("frame {wanted} of {frames}")]
    NoSuchFrame {
        /// From 1.
        wanted: u64,
        /// How many there are.
        frames: u32,
    },
    /// The canvas is empty or too large.
    #[error("a canvas of {width} x {height} pixels cannot be made")]
    Canvas {
        /// Width.
        width: u64,
        /// Height.
        height: u64,
    },
    /// The window cannot be used.
    #[error("a window of width {0} cannot be used")]
    Window(f64),
}

/// Colours or grays.
#[derive(Debug, Clone, PartialEq)]
pub enum Stages {
    /// Modality, VOI and presentation LUT.
    Gray(GrayChain),
    /// Colours without a gray stage, palettes and profiles resolved.
    Color(Colors),
}

/// One overlay plane to paint, and which of its frames.
#[derive(Debug, Clone, PartialEq)]
pub struct OverlayPainting {
    /// The plane.
    pub plane: Arc<OverlayPlane>,
    /// Its frame, from 0.
    pub frame: u32,
}

/// A graphic layer: later ones lie over earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// P-Value it is painted with.
    pub value: f64,
    /// Its overlay planes, by group.
    pub overlays: Vec<OverlayPainting>,
    /// Its graphics and texts, over the planes.
    pub annotations: Vec<Annotation>,
}

/// The plan of one frame on one canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayPlan {
    /// Rows and columns of the image.
    pub image: (u32, u32),
    /// Values to P-Values or colours.
    pub stages: Stages,
    /// What is occluded.
    pub shutter: Option<Arc<Shutter>>,
    /// Height of a pixel over its width.
    pub aspect: f64,
    /// Overlays by layer.
    pub layers: Vec<Layer>,
    /// Where it goes on the canvas.
    pub view: View,
    /// Bits of a gray output, 8, 12 or 16.
    pub bits: u8,
    /// Last stage of gray pictures of 8 bits on a calibrated display; without it levels are P-Values (presentation.md section 17).
    pub display: Option<Arc<DisplayFunction>>,
}

/// Canvas side and area that `render` makes at most.
const SIDE_MAX: u64 = 32_768;
const AREA_MAX: u64 = 1 << 29;

impl DisplayPlan {
    /// The plan of a viewport: the object's own display with the user's adjustments on top. An empty canvas counts as one pixel.
    pub fn for_viewport(
        attributes: &DisplayAttributes,
        pixels: &PixelDescription,
        frame: FrameIndex,
        adjustments: &Adjustments,
        canvas: (u32, u32),
    ) -> Self {
        let mut plan = Self::of_object(
            attributes,
            pixels,
            frame,
            attributes.voi(frame, &adjustments.voi),
        );
        if let (Stages::Gray(chain), true) = (&mut plan.stages, adjustments.invert) {
            chain.presentation = std::mem::take(&mut chain.presentation).inverted();
        }
        if !adjustments.overlays {
            plan.layers.clear();
        }
        plan.adjust_shutter(adjustments);
        plan.view = View::interactive(&plan.view.area, plan.aspect, adjustments, canvas);
        plan
    }

    /// The shutters that count: those of the object where they show, and the user's.
    pub(super) fn adjust_shutter(&mut self, adjustments: &Adjustments) {
        let own = self.shutter.take().filter(|_| adjustments.shutter);
        self.shutter = match (own, &adjustments.drawn_shutter) {
            (Some(own), Some(drawn)) => Some(Arc::new(Shutter {
                shapes: [&own.shapes[..], &drawn.shapes[..]].concat(),
                value: drawn.value,
            })),
            (own, drawn) => own.or_else(|| drawn.clone()),
        };
    }

    /// The plan of `dgscope render`.
    ///
    /// # Errors
    /// The frame does not exist, the canvas cannot be made, the window is not positive.
    pub fn for_render(
        attributes: &DisplayAttributes,
        pixels: &PixelDescription,
        frame: FrameIndex,
        request: &RenderRequest,
    ) -> Result<Self, PlanError> {
        if frame.0 >= pixels.frames {
            return Err(PlanError::NoSuchFrame {
                wanted: u64::from(frame.0) + 1,
                frames: pixels.frames,
            });
        }
        let voi = match request.window {
            Some(window) => {
                Voi::windowed(window, VoiFunction::Linear).ok_or(PlanError::Window(window.width))?
            }
            None => attributes.voi(frame, &VoiChoice::AsSent),
        };
        let mut plan = Self::of_object(attributes, pixels, frame, voi);
        plan.view = View::scale_to_fit(
            &plan.view.area,
            plan.aspect,
            (0, false),
            request.size,
            request.interpolation,
        );
        plan.bits = request.bits;
        plan.with_possible_canvas()
    }

    /// The plan, unless its canvas is empty or too large to be made.
    pub(super) fn with_possible_canvas(self) -> Result<Self, PlanError> {
        let (width, height) = (u64::from(self.view.canvas.0), u64::from(self.view.canvas.1));
        if width == 0 || height == 0 || width.max(height) > SIDE_MAX || width * height > AREA_MAX {
            return Err(PlanError::Canvas { width, height });
        }
        Ok(self)
    }

    /// Output pixels per horizontal image pixel.
    pub fn scale(&self) -> f64 {
        self.view.scale
    }

    /// The plan for a calibrated display; colours have no P-Values and stay as they are.
    pub fn on_display(mut self, display: Option<&Arc<DisplayFunction>>) -> Self {
        let gray = self.chain().is_some() && self.bits == 8;
        self.display = display.filter(|_| gray).cloned();
        self
    }

    /// The grayscale chain, `None` for colour.
    pub fn chain(&self) -> Option<&GrayChain> {
        match &self.stages {
            Stages::Gray(chain) => Some(chain),
            Stages::Color(_) => None,
        }
    }

    /// The gray stages that the object itself asks for; `None` for colours.
    pub fn own_chain(subject: &Subject<'_>) -> Option<GrayChain> {
        let voi = subject.attributes.voi(subject.frame, &VoiChoice::AsSent);
        let plan = Self::of_object(subject.attributes, subject.pixels, subject.frame, voi);
        match plan.stages {
            Stages::Gray(chain) => Some(chain),
            Stages::Color(_) => None,
        }
    }

    /// Everything the object says, shown whole at its natural size.
    pub(super) fn of_object(
        attributes: &DisplayAttributes,
        pixels: &PixelDescription,
        frame: FrameIndex,
        voi: Voi,
    ) -> Self {
        let display = attributes.frame(frame);
        let stages = if attributes.is_color {
            Stages::Color(attributes.colors.clone())
        } else {
            Stages::Gray(GrayChain {
                padding: display.padding,
                modality: display.modality.clone(),
                voi,
                presentation: display.presentation.clone(),
            })
        };
        let overlays: Vec<OverlayPainting> = attributes
            .overlays
            .iter()
            .filter_map(|plane| {
                Some(OverlayPainting {
                    plane: Arc::clone(plane),
                    frame: plane.frame_for(frame)?,
                })
            })
            .collect();
        // without a state all overlays of the image show in white (presentation.md section 2)
        let layers = if overlays.is_empty() {
            Vec::new()
        } else {
            vec![Layer {
                value: 1.0,
                overlays,
                annotations: Vec::new(),
            }]
        };
        let area = Area {
            x: 0,
            y: 0,
            width: i64::from(pixels.columns),
            height: i64::from(pixels.rows),
        };
        Self {
            image: (pixels.rows, pixels.columns),
            stages,
            shutter: display.shutter.clone(),
            aspect: display.aspect,
            layers,
            view: View::scale_to_fit(
                &area,
                display.aspect,
                (0, false),
                None,
                Interpolation::Bilinear,
            ),
            bits: 8,
            display: None,
        }
    }
}
