//! DIMSE command sets: group 0000 in implicit VR little endian (PS3.7 section 6.3 and annex E).
//!
//! The reader is strict and bounded: ascending elements of group 0000 whose lengths add up, nothing else. Unknown elements are
//! kept but mean nothing to us.

use crate::dicom::{AeTitle, SopClassUid, SopInstanceUid};

/// Largest command set that is read.
pub const COMMAND_BYTES_MAX: usize = 64 * 1024;
/// Data Set Type (0000,0800) without a data set.
pub const NO_DATA_SET: u16 = 0x0101;
/// Data Set Type (0000,0800) with one: anything but 0101.
pub const WITH_DATA_SET: u16 = 0x0001;
/// Set in the command field of every response.
pub const RESPONSE: u16 = 0x8000;

/// Command fields (PS3.7 Table E.1-1) that the node sends or receives.
pub mod field {
    /// C-STORE-RQ
    pub const STORE: u16 = 0x0001;
    /// C-GET-RQ
    pub const GET: u16 = 0x0010;
    /// C-FIND-RQ
    pub const FIND: u16 = 0x0020;
    /// C-MOVE-RQ
    pub const MOVE: u16 = 0x0021;
    /// C-ECHO-RQ
    pub const ECHO: u16 = 0x0030;
    /// C-CANCEL-RQ
    pub const CANCEL: u16 = 0x0FFF;
    /// N-EVENT-REPORT-RQ
    pub const EVENT_REPORT: u16 = 0x0100;
    /// N-GET-RQ
    pub const N_GET: u16 = 0x0110;
    /// N-SET-RQ
    pub const SET: u16 = 0x0120;
    /// N-ACTION-RQ
    pub const ACTION: u16 = 0x0130;
    /// N-CREATE-RQ
    pub const CREATE: u16 = 0x0140;
    /// N-DELETE-RQ
    pub const DELETE: u16 = 0x0150;
}

/// Elements of group 0000 (PS3.7 annex E).
pub mod element {
    /// Affected SOP Class UID
    pub const AFFECTED_SOP_CLASS: u16 = 0x0002;
    /// Requested SOP Class UID
    pub const REQUESTED_SOP_CLASS: u16 = 0x0003;
    /// Command Field
    pub const COMMAND_FIELD: u16 = 0x0100;
    /// Message ID
    pub const MESSAGE_ID: u16 = 0x0110;
    /// Message ID Being Responded To
    pub const MESSAGE_ID_RESPONDED_TO: u16 = 0x0120;
    /// Move Destination
    pub const MOVE_DESTINATION: u16 = 0x0600;
    /// Priority
    pub const PRIORITY: u16 = 0x0700;
    /// Command Data Set Type
    pub const DATA_SET_TYPE: u16 = 0x0800;
    /// Status
    pub const STATUS: u16 = 0x0900;
    /// Offending Element
    pub const OFFENDING_ELEMENT: u16 = 0x0901;
    /// Error Comment
    pub const ERROR_COMMENT: u16 = 0x0902;
    /// Affected SOP Instance UID
    pub const AFFECTED_SOP_INSTANCE: u16 = 0x1000;
    /// Requested SOP Instance UID
    pub const REQUESTED_SOP_INSTANCE: u16 = 0x1001;
    /// Event Type ID
    pub const EVENT_TYPE: u16 = 0x1002;
    /// Attribute Identifier List
    pub const ATTRIBUTE_LIST: u16 = 0x1005;
    /// Action Type ID
    pub const ACTION_TYPE: u16 = 0x1008;
    /// Number of Remaining Sub-operations
    pub const REMAINING: u16 = 0x1020;
    /// Number of Completed Sub-operations
    pub const COMPLETED: u16 = 0x1021;
    /// Number of Failed Sub-operations
    pub const FAILED: u16 = 0x1022;
    /// Number of Warning Sub-operations
    pub const WARNING: u16 = 0x1023;
    /// Move Originator Application Entity Title
    pub const MOVE_ORIGINATOR: u16 = 0x1030;
    /// Move Originator Message ID
    pub const MOVE_ORIGINATOR_MESSAGE: u16 = 0x1031;
}

/// Why bytes are no command set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a malformed command set: {0}")]
pub struct MalformedCommand(&'static str);

/// A command set: element numbers of group 0000 with their values, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandSet {
    elements: Vec<(u16, Vec<u8>)>,
}

impl CommandSet {
    /// Reads a whole command set.
    pub fn read(bytes: &[u8]) -> Result<Self, MalformedCommand> {
        let mut elements: Vec<(u16, Vec<u8>)> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (head, tail) = rest
                .split_first_chunk::<8>()
                .ok_or(MalformedCommand("it ends inside an element"))?;
            let [g0, g1, e0, e1, l0, l1, l2, l3] = *head;
            let number = u16::from_le_bytes([e0, e1]);
            if u16::from_le_bytes([g0, g1]) != 0 {
                return Err(MalformedCommand("an element outside group 0000"));
            }
            if elements.last().is_some_and(|(last, _)| *last >= number) {
                return Err(MalformedCommand("elements out of order"));
            }
            let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            let (value, tail) = tail
                .split_at_checked(length)
                .ok_or(MalformedCommand("a value longer than the command set"))?;
            // The group length tells nothing that the PDVs did not tell; some senders get it wrong.
            if number != 0 {
                elements.push((number, value.to_vec()));
            }
            rest = tail;
        }
        let command = Self { elements };
        for needed in [element::COMMAND_FIELD, element::DATA_SET_TYPE] {
            if command.number(needed).is_none() {
                return Err(MalformedCommand("no command field or data set type"));
            }
        }
        Ok(command)
    }

    /// The bytes of the command set, group length first.
    pub fn write(&self) -> Vec<u8> {
        let length: usize = self.elements.iter().map(|(_, value)| 8 + value.len()).sum();
        let mut bytes = Vec::with_capacity(12 + length);
        // A command set that we build is a few hundred bytes long.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&[0, 0, 0, 0, 4, 0, 0, 0]);
        bytes.extend_from_slice(&length.to_le_bytes());
        for (number, value) in &self.elements {
            let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(value);
        }
        bytes
    }

    /// A request of ours.
    pub fn request(command_field: u16, message_id: u16, class: &str, data_set_type: u16) -> Self {
        Self::default()
            .with_uid(element::AFFECTED_SOP_CLASS, class)
            .with_number(element::COMMAND_FIELD, command_field)
            .with_number(element::MESSAGE_ID, message_id)
            .with_number(element::DATA_SET_TYPE, data_set_type)
    }

    /// A request of the normalized services (PS3.7 §10.3): what is made or told about is affected, what is asked of is requested.
    pub fn normalized(
        command_field: u16,
        message_id: u16,
        class: &str,
        instance: &str,
        has_data_set: bool,
    ) -> Self {
        let (class_element, instance_element) = match command_field {
            field::CREATE | field::EVENT_REPORT => {
                (element::AFFECTED_SOP_CLASS, element::AFFECTED_SOP_INSTANCE)
            }
            _ => (
                element::REQUESTED_SOP_CLASS,
                element::REQUESTED_SOP_INSTANCE,
            ),
        };
        let data_set_type = if has_data_set { 1 } else { NO_DATA_SET };
        let request = Self::default()
            .with_uid(class_element, class)
            .with_number(element::COMMAND_FIELD, command_field)
            .with_number(element::MESSAGE_ID, message_id)
            .with_number(element::DATA_SET_TYPE, data_set_type);
        // N-CREATE may leave the instance to the peer.
        match instance {
            "" => request,
            instance => request.with_uid(instance_element, instance),
        }
    }

    /// The response to this request, without a data set; class, instance and type are told back.
    pub fn response(&self, status: u16) -> Self {
        let mut response = Self::default()
            .with_number(element::COMMAND_FIELD, self.command_field() | RESPONSE)
            .with_number(
                element::MESSAGE_ID_RESPONDED_TO,
                self.number(element::MESSAGE_ID).unwrap_or(0),
            )
            .with_number(element::DATA_SET_TYPE, NO_DATA_SET)
            .with_number(element::STATUS, status);
        let told_back = [
            (element::AFFECTED_SOP_CLASS, element::REQUESTED_SOP_CLASS),
            (
                element::AFFECTED_SOP_INSTANCE,
                element::REQUESTED_SOP_INSTANCE,
            ),
            (element::EVENT_TYPE, element::EVENT_TYPE),
            (element::ACTION_TYPE, element::ACTION_TYPE),
        ];
        // What was requested is what the response calls affected (PS3.7 §10.1).
        for (number, asked_as) in told_back {
            if let Some(value) = self.value(number).or_else(|| self.value(asked_as)) {
                response.put(number, value.to_vec());
            }
        }
        response
    }

    /// Adds a US value.
    pub fn with_number(mut self, number: u16, value: u16) -> Self {
        self.put(number, value.to_le_bytes().to_vec());
        self
    }

    /// Adds a UI value.
    pub fn with_uid(mut self, number: u16, uid: &str) -> Self {
        self.put(number, padded(uid, 0));
        self
    }

    /// Adds a list of tags, as an Attribute Identifier List is one (AT).
    pub fn with_tags(mut self, number: u16, tags: &[crate::dicom::Tag]) -> Self {
        let halves = tags.iter().flat_map(|tag| [tag.group(), tag.element()]);
        self.put(number, halves.flat_map(u16::to_le_bytes).collect());
        self
    }

    /// Says that a data set follows.
    pub fn with_data_set(self) -> Self {
        self.with_number(element::DATA_SET_TYPE, WITH_DATA_SET)
    }

    /// Adds an AE value (PS3.5 §6.2: padded with a space).
    pub fn with_title(mut self, number: u16, title: &AeTitle) -> Self {
        self.put(number, padded(title.as_str(), b' '));
        self
    }

    /// Adds an Error Comment: LO, so at most 64 characters, of the default repertoire (PS3.7 §C.1).
    pub fn with_comment(mut self, comment: &str) -> Self {
        let allowed = |c: &char| matches!(c, ' '..='~') && *c != '\\';
        let comment: String = comment.chars().filter(allowed).take(64).collect();
        self.put(element::ERROR_COMMENT, padded(&comment, b' '));
        self
    }

    /// Adds an Offending Element.
    pub fn with_offending(mut self, tag: crate::dicom::Tag) -> Self {
        let mut value = tag.group().to_le_bytes().to_vec();
        value.extend_from_slice(&tag.element().to_le_bytes());
        self.put(element::OFFENDING_ELEMENT, value);
        self
    }

    /// The first Offending Element, if there is one.
    pub fn offending(&self) -> Option<crate::dicom::Tag> {
        self.tags(element::OFFENDING_ELEMENT).first().copied()
    }

    /// The command field.
    pub fn command_field(&self) -> u16 {
        self.number(element::COMMAND_FIELD).unwrap_or(0)
    }

    /// Whether a data set follows.
    pub fn has_data_set(&self) -> bool {
        self.number(element::DATA_SET_TYPE) != Some(NO_DATA_SET)
    }

    /// A US value.
    pub fn number(&self, number: u16) -> Option<u16> {
        match *self.value(number)? {
            [low, high] => Some(u16::from_le_bytes([low, high])),
            _ => None,
        }
    }

    /// A counter: US as the standard says, or the four bytes of peers that count beyond it.
    pub fn counter(&self, number: u16) -> Option<u32> {
        match *self.value(number)? {
            [low, high] => Some(u32::from(u16::from_le_bytes([low, high]))),
            [a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
            _ => None,
        }
    }

    /// A text value without padding; `None` if absent or empty.
    pub fn text(&self, number: u16) -> Option<String> {
        let text = String::from_utf8_lossy(self.value(number)?);
        let text = text.trim_matches(['\0', ' ']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Affected SOP Class UID, if present and well-formed.
    pub fn sop_class(&self) -> Option<SopClassUid> {
        SopClassUid::parse(&self.text(element::AFFECTED_SOP_CLASS)?).ok()
    }

    /// Affected SOP Instance UID, if present and well-formed.
    pub fn sop_instance(&self) -> Option<SopInstanceUid> {
        SopInstanceUid::parse(&self.text(element::AFFECTED_SOP_INSTANCE)?).ok()
    }

    /// Requested SOP Class UID, if present and well-formed.
    pub fn requested_class(&self) -> Option<SopClassUid> {
        SopClassUid::parse(&self.text(element::REQUESTED_SOP_CLASS)?).ok()
    }

    /// Requested SOP Instance UID, if present and well-formed.
    pub fn requested_instance(&self) -> Option<SopInstanceUid> {
        SopInstanceUid::parse(&self.text(element::REQUESTED_SOP_INSTANCE)?).ok()
    }

    /// A list of tags (AT); empty when absent or malformed.
    pub fn tags(&self, number: u16) -> Vec<crate::dicom::Tag> {
        let (tags, rest) = self.value(number).unwrap_or_default().as_chunks::<4>();
        if !rest.is_empty() {
            return Vec::new();
        }
        let half = |low, high| u16::from_le_bytes([low, high]);
        tags.iter()
            .map(|[g0, g1, e0, e1]| crate::dicom::Tag(half(*g0, *g1), half(*e0, *e1)))
            .collect()
    }

    fn value(&self, number: u16) -> Option<&[u8]> {
        let at = self.elements.binary_search_by_key(&number, |(n, _)| *n);
        at.ok().map(|at| self.elements[at].1.as_slice())
    }

    fn put(&mut self, number: u16, value: Vec<u8>) {
        match self.elements.binary_search_by_key(&number, |(n, _)| *n) {
            Ok(at) => self.elements[at].1 = value,
            Err(at) => self.elements.insert(at, (number, value)),
        }
    }
}

fn padded(text: &str, padding: u8) -> Vec<u8> {
    let mut value = text.as_bytes().to_vec();
    if value.len() % 2 == 1 {
        value.push(padding);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_request() -> CommandSet {
        CommandSet::request(field::STORE, 7, "1.2.3", 0)
            .with_number(element::PRIORITY, 0)
            .with_uid(element::AFFECTED_SOP_INSTANCE, "1.2.3.4")
    }

    #[test]
    fn a_command_set_is_read_as_it_was_written() {
        let request = store_request();
        assert_eq!(CommandSet::read(&request.write()), Ok(request.clone()));
        assert!(request.has_data_set());
        let response = request.response(0xA700).with_comment("no room\\ left");
        let read = CommandSet::read(&response.write()).expect("our own response");
        assert_eq!(read.command_field(), 0x8001);
        assert_eq!(read.number(element::MESSAGE_ID_RESPONDED_TO), Some(7));
        assert_eq!(read.number(element::STATUS), Some(0xA700));
        assert_eq!(
            read.text(element::ERROR_COMMENT).as_deref(),
            Some("no room left")
        );
        assert!(!read.has_data_set());
    }

    #[test]
    fn what_was_requested_is_answered_as_affected() {
        let request = CommandSet::normalized(field::ACTION, 3, "1.2.3", "1.2.3.1", true)
            .with_number(element::ACTION_TYPE, 1);
        let request = CommandSet::read(&request.write()).expect("our own request");
        assert_eq!(
            request.requested_class().map(|c| c.to_string()).as_deref(),
            Some("1.2.3")
        );
        assert!(request.sop_class().is_none() && request.has_data_set());
        let response = request.response(0);
        assert_eq!(response.command_field(), 0x8130);
        assert_eq!(
            response.sop_class().map(|c| c.to_string()).as_deref(),
            Some("1.2.3")
        );
        assert_eq!(
            response.sop_instance().map(|c| c.to_string()).as_deref(),
            Some("1.2.3.1")
        );
        assert_eq!(response.number(element::ACTION_TYPE), Some(1));
        assert!(response.requested_class().is_none());
        let tags = [
            crate::dicom::tags::PRINTER_STATUS,
            crate::dicom::tags::PRINTER_NAME,
        ];
        let get = CommandSet::normalized(field::N_GET, 4, "1.2", "1.2.1", false)
            .with_tags(element::ATTRIBUTE_LIST, &tags);
        assert_eq!(get.tags(element::ATTRIBUTE_LIST), tags);
    }

    #[test]
    fn an_error_comment_fits_its_value_representation() {
        let response = store_request()
            .response(0xC000)
            .with_comment(&"x".repeat(200));
        assert_eq!(
            response.text(element::ERROR_COMMENT).map(|t| t.len()),
            Some(64)
        );
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let whole = store_request().write();
        for cut in 1..whole.len() {
            // Cut between elements it can be well-formed, but then it lacks its data set type.
            assert!(CommandSet::read(&whole[..cut]).is_err() || cut > whole.len() - 28);
        }
        let mut long = whole.clone();
        long[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(CommandSet::read(&long).is_err());
        let mut foreign = whole.clone();
        foreign[12] = 8;
        assert!(CommandSet::read(&foreign).is_err());
        let twice = [whole.clone(), whole].concat();
        assert!(CommandSet::read(&twice).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_command_however_broken_makes_us_panic(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            at in 0usize..100,
            value in proptest::prelude::any::<u8>(),
        ) {
            let _ = CommandSet::read(&bytes);
            let mut mutated = store_request().write();
            let at = at % mutated.len();
            mutated[at] = value;
            if let Ok(command) = CommandSet::read(&mutated) {
                // What was accepted can be answered.
                proptest::prop_assert!(CommandSet::read(&command.response(0).write()).is_ok());
            }
        }
    }
}
