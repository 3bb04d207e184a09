//! Viewports on the graphics card: one paint callback per cell, textures and pipelines kept beside egui's own (stack.md C).

use std::sync::Arc;

use egui::Rect;
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use super::processor;
use crate::imaging::{Colors, DisplayPlan, Frame, FrameKey};
use crate::render::{Pictures, RenderCounters, Renderer};
use crate::ui::context::UiContext;

/// Bytes of frames kept on the card.
const BUDGET_BYTES: u64 = 1 << 30;

/// Both ways to make the pictures of the viewports, each made when it is first used.
#[derive(Default)]
struct Viewports {
    /// The card's shaders.
    shaders: Option<Box<Renderer>>,
    /// The processor; the card copies what it made.
    pictures: Option<Pictures>,
}

/// One picture to paint.
pub struct Picture {
    /// Which viewport: keeps its uniforms apart.
    pub slot: u64,
    /// Which frame.
    pub key: FrameKey,
    /// Its stored values.
    pub frame: Arc<Frame>,
    /// What its colours mean.
    pub colors: Colors,
    /// How it must look.
    pub plan: DisplayPlan,
    /// Whether the card's shaders shall make it.
    pub by_card: bool,
}

/// Makes ready what will make the next picture.
fn make_ready(state: &RenderState, by_card: bool) {
    let mut egui_renderer = state.renderer.write();
    let viewports = egui_renderer
        .callback_resources
        .entry::<Viewports>()
        .or_insert_with(Viewports::default);
    let (device, queue, format) = (&state.device, &state.queue, state.target_format);
    if by_card && viewports.shaders.is_none() {
        match Renderer::new(device, queue, format) {
            Ok(mut renderer) => {
                renderer.set_budget(BUDGET_BYTES);
                viewports.shaders = Some(Box::new(renderer));
            }
            // It passed its test a moment ago; now the processor stands in.
            Err(error) => tracing::warn!("viewports are drawn by the processor: {error}"),
        }
    }
    if !(by_card && viewports.shaders.is_some()) && viewports.pictures.is_none() {
        viewports.pictures = Some(Pictures::new(device, queue, format));
    }
}

/// What was counted so far (T2), whoever drew.
pub fn counters(state: &RenderState) -> Option<RenderCounters> {
    let egui_renderer = state.renderer.read();
    let viewports = egui_renderer.callback_resources.get::<Viewports>()?;
    let shaders = viewports.shaders.as_ref().map(|s| s.counters());
    let pictures = viewports.pictures.as_ref().map(Pictures::counters);
    Some(shaders.unwrap_or_default() + pictures.unwrap_or_default())
}

/// Paints a picture by whatever draws viewports, into a place whose size in pixels is the plan's canvas.
pub fn show(context: &UiContext, painter: &egui::Painter, rect: Rect, picture: Picture) {
    match context.render_state {
        Some(state) => {
            make_ready(state, picture.by_card);
            painter.add(Callback::new_paint_callback(rect, picture));
        }
        None => processor::paint(
            painter,
            rect,
            picture.slot,
            &picture.key,
            &picture.frame,
            &picture.plan,
        ),
    }
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
        let viewports = resources
            .entry::<Viewports>()
            .or_insert_with(Viewports::default);
        match (&mut viewports.shaders, &mut viewports.pictures) {
            (Some(renderer), _) if self.by_card => {
                renderer.upload(&self.key, &self.frame, &self.colors);
                renderer.prepare(self.slot, &self.key, &self.plan);
            }
            (_, Some(pictures)) => {
                pictures.prepare(self.slot, &self.key, &self.frame, &self.plan);
            }
            _ => {}
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        match resources.get::<Viewports>() {
            Some(Viewports {
                shaders: Some(renderer),
                ..
            }) if self.by_card => renderer.paint(pass, self.slot),
            Some(Viewports {
                pictures: Some(pictures),
                ..
            }) => pictures.paint(pass, self.slot),
            _ => {}
        }
    }
}
