//! State, image and request become a display plan (PS3.4 N.2; presentation.md sections 2, 7 and 9).

use std::sync::Arc;

use super::parse::OVERLAY_ACTIVATION_LAYER;
use super::references::closest;
use super::{DisplayedArea, PresentationState, SizeMode, StateError, StateVoi, StateWarning};
use crate::dicom::{Tag, tags};
use crate::imaging::annotation::Annotation;
use crate::imaging::display_plan::{
    Adjustments, Area, DisplayPlan, Layer, OverlayPainting, PlanError, RenderRequest, Stages, View,
    VoiChoice, Zoom,
};
use crate::imaging::grayscale::auto::stored_range;
use crate::imaging::grayscale::{GrayChain, LookupTable, Modality, Voi, VoiFunction, Window};
use crate::imaging::overlay::OverlayPlane;
use crate::imaging::raster::text;
use crate::imaging::{
    DisplayAttributes, FrameIndex, Interpolation, PhotometricInterpretation, PixelDescription,
};

/// A frame that a state may be about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// SOP Instance UID of the image.
    pub sop_instance_uid: &'a str,
    /// What the image says about its own display.
    pub attributes: &'a DisplayAttributes,
    /// Its pixels.
    pub pixels: &'a PixelDescription,
    /// Which frame.
    pub frame: FrameIndex,
}

/// A plan, and what of the state it does not show as asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Presented {
    /// The plan.
    pub plan: DisplayPlan,
    /// Warnings about this image; the state's own are in [`PresentationState::warnings`].
    pub warnings: Vec<StateWarning>,
}

/// Which parts of a state count; where one does not, the image's own display counts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateParts {
    /// Modality, VOI and presentation LUT.
    pub grayscale: bool,
    /// Shutter.
    pub shutter: bool,
    /// Overlay activation.
    pub overlays: bool,
    /// Graphics and texts.
    pub annotations: bool,
    /// Displayed area and pixel aspect.
    pub area: bool,
    /// Rotation and flip.
    pub transformation: bool,
}

impl Default for StateParts {
    fn default() -> Self {
        Self::ALL
    }
}

impl StateParts {
    /// Nothing but overlays, graphics and texts.
    pub const GRAPHICS: Self = Self {
        grayscale: false,
        shutter: false,
        overlays: true,
        annotations: true,
        area: false,
        transformation: false,
    };
    /// Nothing but the grays.
    pub const GRAYS: Self = Self {
        grayscale: true,
        shutter: false,
        overlays: false,
        annotations: false,
        area: false,
        transformation: false,
    };
    /// The whole state.
    pub const ALL: Self = Self {
        grayscale: true,
        shutter: true,
        overlays: true,
        annotations: true,
        area: true,
        transformation: true,
    };
}

/// The canvas a view is made for.
struct Screen {
    size: Option<(u32, u32)>,
    /// Millimetres of a canvas pixel, where that is known.
    pitch_mm: Option<f64>,
    interpolation: Interpolation,
}

impl PresentationState {
    /// Whether the state is about a frame.
    pub fn applies_to(&self, sop_instance_uid: &str, frame: FrameIndex) -> bool {
        let mut references = self.references.iter();
        references.any(|reference| reference.closeness(sop_instance_uid, frame).is_some())
    }

    /// The plan of `dgscope render --pr`.
    ///
    /// # Errors
    /// The frame does not exist or is not referenced, the image has colours, the canvas cannot be made.
    pub fn plan_for_render(
        &self,
        subject: &Subject<'_>,
        request: &RenderRequest,
    ) -> Result<Presented, StateError> {
        self.check(subject)?;
        let mut warnings = Vec::new();
        let mut plan = self.plan(subject, StateParts::ALL, &mut warnings);
        if let (Stages::Gray(chain), Some(window)) = (&mut plan.stages, request.window) {
            chain.voi = Voi::windowed(window, VoiFunction::Linear)
                .ok_or(PlanError::Window(window.width))?;
        }
        let screen = Screen {
            size: request.size,
            pitch_mm: Some(request.pitch_mm),
            interpolation: request.interpolation,
        };
        let turns = (self.rotation, self.flip);
        plan.view = self.view(subject, &mut plan.aspect, turns, &screen, &mut warnings);
        plan.bits = request.bits;
        Ok(Presented {
            plan: plan.with_possible_canvas()?,
            warnings,
        })
    }

    /// The plan of a viewport: the state's parts that count, the user's adjustments on top. `pitch_mm` is the size of a canvas
    /// pixel where the monitor is measured; without it TRUE SIZE is shown fitted, with a warning.
    ///
    /// # Errors
    /// The frame does not exist or is not referenced, the image has colours.
    pub fn plan_for_viewport(
        &self,
        subject: &Subject<'_>,
        parts: StateParts,
        adjustments: &Adjustments,
        canvas: (u32, u32),
        pitch_mm: Option<f64>,
    ) -> Result<Presented, StateError> {
        self.check(subject)?;
        let mut warnings = Vec::new();
        let mut plan = self.plan(subject, parts, &mut warnings);
        adjust_grays(&mut plan, subject, adjustments);
        if !adjustments.overlays {
            plan.layers.clear();
        }
        plan.adjust_shutter(adjustments);
        let screen = Screen {
            size: Some((canvas.0.max(1), canvas.1.max(1))),
            pitch_mm,
            interpolation: adjustments.interpolation,
        };
        let turns = if parts.transformation {
            turned_on(
                (self.rotation, self.flip),
                (adjustments.rotation, adjustments.flip),
            )
        } else {
            (adjustments.rotation % 4, adjustments.flip)
        };
        if parts.area {
            plan.view = self.view(subject, &mut plan.aspect, turns, &screen, &mut warnings);
        }
        if !parts.area || adjustments.zoom != Zoom::Fit || adjustments.pan != (0.0, 0.0) {
            let zoom = match adjustments.zoom {
                // what the state asks for is not what fits: keep its size while it is moved
                Zoom::Fit if parts.area => Zoom::Scale(plan.view.scale * plan.aspect.min(1.0)),
                zoom => zoom,
            };
            let adjustments = Adjustments {
                rotation: turns.0,
                flip: turns.1,
                zoom,
                ..adjustments.clone()
            };
            let canvas = screen.size.unwrap_or(canvas);
            plan.view = View::interactive(&plan.view.area, plan.aspect, &adjustments, canvas);
        }
        Ok(Presented { plan, warnings })
    }

    /// Whether it can be applied to a frame at all.
    ///
    /// # Errors
    /// The frame does not exist or is not referenced, the image has colours.
    pub fn check(&self, subject: &Subject<'_>) -> Result<(), StateError> {
        use PhotometricInterpretation::{Monochrome1, Monochrome2};
        let wanted = u64::from(subject.frame.0) + 1;
        let frames = subject.pixels.frames;
        if wanted > u64::from(frames) {
            return Err(PlanError::NoSuchFrame { wanted, frames }.into());
        }
        if subject.pixels.samples_per_pixel != 1
            || !matches!(subject.pixels.photometric, Monochrome1 | Monochrome2)
        {
            return Err(StateError::NotGrayscale);
        }
        if !self.applies_to(subject.sop_instance_uid, subject.frame) {
            return Err(StateError::NotReferenced(wanted));
        }
        Ok(())
    }

    /// Everything but the view.
    fn plan(
        &self,
        subject: &Subject<'_>,
        parts: StateParts,
        warnings: &mut Vec<StateWarning>,
    ) -> DisplayPlan {
        let own = subject.attributes.voi(subject.frame, &VoiChoice::AsSent);
        let mut plan =
            DisplayPlan::of_object(subject.attributes, subject.pixels, subject.frame, own);
        if parts.grayscale {
            plan.stages = Stages::Gray(self.chain(subject));
        }
        if parts.shutter {
            plan.shutter.clone_from(&self.shutter);
        }
        let own_layers = if parts.overlays {
            Vec::new()
        } else {
            std::mem::take(&mut plan.layers)
        };
        plan.layers = self.layers(subject, parts, warnings);
        plan.layers.splice(0..0, own_layers);
        plan
    }

    /// Its three gray stages for a frame.
    pub fn chain(&self, subject: &Subject<'_>) -> GrayChain {
        let stored = stored_range(subject.pixels);
        let modality = match &self.modality {
            Modality::Table(table) => Modality::Table(for_input(table, stored.0)),
            other => other.clone(),
        };
        let (low, high) = modality.output_range(stored);
        let item = closest(&self.voi, subject.sop_instance_uid, subject.frame);
        let voi = match item {
            Some(StateVoi::Table(table)) => Some(Voi::Table(for_input(table, low))),
            Some(StateVoi::Window(named)) => Voi::windowed(named.window, named.function),
            Some(StateVoi::Unusable) | None => None,
        };
        GrayChain {
            padding: subject.attributes.frame(subject.frame).padding,
            modality,
            voi: voi.unwrap_or(Voi::Identity { low, high }),
            presentation: self.presentation.clone(),
        }
    }

    fn layers(
        &self,
        subject: &Subject<'_>,
        parts: StateParts,
        warnings: &mut Vec<StateWarning>,
    ) -> Vec<Layer> {
        let layers = self.layers.iter().map(|layer| Layer {
            value: layer.value,
            overlays: if parts.overlays {
                self.overlays_of(&layer.name, subject)
            } else {
                Vec::new()
            },
            annotations: if parts.annotations {
                self.annotations_of(&layer.name, subject)
            } else {
                Vec::new()
            },
        });
        let shown =
            layers.filter(|layer| !(layer.overlays.is_empty() && layer.annotations.is_empty()));
        let layers: Vec<Layer> = shown.collect();
        let texts = layers.iter().flat_map(|layer| &layer.annotations);
        let lacking: usize = texts
            .map(|annotation| match annotation {
                Annotation::Text(object) => text::characters_lacking(&object.text),
                Annotation::Graphic(_) => 0,
            })
            .sum();
        if parts.overlays {
            self.warn_of_missing_planes(subject, warnings);
        }
        if lacking > 0 {
            let reason = format!("{lacking} characters are not in the font: shown as boxes");
            warn(warnings, tags::UNFORMATTED_TEXT_VALUE, reason);
        }
        layers
    }

    /// Planes shown on a layer, by group.
    fn overlays_of(&self, layer: &str, subject: &Subject<'_>) -> Vec<OverlayPainting> {
        let active = self.activations.iter().filter(|a| a.layer == layer);
        let planes = active.filter_map(|activation| self.plane(activation.group, subject));
        planes
            .filter_map(|plane| {
                Some(OverlayPainting {
                    frame: plane.frame_for(subject.frame)?,
                    plane: Arc::clone(plane),
                })
            })
            .collect()
    }

    /// The state's own plane where it has the group, else the image's.
    fn plane<'a>(&'a self, group: u16, subject: &Subject<'a>) -> Option<&'a Arc<OverlayPlane>> {
        let planes = if self.replaced_groups.contains(&group) {
            &self.overlays
        } else {
            &subject.attributes.overlays
        };
        planes.iter().find(|plane| plane.group == group)
    }

    fn warn_of_missing_planes(&self, subject: &Subject<'_>, warnings: &mut Vec<StateWarning>) {
        let groups = self.activations.iter().map(|activation| activation.group);
        for group in groups.filter(|group| self.plane(*group, subject).is_none()) {
            let reason = "activated, but there is no such plane, or it cannot be used".into();
            warn(warnings, Tag(group, OVERLAY_ACTIVATION_LAYER), reason);
        }
    }

    fn annotations_of(&self, layer: &str, subject: &Subject<'_>) -> Vec<Annotation> {
        let (image, frame) = (subject.sop_instance_uid, subject.frame);
        let items = self.annotations.iter();
        items
            .filter(|item| item.part.layer == layer && item.closeness(image, frame).is_some())
            .flat_map(|item| item.part.annotations.iter().cloned())
            .collect()
    }

    /// The displayed area on a canvas, in the state's size mode; sets the pixel aspect.
    fn view(
        &self,
        subject: &Subject<'_>,
        aspect: &mut f64,
        turns: (u8, bool),
        screen: &Screen,
        warnings: &mut Vec<StateWarning>,
    ) -> View {
        let item = closest(&self.areas, subject.sop_instance_uid, subject.frame);
        let displayed = item.copied().unwrap_or_else(|| {
            let tag = tags::DISPLAYED_AREA_SELECTION_SEQUENCE;
            warn(
                warnings,
                tag,
                "none for this frame: the whole image is shown".into(),
            );
            whole(subject.pixels)
        });
        *aspect = displayed.aspect;
        let area = area_of(&displayed);
        let scale = match (displayed.size_mode, screen.pitch_mm) {
            (SizeMode::ScaleToFit, _) => None,
            (SizeMode::Magnify(ratio), _) => Some(ratio / aspect.min(1.0)),
            (SizeMode::TrueSize(spacing), Some(pitch)) if pitch > 0.0 => Some(spacing / pitch),
            (SizeMode::TrueSize(_), _) => {
                let reason =
                    "TRUE SIZE, but the size of a pixel of the monitor is not known: fitted";
                warn(warnings, tags::PRESENTATION_SIZE_MODE, reason.into());
                None
            }
        };
        let (size, interpolation) = (screen.size, screen.interpolation);
        match scale {
            None => View::scale_to_fit(&area, *aspect, turns, size, interpolation),
            Some(scale) => View::scaled(&area, *aspect, turns, scale, size, interpolation),
        }
    }
}

fn warn(warnings: &mut Vec<StateWarning>, tag: Tag, reason: String) {
    warnings.push(StateWarning { tag, reason });
}

/// Window, VOI LUT and polarity as the user chose them.
fn adjust_grays(plan: &mut DisplayPlan, subject: &Subject<'_>, adjustments: &Adjustments) {
    let Stages::Gray(chain) = &mut plan.stages else {
        return;
    };
    match &adjustments.voi {
        VoiChoice::AsSent => {}
        VoiChoice::Window(window) => {
            if let Some(voi) = Voi::windowed(*window, VoiFunction::Linear) {
                chain.voi = voi;
            }
        }
        choice => chain.voi = subject.attributes.voi(subject.frame, choice),
    }
    if adjustments.invert {
        chain.presentation = std::mem::take(&mut chain.presentation).inverted();
    }
}

impl PresentationState {
    /// Rotation and flip of the image when the user's come after the state's.
    pub fn turned(&self, user: (u8, bool)) -> (u8, bool) {
        turned_on((self.rotation, self.flip), user)
    }
}

/// One transformation for the state's and then the user's: a flip turns what was rotated before it the other way.
fn turned_on((first, flip): (u8, bool), (second, flip_again): (u8, bool)) -> (u8, bool) {
    let second = if flip { 4 - second % 4 } else { second % 4 };
    ((first + second) % 4, flip != flip_again)
}

fn for_input(table: &LookupTable, lowest: f64) -> LookupTable {
    if lowest < 0.0 {
        table.clone().for_signed_input()
    } else {
        table.clone()
    }
}

/// All of an image, fitted, its pixels square.
fn whole(pixels: &PixelDescription) -> DisplayedArea {
    DisplayedArea {
        first: (1, 1),
        last: (i64::from(pixels.columns), i64::from(pixels.rows)),
        size_mode: SizeMode::ScaleToFit,
        aspect: 1.0,
    }
}

/// The corners in either order, both included, counted from 0.
fn area_of(displayed: &DisplayedArea) -> Area {
    let (x0, y0) = displayed.first;
    let (x1, y1) = displayed.last;
    Area {
        x: x0.min(x1) - 1,
        y: y0.min(y1) - 1,
        width: x0.abs_diff(x1).cast_signed() + 1,
        height: y0.abs_diff(y1).cast_signed() + 1,
    }
}

impl PresentationState {
    /// The window in effect for a frame, where the state gives one; the viewer starts from it.
    pub fn window(&self, sop_instance_uid: &str, frame: FrameIndex) -> Option<Window> {
        match closest(&self.voi, sop_instance_uid, frame) {
            Some(StateVoi::Window(named)) => Some(named.window),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A view's rotation and flip as a map of the corners of a square, then another's.
    fn corners((rotation, flip): (u8, bool), square: [u8; 4]) -> [u8; 4] {
        // clockwise from the top left
        let [a, b, c, d] = square;
        let [a, b, c, d] = match rotation % 4 {
            0 => [a, b, c, d],
            1 => [d, a, b, c],
            2 => [c, d, a, b],
            _ => [b, c, d, a],
        };
        if flip { [b, a, d, c] } else { [a, b, c, d] }
    }

    #[test]
    fn the_users_turns_come_after_those_of_the_state() {
        for state in 0..8 {
            for user in 0..8 {
                let turns = |n: u8| (n % 4, n >= 4);
                let both = turned_on(turns(state), turns(user));
                assert_eq!(
                    corners(both, [0, 1, 2, 3]),
                    corners(turns(user), corners(turns(state), [0, 1, 2, 3])),
                    "{state} {user}"
                );
            }
        }
    }
}
