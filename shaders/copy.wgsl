// A picture that the processor made, pixel by pixel onto the screen: nothing is computed, so it needs no twin.
// Prepended by render/shaders.rs: whether the target encodes by itself, and whether the picture is gray.

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var nearest: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) place: vec2<f32>,
}

@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let x = f32(index & 1u) * 4.0 - 1.0;
    let y = f32(index >> 1u) * 4.0 - 1.0;
    return Corner(vec4<f32>(x, y, 0.0, 1.0), vec2<f32>((x + 1.0) * 0.5, (1.0 - y) * 0.5));
}

@fragment
fn copied(corner: Corner) -> @location(0) vec4<f32> {
    // Each pixel lies in the middle of its texel, so sampling finds just that; software samples faster than it loads.
    let texel = textureSampleLevel(picture, nearest, corner.place, 0.0);
    let level = select(texel.rgb, texel.rrr, GRAY);
    if ENCODED {
        let low = level / 12.92;
        let high = pow((level + 0.055) / 1.055, vec3<f32>(2.4));
        return vec4<f32>(select(high, low, level <= vec3<f32>(0.04045)), 1.0);
    }
    return vec4<f32>(level, 1.0);
}
