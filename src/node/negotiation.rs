//! What is asked for and what is answered when an association is negotiated, without any IO (PS3.8 §9.3.2, PS3.7 annex D.3).

use std::collections::BTreeMap;

use dicom_ul::pdu::{
    AssociationAC, AssociationRJ, AssociationRJResult, AssociationRJServiceProviderASCEReason,
    AssociationRJServiceProviderPresentationReason, AssociationRJServiceUserReason,
    AssociationRJSource, AssociationRQ, Pdu, PresentationContextProposed,
    PresentationContextResult, PresentationContextResultReason, RequestorRoles, UserIdentityType,
    UserVariableItem, read_pdu,
};

use super::association::{Context, Contexts};
use super::pdu::{ASSOCIATE_BYTES_MAX, InvalidPdu};
use crate::dicom::presentation_context::{self, ProposedContext, Rejection, Services};
use crate::dicom::sop_class::{self, APPLICATION_CONTEXT, Kind};
use crate::dicom::transfer_syntax::IMPLICIT_LITTLE;
use crate::dicom::{AeTitle, SopClassUid, TransferSyntax, identity};

/// Asynchronous operations window sub-item (PS3.7 §D.3.3.3).
const ASYNCHRONOUS_WINDOW: u8 = 0x53;

/// User identity sub-item of the answer (PS3.7 §D.3.3.7.2).
const IDENTITY_ANSWER: u8 = 0x59;

/// What we say about ourselves in every negotiation.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Largest P-DATA-TF that we take.
    pub max_pdu: u32,
    /// The serial number in the implementation class UID.
    pub serial: u32,
    /// What we provide on request.
    pub services: Services,
}

impl Identity {
    fn user_variables(&self) -> Vec<UserVariableItem> {
        vec![
            UserVariableItem::MaxLength(self.max_pdu),
            UserVariableItem::ImplementationClassUID(identity::implementation_class_uid(
                self.serial,
            )),
            UserVariableItem::ImplementationVersionName(identity::implementation_version_name()),
        ]
    }
}

/// Why a caller is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The protocol version lacks bit 0.
    Version,
    /// Not the DICOM application context.
    ApplicationContext,
    /// We are called otherwise.
    CalledTitle,
    /// The caller is not on the access list.
    CallingTitle,
    /// As many associations as we take are at work.
    Limit,
    /// We cannot tell who may talk: our own failure.
    OurFailure,
}

impl Refusal {
    /// In words, for people on our side.
    pub fn words(self) -> &'static str {
        match self {
            Self::Version => "protocol version not supported",
            Self::ApplicationContext => "application context name not supported",
            Self::CalledTitle => "called AE title not recognized",
            Self::CallingTitle => "calling AE title not recognized",
            Self::Limit => "local limit exceeded: too many associations at once",
            Self::OurFailure => "our access list cannot be read",
        }
    }

    /// The PDU that tells the caller (PS3.8 Table 9-21).
    pub fn answer(self) -> AssociationRJ {
        use AssociationRJServiceUserReason as User;
        use AssociationRJSource as Source;
        let permanent = AssociationRJResult::Permanent;
        let (result, source) = match self {
            Self::Version => (
                permanent,
                Source::ServiceProviderASCE(
                    AssociationRJServiceProviderASCEReason::ProtocolVersionNotSupported,
                ),
            ),
            Self::ApplicationContext => (
                permanent,
                Source::ServiceUser(User::ApplicationContextNameNotSupported),
            ),
            Self::CalledTitle => (
                permanent,
                Source::ServiceUser(User::CalledAETitleNotRecognized),
            ),
            Self::CallingTitle => (
                permanent,
                Source::ServiceUser(User::CallingAETitleNotRecognized),
            ),
            Self::Limit => (
                AssociationRJResult::Transient,
                Source::ServiceProviderPresentation(
                    AssociationRJServiceProviderPresentationReason::LocalLimitExceeded,
                ),
            ),
            Self::OurFailure => (
                AssociationRJResult::Transient,
                Source::ServiceProviderPresentation(
                    AssociationRJServiceProviderPresentationReason::TemporaryCongestion,
                ),
            ),
        };
        AssociationRJ { result, source }
    }
}

/// Reads an A-ASSOCIATE-RQ from the bytes after its header.
pub fn read_request(body: &[u8]) -> Result<AssociationRQ, InvalidPdu> {
    let malformed = InvalidPdu::value("a malformed A-ASSOCIATE-RQ");
    let length = u32::try_from(body.len()).map_err(|_| malformed)?;
    let whole = [&[1, 0][..], &length.to_be_bytes(), body].concat();
    // dicom-ul answers bytes that end inside an item with `None`, which is malformed here, as the length was kept.
    match read_pdu(&whole[..], ASSOCIATE_BYTES_MAX, true) {
        Ok(Some(Pdu::AssociationRQ(request))) => Ok(request),
        Ok(_) | Err(_) => Err(malformed),
    }
}

/// Judges what the request says about protocol and titles; the access list is asked afterwards.
pub fn judge(request: &AssociationRQ, called: Option<&AeTitle>) -> Result<AeTitle, Refusal> {
    if request.protocol_version & 1 == 0 {
        return Err(Refusal::Version);
    }
    let context_name = request.application_context_name.trim_matches(['\0', ' ']);
    if context_name != APPLICATION_CONTEXT {
        return Err(Refusal::ApplicationContext);
    }
    if called
        .is_some_and(|title| request.called_ae_title.trim_matches([' ', '\0']) != title.as_str())
    {
        return Err(Refusal::CalledTitle);
    }
    AeTitle::try_from(request.calling_ae_title.as_str()).map_err(|_| Refusal::CallingTitle)
}

/// The answer that accepts: each context by the rules of `dicom/presentation_context.rs`.
pub fn accept(
    request: &AssociationRQ,
    us: &Identity,
) -> Result<(AssociationAC, Contexts), InvalidPdu> {
    let choose = |class: &str, syntaxes: &[String]| {
        presentation_context::choose(class, syntaxes, us.services)
    };
    accept_by(request, us, choose)
}

/// The answer that accepts: each context by the rules of `choose`.
pub fn accept_by(
    request: &AssociationRQ,
    us: &Identity,
    choose: impl Fn(&str, &[String]) -> Result<&'static TransferSyntax, Rejection>,
) -> Result<(AssociationAC, Contexts), InvalidPdu> {
    let mut contexts = Contexts::new();
    let mut results = Vec::with_capacity(request.presentation_contexts.len());
    let mut seen = [false; 256];
    for proposed in &request.presentation_contexts {
        if proposed.id % 2 == 0 || std::mem::replace(&mut seen[usize::from(proposed.id)], true) {
            return Err(InvalidPdu::value(
                "presentation context ids that are even or repeated",
            ));
        }
        results.push(answer_context(proposed, &mut contexts, &choose));
    }
    let mut user_variables = us.user_variables();
    user_variables.extend(polite_answers(request, &contexts));
    let answer = AssociationAC {
        protocol_version: 1,
        calling_ae_title: request.calling_ae_title.clone(),
        called_ae_title: request.called_ae_title.clone(),
        application_context_name: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: results,
        user_variables,
    };
    Ok((answer, contexts))
}

fn answer_context(
    proposed: &PresentationContextProposed,
    contexts: &mut Contexts,
    choose: impl Fn(&str, &[String]) -> Result<&'static TransferSyntax, Rejection>,
) -> PresentationContextResult {
    use PresentationContextResultReason as Reason;
    let chosen = choose(&proposed.abstract_syntax, &proposed.transfer_syntaxes);
    let sop_class = SopClassUid::parse(&proposed.abstract_syntax);
    let (reason, transfer_syntax) = match (chosen, sop_class) {
        (Ok(syntax), Ok(sop_class)) => {
            contexts.insert(proposed.id, Context { sop_class, syntax });
            (Reason::Acceptance, syntax.uid)
        }
        (Err(Rejection::TransferSyntaxes), _) => {
            (Reason::TransferSyntaxesNotSupported, IMPLICIT_LITTLE)
        }
        (Err(Rejection::AbstractSyntax), _) | (Ok(_), Err(_)) => {
            (Reason::AbstractSyntaxNotSupported, IMPLICIT_LITTLE)
        }
    };
    PresentationContextResult {
        id: proposed.id,
        reason,
        transfer_syntax: transfer_syntax.to_owned(),
    }
}

/// An asynchronous window is answered with the default 1/1 (statement 3.1.1.3), a role proposal with what we do: the peer may
/// be SCU. Extended negotiation is answered by what we are, or "no options"; a user's identity is taken as it is when an answer
/// is wanted (PS3.7 §D.3.3.7: accepted and logged, never checked), but for Kerberos, whose answer would be a ticket of ours.
fn polite_answers(request: &AssociationRQ, contexts: &Contexts) -> Vec<UserVariableItem> {
    let mut answers = Vec::new();
    for item in &request.user_variables {
        match item {
            UserVariableItem::Unknown(ASYNCHRONOUS_WINDOW, _) => {
                let once = vec![0, 1, 0, 1];
                answers.push(UserVariableItem::Unknown(ASYNCHRONOUS_WINDOW, once));
            }
            UserVariableItem::ScuScpRoleSelectionSubItem(class, roles)
                if contexts.values().any(|c| c.sop_class.as_str() == class) =>
            {
                // Commitment reports may come on an association of their own, from the provider of the service (PS3.4 J.3.3).
                let reports = sop_class::find(class).is_some_and(|c| c.kind == Kind::Commitment);
                let roles = RequestorRoles {
                    scu: roles.scu,
                    scp: roles.scp && reports,
                };
                answers.push(UserVariableItem::ScuScpRoleSelectionSubItem(
                    class.clone(),
                    roles,
                ));
            }
            UserVariableItem::SopClassExtendedNegotiationSubItem(class, asked)
                if contexts.values().any(|c| c.sop_class.as_str() == class) =>
            {
                let answer = extended_answer(class, asked);
                answers.push(UserVariableItem::SopClassExtendedNegotiationSubItem(
                    class.clone(),
                    answer,
                ));
            }
            UserVariableItem::UserIdentityItem(identity)
                if identity.positive_response_requested()
                    && identity.identity_type() != UserIdentityType::KerberosServiceTicket =>
            {
                let empty_response = vec![0, 0];
                answers.push(UserVariableItem::Unknown(IDENTITY_ANSWER, empty_response));
            }
            _ => {}
        }
    }
    answers
}

/// What we say to extended negotiation of a class: a storage class is kept whole, with its signatures, uncoerced (PS3.4
/// Table B.3-1); of everything else no option is supported (all bytes zero, as many as were asked).
fn extended_answer(class: &str, asked: &[u8]) -> Vec<u8> {
    if sop_class::is_storage(class) {
        return vec![2, 0, 3, 0, 0, 0];
    }
    vec![0; asked.len()]
}

/// What the peer takes at most: 0 when it named no limit.
pub fn peer_maximum(request: &AssociationRQ) -> u32 {
    let named = |item: &UserVariableItem| match item {
        UserVariableItem::MaxLength(bytes) => Some(*bytes),
        _ => None,
    };
    request.user_variables.iter().find_map(named).unwrap_or(0)
}

/// A request with the class of each context id. Of `provided` classes we want to be the provider (PS3.7 §D.3.3.4).
pub fn request(
    calling: &AeTitle,
    called: &AeTitle,
    proposed: &[ProposedContext],
    provided: &[SopClassUid],
    us: &Identity,
) -> (AssociationRQ, BTreeMap<u8, SopClassUid>) {
    let mut classes = BTreeMap::new();
    let mut presentation_contexts = Vec::with_capacity(proposed.len());
    for context in proposed {
        classes.insert(context.id, context.abstract_syntax.clone());
        let syntaxes = &context.transfer_syntaxes;
        presentation_contexts.push(PresentationContextProposed {
            id: context.id,
            abstract_syntax: context.abstract_syntax.to_string(),
            transfer_syntaxes: syntaxes.iter().map(|uid| (*uid).to_owned()).collect(),
        });
    }
    let mut user_variables = us.user_variables();
    let role = |class: &SopClassUid| {
        let roles = RequestorRoles {
            scu: false,
            scp: true,
        };
        UserVariableItem::ScuScpRoleSelectionSubItem(class.to_string(), roles)
    };
    user_variables.extend(provided.iter().map(role));
    let request = AssociationRQ {
        protocol_version: 1,
        calling_ae_title: calling.to_string(),
        called_ae_title: called.to_string(),
        application_context_name: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts,
        user_variables,
    };
    (request, classes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn us() -> Identity {
        Identity {
            max_pdu: 131_072,
            serial: 1,
            services: Services::default(),
        }
    }

    proptest! {
        #[test]
        fn no_request_however_broken_makes_us_panic(
            head in proptest::collection::vec(any::<u8>(), 0..80),
            items in proptest::collection::vec(
                (
                    prop::sample::select(vec![0x10u8, 0x20, 0x21, 0x30, 0x40, 0x50, 0x51, 0x53, 0x54, 0x58]),
                    proptest::collection::vec(any::<u8>(), 0..40),
                    any::<bool>(),
                ),
                0..8,
            ),
        ) {
            let mut body = head;
            body.resize(68.max(body.len()), 0);
            for (kind, value, honest) in items {
                let length = value.len() as u16 + u16::from(!honest) * 7;
                body.extend_from_slice(&[kind, 0]);
                body.extend_from_slice(&length.to_be_bytes());
                body.extend(value);
            }
            if let Ok(request) = read_request(&body)
                && let Ok((answer, contexts)) = accept(&request, &us())
            {
                prop_assert!(contexts.len() <= answer.presentation_contexts.len());
                if let Ok(calling) = judge(&request, None) {
                    prop_assert!(!calling.as_str().is_empty());
                }
            }
        }
    }
}
