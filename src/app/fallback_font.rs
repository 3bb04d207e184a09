//! Loads the system's font for ideographic names, once, when the first such name is seen: it is far too large for every start.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, bounded};

use crate::dicom::{DataSet, Value};
use crate::engine::Event;
use crate::ui::{Shell, fonts};

/// Where the loading stands.
#[derive(Default)]
pub enum FallbackFont {
    /// No name needed it yet.
    #[default]
    NotNeeded,
    /// A thread reads it.
    Loading(Receiver<Vec<u8>>),
    /// It is in use, or this system has none.
    Settled,
}

impl FallbackFont {
    /// Takes note of names; the window is woken when the font was read.
    pub fn observe(&mut self, context: &egui::Context, event: &Event) {
        if !matches!(self, Self::NotNeeded) {
            return;
        }
        let needed = match event {
            Event::Studies(_, page) => {
                let mut names = page.rows.iter().map(|row| &row.patient_name);
                names.any(|name| fonts::needs_fallback(name))
            }
            Event::Matches(_, answers) => answers.iter().any(has_such_text),
            _ => false,
        };
        if needed {
            *self = fonts::fallback_path().map_or(Self::Settled, |path| load(path, context));
        }
    }

    /// Gives the shell the font once it is there.
    pub fn settle(&mut self, context: &egui::Context, shell: &Shell) {
        if let Self::Loading(receiver) = self
            && let Ok(bytes) = receiver.try_recv()
        {
            shell.use_fallback_font(context, bytes);
            *self = Self::Settled;
        }
    }
}

/// Whether a node answered anything that needs the font.
fn has_such_text(answer: &DataSet) -> bool {
    let mut elements = answer.elements.iter();
    elements.any(|element| match &element.value {
        Value::Sequence(items) => items.iter().any(has_such_text),
        _ => {
            let texts = answer.texts(element.tag);
            texts.iter().any(|text| fonts::needs_fallback(text))
        }
    })
}

fn load(path: PathBuf, context: &egui::Context) -> FallbackFont {
    let (sender, receiver) = bounded(1);
    let context = context.clone();
    std::thread::spawn(move || match std::fs::read(&path) {
        Ok(bytes) => {
            if sender.send(bytes).is_ok() {
                context.request_repaint();
            }
        }
        Err(error) => tracing::warn!("cannot read {}: {error}", path.display()),
    });
    FallbackFont::Loading(receiver)
}
