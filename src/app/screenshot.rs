//! `--screenshot`: waits until there is something to see, saves a picture of the window as PNG.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::engine::{Failure, FailureKind};
use crate::workspace::{Screen, Workspace};

/// How long everything must stand still before the picture is taken: thumbnails follow the first image.
const STILL: Duration = Duration::from_millis(700);
/// When the picture is taken whatever the window shows.
const LATEST: Duration = Duration::from_secs(20);

/// A picture to be taken.
pub struct Screenshot {
    path: PathBuf,
    ready_since: Option<Duration>,
    image: Arc<OnceLock<Arc<egui::ColorImage>>>,
    asked: bool,
}

impl Screenshot {
    /// A picture for this file.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            ready_since: None,
            image: Arc::default(),
            asked: false,
        }
    }

    /// Goes on after a frame; `Some` when the file is written, or cannot be.
    pub fn step(
        &mut self,
        context: &egui::Context,
        workspace: &Workspace,
    ) -> Option<Result<(), Failure>> {
        if let Some(image) = self.image.get() {
            return Some(self.write(image));
        }
        let now = workspace.clock.now;
        if !something_to_see(workspace) && now < LATEST {
            self.ready_since = None;
        } else {
            let since = *self.ready_since.get_or_insert(now);
            if !self.asked && (now >= since + STILL || now >= LATEST) {
                self.asked = true;
                let image = Arc::clone(&self.image);
                let wake = context.clone();
                context.request_screenshot(move |picture| {
                    if image.set(picture).is_ok() {
                        wake.request_repaint();
                    }
                });
            }
        }
        context.request_repaint_after(Duration::from_millis(50));
        None
    }

    fn write(&self, image: &egui::ColorImage) -> Result<(), Failure> {
        let failure = |reason: String| {
            let message = format!("screenshot: {}: {reason}", self.path.display());
            Failure::new(FailureKind::Environment, message)
        };
        let [width, height] = image.size;
        let file = File::create(&self.path).map_err(|error| failure(error.to_string()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder
            .write_header()
            .map_err(|error| failure(error.to_string()))?;
        writer
            .write_image_data(image.as_raw())
            .map_err(|error| failure(error.to_string()))
    }
}

/// The first picture, or the first list.
fn something_to_see(workspace: &Workspace) -> bool {
    match workspace.screen {
        Screen::Viewer => workspace.viewer.slices_presented > 0,
        _ => workspace.studies.loaded,
    }
}
