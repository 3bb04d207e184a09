//! Attributes for the wire, as text: what a query asks for and what it is answered (PS3.5 §6.1.2).
//!
//! Text is written in one character set, the smallest that holds it: none for the default repertoire, else the preferred one,
//! else Unicode. Specific Character Set (0008,0005) follows from that and is never set by hand.

use std::collections::BTreeMap;

use super::charset::CharacterSet;
use super::{Builder, Encoding, Tag, VR, dictionary, tags};

/// What an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    /// Values as text, separated by backslashes.
    Text(String),
    /// Numbers of a binary VR.
    Numbers(Vec<i64>),
    /// Items.
    Items(Vec<Attributes>),
}

/// Attributes in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    elements: BTreeMap<Tag, Content>,
}

impl Attributes {
    /// Without elements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value as text, several separated by backslashes; binary VRs take decimal numbers.
    pub fn set(&mut self, tag: Tag, value: &str) {
        let content = match dictionary::vr(tag, false) {
            VR::US | VR::SS | VR::UL | VR::SL => {
                let numbers = value.split('\\').filter_map(|one| one.trim().parse().ok());
                Content::Numbers(numbers.collect())
            }
            VR::SQ => Content::Items(Vec::new()),
            _ => Content::Text(value.to_owned()),
        };
        self.elements.insert(tag, content);
    }

    /// [`set`](Self::set) in a chain.
    pub fn with(mut self, tag: Tag, value: &str) -> Self {
        self.set(tag, value);
        self
    }

    /// Sets the items of a sequence.
    pub fn set_items(&mut self, tag: Tag, items: Vec<Attributes>) {
        self.elements.insert(tag, Content::Items(items));
    }

    /// The one item of a sequence, made if it is not there.
    pub fn item(&mut self, tag: Tag) -> &mut Attributes {
        let content = self
            .elements
            .entry(tag)
            .or_insert_with(|| Content::Items(Vec::new()));
        if !matches!(content, Content::Items(items) if !items.is_empty()) {
            *content = Content::Items(vec![Attributes::new()]);
        }
        match content {
            Content::Items(items) => &mut items[0],
            Content::Text(_) | Content::Numbers(_) => {
                unreachable!("it was made a sequence with an item just above")
            }
        }
    }

    /// Whether an element is there.
    pub fn contains(&self, tag: Tag) -> bool {
        self.elements.contains_key(&tag)
    }

    /// The bytes, text in `preferred` where it needs more than the default repertoire and `preferred` has all its characters.
    pub fn encode(&self, encoding: Encoding, preferred: &CharacterSet) -> Vec<u8> {
        let character_set = self.character_set(preferred);
        let mut set = self.build(&character_set);
        if !character_set.terms.is_empty() {
            let terms = character_set.terms.join("\\");
            set = set.text(tags::SPECIFIC_CHARACTER_SET, &terms);
        }
        set.data_set(encoding)
    }

    fn build(&self, character_set: &CharacterSet) -> Builder {
        let mut set = Builder::new();
        for (tag, content) in &self.elements {
            let vr = dictionary::vr(*tag, false);
            set = match content {
                Content::Text(text) if has_character_set(vr) => {
                    // All texts were tried when the set was chosen.
                    set.raw(*tag, vr, character_set.encode(text).unwrap_or_default())
                }
                Content::Text(text) => set.text(*tag, text),
                Content::Numbers(numbers) => set.ints(*tag, numbers),
                Content::Items(items) => {
                    let items = items.iter().map(|item| item.build(character_set));
                    set.sequence(*tag, items.collect())
                }
            };
        }
        set
    }

    /// The set that all texts fit into.
    fn character_set(&self, preferred: &CharacterSet) -> CharacterSet {
        if self.texts_are(&|text| text.is_ascii()) {
            return CharacterSet::default();
        }
        let named = !preferred.terms.is_empty();
        if named && self.texts_are(&|text| preferred.encode(text).is_some()) {
            return preferred.clone();
        }
        let latin = CharacterSet::new(&["ISO_IR 100".to_owned()]);
        if !named && self.texts_are(&|text| latin.encode(text).is_some()) {
            return latin;
        }
        CharacterSet::new(&["ISO_IR 192".to_owned()])
    }

    fn texts_are(&self, fit: &dyn Fn(&str) -> bool) -> bool {
        self.elements.iter().all(|(tag, content)| match content {
            Content::Text(text) => !has_character_set(dictionary::vr(*tag, false)) || fit(text),
            Content::Numbers(_) => true,
            Content::Items(items) => items.iter().all(|item| item.texts_are(fit)),
        })
    }
}

/// Whether text of this VR is written in the character set of the data set (PS3.5 §6.1.2.2).
pub fn has_character_set(vr: VR) -> bool {
    use VR::{LO, LT, PN, SH, ST, UC, UN, UT};
    matches!(vr, LO | LT | PN | SH | ST | UC | UN | UT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{ScanOptions, TransferSyntax, scan_data_set, transfer_syntax};

    fn read(bytes: &[u8], uid: &str) -> crate::dicom::DataSet {
        let syntax = TransferSyntax::find(uid).expect("a native syntax");
        let end = bytes.len() as u64;
        scan_data_set(&bytes, 0, end, syntax, &ScanOptions::INDEX).expect("what we wrote")
    }

    #[test]
    fn what_was_built_is_read_in_every_native_encoding() {
        let mut set = Attributes::new()
            .with(tags::PATIENT_NAME, "Müller^Jörg")
            .with(tags::STUDY_INSTANCE_UID, "1.2.3")
            .with(tags::ROWS, "512")
            .with(tags::STUDY_DATE, "");
        set.item(tags::REQUEST_ATTRIBUTES_SEQUENCE)
            .set(tags::REQUESTED_PROCEDURE_ID, "prüf");
        for uid in transfer_syntax::QUERY {
            let syntax = TransferSyntax::find(uid).expect("a native syntax");
            let bytes = set.encode(syntax.encoding, &CharacterSet::default());
            let back = read(&bytes, uid);
            assert_eq!(
                back.text(tags::PATIENT_NAME).as_deref(),
                Some("Müller^Jörg")
            );
            assert_eq!(back.int(tags::ROWS), Some(512));
            assert_eq!(back.texts(tags::SPECIFIC_CHARACTER_SET), ["ISO_IR 100"]);
            let [item] = back.items(tags::REQUEST_ATTRIBUTES_SEQUENCE) else {
                panic!("exactly one item")
            };
            let text = item.text(tags::REQUESTED_PROCEDURE_ID);
            assert_eq!(text.as_deref(), Some("prüf"));
            assert!(back.element(tags::STUDY_DATE).is_some());
        }
    }

    #[test]
    fn the_character_set_is_the_smallest_that_holds_all_texts() {
        let terms = |name: &str, preferred: &[&str]| {
            let preferred: Vec<String> = preferred.iter().map(|t| (*t).to_owned()).collect();
            let bytes = Attributes::new()
                .with(tags::PATIENT_NAME, name)
                .encode(Encoding::ExplicitLittle, &CharacterSet::new(&preferred));
            read(&bytes, transfer_syntax::EXPLICIT_LITTLE).texts(tags::SPECIFIC_CHARACTER_SET)
        };
        assert!(terms("Smith", &["ISO_IR 126"]).is_empty());
        assert_eq!(terms("Διονυσιος", &["ISO_IR 126"]), ["ISO_IR 126"]);
        assert_eq!(terms("Jérôme", &["ISO_IR 126"]), ["ISO_IR 192"]);
        assert_eq!(terms("Jérôme", &[]), ["ISO_IR 100"]);
        assert_eq!(terms("山田", &[]), ["ISO_IR 192"]);
    }
}
