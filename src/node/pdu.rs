//! What arrives as PDUs, judged before anything is allocated for it (PS3.8 section 9.3).
//!
//! Requests are decoded by dicom-ul. Three things are read here: headers with their limits, the presentation data values, which
//! stream past without ever being held as a PDU, and A-ASSOCIATE-AC, because a rejected context may lack its transfer syntax
//! (PS3.8 §9.3.3.2), which dicom-ul refuses.

use super::state::Event;

/// Bytes of a PDU header.
pub const PDU_HEADER_BYTES: usize = 6;
/// Bytes of a presentation data value item before its data: length, context, control header.
pub const PDV_HEADER_BYTES: usize = 6;
/// Largest association request or answer that is read.
pub const ASSOCIATE_BYTES_MAX: u32 = 256 * 1024;
/// Fixed fields of an association request or answer.
const ASSOCIATE_BYTES_MIN: u32 = 68;

/// Kinds of PDU (PS3.8 Table 9-11 and following).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PduKind {
    /// A-ASSOCIATE-RQ
    AssociateRequest,
    /// A-ASSOCIATE-AC
    AssociateAccept,
    /// A-ASSOCIATE-RJ
    AssociateReject,
    /// P-DATA-TF
    Data,
    /// A-RELEASE-RQ
    ReleaseRequest,
    /// A-RELEASE-RP
    ReleaseReply,
    /// A-ABORT
    Abort,
}

impl PduKind {
    /// What its arrival means to the state machine.
    pub fn event(self) -> Event {
        match self {
            Self::AssociateRequest => Event::RequestReceived,
            Self::AssociateAccept => Event::AcceptReceived,
            Self::AssociateReject => Event::RejectReceived,
            Self::Data => Event::DataReceived,
            Self::ReleaseRequest => Event::ReleaseRequestReceived,
            Self::ReleaseReply => Event::ReleaseReplyReceived,
            Self::Abort => Event::AbortReceived,
        }
    }
}

/// Reasons of an A-ABORT by the service provider that we give (PS3.8 Table 9-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortReason {
    /// 1
    UnrecognizedPdu,
    /// 2
    UnexpectedPdu,
    /// 6
    InvalidParameterValue,
}

/// Why bytes are no acceptable PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct InvalidPdu {
    /// What to tell the peer.
    pub reason: AbortReason,
    /// What to tell our log.
    pub what: &'static str,
}

impl InvalidPdu {
    /// A value that the standard or what was agreed on does not allow.
    pub fn value(what: &'static str) -> Self {
        Self {
            reason: AbortReason::InvalidParameterValue,
            what,
        }
    }
}

/// A judged header: what follows is of this kind and this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PduHeader {
    /// What it is.
    pub kind: PduKind,
    /// Bytes that follow the header.
    pub length: u32,
}

impl PduHeader {
    /// Judges six bytes; `data_bytes_max` is the maximum length that we offered.
    pub fn read(bytes: [u8; PDU_HEADER_BYTES], data_bytes_max: u32) -> Result<Self, InvalidPdu> {
        // An alert or a handshake of TLS, which a plain PDU never looks like.
        if matches!(bytes, [0x15 | 0x16, 3, ..]) {
            return Err(InvalidPdu {
                reason: AbortReason::UnrecognizedPdu,
                what: "TLS: its port wants TLS",
            });
        }
        let [kind, _, l0, l1, l2, l3] = bytes;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let (kind, range) = match kind {
            1 => (
                PduKind::AssociateRequest,
                ASSOCIATE_BYTES_MIN..=ASSOCIATE_BYTES_MAX,
            ),
            2 => (
                PduKind::AssociateAccept,
                ASSOCIATE_BYTES_MIN..=ASSOCIATE_BYTES_MAX,
            ),
            3 => (PduKind::AssociateReject, 4..=4),
            4 => (PduKind::Data, PDV_HEADER_BYTES as u32..=data_bytes_max),
            5 => (PduKind::ReleaseRequest, 4..=4),
            6 => (PduKind::ReleaseReply, 4..=4),
            7 => (PduKind::Abort, 4..=4),
            _ => {
                return Err(InvalidPdu {
                    reason: AbortReason::UnrecognizedPdu,
                    what: "a PDU of unknown type",
                });
            }
        };
        if range.contains(&length) {
            Ok(Self { kind, length })
        } else {
            Err(InvalidPdu::value("a PDU longer or shorter than allowed"))
        }
    }
}

/// The start of a presentation data value (PS3.8 §9.3.5.1, Annex E).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Presentation context.
    pub context_id: u8,
    /// Part of a command set, else of a data set.
    pub is_command: bool,
    /// The last part.
    pub is_last: bool,
    /// Bytes of the part.
    pub length: u32,
}

impl Fragment {
    /// Judges six bytes of a PDU of which `bytes_left` are left, those six included.
    pub fn read(bytes: [u8; PDV_HEADER_BYTES], bytes_left: u32) -> Result<Self, InvalidPdu> {
        let [l0, l1, l2, l3, context_id, control] = bytes;
        let item_length = u32::from_be_bytes([l0, l1, l2, l3]);
        let fits = item_length
            .checked_add(4)
            .is_some_and(|bytes| bytes <= bytes_left);
        if item_length < 2 || !fits {
            return Err(InvalidPdu::value("a data value longer than its PDU"));
        }
        Ok(Self {
            context_id,
            is_command: control & 1 != 0,
            is_last: control & 2 != 0,
            length: item_length - 2,
        })
    }

    /// Writes PDU header and item header of a PDU that carries this fragment alone.
    pub fn write_header(&self, out: &mut Vec<u8>) {
        let control = u8::from(self.is_command) | (u8::from(self.is_last) << 1);
        out.extend_from_slice(&[4, 0]);
        out.extend_from_slice(&(self.length + PDV_HEADER_BYTES as u32).to_be_bytes());
        out.extend_from_slice(&(self.length + 2).to_be_bytes());
        out.extend_from_slice(&[self.context_id, control]);
    }
}

/// Data bytes that fit a PDU for a peer that takes `peer_max` (0: no limit); even, at most what we ever send at once.
pub fn fragment_bytes_max(peer_max: u32, ours_max: u32) -> Option<usize> {
    let pdu = if peer_max == 0 {
        ours_max
    } else {
        peer_max.min(ours_max)
    };
    let data = pdu.saturating_sub(PDV_HEADER_BYTES as u32) & !1;
    (data >= 2).then_some(data as usize)
}

/// An A-ASSOCIATE-AC, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Context id, result (0: accepted), transfer syntax UID (empty if absent).
    pub contexts: Vec<(u8, u8, String)>,
    /// Largest P-DATA-TF that the peer takes; 0: no limit.
    pub max_length: Option<u32>,
    /// The peer's implementation version name or class UID, for the log.
    pub implementation: String,
}

impl Accepted {
    /// Reads the bytes after the PDU header.
    pub fn read(bytes: &[u8]) -> Result<Self, InvalidPdu> {
        let invalid = || InvalidPdu::value("a malformed A-ASSOCIATE-AC");
        let items = bytes
            .get(ASSOCIATE_BYTES_MIN as usize..)
            .ok_or_else(invalid)?;
        if bytes[1] & 1 == 0 {
            return Err(InvalidPdu::value("an unsupported protocol version"));
        }
        let mut accepted = Self::default();
        let mut class_uid = String::new();
        for item in Items(items) {
            let (kind, value) = item?;
            match kind {
                0x21 => accepted.contexts.push(context_result(value)?),
                0x50 => {
                    for item in Items(value) {
                        match item? {
                            (0x51, &[a, b, c, d]) => {
                                accepted.max_length = Some(u32::from_be_bytes([a, b, c, d]));
                            }
                            (0x52, uid) => class_uid = text(uid),
                            (0x55, name) => accepted.implementation = text(name),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        if accepted.implementation.is_empty() {
            accepted.implementation = class_uid;
        }
        Ok(accepted)
    }
}

fn context_result(value: &[u8]) -> Result<(u8, u8, String), InvalidPdu> {
    let (&[id, _, result, _], items) = value
        .split_first_chunk::<4>()
        .ok_or(InvalidPdu::value("a truncated presentation context"))?;
    // PS3.8 §9.3.3.2: for a rejected context the sub-item is not significant, so it may be anything or absent.
    if result != 0 {
        return Ok((id, result, String::new()));
    }
    let mut syntax = String::new();
    for item in Items(items) {
        if let (0x40, uid) = item? {
            syntax = text(uid);
        }
    }
    Ok((id, result, syntax))
}

/// Text of a field in printable ASCII, without padding.
pub fn text(bytes: &[u8]) -> String {
    let printable = |b: &u8| char::from(*b).is_ascii_graphic() || *b == b' ';
    let shown = bytes
        .iter()
        .filter(|b| printable(b))
        .map(|b| char::from(*b));
    shown.take(64).collect::<String>().trim().to_owned()
}

/// Walks items of type, reserved byte, 16-bit length and value.
struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = Result<(u8, &'a [u8]), InvalidPdu>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let rest = std::mem::take(&mut self.0);
        let item = rest.split_first_chunk::<4>().and_then(|(head, rest)| {
            let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let (value, rest) = rest.split_at_checked(length)?;
            self.0 = rest;
            Some((head[0], value))
        });
        Some(item.ok_or(InvalidPdu::value("an item longer than its PDU")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_beyond_its_limit_is_refused_before_anything_is_read() {
        let read = |bytes| PduHeader::read(bytes, 1000);
        assert!(read([4, 0, 0, 0, 3, 232]).is_ok());
        assert!(read([4, 0, 0, 0, 3, 233]).is_err());
        assert!(read([1, 0, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(read([5, 0, 0, 0, 0, 5]).is_err());
        let unknown = read([9, 0, 0, 0, 0, 4]).expect_err("type 9 does not exist");
        assert_eq!(unknown.reason, AbortReason::UnrecognizedPdu);
    }

    #[test]
    fn a_data_value_never_leaves_its_pdu() {
        assert!(Fragment::read([0, 0, 0, 6, 1, 3], 10).is_ok());
        assert!(Fragment::read([0, 0, 0, 7, 1, 3], 10).is_err());
        assert!(Fragment::read([0, 0, 0, 1, 1, 3], 10).is_err());
        assert!(Fragment::read([0xff, 0xff, 0xff, 0xff, 1, 3], 10).is_err());
    }

    #[test]
    fn the_peers_maximum_is_honoured_whatever_it_is() {
        assert_eq!(fragment_bytes_max(0, 1000), Some(994));
        assert_eq!(fragment_bytes_max(13, 1000), Some(6));
        assert_eq!(fragment_bytes_max(8, 1000), Some(2));
        assert_eq!(fragment_bytes_max(7, 1000), None);
        assert_eq!(fragment_bytes_max(u32::MAX, 1000), Some(994));
    }

    #[test]
    fn a_rejected_context_may_lack_its_transfer_syntax() {
        let mut bytes = vec![0, 1];
        bytes.resize(68, 0);
        bytes.extend_from_slice(&[0x21, 0, 0, 4, 3, 0, 4, 0]);
        bytes.extend_from_slice(&[0x21, 0, 0, 11, 1, 0, 0, 0, 0x40, 0, 0, 3, b'1', b'.', b'2']);
        bytes.extend_from_slice(&[0x50, 0, 0, 8, 0x51, 0, 0, 4, 0, 0, 64, 0]);
        let accepted = Accepted::read(&bytes).expect("a valid answer");
        assert_eq!(
            accepted.contexts,
            [(3, 4, String::new()), (1, 0, "1.2".to_owned())]
        );
        assert_eq!(accepted.max_length, Some(16384));
    }
}
