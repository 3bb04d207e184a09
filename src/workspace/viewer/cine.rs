//! Cine: a cursor that moves by itself, at the object's own rate or the wanted one, and tells the rate it really reaches (V8).

use std::collections::VecDeque;
use std::time::Duration;

/// Rates that can be wanted, in images a second.
pub const RATE: std::ops::RangeInclusive<f64> = 1.0..=60.0;
/// Without any word from the object.
pub const DEFAULT_RATE: f64 = 15.0;
/// Times kept to measure the real rate.
const MEASURED: usize = 24;

/// A running cine.
#[derive(Debug, Clone, PartialEq)]
pub struct Cine {
    /// Wanted images a second.
    pub rate: f64,
    /// Back and forth instead of from the start again.
    pub bounce: bool,
    forward: bool,
    next_at: Duration,
    shown_at: VecDeque<Duration>,
}

impl Cine {
    /// Starts at a time.
    pub fn start(rate: f64, bounce: bool, now: Duration) -> Self {
        Self {
            rate: rate.clamp(*RATE.start(), *RATE.end()),
            bounce,
            forward: true,
            next_at: now,
            shown_at: VecDeque::new(),
        }
    }

    /// When the next image is due.
    pub fn next_at(&self) -> Duration {
        self.next_at
    }

    /// The position after `from` if one is due.
    pub fn step(&mut self, from: usize, length: usize, now: Duration) -> Option<usize> {
        if length < 2 || now < self.next_at {
            return None;
        }
        let period = Duration::from_secs_f64(1.0 / self.rate);
        // Late frames are not made up for: they would be skipped.
        self.next_at = (self.next_at + period).max(now);
        let last = length - 1;
        if self.bounce {
            if from >= last {
                self.forward = false;
            } else if from == 0 {
                self.forward = true;
            }
        } else {
            self.forward = true;
        }
        Some(match (self.forward, from >= last) {
            (true, true) => 0,
            (true, false) => from + 1,
            (false, _) => from - 1,
        })
    }

    /// Notes that an image was presented.
    pub fn shown(&mut self, now: Duration) {
        self.shown_at.push_back(now);
        while self.shown_at.len() > MEASURED {
            self.shown_at.pop_front();
        }
    }

    /// Images a second over the last ones shown; `None` before there are enough.
    pub fn real_rate(&self) -> Option<f64> {
        let (first, last) = (self.shown_at.front()?, self.shown_at.back()?);
        let seconds = (*last - *first).as_secs_f64();
        (self.shown_at.len() > 4 && seconds > 0.0)
            .then(|| (self.shown_at.len() - 1) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(cine: &mut Cine, length: usize, steps: usize) -> Vec<usize> {
        let mut at = 0;
        let mut seen = Vec::new();
        for step in 0..steps {
            let now = Duration::from_millis(100 * step as u64);
            at = cine.step(at, length, now).unwrap_or(at);
            cine.shown(now);
            seen.push(at);
        }
        seen
    }

    #[test]
    fn a_loop_starts_again_and_a_bounce_turns_round() {
        let mut cine = Cine::start(10.0, false, Duration::ZERO);
        assert_eq!(positions(&mut cine, 3, 6), [1, 2, 0, 1, 2, 0]);
        assert!((cine.real_rate().expect("six images were shown") - 10.0).abs() < 1e-6);
        let mut cine = Cine::start(10.0, true, Duration::ZERO);
        assert_eq!(positions(&mut cine, 3, 6), [1, 2, 1, 0, 1, 2]);
    }

    #[test]
    fn nothing_is_due_before_its_time() {
        let mut cine = Cine::start(10.0, false, Duration::ZERO);
        assert_eq!(cine.step(0, 3, Duration::ZERO), Some(1));
        assert_eq!(cine.step(1, 3, Duration::from_millis(99)), None);
        assert_eq!(cine.step(1, 3, Duration::from_millis(100)), Some(2));
        assert_eq!(cine.step(0, 1, Duration::from_secs(9)), None);
    }
}
