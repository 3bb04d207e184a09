//! A breast seen from the side: a large, mostly black MONOCHROME1 picture with a VOI LUT, as mammography units send it.

use crate::dicom::{VR, tags, uids};

use super::Builder;
use super::noise::Noise;
use super::patient::{Patient, with_gray_pixels};

/// Height and width in pixels, 0.07 mm each.
pub const ROWS: u32 = 3328;
/// Width in pixels.
pub const COLUMNS: u32 = 2560;

/// Right or left breast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Laterality {
    /// R: the chest wall is at the right edge of the picture.
    Right,
    /// L: the chest wall is at the left edge.
    Left,
}

/// How much tissue an X-ray met, 0 (air) to about 1; `x` counts from the chest wall, both in pixels.
fn thickness(x: f32, y: f32) -> f32 {
    let (reach, half) = (1750.0, 1350.0);
    let from_centre = (y - ROWS as f32 * 0.5) / half;
    let profile = 1.0 - from_centre * from_centre;
    if profile <= 0.0 {
        return 0.0;
    }
    let edge = reach * profile.sqrt();
    if x >= edge {
        return 0.0;
    }
    let depth = ((edge - x) / 260.0).min(1.0);
    // strands that run towards the nipple
    let angle = (y - ROWS as f32 * 0.5).atan2(reach * 1.1 - x);
    let strands = (angle * 34.0 + (x * 0.006).sin() * 1.7).sin() * 0.5 + 0.5;
    let glandular = (-((x - 700.0) / 560.0).powi(2) - (from_centre * 1.5).powi(2)).exp();
    let muscle = if y < ROWS as f32 * 0.42 && x < (ROWS as f32 * 0.42 - y) * 0.42 {
        0.35
    } else {
        0.0
    };
    depth.sqrt() * (0.34 + glandular * (0.22 + 0.18 * strands) + muscle)
}

/// Small bright dots: five calcifications.
fn calcification(x: f32, y: f32) -> bool {
    [
        (820.0, 1500.0),
        (842.0, 1522.0),
        (806.0, 1530.0),
        (861.0, 1494.0),
        (835.0, 1551.0),
    ]
    .iter()
    .any(|(cx, cy)| (x - cx).powi(2) + (y - cy).powi(2) < 20.0)
}

/// A digital mammogram for presentation (PS3.3 A.27): MLO view, 12 bits stored, a VOI LUT of 4096 entries and two windows.
pub fn mammogram(patient: &Patient, laterality: Laterality, series: u32, instance: u32) -> Builder {
    let mut noise = Noise::new(u64::from(instance) << 16 | 0x3A);
    let mut pixels = Vec::with_capacity((ROWS * COLUMNS) as usize);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let from_wall = match laterality {
                Laterality::Left => column,
                Laterality::Right => COLUMNS - 1 - column,
            };
            let (x, y) = (from_wall as f32, row as f32);
            let tissue = thickness(x, y);
            // MONOCHROME1: the less radiation arrived, the smaller the value and the brighter the picture; air is 4095
            let stored = if tissue == 0.0 {
                4095.0
            } else {
                let dot = if calcification(x, y) { 420.0 } else { 0.0 };
                3150.0 - tissue * 2300.0 - dot + noise.grain() * 26.0
            };
            pixels.push(stored.clamp(0.0, 4095.0) as u16);
        }
    }
    let (side, orientation) = match laterality {
        Laterality::Right => ("R", "P\\F"),
        Laterality::Left => ("L", "A\\F"),
    };
    let object = patient
        .object(
            uids::DIGITAL_MAMMOGRAPHY_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
            "MG",
            series,
            &format!("{side} MLO"),
            instance,
        )
        .text(tags::IMAGE_TYPE, "ORIGINAL\\PRIMARY")
        .text(tags::PRESENTATION_INTENT_TYPE, "FOR PRESENTATION")
        .text(tags::BODY_PART_EXAMINED, "BREAST")
        .text(tags::IMAGE_LATERALITY, side)
        .text(tags::VIEW_POSITION, "MLO")
        .text(tags::PATIENT_ORIENTATION, orientation)
        .floats(tags::IMAGER_PIXEL_SPACING, &[0.07, 0.07])
        .floats(tags::KVP, &[28.0])
        .ints(tags::EXPOSURE, &[62])
        .floats(tags::COMPRESSION_FORCE, &[110.0])
        .floats(tags::BODY_PART_THICKNESS, &[52.0])
        .text(tags::BURNED_IN_ANNOTATION, "NO")
        .text(tags::LOSSY_IMAGE_COMPRESSION, "00")
        .text(tags::PRESENTATION_LUT_SHAPE, "INVERSE")
        .text(tags::WINDOW_CENTER, "1700\\1500")
        .text(tags::WINDOW_WIDTH, "2400\\1200")
        .text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, "NORMAL\\DENSE")
        .sequence(tags::VOILUT_SEQUENCE, vec![s_curve()]);
    with_gray_pixels(object, ROWS, COLUMNS, 12, pixels)
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME1")
}

/// A gentle S, like film: 4096 entries of 12 bits.
fn s_curve() -> Builder {
    let entries = (0..4096_u16)
        .map(|i| {
            let steep = 1.0 / (1.0 + (-(f32::from(i) - 1900.0) / 480.0).exp());
            (steep * 4095.0).round() as u16
        })
        .collect();
    Builder::new()
        .ints(tags::LUT_DESCRIPTOR, &[4096, 0, 12])
        .text(tags::LUT_EXPLANATION, "FILM")
        .words(tags::LUT_DATA, VR::OW, entries)
}
