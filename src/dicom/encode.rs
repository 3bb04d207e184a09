//! Writes data sets in any of the three native encodings (PS3.5 §7, §7.3): our own ones, and foreign ones for peers that take no
//! other.
//!
//! Values are carried over byte for byte except that numbers change their byte order; what the source left long streams through a
//! small buffer. Group lengths are left out, as they would be wrong (PS3.5 §7.2), and sequences end in delimiters.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{DataSet, Element, Encoding, ReadAt, Tag, VR, Value, dictionary};

/// Bytes of a long value in memory at once; every number fits a whole number of times.
const BLOCK_BYTES: usize = 64 * 1024;
/// The longest value that a 16-bit length can tell, even.
const SHORT_LENGTH_MAX: u64 = 0xFFFE;
const UNDEFINED: u32 = u32::MAX;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_DELIMITER: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_DELIMITER: Tag = Tag(0xFFFE, 0xE0DD);

/// The bytes of a data set whose values are all held.
pub fn encode(set: &DataSet, encoding: Encoding) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let nothing: &[u8] = &[];
    Encoder::new(encoding, &nothing, &mut bytes).data_set(set)?;
    Ok(bytes)
}

/// Writes elements of scanned data sets.
pub struct Encoder<'a> {
    encoding: Encoding,
    source: &'a dyn ReadAt,
    out: &'a mut dyn Write,
}

impl<'a> Encoder<'a> {
    /// Writes to `out`; values that a scan left long are read from `source`.
    pub fn new(encoding: Encoding, source: &'a dyn ReadAt, out: &'a mut dyn Write) -> Self {
        Self {
            encoding,
            source,
            out,
        }
    }

    /// Writes all elements of a data set.
    pub fn data_set(&mut self, set: &DataSet) -> io::Result<()> {
        set.elements
            .iter()
            .try_for_each(|element| self.element(element, set.encoding))
    }

    /// Writes one element that was scanned in the encoding `from`. Encapsulated pixel data is an error: it has to be decoded first.
    pub fn element(&mut self, element: &Element, from: Encoding) -> io::Result<()> {
        self.element_of_width(element, from, None)
    }

    /// As [`element`](Self::element), of a value whose numbers are wider than its VR tells.
    pub fn element_of_width(
        &mut self,
        element: &Element,
        from: Encoding,
        number_bytes: Option<usize>,
    ) -> io::Result<()> {
        if element.tag.element() == 0 {
            return Ok(());
        }
        let element = &*self.named(element, from);
        match &element.value {
            Value::Bytes(bytes) => self.held(element, bytes, from, number_bytes),
            Value::Long(length) => self.long(element, *length, from, number_bytes),
            Value::Sequence(items) => self.sequence(element.tag, items),
            Value::Fragments(_) => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is compressed", element.tag),
            )),
        }
    }

    /// What somebody wrote as UN is little endian, whatever surrounds it (PS3.5 §6.2.2): in the other order it goes by its own VR,
    /// if that is known.
    fn named<'e>(&self, element: &'e Element, from: Encoding) -> Cow<'e, Element> {
        let known = dictionary::vr(element.tag, false);
        let is_lost = element.vr == VR::UN
            && !matches!(known, VR::UN | VR::SQ)
            && from != Encoding::ExplicitBig
            && self.encoding == Encoding::ExplicitBig;
        if !is_lost {
            return Cow::Borrowed(element);
        }
        Cow::Owned(Element {
            vr: known,
            ..element.clone()
        })
    }

    /// Tag, VR and length of an element whose value the caller writes with [`raw`](Self::raw), in the target's byte order.
    pub fn header(&mut self, tag: Tag, vr: VR, length: u64) -> io::Result<VR> {
        let order = Order(self.encoding);
        self.out.write_all(&order.u16(tag.group()))?;
        self.out.write_all(&order.u16(tag.element()))?;
        let length = u32::try_from(length).map_err(|_| io::Error::other("a value of 4 GiB"))?;
        if self.encoding == Encoding::ImplicitLittle || tag.group() == ITEM.group() {
            self.out.write_all(&order.u32(length))?;
            return Ok(vr);
        }
        // What a short length cannot tell goes out as UN (PS3.5 §6.2.2).
        let short = !dictionary::has_long_length(vr);
        let vr = if short && u64::from(length) > SHORT_LENGTH_MAX {
            VR::UN
        } else {
            vr
        };
        self.out.write_all(vr.to_string().as_bytes())?;
        if dictionary::has_long_length(vr) {
            self.out.write_all(&[0, 0])?;
            self.out.write_all(&order.u32(length))?;
        } else {
            // At most SHORT_LENGTH_MAX, or the VR were UN.
            self.out.write_all(&order.u16(length as u16))?;
        }
        Ok(vr)
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn held(
        &mut self,
        element: &Element,
        bytes: &[u8],
        from: Encoding,
        number_bytes: Option<usize>,
    ) -> io::Result<()> {
        let length = (bytes.len() as u64).next_multiple_of(2);
        let vr = self.header(element.tag, element.vr, length)?;
        let width = self.swapped_width(vr, from, number_bytes);
        if width > 1 {
            let mut swapped = bytes.to_vec();
            swap(&mut swapped, width);
            self.out.write_all(&swapped)?;
        } else {
            self.out.write_all(bytes)?;
        }
        self.pad(vr, bytes.len() as u64)
    }

    fn long(
        &mut self,
        element: &Element,
        length: u64,
        from: Encoding,
        number_bytes: Option<usize>,
    ) -> io::Result<()> {
        let vr = self.header(element.tag, element.vr, length.next_multiple_of(2))?;
        let width = self.swapped_width(vr, from, number_bytes);
        let mut block = vec![0; BLOCK_BYTES];
        let mut at = 0;
        while at < length {
            let count =
                usize::try_from(length - at).map_or(BLOCK_BYTES, |left| left.min(BLOCK_BYTES));
            let part = &mut block[..count];
            self.source.read_exact_at(part, element.offset + at)?;
            swap(part, width);
            self.out.write_all(part)?;
            at += count as u64;
        }
        self.pad(vr, length)
    }

    fn sequence(&mut self, tag: Tag, items: &[DataSet]) -> io::Result<()> {
        self.header(tag, VR::SQ, UNDEFINED.into())?;
        for item in items {
            self.header(ITEM, VR::UN, UNDEFINED.into())?;
            self.data_set(item)?;
            self.header(ITEM_DELIMITER, VR::UN, 0)?;
        }
        self.header(SEQUENCE_DELIMITER, VR::UN, 0)?;
        Ok(())
    }

    fn pad(&mut self, vr: VR, length: u64) -> io::Result<()> {
        if length.is_multiple_of(2) {
            return Ok(());
        }
        self.out.write_all(&[dictionary::padding(vr)])
    }

    /// How many bytes belong together and change places; 1 when none do.
    fn swapped_width(&self, vr: VR, from: Encoding, wider: Option<usize>) -> usize {
        let is_big = |encoding| encoding == Encoding::ExplicitBig;
        if is_big(from) == is_big(self.encoding) {
            return 1;
        }
        wider.unwrap_or_else(|| number_bytes(vr))
    }
}

/// Bytes of one number of a VR (PS3.5 §7.3); 1 for everything else. UN keeps the order it had.
fn number_bytes(vr: VR) -> usize {
    use VR::{AT, FD, FL, OD, OF, OL, OV, OW, SL, SS, SV, UL, US, UV};
    match vr {
        US | SS | OW | AT => 2,
        UL | SL | FL | OF | OL => 4,
        FD | OD | SV | UV | OV => 8,
        _ => 1,
    }
}

/// Brings each group of `width` bytes into the other order; an incomplete last one stays.
pub fn swap(bytes: &mut [u8], width: usize) {
    if width > 1 {
        bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    }
}

/// The byte order of an encoding.
struct Order(Encoding);

impl Order {
    fn u16(&self, value: u16) -> [u8; 2] {
        match self.0 {
            Encoding::ExplicitBig => value.to_be_bytes(),
            Encoding::ExplicitLittle | Encoding::ImplicitLittle => value.to_le_bytes(),
        }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        match self.0 {
            Encoding::ExplicitBig => value.to_be_bytes(),
            Encoding::ExplicitLittle | Encoding::ImplicitLittle => value.to_le_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Builder, ScanOptions, TransferSyntax, scan_data_set, tags};

    const ENCODINGS: [Encoding; 3] = [
        Encoding::ImplicitLittle,
        Encoding::ExplicitLittle,
        Encoding::ExplicitBig,
    ];

    fn every_width() -> DataSet {
        Builder::new()
            .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
            .text(tags::PATIENT_NAME, "Müller")
            .ints(tags::ROWS, &[0x0102])
            .raw(
                tags::FRAME_INCREMENT_POINTER,
                VR::AT,
                [0x18, 0, 0x63, 0x10].to_vec(),
            )
            .raw(
                tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                VR::OW,
                [1, 2, 3, 4].to_vec(),
            )
            .raw(
                tags::SELECTOR_FL_VALUE,
                VR::FL,
                1.5f32.to_le_bytes().to_vec(),
            )
            .raw(
                tags::SELECTOR_FD_VALUE,
                VR::FD,
                2.5f64.to_le_bytes().to_vec(),
            )
            .raw(
                tags::SELECTOR_UL_VALUE,
                VR::UL,
                0x0102_0304u32.to_le_bytes().to_vec(),
            )
            .raw(
                tags::FLOAT_PIXEL_DATA,
                VR::OF,
                3.5f32.to_le_bytes().to_vec(),
            )
            .raw(
                tags::DOUBLE_FLOAT_PIXEL_DATA,
                VR::OD,
                4.5f64.to_le_bytes().to_vec(),
            )
            .raw(
                tags::LONG_PRIMITIVE_POINT_INDEX_LIST,
                VR::OL,
                [1, 2, 3, 4].to_vec(),
            )
            .raw(
                tags::EXTENDED_OFFSET_TABLE,
                VR::OV,
                [1, 2, 3, 4, 5, 6, 7, 8].to_vec(),
            )
            .sequence(
                tags::REFERENCED_SOP_SEQUENCE,
                vec![Builder::new().text(tags::REFERENCED_SOP_INSTANCE_UID, "1.2.3")],
            )
            .to_data_set()
    }

    fn scanned(bytes: &[u8], encoding: Encoding) -> DataSet {
        let syntax = TransferSyntax::native(encoding);
        let options = ScanOptions::INDEX;
        scan_data_set(&bytes, 0, bytes.len() as u64, syntax, &options).expect("our own bytes")
    }

    #[test]
    fn every_way_round_gives_the_same_bytes_again() {
        let start = encode(&every_width(), Encoding::ExplicitLittle).expect("in memory");
        for first in ENCODINGS {
            for second in ENCODINGS {
                let set = scanned(&start, Encoding::ExplicitLittle);
                let there = encode(&set, first).expect("in memory");
                let further = encode(&scanned(&there, first), second).expect("in memory");
                let back = encode(&scanned(&further, second), Encoding::ExplicitLittle);
                assert_eq!(back.expect("in memory"), start, "{first:?} {second:?}");
            }
        }
    }

    #[test]
    fn numbers_are_big_endian_and_bytes_are_not() {
        let bytes = encode(&every_width(), Encoding::ExplicitBig).expect("in memory");
        let set = scanned(&bytes, Encoding::ExplicitBig);
        assert_eq!(set.bytes(tags::ROWS), Some(&[1, 2][..]));
        assert_eq!(set.int(tags::ROWS), Some(0x0102));
        assert_eq!(
            set.bytes(tags::LONG_PRIMITIVE_POINT_INDEX_LIST),
            Some(&[4, 3, 2, 1][..])
        );
        assert_eq!(
            set.bytes(tags::FLOAT_PIXEL_DATA),
            Some(&3.5f32.to_be_bytes()[..])
        );
        assert_eq!(
            set.bytes(tags::FRAME_INCREMENT_POINTER),
            Some(&[0, 0x18, 0x10, 0x63][..])
        );
        assert_eq!(set.text(tags::PATIENT_NAME).as_deref(), Some("Müller"));
        assert_eq!(
            set.text(tags::SPECIFIC_CHARACTER_SET).as_deref(),
            Some("ISO_IR 192")
        );
    }

    #[test]
    fn a_long_value_of_a_short_vr_goes_out_as_unknown() {
        let long = "9".repeat(70_000);
        let set = Builder::new().text(tags::CONTOUR_DATA, &long).to_data_set();
        let bytes = encode(&set, Encoding::ExplicitLittle).expect("in memory");
        assert_eq!(&bytes[4..6], b"UN");
        assert_eq!(bytes.len(), 12 + 70_000);
    }

    #[test]
    fn odd_values_are_padded_and_group_lengths_left_out() {
        let set = Builder::new()
            .raw(Tag(0x0010, 0), VR::UL, [9, 9, 9, 9].to_vec())
            .text(tags::PATIENT_ID, "123")
            .to_data_set();
        let bytes = encode(&set, Encoding::ImplicitLittle).expect("in memory");
        assert_eq!(
            bytes,
            [0x10, 0, 0x20, 0, 4, 0, 0, 0, b'1', b'2', b'3', b' ']
        );
    }
}
