//! Drags in a cell: window, pan, zoom, scroll; one undo step from press to release.

use super::action::{Drag, DragTool, Tool};
use super::changes::{clamped, scroll};
use super::window_level::{self, Pressed};
use super::{Arrangement, Tab, ViewerState, WindowChoice, WindowOrigin};
use crate::imaging::grayscale::auto::stored_range;
use crate::imaging::{VoiChoice, Window, Zoom};

/// Points of a zoom drag that double the scale.
const POINTS_PER_DOUBLE: f64 = 128.0;
/// Points of a scroll drag for one image.
const POINTS_PER_IMAGE: f64 = 6.0;

/// A drag that is under way.
#[derive(Debug, Clone)]
pub(super) struct Dragging {
    cell: usize,
    tool: Tool,
    before: Arrangement,
    pressed: Option<Pressed>,
    scale: f64,
    pan: (f64, f64),
    scrolled: i32,
}

impl ViewerState {
    pub(super) fn drag(&mut self, drag: Drag) {
        match drag {
            Drag::Start {
                cell,
                tool,
                scale,
                pan,
            } => self.start_drag(cell, tool, scale, pan),
            Drag::Move {
                right,
                down,
                pixels_per_point,
                gain,
            } => self.move_drag(right, down, pixels_per_point, gain),
            Drag::End => {
                if let Some(dragging) = self.dragging.take()
                    && let Some(tab) = self.tabs.get_mut(self.active_tab)
                    && tab.arrangement != dragging.before
                {
                    tab.history.remember(dragging.before);
                }
            }
        }
    }

    fn start_drag(&mut self, cell: usize, tool: DragTool, scale: f64, pan: (f64, f64)) {
        let tool = match tool {
            DragTool::Active => self.tool,
            DragTool::Pan => Tool::Pan,
            DragTool::Zoom => Tool::Zoom,
        };
        let Some(tab) = self.tabs.get_mut(self.active_tab) else {
            return;
        };
        if !tab.arrangement.visible().contains(&cell) {
            return;
        }
        tab.arrangement.active = cell;
        let before = tab.arrangement.clone();
        let tab = &self.tabs[self.active_tab];
        let pressed = (tool == Tool::Window)
            .then(|| self.pressed_window(tab, cell))
            .flatten();
        self.dragging = Some(Dragging {
            cell,
            tool,
            before,
            pressed,
            scale,
            pan,
            scrolled: 0,
        });
    }

    /// The window shown at a press; `None` for colour images and where nothing is shown.
    fn pressed_window(&self, tab: &Tab, cell: usize) -> Option<Pressed> {
        let image = tab.image(cell)?;
        let instance = &image.instance;
        let pixels = instance.pixels.as_ref().ok()?;
        let chain = tab.grays(cell)?;
        let (low, high) = chain.modality.output_range(stored_range(pixels));
        let voi = match tab.window(cell).map(|choice| &choice.voi) {
            None | Some(VoiChoice::AsSent) => chain.voi,
            Some(choice) => instance.display.voi(image.frame, choice),
        };
        let window = voi.window();
        let values = f64::from(1_u32 << pixels.bits_stored.min(31));
        Some(Pressed {
            // A VOI LUT has no width to drag: the drag starts from a window over all values (P5).
            window: window.unwrap_or(Window {
                center: (low + high) / 2.0,
                width: (high - low).max(1.0),
            }),
            for_lut: window.is_none(),
            range: high - low,
            step: (high - low) / (values - 1.0).max(1.0),
            upper_only: instance.technique.modality == "PT",
        })
    }

    fn move_drag(&mut self, right: f64, down: f64, pixels_per_point: f64, gain: f64) {
        let (Some(dragging), Some(tab)) = (&mut self.dragging, self.tabs.get_mut(self.active_tab))
        else {
            return;
        };
        let cell = dragging.cell;
        if cell >= tab.arrangement.cells.len() {
            return;
        }
        match dragging.tool {
            Tool::Window => {
                if let (Some(pressed), Some(scope)) = (&dragging.pressed, tab.window_scope(cell)) {
                    let window = window_level::dragged(pressed, right, down, gain);
                    let choice = WindowChoice {
                        voi: VoiChoice::Window(window),
                        origin: if pressed.for_lut {
                            WindowOrigin::ManualForLut
                        } else {
                            WindowOrigin::Manual
                        },
                    };
                    tab.arrangement.windows.insert(scope, choice);
                }
            }
            Tool::Pan => {
                let view = &mut tab.arrangement.cells[cell].view;
                view.pan.0 = dragging.pan.0 + right * pixels_per_point;
                view.pan.1 = dragging.pan.1 + down * pixels_per_point;
            }
            Tool::Zoom => {
                let scale = clamped(dragging.scale * 2_f64.powf(-down / POINTS_PER_DOUBLE));
                let view = &mut tab.arrangement.cells[cell].view;
                let grown = scale / dragging.scale;
                view.zoom = Zoom::Scale(scale);
                view.pan = (dragging.pan.0 * grown, dragging.pan.1 * grown);
            }
            Tool::Scroll => {
                let steps = (down / POINTS_PER_IMAGE) as i32;
                let more = steps - dragging.scrolled;
                dragging.scrolled = steps;
                scroll(tab, cell, more);
            }
            Tool::Probe | Tool::Draw(_) | Tool::Shutter(_) => {}
        }
    }
}
