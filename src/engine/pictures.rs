//! Pictures of objects at their own display, drawn by the CPU renderer: thumbnails and exported images.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::Thumbnail;
use crate::imaging::display_plan::RenderRequest;
use crate::imaging::raster::{RenderedImage, render};
use crate::imaging::{DisplayAttributes, DisplayPlan, FrameIndex, Image};

/// Of pictures for letters and slides; nobody reads from them.
const JPEG_QUALITY: u8 = 92;

/// The middle frame of an object, at most `side_max` pixels wide and high.
pub(super) fn thumbnail(path: &Path, side_max: u32) -> Result<Thumbnail, String> {
    let image = Image::open(path).map_err(|error| error.to_string())?;
    let attributes = DisplayAttributes::read(&image.file);
    let frame = FrameIndex(image.pixels.frames / 2);
    let natural = plan(&image, &attributes, frame, &RenderRequest::default())?;
    let request = RenderRequest {
        size: Some(fitted(natural.view.canvas, side_max)),
        ..RenderRequest::default()
    };
    let picture = draw(&image, &attributes, frame, &request)?;
    let opaque = |rgb: &[u8]| [rgb[0], rgb[1], rgb[2], 255];
    Ok(Thumbnail {
        width: picture.width(),
        height: picture.height(),
        rgba: picture.to_rgb8().chunks_exact(3).flat_map(opaque).collect(),
        objects: 1,
    })
}

/// File formats of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PictureFormat {
    /// Exact.
    Png,
    /// Small, and no longer exact.
    Jpeg,
}

/// Writes a picture for every frame of the object at `source`: `target.png`, or `target-1.png` and so on; how many there are.
pub(super) fn write(source: &Path, target: &Path, format: PictureFormat) -> Result<u64, String> {
    let image = Image::open(source).map_err(|error| error.to_string())?;
    let attributes = DisplayAttributes::read(&image.file);
    let frames = image.pixels.frames;
    for frame in 0..frames {
        let picture = draw(
            &image,
            &attributes,
            FrameIndex(frame),
            &RenderRequest::default(),
        )?;
        let mut path = target.as_os_str().to_owned();
        if frames > 1 {
            path.push(format!("-{}", frame + 1));
        }
        match format {
            PictureFormat::Png => {
                path.push(".png");
                write_png(Path::new(&path), &picture)?;
            }
            PictureFormat::Jpeg => {
                path.push(".jpg");
                write_jpeg(Path::new(&path), &picture)?;
            }
        }
    }
    Ok(u64::from(frames))
}

fn plan(
    image: &Image,
    attributes: &DisplayAttributes,
    frame: FrameIndex,
    request: &RenderRequest,
) -> Result<DisplayPlan, String> {
    DisplayPlan::for_render(attributes, &image.pixels, frame, request)
        .map_err(|error| error.to_string())
}

fn draw(
    image: &Image,
    attributes: &DisplayAttributes,
    frame: FrameIndex,
    request: &RenderRequest,
) -> Result<RenderedImage, String> {
    let plan = plan(image, attributes, frame, request)?;
    let frame = image.decode(frame).map_err(|error| error.to_string())?;
    Ok(render(&frame, &plan))
}

/// The size with its longer side at most `side_max`, at least one pixel each way.
fn fitted((width, height): (u32, u32), side_max: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= side_max {
        return (width.max(1), height.max(1));
    }
    let scale = |side: u32| {
        let scaled = u64::from(side) * u64::from(side_max) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(side_max).max(1)
    };
    (scale(width), scale(height))
}

fn write_png(path: &Path, picture: &RenderedImage) -> Result<(), String> {
    let (color, data) = match picture {
        RenderedImage::Gray8 { data, .. } => (png::ColorType::Grayscale, data),
        RenderedImage::Rgb8 { data, .. } => (png::ColorType::Rgb, data),
        // Pictures are asked for at 8 bits.
        RenderedImage::Gray16 { .. } => return Err("a picture of 16 bits".to_owned()),
    };
    let file = File::create_new(path).map_err(|error| error.to_string())?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), picture.width(), picture.height());
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(data)?;
        writer.finish()
    });
    written.map_err(|error| error.to_string())
}

fn write_jpeg(path: &Path, picture: &RenderedImage) -> Result<(), String> {
    let (color, data) = match picture {
        RenderedImage::Gray8 { data, .. } => (jpeg_encoder::ColorType::Luma, data),
        RenderedImage::Rgb8 { data, .. } => (jpeg_encoder::ColorType::Rgb, data),
        // Pictures are asked for at 8 bits.
        RenderedImage::Gray16 { .. } => return Err("a picture of 16 bits".to_owned()),
    };
    let side = |length: u32| u16::try_from(length).map_err(|_| "too large for JPEG".to_owned());
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let mut file = BufWriter::new(File::create_new(path).map_err(|error| error.to_string())?);
    jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY)
        .encode(data, width, height, color)
        .map_err(|error| error.to_string())?;
    file.flush().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_keep_their_shape() {
        assert_eq!(fitted((512, 512), 128), (128, 128));
        assert_eq!(fitted((3328, 4096), 128), (104, 128));
        assert_eq!(fitted((64, 32), 128), (64, 32));
        assert_eq!(fitted((100_000, 1), 128), (128, 1));
    }
}
