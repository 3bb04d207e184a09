//! The window of a drag (4.2): gain from the window at the press, at least one step of stored values, PET at its upper limit only.

use crate::imaging::Window;

/// Points that double a window.
const POINTS_PER_WIDTH: f64 = 128.0;
/// Part of the modality range that a narrow window gains at least.
const RANGE_PART: f64 = 0.01;
/// The linear function has no narrower window (PS3.3 C.11.2.1.2.1).
const WIDTH_MIN: f64 = 1.0;

/// What a drag starts from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressed {
    /// The window shown at the press.
    pub window: Window,
    /// Smallest to largest modality value the object can hold.
    pub range: f64,
    /// Modality values between neighbouring stored values.
    pub step: f64,
    /// A VOI LUT was shown, not a window.
    pub for_lut: bool,
    /// PET: the lower limit stays.
    pub upper_only: bool,
}

/// The window after the pointer moved `right` and `down` points since the press; up is brighter.
pub fn dragged(pressed: &Pressed, right: f64, down: f64, gain: f64) -> Window {
    let Window { center, width } = pressed.window;
    let per_point = width.max(RANGE_PART * pressed.range) / POINTS_PER_WIDTH * gain;
    let moved = |points: f64| whole_steps(points * per_point, points, pressed.step);
    if pressed.upper_only {
        let lower = center - width / 2.0;
        // Up is brighter: the upper limit comes down.
        let width = (width + moved(right + down)).max(WIDTH_MIN);
        return Window {
            center: lower + width / 2.0,
            width,
        };
    }
    Window {
        center: center + moved(down),
        width: (width + moved(right)).max(WIDTH_MIN),
    }
}

/// Rounds to whole steps; a movement of the pointer is never nothing.
fn whole_steps(change: f64, points: f64, step: f64) -> f64 {
    if points == 0.0 || step <= 0.0 {
        return change;
    }
    let steps = (change / step).round();
    let steps = if steps == 0.0 { points.signum() } else { steps };
    steps * step
}

/// A window by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// The key, 2 to 9.
    pub key: u8,
    /// Key of its name.
    pub name: &'static str,
    /// Window Center.
    pub center: f64,
    /// Window Width.
    pub width: f64,
}

const fn preset(key: u8, name: &'static str, width: f64, center: f64) -> Preset {
    Preset {
        key,
        name,
        center,
        width,
    }
}

/// CT presets in Hounsfield units.
const CT: &[Preset] = &[
    preset(2, "viewer.preset.soft-tissue", 400.0, 40.0),
    preset(3, "viewer.preset.lung", 1500.0, -600.0),
    preset(4, "viewer.preset.bone", 2500.0, 480.0),
    preset(5, "viewer.preset.brain", 80.0, 40.0),
    preset(6, "viewer.preset.subdural", 200.0, 75.0),
    preset(7, "viewer.preset.stroke", 40.0, 40.0),
    preset(8, "viewer.preset.liver", 150.0, 90.0),
    preset(9, "viewer.preset.angio", 600.0, 200.0),
];

/// The presets of a modality.
pub fn presets(modality: &str) -> &'static [Preset] {
    match modality {
        "CT" => CT,
        _ => &[],
    }
}

/// Whether a window applies to one image only, because each is exposed by itself (4.2).
pub fn is_per_image(modality: &str) -> bool {
    matches!(modality, "CR" | "DX" | "MG" | "RF" | "XA" | "IO")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(center: f64, width: f64) -> Pressed {
        Pressed {
            window: Window { center, width },
            range: 4096.0,
            step: 1.0,
            for_lut: false,
            upper_only: false,
        }
    }

    #[test]
    fn a_drag_of_128_points_doubles_the_width_or_lowers_the_level_by_it() {
        let start = pressed(40.0, 400.0);
        let wider = dragged(&start, 128.0, 0.0, 1.0);
        assert_eq!((wider.center, wider.width), (40.0, 800.0));
        let brighter = dragged(&start, 0.0, -128.0, 1.0);
        assert_eq!((brighter.center, brighter.width), (-360.0, 400.0));
        let coarse = dragged(&start, 0.0, 32.0, 4.0);
        assert_eq!(coarse.center, 440.0);
    }

    #[test]
    fn a_narrow_window_gains_from_the_range_and_one_point_is_one_step_at_least() {
        let start = pressed(0.0, 2.0);
        let wide = Pressed {
            range: 1280.0,
            ..start
        };
        assert_eq!(dragged(&wide, 128.0, 0.0, 1.0).width, 15.0);
        assert_eq!(dragged(&wide, 1.0, 0.0, 0.25).width, 3.0);
        assert_eq!(dragged(&wide, -100.0, 0.0, 1.0).width, WIDTH_MIN);
    }

    #[test]
    fn pet_moves_its_upper_limit_only() {
        let start = Pressed {
            upper_only: true,
            ..pressed(500.0, 1000.0)
        };
        let window = dragged(&start, 0.0, -64.0, 1.0);
        assert_eq!(
            (window.center - window.width / 2.0, window.width),
            (0.0, 500.0)
        );
    }

    #[test]
    fn the_keys_of_ct_are_two_to_nine() {
        let keys: Vec<u8> = presets("CT").iter().map(|p| p.key).collect();
        assert_eq!(keys, (2..=9).collect::<Vec<_>>());
        assert!(presets("MR").is_empty());
    }
}
