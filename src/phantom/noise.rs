//! Noise that is the same on every machine and every run.

/// A small generator (xorshift64*), good enough for grain in a picture and for nothing else.
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// A generator; equal seeds give equal sequences.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    /// About normally distributed around 0 with a standard deviation of 1 (sum of the four bytes of one draw).
    pub fn grain(&mut self) -> f32 {
        let sum: u32 = self
            .bits()
            .to_le_bytes()
            .iter()
            .map(|b| u32::from(*b))
            .sum();
        (sum as f32 - 510.0) / 147.8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grain_is_centred_and_of_unit_spread() {
        let mut noise = Noise::new(3);
        let draws: Vec<f32> = (0..20_000).map(|_| noise.grain()).collect();
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f32>() / draws.len() as f32;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
