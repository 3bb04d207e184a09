//! Huffman tables of JPEG (ISO 10918-1 Annex C, F.2.2.3).

use super::jpeg_bits::{BitReader, extend};
use crate::imaging::image::DecodeError;

/// Codes up to this length are found by one look-up.
const LOOKAHEAD: u32 = 10;
/// Window of the tables that give a whole difference by one look-up.
const DIFFERENCE_LOOKAHEAD: u32 = 13;

/// The four destinations of each class.
#[derive(Debug, Default)]
pub struct HuffmanTables {
    /// Class 0: DC, and the differences of lossless JPEG.
    pub dc: [Option<HuffmanTable>; 4],
    /// Class 1: AC.
    pub ac: [Option<HuffmanTable>; 4],
}

fn broken(reason: String) -> DecodeError {
    DecodeError::Codestream {
        codec: "JPEG",
        reason,
    }
}

impl HuffmanTables {
    /// Takes the tables of a DHT segment.
    pub fn define(&mut self, payload: &[u8]) -> Result<(), DecodeError> {
        let mut rest = payload;
        while let Some((head, tail)) = rest.split_first_chunk::<17>() {
            let counts = &head[1..];
            let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let values = tail
                .get(..total)
                .ok_or_else(|| broken("a Huffman table is cut off".to_owned()))?;
            let table = HuffmanTable::new(counts, values)?;
            let destination = usize::from(head[0] & 15);
            let class = match head[0] >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                other => return Err(broken(format!("Huffman table of class {other}"))),
            };
            let slot = class
                .get_mut(destination)
                .ok_or_else(|| broken(format!("Huffman table for destination {destination}")))?;
            *slot = Some(table);
            rest = &tail[total..];
        }
        Ok(())
    }

    /// The DC table of a destination.
    pub fn dc(&self, destination: u8) -> Result<&HuffmanTable, DecodeError> {
        find(&self.dc, destination)
    }

    /// The AC table of a destination.
    pub fn ac(&self, destination: u8) -> Result<&HuffmanTable, DecodeError> {
        find(&self.ac, destination)
    }
}

fn find(class: &[Option<HuffmanTable>; 4], destination: u8) -> Result<&HuffmanTable, DecodeError> {
    class
        .get(usize::from(destination))
        .and_then(Option::as_ref)
        .ok_or_else(|| broken(format!("Huffman table {destination} is missing")))
}

/// One table.
#[derive(Debug, Clone)]
pub struct HuffmanTable {
    /// By the next bits: symbol and code length, length 0 where the code is longer.
    lookup: Vec<(u8, u8)>,
    /// For each length: first code beyond those of this length, left-aligned to 16 bits.
    limits: [u32; 17],
    /// For each length: index of its first value minus its first code.
    offsets: [i32; 17],
    values: Vec<u8>,
}

impl HuffmanTable {
    fn new(counts: &[u8], values: &[u8]) -> Result<Self, DecodeError> {
        let mut lookup = vec![(0, 0); 1 << LOOKAHEAD];
        let mut limits = [0; 17];
        let mut offsets = [0; 17];
        let mut code = 0_u32;
        let mut index = 0_usize;
        for (length, count) in (1_u32..=16).zip(counts) {
            let slot = length as usize;
            offsets[slot] = index as i32 - code.cast_signed();
            for value in &values[index..index + usize::from(*count)] {
                if code >> length != 0 {
                    return Err(broken("a Huffman table has too many codes".to_owned()));
                }
                if length <= LOOKAHEAD {
                    let first = (code << (LOOKAHEAD - length)) as usize;
                    let span = 1 << (LOOKAHEAD - length);
                    lookup[first..first + span].fill((*value, length as u8));
                }
                code += 1;
            }
            index += usize::from(*count);
            limits[slot] = code << (16 - length);
            code <<= 1;
        }
        Ok(Self {
            lookup,
            limits,
            offsets,
            values: values.to_vec(),
        })
    }

    /// The next symbol; the caller refilled. `None` for a code that no symbol has.
    #[inline]
    pub fn symbol(&self, reader: &mut BitReader<'_>) -> Option<u8> {
        let (symbol, length) = self.lookup[reader.peek(LOOKAHEAD) as usize];
        if length != 0 {
            reader.consume(u32::from(length));
            return Some(symbol);
        }
        self.long_symbol(reader)
    }

    fn long_symbol(&self, reader: &mut BitReader<'_>) -> Option<u8> {
        let code = reader.peek(16);
        // Lengths up to the look-ahead are all in the table, except in broken ones.
        let length = (1..=16_u32).find(|length| code < self.limits[*length as usize])?;
        let slot = length as usize;
        let index = (code >> (16 - length)).cast_signed() + self.offsets[slot];
        reader.consume(length);
        self.values.get(usize::try_from(index).ok()?).copied()
    }
}

/// A table for lossless JPEG whose look-up gives the difference itself when code and difference fit the window.
#[derive(Debug)]
pub struct DifferenceTable {
    entries: Vec<DifferenceEntry>,
    table: HuffmanTable,
}

/// `bits` is 0 where the window is too short for the code; `pending` counts the bits of the difference still to read.
#[derive(Debug, Clone, Copy, Default)]
struct DifferenceEntry {
    difference: i16,
    bits: u8,
    pending: u8,
}

impl DifferenceTable {
    /// Prepares the look-up.
    pub fn new(table: &HuffmanTable) -> Self {
        let mut entries = vec![DifferenceEntry::default(); 1 << DIFFERENCE_LOOKAHEAD];
        for (window, entry) in (0_u32..).zip(entries.iter_mut()) {
            let (symbol, length) =
                table.lookup[(window >> (DIFFERENCE_LOOKAHEAD - LOOKAHEAD)) as usize];
            let (category, length) = (u32::from(symbol), u32::from(length));
            if length == 0 || category > 16 {
                continue;
            }
            *entry = if category == 16 {
                // No bits follow; 32768 and -32768 are the same modulo 65536.
                DifferenceEntry {
                    difference: i16::MIN,
                    bits: length as u8,
                    pending: 0,
                }
            } else if length + category <= DIFFERENCE_LOOKAHEAD {
                let below = DIFFERENCE_LOOKAHEAD - length - category;
                let value = (window >> below) & ((1 << category) - 1);
                DifferenceEntry {
                    difference: extend(value, category) as i16,
                    bits: (length + category) as u8,
                    pending: 0,
                }
            } else {
                DifferenceEntry {
                    difference: 0,
                    bits: length as u8,
                    pending: symbol,
                }
            };
        }
        Self {
            entries,
            table: table.clone(),
        }
    }

    /// The next difference modulo 65536; at least 32 bits must be available. `None` for an unknown code.
    #[inline]
    pub fn difference(&self, reader: &mut BitReader<'_>) -> Option<u16> {
        let entry = self.entries[reader.peek(DIFFERENCE_LOOKAHEAD) as usize];
        if entry.bits != 0 && entry.pending == 0 {
            reader.consume(u32::from(entry.bits));
            return Some(entry.difference.cast_unsigned());
        }
        self.long_difference(entry, reader)
    }

    fn long_difference(&self, entry: DifferenceEntry, reader: &mut BitReader<'_>) -> Option<u16> {
        let category = if entry.bits != 0 {
            reader.consume(u32::from(entry.bits));
            entry.pending
        } else {
            self.table.long_symbol(reader)?
        };
        match category {
            0..=15 => Some(reader.take_signed(u32::from(category)) as u16),
            16 => Some(0x8000),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_codes_are_found() {
        // One code of each length 1 to 16: 0, 10, 110, ...
        let counts = [1_u8; 16];
        let values: Vec<u8> = (0..16).collect();
        let table = HuffmanTable::new(&counts, &values).expect("a valid table");
        for length in 1..=16_u32 {
            // All ones but the last bit.
            let code = (0xFFFF_u32 << (17 - length)) as u16;
            let mut data = vec![0; 16];
            data[..2].copy_from_slice(&code.to_be_bytes());
            let mut reader = BitReader::new((&data, 2));
            reader.refill();
            assert_eq!(
                table.symbol(&mut reader),
                Some(length as u8 - 1),
                "{length}"
            );
        }
        let mut reader = BitReader::new((&[0xFF; 16], 8));
        reader.refill();
        assert_eq!(table.symbol(&mut reader), None);
        assert!(
            HuffmanTable::new(
                &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                &[1, 2, 3]
            )
            .is_err()
        );
    }
}
