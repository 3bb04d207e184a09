//! The smallest and largest value of the frame in each viewport, counted once while it is shown (F10).

use std::collections::HashMap;

use egui::{Context, Id};

use super::scene::Scene;
use crate::imaging::{DisplayPlan, FrameKey, grayscale};

/// The frame of each viewport, and its stored values from and to; `None` when it holds nothing but padding.
#[derive(Clone, Default)]
struct Known(HashMap<usize, (FrameKey, Option<(f64, f64)>)>);

/// The values a cell really shows, after the first stage; `None` for colours and while nothing is there.
pub fn shown_values(
    context: &Context,
    scene: &Scene,
    plan: Option<&DisplayPlan>,
) -> Option<(f64, f64)> {
    let (chain, frame) = (plan?.chain()?, scene.pixels()?);
    let id = Id::unique("viewer-extremes");
    let known = context.data(|data| {
        let known = data.get_temp::<Known>(id)?;
        let (key, values) = known.0.get(&scene.cell)?;
        (*key == scene.key).then_some(*values)
    });
    let stored = known.unwrap_or_else(|| {
        let values = grayscale::stored_extremes(frame, chain.padding);
        context.data_mut(|data| {
            let known = data.get_temp_mut_or_default::<Known>(id);
            known.0.insert(scene.cell, (scene.key.clone(), values));
        });
        values
    });
    Some(chain.modality.reached(stored?))
}
