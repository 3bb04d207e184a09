//! Where two objects differ, attribute by attribute, in words: for people who decide which of them counts.

use std::collections::BTreeMap;

use super::document::{self, Limits};
use super::{DataSet, Element, Tag, Value};

/// Characters of a value that are shown.
const LIMITS: Limits = Limits {
    lines_max: 2_000,
    characters_max: 120,
};
/// Differences told at most.
const DIFFERENCES_MAX: usize = 400;

/// An attribute that two objects do not share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which one.
    pub tag: Tag,
    /// Its name in words.
    pub name: String,
    /// What the first object says; empty when it says nothing.
    pub first: String,
    /// What the other one says.
    pub second: String,
}

/// Top-level attributes that differ and that `counts`, the patient's (group 0010) first, then by tag; a sequence is told by its items.
pub fn differences(
    first: &DataSet,
    second: &DataSet,
    counts: impl Fn(Tag) -> bool,
) -> Vec<Difference> {
    let (ours, theirs) = (readings(first, &counts), readings(second, &counts));
    let mut tags: Vec<Tag> = ours.keys().chain(theirs.keys()).copied().collect();
    tags.sort_by_key(|tag| (tag.group() != 0x0010, *tag));
    tags.dedup();
    let text = |readings: &BTreeMap<Tag, String>, tag: &Tag| -> String {
        readings.get(tag).cloned().unwrap_or_default()
    };
    tags.into_iter()
        .filter(|tag| ours.get(tag) != theirs.get(tag))
        .map(|tag| Difference {
            tag,
            name: document::name(tag),
            first: text(&ours, &tag),
            second: text(&theirs, &tag),
        })
        .take(DIFFERENCES_MAX)
        .collect()
}

fn readings(set: &DataSet, counts: &impl Fn(Tag) -> bool) -> BTreeMap<Tag, String> {
    let elements = set.elements.iter();
    elements
        .filter(|element| counts(element.tag))
        .map(|element| (element.tag, reading(set, element)))
        .collect()
}

fn reading(set: &DataSet, element: &Element) -> String {
    let Value::Sequence(items) = &element.value else {
        return document::value_text(set, element, LIMITS.characters_max);
    };
    let item_text = |item: &DataSet| {
        let lines = document::attributes(item, LIMITS);
        let parts = lines.iter().filter(|line| !line.value.is_empty());
        let parts: Vec<String> = parts
            .map(|line| format!("{} {}", line.name, line.value))
            .collect();
        parts.join(", ")
    };
    let items: Vec<String> = items.iter().map(item_text).collect();
    items.join(" | ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dicom::{Encoding, ScanOptions, TRANSFER_SYNTAXES, scan_data_set, tags};

    fn data_set(elements: &[(Tag, &str, &str)]) -> DataSet {
        let mut bytes = Vec::new();
        for (tag, vr, value) in elements {
            bytes.extend(tag.group().to_le_bytes());
            bytes.extend(tag.element().to_le_bytes());
            bytes.extend(vr.as_bytes());
            bytes.extend((value.len() as u16).to_le_bytes());
            bytes.extend(value.as_bytes());
        }
        let syntax = TRANSFER_SYNTAXES
            .iter()
            .find(|syntax| syntax.encoding == Encoding::ExplicitLittle)
            .expect("explicit little endian");
        let source = Arc::new(bytes);
        let size = source.len() as u64;
        scan_data_set(source.as_ref(), 0, size, syntax, &ScanOptions::INDEX).expect("readable")
    }

    #[test]
    fn what_differs_is_told_with_the_patient_first() {
        let first = data_set(&[
            (tags::STUDY_DATE, "DA", "20240101"),
            (tags::MODALITY, "CS", "CT"),
            (tags::PATIENT_NAME, "PN", "DOE^JANE"),
            (tags::PATIENT_ID, "LO", "P1"),
        ]);
        let second = data_set(&[
            (tags::STUDY_DATE, "DA", "20240102"),
            (tags::MODALITY, "CS", "CT"),
            (tags::PATIENT_NAME, "PN", "DOE^JOHN"),
            (tags::PATIENT_ID, "LO", "P1"),
            (tags::PATIENT_SEX, "CS", "M "),
        ]);
        let all = differences(&first, &second, |_| true);
        let told: Vec<_> = all
            .iter()
            .map(|d| (d.tag, d.first.as_str(), d.second.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (tags::PATIENT_NAME, "DOE^JANE", "DOE^JOHN"),
                (tags::PATIENT_SEX, "", "M"),
                (tags::STUDY_DATE, "20240101", "20240102"),
            ]
        );
        let patient = differences(&first, &second, |tag| tag.group() == 0x0010);
        assert_eq!(patient.len(), 2);
        assert_eq!(differences(&first, &first, |_| true), []);
    }
}
