//! Grayscale Softcopy Presentation States (PS3.3 A.33.1, PS3.4 Annex N): read from their object, applied to an image.
//!
//! Invariant: with a state nothing of the image's own display counts but pixel padding and the overlays the state activates, and
//! what a state asks for and cannot have is in its warnings, never dropped in silence (presentation.md sections 2, 7 and 13).

mod annotations;
pub mod apply;
pub mod create;
pub mod parse;
mod references;
mod stored;

use std::fmt;
use std::sync::Arc;

use super::annotation::Annotation;
use super::display_plan::PlanError;
use super::grayscale::voi::NamedWindow;
use super::grayscale::{LookupTable, Modality, Presentation};
use super::overlay::OverlayPlane;
use super::shutter::Shutter;
use crate::dicom::Tag;

pub use apply::{Presented, StateParts, Subject};
pub use references::{ImageReference, Scoped};
pub use stored::StoredState;

/// Why a state is not applied at all (presentation.md section 13).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StateError {
    /// The object is of another class.
    #[error("not a Grayscale Softcopy Presentation State but of class {0:?}")]
    WrongClass(String),
    /// A lookup table cannot be read: grays would be wrong without it.
    #[error("{tag}: {reason}")]
    LookupTable {
        /// The sequence.
        tag: Tag,
        /// What is wrong.
        reason: String,
    },
    /// It is about other images or frames.
    #[error("the state does not reference frame {0} of the image")]
    NotReferenced(u64),
    /// It names another patient than the image.
    #[error("the state names another patient")]
    OtherPatient,
    /// Colours have no grayscale stages.
    #[error("a grayscale state does not apply to an image that is not MONOCHROME1 or MONOCHROME2")]
    NotGrayscale,
    /// The frame or the canvas.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Something a state asks for that is not shown as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateWarning {
    /// The attribute.
    pub tag: Tag,
    /// What is wrong and what is done instead.
    pub reason: String,
}

impl fmt::Display for StateWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.tag, self.reason)
    }
}

/// The VOI stage of an item of the Softcopy VOI LUT Sequence (0028,3110).
#[derive(Debug, Clone, PartialEq)]
pub enum StateVoi {
    /// Its table; first input not yet signed.
    Table(LookupTable),
    /// Its first window.
    Window(NamedWindow),
    /// Neither can be used: the whole range.
    Unusable,
}

/// Presentation Size Mode (0070,0100).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SizeMode {
    /// As large as the canvas allows.
    ScaleToFit,
    /// As large as the object, by this horizontal pixel spacing in mm.
    TrueSize(f64),
    /// This many times the image's size.
    Magnify(f64),
}

/// An item of the Displayed Area Selection Sequence (0070,005A).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DisplayedArea {
    /// Column and row of the first corner, from 1.
    pub first: (i64, i64),
    /// Of the other corner; either may be the smaller.
    pub last: (i64, i64),
    /// How large it is shown.
    pub size_mode: SizeMode,
    /// Height of a pixel over its width.
    pub aspect: f64,
}

/// An item of the Graphic Layer Sequence (0070,0060).
#[derive(Debug, Clone, PartialEq)]
pub struct GraphicLayer {
    /// Graphic Layer (0070,0002).
    pub name: String,
    /// Graphic Layer Order (0070,0062): larger ones lie over smaller ones.
    pub order: i64,
    /// P-Value it is painted with.
    pub value: f64,
    /// Graphic Layer Description (0070,0068), for people.
    pub description: String,
}

/// An item of the Graphic Annotation Sequence (0070,0001).
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotationItem {
    /// Graphic Layer (0070,0002).
    pub layer: String,
    /// Graphics, then texts.
    pub annotations: Vec<Annotation>,
}

/// Overlay Activation Layer (60xx,1001).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// 6000 to 601E.
    pub group: u16,
    /// The graphic layer it is shown on.
    pub layer: String,
}

/// A state, read and checked; it holds nothing of any image.
#[derive(Debug, Clone, PartialEq)]
pub struct PresentationState {
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// Content Label (0070,0080).
    pub label: String,
    /// Content Description (0070,0081).
    pub description: String,
    /// Content Creator's Name (0070,0084).
    pub creator: String,
    /// Presentation Creation Date and Time (0070,0082), (0070,0083), as written, one after the other.
    pub created: String,
    /// Every image it is about.
    pub references: Vec<ImageReference>,
    /// First stage; a table's first input is not yet signed.
    pub modality: Modality,
    /// Rescale Type (0028,1054), or Modality LUT Type (0028,3004) of a table; empty when it names no unit.
    pub modality_type: String,
    /// Second stage, by image and frame.
    pub voi: Vec<Scoped<StateVoi>>,
    /// Third stage.
    pub presentation: Presentation,
    /// All shapes, the bitmap among them.
    pub shutter: Option<Arc<Shutter>>,
    /// Overlay planes of its own.
    pub overlays: Vec<Arc<OverlayPlane>>,
    /// Groups of which the image's plane does not count, the state has its own, usable or not.
    pub replaced_groups: Vec<u16>,
    /// Which planes are shown, by group.
    pub activations: Vec<Activation>,
    /// What is shown of the image.
    pub areas: Vec<Scoped<DisplayedArea>>,
    /// Clockwise quarter turns, first.
    pub rotation: u8,
    /// Left and right exchanged, second.
    pub flip: bool,
    /// By order; the layers that are used but not defined come last.
    pub layers: Vec<GraphicLayer>,
    /// Graphics and texts.
    pub annotations: Vec<Scoped<AnnotationItem>>,
    /// What cannot be honoured, whatever the image.
    pub warnings: Vec<StateWarning>,
}
