//! The one way into the store, shared by network and import.
//!
//! An object file streams in without a certificate; `commit` checks the header, writes the certificate, syncs once, and then the
//! index decides. Nothing is visible before its row is committed, and nothing is acknowledged before its file is synced.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use super::certificate::{self, Certificate, Digest, Heading};
use super::equivalence::{self, Comparison};
use super::error::IngestError;
use super::files::Slot;
use super::header::Header;
use super::index::{self, Candidate, Place, Quarantine, Verdict};
use super::store::{free_space, milliseconds};
use super::{Settings, Store};
use crate::dicom::scan::{ReadAt, ScanError, scan_data_set};
use crate::dicom::{AeTitle, DataSet, ScanOptions, SopClassUid, SopInstanceUid, TransferSyntax};

/// Bytes gathered before they are written; an object holds two such buffers at most.
const BUFFER_BYTES: usize = 256 * 1024;
/// How often the same UID may change hands while one object is settled.
const SETTLE_ATTEMPTS_MAX: u32 = 8;

/// What the sender said about the object that follows.
#[derive(Debug, Clone)]
pub struct ObjectDescription {
    /// Affected SOP Class UID of the command.
    pub sop_class_uid: SopClassUid,
    /// Affected SOP Instance UID of the command.
    pub sop_instance_uid: SopInstanceUid,
    /// Transfer syntax of the presentation context.
    pub transfer_syntax: &'static TransferSyntax,
    /// Calling AE title; `None` for imports.
    pub source: Option<AeTitle>,
}

/// How an object was taken in. Each is a success (0000) unless the note says B007.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// New, durable, indexed.
    Stored {
        /// Kept although a module its class requires is missing: B007, in words.
        warning: Option<String>,
    },
    /// The same bytes were here already.
    Duplicate,
    /// The same object in another lossless encoding was here already; the first is kept.
    Equivalent,
    /// Kept aside: its patient disagrees with its study or series (F2).
    PatientConflict {
        /// Which attributes disagree; no values.
        reason: String,
    },
}

/// An object file being written. Dropped without [`Incoming::commit`], its slot is freed and nothing of it is ever visible.
#[derive(Debug)]
pub struct Incoming {
    store: Store,
    object: ObjectDescription,
    minimum_free: u64,
    slot: Option<Slot>,
    heading: Heading,
    /// The first bytes of the file, kept so that the header is not read again; empty until the first buffer is full.
    head: Vec<u8>,
    /// Bytes not written yet.
    buffer: Vec<u8>,
    /// Bytes written.
    written: u64,
    hasher: blake3::Hasher,
}

/// How an object ended in the index, and whether its file is needed.
#[derive(Debug)]
pub(super) struct Settled {
    pub outcome: Result<Ingested, IngestError>,
    pub kept: bool,
}

impl Incoming {
    pub(super) fn start(
        store: &Store,
        object: ObjectDescription,
        settings: &Settings,
    ) -> Result<Self, IngestError> {
        check_room(store, settings.store_minimum_free)?;
        let heading = certificate::heading(&object, settings.station_serial)?;
        let slot = store.inner.slots.take().map_err(disk_error)?;
        Ok(Self {
            store: store.clone(),
            object,
            minimum_free: settings.store_minimum_free,
            slot: Some(slot),
            buffer: heading.bytes.clone(),
            heading,
            head: Vec::new(),
            written: 0,
            hasher: blake3::Hasher::new(),
        })
    }

    /// Appends data set bytes. Blocking; call from a blocking thread.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        self.hasher.update(bytes);
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = BUFFER_BYTES.saturating_sub(self.buffer.len());
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.buffer.extend_from_slice(now);
            rest = later;
            if self.buffer.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Certifies, checks, syncs and indexes the object; returns only when it is durable and visible. Blocking.
    pub fn commit(mut self) -> Result<Ingested, IngestError> {
        if self.written > 0 {
            self.flush()?;
        } else {
            self.head = std::mem::take(&mut self.buffer);
        }
        let header = self.header()?;
        let certificate = Certificate {
            bytes: self.size() - self.heading.bytes.len() as u64,
            digest: *self.hasher.finalize().as_bytes(),
            received_ms: milliseconds(SystemTime::now()),
        };
        if self.is_here_already(&header, &certificate.digest)? {
            return Ok(Ingested::Duplicate);
        }
        self.certify(&certificate)?;
        let Some(slot) = self.slot.take() else {
            return Err(io::Error::other("the object file is gone").into());
        };
        let candidate = Candidate {
            place: Place::Object(slot.number()),
            bytes: self.size(),
            digest: Some(certificate.digest),
            transfer_syntax_uid: self.object.transfer_syntax.uid,
            source_ae: self
                .object
                .source
                .as_ref()
                .map_or("", |ae| ae.as_str())
                .into(),
            received_ms: certificate.received_ms,
            header,
        };
        // When the index fails, the file stays: its row may be there, and an object without a row is found at the next start.
        let settled = self.store.settle(candidate)?;
        if !settled.kept {
            self.store.inner.slots.give_back(slot);
        }
        settled.outcome
    }

    fn size(&self) -> u64 {
        self.written.max(self.head.len() as u64)
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        check_room(&self.store, self.minimum_free)?;
        let Some(slot) = &self.slot else {
            return Err(io::Error::other("the object file is gone").into());
        };
        certificate::write_at(&slot.file, &self.buffer, self.written).map_err(disk_error)?;
        self.written += self.buffer.len() as u64;
        if self.head.is_empty() {
            self.head = std::mem::take(&mut self.buffer);
        } else {
            self.buffer.clear();
        }
        Ok(())
    }

    /// Reads the header back and compares it with what the sender said.
    fn header(&self) -> Result<Header, IngestError> {
        let Some(slot) = &self.slot else {
            return Err(io::Error::other("the object file is gone").into());
        };
        let source = HeadAndFile {
            head: &self.head,
            slot,
            size: self.size(),
        };
        let start = self.heading.bytes.len() as u64;
        let syntax = self.object.transfer_syntax;
        let data_set = strict_scan(&source, start, source.size, syntax)?;
        let header = Header::read(&data_set, syntax)?;
        let agrees = [
            (
                "SOP Class UID",
                header.sop_class_uid == self.object.sop_class_uid,
            ),
            (
                "SOP Instance UID",
                header.sop_instance_uid == self.object.sop_instance_uid,
            ),
        ];
        match agrees.iter().find(|(_, agrees)| !agrees) {
            None => Ok(header),
            Some((name, _)) => Err(IngestError::Mismatch(format!(
                "{name} of the data set is not that of the command"
            ))),
        }
    }

    /// Spares the sync when a duplicate comes.
    fn is_here_already(&self, header: &Header, digest: &Digest) -> Result<bool, IngestError> {
        let uid = header.sop_instance_uid.as_str();
        let existing = self.store.read_index(|c| index::existing(c, uid))?;
        Ok(existing.is_some_and(|existing| {
            existing.digest.as_ref() == Some(digest)
                && existing.transfer_syntax_uid == self.object.transfer_syntax.uid
        }))
    }

    /// Writes the certificate, and the object itself if it fitted into one buffer; then the one sync.
    fn certify(&mut self, certificate: &Certificate) -> Result<(), IngestError> {
        let Some(slot) = &self.slot else {
            return Err(io::Error::other("the object file is gone").into());
        };
        let (value, offset) = (certificate.encode(), self.heading.certificate_offset);
        let written = if self.written > 0 {
            certificate::write_at(&slot.file, &value, offset)
        } else {
            let at = self.heading.certificate_offset as usize;
            self.head[at..at + value.len()].copy_from_slice(&value);
            certificate::write_at(&slot.file, &self.head, 0)
        };
        written
            .and_then(|()| slot.file.sync_data())
            .map_err(disk_error)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.store.inner.slots.give_back(slot);
        }
    }
}

impl Store {
    /// Brings a certified object into the index: stored, known already, or set aside.
    pub(super) fn settle(&self, mut candidate: Candidate) -> Result<Settled, IngestError> {
        self.inner.decisions().apply(&mut candidate.header);
        let candidate = Arc::new(candidate);
        for _ in 0..SETTLE_ATTEMPTS_MAX {
            let shared = Arc::clone(&candidate);
            let verdict = self.inner.index.write(move |c| index::admit(c, &shared))?;
            let existing = match verdict {
                Verdict::Differs(existing) => *existing,
                decided => return Ok(decide(decided, &candidate)),
            };
            let data_dir = &self.inner.data_dir;
            let equivalent = self.inner.options.equivalent;
            match equivalence::compare(data_dir, &candidate, &existing, equivalent)? {
                Comparison::SameBytes => return Ok(not_kept(Ok(Ingested::Duplicate))),
                Comparison::Equivalent => {
                    let uid = &candidate.header.sop_instance_uid;
                    tracing::info!("another encoding of {uid} came, the first is kept");
                    return Ok(not_kept(Ok(Ingested::Equivalent)));
                }
                Comparison::Different => {}
            }
            let shared = Arc::clone(&candidate);
            let set_aside =
                move |c: &rusqlite::Connection| index::quarantine(c, &shared, &existing);
            match self.inner.index.write(set_aside)? {
                Quarantine::Outdated => {}
                Quarantine::Known => return Ok(not_kept(Err(IngestError::Conflict))),
                Quarantine::SetAside => {
                    return Ok(Settled {
                        outcome: Err(IngestError::Conflict),
                        kept: true,
                    });
                }
            }
        }
        Err(io::Error::other("the object under this UID keeps changing").into())
    }
}

fn decide(verdict: Verdict, candidate: &Candidate) -> Settled {
    match verdict {
        Verdict::Duplicate => not_kept(Ok(Ingested::Duplicate)),
        Verdict::KnownConflict(None) => not_kept(Err(IngestError::Conflict)),
        Verdict::KnownConflict(Some(reason)) => not_kept(Ok(Ingested::PatientConflict { reason })),
        Verdict::PatientConflict(reason) => Settled {
            outcome: Ok(Ingested::PatientConflict { reason }),
            kept: true,
        },
        Verdict::Stored | Verdict::Differs(_) => Settled {
            outcome: Ok(Ingested::Stored {
                warning: candidate.header.warning.clone(),
            }),
            kept: true,
        },
    }
}

fn not_kept(outcome: Result<Ingested, IngestError>) -> Settled {
    Settled {
        outcome,
        kept: false,
    }
}

/// Scans a received data set, tolerating nothing.
pub(super) fn strict_scan(
    source: &dyn ReadAt,
    start: u64,
    end: u64,
    syntax: &'static TransferSyntax,
) -> Result<DataSet, IngestError> {
    let options = ScanOptions {
        strict: true,
        ..ScanOptions::INDEX
    };
    scan_data_set(source, start, end, syntax, &options).map_err(scan_error)
}

/// What a failed scan means for the sender.
pub(super) fn scan_error(error: ScanError) -> IngestError {
    match error {
        ScanError::Io(error) => error.into(),
        other => IngestError::Unparseable(other.to_string()),
    }
}

fn check_room(store: &Store, minimum_free: u64) -> Result<(), IngestError> {
    let space = free_space(store.data_dir())?;
    if space.free < minimum_free {
        return Err(IngestError::StoreFull(format!(
            "{} MB are free, {} MB must stay free",
            space.free / 1_000_000,
            minimum_free / 1_000_000
        )));
    }
    Ok(())
}

fn disk_error(error: io::Error) -> IngestError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            IngestError::StoreFull(error.to_string())
        }
        _ => error.into(),
    }
}

/// An object file whose first bytes are still in memory.
#[derive(Debug)]
struct HeadAndFile<'a> {
    head: &'a [u8],
    slot: &'a Slot,
    size: u64,
}

impl ReadAt for HeadAndFile<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let in_head = usize::try_from(offset)
            .ok()
            .and_then(|start| self.head.get(start..start.checked_add(buffer.len())?));
        match in_head {
            Some(bytes) => buffer.copy_from_slice(bytes),
            None => certificate::read_at(&self.slot.file, buffer, offset)?,
        }
        Ok(())
    }
}
