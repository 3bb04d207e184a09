//! `dgscope dump`: the data set of a file as text or JSON.

use std::path::Path;
use std::process::ExitCode;

use super::{Globals, output};
use crate::dicom::document::{self, AttributeLine, Limits};
use crate::dicom::query::KeyPath;
use crate::dicom::{DataSet, DicomFile, Element, ScanError, ScanOptions, Value, json};
use crate::engine::{Failure, FailureKind};

/// Arguments of `dump`.
#[derive(Debug, clap::Args)]
pub struct DumpArgs {
    /// The DICOM file
    pub file: std::path::PathBuf,
    /// Only these attributes, by DICOM keyword
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
}

/// Runs the command.
pub fn run(args: &DumpArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let keys = args
        .keys
        .iter()
        .map(|key| key.parse())
        .collect::<Result<Vec<KeyPath>, _>>();
    let keys = keys.map_err(|error| Failure::new(FailureKind::Input, error.to_string()))?;
    let file = DicomFile::open(&args.file, &ScanOptions::DISPLAY)
        .map_err(|error| failure(&error, &args.file))?;
    for note in &file.notes {
        output::say(&format!("note: {note}"));
    }
    if let Some(truncated) = file.truncated {
        output::say(&format!(
            "note: the file breaks off at byte {}",
            truncated.offset
        ));
    }
    let set = if keys.is_empty() {
        file.data_set.clone()
    } else {
        selected(&file.data_set, &keys)
    };
    if globals.json {
        let path = std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone());
        output::json(&json::data_set(&set, &|element| {
            bulk_data_uri(&path, element)
        }));
    } else {
        for line in document::attributes(&set, Limits::TERMINAL) {
            output::line(&text(&line));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn failure(error: &ScanError, path: &Path) -> Failure {
    let kind = match error {
        ScanError::Io(source) if source.kind() == std::io::ErrorKind::NotFound => {
            FailureKind::Input
        }
        ScanError::Io(_) => FailureKind::Environment,
        _ => FailureKind::Peer,
    };
    let reason = match error {
        ScanError::Io(source) => format!("cannot read: {source}"),
        other => other.to_string(),
    };
    Failure::new(kind, format!("dump: {reason}: {}", path.display()))
}

/// The part of a data set that the keys name; a key inside a sequence keeps its items.
fn selected(set: &DataSet, keys: &[KeyPath]) -> DataSet {
    fn pick(set: &DataSet, paths: &[Vec<crate::dicom::Tag>]) -> DataSet {
        let mut elements = Vec::new();
        for element in &set.elements {
            let below: Vec<Vec<_>> = paths
                .iter()
                .filter(|path| path.first() == Some(&element.tag))
                .map(|path| path[1..].to_vec())
                .collect();
            match &element.value {
                _ if below.is_empty() => {}
                Value::Sequence(items) if !below.iter().any(Vec::is_empty) => {
                    let items = items.iter().map(|item| pick(item, &below)).collect();
                    elements.push(Element {
                        value: Value::Sequence(items),
                        ..element.clone()
                    });
                }
                _ => elements.push(element.clone()),
            }
        }
        DataSet::new(set.encoding, set.character_set.clone(), elements)
    }
    let paths: Vec<Vec<_>> = keys
        .iter()
        .map(|key| key.parents().iter().copied().chain([key.tag()]).collect())
        .collect();
    pick(set, &paths)
}

/// Where a value lies that is too long for a line: in the file itself.
fn bulk_data_uri(path: &Path, element: &Element) -> Option<String> {
    let Value::Long(length) = element.value else {
        return None;
    };
    Some(format!(
        "file://{}?offset={}&length={length}",
        path.display(),
        element.offset
    ))
}

fn text(line: &AttributeLine) -> String {
    let indent = "  ".repeat(line.depth);
    let (group, element) = (line.tag.group(), line.tag.element());
    if group == 0xFFFE {
        return format!("{indent}{}", line.name);
    }
    let vr = line.vr.to_string();
    format!(
        "{indent}({group:04X},{element:04X}) {vr} {}: {}",
        line.name, line.value
    )
    .trim_end()
    .to_owned()
}
