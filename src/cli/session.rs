//! An engine for the time of one command: a question and its answer, or a job and its outcome.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::{Globals, output};
use crate::engine::{
    Command, Engine, EngineOptions, Event, Failure, FailureKind, Job, JobId, NodeState, Outcome,
    Progress,
};

/// Least time between two progress lines on something that is no terminal.
const PROGRESS_LINES_INTERVAL: Duration = Duration::from_secs(2);
/// The one job of a command.
const JOB: JobId = JobId(1);

/// A running engine beside whoever else works on the store.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
}

impl Session {
    /// Opens the store.
    pub fn start(globals: &Globals) -> Result<Self, Failure> {
        Self::start_with(globals, false)
    }

    /// Opens the store; answers may come back to its node, which runs already or is started for as long as this takes.
    pub fn start_listening(globals: &Globals) -> Result<Self, Failure> {
        Self::start_with(globals, true)
    }

    fn start_with(globals: &Globals, listen_if_alone: bool) -> Result<Self, Failure> {
        let options = EngineOptions {
            data_dir: globals.data_directory()?,
            listen_if_alone,
            ..EngineOptions::default()
        };
        let engine = Engine::start(options, Box::new(|| ()))?;
        Ok(Self { engine })
    }

    /// Sends a command and waits for the event that `answer` picks; a refusal is its failure.
    pub fn ask<T>(
        &self,
        command: Command,
        mut answer: impl FnMut(Event) -> Option<T>,
    ) -> Result<T, Failure> {
        self.engine.send(command);
        while let Some(event) = self.engine.next() {
            match event {
                Event::Refused(failure) => return Err(failure),
                event => {
                    if let Some(answer) = answer(event) {
                        return Ok(answer);
                    }
                }
            }
        }
        Err(ended())
    }

    /// Opens the store with a node that receives: the one that runs on it already, or one for as long as the session lasts.
    pub fn start_receiving(globals: &Globals) -> Result<Self, Failure> {
        let options = EngineOptions {
            data_dir: globals.data_directory()?,
            server: true,
            run_node: true,
            ..EngineOptions::default()
        };
        let engine = match Engine::start(options, Box::new(|| ())) {
            Ok(engine) => engine,
            // Somebody else serves this store: if it listens, what we ask for arrives there.
            Err(_) => return Self::start(globals),
        };
        let session = Self { engine };
        session.wait_for_node()?;
        Ok(session)
    }

    fn wait_for_node(&self) -> Result<(), Failure> {
        while let Some(event) = self.engine.next() {
            match event {
                Event::NodeState(NodeState::Listening { .. }) => return Ok(()),
                Event::NodeState(NodeState::Failed(reason)) => {
                    let message = format!("retrieve: listen: {reason}");
                    return Err(Failure::new(FailureKind::Environment, message));
                }
                _ => {}
            }
        }
        Err(ended())
    }

    /// Runs a job to its end; progress goes to stderr.
    pub fn run(&self, job: Job) -> Result<Outcome, Failure> {
        let mut meter = Meter::new();
        self.run_watched(job, |event| {
            if let Event::JobProgressed(_, progress) = event {
                meter.show(*progress);
            }
        })
    }

    /// Runs a job to its end; everything that it tells on the way is shown to `watch`.
    pub fn run_watched(&self, job: Job, mut watch: impl FnMut(&Event)) -> Result<Outcome, Failure> {
        self.engine.send(Command::Start(JOB, job));
        while let Some(event) = self.engine.next() {
            match event {
                Event::JobFinished(JOB, outcome) => return Ok(outcome),
                Event::NodeState(NodeState::Failed(reason)) => {
                    output::say(&format!("answers to our own port cannot come: {reason}"));
                }
                event => watch(&event),
            }
        }
        Err(ended())
    }
}

fn ended() -> Failure {
    Failure::new(FailureKind::Bug, "engine: ended without an answer")
}

/// Runs a job, prints its outcome and gives its exit status.
pub fn run_job(globals: &Globals, job: Job) -> Result<ExitCode, Failure> {
    let outcome = Session::start(globals)?.run(job)?;
    report(globals, &outcome)
}

/// Prints an outcome: machine output or the line for people on stdout, findings on stderr.
pub fn report(globals: &Globals, outcome: &Outcome) -> Result<ExitCode, Failure> {
    for detail in &outcome.details {
        output::say(detail);
    }
    if globals.json {
        output::json(&outcome.json);
    } else if outcome.result.is_ok() {
        output::line(&outcome.message);
    }
    outcome.result.clone()?;
    let failed = outcome.progress.failed > 0;
    Ok(ExitCode::from(if failed {
        FailureKind::Peer.exit_code()
    } else {
        0
    }))
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.shown {
            output::say_in_place("");
        }
    }
}

/// Progress on stderr: one line that rewrites itself on a terminal, plain lines now and then otherwise.
#[derive(Debug)]
struct Meter {
    terminal: bool,
    shown: bool,
    last_line: Instant,
}

impl Meter {
    fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            shown: false,
            last_line: Instant::now(),
        }
    }

    fn show(&mut self, progress: Progress) {
        let Progress {
            done,
            total,
            failed,
        } = progress;
        let mut text = format!("{done}/{total}");
        if failed > 0 {
            text.push_str(&format!(", {failed} failed"));
        }
        if self.terminal {
            let width = 30;
            let filled = (done * width).checked_div(total).unwrap_or(0).min(width) as usize;
            let bar: String = "#".repeat(filled) + &".".repeat(width as usize - filled);
            output::say_in_place(&format!("[{bar}] {text}"));
            self.shown = true;
        } else if self.last_line.elapsed() >= PROGRESS_LINES_INTERVAL {
            output::say(&text);
            self.last_line = Instant::now();
        }
    }
}
