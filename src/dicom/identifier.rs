//! Identifiers of C-FIND, C-MOVE and C-GET in the Study Root model (PS3.4 §C.4): what is asked for, checked before it is sent.

use std::str::FromStr;

use super::attributes::has_character_set;
use super::query::{InvalidKey, KeyPath, Level};
use super::{Attributes, DataSet, Tag, Uid, VR, Value, dictionary, tags};

/// Keys that an identifier from outside may have.
const KEYS_MAX: usize = 1000;

/// Why something cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    /// A name that is no attribute.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// A value that its attribute cannot have.
    #[error("{key}: {reason}: {value:?}")]
    Value {
        /// Which attribute.
        key: String,
        /// What is wrong.
        reason: &'static str,
        /// The value.
        value: String,
    },
    /// A key that says where the query happens, not what it asks.
    #[error("{0} is set by the program (the level by --level)")]
    Reserved(String),
    /// The unique key of an upper level is missing.
    #[error("the {level} level needs one {key}", level = .level.term(), key = name(*.key))]
    MissingUniqueKey {
        /// The level asked for.
        level: Level,
        /// The key that it needs.
        key: Tag,
    },
    /// A retrieval names something else than unique keys.
    #[error("only unique keys say what to move (PS3.4 C.4.2.1.4), not {0}: find them first")]
    NotUnique(String),
    /// No level, or one that the Study Root model does not have.
    #[error("no query/retrieve level of the Study Root model: {0:?}")]
    Level(String),
    /// More keys than anybody asks for.
    #[error("more than {KEYS_MAX} keys")]
    TooManyKeys,
}

/// A level with its keys and their values; an empty value asks for the attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Where.
    pub level: Level,
    /// What; each path once.
    pub keys: Vec<(KeyPath, String)>,
}

impl Identifier {
    /// A query: `keys` by name, and besides every key of Tables 11 to 17 that belongs to the level.
    pub fn find(level: Level, keys: &[(String, String)]) -> Result<Self, InvalidIdentifier> {
        let mut identifier = Self::named(level, keys)?;
        identifier.check_upper_levels()?;
        for key in level.keys() {
            // A sequence stands for itself only where nothing inside it is asked for.
            let is_parent = level
                .keys()
                .any(|other| other.parents.last() == Some(&key.tag));
            if !is_parent {
                identifier.ask(KeyPath::from(key));
            }
        }
        Ok(identifier)
    }

    /// A retrieval, by unique keys only.
    pub fn retrieve(level: Level, keys: &[(String, String)]) -> Result<Self, InvalidIdentifier> {
        let identifier = Self::named(level, keys)?;
        let unique = |path: &KeyPath| {
            path.parents().is_empty()
                && [Level::Study, Level::Series, Level::Image]
                    .iter()
                    .any(|l| *l <= level && l.unique_key() == path.tag())
        };
        if let Some((path, _)) = identifier.keys.iter().find(|(path, _)| !unique(path)) {
            return Err(InvalidIdentifier::NotUnique(path.to_string()));
        }
        identifier.check_upper_levels()?;
        match identifier.value(level.unique_key()) {
            Some(value) if !value.is_empty() => Ok(identifier),
            _ => Err(InvalidIdentifier::MissingUniqueKey {
                level,
                key: level.unique_key(),
            }),
        }
    }

    /// What a peer asks.
    pub fn read(set: &DataSet) -> Result<Self, InvalidIdentifier> {
        let term = set.text(tags::QUERY_RETRIEVE_LEVEL).unwrap_or_default();
        let level = Level::from_term(&term).ok_or(InvalidIdentifier::Level(term))?;
        let mut identifier = Self {
            level,
            keys: Vec::new(),
        };
        identifier.collect(set, &[])?;
        Ok(identifier)
    }

    /// The value of a key outside sequences.
    pub fn value(&self, tag: Tag) -> Option<&str> {
        let key = self
            .keys
            .iter()
            .find(|(path, _)| path.tag() == tag && path.parents().is_empty());
        key.map(|(_, value)| value.as_str())
    }

    /// Asks for an attribute, unless it is there already.
    pub fn ask(&mut self, path: KeyPath) {
        if !self.keys.iter().any(|(known, _)| *known == path) {
            self.keys.push((path, String::new()));
        }
    }

    /// The attributes that go out; a sequence has exactly one item (PS3.4 §C.2.2.2.6).
    pub fn attributes(&self) -> Attributes {
        let mut set = Attributes::new().with(tags::QUERY_RETRIEVE_LEVEL, self.level.term());
        for (path, value) in &self.keys {
            let mut place = &mut set;
            for parent in path.parents() {
                place = place.item(*parent);
            }
            if dictionary::vr(path.tag(), false) == VR::SQ {
                place.item(path.tag());
            } else {
                place.set(path.tag(), value);
            }
        }
        set
    }

    /// Every unique key above the level has exactly one value.
    pub fn check_upper_levels(&self) -> Result<(), InvalidIdentifier> {
        for upper in [Level::Study, Level::Series] {
            let key = upper.unique_key();
            let single = |value: &str| !value.is_empty() && !value.contains('\\');
            if upper < self.level && !self.value(key).is_some_and(single) {
                let level = self.level;
                return Err(InvalidIdentifier::MissingUniqueKey { level, key });
            }
        }
        Ok(())
    }

    fn named(level: Level, keys: &[(String, String)]) -> Result<Self, InvalidIdentifier> {
        let mut identifier = Self {
            level,
            keys: Vec::new(),
        };
        for (name, value) in keys {
            let path = KeyPath::from_str(name)?;
            let reserved = [tags::QUERY_RETRIEVE_LEVEL, tags::SPECIFIC_CHARACTER_SET];
            if reserved.contains(&path.tag()) || path.tag().group() < 8 {
                return Err(InvalidIdentifier::Reserved(path.to_string()));
            }
            check_value(&path, value)?;
            identifier.keys.retain(|(known, _)| *known != path);
            identifier.keys.push((path, value.clone()));
        }
        Ok(identifier)
    }

    fn collect(&mut self, set: &DataSet, parents: &[Tag]) -> Result<(), InvalidIdentifier> {
        for element in &set.elements {
            let is_ours = element.tag.element() == 0
                || [tags::QUERY_RETRIEVE_LEVEL, tags::SPECIFIC_CHARACTER_SET]
                    .contains(&element.tag);
            if is_ours {
                continue;
            }
            if self.keys.len() >= KEYS_MAX {
                return Err(InvalidIdentifier::TooManyKeys);
            }
            match &element.value {
                Value::Sequence(items) if items.first().is_some_and(|i| !i.elements.is_empty()) => {
                    let inside = [parents, &[element.tag]].concat();
                    self.collect(&items[0], &inside)?;
                }
                _ => {
                    let value = set.texts(element.tag).join("\\");
                    self.keys
                        .push((KeyPath::within(parents, element.tag), value));
                }
            }
        }
        Ok(())
    }
}

fn name(tag: Tag) -> String {
    KeyPath::from(tag).to_string()
}

/// Components without digits are refused; leading zeros are not, because archives hold such UIDs.
fn is_uid(text: &str) -> bool {
    Uid::parse(text).is_ok() && text.split('.').all(|component| !component.is_empty())
}

fn check_value(path: &KeyPath, value: &str) -> Result<(), InvalidIdentifier> {
    let wrong = |reason| {
        Err(InvalidIdentifier::Value {
            key: path.to_string(),
            reason,
            value: value.chars().take(80).collect(),
        })
    };
    let vr = dictionary::vr(path.tag(), false);
    if value.is_empty() {
        return Ok(());
    }
    if value.len() > 16 * 1024 {
        return wrong("longer than 16 KiB");
    }
    if value.chars().any(char::is_control) {
        return wrong("control characters");
    }
    if vr == VR::SQ {
        return wrong("a sequence has no value of its own");
    }
    if vr == VR::UI && !value.split('\\').all(|uid| is_uid(uid.trim())) {
        return wrong("not a UID or a list of UIDs");
    }
    if !has_character_set(vr) && !value.is_ascii() {
        return wrong("characters outside the default repertoire");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::charset::CharacterSet;
    use crate::dicom::{ScanOptions, TransferSyntax, scan_data_set, transfer_syntax};

    fn keys(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn sent(identifier: &Identifier) -> DataSet {
        let syntax = TransferSyntax::find(transfer_syntax::IMPLICIT_LITTLE).expect("known");
        let bytes = identifier
            .attributes()
            .encode(syntax.encoding, &CharacterSet::default());
        let end = bytes.len() as u64;
        scan_data_set(&bytes, 0, end, syntax, &ScanOptions::INDEX).expect("what we wrote")
    }

    #[test]
    fn a_query_asks_for_every_key_of_its_level_and_each_sequence_has_one_item() {
        let uid = ("StudyInstanceUID", "1.2");
        let series = ("SeriesInstanceUID", "1.3");
        for (level, upper) in [
            (Level::Study, vec![]),
            (Level::Series, vec![uid]),
            (Level::Image, vec![uid, series]),
        ] {
            let identifier = Identifier::find(level, &keys(&upper)).expect("valid");
            let set = sent(&identifier);
            for key in level.keys() {
                let mut place = &set;
                for parent in key.parents {
                    let [item] = place.items(*parent) else {
                        panic!("{parent} has not one item")
                    };
                    place = item;
                }
                assert!(place.element(key.tag).is_some(), "{level:?} {}", key.tag);
            }
            let read = Identifier::read(&set).expect("our own");
            for (path, value) in &identifier.keys {
                assert!(read.keys.contains(&(path.clone(), value.clone())), "{path}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_before_anything_is_sent() {
        let find = |level, pairs: &[(&str, &str)]| {
            Identifier::find(level, &keys(pairs)).map_err(|error| error.to_string())
        };
        for (pairs, words) in [
            (&[("NoSuch", "1")][..], "no DICOM attribute"),
            (&[("PatientID.StudyID", "1")], "is no sequence"),
            (&[("StudyInstanceUID", "1..2")], "not a UID"),
            (&[("RequestAttributesSequence", "x")], "no value of its own"),
            (&[("ModalitiesInStudy", "ÄX")], "default repertoire"),
            (&[("QueryRetrieveLevel", "STUDY")], "set by the program"),
        ] {
            let error = find(Level::Study, pairs).expect_err(words);
            assert!(error.contains(words), "{error}");
        }
        let error = find(Level::Series, &[]).expect_err("no study");
        assert_eq!(error, "the SERIES level needs one StudyInstanceUID");
        let two = [("StudyInstanceUID", "1.2\\1.3")];
        assert!(find(Level::Series, &two).is_err());
        assert!(find(Level::Study, &two).is_ok());
    }

    #[test]
    fn a_retrieval_takes_unique_keys_only() {
        let retrieve = |level, pairs: &[(&str, &str)]| Identifier::retrieve(level, &keys(pairs));
        assert!(retrieve(Level::Study, &[("StudyInstanceUID", "1.2")]).is_ok());
        assert!(retrieve(Level::Study, &[("PatientID", "7")]).is_err());
        assert!(retrieve(Level::Study, &[]).is_err());
        let image = [
            ("StudyInstanceUID", "1.2"),
            ("SeriesInstanceUID", "1.3"),
            ("SOPInstanceUID", "1.4\\1.5"),
        ];
        assert!(retrieve(Level::Image, &image).is_ok());
        assert!(retrieve(Level::Image, &image[..2]).is_err());
        assert!(retrieve(Level::Series, &image).is_err());
    }
}
