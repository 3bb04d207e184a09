//! Builds one data set element by element and writes it in any native encoding (PS3.5 §7), on purpose without checking values:
//! tests need objects that are wrong in exactly one place. Elements come out in ascending order, padded to even length; texts are
//! written in UTF-8, which the builder of other than ASCII texts names in (0008,0005).

use std::collections::BTreeMap;

use super::charset::CharacterSet;
use super::decimal::decimal;
use super::{
    DataSet, Element, Encoding, FileMeta, Tag, TransferSyntax, VR, Value, dictionary, identity,
    tags,
};

/// A value that is longer than the length field of its VR can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value of {0} is too long to be written")]
pub struct ValueTooLong(pub Tag);

/// The longest value that a 16-bit length can tell, even.
const SHORT_LENGTH_MAX: usize = 0xFFFE;

/// What an element holds, independent of byte order.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    /// Bytes that no encoding changes.
    Bytes(Vec<u8>),
    /// 16-bit words.
    Words(Vec<u16>),
    /// Numbers of a binary VR.
    Integers(Vec<i64>),
    /// Numbers of FL and FD.
    Floats(Vec<f64>),
    /// Items.
    Sequence(Vec<Builder>),
    /// Encapsulated pixel data: Basic Offset Table and fragments.
    Fragments(Vec<u32>, Vec<Vec<u8>>),
}

/// A data set under construction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Builder {
    elements: BTreeMap<Tag, (VR, Content)>,
}

impl Builder {
    /// An empty data set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a text; several values are separated by a backslash. The VR is the dictionary's.
    pub fn text(self, tag: Tag, value: &str) -> Self {
        self.raw(tag, dictionary::vr(tag, false), value.as_bytes().to_vec())
    }

    /// Sets numbers: binary for the binary VRs, decimal text for IS and DS. `signed` values choose SS where the dictionary leaves it open.
    pub fn ints(mut self, tag: Tag, values: &[i64]) -> Self {
        let vr = dictionary::vr(tag, values.iter().any(|v| *v < 0));
        let content = match vr {
            VR::IS | VR::DS => Content::Bytes(joined(values.iter().map(i64::to_string))),
            _ => Content::Integers(values.to_vec()),
        };
        self.elements.insert(tag, (vr, content));
        self
    }

    /// Sets numbers that may have fractions: DS as [`decimal`] text, FL and FD binary.
    pub fn floats(mut self, tag: Tag, values: &[f64]) -> Self {
        let vr = dictionary::vr(tag, false);
        let content = match vr {
            VR::IS | VR::DS => Content::Bytes(joined(values.iter().map(|value| decimal(*value)))),
            _ => Content::Floats(values.to_vec()),
        };
        self.elements.insert(tag, (vr, content));
        self
    }

    /// Sets bytes under a VR of the caller's choice, unchanged by any encoding.
    pub fn raw(mut self, tag: Tag, vr: VR, bytes: Vec<u8>) -> Self {
        self.elements.insert(tag, (vr, Content::Bytes(bytes)));
        self
    }

    /// Sets 16-bit words under OW or US, swapped in big endian.
    pub fn words(mut self, tag: Tag, vr: VR, words: Vec<u16>) -> Self {
        self.elements.insert(tag, (vr, Content::Words(words)));
        self
    }

    /// Sets a sequence.
    pub fn sequence(mut self, tag: Tag, items: Vec<Builder>) -> Self {
        self.elements
            .insert(tag, (VR::SQ, Content::Sequence(items)));
        self
    }

    /// Sets encapsulated pixel data with a Basic Offset Table, which may be empty.
    pub fn fragments(mut self, offsets: Vec<u32>, fragments: Vec<Vec<u8>>) -> Self {
        let content = Content::Fragments(offsets, fragments);
        self.elements.insert(tags::PIXEL_DATA, (VR::OB, content));
        self
    }

    /// Sets a sequence unless it would be without items.
    pub fn items(self, tag: Tag, items: Vec<Builder>) -> Self {
        if items.is_empty() {
            return self;
        }
        self.sequence(tag, items)
    }

    /// Takes an element out.
    pub fn without(mut self, tag: Tag) -> Self {
        self.elements.remove(&tag);
        self
    }

    /// Whether every value fits the length field of its VR in explicit encodings (PS3.5 §7.1.2): what does not goes out as UN.
    ///
    /// # Errors
    /// The first value that is longer.
    pub fn check_lengths(&self) -> Result<(), ValueTooLong> {
        let writer = Writer::new(Encoding::ExplicitLittle);
        for (tag, (vr, content)) in &self.elements {
            match content {
                Content::Sequence(items) => items.iter().try_for_each(Builder::check_lengths)?,
                Content::Fragments(..) => {}
                _ if dictionary::has_long_length(*vr) => {}
                _ if writer.value(*vr, content).len() > SHORT_LENGTH_MAX => {
                    return Err(ValueTooLong(*tag));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The elements as a reader of [`data_set`](Self::data_set) finds them, except encapsulated pixel data, which are left out:
    /// they have no place in a source.
    pub fn to_data_set(&self) -> DataSet {
        let writer = Writer::new(Encoding::ExplicitLittle);
        let elements = self.elements.iter().filter_map(|(tag, (vr, content))| {
            let value = match content {
                Content::Fragments(..) => return None,
                Content::Sequence(items) => {
                    Value::Sequence(items.iter().map(Builder::to_data_set).collect())
                }
                _ => Value::Bytes(writer.value(*vr, content).into()),
            };
            Some(Element {
                tag: *tag,
                vr: *vr,
                offset: 0,
                value,
            })
        });
        let mut set = DataSet::new(writer.encoding, CharacterSet::default(), elements.collect());
        set.character_set = CharacterSet::new(&set.texts(tags::SPECIFIC_CHARACTER_SET));
        set
    }

    /// The data set alone.
    pub fn data_set(&self, encoding: Encoding) -> Vec<u8> {
        let mut writer = Writer::new(encoding);
        for (tag, (vr, content)) in &self.elements {
            writer.element(*tag, *vr, content);
        }
        writer.bytes
    }

    /// A Part 10 file. Encapsulated data sets are explicit little endian; a deflated syntax is deflated.
    pub fn file(&self, syntax: &'static TransferSyntax) -> Vec<u8> {
        let mut bytes = self.file_meta(syntax).write();
        let data_set = self.data_set(syntax.encoding);
        if syntax.codec == super::PixelCodec::Deflated {
            bytes.extend(deflated(&data_set));
        } else {
            bytes.extend(data_set);
        }
        bytes
    }

    /// The meta information that [`file`](Self::file) writes.
    pub fn file_meta(&self, syntax: &'static TransferSyntax) -> FileMeta {
        FileMeta {
            media_storage_sop_class_uid: self.plain_text(tags::SOP_CLASS_UID),
            media_storage_sop_instance_uid: self.plain_text(tags::SOP_INSTANCE_UID),
            transfer_syntax_uid: syntax.uid.to_owned(),
            implementation_class_uid: identity::implementation_class_uid(1),
            implementation_version_name: identity::implementation_version_name(),
            ..FileMeta::default()
        }
    }

    fn plain_text(&self, tag: Tag) -> String {
        match self.elements.get(&tag) {
            Some((_, Content::Bytes(bytes))) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        }
    }
}

fn joined(texts: impl Iterator<Item = String>) -> Vec<u8> {
    texts.collect::<Vec<_>>().join("\\").into_bytes()
}

/// PS3.5 §A.5: a raw deflate stream, padded to even length.
fn deflated(data_set: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(data_set)
        .and_then(|()| encoder.finish())
        .map(|mut bytes| {
            if bytes.len() % 2 == 1 {
                bytes.push(0);
            }
            bytes
        })
        .expect("writing to memory does not fail")
}

struct Writer {
    encoding: Encoding,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            bytes: Vec::new(),
        }
    }

    fn element(&mut self, tag: Tag, vr: VR, content: &Content) {
        if let Content::Fragments(offsets, fragments) = content {
            return self.encapsulated(tag, offsets, fragments);
        }
        let mut value = self.value(vr, content);
        if value.len() % 2 == 1 {
            value.push(dictionary::padding(vr));
        }
        let length = u32::try_from(value.len()).expect("what is built is smaller than 4 GiB");
        self.header(tag, vr, length);
        self.bytes.extend(value);
    }

    fn value(&self, vr: VR, content: &Content) -> Vec<u8> {
        match content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Words(words) => words.iter().flat_map(|w| self.u16(*w)).collect(),
            Content::Integers(values) => values.iter().flat_map(|v| self.integer(vr, *v)).collect(),
            Content::Floats(values) => values.iter().flat_map(|v| self.float(vr, *v)).collect(),
            Content::Sequence(items) => self.items(items),
            Content::Fragments(..) => Vec::new(),
        }
    }

    fn items(&self, items: &[Builder]) -> Vec<u8> {
        let mut inner = Writer::new(self.encoding);
        for item in items {
            let value = item.data_set(self.encoding);
            inner.tag(Tag(0xFFFE, 0xE000));
            let length = u32::try_from(value.len()).expect("what is built is smaller than 4 GiB");
            inner.bytes.extend(inner.u32(length));
            inner.bytes.extend(value);
        }
        inner.bytes
    }

    fn encapsulated(&mut self, tag: Tag, offsets: &[u32], fragments: &[Vec<u8>]) {
        self.header(tag, VR::OB, u32::MAX);
        let table: Vec<u8> = offsets.iter().flat_map(|o| o.to_le_bytes()).collect();
        for item in std::iter::once(&table).chain(fragments) {
            let padding = item.len() % 2;
            let length =
                u32::try_from(item.len() + padding).expect("what is built is smaller than 4 GiB");
            self.tag(Tag(0xFFFE, 0xE000));
            self.bytes.extend(length.to_le_bytes());
            self.bytes.extend(item);
            self.bytes.extend(std::iter::repeat_n(0, padding));
        }
        self.tag(Tag(0xFFFE, 0xE0DD));
        self.bytes.extend(0_u32.to_le_bytes());
    }

    fn header(&mut self, tag: Tag, vr: VR, length: u32) {
        self.tag(tag);
        if self.encoding == Encoding::ImplicitLittle {
            self.bytes.extend(length.to_le_bytes());
            return;
        }
        match (dictionary::has_long_length(vr), u16::try_from(length)) {
            (false, Ok(short)) => {
                self.bytes.extend(vr.to_bytes());
                self.bytes.extend(self.u16(short));
            }
            (is_long, _) => {
                // What a short length cannot tell goes out as UN (PS3.5 §6.2.2).
                let vr = if is_long { vr } else { VR::UN };
                self.bytes.extend(vr.to_bytes());
                self.bytes.extend([0, 0]);
                self.bytes.extend(self.u32(length));
            }
        }
    }

    fn tag(&mut self, tag: Tag) {
        self.bytes.extend(self.u16(tag.group()));
        self.bytes.extend(self.u16(tag.element()));
    }

    fn is_big(&self) -> bool {
        self.encoding == Encoding::ExplicitBig
    }

    fn u16(&self, value: u16) -> [u8; 2] {
        if self.is_big() {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        if self.is_big() {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    /// The low bytes of the number, as wide as the VR; AT is two words.
    fn integer(&self, vr: VR, value: i64) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        let [_, _, _, _, b3, b2, b1, b0] = bytes;
        match vr {
            VR::UV | VR::SV | VR::OV if self.is_big() => bytes.to_vec(),
            VR::UV | VR::SV | VR::OV => value.to_le_bytes().to_vec(),
            VR::UL | VR::SL | VR::OL => self.u32(u32::from_be_bytes([b3, b2, b1, b0])).to_vec(),
            VR::AT => [[b3, b2], [b1, b0]]
                .into_iter()
                .flat_map(|word| self.u16(u16::from_be_bytes(word)))
                .collect(),
            _ => self.u16(u16::from_be_bytes([b1, b0])).to_vec(),
        }
    }

    fn float(&self, vr: VR, value: f64) -> Vec<u8> {
        // FL is single precision.
        match (vr, self.is_big()) {
            (VR::FL, false) => (value as f32).to_le_bytes().to_vec(),
            (VR::FL, true) => (value as f32).to_be_bytes().to_vec(),
            (_, false) => value.to_le_bytes().to_vec(),
            (_, true) => value.to_be_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dicom::decimal::as_decimal;
    use crate::dicom::{DicomFile, ScanOptions, scan_data_set};

    fn sample() -> Builder {
        Builder::new()
            .text(tags::SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.7")
            .text(tags::SOP_INSTANCE_UID, "2.25.1")
            .text(tags::PATIENT_NAME, "PHANTOM^ODD")
            .ints(tags::ROWS, &[3])
            .ints(tags::INSTANCE_NUMBER, &[7])
            .floats(tags::PIXEL_SPACING, &[0.5, 0.25])
            .sequence(
                tags::REFERENCED_IMAGE_SEQUENCE,
                vec![
                    Builder::new().text(tags::REFERENCED_SOP_INSTANCE_UID, "2.25.2"),
                    Builder::new(),
                ],
            )
    }

    #[test]
    fn what_is_built_is_read_back_in_every_encoding() {
        let deflated = TransferSyntax::find("1.2.840.10008.1.2.1.99").expect("known");
        let native = [
            Encoding::ImplicitLittle,
            Encoding::ExplicitLittle,
            Encoding::ExplicitBig,
        ]
        .map(TransferSyntax::native);
        for syntax in native.into_iter().chain([deflated]) {
            let bytes: Arc<[u8]> = sample().file(syntax).into();
            let file = DicomFile::read(Arc::new(bytes.to_vec()), &ScanOptions::DISPLAY)
                .expect(syntax.name);
            assert_eq!(file.syntax.uid, syntax.uid);
            assert_eq!(
                file.data_set.text(tags::PATIENT_NAME).as_deref(),
                Some("PHANTOM^ODD")
            );
            assert_eq!(file.data_set.int(tags::ROWS), Some(3), "{}", syntax.name);
            assert_eq!(file.data_set.int(tags::INSTANCE_NUMBER), Some(7));
            assert_eq!(file.data_set.floats(tags::PIXEL_SPACING), [0.5, 0.25]);
            assert_eq!(
                file.data_set.items(tags::REFERENCED_IMAGE_SEQUENCE).len(),
                2
            );
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let item = Builder::new()
            .text(tags::GRAPHIC_LAYER, "ODD")
            .floats(tags::GRAPHIC_DATA, &[0.5, -3.25]);
        let written = Builder::new()
            .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
            .text(tags::PATIENT_NAME, "Дарья^Ω=山田^太郎")
            .ints(tags::SMALLEST_IMAGE_PIXEL_VALUE, &[-5])
            .ints(tags::INSTANCE_NUMBER, &[7])
            .ints(
                tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER,
                &[-4, i64::from(i32::MAX)],
            )
            .floats(tags::PIXEL_SPACING, &[0.1, 1.0 / 3.0])
            .items(tags::GRAPHIC_ANNOTATION_SEQUENCE, vec![item])
            .items(tags::GRAPHIC_LAYER_SEQUENCE, vec![]);
        assert_eq!(written.check_lengths(), Ok(()));
        let bytes = written.data_set(Encoding::ExplicitLittle);
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
    fn a_value_longer_than_its_length_field_is_refused() {
        let written = Builder::new().text(tags::PATIENT_COMMENTS, &"x".repeat(70_000));
        let refused = Err(ValueTooLong(tags::PATIENT_COMMENTS));
        assert_eq!(written.check_lengths(), refused);
        let within = Builder::new().sequence(tags::GRAPHIC_LAYER_SEQUENCE, vec![written]);
        assert_eq!(within.check_lengths(), refused);
        let bytes = within.data_set(Encoding::ExplicitLittle);
        let syntax = TransferSyntax::native(Encoding::ExplicitLittle);
        let end = bytes.len() as u64;
        let read = scan_data_set(&bytes, 0, end, syntax, &ScanOptions::DISPLAY);
        let read = read.expect("nothing after the long value is lost");
        let item = &read.items(tags::GRAPHIC_LAYER_SEQUENCE)[0];
        let element = item.element(tags::PATIENT_COMMENTS).expect("written");
        assert_eq!(element.vr, VR::UN);
    }
}
