//! Values of shapes, kept as long as shape and image stay the same: a region over a whole mammogram is looked at once.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Context, Id};

use super::scene::Scene;
use crate::imaging::grayscale::Modality;
use crate::imaging::measure::Shape;
use crate::imaging::technique::Unit;
use crate::imaging::{DisplayPlan, FrameKey};
use crate::workspace::viewer::drawing::shape_lines;

/// Values remembered; all are forgotten when there are more.
const REMEMBERED_MAX: usize = 2000;
/// Pixels of a region whose values are told while it is being drawn.
const LIVE_PIXELS_MAX: f64 = 500_000.0;

/// Everything the values of a shape depend on.
#[derive(Clone, PartialEq)]
struct Request {
    shape: Shape,
    modality: Modality,
    unit: Unit,
    aspect: f64,
    with_pixels: bool,
}

/// A request with its lines.
type Answered = (Request, Arc<Vec<String>>);

/// Requests by frame.
#[derive(Clone, Default)]
struct Remembered {
    by_frame: HashMap<FrameKey, Vec<Answered>>,
    count: usize,
}

/// The words of a shape: its values with their units (F6, F7), or what a text says. `live` while it is being drawn.
pub fn lines(
    context: &Context,
    scene: &Scene,
    plan: &DisplayPlan,
    shape: &Shape,
    live: bool,
) -> Arc<Vec<String>> {
    let own = scene.image.instance.display.frame(scene.image.frame);
    let modality = plan.chain().map_or(&own.modality, |chain| &chain.modality);
    let [left, top, right, bottom] = shape.bounds(|at| at);
    let heavy = (right - left) * (bottom - top) > LIVE_PIXELS_MAX;
    let request = Request {
        shape: shape.clone(),
        modality: modality.clone(),
        unit: scene.unit(),
        aspect: plan.aspect,
        with_pixels: scene.pixels().is_some() && !(live && heavy),
    };
    if live {
        return Arc::new(measured(scene, plan, &request));
    }
    let id = Id::unique("viewer-measured");
    let known = context.data(|data| {
        let remembered = data.get_temp::<Arc<Remembered>>(id)?;
        let mut of_frame = remembered.by_frame.get(&scene.key)?.iter();
        let found = of_frame.find(|(known, _)| *known == request)?;
        Some(Arc::clone(&found.1))
    });
    known.unwrap_or_else(|| {
        let lines = Arc::new(measured(scene, plan, &request));
        context.data_mut(|data| {
            let remembered: &mut Arc<Remembered> = data.get_temp_mut_or_default(id);
            let remembered = Arc::make_mut(remembered);
            if remembered.count >= REMEMBERED_MAX {
                *remembered = Remembered::default();
            }
            remembered.count += 1;
            let of_frame = remembered.by_frame.entry(scene.key.clone()).or_default();
            of_frame.push((request, Arc::clone(&lines)));
        });
        lines
    })
}

fn measured(scene: &Scene, plan: &DisplayPlan, request: &Request) -> Vec<String> {
    let image = scene.image;
    let place = (&*image.instance, image.frame);
    let frame = scene.pixels().filter(|_| request.with_pixels);
    let frame = frame.map(|frame| &**frame);
    shape_lines(&request.shape, place, plan, &request.unit, frame)
}
