//! One image box: which frame it shows under which state and with which of the user's adjustments, and how large it is.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ink::Pen;
use super::picture::{FilmDepth, FilmPicture};
use crate::dicom::{DicomFile, ScanOptions, tags};
use crate::imaging::geometry::Geometry;
use crate::imaging::presentation_state::{SizeMode, StateParts, Subject};
use crate::imaging::technique::Technique;
use crate::imaging::view::View;
use crate::imaging::{
    Adjustments, DisplayAttributes, DisplayPlan, FrameIndex, Image, Interpolation,
    PresentationState, RenderRequest, VoiChoice, Window, Zoom, raster,
};

/// What the user changed in a cell; places are parts of the image, so that they hold at any resolution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CellLook {
    /// The user's own window: center and width.
    pub window: Option<(f64, f64)>,
    /// Black and white exchanged.
    pub invert: bool,
    /// Clockwise quarter turns, 0 to 3.
    pub rotation: u8,
    /// Left and right exchanged, after the rotation.
    pub flip: bool,
    /// Times as large as fits.
    pub zoom: f64,
    /// Shift from the middle, in parts of the width and height of the image as it is shown.
    pub pan: (f64, f64),
}

impl Default for CellLook {
    fn default() -> Self {
        Self {
            window: None,
            invert: false,
            rotation: 0,
            flip: false,
            zoom: 1.0,
            pan: (0.0, 0.0),
        }
    }
}

/// A frame on a film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmCell {
    /// The object's file.
    pub path: PathBuf,
    /// Its SOP Instance UID, where the file may have changed hands since the cell was filled.
    pub sop_instance_uid: Option<String>,
    /// Which frame, from 0.
    pub frame: u32,
    /// File of the presentation state that it is shown with.
    pub state: Option<PathBuf>,
    /// What the user changed.
    pub look: CellLook,
    /// As large on the film as in the patient.
    pub true_size: bool,
    /// A ruler is burned in.
    pub ruler: bool,
    /// Flags burned in besides the one for lossy compression (F11).
    pub flags: Vec<String>,
}

impl FilmCell {
    /// The first frame of a file, as its own display says.
    pub fn of_file(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            sop_instance_uid: None,
            frame: 0,
            state: None,
            look: CellLook::default(),
            true_size: false,
            ruler: false,
            flags: Vec::new(),
        }
    }
}

/// Why a cell cannot be printed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No picture can be had.
    #[error("{0}")]
    Image(String),
    /// The presentation state does not apply or cannot be read.
    #[error("presentation state: {0}")]
    State(String),
    /// The file holds another object than the one that was put on the film.
    #[error("the image was deleted or replaced")]
    Replaced,
    /// True size needs the size of a pixel.
    #[error("true size: the image does not say how large its pixels are")]
    SpacingUnknown,
    /// True size does not fit.
    #[error("true size: the image is {} mm, its place on the film {} mm", size(*.image_mm), size(*.cell_mm))]
    TooLarge {
        /// Width and height of the image.
        image_mm: (f64, f64),
        /// Width and height of the cell.
        cell_mm: (f64, f64),
    },
}

fn size((width, height): (f64, f64)) -> String {
    format!("{width:.1} x {height:.1}")
}

/// A cell that cannot be printed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct FilmError {
    /// Its file.
    pub path: PathBuf,
    /// Why.
    pub reason: Refusal,
}

/// Where a cell's picture goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CellCanvas {
    /// Width and height of the cell in printer pixels.
    pub(super) size: (u32, u32),
    /// Side of a printer pixel.
    pub(super) pitch_mm: f64,
    /// Bits of a gray film.
    pub(super) depth: FilmDepth,
    /// A colour film.
    pub(super) color: bool,
    /// The printer is told how wide a true-size image is, so that the image comes alone.
    pub(super) alone: bool,
}

/// A cell whose files were opened and found printable.
pub(super) struct OpenCell<'a> {
    cell: &'a FilmCell,
    image: Image,
    attributes: DisplayAttributes,
    state: Option<PresentationState>,
    /// Row and column spacing in mm of the pixels that are shown.
    spacing_mm: Option<(f64, f64)>,
    uid: String,
    pub(super) warnings: Vec<String>,
}

/// A cell's picture and its width on the film, where that is fixed.
pub(super) struct CellPicture {
    pub(super) picture: FilmPicture,
    pub(super) width_mm: Option<f64>,
}

impl<'a> OpenCell<'a> {
    pub(super) fn open(cell: &'a FilmCell) -> Result<Self, FilmError> {
        Self::read(cell).map_err(|reason| FilmError {
            path: cell.path.clone(),
            reason,
        })
    }

    fn read(cell: &'a FilmCell) -> Result<Self, Refusal> {
        let image = Image::open(&cell.path).map_err(|error| Refusal::Image(error.to_string()))?;
        let data_set = &image.file.data_set;
        let uid = data_set.text(tags::SOP_INSTANCE_UID).unwrap_or_default();
        if cell
            .sop_instance_uid
            .as_ref()
            .is_some_and(|wanted| *wanted != uid)
        {
            return Err(Refusal::Replaced);
        }
        let frame = FrameIndex(cell.frame);
        let own_spacing = Geometry::read(data_set).plane(frame).spacing;
        let mut spacing_mm = own_spacing.map(|s| (s.row_mm, s.column_mm));
        let mut warnings = Vec::new();
        let mut state = None;
        if let Some(path) = &cell.state {
            let refused = |reason: String| Refusal::State(reason);
            let file = DicomFile::open(path, &ScanOptions::DISPLAY)
                .map_err(|error| refused(error.to_string()))?;
            let mut read =
                PresentationState::read(&file).map_err(|error| refused(error.to_string()))?;
            for area in &mut read.areas {
                if matches!(area.part.size_mode, SizeMode::Magnify(_)) {
                    area.part.size_mode = SizeMode::ScaleToFit;
                    warnings.push("MAGNIFY is printed as SCALE TO FIT".to_owned());
                }
                if cell.true_size {
                    area.part.size_mode = SizeMode::ScaleToFit;
                }
            }
            warnings.dedup();
            warnings.extend(read.warnings.iter().map(ToString::to_string));
            spacing_mm = state_spacing(&file, &uid).or(spacing_mm);
            state = Some(read);
        }
        Ok(Self {
            cell,
            attributes: DisplayAttributes::read(&image.file),
            image,
            state,
            spacing_mm,
            uid,
            warnings,
        })
    }

    fn refused(&self, reason: Refusal) -> FilmError {
        FilmError {
            path: self.cell.path.clone(),
            reason,
        }
    }

    /// Whether the pixels are really there.
    pub(super) fn check_pixels(&self) -> Result<(), FilmError> {
        let decoded = self.image.decode(FrameIndex(self.cell.frame));
        decoded
            .map(|_| ())
            .map_err(|error| self.refused(Refusal::Image(error.to_string())))
    }

    /// Whether the image has colours.
    pub(super) fn is_color(&self) -> bool {
        self.attributes.is_color
    }

    /// The plan for a canvas, and the spacing-based scale of what it shows.
    fn plan(&mut self, canvas: &CellCanvas) -> Result<(DisplayPlan, Option<f64>), FilmError> {
        let natural = self.plan_on(canvas.size, canvas)?;
        if !self.cell.true_size {
            return Ok((natural, None));
        }
        let (row_mm, column_mm) = self
            .spacing_mm
            .ok_or_else(|| self.refused(Refusal::SpacingUnknown))?;
        let view = &natural.view;
        let mut image_mm = (
            view.area.width as f64 * column_mm,
            view.area.height as f64 * row_mm,
        );
        if view.rotation % 2 == 1 {
            image_mm = (image_mm.1, image_mm.0);
        }
        let cell_mm = (
            f64::from(canvas.size.0) * canvas.pitch_mm,
            f64::from(canvas.size.1) * canvas.pitch_mm,
        );
        // Half a printer pixel is lost in rounding anyway.
        let room = canvas.pitch_mm / 2.0;
        if image_mm.0 > cell_mm.0 + room || image_mm.1 > cell_mm.1 + room {
            return Err(self.refused(Refusal::TooLarge { image_mm, cell_mm }));
        }
        // It fits the cell.
        let pixels = |mm: f64| ((mm / canvas.pitch_mm).round() as u32).max(1);
        let alone = (pixels(image_mm.0), pixels(image_mm.1));
        Ok((self.plan_on(alone, canvas)?, Some(image_mm.0)))
    }

    fn plan_on(&mut self, size: (u32, u32), canvas: &CellCanvas) -> Result<DisplayPlan, FilmError> {
        let frame = FrameIndex(self.cell.frame);
        let path = &self.cell.path;
        let failed = |reason: Refusal| FilmError {
            path: path.clone(),
            reason,
        };
        let subject = Subject {
            sop_instance_uid: &self.uid,
            attributes: &self.attributes,
            pixels: &self.image.pixels,
            frame,
        };
        let request = RenderRequest {
            size: Some(size),
            bits: canvas.depth.bits(),
            interpolation: Interpolation::Bilinear,
            pitch_mm: canvas.pitch_mm,
            window: None,
        };
        // First as the object and its state say: that also tells whether it can be shown at all.
        let mut plan = match &self.state {
            None => DisplayPlan::for_render(&self.attributes, &self.image.pixels, frame, &request)
                .map_err(|error| failed(Refusal::Image(error.to_string())))?,
            Some(state) => {
                let presented = state
                    .plan_for_render(&subject, &request)
                    .map_err(|error| failed(Refusal::State(error.to_string())))?;
                for warning in &presented.warnings {
                    let warning = warning.to_string();
                    if !self.warnings.contains(&warning) {
                        self.warnings.push(warning);
                    }
                }
                presented.plan
            }
        };
        let mut look = self.cell.look;
        if self.cell.true_size {
            (look.zoom, look.pan) = (1.0, (0.0, 0.0));
        }
        if look != CellLook::default() {
            let adjustments = adjustments(&look, &plan.view, plan.aspect, size);
            plan = match &self.state {
                None => DisplayPlan::for_viewport(
                    &self.attributes,
                    &self.image.pixels,
                    frame,
                    &adjustments,
                    size,
                ),
                Some(state) => {
                    let pitch = Some(canvas.pitch_mm);
                    state
                        .plan_for_viewport(&subject, StateParts::ALL, &adjustments, size, pitch)
                        .map_err(|error| failed(Refusal::State(error.to_string())))?
                        .plan
                }
            };
            plan.bits = canvas.depth.bits();
        }
        Ok(plan)
    }

    /// Whether it can be printed on the canvas as asked, without rendering it.
    pub(super) fn check(&mut self, canvas: &CellCanvas) -> Result<(), FilmError> {
        self.plan(canvas).map(|_| ())
    }

    /// The pixels.
    pub(super) fn picture(&mut self, canvas: &CellCanvas) -> Result<CellPicture, FilmError> {
        let (plan, width_mm) = self.plan(canvas)?;
        let frame = self
            .image
            .decode(FrameIndex(self.cell.frame))
            .map_err(|error| self.refused(Refusal::Image(error.to_string())))?;
        let rendered = raster::render(&frame, &plan);
        drop(frame);
        let mut picture = FilmPicture::of_rendered(rendered, canvas.depth, canvas.color);
        if width_mm.is_some() && !canvas.alone {
            let (width, height) = canvas.size;
            let mut whole = FilmPicture::black(width, height, canvas.depth, canvas.color);
            let x = (width - picture.width.min(width)) / 2;
            let y = (height - picture.height.min(height)) / 2;
            whole.paste(&picture, x, y);
            picture = whole;
        }
        let pen = Pen {
            pixels_per_mm: 1.0 / canvas.pitch_mm,
        };
        if let (true, Some((row_mm, column_mm))) = (self.cell.ruler, self.spacing_mm) {
            // The ruler stands upright: what runs down the film is a row of the image when it is turned.
            let down_mm = if plan.view.rotation % 2 == 1 {
                column_mm
            } else {
                row_mm
            };
            pen.ruler(&mut picture, pixels_down(&plan.view) / down_mm);
        }
        let lossy = Technique::read(&self.image.file).lossy;
        let flags: Vec<String> = self
            .cell
            .flags
            .iter()
            .cloned()
            .chain(lossy.map(|l| l.to_string()))
            .collect();
        pen.flags(&mut picture, &flags);
        Ok(CellPicture {
            picture,
            width_mm: width_mm.filter(|_| canvas.alone),
        })
    }
}

/// Canvas pixels of an image pixel from top to bottom.
fn pixels_down(view: &View) -> f64 {
    let pixels = if view.rotation % 2 == 1 {
        view.area.width
    } else {
        view.area.height
    };
    view.size.1 as f64 / pixels.max(1) as f64
}

/// The user's changes for a canvas of this size.
fn adjustments(look: &CellLook, view: &View, aspect: f64, size: (u32, u32)) -> Adjustments {
    let turns = (view.rotation + look.rotation) % 4;
    let fitted = View::scale_to_fit(
        &view.area,
        aspect,
        (turns, view.flip),
        Some(size),
        view.interpolation,
    );
    Adjustments {
        voi: match look.window {
            Some((center, width)) => VoiChoice::Window(Window { center, width }),
            None => VoiChoice::AsSent,
        },
        invert: look.invert,
        rotation: look.rotation % 4,
        flip: look.flip,
        zoom: if (look.zoom - 1.0).abs() < 1e-9 {
            Zoom::Fit
        } else {
            Zoom::Scale(fitted.scale * look.zoom * aspect.min(1.0))
        },
        pan: (
            look.pan.0 * fitted.size.0 as f64 * look.zoom,
            look.pan.1 * fitted.size.1 as f64 * look.zoom,
        ),
        ..Adjustments::default()
    }
}

/// Presentation Pixel Spacing (0070,0101) that a state gives an image: of the displayed area that names it, else of one for all.
fn state_spacing(file: &DicomFile, uid: &str) -> Option<(f64, f64)> {
    let areas = file.data_set.items(tags::DISPLAYED_AREA_SELECTION_SEQUENCE);
    let named = |area: &&crate::dicom::DataSet| {
        let mut images = area.items(tags::REFERENCED_IMAGE_SEQUENCE).iter();
        images.any(|image| image.text(tags::REFERENCED_SOP_INSTANCE_UID).as_deref() == Some(uid))
    };
    let general =
        |area: &&crate::dicom::DataSet| area.items(tags::REFERENCED_IMAGE_SEQUENCE).is_empty();
    let area = areas
        .iter()
        .find(named)
        .or_else(|| areas.iter().find(general))?;
    match area.floats(tags::PRESENTATION_PIXEL_SPACING)[..] {
        [row, column] if row > 0.0 && column > 0.0 => Some((row, column)),
        _ => None,
    }
}
