//! Colour stage: colours of a frame, with the shutter over them. Twin: shaders/color.wgsl.

use crate::imaging::color::{Colors, RgbImage, to_rgb8};
use crate::imaging::frame::Frame;

use super::sampling::Rows;
use super::shutter::Mask;

/// A colour frame as rows of red, green, blue from 0 to 1.
pub struct Source<'a> {
    image: RgbImage,
    mask: Option<&'a Mask>,
}

impl<'a> Source<'a> {
    /// Converts the frame.
    pub fn new(frame: &Frame, colors: &Colors, mask: Option<&'a Mask>) -> Self {
        Self {
            image: to_rgb8(frame, colors),
            mask,
        }
    }
}

impl Rows<3> for Source<'_> {
    fn row(&self, row: usize, out: &mut Vec<[f64; 3]>) {
        let width = self.image.width as usize;
        let start = row * width;
        out.clear();
        let pixels = self
            .image
            .data
            .as_chunks::<3>()
            .0
            .get(start..start + width)
            .unwrap_or_default();
        out.extend(pixels.iter().map(|rgb| rgb.map(|c| f64::from(c) / 255.0)));
        if let Some(mask) = self.mask {
            let occluded = &mask.occluded[start..start + width];
            for (pixel, _) in out
                .iter_mut()
                .zip(occluded)
                .filter(|(_, hidden)| **hidden == 1)
            {
                *pixel = [mask.value; 3];
            }
        }
    }
}
