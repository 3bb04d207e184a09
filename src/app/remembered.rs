//! What the window remembers between runs, in `window.json` of the data directory: losing it costs a layout, nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::workspace::Preferences;
use crate::workspace::Workspace;
use crate::workspace::preferences::WindowPlace;

/// How long changes rest before they are written.
const PAUSE: Duration = Duration::from_secs(1);

/// The file and what it holds.
pub struct Remembered {
    path: PathBuf,
    /// The preferences as read at the start.
    pub preferences: Preferences,
    written: Preferences,
    write_at: Option<Duration>,
}

impl Remembered {
    /// Reads the file of a data directory.
    pub fn read(data_dir: &Path) -> Self {
        let path = data_dir.join("window.json");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let preferences = Preferences::parse(&text);
        Self {
            path,
            written: preferences.clone(),
            preferences,
            write_at: None,
        }
    }

    /// Notes where the window is, and writes what changed once it rests.
    pub fn follow(&mut self, context: &egui::Context, workspace: &mut Workspace, now: Duration) {
        if let Some(place) = place(context, workspace.preferences.window) {
            workspace.preferences.window = Some(place);
        }
        if workspace.preferences == self.written {
            self.write_at = None;
            return;
        }
        let at = *self.write_at.get_or_insert(now + PAUSE);
        if now >= at {
            self.write(&workspace.preferences);
        } else {
            context.request_repaint_after(at - now);
        }
    }

    /// Writes the file if something changed; a failure is logged, for nobody can do anything about it now.
    pub fn write(&mut self, preferences: &Preferences) {
        if *preferences == self.written {
            return;
        }
        self.written = preferences.clone();
        self.write_at = None;
        if let Err(error) = fs::write(&self.path, preferences.to_text()) {
            tracing::warn!("cannot remember the window: {error}");
        }
    }
}

/// Where the window is; while it fills the screen, its size before is kept.
fn place(context: &egui::Context, before: Option<WindowPlace>) -> Option<WindowPlace> {
    let zoom = context.zoom_factor();
    context.input(|input| {
        let viewport = input.viewport();
        let inner = viewport.inner_rect?;
        let maximized = viewport.maximized.unwrap_or(false);
        match before {
            Some(before) if maximized => Some(WindowPlace {
                maximized,
                ..before
            }),
            _ => Some(WindowPlace {
                x: viewport.outer_rect.map(|outer| outer.left() * zoom),
                y: viewport.outer_rect.map(|outer| outer.top() * zoom),
                width: inner.width() * zoom,
                height: inner.height() * zoom,
                maximized,
            }),
        }
    })
}

/// The program's icon.
pub fn icon() -> egui::IconData {
    const PNG: &[u8] = include_bytes!("../../assets/icons/dgscope.png");
    let decoded = || -> Option<egui::IconData> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(PNG))
            .read_info()
            .ok()?;
        let mut rgba = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut rgba).ok()?;
        rgba.truncate(info.buffer_size());
        Some(egui::IconData {
            rgba,
            width: info.width,
            height: info.height,
        })
    };
    decoded().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_square_picture() {
        let icon = icon();
        assert_eq!((icon.width, icon.height), (128, 128));
        assert_eq!(icon.rgba.len(), 4 * 128 * 128);
    }

    #[test]
    fn preferences_survive_a_restart() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut remembered = Remembered::read(folder.path());
        let mut preferences = remembered.preferences.clone();
        preferences.text_percent = 150;
        remembered.write(&preferences);
        assert_eq!(
            Remembered::read(folder.path()).preferences.text_percent,
            150
        );
    }
}
