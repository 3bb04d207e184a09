//! The files that a DICOMDIR lists (PS3.3 F.3.2.2, PS3.10 §8).

use std::fs;
use std::path::{Path, PathBuf};

use crate::dicom::{DataSet, DicomFile, ScanOptions, tags};

/// Whether a file has the name that a File-set's directory must have (PS3.10 §8.6).
pub(super) fn is_named_so(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.eq_ignore_ascii_case("DICOMDIR"))
}

/// The files its records name, as paths, or in words why one is not there.
pub(super) fn referenced_files(path: &Path) -> Result<Vec<Result<PathBuf, String>>, String> {
    let file = DicomFile::open(path, &ScanOptions::INDEX).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let records = file.data_set.items(tags::DIRECTORY_RECORD_SEQUENCE);
    Ok(records
        .iter()
        .filter_map(|record| referenced_file(record, folder))
        .collect())
}

fn referenced_file(record: &DataSet, folder: &Path) -> Option<Result<PathBuf, String>> {
    let parts = record.texts(tags::REFERENCED_FILE_ID);
    if parts.iter().all(String::is_empty) {
        return None; // a patient, study or series
    }
    let mut path = folder.to_owned();
    for part in &parts {
        // A component is a name, never a way out of the folder (PS3.10 §8.2).
        let plain =
            !part.is_empty() && part != "." && part != ".." && !part.contains(['/', '\\', '\0']);
        match plain.then(|| find_name(&path, part)).flatten() {
            Some(found) => path = found,
            None => {
                let name: String = parts.join("/").chars().take(200).collect();
                return Some(Err(format!("lists a file that is not there: {name:?}")));
            }
        }
    }
    Some(Ok(path))
}

/// The entry of this name; media copied by other systems may have changed its case.
fn find_name(folder: &Path, name: &str) -> Option<PathBuf> {
    let exact = folder.join(name);
    if exact.exists() {
        return Some(exact);
    }
    fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().eq_ignore_ascii_case(name))
        .map(|entry| entry.path())
}
