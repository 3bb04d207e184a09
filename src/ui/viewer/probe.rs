//! The pixel probe (V11): stored value, modality value with its unit, P-value, and the place in the patient.

use super::scene::Scene;
use crate::imaging::technique::short;
use crate::imaging::{DisplayPlan, Frame, Samples};

/// What lies under a canvas position, in words; `None` outside the image.
pub fn words(scene: &Scene, plan: &DisplayPlan, canvas: (f64, f64)) -> Option<String> {
    let frame = scene.pixels()?;
    let (x, y) = plan.view.canvas_to_image(canvas.0, canvas.1)?;
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (column, row) = (x as u32, y as u32);
    let values = stored(frame, column, row)?;
    let mut words = vec![format!("x {column}  y {row}")];
    if let ([value], Some(chain)) = (&values[..], plan.chain()) {
        let value = *value;
        let modality = chain.modality_value(value);
        let shown = chain.p_value(value);
        words.push(format!("stored {}", short(value, 3)));
        words.push(format!("{} {}", short(modality, 2), scene.unit()));
        words.push(format!("P {shown:.3}"));
    } else {
        let parts: Vec<String> = values.iter().map(|value| short(*value, 0)).collect();
        words.push(format!("({})", parts.join(", ")));
    }
    let plane = scene.image.plane();
    if let Some([x, y, z]) = plane.patient_mm(f64::from(column), f64::from(row)) {
        words.push(format!("[{x:.1} {y:.1} {z:.1}] mm"));
    }
    Some(words.join("   "))
}

/// The stored values of one pixel.
fn stored(frame: &Frame, column: u32, row: u32) -> Option<Vec<f64>> {
    if column >= frame.columns || row >= frame.rows {
        return None;
    }
    let parts = usize::from(frame.samples_per_pixel);
    let start = (row as usize * frame.columns as usize + column as usize) * parts;
    let range = start..start + parts;
    fn wide<T: Copy + Into<f64>>(values: &[T]) -> Vec<f64> {
        values.iter().map(|value| (*value).into()).collect()
    }
    Some(match &frame.samples {
        Samples::U8(v) => wide(v.get(range)?),
        Samples::I8(v) => wide(v.get(range)?),
        Samples::U16(v) => wide(v.get(range)?),
        Samples::I16(v) => wide(v.get(range)?),
        Samples::U32(v) => wide(v.get(range)?),
        Samples::I32(v) => wide(v.get(range)?),
        Samples::F32(v) => wide(v.get(range)?),
        Samples::F64(v) => wide(v.get(range)?),
    })
}
