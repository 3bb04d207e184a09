//! Matches of the store in the DICOM JSON model (PS3.18 Annex F).

use serde_json::{Map, Number, Value, json};

use crate::dicom::{Tag, VR, dictionary};
use crate::engine::QueryRow;

/// One match: its attributes by tag, and the absolute `path` of an instance.
pub fn row(row: &QueryRow) -> Value {
    let mut object = Map::new();
    for (tag, values) in &row.attributes {
        object.insert(key(*tag), attribute(*tag, values));
    }
    for (tag, items) in &row.sequences {
        object.insert(key(*tag), sequence(items));
    }
    if let Some(path) = &row.path {
        object.insert("path".to_owned(), json!(path));
    }
    Value::Object(object)
}

fn key(tag: Tag) -> String {
    format!("{:04X}{:04X}", tag.group(), tag.element())
}

fn sequence(items: &[Vec<(Tag, String)>]) -> Value {
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            let attributes = item.iter().map(|(tag, value)| {
                let values = std::slice::from_ref(value);
                (key(*tag), attribute(*tag, values))
            });
            Value::Object(attributes.collect())
        })
        .collect();
    with_values(VR::SQ, items)
}

fn attribute(tag: Tag, values: &[String]) -> Value {
    let vr = dictionary::vr(tag, false);
    if values.iter().all(String::is_empty) {
        return with_values(vr, Vec::new());
    }
    with_values(vr, values.iter().map(|text| value(vr, text)).collect())
}

fn with_values(vr: VR, values: Vec<Value>) -> Value {
    if values.is_empty() {
        json!({ "vr": vr.to_string() })
    } else {
        json!({ "vr": vr.to_string(), "Value": values })
    }
}

fn value(vr: VR, text: &str) -> Value {
    if text.is_empty() {
        return Value::Null; // F.2.5: an empty value among others
    }
    match vr {
        VR::PN => person_name(text),
        VR::IS | VR::US | VR::UL | VR::SS | VR::SL | VR::SV | VR::UV => text
            .trim()
            .parse::<i64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
        VR::DS | VR::FL | VR::FD => text
            .trim()
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| json!(text), Value::Number),
        _ => json!(text),
    }
}

/// F.2.2: the component groups by name.
fn person_name(text: &str) -> Value {
    let names = ["Alphabetic", "Ideographic", "Phonetic"];
    let groups = names
        .iter()
        .zip(text.split('='))
        .filter(|(_, group)| !group.is_empty())
        .map(|(name, group)| ((*name).to_owned(), json!(group)));
    Value::Object(groups.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::tags;

    #[test]
    fn values_have_the_types_of_their_representations() {
        let matched = QueryRow {
            attributes: vec![
                (tags::MODALITIES_IN_STUDY, vec!["CT".into(), "SR".into()]),
                (tags::PATIENT_NAME, vec!["Yamada^Tarou=山田^太郎".into()]),
                (tags::PATIENT_ID, vec![String::new()]),
                (tags::NUMBER_OF_STUDY_RELATED_INSTANCES, vec!["12".into()]),
            ],
            path: Some("/objects/1".into()),
            ..QueryRow::default()
        };
        let expected = json!({
            "00080061": { "vr": "CS", "Value": ["CT", "SR"] },
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎" }] },
            "00100020": { "vr": "LO" },
            "00201208": { "vr": "IS", "Value": [12] },
            "path": "/objects/1",
        });
        assert_eq!(row(&matched), expected);
    }
}
