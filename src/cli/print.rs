//! `dgscope print`: films on a DICOM printer, or drawn into files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::TypedValueParser;

use super::session::Session;
use super::{Globals, output};
use crate::engine::{Failure, FailureKind, FilmRequest, Job, Outcome, PeerAddress, PrintSource};
use crate::imaging::film::{FilmDepth, FilmSize, Layout, Orientation};

/// Arguments of `print` (cli.md, Printing).
#[derive(Debug, clap::Args)]
pub struct PrintArgs {
    /// Name of a configured printer, or AET@HOST:PORT
    #[arg(value_parser = super::keys::peer_address)]
    pub printer: PeerAddress,
    /// Images; FILE#N is frame N of a multi-frame image
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// Presentation state to apply to every image
    #[arg(long, value_name = "PS")]
    pub pr: Option<PathBuf>,
    /// Columns and rows of images on a sheet
    #[arg(long, value_name = "CxR", default_value = "1x1", value_parser = layout)]
    pub layout: Layout,
    /// Film Size ID
    #[arg(long, value_name = "SIZE", default_value = FilmSize::COMMON, value_parser = film_size)]
    pub film_size: FilmSize,
    /// Which way the sheet lies
    #[arg(long, value_name = "portrait|landscape", default_value = "portrait", value_parser = orientation)]
    pub orientation: Orientation,
    /// Medium Type, a DICOM term such as BLUE FILM
    #[arg(long, value_name = "MEDIUM")]
    pub medium: Option<String>,
    /// Number of copies
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub copies: u32,
    /// Bits of a gray film
    #[arg(long, default_value = "8", value_parser = clap::builder::PossibleValuesParser::new(["8", "12"]).map(|bits| if bits == "12" { FilmDepth::Twelve } else { FilmDepth::Eight }))]
    pub depth: FilmDepth,
    /// A colour film
    #[arg(long)]
    pub color: bool,
    /// As large on the film as in the patient
    #[arg(long)]
    pub true_size: bool,
    /// Print a page header
    #[arg(long)]
    pub header: bool,
    /// Draw the sheets into PNG files and send nothing
    #[arg(long, value_name = "OUT.png")]
    pub preview: Option<PathBuf>,
    /// Calling AE title for this call
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub calling: Option<crate::dicom::AeTitle>,
}

fn layout(text: &str) -> Result<Layout, String> {
    Layout::parse(text).map_err(|error| error.to_string())
}

fn film_size(text: &str) -> Result<FilmSize, String> {
    FilmSize::parse(text).map_err(|error| error.to_string())
}

fn orientation(text: &str) -> Result<Orientation, String> {
    Orientation::parse(text).map_err(|error| error.to_string())
}

/// Runs the command.
pub fn run(args: &PrintArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let files: Result<Vec<(PathBuf, u32)>, Failure> =
        args.files.iter().map(|word| file_and_frame(word)).collect();
    let request = FilmRequest {
        files: files?,
        state: args.pr.clone(),
        layout: args.layout.clone(),
        size: args.film_size.clone(),
        orientation: args.orientation,
        medium: args.medium.clone(),
        copies: args.copies,
        depth: args.depth,
        color: args.color,
        true_size: args.true_size,
        header: args.header,
        preview: args.preview.clone(),
    };
    let job = Job::Print {
        printer: args.printer.clone(),
        source: PrintSource::Files(request),
        calling: args.calling.clone(),
    };
    let outcome = Session::start(globals)?.run(job)?;
    report(globals, &outcome)
}

/// `FILE`, or `FILE#N` for frame N from 1; a file whose name has such an end counts first.
fn file_and_frame(word: &str) -> Result<(PathBuf, u32), Failure> {
    let whole = PathBuf::from(word);
    if whole.exists() {
        return Ok((whole, 0));
    }
    let frame = word
        .rsplit_once('#')
        .and_then(|(path, frame)| Some((path, frame.parse::<u32>().ok()?)));
    match frame {
        Some((path, frame)) if frame > 0 => Ok((PathBuf::from(path), frame - 1)),
        Some((path, _)) => {
            let message = format!("print: {path}: frames count from 1");
            Err(Failure::new(FailureKind::Input, message))
        }
        None => Ok((Path::new(word).to_owned(), 0)),
    }
}

/// Printer status, pages and status in words on stdout; findings and the failure on stderr.
fn report(globals: &Globals, outcome: &Outcome) -> Result<ExitCode, Failure> {
    for detail in &outcome.details {
        output::say(detail);
    }
    if globals.json {
        output::json(&outcome.json);
    } else {
        for line in lines(&outcome.json) {
            output::line(&line);
        }
        if outcome.result.is_ok() {
            output::line(&outcome.message);
        }
    }
    outcome.result.clone()?;
    Ok(ExitCode::SUCCESS)
}

fn lines(json: &serde_json::Value) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let printer = |when: &str| {
        let state = json.get("printer")?.get(when)?;
        let (status, info) = (text(&state["status"]), text(&state["info"]));
        let info = if info.is_empty() || info.eq_ignore_ascii_case(&status) {
            String::new()
        } else {
            format!(": {info}")
        };
        Some(format!("printer {when}: {status}{info}"))
    };
    let page = |page: &serde_json::Value| {
        let mut line = format!("page {}: {}", page["page"], text(&page["state"]));
        for part in ["step", "words"].map(|key| text(&page[key])) {
            if !part.is_empty() {
                line.push_str(": ");
                line.push_str(&part);
            }
        }
        line
    };
    let pages = json.get("pages").and_then(|pages| pages.as_array());
    let pages = pages.into_iter().flatten().map(page);
    printer("before")
        .into_iter()
        .chain(pages)
        .chain(printer("after"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_named_after_the_file() {
        assert_eq!(
            file_and_frame("/no/such/file#3").expect("a frame"),
            (PathBuf::from("/no/such/file"), 2)
        );
        assert!(file_and_frame("/no/such/file#0").is_err());
        assert_eq!(
            file_and_frame("/no/such/file#x").expect("a file").0,
            PathBuf::from("/no/such/file#x")
        );
    }
}
