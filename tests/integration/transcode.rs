//! Objects written in another encoding for peers that take no other: the same pixels, the same attributes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dgscope::dicom::{
    DataSet, DicomFile, Element, Encoding, FileMeta, ScanOptions, TransferSyntax, Value,
    dictionary, tags,
};
use dgscope::imaging::{FrameIndex, Image, transcode};

use super::shared::shared;

const ENCODINGS: [Encoding; 3] = [
    Encoding::ExplicitLittle,
    Encoding::ImplicitLittle,
    Encoding::ExplicitBig,
];

/// Attributes that describe how pixels are written, or that a lossy syntax told so far.
fn may_differ(element: &Element) -> bool {
    let tag = element.tag;
    tag.element() == 0
        || tag.group() == 0x7FE0
        || [
            tags::PHOTOMETRIC_INTERPRETATION,
            tags::PLANAR_CONFIGURATION,
            tags::BITS_ALLOCATED,
            tags::HIGH_BIT,
            tags::BITS_STORED,
            tags::LOSSY_IMAGE_COMPRESSION,
            tags::LOSSY_IMAGE_COMPRESSION_RATIO,
            tags::LOSSY_IMAGE_COMPRESSION_METHOD,
        ]
        .contains(&tag)
}

/// The attributes in words; `plain` leaves out what implicit VR cannot tell: how private and unknown ones are meant.
fn texts(set: &DataSet, plain: bool) -> Vec<String> {
    let mut found = Vec::new();
    let is_plain = |element: &&Element| !plain || is_told_by_dictionary(element);
    for element in set
        .elements
        .iter()
        .filter(|e| !may_differ(e))
        .filter(is_plain)
    {
        let values = match &element.value {
            Value::Sequence(items) => items.iter().flat_map(|item| texts(item, plain)).collect(),
            Value::Long(length) => vec![length.next_multiple_of(2).to_string()],
            Value::Bytes(_) => set.texts(element.tag),
            Value::Fragments(_) => Vec::new(),
        };
        found.push(format!("{} {}", element.tag, values.join("\\")));
    }
    found
}

/// Not US against SS, which Pixel Representation decides, and not the words of tables.
fn is_told_by_dictionary(element: &Element) -> bool {
    let [unsigned, signed] = [false, true].map(|signed| dictionary::vr(element.tag, signed));
    element.tag.group().is_multiple_of(2)
        && element.tag != tags::LUT_DATA
        && (element.vr, element.vr) == (unsigned, signed)
}

fn rewritten(path: &Path, encoding: Encoding) -> Result<DicomFile, String> {
    let file = DicomFile::open(path, &ScanOptions::INDEX).map_err(|error| error.to_string())?;
    let meta = FileMeta {
        transfer_syntax_uid: TransferSyntax::native(encoding).uid.to_owned(),
        ..file.meta.clone()
    };
    let mut bytes = meta.write();
    transcode::write(file, encoding, &mut bytes).map_err(|error| error.to_string())?;
    let source = Arc::new(bytes);
    DicomFile::read(source, &ScanOptions::INDEX).map_err(|error| format!("read again: {error}"))
}

fn complaint(path: &Path, encoding: Encoding) -> Option<String> {
    // What we cannot read strictly, or not decode, is not sent in another form.
    let before = DicomFile::open(path, &ScanOptions::INDEX).ok()?;
    let implicit = |encoding| encoding == Encoding::ImplicitLittle;
    let plain = implicit(encoding) != implicit(before.data_set.encoding);
    let before_texts = texts(&before.data_set, plain);
    let image = Image::from_file(before);
    let after = match (rewritten(path, encoding), &image) {
        (Ok(after), _) => after,
        (Err(error), Ok(image)) => {
            let undecodable =
                (0..image.pixels.frames).find_map(|frame| image.decode(FrameIndex(frame)).err());
            return undecodable.is_none().then_some(error);
        }
        (Err(_), Err(_)) => return None,
    };
    let after_texts = texts(&after.data_set, plain);
    if let Some(lost) = before_texts.iter().find(|text| !after_texts.contains(text)) {
        return Some(format!("an attribute is not what it was: {lost:?}"));
    }
    if !plain && after_texts.len() != before_texts.len() {
        return Some("attributes were added".to_owned());
    }
    let Ok(image) = image else {
        return None;
    };
    let after = match Image::from_file(after) {
        Ok(after) => after,
        Err(error) => return Some(error.to_string()),
    };
    for frame in (0..image.pixels.frames).map(FrameIndex) {
        let (Ok(wanted), found) = (image.decode(frame), after.decode(frame)) else {
            continue;
        };
        match found {
            Ok(found) if found.samples == wanted.samples => {}
            Ok(_) => return Some(format!("frame {} differs", frame.0)),
            Err(error) => return Some(error.to_string()),
        }
    }
    None
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn every_real_file_has_the_same_pixels_in_every_uncompressed_syntax() {
    let Some(root) = shared("data/real") else {
        return;
    };
    let mut files = Vec::new();
    files_below(&root, &mut files);
    let mut complaints = Vec::new();
    for (number, path) in files.iter().enumerate() {
        let is_native = DicomFile::open(path, &ScanOptions::INDEX)
            .is_ok_and(|file| !file.syntax.is_encapsulated());
        // Decompression is slow and the same for all three; each syntax gets a third of the compressed files.
        let encodings = match is_native {
            true => &ENCODINGS[..],
            false => &ENCODINGS[number % 3..=number % 3],
        };
        for encoding in encodings.iter().copied() {
            if let Some(complaint) = complaint(path, encoding) {
                complaints.push(format!("{} {encoding:?}: {complaint}", path.display()));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(files.len() > 300);
}
