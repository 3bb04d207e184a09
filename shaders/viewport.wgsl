// The whole picture: one triangle over the viewport, each canvas pixel through sampling, overlay and display.
// Prepended by render/shaders.rs: the constants of the variant and `pixels`. Twin: src/imaging/raster/mod.rs.

struct Plan {
    // Sample positions to the right and downwards: base, start, step and denominator (src/render/uniforms.rs).
    right: vec4<i32>,
    down: vec4<i32>,
    // The displayed area on the canvas: left, top, right and bottom edge.
    area: vec4<i32>,
    // Image columns and rows, tile side, tiles in a row of tiles.
    image: vec4<i32>,
    // Canvas width and height, shutter value, and the folded slope of the short chain.
    canvas: vec4<f32>,
    // Short chain: stored value that becomes 1/2. Modality: slope, intercept, first input of its table.
    modality: vec4<f32>,
    // VOI: two numbers of its function, or first input of its table, and the width of a function.
    voi: vec4<f32>,
    // Lowest and highest padding value.
    padding: vec4<f32>,
    // Kinds of modality, VOI and presentation stage, and the switches.
    kinds: vec4<u32>,
    // Last index of the modality, VOI and presentation table.
    tables: vec4<i32>,
}

const TRANSPOSED: u32 = 1u;
const PADDED: u32 = 4u;
const SHUT: u32 = 8u;
const PAINTED: u32 = 16u;
const ANNOTATED: u32 = 32u;
const CALIBRATED: u32 = 64u;

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var modality_table: texture_2d<f32>;
@group(0) @binding(2) var voi_table: texture_2d<f32>;
@group(0) @binding(3) var presentation_table: texture_2d<f32>;
@group(0) @binding(4) var shutter_mask: texture_2d_array<u32>;
@group(0) @binding(5) var overlay_sheet: texture_2d_array<f32>;
@group(0) @binding(6) var display_table: texture_2d<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) canvas: vec2<f32>,
}

@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let x = f32(index & 1u) * 4.0 - 1.0;
    let y = f32(index >> 1u) * 4.0 - 1.0;
    let canvas = vec2<f32>((x + 1.0) * 0.5, (1.0 - y) * 0.5) * plan.canvas.xy;
    return Corner(vec4<f32>(x, y, 0.0, 1.0), canvas);
}

@fragment
fn picture(corner: Corner) -> @location(0) vec4<f32> {
    let canvas = vec2<i32>(floor(corner.canvas));
    if any(canvas < plan.area.xy) || any(canvas >= plan.area.zw) {
        return display(vec3<f32>(0.0));
    }
    let place = sample_place(canvas);
    if any(place.nearest < vec2<i32>(0)) || any(place.nearest >= plan.image.xy) {
        return display(annotations(canvas, vec3<f32>(0.0)));
    }
    let blended = clamp(blend(place), vec3<f32>(0.0), vec3<f32>(1.0));
    return display(annotations(canvas, overlay(place.nearest, blended)));
}
