//! Viewports on the graphics card: one paint callback per cell, textures and pipelines kept beside egui's own (stack.md C).

use std::sync::Arc;

use egui::Rect;
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use crate::imaging::{DisplayPlan, Frame, FrameKey, Palette};
use crate::render::{RenderCounters, Renderer};

/// Texture bytes on a real card, and on a processor that plays one: there textures are ordinary memory, held twice.
const BUDGET_BYTES: u64 = 1 << 30;
const BUDGET_BYTES_SOFTWARE: u64 = 64 << 20;

/// The renderer, or that there is none: then viewports are drawn by the processor.
struct Viewports(Option<Renderer>);

/// One picture to paint.
pub struct Picture {
    /// Which viewport: keeps its uniforms apart.
    pub slot: u64,
    /// Which frame.
    pub key: FrameKey,
    /// Its stored values.
    pub frame: Arc<Frame>,
    /// Its colour table.
    pub palette: Option<Arc<Palette>>,
    /// How it must look.
    pub plan: DisplayPlan,
}

/// Makes the renderer at the first frame; false when this card cannot.
pub fn ready(state: &RenderState) -> bool {
    let mut egui_renderer = state.renderer.write();
    let viewports = egui_renderer
        .callback_resources
        .entry::<Viewports>()
        .or_insert_with(|| Viewports(new_renderer(state)));
    viewports.0.is_some()
}

fn new_renderer(state: &RenderState) -> Option<Renderer> {
    match Renderer::new(&state.device, &state.queue, state.target_format) {
        Ok(mut renderer) => {
            let software = state.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
            renderer.set_budget(if software {
                BUDGET_BYTES_SOFTWARE
            } else {
                BUDGET_BYTES
            });
            Some(renderer)
        }
        Err(error) => {
            tracing::warn!("viewports are drawn by the processor: {error}");
            None
        }
    }
}

/// What the renderer counted so far (T2).
pub fn counters(state: &RenderState) -> Option<RenderCounters> {
    let egui_renderer = state.renderer.read();
    let viewports = egui_renderer.callback_resources.get::<Viewports>()?;
    viewports.0.as_ref().map(Renderer::counters)
}

/// Adds a picture to what egui paints.
pub fn paint(painter: &egui::Painter, rect: Rect, picture: Picture) {
    painter.add(Callback::new_paint_callback(rect, picture));
}

impl CallbackTrait for Picture {
    fn prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(Viewports(Some(renderer))) = resources.get_mut::<Viewports>() {
            renderer.upload(&self.key, &self.frame, self.palette.as_deref());
            renderer.prepare(self.slot, &self.key, &self.plan);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(Viewports(Some(renderer))) = resources.get::<Viewports>() {
            renderer.paint(pass, self.slot);
        }
    }
}
