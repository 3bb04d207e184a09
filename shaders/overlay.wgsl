// Overlay stage (PS3.3 C.9.2): what is painted covers the image, by the nearest sample. Twin: src/imaging/raster/overlay.rs, which
// makes the sheet.
fn overlay(nearest: vec2<i32>, shown: vec3<f32>) -> vec3<f32> {
    if SHORT || (plan.kinds.w & PAINTED) == 0u {
        return shown;
    }
    let at = tiled(nearest);
    let painted = textureLoad(overlay_sheet, at.xy, at.z, 0).r;
    return select(shown, vec3<f32>(painted), painted >= 0.0);
}
