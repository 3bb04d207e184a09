//! Encapsulated pixel data: where its fragments lie (PS3.5 §A.4).

use super::ScanError;
use super::walker::{Header, ITEM, SEQUENCE_DELIMITER, UNDEFINED, Walker};
use crate::dicom::Encoding;
use crate::dicom::dataset::Fragments;

impl Walker<'_> {
    /// Encapsulated pixel data: fragments are stepped over by their lengths, whatever bytes they hold (PS3.5 §A.4).
    pub(super) fn fragments(
        &mut self,
        header: &Header,
        limit: u64,
    ) -> Result<(Fragments, u64), ScanError> {
        let mut fragments = Fragments::default();
        let mut position = header.value_offset;
        let mut first = true;
        loop {
            // Item tags follow the byte order, and encapsulation is little endian only.
            let Some(item) = self.header(position, limit, Encoding::ImplicitLittle)? else {
                return Ok((fragments, limit));
            };
            if item.tag == SEQUENCE_DELIMITER {
                return Ok((fragments, item.value_offset));
            }
            if item.tag != ITEM || item.length == UNDEFINED {
                let reason = "no fragment where pixel data needs one";
                return Err(ScanError::Malformed {
                    offset: position,
                    reason,
                });
            }
            self.count()?;
            let end = item.value_offset + u64::from(item.length);
            if end > limit {
                self.overrun(Some(header.tag), item.value_offset, end, limit)?;
                return Ok((fragments, limit));
            }
            if first {
                fragments.basic_offset_table = self.offset_table(&item)?;
                first = false;
            } else {
                fragments.places.push((item.value_offset, item.length));
            }
            position = end;
        }
    }

    fn offset_table(&mut self, item: &Header) -> Result<Vec<u32>, ScanError> {
        let entries = item.length / 4;
        if entries > self.elements_left {
            let limit = self.options.elements_max.into();
            return Err(ScanError::TooMuch {
                what: "offset table entries",
                limit,
            });
        }
        if !item.length.is_multiple_of(4) {
            self.note("the offset table is not a whole number of entries");
        }
        let bytes = self.window.bytes(item.value_offset, entries as usize * 4)?;
        let (entries, _) = bytes.as_chunks::<4>();
        Ok(entries
            .iter()
            .map(|entry| u32::from_le_bytes(*entry))
            .collect())
    }
}
