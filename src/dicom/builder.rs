//! Builds one data set element by element and writes it in any native encoding (PS3.5 §7), on purpose without checking values:
//! tests need objects that are wrong in exactly one place.

use std::collections::BTreeMap;

use super::{Encoding, FileMeta, Tag, TransferSyntax, VR, dictionary, identity, tags};

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
            VR::IS | VR::DS => Content::Bytes(join(values)),
            _ => Content::Integers(values.to_vec()),
        };
        self.elements.insert(tag, (vr, content));
        self
    }

    /// Sets numbers that may have fractions: DS as decimal text, FL and FD binary.
    pub fn floats(mut self, tag: Tag, values: &[f64]) -> Self {
        let vr = dictionary::vr(tag, false);
        let content = match vr {
            VR::IS | VR::DS => Content::Bytes(join(values)),
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

    /// Takes an element out.
    pub fn without(mut self, tag: Tag) -> Self {
        self.elements.remove(&tag);
        self
    }

    /// The data set alone.
    pub fn data_set(&self, encoding: Encoding) -> Vec<u8> {
        let mut writer = Writer {
            encoding,
            bytes: Vec::new(),
        };
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

fn join<T: ToString>(values: &[T]) -> Vec<u8> {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.join("\\").into_bytes()
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
    fn element(&mut self, tag: Tag, vr: VR, content: &Content) {
        if let Content::Fragments(offsets, fragments) = content {
            return self.encapsulated(tag, offsets, fragments);
        }
        let mut value = self.value(vr, content);
        if value.len() % 2 == 1 {
            let text = matches!(
                vr,
                VR::AE
                    | VR::AS
                    | VR::CS
                    | VR::DA
                    | VR::DS
                    | VR::DT
                    | VR::IS
                    | VR::LO
                    | VR::LT
                    | VR::PN
                    | VR::SH
                    | VR::ST
                    | VR::TM
                    | VR::UC
                    | VR::UR
                    | VR::UT
            );
            value.push(if text { b' ' } else { 0 });
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
        let mut inner = Writer {
            encoding: self.encoding,
            bytes: Vec::new(),
        };
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
        self.bytes.extend(vr.to_bytes());
        match (dictionary::has_long_length(vr), u16::try_from(length)) {
            (false, Ok(short)) => self.bytes.extend(self.u16(short)),
            _ => {
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
    use crate::dicom::{DicomFile, ScanOptions};

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
}
