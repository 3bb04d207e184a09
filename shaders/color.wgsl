// Colour stage: 8-bit RGB is shown as it is, without the grey chain. Twin: src/imaging/raster/color.rs.
fn color(texel: vec4<f32>) -> vec3<f32> {
    return texel.rgb;
}
