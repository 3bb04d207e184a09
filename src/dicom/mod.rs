//! The vocabulary (layer 0, pure): UIDs, AE titles, SOP classes, transfer syntaxes, statuses, query keys, character sets, and
//! the bounded reader that looks at foreign bytes before anything else does. Nothing here does more IO than reading one file.

pub mod ae;
pub mod attributes;
pub mod builder;
pub mod charset;
pub mod conformance;
pub mod dataset;
pub mod decimal;
pub mod dictionary;
pub mod difference;
pub mod directory;
pub mod document;
pub mod encode;
pub mod file;
pub mod file_meta;
pub mod identifier;
pub mod identity;
pub mod json;
pub mod presentation_context;
pub mod query;
pub mod scan;
pub mod sop_class;
pub mod status;
pub mod transfer_syntax;
pub mod uid;

pub use ae::AeTitle;
pub use attributes::Attributes;
pub use builder::{Builder, ValueTooLong};
pub use dataset::{DataSet, Element, Fragments, MalformedValue, PersonName, Value};
pub use dicom_core::{Tag, VR};
pub use dicom_dictionary_std::{tags, uids};
pub use file::DicomFile;
pub use file_meta::FileMeta;
pub use scan::{ReadAt, ScanError, ScanOptions, Truncation, scan_data_set};
pub use sop_class::SopClass;
pub use status::Status;
pub use transfer_syntax::{Encoding, PixelCodec, TRANSFER_SYNTAXES, TransferSyntax};
pub use uid::{SeriesInstanceUid, SopClassUid, SopInstanceUid, StudyInstanceUid, Uid};
