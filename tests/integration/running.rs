//! Our program at work during a test, here and against the programs of others; it ends with the test.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long the program may take until it listens; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Our program on a store; its words are still to come.
pub fn dgscope(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dgscope"));
    command.arg("--data-dir").arg(data_dir).stdin(Stdio::null());
    command
}

/// A program that runs until it is dropped, which kills it at once.
pub struct Running {
    pub child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Running {
    /// `dgscope serve` on a free port, with further arguments.
    pub fn serve(data_dir: &Path, further: &[&str]) -> Self {
        Self::serve_at(data_dir, 0, further)
    }

    /// The same on a port that others know already.
    pub fn serve_at(data_dir: &Path, port: u16, further: &[&str]) -> Self {
        let mut command = dgscope(data_dir);
        command
            .args(["serve", "--bind", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .args(further)
            .stderr(Stdio::null());
        Self::listening(command)
    }

    /// Starts a command of ours, or a tracer of one, and waits for its first line, which says where it listens.
    pub fn listening(mut command: Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn();
        let mut running = Self {
            child: child.expect("the program starts"),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
        };
        let output = running.child.stdout.take().expect("its output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let told = BufReader::new(output).read_line(&mut line);
            sender.send(told.map(|_| line))
        });
        let line = lines.recv_timeout(PATIENCE).expect("a line in time");
        let line = line.expect("a line of text");
        running.address = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.split(' ').next())
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("no ready line: {line:?}"));
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
