//! Where a cell stands in its stack, and the steps it still owes the eye (F12).
//!
//! A scroll never jumps: its steps wait in `pending`, and each frame that was really painted lets the next one in. Only a jump,
//! made by the scrollbar or Home and End, leaves slices out; they stay "not displayed".

use std::collections::VecDeque;

use super::StackId;
use super::cine::Cine;
use crate::imaging::FrameKey;

/// Steps kept at most; beyond this they are counted as skipped, aloud.
const PENDING_MAX: usize = 4096;

/// The position of a cell in its stack.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cursor {
    /// Which stack it belongs to.
    pub stack: Option<StackId>,
    /// The image on the screen, or about to be.
    pub position: usize,
    /// Whether `position` was on the screen for a frame.
    pub presented: bool,
    /// The image that was on the screen last.
    pub last_shown: Option<FrameKey>,
    /// Positions to come, in order.
    pub pending: VecDeque<usize>,
    /// The way it last moved: 1 or -1.
    pub direction: i8,
    /// Steps that found no room.
    pub skipped: u64,
    /// Moving by itself.
    pub cine: Option<Cine>,
}

impl Cursor {
    /// A cursor at a position of a stack.
    pub fn at(stack: Option<StackId>, position: usize) -> Self {
        Self {
            stack,
            position,
            direction: 1,
            ..Self::default()
        }
    }

    /// Where all pending steps lead to.
    pub fn destination(&self) -> usize {
        self.pending.back().copied().unwrap_or(self.position)
    }

    /// Steps forwards or back within a stack of `length` images; each is queued.
    pub fn scroll(&mut self, steps: i32, length: usize) {
        let forward = steps > 0;
        for _ in 0..steps.unsigned_abs() {
            let from = self.destination();
            let next = if forward {
                from + 1
            } else {
                from.wrapping_sub(1)
            };
            if next >= length {
                break;
            }
            self.enqueue(next);
        }
        if steps != 0 {
            self.direction = if forward { 1 } else { -1 };
        }
    }

    /// Queues one position.
    pub fn enqueue(&mut self, position: usize) {
        if self.pending.len() >= PENDING_MAX {
            self.skipped += 1;
            return;
        }
        self.pending.push_back(position);
        self.advance();
    }

    /// Goes straight to a position; what was pending is let go.
    pub fn jump(&mut self, position: usize) {
        self.direction = if position < self.position { -1 } else { 1 };
        self.pending.clear();
        if position != self.position {
            self.position = position;
            self.presented = false;
        }
    }

    /// The image at `position` was painted; true when for the first time since it got there.
    pub fn painted(&mut self) -> bool {
        let first = !self.presented;
        self.presented = true;
        self.advance();
        first
    }

    /// Whether something is still to be painted.
    pub fn is_moving(&self) -> bool {
        !self.presented || !self.pending.is_empty()
    }

    fn advance(&mut self) {
        if self.presented
            && let Some(next) = self.pending.pop_front()
        {
            self.presented = next == self.position;
            self.position = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_notches_present_two_hundred_slices_in_order() {
        let mut cursor = Cursor::at(None, 0);
        assert!(cursor.painted());
        for _ in 0..200 {
            cursor.scroll(1, 300);
        }
        let mut seen = Vec::new();
        while cursor.is_moving() {
            seen.push(cursor.position);
            assert!(cursor.painted());
        }
        assert_eq!(seen, (1..=200).collect::<Vec<_>>());
        assert_eq!(cursor.skipped, 0);
    }

    #[test]
    fn a_scroll_stops_at_both_ends() {
        let mut cursor = Cursor::at(None, 2);
        cursor.painted();
        cursor.scroll(10, 5);
        assert_eq!(cursor.destination(), 4);
        cursor.scroll(-10, 5);
        assert_eq!(cursor.destination(), 0);
        assert_eq!(cursor.direction, -1);
    }

    #[test]
    fn a_jump_lets_pending_steps_go() {
        let mut cursor = Cursor::at(None, 0);
        cursor.scroll(5, 100);
        cursor.jump(50);
        assert_eq!((cursor.position, cursor.pending.len()), (50, 0));
        assert!(cursor.is_moving());
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut cursor = Cursor::at(None, 0);
        cursor.scroll(5000, 10_000);
        assert_eq!(cursor.skipped, 5000 - PENDING_MAX as u64);
    }
}
