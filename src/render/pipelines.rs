//! The pipelines, made when first needed: one for each combination of what must be decided before the driver compiles.

use std::collections::HashMap;

use super::shaders;
use crate::imaging::Interpolation;

/// What a texture of a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Texels {
    /// Unsigned stored values.
    Unsigned,
    /// Signed stored values.
    Signed,
    /// Real stored values.
    Float,
    /// Red, green and blue.
    Color,
}

/// What the target stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// Levels as given.
    Levels,
    /// Levels, through an encoding of the hardware that is undone before.
    Srgb,
    /// 16-bit levels in two channels.
    Packed16,
}

/// A combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Variant {
    /// What the frame's texture holds.
    pub texels: Texels,
    /// How samples are blended.
    pub interpolation: Interpolation,
    /// Whether slope, window and polarity fold into one slope, and nothing is shut or painted.
    pub short: bool,
    /// Whether the image is larger than a texture.
    pub tiled: bool,
    /// What the target stores.
    pub target: Target,
}

#[cfg(test)]
pub(super) fn every_variant() -> Vec<Variant> {
    use Interpolation::{Bilinear, Cubic, Nearest};
    let mut variants = Vec::new();
    for texels in [
        Texels::Unsigned,
        Texels::Signed,
        Texels::Float,
        Texels::Color,
    ] {
        for interpolation in [Nearest, Bilinear, Cubic] {
            for target in [Target::Levels, Target::Srgb, Target::Packed16] {
                for (short, tiled) in [(false, false), (false, true), (true, false), (true, true)] {
                    variants.push(Variant {
                        texels,
                        interpolation,
                        short,
                        tiled,
                        target,
                    });
                }
            }
        }
    }
    variants
}

/// Layouts and pipelines of one device and target format.
pub(super) struct Pipelines {
    format: wgpu::TextureFormat,
    /// Layout of what belongs to a plan: uniform, three tables, shutter mask, overlay sheet, display levels.
    pub plan_layout: wgpu::BindGroupLayout,
    pixels_layouts: [wgpu::BindGroupLayout; 3],
    made: HashMap<Variant, wgpu::RenderPipeline>,
}

impl Pipelines {
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        use wgpu::TextureSampleType::{Sint, Uint};
        let float = wgpu::TextureSampleType::Float { filterable: false };
        let flat = wgpu::TextureViewDimension::D2;
        let array = wgpu::TextureViewDimension::D2Array;
        let uniform = wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let plan_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("display plan"),
            entries: &[
                uniform,
                texture_entry(1, float, flat),
                texture_entry(2, float, flat),
                texture_entry(3, float, flat),
                texture_entry(4, Uint, array),
                texture_entry(5, float, array),
                texture_entry(6, float, flat),
            ],
        });
        let pixels_layouts = [Uint, Sint, float].map(|sample_type| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("frame"),
                entries: &[texture_entry(0, sample_type, array)],
            })
        });
        Self {
            format,
            plan_layout,
            pixels_layouts,
            made: HashMap::new(),
        }
    }

    /// Layout of a frame's texture.
    pub fn pixels_layout(&self, texels: Texels) -> &wgpu::BindGroupLayout {
        match texels {
            Texels::Unsigned => &self.pixels_layouts[0],
            Texels::Signed => &self.pixels_layouts[1],
            Texels::Float | Texels::Color => &self.pixels_layouts[2],
        }
    }

    /// The pipeline of a variant, made now if it is new.
    pub fn pipeline(&mut self, device: &wgpu::Device, variant: Variant) -> wgpu::RenderPipeline {
        if let Some(pipeline) = self.made.get(&variant) {
            return pipeline.clone();
        }
        let pipeline = self.make(device, variant);
        self.made.insert(variant, pipeline.clone());
        pipeline
    }

    fn make(&self, device: &wgpu::Device, variant: Variant) -> wgpu::RenderPipeline {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("viewport"),
            source: wgpu::ShaderSource::Wgsl(shaders::source(variant).into()),
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("viewport"),
            bind_group_layouts: &[
                Some(&self.plan_layout),
                Some(self.pixels_layout(variant.texels)),
            ],
            immediate_size: 0,
        });
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("viewport"),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("picture"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(self.format.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

fn texture_entry(
    binding: u32,
    sample_type: wgpu::TextureSampleType,
    view_dimension: wgpu::TextureViewDimension,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type,
            view_dimension,
            multisampled: false,
        },
        count: None,
    }
}
