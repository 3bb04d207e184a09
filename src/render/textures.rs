//! Textures: frames as integers, uploaded once and dropped least recently used first; tables; image-sized masks.
//!
//! An image larger than a texture may be lies in square tiles, the layers of one array texture.

use std::collections::HashMap;

use super::pipelines::{Pipelines, Texels};
use crate::imaging::{Colors, Frame, FrameKey, PhotometricInterpretation, Samples, to_rgb8};

/// Entries of a table in a row of its texture.
pub(super) const TABLE_ROW: usize = 256;

/// Device, queue and the largest texture side.
pub(super) struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub side_max: u32,
}

/// How an image lies in array textures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tiling {
    /// Side of a tile; the whole image where it fits.
    pub side: u32,
    /// Tiles in a row.
    pub across: u32,
    /// Rows of tiles.
    pub down: u32,
}

impl Tiling {
    pub fn of(columns: u32, rows: u32, side_max: u32) -> Self {
        let side = columns.max(rows).clamp(1, side_max);
        Self {
            side,
            across: columns.div_ceil(side).max(1),
            down: rows.div_ceil(side).max(1),
        }
    }

    pub fn is_single(self) -> bool {
        self.across * self.down == 1
    }
}

/// A frame on the graphics card.
pub(super) struct FrameTexture {
    pub bind_group: wgpu::BindGroup,
    pub texels: Texels,
    pub tiling: Tiling,
    /// The frame without its samples: what overlays embedded in its cells need.
    pub shell: Frame,
    /// Which upload this is, so that a slot notices a new one under the same key.
    pub generation: u64,
    bytes: u64,
    used: u64,
}

/// The frames on the graphics card.
pub(super) struct FrameTextures {
    frames: HashMap<FrameKey, FrameTexture>,
    budget_bytes: u64,
    bytes: u64,
    clock: u64,
    uploads: u64,
}

impl FrameTextures {
    pub fn new(budget_bytes: u64) -> Self {
        Self {
            frames: HashMap::new(),
            budget_bytes,
            bytes: 0,
            clock: 0,
            uploads: 0,
        }
    }

    pub fn set_budget(&mut self, bytes: u64) {
        self.budget_bytes = bytes;
        self.shrink();
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn uploads(&self) -> u64 {
        self.uploads
    }

    pub fn contains(&self, key: &FrameKey) -> bool {
        self.frames.contains_key(key)
    }

    /// A frame, marked as used.
    pub fn get(&mut self, key: &FrameKey) -> Option<&FrameTexture> {
        self.clock += 1;
        let frame = self.frames.get_mut(key)?;
        frame.used = self.clock;
        Some(frame)
    }

    pub fn upload(
        &mut self,
        gpu: &Gpu,
        pipelines: &Pipelines,
        key: &FrameKey,
        frame: &Frame,
        colors: &Colors,
    ) {
        self.uploads += 1;
        self.clock += 1;
        let (texels, format, bytes) = texels(frame, colors);
        let tiling = Tiling::of(frame.columns, frame.rows, gpu.side_max);
        let texture = image_texture(gpu, (frame.columns, frame.rows), tiling, format, &bytes);
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("frame"),
            layout: pipelines.pixels_layout(texels),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&array_view(&texture)),
            }],
        });
        let entry = FrameTexture {
            bind_group,
            texels,
            tiling,
            shell: shell(frame),
            generation: self.uploads,
            bytes: bytes.len() as u64,
            used: self.clock,
        };
        self.bytes += entry.bytes;
        if let Some(replaced) = self.frames.insert(key.clone(), entry) {
            self.bytes -= replaced.bytes;
        }
        self.shrink();
    }

    /// Drops the least recently used frames beyond the budget, never the last one. A slot that shows one keeps it alive.
    fn shrink(&mut self) {
        while self.bytes > self.budget_bytes && self.frames.len() > 1 {
            let oldest = self.frames.iter().min_by_key(|(_, frame)| frame.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            if let Some(dropped) = self.frames.remove(&key) {
                self.bytes -= dropped.bytes;
            }
        }
    }
}

fn shell(frame: &Frame) -> Frame {
    Frame {
        rows: frame.rows,
        columns: frame.columns,
        samples_per_pixel: frame.samples_per_pixel,
        bits_stored: frame.bits_stored,
        photometric: frame.photometric,
        samples: Samples::U8(Vec::new()),
        cells: frame.cells.clone(),
    }
}

/// The bytes of a frame's texture and what they are.
fn texels(frame: &Frame, colors: &Colors) -> (Texels, wgpu::TextureFormat, Vec<u8>) {
    use PhotometricInterpretation::{Monochrome1, Monochrome2};
    use wgpu::TextureFormat as Format;
    let gray = matches!(frame.photometric, Monochrome1 | Monochrome2);
    if !gray || frame.samples_per_pixel != 1 {
        let rgb = to_rgb8(frame, colors).data;
        let rgba = rgb
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|[r, g, b]| [*r, *g, *b, 255]);
        return (Texels::Color, Format::Rgba8Unorm, rgba.collect());
    }
    fn bytes<T: bytemuck::Pod>(values: &[T]) -> Vec<u8> {
        bytemuck::cast_slice(values).to_vec()
    }
    match &frame.samples {
        Samples::U8(values) => (Texels::Unsigned, Format::R8Uint, values.clone()),
        Samples::I8(values) => (Texels::Signed, Format::R8Sint, bytes(values)),
        Samples::U16(values) => (Texels::Unsigned, Format::R16Uint, bytes(values)),
        Samples::I16(values) => (Texels::Signed, Format::R16Sint, bytes(values)),
        Samples::U32(values) => (Texels::Unsigned, Format::R32Uint, bytes(values)),
        Samples::I32(values) => (Texels::Signed, Format::R32Sint, bytes(values)),
        Samples::F32(values) => (Texels::Float, Format::R32Float, bytes(values)),
        Samples::F64(values) => {
            let narrow: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            (Texels::Float, Format::R32Float, bytes(&narrow))
        }
    }
}

/// An image-sized texture, in tiles where it must be.
pub(super) fn image_texture(
    gpu: &Gpu,
    (columns, rows): (u32, u32),
    tiling: Tiling,
    format: wgpu::TextureFormat,
    bytes: &[u8],
) -> wgpu::Texture {
    let (width, height) = if tiling.is_single() {
        (columns.max(1), rows.max(1))
    } else {
        (tiling.side, tiling.side)
    };
    let texture = make_texture(gpu, (width, height), tiling.across * tiling.down, format);
    let pixel_bytes = format.block_copy_size(None).unwrap_or(1) as usize;
    let row_bytes = columns as usize * pixel_bytes;
    if bytes.len() < row_bytes * rows as usize {
        return texture;
    }
    for down in 0..tiling.down {
        for across in 0..tiling.across {
            let (left, top) = (across * tiling.side, down * tiling.side);
            let size = ((columns - left).min(width), (rows - top).min(height));
            let first = top as usize * row_bytes + left as usize * pixel_bytes;
            let layer = down * tiling.across + across;
            write(gpu, &texture, layer, size, (&bytes[first..], row_bytes));
        }
    }
    texture
}

/// A table as a texture, 256 entries a row.
pub(super) fn table_texture(gpu: &Gpu, entries: &[f32]) -> wgpu::Texture {
    let rows = entries.len().div_ceil(TABLE_ROW).max(1);
    let mut padded = entries.to_vec();
    padded.resize(rows * TABLE_ROW, 0.0);
    let size = (TABLE_ROW as u32, rows as u32);
    let texture = make_texture(gpu, size, 1, wgpu::TextureFormat::R32Float);
    let bytes = bytemuck::cast_slice(&padded);
    write(gpu, &texture, 0, size, (bytes, TABLE_ROW * 4));
    texture
}

/// A view with layers, also of a single one.
pub(super) fn array_view(texture: &wgpu::Texture) -> wgpu::TextureView {
    texture.create_view(&wgpu::TextureViewDescriptor {
        dimension: Some(wgpu::TextureViewDimension::D2Array),
        ..wgpu::TextureViewDescriptor::default()
    })
}

pub(super) fn make_texture(
    gpu: &Gpu,
    (width, height): (u32, u32),
    layers: u32,
    format: wgpu::TextureFormat,
) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: layers,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

pub(super) fn write(
    gpu: &Gpu,
    texture: &wgpu::Texture,
    layer: u32,
    (width, height): (u32, u32),
    (bytes, row_bytes): (&[u8], usize),
) {
    gpu.queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin: wgpu::Origin3d {
                x: 0,
                y: 0,
                z: layer,
            },
            aspect: wgpu::TextureAspect::All,
        },
        bytes,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(row_bytes as u32),
            rows_per_image: None,
        },
        wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
    );
}
