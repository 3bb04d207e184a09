//! Objects out of the store into a folder: byte for byte as stored, or a picture of each frame.
//!
//! Names are made here, never taken from an object: `ST000001/SE000001/IM000001` as a DICOM file set wants them (PS3.10 §8.2),
//! so that nothing an object says becomes a path.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::job::{self, DETAILS_MAX, JobContext};
use super::super::pictures::{self, PictureFormat};
use super::super::{ExportFormat, Failure, FailureKind, Outcome, Progress};
use super::level_of;
use crate::dicom::directory::Directory;
use crate::dicom::query::Level;
use crate::dicom::{DicomFile, ScanOptions, tags};
use crate::store::QueryRow;

/// Studies that one folder can hold.
const STUDIES_MAX: u32 = 999_999;

/// Exports what matches the keys into `directory`.
pub(super) fn run(
    context: &JobContext,
    directory: &Path,
    keys: &[(String, String)],
    format: ExportFormat,
) -> Result<Outcome, Failure> {
    level_of(keys)?;
    let rows = context.store.query(Level::Image, keys, u64::MAX)?;
    if rows.is_empty() {
        return Err(Failure::new(FailureKind::Input, "export: nothing matches"));
    }
    fs::create_dir_all(directory).map_err(|error| environment(directory, &error))?;
    let index = directory.join("DICOMDIR");
    if format == ExportFormat::FileSet && index.exists() {
        let message = format!("export: there is a DICOMDIR already: {}", index.display());
        return Err(Failure::new(FailureKind::Input, message));
    }
    let mut export = Export {
        places: Places::new(directory),
        index: Directory::new(),
        files: 0,
        failures: Vec::new(),
    };
    let mut progress = Progress {
        total: rows.len() as u64,
        ..Progress::default()
    };
    for row in &rows {
        if context.is_cancelled() {
            return Err(job::cancelled());
        }
        if let Err(reason) = export.object(row, format)? {
            let uid = row.text(tags::SOP_INSTANCE_UID).to_owned();
            export.failures.push((uid, reason));
            progress.failed += 1;
        }
        progress.done += 1;
        context.report(progress);
    }
    if format == ExportFormat::FileSet {
        let serial = context.store.settings()?.station_serial;
        let bytes = export
            .index
            .write(serial)
            .map_err(|error| Failure::new(FailureKind::Input, format!("export: {error}")))?;
        write_new(&index, &bytes).map_err(|error| environment(&index, &error))?;
    }
    Ok(export.outcome(directory, progress))
}

struct Export {
    places: Places,
    index: Directory,
    files: u64,
    failures: Vec<(String, String)>,
}

impl Export {
    /// Exports one object. The outer failure is the target's (disk full) and ends the job, the inner one the object's.
    fn object(
        &mut self,
        row: &QueryRow,
        format: ExportFormat,
    ) -> Result<Result<(), String>, Failure> {
        let Some(source) = &row.path else {
            return Ok(Err("its file is unknown".to_owned()));
        };
        let place = self
            .places
            .next(row)
            .map_err(|error| environment(&self.places.directory, &error))?;
        match format {
            ExportFormat::Dicom => match copy(source, &place.with_extension("dcm")) {
                Ok(()) => self.files += 1,
                Err(CopyError::Source(error)) => return Ok(Err(error.to_string())),
                Err(CopyError::Target(error)) => return Err(environment(&place, &error)),
            },
            ExportFormat::FileSet => return self.member(source, &place),
            ExportFormat::Png => return Ok(self.pictures(source, &place, PictureFormat::Png)),
            ExportFormat::Jpeg => return Ok(self.pictures(source, &place, PictureFormat::Jpeg)),
        }
        Ok(Ok(()))
    }

    fn pictures(
        &mut self,
        source: &Path,
        place: &Path,
        format: PictureFormat,
    ) -> Result<(), String> {
        self.files += pictures::write(source, place, format)?;
        Ok(())
    }

    /// A file of a file set: its name has no extension (PS3.10 §8.2).
    fn member(&mut self, source: &Path, place: &Path) -> Result<Result<(), String>, Failure> {
        let object = match DicomFile::open(source, &ScanOptions::INDEX) {
            Ok(object) => object,
            Err(error) => return Ok(Err(error.to_string())),
        };
        match copy(source, place) {
            Ok(()) => self.files += 1,
            Err(CopyError::Source(error)) => return Ok(Err(error.to_string())),
            Err(CopyError::Target(error)) => return Err(environment(place, &error)),
        }
        let inside = place.strip_prefix(&self.places.directory).unwrap_or(place);
        let parts = inside.components();
        let file_id: Vec<String> = parts
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        self.index.add(&object, &file_id);
        Ok(Ok(()))
    }

    fn outcome(self, directory: &Path, progress: Progress) -> Outcome {
        let exported = progress.done - progress.failed;
        let failures: Vec<_> = self
            .failures
            .iter()
            .map(|(uid, reason)| json!({ "sop_instance_uid": uid, "reason": reason }))
            .collect();
        let json = json!({
            "exported": exported,
            "files": self.files,
            "failed": progress.failed,
            "failures": failures,
        });
        let message = format!(
            "exported {exported} objects into {} files, {} failed: {}",
            self.files,
            progress.failed,
            directory.display()
        );
        Outcome {
            details: self
                .failures
                .iter()
                .take(DETAILS_MAX)
                .map(|(uid, reason)| format!("{uid}: {reason}"))
                .collect(),
            ..job::outcome(Ok(()), progress, message, json)
        }
    }
}

/// Hands out file names: a folder per study and series, numbers that were not taken before.
struct Places {
    directory: PathBuf,
    studies: HashMap<String, PathBuf>,
    series: HashMap<String, (PathBuf, u32)>,
    series_counts: HashMap<PathBuf, u32>,
    next_study: u32,
}

impl Places {
    fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            studies: HashMap::new(),
            series: HashMap::new(),
            series_counts: HashMap::new(),
            next_study: 1,
        }
    }

    /// The next name in the series of this object, without extension.
    fn next(&mut self, row: &QueryRow) -> io::Result<PathBuf> {
        let series = row.text(tags::SERIES_INSTANCE_UID);
        if !self.series.contains_key(series) {
            let study = self.study_folder(row.text(tags::STUDY_INSTANCE_UID))?;
            let count = self.series_counts.entry(study.clone()).or_default();
            *count += 1;
            let folder = study.join(format!("SE{count:06}"));
            fs::create_dir(&folder)?;
            self.series.insert(series.to_owned(), (folder, 0));
        }
        let (folder, count) = self
            .series
            .get_mut(series)
            .ok_or_else(|| io::Error::other("no folder"))?;
        *count += 1;
        Ok(folder.join(format!("IM{count:06}")))
    }

    fn study_folder(&mut self, study: &str) -> io::Result<PathBuf> {
        if let Some(folder) = self.studies.get(study) {
            return Ok(folder.clone());
        }
        while self.next_study <= STUDIES_MAX {
            let folder = self.directory.join(format!("ST{:06}", self.next_study));
            self.next_study += 1;
            // A folder of an earlier export is left as it is.
            match fs::create_dir(&folder) {
                Ok(()) => {
                    self.studies.insert(study.to_owned(), folder.clone());
                    return Ok(folder);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no free study folder"))
    }
}

enum CopyError {
    Source(io::Error),
    Target(io::Error),
}

fn copy(source: &Path, target: &Path) -> Result<(), CopyError> {
    let mut from = File::open(source).map_err(CopyError::Source)?;
    let mut to = File::create_new(target).map_err(CopyError::Target)?;
    io::copy(&mut from, &mut to)
        .and_then(|_| to.flush())
        .map_err(CopyError::Target)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn environment(path: &Path, error: &io::Error) -> Failure {
    let message = format!("export: {error}: {}", path.display());
    Failure::new(FailureKind::Environment, message)
}
