// Shutter stage (PS3.3 C.7.6.11): hidden samples take the shutter's value. Twin: src/imaging/raster/shutter.rs, which makes the
// mask.
fn shutter(place: vec2<i32>, shown: vec3<f32>) -> vec3<f32> {
    if (plan.kinds.w & SHUT) == 0u {
        return shown;
    }
    let at = tiled(place);
    let visible = textureLoad(shutter_mask, at.xy, at.z, 0).r == 0u;
    return select(vec3<f32>(plan.canvas.z), shown, visible);
}
