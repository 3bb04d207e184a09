//! DIMSE statuses in words (PS3.7 Annex C, the service classes of PS3.4; Tables 26 and 29).
//!
//! One table; where services give a code different meanings, the row names its service.

use std::fmt;

/// A DIMSE status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(pub u16);

/// What a status means for the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Done.
    Success,
    /// More responses follow.
    Pending,
    /// Ended because we asked.
    Cancel,
    /// Done, with a remark.
    Warning,
    /// Not done.
    Failure,
}

/// The service a status was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// C-ECHO.
    Verification,
    /// C-STORE.
    Storage,
    /// C-FIND.
    Find,
    /// C-MOVE and C-GET.
    Retrieve,
    /// N services of print management.
    Print,
    /// N services of storage commitment, and its failure reasons.
    Commitment,
}

impl Status {
    /// 0000.
    pub const SUCCESS: Self = Self(0x0000);
    /// 0110: processing failure.
    pub const PROCESSING_FAILURE: Self = Self(0x0110);
    /// 0111: duplicate SOP instance, the other answer to a conflict.
    pub const DUPLICATE_INSTANCE: Self = Self(0x0111);
    /// 0112: no such object instance.
    pub const NO_SUCH_INSTANCE: Self = Self(0x0112);
    /// 0115: invalid argument value.
    pub const INVALID_ARGUMENT: Self = Self(0x0115);
    /// 0118: no such SOP class.
    pub const NO_SUCH_CLASS: Self = Self(0x0118);
    /// 0119: class-instance conflict, also as a commitment reason.
    pub const CLASS_INSTANCE_CONFLICT: Self = Self(0x0119);
    /// 0122: SOP class not supported.
    pub const CLASS_NOT_SUPPORTED: Self = Self(0x0122);
    /// 0123: no such action type.
    pub const NO_SUCH_ACTION: Self = Self(0x0123);
    /// 0124: not authorized.
    pub const NOT_AUTHORIZED: Self = Self(0x0124);
    /// 0210: duplicate invocation.
    pub const DUPLICATE_INVOCATION: Self = Self(0x0210);
    /// 0211: unrecognized operation.
    pub const UNRECOGNIZED_OPERATION: Self = Self(0x0211);
    /// 0212: mistyped argument.
    pub const MISTYPED_ARGUMENT: Self = Self(0x0212);
    /// 0213: resource limitation, also as a commitment reason.
    pub const RESOURCE_LIMITATION: Self = Self(0x0213);
    /// A700: no room left (Table 29).
    pub const OUT_OF_RESOURCES: Self = Self(0xA700);
    /// A800: the command's class is not the presentation context's (Table 29).
    pub const CLASS_NOT_NEGOTIATED: Self = Self(0xA800);
    /// A801: move destination unknown.
    pub const DESTINATION_UNKNOWN: Self = Self(0xA801);
    /// A900: the data set is not what the command says (Table 29).
    pub const DATA_SET_MISMATCH: Self = Self(0xA900);
    /// B000: sub-operations complete with failures; coercion in storage, which never happens here.
    pub const SUB_OPERATIONS_FAILED: Self = Self(0xB000);
    /// B007: stored although a required module is missing (Table 29).
    pub const STORED_INCOMPLETE: Self = Self(0xB007);
    /// C000: our own failure (Tables 26 and 29).
    pub const FAILED: Self = Self(0xC000);
    /// C005: the data set cannot be parsed (Table 29).
    pub const CANNOT_UNDERSTAND: Self = Self(0xC005);
    /// D000: the instance is stored already, with other content (Table 29).
    pub const CONFLICT: Self = Self(0xD000);
    /// FE00: ended by C-CANCEL.
    pub const CANCEL: Self = Self(0xFE00);
    /// FF00: more follows.
    pub const PENDING: Self = Self(0xFF00);
    /// FF01: more follows, some keys were not supported.
    pub const PENDING_KEYS_IGNORED: Self = Self(0xFF01);

    /// What the code means for the operation (PS3.7 Annex C.4 and C.5).
    pub fn outcome(self) -> Outcome {
        match self.0 {
            0x0000 => Outcome::Success,
            0xFF00 | 0xFF01 => Outcome::Pending,
            0xFE00 => Outcome::Cancel,
            0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF => Outcome::Warning,
            _ => Outcome::Failure,
        }
    }

    /// Whether the operation was done, perhaps with a remark.
    pub fn is_done(self) -> bool {
        matches!(self.outcome(), Outcome::Success | Outcome::Warning)
    }

    /// The meaning in words, `None` when the standard gives none.
    pub fn words(self, service: Option<Service>) -> Option<&'static str> {
        let rows = || STATUSES.iter().filter(|row| row.codes.contains(&self.0));
        rows()
            .find(|row| row.service.is_some() && row.service == service)
            .or_else(|| rows().find(|row| row.service.is_none()))
            .or_else(|| rows().find(|_| service.is_none()))
            .map(|row| row.words)
    }

    /// The code and its words as that service means them.
    pub fn of(self, service: Service) -> impl fmt::Display {
        InWords {
            status: self,
            service: Some(service),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        InWords {
            status: *self,
            service: None,
        }
        .fmt(f)
    }
}

struct InWords {
    status: Status,
    service: Option<Service>,
}

impl fmt::Display for InWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self
            .status
            .words(self.service)
            .unwrap_or("undefined status");
        write!(f, "{:04X} {words}", self.status.0)
    }
}

/// Table 26: what a verification is answered with.
pub const VERIFICATION_STATUSES: &[Status] = &[Status::FAILED, Status::SUCCESS];

/// Table 29: what a received object is answered with. B000 and B006 are named there and never used: nothing is coerced or discarded.
pub const STORAGE_STATUSES: &[Status] = &[
    Status::OUT_OF_RESOURCES,
    Status::CLASS_NOT_NEGOTIATED,
    Status::DATA_SET_MISMATCH,
    Status::FAILED,
    Status::CANNOT_UNDERSTAND,
    Status(0xB000),
    Status::STORED_INCOMPLETE,
    Status(0xB006),
    Status::CONFLICT,
    Status::SUCCESS,
];

struct Row {
    codes: std::ops::RangeInclusive<u16>,
    service: Option<Service>,
    words: &'static str,
}

const fn any(code: u16, words: &'static str) -> Row {
    Row {
        codes: code..=code,
        service: None,
        words,
    }
}

const fn of(service: Service, first: u16, last: u16, words: &'static str) -> Row {
    Row {
        codes: first..=last,
        service: Some(service),
        words,
    }
}

/// Single codes before the ranges that hold them.
// A table: one row a line, however long.
#[rustfmt::skip]
const STATUSES: &[Row] = &[
    any(0x0000, "success"),
    any(0x0001, "requested optional attributes are not supported"),
    any(0x0105, "no such attribute"),
    any(0x0106, "invalid attribute value"),
    any(0x0107, "attribute list error"),
    any(0x0110, "processing failure"),
    any(0x0111, "duplicate SOP instance"),
    any(0x0112, "no such object instance"),
    any(0x0113, "no such event type"),
    any(0x0114, "no such argument"),
    any(0x0115, "invalid argument value"),
    any(0x0116, "attribute value out of range"),
    any(0x0117, "invalid object instance"),
    any(0x0118, "no such SOP class"),
    any(0x0119, "class-instance conflict"),
    any(0x0120, "missing attribute"),
    any(0x0121, "missing attribute value"),
    any(0x0122, "SOP class not supported"),
    any(0x0123, "no such action type"),
    any(0x0124, "not authorized"),
    of(Service::Commitment, 0x0131, 0x0131, "duplicate transaction UID"),
    any(0x0210, "duplicate invocation"),
    any(0x0211, "unrecognized operation"),
    any(0x0212, "mistyped argument"),
    any(0x0213, "resource limitation"),
    of(Service::Retrieve, 0xA701, 0xA701, "refused: out of resources, cannot count the matches"),
    of(Service::Retrieve, 0xA702, 0xA702, "refused: out of resources, cannot perform sub-operations"),
    of(Service::Retrieve, 0xA801, 0xA801, "refused: move destination unknown"),
    of(Service::Storage, 0xA700, 0xA7FF, "refused: out of resources"),
    of(Service::Find, 0xA700, 0xA700, "refused: out of resources"),
    of(Service::Storage, 0xA800, 0xA800, "refused: SOP class not supported in this presentation context"),
    of(Service::Storage, 0xA900, 0xA9FF, "error: data set does not match SOP class"),
    of(Service::Find, 0xA900, 0xA900, "error: identifier does not match SOP class"),
    of(Service::Retrieve, 0xA900, 0xA900, "error: identifier does not match SOP class"),
    of(Service::Storage, 0xB000, 0xB000, "warning: coercion of data elements"),
    of(Service::Storage, 0xB006, 0xB006, "warning: elements discarded"),
    of(Service::Storage, 0xB007, 0xB007, "warning: data set does not match SOP class"),
    of(Service::Retrieve, 0xB000, 0xB000, "warning: sub-operations complete, one or more failures or warnings"),
    of(Service::Print, 0xB600, 0xB600, "warning: memory allocation not supported"),
    of(Service::Print, 0xB601, 0xB601, "warning: film session printing (collation) is not supported"),
    of(Service::Print, 0xB602, 0xB602, "warning: film session holds no image boxes with pictures (empty page)"),
    of(Service::Print, 0xB603, 0xB603, "warning: film box holds no image boxes with pictures (empty page)"),
    of(Service::Print, 0xB604, 0xB604, "warning: image larger than its image box, demagnified"),
    of(Service::Print, 0xB605, 0xB605, "warning: requested minimum or maximum density outside of the printer's range"),
    of(Service::Print, 0xB609, 0xB609, "warning: image larger than its image box, cropped to fit"),
    of(Service::Print, 0xB60A, 0xB60A, "warning: image or combined print image larger than its image box, decimated to fit"),
    of(Service::Print, 0xC600, 0xC600, "failure: film session holds no film boxes"),
    of(Service::Print, 0xC601, 0xC601, "failure: print queue is full, no print job created for the session"),
    of(Service::Print, 0xC602, 0xC602, "failure: print queue is full, no print job created for the film box"),
    of(Service::Print, 0xC603, 0xC603, "failure: image larger than its image box"),
    of(Service::Print, 0xC605, 0xC605, "failure: the printer has too little memory to store the image"),
    of(Service::Print, 0xC613, 0xC613, "failure: combined print image larger than its image box"),
    of(Service::Print, 0xC616, 0xC616, "failure: a film box is there that has not been printed"),
    of(Service::Storage, 0xC005, 0xC005, "error: cannot understand, data set cannot be parsed"),
    of(Service::Storage, 0xC000, 0xCFFF, "error: cannot understand or failed"),
    of(Service::Find, 0xC000, 0xCFFF, "failed: unable to process"),
    of(Service::Retrieve, 0xC000, 0xCFFF, "failed: unable to process"),
    of(Service::Verification, 0xC000, 0xC000, "error: failed"),
    of(Service::Storage, 0xD000, 0xD000, "duplicate SOP instance UID"),
    of(Service::Find, 0xFE00, 0xFE00, "matching ended by cancel"),
    of(Service::Retrieve, 0xFE00, 0xFE00, "sub-operations ended by cancel"),
    of(Service::Find, 0xFF00, 0xFF00, "matches are continuing"),
    of(Service::Find, 0xFF01, 0xFF01, "matches are continuing, optional keys not supported"),
    of(Service::Retrieve, 0xFF00, 0xFF00, "sub-operations are continuing"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_four_hex_digits_and_words() {
        assert_eq!(Status::SUCCESS.to_string(), "0000 success");
        assert_eq!(
            Status(0xA7FF).of(Service::Storage).to_string(),
            "A7FF refused: out of resources"
        );
        assert_eq!(
            Status::CONFLICT.to_string(),
            "D000 duplicate SOP instance UID"
        );
        assert_eq!(Status(0x0999).to_string(), "0999 undefined status");
    }

    #[test]
    fn the_same_code_means_what_its_service_says() {
        let code = Status(0xB000);
        assert!(code.of(Service::Storage).to_string().contains("coercion"));
        assert!(
            code.of(Service::Retrieve)
                .to_string()
                .contains("sub-operations")
        );
        assert_eq!(
            code.of(Service::Verification).to_string(),
            "B000 undefined status"
        );
    }

    #[test]
    fn outcomes_follow_the_ranges_of_the_standard() {
        assert_eq!(Status(0xB007).outcome(), Outcome::Warning);
        assert_eq!(Status(0x0107).outcome(), Outcome::Warning);
        assert_eq!(Status(0xFF01).outcome(), Outcome::Pending);
        assert_eq!(Status(0xFE00).outcome(), Outcome::Cancel);
        assert_eq!(Status(0xD000).outcome(), Outcome::Failure);
        assert_eq!(Status(0x0999).outcome(), Outcome::Failure);
        assert!(Status(0xB000).is_done() && !Status(0x0111).is_done());
    }
}
