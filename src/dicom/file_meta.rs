//! File meta information, group 0002 (PS3.10 §7.1): reading anyone's, writing ours.

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
