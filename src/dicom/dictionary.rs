//! The data dictionary (PS3.6): tags, keywords and VRs, so that no list of them is typed a second time.

use dicom_core::dictionary::{
    DataDictionary, DataDictionaryEntry, DataDictionaryEntryRef, VirtualVr,
};
use dicom_dictionary_std::StandardDataDictionary;

use super::{Tag, VR};

/// The dictionary's entry of a tag; private creators and group lengths have one, other private tags none.
pub fn entry(tag: Tag) -> Option<&'static DataDictionaryEntryRef<'static>> {
    StandardDataDictionary.by_tag(tag)
}

/// The keyword of a tag, as `PatientName`.
pub fn keyword(tag: Tag) -> Option<&'static str> {
    entry(tag).map(|entry| entry.alias)
}

/// The tag of a keyword, exactly as PS3.6 writes it.
pub fn tag(keyword: &str) -> Option<Tag> {
    StandardDataDictionary
        .by_name(keyword)
        .map(|entry| entry.tag())
}

/// The VR of a tag; `signed` is the Pixel Representation that decides between US and SS. UN when the tag is unknown.
pub fn vr(tag: Tag, signed: bool) -> VR {
    match entry(tag).map(|entry| entry.vr) {
        Some(VirtualVr::Xs) if signed => VR::SS,
        Some(virtual_vr) => virtual_vr.relaxed(),
        None => VR::UN,
    }
}

/// Whether a VR has two reserved bytes and a 32-bit length in explicit encodings (PS3.5 §7.1.2).
pub fn has_long_length(vr: VR) -> bool {
    use VR::{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV};
    matches!(
        vr,
        OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV
    )
}

/// What brings an odd value of a VR to even length: a space after text, else a zero byte (PS3.5 §6.2).
pub fn padding(vr: VR) -> u8 {
    use VR::{AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UR, UT};
    match vr {
        AE | AS | CS | DA | DS | DT | IS | LO | LT | PN | SH | ST | TM | UC | UR | UT => b' ',
        _ => 0,
    }
}
