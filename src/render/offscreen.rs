//! Pictures of the shaders without a window: for `render --renderer gpu`, the self-test and benches.

use super::renderer::{RenderError, Renderer, finished};
use crate::dicom::{SopInstanceUid, Uid};
use crate::imaging::display_plan::Stages;
use crate::imaging::raster::RenderedImage;
use crate::imaging::{Colors, DisplayPlan, Frame, FrameIndex, FrameKey};

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
const SLOT: u64 = 0;

/// A device of its own, without a window.
pub struct Offscreen {
    device: wgpu::Device,
    queue: wgpu::Queue,
    renderer: Renderer,
    adapter: String,
}

/// Executes a plan on a frame by the shaders, on a device made for it.
pub fn render_offscreen(frame: &Frame, plan: &DisplayPlan) -> Result<RenderedImage, RenderError> {
    Offscreen::new()?.render(frame, plan)
}

impl Offscreen {
    /// Takes the default adapter, software included, at the limits every driver has.
    pub fn new() -> Result<Self, RenderError> {
        let descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        let instance = wgpu::Instance::new(descriptor);
        let adapter = finished(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))
            .ok_or_else(|| RenderError::Adapter("no answer".to_owned()))?
            .map_err(|error| RenderError::Adapter(error.to_string()))?;
        let limits = wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits());
        let request = wgpu::DeviceDescriptor {
            label: Some("offscreen"),
            required_limits: limits,
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = finished(adapter.request_device(&request))
            .ok_or_else(|| RenderError::Device("no answer".to_owned()))?
            .map_err(|error| RenderError::Device(error.to_string()))?;
        Self::on(&device, &queue, adapter.get_info().name)
    }

    /// On a device that draws something else as well; `adapter` is what it is called.
    pub fn on(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        adapter: String,
    ) -> Result<Self, RenderError> {
        Ok(Self {
            device: device.clone(),
            queue: queue.clone(),
            renderer: Renderer::new(device, queue, FORMAT)?.packing_16_bits(),
            adapter,
        })
    }

    /// The name of the graphics adapter.
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Treats textures as if they could not be larger than this.
    #[cfg(test)]
    fn with_side_max(mut self, side_max: u32) -> Self {
        self.renderer = self.renderer.with_side_max(side_max);
        self
    }

    /// Executes a plan on a frame and reads the picture back.
    pub fn render(
        &mut self,
        frame: &Frame,
        plan: &DisplayPlan,
    ) -> Result<RenderedImage, RenderError> {
        // A key of its own each time: nothing is known about the frame but its values.
        let key = FrameKey {
            instance: SopInstanceUid::from(Uid::generate()),
            frame: FrameIndex(0),
        };
        let colors = match &plan.stages {
            Stages::Color(colors) => colors.clone(),
            Stages::Gray(_) => Colors::default(),
        };
        self.renderer.set_budget(0);
        self.renderer.upload(&key, frame, &colors);
        let texture = self.target(plan.view.canvas)?;
        self.draw(&texture, &key, plan);
        let bytes = self.read(&texture)?;
        Ok(picture(plan, &bytes))
    }

    /// Draws a plan again and again, waiting for each picture; for benches. The frame is uploaded once.
    pub fn repeat(&mut self, frame: &Frame, plans: &[DisplayPlan]) -> Result<(), RenderError> {
        let key = FrameKey {
            instance: SopInstanceUid::from(Uid::generate()),
            frame: FrameIndex(0),
        };
        self.renderer.upload(&key, frame, &Colors::default());
        let Some(first) = plans.first() else {
            return Ok(());
        };
        let texture = self.target(first.view.canvas)?;
        for plan in plans {
            self.draw(&texture, &key, plan);
            self.wait()?;
        }
        Ok(())
    }

    fn target(&self, (width, height): (u32, u32)) -> Result<wgpu::Texture, RenderError> {
        let side_max = self.device.limits().max_texture_dimension_2d;
        if width.max(height) > side_max || width == 0 || height == 0 {
            return Err(RenderError::Canvas(width, height));
        }
        Ok(self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        }))
    }

    fn draw(&mut self, texture: &wgpu::Texture, key: &FrameKey, plan: &DisplayPlan) {
        self.renderer.prepare(SLOT, key, plan);
        self.pass(texture, |renderer, pass| renderer.paint(pass, SLOT));
    }

    /// One pass over a texture.
    fn pass(
        &self,
        texture: &wgpu::Texture,
        paint: impl FnOnce(&Renderer, &mut wgpu::RenderPass<'_>),
    ) {
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("picture"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..wgpu::RenderPassDescriptor::default()
        });
        paint(&self.renderer, &mut pass);
        drop(pass);
        self.queue.submit([encoder.finish()]);
    }

    fn wait(&self) -> Result<(), RenderError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map(|_| ())
            .map_err(|error| RenderError::Device(error.to_string()))
    }

    /// The bytes of a picture, four a pixel, without padding.
    fn read(&self, texture: &wgpu::Texture) -> Result<Vec<u8>, RenderError> {
        let size = texture.size();
        let row_bytes = size.width * 4;
        let padded = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
            size: u64::from(padded) * u64::from(size.height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded),
                    rows_per_image: None,
                },
            },
            size,
        );
        self.queue.submit([encoder.finish()]);
        let (send, receive) = std::sync::mpsc::channel();
        buffer
            .slice(..)
            .map_async(wgpu::MapMode::Read, move |result| {
                // The receiver waits below; if it is gone, nobody wants the picture.
                let _ = send.send(result);
            });
        self.wait()?;
        let failed = |reason: String| RenderError::Device(reason);
        receive
            .recv()
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        let mapped = buffer
            .slice(..)
            .get_mapped_range()
            .map_err(|error| failed(error.to_string()))?;
        let rows = mapped.chunks(padded as usize);
        Ok(rows
            .flat_map(|row| row[..row_bytes as usize].iter().copied())
            .collect())
    }
}

/// The levels of a picture that was read back.
fn picture(plan: &DisplayPlan, bytes: &[u8]) -> RenderedImage {
    let (width, height) = plan.view.canvas;
    let pixels = bytes.as_chunks::<4>().0.iter();
    match (&plan.stages, plan.bits) {
        (Stages::Color(_), _) => RenderedImage::Rgb8 {
            width,
            height,
            data: pixels.flat_map(|[r, g, b, _]| [*r, *g, *b]).collect(),
        },
        (Stages::Gray(_), 16) => RenderedImage::Gray16 {
            width,
            height,
            data: pixels
                .map(|[high, low, ..]| u16::from_be_bytes([*high, *low]))
                .collect(),
        },
        (Stages::Gray(_), _) => RenderedImage::Gray8 {
            width,
            height,
            data: pixels.map(|[level, ..]| *level).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{
        Adjustments, DisplayAttributes, Interpolation, PhotometricInterpretation, PixelDescription,
        Samples, Zoom, raster,
    };

    /// Unlike a shader that was never run, one that cannot be run is not a failure of ours.
    fn offscreen() -> Option<Offscreen> {
        match Offscreen::new() {
            Ok(offscreen) => Some(offscreen),
            Err(error) => {
                eprintln!("SKIPPED: {error}");
                assert!(std::env::var_os("DGSCOPE_REQUIRE_SHARED").is_none());
                None
            }
        }
    }

    fn frame() -> (Frame, PixelDescription) {
        let (rows, columns) = (37, 53);
        let values = (0..rows * columns).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 20) as u16);
        let pixels = PixelDescription {
            rows,
            columns,
            samples_per_pixel: 1,
            photometric: PhotometricInterpretation::Monochrome2,
            planar: false,
            bits_allocated: 16,
            bits_stored: 12,
            high_bit: 11,
            signed: false,
            frames: 1,
        };
        let frame = Frame {
            rows,
            columns,
            samples_per_pixel: 1,
            bits_stored: 12,
            photometric: PhotometricInterpretation::Monochrome2,
            samples: Samples::U16(values.collect()),
            cells: None,
        };
        (frame, pixels)
    }

    #[test]
    fn an_image_larger_than_a_texture_is_shown_whole() {
        let Some(offscreen) = offscreen() else {
            return;
        };
        let mut tiled = offscreen.with_side_max(16);
        let (frame, pixels) = frame();
        for interpolation in [
            Interpolation::Nearest,
            Interpolation::Bilinear,
            Interpolation::Cubic,
        ] {
            let adjustments = Adjustments {
                rotation: 1,
                zoom: Zoom::Scale(2.3),
                interpolation,
                ..Adjustments::default()
            };
            let display = DisplayAttributes::default();
            let plan = DisplayPlan::for_viewport(
                &display,
                &pixels,
                FrameIndex(0),
                &adjustments,
                (90, 120),
            );
            let shown = tiled.render(&frame, &plan).expect("a picture").to_rgb8();
            let wanted = raster::render(&frame, &plan).to_rgb8();
            let worst = shown.iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(1), "{interpolation:?}: {worst:?}");
        }
    }

    #[test]
    fn a_window_change_uploads_nothing() {
        let Some(mut offscreen) = offscreen() else {
            return;
        };
        let (frame, pixels) = frame();
        let plans: Vec<DisplayPlan> = (1..6)
            .map(|step| {
                let window = crate::imaging::Window {
                    center: 2000.0,
                    width: 100.0 * f64::from(step),
                };
                let adjustments = Adjustments {
                    voi: crate::imaging::VoiChoice::Window(window),
                    ..Adjustments::default()
                };
                let display = DisplayAttributes::default();
                DisplayPlan::for_viewport(&display, &pixels, FrameIndex(0), &adjustments, (64, 64))
            })
            .collect();
        offscreen.repeat(&frame, &plans).expect("pictures");
        let counters = offscreen.renderer.counters();
        assert_eq!((counters.image_uploads, counters.lut_writes), (1, 0));
        assert_eq!(counters.gpu_bytes, 37 * 53 * 2);
    }

    #[test]
    fn pictures_of_the_processor_arrive_bit_for_bit() {
        let Some(offscreen) = offscreen() else {
            return;
        };
        let (frame, pixels) = frame();
        let frame = std::sync::Arc::new(frame);
        let key = FrameKey {
            instance: SopInstanceUid::from(Uid::generate()),
            frame: FrameIndex(0),
        };
        let mut pictures =
            crate::render::Pictures::new(&offscreen.device, &offscreen.queue, FORMAT);
        for width in [700.0, 900.0, 900.0] {
            let window = crate::imaging::Window {
                center: 1800.0,
                width,
            };
            let adjustments = Adjustments {
                voi: crate::imaging::VoiChoice::Window(window),
                rotation: 1,
                zoom: Zoom::Scale(3.7),
                ..Adjustments::default()
            };
            let display = DisplayAttributes::default();
            let plan = DisplayPlan::for_viewport(
                &display,
                &pixels,
                FrameIndex(0),
                &adjustments,
                (233, 181),
            );
            pictures.prepare(SLOT, &key, &frame, &plan);
            let texture = offscreen.target(plan.view.canvas).expect("a target");
            offscreen.pass(&texture, |_, pass| pictures.paint(pass, SLOT));
            let shown = picture(&plan, &offscreen.read(&texture).expect("a picture"));
            assert_eq!(shown, raster::render(&frame, &plan));
        }
        let counters = pictures.counters();
        assert_eq!((counters.image_uploads, counters.pictures_drawn), (1, 2));
        assert_eq!(counters.gpu_bytes, 233 * 181);
    }

    #[test]
    fn the_shaders_pass_the_self_test() {
        if let Some(mut offscreen) = offscreen() {
            let pictures = crate::render::self_test::run(&mut offscreen);
            assert!(pictures.expect("no difference") > 5);
        }
    }
}
