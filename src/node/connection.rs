//! One TCP connection with deadlines: a wait never starts afresh because a byte came.
//!
//! Reading goes through one small buffer, long data goes past it straight to where it is kept. The deadline of a message moves
//! only when [`PROGRESS_BYTES`] arrived since it was set, so a peer that drips bytes is as slow as one that is silent.

use std::io;
use std::time::Duration;

use bytes::BufMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::stream::Stream;

/// Bytes that count as progress within one message timer.
pub const PROGRESS_BYTES: usize = 16 * 1024;
/// First byte of an A-ABORT (PS3.8 §9.3.8).
const ABORT_PDU: u8 = 7;
/// Bytes read ahead.
const BUFFER_BYTES: usize = 64 * 1024;

/// Why a connection gave nothing or took nothing.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The peer closed it.
    #[error("the peer closed the connection")]
    Closed,
    /// The deadline passed.
    #[error("the peer was too slow")]
    TimedOut,
    /// The system reports a failure.
    #[error("the connection failed")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for ConnectionError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Failed(error),
        }
    }
}

/// Until when the next bytes are awaited.
#[derive(Debug, Clone, Copy)]
struct Clock {
    deadline: Instant,
    /// Set while progress moves the deadline.
    window: Option<Duration>,
    progress_bytes: usize,
}

/// A stream with its buffer and its clock.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    clock: Clock,
    send_time: Duration,
    /// A write did not come to its end: what follows would be garbage to the peer.
    cut: bool,
}

impl Connection {
    /// Takes a connected stream; everything is awaited until `deadline` at first.
    pub fn new(stream: impl Into<Stream>, deadline: Instant, send_time: Duration) -> Self {
        let stream = stream.into();
        if let Err(error) = stream.set_nodelay() {
            tracing::debug!(%error, "the connection keeps its delay");
        }
        Self {
            stream,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            clock: Clock {
                deadline,
                window: None,
                progress_bytes: 0,
            },
            send_time,
            cut: false,
        }
    }

    /// From now on bytes are awaited until `deadline`, whatever arrives.
    pub fn await_until(&mut self, deadline: Instant) {
        self.clock = Clock {
            deadline,
            window: None,
            progress_bytes: 0,
        };
    }

    /// From now on progress is expected within every `window`.
    pub fn await_progress(&mut self, window: Duration) {
        self.clock = Clock {
            deadline: Instant::now() + window,
            window: Some(window),
            progress_bytes: 0,
        };
    }

    /// Waits until `wanted` bytes are buffered. Cancel safe.
    async fn fill(&mut self, wanted: usize) -> Result<(), ConnectionError> {
        while self.end - self.start < wanted {
            if self.start == self.end {
                (self.start, self.end) = (0, 0);
            } else if self.start + wanted > self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            }
            let free = &mut self.buffer[self.end..];
            let count = within(self.clock.deadline, self.stream.read(free)).await?;
            self.end += count;
            self.note(count);
        }
        Ok(())
    }

    /// The next `N` bytes. Cancel safe: a cancelled call loses nothing.
    pub async fn read_array<const N: usize>(&mut self) -> Result<[u8; N], ConnectionError> {
        self.fill(N).await?;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.buffer[self.start..self.start + N]);
        self.start += N;
        Ok(bytes)
    }

    /// Appends exactly `count` bytes to `out`.
    pub async fn read_into(
        &mut self,
        out: &mut Vec<u8>,
        count: usize,
    ) -> Result<(), ConnectionError> {
        out.reserve(count);
        let mut left = count;
        while left > 0 {
            if self.start == self.end && left >= BUFFER_BYTES {
                let mut limited = (&mut *out).limit(left);
                let read = self.stream.read_buf(&mut limited);
                let count = within(self.clock.deadline, read).await?;
                self.note(count);
                left -= count;
                continue;
            }
            self.fill(1).await?;
            let take = left.min(self.end - self.start);
            out.extend_from_slice(&self.buffer[self.start..self.start + take]);
            self.start += take;
            left -= take;
        }
        Ok(())
    }

    /// Reads `count` bytes and forgets them.
    pub async fn skip(&mut self, count: usize) -> Result<(), ConnectionError> {
        let mut left = count;
        while left > 0 {
            self.fill(1).await?;
            let take = left.min(self.end - self.start);
            self.start += take;
            left -= take;
        }
        Ok(())
    }

    /// Writes all of `bytes`, within the time for a send.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), ConnectionError> {
        let deadline = Instant::now() + self.send_time;
        self.cut = true;
        let written = async {
            self.stream.write_all(bytes).await?;
            // Encrypted bytes may wait inside the stream.
            self.stream.flush().await
        };
        match timeout_at(deadline, written).await {
            Ok(Ok(())) => {
                self.cut = false;
                Ok(())
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(ConnectionError::TimedOut),
        }
    }

    /// Whether the peer has closed or aborted already, as far as can be seen without waiting.
    pub async fn is_closed(&mut self) -> bool {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            let read = self.stream.read(&mut self.buffer[..]);
            match tokio::time::timeout(Duration::ZERO, read).await {
                Err(_) => return false,
                Ok(Ok(0) | Err(_)) => return true,
                Ok(Ok(count)) => self.end = count,
            }
        }
        self.buffer[self.start] == ABORT_PDU
    }

    /// Whether a PDU can still be written whole.
    pub fn is_writable(&self) -> bool {
        !self.cut
    }

    /// Ends our side and reads away what the peer still sends, until it closes or `deadline`: closing with unread bytes
    /// would reset the connection and could take our last PDU away from the peer.
    pub async fn close(mut self, deadline: Instant) {
        self.await_until(deadline);
        if self.stream.shutdown().await.is_err() {
            return;
        }
        loop {
            (self.start, self.end) = (0, 0);
            if self.fill(1).await.is_err() {
                return;
            }
        }
    }

    fn note(&mut self, count: usize) {
        if let Some(window) = self.clock.window {
            self.clock.progress_bytes += count;
            if self.clock.progress_bytes >= PROGRESS_BYTES {
                self.await_progress(window);
            }
        }
    }
}

async fn within(
    deadline: Instant,
    read: impl Future<Output = io::Result<usize>>,
) -> Result<usize, ConnectionError> {
    match timeout_at(deadline, read).await {
        Ok(Ok(0)) => Err(ConnectionError::Closed),
        Ok(Ok(count)) => Ok(count),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ConnectionError::TimedOut),
    }
}
