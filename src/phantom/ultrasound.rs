//! A colour loop like an echo machine's: a gray sector with a beating circle and a coloured jet.

use std::f32::consts::PI;

use crate::dicom::{VR, tags, uids};

use super::Builder;
use super::noise::Noise;
use super::patient::Patient;

/// Height in pixels.
pub const ROWS: u32 = 384;
/// Width in pixels.
pub const COLUMNS: u32 = 512;

/// The colour of one place at one phase of the beat (0 to 1), before speckle.
fn color_at(x: f32, y: f32, phase: f32, speckle: f32) -> [u8; 3] {
    let (dx, dy) = (x - COLUMNS as f32 / 2.0, y - 14.0);
    let radius = dx.hypot(dy);
    let inside_sector = radius > 24.0 && radius < 350.0 && dx.abs() < dy * 0.9;
    if !inside_sector {
        return [0, 0, 0];
    }
    let beat = (phase * 2.0 * PI).sin();
    let chamber = ((dx + 20.0) / (66.0 + 10.0 * beat)).powi(2)
        + ((dy - 190.0) / (84.0 + 14.0 * beat)).powi(2);
    let wall = (chamber - 1.0).abs();
    let echo = if chamber < 1.0 {
        0.04
    } else {
        0.28 + 0.6 * (-wall * 5.0).exp()
    };
    let gray = (echo * (0.55 + 0.35 * speckle.abs()) * (1.1 - radius / 520.0)).clamp(0.0, 1.0);
    let jet = chamber < 0.9 && dx.abs() < 22.0 && beat > 0.0 && (dy - 190.0).abs() < 76.0;
    let level = (gray * 255.0) as u8;
    if jet {
        let speed = (beat * 190.0) as u8;
        return [
            level.saturating_add(speed),
            level.saturating_add(speed / 3),
            level / 2,
        ];
    }
    [level, level, level]
}

/// An Ultrasound Multi-frame object (PS3.3 A.7): RGB, one region with spacing, a frame time.
pub fn color_loop(patient: &Patient, series: u32, instance: u32, frames: u32) -> Builder {
    let mut noise = Noise::new(77);
    let grain: Vec<f32> = (0..ROWS * COLUMNS).map(|_| noise.grain()).collect();
    let mut pixels = Vec::with_capacity((ROWS * COLUMNS * 3 * frames) as usize);
    for frame in 0..frames {
        let phase = frame as f32 / frames as f32;
        for (place, speckle) in grain.iter().enumerate() {
            let (x, y) = (place as u32 % COLUMNS, place as u32 / COLUMNS);
            pixels.extend(color_at(x as f32, y as f32, phase, *speckle));
        }
    }
    patient
        .object(
            uids::ULTRASOUND_MULTI_FRAME_IMAGE_STORAGE,
            "US",
            series,
            "HEART LOOP",
            instance,
        )
        .text(tags::IMAGE_TYPE, "ORIGINAL\\PRIMARY")
        .ints(tags::NUMBER_OF_FRAMES, &[i64::from(frames)])
        .floats(tags::FRAME_TIME, &[40.0])
        .ints(tags::FRAME_INCREMENT_POINTER, &[0x0018_1063])
        .ints(tags::SAMPLES_PER_PIXEL, &[3])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "RGB")
        .ints(tags::PLANAR_CONFIGURATION, &[0])
        .ints(tags::ROWS, &[i64::from(ROWS)])
        .ints(tags::COLUMNS, &[i64::from(COLUMNS)])
        .ints(tags::BITS_ALLOCATED, &[8])
        .ints(tags::BITS_STORED, &[8])
        .ints(tags::HIGH_BIT, &[7])
        .ints(tags::PIXEL_REPRESENTATION, &[0])
        .text(tags::LOSSY_IMAGE_COMPRESSION, "00")
        .sequence(tags::SEQUENCE_OF_ULTRASOUND_REGIONS, vec![region()])
        .raw(tags::PIXEL_DATA, VR::OB, pixels)
}

/// The whole picture is one tissue region, 0.5 mm a pixel (PS3.3 C.8.5.5).
fn region() -> Builder {
    Builder::new()
        .ints(tags::REGION_SPATIAL_FORMAT, &[1])
        .ints(tags::REGION_DATA_TYPE, &[1])
        .ints(tags::REGION_FLAGS, &[0])
        .ints(tags::REGION_LOCATION_MIN_X0, &[0])
        .ints(tags::REGION_LOCATION_MIN_Y0, &[0])
        .ints(tags::REGION_LOCATION_MAX_X1, &[i64::from(COLUMNS) - 1])
        .ints(tags::REGION_LOCATION_MAX_Y1, &[i64::from(ROWS) - 1])
        .ints(tags::PHYSICAL_UNITS_X_DIRECTION, &[3])
        .ints(tags::PHYSICAL_UNITS_Y_DIRECTION, &[3])
        .floats(tags::PHYSICAL_DELTA_X, &[0.05])
        .floats(tags::PHYSICAL_DELTA_Y, &[0.05])
}
