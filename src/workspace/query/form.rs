//! What is asked: values of the keys of Tables 11 to 17, dates, modalities, and any other attribute by name.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::dicom::identifier::{Identifier, InvalidIdentifier};
use crate::dicom::query::KeyPath;
use crate::dicom::{VR, dictionary};
use crate::engine::Level;
use crate::workspace::studies::{Period, period_dates};

/// Keys of an identifier with their values.
pub type Keys = Vec<(String, String)>;

/// What the table shows besides Tables 11 to 17; a node that does not know one of them ignores it (PS3.4 §C.4.1.3.1).
const ALSO_SHOWN: [(Level, &[&str]); 3] = [
    (
        Level::Study,
        &[
            "PatientBirthDate",
            "PatientSex",
            "NumberOfStudyRelatedSeries",
            "NumberOfStudyRelatedInstances",
        ],
    ),
    (Level::Series, &["NumberOfSeriesRelatedInstances"]),
    (Level::Image, &["SOPClassUID"]),
];

/// A key by name, for attributes that the form does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherKey {
    /// Where it is asked.
    pub level: Level,
    /// Keyword, tag, or a path through sequences.
    pub name: String,
    /// What it must match; empty asks for the attribute.
    pub value: String,
}

impl Default for OtherKey {
    fn default() -> Self {
        Self {
            level: Level::Study,
            name: String::new(),
            value: String::new(),
        }
    }
}

/// What is remembered from one run to the next: whom to ask and for which days, never about which patient.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QueryMemory {
    /// Names of the ticked nodes.
    pub nodes: Vec<String>,
    /// Dates.
    pub period: Period,
    /// Modalities.
    pub modalities: Vec<String>,
}

/// The form as filled in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryForm {
    /// Study dates.
    pub period: Period,
    /// Earliest date as typed, for `Period::Range`.
    pub from: String,
    /// Latest date as typed, for `Period::Range`.
    pub to: String,
    /// Any of these modalities, or all.
    pub modalities: Vec<String>,
    /// Keys by name.
    pub others: Vec<OtherKey>,
    values: BTreeMap<(Level, String), String>,
}

impl QueryForm {
    /// A form that knows days and modalities only.
    pub fn remembering(memory: &QueryMemory) -> Self {
        Self {
            period: memory.period,
            modalities: memory.modalities.clone(),
            ..Self::default()
        }
    }

    /// The value typed for a key.
    pub fn value(&self, level: Level, path: &str) -> &str {
        let found = self
            .values
            .iter()
            .find(|((l, p), _)| *l == level && p == path);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Takes what was typed for a key.
    pub fn set(&mut self, level: Level, path: String, value: String) {
        if value.is_empty() {
            self.values.remove(&(level, path));
        } else {
            self.values.insert((level, path), value);
        }
    }

    /// Whether everything would be found.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// Values set below the study level or by name: what the basic form does not show.
    pub fn hidden_count(&self) -> usize {
        let basic = |level: Level, path: &str| level == Level::Study && BASIC.contains(&path);
        let further = self.values.keys().filter(|(l, p)| !basic(*l, p));
        further.count()
            + self
                .others
                .iter()
                .filter(|o| !o.name.trim().is_empty())
                .count()
    }

    /// The queries for studies: one, or one per chosen modality, because a list of them has no meaning of its own
    /// (PS3.4 §C.2.2.2.2 knows lists of UIDs only).
    pub fn studies(&self, today: Date) -> Result<Vec<Keys>, InvalidIdentifier> {
        let mut keys = self.keys(Level::Study);
        let dates = self.dates(today);
        if !dates.is_empty() {
            keys.retain(|(name, _)| name != "StudyDate");
            keys.push(("StudyDate".to_owned(), dates));
        }
        let mut queries = Vec::new();
        for modality in &self.modalities {
            let mut query = keys.clone();
            query.retain(|(name, _)| name != "ModalitiesInStudy");
            query.push(("ModalitiesInStudy".to_owned(), modality.clone()));
            queries.push(query);
        }
        if queries.is_empty() {
            queries.push(keys);
        }
        for query in &queries {
            Identifier::find(Level::Study, query)?;
        }
        Ok(queries)
    }

    /// The query for what is below a row: the unique keys above, and what the form asks at that level.
    pub fn below(&self, level: Level, above: &[(&str, &str)]) -> Result<Keys, InvalidIdentifier> {
        let mut keys = self.keys(level);
        for (name, value) in above {
            keys.retain(|(known, _)| known != name);
            keys.push(((*name).to_owned(), (*value).to_owned()));
        }
        Identifier::find(level, &keys)?;
        Ok(keys)
    }

    /// The Study Date key (PS3.4 §C.2.2.2.5): a day, or a range open at one end.
    fn dates(&self, today: Date) -> String {
        let (from, to) = period_dates(self.period, &self.from, &self.to, today);
        match (from.is_empty(), to.is_empty()) {
            (true, true) => String::new(),
            (false, false) if from == to => from,
            _ => format!("{from}-{to}"),
        }
    }

    fn keys(&self, level: Level) -> Keys {
        let mut keys: Keys = Vec::new();
        for (_, also) in ALSO_SHOWN.iter().filter(|(at, _)| *at == level) {
            keys.extend(also.iter().map(|name| ((*name).to_owned(), String::new())));
        }
        for ((at, path), value) in &self.values {
            if *at == level {
                put(&mut keys, path, value);
            }
        }
        for other in self.others.iter().filter(|other| other.level == level) {
            if !other.name.trim().is_empty() {
                put(&mut keys, other.name.trim(), &other.value);
            }
        }
        keys
    }
}

/// Study keys that the basic form shows.
pub const BASIC: &[&str] = &[
    "PatientName",
    "PatientID",
    "AccessionNumber",
    "StudyDescription",
    "StudyDate",
];

fn put(keys: &mut Keys, path: &str, value: &str) {
    let is_name = path
        .parse::<KeyPath>()
        .is_ok_and(|path| dictionary::vr(path.tag(), false) == VR::PN);
    let value = if is_name {
        name_pattern(value)
    } else {
        value.trim().to_owned()
    };
    keys.retain(|(known, _)| known != path);
    keys.push((path.to_owned(), value));
}

/// A person's name as people type it: `doe, jane` means the family name DOE and a given name that begins with JANE.
pub fn name_pattern(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text == "*" {
        return String::new();
    }
    let components: Vec<&str> = text.split(',').map(str::trim).collect();
    let name = components.join("^");
    if name.contains(['*', '?']) {
        name
    } else {
        format!("{name}*")
    }
}
