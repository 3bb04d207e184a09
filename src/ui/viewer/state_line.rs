//! The state of a viewport in one line for tests and screen readers (T1):
//! `CT 3/120 SOP=..42 W400 C40 HU zoom=1.00 rot=0 flip=N inv=N ps=NONE cal=mm lossy=N`.

use super::corner_text::shown_window;
use super::scene::Scene;
use crate::imaging::DisplayPlan;
use crate::imaging::geometry::SpacingOrigin;
use crate::imaging::technique::{Unit, short};

/// The line of a cell.
pub fn state_line(scene: &Scene, plan: Option<&DisplayPlan>) -> String {
    let instance = &scene.image.instance;
    let uid = instance.sop_instance_uid.as_str();
    let last = uid.rsplit('.').next().unwrap_or(uid);
    let tail = &last[last.len().saturating_sub(6)..];
    let window = match shown_window(scene) {
        Some(window) => format!(
            "W{} C{} {}",
            short(window.width, 2),
            short(window.center, 2),
            unit_word(&instance.technique.unit)
        ),
        None if instance.display.is_color => "W- C- RGB".to_owned(),
        None => format!("LUT {}", unit_word(&instance.technique.unit)),
    };
    let view = &scene.adjustments;
    let yes_no = |yes: bool| if yes { "Y" } else { "N" };
    format!(
        "{} {}/{} SOP=..{tail} {window} zoom={:.2} rot={} flip={} inv={} ps=NONE cal={} lossy={}",
        instance.technique.modality,
        scene.position + 1,
        scene.stack.images.len(),
        plan.map_or(0.0, DisplayPlan::scale),
        u32::from(view.rotation) * 90,
        yes_no(view.flip),
        yes_no(view.invert),
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
