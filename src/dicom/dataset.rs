//! A scanned data set: a bounded tree of raw elements with typed reads on it.
//!
//! Made only by `scan`. Short values are held, long ones are a place in the source, so a header of a 2 GiB object is small. The
//! plain reads (`text`, `ints`, ...) answer "is there something usable"; the `try_` forms tell absent from malformed.

use super::charset::CharacterSet;
use super::transfer_syntax::Encoding;
use super::uid::Uid;
use super::{Tag, VR, dictionary};

/// One element as found.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Its tag.
    pub tag: Tag,
    /// Its VR: as written, or from the dictionary under implicit VR (UN when unknown). Anything with items is SQ.
    pub vr: VR,
    /// Where its value starts in the source (in the inflated bytes of a deflated object), in bytes.
    pub offset: u64,
    /// Its value.
    pub value: Value,
}

/// The value of an element.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Raw bytes as stored, at most `ScanOptions::inline_bytes_max` long.
    Bytes(Box<[u8]>),
    /// A longer value, left in the source: its length in bytes.
    Long(u64),
    /// Items of a sequence.
    Sequence(Vec<DataSet>),
    /// Encapsulated pixel data (PS3.5 §A.4).
    Fragments(Fragments),
}

/// Where the fragments of encapsulated pixel data lie.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fragments {
    /// Basic Offset Table as written (offsets from the first byte of the first fragment's item tag), often empty.
    pub basic_offset_table: Vec<u32>,
    /// Each fragment's place: (offset of its first value byte in the source, length in bytes).
    pub places: Vec<(u64, u32)>,
}

/// A value that is there but cannot be read as what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("value of {tag} cannot be read as {wanted}")]
pub struct MalformedValue {
    /// The element.
    pub tag: Tag,
    /// What was wanted.
    pub wanted: &'static str,
}

/// The three writings of a person's name (PS3.5 §6.2.1.1), components still separated by carets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonName {
    /// Alphabetic group.
    pub alphabetic: String,
    /// Ideographic group, often empty.
    pub ideographic: String,
    /// Phonetic group, often empty.
    pub phonetic: String,
}

impl PersonName {
    /// Takes a decoded value apart; trailing empty components are dropped.
    pub fn parse(text: &str) -> Self {
        let mut groups = text
            .split('=')
            .map(|group| group.trim_end_matches(['^', ' ']).to_owned());
        Self {
            alphabetic: groups.next().unwrap_or_default(),
            ideographic: groups.next().unwrap_or_default(),
            phonetic: groups.next().unwrap_or_default(),
        }
    }
}

/// Elements in ascending tag order, with the byte order and character set they were written in.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// How it was written.
    pub encoding: Encoding,
    /// Its (0008,0005), or the enclosing data set's.
    pub character_set: CharacterSet,
    /// Its elements, ascending by tag, each tag once.
    pub elements: Vec<Element>,
}

impl DataSet {
    /// A data set of these elements, which are brought into order; of a repeated tag the first counts.
    pub fn new(
        encoding: Encoding,
        character_set: CharacterSet,
        mut elements: Vec<Element>,
    ) -> Self {
        elements.sort_by_key(|element| element.tag);
        elements.dedup_by_key(|element| element.tag);
        Self {
            encoding,
            character_set,
            elements,
        }
    }

    /// Reads text by these sets wherever nothing else is named: for peers that leave (0008,0005) out.
    pub fn assume_character_set(&mut self, assumed: &CharacterSet) {
        if !self.character_set.terms.is_empty() {
            return;
        }
        self.character_set = assumed.clone();
        for element in &mut self.elements {
            if let Value::Sequence(items) = &mut element.value {
                for item in items {
                    item.assume_character_set(assumed);
                }
            }
        }
    }

    /// The element with this tag.
    pub fn element(&self, tag: Tag) -> Option<&Element> {
        let index = self
            .elements
            .binary_search_by_key(&tag, |element| element.tag)
            .ok()?;
        Some(&self.elements[index])
    }

    /// The raw bytes of a value that is held; `None` when absent, a sequence, or left in the source.
    pub fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        match &self.element(tag)?.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Long(_) | Value::Sequence(_) | Value::Fragments(_) => None,
        }
    }

    /// First value as text, decoded, outer spaces and NULs dropped; `None` when absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        self.texts(tag)
            .into_iter()
            .next()
            .filter(|text| !text.is_empty())
    }

    /// All values as text (backslash separates, except in ST LT UT UR), decoded and trimmed; numbers in decimal.
    pub fn texts(&self, tag: Tag) -> Vec<String> {
        match self.element(tag) {
            Some(Element {
                vr,
                value: Value::Bytes(bytes),
                ..
            }) => self.texts_of(tag, *vr, bytes),
            _ => Vec::new(),
        }
    }

    /// Raw bytes of an element of this data set as text values; for values that were fetched from the source.
    pub fn texts_of(&self, tag: Tag, vr: VR, bytes: &[u8]) -> Vec<String> {
        let vr = known_vr(tag, vr);
        if bytes.is_empty() {
            return Vec::new();
        }
        match vr {
            VR::PN => self
                .character_set
                .decode_names(bytes)
                .iter()
                .map(|text| trimmed(text))
                .collect(),
            VR::LO | VR::SH | VR::UC => self
                .character_set
                .decode_values(bytes)
                .iter()
                .map(|text| trimmed(text))
                .collect(),
            VR::ST | VR::LT | VR::UT => vec![trimmed_end(&self.character_set.decode(bytes))],
            VR::UR => vec![trimmed_end(&CharacterSet::default().decode(bytes))],
            VR::UN => {
                let text = self.character_set.decode(bytes);
                let readable = !text
                    .chars()
                    .any(|c| c.is_control() && !c.is_whitespace() && c != '\0');
                if readable {
                    text.split('\\').map(trimmed).collect()
                } else {
                    Vec::new()
                }
            }
            VR::FL | VR::OF => reals::<4>(self, bytes, |b| f64::from(f32::from_ne_bytes(b)))
                .iter()
                // Shortest decimal of what was stored, not of its widening.
                .map(|value| (*value as f32).to_string())
                .collect(),
            VR::FD | VR::OD => reals::<8>(self, bytes, f64::from_ne_bytes)
                .iter()
                .map(f64::to_string)
                .collect(),
            _ if is_binary(vr) => {
                let numbers = self.integers(tag, vr, bytes).unwrap_or_default();
                numbers.iter().map(i64::to_string).collect()
            }
            _ => CharacterSet::default()
                .decode(bytes)
                .split('\\')
                .map(trimmed)
                .collect(),
        }
    }

    /// First value as an integer: IS, US, SS, UL, SL, UV, SV, AT; `None` when absent, empty or malformed.
    pub fn int(&self, tag: Tag) -> Option<i64> {
        self.ints(tag).first().copied()
    }

    /// All values as integers; empty when absent or any is malformed. An AT is its group times 65536 plus its element.
    pub fn ints(&self, tag: Tag) -> Vec<i64> {
        self.try_ints(tag).unwrap_or_default()
    }

    /// All values as integers, empty when absent or empty; an error when any is malformed.
    pub fn try_ints(&self, tag: Tag) -> Result<Vec<i64>, MalformedValue> {
        let malformed = MalformedValue {
            tag,
            wanted: "integers",
        };
        let Some(element) = self.element(tag) else {
            return Ok(Vec::new());
        };
        let Value::Bytes(bytes) = &element.value else {
            return Err(malformed);
        };
        self.integers(tag, known_vr(tag, element.vr), bytes)
            .ok_or(malformed)
    }

    /// First value as a finite number: DS, IS, FL, FD and the integer VRs.
    pub fn float(&self, tag: Tag) -> Option<f64> {
        self.floats(tag).first().copied()
    }

    /// All values as finite numbers; empty when absent or any is malformed.
    pub fn floats(&self, tag: Tag) -> Vec<f64> {
        self.try_floats(tag).unwrap_or_default()
    }

    /// All values as finite numbers, empty when absent or empty; an error when any is malformed.
    pub fn try_floats(&self, tag: Tag) -> Result<Vec<f64>, MalformedValue> {
        let malformed = MalformedValue {
            tag,
            wanted: "numbers",
        };
        let Some(element) = self.element(tag) else {
            return Ok(Vec::new());
        };
        let Value::Bytes(bytes) = &element.value else {
            return Err(malformed);
        };
        let values = match known_vr(tag, element.vr) {
            VR::FL | VR::OF if bytes.len() % 4 == 0 => {
                reals::<4>(self, bytes, |b| f64::from(f32::from_ne_bytes(b)))
            }
            VR::FD | VR::OD if bytes.len() % 8 == 0 => reals::<8>(self, bytes, f64::from_ne_bytes),
            VR::DS | VR::IS => numbers(bytes, |text| text.parse().ok()).ok_or(malformed)?,
            // Integers of the wire have at most 53 significant bits in practice; nothing here stores more.
            vr => self
                .integers(tag, vr, bytes)
                .ok_or(malformed)?
                .iter()
                .map(|v| *v as f64)
                .collect(),
        };
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(malformed)
        }
    }

    /// Items of a sequence; empty when absent or no sequence.
    pub fn items(&self, tag: Tag) -> &[DataSet] {
        match self.element(tag) {
            Some(Element {
                value: Value::Sequence(items),
                ..
            }) => items,
            _ => &[],
        }
    }

    /// First value as a UID; `None` when absent, empty or malformed.
    pub fn uid(&self, tag: Tag) -> Option<Uid> {
        Uid::parse(&self.text(tag)?).ok()
    }

    /// First value as a person's name; `None` when absent or empty.
    pub fn person_name(&self, tag: Tag) -> Option<PersonName> {
        Some(PersonName::parse(&self.text(tag)?))
    }

    /// Integers of the given VR; `None` when malformed or of a VR without integers.
    fn integers(&self, tag: Tag, vr: VR, bytes: &[u8]) -> Option<Vec<i64>> {
        let big = self.encoding == Encoding::ExplicitBig;
        macro_rules! words {
            ($kind:ty) => {{
                let (words, rest) = bytes.as_chunks::<{ size_of::<$kind>() }>();
                let read = |word: &[u8; size_of::<$kind>()]| {
                    let value = if big {
                        <$kind>::from_be_bytes(*word)
                    } else {
                        <$kind>::from_le_bytes(*word)
                    };
                    i64::try_from(value).ok()
                };
                if rest.is_empty() {
                    words.iter().map(read).collect()
                } else {
                    None
                }
            }};
        }
        match vr {
            VR::US | VR::OW => words!(u16),
            VR::SS => words!(i16),
            VR::UL | VR::OL => words!(u32),
            VR::SL => words!(i32),
            VR::UV | VR::OV => words!(u64),
            VR::SV => words!(i64),
            VR::OB => Some(bytes.iter().map(|byte| i64::from(*byte)).collect()),
            VR::AT => {
                let halves: Option<Vec<i64>> = words!(u16);
                let (pairs, rest) = halves.as_deref()?.as_chunks::<2>();
                rest.is_empty().then(|| {
                    pairs
                        .iter()
                        .map(|[group, element]| group << 16 | element)
                        .collect()
                })
            }
            VR::IS | VR::DS => numbers(bytes, whole_number),
            // A few writers use LO, SH or CS where a number belongs; a private UN is nobody's number.
            VR::LO | VR::SH | VR::CS if known_vr(tag, VR::UN) != VR::UN => {
                numbers(bytes, whole_number)
            }
            _ => None,
        }
    }
}

/// UN where the dictionary knows better (PS3.5 §6.2.2).
fn known_vr(tag: Tag, vr: VR) -> VR {
    if vr == VR::UN {
        dictionary::vr(tag, false)
    } else {
        vr
    }
}

fn is_binary(vr: VR) -> bool {
    use VR::{AT, OB, OL, OV, OW, SL, SS, SV, UL, US, UV};
    matches!(vr, AT | OB | OL | OV | OW | SL | SS | SV | UL | US | UV)
}

/// Floating-point values in the byte order of the data set.
fn reals<const N: usize>(set: &DataSet, bytes: &[u8], read: fn([u8; N]) -> f64) -> Vec<f64> {
    let swap = (set.encoding == Encoding::ExplicitBig) != cfg!(target_endian = "big");
    let (words, _) = bytes.as_chunks::<N>();
    let value = |word: &[u8; N]| {
        let mut word = *word;
        if swap {
            word.reverse();
        }
        read(word)
    };
    words.iter().map(value).collect()
}

/// Backslash-separated numbers; `None` when any is malformed, empty when there is nothing but padding.
fn numbers<T>(bytes: &[u8], parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let text = std::str::from_utf8(bytes).ok()?.trim_matches(PADDING);
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split('\\')
        .map(|value| parse(value.trim_matches(PADDING)))
        .collect()
}

fn whole_number(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let value: f64 = text.parse().ok()?;
        // Beyond 2^53 a decimal no longer names one integer.
        (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
    })
}

const PADDING: [char; 2] = [' ', '\0'];

fn trimmed(text: &str) -> String {
    text.trim_matches(PADDING).to_owned()
}

/// Leading spaces are part of a text with lines (PS3.5 §6.2, ST LT UT).
fn trimmed_end(text: &str) -> String {
    text.trim_end_matches(PADDING).to_owned()
}
