//! The graphics card's self-test (F15), on a thread of its own beside the first frames: until it has passed, the processor draws.

use crossbeam_channel::{Receiver, Sender, bounded};
use egui_wgpu::RenderState;

use crate::render::{Offscreen, self_test};
use crate::workspace::Graphics;

/// What was found out about the card, as it comes.
pub struct CardTest {
    found: Receiver<Graphics>,
}

impl CardTest {
    /// Starts the test of the window's card; the window is woken by what is found.
    pub fn start(state: Option<&RenderState>, context: &egui::Context) -> Self {
        // The test tells once, the loss of the card once.
        let (sender, found) = bounded(2);
        let Some(state) = state else {
            return Self { found };
        };
        watch(state, context, sender.clone());
        let adapter = state.adapter.get_info();
        if adapter.device_type == wgpu::DeviceType::Cpu {
            tracing::info!("viewports: drawn by the processor, {}", adapter.name);
            tell(&sender, context, Graphics::Software);
        } else {
            let (device, queue) = (state.device.clone(), state.queue.clone());
            let context = context.clone();
            std::thread::spawn(move || {
                tell(&sender, &context, test(&device, &queue, adapter.name));
            });
        }
        Self { found }
    }

    /// The next finding, if there is one.
    pub fn next(&self) -> Option<Graphics> {
        self.found.try_recv().ok()
    }
}

fn test(device: &wgpu::Device, queue: &wgpu::Queue, adapter: String) -> Graphics {
    let name = adapter.clone();
    let result = Offscreen::on(device, queue, adapter)
        .map_err(self_test::SelfTestError::from)
        .and_then(|mut offscreen| self_test::run(&mut offscreen));
    match result {
        Ok(pictures) => {
            tracing::info!("viewports: drawn by {name}, {pictures} test pictures are right");
            Graphics::Card
        }
        Err(error) => {
            tracing::warn!("viewports: drawn by the processor, {name}: {error}");
            Graphics::Failed(format!("{error}; the processor draws the images"))
        }
    }
}

/// Tells when the card is lost.
fn watch(state: &RenderState, context: &egui::Context, sender: Sender<Graphics>) {
    let context = context.clone();
    state
        .device
        .set_device_lost_callback(move |reason, message| {
            // The end of the program destroys the device: nobody needs to know.
            if reason != wgpu::DeviceLostReason::Destroyed {
                tracing::warn!("the graphics card is lost: {message}");
                let words = "the graphics card is lost; the processor draws the images";
                tell(&sender, &context, Graphics::Failed(words.to_owned()));
            }
        });
}

fn tell(sender: &Sender<Graphics>, context: &egui::Context, finding: Graphics) {
    // A full channel holds what matters already; a closed one belongs to a window that is gone.
    if sender.try_send(finding).is_ok() {
        context.request_repaint();
    }
}
