//! A film of the virtual printer: its boxes become a sheet, the sheet a PNG (P-Values, as sent) and a PDF (as it looks on a light box,
//! by its densities), its attributes a JSON file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::attributes::{BoxImage, FilmSheet};
use crate::dicom::{DataSet, json as dicom_json};
use crate::imaging::film::density::DensityRange;
use crate::imaging::film::file::{FilmPdf, png};
use crate::imaging::film::ink::Pen;
use crate::imaging::film::{CellRectangle, FilmDepth, FilmPicture, FilmSamples, Sheet};

/// A film as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmOnDisk {
    /// Counts from 1 while the printer runs.
    pub number: u32,
    /// The sheet as PNG; the other files lie beside it.
    pub png: PathBuf,
    /// Images on it.
    pub images: usize,
    /// Who printed it.
    pub calling: String,
}

/// An image box.
#[derive(Debug, Clone)]
pub(super) struct ImageBox {
    pub(super) uid: String,
    pub(super) image: Option<BoxImage>,
    pub(super) attributes: Option<DataSet>,
}

/// An annotation box.
#[derive(Debug, Clone)]
pub(super) struct AnnotationBox {
    pub(super) uid: String,
    pub(super) text: String,
}

/// A film box with everything it holds.
#[derive(Debug, Clone)]
pub(super) struct FilmBox {
    pub(super) uid: String,
    pub(super) sheet: FilmSheet,
    pub(super) color: bool,
    pub(super) attributes: DataSet,
    pub(super) images: Vec<ImageBox>,
    pub(super) annotations: Vec<AnnotationBox>,
}

/// What else is told of a film.
pub(super) struct Circumstances<'a> {
    pub(super) number: u32,
    pub(super) calling: &'a str,
    pub(super) session: &'a DataSet,
    pub(super) lut: Option<&'a str>,
    pub(super) density: DensityRange,
    pub(super) resolution_dpi: f64,
}

impl FilmBox {
    fn sheet(&self, resolution_dpi: f64) -> Sheet {
        Sheet {
            size: self.sheet.size.clone(),
            orientation: self.sheet.orientation,
            resolution_dpi,
            margin_mm: 0.0,
        }
    }

    /// Whether a picture is larger than its box although a size was asked for that may not be cropped.
    pub(super) fn is_too_large(&self, place: usize, image: &BoxImage, resolution_dpi: f64) -> bool {
        let sheet = self.sheet(resolution_dpi);
        let cells = sheet.cells(&self.sheet.layout);
        let (Some(cell), Some(width_mm)) = (cells.get(place), image.width_mm) else {
            return false;
        };
        // Half a millimetre is lost in rounding on either side.
        !image.crop && width_mm > f64::from(cell.width) * sheet.pitch_mm() + 0.5
    }

    /// The sheet at 8 bits or in colours.
    fn compose(&self, resolution_dpi: f64) -> FilmPicture {
        let sheet = self.sheet(resolution_dpi);
        let (width, height) = sheet.extent();
        let mut film = FilmPicture::black(width, height, FilmDepth::Eight, self.color);
        for (image_box, cell) in self.images.iter().zip(sheet.cells(&self.sheet.layout)) {
            if let Some(image) = &image_box.image {
                let picture = placed(image, &cell, &sheet);
                let x = cell.x + (cell.width - picture.width) / 2;
                let y = cell.y + (cell.height - picture.height) / 2;
                film.paste(&picture, x, y);
            }
        }
        let texts: Vec<String> = self
            .annotations
            .iter()
            .map(|annotation| annotation.text.clone())
            .filter(|text| !text.is_empty())
            .collect();
        let pen = Pen {
            pixels_per_mm: 1.0 / sheet.pitch_mm(),
        };
        pen.flags(&mut film, &texts);
        film
    }

    /// Writes the files of the film.
    pub(super) fn keep(&self, folder: &Path, film: &Circumstances<'_>) -> io::Result<FilmOnDisk> {
        let name = format!("film-{:04}", film.number);
        let path = |ending: &str| folder.join(format!("{name}{ending}"));
        let mut boxes = Vec::new();
        for (index, image_box) in self.images.iter().enumerate() {
            let mut file = None;
            if let Some(image) = &image_box.image {
                let box_path = path(&format!("-box-{}.png", index + 1));
                fs::write(&box_path, png(&image.picture)?)?;
                file = box_path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
            }
            let attributes = image_box.attributes.as_ref();
            boxes.push(json!({
                "position": index + 1,
                "sop_instance_uid": image_box.uid,
                "file": file,
                "attributes": attributes.map(|set| dicom_json::data_set(set, &|_| None)),
            }));
        }
        let sheet = self.compose(film.resolution_dpi);
        fs::write(path(".png"), png(&sheet)?)?;
        let density = self.density(film.density);
        let mut pdf = FilmPdf::default();
        pdf.add(&on_light_box(sheet, density), film.resolution_dpi)?;
        fs::write(path(".pdf"), pdf.finish()?)?;
        let attributes = json!({
            "film": film.number,
            "calling": film.calling,
            "resolution_dpi": film.resolution_dpi,
            "density": { "min": density.min, "max": density.max },
            "presentation_lut": film.lut,
            "film_session": dicom_json::data_set(film.session, &|_| None),
            "film_box": dicom_json::data_set(&self.attributes, &|_| None),
            "image_boxes": boxes,
            "annotation_boxes": self.annotations.iter().map(|a| &a.text).collect::<Vec<_>>(),
        });
        // Written last: whoever waits for it finds the other files complete.
        fs::write(path(".json"), serde_json::to_vec_pretty(&attributes)?)?;
        Ok(FilmOnDisk {
            number: film.number,
            png: path(".png"),
            images: self.images.iter().filter(|b| b.image.is_some()).count(),
            calling: film.calling.to_owned(),
        })
    }

    fn density(&self, printer: DensityRange) -> DensityRange {
        let min = self
            .sheet
            .min_density
            .map_or(printer.min, |d| d as f64 / 100.0);
        let max = self
            .sheet
            .max_density
            .map_or(printer.max, |d| d as f64 / 100.0);
        let clamped = DensityRange {
            min: min.clamp(printer.min, printer.max),
            max: max.clamp(printer.min, printer.max),
        };
        if clamped.min < clamped.max {
            clamped
        } else {
            printer
        }
    }
}

/// An image at 8 bits, bright where it is bright, as large as asked for or as its cell allows; pixels are replicated.
fn placed(image: &BoxImage, cell: &CellRectangle, sheet: &Sheet) -> FilmPicture {
    let mut picture = image.picture.clone().to_8_bits();
    if image.inverted
        && let FilmSamples::Gray8(data) | FilmSamples::Rgb(data) = &mut picture.samples
    {
        for level in data {
            *level = 255 - *level;
        }
    }
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let scale = match image.width_mm {
        Some(width_mm) => f64::from(sheet.pixels(width_mm)) / width,
        None => (f64::from(cell.width) / width).min(f64::from(cell.height) / height),
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast clamps"
    )]
    let side = |pixels: f64| ((pixels * scale).round() as u32).max(1);
    let whole = (side(width), side(height));
    let shown = (whole.0.min(cell.width), whole.1.min(cell.height));
    if shown == (picture.width, picture.height) {
        return picture;
    }
    // What is cropped is cropped evenly.
    let first = ((whole.0 - shown.0) / 2, (whole.1 - shown.1) / 2);
    let source = |place: u32, first: u32, whole: u32, length: u32| {
        let at = u64::from(place + first) * u64::from(length) / u64::from(whole);
        at as usize
    };
    let columns: Vec<usize> = (0..shown.0)
        .map(|x| source(x, first.0, whole.0, picture.width))
        .collect();
    let stride = picture.width as usize;
    let pick = |data: &[u8], channels: usize| {
        let mut out = Vec::with_capacity(shown.0 as usize * shown.1 as usize * channels);
        for y in 0..shown.1 {
            let row = source(y, first.1, whole.1, picture.height) * stride;
            for column in &columns {
                let at = (row + column) * channels;
                out.extend_from_slice(&data[at..at + channels]);
            }
        }
        out
    };
    let samples = match &picture.samples {
        FilmSamples::Rgb(data) => FilmSamples::Rgb(pick(data, 3)),
        FilmSamples::Gray8(data) => FilmSamples::Gray8(pick(data, 1)),
        FilmSamples::Gray12(_) => FilmSamples::Gray8(Vec::new()),
    };
    FilmPicture {
        width: shown.0,
        height: shown.1,
        samples,
    }
}

/// How a gray film looks on a light box; a colour print is looked at as it is.
fn on_light_box(film: FilmPicture, density: DensityRange) -> FilmPicture {
    let appearance = density.appearance();
    let samples = match film.samples {
        FilmSamples::Gray8(data) => FilmSamples::Gray8(
            data.iter()
                .map(|level| appearance[usize::from(*level)])
                .collect(),
        ),
        other => other,
    };
    FilmPicture { samples, ..film }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: u32, height: u32, width_mm: Option<f64>) -> BoxImage {
        let pixels = (width * height) as usize;
        BoxImage {
            picture: FilmPicture {
                width,
                height,
                samples: FilmSamples::Gray8((0..pixels).map(|at| at as u8).collect()),
            },
            inverted: false,
            width_mm,
            crop: true,
        }
    }

    #[test]
    fn an_image_of_the_size_of_its_cell_is_not_touched() {
        let sheet = Sheet::default();
        let cell = CellRectangle {
            x: 0,
            y: 0,
            width: 4,
            height: 3,
        };
        let exact = image(4, 3, None);
        assert_eq!(placed(&exact, &cell, &sheet), exact.picture);
        let small = placed(&image(2, 2, None), &cell, &sheet);
        assert_eq!((small.width, small.height), (3, 3));
        let mut inverted = image(4, 3, None);
        inverted.inverted = true;
        let FilmSamples::Gray8(data) = placed(&inverted, &cell, &sheet).samples else {
            panic!("gray")
        };
        assert_eq!(data[0], 255);
    }

    #[test]
    fn a_requested_size_is_kept_and_cropped_at_the_cell() {
        let sheet = Sheet::default();
        let cell = CellRectangle {
            x: 0,
            y: 0,
            width: 300,
            height: 300,
        };
        let sized = placed(&image(10, 10, Some(12.7)), &cell, &sheet);
        assert_eq!((sized.width, sized.height), (150, 150));
        let cropped = placed(&image(10, 10, Some(50.8)), &cell, &sheet);
        assert_eq!((cropped.width, cropped.height), (300, 300));
    }
}
