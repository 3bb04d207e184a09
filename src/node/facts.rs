//! What was agreed on with a caller, as facts for people: contexts, limits, who it says it is. Never a password or a ticket.

use dicom_ul::pdu::{AssociationRQ, UserIdentity, UserIdentityType, UserVariableItem};

use super::association::Contexts;
use super::pdu;

/// Longest name of a user that is told.
const USER_CHARACTERS_MAX: usize = 64;

/// One presentation context and its answer (PS3.8 §9.3.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextFact {
    /// Abstract syntax.
    pub sop_class_uid: String,
    /// The transfer syntax agreed on, or why none was.
    pub answer: Result<String, &'static str>,
}

/// What an association agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssociationFacts {
    /// The title that was called.
    pub called: String,
    /// The caller's implementation version name, or class UID.
    pub implementation: String,
    /// What the caller takes at most, 0 for no limit.
    pub max_pdu: u32,
    /// Who the user says to be (PS3.7 §D.3.3.7), in words, without any secret.
    pub user: Option<String>,
    /// Every context in the order of the proposal.
    pub contexts: Vec<ContextFact>,
}

impl AssociationFacts {
    /// The facts of a request that was answered with these contexts.
    pub fn of_request(request: &AssociationRQ, accepted: &Contexts) -> Self {
        let mut facts = Self {
            called: pdu::text(request.called_ae_title.as_bytes())
                .trim()
                .to_owned(),
            ..Self::default()
        };
        for item in &request.user_variables {
            match item {
                UserVariableItem::MaxLength(bytes) => facts.max_pdu = *bytes,
                UserVariableItem::ImplementationVersionName(name) => {
                    facts.implementation = pdu::text(name.as_bytes());
                }
                UserVariableItem::ImplementationClassUID(uid)
                    if facts.implementation.is_empty() =>
                {
                    facts.implementation = pdu::text(uid.as_bytes());
                }
                UserVariableItem::UserIdentityItem(identity) => {
                    facts.user = Some(user_in_words(identity));
                }
                _ => {}
            }
        }
        let contexts = request.presentation_contexts.iter();
        facts.contexts = contexts
            .map(|context| ContextFact {
                sop_class_uid: context.abstract_syntax.clone(),
                answer: match accepted.get(&context.id) {
                    Some(agreed) => Ok(agreed.syntax.uid.to_owned()),
                    None => Err("not accepted"),
                },
            })
            .collect();
        facts
    }

    /// The user as far as it may be written down.
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }
}

/// Result of a context in words (PS3.8 Table 9-18).
pub fn context_words(result: u8) -> &'static str {
    match result {
        0 => "accepted",
        1 => "refused by the user of the service",
        2 => "refused without a reason",
        3 => "the service is not supported (abstract syntax)",
        4 => "none of the encodings is supported (transfer syntaxes)",
        _ => "refused with an undefined result",
    }
}

fn user_in_words(identity: &UserIdentity) -> String {
    let name = || {
        let text = pdu::text(&identity.primary_field());
        text.chars().take(USER_CHARACTERS_MAX).collect::<String>()
    };
    match identity.identity_type() {
        UserIdentityType::Username => name(),
        UserIdentityType::UsernamePassword => format!("{} (with a password)", name()),
        UserIdentityType::KerberosServiceTicket => "a Kerberos ticket".to_owned(),
        UserIdentityType::SamlAssertion => "a SAML assertion".to_owned(),
        UserIdentityType::Jwt => "a JSON web token".to_owned(),
        _ => "an identity of an unknown kind".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_becomes_a_word() {
        let secret = b"open sesame".to_vec();
        let all = [
            UserIdentityType::UsernamePassword,
            UserIdentityType::KerberosServiceTicket,
            UserIdentityType::SamlAssertion,
            UserIdentityType::Jwt,
        ];
        for kind in all {
            let primary = match kind {
                UserIdentityType::UsernamePassword => b"anna".to_vec(),
                _ => secret.clone(),
            };
            let words = user_in_words(&UserIdentity::new(true, kind, primary, secret.clone()));
            assert!(!words.contains("sesame"), "{words}");
        }
        let anna = UserIdentity::new(
            false,
            UserIdentityType::Username,
            b"anna".to_vec(),
            Vec::new(),
        );
        assert_eq!(user_in_words(&anna), "anna");
    }
}
