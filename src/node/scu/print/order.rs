//! What can be printed and what became of it: plain data.

use serde::{Deserialize, Serialize};

use crate::imaging::film::FilmPage;

/// Attributes of a film session; what is `None` is not sent, so that the printer's own default counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOptions {
    /// Number of Copies (2000,0010).
    pub copies: u32,
    /// Print Priority (2000,0020).
    pub priority: Option<String>,
    /// Medium Type (2000,0030).
    pub medium: Option<String>,
    /// Film Destination (2000,0040).
    pub destination: Option<String>,
    /// Film Session Label (2000,0050); no patient data.
    pub label: Option<String>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            copies: 1,
            priority: None,
            medium: None,
            destination: None,
            label: None,
        }
    }
}

/// Attributes of every film box of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FilmOptions {
    /// Magnification Type (2010,0060).
    pub magnification: Option<String>,
    /// Smoothing Type (2010,0080).
    pub smoothing: Option<String>,
    /// Border Density (2010,0100).
    pub border_density: Option<String>,
    /// Empty Image Density (2010,0110).
    pub empty_density: Option<String>,
    /// Min Density (2010,0120), in hundredths.
    pub min_density: Option<u16>,
    /// Max Density (2010,0130), in hundredths.
    pub max_density: Option<u16>,
    /// Trim (2010,0140).
    pub trim: Option<bool>,
    /// Annotation Display Format ID (2010,0030): with it the page header goes into annotation boxes.
    pub annotation_format: Option<String>,
}

/// A whole job.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PrintOrder {
    /// Its film session.
    pub session: SessionOptions,
    /// Its film boxes.
    pub film: FilmOptions,
    /// Whether a Presentation LUT may be used where the printer accepts one.
    pub presentation_lut: bool,
    /// The sheets.
    pub pages: Vec<FilmPage>,
    /// Pages to leave out, by place from 0: they were printed before, or are not to be.
    pub skip: Vec<usize>,
    /// Nothing is printed while the printer warns: a person decides first.
    #[serde(default)]
    pub ask_on_warning: bool,
    /// Without pages: finds out which sizes, layouts and depths the printer takes.
    #[serde(default)]
    pub probe: bool,
}

/// What a printer takes, as it was tried without printing anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Probed {
    /// Film sizes, as DICOM terms.
    pub sizes: Vec<String>,
    /// Image display formats.
    pub layouts: Vec<String>,
    /// Images of 12 bits; `None` when it could not be tried.
    pub twelve_bits: Option<bool>,
}

/// How far a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageState {
    /// Waits.
    NotSent,
    /// Its print command is about to leave or has left.
    Sending,
    /// The printer took it.
    Printed,
    /// The printer or we refused it.
    Failed,
    /// The print command left and was never answered.
    Uncertain,
}

impl PageState {
    /// The words of cli.md.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotSent => "not sent",
            Self::Sending => "sending",
            Self::Printed => "printed",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }

    /// Reads the words.
    pub fn of_words(words: &str) -> Option<Self> {
        [
            Self::NotSent,
            Self::Sending,
            Self::Printed,
            Self::Failed,
            Self::Uncertain,
        ]
        .into_iter()
        .find(|state| state.words() == words)
    }
}

/// What became of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReport {
    /// From 1.
    pub page: u32,
    /// How far it got.
    pub state: PageState,
    /// The step that failed, with the page before it on jobs of several.
    pub step: Option<String>,
    /// The printer's DIMSE status to that step, or to its print command.
    pub status: Option<u16>,
    /// In words, with advice.
    pub words: String,
}

/// Printer Status (2110,0010) and Printer Status Info (2110,0020).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterState {
    /// `NORMAL`, `WARNING`, `FAILURE`, or `unknown`.
    pub status: String,
    /// As the printer says, in small letters; empty for nothing.
    pub info: String,
}

impl Default for PrinterState {
    fn default() -> Self {
        Self {
            status: "unknown".to_owned(),
            info: String::new(),
        }
    }
}

impl std::fmt::Display for PrinterState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.status)?;
        // Many say NORMAL twice.
        if !self.info.is_empty() && !self.info.eq_ignore_ascii_case(&self.status) {
            write!(f, ": {}", self.info)?;
        }
        Ok(())
    }
}

/// News of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrintProgress {
    /// The printer's state as asked before printing.
    Printer(PrinterState),
    /// A page went on.
    Page(PageReport),
    /// The printer reports something by itself (N-EVENT-REPORT), in words.
    Event(String),
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrintReport {
    /// Asked before anything was created.
    pub before: PrinterState,
    /// Asked after the last page.
    pub after: PrinterState,
    /// Every page.
    pub pages: Vec<PageReport>,
    /// Names of the classes that the printer accepted.
    pub accepted: Vec<String>,
    /// What it takes, where that was asked for.
    pub probed: Option<Probed>,
    /// SOP Instance UID of the Presentation LUT that the films refer to.
    pub presentation_lut: Option<String>,
    /// Page headers went into annotation boxes of the printer, not onto the images.
    pub annotated: bool,
    /// What is not as asked, in words.
    pub warnings: Vec<String>,
    /// The step that ended it, and why.
    pub failure: Option<(String, String)>,
    /// Whether it was cancelled.
    pub cancelled: bool,
}
