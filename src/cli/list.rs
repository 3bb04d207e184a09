//! `dgscope list`: what the store holds.

use std::process::ExitCode;

use super::session::Session;
use super::{Globals, dicom_json, keys, output};
use crate::dicom::query::Level;
use crate::dicom::{Tag, tags};
use crate::engine::{Command, Event, Failure, FailureKind, QueryRow};

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// studies (default), series or instances, then query keys
    #[arg(value_name = "studies|series|instances|KEY=VALUE")]
    pub words: Vec<String>,
    /// How many rows at most
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

/// Runs the command.
pub fn run(args: &ListArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let (level, words) = match args.words.split_first() {
        Some((first, rest)) => match level_named(first) {
            Some(level) => (level, rest),
            None => (Level::Study, args.words.as_slice()),
        },
        None => (Level::Study, args.words.as_slice()),
    };
    let keys = words
        .iter()
        .map(|word| keys::key_value(word))
        .collect::<Result<_, _>>()
        .map_err(|reason| Failure::new(FailureKind::Input, format!("list: {reason}")))?;
    let query = Command::QueryStore {
        level,
        keys,
        limit: args.limit.unwrap_or(u64::MAX),
    };
    let rows = Session::start(globals)?.ask(query, |event| match event {
        Event::StoreMatches(rows) => Some(rows),
        _ => None,
    })?;
    if globals.json {
        output::json(&rows.iter().map(dicom_json::row).collect());
    } else {
        output::line(&as_table(level, &rows));
    }
    Ok(ExitCode::SUCCESS)
}

fn level_named(word: &str) -> Option<Level> {
    match word {
        "studies" => Some(Level::Study),
        "series" => Some(Level::Series),
        "instances" => Some(Level::Image),
        _ => None,
    }
}

/// Heading and attribute of each column.
fn columns(level: Level) -> &'static [(&'static str, Tag)] {
    match level {
        Level::Study => &[
            ("PATIENT ID", tags::PATIENT_ID),
            ("PATIENT", tags::PATIENT_NAME),
            ("DATE", tags::STUDY_DATE),
            ("MODALITIES", tags::MODALITIES_IN_STUDY),
            ("DESCRIPTION", tags::STUDY_DESCRIPTION),
            ("SERIES", tags::NUMBER_OF_STUDY_RELATED_SERIES),
            ("IMAGES", tags::NUMBER_OF_STUDY_RELATED_INSTANCES),
            ("STUDY UID", tags::STUDY_INSTANCE_UID),
        ],
        Level::Series => &[
            ("MODALITY", tags::MODALITY),
            ("NUMBER", tags::SERIES_NUMBER),
            ("DESCRIPTION", tags::SERIES_DESCRIPTION),
            ("IMAGES", tags::NUMBER_OF_SERIES_RELATED_INSTANCES),
            ("SERIES UID", tags::SERIES_INSTANCE_UID),
        ],
        Level::Image => &[
            ("NUMBER", tags::INSTANCE_NUMBER),
            ("SOP INSTANCE UID", tags::SOP_INSTANCE_UID),
        ],
    }
}

fn as_table(level: Level, rows: &[QueryRow]) -> String {
    let columns = columns(level);
    let mut heading: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    if level == Level::Image {
        heading.push("PATH");
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let attributes = columns.iter().map(|(_, tag)| cell(row, *tag));
            let path = row.path.iter().map(|path| path.display().to_string());
            attributes.chain(path).collect()
        })
        .collect();
    output::table(&heading, &cells)
}

/// The values of an attribute; a terminal gets no control characters from an object.
fn cell(row: &QueryRow, tag: Tag) -> String {
    let values = row
        .attributes
        .iter()
        .find(|(found, _)| *found == tag)
        .map(|(_, values)| values.join("\\"))
        .unwrap_or_default();
    values.chars().filter(|c| !c.is_control()).collect()
}
