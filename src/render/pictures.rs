//! Viewports whose pictures the processor makes: the CPU renderer executes the plan, the card only copies its pixels.
//!
//! On a graphics card that is played by the processor this is three times as fast as the shaders, and exact; it also stands in
//! for a card that failed its self-test. What is on the screen equals `dgscope render` bit for bit.

use std::collections::HashMap;
use std::sync::Arc;

use super::renderer::RenderCounters;
use super::shaders;
use super::textures::{Gpu, make_texture, write};
use crate::imaging::raster::{self, RenderedImage};
use crate::imaging::{DisplayPlan, Frame, FrameKey};

/// Pictures of all viewports of a window. Each viewport has a slot.
pub struct Pictures {
    gpu: Gpu,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    gray: wgpu::RenderPipeline,
    color: wgpu::RenderPipeline,
    slots: HashMap<u64, Slot>,
    counters: RenderCounters,
}

/// What one viewport shows.
struct Slot {
    key: FrameKey,
    plan: DisplayPlan,
    is_gray: bool,
    texture: wgpu::Texture,
    bind_group: wgpu::BindGroup,
}

impl Pictures {
    /// Pictures for targets of this format.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue, target: wgpu::TextureFormat) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture"),
            entries: &[
                entry(
                    0,
                    wgpu::BindingType::Texture {
                        sample_type: wgpu::TextureSampleType::Float { filterable: false },
                        view_dimension: wgpu::TextureViewDimension::D2,
                        multisampled: false,
                    },
                ),
                entry(
                    1,
                    wgpu::BindingType::Sampler(wgpu::SamplerBindingType::NonFiltering),
                ),
            ],
        });
        Self {
            gpu: Gpu {
                device: device.clone(),
                queue: queue.clone(),
                side_max: device.limits().max_texture_dimension_2d,
            },
            gray: pipeline(device, &layout, target, true),
            color: pipeline(device, &layout, target, false),
            layout,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor::default()),
            slots: HashMap::new(),
            counters: RenderCounters::default(),
        }
    }

    /// Makes a slot show a frame under a plan; nothing is done when it does already.
    pub fn prepare(&mut self, slot: u64, key: &FrameKey, frame: &Arc<Frame>, plan: &DisplayPlan) {
        let known = self.slots.get(&slot);
        let same_frame = known.is_some_and(|known| known.key == *key);
        if same_frame && known.is_some_and(|known| known.plan == *plan) {
            return;
        }
        let (width, height) = plan.view.canvas;
        if width.max(height) > self.gpu.side_max || width.min(height) == 0 {
            self.slots.remove(&slot);
            return;
        }
        let picture = raster::render(frame, plan);
        self.counters.pictures_drawn += 1;
        self.counters.image_uploads += u64::from(!same_frame);
        let (is_gray, format, bytes) = texels(picture);
        let old = self.slots.remove(&slot).filter(|old| {
            let size = old.texture.size();
            old.is_gray == is_gray && (size.width, size.height) == (width, height)
        });
        let (texture, bind_group) = old.map_or_else(
            || self.texture((width, height), format),
            |old| (old.texture, old.bind_group),
        );
        let row_bytes = bytes.len() / height as usize;
        write(&self.gpu, &texture, 0, (width, height), (&bytes, row_bytes));
        let shown = Slot {
            key: key.clone(),
            plan: plan.clone(),
            is_gray,
            texture,
            bind_group,
        };
        self.slots.insert(slot, shown);
    }

    fn texture(
        &self,
        size: (u32, u32),
        format: wgpu::TextureFormat,
    ) -> (wgpu::Texture, wgpu::BindGroup) {
        let texture = make_texture(&self.gpu, size, 1, format);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bind_group = self
            .gpu
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("picture"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(&view),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::Sampler(&self.sampler),
                    },
                ],
            });
        (texture, bind_group)
    }

    /// Copies a slot's picture over the whole viewport of the pass; nothing for a slot that was not prepared.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>, slot: u64) {
        if let Some(slot) = self.slots.get(&slot) {
            pass.set_pipeline(if slot.is_gray {
                &self.gray
            } else {
                &self.color
            });
            pass.set_bind_group(0, &slot.bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
    }

    /// What was done so far. An image counts as uploaded when a viewport begins to read its stored values: a change of its
    /// window reads them again and counts as a picture only.
    pub fn counters(&self) -> RenderCounters {
        let bytes = |slot: &Slot| {
            let size = slot.texture.size();
            u64::from(size.width) * u64::from(size.height) * if slot.is_gray { 1 } else { 4 }
        };
        RenderCounters {
            gpu_bytes: self.slots.values().map(bytes).sum(),
            ..self.counters
        }
    }
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    }
}

/// Whether a picture is gray, and its texels.
fn texels(picture: RenderedImage) -> (bool, wgpu::TextureFormat, Vec<u8>) {
    match picture {
        RenderedImage::Gray8 { data, .. } => (true, wgpu::TextureFormat::R8Unorm, data),
        other => {
            let rgb = other.to_rgb8();
            let texels = rgb.as_chunks::<3>().0.iter();
            let bytes = texels.flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
            (false, wgpu::TextureFormat::Rgba8Unorm, bytes)
        }
    }
}

fn pipeline(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    target: wgpu::TextureFormat,
    is_gray: bool,
) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("picture"),
        source: wgpu::ShaderSource::Wgsl(shaders::copy_source(target.is_srgb(), is_gray).into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("picture"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("picture"),
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
            entry_point: Some("copied"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(target.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}
