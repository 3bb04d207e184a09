//! What a new state says, before it is an object: one value per module.

use std::sync::Arc;

use crate::dicom::ValueTooLong;
use crate::imaging::display_plan::Area;
use crate::imaging::grayscale::{Modality, Presentation, Voi};
use crate::imaging::overlay::OverlayPlane;
use crate::imaging::presentation_state::{Activation, AnnotationItem, Scoped};
use crate::imaging::shutter::Shutter;

/// Why a view cannot be saved as one state.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CreateError {
    /// Nothing is shown.
    #[error("there is no image to make a presentation state of")]
    Nothing,
    /// Colours have no grayscale stages.
    #[error("a grayscale presentation state cannot be made of an image in colour")]
    Color,
    /// A state has one of these for all its images.
    #[error("the images differ in their {0}: save a state for each of them")]
    Differs(&'static str),
    /// TRUE SIZE without a pixel spacing.
    #[error("the pixel spacing is not known: the true size cannot be asked for")]
    NoSpacing,
    /// More overlay planes than there are groups.
    #[error("the view has more overlay planes than a presentation state can hold")]
    Planes,
    /// More than its element can hold.
    #[error(transparent)]
    TooLong(#[from] ValueTooLong),
}

/// What an image is called, and how many frames it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageIdentity {
    /// SOP Class UID.
    pub class_uid: String,
    /// SOP Instance UID.
    pub instance_uid: String,
    /// Series Instance UID.
    pub series_uid: String,
    /// Number of Frames.
    pub frames: u32,
}

/// An image the state is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewedImage {
    /// Which.
    pub identity: ImageIdentity,
    /// Frame numbers from 1, ascending; `None` for all frames.
    pub frames: Option<Vec<i64>>,
}

/// The shape of a pixel as a displayed area tells it: vertical value first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PixelShape {
    /// Presentation Pixel Spacing (0070,0101), in mm.
    Spacing(f64, f64),
    /// Presentation Pixel Aspect Ratio (0070,0102).
    Ratio(i64, i64),
}

/// An item of the Displayed Area Selection Sequence (0070,005A).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewArea {
    /// What is shown.
    pub area: Area,
    /// How large.
    pub size: NewSize,
    /// The pixels.
    pub shape: PixelShape,
}

/// Presentation Size Mode (0070,0100).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NewSize {
    /// As large as the display allows.
    ScaleToFit,
    /// As large as in the patient.
    TrueSize,
    /// So many display pixels a pixel, as FL holds it.
    Magnify(f32),
}

/// An item of the Graphic Layer Sequence (0070,0060).
#[derive(Debug, Clone, PartialEq)]
pub struct NewLayer {
    /// Graphic Layer (0070,0002).
    pub name: String,
    /// Recommended Display Grayscale Value, 0 to 65535.
    pub gray: u16,
    /// Recommended Display CIELab Value, for displays with colours.
    pub cie_lab: Option<[u16; 3]>,
    /// For people.
    pub description: &'static str,
}

/// Everything a new state says about its images.
#[derive(Debug, Clone, PartialEq)]
pub struct NewState {
    /// What it is about, in display order; at least one.
    pub images: Vec<ViewedImage>,
    /// First stage.
    pub modality: Modality,
    /// Second stage where it is not the whole range.
    pub voi: Vec<Scoped<Voi>>,
    /// Third stage.
    pub presentation: Presentation,
    /// What is occluded.
    pub shutter: Option<Arc<Shutter>>,
    /// The group among `planes` that is the shutter's bitmap.
    pub shutter_group: Option<u16>,
    /// Overlay planes that are not the images' own.
    pub planes: Vec<Arc<OverlayPlane>>,
    /// Which planes show, and on which layer.
    pub activations: Vec<Activation>,
    /// What is shown of each image; together they cover all of them.
    pub areas: Vec<Scoped<NewArea>>,
    /// Clockwise quarter turns, first.
    pub rotation: u8,
    /// Left and right exchanged, second.
    pub flip: bool,
    /// From the lowest to the topmost.
    pub layers: Vec<NewLayer>,
    /// Graphics and texts.
    pub annotations: Vec<Scoped<AnnotationItem>>,
}
