//! How an association ended, in words for the log and the list of activities (PS3.8 section 9.3).

/// How an association ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// As it should.
    #[error("released")]
    Released,
    /// The peer let go in the middle of something.
    #[error("released by the peer in the middle of a message")]
    ReleasedEarly,
    /// A-ABORT from the peer.
    #[error("aborted by the peer ({0})")]
    AbortedByPeer(&'static str),
    /// The connection is gone.
    #[error("connection lost: {0}")]
    Lost(String),
    /// A timer ran out.
    #[error("aborted: the peer was too slow")]
    TimedOut,
    /// The peer broke the protocol.
    #[error("aborted: the peer sent {0}")]
    Violation(String),
    /// A-ASSOCIATE-RJ from the peer.
    #[error("rejected by the peer: {0}")]
    Rejected(String),
    /// We wanted it so.
    #[error("aborted by us: {0}")]
    Stopped(&'static str),
}

/// Source and reason of an A-ABORT in words (PS3.8 Table 9-26).
pub fn abort_words(source: u8, reason: u8) -> &'static str {
    match (source, reason) {
        (0, _) => "by its user",
        (2, 1) => "by its provider: unrecognized PDU",
        (2, 2) => "by its provider: unexpected PDU",
        (2, 4) => "by its provider: unrecognized PDU parameter",
        (2, 5) => "by its provider: unexpected PDU parameter",
        (2, 6) => "by its provider: invalid PDU parameter value",
        (2, _) => "by its provider: no reason given",
        _ => "by nobody in particular",
    }
}

/// Result, source and reason of an A-ASSOCIATE-RJ in words (PS3.8 Table 9-21).
pub fn reject_words(result: u8, source: u8, reason: u8) -> String {
    let kind = match result {
        1 => "permanently",
        2 => "for now",
        _ => "with an undefined result",
    };
    let (who, why) = match (source, reason) {
        (1, 1) => ("its user", "no reason given"),
        (1, 2) => ("its user", "application context name not supported"),
        (1, 3) => ("its user", "calling AE title not recognized"),
        (1, 7) => ("its user", "called AE title not recognized"),
        (2, 1) => ("its provider", "no reason given"),
        (2, 2) => ("its provider", "protocol version not supported"),
        (3, 1) => ("its provider", "temporary congestion"),
        (3, 2) => ("its provider", "local limit exceeded"),
        (1, _) => ("its user", "reserved reason"),
        (2 | 3, _) => ("its provider", "reserved reason"),
        _ => ("an undefined source", "undefined reason"),
    };
    format!("{kind}, by {who}: {why}")
}
