//! Everything the window needs of one object while its study is open, without its pixels and without its data set.

use std::path::{Path, PathBuf};

use super::geometry::Geometry;
use super::technique::Technique;
use super::{DecodeError, DisplayAttributes, Image, PixelDescription};
use crate::dicom::{DataSet, DicomFile, ScanError, ScanOptions, SopInstanceUid, document};

/// One object of an open study. Built once by the engine from the file header, then shared read-only.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceContents {
    /// SOP Instance UID.
    pub sop_instance_uid: SopInstanceUid,
    /// SOP Class UID as text, known or not.
    pub sop_class_uid: String,
    /// Transfer syntax UID.
    pub transfer_syntax_uid: &'static str,
    /// Instance Number (0020,0013).
    pub instance_number: Option<i64>,
    /// Where the object lies; for the decoder, never shown in the list.
    pub path: PathBuf,
    /// Its pixel module, or why it is no picture.
    pub pixels: Result<PixelDescription, DecodeError>,
    /// How it wants to be displayed.
    pub display: DisplayAttributes,
    /// Where it lies in the patient.
    pub geometry: Geometry,
    /// Corner texts and flags.
    pub technique: Technique,
    /// Of an object without an image: its attributes as readable text; else empty.
    pub document: String,
}

impl InstanceContents {
    /// Reads the header of the object at `path`.
    pub fn open(path: &Path) -> Result<Self, ScanError> {
        let file = DicomFile::open(path, &ScanOptions::DISPLAY)?;
        Self::read(&file, path)
    }

    /// Takes what the window needs from a scanned object.
    pub fn read(file: &DicomFile, path: &Path) -> Result<Self, ScanError> {
        use crate::dicom::tags;
        let data_set = &file.data_set;
        let sop_instance_uid =
            SopInstanceUid::parse(&data_set.text(tags::SOP_INSTANCE_UID).unwrap_or_default())
                .map_err(|_| ScanError::NotDicom)?;
        let pixels = PixelDescription::read(data_set);
        let document = match pixels {
            Err(DecodeError::NoPixelData) => readable(data_set),
            _ => String::new(),
        };
        Ok(Self {
            sop_instance_uid,
            sop_class_uid: data_set.text(tags::SOP_CLASS_UID).unwrap_or_default(),
            transfer_syntax_uid: file.syntax.uid,
            instance_number: data_set.int(tags::INSTANCE_NUMBER),
            path: path.to_owned(),
            pixels,
            display: DisplayAttributes::read(file),
            geometry: Geometry::read(data_set),
            technique: Technique::read(file),
            document,
        })
    }

    /// Opens the object again to decode its frames.
    pub fn image(&self) -> Result<Image, DecodeError> {
        Image::open(&self.path)
    }
}

/// The content of a report, else the attributes, one line each, indented by depth.
fn readable(data_set: &DataSet) -> String {
    let mut text = String::new();
    let mut line = |depth: usize, name: &str, value: &str| {
        let indent = "    ".repeat(depth);
        let separator = if value.is_empty() { "" } else { ":  " };
        text.push_str(&format!("{indent}{name}{separator}{value}\n"));
    };
    if document::has_content(data_set) {
        for content in document::content(data_set, document::Limits::WINDOW) {
            line(content.depth, &content.name, &content.value);
        }
    } else {
        for attribute in document::attributes(data_set, document::Limits::WINDOW) {
            line(attribute.depth, &attribute.name, &attribute.value);
        }
    }
    text
}
