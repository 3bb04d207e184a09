//! Query keys (Tables 11 to 17, PS3.4 §C.6.2) and the paths by which people name them: `RequestAttributesSequence.RequestedProcedureID`.

use std::fmt;

use super::{Tag, VR, dictionary, tags};

/// Query/Retrieve levels of the Study Root model (PS3.4 §C.6.2.1); patient attributes belong to the study level there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// STUDY.
    Study,
    /// SERIES.
    Series,
    /// IMAGE.
    Image,
}

impl Level {
    /// The value of (0008,0052).
    pub fn term(self) -> &'static str {
        match self {
            Self::Study => "STUDY",
            Self::Series => "SERIES",
            Self::Image => "IMAGE",
        }
    }

    /// The level that a value of (0008,0052) names.
    pub fn from_term(term: &str) -> Option<Self> {
        [Self::Study, Self::Series, Self::Image]
            .into_iter()
            .find(|level| level.term() == term)
    }

    /// The unique key of the level.
    pub fn unique_key(self) -> Tag {
        match self {
            Self::Study => tags::STUDY_INSTANCE_UID,
            Self::Series => tags::SERIES_INSTANCE_UID,
            Self::Image => tags::SOP_INSTANCE_UID,
        }
    }

    /// All keys of Tables 11 to 17 that belong to the level.
    pub fn keys(self) -> impl Iterator<Item = &'static Key> {
        let tables: &[&[Key]] = match self {
            Self::Study => &[PATIENT_KEYS, STUDY_KEYS],
            Self::Series => &[SERIES_KEYS],
            Self::Image => &[
                INSTANCE_KEYS,
                SR_KEYS,
                KEY_OBJECT_KEYS,
                PRESENTATION_STATE_KEYS,
            ],
        };
        let all = tables.iter().copied().flatten();
        // Tables 15 and 16 share the concept name.
        all.clone()
            .enumerate()
            .filter(move |(index, key)| !all.clone().take(*index).any(|k| k == *key))
            .map(|(_, key)| key)
    }
}

/// A query key: a tag, inside the sequences that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The sequences around it, outermost first.
    pub parents: &'static [Tag],
    /// The attribute.
    pub tag: Tag,
}

impl Key {
    /// Its VR; SQ for a key that stands for a whole sequence.
    pub fn vr(&self) -> VR {
        dictionary::vr(self.tag, false)
    }
}

const fn key(tag: Tag) -> Key {
    Key { parents: &[], tag }
}

const fn within(parents: &'static [Tag], tag: Tag) -> Key {
    Key { parents, tag }
}

/// Table 11.
pub const PATIENT_KEYS: &[Key] = &[key(tags::PATIENT_NAME), key(tags::PATIENT_ID)];

/// Table 12; its Study Time is (0008,0030).
pub const STUDY_KEYS: &[Key] = &[
    key(tags::STUDY_ID),
    key(tags::STUDY_DATE),
    key(tags::STUDY_TIME),
    key(tags::ACCESSION_NUMBER),
    key(tags::MODALITIES_IN_STUDY),
    key(tags::REFERRING_PHYSICIAN_NAME),
    key(tags::STUDY_DESCRIPTION),
    key(tags::STUDY_INSTANCE_UID),
];

const REQUEST: &[Tag] = &[tags::REQUEST_ATTRIBUTES_SEQUENCE];

/// Table 13.
pub const SERIES_KEYS: &[Key] = &[
    key(tags::SERIES_INSTANCE_UID),
    key(tags::SERIES_NUMBER),
    key(tags::MODALITY),
    key(tags::SERIES_DESCRIPTION),
    key(tags::REQUEST_ATTRIBUTES_SEQUENCE),
    within(REQUEST, tags::REQUESTED_PROCEDURE_ID),
    within(REQUEST, tags::SCHEDULED_PROCEDURE_STEP_ID),
    key(tags::PERFORMED_PROCEDURE_STEP_START_DATE),
    key(tags::PERFORMED_PROCEDURE_STEP_START_TIME),
];

/// Table 14.
pub const INSTANCE_KEYS: &[Key] = &[key(tags::SOP_INSTANCE_UID), key(tags::INSTANCE_NUMBER)];

const OBSERVER: &[Tag] = &[tags::VERIFYING_OBSERVER_SEQUENCE];
const CONCEPT: &[Tag] = &[tags::CONCEPT_NAME_CODE_SEQUENCE];

/// Table 15.
pub const SR_KEYS: &[Key] = &[
    key(tags::COMPLETION_FLAG),
    key(tags::VERIFICATION_FLAG),
    key(tags::VERIFYING_OBSERVER_SEQUENCE),
    within(OBSERVER, tags::VERIFICATION_DATE_TIME),
    within(OBSERVER, tags::VERIFYING_OBSERVER_NAME),
    key(tags::CONCEPT_NAME_CODE_SEQUENCE),
    within(CONCEPT, tags::CODE_VALUE),
    within(CONCEPT, tags::CODING_SCHEME_DESIGNATOR),
];

/// Table 16.
pub const KEY_OBJECT_KEYS: &[Key] = &[
    key(tags::CONCEPT_NAME_CODE_SEQUENCE),
    within(CONCEPT, tags::CODE_VALUE),
    within(CONCEPT, tags::CODING_SCHEME_DESIGNATOR),
];

const REFERENCED_SERIES: &[Tag] = &[tags::REFERENCED_SERIES_SEQUENCE];
const REFERENCED_IMAGE: &[Tag] = &[
    tags::REFERENCED_SERIES_SEQUENCE,
    tags::REFERENCED_IMAGE_SEQUENCE,
];

/// Table 17.
pub const PRESENTATION_STATE_KEYS: &[Key] = &[
    key(tags::CONTENT_LABEL),
    key(tags::CONTENT_DESCRIPTION),
    key(tags::PRESENTATION_CREATION_DATE),
    key(tags::PRESENTATION_CREATION_TIME),
    key(tags::CONTENT_CREATOR_NAME),
    key(tags::REFERENCED_SERIES_SEQUENCE),
    within(REFERENCED_SERIES, tags::SERIES_INSTANCE_UID),
    within(REFERENCED_SERIES, tags::REFERENCED_IMAGE_SEQUENCE),
    within(REFERENCED_IMAGE, tags::REFERENCED_SOP_CLASS_UID),
    within(REFERENCED_IMAGE, tags::REFERENCED_SOP_INSTANCE_UID),
];

/// A text that names no attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The dictionary has no such keyword.
    #[error("no DICOM attribute is called {0:?}")]
    Unknown(String),
    /// The path goes through something that has no items.
    #[error("{0} is no sequence")]
    NoSequence(String),
}

/// An attribute as people name it: keywords separated by dots, or tags as `0010,0010` or `00100010`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPath(Vec<Tag>);

impl KeyPath {
    /// The attribute `tag` inside these sequences.
    pub fn within(parents: &[Tag], tag: Tag) -> Self {
        Self(parents.iter().copied().chain([tag]).collect())
    }

    /// The sequences around the attribute, outermost first.
    pub fn parents(&self) -> &[Tag] {
        &self.0[..self.0.len() - 1]
    }

    /// The attribute.
    pub fn tag(&self) -> Tag {
        self.0[self.0.len() - 1]
    }

    /// Whether it is this key of a table.
    pub fn is(&self, key: &Key) -> bool {
        self.tag() == key.tag && self.parents() == key.parents
    }
}

impl From<&Key> for KeyPath {
    fn from(key: &Key) -> Self {
        Self(key.parents.iter().copied().chain([key.tag]).collect())
    }
}

impl From<Tag> for KeyPath {
    fn from(tag: Tag) -> Self {
        Self(vec![tag])
    }
}

impl std::str::FromStr for KeyPath {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let mut path: Vec<Tag> = Vec::new();
        for name in text.split('.') {
            if let Some(parent) = path.last()
                && dictionary::vr(*parent, false) != VR::SQ
            {
                let parent =
                    dictionary::keyword(*parent).map_or_else(|| parent.to_string(), str::to_owned);
                return Err(InvalidKey::NoSequence(parent));
            }
            let tag = dictionary::tag(name).or_else(|| numeric_tag(name));
            path.push(tag.ok_or_else(|| InvalidKey::Unknown(name.chars().take(80).collect()))?);
        }
        Ok(Self(path))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tag) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match dictionary::keyword(*tag).filter(|_| tag.group() % 2 == 0) {
                Some(keyword) => f.write_str(keyword)?,
                None => write!(f, "{:04X}{:04X}", tag.group(), tag.element())?,
            }
        }
        Ok(())
    }
}

fn numeric_tag(text: &str) -> Option<Tag> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '(' | ')'))
        .collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(&digits, 16).ok()?;
    Some(Tag((number >> 16) as u16, number as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_by_keyword_or_number_through_sequences() {
        let path: KeyPath = "RequestAttributesSequence.RequestedProcedureID"
            .parse()
            .unwrap();
        assert_eq!(path.parents(), [tags::REQUEST_ATTRIBUTES_SEQUENCE]);
        assert_eq!(path.tag(), tags::REQUESTED_PROCEDURE_ID);
        assert_eq!(
            path.to_string(),
            "RequestAttributesSequence.RequestedProcedureID"
        );
        assert_eq!(
            "(0010,0020)".parse::<KeyPath>().unwrap().tag(),
            tags::PATIENT_ID
        );
        assert_eq!(
            "00091001".parse::<KeyPath>().unwrap().to_string(),
            "00091001"
        );
    }

    #[test]
    fn wrong_names_and_paths_are_refused() {
        assert_eq!(
            "Nonsense".parse::<KeyPath>(),
            Err(InvalidKey::Unknown("Nonsense".into()))
        );
        assert_eq!(
            "PatientName.PatientID".parse::<KeyPath>(),
            Err(InvalidKey::NoSequence("PatientName".into()))
        );
        assert!("".parse::<KeyPath>().is_err() && "PatientName.".parse::<KeyPath>().is_err());
    }

    #[test]
    fn each_level_asks_for_each_of_its_keys_once() {
        assert_eq!(Level::Study.keys().count(), 10);
        assert_eq!(Level::Series.keys().count(), 9);
        assert_eq!(Level::Image.keys().count(), 2 + 8 + 10);
        assert!(Level::Image.keys().all(|key| {
            key.parents
                .iter()
                .all(|tag| dictionary::vr(*tag, false) == VR::SQ)
        }));
    }
}
