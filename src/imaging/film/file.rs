//! Films as files: PNG as printed, PDF as large as the sheet.

use std::io::{self, Write};

use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};

use super::picture::{FilmPicture, FilmSamples};

/// Points of an inch.
const POINTS: f64 = 72.0;

/// A picture as PNG; levels of 12 bits become samples of 16 that hold them in their upper bits.
pub fn png(picture: &FilmPicture) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width, picture.height);
    encoder.set_compression(png::Compression::Fast);
    let (color, depth) = match picture.samples {
        FilmSamples::Gray8(_) => (png::ColorType::Grayscale, png::BitDepth::Eight),
        FilmSamples::Gray12(_) => (png::ColorType::Grayscale, png::BitDepth::Sixteen),
        FilmSamples::Rgb(_) => (png::ColorType::Rgb, png::BitDepth::Eight),
    };
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    match &picture.samples {
        FilmSamples::Gray8(data) | FilmSamples::Rgb(data) => writer.write_image_data(data),
        FilmSamples::Gray12(data) => {
            let wide = data.iter().map(|level| (level << 4) | (level >> 8));
            let bytes: Vec<u8> = wide.flat_map(u16::to_be_bytes).collect();
            writer.write_image_data(&bytes)
        }
    }
    .and_then(|()| writer.finish())
    .map_err(io::Error::other)?;
    Ok(file)
}

/// The pages of one PDF, each an image that fills a sheet of its own size; written page by page.
pub struct FilmPdf {
    pdf: Pdf,
    pages: Vec<Ref>,
    next: i32,
}

const CATALOG: i32 = 1;
const PAGE_TREE: i32 = 2;

impl Default for FilmPdf {
    fn default() -> Self {
        Self {
            pdf: Pdf::new(),
            pages: Vec::new(),
            next: PAGE_TREE + 1,
        }
    }
}

impl FilmPdf {
    fn reference(&mut self) -> Ref {
        let reference = Ref::new(self.next);
        self.next += 1;
        reference
    }

    /// Adds a sheet of 8 bits or colours printed at this resolution.
    pub fn add(&mut self, picture: &FilmPicture, resolution_dpi: f64) -> io::Result<()> {
        let (page, image, content) = (self.reference(), self.reference(), self.reference());
        // PDF has single precision.
        let points = |pixels: u32| (f64::from(pixels) / resolution_dpi * POINTS) as f32;
        let (width, height) = (points(picture.width), points(picture.height));
        let side = |pixels: u32| i32::try_from(pixels).map_err(io::Error::other);
        let (columns, rows) = (side(picture.width)?, side(picture.height)?);
        let (bytes, is_color) = match &picture.samples {
            FilmSamples::Gray8(data) => (deflated(data)?, false),
            FilmSamples::Rgb(data) => (deflated(data)?, true),
            FilmSamples::Gray12(_) => (deflated(picture_8_bits(picture))?, false),
        };
        let mut object = self.pdf.image_xobject(image, &bytes);
        object.filter(Filter::FlateDecode);
        object.width(columns);
        object.height(rows);
        if is_color {
            object.color_space().device_rgb();
        } else {
            object.color_space().device_gray();
        }
        object.bits_per_component(8);
        object.finish();
        let mut drawing = Content::new();
        drawing.save_state();
        drawing.transform([width, 0.0, 0.0, height, 0.0, 0.0]);
        drawing.x_object(Name(b"film"));
        drawing.restore_state();
        self.pdf.stream(content, &drawing.finish());
        let mut entry = self.pdf.page(page);
        entry.media_box(Rect::new(0.0, 0.0, width, height));
        entry.parent(Ref::new(PAGE_TREE));
        entry.contents(content);
        entry.resources().x_objects().pair(Name(b"film"), image);
        entry.finish();
        self.pages.push(page);
        Ok(())
    }

    /// The bytes of the file.
    pub fn finish(mut self) -> io::Result<Vec<u8>> {
        self.pdf
            .catalog(Ref::new(CATALOG))
            .pages(Ref::new(PAGE_TREE));
        let count = i32::try_from(self.pages.len()).map_err(io::Error::other)?;
        self.pdf
            .pages(Ref::new(PAGE_TREE))
            .kids(self.pages.iter().copied())
            .count(count);
        Ok(self.pdf.finish())
    }
}

/// Levels of 12 bits as 8.
fn picture_8_bits(picture: &FilmPicture) -> Vec<u8> {
    match picture.clone().to_8_bits().samples {
        FilmSamples::Gray8(data) | FilmSamples::Rgb(data) => data,
        FilmSamples::Gray12(_) => Vec::new(),
    }
}

fn deflated(data: impl AsRef<[u8]>) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data.as_ref())?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::film::FilmDepth;

    #[test]
    fn a_pdf_page_is_as_large_as_its_film() {
        let mut pdf = FilmPdf::default();
        for color in [false, true] {
            let picture = FilmPicture::black(280, 340, FilmDepth::Eight, color);
            pdf.add(&picture, 20.0).expect("a page");
        }
        let bytes = pdf.finish().expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-"));
        assert!(text.contains("/MediaBox [0 0 1008 1224]"), "14 x 17 inches");
        assert!(text.contains("/Count 2"));
    }
}
