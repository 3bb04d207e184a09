//! Files into the store, by the same door as the network.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use dicom_dictionary_std::uids;

use super::error::{ImportError, IngestError};
use super::header::Header;
use super::index::{self, Candidate, Place};
use super::ingest::{Settled, scan_error};
use super::links::{self, Link};
use super::store::milliseconds;
use super::{Ingested, ObjectDescription, Store, StoreError};
use crate::dicom::scan::ScanError;
use crate::dicom::{DicomFile, ScanOptions};

/// Bytes copied at once.
const COPY_BYTES: usize = 256 * 1024;

impl Store {
    /// Takes a DICOM file in: copies its data set byte for byte, or with `link` remembers where it lies. Blocking; durable
    /// when it returns. Several threads at once share syncs and transactions, so import with about eight.
    pub fn import_file(&self, path: &Path, link: bool) -> Result<Ingested, ImportError> {
        if link {
            let mut outcomes = self.link_files(&[path.to_owned()]);
            outcomes.pop().unwrap_or(Err(StoreError::Closed.into()))
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

    /// Remembers where DICOM files lie: one outcome each, in their order. Durable when it returns; many at once share two
    /// transactions.
    pub fn link_files(&self, paths: &[PathBuf]) -> Vec<Result<Ingested, ImportError>> {
        let mut outcomes: Vec<Option<Result<Ingested, ImportError>>> = Vec::new();
        let mut new = Vec::new();
        for path in paths {
            match self.read_link(path) {
                Ok(Some(found)) => {
                    new.push((outcomes.len(), found));
                    outcomes.push(None);
                }
                Ok(None) => outcomes.push(Some(Ok(Ingested::Duplicate))),
                Err(error) => outcomes.push(Some(Err(error))),
            }
        }
        let (places, found): (Vec<usize>, Vec<_>) = new.into_iter().unzip();
        let (links, candidates) = found.into_iter().unzip();
        for (place, outcome) in places.into_iter().zip(self.keep_links(links, candidates)) {
            outcomes[place] = Some(outcome);
        }
        outcomes.into_iter().flatten().collect()
    }

    /// A file as it would be linked; `None` when it is linked already.
    fn read_link(&self, path: &Path) -> Result<Option<(Link, Candidate)>, ImportError> {
        let path = fs::canonicalize(path).map_err(ImportError::Unreadable)?;
        let Some(text) = path.to_str() else {
            let reason = "the path is not Unicode, so it cannot be remembered";
            return Err(ImportError::Unreadable(io::Error::other(reason)));
        };
        let link = Link {
            id: 0,
            path: text.to_owned(),
            stamp: links::stamp(&path).map_err(ImportError::Unreadable)?,
            received_ms: milliseconds(SystemTime::now()),
        };
        let candidate = links::candidate(&link)?;
        let uid = candidate.header.sop_instance_uid.as_str();
        let existing = self.read_index(|connection| index::existing(connection, uid))?;
        let is_here = existing.is_some_and(|e| is_same_link(&e.place, &candidate.place));
        Ok((!is_here).then_some((link, candidate)))
    }

    /// Takes new links in.
    fn keep_links(
        &self,
        links: Vec<Link>,
        candidates: Vec<Candidate>,
    ) -> Vec<Result<Ingested, ImportError>> {
        let count = links.len();
        if count == 0 {
            return Vec::new();
        }
        let numbered = match links::insert(self, links) {
            Ok(numbered) => numbered,
            Err(error) => return all_failed(count, &error),
        };
        let decisions = self.inner.decisions();
        let number = |(mut candidate, link): (Candidate, &Link)| {
            decisions.apply(&mut candidate.header);
            let place = Place::Link {
                id: link.id,
                path: link.path.clone(),
                modified_ns: link.stamp.modified_ns,
            };
            Arc::new(Candidate { place, ..candidate })
        };
        let candidates = candidates.into_iter().zip(&numbered).map(number).collect();
        let settled = match self.turn_to_decide() {
            Ok(_turn) => self.settle_all(candidates),
            Err(error) => return all_failed(count, &error),
        };
        let not_kept = numbered.iter().zip(&settled).filter_map(|(link, settled)| {
            let kept = settled.as_ref().is_ok_and(|settled| settled.kept);
            (settled.is_ok() && !kept).then_some(link.id)
        });
        let not_kept: Vec<i64> = not_kept.collect();
        if !not_kept.is_empty()
            && let Err(error) = links::remove(self, not_kept)
        {
            tracing::warn!(%error, "links that are not needed stay until the next start");
        }
        let outcome = |settled: Result<Settled, IngestError>| Ok(settled?.outcome?);
        settled.into_iter().map(outcome).collect()
    }
}

/// The same failure for all of them. Each needs an error of its own; they share its words.
fn all_failed(count: usize, error: &StoreError) -> Vec<Result<Ingested, ImportError>> {
    let failed = || Err(StoreError::Commit(error.to_string()).into());
    std::iter::repeat_with(failed).take(count).collect()
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
