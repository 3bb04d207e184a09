//! Sources of bytes that can be read anywhere, and a small window on one.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::ScanError;

/// A source of bytes that can be read anywhere.
pub trait ReadAt: Send + Sync + std::fmt::Debug {
    /// How many bytes there are.
    fn size(&self) -> u64;
    /// Fills `buffer` from `offset`; an error of kind `UnexpectedEof` when it would pass the end.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// All bytes, when they are in memory anyway.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let source = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(buffer.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(source);
        Ok(())
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

macro_rules! read_at_as_slice {
    ($($owner:ty),*) => {$(
        impl ReadAt for $owner {
            fn size(&self) -> u64 {
                self.len() as u64
            }

            fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
                self[..].read_exact_at(buffer, offset)
            }

            fn in_memory(&self) -> Option<&[u8]> {
                Some(self)
            }
        }
    )*};
}

read_at_as_slice!(Vec<u8>, Arc<[u8]>, &[u8]);

impl ReadAt for File {
    fn size(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    #[cfg(unix)]
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let count = std::os::windows::fs::FileExt::seek_read(self, buffer, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer = &mut buffer[count..];
            offset += count as u64;
        }
        Ok(())
    }
}

/// Bytes read ahead at first, in bytes: most headers fit.
const FIRST_BYTES: usize = 8 * 1024;
/// Bytes read ahead after a jump over a long value, in bytes.
const JUMP_BYTES: usize = 512;
/// Bytes read ahead at most, in bytes.
const WINDOW_BYTES_MAX: usize = 64 * 1024;

/// A buffered view of `..end` of a source: grows while reading on, stays small after jumps.
pub(super) struct Window<'a> {
    source: &'a dyn ReadAt,
    memory: Option<&'a [u8]>,
    end: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a dyn ReadAt, end: u64) -> Self {
        Self {
            source,
            memory: source.in_memory(),
            end: end.min(source.size()),
            buffer: Vec::new(),
            start: 0,
        }
    }

    /// Where the view ends.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// `length` bytes from `offset`; the caller has checked that they lie before the end.
    pub(super) fn bytes(&mut self, offset: u64, length: usize) -> Result<&[u8], ScanError> {
        if let Some(memory) = self.memory {
            return usize::try_from(offset)
                .ok()
                .and_then(|start| memory.get(start..start.checked_add(length)?))
                .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let held = self.start..self.start + self.buffer.len() as u64;
        if offset < held.start || offset + length as u64 > held.end {
            self.refill(offset, length)?;
        }
        // `refill` leaves `start <= offset` and the wanted bytes within the buffer, whose length is a `usize`.
        let start = (offset - self.start) as usize;
        Ok(&self.buffer[start..start + length])
    }

    /// A fixed number of bytes from `offset`.
    pub(super) fn array<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], ScanError> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(offset, N)?);
        Ok(array)
    }

    fn refill(&mut self, offset: u64, length: usize) -> Result<(), ScanError> {
        let held_end = self.start + self.buffer.len() as u64;
        let ahead = if self.buffer.is_empty() {
            FIRST_BYTES
        } else if (self.start..=held_end).contains(&offset) {
            (self.buffer.len() * 4).min(WINDOW_BYTES_MAX)
        } else {
            JUMP_BYTES
        };
        let available = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = ahead.max(length).min(available);
        if count < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        self.buffer.clear();
        self.buffer.resize(count, 0);
        self.start = offset;
        let read = self.source.read_exact_at(&mut self.buffer, offset);
        if read.is_err() {
            self.buffer.clear();
        }
        Ok(read?)
    }
}
