//! The arguments that all subcommands share, and the one place that turns a failure into a line and an exit status.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{
    delete, demo, doctor, dump, echo, export, find, import, list, r#move, open, output, peer,
    pixels, print, printer, render, retrieve, send, serve, settings,
};
use crate::config::{self, ConfigError, LogDestination, LoggingGuard};
use crate::engine::{Failure, FailureKind};

/// A DICOM workstation: receives, keeps byte for byte, shows exactly. Without a command it opens its window.
#[derive(Debug, Parser)]
#[command(name = "dgscope", version)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do; nothing means the window.
    #[command(subcommand)]
    pub command: Option<Subcommands>,
}

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub struct Globals {
    /// Directory of the store [default: DGSCOPE_DATA_DIR, else the platform's data directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print machine output on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// What to log on stderr: error, warn, info, debug, trace, or a filter such as dgscope::node=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log: Option<String>,
}

impl Globals {
    /// The store's directory, resolved.
    pub fn data_directory(&self) -> Result<PathBuf, Failure> {
        config::data_directory(self.data_dir.as_deref())
            .map_err(|error| Failure::new(FailureKind::Environment, error.to_string()))
    }
}

/// The subcommands of `cli.md`.
#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Run the DICOM node without a window
    Serve(serve::ServeArgs),
    /// Take files, folders, ZIP archives and DICOMDIRs into the store
    Import(import::ImportArgs),
    /// List what the store holds
    List(list::ListArgs),
    /// Delete studies, series or instances from the store
    Delete(delete::DeleteArgs),
    /// Copy objects out of the store
    Export(export::ExportArgs),
    /// Print the data set of a file
    Dump(dump::DumpArgs),
    /// Write the decoded stored values of a file
    Pixels(pixels::PixelsArgs),
    /// Render a frame of a file into a PNG
    Render(render::RenderArgs),
    /// Verify the connection to a peer (C-ECHO)
    Echo(echo::EchoArgs),
    /// Ask a peer what it has (C-FIND)
    Find(find::FindArgs),
    /// Have a peer send objects to any AE title (C-MOVE)
    Move(r#move::MoveArgs),
    /// Fetch objects from a peer into the store (C-MOVE to ourselves, or C-GET)
    Retrieve(retrieve::RetrieveArgs),
    /// Send objects to a peer (C-STORE)
    Send(send::SendArgs),
    /// Print films on a DICOM printer
    Print(print::PrintArgs),
    /// The virtual DICOM printer
    Printer(printer::PrinterArgs),
    /// The peers and the access list
    Peer(peer::PeerArgs),
    /// List, show or change settings of the store
    Settings(settings::SettingsArgs),
    /// Check the store, repair it, or print the conformance tables
    Doctor(doctor::DoctorArgs),
    /// Put the demonstration studies into the store and open the window on them
    Demo(demo::DemoArgs),
    /// Open the window on a study
    Open(open::OpenArgs),
}

/// Parses the arguments and runs what they say.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        Err(failure) => {
            output::say(&failure.message);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let globals = &cli.globals;
    let _logging = start_logging(cli)?;
    match &cli.command {
        None => open::window(globals, open::Target::Studies),
        Some(Subcommands::Serve(args)) => serve::run(args, globals),
        Some(Subcommands::Import(args)) => import::run(args, globals),
        Some(Subcommands::List(args)) => list::run(args, globals),
        Some(Subcommands::Delete(args)) => delete::run(args, globals),
        Some(Subcommands::Export(args)) => export::run(args, globals),
        Some(Subcommands::Dump(args)) => dump::run(args, globals),
        Some(Subcommands::Pixels(args)) => pixels::run(args, globals),
        Some(Subcommands::Render(args)) => render::run(args, globals),
        Some(Subcommands::Echo(args)) => echo::run(args, globals),
        Some(Subcommands::Find(args)) => find::run(args, globals),
        Some(Subcommands::Move(args)) => r#move::run(args, globals),
        Some(Subcommands::Retrieve(args)) => retrieve::run(args, globals),
        Some(Subcommands::Send(args)) => send::run(args, globals),
        Some(Subcommands::Print(args)) => print::run(args, globals),
        Some(Subcommands::Printer(args)) => printer::run(args, globals),
        Some(Subcommands::Peer(args)) => peer::run(args, globals),
        Some(Subcommands::Settings(args)) => settings::run(args, globals),
        Some(Subcommands::Doctor(args)) => doctor::run(args, globals),
        Some(Subcommands::Demo(args)) => demo::run(args, globals),
        Some(Subcommands::Open(args)) => open::run(args, globals),
    }
}

/// The long-running programs keep a log file; a command logs only when asked to.
fn start_logging(cli: &Cli) -> Result<LoggingGuard, Failure> {
    let long_running = matches!(
        cli.command,
        None | Some(Subcommands::Serve(_) | Subcommands::Demo(_) | Subcommands::Open(_))
    );
    let destination = if long_running {
        LogDestination::DailyFile(cli.globals.data_directory()?)
    } else {
        LogDestination::Stderr
    };
    config::start_logging(cli.globals.log.as_deref(), &destination).map_err(|error| {
        let kind = match error {
            ConfigError::LogFilter(_) => FailureKind::Input,
            _ => FailureKind::Environment,
        };
        Failure::new(kind, error.to_string())
    })
}
