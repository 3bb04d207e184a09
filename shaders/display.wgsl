// Display stage: P-Values to output levels, rounded once at the very end; on a calibrated display through the levels of the
// standard display function, by P-Value of 16 bits. Twin: src/imaging/raster/display.rs, src/imaging/display_function.rs.
fn display(p: vec3<f32>) -> vec4<f32> {
    if TARGET == 2u {
        // 16 bits in two channels of eight: high byte, low byte.
        let level = floor(p.x * 65535.0 + 0.5);
        let high = floor(level / 256.0);
        return vec4<f32>(high / 255.0, (level - high * 256.0) / 255.0, 0.0, 1.0);
    }
    var level = floor(p * 255.0 + 0.5) / 255.0;
    if !COLOR && (plan.kinds.w & CALIBRATED) != 0u {
        level = vec3<f32>(table_entry(display_table, i32(clamp(p.x, 0.0, 1.0) * 65535.0 + 0.5)));
    }
    if TARGET == 1u {
        // The target encodes by itself; what arrives in memory must be the level.
        let low = level / 12.92;
        let high = pow((level + 0.055) / 1.055, vec3<f32>(2.4));
        return vec4<f32>(select(high, low, level <= vec3<f32>(0.04045)), 1.0);
    }
    return vec4<f32>(level, 1.0);
}
