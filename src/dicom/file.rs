//! One DICOM file or byte string, scanned: meta information, data set, and a way to the values left in the source.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::charset::CharacterSet;
use super::file_meta::PREAMBLE_BYTES;
use super::scan::{self, ReadAt, ScanError, ScanOptions, Truncation};
use super::transfer_syntax::{Encoding, PixelCodec};
use super::{DataSet, Element, FileMeta, TransferSyntax, VR, Value, tags};

/// A scanned object with its source. Cheap to clone the source, not the data set.
#[derive(Debug, Clone)]
pub struct DicomFile {
    /// Meta information; for bare data sets only what could be derived.
    pub meta: FileMeta,
    /// The transfer syntax it really has (a contradicting meta group is overruled by what is written, and noted).
    pub syntax: &'static TransferSyntax,
    /// The data set.
    pub data_set: DataSet,
    /// First byte of the data set in the file, in bytes.
    pub data_set_offset: u64,
    /// Where the file breaks off, when it does; everything before is whole. Never with strict options.
    pub truncated: Option<Truncation>,
    /// What was odd but tolerated, in words.
    pub notes: Vec<String>,
    source: Arc<dyn ReadAt>,
}

/// What comes before the data set.
struct Front {
    meta: FileMeta,
    data_set_offset: u64,
    notes: Vec<String>,
}

impl DicomFile {
    /// Opens and scans a file: Part 10, without preamble, without meta information, truncated in pixel data (noted).
    pub fn open(path: &Path, options: &ScanOptions) -> Result<Self, ScanError> {
        Self::read(Arc::new(File::open(path)?), options)
    }

    /// Scans any source.
    pub fn read(source: Arc<dyn ReadAt>, options: &ScanOptions) -> Result<Self, ScanError> {
        let Front {
            meta,
            data_set_offset: start,
            mut notes,
        } = front(&*source, options)?;
        let size = source.size();
        let claimed = match TransferSyntax::find(&meta.transfer_syntax_uid) {
            Some(syntax) => Some(syntax),
            None if meta.transfer_syntax_uid.is_empty() => None,
            None => return Err(ScanError::UnknownTransferSyntax(meta.transfer_syntax_uid)),
        };
        if claimed.is_some_and(|syntax| syntax.codec == PixelCodec::Deflated) {
            return Self::read_deflated(&*source, meta, start, notes, options);
        }
        let expected = claimed.map_or(Encoding::ExplicitLittle, |syntax| syntax.encoding);
        let encoding = scan::encoding_of(&*source, start, size, expected)?;
        let scanned = scan::scan_range(
            &*source,
            start,
            size,
            encoding,
            CharacterSet::default(),
            options,
        )?;
        let syntax = match claimed {
            Some(syntax) if syntax.encoding == encoding || syntax.is_encapsulated() => syntax,
            _ => native(encoding),
        };
        if claimed.is_some() && encoding != expected {
            notes.push("the data set is not written as the transfer syntax says".to_owned());
        }
        notes.extend(scanned.notes);
        let mut file = Self {
            meta,
            syntax,
            data_set: scanned.data_set,
            data_set_offset: start,
            truncated: scanned.truncated,
            notes,
            source,
        };
        file.complete()?;
        Ok(file)
    }

    fn read_deflated(
        source: &dyn ReadAt,
        meta: FileMeta,
        start: u64,
        mut notes: Vec<String>,
        options: &ScanOptions,
    ) -> Result<Self, ScanError> {
        let inflated = scan::inflate(source, start, source.size(), options)?;
        let bytes: Arc<dyn ReadAt> = Arc::new(inflated.bytes);
        let encoding = scan::encoding_of(&*bytes, 0, bytes.size(), Encoding::ExplicitLittle)?;
        let set = CharacterSet::default();
        let scanned = scan::scan_range(&*bytes, 0, bytes.size(), encoding, set, options)?;
        notes.extend(scanned.notes);
        let cut = Truncation {
            tag: None,
            offset: bytes.size(),
            missing_bytes: 0,
        };
        let mut file = Self {
            syntax: TransferSyntax::find(&meta.transfer_syntax_uid).unwrap_or(native(encoding)),
            meta,
            data_set: scanned.data_set,
            data_set_offset: start,
            truncated: scanned.truncated.or(inflated.broken.then_some(cut)),
            notes,
            source: bytes,
        };
        file.complete()?;
        Ok(file)
    }

    /// Derives what the meta information lacks, and settles what pixel data really is.
    fn complete(&mut self) -> Result<(), ScanError> {
        if self.data_set.elements.is_empty() {
            return Err(ScanError::NotDicom);
        }
        self.settle_codec()?;
        if self.meta.transfer_syntax_uid.is_empty() {
            self.meta.transfer_syntax_uid = self.syntax.uid.to_owned();
        }
        let text = |tag| self.data_set.text(tag).unwrap_or_default();
        if self.meta.media_storage_sop_class_uid.is_empty() {
            self.meta.media_storage_sop_class_uid = text(tags::SOP_CLASS_UID);
        }
        if self.meta.media_storage_sop_instance_uid.is_empty() {
            self.meta.media_storage_sop_instance_uid = text(tags::SOP_INSTANCE_UID);
        }
        Ok(())
    }

    /// Fragments under a native syntax are named by their first bytes.
    fn settle_codec(&mut self) -> Result<(), ScanError> {
        if self.syntax.is_encapsulated() {
            return Ok(());
        }
        let Some(Element {
            value: Value::Fragments(fragments),
            ..
        }) = self.data_set.element(tags::PIXEL_DATA)
        else {
            return Ok(());
        };
        let Some((offset, length)) = fragments.places.first() else {
            return Ok(());
        };
        let mut head = vec![0; (*length).min(1024) as usize];
        self.source.read_exact_at(&mut head, *offset)?;
        if let Some(syntax) = TransferSyntax::of_codestream(&head) {
            self.syntax = syntax;
            self.notes
                .push("compressed pixel data under an uncompressed transfer syntax".to_owned());
        }
        Ok(())
    }

    /// The raw bytes of a value, read from the source when they were left there. An error for sequences and fragments.
    pub fn value_bytes<'a>(&self, element: &'a Element) -> io::Result<Cow<'a, [u8]>> {
        match &element.value {
            Value::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Value::Long(length) => {
                let mut buffer = vec![0; usize::try_from(*length).map_err(io::Error::other)?];
                self.source.read_exact_at(&mut buffer, element.offset)?;
                Ok(Cow::Owned(buffer))
            }
            Value::Sequence(_) | Value::Fragments(_) => Err(io::Error::other("no plain value")),
        }
    }

    /// The source, to read ranges of pixel data; of a deflated object the inflated bytes.
    pub fn source(&self) -> &Arc<dyn ReadAt> {
        &self.source
    }
}

fn native(encoding: Encoding) -> &'static TransferSyntax {
    TransferSyntax::native(encoding)
}

/// Finds and reads the meta information, wherever the file starts with it or not.
fn front(source: &dyn ReadAt, options: &ScanOptions) -> Result<Front, ScanError> {
    let size = source.size();
    let prefix_at = |offset: u64| -> Result<bool, ScanError> {
        let mut prefix = [0; 4];
        if size < offset + 4 {
            return Ok(false);
        }
        source.read_exact_at(&mut prefix, offset)?;
        Ok(&prefix == b"DICM")
    };
    let preamble = PREAMBLE_BYTES as u64;
    if prefix_at(preamble)? {
        return meta_group(source, preamble + 4, Vec::new(), options);
    }
    if prefix_at(0)? {
        return meta_group(
            source,
            4,
            vec!["the preamble is missing".to_owned()],
            options,
        );
    }
    if size < 8 {
        return Err(ScanError::NotDicom);
    }
    let mut head = [0; 8];
    source.read_exact_at(&mut head, 0)?;
    if head[..2] == [2, 0] && VR::from_binary([head[4], head[5]]).is_some() {
        return meta_group(
            source,
            0,
            vec!["preamble and prefix are missing".to_owned()],
            options,
        );
    }
    match scan::looks_like_data_set(source, 0)? {
        Some(_) => Ok(Front {
            meta: FileMeta::default(),
            data_set_offset: 0,
            notes: vec!["the file meta information is missing".to_owned()],
        }),
        None => Err(ScanError::NotDicom),
    }
}

fn meta_group(
    source: &dyn ReadAt,
    start: u64,
    mut notes: Vec<String>,
    options: &ScanOptions,
) -> Result<Front, ScanError> {
    let encoding = scan::encoding_of(source, start, source.size(), Encoding::ExplicitLittle)?;
    let scanned = scan::scan_meta_group(source, start, encoding, options)?;
    let meta = FileMeta::from_data_set(&scanned.data_set);
    notes.extend(scanned.notes);
    if meta.transfer_syntax_uid.is_empty() {
        notes.push("the transfer syntax is not named".to_owned());
    }
    Ok(Front {
        meta,
        data_set_offset: scanned.end,
        notes,
    })
}
