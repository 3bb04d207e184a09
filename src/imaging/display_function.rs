//! The Grayscale Standard Display Function (PS3.14): P-Values to the driving levels of a measured display.
//!
//! Equal steps of P-Value become equal steps of what an eye can tell apart, between the darkest and the brightest luminance that
//! the display reaches in its room. The levels are those whose measured luminance is nearest (presentation.md section 17).

use std::fmt;

/// P-Values that are told apart: those of 16 bits.
const P_VALUES: usize = 1 << 16;
/// Luminances in cd/m2 that the standard function covers (PS3.14 section 7).
const LUMINANCE_MIN: f64 = 0.05;
const LUMINANCE_MAX: f64 = 3993.404;
/// Luminance in cd/m2 that no display reaches: a larger number is a slip.
const MEASURED_MAX: f64 = 100_000.0;

/// Luminance in cd/m2 of a just-noticeable-difference index from 1 to 1023 (PS3.14 section 7.1).
pub fn luminance(jnd_index: f64) -> f64 {
    let x = jnd_index.ln();
    let above = [
        -1.301_187_7,
        8.024_263_6e-2,
        1.364_669_9e-1,
        -2.546_840_4e-2,
        1.363_533_4e-3,
    ];
    let below = [
        1.0,
        -2.584_019_1e-2,
        -1.032_022_9e-1,
        2.874_562e-2,
        -3.197_897_7e-3,
        1.299_263_4e-4,
    ];
    10_f64.powf(polynomial(&above, x) / polynomial(&below, x))
}

/// The just-noticeable-difference index of a luminance in cd/m2, the inverse of [`luminance`] (PS3.14 section 7.1).
pub fn jnd_index(luminance: f64) -> f64 {
    let coefficients = [
        71.498_068,
        94.593_053,
        41.912_053,
        9.824_700_4,
        0.281_754_07,
        -1.187_845_5,
        -0.180_143_49,
        0.147_108_99,
        -0.017_046_845,
    ];
    polynomial(&coefficients, luminance.log10())
}

/// The value of a polynomial, lowest coefficient first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rfold(0.0, |sum, c| sum * x + c)
}

/// Why measurements cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeasurementError {
    /// A line is not a driving level and a luminance.
    #[error("not a driving level from 0 to 255 and a luminance in cd/m2: {0:?}")]
    Line(String),
    /// The darkest or the brightest level is missing.
    #[error("driving levels 0 and 255 must be measured")]
    Ends,
    /// The same level twice.
    #[error("driving level {0} is measured twice")]
    Twice(u8),
    /// A brighter level is not brighter.
    #[error("driving level {0} is not brighter than the one below it")]
    Falling(u8),
    /// The room hides every difference, or the table leaves the standard's range.
    #[error(
        "from {0:.3} to {1:.1} cd/m2 with ambient light: the standard function needs 0.05 to 3993"
    )]
    Range(f64, f64),
    /// Black or white are asked for where the display does not get, or white is not brighter than black.
    #[error("the display reaches {0:.3} to {1:.1} cd/m2 with ambient light")]
    Reach(f64, f64),
}

/// What a photometer measured: luminances in cd/m2 by driving level, without ambient light, rising.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurements(Vec<(u8, f64)>);

impl Measurements {
    /// Reads `level luminance` pairs, one a line (or between semicolons); what follows `#` is a remark.
    pub fn parse(text: &str) -> Result<Self, MeasurementError> {
        let lines = text.split(['\n', ';']);
        let lines = lines.map(|line| line.split('#').next().unwrap_or_default().trim());
        let mut points = lines
            .filter(|line| !line.is_empty())
            .map(point)
            .collect::<Result<Vec<_>, _>>()?;
        points.sort_by_key(|(level, _)| *level);
        for pair in points.windows(2) {
            if pair[0].0 == pair[1].0 {
                return Err(MeasurementError::Twice(pair[1].0));
            }
            if pair[0].1 >= pair[1].1 {
                return Err(MeasurementError::Falling(pair[1].0));
            }
        }
        match (points.first(), points.last()) {
            (Some((0, _)), Some((255, _))) => Ok(Self(points)),
            _ => Err(MeasurementError::Ends),
        }
    }

    /// Luminance of every driving level: between measured ones along a straight line of their logarithms.
    fn luminances(&self) -> [f64; 256] {
        let mut all = [0.0; 256];
        for pair in self.0.windows(2) {
            let ((low, dark), (high, bright)) = (pair[0], pair[1]);
            for level in low..=high {
                let part = f64::from(level - low) / f64::from(high - low);
                all[usize::from(level)] = if dark > 0.0 {
                    dark * (bright / dark).powf(part)
                } else {
                    dark + part * (bright - dark)
                };
            }
        }
        all
    }
}

impl fmt::Display for Measurements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (level, luminance)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{level} {luminance}")?;
        }
        Ok(())
    }
}

fn point(line: &str) -> Result<(u8, f64), MeasurementError> {
    let wrong = || MeasurementError::Line(line.chars().take(40).collect());
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '=');
    let mut parts = line.split(separators).filter(|part| !part.is_empty());
    let (Some(level), Some(luminance), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let level = level.parse().map_err(|_| wrong())?;
    let luminance: f64 = luminance.parse().map_err(|_| wrong())?;
    match (0.0..=MEASURED_MAX).contains(&luminance) {
        true => Ok((level, luminance)),
        false => Err(wrong()),
    }
}

/// What a display shall reach in its room, luminances in cd/m2 with the ambient light in them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Conditions {
    /// What the room's light adds.
    pub ambient: f64,
    /// Luminance of black; the darkest that the display reaches without.
    pub darkest: Option<f64>,
    /// Luminance of white; the brightest that the display reaches without.
    pub brightest: Option<f64>,
}

/// A measured display in its room, with the luminances that black and white shall have.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Luminance of every driving level, ambient light included.
    measured: [f64; 256],
    darkest: f64,
    brightest: f64,
    /// Just-noticeable-difference indices of the two.
    indices: (f64, f64),
}

impl Calibration {
    /// Checks that the standard function can be had on the display.
    ///
    /// # Errors
    /// A luminance is out of the standard's range or out of the display's.
    pub fn new(
        measurements: &Measurements,
        conditions: &Conditions,
    ) -> Result<Self, MeasurementError> {
        let measured = measurements
            .luminances()
            .map(|own| own + conditions.ambient);
        let (low, high) = (measured[0], measured[255]);
        let darkest = conditions.darkest.unwrap_or(low);
        let brightest = conditions.brightest.unwrap_or(high);
        let range = LUMINANCE_MIN..=LUMINANCE_MAX;
        if !range.contains(&darkest) || !range.contains(&brightest) {
            return Err(MeasurementError::Range(darkest, brightest));
        }
        if darkest < low || brightest > high || darkest >= brightest {
            return Err(MeasurementError::Reach(low, high));
        }
        Ok(Self {
            measured,
            darkest,
            brightest,
            indices: (exact_index(darkest), exact_index(brightest)),
        })
    }

    /// Luminance of black, in cd/m2 with ambient light.
    pub fn darkest(&self) -> f64 {
        self.darkest
    }

    /// Luminance of white, in cd/m2 with ambient light.
    pub fn brightest(&self) -> f64 {
        self.brightest
    }

    /// Just noticeable differences between black and white.
    pub fn differences(&self) -> f64 {
        self.indices.1 - self.indices.0
    }

    /// The luminance that a P-Value from 0 to 1 shall have, in cd/m2.
    pub fn wanted(&self, p: f64) -> f64 {
        luminance(self.indices.0 + p * self.differences())
    }

    /// The driving level whose luminance is nearest to the wanted one.
    pub fn level(&self, p: f64) -> u8 {
        nearest(&self.measured, self.wanted(p))
    }

    /// The luminance of a driving level, in cd/m2 with ambient light.
    pub fn measured(&self, level: u8) -> f64 {
        self.measured[usize::from(level)]
    }
}

/// The inverse of [`luminance`] beyond the accuracy of the standard's polynomial, so that black and white are met exactly.
fn exact_index(wanted: f64) -> f64 {
    let (mut low, mut high) = (1.0, 1023.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if luminance(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The last stage of a calibrated display.
#[derive(Clone, PartialEq, Eq)]
pub struct DisplayFunction {
    /// Driving level of each P-Value of 16 bits.
    levels: Vec<u8>,
}

impl fmt::Debug for DisplayFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayFunction")
    }
}

impl DisplayFunction {
    /// The standard function on a measured display in its room.
    pub fn new(calibration: &Calibration) -> Self {
        let p_values = (0..P_VALUES).map(|p| p as f64 / (P_VALUES - 1) as f64);
        Self {
            levels: p_values.map(|p| calibration.level(p)).collect(),
        }
    }

    /// The driving level of a P-Value from 0 to 1.
    pub fn level(&self, p: f64) -> u8 {
        // The cast clamps.
        let place = (p * (P_VALUES - 1) as f64 + 0.5) as usize;
        self.levels[place.min(P_VALUES - 1)]
    }

    /// The driving levels of all P-Values of 16 bits.
    pub fn levels(&self) -> &[u8] {
        &self.levels
    }
}

/// The level whose luminance is nearest, the darker of two equally near ones.
fn nearest(measured: &[f64; 256], wanted: f64) -> u8 {
    let above = measured.partition_point(|luminance| *luminance < wanted);
    let below = above.saturating_sub(1);
    let above = above.min(255);
    if measured[above] - wanted < wanted - measured[below] {
        above as u8
    } else {
        below as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of PS3.14 Table B-1, and the value that independent implementations give for 512.
    const TABLE_B_1: [(f64, f64); 9] = [
        (1.0, 0.0500),
        (2.0, 0.0547),
        (3.0, 0.0594),
        (4.0, 0.0643),
        (5.0, 0.0696),
        (100.0, 1.8508),
        (500.0, 119.1318),
        (512.0, 130.065_284),
        (1023.0, 3993.3296),
    ];

    #[test]
    fn the_function_gives_the_table_of_the_standard() {
        for (index, wanted) in TABLE_B_1 {
            let found = luminance(index);
            let digits = if wanted < 1.0 { 1e-4 } else { 1e-4 * wanted };
            assert!((found - wanted).abs() < digits, "{index}: {found} {wanted}");
        }
    }

    #[test]
    fn the_inverse_gives_the_index_back() {
        for index in (1..=1023).map(f64::from) {
            let back = jnd_index(luminance(index));
            assert!((back - index).abs() < 0.5, "{index}: {back}");
        }
    }

    fn calibration(
        measurements: &Measurements,
        ambient: f64,
    ) -> Result<Calibration, MeasurementError> {
        let conditions = Conditions {
            ambient,
            ..Conditions::default()
        };
        Calibration::new(measurements, &conditions)
    }

    fn function(measurements: &Measurements, ambient: f64) -> DisplayFunction {
        DisplayFunction::new(&calibration(measurements, ambient).expect("a calibrated display"))
    }

    #[test]
    fn black_and_white_are_where_they_are_asked_for() {
        let display = gamma_display();
        let conditions = Conditions {
            ambient: 0.1,
            darkest: Some(1.0),
            brightest: Some(250.0),
        };
        let calibration = Calibration::new(&display, &conditions).expect("in reach");
        let function = DisplayFunction::new(&calibration);
        for (p, wanted) in [(0.0, 1.0), (1.0, 250.0)] {
            assert!((calibration.wanted(p) - wanted).abs() < 1e-9 * wanted);
            let level = function.level(p);
            let reached = calibration.measured(level);
            let step = calibration.measured(level + 1) - calibration.measured(level - 1);
            assert!((reached - wanted).abs() <= step, "{p}: {reached}");
        }
        for (darkest, brightest) in [(0.3, 250.0), (1.0, 500.0), (250.0, 250.0)] {
            let asked = Conditions {
                ambient: 0.1,
                darkest: Some(darkest),
                brightest: Some(brightest),
            };
            let refused = Calibration::new(&display, &asked);
            assert!(matches!(refused, Err(MeasurementError::Reach(..))));
        }
    }

    /// A display of gamma 2.2, measured at every level.
    fn gamma_display() -> Measurements {
        let line = |level: u32| {
            let luminance = 0.4 + 399.5 * (f64::from(level) / 255.0).powf(2.2);
            format!("{level} {luminance}\n")
        };
        Measurements::parse(&(0..256).map(line).collect::<String>()).expect("a rising table")
    }

    #[test]
    fn p_values_reach_the_luminances_of_the_design() {
        let ambient = 0.1;
        let display = gamma_display();
        let function = function(&display, ambient);
        let measured = display.luminances();
        for (p, wanted) in [
            (0.0, 0.5),
            (0.25, 8.53),
            (0.5, 39.7),
            (0.75, 134.1),
            (1.0, 400.0),
        ] {
            let level = usize::from(function.level(p));
            let reached = measured[level] + ambient;
            let step = measured[(level + 1).min(255)] - measured[level.saturating_sub(1)];
            assert!((reached - wanted).abs() <= step, "{p}: {reached} {wanted}");
        }
        assert_eq!((function.level(0.0), function.level(1.0)), (0, 255));
        assert!(function.levels().is_sorted());
    }

    #[test]
    fn every_level_is_the_nearest_one() {
        let display = Measurements::parse("0 0.3\n128 60\n255 350").expect("three points");
        let calibration = calibration(&display, 0.2).expect("a calibrated display");
        let function = DisplayFunction::new(&calibration);
        let measured = display.luminances().map(|own| own + 0.2);
        for p in (0..=1000).map(|p| f64::from(p) / 1000.0) {
            let p = (p * 65535.0 + 0.5).floor() / 65535.0;
            let wanted = calibration.wanted(p);
            let chosen = (measured[usize::from(function.level(p))] - wanted).abs();
            let best = measured
                .iter()
                .map(|l| (l - wanted).abs())
                .fold(f64::MAX, f64::min);
            assert!(chosen <= best + 1e-12, "{p}: {chosen} {best}");
        }
    }

    #[test]
    fn measurements_that_cannot_be_are_refused() {
        let parse = |text: &str| Measurements::parse(text).expect_err(text);
        assert_eq!(parse(""), MeasurementError::Ends);
        assert_eq!(parse("0 1\n128 20"), MeasurementError::Ends);
        assert_eq!(parse("0 1\n0 2\n255 3"), MeasurementError::Twice(0));
        assert_eq!(parse("0 1\n9 1\n255 3"), MeasurementError::Falling(9));
        for line in [
            "256 1", "0 -1", "0 nan", "0 inf", "0", "0 1 2", "x 1", "0 1e9",
        ] {
            assert!(matches!(parse(line), MeasurementError::Line(_)), "{line}");
        }
        let dark = Measurements::parse("0 0; 255 300 # an OLED").expect("two points");
        assert!(calibration(&dark, 0.0).is_err(), "black needs a room");
        assert!(calibration(&dark, 0.1).is_ok());
        let again = Measurements::parse(&dark.to_string());
        assert_eq!(again, Ok(dark));
    }
}
