//! The tables of the conformance statement as text, printed from the arrays that the program itself works with.

use std::fmt::Write;

use super::presentation_context::{Activity, stated};
use super::query::{
    INSTANCE_KEYS, KEY_OBJECT_KEYS, Key, PATIENT_KEYS, PRESENTATION_STATE_KEYS, SERIES_KEYS,
    SR_KEYS, STUDY_KEYS,
};
use super::sop_class::{Kind, SOP_CLASSES, SopClass};
use super::status::{Outcome, STORAGE_STATUSES, Service, Status, VERIFICATION_STATUSES};
use super::transfer_syntax::{self, TRANSFER_SYNTAXES, TransferSyntax};
use super::{document, identity};

/// The tables of classes, by number, title, kind and role; `None` for every storage class.
type ClassTable = (u8, &'static str, Option<Kind>, fn(&SopClass) -> bool);

const CLASS_TABLES: &[ClassTable] = &[
    (
        1,
        "Verification as SCU",
        Some(Kind::Verification),
        |class| class.roles.scu,
    ),
    (
        2,
        "Query/Retrieve as SCU: find",
        Some(Kind::Query),
        |class| class.roles.scu,
    ),
    (
        2,
        "Query/Retrieve as SCU: move",
        Some(Kind::Retrieve),
        |class| class.roles.scu,
    ),
    (3, "Storage as SCU", None, |class| class.roles.scu),
    (4, "Print as SCU", Some(Kind::Print), |class| {
        class.roles.scu
    }),
    (
        5,
        "Verification as SCP",
        Some(Kind::Verification),
        |class| class.roles.scp,
    ),
    (6, "Storage as SCP", None, |class| class.roles.scp),
];

/// The tables of transfer syntaxes, by number and title.
pub const SYNTAX_TABLES: &[(u8, &str, &[&str])] = &[
    (7, "Verification as SCU", transfer_syntax::VERIFICATION),
    (9, "Query", transfer_syntax::QUERY),
    (18, "Move", transfer_syntax::MOVE),
    (20, "Storage as SCU", transfer_syntax::STORAGE),
    (22, "Print", transfer_syntax::PRINT),
    (24, "Verification as SCP", transfer_syntax::VERIFICATION),
    (27, "Storage as SCP", transfer_syntax::STORAGE),
];

/// The tables of presentation contexts: number, number of the transfer syntax table, activity, role.
pub const CONTEXT_TABLES: &[(u8, u8, Activity, &str)] = &[
    (8, 7, Activity::Verify, "SCU"),
    (10, 9, Activity::Find, "SCU"),
    (19, 18, Activity::Move, "SCU"),
    (21, 20, Activity::Send, "SCU"),
    (23, 22, Activity::Print, "SCU"),
    (25, 24, Activity::AnswerVerification, "SCP"),
    (28, 27, Activity::Receive, "SCP"),
];

/// The tables of query keys, by number and title.
pub const KEY_TABLES: &[(u8, &str, &[Key])] = &[
    (11, "Patient level", PATIENT_KEYS),
    (12, "Study level", STUDY_KEYS),
    (13, "Series level", SERIES_KEYS),
    (14, "Composite object instance level", INSTANCE_KEYS),
    (15, "SR documents", SR_KEYS),
    (16, "Key object documents", KEY_OBJECT_KEYS),
    (17, "Presentation states", PRESENTATION_STATE_KEYS),
];

/// The stated classes of a table of classes (1 to 6).
pub fn class_table(number: u8) -> Vec<&'static SopClass> {
    let tables = CLASS_TABLES.iter().filter(|(table, ..)| *table == number);
    tables
        .flat_map(|(_, _, kind, role)| {
            let of_kind =
                |class: &&SopClass| kind.map_or(class.is_storage(), |kind| class.kind == kind);
            SOP_CLASSES
                .iter()
                .filter(|class| class.stated && role(class))
                .filter(of_kind)
        })
        .collect()
}

/// The whole statement, tables 1 to 29 and what goes beyond them.
pub fn statement(serial: u32) -> String {
    let mut text = String::new();
    line(&mut text, "Implementation");
    line(
        &mut text,
        &format!(
            "  class UID     {}",
            identity::implementation_class_uid(serial)
        ),
    );
    line(
        &mut text,
        &format!(
            "  version name  {}",
            identity::implementation_version_name()
        ),
    );
    for number in 1..=6 {
        let title = CLASS_TABLES
            .iter()
            .find(|(table, ..)| *table == number)
            .map_or("", |(_, title, ..)| title);
        heading(
            &mut text,
            number,
            &format!("SOP classes, {}", title.split(':').next().unwrap_or(title)),
        );
        class_table(number)
            .into_iter()
            .for_each(|class| pair(&mut text, class.uid, class.name));
    }
    for (number, title, uids) in SYNTAX_TABLES {
        heading(&mut text, *number, &format!("transfer syntaxes, {title}"));
        for syntax in uids.iter().filter_map(|uid| TransferSyntax::find(uid)) {
            pair(&mut text, syntax.uid, syntax.name);
        }
    }
    for (number, syntaxes, activity, role) in CONTEXT_TABLES {
        heading(
            &mut text,
            *number,
            &format!("presentation contexts, {role}, each with all of Table {syntaxes}"),
        );
        stated(*activity)
            .for_each(|context| pair(&mut text, context.class.uid, context.class.name));
    }
    for (number, title, keys) in KEY_TABLES {
        heading(&mut text, *number, &format!("query keys, {title}"));
        for key in *keys {
            let indent = "> ".repeat(key.parents.len());
            let tag = format!("({:04X},{:04X})", key.tag.group(), key.tag.element());
            pair(
                &mut text,
                &tag,
                &format!("{indent}{}", document::name(key.tag)),
            );
        }
    }
    heading(&mut text, 26, "status codes, verification");
    VERIFICATION_STATUSES
        .iter()
        .for_each(|status| status_line(&mut text, *status, Service::Verification));
    heading(&mut text, 29, "status codes, storage");
    STORAGE_STATUSES
        .iter()
        .for_each(|status| status_line(&mut text, *status, Service::Storage));
    beyond(&mut text);
    text
}

fn beyond(text: &mut String) {
    line(
        text,
        "\nBeyond the statement: storage commitment, push model",
    );
    for class in SOP_CLASSES
        .iter()
        .filter(|class| class.kind == Kind::Commitment)
    {
        pair(text, class.uid, class.name);
    }
    line(text, "\nBeyond the statement: also received, kept and sent");
    let further = |class: &&SopClass| class.is_storage() && !(class.stated && class.roles.scp);
    SOP_CLASSES
        .iter()
        .filter(further)
        .for_each(|class| pair(text, class.uid, class.name));
    line(
        text,
        "\nBeyond the statement: also received and kept as sent",
    );
    let further = |syntax: &&TransferSyntax| !transfer_syntax::STORAGE.contains(&syntax.uid);
    TRANSFER_SYNTAXES
        .iter()
        .filter(further)
        .for_each(|syntax| pair(text, syntax.uid, syntax.name));
}

fn heading(text: &mut String, number: u8, title: &str) {
    line(text, &format!("\nTable {number}: {title}"));
}

fn pair(text: &mut String, left: &str, right: &str) {
    line(text, &format!("  {left:<31} {right}"));
}

fn status_line(text: &mut String, status: Status, service: Service) {
    let outcome = match status.outcome() {
        Outcome::Success => "success",
        Outcome::Warning => "warning",
        Outcome::Pending | Outcome::Cancel | Outcome::Failure => "failure",
    };
    line(text, &format!("  {outcome:<9} {}", status.of(service)));
}

fn line(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}
