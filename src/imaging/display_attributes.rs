//! What an object itself says about its display: modality, VOI and presentation LUT, shutter, overlays, aspect, padding.

use std::sync::Arc;

use super::display_plan::VoiChoice;
use super::frame::FrameIndex;
use super::grayscale::auto::stored_range;
use super::grayscale::voi::{NamedWindow, read_tables, read_windows};
use super::grayscale::{LookupTable, Modality, Presentation, Voi, Window};
use super::icc::IccProfile;
use super::overlay::OverlayPlane;
use super::shutter::Shutter;
use super::{Colors, Palette, PhotometricInterpretation, PixelDescription};
use crate::dicom::{DataSet, DicomFile, Tag, tags, uids};

/// What one frame says; all frames share one unless a functional group differs.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameDisplay {
    /// First stage.
    pub modality: Modality,
    /// All window pairs, in order.
    pub windows: Vec<NamedWindow>,
    /// All VOI LUTs, in order.
    pub voi_tables: Vec<LookupTable>,
    /// Third stage, polarity included.
    pub presentation: Presentation,
    /// Stored values that are padding, both ends included.
    pub padding: Option<(i64, i64)>,
    /// Display shutter.
    pub shutter: Option<Arc<Shutter>>,
    /// Height of a pixel over its width.
    pub aspect: f64,
    /// Input range of the VOI stage.
    pub range: (f64, f64),
}

impl Default for FrameDisplay {
    fn default() -> Self {
        Self {
            modality: Modality::Identity,
            windows: Vec::new(),
            voi_tables: Vec::new(),
            presentation: Presentation::Identity,
            padding: None,
            shutter: None,
            aspect: 1.0,
            range: (0.0, 1.0),
        }
    }
}

/// Display attributes of one object, per frame where a functional group says so; read once, kept while the study is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DisplayAttributes {
    shared: Arc<FrameDisplay>,
    per_frame: Vec<Arc<FrameDisplay>>,
    /// All overlay planes.
    pub overlays: Vec<Arc<OverlayPlane>>,
    /// Colour table of PALETTE COLOR objects, ICC profile of colour objects.
    pub colors: Colors,
    /// Whether the object shows colours: no grayscale stage applies.
    pub is_color: bool,
    /// What could not be honoured, in words, for F5 and F13.
    pub warnings: Vec<String>,
}

/// Per-frame items read at most; objects with more frames share the first ones' display.
const FRAMES_MAX: usize = 100_000;

impl DisplayAttributes {
    /// Reads them; never fails: a broken optional part becomes a warning (F13).
    pub fn read(file: &DicomFile) -> Self {
        let Ok(pixels) = PixelDescription::read(&file.data_set) else {
            return Self::default();
        };
        let mut warnings = Vec::new();
        let reader = Reader {
            file,
            pixels: &pixels,
        };
        let shared_groups = file
            .data_set
            .items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE)
            .first();
        let shared = Arc::new(reader.frame(None, shared_groups, &mut warnings));
        let mut per_frame: Vec<Arc<FrameDisplay>> = Vec::new();
        for groups in file
            .data_set
            .items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)
            .iter()
            .take(FRAMES_MAX)
        {
            let display = reader.frame(Some(groups), shared_groups, &mut warnings);
            // neighbours are mostly alike: share them
            match per_frame.last() {
                Some(last) if **last == display => per_frame.push(Arc::clone(last)),
                _ => per_frame.push(Arc::new(display)),
            }
        }
        let palette = Palette::read(file).unwrap_or_else(|why| {
            warnings.push(format!("colour table ignored: {why}"));
            None
        });
        let is_color = is_color(&pixels);
        let profile = match IccProfile::read(file) {
            Ok(profile) => profile.filter(|_| is_color),
            Err(why) => {
                let words = format!("ICC profile ignored, colours may be wrong: {why}");
                warnings.extend(is_color.then_some(words));
                None
            }
        };
        warnings.dedup();
        warnings.truncate(64);
        Self {
            shared,
            per_frame,
            overlays: OverlayPlane::read_all(file, (pixels.rows, pixels.columns), &mut warnings),
            colors: Colors {
                palette: palette.map(Arc::new),
                profile: profile.map(Arc::new),
            },
            is_color,
            warnings,
        }
    }

    /// What applies to one frame.
    pub fn frame(&self, index: FrameIndex) -> &FrameDisplay {
        self.per_frame.get(index.0 as usize).unwrap_or(&self.shared)
    }

    /// The VOI stage of a choice; a choice the object does not have falls back to what was sent.
    pub fn voi(&self, index: FrameIndex, choice: &VoiChoice) -> Voi {
        let frame = self.frame(index);
        let named = |window: &NamedWindow| Voi::windowed(window.window, window.function);
        let chosen = match choice {
            VoiChoice::AsSent => None,
            VoiChoice::Dicom(at) => frame.windows.get(*at).and_then(named),
            VoiChoice::Lut(at) => frame.voi_tables.get(*at).cloned().map(Voi::Table),
            VoiChoice::Window(window) => {
                Voi::windowed(*window, super::grayscale::VoiFunction::Linear)
            }
        };
        let sent = || {
            frame
                .voi_tables
                .first()
                .cloned()
                .map(Voi::Table)
                .or_else(|| frame.windows.first().and_then(named))
        };
        let (low, high) = frame.range;
        chosen.or_else(sent).unwrap_or(Voi::Identity { low, high })
    }

    /// The window of a choice: `None` while a VOI LUT is active, the whole input range where the object names none.
    pub fn window(
        &self,
        _pixels: &PixelDescription,
        index: FrameIndex,
        choice: &VoiChoice,
    ) -> Option<Window> {
        self.voi(index, choice).window()
    }

    /// Everything the object offers for the VOI stage, VOI LUTs first as they count first.
    pub fn voi_choices(&self, index: FrameIndex) -> Vec<VoiChoice> {
        let frame = self.frame(index);
        let tables = (0..frame.voi_tables.len()).map(VoiChoice::Lut);
        tables
            .chain((0..frame.windows.len()).map(VoiChoice::Dicom))
            .collect()
    }

    /// What its author called a choice; empty when nameless.
    pub fn voi_name(&self, index: FrameIndex, choice: &VoiChoice) -> String {
        let frame = self.frame(index);
        match choice {
            VoiChoice::AsSent => self
                .voi_choices(index)
                .first()
                .map(|first| self.voi_name(index, first))
                .unwrap_or_default(),
            VoiChoice::Dicom(at) => frame
                .windows
                .get(*at)
                .map(|w| w.explanation.clone())
                .unwrap_or_default(),
            VoiChoice::Lut(at) => frame
                .voi_tables
                .get(*at)
                .map(|t| t.explanation.clone())
                .unwrap_or_default(),
            VoiChoice::Window(_) => String::new(),
        }
    }
}

fn is_color(pixels: &PixelDescription) -> bool {
    use PhotometricInterpretation as P;
    let gray = matches!(pixels.photometric, P::Monochrome1 | P::Monochrome2);
    pixels.samples_per_pixel > 1 || !(gray || pixels.photometric == P::Other)
}

struct Reader<'a> {
    file: &'a DicomFile,
    pixels: &'a PixelDescription,
}

impl Reader<'_> {
    /// The item that holds a functional group: the frame's, else the shared one's, else the data set itself.
    fn group<'s>(
        &'s self,
        own: Option<&'s DataSet>,
        shared: Option<&'s DataSet>,
        sequence: Tag,
    ) -> &'s DataSet {
        let first =
            |groups: Option<&'s DataSet>| groups.and_then(|groups| groups.items(sequence).first());
        first(own)
            .or_else(|| first(shared))
            .unwrap_or(&self.file.data_set)
    }

    fn frame(
        &self,
        own: Option<&DataSet>,
        shared: Option<&DataSet>,
        warnings: &mut Vec<String>,
    ) -> FrameDisplay {
        let stored = stored_range(self.pixels);
        let transformation = self.group(own, shared, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        let voi = self.group(own, shared, tags::FRAME_VOILUT_SEQUENCE);
        let shutter = self.group(own, shared, tags::FRAME_DISPLAY_SHUTTER_SEQUENCE);
        let measures = self.group(own, shared, tags::PIXEL_MEASURES_SEQUENCE);
        let modality = Modality::read(
            transformation,
            self.file,
            self.skips_modality_table(),
            stored.0,
            warnings,
        );
        let range = modality.output_range(stored);
        FrameDisplay {
            windows: read_windows(voi, warnings),
            voi_tables: read_tables(voi, self.file, range.0, warnings),
            presentation: self.polarity(),
            padding: self.padding(),
            shutter: Shutter::read(shutter, warnings).map(Arc::new),
            aspect: self.aspect(measures),
            range,
            modality,
        }
    }

    /// XA and XRF images with a LOG or DISP relationship: their Modality LUT linearises, it is not for display (PS3.3 C.8.7.1.1.2).
    fn skips_modality_table(&self) -> bool {
        let class = self
            .file
            .data_set
            .text(tags::SOP_CLASS_UID)
            .unwrap_or_default();
        let xray = [
            uids::X_RAY_ANGIOGRAPHIC_IMAGE_STORAGE,
            uids::X_RAY_RADIOFLUOROSCOPIC_IMAGE_STORAGE,
        ]
        .contains(&class.as_str());
        let relationship = self
            .file
            .data_set
            .text(tags::PIXEL_INTENSITY_RELATIONSHIP)
            .unwrap_or_default();
        xray && ["LOG", "DISP"].contains(&relationship.as_str())
    }

    /// Presentation LUT Shape decides alone where present, else MONOCHROME1 inverts; never both (presentation.md section 2).
    fn polarity(&self) -> Presentation {
        match self
            .file
            .data_set
            .text(tags::PRESENTATION_LUT_SHAPE)
            .as_deref()
        {
            Some("INVERSE") => Presentation::Inverse,
            Some("IDENTITY") => Presentation::Identity,
            _ if self.pixels.photometric == PhotometricInterpretation::Monochrome1 => {
                Presentation::Inverse
            }
            _ => Presentation::Identity,
        }
    }

    /// Pixel Padding Value and Range Limit, reduced to Bits Stored and sign-extended like pixels (presentation.md section 3).
    fn padding(&self) -> Option<(i64, i64)> {
        let reduced = |tag| {
            self.file
                .data_set
                .int(tag)
                .map(|value| reduce(value, self.pixels))
        };
        let value = reduced(tags::PIXEL_PADDING_VALUE)?;
        let limit = reduced(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(value);
        Some((value.min(limit), value.max(limit)))
    }

    /// Vertical over horizontal size of a pixel, from the first attribute present (presentation.md section 2).
    fn aspect(&self, measures: &DataSet) -> f64 {
        let data_set = &self.file.data_set;
        let pairs = [
            data_set.floats(tags::PIXEL_ASPECT_RATIO),
            measures.floats(tags::PIXEL_SPACING),
            data_set.floats(tags::PIXEL_SPACING),
            data_set.floats(tags::IMAGER_PIXEL_SPACING),
            data_set.floats(tags::NOMINAL_SCANNED_PIXEL_SPACING),
        ];
        let ratio = pairs.iter().find_map(|pair| match pair[..] {
            [vertical, horizontal] if vertical > 0.0 && horizontal > 0.0 => {
                Some(vertical / horizontal)
            }
            _ => None,
        });
        // an absurd ratio would only make an absurd picture
        ratio
            .filter(|ratio| (0.02..=50.0).contains(ratio))
            .unwrap_or(1.0)
    }
}

fn reduce(value: i64, pixels: &PixelDescription) -> i64 {
    let bits = u32::from(pixels.bits_stored.clamp(1, 32));
    let low = value & ((1 << bits) - 1);
    if pixels.signed && low >> (bits - 1) & 1 == 1 {
        low - (1 << bits)
    } else {
        low
    }
}
