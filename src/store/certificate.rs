//! The certificate of an object file: length and BLAKE3 digest of its data set, in the Private Information (0002,0102) of our
//! own meta group (PS3.10 §7.1). Zero while the object streams in, written last, before the one sync.
//!
//! It is the last element of the meta group, so it ends where the data set begins and can be found without a parser.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{IngestError, ObjectDescription};
use crate::dicom::FileMeta;
use crate::dicom::identity::{self, PRIVATE_INFORMATION_CREATOR_UID, implementation_version_name};

/// BLAKE3 of a data set.
pub type Digest = [u8; 32];

/// Size of the Private Information, in bytes.
const CERTIFICATE_BYTES: usize = 64;
/// First bytes of a certificate: what and which version.
const MAGIC: [u8; 8] = *b"dgscope\x01";
/// Header of the element: (0002,0102), OB, length.
const ELEMENT_HEADER: [u8; 12] = [
    2,
    0,
    2,
    1,
    b'O',
    b'B',
    0,
    0,
    CERTIFICATE_BYTES as u8,
    0,
    0,
    0,
];
/// Where the value of the group length (0002,0000) lies: after preamble, prefix and its own element header.
const GROUP_LENGTH_OFFSET: u64 = 140;
/// First byte that the group length counts.
const GROUP_OFFSET: u64 = 144;
/// A meta group of ours is never longer.
pub const META_BYTES_MAX: usize = 4096;

/// What stands in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// Length of the data set, in bytes.
    pub bytes: u64,
    /// Its digest.
    pub digest: Digest,
    /// When it was received, milliseconds since 1970.
    pub received_ms: i64,
}

impl Certificate {
    /// The value of the Private Information: magic, length, time, digest, and a sum over these against torn writes.
    pub fn encode(&self) -> [u8; CERTIFICATE_BYTES] {
        let mut bytes = [0; CERTIFICATE_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.received_ms.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.digest);
        let sum = blake3::hash(&bytes[..56]);
        bytes[56..].copy_from_slice(&sum.as_bytes()[..8]);
        bytes
    }

    fn decode(bytes: &[u8; CERTIFICATE_BYTES]) -> Option<Self> {
        let number = |at: usize| <[u8; 8]>::try_from(&bytes[at..at + 8]).ok();
        let certificate = Self {
            bytes: u64::from_le_bytes(number(8)?),
            received_ms: i64::from_le_bytes(number(16)?),
            digest: bytes[24..56].try_into().ok()?,
        };
        (certificate.encode() == *bytes).then_some(certificate)
    }
}

/// The first bytes of an object file, and where its certificate goes.
#[derive(Debug)]
pub struct Heading {
    /// Preamble, prefix and meta group with an empty certificate.
    pub bytes: Vec<u8>,
    /// Offset of the certificate in the file.
    pub certificate_offset: u64,
}

/// Writes the heading of an object.
pub fn heading(object: &ObjectDescription, serial: u32) -> Result<Heading, IngestError> {
    let meta = FileMeta {
        media_storage_sop_class_uid: object.sop_class_uid.as_str().into(),
        media_storage_sop_instance_uid: object.sop_instance_uid.as_str().into(),
        transfer_syntax_uid: object.transfer_syntax.uid.into(),
        implementation_class_uid: identity::implementation_class_uid(serial),
        implementation_version_name: implementation_version_name(),
        source_ae_title: object.source.as_ref().map_or("", |ae| ae.as_str()).into(),
        private_information_creator_uid: PRIVATE_INFORMATION_CREATOR_UID.into(),
        private_information: vec![0; CERTIFICATE_BYTES],
    };
    let encoded = meta.encode();
    let end = encoded.bytes.len();
    match encoded.private_information_offset {
        Some(offset) if offset + CERTIFICATE_BYTES == end => Ok(Heading {
            certificate_offset: offset as u64,
            bytes: encoded.bytes,
        }),
        _ => Err(io::Error::other("the meta group has no certificate at its end").into()),
    }
}

/// What a file in an object folder turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Empty, or ours with an empty certificate: nobody was ever told that it is kept.
    Uncertified,
    /// Ours, certified; the data set starts at `data_set_offset` and has the certified length.
    Certified {
        /// What it promises.
        certificate: Certificate,
        /// First byte of the data set.
        data_set_offset: u64,
    },
    /// Blank, or with a broken certificate or another length than certified: a torn write that nobody was told of, or decay.
    Damaged,
    /// Not ours.
    Foreign,
}

/// Looks at the heading and the length of a file; the data set is not read.
pub fn inspect(file: &File) -> io::Result<Condition> {
    let length = file.metadata()?.len();
    let mut heading =
        vec![0; usize::try_from(length.min(META_BYTES_MAX as u64)).map_err(io::Error::other)?];
    read_at(file, &mut heading, 0)?;
    if length == 0 {
        return Ok(Condition::Uncertified);
    }
    if heading.iter().all(|byte| *byte == 0) {
        return Ok(Condition::Damaged); // blocks that a power failure left without their contents
    }
    let Some((data_set_offset, value)) = private_information(&heading) else {
        return Ok(Condition::Foreign);
    };
    Ok(match Certificate::decode(value) {
        None if *value == [0; CERTIFICATE_BYTES] => Condition::Uncertified,
        None => Condition::Damaged,
        Some(certificate) if data_set_offset.checked_add(certificate.bytes) != Some(length) => {
            Condition::Damaged
        }
        Some(certificate) => Condition::Certified {
            certificate,
            data_set_offset,
        },
    })
}

/// Offset of the data set and our Private Information, if the heading is one of ours.
fn private_information(heading: &[u8]) -> Option<(u64, &[u8; CERTIFICATE_BYTES])> {
    let field = heading.get(GROUP_LENGTH_OFFSET as usize..GROUP_OFFSET as usize)?;
    let group_bytes = u32::from_le_bytes(field.try_into().ok()?);
    let end = GROUP_OFFSET.checked_add(group_bytes.into())?;
    let meta = heading.get(..usize::try_from(end).ok()?)?;
    let (rest, value) = meta.split_last_chunk::<CERTIFICATE_BYTES>()?;
    let (rest, element) = rest.split_last_chunk::<12>()?;
    let creator = rest.strip_suffix(b"\0").unwrap_or(rest);
    let is_ours = *element == ELEMENT_HEADER
        && rest.get(128..132) == Some(b"DICM")
        && creator.ends_with(PRIVATE_INFORMATION_CREATOR_UID.as_bytes());
    is_ours.then_some((end, value))
}

/// Digest of a file from `offset` to its end.
pub fn digest_from(path: &Path, offset: u64) -> io::Result<Digest> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(*hasher.finalize().as_bytes());
        }
        hasher.update(&buffer[..read]);
    }
}

/// Fills `buffer` from `offset`.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
    }
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < buffer.len() {
            let at = offset + done as u64;
            match std::os::windows::fs::FileExt::seek_read(file, &mut buffer[done..], at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }
}

/// Writes all of `bytes` at `offset`.
pub fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            done += std::os::windows::fs::FileExt::seek_write(file, &bytes[done..], at)?;
        }
        Ok(())
    }
}
