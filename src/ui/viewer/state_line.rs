//! The state of a viewport in one line for tests and screen readers (T1):
//! `CT 3/120 SOP=..42 W400 C40 HU zoom=1.00 rot=0 flip=N inv=N ps=NONE cal=mm lossy=N`.

use super::corner_text::shown_window;
use super::planned::Planned;
use super::scene::Scene;
use crate::imaging::DisplayPlan;
use crate::imaging::geometry::SpacingOrigin;
use crate::imaging::technique::{Unit, short};

/// The line of a cell.
pub fn state_line(scene: &Scene, planned: Option<&Planned>) -> String {
    let plan = planned.map(|planned| &planned.plan);
    let instance = &scene.image.instance;
    let uid = instance.sop_instance_uid.as_str();
    let last = uid.rsplit('.').next().unwrap_or(uid);
    let tail = &last[last.len().saturating_sub(6)..];
    let unit = unit_word(&scene.unit());
    let window = match shown_window(scene, plan) {
        Some(window) => format!(
            "W{} C{} {unit}",
            short(window.width, 2),
            short(window.center, 2),
        ),
        None if instance.display.is_color => "W- C- RGB".to_owned(),
        None => format!("LUT {unit}"),
    };
    let (rotation, flip) = scene.turns;
    let applied = planned.filter(|planned| planned.with_state);
    let state = applied
        .and(scene.states.chosen)
        .map(|state| state.title().replace(' ', "_"));
    let yes_no = |yes: bool| if yes { "Y" } else { "N" };
    format!(
        "{} {}/{} SOP=..{tail} {window} zoom={:.2} rot={} flip={} inv={} ps={} cal={} lossy={}",
        instance.technique.modality,
        scene.position + 1,
        scene.stack.images.len(),
        plan.map_or(0.0, DisplayPlan::scale),
        u32::from(rotation) * 90,
        yes_no(flip),
        yes_no(scene.adjustments.invert),
        state.as_deref().unwrap_or("NONE"),
        calibration_word(scene),
        yes_no(instance.technique.lossy.is_some()),
    )
}

fn unit_word(unit: &Unit) -> String {
    match unit {
        Unit::None => "none".to_owned(),
        named => named.to_string().replace(' ', "_"),
    }
}

fn calibration_word(scene: &Scene) -> &'static str {
    match scene.image.plane().spacing.map(|spacing| spacing.origin) {
        Some(SpacingOrigin::Patient) => "mm",
        Some(SpacingOrigin::Detector) => "mm-detector",
        Some(SpacingOrigin::Magnification(_)) => "mm-ermf",
        Some(SpacingOrigin::UltrasoundRegion) => "mm-us",
        Some(SpacingOrigin::ScannedSheet) => "mm-sheet",
        Some(SpacingOrigin::Manual) => "mm-manual",
        None => "px",
    }
}
