//! The one way into the store, shared by network and import.
//!
//! An object file streams in without a certificate; `commit` checks the header, writes the certificate and syncs once. Nothing
//! is visible before its row is committed, and nothing is acknowledged before its file is synced. Where the index has to decide
//! it is asked before the reply; a plain new object gets its row a moment later (`inbox.rs`).

use std::io;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::certificate::{self, Certificate};
use super::equivalence::{self, Comparison};
use super::error::IngestError;
use super::files::Slot;
use super::header::Header;
use super::index::{self, Candidate, Foresight, Place, Quarantine, Verdict};
use super::store::milliseconds;
use super::writer::locked;
use super::{Settings, Store};
use crate::dicom::scan::{ReadAt, ScanError, scan_data_set};
use crate::dicom::{AeTitle, DataSet, ScanOptions, SopClassUid, SopInstanceUid, TransferSyntax};

/// Data set bytes kept in memory for the header; a smaller object is written at once, with its certificate.
pub(super) const HEAD_BYTES: usize = 128 * 1024;
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
    /// Bytes of preamble and meta group.
    heading_bytes: usize,
    certificate_offset: u64,
    /// The first bytes of the file, kept so that the header is not read again.
    head: Vec<u8>,
    /// Bytes written; none until the head is full.
    written: u64,
    /// Bytes whose way to the disk has begun.
    begun: u64,
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
        let minimum_free = settings.store_minimum_free;
        let inner = &store.inner;
        inner.room.check(&inner.data_dir, minimum_free, 0)?;
        let heading = certificate::heading(&object, settings.station_serial)?;
        let slot = inner.slots.take().map_err(disk_error)?;
        let mut head = inner.heads.take();
        head.extend_from_slice(&heading.bytes);
        Ok(Self {
            store: store.clone(),
            object,
            minimum_free,
            slot: Some(slot),
            heading_bytes: heading.bytes.len(),
            certificate_offset: heading.certificate_offset,
            head,
            written: 0,
            begun: 0,
            hasher: blake3::Hasher::new(),
        })
    }

    /// Appends data set bytes. Blocking; call from a blocking thread.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        self.hasher.update(bytes);
        let room = (self.heading_bytes + HEAD_BYTES).saturating_sub(self.head.len());
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        if rest.is_empty() {
            return Ok(());
        }
        if self.written == 0 {
            let head = std::mem::take(&mut self.head);
            let written = self.put(&head);
            self.head = head;
            written?;
        }
        self.put(rest)
    }

    /// Certifies, checks and syncs the object; returns only when it is durable and every reader of this store will find it.
    /// Blocking.
    pub fn commit(mut self) -> Result<Ingested, IngestError> {
        let mut header = self.header()?;
        self.store.inner.decisions().apply(&mut header);
        let certificate = Certificate {
            bytes: self.size() - self.heading_bytes as u64,
            digest: *self.hasher.finalize().as_bytes(),
            received_ms: milliseconds(SystemTime::now()),
        };
        let claim = self.store.claim(&header);
        let candidate = self.candidate(header, &certificate)?;
        let (foresight, turn) = self.store.foresee(&candidate)?;
        if foresight == Foresight::Duplicate {
            return Ok(Ingested::Duplicate); // spares the sync
        }
        self.certify(&certificate)?;
        let Some(slot) = self.slot.take() else {
            return Err(gone());
        };
        if let Some(turn) = turn {
            let warning = candidate.header.warning.clone();
            self.store.accept(candidate, slot, claim, turn);
            return Ok(Ingested::Stored { warning });
        }
        match self.store.settle(candidate) {
            Ok(Settled { outcome, kept }) => {
                if !kept {
                    self.store.inner.slots.give_back(slot);
                }
                outcome
            }
            // The file stays: its row may be there, and an object without a row is found at the next start.
            Err(error) => {
                self.store.inner.inbox.keep_unsettled(slot);
                Err(error)
            }
        }
    }

    fn candidate(
        &self,
        header: Header,
        certificate: &Certificate,
    ) -> Result<Candidate, IngestError> {
        let slot = self.slot.as_ref().ok_or_else(gone)?;
        let source = self.object.source.as_ref();
        Ok(Candidate {
            place: Place::Object(slot.number()),
            bytes: self.size(),
            digest: Some(certificate.digest),
            transfer_syntax_uid: self.object.transfer_syntax.uid,
            source_ae: source.map_or("", |ae| ae.as_str()).into(),
            received_ms: certificate.received_ms,
            header,
        })
    }

    fn size(&self) -> u64 {
        self.written.max(self.head.len() as u64)
    }

    /// Writes bytes at the end and sends what is whole on its way to the disk, so that little is left for the sync.
    fn put(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        let slot = self.slot.as_ref().ok_or_else(gone)?;
        let inner = &self.store.inner;
        let count = bytes.len() as u64;
        inner
            .room
            .check(&inner.data_dir, self.minimum_free, count)?;
        certificate::write_at(&slot.file, bytes, self.written).map_err(disk_error)?;
        self.written += count;
        if self.written - self.begun >= HEAD_BYTES as u64 {
            self.begun = slot.begin_writing(self.begun, self.written);
        }
        Ok(())
    }

    /// Reads the header back and compares it with what the sender said.
    fn header(&self) -> Result<Header, IngestError> {
        let slot = self.slot.as_ref().ok_or_else(gone)?;
        let source = HeadAndFile {
            head: &self.head,
            slot,
            size: self.size(),
        };
        let start = self.heading_bytes as u64;
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

    /// Writes the certificate, and the object itself if it fitted into one buffer; then the one sync.
    fn certify(&mut self, certificate: &Certificate) -> Result<(), IngestError> {
        let slot = self.slot.as_ref().ok_or_else(gone)?;
        let (value, offset) = (certificate.encode(), self.certificate_offset);
        let written = if self.written > 0 {
            certificate::write_at(&slot.file, &value, offset)
        } else {
            let at = offset as usize;
            self.head[at..at + value.len()].copy_from_slice(&value);
            certificate::write_at(&slot.file, &self.head, 0)
        };
        written
            .and_then(|()| slot.file.sync_data())
            .map_err(disk_error)?;
        slot.leave_cache(self.size());
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.store.inner.slots.give_back(slot);
        }
        self.store
            .inner
            .heads
            .give_back(std::mem::take(&mut self.head));
    }
}

impl Store {
    /// Brings certified objects into the index in one transaction, in their order. The caller has the turn.
    pub(super) fn settle_all(
        &self,
        candidates: Vec<Arc<Candidate>>,
    ) -> Vec<Result<Settled, IngestError>> {
        let shared = candidates.clone();
        let verdicts = self
            .inner
            .index
            .write(move |c| index::admit_all(c, &shared));
        let Ok(verdicts) = verdicts else {
            // One of them, or the index as a whole: each learns it for itself.
            let one_by_one = candidates.into_iter();
            return one_by_one.map(|one| self.settle_in_turn(one)).collect();
        };
        let settle = |(verdict, candidate)| match verdict {
            Verdict::Differs(_) => self.settle_in_turn(candidate),
            decided => Ok(decide(decided, &candidate)),
        };
        verdicts.into_iter().zip(candidates).map(settle).collect()
    }

    /// Brings a certified object into the index: stored, known already, or set aside.
    pub(super) fn settle(&self, mut candidate: Candidate) -> Result<Settled, IngestError> {
        self.inner.decisions().apply(&mut candidate.header);
        let _turn = self.turn_to_decide()?;
        self.settle_in_turn(Arc::new(candidate))
    }

    fn settle_in_turn(&self, candidate: Arc<Candidate>) -> Result<Settled, IngestError> {
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

fn gone() -> IngestError {
    io::Error::other("the object file is gone").into()
}

fn disk_error(error: io::Error) -> IngestError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            IngestError::StoreFull(error.to_string())
        }
        _ => error.into(),
    }
}

/// Buffers for heads, used again: fresh memory costs more than what is copied into it.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<Vec<Vec<u8>>>);

impl Heads {
    /// Kept for the next objects, at most.
    const KEPT_MAX: usize = 32;

    fn take(&self) -> Vec<u8> {
        let kept = locked(&self.0).pop();
        kept.unwrap_or_else(|| Vec::with_capacity(HEAD_BYTES + certificate::META_BYTES_MAX))
    }

    fn give_back(&self, mut head: Vec<u8>) {
        head.clear();
        let mut kept = locked(&self.0);
        if kept.len() < Self::KEPT_MAX {
            kept.push(head);
        }
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
