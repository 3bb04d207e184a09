//! The pixels of an image box: P-Values of 8 or 12 bits, or colours (presentation.md section 17).

use serde::{Deserialize, Serialize};

use crate::imaging::raster::RenderedImage;

/// Bits of a gray film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FilmDepth {
    /// 8 bits.
    #[default]
    Eight,
    /// 12 bits.
    Twelve,
}

impl FilmDepth {
    /// Bits Stored.
    pub fn bits(self) -> u8 {
        match self {
            Self::Eight => 8,
            Self::Twelve => 12,
        }
    }

    /// The largest level.
    pub fn level_max(self) -> u16 {
        match self {
            Self::Eight => 255,
            Self::Twelve => 4095,
        }
    }
}

/// Row after row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilmSamples {
    /// 8-bit P-Values.
    Gray8(Vec<u8>),
    /// 12-bit P-Values.
    Gray12(Vec<u16>),
    /// Red, green, blue.
    Rgb(Vec<u8>),
}

/// A picture as a printer gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its pixels.
    pub samples: FilmSamples,
}

impl FilmPicture {
    /// A black picture.
    pub fn black(width: u32, height: u32, depth: FilmDepth, color: bool) -> Self {
        let pixels = width as usize * height as usize;
        let samples = match (color, depth) {
            (true, _) => FilmSamples::Rgb(vec![0; pixels * 3]),
            (false, FilmDepth::Eight) => FilmSamples::Gray8(vec![0; pixels]),
            (false, FilmDepth::Twelve) => FilmSamples::Gray12(vec![0; pixels]),
        };
        Self {
            width,
            height,
            samples,
        }
    }

    /// What the renderer made, as the film wants it: a colour picture becomes gray on a gray film, a gray one R=G=B on a colour film.
    pub fn of_rendered(rendered: RenderedImage, depth: FilmDepth, color: bool) -> Self {
        let (width, height) = (rendered.width(), rendered.height());
        let samples = match rendered {
            RenderedImage::Rgb8 { data, .. } if color => FilmSamples::Rgb(data),
            RenderedImage::Rgb8 { data, .. } => gray_of(&data, depth),
            RenderedImage::Gray8 { data, .. } if color => {
                FilmSamples::Rgb(data.iter().flat_map(|gray| [*gray; 3]).collect())
            }
            RenderedImage::Gray8 { data, .. } => FilmSamples::Gray8(data),
            RenderedImage::Gray16 { data, .. } => FilmSamples::Gray12(data),
        };
        Self {
            width,
            height,
            samples,
        }
    }

    /// Lays a picture of the same kind over this one; what would lie outside is left out.
    pub fn paste(&mut self, picture: &Self, x: u32, y: u32) {
        let columns = picture.width.min(self.width.saturating_sub(x)) as usize;
        let rows = picture.height.min(self.height.saturating_sub(y));
        let (from, to) = (picture.width as usize, self.width as usize);
        for row in 0..rows {
            let source = row as usize * from;
            let target = (y + row) as usize * to + x as usize;
            match (&mut self.samples, &picture.samples) {
                (FilmSamples::Gray8(to), FilmSamples::Gray8(from)) => {
                    to[target..target + columns].copy_from_slice(&from[source..source + columns]);
                }
                (FilmSamples::Gray12(to), FilmSamples::Gray12(from)) => {
                    to[target..target + columns].copy_from_slice(&from[source..source + columns]);
                }
                (FilmSamples::Rgb(to), FilmSamples::Rgb(from)) => to
                    [target * 3..(target + columns) * 3]
                    .copy_from_slice(&from[source * 3..(source + columns) * 3]),
                _ => {}
            }
        }
    }

    /// Sets one pixel to a P-Value.
    pub fn set(&mut self, column: i64, row: i64, p: f64) {
        let (Ok(column), Ok(row)) = (u32::try_from(column), u32::try_from(row)) else {
            return;
        };
        if column >= self.width || row >= self.height {
            return;
        }
        let at = row as usize * self.width as usize + column as usize;
        // The cast clamps.
        match &mut self.samples {
            FilmSamples::Gray8(data) => data[at] = (p * 255.0 + 0.5) as u8,
            FilmSamples::Gray12(data) => data[at] = ((p * 4095.0 + 0.5) as u16).min(4095),
            FilmSamples::Rgb(data) => data[at * 3..at * 3 + 3].fill((p * 255.0 + 0.5) as u8),
        }
    }

    /// Gray pixels as 8 bits, whatever their depth: `floor(p * 255 + 0.5)` of the level.
    pub fn to_8_bits(self) -> Self {
        let samples = match self.samples {
            FilmSamples::Gray12(data) => FilmSamples::Gray8(
                data.iter()
                    .map(|level| {
                        let level = (u32::from(*level) * 510 + 4095) / 8190;
                        u8::try_from(level).unwrap_or(u8::MAX)
                    })
                    .collect(),
            ),
            other => other,
        };
        Self { samples, ..self }
    }
}

/// `0.299 R + 0.587 G + 0.114 B` at the film's depth.
fn gray_of(rgb: &[u8], depth: FilmDepth) -> FilmSamples {
    let luma = |rgb: &[u8; 3]| {
        let [red, green, blue] = rgb.map(u32::from);
        // In thousandths, so that nothing is lost before the one rounding.
        red * 299 + green * 587 + blue * 114
    };
    let pixels = rgb.as_chunks::<3>().0.iter();
    match depth {
        FilmDepth::Eight => FilmSamples::Gray8(
            pixels
                .map(|rgb| u8::try_from((luma(rgb) + 500) / 1000).unwrap_or(u8::MAX))
                .collect(),
        ),
        FilmDepth::Twelve => FilmSamples::Gray12(
            pixels
                .map(|rgb| {
                    let level = (u64::from(luma(rgb)) * 4095 * 2 + 255_000) / 510_000;
                    u16::try_from(level).unwrap_or(4095)
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_gray_by_the_usual_weights() {
        let gray = gray_of(&[255, 255, 255, 255, 0, 0, 10, 20, 30], FilmDepth::Eight);
        assert_eq!(gray, FilmSamples::Gray8(vec![255, 76, 18]));
        let gray = gray_of(&[255, 255, 255, 0, 0, 0], FilmDepth::Twelve);
        assert_eq!(gray, FilmSamples::Gray12(vec![4095, 0]));
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut page = FilmPicture::black(4, 3, FilmDepth::Eight, false);
        let white = FilmPicture {
            width: 3,
            height: 3,
            samples: FilmSamples::Gray8(vec![255; 9]),
        };
        page.paste(&white, 2, 2);
        page.set(0, 0, 0.5);
        page.set(-1, 9, 1.0);
        let FilmSamples::Gray8(data) = &page.samples else {
            panic!("gray")
        };
        assert_eq!(data, &[128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]);
    }

    #[test]
    fn twelve_bits_become_eight_by_rounding() {
        let picture = FilmPicture {
            width: 3,
            height: 1,
            samples: FilmSamples::Gray12(vec![0, 2048, 4095]),
        };
        assert_eq!(
            picture.to_8_bits().samples,
            FilmSamples::Gray8(vec![0, 128, 255])
        );
    }
}
