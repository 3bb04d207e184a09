//! `dgscope pixels`: the decoded stored values of a file, little endian, colour by pixel, before any lookup table.
//!
//! The output appears whole or not at all: it is written beside its place and renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Globals;
use crate::dicom::{DicomFile, ScanError, ScanOptions};
use crate::engine::{Failure, FailureKind};
use crate::imaging::{DecodeError, FrameIndex, Image};

/// Arguments of `pixels`.
#[derive(Debug, clap::Args)]
pub struct PixelsArgs {
    /// The DICOM file
    pub file: PathBuf,
    /// Frame, from 1; all of them without
    #[arg(long, value_name = "N")]
    pub frame: Option<u32>,
    /// Where to write the values
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
}

/// Runs the command.
pub fn run(args: &PixelsArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let image = open(&args.file)?;
    let frames = match args.frame {
        None => 0..image.pixels.frames,
        Some(number) if (1..=image.pixels.frames).contains(&number) => number - 1..number,
        Some(number) => {
            let wanted = u64::from(number);
            let frames = image.pixels.frames;
            return Err(object_failure(
                &args.file,
                &DecodeError::NoSuchFrame { wanted, frames },
            ));
        }
    };
    let beside = beside(&args.output);
    let written = write_frames(&image, frames.clone(), &beside, args);
    match written.and_then(|bytes| {
        fs::rename(&beside, &args.output).map_err(|error| output_failure(args, &error))?;
        Ok(bytes)
    }) {
        Ok(bytes) => {
            if globals.json {
                let summary = serde_json::json!({ "frames": frames.len(), "bytes": bytes });
                super::output::json(&summary);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => {
            // It may never have been made; what counts is that nothing stays.
            let _ = fs::remove_file(&beside);
            Err(failure)
        }
    }
}

fn open(path: &Path) -> Result<Image, Failure> {
    let file = DicomFile::open(path, &ScanOptions::DISPLAY).map_err(|error| {
        let kind = match &error {
            ScanError::Io(_) | ScanError::NotDicom => FailureKind::Input,
            _ => FailureKind::Peer,
        };
        let cause = match &error {
            ScanError::Io(cause) => format!(": {cause}"),
            _ => String::new(),
        };
        Failure::new(kind, format!("open {}: {error}{cause}", path.display()))
    })?;
    Image::from_file(file).map_err(|error| object_failure(path, &error))
}

fn write_frames(
    image: &Image,
    frames: std::ops::Range<u32>,
    beside: &Path,
    args: &PixelsArgs,
) -> Result<u64, Failure> {
    let failed = |error: io::Error| output_failure(args, &error);
    let mut output: Option<BufWriter<File>> = None;
    let mut bytes = Vec::new();
    let mut total = 0;
    for frame in frames {
        let decoded = image
            .decode(FrameIndex(frame))
            .map_err(|error| object_failure(&args.file, &error))?;
        bytes.clear();
        decoded.samples.append_little_endian(&mut bytes);
        total += bytes.len() as u64;
        let writer = match &mut output {
            Some(writer) => writer,
            None => output.insert(BufWriter::new(File::create(beside).map_err(failed)?)),
        };
        writer.write_all(&bytes).map_err(failed)?;
    }
    if let Some(mut writer) = output {
        writer.flush().map_err(failed)?;
    }
    Ok(total)
}

/// A name in the same folder that no other process uses.
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    output.with_file_name(name)
}

fn object_failure(path: &Path, error: &DecodeError) -> Failure {
    let kind = match error {
        DecodeError::NoSuchFrame { .. } => FailureKind::Input,
        _ => FailureKind::Peer,
    };
    Failure::new(kind, format!("decode {}: {error}", path.display()))
}

fn output_failure(args: &PixelsArgs, error: &io::Error) -> Failure {
    Failure::new(
        FailureKind::Environment,
        format!("write {}: {error}", args.output.display()),
    )
}
