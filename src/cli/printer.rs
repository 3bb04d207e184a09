//! `dgscope printer`: the virtual DICOM printer.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Globals, output};
use crate::engine::{
    Command, Engine, EngineOptions, Event, Failure, FailureKind, Misbehaviour, PrintNews,
    PrinterOptions, VirtualPrinter,
};
use crate::imaging::film::density::DensityRange;

/// Arguments of `printer`.
#[derive(Debug, clap::Args)]
pub struct PrinterArgs {
    /// What to do
    #[command(subcommand)]
    pub action: PrinterAction,
}

/// What `printer` does.
#[derive(Debug, clap::Subcommand)]
pub enum PrinterAction {
    /// Run a virtual DICOM printer on loopback that keeps each film as PNG and PDF with its attributes as JSON
    Serve(ServeArgs),
}

/// Arguments of `printer serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Port to listen on, 0 for a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Where films are kept [default: films in the store's directory]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Its AE title
    #[arg(long, value_name = "AET", default_value = "DGSPRINT", value_parser = super::keys::ae_title)]
    pub ae_title: crate::dicom::AeTitle,
    /// Dots per inch
    #[arg(long, value_name = "DPI", default_value_t = 300.0)]
    pub resolution: f64,
    /// Least and greatest optical density of its film, in hundredths
    #[arg(long, value_name = "MIN,MAX", default_value = "20,300", value_parser = density)]
    pub density: DensityRange,
    /// With single classes its image boxes are colour ones
    #[arg(long)]
    pub color: bool,
    /// What it does wrong, for training and tests: no-paper, slow=5, abort@print, refuse@film-box=0106, ...
    #[arg(long, value_name = "WHAT", value_parser = misbehaviour)]
    pub misbehave: Vec<Misbehaviour>,
}

fn misbehaviour(text: &str) -> Result<Misbehaviour, String> {
    text.parse()
        .map_err(|error: crate::engine::InvalidMisbehaviour| error.to_string())
}

fn density(text: &str) -> Result<DensityRange, String> {
    let parts = text.split_once(',');
    let numbers = parts.and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?)));
    numbers
        .and_then(|(min, max)| DensityRange::of_hundredths(min, max))
        .ok_or_else(|| format!("{text}: MIN,MAX in hundredths is wanted, 20,300 for example"))
}

/// Runs the command: until SIGINT or SIGTERM.
pub fn run(args: &PrinterArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let PrinterAction::Serve(args) = &args.action;
    if !(20.0..=1200.0).contains(&args.resolution) {
        let message = "printer: --resolution is 20 to 1200 dots per inch";
        return Err(Failure::new(FailureKind::Input, message));
    }
    let data_dir = globals.data_directory()?;
    let folder = args.dir.clone().unwrap_or_else(|| data_dir.join("films"));
    let engine = Engine::start(
        EngineOptions {
            data_dir,
            catch_signals: true,
            ..EngineOptions::default()
        },
        Box::new(|| ()),
    )?;
    engine.send(Command::ServePrinter(Some(Box::new(PrinterOptions {
        ae_title: args.ae_title.clone(),
        port: args.port,
        resolution_dpi: args.resolution,
        density: args.density,
        color_boxes: args.color,
        misbehaviours: args.misbehave.clone(),
        ..PrinterOptions::new(folder)
    }))));
    while let Some(event) = engine.next() {
        match event {
            Event::Print(PrintNews::Virtual(VirtualPrinter::Listening { address, ae_title })) => {
                tell_ready(globals, address, &ae_title);
            }
            Event::Print(PrintNews::Virtual(VirtualPrinter::Failed(reason))) => {
                let message = format!("printer serve: listen: {reason}");
                return Err(Failure::new(FailureKind::Environment, message));
            }
            Event::Print(PrintNews::FilmKept(film)) => {
                let (number, images, calling) = (film.number, film.images, film.calling);
                let path = film.png.display();
                output::say(&format!(
                    "film {number} of {calling}: {images} images: {path}"
                ));
            }
            Event::EndRequested => break,
            _ => {}
        }
    }
    engine.shutdown();
    Ok(ExitCode::SUCCESS)
}

fn tell_ready(globals: &Globals, address: std::net::SocketAddr, ae_title: &str) {
    if globals.json {
        output::json(&serde_json::json!({
            "address": address.ip().to_string(),
            "port": address.port(),
            "ae_title": ae_title,
        }));
    } else {
        output::line(&format!("listening on {address} as {ae_title}"));
    }
}
