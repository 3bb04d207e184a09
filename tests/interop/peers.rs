//! Archives of others that run during a test: DCMTK's dcmqrscp, Orthanc with its REST interface, and scripts on pynetdicom.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Running, dcmtk, free_address, said_absent};

/// What an archive knows of another node: its title and where it listens.
pub type Known<'a> = (&'a str, SocketAddr);

/// DCMTK's archive.
pub struct Dcmqrscp {
    pub running: Running,
    _folder: tempfile::TempDir,
}

impl Dcmqrscp {
    /// An empty archive that lets everyone in and moves to those it knows; `None`, said aloud, when it is absent.
    pub fn start(known: &[Known]) -> Option<Self> {
        let mut command = dcmtk("dcmqrscp")?;
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        let hosts: String = (0..)
            .zip(known)
            .map(|(n, (title, at))| format!("h{n} = ({title}, {}, {})\n", at.ip(), at.port()))
            .collect();
        let config = format!(
            "NetworkTCPPort = {}\nMaxPDUSize = 16384\nMaxAssociations = 16\n\
             HostTable BEGIN\n{hosts}HostTable END\nVendorTable BEGIN\nVendorTable END\n\
             AETable BEGIN\nQRSCP {} RW (500, 1024mb) ANY\nAETable END\n",
            address.port(),
            data.display()
        );
        let path = folder.path().join("dcmqrscp.cfg");
        std::fs::write(&path, config).expect("a file");
        command.arg("-c").arg(path);
        Some(Self {
            running: Running::start(command, address),
            _folder: folder,
        })
    }

    pub fn peer(&self) -> String {
        format!("QRSCP@{}", self.running.address)
    }
}

/// Debian puts it outside the search path of users.
const ORTHANC: &str = "/usr/sbin/Orthanc";

/// Orthanc: a DICOM node and its REST interface.
pub struct Orthanc {
    pub running: Running,
    http: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Orthanc {
    /// An empty Orthanc that knows these nodes under the lower-case form of their titles.
    pub fn start(known: &[Known]) -> Option<Self> {
        Self::start_at(free_address(), known)
    }

    /// The same where others know it already.
    pub fn start_at(address: SocketAddr, known: &[Known]) -> Option<Self> {
        if !Path::new(ORTHANC).exists() {
            said_absent("Orthanc");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let http = free_address();
        let modalities: serde_json::Map<String, Value> = known
            .iter()
            .map(|(title, at)| {
                let entry = json!([title, at.ip().to_string(), at.port()]);
                (title.to_lowercase(), entry)
            })
            .collect();
        let config = json!({
            "Name": "interop", "StorageDirectory": folder.path().join("data"), "IndexDirectory": folder.path().join("data"),
            "Plugins": [], "HttpServerEnabled": true, "HttpPort": http.port(), "RemoteAccessAllowed": false,
            "AuthenticationEnabled": false, "DicomPort": address.port(), "DicomAet": "ORTHANC",
            "DicomCheckCalledAet": false, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowMove": true,
            "DicomAlwaysAllowGet": true, "DicomAlwaysAllowStore": true, "UnknownSopClassAccepted": true,
            "DicomModalities": modalities, "StorageCompression": false, "SyncStorageArea": false,
        });
        let path = folder.path().join("orthanc.json");
        std::fs::write(&path, config.to_string()).expect("a file");
        let mut command = Command::new(ORTHANC);
        command
            .env("TCP_NODELAY", "1")
            .arg(path)
            .stdin(Stdio::null());
        Some(Self {
            running: Running::start(command, address),
            http,
            _folder: folder,
        })
    }

    pub fn peer(&self) -> String {
        format!("ORTHANC@{}", self.running.address)
    }

    /// Asks its REST interface; panics on anything but success.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let answer = http(self.http, method, path, &body);
        serde_json::from_slice(&answer).unwrap_or_else(|_| panic!("{method} {path}: {answer:?}"))
    }

    /// Asks until the answer is as wanted.
    pub fn await_answer(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = self.ask("GET", path, &Value::Null);
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path} stays {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// One HTTP exchange; the body of a successful answer.
fn http(address: SocketAddr, method: &str, path: &str, body: &str) -> Vec<u8> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "{address}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .expect("a listening server");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).unwrap_or_default();
    assert_eq!(status, "200", "{method} {path}: {text}");
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("the end of the headers");
    answer[end + 4..].to_vec()
}

/// A script of `tests/peers` on pynetdicom; `None`, said aloud, when that is absent.
pub fn pynetdicom(script: &str) -> Option<Command> {
    let mut probe = Command::new("python3");
    let probe = probe
        .args(["-c", "import pynetdicom"])
        .stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        said_absent("pynetdicom");
        return None;
    }
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers")
        .join(script);
    let mut command = Command::new("python3");
    command.arg(path).stdin(Stdio::null());
    Some(command)
}

/// A script that serves: it says `listening` when it does and writes down what it was asked.
pub struct Script {
    child: Child,
    pub address: SocketAddr,
    output: BufReader<std::process::ChildStdout>,
}

impl Script {
    pub fn start(script: &str, options: &[&str]) -> Option<Self> {
        let mut command = pynetdicom(script)?;
        let address = free_address();
        let mut child = command
            .arg(address.port().to_string())
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let output = child.stdout.take().expect("its output");
        let mut script = Self {
            child,
            address,
            output: BufReader::new(output),
        };
        assert_eq!(script.next_line(), "listening");
        Some(script)
    }

    /// The next thing it says.
    pub fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
