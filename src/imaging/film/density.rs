//! What density a printer gives to a P-Value (PS3.14; presentation.md section 17), and how bright that looks on a light box.

/// Luminance of the light box behind the film, cd/m2 (Illumination (2010,015E)).
pub const ILLUMINATION: f64 = 2000.0;
/// Light of the room reflected by the film, cd/m2 (Reflected Ambient Light (2010,0160)).
pub const REFLECTED_AMBIENT_LIGHT: f64 = 10.0;

/// How dark a film gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DensityRange {
    /// Optical density of P-Value 1.
    pub min: f64,
    /// Optical density of P-Value 0.
    pub max: f64,
}

impl Default for DensityRange {
    fn default() -> Self {
        Self { min: 0.2, max: 3.0 }
    }
}

impl DensityRange {
    /// The range of Min Density and Max Density in hundredths, where they make one.
    pub fn of_hundredths(min: i64, max: i64) -> Option<Self> {
        let range = Self {
            min: min as f64 / 100.0,
            max: max as f64 / 100.0,
        };
        ((0..max).contains(&min) && max <= 500).then_some(range)
    }

    /// Density of a P-Value, 0 to 1, through the Grayscale Standard Display Function.
    pub fn density(&self, p: f64) -> f64 {
        let luminance =
            |density: f64| REFLECTED_AMBIENT_LIGHT + ILLUMINATION * 10_f64.powf(-density);
        let (darkest, brightest) = (jnd(luminance(self.max)), jnd(luminance(self.min)));
        let seen = gsdf(darkest + p * (brightest - darkest));
        -((seen - REFLECTED_AMBIENT_LIGHT) / ILLUMINATION).log10()
    }

    /// For each 8-bit level how bright the film looks at that place on the light box, as an 8-bit screen level: clear film is white.
    pub fn appearance(&self) -> [u8; 256] {
        std::array::from_fn(|level| {
            let density = self.density(level as f64 / 255.0);
            let through = 10_f64.powf(-density);
            // The cast clamps.
            // A screen shows light by the power of 2.2, near enough for looking at.
            let shown = (through.powf(1.0 / 2.2) * 255.0 + 0.5) as u8;
            shown
        })
    }
}

/// Luminance of a just-noticeable difference index (PS3.14 section 7.1).
fn gsdf(j: f64) -> f64 {
    const NUMERATOR: [f64; 5] = [
        -1.301_187_7,
        8.024_263_6e-2,
        1.364_666_9e-1,
        -2.546_840_4e-2,
        1.363_533_4e-3,
    ];
    const DENOMINATOR: [f64; 6] = [
        1.0,
        -2.584_019_1e-2,
        -1.032_022_9e-1,
        2.874_562_0e-2,
        -3.197_897_7e-3,
        1.299_263_4e-4,
    ];
    let x = j.ln();
    let polynomial = |terms: &[f64]| terms.iter().rev().fold(0.0, |sum, term| sum * x + term);
    10_f64.powf(polynomial(&NUMERATOR) / polynomial(&DENOMINATOR))
}

/// Just-noticeable difference index of a luminance (PS3.14 section 7.1).
fn jnd(luminance: f64) -> f64 {
    const TERMS: [f64; 9] = [
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
    let y = luminance.log10();
    TERMS.iter().rev().fold(0.0, |sum, term| sum * y + term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_are_those_of_the_table() {
        let film = DensityRange::default();
        let expected = [
            (0.0, 3.0),
            (0.25, 1.70),
            (0.5, 1.13),
            (0.75, 0.65),
            (1.0, 0.2),
        ];
        for (p, density) in expected {
            let found = film.density(p);
            assert!((found - density).abs() < 0.006, "{p}: {found}");
        }
        let seen = film.appearance();
        assert!(seen.is_sorted() && seen[0] < 40 && seen[255] > 200);
    }

    #[test]
    fn a_range_that_is_none_is_refused() {
        assert!(DensityRange::of_hundredths(20, 300).is_some());
        assert!(DensityRange::of_hundredths(300, 20).is_none());
        assert!(DensityRange::of_hundredths(-1, 9999).is_none());
    }
}
