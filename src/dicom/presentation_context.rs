//! Presentation contexts (PS3.8 §9.3.2): those of Tables 8, 10, 19, 21, 23, 25 and 28, what we accept as SCP, and what we propose
//! as SCU. All computed from [`SOP_CLASSES`] and the named sets of `transfer_syntax`; nothing is typed twice.

use super::sop_class::{self, Kind, SOP_CLASSES, SopClass};
use super::transfer_syntax::{self, PixelCodec, TRANSFER_SYNTAXES, TransferSyntax};
use super::uid::SopClassUid;

/// A real-world activity of the conformance statement with its table of presentation contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Table 8: C-ECHO as SCU.
    Verify,
    /// Table 10: C-FIND as SCU.
    Find,
    /// Table 19: C-MOVE as SCU.
    Move,
    /// Table 21: C-STORE as SCU.
    Send,
    /// Table 23: print as SCU.
    Print,
    /// Table 25: C-ECHO as SCP.
    AnswerVerification,
    /// Table 28: C-STORE as SCP.
    Receive,
}

/// A row of a table of presentation contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedContext {
    /// The abstract syntax.
    pub class: &'static SopClass,
    /// UIDs of the transfer syntaxes.
    pub transfer_syntaxes: &'static [&'static str],
}

/// The rows of an activity's table, as the conformance statement gives them.
pub fn stated(activity: Activity) -> impl Iterator<Item = StatedContext> {
    let (kind, provided, transfer_syntaxes) = match activity {
        Activity::Verify => (
            Some(Kind::Verification),
            false,
            transfer_syntax::VERIFICATION,
        ),
        Activity::Find => (Some(Kind::Query), false, transfer_syntax::QUERY),
        Activity::Move => (Some(Kind::Retrieve), false, transfer_syntax::MOVE),
        Activity::Send => (None, false, transfer_syntax::STORAGE),
        Activity::Print => (Some(Kind::Print), false, transfer_syntax::PRINT),
        Activity::AnswerVerification => (
            Some(Kind::Verification),
            true,
            transfer_syntax::VERIFICATION,
        ),
        Activity::Receive => (None, true, transfer_syntax::STORAGE),
    };
    SOP_CLASSES
        .iter()
        .filter(move |class| {
            let wanted = kind.map_or(class.is_storage(), |kind| class.kind == kind);
            let role = if provided {
                class.roles.scp
            } else {
                class.roles.scu
            };
            wanted && role && class.stated
        })
        .map(move |class| StatedContext {
            class,
            transfer_syntaxes,
        })
}

/// Why a proposed presentation context is rejected (PS3.8 Table 9-18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Result 3.
    #[error("abstract syntax not supported")]
    AbstractSyntax,
    /// Result 4.
    #[error("transfer syntaxes not supported")]
    TransferSyntaxes,
}

/// Services that are off until a setting switches them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Services {
    /// C-FIND over our own store.
    pub find: bool,
    /// C-MOVE out of our own store.
    pub retrieve: bool,
}

impl Services {
    fn provide(self, class: &SopClass) -> bool {
        match class.uid {
            sop_class::STUDY_ROOT_FIND => self.find,
            sop_class::STUDY_ROOT_MOVE => self.retrieve,
            _ => class.is_provided(),
        }
    }
}

/// What we answer as SCP to a proposed presentation context.
///
/// Storage: every class and every syntax that we know; a compressed syntax wins over an uncompressed one, so that objects arrive as
/// they are kept elsewhere; apart from that the sender's order counts. Everything else: the three uncompressed syntaxes.
pub fn choose<S: AsRef<str>>(
    abstract_syntax: &str,
    proposed: &[S],
    services: Services,
) -> Result<&'static TransferSyntax, Rejection> {
    let class = sop_class::find(abstract_syntax)
        .filter(|class| services.provide(class))
        .ok_or(Rejection::AbstractSyntax)?;
    let mut known = proposed
        .iter()
        .filter_map(|uid| TransferSyntax::find(uid.as_ref()));
    let chosen = if class.is_storage() {
        known
            .clone()
            .find(|syntax| syntax.codec != PixelCodec::Native)
            .or_else(|| known.next())
    } else {
        known.find(|syntax| transfer_syntax::VERIFICATION.contains(&syntax.uid))
    };
    chosen.ok_or(Rejection::TransferSyntaxes)
}

/// Contexts that fit into one association: the odd numbers of one byte (PS3.8 §9.3.2.2).
pub const CONTEXTS_MAX: usize = 128;

/// One presentation context as we propose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedContext {
    /// Its identifier, odd.
    pub id: u8,
    /// The class.
    pub abstract_syntax: SopClassUid,
    /// UIDs of the transfer syntaxes, preferred first.
    pub transfer_syntaxes: Vec<&'static str>,
}

/// What to propose in order to send objects of these classes and stored syntaxes: for each pair a context of its own, so that the
/// peer's choice cannot force a conversion, and for each class one of uncompressed syntaxes to fall back on. Each inner list is for
/// one association; a class is never spread over two.
pub fn propose(objects: &[(SopClassUid, &'static TransferSyntax)]) -> Vec<Vec<ProposedContext>> {
    let mut classes: Vec<(&SopClassUid, Vec<&'static str>)> = Vec::new();
    for (class, syntax) in objects {
        let index = classes
            .iter()
            .position(|(known, _)| *known == class)
            .unwrap_or_else(|| {
                classes.push((class, Vec::new()));
                classes.len() - 1
            });
        let syntaxes = &mut classes[index].1;
        if !syntaxes.contains(&syntax.uid) {
            syntaxes.push(syntax.uid);
        }
    }
    let mut associations: Vec<Vec<ProposedContext>> = Vec::new();
    for (class, syntaxes) in classes {
        let wanted = syntaxes.len() + 1;
        let fits = |contexts: &Vec<ProposedContext>| contexts.len() + wanted <= CONTEXTS_MAX;
        if !associations.last().is_some_and(fits) {
            associations.push(Vec::new());
        }
        let contexts = associations
            .last_mut()
            .expect("a list was pushed just above if there was none");
        let fallback = vec![
            transfer_syntax::EXPLICIT_LITTLE,
            transfer_syntax::IMPLICIT_LITTLE,
            transfer_syntax::EXPLICIT_BIG,
        ];
        for transfer_syntaxes in syntaxes.into_iter().map(|uid| vec![uid]).chain([fallback]) {
            // At most 128 contexts: identifiers 1 to 255.
            let id = (contexts.len() * 2 + 1) as u8;
            contexts.push(ProposedContext {
                id,
                abstract_syntax: class.clone(),
                transfer_syntaxes,
            });
        }
    }
    associations
}

/// What the virtual printer answers to a proposed presentation context: everything of print management and verification, in the
/// little endian syntaxes, the caller's order counting.
pub fn choose_for_printer(
    abstract_syntax: &str,
    proposed: &[String],
) -> Result<&'static TransferSyntax, Rejection> {
    sop_class::find(abstract_syntax)
        .filter(|class| matches!(class.kind, Kind::Print | Kind::Verification))
        // It keeps films, not jobs.
        .filter(|class| class.uid != sop_class::print::PRINT_JOB)
        .ok_or(Rejection::AbstractSyntax)?;
    let little = [
        transfer_syntax::EXPLICIT_LITTLE,
        transfer_syntax::IMPLICIT_LITTLE,
    ];
    proposed
        .iter()
        .filter_map(|uid| TransferSyntax::find(uid))
        .find(|syntax| little.contains(&syntax.uid))
        .ok_or(Rejection::TransferSyntaxes)
}

/// What to propose in order to print: every class of Table 23, the Meta classes, and what a printer may have besides; Explicit VR
/// Little Endian first as the statement says, Implicit for the many printers that know nothing else.
pub fn propose_print() -> Vec<ProposedContext> {
    let classes = SOP_CLASSES.iter().filter(|class| class.kind == Kind::Print);
    classes
        .enumerate()
        .filter_map(|(index, class)| {
            Some(ProposedContext {
                id: u8::try_from(index * 2 + 1).ok()?,
                abstract_syntax: SopClassUid::parse(class.uid).ok()?,
                transfer_syntaxes: vec![
                    transfer_syntax::EXPLICIT_LITTLE,
                    transfer_syntax::IMPLICIT_LITTLE,
                ],
            })
        })
        .collect()
}

/// DCMTK, and whoever is built on it, drops an association with more transfer syntaxes than this in one context.
const SYNTAXES_OF_CONTEXT_MAX: usize = 50;

/// What to propose in order to receive objects by C-GET, ids from `first_id` on: every storage class, those of the statement
/// with a context for native and one for compressed syntaxes, so that a peer that cannot decompress need not.
pub fn propose_to_receive(first_id: u8) -> Vec<ProposedContext> {
    let native = vec![
        transfer_syntax::EXPLICIT_LITTLE,
        transfer_syntax::IMPLICIT_LITTLE,
        transfer_syntax::EXPLICIT_BIG,
    ];
    // What can be shown comes first; retired processes that nobody writes are not worth a refused association.
    let wanted = |codec: fn(&PixelCodec) -> bool| {
        TRANSFER_SYNTAXES
            .iter()
            .filter(move |syntax| syntax.codec != PixelCodec::Native && codec(&syntax.codec))
            .map(|syntax| syntax.uid)
    };
    let shown = wanted(|codec| *codec != PixelCodec::Other);
    let kept = wanted(|codec| *codec == PixelCodec::Other).filter(|uid| is_video(uid));
    let room = SYNTAXES_OF_CONTEXT_MAX - native.len();
    let compressed: Vec<&'static str> = shown.chain(kept).take(room).collect();
    let all = [compressed.as_slice(), &native].concat();
    let storage = || SOP_CLASSES.iter().filter(|class| class.is_storage());
    let stated = storage()
        .filter(|class| class.stated)
        .flat_map(|class| [(class, native.clone()), (class, compressed.clone())]);
    let further = storage()
        .filter(|class| !class.stated)
        .map(|class| (class, all.clone()));
    let ids = (first_id..=u8::MAX).step_by(2);
    ids.zip(stated.chain(further))
        .filter_map(|(id, (class, transfer_syntaxes))| {
            Some(ProposedContext {
                id,
                abstract_syntax: SopClassUid::parse(class.uid).ok()?,
                transfer_syntaxes,
            })
        })
        .collect()
}

/// MPEG-2, MPEG-4 and HEVC (PS3.5 §8.2.5 to §8.2.8).
fn is_video(uid: &str) -> bool {
    uid.strip_prefix("1.2.840.10008.1.2.4.10")
        .is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose_by_default(
        class: &str,
        proposed: &[&str],
    ) -> Result<&'static TransferSyntax, Rejection> {
        choose(class, proposed, Services::default())
    }
    use crate::dicom::uids;

    const ECHO: &str = uids::VERIFICATION;
    const CT: &str = uids::CT_IMAGE_STORAGE;

    fn class(uid: &str) -> SopClassUid {
        SopClassUid::parse(uid).unwrap()
    }

    #[test]
    fn compressed_wins_over_uncompressed_and_else_the_senders_order() {
        let implicit = transfer_syntax::IMPLICIT_LITTLE;
        let explicit = transfer_syntax::EXPLICIT_LITTLE;
        let rle = uids::RLE_LOSSLESS;
        assert_eq!(
            choose_by_default(CT, &[implicit, rle, explicit])
                .unwrap()
                .uid,
            rle
        );
        assert_eq!(
            choose_by_default(CT, &[implicit, explicit]).unwrap().uid,
            implicit
        );
        assert_eq!(
            choose_by_default(CT, &[explicit, implicit]).unwrap().uid,
            explicit
        );
        assert_eq!(
            choose_by_default(CT, &["1.2.3"]),
            Err(Rejection::TransferSyntaxes)
        );
        assert_eq!(
            choose_by_default("1.2.3", &[implicit]),
            Err(Rejection::AbstractSyntax)
        );
    }

    #[test]
    fn verification_takes_uncompressed_syntaxes_only() {
        assert_eq!(
            choose_by_default(ECHO, &[uids::RLE_LOSSLESS]),
            Err(Rejection::TransferSyntaxes)
        );
        assert_eq!(
            choose_by_default(ECHO, &[uids::RLE_LOSSLESS, "1.2.840.10008.1.2.2\0"])
                .unwrap()
                .encoding,
            crate::dicom::Encoding::ExplicitBig
        );
    }

    #[test]
    fn classes_that_we_only_ask_for_are_not_provided_unless_switched_on() {
        let find = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND;
        assert_eq!(
            choose_by_default(find, &[transfer_syntax::IMPLICIT_LITTLE]),
            Err(Rejection::AbstractSyntax)
        );
        let on = Services {
            find: true,
            retrieve: false,
        };
        assert!(choose(find, &[transfer_syntax::IMPLICIT_LITTLE], on).is_ok());
        let moving = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE;
        assert!(choose(moving, &[transfer_syntax::IMPLICIT_LITTLE], on).is_err());
        assert!(
            choose_by_default(uids::RAW_DATA_STORAGE, &[transfer_syntax::IMPLICIT_LITTLE]).is_ok()
        );
    }

    #[test]
    fn each_stored_syntax_gets_its_own_context_and_each_class_a_fallback() {
        let rle = TransferSyntax::find(uids::RLE_LOSSLESS).unwrap();
        let big = TransferSyntax::find(transfer_syntax::EXPLICIT_BIG).unwrap();
        let ct = class(CT);
        let associations = propose(&[(ct.clone(), rle), (ct.clone(), big), (ct, rle)]);
        let [contexts] = &associations[..] else {
            panic!("one association is enough")
        };
        let ids: Vec<u8> = contexts.iter().map(|context| context.id).collect();
        assert_eq!(ids, [1, 3, 5]);
        assert_eq!(contexts[0].transfer_syntaxes, [rle.uid]);
        assert_eq!(contexts[1].transfer_syntaxes, [big.uid]);
        assert_eq!(contexts[2].transfer_syntaxes.len(), 3);
    }

    #[test]
    fn what_is_proposed_to_receive_is_no_more_than_a_peer_reads() {
        let proposed = propose_to_receive(3);
        assert!(proposed.len() <= 127);
        let longest = proposed.iter().map(|c| c.transfer_syntaxes.len()).max();
        assert!(longest.is_some_and(|count| count <= SYNTAXES_OF_CONTEXT_MAX));
        for uid in [uids::RLE_LOSSLESS, uids::MPEG2MPML, uids::HEVCMP51] {
            let with = |context: &&ProposedContext| context.transfer_syntaxes.contains(&uid);
            assert!(proposed.iter().filter(with).count() > 50, "{uid}");
        }
    }

    #[test]
    fn more_than_128_contexts_go_into_several_associations() {
        let rle = TransferSyntax::find(uids::RLE_LOSSLESS).unwrap();
        let objects: Vec<_> = (1..=100)
            .map(|n| (class(&format!("1.2.{n}")), rle))
            .collect();
        let associations = propose(&objects);
        assert_eq!(
            associations.iter().map(Vec::len).collect::<Vec<_>>(),
            [128, 72]
        );
        assert_eq!(associations[0].last().unwrap().id, 255);
        assert_eq!(associations[1][0].id, 1);
    }
}
