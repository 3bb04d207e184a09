//! Banners over the screen: never modal, never over images for long, each with a way out.

use crate::engine::event::NodeState;
use crate::engine::{Event, FailureKind};

/// Banners shown at once; older ones give way.
const SHOWN_MAX: usize = 3;

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Attention.
    Warning,
    /// Something failed.
    Failure,
}

/// One banner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number, for `ShellAction::Dismiss`.
    pub id: u64,
    /// How loud.
    pub tone: Tone,
    /// What.
    pub text: String,
}

/// All banners, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    /// What is shown.
    pub shown: Vec<Notice>,
    next: u64,
}

impl Notices {
    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::Notice(failure) => {
                let tone = match failure.kind {
                    FailureKind::Bug => Tone::Failure,
                    _ => Tone::Warning,
                };
                self.push(tone, failure.message.clone());
            }
            Event::NodeState(NodeState::Failed(reason)) => {
                self.push(Tone::Failure, reason.clone());
            }
            _ => {}
        }
    }

    /// Shows a banner; one that says the same is replaced.
    pub fn push(&mut self, tone: Tone, text: String) {
        self.shown.retain(|notice| notice.text != text);
        self.next += 1;
        self.shown.push(Notice {
            id: self.next,
            tone,
            text,
        });
        let surplus = self.shown.len().saturating_sub(SHOWN_MAX);
        self.shown.drain(..surplus);
    }

    /// Takes one away.
    pub fn dismiss(&mut self, id: u64) {
        self.shown.retain(|notice| notice.id != id);
    }
}
