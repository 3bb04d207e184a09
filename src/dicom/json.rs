//! Data sets in the DICOM JSON model (PS3.18 Annex F): what every machine output of a data set is written in.

use serde_json::{Map, Value as Json, json};

use super::dataset::{DataSet, Element, Value};
use super::{Encoding, PersonName, Tag, VR, tags};

/// A data set in the JSON model. Text is UTF-8, so Specific Character Set says so; values that were left in the source are given as
/// `BulkDataURI` by `bulk_data_uri`, or without value when that answers `None`.
pub fn data_set(set: &DataSet, bulk_data_uri: &dyn Fn(&Element) -> Option<String>) -> Json {
    let mut object = Map::new();
    for element in &set.elements {
        // F.2.2: group lengths say nothing here.
        if element.tag.element() == 0 {
            continue;
        }
        let mut attribute = Map::new();
        attribute.insert("vr".to_owned(), element.vr.to_string().into());
        match &element.value {
            Value::Sequence(items) => {
                let items = items
                    .iter()
                    .map(|item| data_set(item, bulk_data_uri))
                    .collect();
                attribute.insert("Value".to_owned(), Json::Array(items));
            }
            Value::Bytes(bytes) if is_bulk(element.vr) => {
                if !bytes.is_empty() {
                    let bytes = little_endian(bytes, element.vr, set.encoding);
                    attribute.insert("InlineBinary".to_owned(), base64(&bytes).into());
                }
            }
            Value::Bytes(_) => {
                let values = values(set, element);
                if !values.is_empty() {
                    attribute.insert("Value".to_owned(), Json::Array(values));
                }
            }
            Value::Long(_) | Value::Fragments(_) => {
                if let Some(uri) = bulk_data_uri(element) {
                    attribute.insert("BulkDataURI".to_owned(), uri.into());
                }
            }
        }
        object.insert(key(element.tag), Json::Object(attribute));
    }
    Json::Object(object)
}

/// A tag as the model's key: eight hex digits.
pub fn key(tag: Tag) -> String {
    format!("{:04X}{:04X}", tag.group(), tag.element())
}

/// A person's name as the model's value.
pub fn person_name(name: &PersonName) -> Json {
    let groups = [
        ("Alphabetic", &name.alphabetic),
        ("Ideographic", &name.ideographic),
        ("Phonetic", &name.phonetic),
    ];
    let written = groups.into_iter().filter(|(_, text)| !text.is_empty());
    Json::Object(
        written
            .map(|(group, text)| (group.to_owned(), text.as_str().into()))
            .collect(),
    )
}

fn is_bulk(vr: VR) -> bool {
    use VR::{OB, OD, OF, OL, OV, OW, UN};
    matches!(vr, OB | OD | OF | OL | OV | OW | UN)
}

fn values(set: &DataSet, element: &Element) -> Vec<Json> {
    let tag = element.tag;
    let texts = || set.texts(tag);
    if tag == tags::SPECIFIC_CHARACTER_SET {
        return vec!["ISO_IR 192".into()];
    }
    match element.vr {
        VR::AT => {
            let named = |number: i64| key(Tag((number >> 16) as u16, number as u16));
            set.ints(tag)
                .into_iter()
                .map(|number| named(number).into())
                .collect()
        }
        VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV => {
            set.ints(tag).into_iter().map(Json::from).collect()
        }
        VR::FL => set
            .floats(tag)
            .into_iter()
            .zip(texts())
            .map(|(value, text)| single(value, &text))
            .collect(),
        VR::FD => set
            .floats(tag)
            .into_iter()
            .map(|value| json!(value))
            .collect(),
        VR::IS | VR::DS => texts().iter().map(|text| number(text)).collect(),
        VR::PN => texts().iter().map(|text| name(text)).collect(),
        _ => texts()
            .into_iter()
            .map(|text| {
                if text.is_empty() {
                    Json::Null
                } else {
                    text.into()
                }
            })
            .collect(),
    }
}

/// The shortest decimal of a single-precision number, which its widening would not be.
fn single(value: f64, text: &str) -> Json {
    text.parse::<f64>()
        .map_or(json!(value), |shortest| json!(shortest))
}

/// A decimal or integer string as a number; one that is none stays a string (F.2.3.1), none at all is null.
fn number(text: &str) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    let integer = text.parse::<i64>().ok().map(Json::from);
    let decimal = || {
        text.parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .map(|value| json!(value))
    };
    integer.or_else(decimal).unwrap_or_else(|| text.into())
}

fn name(text: &str) -> Json {
    if text.is_empty() {
        Json::Null
    } else {
        person_name(&PersonName::parse(text))
    }
}

/// The model's binary values are little endian whatever the transfer syntax (F.2.7).
fn little_endian(bytes: &[u8], vr: VR, encoding: Encoding) -> Vec<u8> {
    let unit = match vr {
        VR::OW => 2,
        VR::OL | VR::OF => 4,
        VR::OD | VR::OV => 8,
        _ => 1,
    };
    let mut bytes = bytes.to_vec();
    if encoding == Encoding::ExplicitBig {
        bytes.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
    }
    bytes
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::charset::CharacterSet;

    fn element(tag: Tag, vr: VR, bytes: &[u8]) -> Element {
        Element {
            tag,
            vr,
            offset: 0,
            value: Value::Bytes(bytes.into()),
        }
    }

    #[test]
    fn values_take_the_types_of_the_model() {
        let set = DataSet::new(
            Encoding::ExplicitBig,
            CharacterSet::new(&["ISO_IR 100".to_owned()]),
            vec![
                element(Tag(0x0008, 0x0000), VR::UL, &[0, 0, 0, 8]),
                element(tags::SPECIFIC_CHARACTER_SET, VR::CS, b"ISO_IR 100"),
                element(tags::IMAGE_TYPE, VR::CS, b"ORIGINAL\\\\AXIAL "),
                element(tags::PATIENT_NAME, VR::PN, b"M\xFCller^A=x"),
                element(tags::ROWS, VR::US, &[2, 0]),
                element(tags::PIXEL_SPACING, VR::DS, b"0.50\\abc "),
                element(tags::SERIES_NUMBER, VR::IS, b""),
                element(
                    tags::FRAME_INCREMENT_POINTER,
                    VR::AT,
                    &[0, 0x18, 0x10, 0x63],
                ),
                element(
                    tags::RECOMMENDED_DISPLAY_FRAME_RATE_IN_FLOAT,
                    VR::FL,
                    &0.1_f32.to_be_bytes(),
                ),
                element(tags::PIXEL_DATA, VR::OW, &[1, 2]),
                Element {
                    tag: tags::FLOAT_PIXEL_DATA,
                    vr: VR::OF,
                    offset: 7,
                    value: Value::Long(9),
                },
            ],
        );
        let json = data_set(&set, &|element| {
            Some(format!("file:///x?{}", element.offset))
        });
        let expected = json!({
            "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
            "00080008": {"vr": "CS", "Value": ["ORIGINAL", null, "AXIAL"]},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Müller^A", "Ideographic": "x"}]},
            "00280010": {"vr": "US", "Value": [512]},
            "00280030": {"vr": "DS", "Value": [0.5, "abc"]},
            "00200011": {"vr": "IS"},
            "00280009": {"vr": "AT", "Value": ["00181063"]},
            "00089459": {"vr": "FL", "Value": [0.1]},
            "7FE00010": {"vr": "OW", "InlineBinary": "AgE="},
            "7FE00008": {"vr": "OF", "BulkDataURI": "file:///x?7"},
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn base64_pads_as_the_rfc_says() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
