//! What every drawing function is handed besides the workspace.

use std::time::Duration;

use super::text::Texts;
use super::theme::Theme;

/// Texts, look, time and graphics card of this frame.
#[derive(Clone, Copy)]
pub struct UiContext<'a> {
    /// Every text by key.
    pub texts: &'a Texts,
    /// Every colour.
    pub theme: &'a Theme,
    /// Time since the program's start.
    pub now: Duration,
    /// The graphics card; `None` in tests without one, then images are drawn by the processor.
    pub render_state: Option<&'a egui_wgpu::RenderState>,
    /// Whether its shaders draw the viewports.
    pub by_card: bool,
}

impl<'a> UiContext<'a> {
    /// The text of a key.
    pub fn t(&self, key: &'a str) -> &'a str {
        self.texts.t(key)
    }
}

/// Counters of T2 that the viewer keeps; the status bar shows them to tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewCounters {
    /// Images or slices uploaded to textures.
    pub image_uploads: u64,
    /// Lookup tables and uniforms written.
    pub lut_writes: u64,
    /// Pictures made: a viewport shows another frame, or the same one differently.
    pub pictures_drawn: u64,
    /// Slices that were on the screen for at least one frame.
    pub slices_presented: u64,
    /// Slices that had to be skipped.
    pub slices_skipped: u64,
    /// Bytes of textures.
    pub gpu_bytes: u64,
}
