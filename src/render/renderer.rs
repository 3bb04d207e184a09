//! Frames and plans of the viewports of one window: what is on the graphics card, and what changes between two pictures.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::pipelines::{Pipelines, Target, Texels, Variant};
use super::textures::{FrameTextures, Gpu, Tiling, array_view, image_texture, table_texture};
use super::uniforms::{self, Painting, Uniform};
use crate::imaging::display_plan::Layer;
use crate::imaging::grayscale::LookupTable;
use crate::imaging::raster;
use crate::imaging::shutter::Shutter;
use crate::imaging::view::View;
use crate::imaging::{Colors, DisplayFunction, DisplayPlan, Frame, FrameKey, Interpolation};

/// Texture bytes kept when nobody says otherwise.
const BUDGET_BYTES: u64 = 1 << 30;

/// Why the graphics card cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// There is none.
    #[error("no graphics adapter: {0}")]
    Adapter(String),
    /// It gives no device.
    #[error("graphics device: {0}")]
    Device(String),
    /// It does not take our shaders.
    #[error("graphics pipeline: {0}")]
    Pipeline(String),
    /// The picture is larger than it can make.
    #[error("a picture of {0}x{1} pixels is larger than the graphics device can make")]
    Canvas(u32, u32),
}

/// What was done so far (T2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RenderCounters {
    /// Frames uploaded.
    pub image_uploads: u64,
    /// Lookup tables written.
    pub lut_writes: u64,
    /// Pictures made: a viewport shows another frame, or the same under another plan.
    pub pictures_drawn: u64,
    /// Bytes of the frames kept now.
    pub gpu_bytes: u64,
}

impl std::ops::Add for RenderCounters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            image_uploads: self.image_uploads + other.image_uploads,
            lut_writes: self.lut_writes + other.lut_writes,
            pictures_drawn: self.pictures_drawn + other.pictures_drawn,
            gpu_bytes: self.gpu_bytes + other.gpu_bytes,
        }
    }
}

/// Paints frames under their plans. Each viewport has a slot.
pub struct Renderer {
    gpu: Gpu,
    target: Target,
    packs_16_bits: bool,
    pipelines: Pipelines,
    frames: FrameTextures,
    slots: HashMap<u64, Slot>,
    lut_writes: u64,
    pictures_drawn: u64,
}

impl Renderer {
    /// A renderer for targets of this format; an sRGB format stores the same levels as a plain one.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        target: wgpu::TextureFormat,
    ) -> Result<Self, RenderError> {
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let mut renderer = Self {
            gpu: Gpu {
                device: device.clone(),
                queue: queue.clone(),
                side_max: device.limits().max_texture_dimension_2d,
            },
            target: if target.is_srgb() {
                Target::Srgb
            } else {
                Target::Levels
            },
            packs_16_bits: false,
            pipelines: Pipelines::new(device, target),
            frames: FrameTextures::new(BUDGET_BYTES),
            slots: HashMap::new(),
            lut_writes: 0,
            pictures_drawn: 0,
        };
        // The first picture needs it anyway, and a driver that refuses it must be known now.
        let usual = Variant {
            texels: Texels::Unsigned,
            interpolation: Interpolation::Bilinear,
            short: true,
            tiled: false,
            target: renderer.target,
        };
        renderer.pipelines.pipeline(device, usual);
        match finished(scope.pop()) {
            Some(None) => Ok(renderer),
            Some(Some(error)) => Err(RenderError::Pipeline(error.to_string())),
            None => Err(RenderError::Pipeline("no answer of the driver".to_owned())),
        }
    }

    /// Gives 16-bit pictures as high and low byte in red and green.
    pub(super) fn packing_16_bits(mut self) -> Self {
        self.packs_16_bits = true;
        self
    }

    /// Treats textures as if they could not be larger than this.
    #[cfg(test)]
    pub(super) fn with_side_max(mut self, side_max: u32) -> Self {
        self.gpu.side_max = side_max;
        self
    }

    /// Bytes of frames to keep; what is on screen stays in any case.
    pub fn set_budget(&mut self, bytes: u64) {
        self.frames.set_budget(bytes);
    }

    /// Whether a frame is on the graphics card.
    pub fn contains(&self, key: &FrameKey) -> bool {
        self.frames.contains(key)
    }

    /// Puts a frame on the graphics card, once.
    pub fn upload(&mut self, key: &FrameKey, frame: &Frame, colors: &Colors) {
        if !self.frames.contains(key) {
            self.frames
                .upload(&self.gpu, &self.pipelines, key, frame, colors);
        }
    }

    /// Makes a slot show an uploaded frame under a plan; writes only what changed. Without its frame the slot shows nothing.
    pub fn prepare(&mut self, slot: u64, key: &FrameKey, plan: &DisplayPlan) {
        let Some(frame) = self.frames.get(key) else {
            self.slots.remove(&slot);
            return;
        };
        let fits = (frame.shell.rows, frame.shell.columns) == plan.image;
        let image = if fits {
            (frame.shell.columns, frame.shell.rows)
        } else {
            (0, 0)
        };
        let target = if self.packs_16_bits && plan.bits == 16 && frame.texels != Texels::Color {
            Target::Packed16
        } else {
            self.target
        };
        let variant = Variant {
            texels: frame.texels,
            interpolation: uniforms::blending(&plan.view),
            short: uniforms::short_chain(plan).is_some(),
            tiled: !frame.tiling.is_single(),
            target,
        };
        let pipeline = self.pipelines.pipeline(&self.gpu.device, variant);
        let attachments = Attachments {
            plan,
            shell: &frame.shell,
            tiling: frame.tiling,
            generation: frame.generation,
        };
        let uniform = Uniform::new(plan, image, frame.tiling);
        let slot = self
            .slots
            .entry(slot)
            .or_insert_with(|| Slot::new(&self.gpu, &self.pipelines, pipeline.clone(), frame));
        slot.pipeline = pipeline;
        slot.pixels = frame.bind_group.clone();
        let tables_written = slot.attach(&self.gpu, &self.pipelines, &attachments);
        self.lut_writes += tables_written;
        let same_frame = slot.generation.replace(frame.generation) == Some(frame.generation);
        let same_uniform = slot.written.replace(uniform) == Some(uniform);
        self.pictures_drawn += u64::from(tables_written > 0 || !same_frame || !same_uniform);
        if !same_uniform {
            self.gpu
                .queue
                .write_buffer(&slot.buffer, 0, bytemuck::bytes_of(&uniform));
        }
    }

    /// Paints a slot over the whole viewport of the pass, black around the image; nothing for a slot that was not prepared.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>, slot: u64) {
        if let Some(slot) = self.slots.get(&slot) {
            pass.set_pipeline(&slot.pipeline);
            pass.set_bind_group(0, &slot.bind_group, &[]);
            pass.set_bind_group(1, &slot.pixels, &[]);
            pass.draw(0..3, 0..1);
        }
    }

    /// What was done so far.
    pub fn counters(&self) -> RenderCounters {
        RenderCounters {
            image_uploads: self.frames.uploads(),
            lut_writes: self.lut_writes,
            pictures_drawn: self.pictures_drawn,
            gpu_bytes: self.frames.bytes(),
        }
    }
}

/// The result of a future that needs no waiting, as those of native graphics do not.
pub(super) fn finished<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

/// What a plan needs besides its uniform, and of which frame.
struct Attachments<'a> {
    plan: &'a DisplayPlan,
    shell: &'a Frame,
    tiling: Tiling,
    generation: u64,
}

/// A shutter on an image: the mask depends on nothing else.
#[derive(PartialEq)]
struct ShutterKey(Arc<Shutter>, f64, (u32, u32));

/// Painted layers on an image; the frame counts where overlays lie in its cells, the view where there are annotations.
#[derive(PartialEq)]
struct LayersKey {
    layers: Vec<Layer>,
    image: (u32, u32),
    of_frame: Option<u64>,
    view: Option<View>,
}

impl LayersKey {
    fn of(plan: &DisplayPlan, shell: &Frame, generation: u64) -> Option<Self> {
        let painting = uniforms::painting(plan);
        (painting != Painting::Nothing).then(|| Self {
            layers: plan.layers.clone(),
            image: plan.image,
            of_frame: shell.cells.is_some().then_some(generation),
            view: (painting == Painting::OnCanvas).then_some(plan.view),
        })
    }
}

/// One texture of a slot, made again when what it shows changed.
struct Attached<K> {
    key: Option<K>,
    view: wgpu::TextureView,
}

impl<K: PartialEq> Attached<K> {
    /// True when the texture was made again. Without a key the old one stays; the shader does not look at it.
    fn refresh(&mut self, key: Option<K>, make: impl FnOnce() -> wgpu::TextureView) -> bool {
        if key.is_none() || self.key == key {
            return false;
        }
        self.key = key;
        self.view = make();
        true
    }
}

/// A viewport.
struct Slot {
    pipeline: wgpu::RenderPipeline,
    /// Keeps the frame alive while it is shown, whatever the budget.
    pixels: wgpu::BindGroup,
    /// Which upload that is.
    generation: Option<u64>,
    buffer: wgpu::Buffer,
    written: Option<Uniform>,
    tables: [Attached<LookupTable>; 3],
    mask: Attached<ShutterKey>,
    sheet: Attached<LayersKey>,
    levels: Attached<Arc<DisplayFunction>>,
    bind_group: wgpu::BindGroup,
}

impl Slot {
    fn new(
        gpu: &Gpu,
        pipelines: &Pipelines,
        pipeline: wgpu::RenderPipeline,
        frame: &super::textures::FrameTexture,
    ) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("display plan"),
            size: size_of::<Uniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let single = Tiling::of(1, 1, 1);
        let empty =
            |format, bytes: &[u8]| array_view(&image_texture(gpu, (1, 1), single, format, bytes));
        let no_table =
            || table_texture(gpu, &[]).create_view(&wgpu::TextureViewDescriptor::default());
        let tables = std::array::from_fn(|_| Attached {
            key: None,
            view: no_table(),
        });
        let levels = Attached {
            key: None,
            view: no_table(),
        };
        let mask = Attached {
            key: None,
            view: empty(wgpu::TextureFormat::R8Uint, &[0]),
        };
        let sheet = Attached {
            key: None,
            view: empty(wgpu::TextureFormat::R32Float, &[0; 4]),
        };
        let views = [&mask.view, &sheet.view, &levels.view];
        let bind_group = bind(gpu, pipelines, &buffer, &tables, views);
        Self {
            pipeline,
            pixels: frame.bind_group.clone(),
            generation: None,
            buffer,
            written: None,
            tables,
            mask,
            sheet,
            levels,
            bind_group,
        }
    }

    /// Makes tables, mask, sheet and display levels those of a plan; how many tables were written.
    fn attach(&mut self, gpu: &Gpu, pipelines: &Pipelines, attachments: &Attachments<'_>) -> u64 {
        let Attachments {
            plan,
            shell,
            tiling,
            generation,
        } = *attachments;
        let mut written = 0;
        for (stage, table) in uniforms::tables(plan).into_iter().enumerate() {
            // Modality tables give values, the others parts of 1.
            let make = || table_view(gpu, table, stage > 0);
            written += u64::from(self.tables[stage].refresh(table.cloned(), make));
        }
        let image = (plan.image.1, plan.image.0);
        let key = plan
            .shutter
            .as_ref()
            .map(|shutter| ShutterKey(Arc::clone(shutter), plan.aspect, image));
        let mask_made = self.mask.refresh(key, || {
            let mask = raster::shutter::mask(plan).map_or_else(Vec::new, |mask| mask.occluded);
            let format = wgpu::TextureFormat::R8Uint;
            array_view(&image_texture(gpu, image, tiling, format, &mask))
        });
        let key = LayersKey::of(plan, shell, generation);
        let sheet_made = self
            .sheet
            .refresh(key, || sheet_view(gpu, plan, shell, tiling));
        let display = plan.display.as_ref();
        let make = || levels_view(gpu, display);
        let levels_made = self.levels.refresh(display.cloned(), make);
        if written > 0 || mask_made || sheet_made || levels_made {
            let views = [&self.mask.view, &self.sheet.view, &self.levels.view];
            self.bind_group = bind(gpu, pipelines, &self.buffer, &self.tables, views);
        }
        written
    }
}

/// The sheet of an annotated plan lies over the canvas, any other over the image.
fn sheet_view(gpu: &Gpu, plan: &DisplayPlan, shell: &Frame, tiling: Tiling) -> wgpu::TextureView {
    let format = wgpu::TextureFormat::R32Float;
    let texture = match raster::annotation::paint(plan, shell) {
        Some(sheet) => {
            let bytes = bytemuck::cast_slice(&sheet.values);
            image_texture(gpu, plan.view.canvas, Tiling::of(1, 1, 1), format, bytes)
        }
        None => {
            let map = raster::overlay::paint_map(plan, shell).unwrap_or_default();
            let image = (plan.image.1, plan.image.0);
            image_texture(gpu, image, tiling, format, bytemuck::cast_slice(&map))
        }
    };
    array_view(&texture)
}

fn table_view(gpu: &Gpu, table: Option<&LookupTable>, as_parts: bool) -> wgpu::TextureView {
    let entries: Vec<f32> = table.map_or_else(Vec::new, |table| {
        let whole = if as_parts { table.maximum() } else { 1.0 };
        let parts = table.entries.iter().map(|entry| f64::from(*entry) / whole);
        parts.map(|part| part as f32).collect()
    });
    table_texture(gpu, &entries).create_view(&wgpu::TextureViewDescriptor::default())
}

/// Driving levels as parts of 1, by P-Value of 16 bits.
fn levels_view(gpu: &Gpu, display: Option<&Arc<DisplayFunction>>) -> wgpu::TextureView {
    let levels = display.map_or(&[][..], |function| function.levels());
    let parts: Vec<f32> = levels
        .iter()
        .map(|level| f32::from(*level) / 255.0)
        .collect();
    table_texture(gpu, &parts).create_view(&wgpu::TextureViewDescriptor::default())
}

/// The bind group of a slot; the last views are shutter mask, overlay sheet and display levels.
fn bind(
    gpu: &Gpu,
    pipelines: &Pipelines,
    buffer: &wgpu::Buffer,
    tables: &[Attached<LookupTable>; 3],
    [mask, sheet, levels]: [&wgpu::TextureView; 3],
) -> wgpu::BindGroup {
    let textures = [
        &tables[0].view,
        &tables[1].view,
        &tables[2].view,
        mask,
        sheet,
        levels,
    ];
    let mut entries = vec![wgpu::BindGroupEntry {
        binding: 0,
        resource: buffer.as_entire_binding(),
    }];
    entries.extend(
        textures
            .into_iter()
            .zip(1..)
            .map(|(view, binding)| wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::TextureView(view),
            }),
    );
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("display plan"),
        layout: &pipelines.plan_layout,
        entries: &entries,
    })
}
