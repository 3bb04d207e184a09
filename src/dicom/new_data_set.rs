//! Data sets that we write ourselves, as Explicit VR Little Endian (PS3.5 §6.2, §7.1.2).
//!
//! Elements come out in ascending order, values are padded to even length by their VR, texts are UTF-8 (the writer of a data set
//! with other than ASCII texts names ISO_IR 192 in it). A value too long for its VR is refused, never cut.

use std::collections::BTreeMap;

use super::{Tag, VR, dictionary};

/// Characters of a decimal string (PS3.5 §6.2, DS).
const DECIMAL_CHARACTERS_MAX: usize = 16;

/// A value that is longer than the length field of its VR can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value of {0} is too long to be written")]
pub struct ValueTooLong(pub Tag);

/// A data set under construction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewDataSet {
    elements: BTreeMap<Tag, (VR, Vec<u8>)>,
}

impl NewDataSet {
    /// An empty data set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a text, several values separated by backslashes; an empty one makes an empty element. The VR is the dictionary's.
    pub fn text(&mut self, tag: Tag, value: &str) -> &mut Self {
        let vr = dictionary::vr(tag, false);
        self.raw(tag, vr, value.as_bytes().to_vec())
    }

    /// Sets integers: binary for the binary VRs, decimal text for IS and DS; negative values choose SS where the dictionary
    /// leaves it open.
    pub fn ints(&mut self, tag: Tag, values: &[i64]) -> &mut Self {
        let vr = dictionary::vr(tag, values.iter().any(|value| *value < 0));
        let bytes = values.iter().flat_map(|value| {
            let bytes = value.to_le_bytes();
            let width = match vr {
                VR::UL | VR::SL | VR::OL => 4,
                VR::UV | VR::SV | VR::OV => 8,
                _ => 2,
            };
            bytes.into_iter().take(width)
        });
        let bytes = match vr {
            VR::IS | VR::DS => joined(values.iter().map(i64::to_string)),
            _ => bytes.collect(),
        };
        self.raw(tag, vr, bytes)
    }

    /// Sets numbers that may have fractions: DS as [`decimal`] texts, FL and FD binary.
    pub fn floats(&mut self, tag: Tag, values: &[f64]) -> &mut Self {
        let vr = dictionary::vr(tag, false);
        let bytes = match vr {
            VR::DS | VR::IS => joined(values.iter().map(|value| decimal(*value))),
            VR::FD | VR::OD => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            // FL is single precision.
            _ => values
                .iter()
                .flat_map(|v| (*v as f32).to_le_bytes())
                .collect(),
        };
        self.raw(tag, vr, bytes)
    }

    /// Sets 16-bit words.
    pub fn words(&mut self, tag: Tag, vr: VR, words: &[u16]) -> &mut Self {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        self.raw(tag, vr, bytes.collect())
    }

    /// Sets bytes under a VR of the caller's choice.
    pub fn raw(&mut self, tag: Tag, vr: VR, mut bytes: Vec<u8>) -> &mut Self {
        if bytes.len() % 2 == 1 {
            bytes.push(if is_padded_with_zero(vr) { 0 } else { b' ' });
        }
        self.elements.insert(tag, (vr, bytes));
        self
    }

    /// Sets a sequence; without items it is not written at all.
    ///
    /// # Errors
    /// An item holds a value that is too long.
    pub fn sequence(&mut self, tag: Tag, items: &[Self]) -> Result<&mut Self, ValueTooLong> {
        if items.is_empty() {
            return Ok(self);
        }
        let mut bytes = Vec::new();
        for item in items {
            let value = item.bytes()?;
            bytes.extend(place(Tag(0xFFFE, 0xE000)));
            bytes.extend(length_32(tag, value.len())?);
            bytes.extend(value);
        }
        self.elements.insert(tag, (VR::SQ, bytes));
        Ok(self)
    }

    /// The data set as Explicit VR Little Endian.
    ///
    /// # Errors
    /// A value is too long for its VR.
    pub fn bytes(&self) -> Result<Vec<u8>, ValueTooLong> {
        let mut written = Vec::new();
        for (tag, (vr, value)) in &self.elements {
            written.extend(place(*tag));
            written.extend(vr.to_bytes());
            if dictionary::has_long_length(*vr) {
                written.extend([0, 0]);
                written.extend(length_32(*tag, value.len())?);
            } else {
                let length = u16::try_from(value.len()).map_err(|_| ValueTooLong(*tag))?;
                written.extend(length.to_le_bytes());
            }
            written.extend(value);
        }
        Ok(written)
    }
}

/// The decimal text of at most 16 characters that is nearest to a finite number (PS3.5 §6.2, DS).
pub fn decimal(value: f64) -> String {
    let plain = value.to_string();
    let short = format!("{value:e}");
    for exact in [plain, short] {
        if exact.len() <= DECIMAL_CHARACTERS_MAX {
            return exact;
        }
    }
    let distance = |text: &String| (text.parse::<f64>().unwrap_or(f64::MAX) - value).abs();
    let fitting = (0..=DECIMAL_CHARACTERS_MAX)
        .flat_map(|digits| [format!("{value:.digits$}"), format!("{value:.digits$e}")])
        .filter(|text| text.len() <= DECIMAL_CHARACTERS_MAX)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)));
    fitting.unwrap_or_else(|| "0".to_owned())
}

/// The number that [`decimal`] writes: what a reader of the text will have.
pub fn as_decimal(value: f64) -> f64 {
    decimal(value).parse().unwrap_or(value)
}

fn joined(texts: impl Iterator<Item = String>) -> Vec<u8> {
    texts.collect::<Vec<_>>().join("\\").into_bytes()
}

fn place(tag: Tag) -> [u8; 4] {
    let ([a, b], [c, d]) = (tag.group().to_le_bytes(), tag.element().to_le_bytes());
    [a, b, c, d]
}

fn length_32(tag: Tag, length: usize) -> Result<[u8; 4], ValueTooLong> {
    match u32::try_from(length) {
        // all ones mean an undefined length
        Ok(length) if length < u32::MAX => Ok(length.to_le_bytes()),
        _ => Err(ValueTooLong(tag)),
    }
}

fn is_padded_with_zero(vr: VR) -> bool {
    matches!(
        vr,
        VR::UI | VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV | VR::UN
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Encoding, ScanOptions, TransferSyntax, scan_data_set, tags};

    #[test]
    fn what_is_written_is_read_back() {
        let mut item = NewDataSet::new();
        item.text(tags::GRAPHIC_LAYER, "ODD")
            .floats(tags::GRAPHIC_DATA, &[0.5, -3.25]);
        let mut written = NewDataSet::new();
        written
            .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
            .text(tags::PATIENT_NAME, "Дарья^Ω=山田^太郎")
            .ints(tags::SMALLEST_IMAGE_PIXEL_VALUE, &[-5])
            .ints(tags::INSTANCE_NUMBER, &[7])
            .ints(
                tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER,
                &[-4, i64::from(i32::MAX)],
            )
            .floats(tags::PIXEL_SPACING, &[0.1, 1.0 / 3.0]);
        written
            .sequence(tags::GRAPHIC_ANNOTATION_SEQUENCE, &[item])
            .expect("short values")
            .sequence(tags::GRAPHIC_LAYER_SEQUENCE, &[])
            .expect("nothing");
        let bytes = written.bytes().expect("short values");
        let length = bytes.len() as u64;
        let syntax = TransferSyntax::native(Encoding::ExplicitLittle);
        let scanned = scan_data_set(&bytes, 0, length, syntax, &ScanOptions::DISPLAY);
        let scanned = scanned.expect("a data set");
        let text = |tag| scanned.text(tag).unwrap_or_default();
        assert_eq!(text(tags::PATIENT_NAME), "Дарья^Ω=山田^太郎");
        assert_eq!(scanned.int(tags::SMALLEST_IMAGE_PIXEL_VALUE), Some(-5));
        assert_eq!(scanned.int(tags::INSTANCE_NUMBER), Some(7));
        assert_eq!(
            scanned.ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER),
            [-4, 2_147_483_647]
        );
        assert_eq!(
            scanned.floats(tags::PIXEL_SPACING),
            [0.1, as_decimal(1.0 / 3.0)]
        );
        let items = scanned.items(tags::GRAPHIC_ANNOTATION_SEQUENCE);
        assert_eq!(items[0].floats(tags::GRAPHIC_DATA), [0.5, -3.25]);
        assert!(scanned.element(tags::GRAPHIC_LAYER_SEQUENCE).is_none());
    }

    #[test]
    fn decimals_have_sixteen_characters_and_are_as_near_as_these_allow() {
        assert_eq!(decimal(-1024.0), "-1024");
        assert_eq!(decimal(0.1), "0.1");
        assert_eq!(decimal(1.0 / 3.0), "0.33333333333333");
        assert_eq!(decimal(-1.0 / 3.0), "-0.3333333333333");
        assert_eq!(decimal(1e300), "1e300");
        for value in [
            std::f64::consts::PI * 1e-9,
            -2e18 / 7.0,
            123_456_789.123_456_79,
        ] {
            let text = decimal(value);
            assert!(text.len() <= 16, "{text}");
            assert!((as_decimal(value) / value - 1.0).abs() < 1e-8, "{text}");
        }
    }

    #[test]
    fn a_value_longer_than_its_length_field_is_refused() {
        let mut written = NewDataSet::new();
        written.text(tags::PATIENT_COMMENTS, &"x".repeat(70_000));
        assert_eq!(written.bytes(), Err(ValueTooLong(tags::PATIENT_COMMENTS)));
    }
}
