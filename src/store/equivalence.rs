//! Whether two objects under one UID are the same in another encoding (architecture 4.1): all attributes outside pixel data
//! equal, and the pixels decode equal.

use std::borrow::Cow;
use std::path::Path;

use super::IngestError;
use super::certificate::{self, Condition, Digest};
use super::index::{Candidate, Existing, Place};
use super::ingest::scan_error;
use super::store::PixelsEqual;
use crate::dicom::transfer_syntax::Encoding;
use crate::dicom::{DataSet, DicomFile, Element, ScanOptions, VR, Value, tags};

/// How two objects under one UID compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same data set in the same syntax.
    SameBytes,
    /// The same object in another encoding.
    Equivalent,
    /// Another object.
    Different,
}

/// Compares a newcomer with what is here; reads both files.
pub fn compare(
    data_dir: &Path,
    candidate: &Candidate,
    existing: &Existing,
    pixels_equal: Option<PixelsEqual>,
) -> Result<Comparison, IngestError> {
    let (ours, theirs) = (
        existing.place.path(data_dir),
        candidate.place.path(data_dir),
    );
    let same_syntax = existing.transfer_syntax_uid == candidate.transfer_syntax_uid;
    if same_syntax && (existing.digest.is_none() || candidate.digest.is_none()) {
        let known = digest(existing.digest, &existing.place, &ours)?;
        if known == digest(candidate.digest, &candidate.place, &theirs)? {
            return Ok(Comparison::SameBytes);
        }
    }
    match pixels_equal {
        Some(pixels_equal) if attributes_equal(&ours, &theirs)? && pixels_equal(&ours, &theirs) => {
            Ok(Comparison::Equivalent)
        }
        _ => Ok(Comparison::Different),
    }
}

fn digest(known: Option<Digest>, place: &Place, path: &Path) -> Result<Digest, IngestError> {
    match known {
        Some(digest) => Ok(digest),
        None => Ok(certificate::digest_from(
            path,
            data_set_offset(place, path)?,
        )?),
    }
}

/// First byte of the data set of a file of ours or of somebody else.
pub fn data_set_offset(place: &Place, path: &Path) -> Result<u64, IngestError> {
    if let Place::Object(_) = place
        && let Condition::Certified {
            data_set_offset, ..
        } = certificate::inspect(&std::fs::File::open(path)?)?
    {
        return Ok(data_set_offset);
    }
    let file = DicomFile::open(path, &ScanOptions::INDEX).map_err(scan_error)?;
    Ok(file.data_set_offset)
}

fn attributes_equal(one: &Path, other: &Path) -> Result<bool, IngestError> {
    let one = DicomFile::open(one, &ScanOptions::INDEX).map_err(scan_error)?;
    let other = DicomFile::open(other, &ScanOptions::INDEX).map_err(scan_error)?;
    let (a, b) = (
        Reading {
            file: &one,
            encoding: one.data_set.encoding,
        },
        Reading {
            file: &other,
            encoding: other.data_set.encoding,
        },
    );
    Ok(data_sets_equal(&a, &one.data_set, &b, &other.data_set)?)
}

/// A file and how its numbers are written.
struct Reading<'a> {
    file: &'a DicomFile,
    encoding: Encoding,
}

fn data_sets_equal(
    a: &Reading<'_>,
    ours: &DataSet,
    b: &Reading<'_>,
    theirs: &DataSet,
) -> std::io::Result<bool> {
    let mut theirs = theirs.elements.iter().filter(|element| counts(element));
    for element in ours.elements.iter().filter(|element| counts(element)) {
        let Some(other) = theirs.next() else {
            return Ok(false);
        };
        if element.tag != other.tag || !values_equal(a, element, b, other)? {
            return Ok(false);
        }
    }
    Ok(theirs.next().is_none())
}

/// Pixel data, group lengths and trailing padding say nothing about the object.
fn counts(element: &Element) -> bool {
    const PIXEL_GROUP: u16 = 0x7FE0;
    let tag = element.tag;
    tag.group() != PIXEL_GROUP && tag.element() != 0 && tag != tags::DATA_SET_TRAILING_PADDING
}

fn values_equal(
    a: &Reading<'_>,
    one: &Element,
    b: &Reading<'_>,
    other: &Element,
) -> std::io::Result<bool> {
    match (&one.value, &other.value) {
        (Value::Sequence(ours), Value::Sequence(theirs)) => {
            if ours.len() != theirs.len() {
                return Ok(false);
            }
            for (ours, theirs) in ours.iter().zip(theirs) {
                if !data_sets_equal(a, ours, b, theirs)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Fragments(_), Value::Fragments(_)) => {
            let (ours, theirs) = (fragment_bytes(a, one)?, fragment_bytes(b, other)?);
            Ok(ours == theirs)
        }
        (Value::Sequence(_) | Value::Fragments(_), _)
        | (_, Value::Sequence(_) | Value::Fragments(_)) => Ok(false),
        _ => {
            let (ours, theirs) = (a.file.value_bytes(one)?, b.file.value_bytes(other)?);
            let vr = if one.vr == VR::UN { other.vr } else { one.vr };
            Ok(plain(&ours, vr, a.encoding) == plain(&theirs, vr, b.encoding))
        }
    }
}

fn fragment_bytes(reading: &Reading<'_>, element: &Element) -> std::io::Result<Vec<Vec<u8>>> {
    let Value::Fragments(fragments) = &element.value else {
        return Ok(Vec::new());
    };
    fragments
        .places
        .iter()
        .map(|(offset, length)| {
            let mut bytes = vec![0; *length as usize];
            reading.file.source().read_exact_at(&mut bytes, *offset)?;
            Ok(bytes)
        })
        .collect()
}

/// A value in little endian without padding.
fn plain(bytes: &[u8], vr: VR, encoding: Encoding) -> Cow<'_, [u8]> {
    let unit = match vr {
        VR::US | VR::SS | VR::OW | VR::AT => 2,
        VR::UL | VR::SL | VR::FL | VR::OF | VR::OL => 4,
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
        _ => 1,
    };
    if unit > 1 && encoding == Encoding::ExplicitBig {
        let swapped = bytes
            .chunks(unit)
            .flat_map(|chunk| chunk.iter().rev().copied());
        return Cow::Owned(swapped.collect());
    }
    let is_text = unit == 1 && !matches!(vr, VR::OB | VR::UN);
    let end = match is_text {
        true => bytes
            .iter()
            .rposition(|b| !matches!(b, b' ' | 0))
            .map_or(0, |at| at + 1),
        false => bytes.len(),
    };
    Cow::Borrowed(&bytes[..end])
}
