//! Numbers as decimal strings (PS3.5 §6.2, DS).

/// Characters of a decimal string.
const DECIMAL_CHARACTERS_MAX: usize = 16;

/// The decimal text of at most 16 characters that is nearest to a finite number (PS3.5 §6.2, DS).
pub fn decimal(value: f64) -> String {
    let plain = value.to_string();
    let short = format!("{value:e}");
    for exact in [plain, short] {
        if exact.len() <= DECIMAL_CHARACTERS_MAX {
            return exact;
        }
    }
    let distance = |text: &String| (text.parse::<f64>().unwrap_or(f64::MAX) - value).abs();
    let fitting = (0..=DECIMAL_CHARACTERS_MAX)
        .flat_map(|digits| [format!("{value:.digits$}"), format!("{value:.digits$e}")])
        .filter(|text| text.len() <= DECIMAL_CHARACTERS_MAX)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)));
    fitting.unwrap_or_else(|| "0".to_owned())
}

/// The number that [`decimal`] writes: what a reader of the text will have.
pub fn as_decimal(value: f64) -> f64 {
    decimal(value).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_sixteen_characters_and_are_as_near_as_these_allow() {
        assert_eq!(decimal(-1024.0), "-1024");
        assert_eq!(decimal(0.1), "0.1");
        assert_eq!(decimal(1.0 / 3.0), "0.33333333333333");
        assert_eq!(decimal(-1.0 / 3.0), "-0.3333333333333");
        assert_eq!(decimal(1e300), "1e300");
        for value in [
            std::f64::consts::PI * 1e-9,
            -2e18 / 7.0,
            123_456_789.123_456_79,
        ] {
            let text = decimal(value);
            assert!(text.len() <= 16, "{text}");
            assert!((as_decimal(value) / value - 1.0).abs() < 1e-8, "{text}");
        }
    }
}
