//! Programs at work during a test: ours as `serve`, and those of others; all end with the test.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub use super::running::{Running, dgscope};

/// Full paths: a Python environment may shadow these names.
const DCMTK: &str = "/usr/bin";

/// A tool of DCMTK; `None`, said aloud, when it is absent, and a failure when CI demands it.
pub fn dcmtk(name: &str) -> Option<Command> {
    let path = Path::new(DCMTK).join(name);
    if path.exists() {
        let mut command = Command::new(path);
        command.env("TCP_NODELAY", "1").stdin(Stdio::null());
        return Some(command);
    }
    said_absent(name);
    None
}

/// Says aloud that a test is skipped for want of a tool, and fails when CI demands it.
pub fn said_absent(tool: &str) {
    assert!(
        std::env::var_os("DGSCOPE_REQUIRE_SHARED").is_none(),
        "required tool is absent: {tool}"
    );
    eprintln!("SKIPPED: {tool} is absent");
}

/// An address of loopback that is free now, for programs that cannot choose one themselves.
pub fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("its address")
}

/// The reference files beside the project, as `tests/integration/shared.rs` finds them.
pub fn real_files() -> Option<PathBuf> {
    let root = std::env::var_os("DGSCOPE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = root.join("data/real");
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("DGSCOPE_REQUIRE_SHARED").is_none(),
        "required reference material is absent: data/real"
    );
    eprintln!("SKIPPED: reference material is absent: data/real");
    None
}

/// Runs our program to its end, which must be good; what it printed as JSON.
pub fn succeed(data_dir: &Path, words: &[&str]) -> Value {
    let output = dgscope(data_dir).arg("--json").args(words).output();
    let output = output.expect("the program ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

impl Running {
    /// Starts a program that is to listen at `address`, and waits until it does.
    pub fn start(mut command: Command, address: SocketAddr) -> Self {
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let running = Self { child, address };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "{command:?} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// DCMTK's storescp that keeps the bytes as they come in `folder`, in every transfer syntax.
    pub fn storescp(command: Command, folder: &Path) -> Self {
        Self::storescp_with(command, folder, &["+xa"])
    }

    /// The same with other options.
    pub fn storescp_with(mut command: Command, folder: &Path, options: &[&str]) -> Self {
        let address = free_address();
        command.arg("+B").args(options).arg("-od").arg(folder);
        command.arg(address.port().to_string());
        Self::start(command, address)
    }

    /// Its port as an argument.
    pub fn port(&self) -> String {
        self.address.port().to_string()
    }
}

/// SOP Instance UID, transfer syntax UID and data set bytes of a Part 10 file with a group length.
pub fn part10(path: &Path) -> Option<(String, String, Vec<u8>)> {
    let bytes = std::fs::read(path).ok()?;
    if bytes.get(128..132)? != b"DICM" {
        return None;
    }
    let length = u32::from_le_bytes(bytes.get(140..144)?.try_into().ok()?) as usize;
    let data_set = bytes.get(144 + length..)?.to_vec();
    let (mut instance, mut syntax) = (String::new(), String::new());
    let mut at = 144;
    while at + 8 <= 144 + length {
        let number = u16::from_le_bytes([bytes[at + 2], bytes[at + 3]]);
        let long = matches!(&bytes[at + 4..at + 6], b"OB" | b"UN");
        let (start, size) = if long {
            let size = u32::from_le_bytes(bytes.get(at + 8..at + 12)?.try_into().ok()?);
            (at + 12, size as usize)
        } else {
            let size = u16::from_le_bytes([bytes[at + 6], bytes[at + 7]]);
            (at + 8, usize::from(size))
        };
        let text = || {
            let value = bytes.get(start..start + size)?;
            Some(
                String::from_utf8_lossy(value)
                    .trim_matches(['\0', ' '])
                    .to_owned(),
            )
        };
        match number {
            0x0003 => instance = text()?,
            0x0010 => syntax = text()?,
            _ => {}
        }
        at = start + size;
    }
    Some((instance, syntax, data_set))
}

/// All Part 10 files below a folder that hold an object, by instance.
pub fn objects_below(folder: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some((instance, syntax, data_set)) = part10(&path)
                && !data_set.is_empty()
            {
                found.insert(instance, (syntax, data_set));
            }
        }
    }
    found
}
