//! Files into the store, by the same door as the network.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use dicom_dictionary_std::uids;

use super::error::ImportError;
use super::header::Header;
use super::index::{self, Place};
use super::ingest::scan_error;
use super::store::milliseconds;
use super::{Ingested, ObjectDescription, Store, StoreError, links};
use crate::dicom::scan::ScanError;
use crate::dicom::{DicomFile, ScanOptions};

/// Bytes copied at once.
const COPY_BYTES: usize = 256 * 1024;

impl Store {
    /// Takes a DICOM file in: copies its data set byte for byte, or with `link` remembers where it lies. Blocking; durable
    /// when it returns. Several threads at once share syncs and transactions, so import with about eight.
    pub fn import_file(&self, path: &Path, link: bool) -> Result<Ingested, ImportError> {
        if link {
            self.link_file(path)
        } else {
            self.copy_file(path)
        }
    }

    fn copy_file(&self, path: &Path) -> Result<Ingested, ImportError> {
        let dicom = open_dicom(path)?;
        let header = Header::read(&dicom.data_set, dicom.syntax)?;
        let object = ObjectDescription {
            sop_class_uid: header.sop_class_uid,
            sop_instance_uid: header.sop_instance_uid,
            transfer_syntax: dicom.syntax,
            source: None,
        };
        let mut incoming = self.begin(&object)?;
        let mut file = File::open(path).map_err(ImportError::Unreadable)?;
        file.seek(SeekFrom::Start(dicom.data_set_offset))
            .map_err(ImportError::Unreadable)?;
        let length = file.metadata().map_err(ImportError::Unreadable)?.len();
        let mut buffer = vec![0; COPY_BYTES.min(usize::try_from(length).unwrap_or(COPY_BYTES))];
        loop {
            let read = file.read(&mut buffer).map_err(ImportError::Unreadable)?;
            if read == 0 {
                return Ok(incoming.commit()?);
            }
            incoming.write(&buffer[..read])?;
        }
    }

    fn link_file(&self, path: &Path) -> Result<Ingested, ImportError> {
        let path = fs::canonicalize(path).map_err(ImportError::Unreadable)?;
        let Some(text) = path.to_str() else {
            let reason = "the path is not Unicode, so it cannot be remembered";
            return Err(ImportError::Unreadable(io::Error::other(reason)));
        };
        let stamp = links::stamp(&path).map_err(ImportError::Unreadable)?;
        let mut link = links::Link {
            id: 0,
            path: text.to_owned(),
            stamp,
            received_ms: milliseconds(SystemTime::now()),
        };
        let mut candidate = links::candidate(&link)?;
        let uid = candidate.header.sop_instance_uid.as_str();
        let existing = self.read_index(|connection| index::existing(connection, uid))?;
        if existing.is_some_and(|e| is_same_link(&e.place, &candidate.place)) {
            return Ok(Ingested::Duplicate);
        }
        link = links::insert(self, text, stamp, link.received_ms)?;
        if let Place::Link { id, .. } = &mut candidate.place {
            *id = link.id;
        }
        let settled = self.settle(candidate)?;
        if !settled.kept {
            links::remove(self, vec![link.id])?;
        }
        Ok(settled.outcome?)
    }
}

/// Whether both are the same unchanged file.
fn is_same_link(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (
            Place::Link {
                path, modified_ns, ..
            },
            Place::Link {
                path: other_path,
                modified_ns: other_modified_ns,
                ..
            },
        ) => path == other_path && modified_ns == other_modified_ns,
        _ => false,
    }
}

/// Scans a foreign file; what is no composite object (no DICOM, a DICOMDIR) is told apart from what is broken.
pub(super) fn open_dicom(path: &Path) -> Result<DicomFile, ImportError> {
    let file = match DicomFile::open(path, &ScanOptions::INDEX) {
        Ok(file) => file,
        Err(ScanError::NotDicom) => return Err(ImportError::NotDicom),
        Err(ScanError::Io(error)) => return Err(ImportError::Unreadable(error)),
        Err(error) => return Err(scan_error(error).into()),
    };
    if file.meta.media_storage_sop_class_uid == uids::MEDIA_STORAGE_DIRECTORY_STORAGE {
        return Err(ImportError::NotDicom);
    }
    Ok(file)
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}
