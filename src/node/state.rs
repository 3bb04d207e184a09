//! The upper layer protocol machine as data: states, events and actions of PS3.8 Table 9-10.
//!
//! [`transition`] is the whole table. It is pure; `association.rs` performs the actions. Numbers in comments are those of the
//! standard (`Sta6`, `AE-3`, ...).

/// Which side asked for the association; it decides a release collision (AR-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We called.
    Requestor,
    /// We were called.
    Acceptor,
}

/// States of one association (PS3.8 §9.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Sta1: no connection.
    Idle,
    /// Sta2: connected, the request is awaited.
    AwaitingRequest,
    /// Sta3: the request is here, our answer is awaited.
    AwaitingAnswer,
    /// Sta4: connecting.
    Connecting,
    /// Sta5: the request is sent, the peer's answer is awaited.
    AwaitingAccept,
    /// Sta6: data may flow.
    Established,
    /// Sta7: our release request is out.
    AwaitingReleaseReply,
    /// Sta8: the peer's release request is here, our reply is awaited.
    AwaitingReleaseAnswer,
    /// Sta9: both asked for release, we are the requestor, our reply is awaited.
    CollisionRequestorAnswer,
    /// Sta10: both asked for release, we are the acceptor, the peer's reply is awaited.
    CollisionAcceptorReply,
    /// Sta11: as Sta9, our reply is sent, the peer's is awaited.
    CollisionRequestorReply,
    /// Sta12: as Sta10, the peer's reply is here, ours is awaited.
    CollisionAcceptorAnswer,
    /// Sta13: over, the end of the connection is awaited.
    AwaitingClose,
}

/// Events (PS3.8 §9.2.1, in the order of Table 9-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// We want an association.
    RequestAssociation,
    /// The connection that we asked for is there.
    Connected,
    /// A-ASSOCIATE-AC arrived.
    AcceptReceived,
    /// A-ASSOCIATE-RJ arrived.
    RejectReceived,
    /// A connection came in.
    ConnectionArrived,
    /// A-ASSOCIATE-RQ arrived.
    RequestReceived,
    /// We accept.
    Accept,
    /// We reject.
    Reject,
    /// We send data.
    SendData,
    /// P-DATA-TF arrived.
    DataReceived,
    /// We want to release.
    RequestRelease,
    /// A-RELEASE-RQ arrived.
    ReleaseRequestReceived,
    /// A-RELEASE-RP arrived.
    ReleaseReplyReceived,
    /// We agree to the release.
    ReplyRelease,
    /// We abort.
    Abort,
    /// A-ABORT arrived.
    AbortReceived,
    /// The connection ended.
    ConnectionClosed,
    /// The ARTIM timer ran out.
    TimerExpired,
    /// Something arrived that is no valid PDU.
    InvalidPdu,
}

/// Actions (PS3.8 §9.2.3, Tables 9-6 to 9-9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// AE-1: open a connection.
    Connect,
    /// AE-2: send A-ASSOCIATE-RQ.
    SendRequest,
    /// AE-3: the association is there.
    ConfirmAccept,
    /// AE-4: the peer rejected; close.
    ConfirmReject,
    /// AE-5: start ARTIM.
    StartTimer,
    /// AE-6: stop ARTIM, judge the request.
    JudgeRequest,
    /// AE-7: send A-ASSOCIATE-AC.
    SendAccept,
    /// AE-8: send A-ASSOCIATE-RJ, start ARTIM.
    SendReject,
    /// DT-1, AR-7: send P-DATA-TF.
    SendData,
    /// DT-2, AR-6: data for us.
    IndicateData,
    /// AR-1: send A-RELEASE-RQ.
    SendReleaseRequest,
    /// AR-2, AR-8: the peer wants to release.
    IndicateRelease,
    /// AR-3: released; close.
    ConfirmRelease,
    /// AR-4, AR-9: send A-RELEASE-RP (AR-4 starts ARTIM).
    SendReleaseReply,
    /// AR-10: the peer's reply came, ours is still owed.
    OweReleaseReply,
    /// AA-1: send A-ABORT (service user), start ARTIM.
    SendAbort,
    /// AA-2, AR-5, AA-5: stop ARTIM, close.
    Close,
    /// AA-3: the peer aborted; close.
    IndicateAbort,
    /// AA-4: the connection was lost.
    IndicateLoss,
    /// AA-6: ignore the PDU.
    Ignore,
    /// AA-7, AA-8: send A-ABORT (service provider), start ARTIM.
    SendProviderAbort,
}

/// What to do and where to be next; `None` for the empty cells of Table 9-10, which cannot happen.
pub fn transition(state: State, event: Event, role: Role) -> Option<(Action, State)> {
    use State as S;
    match event {
        Event::RequestAssociation => (state == S::Idle).then_some((Action::Connect, S::Connecting)),
        Event::Connected => {
            (state == S::Connecting).then_some((Action::SendRequest, S::AwaitingAccept))
        }
        Event::ConnectionArrived => {
            (state == S::Idle).then_some((Action::StartTimer, S::AwaitingRequest))
        }
        Event::Accept => {
            (state == S::AwaitingAnswer).then_some((Action::SendAccept, S::Established))
        }
        Event::Reject => {
            (state == S::AwaitingAnswer).then_some((Action::SendReject, S::AwaitingClose))
        }
        Event::SendData => match state {
            S::Established | S::AwaitingReleaseAnswer => Some((Action::SendData, state)),
            _ => None,
        },
        Event::RequestRelease => (state == S::Established)
            .then_some((Action::SendReleaseRequest, S::AwaitingReleaseReply)),
        Event::ReplyRelease => match state {
            S::AwaitingReleaseAnswer | S::CollisionAcceptorAnswer => {
                Some((Action::SendReleaseReply, S::AwaitingClose))
            }
            S::CollisionRequestorAnswer => {
                Some((Action::SendReleaseReply, S::CollisionRequestorReply))
            }
            _ => None,
        },
        Event::Abort => match state {
            S::Idle | S::AwaitingRequest | S::AwaitingClose => None,
            S::Connecting => Some((Action::Close, S::Idle)),
            _ => Some((Action::SendAbort, S::AwaitingClose)),
        },
        Event::ConnectionClosed => match state {
            S::Idle => None,
            S::AwaitingRequest | S::AwaitingClose => Some((Action::Close, S::Idle)),
            _ => Some((Action::IndicateLoss, S::Idle)),
        },
        Event::TimerExpired => match state {
            S::AwaitingRequest | S::AwaitingClose => Some((Action::Close, S::Idle)),
            _ => None,
        },
        _ => received(state, event, role),
    }
}

/// The rows of Table 9-10 for PDUs that arrive.
fn received(state: State, event: Event, role: Role) -> Option<(Action, State)> {
    use State as S;
    let expected = match (state, event) {
        (S::Idle | S::Connecting, _) => return None,
        (S::AwaitingRequest | S::AwaitingClose, Event::AbortReceived) => (Action::Close, S::Idle),
        (_, Event::AbortReceived) => (Action::IndicateAbort, S::Idle),
        (S::AwaitingRequest, Event::RequestReceived) => (Action::JudgeRequest, S::AwaitingAnswer),
        (S::AwaitingRequest, _) => (Action::SendAbort, S::AwaitingClose),
        (S::AwaitingClose, Event::RequestReceived | Event::InvalidPdu) => {
            (Action::SendProviderAbort, S::AwaitingClose)
        }
        (S::AwaitingClose, _) => (Action::Ignore, S::AwaitingClose),
        (S::AwaitingAccept, Event::AcceptReceived) => (Action::ConfirmAccept, S::Established),
        (S::AwaitingAccept, Event::RejectReceived) => (Action::ConfirmReject, S::Idle),
        (S::Established | S::AwaitingReleaseReply, Event::DataReceived) => {
            (Action::IndicateData, state)
        }
        (S::Established, Event::ReleaseRequestReceived) => {
            (Action::IndicateRelease, S::AwaitingReleaseAnswer)
        }
        (S::AwaitingReleaseReply, Event::ReleaseRequestReceived) => match role {
            Role::Requestor => (Action::IndicateRelease, S::CollisionRequestorAnswer),
            Role::Acceptor => (Action::IndicateRelease, S::CollisionAcceptorReply),
        },
        (S::AwaitingReleaseReply | S::CollisionRequestorReply, Event::ReleaseReplyReceived) => {
            (Action::ConfirmRelease, S::Idle)
        }
        (S::CollisionAcceptorReply, Event::ReleaseReplyReceived) => {
            (Action::OweReleaseReply, S::CollisionAcceptorAnswer)
        }
        _ => (Action::SendProviderAbort, S::AwaitingClose),
    };
    Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 13] = [
        State::Idle,
        State::AwaitingRequest,
        State::AwaitingAnswer,
        State::Connecting,
        State::AwaitingAccept,
        State::Established,
        State::AwaitingReleaseReply,
        State::AwaitingReleaseAnswer,
        State::CollisionRequestorAnswer,
        State::CollisionAcceptorReply,
        State::CollisionRequestorReply,
        State::CollisionAcceptorAnswer,
        State::AwaitingClose,
    ];
    const EVENTS: [Event; 19] = [
        Event::RequestAssociation,
        Event::Connected,
        Event::AcceptReceived,
        Event::RejectReceived,
        Event::ConnectionArrived,
        Event::RequestReceived,
        Event::Accept,
        Event::Reject,
        Event::SendData,
        Event::DataReceived,
        Event::RequestRelease,
        Event::ReleaseRequestReceived,
        Event::ReleaseReplyReceived,
        Event::ReplyRelease,
        Event::Abort,
        Event::AbortReceived,
        Event::ConnectionClosed,
        Event::TimerExpired,
        Event::InvalidPdu,
    ];

    /// Table 9-10 typed off the standard: a row an event, a column a state, the action's name or `-`.
    const TABLE: [&str; 19] = [
        "AE-1 - - - - - - - - - - - -",
        "- - - AE-2 - - - - - - - - -",
        "- AA-1 AA-8 - AE-3 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6",
        "- AA-1 AA-8 - AE-4 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6",
        "AE-5 - - - - - - - - - - - -",
        "- AE-6 AA-8 - AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-7",
        "- - AE-7 - - - - - - - - - -",
        "- - AE-8 - - - - - - - - - -",
        "- - - - - DT-1 - AR-7 - - - - -",
        "- AA-1 AA-8 - AA-8 DT-2 AR-6 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6",
        "- - - - - AR-1 - - - - - - -",
        "- AA-1 AA-8 - AA-8 AR-2 AR-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6",
        "- AA-1 AA-8 - AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3 AA-8 AA-6",
        "- - - - - - - AR-4 AR-9 - - AR-4 -",
        "- - AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1 -",
        "- AA-2 AA-3 - AA-3 AA-3 AA-3 AA-3 AA-3 AA-3 AA-3 AA-3 AA-2",
        "- AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AR-5",
        "- AA-2 - - - - - - - - - - AA-2",
        "- AA-1 AA-8 - AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-7",
    ];

    fn named(name: &str, state: State, role: Role) -> (Action, State) {
        use State as S;
        match name {
            "AE-1" => (Action::Connect, S::Connecting),
            "AE-2" => (Action::SendRequest, S::AwaitingAccept),
            "AE-3" => (Action::ConfirmAccept, S::Established),
            "AE-4" => (Action::ConfirmReject, S::Idle),
            "AE-5" => (Action::StartTimer, S::AwaitingRequest),
            "AE-6" => (Action::JudgeRequest, S::AwaitingAnswer),
            "AE-7" => (Action::SendAccept, S::Established),
            "AE-8" => (Action::SendReject, S::AwaitingClose),
            "DT-1" => (Action::SendData, S::Established),
            "DT-2" => (Action::IndicateData, S::Established),
            "AR-1" => (Action::SendReleaseRequest, S::AwaitingReleaseReply),
            "AR-2" => (Action::IndicateRelease, S::AwaitingReleaseAnswer),
            "AR-3" => (Action::ConfirmRelease, S::Idle),
            "AR-4" => (Action::SendReleaseReply, S::AwaitingClose),
            "AR-5" | "AA-2" | "AA-5" => (Action::Close, S::Idle),
            "AR-6" => (Action::IndicateData, S::AwaitingReleaseReply),
            "AR-7" => (Action::SendData, S::AwaitingReleaseAnswer),
            "AR-8" if role == Role::Requestor => {
                (Action::IndicateRelease, S::CollisionRequestorAnswer)
            }
            "AR-8" => (Action::IndicateRelease, S::CollisionAcceptorReply),
            "AR-9" => (Action::SendReleaseReply, S::CollisionRequestorReply),
            "AR-10" => (Action::OweReleaseReply, S::CollisionAcceptorAnswer),
            "AA-1" => (Action::SendAbort, S::AwaitingClose),
            "AA-3" => (Action::IndicateAbort, S::Idle),
            "AA-4" => (Action::IndicateLoss, S::Idle),
            "AA-6" => (Action::Ignore, S::AwaitingClose),
            "AA-7" | "AA-8" => (Action::SendProviderAbort, S::AwaitingClose),
            other => panic!("no action {other} in {state:?}"),
        }
    }

    #[test]
    fn every_cell_is_that_of_table_9_10() {
        for (event, row) in EVENTS.iter().zip(TABLE) {
            let cells: Vec<&str> = row.split(' ').collect();
            assert_eq!(cells.len(), STATES.len(), "{event:?}");
            for (state, cell) in STATES.iter().zip(cells) {
                for role in [Role::Requestor, Role::Acceptor] {
                    let expected = (cell != "-").then(|| named(cell, *state, role));
                    assert_eq!(
                        transition(*state, *event, role),
                        expected,
                        "{state:?} {event:?} {role:?}"
                    );
                }
            }
        }
    }
}
