//! Display stage: P-Values to output levels, rounded once, at the very end (presentation.md section 6). Twin: shaders/display.wgsl.
//! On a calibrated display `DisplayFunction::level` stands in for [`to_8_bits`].

/// `floor(p * 255 + 0.5)`.
pub fn to_8_bits(p: f64) -> u8 {
    // The cast clamps.
    let level = (p * 255.0 + 0.5) as u8;
    level
}

/// `floor(p * 65535 + 0.5)`.
pub fn to_16_bits(p: f64) -> u16 {
    // The cast clamps.
    let level = (p * 65535.0 + 0.5) as u16;
    level
}

/// `floor(p * 4095 + 0.5)`, for films (section 17).
pub fn to_12_bits(p: f64) -> u16 {
    // The cast clamps.
    let level = (p * 4095.0 + 0.5) as u16;
    level.min(4095)
}
