//! Display plans to a [`NewState`]: what all of them share is said once, what differs is said by image and frame.

use std::sync::Arc;

use super::{
    AreaChoice, CreateError, ImageIdentity, NewArea, NewLayer, NewState, ViewedImage, area_of,
    shutters,
};
use crate::imaging::FrameIndex;
use crate::imaging::annotation::Annotation;
use crate::imaging::display_plan::{DisplayPlan, Layer};
use crate::imaging::grayscale::{GrayChain, Presentation, Voi};
use crate::imaging::overlay::OverlayPlane;
use crate::imaging::presentation_state::{Activation, AnnotationItem, ImageReference, Scoped};

/// Groups that overlay planes can have.
const GROUPS: std::ops::RangeInclusive<u16> = 0x6000..=0x601E;
/// The layer of what a person drew: white, yellow where there are colours (CIELab of sRGB 255, 214, 0).
const DRAWN: (&str, u16, [u16; 3]) = ("MEASUREMENTS", 65535, [57_160, 33_768, 55_097]);

/// A frame as it is shown.
#[derive(Debug, Clone)]
pub struct ViewedFrame<'a> {
    /// Its image.
    pub identity: ImageIdentity,
    /// Which frame.
    pub frame: FrameIndex,
    /// How it is shown, without what a person drew.
    pub plan: DisplayPlan,
    /// Overlay planes of the image's own, shown or not.
    pub own_planes: &'a [Arc<OverlayPlane>],
    /// Vertical and horizontal size of a pixel in mm, where that is known.
    pub spacing_mm: Option<(f64, f64)>,
    /// What a person drew, over everything else.
    pub drawn: Vec<Annotation>,
}

/// Makes one state of views of different frames.
///
/// # Errors
/// There is none, one is in colour, they differ where a state has one value for all, or a true size is not known.
pub fn gather(views: &[ViewedFrame<'_>], area: AreaChoice) -> Result<NewState, CreateError> {
    let first = views.first().ok_or(CreateError::Nothing)?;
    let chains: Vec<&GrayChain> = views
        .iter()
        .map(|view| view.plan.chain().ok_or(CreateError::Color))
        .collect::<Result<_, _>>()?;
    same(&chains, |chain| &chain.modality, "modality LUT")?;
    same(&chains, |chain| &chain.presentation, "polarity")?;
    same(views, |view| &view.plan.view.rotation, "rotation")?;
    same(views, |view| &view.plan.view.flip, "flip")?;
    let shutter = shutters::expressible(&first.plan);
    if views
        .iter()
        .any(|v| shutters::expressible(&v.plan) != shutter)
    {
        return Err(CreateError::Differs("shutter"));
    }
    let areas: Vec<NewArea> = views
        .iter()
        .map(|view| area_of(&view.plan, area, view.spacing_mm))
        .collect::<Result<_, _>>()?;
    let mut planes = Planes::of(views);
    let layers = Layers::of(views);
    let activations = planes.activate(views, &layers)?;
    let bitmap = shutter.as_deref().and_then(shutters::bitmap);
    let shutter_group = match bitmap {
        Some(plane) => Some(planes.group_of(plane, &[])?),
        None => None,
    };
    let voi = grouped(views, |at| match &chains[at].voi {
        Voi::Identity { .. } => None,
        voi => Some(voi.clone()),
    });
    Ok(NewState {
        images: images(views),
        modality: chains[0].modality.clone(),
        voi,
        presentation: written(&chains[0].presentation),
        shutter,
        shutter_group,
        planes: planes.foreign,
        activations,
        areas: grouped(views, |at| Some(areas[at])),
        rotation: first.plan.view.rotation % 4,
        flip: first.plan.view.flip,
        annotations: layers.annotations(views),
        layers: layers.written(),
    })
}

fn same<'a, V, T: PartialEq + 'a>(
    all: &'a [V],
    part: impl Fn(&'a V) -> &'a T,
    what: &'static str,
) -> Result<(), CreateError> {
    let mut parts = all.iter().map(part);
    let first = parts.next();
    if parts.all(|part| Some(part) == first) {
        Ok(())
    } else {
        Err(CreateError::Differs(what))
    }
}

/// A table seen inverted is written as the inverted table.
fn written(presentation: &Presentation) -> Presentation {
    let Presentation::InverseTable(table) = presentation else {
        return presentation.clone();
    };
    let mut table = table.clone();
    // At most 16 bits.
    let largest = ((1_u32 << table.bits) - 1) as u16;
    let entries = table.entries.iter();
    table.entries = entries
        .map(|entry| largest.saturating_sub(*entry))
        .collect();
    Presentation::Table(table)
}

/// Parts by view, equal ones together; a part of all views has no references.
fn grouped<T: PartialEq>(
    views: &[ViewedFrame<'_>],
    part: impl Fn(usize) -> Option<T>,
) -> Vec<Scoped<T>> {
    let mut groups: Vec<(T, Vec<usize>)> = Vec::new();
    for at in 0..views.len() {
        let Some(part) = part(at) else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == part) {
            Some((_, members)) => members.push(at),
            None => groups.push((part, vec![at])),
        }
    }
    groups
        .into_iter()
        .map(|(part, members)| Scoped {
            references: if members.len() == views.len() {
                Vec::new()
            } else {
                references(views, &members)
            },
            part,
        })
        .collect()
}

fn references(views: &[ViewedFrame<'_>], members: &[usize]) -> Vec<ImageReference> {
    let members: Vec<&ViewedFrame<'_>> = members.iter().map(|at| &views[*at]).collect();
    viewed(&members)
        .into_iter()
        .map(|image| ImageReference {
            sop_instance_uid: image.identity.instance_uid,
            frames: image.frames,
        })
        .collect()
}

fn images(views: &[ViewedFrame<'_>]) -> Vec<ViewedImage> {
    viewed(&views.iter().collect::<Vec<_>>())
}

/// The images of some views, each once, with the frames that are meant where not all are.
fn viewed(views: &[&ViewedFrame<'_>]) -> Vec<ViewedImage> {
    let mut images: Vec<(ImageIdentity, Vec<i64>)> = Vec::new();
    for view in views {
        let frame = i64::from(view.frame.0) + 1;
        match images.iter_mut().find(|(known, _)| *known == view.identity) {
            Some((_, frames)) => frames.push(frame),
            None => images.push((view.identity.clone(), vec![frame])),
        }
    }
    images
        .into_iter()
        .map(|(identity, mut frames)| {
            frames.sort_unstable();
            frames.dedup();
            ViewedImage {
                frames: (frames.len() < identity.frames as usize).then_some(frames),
                identity,
            }
        })
        .collect()
}

/// The layers of all views: those at the same height with the same gray are one.
struct Layers {
    keys: Vec<(usize, u16)>,
    drawn: bool,
}

impl Layers {
    fn of(views: &[ViewedFrame<'_>]) -> Self {
        let layers = views
            .iter()
            .flat_map(|view| view.plan.layers.iter().enumerate());
        let mut keys: Vec<(usize, u16)> = layers.map(|(at, layer)| (at, gray(layer))).collect();
        keys.sort_unstable();
        keys.dedup();
        Self {
            keys,
            drawn: views.iter().any(|view| !view.drawn.is_empty()),
        }
    }

    fn name(&self, at: usize, layer: &Layer) -> String {
        let key = (at, gray(layer));
        let place = self.keys.iter().position(|known| *known == key);
        format!("LAYER_{}", place.map_or(0, |place| place + 1))
    }

    fn written(self) -> Vec<NewLayer> {
        let mut layers: Vec<NewLayer> = self
            .keys
            .iter()
            .enumerate()
            .map(|(place, (_, gray))| NewLayer {
                name: format!("LAYER_{}", place + 1),
                gray: *gray,
                cie_lab: None,
                description: "Overlays and annotations of the view",
            })
            .collect();
        if self.drawn {
            let (name, gray, cie_lab) = DRAWN;
            layers.push(NewLayer {
                name: name.to_owned(),
                gray,
                cie_lab: Some(cie_lab),
                description: "Measurements and drawings",
            });
        }
        layers
    }

    fn annotations(&self, views: &[ViewedFrame<'_>]) -> Vec<Scoped<AnnotationItem>> {
        let mut items = Vec::new();
        for (place, key) in self.keys.iter().enumerate() {
            items.extend(grouped(views, |at| {
                let layer = views[at].plan.layers.get(key.0)?;
                let here = gray(layer) == key.1 && !layer.annotations.is_empty();
                here.then(|| AnnotationItem {
                    layer: format!("LAYER_{}", place + 1),
                    annotations: layer.annotations.clone(),
                })
            }));
        }
        items.extend(grouped(views, |at| {
            let drawn = &views[at].drawn;
            (!drawn.is_empty()).then(|| AnnotationItem {
                layer: DRAWN.0.to_owned(),
                annotations: drawn.clone(),
            })
        }));
        items
    }
}

fn gray(layer: &Layer) -> u16 {
    (layer.value.clamp(0.0, 1.0) * 65535.0).round() as u16
}

/// Overlay planes that the images do not have themselves, under groups that they do not use.
struct Planes {
    taken: Vec<u16>,
    foreign: Vec<Arc<OverlayPlane>>,
    /// The planes as they were, beside `foreign`.
    originals: Vec<Arc<OverlayPlane>>,
}

impl Planes {
    fn of(views: &[ViewedFrame<'_>]) -> Self {
        let own = views.iter().flat_map(|view| view.own_planes);
        let mut taken: Vec<u16> = own.map(|plane| plane.group).collect();
        taken.sort_unstable();
        taken.dedup();
        Self {
            taken,
            foreign: Vec::new(),
            originals: Vec::new(),
        }
    }

    /// The group that shows a plane.
    fn group_of(
        &mut self,
        plane: &Arc<OverlayPlane>,
        own: &[Arc<OverlayPlane>],
    ) -> Result<u16, CreateError> {
        if own.contains(plane) {
            return Ok(plane.group);
        }
        if let Some(at) = self.originals.iter().position(|known| known == plane) {
            return Ok(self.foreign[at].group);
        }
        let mut free = GROUPS
            .step_by(2)
            .filter(|group| !self.taken.contains(group));
        let group = free.next().ok_or(CreateError::Planes)?;
        self.taken.push(group);
        self.originals.push(Arc::clone(plane));
        self.foreign.push(Arc::new(OverlayPlane {
            group,
            ..(**plane).clone()
        }));
        Ok(group)
    }

    /// Which groups show on which layers, the same for all views.
    fn activate(
        &mut self,
        views: &[ViewedFrame<'_>],
        layers: &Layers,
    ) -> Result<Vec<Activation>, CreateError> {
        let differ = || CreateError::Differs("overlays");
        let mut activations: Vec<Activation> = Vec::new();
        for view in views {
            for (at, layer) in view.plan.layers.iter().enumerate() {
                for painting in &layer.overlays {
                    let activation = Activation {
                        group: self.group_of(&painting.plane, view.own_planes)?,
                        layer: layers.name(at, layer),
                    };
                    let known = activations.iter().find(|a| a.group == activation.group);
                    match known {
                        Some(known) if *known == activation => {}
                        Some(_) => return Err(differ()),
                        None => activations.push(activation),
                    }
                }
            }
        }
        // what is active for one image is active for all that have such a plane
        let shown = |view: &ViewedFrame<'_>, plane: &Arc<OverlayPlane>| {
            let layers = view.plan.layers.iter();
            layers
                .flat_map(|layer| &layer.overlays)
                .any(|p| p.plane == *plane)
        };
        let unwanted = views.iter().any(|view| {
            view.own_planes.iter().any(|plane| {
                activations.iter().any(|a| a.group == plane.group)
                    && plane.frame_for(view.frame).is_some()
                    && !shown(view, plane)
            })
        });
        if unwanted {
            return Err(differ());
        }
        activations.sort_by_key(|activation| activation.group);
        Ok(activations)
    }
}
