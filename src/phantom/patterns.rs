//! Test patterns: what tells whether a screen, a printer or a program shows gray levels and lines as they are.

use crate::dicom::{VR, tags, uids};

use super::Builder;
use super::patient::{Patient, with_gray_pixels};

/// Side of the square pattern in pixels.
pub const SIZE: u32 = 1024;

/// Gray (0 to 4095) of one pixel: ramp, steps, the 5 % and 95 % squares, line pairs and a grid, after SMPTE RP 133.
fn smpte_like(row: u32, column: u32) -> u16 {
    const BACKGROUND: u16 = 1300;
    let (x, y) = (column, row);
    if x % 128 == 0 || y % 128 == 0 || x == SIZE - 1 || y == SIZE - 1 {
        return 2600;
    }
    match (y / 128, x / 128) {
        // a continuous ramp above and below
        (0 | 7, 1..=6) => (u64::from(x - 128) * 4095 / 767) as u16,
        // eleven steps from black to white around the middle
        (3, 1..=6) => step((x - 128) * 11 / 768),
        (4, 1..=6) => step(10 - (x - 128) * 11 / 768),
        // 0 % with 5 % inside, 100 % with 95 % inside
        (5, 2) => square(x, y, 0, 205),
        (5, 5) => square(x, y, 4095, 3890),
        // line pairs of one, two and three pixels, upright and lying
        (1, 1) | (1, 6) | (6, 1) | (6, 6) => line_pairs(x % 128, y % 128),
        _ => BACKGROUND,
    }
}

fn step(number: u32) -> u16 {
    (number.min(10) * 4095 / 10) as u16
}

fn square(x: u32, y: u32, outside: u16, inside: u16) -> u16 {
    let within = |v: u32| (40..88).contains(&(v % 128));
    if within(x) && within(y) {
        inside
    } else {
        outside
    }
}

fn line_pairs(x: u32, y: u32) -> u16 {
    let width = match x.max(y) {
        0..=42 => 1,
        43..=85 => 2,
        _ => 3,
    };
    let across = if x > y { x } else { y };
    if (across / width).is_multiple_of(2) {
        4095
    } else {
        0
    }
}

/// A Secondary Capture with the test pattern, 12 bits stored, no window (PS3.3 A.8).
pub fn test_pattern(patient: &Patient, series: u32, instance: u32) -> Builder {
    let pixels = (0..SIZE * SIZE)
        .map(|place| smpte_like(place / SIZE, place % SIZE))
        .collect();
    let object = secondary_capture(patient, series, "GRAY PATTERN", instance);
    with_gray_pixels(object, SIZE, SIZE, 12, pixels)
}

/// A Secondary Capture with an overlay plane (a frame and a cross) and a circular shutter (PS3.3 C.9.2, C.7.6.11).
pub fn shuttered(patient: &Patient, series: u32, instance: u32) -> Builder {
    const SIDE: u32 = 256;
    let pixels = (0..SIDE * SIDE)
        .map(|place| ((place % SIDE + place / SIDE) * 4095 / (2 * SIDE)) as u16)
        .collect();
    let object = secondary_capture(patient, series, "SHUTTER AND OVERLAY", instance)
        .text(tags::SHUTTER_SHAPE, "CIRCULAR")
        .text(tags::CENTER_OF_CIRCULAR_SHUTTER, "128\\128")
        .text(tags::RADIUS_OF_CIRCULAR_SHUTTER, "110")
        .ints(tags::SHUTTER_PRESENTATION_VALUE, &[0]);
    let group = |element| crate::dicom::Tag(0x6000, element);
    with_gray_pixels(object, SIDE, SIDE, 12, pixels)
        .raw(group(0x0010), VR::US, vec![0, 1])
        .raw(group(0x0011), VR::US, vec![0, 1])
        .raw(group(0x0040), VR::CS, b"G".to_vec())
        .raw(group(0x0050), VR::SS, vec![1, 0, 1, 0])
        .raw(group(0x0100), VR::US, vec![1, 0])
        .raw(group(0x0102), VR::US, vec![0, 0])
        .raw(group(0x3000), VR::OB, overlay_bits(SIDE))
}

fn secondary_capture(patient: &Patient, series: u32, description: &str, instance: u32) -> Builder {
    patient
        .object(
            uids::SECONDARY_CAPTURE_IMAGE_STORAGE,
            "OT",
            series,
            description,
            instance,
        )
        .text(tags::CONVERSION_TYPE, "SYN")
        .text(tags::PATIENT_ORIENTATION, "")
}

/// One bit a pixel, least significant first: a frame 20 pixels inside the edge and a cross in the middle.
fn overlay_bits(side: u32) -> Vec<u8> {
    let mut bits = vec![0_u8; (side * side / 8) as usize];
    for place in 0..side * side {
        let (x, y) = (place % side, place / side);
        let near = |v: u32| v == 20 || v == side - 21;
        let in_frame = (20..=side - 21).contains(&x) && (20..=side - 21).contains(&y);
        let frame = in_frame && (near(x) || near(y));
        let cross = (x == side / 2 && y.abs_diff(side / 2) < 16)
            || (y == side / 2 && x.abs_diff(side / 2) < 16);
        if frame || cross {
            bits[(place / 8) as usize] |= 1 << (place % 8);
        }
    }
    bits
}
