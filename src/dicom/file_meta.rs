//! File meta information, group 0002 (PS3.10 §7.1): reading anyone's, writing ours.

use super::{DataSet, tags};

/// Bytes before the prefix `DICM`.
pub const PREAMBLE_BYTES: usize = 128;

/// What a file says about itself before its data set. Empty texts are absent elements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileMeta {
    /// (0002,0002)
    pub media_storage_sop_class_uid: String,
    /// (0002,0003)
    pub media_storage_sop_instance_uid: String,
    /// (0002,0010)
    pub transfer_syntax_uid: String,
    /// (0002,0012)
    pub implementation_class_uid: String,
    /// (0002,0013)
    pub implementation_version_name: String,
    /// (0002,0016) Source Application Entity Title
    pub source_ae_title: String,
    /// (0002,0100) Private Information Creator UID
    pub private_information_creator_uid: String,
    /// (0002,0102) Private Information
    pub private_information: Vec<u8>,
}

/// A written meta group, with the place of what may be filled in later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedMeta {
    /// Preamble, prefix and group 0002.
    pub bytes: Vec<u8>,
    /// Where the value of Private Information starts in `bytes`; `None` when there is none.
    pub private_information_offset: Option<usize>,
}

impl FileMeta {
    /// Reads the elements of a scanned group 0002.
    pub fn from_data_set(set: &DataSet) -> Self {
        let text = |tag| set.text(tag).unwrap_or_default();
        Self {
            media_storage_sop_class_uid: text(tags::MEDIA_STORAGE_SOP_CLASS_UID),
            media_storage_sop_instance_uid: text(tags::MEDIA_STORAGE_SOP_INSTANCE_UID),
            transfer_syntax_uid: text(tags::TRANSFER_SYNTAX_UID),
            implementation_class_uid: text(tags::IMPLEMENTATION_CLASS_UID),
            implementation_version_name: text(tags::IMPLEMENTATION_VERSION_NAME),
            source_ae_title: text(tags::SOURCE_APPLICATION_ENTITY_TITLE),
            private_information_creator_uid: text(tags::PRIVATE_INFORMATION_CREATOR_UID),
            private_information: set
                .bytes(tags::PRIVATE_INFORMATION)
                .unwrap_or_default()
                .to_vec(),
        }
    }

    /// Preamble, prefix and group 0002 as a file starts with them.
    pub fn write(&self) -> Vec<u8> {
        self.encode().bytes
    }

    /// As [`write`](Self::write), and says where the private information lies.
    pub fn encode(&self) -> EncodedMeta {
        let mut group = Vec::new();
        put(&mut group, 0x0001, b"OB", &[0x00, 0x01], 0);
        let texts: [(u16, &[u8; 2], &str, u8); 6] = [
            (0x0002, b"UI", &self.media_storage_sop_class_uid, 0),
            (0x0003, b"UI", &self.media_storage_sop_instance_uid, 0),
            (0x0010, b"UI", &self.transfer_syntax_uid, 0),
            (0x0012, b"UI", &self.implementation_class_uid, 0),
            (0x0013, b"SH", &self.implementation_version_name, b' '),
            (0x0016, b"AE", &self.source_ae_title, b' '),
        ];
        for (element, vr, text, padding) in texts {
            if !text.is_empty() {
                put(&mut group, element, vr, text.as_bytes(), padding);
            }
        }
        let mut private_information_offset = None;
        if !self.private_information_creator_uid.is_empty() {
            put(
                &mut group,
                0x0100,
                b"UI",
                self.private_information_creator_uid.as_bytes(),
                0,
            );
            put(&mut group, 0x0102, b"OB", &self.private_information, 0);
            let padded = self.private_information.len().next_multiple_of(2);
            private_information_offset = Some(group.len() - padded);
        }
        let mut bytes = vec![0; PREAMBLE_BYTES];
        bytes.extend_from_slice(b"DICM");
        // The texts are UIDs, titles and names of at most 64 characters, so the group is far from 4 GiB.
        put(
            &mut bytes,
            0x0000,
            b"UL",
            &(group.len() as u32).to_le_bytes(),
            0,
        );
        let private_information_offset =
            private_information_offset.map(|offset| bytes.len() + offset);
        bytes.extend_from_slice(&group);
        EncodedMeta {
            bytes,
            private_information_offset,
        }
    }
}

/// Appends one element of group 0002 in Explicit VR Little Endian, padded to even length.
fn put(bytes: &mut Vec<u8>, element: u16, vr: &[u8; 2], value: &[u8], padding: u8) {
    let length = value.len().next_multiple_of(2);
    bytes.extend_from_slice(&[0x02, 0x00]);
    bytes.extend_from_slice(&element.to_le_bytes());
    bytes.extend_from_slice(vr);
    if vr == b"OB" {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&(length as u16).to_le_bytes());
    }
    bytes.extend_from_slice(value);
    bytes.resize(bytes.len() + length - value.len(), padding);
}
