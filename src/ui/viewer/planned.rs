//! The plan of a cell: its image with a presentation state where one is shown, else as the object itself asks.
//!
//! A plan with a state is kept until something about it changes: making one reads every annotation of the state.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Context, Id};

use super::scene::Scene;
use crate::imaging::presentation_state::{StateParts, Subject};
use crate::imaging::{
    Adjustments, DisplayFunction, DisplayPlan, FrameKey, PresentationState, StateError,
    StateWarning,
};

/// A plan, and what of the state it does not show as asked.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: DisplayPlan,
    /// Whether the state is in it.
    pub with_state: bool,
    /// What the state asks for and is not shown, the state's own warnings first.
    pub warnings: Vec<StateWarning>,
    /// Why the state is not applied at all.
    pub problem: Option<StateError>,
}

/// Everything a plan with a state depends on.
#[derive(Clone)]
struct Request {
    state: Arc<PresentationState>,
    key: FrameKey,
    parts: StateParts,
    adjustments: Adjustments,
    canvas: (u32, u32),
    pitch_mm: Option<f64>,
    display: Option<Arc<DisplayFunction>>,
}

impl Request {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
            && self.key == other.key
            && self.parts == other.parts
            && self.adjustments == other.adjustments
            && self.canvas == other.canvas
            && self.pitch_mm == other.pitch_mm
            && self.display == other.display
    }
}

/// The last plan of each viewport.
#[derive(Clone, Default)]
struct Plans(HashMap<u64, (Request, Arc<Planned>)>);

/// The plan of a scene on a canvas of so many pixels; `slot` tells viewports apart. `None` for what is no picture.
pub fn planned(
    context: &Context,
    slot: u64,
    scene: &Scene,
    adjustments: &Adjustments,
    canvas: (u32, u32),
) -> Option<Arc<Planned>> {
    let instance = &scene.image.instance;
    let subject = Subject {
        sop_instance_uid: instance.sop_instance_uid.as_str(),
        attributes: &instance.display,
        pixels: instance.pixels.as_ref().ok()?,
        frame: scene.image.frame,
    };
    let Some(state) = scene.states.usable() else {
        let problem = scene.states.problem().cloned();
        let mut made = without_state(&subject, adjustments, canvas, problem);
        made.plan = made.plan.on_display(scene.display);
        return Some(Arc::new(made));
    };
    let request = Request {
        state: Arc::clone(state),
        key: scene.key.clone(),
        parts: scene.parts,
        adjustments: adjustments.clone(),
        canvas,
        pitch_mm: scene.pitch_mm,
        display: scene.display.cloned(),
    };
    let id = Id::unique("viewer-plans");
    let known = context.data(|data| {
        let plans = data.get_temp::<Plans>(id)?;
        let (made_for, planned) = plans.0.get(&slot)?;
        made_for.is(&request).then(|| Arc::clone(planned))
    });
    if known.is_some() {
        return known;
    }
    let mut made = with_state(&subject, &request);
    made.plan = made.plan.on_display(request.display.as_ref());
    let made = Arc::new(made);
    context.data_mut(|data| {
        let plans = data.get_temp_mut_or_default::<Plans>(id);
        plans.0.insert(slot, (request, Arc::clone(&made)));
    });
    Some(made)
}

/// The plan that a cell was last drawn with, if it was drawn with the state it has now.
pub fn last(context: &Context, scene: &Scene) -> Option<Arc<Planned>> {
    let state = scene.states.usable()?;
    context.data(|data| {
        let plans = data.get_temp::<Plans>(Id::unique("viewer-plans"))?;
        let (request, planned) = plans.0.get(&(scene.cell as u64))?;
        let same = Arc::ptr_eq(&request.state, state) && request.key == scene.key;
        same.then(|| Arc::clone(planned))
    })
}

fn with_state(subject: &Subject, request: &Request) -> Planned {
    let presented = request.state.plan_for_viewport(
        subject,
        request.parts,
        &request.adjustments,
        request.canvas,
        request.pitch_mm,
    );
    match presented {
        Ok(presented) => {
            let own = request.state.warnings.iter().cloned();
            Planned {
                plan: presented.plan,
                with_state: true,
                warnings: own.chain(presented.warnings).collect(),
                problem: None,
            }
        }
        Err(error) => without_state(subject, &request.adjustments, request.canvas, Some(error)),
    }
}

fn without_state(
    subject: &Subject,
    adjustments: &Adjustments,
    canvas: (u32, u32),
    problem: Option<StateError>,
) -> Planned {
    let (attributes, pixels) = (subject.attributes, subject.pixels);
    Planned {
        plan: DisplayPlan::for_viewport(attributes, pixels, subject.frame, adjustments, canvas),
        with_state: false,
        warnings: Vec::new(),
        problem,
    }
}
