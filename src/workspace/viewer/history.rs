//! Undo and redo of arrangements, 100 deep; one drag is one step (V9).

use std::collections::VecDeque;

use super::Arrangement;

/// Steps kept.
pub const DEPTH: usize = 100;

/// Earlier and undone arrangements.
#[derive(Debug, Clone, Default)]
pub struct History {
    past: VecDeque<Arrangement>,
    future: Vec<Arrangement>,
}

impl History {
    /// Remembers what was, before it changes.
    pub fn remember(&mut self, before: Arrangement) {
        self.past.push_back(before);
        while self.past.len() > DEPTH {
            self.past.pop_front();
        }
        self.future.clear();
    }

    /// The arrangement before, if any.
    pub fn undo(&mut self, now: &Arrangement) -> Option<Arrangement> {
        let before = self.past.pop_back()?;
        self.future.push(now.clone());
        Some(before)
    }

    /// The arrangement that was undone, if any.
    pub fn redo(&mut self, now: &Arrangement) -> Option<Arrangement> {
        let after = self.future.pop()?;
        self.past.push_back(now.clone());
        Some(after)
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::viewer::Layout;

    #[test]
    fn a_hundred_steps_come_back_and_the_older_are_gone() {
        let mut history = History::default();
        let mut now = Arrangement::default();
        for step in 0..150 {
            history.remember(now.clone());
            now.active = step;
        }
        let last = now.clone();
        let mut steps = 0;
        while let Some(before) = history.undo(&now) {
            now = before;
            steps += 1;
        }
        assert_eq!((steps, now.active), (DEPTH, 49));
        while let Some(after) = history.redo(&now) {
            now = after;
        }
        assert_eq!(now, last);
    }

    #[test]
    fn a_new_step_ends_what_could_be_redone() {
        let mut history = History::default();
        let mut now = Arrangement::default();
        history.remember(now.clone());
        now.set_layout(Layout::new(2, 2));
        now = history.undo(&now).expect("one step was remembered");
        history.remember(now.clone());
        assert!(!history.can_redo());
    }
}
