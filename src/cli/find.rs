//! `dgscope find`: C-FIND on a peer, one row a match.

use std::process::ExitCode;

use super::session::Session;
use super::{Globals, keys, output};
use crate::dicom::{DataSet, Tag, json, tags};
use crate::engine::{Event, Failure, FailureKind, Job, Level, PeerAddress};

/// Arguments of `find`.
#[derive(Debug, clap::Args)]
pub struct FindArgs {
    /// Name of a configured peer, or AET@HOST:PORT
    #[arg(value_parser = super::keys::peer_address)]
    pub peer: PeerAddress,
    /// study, series or image
    #[arg(long, default_value = "study", value_parser = super::keys::level)]
    pub level: Level,
    /// What must match (KEY=VALUE), and what else to ask for (KEY)
    #[arg(value_name = "KEY[=VALUE]")]
    pub keys: Vec<String>,
    /// How many matches at most; then the query is cancelled
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Calling AE title for this call
    #[arg(long, value_name = "AET", value_parser = super::keys::ae_title)]
    pub calling: Option<crate::dicom::AeTitle>,
}

/// Runs the command.
pub fn run(args: &FindArgs, globals: &Globals) -> Result<ExitCode, Failure> {
    let keys = args
        .keys
        .iter()
        .map(|word| keys::query_key(word))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| Failure::new(FailureKind::Input, format!("find: {reason}")))?;
    let session = Session::start(globals)?;
    let job = Job::Find {
        peer: args.peer.clone(),
        calling: args.calling.clone(),
        level: args.level,
        keys,
        limit: args.limit,
    };
    let mut rows = Rows::new(globals.json, args.level);
    let outcome = session.run_watched(job, |event| {
        if let Event::Matches(_, matches) = event {
            rows.add(matches);
        }
    })?;
    // A question that was wrong has no answer, not an empty one.
    let asked = !matches!(&outcome.result, Err(failure) if failure.kind == FailureKind::Input);
    if asked {
        rows.end();
    }
    outcome.result?;
    output::say(&outcome.message);
    let failed = outcome.progress.failed > 0;
    Ok(ExitCode::from(if failed {
        FailureKind::Peer.exit_code()
    } else {
        0
    }))
}

/// Prints matches: JSON as they come, a table when its widths are known.
struct Rows {
    json: bool,
    level: Level,
    printed: u64,
    cells: Vec<Vec<String>>,
}

impl Rows {
    fn new(json: bool, level: Level) -> Self {
        Self {
            json,
            level,
            printed: 0,
            cells: Vec::new(),
        }
    }

    fn add(&mut self, matches: &[DataSet]) {
        for found in matches {
            if self.json {
                let opening = if self.printed == 0 { "[" } else { "," };
                let object = json::data_set(found, &|_| None);
                output::line(&format!("{opening}{object}"));
            } else {
                let columns = columns(self.level).iter();
                self.cells
                    .push(columns.map(|(_, tag)| cell(found, *tag)).collect());
            }
            self.printed += 1;
        }
    }

    fn end(&self) {
        match (self.json, self.printed) {
            (true, 0) => output::line("[]"),
            (true, _) => output::line("]"),
            (false, _) => {
                let headings: Vec<&str> = columns(self.level).iter().map(|(h, _)| *h).collect();
                output::line(&output::table(&headings, &self.cells));
            }
        }
    }
}

/// Heading and attribute of each column.
fn columns(level: Level) -> &'static [(&'static str, Tag)] {
    match level {
        Level::Study => &[
            ("PATIENT ID", tags::PATIENT_ID),
            ("PATIENT", tags::PATIENT_NAME),
            ("DATE", tags::STUDY_DATE),
            ("TIME", tags::STUDY_TIME),
            ("MODALITIES", tags::MODALITIES_IN_STUDY),
            ("ACCESSION", tags::ACCESSION_NUMBER),
            ("DESCRIPTION", tags::STUDY_DESCRIPTION),
            ("STUDY UID", tags::STUDY_INSTANCE_UID),
        ],
        Level::Series => &[
            ("MODALITY", tags::MODALITY),
            ("NUMBER", tags::SERIES_NUMBER),
            ("DESCRIPTION", tags::SERIES_DESCRIPTION),
            ("SERIES UID", tags::SERIES_INSTANCE_UID),
        ],
        Level::Image => &[
            ("NUMBER", tags::INSTANCE_NUMBER),
            ("LABEL", tags::CONTENT_LABEL),
            ("COMPLETION", tags::COMPLETION_FLAG),
            ("SOP INSTANCE UID", tags::SOP_INSTANCE_UID),
        ],
    }
}

/// The values of an attribute; a terminal gets no control characters from a peer.
fn cell(found: &DataSet, tag: Tag) -> String {
    let values = found.texts(tag).join("\\");
    values.chars().filter(|c| !c.is_control()).collect()
}
