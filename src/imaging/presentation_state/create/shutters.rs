//! Shutters as a state can hold them (PS3.3 C.7.6.11, C.7.6.15): one shape of each kind in whole numbers, or one bitmap alone.

use std::sync::Arc;

use crate::imaging::display_plan::DisplayPlan;
use crate::imaging::overlay::{OverlayBits, OverlayPlane};
use crate::imaging::raster;
use crate::imaging::shutter::{Shutter, ShutterShape};

/// The same shutter in shapes that can be written; what cannot becomes a bitmap of the image's size.
pub(super) fn expressible(plan: &DisplayPlan) -> Option<Arc<Shutter>> {
    let shutter = plan.shutter.as_ref()?;
    if is_expressible(&shutter.shapes) {
        return Some(Arc::clone(shutter));
    }
    let mask = raster::shutter::mask(plan)?;
    let mut bits = vec![0_u8; mask.occluded.len().div_ceil(8)];
    for (at, occluded) in mask.occluded.iter().enumerate() {
        bits[at / 8] |= occluded << (at % 8);
    }
    let plane = OverlayPlane {
        group: 0x6000,
        is_region: false,
        origin: (1, 1),
        rows: plan.image.0,
        columns: plan.image.1,
        frames: None,
        label: String::new(),
        bits: OverlayBits::Own(bits.into()),
    };
    Some(Arc::new(Shutter {
        shapes: vec![ShutterShape::Bitmap(Arc::new(plane))],
        value: mask.value,
    }))
}

/// The plane of a shutter that is one bitmap.
pub(super) fn bitmap(shutter: &Shutter) -> Option<&Arc<OverlayPlane>> {
    match &shutter.shapes[..] {
        [ShutterShape::Bitmap(plane)] => Some(plane),
        _ => None,
    }
}

fn is_expressible(shapes: &[ShutterShape]) -> bool {
    let kinds = |kind: &ShutterShape| {
        let same =
            |shape: &&ShutterShape| std::mem::discriminant(*shape) == std::mem::discriminant(kind);
        shapes.iter().filter(same).count()
    };
    shapes
        .iter()
        .all(|shape| kinds(shape) == 1 && is_whole(shape))
        && (shapes.len() == 1 || !shapes.iter().any(|s| matches!(s, ShutterShape::Bitmap(_))))
}

/// Whether all its numbers can be integer strings.
fn is_whole(shape: &ShutterShape) -> bool {
    let whole = |number: f64| number.fract() == 0.0 && number.abs() < f64::from(i32::MAX);
    match shape {
        ShutterShape::Rectangular {
            left,
            right,
            upper,
            lower,
        } => [*left, *right, *upper, *lower].into_iter().all(whole),
        ShutterShape::Circular {
            row,
            column,
            radius,
        } => [*row, *column, *radius].into_iter().all(whole),
        ShutterShape::Polygonal(vertices) => vertices.iter().all(|(r, c)| whole(*r) && whole(*c)),
        ShutterShape::Bitmap(_) => true,
    }
}
