//! Windows by name: as sent, the object's next one, from the pixels, presets of the modality (4.2).

use std::time::Duration;

use super::action::ViewCommand;
use super::{FrameState, ViewerState, WindowChoice, WindowOrigin, window_level};
use crate::imaging::stack::StackImage;
use crate::imaging::{VoiChoice, Window, grayscale};

/// How long it is said why a window cannot be had.
const REFUSAL: Duration = Duration::from_secs(6);

impl ViewerState {
    /// Says for a while why a command did nothing.
    pub(super) fn refuse(&mut self, words: &'static str) {
        self.refusal = Some((words, self.now + REFUSAL));
    }

    pub(super) fn choose_window(&mut self, cell: usize, command: ViewCommand) {
        let Some(tab) = self.tab() else {
            return;
        };
        let (Some(scope), Some(image)) = (tab.window_scope(cell), tab.image(cell)) else {
            return;
        };
        let of_object = matches!(command, ViewCommand::Preset(_) | ViewCommand::NextWindow);
        if of_object && !tab.has_own_values(cell) {
            // A window in the image's unit would show something else under the state's values.
            self.refuse("viewer.refused.other-values");
            return;
        }
        let choice = match command {
            ViewCommand::WindowAsSent => None,
            ViewCommand::AutoWindow => match (self.frames.get(&image.key()), tab.grays(cell)) {
                (Some(FrameState::Ready(frame)), Some(chain)) => Some(WindowChoice {
                    voi: VoiChoice::Window(grayscale::auto_window(frame, &chain)),
                    origin: WindowOrigin::Auto,
                }),
                _ => return,
            },
            ViewCommand::Preset(key) => {
                let presets = window_level::presets(&image.instance.technique.modality);
                let Some(preset) = presets.iter().find(|preset| preset.key == key) else {
                    return;
                };
                Some(WindowChoice {
                    voi: VoiChoice::Window(Window {
                        center: preset.center,
                        width: preset.width,
                    }),
                    origin: WindowOrigin::Preset(preset.name),
                })
            }
            _ => next_window(image, tab.window(cell)),
        };
        self.change(|tab| {
            match choice {
                Some(choice) => tab.arrangement.windows.insert(scope, choice),
                None => tab.arrangement.windows.remove(&scope),
            };
        });
    }
}

/// The window or VOI LUT after the one in use, of those the object brings; after the last as sent again.
fn next_window(image: &StackImage, now: Option<&WindowChoice>) -> Option<WindowChoice> {
    let choices = image.instance.display.voi_choices(image.frame);
    // The first is what "as sent" means.
    let at = now
        .and_then(|now| choices.iter().position(|choice| *choice == now.voi))
        .unwrap_or(0);
    choices.get(at + 1).map(|voi| WindowChoice {
        voi: voi.clone(),
        origin: WindowOrigin::AsSent,
    })
}
