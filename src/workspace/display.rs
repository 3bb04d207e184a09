//! The display that images are shown on (D6, F4): its calibration, the test pattern on it, and the ruler held against it.
//!
//! A calibration that cannot be used is never half used: the images are shown as on any display, and the reason is told.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::engine::{Command, DisplayCalibration, Settings};
use crate::imaging::DisplayFunction;
use crate::imaging::display_function::{Calibration, Conditions, MeasurementError, Measurements};
use crate::imaging::test_pattern::TestPattern;

/// Key of the size of a pixel in the settings.
const PIXEL_PITCH: &str = "display.pixel-pitch-mm";
/// Screen pixels of the line that a ruler is held against, at first and at least and at most.
const RULER_PIXELS: f64 = 400.0;
/// Shortest and longest line.
pub const RULER_RANGE: std::ops::RangeInclusive<f64> = 100.0..=4000.0;

/// What the user does with the display.
#[derive(Debug, Clone, PartialEq)]
pub enum DisplayAction {
    /// Fills the screen with a test pattern.
    ShowPattern(TestPattern),
    /// Back to the program.
    HidePattern,
    /// Shows the line that a ruler is held against.
    OpenRuler,
    /// The line's length in screen pixels, and in millimetres as typed.
    EditRuler(f64, String),
    /// Takes the size of a pixel from the line.
    ApplyRuler,
    /// Takes the line away.
    CloseRuler,
}

/// A line on the screen and how long it is on a ruler.
#[derive(Debug, Clone, PartialEq)]
pub struct RulerMatch {
    /// Screen pixels.
    pub pixels: f64,
    /// Millimetres, as typed.
    pub millimetres: String,
}

impl RulerMatch {
    /// Size of a pixel, when the length is a number that a display can have.
    pub fn pitch_mm(&self) -> Option<f64> {
        let length: f64 = self.millimetres.trim().replace(',', ".").parse().ok()?;
        let pitch = length / self.pixels;
        (0.01..=5.0).contains(&pitch).then_some(pitch)
    }
}

/// Whether grays on the display are what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayStatus {
    /// Nobody calibrated it, or what was measured cannot be used.
    NotCalibrated,
    /// The calibration is too old.
    Due,
    /// It follows the standard function.
    Calibrated,
}

/// Everything known about the display.
#[derive(Debug, Clone, Default)]
pub struct DisplayState {
    /// The test pattern on the screen.
    pub pattern: Option<TestPattern>,
    /// The ruler line.
    pub ruler: Option<RulerMatch>,
    /// Why a software calibration cannot be used.
    pub problem: Option<MeasurementError>,
    function: Option<Arc<DisplayFunction>>,
    made_of: Option<Source>,
}

/// What a display function is made of.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    measurements: String,
    conditions: Conditions,
}

impl Source {
    fn of(settings: &Settings) -> Option<Self> {
        (settings.display_calibration == DisplayCalibration::Software).then(|| Self {
            measurements: settings.display_measurements.clone(),
            conditions: Conditions {
                ambient: settings.display_ambient,
                darkest: settings.display_luminance_min,
                brightest: settings.display_luminance_max,
            },
        })
    }
}

impl DisplayState {
    /// Applies an action.
    pub fn act(&mut self, action: DisplayAction) -> Vec<Command> {
        match action {
            DisplayAction::ShowPattern(pattern) => self.pattern = Some(pattern),
            DisplayAction::HidePattern => self.pattern = None,
            DisplayAction::OpenRuler => {
                self.ruler = Some(RulerMatch {
                    pixels: RULER_PIXELS,
                    millimetres: "100".to_owned(),
                });
            }
            DisplayAction::EditRuler(pixels, millimetres) => {
                self.ruler = Some(RulerMatch {
                    pixels: pixels.clamp(*RULER_RANGE.start(), *RULER_RANGE.end()),
                    millimetres,
                });
            }
            DisplayAction::ApplyRuler => {
                let pitch = self.ruler.as_ref().and_then(RulerMatch::pitch_mm);
                if let Some(pitch) = pitch {
                    self.ruler = None;
                    let change = (PIXEL_PITCH.to_owned(), format!("{pitch:.5}"));
                    return vec![Command::ChangeSettings(vec![change])];
                }
            }
            DisplayAction::CloseRuler => self.ruler = None,
        }
        Vec::new()
    }

    /// Takes the settings; the levels are made again only when what they depend on changed.
    pub fn follow(&mut self, settings: &Settings) {
        let source = Source::of(settings);
        if self.made_of == source {
            return;
        }
        let made = source.as_ref().map(|source| {
            let measurements = Measurements::parse(&source.measurements)?;
            Calibration::new(&measurements, &source.conditions)
        });
        self.made_of = source;
        (self.function, self.problem) = match made {
            None => (None, None),
            Some(Ok(made)) => (Some(Arc::new(DisplayFunction::new(&made))), None),
            Some(Err(problem)) => (None, Some(problem)),
        };
    }

    /// The last stage of gray pictures, on a display calibrated by this program.
    pub fn function(&self) -> Option<&Arc<DisplayFunction>> {
        self.function.as_ref()
    }

    /// Whether grays are what they should be (F4). A calibration counts from the day it was recorded.
    pub fn status(&self, settings: Option<&Settings>, today: Date) -> DisplayStatus {
        let Some(settings) = settings else {
            return DisplayStatus::NotCalibrated;
        };
        let usable = match settings.display_calibration {
            DisplayCalibration::None => false,
            DisplayCalibration::Hardware => true,
            DisplayCalibration::Software => self.function.is_some(),
        };
        if !usable {
            return DisplayStatus::NotCalibrated;
        }
        match next_check(settings) {
            Some(next) if today <= next => DisplayStatus::Calibrated,
            _ => DisplayStatus::Due,
        }
    }
}

/// The last day that the calibration counts.
pub fn next_check(settings: &Settings) -> Option<Date> {
    let day: Date = settings.display_calibrated_on.parse().ok()?;
    day.checked_add(i64::from(settings.display_calibration_days).days())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibrated(kind: DisplayCalibration) -> Settings {
        Settings {
            display_calibration: kind,
            display_measurements: "0 0.3; 128 60; 255 350".to_owned(),
            display_calibrated_on: "2026-01-31".to_owned(),
            display_calibration_days: 30,
            ..Settings::default()
        }
    }

    fn status(settings: &Settings, today: &str) -> DisplayStatus {
        let mut display = DisplayState::default();
        display.follow(settings);
        display.status(Some(settings), today.parse().expect("a day"))
    }

    #[test]
    fn a_calibration_counts_for_its_days() {
        for kind in [DisplayCalibration::Software, DisplayCalibration::Hardware] {
            let settings = calibrated(kind);
            assert_eq!(status(&settings, "2026-03-02"), DisplayStatus::Calibrated);
            assert_eq!(status(&settings, "2026-03-03"), DisplayStatus::Due);
            let unknown = Settings {
                display_calibrated_on: String::new(),
                ..settings
            };
            assert_eq!(status(&unknown, "2026-03-02"), DisplayStatus::Due);
        }
        let none = calibrated(DisplayCalibration::None);
        assert_eq!(status(&none, "2026-02-01"), DisplayStatus::NotCalibrated);
    }

    #[test]
    fn measurements_that_cannot_be_used_calibrate_nothing() {
        let broken = Settings {
            display_measurements: "0 5; 255 3".to_owned(),
            ..calibrated(DisplayCalibration::Software)
        };
        let mut display = DisplayState::default();
        display.follow(&broken);
        assert_eq!(display.problem, Some(MeasurementError::Falling(255)));
        assert!(display.function().is_none());
        assert_eq!(status(&broken, "2026-02-01"), DisplayStatus::NotCalibrated);
        display.follow(&calibrated(DisplayCalibration::Software));
        assert!(display.problem.is_none() && display.function().is_some());
        display.follow(&calibrated(DisplayCalibration::Hardware));
        assert!(display.function().is_none(), "the display does it itself");
    }

    #[test]
    fn a_ruler_gives_the_size_of_a_pixel() {
        let mut display = DisplayState::default();
        display.act(DisplayAction::OpenRuler);
        let edit = DisplayAction::EditRuler(500.0, "nothing".to_owned());
        display.act(edit);
        assert!(display.act(DisplayAction::ApplyRuler).is_empty());
        display.act(DisplayAction::EditRuler(500.0, "135,0".to_owned()));
        let commands = display.act(DisplayAction::ApplyRuler);
        let [Command::ChangeSettings(changes)] = &commands[..] else {
            panic!("{commands:?}");
        };
        let change = (PIXEL_PITCH.to_owned(), "0.27000".to_owned());
        assert_eq!(*changes, [change]);
        assert!(display.ruler.is_none());
    }
}
