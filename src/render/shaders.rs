//! The shader of a variant: its constants, then every stage. The only place that includes `shaders/`.

use std::fmt::Write;

use super::pipelines::{Target, Texels, Variant};
use crate::imaging::Interpolation;

/// Every file of `shaders/`.
const STAGES: [&str; 9] = [
    include_str!("../../shaders/viewport.wgsl"),
    include_str!("../../shaders/sampling.wgsl"),
    include_str!("../../shaders/modality.wgsl"),
    include_str!("../../shaders/voi.wgsl"),
    include_str!("../../shaders/presentation.wgsl"),
    include_str!("../../shaders/color.wgsl"),
    include_str!("../../shaders/shutter.wgsl"),
    include_str!("../../shaders/overlay.wgsl"),
    include_str!("../../shaders/display.wgsl"),
];

/// The source of a variant. Constants fold when the driver compiles, so a short chain costs what it computes.
pub(super) fn source(variant: Variant) -> String {
    let interpolation = match variant.interpolation {
        Interpolation::Nearest => 0,
        Interpolation::Bilinear => 1,
        Interpolation::Cubic => 2,
    };
    let target = match variant.target {
        Target::Levels => 0,
        Target::Srgb => 1,
        Target::Packed16 => 2,
    };
    let texel = match variant.texels {
        Texels::Unsigned => "u32",
        Texels::Signed => "i32",
        Texels::Float | Texels::Color => "f32",
    };
    let mut source = String::new();
    let header = writeln!(
        source,
        "const INTERPOLATION: u32 = {interpolation}u;\nconst TARGET: u32 = {target}u;\nconst COLOR: bool = {};\n\
         const SHORT: bool = {};\nconst TILED: bool = {};\n\
         @group(1) @binding(0) var pixels: texture_2d_array<{texel}>;",
        variant.texels == Texels::Color,
        variant.short,
        variant.tiled,
    );
    header.expect("a String takes any text");
    for stage in STAGES {
        source.push_str(stage);
    }
    source
}

/// The source that copies a picture; `encoded` when the target encodes by itself.
pub(super) fn copy_source(encoded: bool, gray: bool) -> String {
    let copy = include_str!("../../shaders/copy.wgsl");
    format!("const ENCODED: bool = {encoded};\nconst GRAY: bool = {gray};\n{copy}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::pipelines::every_variant;

    #[test]
    fn every_variant_is_valid_wgsl() {
        use wgpu::naga::front::wgsl;
        use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
        let copies = [(false, false), (false, true), (true, false), (true, true)];
        let copies = copies.map(|(encoded, gray)| copy_source(encoded, gray));
        for source in every_variant().into_iter().map(source).chain(copies) {
            let module = wgsl::parse_str(&source)
                .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&source)));
            Validator::new(ValidationFlags::all(), Capabilities::empty())
                .validate(&module)
                .unwrap_or_else(|error| panic!("{source}: {error:?}"));
        }
    }
}
