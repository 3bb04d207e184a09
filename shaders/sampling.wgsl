// Sampling: the image samples of a canvas pixel, each through the grey chain, then blended. Integer arithmetic finds them, so
// the nearest one is the twin's. Twin: src/imaging/raster/sampling.rs.

struct Place {
    // Column and row of the nearest sample; may lie outside the image.
    nearest: vec2<i32>,
    // Column and row of the sample before the position, and how far the position is beyond it.
    whole: vec2<i32>,
    fraction: vec2<f32>,
}

// Whole pixels and remainder of a step; the quotient of floats is at most one off.
fn split(steps: vec4<i32>, i: i32) -> vec2<i32> {
    let numerator = steps.y + i * steps.z;
    var whole = i32(floor(f32(numerator) / f32(steps.w)));
    var rest = numerator - whole * steps.w;
    if rest < 0 {
        whole -= 1;
        rest += steps.w;
    } else if rest >= steps.w {
        whole += 1;
        rest -= steps.w;
    }
    return vec2<i32>(steps.x + whole, rest);
}

fn sample_place(canvas: vec2<i32>) -> Place {
    var right = split(plan.right, canvas.x);
    var down = split(plan.down, canvas.y);
    var across = vec2<i32>(plan.right.w, plan.down.w);
    if (plan.kinds.w & TRANSPOSED) != 0u {
        let swapped = right;
        right = down;
        down = swapped;
        across = across.yx;
    }
    let whole = vec2<i32>(right.x, down.x);
    let rest = vec2<i32>(right.y, down.y);
    let nearest = whole + select(vec2<i32>(0), vec2<i32>(1), rest * 2 >= across);
    return Place(nearest, whole, vec2<f32>(rest) / vec2<f32>(across));
}

// A place in an image-sized texture as texel and tile.
fn tiled(place: vec2<i32>) -> vec3<i32> {
    if !TILED {
        return vec3<i32>(place, 0);
    }
    let tile = place / plan.image.z;
    return vec3<i32>(place - tile * plan.image.z, tile.y * plan.image.w + tile.x);
}

// The colour or P-Value of a sample, after the shutter.
fn sample(place: vec2<i32>) -> vec3<f32> {
    let inside = clamp(place, vec2<i32>(0), plan.image.xy - 1);
    let at = tiled(inside);
    let texel = textureLoad(pixels, at.xy, at.z, 0);
    if COLOR {
        return shutter(inside, color(vec4<f32>(texel)));
    }
    let stored = f32(texel.r);
    if SHORT {
        return vec3<f32>(clamp((stored - plan.modality.x) * plan.canvas.w + 0.5, 0.0, 1.0));
    }
    return shutter(inside, vec3<f32>(chain(stored)));
}

// The grey chain in the order of PS3.4 N.2, padding before it.
fn chain(stored: f32) -> f32 {
    if (plan.kinds.w & PADDED) != 0u && stored >= plan.padding.x && stored <= plan.padding.y {
        return 0.0;
    }
    return presentation(voi(modality(stored)));
}

fn blend(place: Place) -> vec3<f32> {
    if INTERPOLATION == 0u {
        return sample(place.nearest);
    }
    if INTERPOLATION == 1u {
        let upper = mix(sample(place.whole), sample(place.whole + vec2<i32>(1, 0)), place.fraction.x);
        let lower = mix(sample(place.whole + vec2<i32>(0, 1)), sample(place.whole + vec2<i32>(1, 1)), place.fraction.x);
        return mix(upper, lower, place.fraction.y);
    }
    let across = cubic_weights(place.fraction.x);
    let down = cubic_weights(place.fraction.y);
    var sum = vec3<f32>(0.0);
    for (var row = 0; row < 4; row += 1) {
        var line = vec3<f32>(0.0);
        for (var column = 0; column < 4; column += 1) {
            line += across[column] * sample(place.whole + vec2<i32>(column - 1, row - 1));
        }
        sum += down[row] * line;
    }
    return sum;
}

// Catmull-Rom weights of the samples around a fraction.
fn cubic_weights(t: f32) -> vec4<f32> {
    return vec4<f32>(
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    );
}

// An entry of a table that lies 256 to a row.
fn table_entry(table: texture_2d<f32>, index: i32) -> f32 {
    return textureLoad(table, vec2<i32>(index & 255, index >> 8u), 0).r;
}

// The index for a real input: rounded half up, ends repeated.
fn table_index(input: f32, first: f32, last: i32) -> i32 {
    return i32(clamp(floor(input + 0.5) - first, 0.0, f32(last)));
}
