// Overlay stage (PS3.3 C.9.2, C.10.5): what is painted covers the image. A sheet over the image is looked up at the nearest sample,
// one over the canvas, made where there are annotations, at the pixel itself. Twin: src/imaging/raster/overlay.rs, which makes the
// one; src/imaging/raster/annotation.rs makes the other.
fn overlay(nearest: vec2<i32>, shown: vec3<f32>) -> vec3<f32> {
    if SHORT || (plan.kinds.w & PAINTED) == 0u {
        return shown;
    }
    let at = tiled(nearest);
    return covered(textureLoad(overlay_sheet, at.xy, at.z, 0).r, shown);
}

fn annotations(canvas: vec2<i32>, shown: vec3<f32>) -> vec3<f32> {
    if SHORT || (plan.kinds.w & ANNOTATED) == 0u {
        return shown;
    }
    return covered(textureLoad(overlay_sheet, canvas, 0, 0).r, shown);
}

fn covered(painted: f32, shown: vec3<f32>) -> vec3<f32> {
    return select(shown, vec3<f32>(painted), painted >= 0.0);
}
