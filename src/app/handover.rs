//! One window per store: a second start hands what it was asked to show to the window that is there (cli.md, `open`).
//!
//! The way is a Unix socket in a folder of the data directory that only this user may enter. A request is one line of JSON of
//! bounded length; a caller that dawdles is dropped, and nothing it says is believed before it was parsed.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::dicom::StudyInstanceUid;

/// Longest request in bytes: a UID has 64 characters at most.
const REQUEST_BYTES_MAX: u64 = 512;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(1);
/// Requests that may wait for the window.
const WAITING_MAX: usize = 16;
/// How long a window that was only just started may take until it listens.
const START_UP: Duration = Duration::from_secs(3);
/// What the window answers.
const TAKEN: &[u8] = b"taken\n";

/// What a second start wants of the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The study to show; without one the window only comes to the front.
    open: Option<String>,
}

impl Request {
    /// Asks for a study, or only for the window.
    pub fn new(study: Option<&StudyInstanceUid>) -> Self {
        let open = study.map(ToString::to_string);
        Self { open }
    }

    fn parse(line: &[u8]) -> Option<Self> {
        let request: Self = serde_json::from_slice(line).ok()?;
        let valid = request
            .open
            .as_deref()
            .is_none_or(|uid| StudyInstanceUid::parse(uid).is_ok());
        valid.then_some(request)
    }

    /// The study to show.
    pub fn study(&self) -> Option<StudyInstanceUid> {
        StudyInstanceUid::parse(self.open.as_deref()?).ok()
    }
}

/// Hands a request to the window of this store, if there is one. `served` tells whether somebody holds the store, so that a
/// window which is just starting is waited for.
pub fn hand_over(data_dir: &Path, request: &Request, served: impl Fn() -> bool) -> bool {
    let give_up = std::time::Instant::now() + START_UP;
    loop {
        match socket::call(data_dir, request) {
            Ok(()) => return true,
            Err(error) => tracing::debug!("no window takes over: {error}"),
        }
        if !served() || std::time::Instant::now() >= give_up {
            return false;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

pub use socket::Listener;

#[cfg(unix)]
mod socket {
    use std::fs;
    use std::io::{self, BufRead, BufReader, Read, Write};
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::JoinHandle;

    use crossbeam_channel::{Receiver, Sender};

    use super::{PATIENCE, REQUEST_BYTES_MAX, Request, TAKEN, WAITING_MAX};

    fn folder(data_dir: &Path) -> PathBuf {
        data_dir.join("window")
    }

    fn path(data_dir: &Path) -> PathBuf {
        folder(data_dir).join("socket")
    }

    /// Says it to the window of this store, and waits until it was taken.
    pub(super) fn call(data_dir: &Path, request: &Request) -> io::Result<()> {
        let mut stream = UnixStream::connect(path(data_dir))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = [0; TAKEN.len()];
        stream.read_exact(&mut answer)?;
        if answer == TAKEN {
            Ok(())
        } else {
            Err(io::Error::other("the window did not understand"))
        }
    }

    /// The window's side; dropping it ends the thread and removes the socket.
    #[derive(Debug)]
    pub struct Listener {
        requests: Receiver<Request>,
        path: PathBuf,
        ending: Arc<AtomicBool>,
        thread: Option<JoinHandle<()>>,
    }

    impl Listener {
        /// Listens for the holder of this store's lock; `wake` is called after a request came.
        pub fn start(data_dir: &Path, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
            let folder = folder(data_dir);
            match fs::DirBuilder::new().mode(0o700).create(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other?,
            }
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
            let path = path(data_dir);
            // Ours alone by the lock: what lies here is left from an unclean end.
            match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
            let listener = UnixListener::bind(&path)?;
            let (sender, requests) = crossbeam_channel::bounded(WAITING_MAX);
            let ending = Arc::new(AtomicBool::new(false));
            let is_ending = Arc::clone(&ending);
            let thread = std::thread::Builder::new()
                .name("handover".to_owned())
                .spawn(move || {
                    for stream in listener.incoming() {
                        if is_ending.load(Ordering::Acquire) {
                            return;
                        }
                        match stream.and_then(|stream| answer(stream, &sender)) {
                            Ok(()) => wake(),
                            Err(error) => tracing::warn!("a request to the window: {error}"),
                        }
                    }
                })?;
            Ok(Self {
                requests,
                path,
                ending,
                thread: Some(thread),
            })
        }

        /// Requests so far, without waiting.
        pub fn requests(&self) -> Vec<Request> {
            self.requests.try_iter().collect()
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            self.ending.store(true, Ordering::Release);
            // The call ends the wait for the next one; if it cannot be made, nobody else can call either.
            let woken = UnixStream::connect(&self.path).is_ok();
            if let Err(error) = fs::remove_file(&self.path) {
                tracing::warn!("the window's socket stays: {error}");
            }
            if let Some(thread) = self.thread.take()
                && woken
                && thread.join().is_err()
            {
                tracing::error!("the thread that takes requests panicked");
            }
        }
    }

    fn answer(stream: UnixStream, requests: &Sender<Request>) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut line = Vec::new();
        BufReader::new(&stream)
            .take(REQUEST_BYTES_MAX)
            .read_until(b'\n', &mut line)?;
        let request =
            Request::parse(&line).ok_or_else(|| io::Error::other("it is not understood"))?;
        requests
            .try_send(request)
            .map_err(|_| io::Error::other("too many wait"))?;
        (&stream).write_all(TAKEN)
    }
}

#[cfg(not(unix))]
mod socket {
    use std::io;
    use std::path::Path;

    use super::Request;

    /// Without Unix sockets a second window is refused by the store's lock, as `serve` is.
    pub(super) fn call(_data_dir: &Path, _request: &Request) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Never there.
    #[derive(Debug)]
    pub enum Listener {}

    impl Listener {
        /// Fails.
        pub fn start(_data_dir: &Path, _wake: impl Fn() + Send + 'static) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// Nothing.
        pub fn requests(&self) -> Vec<Request> {
            match *self {}
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn study() -> StudyInstanceUid {
        StudyInstanceUid::parse("1.2.3.4").expect("a UID")
    }

    #[test]
    fn a_second_start_hands_over_and_an_old_socket_is_replaced() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path();
        let nobody = || false;
        let request = Request::new(Some(&study()));
        assert!(!hand_over(path, &request, nobody));
        let (woken, wakes) = crossbeam_channel::unbounded();
        let wake = move || woken.send(()).expect("the test listens");
        let first = Listener::start(path, wake.clone()).expect("a socket");
        assert!(hand_over(path, &request, nobody));
        wakes.recv_timeout(Duration::from_secs(20)).expect("woken");
        assert_eq!(first.requests(), [request.clone()]);
        assert_eq!(request.study(), Some(study()));
        let mode = std::fs::metadata(path.join("window"))
            .expect("the folder")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(first);
        assert!(!hand_over(path, &request, nobody));
        std::os::unix::net::UnixListener::bind(path.join("window/socket")).expect("left behind");
        let second = Listener::start(path, wake).expect("a socket");
        assert!(hand_over(path, &Request::new(None), nobody));
        assert_eq!(second.requests(), [Request::new(None)]);
    }

    #[test]
    fn nonsense_is_neither_taken_nor_answered() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let listener = Listener::start(directory.path(), || ()).expect("a socket");
        for nonsense in [
            b"\n".to_vec(),
            b"{\"open\":\"1.2/../3\"}\n".to_vec(),
            b"{\"open\":7}\n".to_vec(),
            vec![b'{'; 4096],
        ] {
            let mut stream =
                UnixStream::connect(directory.path().join("window/socket")).expect("it listens");
            // The listener may hang up before everything was written.
            let _ = stream.write_all(&nonsense);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert_eq!(answer, b"");
        }
        assert_eq!(listener.requests(), []);
        assert!(hand_over(directory.path(), &Request::new(None), || false));
    }
}
