//! Something that may be told at most so often.

use std::time::{Duration, Instant};

/// A flag that becomes due at most once an interval.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    last: Option<Instant>,
    wanted: bool,
}

impl Pace {
    /// At most once every `interval`.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            last: None,
            wanted: false,
        }
    }

    /// There is something to tell.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    /// How long until it may be told; `None` when there is nothing to tell.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        self.wanted.then(|| {
            self.last.map_or(Duration::ZERO, |last| {
                (last + self.interval).saturating_duration_since(now)
            })
        })
    }

    /// True once when it is time.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let due = self.wait(now) == Some(Duration::ZERO);
        if due {
            self.wanted = false;
            self.last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_is_at_once_and_the_next_after_the_interval() {
        let mut pace = Pace::new(Duration::from_millis(200));
        let start = Instant::now();
        assert_eq!(pace.wait(start), None);
        pace.want();
        assert!(pace.is_due(start) && !pace.is_due(start));
        pace.want();
        assert_eq!(
            pace.wait(start + Duration::from_millis(50)),
            Some(Duration::from_millis(150))
        );
        assert!(pace.is_due(start + Duration::from_millis(200)));
    }
}
