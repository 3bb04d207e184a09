//! Lookup tables of any legal and many an illegal descriptor (PS3.3 C.11.1.1.1, C.11.2.1.1; presentation.md section 4).

use std::sync::Arc;

use crate::dicom::{DataSet, DicomFile, Encoding, VR, tags};

/// A table from rounded input values to integers of `bits` bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupTable {
    /// The input that the first entry belongs to.
    pub first: i32,
    /// Output is `0 ..= 2^bits - 1`.
    pub bits: u32,
    /// At least one entry, at most 65536.
    pub entries: Arc<[u16]>,
    /// LUT Explanation (0028,3003).
    pub explanation: String,
}

impl LookupTable {
    /// Reads an item with LUT Descriptor and LUT Data. `input_can_be_negative` decides how the first mapped value is read,
    /// whatever VR it was written with. Oddities that can be tolerated go to `warnings`.
    ///
    /// # Errors
    /// In words: no descriptor of three values, no data.
    pub fn read(
        item: &DataSet,
        file: &DicomFile,
        input_can_be_negative: bool,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let descriptor = item.ints(tags::LUT_DESCRIPTOR);
        let [declared, first, bits] = descriptor[..] else {
            return Err("LUT Descriptor (0028,3002) does not have three values".into());
        };
        let declared = match declared & 0xFFFF {
            0 => 65536,
            n => usize::try_from(n).map_err(|_| "LUT Descriptor is out of range")?,
        };
        let entries = read_entries(item, file, declared)?;
        if entries.is_empty() {
            return Err("LUT Data (0028,3006) is empty".into());
        }
        if entries.len() < declared {
            warnings.push(format!(
                "LUT Data (0028,3006) holds {} of {declared} entries",
                entries.len()
            ));
        }
        let first = first & 0xFFFF;
        let signed_first = if input_can_be_negative && first > 0x7FFF {
            first - 0x1_0000
        } else {
            first
        };
        Ok(Self {
            first: i32::try_from(signed_first).map_err(|_| "LUT Descriptor is out of range")?,
            bits: output_bits(bits, &entries, warnings),
            entries: entries.into(),
            explanation: item.text(tags::LUT_EXPLANATION).unwrap_or_default(),
        })
    }

    /// The same table for an input that can be negative: its first input is then a signed word.
    pub fn for_signed_input(mut self) -> Self {
        if self.first > 0x7FFF {
            self.first -= 0x1_0000;
        }
        self
    }

    /// The largest output value the width allows.
    pub fn maximum(&self) -> f64 {
        f64::from((1_u32 << self.bits) - 1)
    }
}

/// The words or packed bytes of LUT Data, decided by its length; entries beyond the declared ones are left out.
fn read_entries(item: &DataSet, file: &DicomFile, declared: usize) -> Result<Vec<u16>, String> {
    let element = item
        .element(tags::LUT_DATA)
        .ok_or("LUT Data (0028,3006) is missing")?;
    let bytes = file
        .value_bytes(element)
        .map_err(|error| format!("LUT Data (0028,3006): {error}"))?;
    let big = item.encoding == Encoding::ExplicitBig && element.vr != VR::OB;
    let packed = bytes.len() < declared * 2 && bytes.len().abs_diff(declared) <= 1;
    let words = bytes.as_chunks::<2>().0.iter().map(|pair| {
        if big {
            u16::from_be_bytes(*pair)
        } else {
            u16::from_le_bytes(*pair)
        }
    });
    let mut entries: Vec<u16> = if packed {
        words
            .flat_map(|word| [word & 0xFF, word >> 8])
            .chain(bytes.as_chunks::<2>().1.iter().map(|b| u16::from(*b)))
            .collect()
    } else {
        words.collect()
    };
    entries.truncate(declared);
    Ok(entries)
}

/// The output width: the descriptor's when it is legal and fits every entry, else the smallest that does.
fn output_bits(declared: i64, entries: &[u16], warnings: &mut Vec<String>) -> u32 {
    let largest = entries.iter().copied().max().unwrap_or(0);
    match u32::try_from(declared) {
        Ok(bits @ 8..=16) if u32::from(largest) < 1 << bits => bits,
        Ok(8..=16) => {
            warnings.push(format!(
                "LUT entries exceed the {declared} bits of the LUT Descriptor (0028,3002)"
            ));
            (8..=16)
                .find(|bits| u32::from(largest) < 1 << bits)
                .unwrap_or(16)
        }
        _ => {
            warnings.push(format!(
                "LUT Descriptor (0028,3002) declares {declared} bits"
            ));
            if largest <= 0xFF { 8 } else { 16 }
        }
    }
}
