//! Whether two objects show the same patient (F2): names by component, without case, trailing `^` and spaces.

use super::fold::fold_name;
use super::header::{self, Patient};
use crate::dicom::DataSet;

/// The comparison of two patients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// Nothing contradicts, and name or ID confirm it, or neither object names anybody.
    Agrees,
    /// Which attributes disagree; no values.
    Disagrees(String),
}

/// Compares the patient of a study with that of a newcomer. An attribute that one of them lacks does not contradict, but then
/// another one has to confirm.
pub fn agreement(known: &Patient, newcomer: &Patient) -> Agreement {
    let names = (name_key(&known.name), name_key(&newcomer.name));
    let ids = (id_key(&known.id), id_key(&newcomer.id));
    let dates = (
        known.birth_date.trim().to_owned(),
        newcomer.birth_date.trim().to_owned(),
    );
    let pairs = [
        ("Patient's Name", &names),
        ("Patient ID", &ids),
        ("Patient's Birth Date", &dates),
    ];
    let contradictions: Vec<&str> = pairs
        .iter()
        .filter(|(_, (a, b))| !a.is_empty() && !b.is_empty() && a != b)
        .map(|(attribute, _)| *attribute)
        .collect();
    if !contradictions.is_empty() {
        return Agreement::Disagrees(format!("{} disagrees", contradictions.join(", ")));
    }
    let identified = [&names, &ids];
    let confirmed = identified.iter().any(|(a, b)| !a.is_empty() && a == b);
    let nameless = identified.iter().all(|(a, b)| a.is_empty() && b.is_empty());
    if confirmed || nameless {
        Agreement::Agrees
    } else {
        Agreement::Disagrees("neither Patient's Name nor Patient ID is in both".into())
    }
}

/// Why two objects cannot be of one patient; no values.
pub fn disagreement(known: &DataSet, newcomer: &DataSet) -> Option<String> {
    match agreement(&header::patient(known), &header::patient(newcomer)) {
        Agreement::Agrees => None,
        Agreement::Disagrees(reason) => Some(reason),
    }
}

/// The alphabetic group only: devices differ in whether they send the other two (PS3.5 §6.2.1).
fn name_key(name: &str) -> String {
    let folded = fold_name(name);
    let groups: Vec<&str> = folded.split('=').collect();
    let first = groups.iter().find(|group| !group.is_empty());
    first.map(|group| (*group).to_owned()).unwrap_or_default()
}

fn id_key(id: &str) -> String {
    id.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(name: &str, id: &str, birth_date: &str) -> Patient {
        Patient {
            name: name.into(),
            id: id.into(),
            birth_date: birth_date.into(),
            sex: String::new(),
        }
    }

    #[test]
    fn the_table_of_f2() {
        let known = patient("DOE^JANE", "A1", "19500102");
        let agrees = [
            patient("DOE^JANE", "A1", "19500102"),
            patient("Doe^Jane^^^ ", "a1 ", "19500102"),
            patient("DOE^JANE=同^名", "A1", "19500102"),
            patient("DOE^JANE", "A1", ""),
            patient("", "A1", "19500102"),
            patient("DOE^JANE", "", "19500102"),
        ];
        for other in agrees {
            assert_eq!(agreement(&known, &other), Agreement::Agrees, "{other:?}");
            assert_eq!(agreement(&other, &known), Agreement::Agrees, "{other:?}");
        }
        let disagrees = [
            patient("DOE^JOHN", "A1", "19500102"),
            patient("DOE^JANE", "A2", "19500102"),
            patient("DOE^JANE", "A1", "19500103"),
            patient("DOE^^JANE", "A1", "19500102"),
            patient("DOE JANE", "A1", "19500102"),
            patient("", "", "19500102"),
            patient("", "", ""),
        ];
        for other in disagrees {
            assert_ne!(agreement(&known, &other), Agreement::Agrees, "{other:?}");
            assert_ne!(agreement(&other, &known), Agreement::Agrees, "{other:?}");
        }
        let nobody = patient("", "", "");
        assert_eq!(agreement(&nobody, &nobody), Agreement::Agrees);
    }
}
