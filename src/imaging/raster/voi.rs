//! VOI stage (PS3.3 C.11.2). Twin: shaders/voi.wgsl.

use crate::imaging::grayscale::{Voi, VoiFunction, Window};

use super::modality::entry;

/// The output for a modality value, 0.0 the darkest, 1.0 the brightest.
pub fn output(voi: &Voi, value: f64) -> f64 {
    match voi {
        Voi::Identity { low, high } => identity(value, *low, *high),
        Voi::Window {
            window,
            function: VoiFunction::Linear,
        } => linear(value, *window),
        Voi::Window {
            window,
            function: VoiFunction::LinearExact,
        } => linear_exact(value, *window),
        Voi::Window {
            window,
            function: VoiFunction::Sigmoid,
        } => sigmoid(value, *window),
        Voi::Table(table) => f64::from(entry(table, value)) / table.maximum(),
    }
}

fn identity(value: f64, low: f64, high: f64) -> f64 {
    if high > low {
        ((value - low) / (high - low)).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// PS3.3 C.11.2.1.2.1.
fn linear(value: f64, window: Window) -> f64 {
    // The standard's halves: a window counts integer values, so its span is `width - 1`.
    let span = window.width - 1.0;
    let offset = value - (window.center - 0.5);
    if offset <= -span / 2.0 {
        0.0
    } else if offset > span / 2.0 {
        1.0
    } else {
        offset / span + 0.5
    }
}

/// PS3.3 C.11.2.1.3.2.
fn linear_exact(value: f64, window: Window) -> f64 {
    let offset = value - window.center;
    if offset <= -window.width / 2.0 {
        0.0
    } else if offset > window.width / 2.0 {
        1.0
    } else {
        offset / window.width + 0.5
    }
}

/// PS3.3 C.11.2.1.3.1.
fn sigmoid(value: f64, window: Window) -> f64 {
    1.0 / (1.0 + (-4.0 * (value - window.center) / window.width).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_8_and_16_bits(p: f64) -> (f64, f64) {
        ((p * 255.0 + 0.5).floor(), (p * 65535.0 + 0.5).floor())
    }

    #[test]
    fn windows_give_the_numbers_of_the_table_in_the_design() {
        let cases: &[(VoiFunction, f64, f64, f64, (f64, f64))] = &[
            (VoiFunction::Linear, 2000.0, 1000.0, 1501.0, (0.0, 66.0)),
            (VoiFunction::Linear, 2000.0, 1000.0, 1750.0, (64.0, 16400.0)),
            (
                VoiFunction::Linear,
                2000.0,
                1000.0,
                2498.0,
                (255.0, 65469.0),
            ),
            (VoiFunction::Linear, 40.0, 400.0, -159.0, (1.0, 164.0)),
            (VoiFunction::Linear, 40.0, 400.0, 40.0, (128.0, 32850.0)),
            (
                VoiFunction::LinearExact,
                2000.0,
                1000.0,
                2250.0,
                (191.0, 49151.0),
            ),
            (VoiFunction::Sigmoid, 2000.0, 1000.0, 1500.0, (30.0, 7812.0)),
            (
                VoiFunction::Sigmoid,
                2000.0,
                1000.0,
                3000.0,
                (250.0, 64356.0),
            ),
        ];
        for (function, center, width, x, wanted) in cases {
            let window = Window {
                center: *center,
                width: *width,
            };
            let voi = Voi::windowed(window, *function).expect("a legal window");
            assert_eq!(
                at_8_and_16_bits(output(&voi, *x)),
                *wanted,
                "{function:?} {center} {width} at {x}"
            );
        }
    }

    #[test]
    fn a_window_of_width_one_is_a_threshold() {
        let window = Window {
            center: 40.0,
            width: 1.0,
        };
        assert_eq!(linear(39.0, window), 0.0);
        assert_eq!(linear(40.0, window), 1.0);
    }
}
